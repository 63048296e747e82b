//! The pages: one file per screen, which reads or calls a workflow and fills a view struct.

mod acceptance;
pub mod action;
pub mod acts;
pub mod admin;
pub mod answer;
pub mod audit;
pub mod cycle;
pub mod demo;
mod ending;
mod export;
pub mod flash;
mod links;
pub mod partnership;
pub mod portfolio;
pub mod preferences;
pub mod review;
pub mod review_calendar;
mod roles;
pub mod sessions;
pub mod setup;
pub mod sign_in;
mod terms;
#[cfg(test)]
mod test_acts;
#[cfg(test)]
mod test_admin;
#[cfg(test)]
mod test_headers;
#[cfg(test)]
pub(in crate::web) mod test_house;
#[cfg(test)]
mod test_review;
#[cfg(test)]
mod test_roles;
mod tokens;
pub mod view;
pub mod voices;

use actix_web::web::{self, ServiceConfig};

use super::methods;

/// Adds the routes of all pages, and the answer to what none of them takes.
pub fn routes(config: &mut ServiceConfig) {
    sign_in::routes(config);
    sessions::routes(config);
    portfolio::routes(config);
    partnership::routes(config);
    cycle::routes(config);
    review::routes(config);
    review_calendar::routes(config);
    voices::routes(config);
    acts::routes(config);
    links::routes(config);
    terms::routes(config);
    roles::routes(config);
    ending::routes(config);
    export::routes(config);
    acceptance::routes(config);
    answer::routes(config);
    action::routes(config);
    preferences::routes(config);
    setup::routes(config);
    admin::routes(config);
    audit::routes(config);
    tokens::routes(config);
    config.default_service(web::route().to(methods::refuse));
}
