//! The end of a partnership and after: a side proposes to delete everything; and the page of a partnership whose results nobody
//! reads any more.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, ServiceConfig};
use actix_web::{HttpResponse, post};
use chrono::{DateTime, Utc};

use super::acts::{back, speaker_on_the_shelf};
use super::view::ending::GonePage;
use crate::domain::ids::PartnershipId;
use crate::store::access::{self, Seat, Viewer};
use crate::store::{Conn, StoreError};
use crate::web::State;
use crate::web::auth::{Posted, Visitor};
use crate::web::error::{PageError, html_with};
use crate::web::present::acts::Waiting;
use crate::web::present::{self, Reader};
use crate::workflow::endings;

/// Adds the route.
pub fn routes(config: &mut ServiceConfig) {
    config.service(delete);
}

/// Proposes to delete everything. Asks once more: what is deleted cannot be brought back.
#[post("/partnerships/{id}/delete")]
async fn delete(state: Data<State>, id: Path<String>, posted: Posted) -> Result<HttpResponse, PageError> {
    let id: PartnershipId = id.parse().map_err(|_| PageError::NotFound)?;
    let speaker = speaker_on_the_shelf(&state, &posted.visitor, id).await?;
    if !posted.fields.has("sure") {
        return Err(PageError::Input(
            "Deleting is for good. Go back and confirm it, if you are sure.".to_owned(),
        ));
    }
    let asked = (None, posted.fields.get("reason"));
    endings::remove_partnership(&state.ctx, speaker, false, id, asked, state.now()).await?;
    Ok(back(&format!("/partnerships/{id}"), "proposed"))
}

/// The page of a partnership whose results were readable once, for whoever had a seat in it; nothing for anybody else.
pub(super) async fn gone(
    state: &State,
    visitor: &Visitor,
    id: PartnershipId,
) -> Result<HttpResponse, PageError> {
    let (viewer, now) = (visitor.viewer.clone(), state.now());
    let read = state.ctx.store.read(move |conn| material(conn, &viewer, id, now)).await?;
    let (seat, waiting) = read.ok_or(PageError::NotFound)?;
    let reader = Reader::new(&visitor.viewer.person, now);
    let day = |at: Option<DateTime<Utc>>| at.map(|at| reader.day(at)).unwrap_or_default();
    let partnership = &seat.partnership;
    let page = GonePage {
        chrome: visitor.chrome(state, &partnership.name, "/partnerships"),
        name: partnership.name.clone(),
        sentence: format!(
            "{} ended on {}. Its scorecards could be read and exported until {}; nobody reads them any more, on any side. \
             What is kept of it is deleted when every side agrees.",
            partnership.name,
            day(partnership.ended_at.map(|at| at.and_utc())),
            day(partnership.readable_until()),
        ),
        proposals: present::acts::proposals(&waiting, &seat, &visitor.actor(), &reader),
        delete: present::ending::delete(&seat, &waiting),
    };
    html_with(StatusCode::GONE, &page)
}

fn material(
    conn: &mut Conn,
    viewer: &Viewer,
    id: PartnershipId,
    now: DateTime<Utc>,
) -> Result<Option<(Seat, Vec<Waiting>)>, StoreError> {
    let Some(seat) = access::seat_on_the_shelf(conn, viewer, id)? else { return Ok(None) };
    let waiting = present::acts::waiting(conn, &seat, None, now)?;
    Ok(Some((seat, waiting)))
}
