//! Why a flag stands: a sentence for each of its reasons, by the published figures of the check that it rests on.

use super::super::{Check, History, flags};
use crate::domain::drift::DriftState;
use crate::domain::flags::{FlagSubject, Reason};
use crate::domain::publication::Cell;
use crate::domain::scoring::{Agreement, Rating, Subject, shown};
use crate::domain::words;
use crate::store::flags::Flag;

/// The sentences, and what the instrument asks for.
pub(super) fn sentences(flag: &Flag, history: &History) -> Vec<String> {
    let Some(check) = history.of_cycle(flag.last_cycle_id) else { return Vec::new() };
    let subject = match &flag.subject {
        FlagSubject::Partnership => Subject::Overall,
        FlagSubject::Indicator(id) => Subject::Indicator(id.clone()),
    };
    let Some(cell) = check.cell(&subject) else { return Vec::new() };
    let mut told: Vec<String> =
        flag.reasons.iter().filter_map(|reason| sentence(*reason, flag, cell, check, history)).collect();
    told.dedup();
    if told.is_empty() {
        told.push("Not measured at this check: it stands until one measures it.".to_owned());
    }
    let asked = cell.action_required.as_ref().filter(|_| subject != Subject::Overall);
    told.into_iter().map(|text| ended(&text)).chain(asked.map(|text| format!("Asked for: {text}"))).collect()
}

fn sentence(reason: Reason, flag: &Flag, cell: &Cell, check: &Check, history: &History) -> Option<String> {
    let card = &check.card;
    let alarmed = |state: Option<DriftState>| state == Some(DriftState::Alarm);
    let level = cell.drift.as_ref().and_then(|own| own.level.as_ref());
    let gap = cell.drift.as_ref().and_then(|own| own.gap.as_ref());
    match reason {
        Reason::Red | Reason::Amber => rated(cell, check),
        Reason::GapLarge | Reason::GapNotable => cell.gap.as_ref().map(|gap| words::gap_sentence(gap, card)),
        Reason::DriftLevel => words::level_drift_sentence(cell, card),
        Reason::DriftGap => words::gap_drift_sentence(cell, card),
        Reason::DriftOverall if alarmed(level.map(|own| own.state)) => {
            words::level_drift_sentence(cell, card)
        }
        Reason::DriftOverall if alarmed(gap.map(|own| own.state)) => words::gap_drift_sentence(cell, card),
        Reason::DriftOverall => None,
        Reason::LowAgreement => {
            let low = cell.sides.iter().filter(|own| own.agreement == Some(Agreement::Low));
            let names: Vec<String> =
                low.filter_map(|own| card.side_name(own.side)).map(str::to_owned).collect();
            (!names.is_empty())
                .then(|| format!("the people of {} disagree with each other", words::join(&names)))
        }
        Reason::SilentSide | Reason::LowResponse => {
            Some(format!("answered: {}", flags::figure(flag, history)))
        }
    }
}

fn rated(cell: &Cell, check: &Check) -> Option<String> {
    let marks = &check.card.marks;
    let below = match cell.rating {
        Rating::Red => marks.amber,
        Rating::Amber => marks.green,
        Rating::Green | Rating::Grey => return None,
    };
    words::reason_sentence(cell, marks).or_else(|| {
        Some(format!("{}, below {}: {}", words::score_words(cell.score?, marks), shown(below), cell.rating))
    })
}

fn ended(text: &str) -> String {
    let text = words::capital(text);
    if text.ends_with('.') { text } else { format!("{text}.") }
}
