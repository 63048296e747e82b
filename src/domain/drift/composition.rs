//! Composition: the score moved because other people answer, not because anybody answers differently.
//!
//! Law: said only where the test ran, everybody could be followed and the level did not drift; so it never stands
//! beside an alarm, a watch or an improvement.

use serde::{Deserialize, Serialize};

use super::{DriftState, cells::Row, verdict::Verdict};
use crate::domain::instrument::{DriftThresholds, Thresholds};

/// A move of the score that people themselves did not make.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Composition {
    /// The period since which the score stands elsewhere.
    pub onset: String,
    /// How far the plain score moved, in points: its mean from the onset on minus its mean before.
    pub moved: f64,
    /// How far people themselves moved meanwhile, in points; none where that is not shown.
    #[serde(default)]
    pub change: Option<f64>,
}

/// A composition found in a segment.
pub(super) struct Turnover {
    /// The row with which it begins.
    pub onset: usize,
    pub moved: f64,
    pub change: f64,
}

/// The largest move of the plain score over all onsets, if people themselves made less than half of it.
///
/// `changes` are the steps of the level by onset ([`super::verdict::level_changes`]).
pub(super) fn find(
    rows: &[Row],
    changes: &[f64],
    level: &Verdict,
    thresholds: &DriftThresholds,
) -> Option<Turnover> {
    let linked = rows.iter().all(|row| row.sides.iter().all(|side| side.unlinked.count == 0));
    if level.state != DriftState::Stable || !linked {
        return None;
    }
    let mean = |rows: &[Row]| rows.iter().map(Row::score).sum::<f64>() / rows.len() as f64;
    let largest = (1..rows.len())
        .zip(changes)
        .map(|(onset, change)| {
            let (before, after) = rows.split_at(onset);
            Turnover { onset, moved: mean(after) - mean(before), change: *change }
        })
        .reduce(|best, own| if own.moved.abs() > best.moved.abs() + Thresholds::EPS { own } else { best })?;
    is_composition(largest.moved, largest.change, thresholds).then_some(largest)
}

/// Whether a move of the plain score is mainly one of composition: it is large enough to be noticed, and people
/// themselves made less than half of it.
fn is_composition(moved: f64, change: f64, thresholds: &DriftThresholds) -> bool {
    moved.abs() >= thresholds.composition - Thresholds::EPS && change.abs() < moved.abs() / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_large_move_that_people_did_not_make_is_composition() {
        let t = DriftThresholds::default();
        assert!(is_composition(-0.67, -0.09, &t));
        assert!(is_composition(0.5, 0.0, &t));
        assert!(!is_composition(0.49, 0.0, &t), "too small to be noticed");
        assert!(!is_composition(-0.8, -0.4, &t), "people themselves made half of it");
        assert!(!is_composition(-0.8, 0.6, &t), "people moved the other way");
    }
}
