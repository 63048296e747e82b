//! The one rounding for people and for published figures.
//!
//! Law: to the nearest tenth, but never across a threshold: 2.96 is below 3.0 and shows 2.9, so that number and
//! colour never contradict each other. Used by publication outside named mode, and by every text, page and
//! chart label.

use crate::domain::instrument::Thresholds;

/// A score or a side's mean, rounded for people: nearest 0.1, never up across one of the thresholds of ratings
/// and caps.
///
/// ```
/// use evenkeel::domain::{instrument::Thresholds, scoring::display};
/// let thresholds = Thresholds::default();
/// let shown = |value| format!("{:.1}", display(value, &thresholds));
/// assert_eq!(shown(2.96), "2.9");
/// assert_eq!(shown(3.04), "3.0");
/// assert_eq!(shown(3.25), "3.3");
/// assert_eq!(shown(2.46), "2.4"); // a side below 2.5 makes the rating red
/// ```
pub fn display(value: f64, thresholds: &Thresholds) -> f64 {
    let marks = [thresholds.green, thresholds.amber, thresholds.side_amber, thresholds.side_red];
    round_below(value, &marks)
}

/// A gap, rounded for people: nearest 0.1 in size, never up across "small" or "large", sign kept.
///
/// ```
/// use evenkeel::domain::{instrument::Thresholds, scoring::display_gap};
/// assert_eq!(format!("{:.1}", display_gap(-0.97, &Thresholds::default())), "-0.9");
/// ```
pub fn display_gap(value: f64, thresholds: &Thresholds) -> f64 {
    let size = round_below(value.abs(), &[thresholds.gap_small, thresholds.gap_large]);
    // Zero has no sign, or "-0.0" would be shown.
    if value < 0.0 && size > 0.0 { -size } else { size }
}

/// A change over cycles, rounded for people: nearest 0.1 in size, never across the least change that is reported, sign
/// kept.
///
/// ```
/// use evenkeel::domain::{instrument::Thresholds, scoring::display_change};
/// assert_eq!(format!("{:.1}", display_change(-0.19, &Thresholds::default())), "-0.1");
/// ```
pub fn display_change(value: f64, thresholds: &Thresholds) -> f64 {
    let size = round_beside(value.abs(), &[thresholds.drift.least_change]);
    if value < 0.0 && size > 0.0 { -size } else { size }
}

/// A z of the drift test, rounded for people: nearest 0.1, never across a threshold of its channel.
///
/// ```
/// use evenkeel::domain::scoring::display_z;
/// assert_eq!(format!("{:.1}", display_z(2.68, &[2.3, 2.7])), "2.6");
/// ```
pub fn display_z(value: f64, marks: &[f64]) -> f64 {
    round_beside(value, marks)
}

/// An end of the interval of a gap or a change, rounded for people: an end that excludes 0 does not become 0.
pub fn bound(value: f64) -> f64 {
    let rounded = tenth(value);
    if rounded == 0.0 && value.abs() > Thresholds::EPS { 0.1_f64.copysign(value) } else { rounded }
}

/// The text of an already rounded figure: one decimal, a true minus sign.
///
/// ```
/// use evenkeel::domain::scoring::shown;
/// assert_eq!(shown(4.0), "4.0");
/// assert_eq!(shown(-1.25), "−1.3");
/// ```
pub fn shown(value: f64) -> String {
    let rounded = tenth(value);
    if rounded < 0.0 { format!("−{:.1}", -rounded) } else { format!("{rounded:.1}") }
}

fn round_below(value: f64, marks: &[f64]) -> f64 {
    let rounded = tenth(value);
    let crossed = |mark: &&f64| value < **mark - Thresholds::EPS && rounded > **mark - Thresholds::EPS;
    match marks.iter().find(crossed) {
        // The largest tenth that is still below the mark.
        Some(mark) => tenth(((mark * 10.0 - 1e-6).ceil() - 1.0) / 10.0),
        None => rounded,
    }
}

/// As [`round_below`], and not down across a mark that is no tenth itself either.
fn round_beside(value: f64, marks: &[f64]) -> f64 {
    let rounded = round_below(value, marks);
    let crossed = |mark: &&f64| value >= **mark - Thresholds::EPS && rounded < **mark - Thresholds::EPS;
    match marks.iter().rfind(crossed) {
        // The smallest tenth that is not below the mark.
        Some(mark) => tenth((mark * 10.0 - 1e-6).ceil() / 10.0),
        None => rounded,
    }
}

/// The nearest tenth; halves go up in size, as taught at school. The slack makes 0.15 a half although its
/// binary form lies a hair below it.
fn tenth(value: f64) -> f64 {
    let tenths = (value.abs() * 10.0 + 0.5 + 1e-9).floor();
    let rounded = (tenths / 10.0).copysign(value);
    if rounded == 0.0 { 0.0 } else { rounded }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_round_to_the_nearest_tenth_below_each_threshold() {
        let t = Thresholds::default();
        for (value, text) in [
            (1.0, "1.0"),
            (1.04, "1.0"),
            (1.05, "1.1"),
            (2.44, "2.4"),
            (2.46, "2.4"),
            (2.5, "2.5"),
            (2.949, "2.9"),
            (2.95, "2.9"),
            (2.999_999, "2.9"),
            (3.0, "3.0"),
            (3.0 - 1e-12, "3.0"),
            (3.95, "3.9"),
            (3.96, "3.9"),
            (4.0, "4.0"),
            (4.18, "4.2"),
            (4.96, "5.0"),
            (5.0, "5.0"),
            (3.35, "3.4"),
            (11.0 / 3.0, "3.7"),
        ] {
            assert_eq!(shown(display(value, &t)), text, "{value}");
        }
    }

    #[test]
    fn gaps_round_below_their_own_thresholds_and_keep_their_sign() {
        let t = Thresholds::default();
        for (value, text) in [
            (0.46, "0.4"),
            (-0.46, "−0.4"),
            (0.5, "0.5"),
            (0.97, "0.9"),
            (-1.0, "−1.0"),
            (2.96, "3.0"),
            (-0.04, "0.0"),
        ] {
            assert_eq!(shown(display_gap(value, &t)), text, "{value}");
        }
    }

    #[test]
    fn changes_and_z_round_on_their_side_of_a_threshold() {
        let t = Thresholds::default();
        for (value, text) in
            [(0.19, "0.1"), (-0.196, "−0.1"), (0.2, "0.2"), (-0.24, "−0.2"), (0.55, "0.6"), (-0.04, "0.0")]
        {
            assert_eq!(shown(display_change(value, &t)), text, "{value}");
        }
        // With three sides the thresholds of the gap are no tenths.
        let marks = [2.96, 3.32];
        for (value, text) in
            [(2.95, "2.9"), (2.97, "3.0"), (3.31, "3.3"), (3.33, "3.4"), (3.36, "3.4"), (-1.26, "−1.3")]
        {
            assert_eq!(shown(display_z(value, &marks)), text, "{value}");
        }
    }

    #[test]
    fn an_interval_that_excludes_zero_still_does_when_rounded() {
        assert_eq!(shown(bound(0.02)), "0.1");
        assert_eq!(shown(bound(-0.02)), "−0.1");
        assert_eq!(shown(bound(0.0)), "0.0");
        assert_eq!(shown(bound(1.96)), "2.0");
    }
}
