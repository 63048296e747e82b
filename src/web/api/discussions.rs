//! Notes about flags.

use actix_web::{HttpResponse, get, post};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{Answer, Page, fresh};
use super::call::Call;
use super::cycles::speaker;
use super::problem::{ApiError, ReadProblems, WriteProblems};
use crate::domain::access_token::Scope;
use crate::domain::ids::{CycleId, DiscussionId, FlagId, SideId};
use crate::store::access::Seat;
use crate::store::reviews::{self, Discussion as Row};
use crate::store::{Conn, StoreError, flags, reach};
use crate::web::present::agenda::Seen;
use crate::workflow::review;

/// A note about flags.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Discussion {
    /// Identifier.
    pub id: DiscussionId,
    /// The flags that it is about, as far as the token sees them.
    pub flags: Vec<FlagId>,
    /// The cycle that was talked about.
    pub cycle_id: CycleId,
    /// The side that wrote it; null for a facilitator or a program that stands on no side.
    pub side: Option<SideId>,
    /// What was said; empty for "discussed, no action".
    pub text: String,
    /// When it was written.
    pub created_at: DateTime<Utc>,
}

impl Discussion {
    pub(super) fn new((row, flags): &(Row, Vec<FlagId>)) -> Self {
        Self {
            id: row.id,
            flags: flags.clone(),
            cycle_id: row.cycle_id,
            side: row.side_id,
            text: row.text.clone(),
            created_at: row.created_at.and_utc(),
        }
    }
}

/// A note to be written.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NewDiscussion {
    /// What was said; empty for "discussed, no action".
    #[schema(max_length = 2000)]
    pub text: String,
    /// Further open flags of the same partnership that it is about.
    pub also: Vec<FlagId>,
}

/// Lists the notes about a flag, oldest first.
#[utoipa::path(tag = "flags", params(("id" = FlagId, Path)), security(("bearer" = ["flags:read"])),
    responses((status = 200, description = "The notes.", body = Page<Discussion>, headers(("ETag" = String))),
        (status = 304, description = "Unchanged."), ReadProblems))]
#[get("/flags/{id}/discussions")]
pub async fn list_discussions(call: Call) -> Answer {
    call.may(Scope::FlagsRead)?;
    let (id, _, seen) = flag(&call).await?;
    let read = move |conn: &mut Conn| reviews::discussions_about(conn, &seen.ids());
    let found = call.state.ctx.store.read(read).await?;
    let items = found.iter().filter(|own| own.1.contains(&id)).map(Discussion::new).collect();
    Ok(fresh(&call.request, &Page { items, next: None::<String> }))
}

/// Writes a note about a flag, and about others if named. A flag to discuss is answered by it until a later cycle holds the
/// flag; one to act on needs an action besides.
#[utoipa::path(tag = "flags", params(("id" = FlagId, Path)), request_body = Option<NewDiscussion>,
    security(("bearer" = ["flags:write"])),
    responses((status = 201, description = "Written.", body = Discussion), WriteProblems))]
#[post("/flags/{id}/discussions")]
pub async fn add_discussion(mut call: Call) -> Answer {
    call.may(Scope::FlagsWrite)?;
    let (id, seat, seen) = flag(&call).await?;
    let NewDiscussion { text, also } = call.json_or_nothing().await?;
    let flags = all(id, &also, &seen, "also")?;
    let now = call.state.now();
    let made = review::discuss(&call.state.ctx, speaker(&call, &seat), flags, &text, now).await?;
    let read = move |conn: &mut Conn| reviews::discussions_about(conn, &seen.ids());
    let found = call.state.ctx.store.read(read).await?;
    let own = found.iter().find(|own| own.0.id == made).ok_or(ApiError::Broken)?;
    Ok(HttpResponse::Created().json(Discussion::new(own)))
}

/// The flag of the address, where the token reaches and sees it; its partnership; and what else the token sees there.
pub(super) async fn flag(call: &Call) -> Result<(FlagId, Seat, Seen), ApiError> {
    let (id, binding): (FlagId, _) = (call.id("id")?, call.caller.binding);
    let read = move |conn: &mut Conn| {
        let Some(row) = flags::find_many(conn, &[id])?.pop() else { return Ok(None) };
        let Some(seat) = reach::seat(conn, binding, row.partnership_id)? else { return Ok(None) };
        let seen = Seen::read(conn, &seat, vec![row])?;
        Ok::<_, StoreError>(seen.ids().contains(&id).then_some((id, seat, seen)))
    };
    call.state.ctx.store.read(read).await?.ok_or(ApiError::NotFound)
}

/// A flag and others, each of which the token must see open; whether the first is open is for the workflow to tell.
pub(super) fn all(
    first: FlagId,
    others: &[FlagId],
    seen: &Seen,
    field: &str,
) -> Result<Vec<FlagId>, ApiError> {
    let strange = others.iter().position(|id| !seen.has_open(*id));
    if let Some(place) = strange {
        let sentence = "This must be an open flag of the same partnership.";
        return Err(ApiError::field(&format!("{field}[{place}]"), sentence));
    }
    Ok(std::iter::once(first).chain(others.iter().copied()).collect())
}
