//! What the frozen scorecards tell of drift: the marks of the charts, and the words of panels and rows.
//!
//! Law: nothing is computed here: every finding is one that a scorecard published, as this viewer may see it. An alarm is
//! marked from the check that found it on, also after the test began anew from its onset. Called by the charts, the
//! trend panels and the portfolio.

use std::cmp::Reverse;

use evenkeel_charts::{Channel, Onset};

use super::{Check, History};
use crate::domain::drift::{DriftFinding, DriftState};
use crate::domain::publication::Cell;
use crate::domain::scoring::Subject;
use crate::domain::words;

const CHANNELS: [Channel; 2] = [Channel::Level, Channel::Gap];
/// A row of the portfolio speaks of what this many checks found: a year of quarters.
const LATELY: usize = 4;

/// A change that the test found.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    /// The place of the check that found it.
    pub at: usize,
    /// That check.
    pub check: &'a Check,
    /// What it found.
    pub finding: &'a DriftFinding,
    /// The size of the change, in points; none where it may not be told.
    pub size: Option<f64>,
    /// The place of the first check that differs.
    pub onset: usize,
}

/// What a cell shows of a channel.
pub fn finding(cell: &Cell, channel: Channel) -> Option<&DriftFinding> {
    let drift = cell.drift.as_ref()?;
    match channel {
        Channel::Level => drift.level.as_ref(),
        Channel::Gap => drift.gap.as_ref(),
    }
}

/// The newest change found in a channel, if the check at its onset is in view.
pub fn found<'a>(history: &'a History, subject: &Subject, channel: Channel) -> Option<Found<'a>> {
    let checks = history.checks();
    checks.iter().enumerate().rev().find_map(|(at, check)| {
        let finding = finding(check.cell(subject)?, channel).filter(|own| own.state.restarts())?;
        let period = finding.onset.as_deref()?;
        let onset = checks[..=at].iter().rposition(|own| own.card.period == period)?;
        Some(Found { at, check, finding, size: finding.size(channel == Channel::Gap), onset })
    })
}

/// The mark of that change on a chart.
pub fn onset(history: &History, subject: &Subject, channel: Channel) -> Option<Onset> {
    let own = found(history, subject, channel)?;
    let label = words::onset_words(own.finding, channel == Channel::Gap)?;
    Some(Onset { index: own.onset, channel, label })
}

/// The marks of both channels.
pub fn onsets(history: &History, subject: &Subject) -> Vec<Onset> {
    CHANNELS.into_iter().filter_map(|channel| onset(history, subject, channel)).collect()
}

/// Whether a cell shows a channel on watch.
pub fn on_watch(cell: &Cell) -> bool {
    CHANNELS.into_iter().any(|channel| is_watched(cell, channel))
}

/// Whether a cell shows this channel on watch.
pub fn is_watched(cell: &Cell, channel: Channel) -> bool {
    finding(cell, channel).is_some_and(|own| own.state == DriftState::Watch)
}

/// The place of the check since which the score moved because other people answer, as the newest check that could be
/// tested tells it.
pub fn composition(history: &History, subject: &Subject) -> Option<usize> {
    let tested = |check: &&Check| {
        let level = check.cell(subject).and_then(|cell| finding(cell, Channel::Level));
        level.is_some_and(|own| own.state != DriftState::NoTest)
    };
    let drift = history.checks().iter().rev().find(tested)?.cell(subject)?.drift.as_ref()?;
    let period = &drift.composition.as_ref()?.onset;
    history.checks().iter().rposition(|check| check.card.period == *period)
}

/// What a panel says of drift.
#[derive(Debug, Default)]
pub struct Told {
    /// Changes, each with a few words in front that say of what kind it is.
    pub changes: Vec<(String, String)>,
    /// That nothing moved, or why nothing is known.
    pub quiet: Vec<String>,
    /// What exactly was found where nothing moved.
    pub exact: Vec<String>,
}

/// What the newest check says of drift, and what an earlier one found that the chart still marks.
pub fn told(history: &History, subject: &Subject) -> Told {
    let mut told = Told::default();
    let Some((check, cell)) = history.latest().and_then(|check| Some((check, check.cell(subject)?))) else {
        return told;
    };
    let Some(drift) = &cell.drift else {
        let hidden = !check.withheld && (cell.score.is_some() || cell.is_hidden());
        told.quiet.extend(hidden.then(|| NOT_SHOWN.to_owned()));
        return told;
    };
    let last = history.checks().len() - 1;
    let earlier = CHANNELS.map(|channel| found(history, subject, channel).filter(|own| own.at < last));
    for (channel, earlier) in CHANNELS.into_iter().zip(&earlier) {
        if let Some(own) = earlier {
            let lead = format!("{}, found in {}.", kind(own.finding.state, channel), own.check.card.period);
            told.changes.extend(sentence(own.check, subject, channel).map(|text| (lead, text)));
        }
        let Some(state) = finding(cell, channel).map(|own| own.state) else { continue };
        let text = sentence(check, subject, channel);
        match state {
            DriftState::Alarm | DriftState::Improved | DriftState::Watch => {
                told.changes.extend(text.map(|text| (format!("{}.", kind(state, channel)), text)));
            }
            DriftState::Stable => told.exact.extend(text),
            DriftState::Learning | DriftState::NoTest => {}
        }
    }
    let composition = words::composition_sentence(cell);
    told.changes.extend(composition.map(|text| ("Other people.".to_owned(), text)));
    let restarted = earlier.each_ref().map(|own| own.and_then(|own| own.finding.onset.as_deref()));
    told.quiet = words::quiet_drift_sentences(drift, restarted);
    told
}

/// What stands where a score is known and its drift is not shown.
const NOT_SHOWN: &str =
    "Drift is not shown: it needs the figures of each side in this check and in those that it compares with.";

fn kind(state: DriftState, channel: Channel) -> &'static str {
    match (state, channel) {
        (DriftState::Watch, _) => "On watch",
        (DriftState::Improved, Channel::Level) => "Higher",
        (DriftState::Improved, Channel::Gap) => "Gap narrower",
        (_, Channel::Level) => "Drift",
        (_, Channel::Gap) => "Drift of the gap",
    }
}

fn sentence(check: &Check, subject: &Subject, channel: Channel) -> Option<String> {
    let cell = check.cell(subject)?;
    match channel {
        Channel::Level => words::level_drift_sentence(cell, &check.card),
        Channel::Gap => words::gap_drift_sentence(cell, &check.card),
    }
}

/// What the checks of the last year found, for one row: "Lower since 2025-Q4:" and "communication by about 1.0.".
pub fn lately(history: &History) -> Option<(String, String)> {
    let groups = [
        ("Lower", moves(history, Channel::Level, (DriftState::Alarm, false))),
        ("Moving apart", moves(history, Channel::Gap, (DriftState::Alarm, false))),
        ("Places changed", moves(history, Channel::Gap, (DriftState::Alarm, true))),
        ("Higher", moves(history, Channel::Level, (DriftState::Improved, false))),
        ("Closer", moves(history, Channel::Gap, (DriftState::Improved, false))),
    ];
    let Some((way, first)) = groups.iter().find(|(_, moves)| !moves.is_empty()) else {
        return other_people(history);
    };
    let since = first[0].1.finding.onset.as_deref()?;
    let mut text = list(first, since);
    if *way == "Lower"
        && let Some((name, _)) = groups[1].1.first()
    {
        text = format!("{text} Moving apart on {name}.");
    }
    Some((format!("{way} since {since}:"), text))
}

/// The subjects that moved this way within the last year and since the last new start: the overall score alone if it did,
/// else the indicators with the largest change first.
fn moves(
    history: &History,
    channel: Channel,
    (state, crossed): (DriftState, bool),
) -> Vec<(String, Found<'_>)> {
    let first = history.checks().len().saturating_sub(LATELY).max(history.new_start());
    let of = |subject: &Subject| {
        found(history, subject, channel).filter(|own| {
            // Sides that stand closer now stand closer, whichever of them is higher.
            let same = own.finding.crossed == crossed || state == DriftState::Improved;
            own.at >= first && own.finding.state == state && same
        })
    };
    if let Some(own) = of(&Subject::Overall) {
        return vec![("overall".to_owned(), own)];
    }
    let Some(latest) = history.latest() else { return Vec::new() };
    let mut all: Vec<(String, Found<'_>)> = latest
        .card
        .indicators
        .iter()
        .filter_map(|own| {
            let name = words::lower_first(&own.short_name);
            Some((name, of(&Subject::Indicator(own.id.clone()))?))
        })
        .collect();
    let size = |own: &Found<'_>| own.size.unwrap_or_default().abs();
    all.sort_by(|a, b| size(&b.1).total_cmp(&size(&a.1)).then(Reverse(a.1.at).cmp(&Reverse(b.1.at))));
    all
}

/// "communication by about 1.0 and resources by about 0.8 since 2026-Q1."
fn list(moves: &[(String, Found<'_>)], since: &str) -> String {
    let one = |(name, own): &(String, Found<'_>)| {
        let by =
            own.size.map_or_else(String::new, |size| format!(" by about {}", words::change_size_words(size)));
        let other = own.finding.onset.as_deref().filter(|onset| *onset != since);
        let when = other.map_or_else(String::new, |onset| format!(" since {onset}"));
        format!("{name}{by}{when}")
    };
    match moves {
        [first, second, rest @ ..] if rest.len() > 1 => {
            format!("{}, {} and {} more.", one(first), one(second), words::number_words(rest.len()))
        }
        all => format!("{}.", words::join(&all.iter().map(one).collect::<Vec<_>>())),
    }
}

/// That the overall score moved because other people answer.
fn other_people(history: &History) -> Option<(String, String)> {
    let found = history.latest()?.card.overall.drift.as_ref()?.composition.as_ref()?;
    let way = if found.moved < 0.0 { "lower" } else { "higher" };
    let size = words::change_size_words(found.moved);
    let text = format!("overall about {size} {way} since {}: composition, not drift.", found.onset);
    Some(("Other people answer:".to_owned(), text))
}
