//! The links that a side hands out itself, `/cycles/{id}/links`: for its managers, on screen and on paper.

use askama::Template;

use super::forms::Form;
use super::{Chrome, Link};

/// The page. It has no field that could tell who has begun or answered.
#[derive(Debug, Template)]
#[template(path = "links.html")]
pub struct LinksPage {
    /// The frame.
    pub chrome: Chrome,
    /// The partnership's page.
    pub partnership: Link,
    /// The cycle's page, by its period.
    pub cycle: Link,
    /// How many links there are.
    pub headline: String,
    /// What they do, and what they do not.
    pub lede: Vec<String>,
    /// A text to forward with a link.
    pub text: String,
    /// One for each person; none once the check is over.
    pub rows: Vec<LinkRow>,
}

/// One link to hand out: a line on screen, a strip on paper.
#[derive(Debug, Clone)]
pub struct LinkRow {
    /// For whom.
    pub label: String,
    /// Partnership and period.
    pub about: String,
    /// The whole address.
    pub link: String,
    /// What to do with it, for the one who gets it.
    pub how: String,
    /// The form that issues another in its place.
    pub fresh: Form,
}
