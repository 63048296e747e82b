//! Taking a person out of the database: every place in which their name or address stands, and what links answers to them.
//!
//! Laws: answers stay as values, so that what was compared stays comparable, but under a pseudonym that leads to nobody;
//! scorecards, and what a close stored for the next one, are not touched. Identifiers stay: they tell nothing any more.
//! Called by [`crate::workflow::erase_person`].

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::conn::Conn;
use super::error::StoreError;
use super::handed;
use super::people::Person;
use super::schema::{
    api_token, cycle, invitation, letter, letter_body, login_request, member, notice, organisation_role,
    person, pseudonym, response, session,
};
use super::types::at;
use super::unnamed::{self, Unnamed};
use super::{outbox::notices, retention};
use crate::domain::cycle::{CycleState, InvitationState};
use crate::domain::ids::{CycleId, InvitationId, LetterId, MemberId, PersonId, PseudonymId, ResponseId};
use crate::secrets;

/// The name in the place of an erased one.
pub const NAME: &str = "erased";
/// How the label of an erased respondent begins.
pub(super) const LABEL: &str = "erased ";

/// Every membership of a person, in force or ended.
pub fn memberships(conn: &mut Conn, id: PersonId) -> Result<Vec<super::partnerships::Member>, StoreError> {
    use super::partnerships::Member;
    Ok(member::table
        .filter(member::person_id.eq(id.to_string()))
        .select(Member::as_select())
        .order(member::id.asc())
        .load(conn)?)
}

/// The person's invitations to cycles that are open.
pub fn open_invitations(
    conn: &mut Conn,
    id: PersonId,
) -> Result<Vec<(super::invitations::Invitation, CycleId)>, StoreError> {
    use super::invitations::Invitation;
    Ok(invitation::table
        .inner_join(cycle::table.on(cycle::id.eq(invitation::cycle_id)))
        .filter(invitation::person_id.eq(id.to_string()))
        .filter(cycle::state.eq(CycleState::Open.as_str()))
        .select((Invitation::as_select(), cycle::id))
        .order(cycle::id.asc())
        .load(conn)?)
}

/// Takes an invitation back whatever was answered, with the answers that are linked to it.
pub fn withdraw(conn: &mut Conn, id: InvitationId) -> Result<(), StoreError> {
    diesel::delete(response::table.filter(response::answer_key.eq(id.to_string()))).execute(conn)?;
    diesel::update(invitation::table.find(id.to_string()))
        .set((
            invitation::state.eq(InvitationState::Withdrawn.as_str()),
            invitation::salt.eq(None::<String>),
            invitation::token_hash.eq(secrets::digest(secrets::random_token())),
            invitation::handed_salt.eq(None::<String>),
        ))
        .execute(conn)?;
    Ok(())
}

/// Ends every link that was ever sent to the person: old mails open nothing and can be matched with nothing.
pub fn end_links(conn: &mut Conn, id: PersonId) -> Result<(), StoreError> {
    let all: Vec<InvitationId> = invitation::table
        .filter(invitation::person_id.eq(id.to_string()))
        .select(invitation::id)
        .load(conn)?;
    for own in all {
        diesel::update(invitation::table.find(own.to_string()))
            .set((
                invitation::token_hash.eq(secrets::digest(secrets::random_token())),
                invitation::salt.eq(None::<String>),
            ))
            .execute(conn)?;
        handed::end(conn, own)?;
    }
    Ok(())
}

/// Puts a pseudonym that leads to nobody in the place of a member on all their answers.
pub fn unlink_answers(
    conn: &mut Conn,
    member: &super::partnerships::Member,
    now: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let keys: Vec<(String, String)> = response::table
        .filter(response::member_id.eq(member.id.to_string()))
        .select((response::cycle_id, response::answer_key))
        .load(conn)?;
    if keys.is_empty() {
        return Ok(0);
    }
    let pseudonym = PseudonymId::mint_random();
    diesel::insert_into(pseudonym::table)
        .values((
            pseudonym::id.eq(pseudonym.to_string()),
            pseudonym::partnership_id.eq(member.partnership_id.to_string()),
            pseudonym::label.eq(new_label()),
            pseudonym::created_at.eq(at(now)),
        ))
        .execute(conn)?;
    for (cycle, key) in &keys {
        diesel::update(response::table.find((cycle, key)))
            .set((
                response::answer_key.eq(ResponseId::mint_random().to_string()),
                response::member_id.eq(None::<String>),
                response::pseudonym_id.eq(pseudonym.to_string()),
                response::comment.eq(None::<String>),
                response::saved_at.eq(None::<chrono::NaiveDateTime>),
            ))
            .execute(conn)?;
    }
    Ok(keys.len())
}

pub(super) fn new_label() -> String {
    format!("{LABEL}{}", &secrets::random_token()[..16])
}

/// Ends memberships, sessions, sign-in requests, roles, waiting notices, and the tokens that the person gave out.
pub fn end_everything(conn: &mut Conn, id: PersonId, now: DateTime<Utc>) -> Result<(), StoreError> {
    let key = id.to_string();
    diesel::update(member::table.filter(member::person_id.eq(&key)))
        .set((
            member::active.eq(false),
            member::external_ref.eq(None::<String>),
            member::known_as.eq(None::<String>),
            member::bounced_at.eq(None::<chrono::NaiveDateTime>),
        ))
        .execute(conn)?;
    diesel::delete(session::table.filter(session::person_id.eq(&key))).execute(conn)?;
    diesel::delete(login_request::table.filter(login_request::person_id.eq(&key))).execute(conn)?;
    diesel::delete(organisation_role::table.filter(organisation_role::person_id.eq(&key))).execute(conn)?;
    let waiting = notice::table.filter(notice::person_id.eq(&key)).filter(notice::state.eq("waiting"));
    diesel::update(waiting).set(notice::state.eq("dropped")).execute(conn)?;
    let given =
        api_token::table.filter(api_token::created_by.eq(&key)).filter(api_token::revoked_at.is_null());
    diesel::update(given).set(api_token::revoked_at.eq(at(now))).execute(conn)?;
    Ok(())
}

/// Takes name and address out of the letters: those to the person end, those to others that speak of the person are told
/// anew as far as they have not left.
pub fn clear_letters(conn: &mut Conn, who: &Person, now: DateTime<Utc>) -> Result<(), StoreError> {
    let own: Vec<LetterId> =
        letter::table.filter(letter::person_id.eq(who.id.to_string())).select(letter::id).load(conn)?;
    cancel(conn, &own)?;
    retention::strip(conn, &own)?;
    let pattern = |text: &str| format!("%{}%", super::people::escape_like(text));
    let (name, address) = (pattern(&who.name), pattern(&who.email));
    let near = unnamed::colleagues(conn, who.id)?;
    let others: Vec<(LetterId, Option<String>, String, String)> = letter::table
        .inner_join(letter_body::table.on(letter_body::letter_id.eq(letter::id)))
        .filter(letter::person_id.eq_any(near))
        .filter(
            letter::reply_to
                .assume_not_null()
                .eq(&who.email)
                .or(letter_body::body_text.like(name.clone()).escape('\\'))
                .or(letter_body::body_html.like(name).escape('\\'))
                .or(letter_body::body_text.like(address.clone()).escape('\\'))
                .or(letter_body::body_html.like(address).escape('\\')),
        )
        .select((letter::id, letter::reply_to, letter_body::body_text, letter_body::body_html))
        .load(conn)?;
    let unnamed = Unnamed::of(who);
    let speaks = |text: &str| unnamed.clear(text) != text;
    let others: Vec<LetterId> = others
        .into_iter()
        .filter(|(_, reply_to, text, html)| {
            reply_to.as_deref() == Some(&who.email) || speaks(text) || speaks(html)
        })
        .map(|(id, ..)| id)
        .collect();
    for id in cancel(conn, &others)? {
        notices::release(conn, id, now)?;
    }
    retention::strip(conn, &others)
}

/// Cancels those of these letters that have not left; gives them.
fn cancel(conn: &mut Conn, ids: &[LetterId]) -> Result<Vec<LetterId>, StoreError> {
    let mut ended = Vec::new();
    for id in ids {
        let waits = letter::table
            .filter(letter::id.eq(id.to_string()))
            .filter(letter::state.eq_any(["pending", "claimed", "held", "failed"]));
        let changed = diesel::update(waits)
            .set((
                letter::state.eq("cancelled"),
                letter::group_key.eq(letter::group_key.concat(format!(":erased:{id}"))),
            ))
            .execute(conn)?;
        if changed == 1 {
            ended.push(*id);
        }
    }
    Ok(ended)
}

/// Leaves a stone in the person's place: no name, no address, no rights, no zone.
pub fn tombstone(conn: &mut Conn, id: PersonId, now: DateTime<Utc>) -> Result<(), StoreError> {
    diesel::update(person::table.find(id.to_string()))
        .set((
            person::email.eq(format!("{NAME}-{}@erased.invalid", &secrets::random_token()[..16])),
            person::name.eq(NAME),
            person::language.eq("en"),
            person::zone.eq("UTC"),
            person::administrator.eq(false),
            person::erased_at.eq(at(now)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Sides of which a membership was the last active manager, by the membership.
pub fn left_without_manager(
    conn: &mut Conn,
    memberships: &[super::partnerships::Member],
) -> Result<Vec<MemberId>, StoreError> {
    let mut found = Vec::new();
    for own in memberships.iter().filter(|own| own.manager && own.active) {
        let Some(side) = own.side_id else { continue };
        let others: i64 = member::table
            .filter(member::side_id.eq(side.to_string()))
            .filter(member::manager.eq(true))
            .filter(member::active.eq(true))
            .filter(member::person_id.ne(own.person_id.to_string()))
            .count()
            .get_result(conn)?;
        if others == 0 {
            found.push(own.id);
        }
    }
    Ok(found)
}
