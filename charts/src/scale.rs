//! From a score to a place: the axis with its bands, and the one way a figure is rounded.

use crate::scene::{Pt, Scene};
use crate::theme::Ink;

/// Comparisons of scores allow for this rounding error.
const EPS: f64 = 1e-9;

/// Where the bands of the rating change.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bands {
    pub green_from: f64,
    pub amber_from: f64,
}

impl Bands {
    /// The score to one decimal, never across a threshold: 2.96 reads 2.9 where 3.0 is amber.
    pub(crate) fn figure(self, score: f64) -> String {
        rounded(score, &[self.green_from, self.amber_from])
    }
}

/// The gap to one decimal, never across the limits of small (0.5) and large (1.0).
pub(crate) fn gap_figure(gap: f64) -> String {
    rounded(gap, &[0.5, 1.0])
}

fn rounded(value: f64, thresholds: &[f64]) -> String {
    let mut tenths = (value * 10.0).round();
    for limit in thresholds {
        let above = value >= limit - EPS;
        let shown_above = tenths / 10.0 >= limit - EPS;
        match (above, shown_above) {
            (true, false) => tenths = (value * 10.0 - EPS).ceil(),
            (false, true) => tenths = (value * 10.0 + EPS).floor(),
            _ => {}
        }
    }
    format!("{:.1}", tenths / 10.0)
}

/// A straight axis from a range of scores to a range of pixels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Axis {
    pub low: f64,
    pub high: f64,
    /// Pixel of `low`.
    pub from: f64,
    /// Pixel of `high`.
    pub to: f64,
}

impl Axis {
    pub(crate) fn at(&self, score: f64) -> f64 {
        self.from + (score - self.low) / (self.high - self.low) * (self.to - self.from)
    }

    /// The bands as (low score, high score, colour), from red to green.
    pub(crate) fn bands(&self, bands: Bands) -> [(f64, f64, Ink); 3] {
        let amber = bands.amber_from.clamp(self.low, self.high);
        let green = bands.green_from.clamp(self.low, self.high);
        [(self.low, amber, Ink::BandRed), (amber, green, Ink::BandAmber), (green, self.high, Ink::BandGreen)]
    }
}

/// Bands stacked upwards between `left` and `right`, thresholds as lines on top.
pub(crate) fn upright_bands(scene: &mut Scene, axis: &Axis, bands: Bands, (left, right): Pt) {
    for (low, high, ink) in axis.bands(bands) {
        let (top, bottom) = (axis.at(high), axis.at(low));
        if bottom > top {
            scene.rect((left, top), (right - left, bottom - top), ink);
        }
    }
    for score in [bands.amber_from, bands.green_from] {
        if score > axis.low && score < axis.high {
            let y = axis.at(score);
            scene.rule((left, y), (right, y), Ink::RuleStrong, 1.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BANDS: Bands = Bands { green_from: 4.0, amber_from: 3.0 };

    #[test]
    fn a_figure_is_never_rounded_across_a_threshold() {
        assert_eq!(BANDS.figure(2.96), "2.9");
        assert_eq!(BANDS.figure(3.9999), "3.9");
        assert_eq!(BANDS.figure(4.0 - 1e-12), "4.0");
        assert_eq!(BANDS.figure(3.04), "3.0");
        assert_eq!(BANDS.figure(2.25), "2.3");
        assert_eq!(gap_figure(0.97), "0.9");
        assert_eq!(gap_figure(0.46), "0.4");
        assert_eq!(gap_figure(0.5), "0.5");
        let odd = Bands { green_from: 3.75, amber_from: 2.52 };
        assert_eq!(odd.figure(3.74), "3.7");
        assert_eq!(odd.figure(2.53), "2.6");
    }

    #[test]
    fn the_axis_runs_from_low_to_high() {
        let axis = Axis { low: 1.0, high: 5.0, from: 200.0, to: 0.0 };
        assert!((axis.at(3.0) - 100.0).abs() < 1e-9);
        assert!((axis.at(5.0)).abs() < 1e-9);
    }
}
