//! The portfolio, `/`: one row per partnership, a cell per indicator, sorted by who needs you first.

use askama::Template;

use super::forms::Control;
use super::parts::SideNote;
use super::{Chrome, Link, Svg, Tile};
use crate::web::Step;

/// The heat map with its summary and legend; with no group at all, the empty state.
#[derive(Debug, Template)]
#[template(path = "portfolio.html")]
pub struct PortfolioPage {
    /// The frame.
    pub chrome: Chrome,
    /// Place, period, close with zone, date of the view.
    pub dateline: String,
    /// The finding, one sentence with its number.
    pub headline: String,
    /// One or two sentences more.
    pub lede: Option<String>,
    /// The first that need the reader, each with why; none where the table itself is as short.
    pub needing: Vec<(Link, String)>,
    /// How many partnerships are red, amber, green and not rated overall.
    pub ratings: RatingCounts,
    /// Conflict debt, unanswered flags, answered and the like.
    pub highlights: Vec<Highlight>,
    /// The indicators in order; every row has one cell for each.
    pub indicators: Vec<Column>,
    /// First steps, in the demo only.
    pub steps: Vec<Step>,
    /// What part of it the table shows; none where all of it can be overlooked.
    pub choice: Option<ChoiceForm>,
    /// Need you, Watch, On an even keel; a group without rows is left out.
    pub groups: Vec<Group>,
    /// Sentences under the table.
    pub notes: Vec<String>,
    /// Where the table can be had as CSV and as one printed page.
    pub downloads: Vec<Link>,
    /// For an administrator: where to set up the first partnership.
    pub set_up: Option<Link>,
}

/// The form over the table that chooses its rows, and what it has chosen.
#[derive(Debug, Clone, Default)]
pub struct ChoiceForm {
    /// Search, group, rating, order.
    pub controls: Vec<Control>,
    /// How many of how many rows are shown.
    pub shown: String,
    /// Leads back to everything, where something is left out.
    pub all: Option<Link>,
    /// Earlier rows and further ones.
    pub pages: Vec<Link>,
}

/// Counts by overall rating.
#[derive(Debug, Clone, Copy, Default)]
pub struct RatingCounts {
    /// Rated red.
    pub red: usize,
    /// Rated amber.
    pub amber: usize,
    /// Rated green.
    pub green: usize,
    /// Not rated.
    pub not_rated: usize,
}

/// One figure of the summary.
#[derive(Debug, Clone)]
pub struct Highlight {
    /// What it counts.
    pub label: String,
    /// The figure.
    pub figure: String,
    /// A few words beside it.
    pub note: String,
}

/// One indicator's column.
#[derive(Debug, Clone)]
pub struct Column {
    /// The name in the table's head.
    pub name: String,
    /// A short name, at most 9 letters, for the cells of a phone.
    pub short: String,
}

/// Partnerships in the same need.
#[derive(Debug, Clone)]
pub struct Group {
    /// Need you, Watch, On an even keel.
    pub title: String,
    /// The number and the rule, such as `4 · conflict debt of 5 and more`.
    pub note: String,
    /// The rows.
    pub rows: Vec<Row>,
}

impl Row {
    /// The name in two parts, for two lines: what many rows have in common, `Northmoor ×`, and the rest.
    pub fn name_parts(&self) -> (String, &str) {
        match self.name.split_once(" × ") {
            Some((first, rest)) => (format!("{first} ×"), rest),
            None => (String::new(), &self.name),
        }
    }
}

/// One partnership.
#[derive(Debug, Clone)]
pub struct Row {
    /// The partnership's name.
    pub name: String,
    /// Its page.
    pub href: String,
    /// A few words under the name, such as `since 2023`, or its state.
    pub note: String,
    /// The conflict debt as shown, such as `33.8`.
    pub debt: String,
    /// The length of the debt bar, 0 to 100, against the largest in view.
    pub debt_share: u8,
    /// The flags behind it, such as `4 flags, oldest 9 months`.
    pub debt_note: String,
    /// The overall cell.
    pub overall: Tile,
    /// One cell for each indicator, and where its flag stands with its reason.
    pub cells: Vec<(Tile, Option<String>)>,
    /// The keel line of the widest gap.
    pub keel: Option<Svg>,
    /// The widest gap, such as `1.6`.
    pub gap: Option<String>,
    /// The words for it: `large, Resources`; or why there is none.
    pub gap_words: String,
    /// The notable part of the sentence, set bold; may be empty.
    pub finding: String,
    /// The rest of the sentence.
    pub sentence: String,
    /// The overall score of up to eight checks.
    pub spark: Option<Svg>,
    /// Who answered, per side as published, or in total.
    pub answered: Vec<SideNote>,
    /// The date of the next check, or `none planned`.
    pub next_check: String,
}
