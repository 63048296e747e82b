//! To be filled: the portfolio page.

use actix_web::web::ServiceConfig;

/// Adds the routes of this page.
pub fn routes(_config: &mut ServiceConfig) {}
