//! Access for programs, `/setup/tokens`: the tokens and the form for a new one.

use askama::Template;

use super::forms::Form;
use super::setup::Tab;
use super::tokens::TokenRow;
use super::{Chrome, NavLink};

/// The page.
#[derive(Debug, Template)]
#[template(path = "setup_tokens.html")]
pub struct TokensPage {
    /// The frame.
    pub chrome: Chrome,
    /// One sentence with the number.
    pub headline: String,
    /// The text of a token just made, shown this once.
    pub made: Option<String>,
    /// The tokens, newest first.
    pub rows: Vec<TokenRow>,
    /// The form for a new one.
    pub form: Form,
}

impl TokensPage {
    /// The second navigation.
    pub fn tabs(&self) -> Vec<NavLink> {
        Tab::Tokens.links()
    }
}
