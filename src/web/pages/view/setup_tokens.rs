//! Access for programs, `/setup/tokens`: the tokens and the form for a new one.

use askama::Template;

use super::forms::Form;
use super::setup::Tab;
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

/// One token, without its text.
#[derive(Debug, Clone)]
pub struct TokenRow {
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub scopes: String,
    /// What it is bound to.
    pub reaches: String,
    /// Until when it is good, or since when it is not.
    pub state: String,
    /// When it was last used.
    pub last_used: String,
    /// Where to post to revoke it; `None` when it is good for nothing any more.
    pub revoke: Option<String>,
}

impl TokensPage {
    /// The second navigation.
    pub fn tabs(&self) -> Vec<NavLink> {
        Tab::Tokens.links()
    }
}
