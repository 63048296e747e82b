//! The review as an entry for the reader's calendar, `/cycles/{id}/review.ics`: the day until which it is due.
//!
//! Law: the same review has the same identifier for ever, so that a second download moves the entry and adds none; the file
//! holds no figure and no flag.

use actix_web::http::header;
use actix_web::web::{Data, Path, ServiceConfig};
use actix_web::{HttpResponse, get};
use icalendar::{Calendar, Component as _, Event, EventLike as _};

use super::review::agenda;
use crate::domain::ids::CycleId;
use crate::web::State;
use crate::web::auth::Visitor;
use crate::web::error::PageError;
use crate::web::present::agenda::Agenda;
use crate::web::present::review::address;

/// Adds the route.
pub fn routes(config: &mut ServiceConfig) {
    config.service(show);
}

#[get("/cycles/{id}/review.ics")]
async fn show(state: Data<State>, visitor: Visitor, id: Path<String>) -> Result<HttpResponse, PageError> {
    let id: CycleId = id.parse().map_err(|_| PageError::NotFound)?;
    let (viewer, now) = (visitor.viewer.clone(), state.now());
    let read = state.ctx.store.read(move |conn| agenda(conn, &viewer, id, now)).await?;
    let agenda = read.ok_or(PageError::NotFound)?;
    let page = state.ctx.settings.link(&address(id));
    Ok(HttpResponse::Ok()
        .content_type("text/calendar; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"review.ics\""))
        .body(entry(&agenda, &page)))
}

fn entry(agenda: &Agenda, page: &str) -> String {
    let due = agenda.review.due_on;
    // A line of the file ends where a name had a line break, if one ever got in.
    let name = agenda.seat.partnership.name.replace(char::is_control, " ");
    let mut event = Event::new();
    event
        .uid(&format!("review-{}@evenkeel", agenda.cycle.id))
        .summary(&format!("Review of {name}, {}", agenda.cycle.period))
        .description(&format!(
            "Until this day the review is due. The agenda, the flags and their answers: {page}"
        ))
        .url(page)
        .timestamp(agenda.cycle.closed_at.unwrap_or(agenda.cycle.closes_at).and_utc())
        .starts(due);
    // The end of a whole day is the day after.
    if let Some(next) = due.succ_opt() {
        event.ends(next);
    }
    Calendar::new().push(event.done()).done().to_string()
}
