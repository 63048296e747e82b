//! The segments of one subject: the test of both channels at a close, and where they begin afterwards.
//!
//! Law: a segment holds the usable cycles from its start to the cycle that closes; it restarts at the onset of an alarm or
//! an improvement, and with a rebaseline. Used by [`super::tracker`].

use std::collections::BTreeMap;

use super::{
    CarriedSubject, Composition, DriftFinding, DriftState, Variances,
    cells::{Row, SideAnswers},
    composition, publishable,
    sweep::{Step, sweep},
    turnover::Turnover,
    verdict::{self, Verdict},
};
use crate::domain::{ids::SideId, instrument::Thresholds, scoring::Subject};

/// What a close found of one subject: unrounded and unsuppressed ([`Tested::publish`] decides what is shown).
#[derive(Debug, Clone, PartialEq)]
pub struct Tested {
    /// The variances that the test used.
    pub variances: Variances,
    /// The level of the scores.
    pub level: Found,
    /// The distance between sides.
    pub gap: Found,
    /// Where the score moved mainly because other people answer; it rests on the level's segment.
    pub composition: Option<Composition>,
}

/// What a close found in one channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The finding.
    pub finding: DriftFinding,
    /// Whether side figures were published in this cycle and in every usable one of the segment.
    pub sides_shown: bool,
    /// The fewest answers of a side in a usable cycle of the segment; 0 where this cycle was not tested.
    pub fewest: usize,
    /// Whether the same people answered throughout the segment.
    pub turnover: Turnover,
    /// Whether it is about the overall score of people, and a cycle of the segment published another one in its place.
    pub composite_hidden: bool,
    /// By how much the means moved with the onset: the score, or the distance of the two sides.
    pub moved: Option<f64>,
}

/// What is kept of a cycle besides answers.
#[derive(Debug, Clone)]
pub(super) struct Mark {
    /// By which an onset is named.
    pub period: String,
    /// Whether its scorecard publishes side figures.
    pub sides_shown: bool,
    /// Whether its scorecard shows the mean of the indicators in the place of the overall score.
    pub overall_is_mean: bool,
}

/// The usable cycles of one subject, and everybody's last answer to it.
#[derive(Debug, Clone, Default)]
pub(super) struct Series {
    pub rows: Vec<Row>,
    pub last: BTreeMap<usize, f64>,
}

impl Series {
    /// Each person's answer minus their last earlier one.
    pub(super) fn changes(&self, side: &SideAnswers) -> Vec<f64> {
        let change = |&(person, value): &(usize, f64)| self.last.get(&person).map(|last| value - last);
        side.linked.iter().filter_map(change).collect()
    }

    pub(super) fn keep_last(&mut self, given: &[SideAnswers]) {
        self.last.extend(given.iter().flat_map(|side| side.linked.iter().copied()));
    }

    pub(super) fn drop_before(&mut self, cycle: u32) {
        let gone = self.rows.partition_point(|row| row.cycle < cycle);
        self.rows.drain(..gone);
    }
}

/// What the test of one subject needs besides its rows.
pub(super) struct Segments<'a> {
    pub subject: &'a Subject,
    pub sides: &'a [SideId],
    /// By the number of the cycle.
    pub marks: &'a BTreeMap<u32, Mark>,
    pub variances: Variances,
    /// How many people have a number.
    pub people: usize,
    pub thresholds: &'a Thresholds,
}

impl Segments<'_> {
    /// This cycle could not be tested.
    pub(super) fn untested(&self, number: u32) -> Tested {
        let sides_shown = self.marks.get(&number).is_some_and(|mark| mark.sides_shown);
        let finding = DriftFinding::bare(DriftState::NoTest, None);
        let found = Found {
            finding,
            sides_shown,
            fewest: 0,
            turnover: Turnover::Somebody,
            composite_hidden: false,
            moved: None,
        };
        Tested { variances: self.variances, level: found.clone(), gap: found, composition: None }
    }

    /// Tests both channels and restarts their segments where they have found something.
    pub(super) fn test(&self, rows: &[Row], own: &mut CarriedSubject) -> Tested {
        let from = |start: u32| &rows[rows.partition_point(|row| row.cycle < start)..];
        let (level_rows, gap_rows) = (from(own.level), from(own.gap));
        let level_steps = self.sweep(level_rows);
        let other_steps = (level_rows.len() != gap_rows.len()).then(|| self.sweep(gap_rows));
        let gap_steps = other_steps.as_ref().unwrap_or(&level_steps);
        let drift = &self.thresholds.drift;
        let level = verdict::level(level_rows, &level_steps, drift);
        let gap = verdict::gap(gap_rows, gap_steps, drift);
        let composition = level.as_ref().and_then(|level| {
            let changes = verdict::level_changes(&level_steps);
            let moved = composition::find(level_rows, &changes, level, drift)?;
            let onset = self.period(&level_rows[moved.onset]);
            Some(Composition { onset, moved: moved.moved, change: Some(moved.change) })
        });
        let tested = Tested {
            variances: self.variances,
            level: self.found(level_rows, level.as_ref()),
            gap: self.found(gap_rows, gap.as_ref()),
            composition,
        };
        let start = |verdict: Option<Verdict>, rows: &[Row], start: &mut u32| {
            if let Some(verdict) = verdict.filter(|own| own.state.restarts()) {
                *start = rows[verdict.onset].cycle;
            }
        };
        start(level, level_rows, &mut own.level);
        start(gap, gap_rows, &mut own.gap);
        tested
    }

    fn sweep(&self, rows: &[Row]) -> Vec<Vec<Step>> {
        sweep(rows, &self.variances, self.people)
    }

    fn period(&self, row: &Row) -> String {
        self.marks.get(&row.cycle).map(|mark| mark.period.clone()).unwrap_or_default()
    }

    fn found(&self, rows: &[Row], verdict: Option<&Verdict>) -> Found {
        let cycles = u32::try_from(rows.len()).ok();
        let shown = |row: &Row| self.marks.get(&row.cycle).is_some_and(|mark| mark.sides_shown);
        let other = |row: &Row| self.marks.get(&row.cycle).is_some_and(|mark| mark.overall_is_mean);
        let composite_hidden = *self.subject == Subject::Overall && rows.iter().any(other);
        let finding = match verdict {
            None => DriftFinding::bare(DriftState::Learning, cycles),
            Some(own) => DriftFinding {
                onset: Some(self.period(&rows[own.onset])),
                change: Some(own.change),
                interval: Some(own.interval),
                z: Some(own.z),
                z_up: own.z_up,
                every_side: own.every_side,
                crossed: own.crossed,
                between: own.between.map(|pair| pair.map(|position| self.sides[position])),
                ..DriftFinding::bare(own.state, cycles)
            },
        };
        Found {
            finding,
            sides_shown: publishable(rows.iter().map(shown)),
            fewest: rows.iter().map(Row::fewest).min().unwrap_or(0),
            turnover: Turnover::of(rows),
            composite_hidden,
            moved: verdict.filter(|_| !composite_hidden).map(|own| own.moved(rows)),
        }
    }
}
