//! Access for programs, `/partnerships/{id}/tokens`: the tokens that speak for a side, and the form for a new one.

use askama::Template;

use super::forms::Form;
use super::{Chrome, Link};

/// The page of a side's managers.
#[derive(Debug, Template)]
#[template(path = "side_tokens.html")]
pub struct SideTokensPage {
    /// The frame.
    pub chrome: Chrome,
    /// The partnership.
    pub back: Link,
    /// The side for which these tokens speak.
    pub side: String,
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
    /// Who made it.
    pub made_by: String,
    /// Until when it is good, or since when it is not.
    pub state: String,
    /// When it was last used.
    pub last_used: String,
    /// Where to post to revoke it; `None` when it is good for nothing any more, or not the reader's to revoke.
    pub revoke: Option<String>,
}
