//! What a close hands on to the next one: variance sums, and where each channel's segment begins.
//!
//! Law: it holds no answer and no person, so an erasure need not touch it, and a close costs the segment and not the
//! history. Stored sealed beside the scorecard ([`crate::domain::publication::Basis`]).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Sums;
use crate::domain::{instrument::Instrument, scoring::Subject};

/// State of the drift test for one partnership and instrument.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Carried {
    /// How many cycles have closed: the next one has this number, the first had 0.
    pub closed: u32,
    /// The indicators that the last cycle asked: the composite of others cannot be compared with it.
    pub asked: BTreeSet<String>,
    /// What is known of each subject that was ever asked.
    pub subjects: BTreeMap<Subject, CarriedSubject>,
}

/// State of the drift test for one indicator or the overall score.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CarriedSubject {
    /// Variance sums over all cycles.
    pub sums: Sums,
    /// The number of the cycle with which the level's segment begins.
    pub level: u32,
    /// The same of the gap's.
    pub gap: u32,
}

impl CarriedSubject {
    /// The first cycle that any channel still looks at.
    pub(super) fn earliest(&self) -> u32 {
        self.level.min(self.gap)
    }
}

impl Carried {
    /// How many of the last closed cycles the next close has to read, if it asks this instrument.
    pub fn reach(&self, instrument: &Instrument) -> u32 {
        let same = asked_by(instrument) == self.asked;
        let known = subjects_of(instrument)
            .filter(|subject| same || *subject != Subject::Overall)
            .filter_map(|subject| self.subjects.get(&subject));
        known.map(|own| self.closed - own.earliest().min(self.closed)).max().unwrap_or(0)
    }
}

/// The indicators that an instrument asks.
pub(super) fn asked_by(instrument: &Instrument) -> BTreeSet<String> {
    instrument.indicators.iter().map(|own| own.id.clone()).collect()
}

/// The overall score and each indicator, in the instrument's order.
pub(super) fn subjects_of(instrument: &Instrument) -> impl Iterator<Item = Subject> + '_ {
    let indicators = instrument.indicators.iter().map(|own| Subject::Indicator(own.id.clone()));
    std::iter::once(Subject::Overall).chain(indicators)
}
