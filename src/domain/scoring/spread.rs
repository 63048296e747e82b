//! Words about exactness that rest on the numbers of people alone.
//!
//! Law: where a side has few answers, how far they lie apart can give single answers away: means 4.0 and 3.0 of
//! three people each with a clear gap are only possible as 4, 4, 4 against 3, 3, 3. So where spread may not be
//! published, neither may a word that was derived from it; these words use the prior variance instead, which
//! is the same for everybody. Used by publication outside named and representative mode.

use crate::domain::instrument::Thresholds;

use super::{
    cell::{CellFigures, Precision},
    gap::{GapLabel, label, quantile_for},
    quantile::{student_t, welch_df},
    side::upper_tail,
};

/// What can be said without looking at the spread of answers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::domain) struct Spreadless {
    /// How exact a score of this many people is in general.
    pub(in crate::domain) precision: Precision,
    /// Whether a gap of this size is clear for this many people in general.
    pub(in crate::domain) clear: bool,
    /// The gap's word.
    pub(in crate::domain) label: GapLabel,
}

/// The words of a scored cell from its means and numbers of answers; none for a cell without a score.
pub(in crate::domain) fn without_spread(
    cell: &CellFigures,
    prior: f64,
    thresholds: &Thresholds,
) -> Option<Spreadless> {
    let gap = cell.gap.as_ref()?;
    let error = |n: u32| {
        let n = f64::from(n);
        ((prior / n).sqrt(), n + thresholds.prior_weight - 1.0)
    };
    let parts: Vec<(f64, f64)> = cell.sides.iter().filter(|s| s.n > 0).map(|s| error(s.n)).collect();
    let summed = |parts: &[(f64, f64)]| parts.iter().map(|(se, _)| se * se).sum::<f64>().sqrt();
    let half =
        student_t(upper_tail(thresholds.confidence), welch_df(&parts)) * summed(&parts) / parts.len() as f64;
    let pair = gap.between.map(|position| error(cell.sides[position].n));
    let gap_half = student_t(quantile_for(parts.len(), thresholds), welch_df(&pair)) * summed(&pair);
    let clear = gap.value.abs() - gap_half > Thresholds::EPS;
    Some(Spreadless {
        precision: Precision::of(half, thresholds),
        clear,
        label: label(gap.value, clear, thresholds),
    })
}
