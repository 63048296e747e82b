//! Signing in by mail link: ask for the address, say that a link is on its way, finish by a button, or by
//! a code where the link was opened in another browser. Posts: `/login`, `/login/confirm`, `/login/code`.

use askama::Template;

use super::Chrome;
use super::forms::Form;

/// `GET /login`: asks for the address. Posts `csrf`, `email` to `/login`.
#[derive(Debug, Template)]
#[template(path = "sign_in.html")]
pub struct SignInPage {
    /// The frame.
    pub chrome: Chrome,
    /// What was typed, kept after an error.
    pub email: String,
    /// What is wrong with the address.
    pub error: Option<String>,
}

/// The answer to every address, known or not: a link is on its way if the address is known.
#[derive(Debug, Template)]
#[template(path = "link_sent.html")]
pub struct LinkSentPage {
    /// The frame.
    pub chrome: Chrome,
    /// The address as typed.
    pub email: String,
    /// How long the link is good, such as `15 minutes`.
    pub good_for: String,
    /// The form for the code, shown to the browser that asked: posts `csrf`, `code` to `/login/code`.
    pub code_form: Form,
}

/// The page behind the mailed link: a button finishes, because mail scanners open links by themselves.
/// Posts `csrf`, `token` to `/login/confirm`.
#[derive(Debug, Template)]
#[template(path = "confirm.html")]
pub struct ConfirmPage {
    /// The frame.
    pub chrome: Chrome,
    /// The token of the link.
    pub token: String,
    /// Until when the link is good, with the zone.
    pub until: String,
}

/// The mailed link was opened in another browser than the one that asked: shows the code to type there.
#[derive(Debug, Template)]
#[template(path = "code_shown.html")]
pub struct CodeShownPage {
    /// The frame.
    pub chrome: Chrome,
    /// The code, grouped for reading, such as `418 276`.
    pub code: String,
    /// Until when the code is good, with the zone.
    pub until: String,
}

/// `GET /login/code`: the page to type the code. Posts `csrf`, `code` (and `email`) to `/login/code`.
#[derive(Debug, Template)]
#[template(path = "code_entry.html")]
pub struct CodeEntryPage {
    /// The frame.
    pub chrome: Chrome,
    /// The form, with the field `code`.
    pub form: Form,
}
