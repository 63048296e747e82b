//! Cycles: their state, times and response counts, and the verbs of a running one. No score is ever part of a cycle.
//!
//! A program for one side acts for it; one for the whole partnership or instance acts for none, and then acts that need
//! the others need every side.

use actix_web::{HttpResponse, get, post};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{Answer, Page, Seek, Waiting, fresh, made, page, waiting};
use super::call::Call;
use super::problem::{ApiError, ReadProblems, WriteProblems};
use crate::domain::access_token::Scope;
use crate::domain::cycle::CycleState;
use crate::domain::ids::{CycleId, PartnershipId, SideId};
use crate::domain::mode::Mode;
use crate::store::access::Seat;
use crate::store::cycles::{self as store, Cycle as Row};
use crate::store::invitations::{self, SideCount};
use crate::store::{Conn, StoreError, reach};
use crate::web::present::cycle::{Told, sums, told};
use crate::workflow::ad_hoc::{self, AdHocInput};
use crate::workflow::own_side;
use crate::workflow::proposals::{Deed, Proposed, Speaker, propose};

/// The instrument of a cycle, fixed when it opened.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CycleInstrument {
    /// Identifier.
    #[schema(example = "quarterly-health-review")]
    pub id: String,
    /// Version, from 1.
    pub version: u32,
}

/// How many people of a side were asked and have answered.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SideResponse {
    /// The side.
    pub side: SideId,
    /// Its name.
    pub name: String,
    /// People invited.
    pub invited: u32,
    /// People with at least one answer; null where so few are invited that it would tell who.
    pub answered: Option<u32>,
    /// Of those invited, how many get their link from the side itself instead of by mail.
    pub handed_out: u32,
}

/// How many people of all sides were asked and have answered.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AllResponses {
    /// People invited.
    pub invited: u32,
    /// People with at least one answer; null where so few are invited that it would tell who.
    pub answered: Option<u32>,
}

/// One asking of an instrument in a partnership, for one period; in mails and on pages for people it is a check.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Cycle {
    /// Identifier.
    pub id: CycleId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The instrument.
    pub instrument: CycleInstrument,
    /// The period's name, unique for partnership and instrument.
    #[schema(example = "2026-Q4")]
    pub period: String,
    /// How it came to be: `scheduled`, `ad_hoc` or `historic`.
    pub origin: String,
    /// Who sees what.
    pub mode: Mode,
    /// The floor k of the mode: 0 in named mode, else 1 to 10.
    pub floor_k: u32,
    /// Where it stands.
    pub state: CycleState,
    /// When answers are taken from.
    pub opens_at: DateTime<Utc>,
    /// When it closes, or would have closed.
    pub closes_at: DateTime<Utc>,
    /// When it was closed.
    pub closed_at: Option<DateTime<Utc>>,
    /// Why it was skipped or cancelled.
    pub reason: Option<String>,
    /// Who was asked and how many have answered, in the order of the sides.
    pub response: Vec<SideResponse>,
    /// The same over all sides.
    pub total: AllResponses,
}

impl Cycle {
    /// A cycle as a seat may see it before its close.
    pub(super) fn new(row: &Row, seat: &Seat, all: &[SideCount]) -> Self {
        let counts: Vec<SideCount> = all.iter().filter(|c| c.cycle_id == row.id).copied().collect();
        let told = told(row, &counts);
        let of = |side: SideId| counts.iter().find(|c| c.side_id == side);
        let (invited, answered) = sums(&counts);
        Self {
            id: row.id,
            partnership_id: row.partnership_id,
            instrument: CycleInstrument { id: row.instrument_id.clone(), version: row.version() },
            period: row.period.clone(),
            origin: row.origin.clone(),
            mode: row.mode,
            floor_k: row.floor(),
            state: row.state,
            opens_at: row.opens_at.and_utc(),
            closes_at: row.closes_at.and_utc(),
            closed_at: row.closed_at.map(|t| t.and_utc()),
            reason: row.reason.clone(),
            response: seat
                .sides
                .iter()
                .map(|side| SideResponse {
                    side: side.id,
                    name: side.name.clone(),
                    invited: of(side.id).map_or(0, |c| c.invited),
                    answered: (told == Told::PerSide).then(|| of(side.id).map_or(0, |c| c.answered)),
                    handed_out: of(side.id).map_or(0, |c| c.handed),
                })
                .collect(),
            total: AllResponses { invited, answered: (told != Told::Nothing).then_some(answered) },
        }
    }
}

/// A cycle beside the schedule, opened at once.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCycle {
    /// The instrument; its newest version is asked.
    #[schema(example = "quarterly-health-review")]
    pub instrument: String,
    /// What the cycle is called; the local date, with a counter, when left out. Not a period of the schedule.
    #[schema(min_length = 1, max_length = 40)]
    pub period: Option<String>,
    /// When it closes: 2 hours to 60 days from now.
    pub closes_at: DateTime<Utc>,
    /// Who sees what; as in the cadence when left out, and never looser than there.
    pub mode: Option<Mode>,
    /// The floor k, within what the mode takes: 0 in named, 1 in representative, 3 to 10 in confidential mode.
    #[schema(minimum = 0, maximum = 10)]
    pub floor_k: Option<u32>,
    /// Whether comments are asked for; as in the cadence when left out, and never where the cadence asks for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comments: Option<bool>,
}

/// A later close.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Extension {
    /// The new closing time: later than the present one, at most 60 days from now.
    pub closes_at: DateTime<Utc>,
}

/// Why something is proposed or answered.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Reason {
    /// One line for the people of the other sides.
    #[schema(max_length = 500)]
    pub reason: String,
}

/// Lists the cycles of a partnership, the newest first.
#[utoipa::path(tag = "cycles", params(("id" = PartnershipId, Path), Seek), security(("bearer" = ["cycles:read"])),
    responses((status = 200, description = "A page of cycles.", body = Page<Cycle>, headers(("ETag" = String))),
        (status = 304, description = "Unchanged."), ReadProblems))]
#[get("/partnerships/{id}/cycles")]
pub async fn list_cycles(call: Call) -> Answer {
    call.may(Scope::CyclesRead)?;
    let (id, binding): (PartnershipId, _) = (call.id("id")?, call.caller.binding);
    let seek: Seek = call.query()?;
    let (after, limit) = (seek.after()?, seek.limit()?);
    let read = move |conn: &mut Conn| {
        let Some(seat) = reach::seat(conn, binding, id)? else { return Ok(None) };
        let rows = store::page_of(conn, id, after, limit + 1)?;
        let ids: Vec<CycleId> = rows.iter().map(|row| row.id).collect();
        let counts = invitations::counts(conn, &ids)?;
        Ok::<_, StoreError>(Some(rows.iter().map(|row| Cycle::new(row, &seat, &counts)).collect::<Vec<_>>()))
    };
    let items = call.state.ctx.store.read(read).await?.ok_or(ApiError::NotFound)?;
    Ok(page(&call.request, items, limit, |own| own.id.to_string()))
}

/// Opens a cycle beside the schedule, at once. The schedule does not move. While a partnership is proposed, a token that is bound
/// to one side opens a cycle for that side's own people only: it stands in the side's own view, a partnership of its own that
/// nobody else reaches (`our_view_of`), and no other side is told of it, now or later.
#[utoipa::path(tag = "cycles", params(("id" = PartnershipId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "The same call with the same key opens one cycle.")),
    request_body = NewCycle, security(("bearer" = ["cycles:write"])),
    responses((status = 201, description = "Opened.", body = Cycle, headers(("Location" = String))), WriteProblems))]
#[post("/partnerships/{id}/cycles")]
pub async fn open_cycle(mut call: Call) -> Answer {
    call.may(Scope::CyclesWrite)?;
    let (id, binding): (PartnershipId, _) = (call.id("id")?, call.caller.binding);
    let seat = call.state.ctx.store.read(move |conn| reach::seat(conn, binding, id)).await?;
    let speaker = speaker(&call, &seat.ok_or(ApiError::NotFound)?);
    let new: NewCycle = call.json().await?;
    let once = call.once_key(&serde_json::to_string(&new).map_err(|_| ApiError::Broken)?)?;
    let NewCycle { instrument, period, closes_at, mode, floor_k, comments } = new;
    let input = AdHocInput { instrument_id: instrument, period, closes_at, mode, floor_k, comments };
    let cycle = ad_hoc::open(&call.state.ctx, speaker, id, input, once, call.state.now()).await?;
    let (row, seat, counts) = find(&call, cycle).await?;
    Ok(made(&format!("{}/cycles/{cycle}", super::BASE), &Cycle::new(&row, &seat, &counts)))
}

/// Shows a cycle: state, times and response counts.
#[utoipa::path(tag = "cycles", params(("id" = CycleId, Path)), security(("bearer" = ["cycles:read"])),
    responses((status = 200, description = "The cycle.", body = Cycle, headers(("ETag" = String))),
        (status = 304, description = "Unchanged."), ReadProblems))]
#[get("/cycles/{id:[^/:]+}")]
pub async fn get_cycle(call: Call) -> Answer {
    call.may(Scope::CyclesRead)?;
    shown(&call, call.id("id")?).await
}

/// Closes a cycle. Before its time that needs every side: the answer is a proposal.
#[utoipa::path(tag = "cycles", params(("id" = CycleId, Path)), request_body = Option<Reason>,
    security(("bearer" = ["cycles:write"])),
    responses((status = 202, description = "It waits for the other sides.", body = Waiting, headers(("Location" = String))),
        (status = 200, description = "Its time had come, or it was a cycle of the side's own view, and it is closed.", body = Cycle, headers(("ETag" = String))),
        WriteProblems))]
#[post("/cycles/{id:[^/:]+}:close")]
pub async fn close_cycle(call: Call) -> Answer {
    two_keys(call, Deed::CloseEarly).await
}

/// Calls a cycle off, which needs every side: the answer is a proposal. A cycle of its own view a side calls off alone.
#[utoipa::path(tag = "cycles", params(("id" = CycleId, Path)), request_body = Option<Reason>,
    security(("bearer" = ["cycles:write"])),
    responses((status = 202, description = "It waits for the other sides.", body = Waiting, headers(("Location" = String))),
        (status = 200, description = "It was a cycle of the side's own view, and it is called off.", body = Cycle, headers(("ETag" = String))),
        WriteProblems))]
#[post("/cycles/{id:[^/:]+}:cancel")]
pub async fn cancel_cycle(call: Call) -> Answer {
    two_keys(call, Deed::CancelCycle).await
}

/// Moves the close of a cycle to a later time; reminders move with it. The other sides get notice.
#[utoipa::path(tag = "cycles", params(("id" = CycleId, Path)), request_body = Extension,
    security(("bearer" = ["cycles:write"])),
    responses((status = 200, description = "Extended.", body = Cycle, headers(("ETag" = String))), WriteProblems))]
#[post("/cycles/{id:[^/:]+}:extend")]
pub async fn extend_cycle(mut call: Call) -> Answer {
    call.may(Scope::CyclesWrite)?;
    let id = call.id("id")?;
    let (_, seat, _) = find(&call, id).await?;
    let Extension { closes_at } = call.json().await?;
    let speaker = speaker(&call, &seat);
    own_side::extend(&call.state.ctx, speaker, id, closes_at, call.state.now()).await?;
    shown(&call, id).await
}

/// Reminds everybody who has not sent, of all sides; nobody gets two such letters on one day.
#[utoipa::path(tag = "cycles", params(("id" = CycleId, Path)), security(("bearer" = ["cycles:write"])),
    responses((status = 200, description = "They are reminded.", body = Cycle, headers(("ETag" = String))), WriteProblems))]
#[post("/cycles/{id:[^/:]+}:remind")]
pub async fn remind_cycle(call: Call) -> Answer {
    call.may(Scope::CyclesWrite)?;
    let id = call.id("id")?;
    let (_, seat, _) = find(&call, id).await?;
    own_side::remind(&call.state.ctx, speaker(&call, &seat), id, call.state.now()).await?;
    shown(&call, id).await
}

async fn two_keys(mut call: Call, deed: fn(CycleId) -> Deed) -> Answer {
    call.may(Scope::CyclesWrite)?;
    let id = call.id("id")?;
    let (row, seat, _) = find(&call, id).await?;
    let Reason { reason } = call.json_or_nothing().await?;
    let (speaker, now) = (speaker(&call, &seat), call.state.now());
    let made = propose(&call.state.ctx, speaker, row.partnership_id, deed(id), &reason, now).await?;
    match made {
        Proposed::Waits(id) => Ok(waiting(id)),
        Proposed::Done => shown(&call, id).await,
    }
}

/// The one who acts: a program, for the side that it is bound to if there is one.
pub(super) fn speaker(call: &Call, seat: &Seat) -> Speaker {
    Speaker { actor: call.caller.actor(), side: seat.own_side() }
}

pub(super) async fn shown(call: &Call, id: CycleId) -> Result<HttpResponse, ApiError> {
    let (row, seat, counts) = find(call, id).await?;
    // Tagged by what is shown: a tag made from the row could betray a count that is not.
    Ok(fresh(&call.request, &Cycle::new(&row, &seat, &counts)))
}

/// The cycle within what the token reaches, with its counts.
pub(super) async fn find(call: &Call, id: CycleId) -> Result<(Row, Seat, Vec<SideCount>), ApiError> {
    let binding = call.caller.binding;
    let read = move |conn: &mut Conn| {
        let Some(row) = store::find(conn, id)? else { return Ok(None) };
        let Some(seat) = reach::seat(conn, binding, row.partnership_id)? else { return Ok(None) };
        let counts = invitations::counts(conn, &[id])?;
        Ok::<_, StoreError>(Some((row, seat, counts)))
    };
    call.state.ctx.store.read(read).await?.ok_or(ApiError::NotFound)
}
