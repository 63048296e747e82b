//! Proposals: acts that wait for the other sides. Only a token that speaks for one side approves or declines.

use actix_web::{HttpResponse, get, post};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answer::{Answer, Page, Seek, Waiting, fresh, page, waiting};
use super::call::Call;
use super::cycles::{Reason, speaker};
use super::problem::{ApiError, ReadProblems, WriteProblems};
use crate::domain::access_token::Scope;
use crate::domain::ids::{PartnershipId, ProposalId, SideId};
use crate::domain::proposal::{Act, ProposalState, SideAnswer};
use crate::store::access::Seat;
use crate::store::proposals::{self as store, Proposal as Row};
use crate::store::{Conn, StoreError, partnerships, reach};
use crate::workflow::proposals::{Deed, Proposed, answer, propose, sentence, withdraw};

/// What a side answered to a proposal.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProposalAnswer {
    /// The side.
    pub side: SideId,
    /// Yes or no.
    pub answer: SideAnswer,
    /// Why; may be empty.
    pub reason: String,
    /// When.
    pub answered_at: DateTime<Utc>,
}

/// An act that needs every side.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Proposal {
    /// Identifier.
    pub id: ProposalId,
    /// The partnership whose sides decide.
    pub partnership_id: PartnershipId,
    /// What is done with the last yes.
    pub act: Act,
    /// To what: a cycle, a cadence or the partnership.
    pub subject: uuid::Uuid,
    /// The act in one sentence.
    #[schema(example = "Close 2026-Q4 now instead of at its time.")]
    pub sentence: String,
    /// Where it stands.
    pub state: ProposalState,
    /// The side that proposed and so has agreed; null when it was proposed for no side.
    pub proposed_side: Option<SideId>,
    /// Why it was proposed; may be empty.
    pub reason: String,
    /// The answers so far, in the order in which they came.
    pub answers: Vec<ProposalAnswer>,
    /// The sides whose yes is still needed; empty once it is decided.
    pub waiting_for: Vec<SideId>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it expires unless every side has answered.
    pub expires_at: DateTime<Utc>,
    /// When it was decided.
    pub decided_at: Option<DateTime<Utc>>,
}

impl Proposal {
    fn load(conn: &mut Conn, row: &Row, now: DateTime<Utc>) -> Result<Self, StoreError> {
        let answers = store::answers(conn, &[row.id])?;
        let sides = partnerships::sides(conn, row.partnership_id)?.into_iter().map(|s| s.id).collect();
        let life = row.life(sides, &answers);
        let state = life.state_at(now);
        Ok(Self {
            id: row.id,
            partnership_id: row.partnership_id,
            act: row.act,
            subject: row.subject.parse().map_err(|e| StoreError::unreadable("a proposal", e))?,
            sentence: sentence(conn, row)?,
            state,
            proposed_side: row.proposed_side,
            reason: row.reason.clone(),
            waiting_for: if state == ProposalState::Open { life.waiting_for() } else { Vec::new() },
            answers: answers
                .into_iter()
                .map(|own| ProposalAnswer {
                    side: own.side_id,
                    answer: own.answer,
                    reason: own.reason,
                    answered_at: own.answered_at.and_utc(),
                })
                .collect(),
            created_at: row.created_at.and_utc(),
            expires_at: row.expires_at.and_utc(),
            decided_at: row.decided_at.map(|t| t.and_utc()),
        })
    }
}

/// Which proposals are listed.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct ProposalQuery {
    /// Only those in this state now.
    pub state: Option<ProposalState>,
    /// Begin after the proposal with this identifier.
    #[param(value_type = Option<uuid::Uuid>)]
    pub after: Option<String>,
    /// Entries of the page, 1 to 200; 50 when left out.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 200)]
    pub limit: Option<String>,
}

/// Lists the proposals of the partnerships that the token reaches, in the order in which they were made.
#[utoipa::path(tag = "proposals", params(ProposalQuery), security(("bearer" = ["cycles:read"])),
    responses((status = 200, description = "A page of proposals.", body = Page<Proposal>, headers(("ETag" = String))),
        (status = 304, description = "Unchanged."), ReadProblems))]
#[get("/proposals")]
pub async fn list_proposals(call: Call) -> Answer {
    call.may(Scope::CyclesRead)?;
    let query: ProposalQuery = call.query()?;
    let seek = Seek { after: query.after, limit: query.limit };
    let (after, limit, binding, state) = (seek.after()?, seek.limit()?, call.caller.binding, query.state);
    let now = call.state.now();
    let read = move |conn: &mut Conn| {
        let rows = store::list(conn, binding, state.map(|own| (own, now)), after, limit + 1)?;
        rows.iter().map(|row| Proposal::load(conn, row, now)).collect::<Result<Vec<_>, StoreError>>()
    };
    let items = call.state.ctx.store.read(read).await?;
    Ok(page(&call.request, items, limit, |own| own.id.to_string()))
}

/// Shows a proposal with the answers so far.
#[utoipa::path(tag = "proposals", params(("id" = ProposalId, Path)), security(("bearer" = ["cycles:read"])),
    responses((status = 200, description = "The proposal.", body = Proposal, headers(("ETag" = String))),
        (status = 304, description = "Unchanged."), ReadProblems))]
#[get("/proposals/{id:[^/:]+}")]
pub async fn get_proposal(call: Call) -> Answer {
    call.may(Scope::CyclesRead)?;
    shown(&call, call.id("id")?).await
}

/// Says yes for the side that the token is bound to; the last yes does the act.
#[utoipa::path(tag = "proposals", params(("id" = ProposalId, Path)), request_body = Option<Reason>,
    security(("bearer" = ["cycles:write"])),
    responses((status = 200, description = "Answered.", body = Proposal, headers(("ETag" = String))),
        (status = 204, description = "Every side has agreed to a deletion: it is done, and the proposal went with it."), WriteProblems))]
#[post("/proposals/{id:[^/:]+}:approve")]
pub async fn approve_proposal(call: Call) -> Answer {
    answered(call, SideAnswer::Approved).await
}

/// Says no for the side that the token is bound to, which ends the proposal.
#[utoipa::path(tag = "proposals", params(("id" = ProposalId, Path)), request_body = Option<Reason>,
    security(("bearer" = ["cycles:write"])),
    responses((status = 200, description = "Answered.", body = Proposal, headers(("ETag" = String))), WriteProblems))]
#[post("/proposals/{id:[^/:]+}:decline")]
pub async fn decline_proposal(call: Call) -> Answer {
    answered(call, SideAnswer::Declined).await
}

/// Takes a proposal back: for the side that made it, or by the very token that made it for no side.
#[utoipa::path(tag = "proposals", params(("id" = ProposalId, Path)), security(("bearer" = ["cycles:write"])),
    responses((status = 200, description = "Withdrawn.", body = Proposal, headers(("ETag" = String))), WriteProblems))]
#[post("/proposals/{id:[^/:]+}:withdraw")]
pub async fn withdraw_proposal(call: Call) -> Answer {
    call.may(Scope::CyclesWrite)?;
    let id = call.id("id")?;
    let (row, seat) = find(&call, id).await?;
    let speaker = speaker(&call, &seat);
    let its_side = row.proposed_side.is_some() && row.proposed_side == speaker.side;
    if !its_side && row.proposed_by != speaker.actor {
        return Err(ApiError::BindingTooNarrow(
            "Only the side that made this proposal can withdraw it; this token does not speak for that side.",
        ));
    }
    withdraw(&call.state.ctx, speaker, id, call.state.now()).await?;
    shown(&call, id).await
}

/// Proposes a drafted partnership to its sides; it begins with the last yes.
#[utoipa::path(tag = "partnerships", params(("id" = PartnershipId, Path)), request_body = Option<Reason>,
    security(("bearer" = ["partnerships:write"])),
    responses((status = 202, description = "It waits for the other sides.", body = Waiting, headers(("Location" = String))),
        WriteProblems))]
#[post("/partnerships/{id:[^/:]+}:propose")]
pub async fn propose_partnership(call: Call) -> Answer {
    call.may(Scope::PartnershipsWrite)?;
    in_partnership(call, Deed::StartPartnership).await
}

/// Proposes to start drift afresh: the next cycle that closes, and those after it, are compared only with each other.
#[utoipa::path(tag = "partnerships", params(("id" = PartnershipId, Path)), request_body = Option<Reason>,
    security(("bearer" = ["cycles:write"])),
    responses((status = 202, description = "It waits for the other sides.", body = Waiting, headers(("Location" = String))),
        WriteProblems))]
#[post("/partnerships/{id:[^/:]+}:rebaseline")]
pub async fn rebaseline_partnership(call: Call) -> Answer {
    call.may(Scope::CyclesWrite)?;
    in_partnership(call, Deed::Rebaseline).await
}

async fn in_partnership(mut call: Call, deed: Deed) -> Answer {
    let (id, binding): (PartnershipId, _) = (call.id("id")?, call.caller.binding);
    let seat = call.state.ctx.store.read(move |conn| reach::seat(conn, binding, id)).await?;
    let seat = seat.ok_or(ApiError::NotFound)?;
    let Reason { reason } = call.json_or_nothing().await?;
    let (speaker, now) = (speaker(&call, &seat), call.state.now());
    match propose(&call.state.ctx, speaker, id, deed, &reason, now).await? {
        Proposed::Waits(id) => Ok(waiting(id)),
        Proposed::Done => Err(ApiError::Broken),
    }
}

async fn answered(mut call: Call, given: SideAnswer) -> Answer {
    call.may(Scope::CyclesWrite)?;
    let id = call.id("id")?;
    let (row, seat) = find(&call, id).await?;
    let speaker = speaker(&call, &seat);
    if speaker.side.is_none() {
        return Err(ApiError::BindingTooNarrow(
            "A proposal is answered for a side: use a token that is bound to one side, or to an organisation with one \
             side in this partnership.",
        ));
    }
    let Reason { reason } = call.json_or_nothing().await?;
    let state = answer(&call.state.ctx, speaker, id, given, &reason, call.state.now()).await?;
    if (row.act, state) == (Act::DeletePartnership, ProposalState::Approved) {
        // The proposal went with the partnership.
        return Ok(HttpResponse::NoContent().finish());
    }
    shown(&call, id).await
}

pub(super) async fn shown(call: &Call, id: ProposalId) -> Answer {
    let (row, _) = find(call, id).await?;
    let now = call.state.now();
    let body = call.state.ctx.store.read(move |conn| Proposal::load(conn, &row, now)).await?;
    Ok(fresh(&call.request, &body))
}

/// The proposal within what the token reaches.
pub(super) async fn find(call: &Call, id: ProposalId) -> Result<(Row, Seat), ApiError> {
    let binding = call.caller.binding;
    let read = move |conn: &mut Conn| {
        let Some(row) = store::find(conn, id)? else { return Ok(None) };
        let seat = reach::seat_on_the_shelf(conn, binding, row.partnership_id)?;
        Ok::<_, StoreError>(seat.map(|seat| (row, seat)))
    };
    call.state.ctx.store.read(read).await?.ok_or(ApiError::NotFound)
}
