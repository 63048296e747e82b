//! The shape of a drift finding.
//!
//! Law: drift is a property of several cycles, so a cell holds one only when its whole segment was published;
//! until the test itself is built no cell holds any. Frozen scorecards already have the place for it, so that
//! old ones stay readable. Read by [`super::publication`], [`super::flags`] and the screens.

use serde::{Deserialize, Serialize};

use super::{ids::SideId, text::text_enum};

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

/// Drift of one cell: of the level, and of the gap between sides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// The level of the scores.
    pub level: DriftFinding,
    /// The distance between sides.
    pub gap: DriftFinding,
}

/// What the test found in one channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DriftFinding {
    /// The verdict.
    pub state: DriftState,
    /// The period since which answers differ.
    #[serde(default)]
    pub onset: Option<String>,
    /// The size of the change in points.
    #[serde(default)]
    pub change: Option<f64>,
    /// About 90 % interval of the change.
    #[serde(default)]
    pub interval: Option<[f64; 2]>,
    /// Downward z of the level, absolute z of the gap.
    #[serde(default)]
    pub z: Option<f64>,
    /// Upward z (level only).
    #[serde(default)]
    pub z_up: Option<f64>,
    /// The pair of sides (gap only).
    #[serde(default)]
    pub between: Option<[SideId; 2]>,
}
