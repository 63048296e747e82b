//! A manager changes who sees what from the next check on: stricter at once, looser by a proposal to every side.

use actix_web::web::{Data, Path, ServiceConfig};
use actix_web::{HttpResponse, post};

use super::acts::{back, speaker};
use crate::domain::ids::{CadenceId, PartnershipId};
use crate::store::cadences;
use crate::web::State;
use crate::web::auth::Posted;
use crate::web::error::PageError;
use crate::workflow::proposals::Proposed;
use crate::workflow::set_up::{self, CadenceInput};

/// Adds the route.
pub fn routes(config: &mut ServiceConfig) {
    config.service(change);
}

#[post("/partnerships/{id}/cadences/{cadence}/terms")]
async fn change(
    state: Data<State>,
    path: Path<(String, String)>,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let id: PartnershipId = path.0.parse().map_err(|_| PageError::NotFound)?;
    let wanted: CadenceId = path.1.parse().map_err(|_| PageError::NotFound)?;
    let speaker = speaker(&state, &posted.visitor, id).await?;
    let known = state.ctx.store.read(move |conn| cadences::of_partnership(conn, id)).await?;
    let cadence = known.into_iter().find(|own| own.id == wanted).ok_or(PageError::NotFound)?;
    let fields = &posted.fields;
    let mode = fields.get("mode").parse().map_err(|e| PageError::Input(format!("{e}")))?;
    let floor_k = match fields.get("floor_k").trim() {
        "" => None,
        _ if !crate::domain::mode::Mode::has_floor(mode) => None,
        text => Some(text.parse().map_err(|_| {
            PageError::Input("The fewest answers a side are a whole number from 3 to 10.".to_owned())
        })?),
    };
    let keep_months = match fields.get("keep_months").trim() {
        "" => None,
        text => Some(text.parse().map_err(|_| {
            PageError::Input("The months until comments go are a whole number from 1 to 120.".to_owned())
        })?),
    };
    let input = CadenceInput {
        instrument_id: cadence.instrument_id,
        rule: cadence.rule,
        mode,
        floor_k,
        active: cadence.active,
        comments: Some(fields.has("comments")),
        keep_months,
    };
    let done =
        set_up::change_cadence(&state.ctx, speaker, id, input, fields.get("reason"), state.now()).await?;
    let word = if done == Proposed::Done { "stricter" } else { "proposed" };
    Ok(back(&format!("/partnerships/{id}"), word))
}
