//! The trust sheet of a partnership, and what can be done while a proposal waits: a nudge, a question.

use actix_web::{get, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{Answer, fresh};
use super::call::Call;
use super::cycles::speaker;
use super::partnerships::seat;
use super::problem::{ApiError, ReadProblems, WriteProblems};
use super::proposals::{self, Proposal};
use crate::domain::access_token::Scope;
use crate::domain::ids::{PartnershipId, ProposalId};
use crate::workflow::{acceptance, trust};

/// One part of a trust sheet.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TrustSection {
    /// The heading.
    #[schema(example = "Who hosts it")]
    pub title: String,
    /// Sentences.
    pub lines: Vec<String>,
}

/// What the sides of a partnership can rely on, the same for each, from the settings as they are now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TrustSheet {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// Who runs the server.
    pub operator: String,
    /// Where it is found.
    pub public_url: String,
    /// Who hosts, what is asked, the mode, in how many cycles of ten it will show each side's figures at 70 % response, who sees what, sealing, retention, the honest limit, how to leave.
    pub sections: Vec<TrustSection>,
    /// A text to forward to the other sides.
    pub announcement: String,
}

/// A question to whoever proposed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// One line.
    #[schema(min_length = 1, max_length = 500)]
    pub question: String,
}

/// Shows what the sides can rely on: who hosts, what is asked, who sees what, how long it is kept, how to leave.
#[utoipa::path(tag = "partnerships", params(("id" = PartnershipId, Path)), security(("bearer" = ["partnerships:read"])),
    responses((status = 200, description = "The sheet.", body = TrustSheet, headers(("ETag" = String))),
        (status = 304, description = "Unchanged."), ReadProblems))]
#[get("/partnerships/{id:[^/:]+}/trust")]
pub async fn get_trust_sheet(call: Call) -> Answer {
    call.may(Scope::PartnershipsRead)?;
    let id = seat(&call, call.id("id")?).await?.partnership.id;
    let ctx = call.state.ctx.clone();
    let now = call.state.now();
    let found = call.state.ctx.store.read(move |conn| trust::sheet(conn, &ctx, id, now)).await?;
    let sheet = found.ok_or(ApiError::NotFound)?;
    let section = |own: trust::Section| TrustSection { title: own.title.to_owned(), lines: own.lines };
    let body = TrustSheet {
        partnership_id: id,
        operator: sheet.operator,
        public_url: sheet.public_url,
        sections: sheet.sections.into_iter().map(section).collect(),
        announcement: sheet.announcement,
    };
    Ok(fresh(&call.request, &body))
}

/// Asks the sides that have not answered a proposal once more, by mail; at most once a day, and only for the side that made it.
#[utoipa::path(tag = "proposals", params(("id" = ProposalId, Path)), security(("bearer" = ["cycles:write"])),
    responses((status = 200, description = "They are asked again.", body = Proposal, headers(("ETag" = String))), WriteProblems))]
#[post("/proposals/{id:[^/:]+}:nudge")]
pub async fn nudge_proposal(call: Call) -> Answer {
    call.may(Scope::CyclesWrite)?;
    let id = call.id("id")?;
    let (_, seat) = proposals::find(&call, id).await?;
    acceptance::nudge(&call.state.ctx, speaker(&call, &seat), id, call.state.now()).await?;
    proposals::shown(&call, id).await
}

/// Sends a question about a proposal by mail to whoever made it, for a side that is asked; the answer comes by mail to the
/// manager of that side.
#[utoipa::path(tag = "proposals", params(("id" = ProposalId, Path)), request_body = Question,
    security(("bearer" = ["cycles:write"])),
    responses((status = 200, description = "It is sent.", body = Proposal, headers(("ETag" = String))), WriteProblems))]
#[post("/proposals/{id:[^/:]+}:ask")]
pub async fn ask_about_proposal(mut call: Call) -> Answer {
    call.may(Scope::CyclesWrite)?;
    let id = call.id("id")?;
    let (_, seat) = proposals::find(&call, id).await?;
    let Question { question } = call.json().await?;
    acceptance::ask(&call.state.ctx, speaker(&call, &seat), id, &question, call.state.now()).await?;
    proposals::shown(&call, id).await
}
