//! Draws the charts of Evenkeel: plain data in, SVG or PNG out.
//!
//! The crate knows nothing of cycles, publication rules or pages. It draws what it is given, so a caller hands
//! it published figures only. Laws: same input, same bytes; every text is escaped; a suppressed point shows
//! neither side, whatever the caller put there; input outside the scale is an error with a sentence, never a
//! wrong picture. Figures are rounded to 0.1 but never across a threshold.
//!
//! | chart | size in pixels | for |
//! |---|---|---|
//! | [`Trend`] | 372 × 250 (14 higher for each side above two) | one indicator over its checks |
//! | [`Multiples`] | a [`Trend`] per panel, one to three across | a whole partnership |
//! | [`GapBar`], [`GapAxis`] | 360 × 64, 360 × 34 | a row of the scorecard, and the scale above the rows |
//! | [`Portfolio`] | 536 × 54 and 36 for each row | the portfolio in a letter |
//! | [`Spark`] | 92 × 34 | a row of the portfolio |
//! | [`Keel`] | 54 × 26 | the gap between two sides as a tilt |
//!
//! `svg(false)` is for a page that includes [`css`] and sets title and text around the chart; `svg(true)` is a
//! file of its own with title, legend, and its own style sheet for dark; `png` shows what that file shows.
//!
//! ```
//! use evenkeel_charts::{Spark, Theme};
//! let spark = Spark {
//!     title: "Overall, three checks: 4.1, 4.0, 3.6".to_owned(),
//!     points: vec![Some(4.1), Some(4.0), Some(3.6)],
//!     breaks: Vec::new(),
//!     onset: None,
//!     green_from: 4.0,
//!     amber_from: 3.0,
//! };
//! assert!(spark.svg(false).unwrap().starts_with("<svg"));
//! assert!(spark.png(Theme::Dark).unwrap().starts_with(b"\x89PNG"));
//! ```

mod check;
mod gapbar;
mod hatch;
mod keel;
mod labels;
mod markers;
mod model;
mod moments;
mod multiples;
mod paint;
mod panel;
mod plot;
mod png;
mod portfolio;
mod scale;
mod scene;
mod series;
mod sheet;
mod spark;
mod svg;
mod text;
mod theme;
mod trend;

pub use gapbar::{GapAxis, GapBar};
pub use keel::Keel;
pub use model::{
    Channel, ChartError, MOST_ONSETS, MOST_PANELS, MOST_POINTS, Onset, PointState, SidePoint, Trend,
    TrendPoint,
};
pub use multiples::Multiples;
pub use portfolio::{MOST_ROWS, MOST_TILES, Portfolio, PortfolioRow, PortfolioTile, TileRating};
pub use sheet::Occur;
pub use spark::Spark;
pub use theme::{Theme, css};
