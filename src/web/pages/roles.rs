//! Who manages a side: a manager hands over, an administrator appoints where there is none.

use actix_web::http::header;
use actix_web::web::{Data, Path, ServiceConfig};
use actix_web::{HttpResponse, post};

use super::acts::{back, speaker};
use crate::domain::ids::{MemberId, PartnershipId, SideId};
use crate::web::State;
use crate::web::auth::Posted;
use crate::web::error::PageError;
use crate::web::guard::Fields;
use crate::workflow::succession;

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(hand_over).service(appoint);
}

fn chosen(fields: &Fields) -> Result<MemberId, PageError> {
    let unread = |_| PageError::Input("Choose a person from the list.".to_owned());
    fields.get("member").parse().map_err(unread)
}

/// Hands the management of the own side over.
#[post("/partnerships/{id}/handover")]
async fn hand_over(state: Data<State>, id: Path<String>, posted: Posted) -> Result<HttpResponse, PageError> {
    let id: PartnershipId = id.parse().map_err(|_| PageError::NotFound)?;
    let speaker = speaker(&state, &posted.visitor, id).await?;
    let (to, stays) = (chosen(&posted.fields)?, posted.fields.has("stay"));
    succession::hand_over(&state.ctx, speaker, id, (to, stays), state.now()).await?;
    if stays {
        return Ok(back(&format!("/partnerships/{id}"), "handed-over"));
    }
    // Whoever handed over may see the partnership no more.
    Ok(back("/", "handed-over"))
}

/// Appoints the manager of a side that has none.
#[post("/admin/sides/{id}/manager")]
async fn appoint(state: Data<State>, id: Path<String>, posted: Posted) -> Result<HttpResponse, PageError> {
    let Posted { visitor, fields } = posted.by_administrator()?;
    let side: SideId = id.parse().map_err(|_| PageError::NotFound)?;
    succession::appoint(&state.ctx, &visitor.actor(), side, chosen(&fields)?, state.now()).await?;
    state.worker.nudge();
    Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, "/admin?done=appointed")).finish())
}
