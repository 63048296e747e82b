//! The parts of the partnership page that show a frozen result: the scorecard, the trends, the flags.

use super::{Figures, Glyph, Marker, Svg, Tile};

/// A frozen scorecard, as published.
#[derive(Debug, Clone)]
pub struct Scorecard {
    /// The period, such as `2026-Q3`.
    pub period: String,
    /// How to read it, and what was not shown.
    pub note: String,
    /// The scale over the dot plots.
    pub axis: Option<Svg>,
    /// Overall first, then the indicators in the instrument's order.
    pub rows: Vec<ScoreRow>,
}

/// One line of a scorecard.
#[derive(Debug, Clone)]
pub struct ScoreRow {
    /// The indicator's name.
    pub indicator: String,
    /// A few words under it; may be empty.
    pub under: String,
    /// Whether this is the overall line, which a stronger rule closes.
    pub overall: bool,
    /// The rating.
    pub tile: Tile,
    /// The dot plot; without it `plot_words` are shown.
    pub plot: Option<Svg>,
    /// What stands in the plot's place: `not shown (too few answers)`, `Brightwater did not answer`.
    pub plot_words: String,
    /// Why this rating, in words; empty where the score alone says it.
    pub reason: String,
    /// The gap as shown, such as `1.6`.
    pub gap: Option<String>,
    /// The gap's label: small, possible, notable, large.
    pub gap_label: String,
    /// A few words more about the gap, or why there is none.
    pub gap_note: String,
    /// One reading for each side; in the order of the sides.
    pub sides: Vec<SideReading>,
    /// The reasons of this indicator's flag, such as `Flag: red, large gap`; may be empty.
    pub flag: String,
    /// The place of that flag on the page, to which the tile leads.
    pub flag_at: Option<String>,
    /// The action required, word for word from the instrument.
    pub action: String,
}

/// What a scorecard says of one side and one indicator.
#[derive(Debug, Clone)]
pub struct SideReading {
    /// The side's marker.
    pub marker: Marker,
    /// The side's name.
    pub name: String,
    /// People, such as `8` or `8 of 9`.
    pub people: String,
    /// The agreement within the side: strong, acceptable, low; `None` where it is not published.
    pub agreement: Option<String>,
}

/// One indicator over the checks so far.
#[derive(Debug, Clone)]
pub struct TrendPanel {
    /// The indicator's name.
    pub title: String,
    /// The notable part of the sentence, set bold; may be empty.
    pub finding: String,
    /// The rest of the sentence, such as `One check so far. The second gives a change.`
    pub sentence: String,
    /// The drawing; `None` where there is nothing to draw.
    pub chart: Option<Svg>,
    /// The stand-alone drawing.
    pub svg_href: String,
    /// The same as a bitmap.
    pub png_href: String,
    /// What is said of drift: a few words that are set bold, which may be empty, and the sentence.
    pub drift: Vec<(String, String)>,
    /// The figures behind it.
    pub figures: Figures,
}

/// One flag: an episode of one indicator, or of the partnership as a whole.
#[derive(Debug, Clone)]
pub struct FlagRow {
    /// Its place on the page.
    pub anchor: String,
    /// Its place in the review that is to answer it.
    pub review: Option<String>,
    /// The sign in front.
    pub glyph: Glyph,
    /// What it says, such as `Resource commitment is red`.
    pub title: String,
    /// `to act on` or `to discuss`.
    pub severity: String,
    /// Whether it still waits for an answer; then its answer is set bold.
    pub waiting: bool,
    /// How old the episode is.
    pub age: String,
    /// The figures behind it.
    pub figure: String,
    /// Raised, held or cleared, with the period.
    pub state: String,
    /// The answer, such as `Needs a note`.
    pub answer: String,
    /// What happened to it, oldest first; one line each.
    pub history: Vec<String>,
}
