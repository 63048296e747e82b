//! The demo's doors: the mailbox and the time machine. They do not exist outside the demo.

use actix_web::web::ServiceConfig;

/// Adds the routes of this page.
pub fn routes(_config: &mut ServiceConfig) {}
