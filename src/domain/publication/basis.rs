//! What the next close needs to know of the cycles before it.
//!
//! Law: the carried ratings are told from published scorecards alone, so no later rating can depend on something that
//! was never shown; what the drift test carries holds no answer and no person, and its findings are gated by their
//! own segments. Stored beside the scorecard at each close and read at the next one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    super::{
        drift::Carried,
        mode::Mode,
        scoring::{Rating, Subject},
    },
    Scorecard,
};

/// State carried from close to close for one partnership and instrument.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Basis {
    /// Per subject, the last published rating that was not grey: what hysteresis compares with.
    pub ratings: BTreeMap<Subject, Rating>,
    /// Variance sums and segment starts of the drift test.
    pub drift: Carried,
    /// The mode of the cycle before: where it changes, drift starts afresh.
    pub mode: Option<Mode>,
}

impl Basis {
    /// The basis after this scorecard: its ratings replace the carried ones, a grey one leaves what was there. The drift
    /// test's part is the caller's to replace ([`super::super::drift::Tracker::carried`]).
    #[must_use]
    pub fn after(&self, card: &Scorecard) -> Self {
        let mut next = Self { mode: Some(card.mode), ..self.clone() };
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
