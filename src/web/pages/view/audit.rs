//! The audit log as a page.

use askama::Template;

use super::{Chrome, Link};

/// A page of the log, newest first.
#[derive(Debug, Template)]
#[template(path = "audit.html")]
pub struct AuditPage {
    /// The frame.
    pub chrome: Chrome,
    /// Whose log it is, as a sentence.
    pub headline: String,
    /// Where one came from.
    pub back: Link,
    /// The entries.
    pub rows: Vec<AuditRow>,
    /// The page before this one in time; `None` on the oldest.
    pub older: Option<String>,
    /// The newest page; `None` on it.
    pub newest: Option<String>,
    /// The same as a file.
    pub file: String,
}

/// One act.
#[derive(Debug, Clone)]
pub struct AuditRow {
    /// When, with the zone.
    pub at: String,
    /// A name, a program, or a part of this one.
    pub who: String,
    /// What was done.
    pub act: String,
    /// The identifier of what it was done to.
    pub object: String,
}
