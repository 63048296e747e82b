//! The data of a trend chart and the one error of the crate. Plain values, built by the caller's read model.

use std::fmt;

/// The most points one chart takes: ten years of quarters.
pub const MOST_POINTS: usize = 40;
/// The most onsets of one trend: that of the level and that of the gap.
pub const MOST_ONSETS: usize = 2;
/// The most panels [`crate::Multiples`] takes.
pub const MOST_PANELS: usize = 24;

/// One side's published figure in one check.
#[derive(Clone, Debug, PartialEq)]
pub struct SidePoint {
    /// Mean of the side's answers, 1 to 5.
    pub mean: f64,
    /// People whose answers it rests on, at least 1.
    pub n: u32,
    /// 90 % interval (low, high) within 1 to 5; drawn as a whisker.
    pub interval: Option<(f64, f64)>,
}

/// What may be shown of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PointState {
    /// Every figure given is drawn.
    Shown,
    /// Drawn with a dashed, unfilled marker: a side has fewer than three people.
    Provisional,
    /// Suppressed. No side is drawn, even if given; the total is, if given.
    TooFew,
    /// A side was silent: its line breaks and no gap is filled; the other is drawn if given.
    OneSided,
    /// Nobody answered. Nothing is drawn.
    NoData,
}

/// One check in a trend.
#[derive(Clone, Debug, PartialEq)]
pub struct TrendPoint {
    /// Label under the axis, such as `2026-Q3`.
    pub period: String,
    /// What may be shown.
    pub state: PointState,
    /// Score over all sides, 1 to 5. Drawn as a tick when the sides are suppressed.
    pub total: Option<f64>,
    /// One entry per side of the trend, in its order.
    pub sides: Vec<Option<SidePoint>>,
    /// Why figures before and after cannot be compared ("new wording (v2)"); the lines break before this point.
    pub break_before: Option<String>,
    /// A ring round each figure of the point: on watch.
    pub watch: bool,
    /// What happened at this check ("other people"); a mark on the time axis, the lines run on.
    pub event: Option<String>,
}

/// Which of two things changed at an onset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channel {
    /// The level of the scores.
    Level,
    /// The distance between the sides.
    Gap,
}

/// Since when answers differ: a dotted line before the first check that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Onset {
    /// Index of the first check that differs.
    pub index: usize,
    /// What changed. The line of a gap is paler.
    pub channel: Channel,
    /// Label above the plot, such as "lower since 2025-Q4".
    pub label: String,
}

/// One indicator over its checks.
#[derive(Clone, Debug, PartialEq)]
pub struct Trend {
    /// Name of the indicator.
    pub title: String,
    /// One sentence that says what the chart shows.
    pub description: String,
    /// Names of the sides, 1 to 4. The first is side A: a filled circle and a solid line.
    pub sides: Vec<String>,
    /// The checks, oldest first, at most [`MOST_POINTS`].
    pub points: Vec<TrendPoint>,
    /// Lowest score rated green; above `amber_from`, within 1 to 5.
    pub green_from: f64,
    /// Lowest score rated amber.
    pub amber_from: f64,
    /// Since when answers differ, at most [`MOST_ONSETS`].
    pub onsets: Vec<Onset>,
}

/// Why a chart was not drawn. The text is a whole sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChartError {
    /// The data cannot be drawn: which value, and what it should be.
    Input(String),
    /// The drawing or its encoding failed.
    Drawing(String),
}

impl fmt::Display for ChartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(sentence) => f.write_str(sentence),
            Self::Drawing(cause) => write!(f, "The chart could not be drawn: {cause}."),
        }
    }
}

impl std::error::Error for ChartError {}
