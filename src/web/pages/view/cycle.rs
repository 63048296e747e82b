//! One cycle, `/cycles/{id}`: while it runs, counts and nothing else; once closed, the way to its scorecard.

use askama::Template;

use super::acts::{Desk, OpenProposal};
use super::forms::Form;
use super::parts::Fact;
use super::{Chrome, Link, Marker};

/// The page of a cycle. It has no field that could carry a score.
#[derive(Debug, Template)]
#[template(path = "cycle.html")]
pub struct CyclePage {
    /// The frame.
    pub chrome: Chrome,
    /// Partnership, instrument, period.
    pub dateline: String,
    /// One sentence, such as `Nine of sixteen have answered; the cycle is open until Thursday.`
    pub headline: String,
    /// One or two sentences more.
    pub lede: Option<String>,
    /// The partnership's page.
    pub partnership: Link,
    /// Counts, one line per side where they may be shown, else one line for all.
    pub counts: Vec<CountRow>,
    /// The links that the reader's side hands out itself.
    pub links: Option<Link>,
    /// Opens, closes, zone, reminders, mode, who runs it.
    pub facts: Vec<Fact>,
    /// People of the reader's own side to whom no letter goes or came.
    pub bounces: Vec<Bounce>,
    /// What waits for an answer of a side.
    pub proposals: Vec<OpenProposal>,
    /// What a manager can do while it runs.
    pub desk: Option<Desk>,
    /// The scorecard, once closed.
    pub scorecard: Option<Link>,
    /// Its review, once closed.
    pub review: Option<Link>,
    /// What people said, once closed.
    pub voices: Option<Link>,
    /// Why nothing more is shown, or what the closed cycle published.
    pub sealed: String,
}

/// How one side has answered so far.
#[derive(Debug, Clone)]
pub struct CountRow {
    /// The side's marker; `None` on a line for all sides together.
    pub marker: Option<Marker>,
    /// The side's name, or `All sides`.
    pub name: String,
    /// People invited.
    pub invited: usize,
    /// People with at least one answer; `None` where it may not be shown.
    pub answered: Option<usize>,
    /// The length of the bar, 0 to 100.
    pub share: u8,
    /// A few words, such as `counts of a side are shown from 3 invited`.
    pub note: String,
}

/// An address that could not be reached.
#[derive(Debug, Clone)]
pub struct Bounce {
    /// The person's name.
    pub person: String,
    /// The address.
    pub address: String,
    /// What the mail server said, and when.
    pub reason: String,
    /// The form that corrects it; `None` where the reader may not.
    pub cure: Option<Form>,
}
