//! The table of routes: what is where.

use actix_web::web::ServiceConfig;

use super::{State, api, assets, charts, health, metrics, pages};

/// Adds every route. The demo's doors exist only in the demo.
pub fn configure(state: &State, config: &mut ServiceConfig) {
    config.service(health::livez).service(health::readyz).service(metrics::metrics).service(assets::asset);
    api::routes(config);
    charts::routes(config);
    pages::routes(config);
    if state.is_demo() {
        pages::demo::routes(config);
    }
}
