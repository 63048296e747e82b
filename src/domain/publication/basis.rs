//! What the next close needs to know of the cycles before it.
//!
//! Law: the carried ratings are told from published scorecards alone, so no later rating can depend on something that
//! was never shown; what the drift test carries holds no answer and no person, and its findings are gated by their
//! own segments. Stored beside the scorecard at each close and read at the next one.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    super::{
        drift::Carried,
        flags::Reason,
        ids::{FlagId, SideId},
        mode::Mode,
        scoring::{Rating, Subject},
    },
    Scorecard, unseen,
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
    /// What each side has not seen of what is carried (`unseen`). None where that was not kept yet: then no side
    /// counts as having seen any rating.
    pub unseen: Option<BTreeMap<SideId, Blind>>,
}

/// What a side has not seen, because it saw counts only when it was published.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Blind {
    /// The subjects of which it has not seen the carried rating.
    pub ratings: BTreeSet<Subject>,
    /// The reasons for which flags stand that it has not seen.
    pub reasons: BTreeMap<FlagId, BTreeSet<Reason>>,
}

impl Basis {
    /// The basis after this scorecard: its ratings replace the carried ones, a grey one leaves what was there. The drift
    /// test's part is the caller's to replace ([`super::super::drift::Tracker::carried`]).
    #[must_use]
    pub fn after(&self, card: &Scorecard) -> Self {
        let mut next =
            Self { mode: Some(card.mode), unseen: Some(unseen::after(self, card)), ..self.clone() };
        for (subject, cell) in card.subjects() {
            if cell.rating != Rating::Grey {
                next.ratings.insert(subject, cell.rating);
            }
        }
        next
    }
}
