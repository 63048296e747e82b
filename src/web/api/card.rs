//! Scorecards as programs read them.
//!
//! Law: a card is made of a [`Check`] only, which is the frozen scorecard as one viewer may see it; nothing here is
//! computed. What is not published is null, and the cell, side or gap says `suppressed`. Sides are named, because names
//! are unique within a partnership; the partnership's `sides` give the identifiers.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::drift::{DriftFinding, DriftState};
use crate::domain::flags::{FlagState, FlagSubject, Reason, Severity};
use crate::domain::ids::{CycleId, FlagId, PartnershipId, SideId};
use crate::domain::mode::Mode;
use crate::domain::publication::{self as published, Scorecard as Frozen};
use crate::domain::scoring::{Agreement, GapLabel, Precision, Rating, RatingReason, Status};
use crate::web::present::{Check, flags};

/// The frozen result of a closed cycle, as the token may see it: a side from which nobody answered sees counts only.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Scorecard {
    /// The cycle.
    pub cycle_id: CycleId,
    /// Its partnership.
    pub partnership_id: PartnershipId,
    /// The period.
    #[schema(example = "2026-Q4")]
    pub period: String,
    /// What was asked.
    pub instrument: InstrumentVersion,
    /// Who sees what, fixed when the cycle opened.
    pub mode: Mode,
    /// When it closed.
    pub closed_at: DateTime<Utc>,
    /// The overall score.
    pub overall: Cell,
    /// The indicators by their identifiers.
    pub indicators: BTreeMap<String, Cell>,
    /// How many were invited and how many answered, by side; always shown.
    pub response: BTreeMap<String, Response>,
    /// Whether the overall score is the mean of the indicators shown, because people's own means would give few of them
    /// away.
    pub overall_is_mean: bool,
    /// Whether drift starts afresh with this cycle.
    pub rebaseline: bool,
    /// What this scorecard did to the flags of its instrument.
    pub flags: Vec<CardFlag>,
}

/// One version of an instrument.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InstrumentVersion {
    /// The instrument.
    #[schema(example = "quarterly-health-review")]
    pub id: String,
    /// Its version, from 1.
    #[schema(minimum = 1)]
    pub version: u32,
}

/// The figures of one indicator, or overall.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Cell)]
pub struct Cell {
    /// What it rests on.
    pub status: Status,
    /// The score; unrounded in named mode, else rounded for people.
    #[schema(minimum = 1, maximum = 5)]
    pub score: Option<f64>,
    /// The rating.
    pub rating: Rating,
    /// Why the rating is what it is.
    pub rating_reason: Option<RatingReason>,
    /// How exact the score is.
    pub precision: Option<Precision>,
    /// 90 % interval of the score, low and high.
    pub interval: Option<[f64; 2]>,
    /// How far the sides stand apart.
    pub gap: Option<Gap>,
    /// The sides by name; empty where they are not shown.
    pub sides: BTreeMap<String, SideFigures>,
    /// Drift over cycles; its fields are null where it was not tested or is not shown.
    pub drift: Drift,
    /// What the level asks for.
    pub action_required: Option<String>,
    /// Whether something that was measured is not shown.
    pub suppressed: bool,
}

/// The distance between two sides in one cycle.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Gap {
    /// The two sides by name: `value` is the first minus the second.
    pub between: [String; 2],
    /// Points, -4 to 4.
    #[schema(minimum = -4, maximum = 4)]
    pub value: f64,
    /// 90 % interval, low and high.
    pub interval: Option<[f64; 2]>,
    /// Whether luck would hardly explain it.
    pub clear: bool,
    /// The word for it.
    pub label: GapLabel,
    /// Whether the interval is not shown.
    pub suppressed: bool,
}

/// What one side says in one cell.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SideFigures {
    /// How many points it gave.
    pub n: u32,
    /// Their mean; null when `n` is 0.
    #[schema(minimum = 1, maximum = 5)]
    pub mean: Option<f64>,
    /// 90 % interval of the mean, low and high.
    pub interval: Option<[f64; 2]>,
    /// How much its people agree.
    pub agreement: Option<Agreement>,
    /// Whether interval and agreement are not shown.
    pub suppressed: bool,
}

/// Drift of one cell over the cycles so far.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct Drift {
    /// Of the level.
    pub level: LevelDrift,
    /// Of the gap.
    pub gap: GapDrift,
}

/// Drift of the level.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct LevelDrift {
    /// The verdict.
    pub state: Option<DriftState>,
    /// The period since which answers differ.
    pub onset: Option<String>,
    /// The change in points: by how much people moved, each compared with themselves. Withheld where single answers could be
    /// told from it.
    pub change: Option<f64>,
    /// Only where `change` is withheld: by how much the published means moved with the onset, in points; of a gap, how much
    /// further apart the sides stand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved: Option<f64>,
    /// About 90 % interval of the change, low and high.
    pub interval: Option<[f64; 2]>,
    /// Downward z.
    pub z: Option<f64>,
    /// Upward z.
    pub z_up: Option<f64>,
}

/// Drift of the gap.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct GapDrift {
    /// The verdict.
    pub state: Option<DriftState>,
    /// The period since which answers differ.
    pub onset: Option<String>,
    /// The change in points: by how much people moved, each compared with themselves. Withheld where single answers could be
    /// told from it.
    pub change: Option<f64>,
    /// Only where `change` is withheld: by how much the published means moved with the onset, in points; of a gap, how much
    /// further apart the sides stand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved: Option<f64>,
    /// About 90 % interval of the change, low and high.
    pub interval: Option<[f64; 2]>,
    /// Absolute z.
    pub z: Option<f64>,
    /// The two sides by name.
    pub between: Option<[String; 2]>,
}

/// Who was asked and who answered on one side.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Response {
    /// How many were invited.
    pub invited: u32,
    /// How many gave at least one point.
    pub answered: u32,
}

/// A flag as this scorecard left it. What became of it later stands in `/flags`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CardFlag {
    /// The flag.
    pub id: FlagId,
    /// The indicator; null where it is about the partnership as a whole.
    pub indicator: Option<String>,
    /// What it asks for; null where the scorecard cleared it.
    pub severity: Option<Severity>,
    /// Raised, held or cleared by this scorecard.
    pub state: FlagState,
    /// Why it stands; empty where the scorecard cleared it.
    pub reasons: Vec<Reason>,
    /// Held because this scorecard measured nothing that could have cleared it.
    pub unmeasured: bool,
}

/// The indicator that a flag is about; none for the partnership.
pub fn indicator_of(subject: &FlagSubject) -> Option<String> {
    match subject {
        FlagSubject::Partnership => None,
        FlagSubject::Indicator(id) => Some(id.clone()),
    }
}

impl Scorecard {
    /// A scorecard as it is frozen, whoever looks: for the operator's own export.
    pub fn frozen(card: Frozen) -> Self {
        Self::new(
            &Check { card, withheld: false, rerated: Vec::new(), unseen: BTreeMap::new(), epoch: 0 },
            None,
        )
    }

    /// A check as its viewer sees it; `before` is the check before of the same instrument.
    pub fn new(check: &Check, before: Option<&Check>) -> Self {
        let card = &check.card;
        let flag = |own: published::CardFlag| CardFlag {
            id: own.id,
            indicator: indicator_of(&own.subject),
            severity: own.severity,
            state: own.state,
            reasons: own.reasons,
            unmeasured: own.unmeasured,
        };
        Self {
            cycle_id: card.cycle_id,
            partnership_id: card.partnership_id,
            period: card.period.clone(),
            instrument: InstrumentVersion {
                id: card.instrument.id.clone(),
                version: card.instrument.version,
            },
            mode: card.mode,
            closed_at: card.closed_at,
            overall_is_mean: card.overall_is_mean,
            rebaseline: card.rebaseline,
            overall: Cell::new(&card.overall, card),
            indicators: card
                .indicators
                .iter()
                .map(|own| (own.id.clone(), Cell::new(&own.cell, card)))
                .collect(),
            response: response(card),
            flags: flags::of_card(check, before).into_iter().map(flag).collect(),
        }
    }
}

/// Who answered, by side.
pub fn response(card: &Frozen) -> BTreeMap<String, Response> {
    let one = |own: &published::SideResponse| {
        (name(card, own.side), Response { invited: own.invited, answered: own.answered })
    };
    card.response.iter().map(one).collect()
}

fn name(card: &Frozen, side: SideId) -> String {
    card.side_name(side).map_or_else(|| side.to_string(), str::to_owned)
}

impl Cell {
    fn new(cell: &published::Cell, card: &Frozen) -> Self {
        let figures = |own: &published::SideCell| SideFigures {
            n: own.n,
            mean: own.mean,
            interval: own.interval,
            agreement: own.agreement,
            suppressed: own.suppressed,
        };
        Self {
            status: cell.status,
            score: cell.score,
            rating: cell.rating,
            rating_reason: cell.rating_reason,
            precision: cell.precision,
            interval: cell.interval,
            gap: cell.gap.as_ref().map(|gap| Gap::new(gap, card)),
            sides: cell.sides.iter().map(|own| (name(card, own.side), figures(own))).collect(),
            drift: cell
                .drift
                .as_ref()
                .map(|own| Drift {
                    level: own.level.as_ref().map(level).unwrap_or_default(),
                    gap: own.gap.as_ref().map(|own| distance(own, card)).unwrap_or_default(),
                })
                .unwrap_or_default(),
            action_required: cell.action_required.clone(),
            suppressed: cell.suppressed,
        }
    }
}

impl Gap {
    /// A published gap with the names of its sides.
    pub fn new(gap: &published::GapCell, card: &Frozen) -> Self {
        Self {
            between: gap.between.map(|side| name(card, side)),
            value: gap.value,
            interval: gap.interval,
            clear: gap.clear,
            label: gap.label,
            suppressed: gap.suppressed,
        }
    }
}

fn level(own: &DriftFinding) -> LevelDrift {
    LevelDrift {
        state: Some(own.state),
        onset: own.onset.clone(),
        change: own.change,
        moved: own.moved,
        interval: own.interval,
        z: own.z,
        z_up: own.z_up,
    }
}

fn distance(own: &DriftFinding, card: &Frozen) -> GapDrift {
    GapDrift {
        state: Some(own.state),
        onset: own.onset.clone(),
        change: own.change,
        moved: own.moved,
        interval: own.interval,
        z: own.z,
        between: own.between.map(|pair| pair.map(|side| name(card, side))),
    }
}
