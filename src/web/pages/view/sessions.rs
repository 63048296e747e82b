//! Where a person is signed in, `/sessions`: the list, and signing out one or all others.

use askama::Template;

use super::Chrome;

/// The page. Each row posts `csrf` to its own address; `/sessions/revoke-others` ends all but this one.
#[derive(Debug, Template)]
#[template(path = "sessions.html")]
pub struct SessionsPage {
    /// The frame.
    pub chrome: Chrome,
    /// The sessions, this one first.
    pub rows: Vec<SessionRow>,
}

/// One session.
#[derive(Debug, Clone)]
pub struct SessionRow {
    /// Browser and system, as far as known.
    pub device: String,
    /// When it was signed in.
    pub since: String,
    /// When it was last used.
    pub last_used: String,
    /// When it ends at the latest.
    pub ends: String,
    /// Whether it is the one being used; it is ended by signing out.
    pub this_one: bool,
    /// Where to post to end it.
    pub revoke: String,
}
