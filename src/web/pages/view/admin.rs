//! Operations, `/admin`: what leaves the house and what runs by itself, for administrators.

use askama::Template;

use super::forms::Form;
use super::parts::Fact;
use super::{Chrome, Link};

/// The page.
#[derive(Debug, Template)]
#[template(path = "admin.html")]
pub struct AdminPage {
    /// The frame.
    pub chrome: Chrome,
    /// Whether all is in order, or what needs somebody.
    pub headline: String,
    /// What needs somebody, a sentence each.
    pub needs: Vec<String>,
    /// Sides without a manager.
    pub vacancies: Vec<VacancyRow>,
    /// Why no letter leaves, with the way out.
    pub pause: Option<String>,
    /// Letters by state.
    pub states: Vec<StateRow>,
    /// Letters that wait for a decision.
    pub letters: Vec<LetterRow>,
    /// The reminders among them that may only be counted.
    pub reminders: Option<Reminders>,
    /// The processes, the one seen last first.
    pub servers: Vec<ServerRow>,
    /// Backup, disk, next work.
    pub facts: Vec<Fact>,
}

/// A side without a manager.
#[derive(Debug, Clone)]
pub struct VacancyRow {
    /// Which side, in which partnership, since when.
    pub text: String,
    /// The form that appoints one of its members; none where it has none.
    pub form: Option<Form>,
    /// Where a member is added.
    pub set_up: Link,
}

/// The letters in one state.
#[derive(Debug, Clone)]
pub struct StateRow {
    /// The state's name.
    pub name: String,
    /// What it means.
    pub meaning: String,
    /// How many.
    pub count: String,
}

/// A letter that waits for a decision.
#[derive(Debug, Clone)]
pub struct LetterRow {
    /// What it is, and since when.
    pub what: String,
    /// When it was written.
    pub written: String,
    /// To whom.
    pub to: String,
    /// The address.
    pub address: String,
    /// Why it waits.
    pub why: String,
    /// Where to post each decision, with its words.
    pub decisions: Vec<(String, String)>,
}

/// Letters that may only be counted.
#[derive(Debug, Clone)]
pub struct Reminders {
    /// How many, and why no more is said.
    pub text: String,
    /// Where to post each decision, with its words.
    pub decisions: Vec<(String, String)>,
}

/// One process.
#[derive(Debug, Clone)]
pub struct ServerRow {
    /// Address and process number.
    pub place: String,
    /// Version of the program.
    pub version: String,
    /// When it started.
    pub started: String,
    /// When it last said that it lives.
    pub seen: String,
    /// When it last did all that was due, and last delivered.
    pub worked: String,
    /// What it finds wrong; "nothing" otherwise.
    pub trouble: String,
}
