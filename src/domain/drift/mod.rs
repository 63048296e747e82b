//! Drift: the cycle since which people answer lower, or further apart, than they themselves did before.
//!
//! Laws: everybody is compared with their own earlier answers only, so that joiners and leavers move nothing; every
//! possible onset is tried, and the threshold is set for that; what a finding says is decided by unrounded
//! values; a cell shows a finding only where the sides were published in every cycle of its segment (R9). Called
//! by the closing of a cycle and by the import of past reviews, through the same [`Tracker`], so that both give
//! the same to the last bit. Read by [`super::publication`], [`super::flags`], [`super::words`] and the screens.
//!
//! ```text
//! cells ──> Tracker::close ──┬─> Sums      variances of all cycles so far        (sums)
//!                            ├─> sweep     every onset, every side: step ± error (sweep)
//!                            ├─> verdict   level and gap: state, onset, change   (verdict)
//!                            └─> Carried   sums and segment starts for the next close
//! Tested ──> Tested::publish (R9) ──> Drift in the frozen cell
//! ```
//!
//! # Source
//! Section 2 of the scoring chapter. The test is a change point with an unknown onset in a linear mixed model with
//! random person effects; steps are estimated by generalised least squares (Aitken 1935; Laird & Ware 1982), the
//! variances by sums of squares moderated with a prior (as Smyth 2004 does). The thresholds come from simulation.

mod carried;
mod cells;
mod composition;
mod limits;
mod news;
mod publish;
mod segment;
mod sums;
mod sweep;
mod tracker;
mod turnover;
mod unlinked;
mod verdict;

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod naive;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod shown;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use carried::{Carried, CarriedSubject};
pub use composition::Composition;
pub use limits::{Limits, limits_for};
pub use news::{alarmed, is_news};
pub use publish::publishable;
pub use segment::{Found, Tested};
pub use sums::{Sums, Variances};
pub use tracker::{CycleAnswers, NotLoaded, Response, Tracker};
pub use turnover::Turnover;
pub use unlinked::{SideSums, Unlinked, reduce};

use super::{ids::SideId, text::text_enum};

/// A segment with fewer usable cycles is still learning.
pub const LEAST_CYCLES: usize = 3;

text_enum! {
    /// What the drift test says about one channel of one subject.
    DriftState as "drift state" {
        /// This cycle could not be tested.
        NoTest = "no_test",
        /// Fewer than three usable cycles since the segment began.
        Learning = "learning",
        /// No change that luck would not explain.
        Stable = "stable",
        /// Worth a look on the chart; never a message.
        Watch = "watch",
        /// A change that luck would show less than about once in 100 stable quarters.
        Alarm = "alarm",
        /// A rise of the level, or a gap that narrowed.
        Improved = "improved",
    }
}

impl DriftState {
    /// Whether the segment starts anew at the onset: the new level is the new baseline.
    pub const fn restarts(self) -> bool {
        matches!(self, Self::Alarm | Self::Improved)
    }
}

/// Drift of one cell: of the level, and of the gap between sides. A channel that may not be shown is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// The level of the scores.
    #[serde(default)]
    pub level: Option<DriftFinding>,
    /// The distance between sides.
    #[serde(default)]
    pub gap: Option<DriftFinding>,
    /// Where the score moved mainly because other people answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub composition: Option<Composition>,
}

impl Drift {
    /// Whether a channel is not shown, or not with its figures.
    pub fn withholds(&self) -> bool {
        [&self.level, &self.gap]
            .into_iter()
            .any(|own| own.as_ref().is_none_or(DriftFinding::withholds_figures))
    }
}

/// What the test found in one channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DriftFinding {
    /// The verdict.
    pub state: DriftState,
    /// The period since which answers differ.
    #[serde(default)]
    pub onset: Option<String>,
    /// The size of the change in points: by how much people moved, each compared with themselves.
    #[serde(default)]
    pub change: Option<f64>,
    /// By how much the published means moved with the onset, in points, where the change itself is withheld: the score, or
    /// the distance of the two sides (smaller: closer).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved: Option<f64>,
    /// About 90 % interval of the change.
    #[serde(default)]
    pub interval: Option<[f64; 2]>,
    /// Downward z of the level, absolute z of the gap; the largest over all onsets.
    #[serde(default)]
    pub z: Option<f64>,
    /// Upward z (level only); the largest over all onsets.
    #[serde(default)]
    pub z_up: Option<f64>,
    /// The pair of sides (gap only); the change is the first's minus the second's.
    #[serde(default)]
    pub between: Option<[SideId; 2]>,
    /// Whether every side moved that way by at least the least change (level only).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub every_side: bool,
    /// Whether the two sides stand the other way round since the onset (gap only).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub crossed: bool,
    /// How many usable cycles the segment has, this one included; none where it was not tested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cycles: Option<u32>,
}

impl DriftFinding {
    /// Whether it was tested and the figures are withheld, because few people would be known by them.
    pub fn withholds_figures(&self) -> bool {
        !matches!(self.state, DriftState::NoTest | DriftState::Learning) && self.z.is_none()
    }

    /// The size of the change for a few words: people's own, else what the means show of it; none where the means do
    /// not show it.
    pub fn size(&self, of_gap: bool) -> Option<f64> {
        let down = matches!((self.state, of_gap), (DriftState::Improved, true) | (DriftState::Alarm, false));
        let same_way = |moved: &f64| if down { *moved < 0.0 } else { *moved > 0.0 };
        self.change.or_else(|| self.moved.filter(same_way))
    }

    /// A finding without figures.
    const fn bare(state: DriftState, cycles: Option<u32>) -> Self {
        Self {
            state,
            onset: None,
            change: None,
            moved: None,
            interval: None,
            z: None,
            z_up: None,
            between: None,
            every_side: false,
            crossed: false,
            cycles,
        }
    }
}
