//! The portfolio, `/`: everything the visitor has a seat in.

use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, get};

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
async fn show(state: Data<State>, request: HttpRequest, visitor: Visitor) -> Result<HttpResponse, PageError> {
    let viewer = visitor.viewer.clone();
    let entries = state.ctx.store.read(move |conn| portfolio::load(conn, &viewer)).await?;
    let reader = Reader::new(&visitor.viewer.person, state.now());
    let mut chrome = visitor.chrome(&state, "Portfolio", "/");
    chrome.flash = super::flash::done(&request, &super::acts::DONE);
    html(&present::portfolio::page(entries, chrome, &reader, visitor.viewer.person.administrator))
}
