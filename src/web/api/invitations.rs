//! What a side does about its own invitations in a running cycle: it corrects an address that bounced, and takes back an
//! invitation that nobody has answered. The other sides get notice, without a name.

use actix_web::post;
use serde::Deserialize;
use utoipa::ToSchema;

use super::answer::Answer;
use super::call::Call;
use super::cycles::{Cycle, find, shown, speaker};
use super::problem::{ApiError, WriteProblems};
use crate::domain::access_token::Scope;
use crate::domain::ids::{CycleId, MemberId};
use crate::workflow::own_side;
use crate::workflow::proposals::Speaker;

/// Where an invitation goes instead.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectAddress {
    /// The right address.
    #[schema(example = "ada@example.org", max_length = 254)]
    pub email: String,
}

/// Corrects the address of a respondent to whom mail was refused (`bounced_at` of the member), and invites them again with
/// a new link. For a token that speaks for the respondent's side; whoever does more on this server than answer for it has
/// the address corrected by an administrator.
#[utoipa::path(tag = "cycles", params(("id" = CycleId, Path), ("member" = MemberId, Path)), request_body = CorrectAddress,
    security(("bearer" = ["members:write", "cycles:write"])),
    responses((status = 200, description = "Corrected, and invited again.", body = Cycle, headers(("ETag" = String))),
        WriteProblems))]
#[post("/cycles/{id:[^/:]+}/members/{member:[^/:]+}:correct")]
pub async fn correct_address(mut call: Call) -> Answer {
    call.may(Scope::MembersWrite)?;
    let (cycle, member, speaker) = own_invitation(&call).await?;
    let CorrectAddress { email } = call.json().await?;
    own_side::correct_address(&call.state.ctx, speaker, cycle, member, &email, call.state.now()).await?;
    shown(&call, cycle).await
}

/// Takes back an invitation that nobody has answered; its link leads nowhere from then on. For a token that speaks for the
/// respondent's side.
#[utoipa::path(tag = "cycles", params(("id" = CycleId, Path), ("member" = MemberId, Path)),
    security(("bearer" = ["cycles:write"])),
    responses((status = 200, description = "Withdrawn.", body = Cycle, headers(("ETag" = String))), WriteProblems))]
#[post("/cycles/{id:[^/:]+}/members/{member:[^/:]+}:withdraw")]
pub async fn withdraw_invitation(call: Call) -> Answer {
    let (cycle, member, speaker) = own_invitation(&call).await?;
    own_side::withdraw_invitation(&call.state.ctx, speaker, cycle, member, call.state.now()).await?;
    shown(&call, cycle).await
}

/// The cycle and the member of the address, for a token that speaks for a side.
async fn own_invitation(call: &Call) -> Result<(CycleId, MemberId, Speaker), ApiError> {
    call.may(Scope::CyclesWrite)?;
    let (_, seat, _) = find(call, call.id("id")?).await?;
    let speaker = speaker(call, &seat);
    if speaker.side.is_none() {
        return Err(ApiError::BindingTooNarrow(
            "A side does this for its own people: use a token that is bound to one side, or to an organisation with one \
             side in this partnership.",
        ));
    }
    Ok((call.id("id")?, call.id("member")?, speaker))
}
