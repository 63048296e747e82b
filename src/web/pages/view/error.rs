//! Every refusal and failure as a page: what failed, with which input, and the way out.

use askama::Template;

use super::{Chrome, Link};

/// The page of an HTTP error.
#[derive(Debug, Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    /// The frame.
    pub chrome: Chrome,
    /// The status, such as 404.
    pub status: u16,
    /// What failed, one sentence.
    pub headline: String,
    /// With which input, and why.
    pub detail: String,
    /// Ways out; the first is the button.
    pub ways_out: Vec<Link>,
    /// The number of the request, for whoever reads the log.
    pub request_id: Option<String>,
}
