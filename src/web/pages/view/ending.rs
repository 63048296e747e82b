//! The page of a partnership whose results nobody reads any more.

use askama::Template;

use super::Chrome;
use super::acts::{Folded, OpenProposal};

/// What is left to say and to decide.
#[derive(Debug, Template)]
#[template(path = "gone.html")]
pub struct GonePage {
    /// The frame.
    pub chrome: Chrome,
    /// The partnership's name.
    pub name: String,
    /// When it ended, until when it was readable, what is left.
    pub sentence: String,
    /// What waits for the sides.
    pub proposals: Vec<OpenProposal>,
    /// The form that proposes to delete everything.
    pub delete: Option<Folded>,
}
