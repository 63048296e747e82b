//! The review of a check, `/cycles/{id}/review`: the agenda in the order in which it is talked through, with the forms that
//! answer each flag, and the sides that confirm it. It prints to one or two pages without the forms.

use askama::Template;

use super::acts::Folded;
use super::{Chrome, Link};

/// The page.
#[derive(Debug, Template)]
#[template(path = "review.html")]
pub struct ReviewPage {
    /// The frame.
    pub chrome: Chrome,
    /// The period, and when the review is due.
    pub dateline: String,
    /// The partnership's page.
    pub partnership: Link,
    /// How it stands, in one sentence.
    pub headline: String,
    /// What the reader can do here, or may only read.
    pub lede: String,
    /// What was promised, the earliest due first.
    pub actions: Vec<ActionRow>,
    /// What has become better since the check before.
    pub wins: Vec<String>,
    /// The flags to act on, and those to discuss, each under its heading.
    pub groups: Vec<(String, Vec<FlagItem>)>,
    /// Who has confirmed it, and what stands in the way.
    pub foot: Foot,
}

/// An action on the agenda.
#[derive(Debug, Clone)]
pub struct ActionRow {
    /// What is to be done.
    pub text: String,
    /// What became of it; may be empty.
    pub note: String,
    /// The side, and who does it.
    pub who: String,
    /// The last day for it.
    pub due: String,
    /// Where it stands.
    pub state: String,
    /// Whether its day has passed; then its state is set bold.
    pub late: bool,
    /// Changes it.
    pub change: Option<Folded>,
}

/// A flag on the agenda.
#[derive(Debug, Clone)]
pub struct FlagItem {
    /// What it says, such as `Resource commitment is red`.
    pub title: String,
    /// Its figures, age and state.
    pub detail: String,
    /// What answers it, or what it needs.
    pub answer: String,
    /// Whether it needs something; then that is set bold.
    pub waiting: bool,
    /// Who said what, and when.
    pub notes: Vec<(String, String)>,
    /// What was promised about it, in a sentence each.
    pub actions: Vec<String>,
    /// Acceptances: the sentence, and where the reader's side signs.
    pub acceptances: Vec<(String, Option<String>)>,
    /// Where "discussed, no action" is said with one press.
    pub discussed: Option<String>,
    /// A note, an action, an acceptance.
    pub forms: Vec<Folded>,
}

/// The end of the page.
#[derive(Debug, Clone)]
pub struct Foot {
    /// Who has confirmed, and what comes next.
    pub sentences: Vec<String>,
    /// The flags that lack their answer, with what each needs.
    pub missing: Vec<String>,
    /// Where the reader's side confirms.
    pub close: Option<String>,
}
