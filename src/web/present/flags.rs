//! Flags in words, with their ages and their history; which of them a viewer sees is decided by the rules of
//! [`crate::workflow::standing::flags`].

use std::collections::BTreeMap;

use chrono::{DateTime, Months, Utc};

use super::answers::Answers;
use super::{History, Reader, age, plural, review};
use crate::domain::flags::{FlagState, FlagSubject, Reason, Severity};
use crate::domain::ids::CycleId;
use crate::domain::publication::IndicatorCell;
use crate::domain::scoring::Subject;
use crate::domain::words;
use crate::store::flags::Flag;
use crate::web::pages::view::scorecard::FlagRow;
use crate::web::pages::view::{Glyph, Tone};
pub use crate::workflow::standing::flags::{debt, name_of, of_card, title, visible};

/// The open flag on a subject of the scorecard; the overall line carries none of its own.
pub fn of_subject<'a>(flags: &[&'a Flag], subject: &Subject) -> Option<&'a Flag> {
    let Subject::Indicator(id) = subject else { return None };
    let wanted = FlagSubject::Indicator(id.clone());
    flags.iter().copied().find(|flag| flag.subject == wanted && flag.state != FlagState::Cleared)
}

/// "Flag: red, large gap".
pub fn short(flag: &Flag) -> String {
    let reasons: Vec<&str> = flag.reasons.iter().map(|reason| reason_words(*reason)).collect();
    format!("Flag: {}", reasons.join(", "))
}

fn reason_words(reason: Reason) -> &'static str {
    match reason {
        Reason::SilentSide => "silent side",
        Reason::Red => "red",
        Reason::GapLarge => "large gap",
        Reason::DriftLevel => "drift",
        Reason::DriftGap => "drift of the gap",
        Reason::DriftOverall => "overall drift",
        Reason::Amber => "amber",
        Reason::GapNotable => "notable gap",
        Reason::LowAgreement => "low agreement",
        Reason::LowResponse => "low response",
    }
}

/// What a flag row needs to name periods.
pub struct Periods<'a> {
    /// The periods of the partnership's cycles.
    pub of: &'a BTreeMap<CycleId, String>,
    /// The cycles whose reviews are to be led to.
    pub reviewed: &'a [CycleId],
}

impl Periods<'_> {
    fn name(&self, cycle: CycleId) -> &str {
        self.of.get(&cycle).map_or("an earlier check", String::as_str)
    }
}

/// The rows of the partnership page: open ones first, those to act on in front, the oldest leading, then as they
/// are asked.
pub fn rows(
    flags: &[Flag],
    answers: &Answers,
    history: &History,
    periods: &Periods<'_>,
    reader: &Reader,
) -> Vec<FlagRow> {
    let sorted = in_order(flags.iter().collect(), history);
    sorted.into_iter().map(|flag| row(flag, answers, history, periods, reader)).collect()
}

/// The order in which flags are listed.
pub(super) fn in_order<'a>(mut flags: Vec<&'a Flag>, history: &History) -> Vec<&'a Flag> {
    let order = |flag: &Flag| (flag.raised_at, place(flag, history), flag.id);
    flags.sort_by_key(|flag| (flag.state == FlagState::Cleared, flag.severity, order(flag)));
    flags
}

/// One row: what a flag says, its figures, what answers it.
pub(super) fn row(
    flag: &Flag,
    answers: &Answers,
    history: &History,
    periods: &Periods<'_>,
    reader: &Reader,
) -> FlagRow {
    let until = flag.cleared_at.unwrap_or(reader.now);
    let also: Vec<&str> = flag.reasons.iter().skip(1).map(|reason| reason_words(*reason)).collect();
    let severity = match flag.severity {
        Severity::Act => "to act on",
        Severity::Discuss => "to discuss",
    };
    let open = flag.state != FlagState::Cleared;
    let reviewed = open && periods.reviewed.contains(&flag.last_cycle_id);
    FlagRow {
        anchor: review::anchor(flag.id),
        review: reviewed
            .then(|| format!("{}#{}", review::address(flag.last_cycle_id), review::anchor(flag.id))),
        glyph: glyph(flag),
        title: title(flag, history),
        severity: if also.is_empty() {
            severity.to_owned()
        } else {
            format!("{severity}; also {}", also.join(", "))
        },
        waiting: answers.needs(flag.id).is_some(),
        age: age(flag.raised_at, until),
        figure: figure(flag, history),
        state: state(flag, periods),
        answer: answers.words(flag.id).to_owned(),
        history: story(flag, periods, reader),
    }
}

fn glyph(flag: &Flag) -> Glyph {
    match flag.reasons.first() {
        Some(Reason::Red) => Glyph::Rating(Tone::Red),
        Some(Reason::Amber) => Glyph::Rating(Tone::Amber),
        Some(Reason::GapLarge | Reason::GapNotable) => Glyph::Gap,
        Some(Reason::DriftLevel | Reason::DriftGap | Reason::DriftOverall) => Glyph::Drift,
        _ => Glyph::Response,
    }
}

/// Where the instrument asks for what a flag is about; the partnership as a whole comes first.
fn place(flag: &Flag, history: &History) -> Option<usize> {
    let FlagSubject::Indicator(id) = &flag.subject else { return None };
    let asked = |own: &[IndicatorCell]| own.iter().position(|own| own.id == *id);
    history.checks().iter().rev().find_map(|check| asked(&check.card.indicators))
}

/// The published figures of the check that the flag last rests on.
pub(super) fn figure(flag: &Flag, history: &History) -> String {
    let Some(check) = history.of_cycle(flag.last_cycle_id) else { return "–".to_owned() };
    let card = &check.card;
    let FlagSubject::Indicator(id) = &flag.subject else {
        let silent = |answered: u32, invited: u32| answered == 0 || answered * 2 < invited;
        let few: Vec<String> = card
            .response
            .iter()
            .filter(|own| silent(own.answered, own.invited))
            .map(|own| {
                let name = card.side_name(own.side).unwrap_or("a side");
                match own.invited {
                    0 => format!("{name}: no answer"),
                    invited => format!("{name} {} of {invited}", own.answered),
                }
            })
            .collect();
        return if few.is_empty() { "–".to_owned() } else { few.join(", ") };
    };
    let Some(cell) = card.indicator(id).map(|own| &own.cell) else { return "–".to_owned() };
    let score = match cell.score {
        Some(_) => words::cell_words(cell, &card.marks),
        None => "no score".to_owned(),
    };
    match &cell.gap {
        Some(gap) => format!("{score}, gap {}", words::gap_size_words(gap.value)),
        None => score,
    }
}

fn state(flag: &Flag, periods: &Periods<'_>) -> String {
    match flag.state {
        FlagState::Raised => format!("raised {}", periods.name(flag.raised_cycle_id)),
        FlagState::Held if flag.unmeasured => "held, not measured".to_owned(),
        FlagState::Held => format!("held since {}", periods.name(flag.raised_cycle_id)),
        FlagState::Cleared => format!("cleared {}", periods.name(flag.last_cycle_id)),
    }
}

/// How long flags waited for their first answer, in one sentence: the middle one of those answered within the last four
/// quarters, with how many there are. Flags that still wait are not in it.
pub fn speed(flags: &[Flag], now: DateTime<Utc>) -> Option<String> {
    let year_ago = now.checked_sub_months(Months::new(12))?;
    let recent = flags.iter().filter(|flag| flag.answered_at.is_some_and(|at| at > year_ago));
    let mut days: Vec<i64> = recent.filter_map(Flag::days_to_answer).collect();
    days.sort_unstable();
    let middle = days.get(days.len() / 2)?;
    let lower = days[(days.len() - 1) / 2];
    let median = plural((middle + lower).div_euclid(2).unsigned_abs(), "day");
    Some(match days.len() {
        1 => format!("One flag was answered in the last four quarters, after {median}."),
        n => format!(
            "{} flags were answered in the last four quarters, after {median} in the median.",
            words::capital(&words::number_words(n))
        ),
    })
}

/// What happened to it, oldest first.
fn story(flag: &Flag, periods: &Periods<'_>, reader: &Reader) -> Vec<String> {
    let raised = format!("Raised {}, {}", periods.name(flag.raised_cycle_id), reader.moment(flag.raised_at));
    let days = |days: i64| plural(days.unsigned_abs(), "day");
    let answered = flag.days_to_answer().map(|own| match own {
        0 => "Answered on the same day".to_owned(),
        own => format!("Answered after {}", days(own)),
    });
    let then = match (flag.state, flag.cleared_at) {
        (FlagState::Cleared, Some(at)) => {
            let after = flag.days_to_clear().map_or_else(String::new, |own| format!(", after {}", days(own)));
            Some(format!("Cleared {}, {}{after}", periods.name(flag.last_cycle_id), reader.moment(at)))
        }
        (FlagState::Held, _) => Some(format!("Held, last in {}", periods.name(flag.last_cycle_id))),
        _ => None,
    };
    std::iter::once(raised).chain(answered).chain(then).collect()
}
