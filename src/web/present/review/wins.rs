//! What has become better since the check before: flags that are cleared, drift that is over or turned, actions that were kept.

use super::super::agenda::Agenda;
use super::super::{Reader, age, flags};
use crate::domain::drift::{DriftFinding, DriftState};
use crate::domain::flags::{FlagState, FlagSubject};
use crate::domain::publication::{Cell, IndicatorCell, Scorecard};
use crate::domain::review::{ActionState, named};
use crate::domain::words;
use crate::store::flags::Flag;
use crate::store::reviews::Action;

/// A sentence for each.
pub(super) fn wins(agenda: &Agenda, reader: &Reader) -> Vec<String> {
    let history = &agenda.seen.history;
    let cleared = agenda.seen.flags.iter().filter(|flag| flag.state == FlagState::Cleared);
    let cleared = cleared.map(|flag| {
        let stood = match age(flag.raised_at, flag.cleared_at.unwrap_or(reader.now)) {
            none if none == "today" => "a day".to_owned(),
            stood => stood,
        };
        let name = flags::name_of(flag, history);
        match flag.subject {
            FlagSubject::Indicator(_) => {
                format!("{name}: cleared after {stood}, now {}.", flags::figure(flag, history))
            }
            FlagSubject::Partnership => {
                format!("“{}”: cleared after {stood}.", flags::title(flag, history))
            }
        }
    });
    let lately = |own: &Action| own.settled_at.is_some_and(|at| at.and_utc() >= agenda.since);
    let done = agenda.actions.iter().filter(|(own, _)| own.state == ActionState::Done && lately(own));
    let done =
        done.map(|(own, _)| format!("Done by {}: {}", agenda.side_name(own.side_id), named(&own.text)));
    cleared.chain(drift(agenda)).chain(done).collect()
}

/// Indicators whose drift is over, or that have become better by more than luck, since the check before.
fn drift(agenda: &Agenda) -> Vec<String> {
    let checks = agenda.seen.history.checks();
    let Some(place) = checks.iter().position(|check| check.card.cycle_id == agenda.cycle.id) else {
        return Vec::new();
    };
    let check = &checks[place];
    let before = place.checked_sub(1).map(|place| &checks[place]).filter(|own| check.compares_with(own));
    let told = |own: &IndicatorCell| {
        let then = before.and_then(|before| before.card.indicator(&own.id)).map(|own| &own.cell);
        improved(&own.cell, then, &check.card)
            .or_else(|| calmed(&own.cell, then?).then(|| "no longer drifts.".to_owned()))
            .map(|text| format!("{}: {text}", own.name))
    };
    check.card.indicators.iter().filter_map(told).collect()
}

fn calmed(cell: &Cell, then: &Cell) -> bool {
    let drifts = |cell: &Cell| {
        cell.drift.as_ref().map(|drift| drift.channels().any(|own| own.state == DriftState::Alarm))
    };
    drifts(then) == Some(true) && drifts(cell) == Some(false)
}

/// What turned for the better at this check, in the words of the scorecard.
fn improved(cell: &Cell, then: Option<&Cell>, card: &Scorecard) -> Option<String> {
    let is = |own: Option<&DriftFinding>| own.is_some_and(|own| own.state == DriftState::Improved);
    let (now, then) = (cell.drift.as_ref()?, then.and_then(|own| own.drift.as_ref()));
    if is(now.level.as_ref()) && !is(then.and_then(|own| own.level.as_ref())) {
        return words::level_drift_sentence(cell, card).map(|text| words::lower_first(&text));
    }
    if is(now.gap.as_ref()) && !is(then.and_then(|own| own.gap.as_ref())) {
        return words::gap_drift_sentence(cell, card).map(|text| words::lower_first(&text));
    }
    None
}

/// How old a flag is, where that says something.
pub(super) fn standing(flag: &Flag, reader: &Reader) -> Option<String> {
    (flag.state == FlagState::Held).then(|| age(flag.raised_at, reader.now))
}
