//! Whether a result mail says a sentence about drift.
//!
//! Law: only alarms of published cells are news; a single indicator's alarm is a flag on its page, a watch is a dot on the
//! chart, and neither is a message. Every close sends its result mail anyway; this rule gates only the sentence.
//!
//! # Source
//! Section 2 of the scoring chapter: about 0.01 to 0.06 false alarms per partnership and year.

use std::collections::BTreeSet;

use super::{Drift, DriftFinding, DriftState};
use crate::domain::publication::{Cell, Scorecard};

/// From how many different indicators on alarms are news without one of the overall score.
const INDICATORS: usize = 2;

/// Whether this scorecard's drift is news: an alarm of the overall level or gap, or alarms in at least two different
/// indicators on this scorecard and the one before, each counted once. `previous` is the scorecard before of the same
/// instrument.
///
/// Where nothing alarms on this scorecard there is no news, whatever stood on the one before: two alarms of the check before
/// were told with that check, and a check that finds nothing new has nothing to tell of them a second time.
pub fn is_news(card: &Scorecard, previous: Option<&Scorecard>) -> bool {
    let now = alarmed(card);
    let before =
        previous.filter(|old| old.instrument.id == card.instrument.id).map(alarmed).unwrap_or_default();
    has_alarm(&card.overall) || (!now.is_empty() && now.union(&before).count() >= INDICATORS)
}

/// The indicators of a scorecard with an alarm of level or gap.
pub fn alarmed(card: &Scorecard) -> BTreeSet<&str> {
    card.indicators.iter().filter(|own| has_alarm(&own.cell)).map(|own| own.id.as_str()).collect()
}

fn has_alarm(cell: &Cell) -> bool {
    cell.drift.as_ref().is_some_and(|drift| drift.channels().any(|own| own.state == DriftState::Alarm))
}

impl Drift {
    /// The channels that are shown.
    pub fn channels(&self) -> impl Iterator<Item = &DriftFinding> {
        self.level.iter().chain(&self.gap)
    }
}
