//! One cell: the sides' means, the score over them, its interval, rating and gap.
//!
//! Law: the score is the mean of the side means, so ten people on one side cannot drown two on the other. Used
//! by [`super::score_cycle`] for each indicator and for the overall composite alike.

use crate::domain::{instrument::Thresholds, text::text_enum};

use super::{
    gap::{self, GapFigures},
    quantile::{student_t, welch_df},
    rating::{Rating, RatingReason, rate},
    side::{SideFigures, SideMeasure, clip, measure, upper_tail},
};

text_enum! {
    /// What a cell rests on.
    Status as "status" {
        /// Every side has enough answers.
        Ok = "ok",
        /// Every side answered, some with fewer than three.
        Provisional = "provisional",
        /// Three or four sides, of which at least two answered but not all.
        Partial = "partial",
        /// Only one side answered: no score, no gap.
        OneSided = "one_sided",
        /// Nobody answered.
        NoData = "no_data",
    }
}

text_enum! {
    /// How exact a score is, by the half width of its interval.
    Precision as "precision" {
        /// Up to 0.35.
        Firm = "firm",
        /// Up to 0.70.
        Indicative = "indicative",
        /// More.
        Rough = "rough",
    }
}

impl Precision {
    /// The word for an interval of this half width, in points, before clipping.
    pub(in crate::domain) fn of(half_width: f64, thresholds: &Thresholds) -> Self {
        if half_width <= thresholds.precision_firm + Thresholds::EPS {
            Self::Firm
        } else if half_width <= thresholds.precision_indicative + Thresholds::EPS {
            Self::Indicative
        } else {
            Self::Rough
        }
    }
}

/// The score of a cell and how exact it is.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreFigures {
    /// Mean of the side means, 1 to 5.
    pub value: f64,
    /// Its standard error.
    pub se: f64,
    /// Degrees of freedom.
    pub df: f64,
    /// 90 % interval, clipped to 1 to 5.
    pub interval: [f64; 2],
    /// The word for the interval's half width before clipping.
    pub precision: Precision,
}

/// Everything about one cell, unrounded.
#[derive(Debug, Clone, PartialEq)]
pub struct CellFigures {
    /// What it rests on.
    pub status: Status,
    /// The score; none unless at least two sides answered.
    pub score: Option<ScoreFigures>,
    /// The rating; grey without a score.
    pub rating: Rating,
    /// Why; none for grey.
    pub rating_reason: Option<RatingReason>,
    /// The sides, in the order of the cycle, silent ones included.
    pub sides: Vec<SideFigures>,
    /// The gap; none without a score.
    pub gap: Option<GapFigures>,
}

/// Scores one cell from each side's values, smallest first.
pub(in crate::domain) fn score_cell(
    values: &[Vec<f64>],
    prior: f64,
    previous: Option<Rating>,
    thresholds: &Thresholds,
) -> CellFigures {
    let sides: Vec<SideFigures> = values.iter().map(|own| measure(own, prior, thresholds)).collect();
    let answered: Vec<(usize, &SideMeasure)> =
        sides.iter().enumerate().filter_map(|(i, side)| side.measure.as_ref().map(|m| (i, m))).collect();
    let status = status(&sides, thresholds);
    if answered.len() < 2 {
        return CellFigures {
            status,
            score: None,
            rating: Rating::Grey,
            rating_reason: None,
            sides,
            gap: None,
        };
    }
    let score = score(&answered, thresholds);
    let means: Vec<f64> = answered.iter().map(|(_, m)| m.mean).collect();
    let (rating, reason) = rate(score.value, &means, previous, thresholds);
    let gap = gap::gap(&answered, thresholds);
    CellFigures { status, score: Some(score), rating, rating_reason: Some(reason), sides, gap }
}

/// # Source
/// Section 1.4 of the scoring chapter.
fn status(sides: &[SideFigures], thresholds: &Thresholds) -> Status {
    match sides.iter().filter(|side| side.n > 0).count() {
        0 => Status::NoData,
        1 => Status::OneSided,
        answered if answered < sides.len() => Status::Partial,
        _ if sides.iter().any(|side| side.n < thresholds.enough_answers) => Status::Provisional,
        _ => Status::Ok,
    }
}

/// # Source
/// Sections 1.2 and 1.5 of the scoring chapter.
fn score(answered: &[(usize, &SideMeasure)], thresholds: &Thresholds) -> ScoreFigures {
    let count = answered.len() as f64;
    let value = answered.iter().map(|(_, m)| m.mean).sum::<f64>() / count;
    let se = answered.iter().map(|(_, m)| m.se * m.se).sum::<f64>().sqrt() / count;
    let parts: Vec<(f64, f64)> = answered.iter().map(|(_, m)| (m.se, m.df)).collect();
    let df = welch_df(&parts);
    let half = student_t(upper_tail(thresholds.confidence), df) * se;
    ScoreFigures {
        value,
        se,
        df,
        interval: clip(value, half, 1.0, 5.0),
        precision: Precision::of(half, thresholds),
    }
}
