//! The thresholds that a scorecard carries. Law: what a frozen card says is read with the thresholds of its own close.

use serde::{Deserialize, Serialize};

use super::super::instrument::Thresholds;

/// The thresholds that sentences and chart bands need, frozen with the card.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Marks {
    /// Green from here on.
    pub green: f64,
    /// Amber from here on.
    pub amber: f64,
    /// A side below this caps at amber.
    pub side_amber: f64,
    /// A side below this makes red.
    pub side_red: f64,
    /// The margin for getting better.
    pub hysteresis: f64,
}

impl From<&Thresholds> for Marks {
    fn from(t: &Thresholds) -> Self {
        Self {
            green: t.green,
            amber: t.amber,
            side_amber: t.side_amber,
            side_red: t.side_red,
            hysteresis: t.hysteresis,
        }
    }
}

impl From<&Marks> for Thresholds {
    fn from(marks: &Marks) -> Self {
        Self {
            green: marks.green,
            amber: marks.amber,
            side_amber: marks.side_amber,
            side_red: marks.side_red,
            hysteresis: marks.hysteresis,
            ..Self::default()
        }
    }
}

impl Default for Marks {
    fn default() -> Self {
        Self::from(&Thresholds::default())
    }
}
