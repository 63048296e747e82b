//! One partnership, `/partnerships/{id}`: the finding, the latest scorecard, the trends, the flags, the
//! cycles and who takes part.

use askama::Template;
use evenkeel_charts::Occur;

use super::acceptance::AcceptanceBox;
use super::acts::{OpenProposal, Standing};
use super::parts::SideNote;
use super::scorecard::{FlagRow, Scorecard, TrendPanel};
use super::{Chrome, Link, Tile};

/// The page. Before the first check it has no scorecard and no trend, and `waiting` says what will come.
#[derive(Debug, Template)]
#[template(path = "partnership.html")]
pub struct PartnershipPage {
    /// The frame.
    pub chrome: Chrome,
    /// The sides by name, the period, the close with its zone.
    pub dateline: String,
    /// The finding, one sentence with its number.
    pub headline: String,
    /// One or two sentences more.
    pub lede: Option<String>,
    /// Each side and how it answered.
    pub sides: Vec<SideNote>,
    /// When the next check opens, with the zone.
    pub next_check: String,
    /// The mode's sentence: who sees what.
    pub mode: String,
    /// The trust sheet.
    pub trust: Link,
    /// Everything that the reader may see, as files.
    pub exports: Vec<Link>,
    /// Proposed, paused or ended: what that means, in a sentence.
    pub state: Option<String>,
    /// A cycle that runs now: what is known of it, and its page.
    pub running: Option<(String, Link)>,
    /// Where the acceptance stands, while not every side has; and the own view.
    pub acceptance: Option<AcceptanceBox>,
    /// What waits for an answer of a side.
    pub proposals: Vec<OpenProposal>,
    /// The latest scorecard.
    pub scorecard: Option<Scorecard>,
    /// What stands in the scorecard's place before the first check.
    pub waiting: String,
    /// One panel per indicator, overall first.
    pub trends: Vec<TrendPanel>,
    /// The heading of the panels, such as `Drift, eight checks`.
    pub trends_title: String,
    /// The signs in the panels, for their legend.
    pub signs: Occur,
    /// Under the panels: what holds for all of them, and what this partnership's size can and cannot show.
    pub notes: Vec<String>,
    /// The reviews in which the open flags are answered.
    pub reviews: Vec<Link>,
    /// The heading over the flags, such as `Seven flags, four unanswered`.
    pub flags_title: String,
    /// How soon flags were answered; none where none was, lately.
    pub flags_speed: Option<String>,
    /// The flags, those to act on first.
    pub flags: Vec<FlagRow>,
    /// What the sides have promised and not done yet, the earliest due first.
    pub actions: Vec<ActionRow>,
    /// The cycles, newest first.
    pub cycles: Vec<CycleRow>,
    /// Who takes part, per side: counts, and names where the reader may see them.
    pub members: Vec<SideNote>,
    /// What the reader's side can do to its state.
    pub standing: Standing,
    /// For an administrator: the set-up of this partnership.
    pub set_up: Option<Link>,
}

/// One open action.
#[derive(Debug, Clone)]
pub struct ActionRow {
    /// What is to be done, in a line.
    pub title: String,
    /// Its place in the review that agreed it.
    pub href: String,
    /// The side that does it.
    pub side: String,
    /// The last day for it.
    pub due: String,
    /// Open or overdue.
    pub state: String,
    /// Whether it is overdue; then its state is set bold.
    pub late: bool,
}

/// One cycle in the list.
#[derive(Debug, Clone)]
pub struct CycleRow {
    /// The period.
    pub period: String,
    /// The cycle's page.
    pub href: String,
    /// Planned, open, closed, cancelled; with its date.
    pub state: String,
    /// Who answered, such as `13 of 16`.
    pub answered: String,
    /// The overall rating, once closed.
    pub overall: Option<Tile>,
}
