//! What the next close needs to know of the cycles before it.
//!
//! Law: it is told from published scorecards alone, so nothing a later scorecard says can depend on something
//! that was never shown. Stored beside the scorecard at each close and read at the next one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    super::scoring::{Rating, Subject},
    Scorecard,
};

/// State carried from close to close for one partnership and instrument.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Basis {
    /// Per subject, the last published rating that was not grey: what hysteresis compares with.
    pub ratings: BTreeMap<Subject, Rating>,
    /// Per subject, where the segments of the drift test begin. Empty until the test runs.
    pub segments: BTreeMap<Subject, SegmentStart>,
}

/// The first period of each channel's segment.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SegmentStart {
    /// Of the level.
    pub level: Option<String>,
    /// Of the gap.
    pub gap: Option<String>,
}

impl Basis {
    /// The basis after this scorecard: its ratings replace the carried ones, a grey one leaves what was there.
    #[must_use]
    pub fn after(&self, card: &Scorecard) -> Self {
        let mut next = self.clone();
        let overall = (Subject::Overall, card.overall.rating);
        let indicators =
            card.indicators.iter().map(|own| (Subject::Indicator(own.id.clone()), own.cell.rating));
        for (subject, rating) in std::iter::once(overall).chain(indicators) {
            if rating != Rating::Grey {
                next.ratings.insert(subject, rating);
            }
        }
        next
    }
}
