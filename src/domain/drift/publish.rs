//! What of a finding a scorecard shows (R9).
//!
//! Law: a channel is shown only where side figures were published in this cycle and in every cycle of its segment; what
//! it says is then rounded outside named mode, and an interval is shown only where every side had enough answers in
//! each of these cycles. A channel that is not shown says nothing, not even that it learns: that it began anew
//! would tell of cycles that were hidden. Called by the closing of a cycle before the scorecard is frozen.

use super::{Composition, Drift, DriftFinding, Found, Tested, verdict::gap_thresholds};
use crate::domain::{
    instrument::Thresholds,
    mode::Mode,
    scoring::{bound, display_change, display_z},
};

/// Whether a finding may be shown, told from whether each cycle of its segment published side figures.
pub fn publishable(sides_shown: impl IntoIterator<Item = bool>) -> bool {
    sides_shown.into_iter().all(|shown| shown)
}

impl Tested {
    /// What the frozen cell shows; none where no channel is shown.
    ///
    /// `mode` is the closing cycle's, `sides` the number of sides.
    ///
    /// # Source
    /// Rule R9 of the confidentiality chapter.
    pub fn publish(&self, mode: Mode, sides: usize, thresholds: &Thresholds) -> Option<Drift> {
        if mode == Mode::Named {
            return Some(self.exact());
        }
        let drift = &thresholds.drift;
        let level = shown(&self.level, &[drift.level_watch, drift.level_alarm], thresholds);
        let gap = shown(&self.gap, &gap_thresholds(sides, drift), thresholds);
        // It rests on the level's segment.
        let composition = self.composition.as_ref().filter(|_| level.is_some()).map(|own| Composition {
            onset: own.onset.clone(),
            moved: display_change(own.moved, thresholds),
            change: own
                .change
                .filter(|_| has_spread(&self.level, thresholds))
                .map(|own| display_change(own, thresholds)),
        });
        (level.is_some() || gap.is_some()).then_some(Drift { level, gap, composition })
    }

    /// Everything, unrounded: for named mode, and for the export of modes that suppress nothing.
    pub fn exact(&self) -> Drift {
        Drift {
            level: Some(self.level.finding.clone()),
            gap: Some(self.gap.finding.clone()),
            composition: self.composition.clone(),
        }
    }
}

/// Whether every side had enough answers in every cycle of the segment.
fn has_spread(found: &Found, thresholds: &Thresholds) -> bool {
    found.fewest >= thresholds.spread_floor as usize
}

fn shown(found: &Found, marks: &[f64; 2], thresholds: &Thresholds) -> Option<DriftFinding> {
    if !found.sides_shown {
        return None;
    }
    let finding = &found.finding;
    Some(DriftFinding {
        change: finding.change.map(|change| display_change(change, thresholds)),
        interval: finding.interval.filter(|_| has_spread(found, thresholds)).map(|ends| ends.map(bound)),
        z: finding.z.map(|z| display_z(z, marks)),
        z_up: finding.z_up.map(|z| display_z(z, &[thresholds.drift.improved])),
        ..finding.clone()
    })
}
