//! The review of a check, `/cycles/{id}/review`: the agenda in the order in which it is talked through, with the forms that
//! answer each flag, and the sides that confirm it. It prints to one or two pages, with lines to write on where the forms are.

use askama::Template;

use super::acts::Folded;
use super::forms::Form;
use super::parts::SideNote;
use super::scorecard::FlagRow;
use super::{Chrome, Link, Tile};

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
    /// The entry for a calendar, while the review is open.
    pub calendar: Option<String>,
    /// How it stands, in one sentence.
    pub headline: String,
    /// What the reader can do here, or may only read.
    pub lede: String,
    /// The review of the newest check, where this is not it.
    pub newest: Option<Link>,
    /// The scorecard that is talked about, where any of it is shown.
    pub card: Option<CardTable>,
    /// The heading over the actions.
    pub actions_title: String,
    /// What was promised: of earlier checks first, then of this one, then what is done or dropped.
    pub actions: Vec<ActionItem>,
    /// What has become better since the check before; none where a later check has closed.
    pub wins: Option<Vec<String>>,
    /// The flags to act on, and those to discuss, each under its heading.
    pub groups: Vec<(String, Vec<FlagItem>)>,
    /// Who has confirmed it, and what stands in the way.
    pub foot: Foot,
}

impl ReviewPage {
    /// Lays something over the form that is sent to `path`, whatever place of the page it leads to afterwards; `false` where the
    /// page has no such form.
    pub fn lay_over(&mut self, path: &str, lay: impl Fn(Form) -> Form) -> bool {
        let of_flags = self.groups.iter_mut().flat_map(|group| &mut group.1).flat_map(|item| &mut item.forms);
        let of_actions = self.actions.iter_mut().filter_map(|item| item.change.as_mut());
        let sent_to = |own: &&mut Folded| own.form.action.split('#').next() == Some(path);
        let Some(found) = of_flags.chain(of_actions).find(sent_to) else { return false };
        found.form = lay(std::mem::take(&mut found.form));
        true
    }
}

/// A scorecard as a small table.
#[derive(Debug, Clone)]
pub struct CardTable {
    /// The sides and who answered, where their figures are shown; each has a column.
    pub sides: Vec<SideNote>,
    /// Overall first, then the indicators.
    pub rows: Vec<CardRow>,
}

/// One line of it.
#[derive(Debug, Clone)]
pub struct CardRow {
    /// The indicator.
    pub indicator: String,
    /// The rating.
    pub tile: Tile,
    /// The mean of each side, and from how many answers.
    pub means: Vec<SideNote>,
    /// The gap and its word, or why there is none.
    pub gap: String,
    /// The action required, word for word from the instrument; may be empty.
    pub action: String,
}

/// An action on the agenda.
#[derive(Debug, Clone)]
pub struct ActionItem {
    /// Its place on the page.
    pub anchor: String,
    /// What is to be done, in a line.
    pub title: String,
    /// The whole text, where the line does not hold it.
    pub text: String,
    /// Who does it, by when, and in which review it was agreed.
    pub detail: String,
    /// Where it stands.
    pub state: String,
    /// Whether its day has passed; then its state is set bold.
    pub late: bool,
    /// Whether the scores have moved since it was agreed, a sentence for each.
    pub moved: Vec<String>,
    /// What became of it; may be empty.
    pub note: String,
    /// Where "done" is said with one press.
    pub done: Option<String>,
    /// Changes it.
    pub change: Option<Folded>,
}

/// A flag on the agenda.
#[derive(Debug, Clone)]
pub struct FlagItem {
    /// Its place on the page.
    pub anchor: String,
    /// What it says, what answers it, and what happened to it.
    pub row: FlagRow,
    /// Whether it asks for an action: then the printed page has a line for one.
    pub to_act: bool,
    /// Its figures, state and age.
    pub detail: String,
    /// Why it stands, a sentence for each reason, and what the instrument asks for.
    pub reasons: Vec<String>,
    /// Who said what, and when.
    pub notes: Vec<(String, String)>,
    /// What was promised about it, in a sentence each.
    pub actions: Vec<String>,
    /// Notes and settled actions of earlier checks: how many, and each with who and when; they are folded up.
    pub earlier: Option<(String, Vec<(String, String)>)>,
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
    /// The heading.
    pub title: String,
    /// Who has confirmed, and what comes next.
    pub sentences: Vec<String>,
    /// The flags that lack their answer, with what each needs.
    pub missing: Vec<(Link, String)>,
    /// The sides that have not confirmed yet: each signs on paper.
    pub unsigned: Vec<String>,
    /// Where the reader's side confirms.
    pub close: Option<String>,
}
