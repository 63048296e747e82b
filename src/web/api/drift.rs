//! Drift of a partnership: what its newest scorecard found, and nothing finer than it publishes.

use std::collections::BTreeMap;

use actix_web::get;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answer::{Answer, fresh};
use super::call::Call;
use super::card::{self, InstrumentVersion, Scorecard};
use super::problem::{ApiError, Problem, ReadProblems};
use crate::domain::access_token::{Binding, Scope};
use crate::domain::ids::{CycleId, PartnershipId};
use crate::store::{Conn, StoreError, reach, scorecards};
use crate::web::present::History;

/// Drift of every indicator and overall, by the newest scorecard.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PartnershipDrift {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The cycle of the newest scorecard.
    pub cycle_id: CycleId,
    /// Its period.
    pub period: String,
    /// What was asked.
    pub instrument: InstrumentVersion,
    /// When it closed.
    pub closed_at: DateTime<Utc>,
    /// Of the overall score.
    pub overall: card::Drift,
    /// Of the indicators by their identifiers.
    pub indicators: BTreeMap<String, card::Drift>,
}

impl From<Scorecard> for PartnershipDrift {
    fn from(card: Scorecard) -> Self {
        Self {
            partnership_id: card.partnership_id,
            cycle_id: card.cycle_id,
            period: card.period,
            instrument: card.instrument,
            closed_at: card.closed_at,
            overall: card.overall.drift,
            indicators: card.indicators.into_iter().map(|(id, cell)| (id, cell.drift)).collect(),
        }
    }
}

/// Of which instrument.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct Of {
    /// The instrument; that of the newest scorecard when left out.
    pub instrument: Option<String>,
}

/// Shows what the newest scorecard says about drift; its fields are null where it was not tested or is not shown.
#[utoipa::path(tag = "scorecards", params(("id" = PartnershipId, Path), Of), security(("bearer" = ["scorecards:read"])),
    responses((status = 200, description = "Drift.", body = PartnershipDrift, headers(("ETag" = String))),
        (status = 304, description = "Unchanged."),
        (status = 409, description = "No cycle has closed yet.", body = Problem, content_type = "application/problem+json"),
        ReadProblems))]
#[get("/partnerships/{id}/drift")]
pub async fn get_drift(call: Call) -> Answer {
    call.may(Scope::ScorecardsRead)?;
    let (id, binding): (PartnershipId, _) = (call.id("id")?, call.caller.binding);
    let Of { instrument } = call.query()?;
    let read = call.state.ctx.store.read(move |conn| newest(conn, binding, id, instrument.as_deref()));
    let (history, others) = read.await?.ok_or(ApiError::NotFound)?;
    let Some(check) = history.latest() else {
        return Err(match others.as_slice() {
            [] => ApiError::State("No cycle of this partnership has closed yet.".to_owned()),
            others => ApiError::field("instrument", not_of(others)),
        });
    };
    Ok(fresh(&call.request, &PartnershipDrift::from(Scorecard::new(check, history.previous()))))
}

fn not_of(others: &[String]) -> String {
    format!("No cycle of it has closed in this partnership; there are scorecards of {}.", others.join(", "))
}

/// The newest check and the one before it; where there is none, the instruments of which there are some.
fn newest(
    conn: &mut Conn,
    binding: Binding,
    id: PartnershipId,
    instrument: Option<&str>,
) -> Result<Option<(History, Vec<String>)>, StoreError> {
    let Some(seat) = reach::seat(conn, binding, id)? else { return Ok(None) };
    let mut cards = scorecards::backwards(conn, id, instrument, None, 1)?;
    let mut others = Vec::new();
    if let Some(newest) = cards.first() {
        let before = scorecards::backwards(conn, id, Some(&newest.instrument.id), Some(newest), 1)?;
        cards.splice(0..0, before);
    } else if instrument.is_some() {
        others = scorecards::instruments_of(conn, id)?;
    }
    Ok(Some((History::new(&cards, seat.own_side()), others)))
}
