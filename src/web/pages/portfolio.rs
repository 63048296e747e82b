//! The portfolio, `/`: everything the visitor has a seat in; and the same as a table, `/portfolio.csv`.

use actix_web::http::header::{ContentDisposition, DispositionParam, DispositionType};
use actix_web::web::{Data, ServiceConfig, block};
use actix_web::{HttpRequest, HttpResponse, get};

use crate::store::{Conn, revisions};
use crate::web::State;
use crate::web::api::{flat, portfolio_table};
use crate::web::auth::Visitor;
use crate::web::error::{HTML, PageError, text};
use crate::web::present::portfolio::Choice;
use crate::web::present::row::Line;
use crate::web::present::{self, Reader};
use crate::web::rendered::Kept;
use crate::workflow::standing::in_order;
use crate::workflow::version_of;

/// Adds the routes of this page.
pub fn routes(config: &mut ServiceConfig) {
    config.service(show).service(table);
}

#[get("/")]
async fn show(state: Data<State>, request: HttpRequest, visitor: Visitor) -> Result<HttpResponse, PageError> {
    let key = key_of(&state, &request, &visitor).await?;
    Ok(state.rendered.or_made(&key, made(&state, &request, &visitor)).await?.page())
}

async fn made(state: &State, request: &HttpRequest, visitor: &Visitor) -> Result<Kept, PageError> {
    let reader = Reader::new(&visitor.viewer.person, state.now());
    let mut chrome = visitor.chrome(state, "Portfolio", "/");
    chrome.flash = super::flash::done(request, &super::acts::DONE);
    let choice = Choice::read(request.query_string());
    let administers = visitor.viewer.person.administrator;
    let lines = lines(state, visitor).await?;
    // Of hundreds of partnerships this takes long enough to hold up other requests.
    let steps = state.demo.as_ref().and_then(|doors| doors.steps.get()).cloned().unwrap_or_default();
    let rendered = block(move || {
        let mut page = present::portfolio::page(lines, &choice, chrome, &reader, administers);
        page.steps = steps;
        text(&page)
    });
    let body = rendered.await.map_err(|_| PageError::Busy)??;
    Ok(Kept::new(String::new(), HTML, body))
}

/// What the page rests on: whose it is, what was asked for, when, and what stands about all that they see.
async fn key_of(state: &State, request: &HttpRequest, visitor: &Visitor) -> Result<String, PageError> {
    let viewer = visitor.viewer.clone();
    let together = state.ctx.store.look(move |conn| revisions::of_viewer(conn, &viewer)).await?;
    // Ages and days change with the clock, and the first steps come once the demo is filled.
    let minute = state.now().timestamp().div_euclid(60);
    let steps = state.demo.as_ref().is_some_and(|doors| doors.steps.get().is_some());
    let whose = version_of(&(visitor, steps));
    Ok(format!("page {whose} {minute} {together:?} {}", request.uri()))
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
    let (viewer, standings, now) = (visitor.viewer.clone(), state.ctx.standings.clone(), state.now());
    let read = move |conn: &mut Conn| Ok(in_order(standings.of_viewer(conn, &viewer)?, now));
    state.ctx.store.read(read).await
}
