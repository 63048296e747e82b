//! What is tried and asked once more from the set-up: the survey letter to oneself, and a nudge to the sides.

use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, post};

use super::partnership::House;
use super::{done, id};
use crate::domain::ids::CadenceId;
use crate::web::State;
use crate::web::auth::Posted;
use crate::web::error::PageError;
use crate::workflow::{acceptance, trial};

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(test).service(nudge);
}

/// Sends the survey letter to whoever asks for it, marked as a test.
#[post("/setup/partnerships/{id}/cadences/{cadence}/test")]
async fn test(state: Data<State>, request: HttpRequest, posted: Posted) -> Result<HttpResponse, PageError> {
    let Posted { visitor, .. } = posted.by_administrator()?;
    let cadence: CadenceId = id(&request, "cadence")?;
    let house = House::of(&state, &request, &visitor).await?;
    trial::send(&state.ctx, house.partnership.id, cadence, visitor.viewer.person.id, state.now()).await?;
    state.worker.nudge();
    Ok(done(&house.base(), "test-sent"))
}

/// Asks the sides that have not answered a proposal once more.
#[post("/setup/partnerships/{id}/nudge")]
async fn nudge(state: Data<State>, request: HttpRequest, posted: Posted) -> Result<HttpResponse, PageError> {
    let Posted { visitor, .. } = posted.by_administrator()?;
    let house = House::of(&state, &request, &visitor).await?;
    let Some((proposal, _)) = &house.asked else {
        return Err(PageError::State(
            "Nothing was proposed here yet, so that nobody can be nudged.".to_owned(),
        ));
    };
    acceptance::nudge(&state.ctx, house.speaker(&visitor), proposal.id, state.now()).await?;
    state.worker.nudge();
    Ok(done(&house.base(), "nudged"))
}
