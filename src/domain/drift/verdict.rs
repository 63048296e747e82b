//! From steps to a verdict: the level, and the gap between sides.
//!
//! Law: the onset is the one with the largest z, the first of equal ones; comparisons use unrounded values. A change
//! below the least one is never reported, however sure. Used by [`super::tracker`].
//!
//! # Source
//! Section 2 of the scoring chapter.

use statrs::distribution::{ContinuousCDF, Normal};

use super::{DriftState, LEAST_CYCLES, cells::Row, sweep::Step};
use crate::domain::instrument::{DriftThresholds, Thresholds};

/// Values of z closer than this are equal, and the earlier onset stands.
const TIE: f64 = 1e-12;

/// What was found in a segment that is long enough.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Verdict {
    pub state: DriftState,
    /// The row of the segment with which the change begins.
    pub onset: usize,
    /// In points; of the gap: the first side's step minus the second's.
    pub change: f64,
    /// About 90 %.
    pub interval: [f64; 2],
    /// The largest downward or absolute z.
    pub z: f64,
    /// The largest upward z (level).
    pub z_up: Option<f64>,
    /// Positions of the two sides (gap).
    pub between: Option<[usize; 2]>,
    /// Whether every side moved that way by at least the least change (level).
    pub every_side: bool,
    /// Whether the two sides stand the other way round from the onset on, by at least the least change both before and
    /// after (gap).
    pub crossed: bool,
}

impl Verdict {
    /// By how much the means moved with the onset, in points: the plain score, or the distance of the two sides.
    pub(super) fn moved(&self, rows: &[Row]) -> f64 {
        let (before, after) = rows.split_at(self.onset);
        let [before, after] = [before, after].map(|rows| match self.between {
            None => rows.iter().map(Row::score).sum::<f64>() / rows.len() as f64,
            Some(pair) => distance(rows, pair).abs(),
        });
        after - before
    }
}

/// A change that begins with one row.
#[derive(Clone, Copy)]
struct Candidate {
    onset: usize,
    change: f64,
    error: f64,
    between: [usize; 2],
}

impl Candidate {
    /// How many errors the change is away from none.
    fn z(&self) -> f64 {
        self.change / self.error
    }

    fn interval(&self, thresholds: &DriftThresholds) -> [f64; 2] {
        let half = thresholds.interval_quantile * self.error;
        [self.change - half, self.change + half]
    }
}

/// How much the wobble of a whole side adds to the variance of a step: one over the cycles before, and one over those
/// from the onset on.
fn wobble(onset: usize, rows: usize, thresholds: &DriftThresholds) -> f64 {
    thresholds.wobble * (1.0 / onset as f64 + 1.0 / (rows - onset) as f64)
}

/// The mean step over the sides for every onset; the first is row 1.
pub(super) fn level_changes(steps: &[Vec<Step>]) -> Vec<f64> {
    let onsets = steps.first().map_or(0, Vec::len);
    (0..onsets).map(|k| steps.iter().map(|side| side[k].size).sum::<f64>() / steps.len() as f64).collect()
}

/// The verdict on the level; `None` while there are too few rows.
pub(super) fn level(rows: &[Row], steps: &[Vec<Step>], thresholds: &DriftThresholds) -> Option<Verdict> {
    if rows.len() < LEAST_CYCLES {
        return None;
    }
    let sides = steps.len() as f64;
    let candidates: Vec<Candidate> = (1..rows.len())
        .zip(level_changes(steps))
        .map(|(onset, change)| {
            let sampling = steps.iter().map(|side| side[onset - 1].variance).sum::<f64>() / (sides * sides);
            let error = (sampling + wobble(onset, rows.len(), thresholds) / sides).sqrt();
            Candidate { onset, change, error, between: [0, 0] }
        })
        .collect();
    let (down, z) = best(&candidates, |own| -own.z())?;
    let (up, z_up) = best(&candidates, Candidate::z)?;
    let (found, state) =
        match grade(z, down.change, thresholds.level_watch, thresholds.level_alarm, thresholds) {
            DriftState::Stable
                if reaches(z_up, thresholds.improved) && reaches(up.change, thresholds.least_change) =>
            {
                (up, DriftState::Improved)
            }
            state => (down, state),
        };
    Some(Verdict {
        state,
        onset: found.onset,
        change: found.change,
        interval: found.interval(thresholds),
        z,
        z_up: Some(z_up),
        between: None,
        every_side: steps
            .iter()
            .all(|side| reaches(side[found.onset - 1].size * found.change.signum(), thresholds.least_change)),
        crossed: false,
    })
}

/// The verdict on the gap; `None` while there are too few rows.
pub(super) fn gap(rows: &[Row], steps: &[Vec<Step>], thresholds: &DriftThresholds) -> Option<Verdict> {
    if rows.len() < LEAST_CYCLES {
        return None;
    }
    let pairs: Vec<[usize; 2]> =
        (0..steps.len()).flat_map(|a| (a + 1..steps.len()).map(move |b| [a, b])).collect();
    let of = |onset: usize, between: [usize; 2]| {
        let [a, b] = between.map(|side| steps[side][onset - 1]);
        // Each of the two sides wobbles by itself.
        let variance = a.variance + b.variance + 2.0 * wobble(onset, rows.len(), thresholds);
        Candidate { onset, change: a.size - b.size, error: variance.sqrt(), between }
    };
    let candidates: Vec<Candidate> =
        (1..rows.len()).flat_map(|onset| pairs.iter().map(move |pair| of(onset, *pair))).collect();
    let (found, z) = best(&candidates, |own| own.z().abs())?;
    let [watch, alarm] = gap_thresholds(steps.len(), thresholds);
    let [before, after] = distances(rows, &found);
    let narrowed = after.abs() < before.abs() - Thresholds::EPS;
    let state = match grade(z, found.change, watch, alarm, thresholds) {
        DriftState::Alarm if narrowed => DriftState::Improved,
        DriftState::Watch if narrowed => DriftState::Stable,
        state => state,
    };
    Some(Verdict {
        state,
        onset: found.onset,
        change: found.change,
        interval: found.interval(thresholds),
        z,
        z_up: None,
        between: Some(found.between),
        every_side: false,
        crossed: before * after < 0.0
            && [before, after].iter().all(|own| reaches(own.abs(), thresholds.least_change)),
    })
}

/// The thresholds of the gap's watch and alarm for this many sides, corrected for the number of pairs.
///
/// # Source
/// Bonferroni: each pair gets an equal part of the chance of a false alarm.
pub(super) fn gap_thresholds(sides: usize, thresholds: &DriftThresholds) -> [f64; 2] {
    let pairs = sides * sides.saturating_sub(1) / 2;
    [thresholds.gap_watch, thresholds.gap_alarm].map(|z| {
        if pairs <= 1 {
            return z;
        }
        let normal = Normal::standard();
        // The lower tail is exact where the upper one would lose digits.
        -normal.inverse_cdf(normal.cdf(-z) / pairs as f64)
    })
}

fn grade(z: f64, change: f64, watch: f64, alarm: f64, thresholds: &DriftThresholds) -> DriftState {
    if !reaches(change.abs(), thresholds.least_change) {
        DriftState::Stable
    } else if reaches(z, alarm) {
        DriftState::Alarm
    } else if reaches(z, watch) {
        DriftState::Watch
    } else {
        DriftState::Stable
    }
}

fn reaches(value: f64, mark: f64) -> bool {
    value >= mark - Thresholds::EPS
}

/// The candidate for which `z` is largest, the first of equal ones.
fn best(candidates: &[Candidate], z: impl Fn(&Candidate) -> f64) -> Option<(Candidate, f64)> {
    candidates.iter().map(|own| (*own, z(own))).reduce(
        |best, own| {
            if own.1 > best.1 + TIE { own } else { best }
        },
    )
}

/// How far the first of the two sides stands above the second before the onset, and from it on.
fn distances(rows: &[Row], found: &Candidate) -> [f64; 2] {
    let (before, after) = rows.split_at(found.onset);
    [before, after].map(|rows| distance(rows, found.between))
}

/// The mean over cycles of how far the first of two sides stands above the second.
fn distance(rows: &[Row], [a, b]: [usize; 2]) -> f64 {
    rows.iter().map(|row| row.means[a] - row.means[b]).sum::<f64>() / rows.len() as f64
}
