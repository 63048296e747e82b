//! What people said in a closed cycle: answers with names, and comments.

use askama::Template;

use super::{Chrome, Link};

/// The page, `/cycles/{id}/answers`.
#[derive(Debug, Template)]
#[template(path = "voices.html")]
pub struct VoicesPage {
    /// The frame.
    pub chrome: Chrome,
    /// Instrument and period.
    pub dateline: String,
    /// What is shown.
    pub headline: String,
    /// To whom, and from when on.
    pub lede: String,
    /// The way back, under the partnership's name.
    pub partnership: Link,
    /// The indicators, in the order of the columns.
    pub heads: Vec<String>,
    /// The sides in their order.
    pub sides: Vec<SideVoices>,
    /// Whether answers are shown with names.
    pub named: bool,
}

/// What one side said.
#[derive(Debug, Clone)]
pub struct SideVoices {
    /// Its name.
    pub name: String,
    /// Who answered, and the answers in the order of the indicators.
    pub answers: Vec<(String, Vec<String>)>,
    /// Comments.
    pub comments: Vec<Said>,
}

/// A comment.
#[derive(Debug, Clone)]
pub struct Said {
    /// Who wrote it; in named mode only.
    pub who: Option<String>,
    /// The text.
    pub text: String,
}
