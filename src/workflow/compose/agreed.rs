//! The letter "you said, we agreed": what came of the checks in which a person was asked.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Timelike, Utc};

use super::super::Context;
use super::{Bundle, Composition, reader};
use crate::domain::ids::{MemberId, SideId};
use crate::domain::publication::{Scorecard, views_for};
use crate::domain::review::ActionState;
use crate::domain::scoring::Rating;
use crate::domain::words;
use crate::mail::{AgreedCheck, AgreedLetter, Line, Mail, Placeholder};
use crate::store::outbox::letters;
use crate::store::outbox::notices::Notice;
use crate::store::people::Person;
use crate::store::reviews::Action;
use crate::store::{Conn, StoreError, partnerships, preferences, reviews, scorecards};

/// How many promises a letter lists for one check.
const LISTED: usize = 5;
/// How many scorecards are looked at: enough to know what the reader's side has not seen.
const REMEMBERED: i64 = 12;

pub(super) fn compose(
    conn: &mut Conn,
    ctx: &Context,
    person: &Person,
    due: &[Notice],
    now: DateTime<Utc>,
) -> Result<Composition, StoreError> {
    let (mut checks, mut ids, mut moot) = (Vec::new(), Vec::new(), Vec::new());
    let mut not_after = None;
    for notice in due {
        match check(conn, notice)? {
            Some(own) => {
                checks.push(own);
                ids.push(notice.id);
                let until = notice.not_after.and_utc();
                not_after = Some(not_after.map_or(until, |known: DateTime<Utc>| known.min(until)));
            }
            None => moot.push(notice.id),
        }
    }
    let Some(not_after) = not_after else { return Ok(Composition { moot, ..Composition::default() }) };
    let mut group_key = format!("agreed:{}:{}", person.id, now.timestamp() / 900);
    if letters::exists(conn, &group_key)? {
        group_key = format!("{group_key}:{}:{}", now.second(), ids[0]);
    }
    let from_name = match checks.as_slice() {
        [only] => only.partnership.as_str().to_owned(),
        _ => ctx.settings.instance.operator.clone(),
    };
    let letters = Placeholder::letters(&person.id.to_string());
    let bundle = Bundle {
        group_key,
        kind: "agreed",
        from_name,
        reply_to: None,
        mail: Mail::Agreed(AgreedLetter { reader: reader(person), checks, letters }),
        notices: ids,
        not_after,
    };
    Ok(Composition { bundle: Some(bundle), moot, postpone: None })
}

/// What came of one check; none for whoever left, wants no letters, or whose side sees nothing of it.
fn check(conn: &mut Conn, notice: &Notice) -> Result<Option<AgreedCheck>, StoreError> {
    let Some(cycle) = notice.cycle_id else { return Ok(None) };
    let Ok(member) = notice.reference.parse::<MemberId>() else { return Ok(None) };
    let Some((member, _)) = preferences::member(conn, member)? else { return Ok(None) };
    let (Some(side), true) = (member.side_id, member.letters.takes_invitations()) else { return Ok(None) };
    let Some(card) = scorecards::find(conn, cycle)? else { return Ok(None) };
    let history = scorecards::last(conn, card.partnership_id, &card.instrument.id, REMEMBERED)?;
    let Some(view) = views_for(&history, Some(side)).into_iter().find(|view| view.cycle_id == cycle) else {
        return Ok(None);
    };
    // What one side wrote down for another is told as agreed only where that other has confirmed the review.
    let confirmed: BTreeSet<SideId> =
        reviews::confirmations(conn, cycle)?.into_iter().map(|own| own.side_id).collect();
    let actions: Vec<Action> = reviews::actions_of(conn, card.partnership_id, card.closed_at)?
        .into_iter()
        .filter(|own| own.state != ActionState::Dropped && confirmed.contains(&own.side_id))
        .collect();
    let sides = partnerships::sides(conn, card.partnership_id)?;
    let name = |own: &Action| sides.iter().find(|side| side.id == own.side_id).map_or("", |side| &side.name);
    let promised = |own: &Action| Line::new(&promise(own, name(own)));
    Ok(Some(AgreedCheck {
        partnership: Line::new(&card.partnership),
        period: Line::new(&card.period),
        said: said(&view).iter().map(|line| Line::new(line)).collect(),
        agreed: actions.iter().take(LISTED).map(promised).collect(),
        more: u32::try_from(actions.len().saturating_sub(LISTED)).unwrap_or(u32::MAX),
    }))
}

/// "Brightwater, until 30 Nov 2026: a planning call every month".
fn promise(own: &Action, side: &str) -> String {
    let when = match own.state {
        ActionState::Done => "done".to_owned(),
        _ => format!("until {}", day(own.due_on)),
    };
    format!("{side}, {when}: {}", own.text)
}

fn day(on: NaiveDate) -> String {
    on.format("%-d %b %Y").to_string()
}

/// What the answers came to, by the colours that the reader's side sees; no figure.
fn said(view: &Scorecard) -> Vec<String> {
    let rated = |rating: Rating| -> Vec<String> {
        let of = view.indicators.iter().filter(|own| own.cell.rating == rating);
        of.map(|own| own.name.clone()).collect()
    };
    let of = |rating: Rating, words: &str| {
        let names = rated(rating);
        (!names.is_empty()).then(|| format!("{words}: {}", words::join(&names)))
    };
    let all = [
        of(Rating::Red, "Red, and to be acted on"),
        of(Rating::Amber, "Amber, and to be talked about"),
        of(Rating::Green, "Green"),
    ];
    let said: Vec<String> = all.into_iter().flatten().collect();
    if said.is_empty() { vec!["Too few answered to show what they said".to_owned()] } else { said }
}
