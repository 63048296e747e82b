//! Changing who takes part while a cycle is open: members and the invitations of the open cycles together.
//!
//! Whoever joins as a respondent is invited at once; whoever leaves loses an invitation that was not answered. What was
//! answered stays and counts, and no side falls below the floor of an open cycle.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::super::members::{self, MembersPlan, Moved};
use super::super::open_cycle::Telling;
use super::super::times::zone;
use super::super::{Refusal, handout, own_side};
use crate::domain::cycle::InvitationState;
use crate::secrets::Key;
use crate::store::cycles::Cycle;
use crate::store::{Conn, cycles, invitations, partnerships, people};

/// A list of members that waits for the sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MembersChange {
    /// The list.
    pub plan: MembersPlan,
    /// What it changes, in numbers only: names of another side's people are not for everybody who reads this.
    pub about: String,
}

/// Writes the list, and what follows from it for the open cycles.
pub(super) fn carry_out(
    conn: &mut Conn,
    key: &Key,
    actor: &str,
    change: &MembersChange,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let partnership = change.plan.partnership;
    let found = partnerships::find(conn, partnership)?.ok_or(Refusal::NotFound)?;
    let moved = members::apply(conn, actor, &change.plan, now)?.moved;
    for cycle in cycles::open_of(conn, &[partnership])? {
        if cycle.life().may_answer(now).is_err() {
            continue;
        }
        let window = (cycle.opens_at.and_utc(), cycle.closes_at.and_utc());
        let telling = Telling { cycle: cycle.id, window, zone: zone(&found.zone) };
        let mut by_hand = BTreeSet::new();
        for own in &moved {
            follow(conn, key, (&cycle, &telling), own, now)?;
            let known = invitations::of_person(conn, cycle.id, own.person)?;
            by_hand.extend(own.answers_for.filter(|_| known.is_some_and(|own| own.is_handed())));
        }
        for side in by_hand {
            handout::announce_more(conn, partnership, &telling, side, now)?;
        }
    }
    Ok(())
}

fn follow(
    conn: &mut Conn,
    key: &Key,
    (cycle, telling): (&Cycle, &Telling),
    moved: &Moved,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    match (moved.answers_for, invitations::of_person(conn, cycle.id, moved.person)?) {
        (Some(side), None) => {
            let person = people::find(conn, moved.person)?.ok_or(Refusal::NotFound)?;
            telling.invite(conn, key, (moved.member, &person, side), now)?;
        }
        (Some(side), Some(known)) if known.state == InvitationState::Withdrawn => {
            telling.invite_again(conn, key, (&known, side), now)?;
        }
        (None, Some(invitation)) => {
            own_side::withdraw_unanswered(conn, key, cycle, &invitation)?;
        }
        _ => {}
    }
    Ok(())
}
