//! Acceptances: flags that every side agrees to leave as they are until a day.

use actix_web::{HttpResponse, get, post};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{Answer, Page, fresh};
use super::call::Call;
use super::cycles::speaker;
use super::discussions::{all, flag};
use super::problem::{ApiError, ReadProblems, WriteProblems};
use crate::domain::access_token::Scope;
use crate::domain::ids::{AcceptanceId, CycleId, FlagId, SideId};
use crate::domain::review::Consent;
use crate::store::access::Seat;
use crate::store::{Conn, StoreError, flags, reach, reviews};
use crate::web::present::agenda::{Seen, Signed, acceptances};
use crate::workflow::review::{self, AcceptanceInput, today};

/// A side's signature.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AcceptanceSignature {
    /// The side.
    pub side: SideId,
    /// When it signed.
    pub signed_at: DateTime<Utc>,
}

/// Flags that are left as they are until a day, once every side has signed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Acceptance {
    /// Identifier.
    pub id: AcceptanceId,
    /// The flags that it is about, as far as the token sees them.
    pub flags: Vec<FlagId>,
    /// The cycle in whose review it was written.
    pub cycle_id: CycleId,
    /// Why the flags are left as they are.
    pub reason: String,
    /// Its last day, in the partnership's zone.
    pub until: NaiveDate,
    /// The sides that have signed, in the order in which they did.
    pub signatures: Vec<AcceptanceSignature>,
    /// The sides that have to sign yet.
    pub waiting_for: Vec<SideId>,
    /// Whether every side has signed and the last day has not passed: then it answers its flags.
    pub in_force: bool,
    /// When it was written.
    pub created_at: DateTime<Utc>,
}

impl Acceptance {
    pub(super) fn new(own: &Signed, seat: &Seat, now: DateTime<Utc>) -> Self {
        let Signed { row, flags, signatures } = own;
        let sides: Vec<SideId> = seat.sides.iter().map(|side| side.id).collect();
        let consent = Consent {
            until_on: row.until_on,
            signed: signatures.iter().map(|signature| signature.side_id).collect(),
        };
        Self {
            id: row.id,
            flags: flags.clone(),
            cycle_id: row.cycle_id,
            reason: row.reason.clone(),
            until: row.until_on,
            signatures: signatures
                .iter()
                .map(|own| AcceptanceSignature { side: own.side_id, signed_at: own.signed_at.and_utc() })
                .collect(),
            waiting_for: consent.waits_for(&sides),
            in_force: consent.is_in_force(&sides, today(&seat.partnership, now)),
            created_at: row.created_at.and_utc(),
        }
    }
}

/// An acceptance to be written.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAcceptance {
    /// Why the flags are left as they are.
    #[schema(min_length = 1, max_length = 2000)]
    pub reason: String,
    /// Its last day, in the partnership's zone: from today, at most twelve months ahead.
    #[serde(deserialize_with = "super::sentences::day")]
    pub until: NaiveDate,
    /// Further open flags of the same partnership that it is about.
    #[serde(default)]
    pub also: Vec<FlagId>,
}

/// Lists the acceptances of a flag, oldest first.
#[utoipa::path(tag = "flags", params(("id" = FlagId, Path)), security(("bearer" = ["flags:read"])),
    responses((status = 200, description = "The acceptances.", body = Page<Acceptance>, headers(("ETag" = String))),
        (status = 304, description = "Unchanged."), ReadProblems))]
#[get("/flags/{id}/acceptances")]
pub async fn list_acceptances(call: Call) -> Answer {
    call.may(Scope::FlagsRead)?;
    let (id, seat, seen) = flag(&call).await?;
    let now = call.state.now();
    let found = call.state.ctx.store.read(move |conn| acceptances(conn, &seen.ids())).await?;
    let own = found.iter().filter(|own| own.flags.contains(&id));
    let items = own.map(|own| Acceptance::new(own, &seat, now)).collect();
    Ok(fresh(&call.request, &Page { items, next: None::<String> }))
}

/// Writes an acceptance of a flag, and of others if named, and signs it for the side that the token speaks for. It answers its
/// flags from the last signature to the end of its last day.
#[utoipa::path(tag = "flags", params(("id" = FlagId, Path)), request_body = NewAcceptance,
    security(("bearer" = ["flags:write"])),
    responses((status = 201, description = "Written.", body = Acceptance), WriteProblems))]
#[post("/flags/{id}/acceptances")]
pub async fn add_acceptance(mut call: Call) -> Answer {
    call.may(Scope::FlagsWrite)?;
    let (id, seat, seen) = flag(&call).await?;
    let NewAcceptance { reason, until, also } = call.json().await?;
    let flags = all(id, &also, &seen, "also")?;
    let (speaker, now) = (speaker(&call, &seat), call.state.now());
    let made =
        review::accept(&call.state.ctx, speaker, AcceptanceInput { reason, until, flags }, now).await?;
    Ok(HttpResponse::Created().json(shown(&call, made).await?))
}

/// Signs an acceptance for the side that the token is bound to; a second time changes nothing.
#[utoipa::path(tag = "flags", params(("id" = AcceptanceId, Path)), security(("bearer" = ["flags:write"])),
    responses((status = 200, description = "Signed.", body = Acceptance, headers(("ETag" = String))), WriteProblems))]
#[post("/acceptances/{id:[^/:]+}:sign")]
pub async fn sign_acceptance(call: Call) -> Answer {
    call.may(Scope::FlagsWrite)?;
    let id = call.id("id")?;
    let (_, seat) = find(&call, id).await?;
    let speaker = speaker(&call, &seat);
    if speaker.side.is_none() {
        return Err(ApiError::BindingTooNarrow(
            "An acceptance is signed for a side: use a token that is bound to one side, or to an organisation with one \
             side in this partnership.",
        ));
    }
    review::sign(&call.state.ctx, speaker, id, call.state.now()).await?;
    Ok(fresh(&call.request, &shown(&call, id).await?))
}

async fn shown(call: &Call, id: AcceptanceId) -> Result<Acceptance, ApiError> {
    let (own, seat) = find(call, id).await?;
    Ok(Acceptance::new(&own, &seat, call.state.now()))
}

/// The acceptance within what the token reaches: one of whose flags it sees at least one.
async fn find(call: &Call, id: AcceptanceId) -> Result<(Signed, Seat), ApiError> {
    let binding = call.caller.binding;
    let read = move |conn: &mut Conn| {
        let Some(row) = reviews::find_acceptance(conn, id)? else { return Ok(None) };
        let Some(seat) = reach::seat(conn, binding, row.partnership_id)? else { return Ok(None) };
        let about = reviews::flags_of_acceptance(conn, id)?;
        let rows = flags::find_many(conn, &about)?;
        let seen = Seen::read(conn, &seat, rows)?;
        let found = acceptances(conn, &seen.ids())?;
        Ok::<_, StoreError>(found.into_iter().find(|own| own.row.id == id).map(|own| (own, seat)))
    };
    call.state.ctx.store.read(read).await?.ok_or(ApiError::NotFound)
}
