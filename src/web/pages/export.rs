//! Everything that a reader may see of a partnership, as a file: the same as the REST interface gives.

use actix_web::web::{Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, get};

use crate::domain::ids::PartnershipId;
use crate::store::{Conn, StoreError, access};
use crate::web::State;
use crate::web::api::whole;
use crate::web::auth::Visitor;
use crate::web::error::PageError;

/// Adds the route.
pub fn routes(config: &mut ServiceConfig) {
    config.service(export);
}

#[get("/partnerships/{id}/export.{format}")]
async fn export(
    state: Data<State>,
    request: HttpRequest,
    visitor: Visitor,
    place: Path<(String, String)>,
) -> Result<HttpResponse, PageError> {
    let id: PartnershipId = place.0.parse().map_err(|_| PageError::NotFound)?;
    let table = whole::table(&place.1).ok_or(PageError::NotFound)?;
    let viewer = visitor.viewer.clone();
    let read = move |conn: &mut Conn| -> Result<_, StoreError> {
        let Some(seat) = access::seat(conn, &viewer, id)? else { return Ok(None) };
        whole::whole(conn, &seat).map(Some)
    };
    let found = state.ctx.store.read(read).await?.ok_or(PageError::NotFound)?;
    whole::file(&request, &found, table).map_err(|_| PageError::Broken)
}
