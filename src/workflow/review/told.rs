//! What people are told of a review: managers and sponsors that it still waits, respondents what came of it.
//!
//! Law: a reminder is written when its day comes, to whoever manages or sponsors a side by then, and once to each. It says
//! nothing when nothing waits for its reader ([`crate::workflow::compose`]). Whoever was asked is told once the review has
//! closed, on the sides that answered; a side that kept silent sees counts only, and managers, who agreed to it themselves
//! and have the page of the review, get no letter more.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::super::{Context, Look, Refusal, once};
use crate::domain::ids::{CycleId, PartnershipId, PersonId};
use crate::store::outbox::notices::{self, NewNotice};
use crate::store::partnerships::Member;
use crate::store::{Conn, StoreError, invitations, partnerships, reviews, scorecards};

/// When managers are reminded of a review, after the close.
const MANAGERS_AFTER: TimeDelta = TimeDelta::days(10);
/// When sponsors are told of it.
const SPONSORS_AFTER: TimeDelta = TimeDelta::days(21);
/// Whom each step tells, by the kind of its notice.
const STEPS: [(&str, TimeDelta); 2] = [("review", MANAGERS_AFTER), ("review_sponsor", SPONSORS_AFTER)];
/// A reminder is worth sending this long.
const REMINDED_FOR: TimeDelta = TimeDelta::days(5);
/// What came of a check is worth telling this long.
const AGREED_FOR: TimeDelta = TimeDelta::days(10);

/// Writes the reminders of reviews that are due and not written yet.
pub async fn remind_reviews(ctx: &Context, now: DateTime<Utc>) -> Result<Look, Refusal> {
    let due = ctx.store.read(move |conn| missing(conn, now)).await?;
    once::write(ctx, due, now).await
}

/// When the next reminder of a review is due to anybody.
pub fn next_reminder(conn: &mut Conn, after: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError> {
    let mut next: Option<DateTime<Utc>> = None;
    for (kind, wait) in STEPS {
        for (_, partnership, closed_at) in reviews::waiting_since(conn, after - wait)? {
            if !readers(conn, partnership, kind)?.is_empty() {
                let at = closed_at + wait;
                next = Some(next.map_or(at, |known| known.min(at)));
                break;
            }
        }
    }
    Ok(next)
}

fn missing(conn: &mut Conn, now: DateTime<Utc>) -> Result<Vec<NewNotice>, StoreError> {
    let mut due = Vec::new();
    for (kind, after) in STEPS {
        for (cycle, partnership, closed_at) in reviews::waiting_since(conn, now - after - REMINDED_FOR)? {
            let due_at = closed_at + after;
            if due_at > now {
                break;
            }
            due.extend(readers(conn, partnership, kind)?.into_iter().map(|person_id| NewNotice {
                natural_key: format!("{kind}:{cycle}:{person_id}"),
                kind,
                person_id,
                cycle_id: Some(cycle),
                reference: String::new(),
                due_at,
                not_after: due_at + REMINDED_FOR,
            }));
        }
    }
    once::unknown(conn, due)
}

/// Who manages a side by now, or sponsors one and manages none.
fn readers(
    conn: &mut Conn,
    partnership: PartnershipId,
    kind: &'static str,
) -> Result<BTreeSet<PersonId>, StoreError> {
    let members = partnerships::members(conn, partnership)?;
    let who = |is: fn(&Member) -> bool| -> BTreeSet<PersonId> {
        members.iter().filter(|(own, _)| own.active && is(own)).map(|(_, person)| person.id).collect()
    };
    let managers = who(|own| own.manager);
    Ok(if kind == "review" {
        managers
    } else {
        who(|own| own.sponsor).difference(&managers).copied().collect()
    })
}

/// Tells whoever was asked what came of their answers, once the review has closed.
pub(super) fn agreed(conn: &mut Conn, cycle: CycleId, now: DateTime<Utc>) -> Result<(), StoreError> {
    let Some(card) = scorecards::find(conn, cycle)? else { return Ok(()) };
    let answered = |side| card.response_of(side).is_some_and(|own| own.answered > 0);
    let managers: BTreeSet<PersonId> =
        partnerships::managers(conn, card.partnership_id)?.into_iter().map(|(_, own)| own.id).collect();
    for own in invitations::of_cycle(conn, cycle)? {
        if !answered(own.side_id) || managers.contains(&own.person_id) {
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
