//! From figures to the frozen scorecard: what anybody is shown of a closed cycle, decided once.
//!
//! Laws: R3 the scorecard is one snapshot, written in the transaction that closes the cycle, and every reader
//! reads it. R5 sides all or none, for all indicators and the overall score alike. R9 outside named mode
//! figures are rounded before they are frozen, and spread is published only where every side has at least five
//! answers. Portfolio, mails, charts, exports, flags and conflict debt read nothing else (R6).
//!
//! What follows from R5 and is kept here:
//! - The total is shown of every cell or of none: where a side that answered left out a question altogether, its score
//!   would be missing among the others, and the side may be one person.
//! - Where only the total is shown, its rating is the plain colour of the total: no cap of a side, no
//!   hysteresis, no reason but "score"; its status is told from the response counts, which are public anyway,
//!   and never from the numbers of answers to one indicator.
//! - The overall score is not shown where its difference from the indicators would be a sum over fewer people than
//!   the floor: where 1 to k − 1 people of a side left something out, or fewer than k left nothing out (see
//!   `overall_withheld` in `freeze.rs`). The indicators stay as they are.
//! - Hysteresis compares with the last rating that was **published** ([`Basis`]), never with one that was
//!   hidden, so that "still amber" can never betray what a side said in a cycle that was not shown. Readers
//!   see ratings follow from each other as they saw them.
//! - Where spread is withheld in confidential and anonymous mode, the words "firm", "clear" and "large" rest
//!   on means and numbers of people alone (see `scoring/spread.rs`).
//!
//! Called by the closing of a cycle; everything else only reads.

mod basis;
mod freeze;
mod marks;
mod mean;
mod unseen;
mod view;

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod differences;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use basis::{Basis, Blind};
pub use freeze::publish;
pub use marks::Marks;
pub use unseen::Unseen;
pub use view::{view_for, views_for};

use super::{
    drift::Drift,
    flags::{FlagState, FlagSubject, Reason, Severity},
    ids::{CycleId, FlagId, PartnershipId, SideId},
    instrument::Actions,
    mode::Mode,
    scoring::{Agreement, GapLabel, Precision, Rating, RatingReason, ResponseBand, Status, Subject},
};

/// The facts about a cycle that its scorecard carries besides figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishMeta {
    /// The cycle.
    pub cycle_id: CycleId,
    /// Its partnership.
    pub partnership_id: PartnershipId,
    /// The partnership's name at the close.
    pub partnership: String,
    /// The period's key, such as `2026-Q4`.
    pub period: String,
    /// When answers were first taken.
    pub opened_at: DateTime<Utc>,
    /// When it closed.
    pub closed_at: DateTime<Utc>,
}

/// The frozen result of a closed cycle. Immutable; read by everybody, written once.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says one thing of the card, and they are frozen as they are"
)]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scorecard {
    /// The cycle.
    pub cycle_id: CycleId,
    /// Its partnership.
    pub partnership_id: PartnershipId,
    /// The partnership's name at the close.
    pub partnership: String,
    /// The period's key.
    pub period: String,
    /// What was asked.
    pub instrument: InstrumentRef,
    /// Who sees what, frozen when the cycle opened.
    pub mode: Mode,
    /// The floor, frozen when the cycle opened.
    pub floor_k: u32,
    /// When answers were first taken.
    pub opened_at: DateTime<Utc>,
    /// When it closed.
    pub closed_at: DateTime<Utc>,
    /// The sides, in their order.
    pub sides: Vec<SideRef>,
    /// The overall score.
    pub overall: Cell,
    /// Whether the overall score is the mean of what the indicators show, because the people's own means would give few
    /// of them away.
    #[serde(default)]
    pub overall_is_mean: bool,
    /// The indicators, in the instrument's order.
    pub indicators: Vec<IndicatorCell>,
    /// Response of every side; always shown.
    pub response: Vec<SideResponse>,
    /// Whether side figures and gaps are shown.
    pub sides_shown: bool,
    /// Whether totals are shown (they are wherever sides are, if there is a score).
    pub total_shown: bool,
    /// The thresholds that words and charts need.
    #[serde(default)]
    pub marks: Marks,
    /// Whether the drift test started afresh with this cycle.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rebaseline: bool,
    /// What it did to the flags of its instrument, the partnership's first; added at the close.
    #[serde(default)]
    pub flags: Vec<CardFlag>,
    /// What rests on something that a side has not seen; added at the close. None on a scorecard of before this was kept,
    /// of which no rating that hysteresis holds is shown to anybody who stands on a side.
    #[serde(default)]
    pub unseen: Option<Vec<Unseen>>,
}

/// A flag as one scorecard left it. What became of it later stands with the flag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardFlag {
    /// The episode.
    pub id: FlagId,
    /// What it is about.
    pub subject: FlagSubject,
    /// Why it stands after this scorecard; empty where the scorecard cleared it.
    pub reasons: Vec<Reason>,
    /// What it asks for; none where the scorecard cleared it.
    pub severity: Option<Severity>,
    /// Raised, held or cleared by this scorecard.
    pub state: FlagState,
    /// Held because this scorecard measured nothing that could have cleared it.
    #[serde(default)]
    pub unmeasured: bool,
}

/// Which instrument version was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstrumentRef {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: u32,
    /// Its title.
    pub title: String,
}

/// A side as the scorecard names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SideRef {
    /// The side.
    pub id: SideId,
    /// Its name at the close.
    pub name: String,
}

/// One indicator's cell with its names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IndicatorCell {
    /// The indicator's stable id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its short name, for sentences.
    pub short_name: String,
    /// What the instrument asks for at each level, for a viewer who sees another rating than the published one.
    #[serde(default)]
    pub actions: Actions,
    /// The figures.
    pub cell: Cell,
}

/// Response of one side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SideResponse {
    /// The side.
    pub side: SideId,
    /// How many were invited.
    pub invited: u32,
    /// How many gave at least one point.
    pub answered: u32,
    /// The word for it.
    pub band: ResponseBand,
}

/// One published cell. `None` in a figure means "no data" or "not shown"; `suppressed` tells which.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// What it rests on.
    pub status: Status,
    /// The score, 1 to 5: unrounded in named mode, else rounded for display.
    #[serde(default)]
    pub score: Option<f64>,
    /// The rating.
    pub rating: Rating,
    /// Why it is what it is.
    #[serde(default)]
    pub rating_reason: Option<RatingReason>,
    /// How exact the score is.
    #[serde(default)]
    pub precision: Option<Precision>,
    /// 90 % interval of the score.
    #[serde(default)]
    pub interval: Option<[f64; 2]>,
    /// How far the sides stand apart.
    #[serde(default)]
    pub gap: Option<GapCell>,
    /// The sides that are shown, in the card's order; empty when none is.
    #[serde(default)]
    pub sides: Vec<SideCell>,
    /// What the level asks for; only for indicators with a rating.
    #[serde(default)]
    pub action_required: Option<String>,
    /// Whether something that was measured is not shown, because too few answered or by right of view.
    #[serde(default)]
    pub suppressed: bool,
    /// Drift; none where no channel of it may be shown.
    #[serde(default)]
    pub drift: Option<Drift>,
}

impl Cell {
    /// A cell of which nothing is shown.
    pub(super) fn hidden(status: Status) -> Self {
        Self { suppressed: status != Status::NoData, ..Self::empty(status) }
    }

    /// A cell without figures.
    pub(super) fn empty(status: Status) -> Self {
        Self {
            status,
            score: None,
            rating: Rating::Grey,
            rating_reason: None,
            precision: None,
            interval: None,
            gap: None,
            sides: Vec::new(),
            action_required: None,
            suppressed: false,
            drift: None,
        }
    }

    /// Whether the score exists but is not shown ("not shown, too few answers", as opposed to "no data").
    pub fn is_hidden(&self) -> bool {
        self.suppressed && self.score.is_none() && self.sides.is_empty()
    }

    /// The shown figures of one side.
    pub fn side(&self, side: SideId) -> Option<&SideCell> {
        self.sides.iter().find(|own| own.side == side)
    }
}

/// A published gap.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GapCell {
    /// The two sides; `value` is the first minus the second.
    pub between: [SideId; 2],
    /// Points, −4 to 4.
    pub value: f64,
    /// 90 % interval.
    #[serde(default)]
    pub interval: Option<[f64; 2]>,
    /// Whether luck would hardly explain it.
    pub clear: bool,
    /// The word.
    pub label: GapLabel,
    /// Whether the interval exists but is not shown.
    #[serde(default)]
    pub suppressed: bool,
}

/// One side's published figures in one cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SideCell {
    /// The side.
    pub side: SideId,
    /// How many points it gave.
    pub n: u32,
    /// Their mean; none when `n` is 0.
    #[serde(default)]
    pub mean: Option<f64>,
    /// 90 % interval of the mean.
    #[serde(default)]
    pub interval: Option<[f64; 2]>,
    /// How much its people agree; none when not shown.
    #[serde(default)]
    pub agreement: Option<Agreement>,
    /// Whether interval and agreement exist but are not shown.
    #[serde(default)]
    pub suppressed: bool,
}

impl Scorecard {
    /// One indicator's cell by id.
    pub fn indicator(&self, id: &str) -> Option<&IndicatorCell> {
        self.indicators.iter().find(|own| own.id == id)
    }

    /// The overall cell, then each indicator's, with what it is of.
    pub(super) fn subjects(&self) -> impl Iterator<Item = (Subject, &Cell)> {
        let indicators = self.indicators.iter().map(|own| (Subject::Indicator(own.id.clone()), &own.cell));
        std::iter::once((Subject::Overall, &self.overall)).chain(indicators)
    }

    /// The cell of a subject, to complete it before it is frozen.
    pub(super) fn cell_mut(&mut self, subject: &Subject) -> Option<&mut Cell> {
        match subject {
            Subject::Overall => Some(&mut self.overall),
            Subject::Indicator(id) => {
                self.indicators.iter_mut().find(|own| own.id == *id).map(|own| &mut own.cell)
            }
        }
    }

    /// The name of a side of this card.
    pub fn side_name(&self, side: SideId) -> Option<&str> {
        self.sides.iter().find(|own| own.id == side).map(|own| own.name.as_str())
    }

    /// The response of a side of this card.
    pub fn response_of(&self, side: SideId) -> Option<&SideResponse> {
        self.response.iter().find(|own| own.side == side)
    }

    /// The overall cell, then each indicator's.
    pub fn cells(&self) -> impl Iterator<Item = &Cell> {
        std::iter::once(&self.overall).chain(self.indicators.iter().map(|own| &own.cell))
    }

    /// How many indicators are rated green, amber, red and not at all.
    pub fn tally(&self) -> Tally {
        let count = |rating| self.indicators.iter().filter(|own| own.cell.rating == rating).count();
        Tally {
            green: count(Rating::Green),
            amber: count(Rating::Amber),
            red: count(Rating::Red),
            grey: count(Rating::Grey),
        }
    }
}

/// Numbers of indicators by rating.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// High.
    pub green: usize,
    /// Medium.
    pub amber: usize,
    /// Low.
    pub red: usize,
    /// Not rated.
    pub grey: usize,
}
