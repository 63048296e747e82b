//! Flags as one viewer may see them: which, why, and what they weigh.
//!
//! Law: a check whose figures are withheld shows no flag that rests on them. Called by [`super::Line`] and by the pages.

use chrono::{DateTime, Utc};

use super::answers::Answers;
use super::{Check, History};
use crate::domain::conflict_debt::{DebtFlag, debt as weigh};
use crate::domain::flags::{FlagState, FlagSubject, Reason, Severity, as_rated};
use crate::domain::publication::CardFlag;
use crate::store::flags::Flag;

/// The flags a viewer may see. A check whose figures are withheld shows no flag that rests on them: what is left of it
/// are the reasons that follow from the counts, which everybody sees.
pub fn visible(flags: Vec<Flag>, history: &History) -> Vec<Flag> {
    flags.into_iter().filter_map(|flag| limited(flag, history)).collect()
}

fn limited(mut flag: Flag, history: &History) -> Option<Flag> {
    // An open flag was touched by the newest close of its instrument, whichever check the history reaches back to.
    let open = flag.state != FlagState::Cleared;
    let newest = history.latest().filter(|check| check.card.instrument.id == flag.instrument_id);
    let newest_withheld = newest.is_some_and(|check| check.withheld);
    // Its reasons are those of the check that it was raised or held by last.
    let by = newest.filter(|_| open).or_else(|| history.of_cycle(flag.last_cycle_id));
    if let Some(check) = by {
        let unseen = check.unseen.get(&flag.id);
        flag.reasons.retain(|reason| unseen.is_none_or(|unseen| !unseen.contains(reason)));
        rerate(&mut flag.reasons, &flag.subject, check);
        flag.severity = severity_of(&flag.reasons)?;
    }
    if history.withholds(flag.last_cycle_id) || (open && newest_withheld) {
        flag.reasons.retain(|reason| reason.follows_from_counts());
        if flag.reasons.is_empty() || flag.subject != FlagSubject::Partnership {
            return None;
        }
        flag.severity = flag.reasons.iter().map(|reason| reason.severity()).min()?;
    }
    if flag.subject != FlagSubject::Partnership && history.withholds(flag.raised_cycle_id) {
        // That it stood already then would tell something of a check that is not for this viewer.
        let seen =
            history.checks().iter().find(|check| check.card.closed_at > flag.raised_at && !check.withheld)?;
        flag.raised_at = seen.card.closed_at;
        flag.answered_at = flag.answered_at.filter(|at| *at >= flag.raised_at);
        flag.raised_cycle_id = seen.card.cycle_id;
        if flag.state == FlagState::Held && flag.raised_cycle_id == flag.last_cycle_id {
            flag.state = FlagState::Raised;
        }
    }
    Some(flag)
}

/// What a check did to the flags, as its viewer may know it; `before` is the check before of the same instrument. Where
/// that one is withheld, a flag that was held since is new to this viewer, and one that was cleared was never there.
///
/// A flag of an indicator that the viewer sees rated otherwise than published has the reasons of what they see.
pub fn of_card(check: &Check, before: Option<&Check>) -> Vec<CardFlag> {
    let new_here = before.is_some_and(|before| before.withheld);
    let seen = |flag: &CardFlag| match flag.state {
        _ if !new_here || flag.subject == FlagSubject::Partnership => Some(flag.clone()),
        FlagState::Raised | FlagState::Held => Some(CardFlag { state: FlagState::Raised, ..flag.clone() }),
        FlagState::Cleared => None,
    };
    let seen = check.card.flags.iter().filter_map(seen);
    seen.filter_map(|mut flag| {
        if flag.state != FlagState::Cleared {
            rerate(&mut flag.reasons, &flag.subject, check);
            flag.severity = Some(severity_of(&flag.reasons)?);
        }
        Some(flag)
    })
    .collect()
}

/// Makes the reasons of an indicator's flag those of the rating that the viewer sees, where that is not the published one.
fn rerate(reasons: &mut Vec<Reason>, subject: &FlagSubject, check: &Check) {
    let FlagSubject::Indicator(id) = subject else { return };
    if let Some(own) = check.card.indicator(id).filter(|own| check.rerated.contains(&own.id)) {
        as_rated(reasons, own.cell.rating);
    }
}

fn severity_of(reasons: &[Reason]) -> Option<Severity> {
    reasons.iter().map(|reason| reason.severity()).min()
}

/// The conflict debt of these flags.
pub fn debt(flags: &[Flag], answers: &Answers, now: DateTime<Utc>) -> u32 {
    let open: Vec<DebtFlag> = flags
        .iter()
        .filter(|flag| flag.state != FlagState::Cleared)
        .map(|flag| DebtFlag {
            severity: flag.severity,
            raised_at: flag.debt_from.map_or(flag.raised_at, |from| from.max(flag.raised_at)),
            answered: answers.is_answered(flag.id),
        })
        .collect();
    weigh(&open, now)
}

/// What it is about: "Communication".
pub fn name_of(flag: &Flag, history: &History) -> String {
    match &flag.subject {
        FlagSubject::Partnership => "The partnership".to_owned(),
        FlagSubject::Indicator(id) => name(id, history),
    }
}

/// What it says: "Communication is red".
pub fn title(flag: &Flag, history: &History) -> String {
    let name = name_of(flag, history);
    match flag.reasons.first() {
        Some(Reason::SilentSide) => "A side was silent".to_owned(),
        Some(Reason::LowResponse) => "Few answered on a side".to_owned(),
        Some(Reason::Red) => format!("{name} is red"),
        Some(Reason::Amber) => format!("{name} is amber"),
        Some(Reason::GapLarge) => format!("{name}: the sides stand far apart"),
        Some(Reason::GapNotable) => format!("{name}: the sides stand apart"),
        Some(Reason::LowAgreement) => format!("{name}: people of one side disagree"),
        Some(Reason::DriftLevel | Reason::DriftOverall) => format!("{name}: lower than before"),
        Some(Reason::DriftGap) => format!("{name}: the gap has changed"),
        None => name,
    }
}

fn name(id: &str, history: &History) -> String {
    let named = history.checks().iter().rev().find_map(|check| check.card.indicator(id));
    named.map_or(id, |own| own.name.as_str()).to_owned()
}
