//! Changing who takes part while a cycle is open: members and the invitations of the open cycles together.
//!
//! Whoever joins as a respondent is invited at once; whoever leaves loses an invitation that was not answered. What was
//! answered stays and counts, and no side falls below the floor of an open cycle.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::super::open_cycle::Telling;
use super::super::set_up::check_member;
use super::super::times::zone;
use super::super::{Refusal, own_side};
use crate::domain::ids::{MemberId, PartnershipId, PersonId, SideId};
use crate::domain::partnership::MemberRoles;
use crate::secrets::Key;
use crate::store::{Conn, cycles, invitations, partnerships, people};

/// One member as it shall be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberChange {
    /// The person.
    pub person: PersonId,
    /// The side; none for a facilitator.
    pub side: Option<SideId>,
    /// What the member does.
    pub roles: MemberRoles,
    /// Whether the membership is in force.
    pub active: bool,
}

/// Refuses changes that could not be made.
pub(super) fn check(
    conn: &mut Conn,
    partnership: PartnershipId,
    changes: &[MemberChange],
) -> Result<(), Refusal> {
    if changes.is_empty() {
        return Err(Refusal::field("members", "Nothing would change."));
    }
    for change in changes {
        check_member(conn, partnership, change.side, change.roles)?;
        people::find(conn, change.person)?
            .ok_or_else(|| Refusal::field("person", "There is no person with this identifier."))?;
    }
    Ok(())
}

/// Makes the changes, and what follows from them for the open cycles.
pub(super) fn apply(
    conn: &mut Conn,
    key: &Key,
    partnership: PartnershipId,
    changes: &[MemberChange],
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    check(conn, partnership, changes)?;
    for change in changes {
        let member = match partnerships::member_of(conn, partnership, change.person)? {
            Some(known) => {
                let MemberChange { side, roles, active, .. } = *change;
                partnerships::update_member(conn, partnership, known.id, side, roles, active)?;
                known.id
            }
            None => partnerships::insert_member(
                conn,
                partnership,
                change.person,
                change.side,
                change.roles,
                None,
                now,
            )?,
        };
        follow(conn, key, partnership, member, *change, now)?;
    }
    Ok(())
}

fn follow(
    conn: &mut Conn,
    key: &Key,
    partnership: PartnershipId,
    member: MemberId,
    change: MemberChange,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let found = partnerships::find(conn, partnership)?.ok_or(Refusal::NotFound)?;
    let asked = change.side.filter(|_| change.active && change.roles.respondent);
    for cycle in cycles::open_of(conn, &[partnership])? {
        if cycle.life().may_answer(now).is_err() {
            continue;
        }
        match (asked, invitations::of_person(conn, cycle.id, change.person)?) {
            (Some(side), None) => {
                let window = (cycle.opens_at.and_utc(), cycle.closes_at.and_utc());
                let telling = Telling { cycle: cycle.id, window, zone: zone(&found.zone) };
                telling.invite(conn, key, (member, change.person, side), now)?;
            }
            (None, Some(invitation)) => {
                own_side::withdraw_unanswered(conn, &cycle, &invitation)?;
            }
            _ => {}
        }
    }
    Ok(())
}
