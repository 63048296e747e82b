//! Partnerships and their sides: set up, changed, paused, resumed, ended, removed.

use actix_web::{HttpResponse, delete, get, patch, post};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{Answer, Page, Seek, Waiting, made, page, versioned, waiting};
use super::call::Call;
use super::cycles::{Reason, speaker};
use super::problem::{ApiError, ReadProblems, WriteProblems};
use crate::domain::access_token::{Binding, Scope};
use crate::domain::ids::{OrganisationId, PartnershipId, SideId};
use crate::domain::partnership::PartnershipState;
use crate::store::access::Seat;
use crate::store::{cycles, reach};
use crate::workflow::proposals::Proposed;
use crate::workflow::set_up::{self, PartnershipInput, SideInput};
use crate::workflow::{ActsFor, Refusal, endings, version_of};

/// A side of a partnership.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Side {
    /// Identifier.
    pub id: SideId,
    /// Name, unique within the partnership.
    #[schema(min_length = 1, max_length = 120)]
    pub name: String,
    /// The organisation whose part it is; null for a co-founder.
    pub organisation: Option<OrganisationId>,
}

/// A partnership.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Partnership {
    /// Identifier.
    pub id: PartnershipId,
    /// Name.
    #[schema(min_length = 1, max_length = 120)]
    pub name: String,
    /// IANA time zone in which its cycles open and close.
    #[schema(example = "Europe/Berlin")]
    pub zone: String,
    /// Where it stands.
    pub state: PartnershipState,
    /// When it was set up.
    pub created_at: DateTime<Utc>,
    /// When it ended; null while it lives.
    pub ended_at: Option<DateTime<Utc>>,
    /// Until when its scorecards are read and exported, by every side: 24 months after it ended.
    pub readable_until: Option<DateTime<Utc>>,
    /// The partnership of which this is one side's own view, asked before the others have accepted; null otherwise. Nobody else
    /// reaches it.
    pub our_view_of: Option<PartnershipId>,
    /// Its sides, in their order; one in a side's own view.
    #[schema(min_items = 1, max_items = 4)]
    pub sides: Vec<Side>,
}

impl From<&Seat> for Partnership {
    fn from(seat: &Seat) -> Self {
        let side = |own: &crate::store::partnerships::Side| Side {
            id: own.id,
            name: own.name.clone(),
            organisation: own.organisation_id,
        };
        let row = &seat.partnership;
        Self {
            id: row.id,
            name: row.name.clone(),
            zone: row.zone.clone(),
            state: row.state,
            created_at: row.created_at.and_utc(),
            ended_at: row.ended_at.map(|at| at.and_utc()),
            readable_until: row.readable_until(),
            our_view_of: row.view_of,
            sides: seat.sides.iter().map(side).collect(),
        }
    }
}

/// A side of a new partnership: its name, its organisation or both.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSide {
    /// Name; the organisation's when left out.
    #[schema(min_length = 1, max_length = 120)]
    pub name: Option<String>,
    /// The organisation whose part it is.
    pub organisation: Option<OrganisationId>,
}

/// In which state a new partnership begins.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FirstState {
    /// Cycles open by the cadence.
    #[default]
    Active,
    /// The sides have yet to accept it.
    Proposed,
}

/// A new partnership.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPartnership {
    /// Name; the names of the sides when left out.
    #[schema(min_length = 1, max_length = 120)]
    pub name: Option<String>,
    /// IANA time zone; the instance's when left out.
    #[schema(example = "Europe/Berlin")]
    pub zone: Option<String>,
    /// Active unless said otherwise.
    #[serde(default)]
    #[schema(default = "active")]
    pub state: FirstState,
    /// Two to four sides, in their order.
    #[schema(min_items = 2, max_items = 4)]
    pub sides: Vec<NewSide>,
}

/// What changes about a partnership; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PartnershipChange {
    /// Name.
    #[schema(min_length = 1, max_length = 120)]
    pub name: Option<String>,
    /// IANA time zone. Open cycles keep their instants.
    #[schema(example = "Europe/Berlin")]
    pub zone: Option<String>,
}

/// Lists the partnerships that the token reaches.
#[utoipa::path(tag = "partnerships", params(Seek), security(("bearer" = ["partnerships:read"])),
    responses((status = 200, description = "A page of partnerships.", body = Page<Partnership>, headers(("ETag" = String))),
        (status = 304, description = "Unchanged."), ReadProblems))]
#[get("/partnerships")]
pub async fn list_partnerships(call: Call) -> Answer {
    call.may(Scope::PartnershipsRead)?;
    let seek: Seek = call.query()?;
    let (after, limit, binding) = (seek.after()?, seek.limit()?, call.caller.binding);
    let found = call.state.ctx.store.read(move |conn| reach::seats_after(conn, binding, after, limit + 1));
    let items: Vec<Partnership> = found.await?.iter().map(Partnership::from).collect();
    Ok(page(&call.request, items, limit, |own| own.id.to_string()))
}

/// Sets up a partnership, active at once unless `state` says proposed.
#[utoipa::path(tag = "partnerships", request_body = NewPartnership, security(("bearer" = ["partnerships:write"])),
    responses((status = 201, description = "Set up.", body = Partnership, headers(("Location" = String))), WriteProblems))]
#[post("/partnerships")]
pub async fn add_partnership(mut call: Call) -> Answer {
    call.may(Scope::PartnershipsWrite)?;
    if call.caller.binding != Binding::Instance {
        return Err(ApiError::BindingTooNarrow(
            "A partnership is set up by a token for the whole instance; this one is bound to less.",
        ));
    }
    let new: NewPartnership = call.json().await?;
    let ctx = &call.state.ctx;
    let side =
        |own: NewSide| SideInput { name: own.name.unwrap_or_default(), organisation: own.organisation };
    let input = PartnershipInput {
        name: new.name.unwrap_or_default(),
        zone: new.zone.unwrap_or_else(|| ctx.settings.instance.zone.clone()),
        sides: new.sides.into_iter().map(side).collect(),
    };
    let state = match new.state {
        FirstState::Active => PartnershipState::Active,
        FirstState::Proposed => PartnershipState::Proposed,
    };
    let actor = call.caller.actor();
    let (id, _) =
        set_up::create_partnership_as(ctx, &actor, input, state, call.state.now()).await.map_err(named)?;
    let seat = seat(&call, id).await?;
    Ok(made(&format!("/api/v1/partnerships/{id}"), &Partnership::from(&seat)))
}

/// The workflow's field names as this interface calls them: `side_2` is `sides[1]`.
fn named(refusal: Refusal) -> ApiError {
    let mut error = ApiError::from(refusal);
    if let ApiError::Fields(fields) = &mut error {
        for own in fields {
            let number = own.field.strip_prefix("side_").and_then(|n| n.parse::<usize>().ok());
            if let Some(place) = number.and_then(|n| n.checked_sub(1)) {
                own.field = format!("sides[{place}]");
            }
        }
    }
    error
}

/// Shows a partnership; one that ended more than 24 months ago, too, although nobody reads its scorecards any more.
#[utoipa::path(tag = "partnerships", params(("id" = PartnershipId, Path)), security(("bearer" = ["partnerships:read"])),
    responses((status = 200, description = "The partnership.", body = Partnership, headers(("ETag" = String))),
        (status = 304, description = "Unchanged."), ReadProblems))]
#[get("/partnerships/{id:[^/:]+}")]
pub async fn get_partnership(call: Call) -> Answer {
    call.may(Scope::PartnershipsRead)?;
    let seat = seat_on_the_shelf(&call, call.id("id")?).await?;
    Ok(shown(&call, &seat))
}

/// Renames a partnership or moves it to another time zone, by which its cycles open: once it has had one, moving it needs
/// every side, and the answer is a proposal.
#[utoipa::path(tag = "partnerships", params(("id" = PartnershipId, Path), ("If-Match" = Option<String>, Header, description = "The ETag that was read.")),
    request_body = PartnershipChange, security(("bearer" = ["partnerships:write"])),
    responses((status = 200, description = "Changed.", body = Partnership, headers(("ETag" = String))),
        (status = 202, description = "It waits for the other sides.", body = Waiting, headers(("Location" = String))),
        WriteProblems))]
#[patch("/partnerships/{id:[^/:]+}")]
pub async fn change_partnership(mut call: Call) -> Answer {
    call.may(Scope::PartnershipsWrite)?;
    let id = call.id("id")?;
    let before = seat(&call, id).await?;
    whole(&before)?;
    let change: PartnershipChange = call.json().await?;
    let change = set_up::PartnershipChange { name: change.name, zone: change.zone };
    let (speaker, expected) = (speaker(&call, &before), call.expected()?);
    let ctx = &call.state.ctx;
    match set_up::change_partnership(ctx, speaker, id, change, expected.as_deref(), call.state.now()).await? {
        Proposed::Done => Ok(shown(&call, &seat(&call, id).await?)),
        Proposed::Waits(proposal) => Ok(waiting(proposal)),
    }
}

/// Removes a partnership. One that had a cycle is deleted with everything that came of it, which needs every side, in whatever
/// state it is: the answer is a proposal. One that never had a cycle is removed at once by a token for the whole partnership.
#[utoipa::path(tag = "partnerships", params(("id" = PartnershipId, Path), ("If-Match" = Option<String>, Header, description = "The ETag that was read.")),
    request_body = Option<Reason>, security(("bearer" = ["partnerships:write"])),
    responses((status = 204, description = "Removed."),
        (status = 202, description = "It waits for the other sides.", body = Waiting, headers(("Location" = String))),
        WriteProblems))]
#[delete("/partnerships/{id:[^/:]+}")]
pub async fn remove_partnership(mut call: Call) -> Answer {
    call.may(Scope::PartnershipsWrite)?;
    let id: PartnershipId = call.id("id")?;
    let seat = seat_on_the_shelf(&call, id).await?;
    let Reason { reason } = call.json_or_nothing().await?;
    let has_past = call.state.ctx.store.read(move |conn| cycles::list_of(conn, id, 1)).await?;
    if has_past.is_empty() {
        whole(&seat)?;
    }
    let (speaker, expected) = (speaker(&call, &seat), call.expected()?);
    let (ctx, asked) = (&call.state.ctx, (expected.as_deref(), reason.as_str()));
    match endings::remove_partnership(ctx, speaker, seat.whole, id, asked, call.state.now()).await? {
        Proposed::Done => Ok(HttpResponse::NoContent().finish()),
        Proposed::Waits(proposal) => Ok(waiting(proposal)),
    }
}

/// Pauses a partnership: nothing opens until it is resumed; an open cycle goes on.
#[utoipa::path(tag = "partnerships", params(("id" = PartnershipId, Path)), security(("bearer" = ["partnerships:write"])),
    responses((status = 200, description = "Paused.", body = Partnership, headers(("ETag" = String))), WriteProblems))]
#[post("/partnerships/{id:[^/:]+}:pause")]
pub async fn pause_partnership(call: Call) -> Answer {
    change_state(&call, PartnershipState::Paused).await
}

/// Resumes a paused partnership: cycles open by the cadence again.
#[utoipa::path(tag = "partnerships", params(("id" = PartnershipId, Path)), security(("bearer" = ["partnerships:write"])),
    responses((status = 200, description = "Resumed.", body = Partnership, headers(("ETag" = String))), WriteProblems))]
#[post("/partnerships/{id:[^/:]+}:resume")]
pub async fn resume_partnership(call: Call) -> Answer {
    change_state(&call, PartnershipState::Active).await
}

/// Ends a partnership for good: an open cycle is cancelled without a scorecard, frozen ones stay readable.
#[utoipa::path(tag = "partnerships", params(("id" = PartnershipId, Path)), security(("bearer" = ["partnerships:write"])),
    responses((status = 200, description = "Ended.", body = Partnership, headers(("ETag" = String))), WriteProblems))]
#[post("/partnerships/{id:[^/:]+}:end")]
pub async fn end_partnership(call: Call) -> Answer {
    change_state(&call, PartnershipState::Ended).await
}

async fn change_state(call: &Call, to: PartnershipState) -> Answer {
    call.may(Scope::PartnershipsWrite)?;
    let id = call.id("id")?;
    let speaker = speaker(call, &seat(call, id).await?);
    set_up::change_state(&call.state.ctx, speaker, id, to, call.state.now()).await?;
    let seat = seat(call, id).await?;
    Ok(shown(call, &seat))
}

fn shown(call: &Call, seat: &Seat) -> HttpResponse {
    let version = version_of(&(&seat.partnership, &seat.sides));
    versioned(&call.request, &Partnership::from(seat), &version)
}

/// The token's seat in a partnership; without one the partnership does not exist for it.
pub(super) async fn seat(call: &Call, id: PartnershipId) -> Result<Seat, ApiError> {
    let binding = call.caller.binding;
    let found = call.state.ctx.store.read(move |conn| reach::seat(conn, binding, id));
    found.await?.ok_or(ApiError::NotFound)
}

/// For whom the token acts in a partnership.
pub(super) fn acts_for(seat: &Seat) -> ActsFor {
    if seat.whole { ActsFor::Whole } else { ActsFor::Sides(seat.led.clone()) }
}

/// The same, also in a partnership whose scorecards nobody reads any more.
async fn seat_on_the_shelf(call: &Call, id: PartnershipId) -> Result<Seat, ApiError> {
    let binding = call.caller.binding;
    let found = call.state.ctx.store.read(move |conn| reach::seat_on_the_shelf(conn, binding, id));
    found.await?.ok_or(ApiError::NotFound)
}

fn whole(seat: &Seat) -> Result<(), ApiError> {
    if seat.whole {
        return Ok(());
    }
    Err(ApiError::BindingTooNarrow("This changes the partnership for every side; this token speaks for one."))
}
