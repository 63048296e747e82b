//! A partnership that not every side has accepted yet, and the trust sheet.

use askama::Template;

use super::Chrome;
use super::acts::{Folded, Press};
use super::parts::Link;

/// Where the acceptance stands. Laid out by the macro in `templates/acceptance.html`.
#[derive(Debug, Clone, Default)]
pub struct AcceptanceBox {
    /// Who has not accepted, since when; empty once every side has.
    pub sentence: String,
    /// Until when it can be answered; may be empty.
    pub detail: String,
    /// Why, in the words of those who proposed; may be empty.
    pub reason: String,
    /// The trust sheet.
    pub trust: Option<Link>,
    /// Where the reader's side accepts.
    pub accept: Option<String>,
    /// Asking the others once more.
    pub nudge: Option<Press>,
    /// Where the proposal is taken back.
    pub withdraw: Option<String>,
    /// Declining, asking, proposing, asking the own side.
    pub forms: Vec<Folded>,
    /// A text to forward; may be empty.
    pub text: String,
    /// The own view of the reader's side.
    pub own_view: Option<Link>,
}

/// The trust sheet.
#[derive(Debug, Template)]
#[template(path = "trust.html")]
pub struct TrustPage {
    /// The frame.
    pub chrome: Chrome,
    /// The partnership's name.
    pub name: String,
    /// Where the reader came from.
    pub back: Option<Link>,
    /// Headings with their sentences.
    pub sections: Vec<(String, Vec<String>)>,
}
