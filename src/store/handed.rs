//! Invitations whose link the side hands out itself, and links in whose place others were issued.
//!
//! Laws: the link that a manager is shown opens no answers. Whoever begins with it gets another one, once, by the conditional
//! update that changed a row ([`begin`]). What the manager is shown does not change by it, so that it tells nothing of who has
//! begun. Called by [`crate::workflow::handout`].

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::conn::Conn;
use super::error::StoreError;
use super::invitations::Invitation;
use super::people::Person;
use super::schema::{former_link, invitation, person, response};
use super::types::at;
use crate::domain::cycle::InvitationState;
use crate::domain::ids::{CycleId, InvitationId, SideId};
use crate::secrets;

/// The invitation whose handed-out link has this digest.
pub fn by_hash(conn: &mut Conn, hash: &str) -> Result<Option<Invitation>, StoreError> {
    Ok(invitation::table
        .filter(invitation::handed_hash.eq(hash))
        .select(Invitation::as_select())
        .get_result(conn)
        .optional()?)
}

/// The invitation that a link once belonged to, and when another was issued in its place.
pub fn former(conn: &mut Conn, hash: &str) -> Result<Option<(Invitation, DateTime<Utc>)>, StoreError> {
    let found: Option<(Invitation, NaiveDateTime)> = former_link::table
        .inner_join(invitation::table.on(invitation::id.eq(former_link::invitation_id)))
        .filter(former_link::token_hash.eq(hash))
        .select((Invitation::as_select(), former_link::replaced_at))
        .get_result(conn)
        .optional()?;
    Ok(found.map(|(own, at)| (own, at.and_utc())))
}

/// Gives whoever begins a link of their own; `false` when somebody has begun, or nothing can be begun any more.
pub fn begin(
    conn: &mut Conn,
    id: InvitationId,
    handed_hash: &str,
    salt: &str,
    hash: &str,
) -> Result<bool, StoreError> {
    let untouched = invitation::table
        .filter(invitation::id.eq(id.to_string()))
        .filter(invitation::handed_hash.eq(handed_hash))
        .filter(invitation::begun.eq(false))
        .filter(invitation::state.eq(InvitationState::Open.as_str()))
        .filter(invitation::salt.is_not_null());
    let changed = diesel::update(untouched)
        .set((invitation::salt.eq(salt), invitation::token_hash.eq(hash), invitation::begun.eq(true)))
        .execute(conn)?;
    Ok(changed == 1)
}

/// A fresh link in the place of the one that was handed out, and of the one that somebody may have begun with: salts and digests
/// of both. What was answered goes. `false` when the answers were sent or the cycle is over.
pub fn renew(
    conn: &mut Conn,
    id: InvitationId,
    (handed_salt, handed_hash): (&str, &str),
    (salt, hash): (&str, &str),
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let open = || {
        invitation::table
            .filter(invitation::id.eq(id.to_string()))
            .filter(invitation::handed_hash.is_not_null())
            .filter(invitation::salt.is_not_null())
            .filter(invitation::state.eq(InvitationState::Open.as_str()))
    };
    let before: Option<(String, Option<String>)> =
        open().select((invitation::token_hash, invitation::handed_hash)).get_result(conn).optional()?;
    let Some((own, handed)) = before else { return Ok(false) };
    let changed = diesel::update(open())
        .set((
            invitation::handed_salt.eq(handed_salt),
            invitation::handed_hash.eq(handed_hash),
            invitation::salt.eq(salt),
            invitation::token_hash.eq(hash),
            invitation::begun.eq(false),
        ))
        .execute(conn)?;
    if changed != 1 {
        return Ok(false);
    }
    for old in std::iter::once(own).chain(handed) {
        diesel::insert_into(former_link::table)
            .values((
                former_link::token_hash.eq(old),
                former_link::invitation_id.eq(id.to_string()),
                former_link::replaced_at.eq(at(now)),
            ))
            .execute(conn)?;
    }
    diesel::delete(response::table.filter(response::answer_key.eq(id.to_string()))).execute(conn)?;
    Ok(true)
}

/// Gives an invitation that was taken back and stands again another handed-out link, or none.
pub fn hand_again(
    conn: &mut Conn,
    id: InvitationId,
    handed: Option<(String, String)>,
) -> Result<(), StoreError> {
    let (salt, hash) = handed.unzip();
    diesel::update(invitation::table.find(id.to_string()))
        .set((
            invitation::handed_salt.eq(salt),
            invitation::handed_hash.eq(hash),
            invitation::begun.eq(false),
        ))
        .execute(conn)?;
    Ok(())
}

/// A link to be handed out.
#[derive(Clone, Debug)]
pub struct ToHandOut {
    /// The invitation.
    pub invitation: Invitation,
    /// For whom: known by a label.
    pub person: Person,
    /// What the link is derived from; erased at the close.
    pub salt: Option<String>,
}

/// The links that a side hands out in a cycle, by label. Whether anybody has begun is not among it.
pub fn of_side(conn: &mut Conn, cycle: CycleId, side: SideId) -> Result<Vec<ToHandOut>, StoreError> {
    let rows: Vec<(Invitation, Person, Option<String>)> = invitation::table
        .inner_join(person::table.on(person::id.eq(invitation::person_id)))
        .filter(invitation::cycle_id.eq(cycle.to_string()))
        .filter(invitation::side_id.eq(side.to_string()))
        .filter(invitation::handed_hash.is_not_null())
        .filter(invitation::state.ne(InvitationState::Withdrawn.as_str()))
        .select((Invitation::as_select(), Person::as_select(), invitation::handed_salt))
        .order((person::name.asc(), invitation::id.asc()))
        .load(conn)?;
    Ok(rows.into_iter().map(|(invitation, person, salt)| ToHandOut { invitation, person, salt }).collect())
}

/// How many links each side hands out itself in these cycles.
pub fn counts(conn: &mut Conn, cycles: &[CycleId]) -> Result<Vec<(CycleId, SideId, i64)>, StoreError> {
    let ids: Vec<String> = cycles.iter().map(ToString::to_string).collect();
    Ok(invitation::table
        .filter(invitation::cycle_id.eq_any(ids))
        .filter(invitation::handed_hash.is_not_null())
        .filter(invitation::state.ne(InvitationState::Withdrawn.as_str()))
        .group_by((invitation::cycle_id, invitation::side_id))
        .select((invitation::cycle_id, invitation::side_id, diesel::dsl::count_star()))
        .load(conn)?)
}

/// Forgets who has begun, at the close of a cycle in anonymous mode.
pub(super) fn forget_who_began(conn: &mut Conn, cycle: CycleId) -> Result<(), StoreError> {
    diesel::update(invitation::table.filter(invitation::cycle_id.eq(cycle.to_string())))
        .set(invitation::begun.eq(false))
        .execute(conn)?;
    Ok(())
}

/// Ends what was ever handed out for an invitation; that its side handed it out stays known.
pub(super) fn end(conn: &mut Conn, id: InvitationId) -> Result<(), StoreError> {
    let handed = invitation::table
        .filter(invitation::id.eq(id.to_string()))
        .filter(invitation::handed_hash.is_not_null());
    diesel::update(handed)
        .set((
            invitation::handed_hash.eq(secrets::digest(secrets::random_token())),
            invitation::handed_salt.eq(None::<String>),
        ))
        .execute(conn)?;
    diesel::delete(former_link::table.filter(former_link::invitation_id.eq(id.to_string()))).execute(conn)?;
    Ok(())
}

/// Removes what was replaced in cycles that are removed.
pub(super) fn remove_of(conn: &mut Conn, cycles: &[String]) -> Result<(), StoreError> {
    let all = invitation::table.filter(invitation::cycle_id.eq_any(cycles)).select(invitation::id);
    diesel::delete(former_link::table.filter(former_link::invitation_id.eq_any(all))).execute(conn)?;
    Ok(())
}
