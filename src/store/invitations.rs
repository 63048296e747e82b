//! Invitations: one member, one cycle, one secret link.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::ballots;
use super::conn::Conn;
use super::cycles::Cycle;
use super::either::{hold_row, on_each};
use super::error::StoreError;
use super::handed;
use super::prepared;
use super::retention;
use super::schema::{cycle, invitation, member, response};
use super::scorecards;
use super::types::at;
use crate::domain::cycle::{CycleState, InvitationState};
use crate::domain::ids::{CycleId, InvitationId, MemberId, PersonId, SideId};
use crate::domain::preference::SurveyLetters;
use crate::secrets;

/// An invitation as stored.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = invitation)]
pub struct Invitation {
    /// Identifier.
    pub id: InvitationId,
    /// The cycle.
    pub cycle_id: CycleId,
    /// The member.
    pub member_id: MemberId,
    /// The member's person.
    pub person_id: PersonId,
    /// The side, fixed when the cycle opened.
    pub side_id: SideId,
    /// What the link is derived from; erased at the close, and in anonymous mode when the answers are sent.
    pub salt: Option<String>,
    /// Open, sent or withdrawn.
    pub state: InvitationState,
    /// Digest of the link that its side hands out, where no letter goes to the respondent.
    pub handed_hash: Option<String>,
}

impl Invitation {
    /// Whether its side hands out the link.
    pub const fn is_handed(&self) -> bool {
        self.handed_hash.is_some()
    }
}

/// An invitation to be made.
#[derive(Clone, Debug)]
pub struct NewInvitation {
    /// Minted by the caller, who derives the token hash from the salt.
    pub id: InvitationId,
    /// The member.
    pub member_id: MemberId,
    /// The member's person.
    pub person_id: PersonId,
    /// The side.
    pub side_id: SideId,
    /// Random salt.
    pub salt: String,
    /// Digest of the link's secret.
    pub token_hash: String,
    /// Salt and digest of the link that its side hands out, where it does.
    pub handed: Option<(String, String)>,
}

/// Adds one invitation.
pub fn insert(
    conn: &mut Conn,
    cycle: CycleId,
    new: &NewInvitation,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (handed_salt, handed_hash) = new.handed.clone().unzip();
    diesel::insert_into(invitation::table)
        .values((
            invitation::handed_salt.eq(handed_salt),
            invitation::handed_hash.eq(handed_hash),
            invitation::id.eq(new.id.to_string()),
            invitation::cycle_id.eq(cycle.to_string()),
            invitation::member_id.eq(new.member_id.to_string()),
            invitation::person_id.eq(new.person_id.to_string()),
            invitation::side_id.eq(new.side_id.to_string()),
            invitation::salt.eq(&new.salt),
            invitation::token_hash.eq(&new.token_hash),
            invitation::state.eq(InvitationState::Open.as_str()),
            invitation::created_at.eq(at(now)),
        ))
        .execute(conn)?;
    Ok(())
}

/// What the link of an invitation is derived from, and where the invitation stands; `None` once the salt is erased.
fn salt(conn: &mut Conn, id: InvitationId) -> Result<Option<(String, InvitationState)>, StoreError> {
    let found: Option<(Option<String>, InvitationState)> = invitation::table
        .find(id.to_string())
        .select((invitation::salt, invitation::state))
        .get_result(conn)
        .optional()?;
    Ok(found.and_then(|(salt, state)| salt.map(|salt| (salt, state))))
}

/// The same for a survey letter, with which letters the respondent wants.
pub fn link_of(
    conn: &mut Conn,
    id: InvitationId,
) -> Result<Option<(String, InvitationState, SurveyLetters)>, StoreError> {
    let found: Option<(Option<String>, InvitationState, SurveyLetters)> = on_each!(conn, inner => {
        invitation::table
            .inner_join(member::table.on(member::id.eq(invitation::member_id)))
            .filter(invitation::id.eq(id.to_string()))
            .select((invitation::salt, invitation::state, member::letters))
            .get_result(inner)
            .optional()?
    });
    Ok(found.and_then(|(salt, state, letters)| salt.map(|salt| (salt, state, letters))))
}

/// The invitation of a person in a cycle.
pub fn of_person(
    conn: &mut Conn,
    cycle: CycleId,
    person: PersonId,
) -> Result<Option<Invitation>, StoreError> {
    Ok(invitation::table
        .filter(invitation::cycle_id.eq(cycle.to_string()))
        .filter(invitation::person_id.eq(person.to_string()))
        .select(Invitation::as_select())
        .get_result(conn)
        .optional()?)
}

/// All invitations of a cycle.
pub fn of_cycle(conn: &mut Conn, cycle: CycleId) -> Result<Vec<Invitation>, StoreError> {
    Ok(invitation::table
        .filter(invitation::cycle_id.eq(cycle.to_string()))
        .select(Invitation::as_select())
        .order(invitation::id.asc())
        .load(conn)?)
}

/// Marks an open invitation as sent; `false` when it was not open.
pub fn mark_sent(conn: &mut Conn, id: InvitationId) -> Result<bool, StoreError> {
    let open = invitation::id.eq(id.to_string()).and(invitation::state.eq(InvitationState::Open.as_str()));
    let sent = invitation::state.eq(InvitationState::Sent.as_str());
    Ok(prepared::update(invitation::table, open, sent).run(conn)? == 1)
}

/// The same in anonymous mode: with the salt goes the last way from database and key to the answers.
pub fn mark_sent_and_forget(conn: &mut Conn, id: InvitationId) -> Result<bool, StoreError> {
    let open = invitation::table
        .filter(invitation::id.eq(id.to_string()))
        .filter(invitation::state.eq(InvitationState::Open.as_str()));
    let changed = diesel::update(open)
        .set((invitation::state.eq(InvitationState::Sent.as_str()), invitation::salt.eq(None::<String>)))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Forgets who has sent, at the close of a cycle in anonymous mode: where one person of a side did, the only answer of that
/// side would be theirs.
pub fn forget_who_sent(conn: &mut Conn, cycle: CycleId) -> Result<(), StoreError> {
    handed::forget_who_began(conn, cycle)?;
    let sent = invitation::table
        .filter(invitation::cycle_id.eq(cycle.to_string()))
        .filter(invitation::state.eq(InvitationState::Sent.as_str()));
    diesel::update(sent).set(invitation::state.eq(InvitationState::Open.as_str())).execute(conn)?;
    Ok(())
}

/// Holds the row of an invitation until the end of this transaction; what is read of it afterwards stands until then.
///
/// The close erases the salts first: a save that holds the row is waited for and counted, one that comes later finds no
/// salt. So no saved answer is lost between the two, on either database. Anonymous mode has [`ballots::take_turns`].
pub fn hold(conn: &mut Conn, id: InvitationId) -> Result<(), StoreError> {
    hold_row!(conn, invitation, id)
}

/// The same; tells whether the link still stands.
pub fn hold_link(conn: &mut Conn, id: InvitationId) -> Result<bool, StoreError> {
    hold(conn, id)?;
    Ok(salt(conn, id)?.is_some())
}

/// Erases the salts of a cycle: from then on no link can be derived from database and key.
pub fn erase_salts(conn: &mut Conn, cycle: CycleId) -> Result<(), StoreError> {
    let none = (invitation::salt.eq(None::<String>), invitation::handed_salt.eq(None::<String>));
    prepared::update(invitation::table, invitation::cycle_id.eq(cycle.to_string()), none).run(conn)?;
    Ok(())
}

/// How many of a side were invited and how many have given at least one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SideCount {
    /// The cycle.
    pub cycle_id: CycleId,
    /// The side.
    pub side_id: SideId,
    /// Invitations that were not withdrawn.
    pub invited: u32,
    /// Responses with at least one answer.
    pub answered: u32,
    /// Of those invited, how many get their link from the side itself.
    pub handed: u32,
}

/// How many of a side are invited to a cycle.
pub fn invited_of(conn: &mut Conn, cycle: CycleId, side: SideId) -> Result<i64, StoreError> {
    Ok(invitation::table
        .filter(invitation::cycle_id.eq(cycle.to_string()))
        .filter(invitation::side_id.eq(side.to_string()))
        .filter(invitation::state.ne(InvitationState::Withdrawn.as_str()))
        .count()
        .get_result(conn)?)
}

/// Response counts of cycles: all that anybody may know before the close.
pub fn counts(conn: &mut Conn, cycles: &[CycleId]) -> Result<Vec<SideCount>, StoreError> {
    let ids: Vec<String> = cycles.iter().map(ToString::to_string).collect();
    let invited: Vec<(CycleId, SideId, i64)> = invitation::table
        .filter(invitation::cycle_id.eq_any(&ids))
        .filter(invitation::state.ne(InvitationState::Withdrawn.as_str()))
        .group_by((invitation::cycle_id, invitation::side_id))
        .select((invitation::cycle_id, invitation::side_id, diesel::dsl::count_star()))
        .load(conn)?;
    let mut answered: Vec<(CycleId, SideId, i64)> = response::table
        .filter(response::cycle_id.eq_any(&ids))
        .filter(response::answered.gt(0))
        .group_by((response::cycle_id, response::side_id))
        .select((response::cycle_id, response::side_id, diesel::dsl::count_star()))
        .load(conn)?;
    answered.extend(ballots::answered(conn, &ids)?);
    answered.extend(retention::answered(conn, &ids)?);
    let handed = handed::counts(conn, cycles)?;
    let count = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
    // Nobody was invited here to an imported cycle; its scorecard says how many there were.
    let past: Vec<CycleId> =
        cycles.iter().copied().filter(|id| invited.iter().all(|(own, ..)| own != id)).collect();
    let past = if past.is_empty() { Vec::new() } else { scorecards::find_many(conn, &past)? };
    let of_card = past.iter().flat_map(|card| {
        card.response.iter().map(|own| SideCount {
            cycle_id: card.cycle_id,
            side_id: own.side,
            invited: own.invited,
            answered: own.answered,
            handed: 0,
        })
    });
    Ok(invited
        .into_iter()
        .map(|(cycle_id, side_id, n)| SideCount {
            cycle_id,
            side_id,
            invited: count(n),
            answered: answered
                .iter()
                .find(|(c, s, _)| (*c, *s) == (cycle_id, side_id))
                .map_or(0, |(_, _, n)| count(*n)),
            handed: handed
                .iter()
                .find(|(c, s, _)| (*c, *s) == (cycle_id, side_id))
                .map_or(0, |(_, _, n)| count(*n)),
        })
        .chain(of_card)
        .collect())
}

/// A person's invitations in cycles that take answers at an instant, the first close in front.
pub fn open_of(
    conn: &mut Conn,
    person: PersonId,
    now: DateTime<Utc>,
) -> Result<Vec<(Invitation, Cycle)>, StoreError> {
    Ok(invitation::table
        .inner_join(cycle::table.on(cycle::id.eq(invitation::cycle_id)))
        .filter(invitation::person_id.eq(person.to_string()))
        // As an expression, so that nobody begins with all open cycles: there are thousands, and a person has a few invitations.
        .filter(cycle::state.concat("").eq(CycleState::Open.as_str()))
        .filter(cycle::opens_at.le(at(now)))
        .filter(cycle::closes_at.gt(at(now)))
        .select((Invitation::as_select(), Cycle::as_select()))
        .order((cycle::closes_at.asc(), invitation::id.asc()))
        .load(conn)?)
}

/// Gives an open invitation another link; `false` when it is not open or its cycle is over.
pub fn renew(conn: &mut Conn, id: InvitationId, salt: &str, hash: &str) -> Result<bool, StoreError> {
    let open = invitation::table
        .filter(invitation::id.eq(id.to_string()))
        .filter(invitation::salt.is_not_null())
        .filter(invitation::state.eq(InvitationState::Open.as_str()));
    let changed = diesel::update(open)
        .set((invitation::salt.eq(salt), invitation::token_hash.eq(hash)))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Opens an invitation again that was taken back, with another link; `false` when it was not taken back.
pub fn reopen(
    conn: &mut Conn,
    id: InvitationId,
    side: SideId,
    salt: &str,
    hash: &str,
) -> Result<bool, StoreError> {
    let withdrawn = invitation::table
        .filter(invitation::id.eq(id.to_string()))
        .filter(invitation::state.eq(InvitationState::Withdrawn.as_str()));
    let changed = diesel::update(withdrawn)
        .set((
            invitation::state.eq(InvitationState::Open.as_str()),
            invitation::side_id.eq(side.to_string()),
            invitation::salt.eq(salt),
            invitation::token_hash.eq(hash),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Takes an open invitation back; `false` when it is not open. Its link is forgotten, so that it cannot be told from one that
/// never was, not even by the time that looking for it takes.
pub fn withdraw(conn: &mut Conn, id: InvitationId) -> Result<bool, StoreError> {
    let open = invitation::table
        .filter(invitation::id.eq(id.to_string()))
        .filter(invitation::state.eq(InvitationState::Open.as_str()));
    let changed = diesel::update(open)
        .set((
            invitation::state.eq(InvitationState::Withdrawn.as_str()),
            invitation::salt.eq(None::<String>),
            invitation::token_hash.eq(secrets::digest(secrets::random_token())),
            invitation::handed_salt.eq(None::<String>),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}
