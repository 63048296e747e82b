//! What people are told of a review: managers and sponsors that it still waits, respondents what came of it.
//!
//! Law: the reminders are written with the close and say nothing when their day comes and the review waits no more
//! ([`crate::workflow::compose`]). Whoever was asked is told once the review has closed, on the sides that answered;
//! a side that kept silent sees counts only.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::ids::{CycleId, PersonId};
use crate::domain::publication::Scorecard;
use crate::store::outbox::notices::{self, NewNotice};
use crate::store::partnerships::Member;
use crate::store::{Conn, StoreError, invitations, partnerships, scorecards};

/// When managers are reminded of a review, after the close.
const MANAGERS_AFTER: TimeDelta = TimeDelta::days(10);
/// When sponsors are told of it.
const SPONSORS_AFTER: TimeDelta = TimeDelta::days(21);
/// A reminder is worth sending this long.
const REMINDED_FOR: TimeDelta = TimeDelta::days(5);
/// What came of a check is worth telling this long.
const AGREED_FOR: TimeDelta = TimeDelta::days(10);

/// Writes the reminders of a review that opens.
pub(super) fn remind_later(conn: &mut Conn, card: &Scorecard, now: DateTime<Utc>) -> Result<(), StoreError> {
    let members = partnerships::members(conn, card.partnership_id)?;
    let who = |is: fn(&Member) -> bool| -> BTreeSet<PersonId> {
        members.iter().filter(|(own, _)| own.active && is(own)).map(|(_, person)| person.id).collect()
    };
    let managers = who(|own| own.manager);
    let sponsors: BTreeSet<PersonId> = who(|own| own.sponsor).difference(&managers).copied().collect();
    for (people, kind, after) in
        [(managers, "review", MANAGERS_AFTER), (sponsors, "review_sponsor", SPONSORS_AFTER)]
    {
        for person_id in people {
            let due_at = now + after;
            let notice = NewNotice {
                natural_key: format!("{kind}:{}:{person_id}", card.cycle_id),
                kind,
                person_id,
                cycle_id: Some(card.cycle_id),
                reference: String::new(),
                due_at,
                not_after: due_at + REMINDED_FOR,
            };
            notices::insert(conn, &notice, now)?;
        }
    }
    Ok(())
}

/// Tells whoever was asked what came of their answers, once the review has closed.
pub(super) fn agreed(conn: &mut Conn, cycle: CycleId, now: DateTime<Utc>) -> Result<(), StoreError> {
    let Some(card) = scorecards::find(conn, cycle)? else { return Ok(()) };
    let answered = |side| card.response_of(side).is_some_and(|own| own.answered > 0);
    for own in invitations::of_cycle(conn, cycle)? {
        if !answered(own.side_id) {
            continue;
        }
        let notice = NewNotice {
            natural_key: format!("agreed:{cycle}:{}", own.person_id),
            kind: "agreed",
            person_id: own.person_id,
            cycle_id: Some(cycle),
            reference: own.member_id.to_string(),
            due_at: now,
            not_after: now + AGREED_FOR,
        };
        notices::insert(conn, &notice, now)?;
    }
    Ok(())
}
