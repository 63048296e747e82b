//! One side's answers to one indicator: mean, moderated interval, agreement.
//!
//! Law: one answer already has an interval, and five equal answers do not have a zero one, because a prior
//! variance weighs as much as four answers. Used by [`super::cell`].

use super::quantile::student_t;
use crate::domain::{instrument::Thresholds, text::text_enum};

text_enum! {
    /// How much the people on one side agree with each other.
    Agreement as "agreement" {
        /// Nobody answered.
        None = "none",
        /// Too few answers to say.
        Insufficient = "insufficient",
        /// Mean absolute deviation up to one half.
        Strong = "strong",
        /// Up to five sixths.
        Acceptable = "acceptable",
        /// More.
        Low = "low",
    }
}

/// One side's figures in one cell.
#[derive(Debug, Clone, PartialEq)]
pub struct SideFigures {
    /// How many points were given.
    pub n: u32,
    /// What they say; none when `n` is 0.
    pub measure: Option<SideMeasure>,
    /// Mean absolute deviation from the mean, from two answers on.
    pub deviation: Option<f64>,
    /// The word for it.
    pub agreement: Agreement,
}

/// Mean and spread of one side's points. Every field is in points (variances in squared points).
#[derive(Debug, Clone, PartialEq)]
pub struct SideMeasure {
    /// Mean, 1 to 5.
    pub mean: f64,
    /// Plain sample variance, from two answers on.
    pub variance: Option<f64>,
    /// Variance moderated by the prior.
    pub moderated_variance: f64,
    /// Standard error of the mean.
    pub se: f64,
    /// Degrees of freedom.
    pub df: f64,
    /// 90 % interval of the mean, clipped to 1 to 5.
    pub interval: [f64; 2],
}

/// Measures one side. `prior` is the prior variance of this kind of value.
///
/// # Source
/// Sections 1.5 and 1.7 of the scoring chapter.
pub(super) fn measure(values: &[f64], prior: f64, thresholds: &Thresholds) -> SideFigures {
    let count = values.len() as f64;
    let n = u32::try_from(values.len()).unwrap_or(u32::MAX);
    if values.is_empty() {
        return SideFigures { n, measure: None, deviation: None, agreement: Agreement::None };
    }
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
    let weight = thresholds.prior_weight;
    let df = count + weight - 1.0;
    let moderated_variance = (weight * prior + squares) / df;
    let se = (moderated_variance / count).sqrt();
    let half = student_t(upper_tail(thresholds.confidence), df) * se;
    let deviation = (n >= 2).then(|| values.iter().map(|x| (x - mean).abs()).sum::<f64>() / count);
    SideFigures {
        n,
        measure: Some(SideMeasure {
            mean,
            variance: (n >= 2).then(|| squares / (count - 1.0)),
            moderated_variance,
            se,
            df,
            interval: clip(mean, half, 1.0, 5.0),
        }),
        deviation,
        agreement: agreement(n, deviation, thresholds),
    }
}

fn agreement(n: u32, deviation: Option<f64>, thresholds: &Thresholds) -> Agreement {
    match deviation {
        Some(_) | None if n < thresholds.enough_answers => Agreement::Insufficient,
        Some(d) if d <= thresholds.agreement_strong + Thresholds::EPS => Agreement::Strong,
        Some(d) if d <= thresholds.agreement_acceptable + Thresholds::EPS => Agreement::Acceptable,
        Some(_) => Agreement::Low,
        None => Agreement::Insufficient,
    }
}

/// The probability below the upper end of a two-sided interval of this coverage.
pub(in crate::domain) fn upper_tail(confidence: f64) -> f64 {
    f64::midpoint(1.0, confidence)
}

/// The interval `centre ± half`, cut to what the scale allows.
pub(super) fn clip(centre: f64, half: f64, least: f64, most: f64) -> [f64; 2] {
    [(centre - half).clamp(least, most), (centre + half).clamp(least, most)]
}
