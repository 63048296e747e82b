//! The perception gap: how far the sides stand apart in the same cycle, and how sure that is.
//!
//! Law: with one person a side only three points of difference are clear; "large" and "notable" are said only
//! of clear gaps. Used by [`super::cell`].

use crate::domain::{instrument::Thresholds, text::text_enum};

use super::{
    quantile::{student_t, welch_df},
    side::{SideMeasure, clip, upper_tail},
};

text_enum! {
    /// The word for a gap.
    GapLabel as "gap label" {
        /// Below half a point.
        Small = "small",
        /// Half a point or more, but luck could explain it.
        Possible = "possible",
        /// Clear, below one point.
        Notable = "notable",
        /// Clear, one point or more.
        Large = "large",
    }
}

/// The gap of one cell. Two sides that answered: first minus second; more: highest minus lowest.
#[derive(Debug, Clone, PartialEq)]
pub struct GapFigures {
    /// Positions of the two sides among the sides of the cycle.
    pub between: [usize; 2],
    /// Difference of the means, −4 to 4.
    pub value: f64,
    /// Its standard error.
    pub se: f64,
    /// Degrees of freedom.
    pub df: f64,
    /// 90 % interval, clipped to −4 to 4.
    pub interval: [f64; 2],
    /// Whether the interval excludes 0.
    pub clear: bool,
    /// The word.
    pub label: GapLabel,
}

/// The gap between the sides that answered, given with their positions; none for fewer than two.
///
/// # Source
/// Section 1.8 of the scoring chapter. With more than two sides the quantile is corrected for the number of
/// pairs among which the widest was picked.
pub(super) fn gap(answered: &[(usize, &SideMeasure)], thresholds: &Thresholds) -> Option<GapFigures> {
    let [(first, a), (second, b)] = pick(answered)?;
    let value = a.mean - b.mean;
    let se = (a.se * a.se + b.se * b.se).sqrt();
    let df = welch_df(&[(a.se, a.df), (b.se, b.df)]);
    let half = student_t(quantile_for(answered.len(), thresholds), df) * se;
    let clear = value.abs() - half > Thresholds::EPS;
    Some(GapFigures {
        between: [first, second],
        value,
        se,
        df,
        interval: clip(value, half, -4.0, 4.0),
        clear,
        label: label(value, clear, thresholds),
    })
}

/// The upper quantile for a gap picked among this many sides.
pub(in crate::domain) fn quantile_for(sides: usize, thresholds: &Thresholds) -> f64 {
    let pairs = (sides * sides.saturating_sub(1) / 2).max(1) as f64;
    1.0 - (1.0 - upper_tail(thresholds.confidence)) / pairs
}

fn pick<'a>(answered: &[(usize, &'a SideMeasure)]) -> Option<[(usize, &'a SideMeasure); 2]> {
    match answered {
        [] | [_] => None,
        [a, b] => Some([*a, *b]),
        [head, tail @ ..] => {
            // Ties go to the side named first, and means that differ by less than can be counted are ties; the lowest
            // is another side than the highest even if all agree.
            let higher = |best: (usize, &'a SideMeasure), x: &(usize, &'a SideMeasure)| {
                if x.1.mean > best.1.mean + Thresholds::EPS { *x } else { best }
            };
            let highest = tail.iter().fold(*head, higher);
            let lowest = answered
                .iter()
                .filter(|(position, _)| *position != highest.0)
                .copied()
                .reduce(|best, x| if x.1.mean < best.1.mean - Thresholds::EPS { x } else { best })?;
            Some([highest, lowest])
        }
    }
}

/// The word for a gap of this size.
pub(in crate::domain) fn label(value: f64, clear: bool, thresholds: &Thresholds) -> GapLabel {
    let size = value.abs();
    if size < thresholds.gap_small - Thresholds::EPS {
        GapLabel::Small
    } else if !clear {
        GapLabel::Possible
    } else if size >= thresholds.gap_large - Thresholds::EPS {
        GapLabel::Large
    } else {
        GapLabel::Notable
    }
}

#[cfg(test)]
mod tests {
    use super::super::side::measure;
    use super::*;

    #[test]
    fn means_that_differ_by_less_than_can_be_counted_are_a_tie_for_the_side_named_first() {
        let two = measure(&[3.0, 4.0], 0.8, &Thresholds::default()).measure.unwrap();
        let side = |mean: f64| SideMeasure { mean, ..two.clone() };
        let (low, first, second) = (side(3.0), side(3.4), side(3.400_000_000_000_000_4));
        let between = |all: &[(usize, &SideMeasure)]| gap(all, &Thresholds::default()).unwrap().between;
        assert_eq!(between(&[(0, &low), (1, &first), (2, &second)]), [1, 0]);
        let (high, first, second) = (side(4.0), side(3.400_000_000_000_000_4), side(3.4));
        assert_eq!(between(&[(0, &high), (1, &first), (2, &second)]), [0, 1]);
    }
}
