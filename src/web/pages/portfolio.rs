//! The portfolio, `/`: everything the visitor has a seat in; and the same as a table, `/portfolio.csv`.

use actix_web::http::header::{ContentDisposition, DispositionParam, DispositionType};
use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, get};

use crate::store::portfolio;
use crate::web::State;
use crate::web::api::{flat, portfolio_table};
use crate::web::auth::Visitor;
use crate::web::error::{PageError, html};
use crate::web::present::portfolio::Choice;
use crate::web::present::row::Line;
use crate::web::present::{self, Reader};
use crate::workflow::standing::in_order;

/// Adds the routes of this page.
pub fn routes(config: &mut ServiceConfig) {
    config.service(show).service(table);
}

#[get("/")]
async fn show(state: Data<State>, request: HttpRequest, visitor: Visitor) -> Result<HttpResponse, PageError> {
    let lines = lines(&state, &visitor).await?;
    let reader = Reader::new(&visitor.viewer.person, state.now());
    let mut chrome = visitor.chrome(&state, "Portfolio", "/");
    chrome.flash = super::flash::done(&request, &super::acts::DONE);
    let choice = Choice::read(request.query_string());
    let administers = visitor.viewer.person.administrator;
    let mut page = present::portfolio::page(lines, &choice, chrome, &reader, administers);
    page.steps = state.demo.as_ref().and_then(|doors| doors.steps.get()).cloned().unwrap_or_default();
    html(&page)
}

#[get("/portfolio.csv")]
async fn table(
    state: Data<State>,
    request: HttpRequest,
    visitor: Visitor,
) -> Result<HttpResponse, PageError> {
    let now = state.now();
    let chosen = Choice::read(request.query_string()).apply(lines(&state, &visitor).await?, now);
    let name = DispositionParam::Filename(format!("portfolio-{}.csv", now.format("%Y-%m-%d")));
    let attached = ContentDisposition { disposition: DispositionType::Attachment, parameters: vec![name] };
    // Spreadsheets take a file without this mark for one of an older alphabet.
    let mut file = "\u{feff}".as_bytes().to_vec();
    file.extend(flat::csv(portfolio_table::rows(&chosen, now)));
    Ok(HttpResponse::Ok().content_type("text/csv; charset=utf-8").insert_header(attached).body(file))
}

/// Everything the visitor has a seat in, who needs them first.
async fn lines(state: &State, visitor: &Visitor) -> Result<Vec<Line>, PageError> {
    let (viewer, known) = (visitor.viewer.clone(), state.ctx.standings.clone());
    let read = state.ctx.store.read(move |conn| {
        portfolio::load(conn, &viewer, |seat, stamp, flags| known.known(seat, stamp, flags))
    });
    Ok(in_order(read.await?, &state.ctx.standings, state.now()))
}
