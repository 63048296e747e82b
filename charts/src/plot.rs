//! Where things stand in a trend panel: the frame of the plot and the column of each check.

use crate::model::{PointState, SidePoint, Trend, TrendPoint};
use crate::scale::{Axis, Bands};

/// Width of a panel.
pub(crate) const WIDTH: f64 = 372.0;
/// Height of a panel with up to two sides.
const HEIGHT: f64 = 250.0;
/// Height of one row of people under the axis.
pub(crate) const ROW: f64 = 14.0;
/// Lowest score on the axis unless a value falls below it.
const LOW: f64 = 1.6;

/// The frame of the plot.
pub(crate) struct Plot<'a> {
    pub trend: &'a Trend,
    pub bands: Bands,
    pub axis: Axis,
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
    pub height: f64,
}

impl<'a> Plot<'a> {
    pub(crate) fn new(trend: &'a Trend) -> Self {
        let low =
            if drawn_scores(trend).any(|score| score < LOW) || trend.amber_from <= LOW { 1.0 } else { LOW };
        let (top, bottom) = (26.0, 196.0);
        let rows = trend.sides.len().max(2) as f64;
        Self {
            trend,
            bands: Bands { green_from: trend.green_from, amber_from: trend.amber_from },
            axis: Axis { low, high: 5.0, from: bottom, to: top },
            left: 28.0,
            right: 326.0,
            top,
            bottom,
            height: HEIGHT + ROW * (rows - 2.0),
        }
    }

    fn first(&self) -> f64 {
        self.left + 14.0
    }

    fn last(&self) -> f64 {
        self.right - 11.0
    }

    /// Pixels between two checks; the whole width where there is only one.
    pub(crate) fn step(&self) -> f64 {
        let gaps = self.trend.points.len().saturating_sub(1).max(1);
        (self.last() - self.first()) / gaps as f64
    }

    /// The column of a check. The newest always stands at the right.
    pub(crate) fn x(&self, index: usize) -> f64 {
        let back = self.trend.points.len().saturating_sub(index + 1);
        self.last() - self.step() * back as f64
    }

    /// Half a step before a check, kept inside the plot.
    pub(crate) fn before(&self, index: usize) -> f64 {
        (self.x(index) - (self.step() / 2.0).min(23.0)).max(self.left)
    }

    pub(crate) fn y(&self, score: f64) -> f64 {
        self.axis.at(score)
    }

    /// Markers shrink where the checks stand close.
    pub(crate) fn marker_scale(&self) -> f64 {
        (self.step() / 13.0).clamp(0.6, 1.0)
    }

    /// Where a side's whisker stands: beside its neighbours' and within its own marker.
    pub(crate) fn whisker_x(&self, index: usize, side: usize) -> f64 {
        let middle = (self.trend.sides.len() as f64 - 1.0) / 2.0;
        let apart = if self.trend.sides.len() > 2 { 2.2 } else { 3.4 };
        self.x(index) + (side as f64 - middle) * apart * self.marker_scale()
    }

    pub(crate) fn columns(&self) -> impl Iterator<Item = (usize, &'a TrendPoint)> {
        self.trend.points.iter().enumerate()
    }
}

/// The side's figure in this check, if it may be drawn. The one place that enforces suppression.
pub(crate) fn shown(point: &TrendPoint, side: usize) -> Option<&SidePoint> {
    match point.state {
        PointState::Shown | PointState::Provisional | PointState::OneSided => point.sides.get(side)?.as_ref(),
        PointState::TooFew | PointState::NoData => None,
    }
}

/// The total, where it stands in for suppressed sides.
pub(crate) fn lone_total(point: &TrendPoint) -> Option<f64> {
    if point.state == PointState::TooFew { point.total } else { None }
}

/// The lowest score that is drawn of each figure.
fn drawn_scores(trend: &Trend) -> impl Iterator<Item = f64> {
    trend.points.iter().flat_map(|point| {
        let sides = (0..point.sides.len()).filter_map(|side| shown(point, side));
        let lowest = sides.map(|figure| figure.interval.map_or(figure.mean, |(low, _)| low));
        lowest.chain(lone_total(point))
    })
}
