//! The reminder of a review that waits: a note of the letter about acts.

use chrono::{DateTime, Utc};

use super::super::Context;
use super::super::review::{needs, today};
use super::super::times::day_in_zone;
use super::result::{REMEMBERED, stands_for};
use crate::domain::publication::views_for;
use crate::domain::review::{Given, ReviewState};
use crate::domain::words;
use crate::mail::{ActKind, ActNote, Line};
use crate::store::outbox::notices::Notice;
use crate::store::people::Person;
use crate::store::{Conn, StoreError, cycles, flags, partnerships, reach, reviews, scorecards};

/// The note; none when the review is over, when nothing waits for the reader, or when the reader's part has ended.
pub(super) fn note(
    conn: &mut Conn,
    ctx: &Context,
    person: &Person,
    notice: &Notice,
    now: DateTime<Utc>,
) -> Result<Option<ActNote>, StoreError> {
    let Some(cycle) = notice.cycle_id.map(|id| cycles::find(conn, id)).transpose()?.flatten() else {
        return Ok(None);
    };
    let Some(review) = reviews::find(conn, cycle.id)?.filter(|own| own.state == ReviewState::Open) else {
        return Ok(None);
    };
    let sponsor = notice.kind == "review_sponsor";
    let member = partnerships::member_of(conn, cycle.partnership_id, person.id)?;
    let Some(member) = member.filter(|own| own.active && (if sponsor { own.sponsor } else { own.manager }))
    else {
        return Ok(None);
    };
    let Some(found) = partnerships::find(conn, cycle.partnership_id)? else { return Ok(None) };
    let sides = partnerships::sides(conn, found.id)?;
    let given = reviews::given(conn, &[found.id])?;
    let on = today(&found, now);
    let (Some(side), Some(card)) = (member.side_id, scorecards::find(conn, cycle.id)?) else {
        return Ok(None);
    };
    // A side from which nobody answered sees counts only: not even how many flags there are.
    if card.response_of(side).is_none_or(|own| own.answered == 0) {
        return Ok(None);
    }
    let history = scorecards::last(conn, found.id, &cycle.instrument_id, REMEMBERED)?;
    let Some(view) = views_for(&history, Some(side)).into_iter().find(|view| view.cycle_id == cycle.id)
    else {
        return Ok(None);
    };
    let none = Given::default();
    let open = flags::open(conn, found.id, &cycle.instrument_id)?;
    let seen = open.iter().filter(|flag| stands_for(flag, &card, (&view, side)));
    let lacking = seen
        .filter(|flag| needs(flag.severity, given.get(&flag.id).unwrap_or(&none), &sides, on).is_some())
        .count();
    let confirmed: Vec<_> =
        reviews::confirmations(conn, cycle.id)?.into_iter().map(|own| own.side_id).collect();
    let own_waits = member.side_id.is_some_and(|side| !confirmed.contains(&side));
    // An all-green check needs no meeting, and a side that has confirmed waits for others.
    if lacking == 0 && (confirmed.is_empty() || !own_waits) {
        return Ok(None);
    }
    let due = day_in_zone(review.due_on.and_time(chrono::NaiveTime::MIN).and_utc(), chrono_tz::Tz::UTC);
    let day = if review.due_on < on { format!("was due on {due}") } else { format!("is due on {due}") };
    let sentence = match lacking {
        0 => format!(
            "The review of {} {day}. Every flag has its answer; your side has not confirmed it.",
            cycle.period
        ),
        1 => format!("The review of {} {day}. One flag still lacks its answer.", cycle.period),
        n => format!(
            "The review of {} {day}. {} flags still lack their answer.",
            cycle.period,
            words::capital(&words::number_words(n))
        ),
    };
    let side = member.side_id.map(|id| reach::side_name(conn, id)).transpose()?.flatten().unwrap_or_default();
    let who = match (sponsor, side.as_str()) {
        (true, "") => String::new(),
        (true, side) => format!("You get this as a sponsor of {side}."),
        _ => "A note answers a flag to discuss; a flag to act on needs an action or an acceptance besides."
            .to_owned(),
    };
    Ok(Some(ActNote {
        kind: ActKind::Review,
        partnership: Line::new(&found.name),
        sentence: Line::new(&sentence),
        who: Line::new(&who),
        reason: Line::new(""),
        until: Line::new(""),
        link: Line::new(&ctx.settings.link(&format!("/cycles/{}/review", cycle.id))),
        sheet: Vec::new(),
    }))
}
