//! What of a finding a scorecard shows (R9).
//!
//! Law: a channel is shown only where side figures were published in this cycle and in every cycle of its segment. A
//! channel that is not shown says nothing, not even that it learns: that it began anew would tell of cycles that were
//! hidden. Of a channel that is shown, the figures are rounded outside named mode. In a mode with a floor they are told
//! only as far as they cannot be solved for one person's answers ([`Figures`]); the verdict, and the onset of a change,
//! are always told. Called by the closing of a cycle before the scorecard is frozen, attacked in [`super::attacks`].

use super::{
    Composition, Drift, DriftFinding, DriftState, Found, Tested, turnover::Turnover, verdict::gap_thresholds,
};
use crate::domain::{
    instrument::Thresholds,
    mode::Mode,
    scoring::{bound, display_change, display_z},
};

/// Whether a finding may be shown, told from whether each cycle of its segment published side figures.
pub fn publishable(sides_shown: impl IntoIterator<Item = bool>) -> bool {
    sides_shown.into_iter().all(|shown| shown)
}

/// Which figures of a finding may be told.
///
/// # Source
/// Every set of answers that fits what is published was enumerated for sides of 3 to 5 people over 3 to 5 cycles. For
/// an attacker who knows the own answers and all of the other side's, where one person had been replaced, change and z
/// told a single answer that the means leave open in 41 of 60 histories (three people), 11 of 40 (four) and 14 of 25
/// (five, whose intervals are published, too); the change alone in 7 of 60, 1 of 40 and 2 of 25. Where the same people
/// answered throughout, the change is that of the means, and z told nothing in 60 histories of three cycles, but
/// something in 2 of 5 of five cycles: z and change together are the interval. To an attacker who knows the own answers
/// only, verdict and onset told an answer in 10 of about 17,600 histories ([`super::attacks`]): nine of them with a side of three
/// people, seven of those with one of the three replaced, and one with a side of five. With ten a side, one of them
/// replaced, thousands of sets of answers fit the figures.
#[derive(Clone, Copy)]
struct Figures {
    /// The change, and where a channel that did not change came closest to it.
    change: bool,
    /// z and the interval: either tells how far people are apart.
    spread: bool,
}

impl Figures {
    fn of(found: &Found, mode: Mode, thresholds: &Thresholds) -> Self {
        let floor = thresholds.spread_floor as usize;
        let enough = found.fewest >= floor;
        if !mode.has_floor() {
            return Self { change: true, spread: enough };
        }
        let known = found.turnover != Turnover::Somebody || found.fewest >= MANY * floor;
        // Set against the published mean of the indicators, people's own overall scores would tell who left what out.
        let change = known && !found.composite_hidden;
        Self { change, spread: change && enough }
    }
}

/// Among so many times the people who make a spread showable, one who comes or leaves is not found.
const MANY: usize = 2;

impl Tested {
    /// What the frozen cell shows; none where no channel is shown.
    ///
    /// `mode` is the closing cycle's, `sides` the number of sides.
    ///
    /// # Source
    /// Rule R9 of the confidentiality chapter, and for small sides R5: nobody may solve for few people's answers.
    pub fn publish(&self, mode: Mode, sides: usize, thresholds: &Thresholds) -> Option<Drift> {
        if mode == Mode::Named {
            return Some(self.exact());
        }
        let drift = &thresholds.drift;
        let level = shown(&self.level, mode, &[drift.level_watch, drift.level_alarm], thresholds);
        let gap = shown(&self.gap, mode, &gap_thresholds(sides, drift), thresholds);
        // It rests on the level's segment, and on how far people themselves moved in it.
        let figures = Figures::of(&self.level, mode, thresholds);
        let told = level.is_some() && figures.change;
        let composition = self.composition.as_ref().filter(|_| told).map(|own| Composition {
            onset: own.onset.clone(),
            moved: display_change(own.moved, thresholds),
            change: own.change.filter(|_| figures.spread).map(|own| display_change(own, thresholds)),
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

fn shown(found: &Found, mode: Mode, marks: &[f64; 2], thresholds: &Thresholds) -> Option<DriftFinding> {
    if !found.sides_shown {
        return None;
    }
    let (finding, figures) = (&found.finding, Figures::of(found, mode, thresholds));
    if !figures.change {
        return Some(verdict_alone(found, thresholds));
    }
    // In modes without a floor a z tells nobody's answer that the side figures do not tell.
    let z = figures.spread || !mode.has_floor();
    Some(DriftFinding {
        change: finding.change.map(|change| display_change(change, thresholds)),
        interval: finding.interval.filter(|_| figures.spread).map(|ends| ends.map(bound)),
        z: finding.z.filter(|_| z).map(|z| display_z(z, marks)),
        z_up: finding.z_up.filter(|_| z).map(|z| display_z(z, &[thresholds.drift.improved])),
        ..finding.clone()
    })
}

/// The verdict, since when, and by how much the means moved, which are published anyway. Where nothing changed, not
/// even the likeliest onset: it rests on the figures that are withheld.
fn verdict_alone(found: &Found, thresholds: &Thresholds) -> DriftFinding {
    let finding = &found.finding;
    let bare = DriftFinding::bare(finding.state, finding.cycles);
    match finding.state {
        DriftState::NoTest | DriftState::Learning | DriftState::Stable => bare,
        DriftState::Watch | DriftState::Alarm | DriftState::Improved => DriftFinding {
            onset: finding.onset.clone(),
            between: finding.between,
            crossed: finding.crossed,
            moved: found.moved.map(|moved| display_change(moved, thresholds)),
            ..bare
        },
    }
}
