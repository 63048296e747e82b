//! The portfolio, `/`: everything the visitor has a seat in.

use actix_web::HttpResponse;
use actix_web::get;
use actix_web::web::{Data, ServiceConfig};

use crate::store::portfolio;
use crate::web::State;
use crate::web::auth::Visitor;
use crate::web::error::{PageError, html};
use crate::web::present::{self, Reader};

/// Adds the routes of this page.
pub fn routes(config: &mut ServiceConfig) {
    config.service(show);
}

#[get("/")]
async fn show(state: Data<State>, visitor: Visitor) -> Result<HttpResponse, PageError> {
    let viewer = visitor.viewer.clone();
    let entries = state.ctx.store.read(move |conn| portfolio::load(conn, &viewer)).await?;
    let reader = Reader::new(&visitor.viewer.person, state.now());
    let chrome = visitor.chrome(&state, "Portfolio", "/");
    html(&present::portfolio::page(entries, chrome, &reader, visitor.viewer.person.administrator))
}
