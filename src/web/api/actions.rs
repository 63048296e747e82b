//! Actions: what the sides have promised to do about flags.

use std::collections::BTreeSet;

use actix_web::http::header;
use actix_web::{HttpResponse, get, patch, post};
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answer::{Answer, Page, Seek, fresh, next_address, versioned};
use super::call::Call;
use super::cycles::speaker;
use super::discussions::all;
use super::flat::text;
use super::problem::{ApiError, ReadProblems, WriteProblems};
use crate::domain::access_token::{Binding, Scope};
use crate::domain::ids::{ActionId, CycleId, FlagId, PartnershipId, PersonId, SideId};
use crate::domain::review::ActionState;
use crate::store::access::Seat;
use crate::store::reviews::{self, Action as Row, ActionFilter};
use crate::store::{Conn, StoreError, flags, reach};
use crate::web::present::agenda::Seen;
use crate::workflow::review::{self, ActionInput, ActionPatch, OwnerChange, today};
use crate::workflow::version_of;

/// What a side has promised to do.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Action {
    /// Identifier.
    pub id: ActionId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The cycle in whose review it was agreed.
    pub cycle_id: CycleId,
    /// The side that does it.
    pub side: SideId,
    /// Who does it; null until the side has named somebody.
    pub owner: Option<PersonId>,
    /// What is to be done.
    pub text: String,
    /// The last day for it, in the partnership's zone.
    pub due_on: NaiveDate,
    /// Where it stands.
    pub state: ActionState,
    /// Whether it is open and its day has passed.
    pub overdue: bool,
    /// What became of it; may be empty.
    pub note: String,
    /// The flags that it is about, as far as the token sees them.
    pub flags: Vec<FlagId>,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When it was done or dropped.
    pub settled_at: Option<DateTime<Utc>>,
}

impl Action {
    pub(super) fn new(row: &Row, flags: Vec<FlagId>, seat: &Seat, now: DateTime<Utc>) -> Self {
        Self {
            id: row.id,
            partnership_id: row.partnership_id,
            cycle_id: row.cycle_id,
            side: row.side_id,
            owner: row.owner_id,
            text: row.text.clone(),
            due_on: row.due_on,
            state: row.state,
            overdue: row.promise().is_overdue(today(&seat.partnership, now)),
            note: row.note.clone(),
            flags,
            created_at: row.created_at.and_utc(),
            settled_at: row.settled_at.map(|at| at.and_utc()),
        }
    }
}

/// An action to be written.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAction {
    /// What is to be done.
    #[schema(min_length = 1, max_length = 2000)]
    pub text: String,
    /// The side that does it.
    pub side: SideId,
    /// The last day for it, in the partnership's zone: from today, at most twelve months ahead.
    #[serde(deserialize_with = "super::sentences::day")]
    pub due_on: NaiveDate,
    /// Who does it: one of the people of that side, and named only by a token that speaks for it.
    #[serde(default)]
    pub owner: Option<PersonId>,
    /// The open flags that it is about, 1 to 50 of one partnership.
    pub flags: Vec<FlagId>,
}

/// What changes of an action; what is left out stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ActionUpdate {
    /// Where it stands.
    pub state: Option<ActionState>,
    /// Another last day for it: from today, at most twelve months ahead.
    #[serde(deserialize_with = "super::sentences::day_if_any")]
    pub due_on: Option<NaiveDate>,
    /// Who does it, or null for nobody yet; only a token that speaks for the action's side names somebody.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<PersonId>)]
    pub owner: Option<Option<PersonId>>,
    /// What became of it.
    #[schema(max_length = 2000)]
    pub note: Option<String>,
}

/// A field that is there, be it null.
#[expect(clippy::option_option, reason = "left out, null and an identifier are three things")]
fn given<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<Option<PersonId>>, D::Error> {
    Option::deserialize(reader).map(Some)
}

/// Which actions.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct ActionQuery {
    /// Only those of this partnership.
    pub partnership: Option<PartnershipId>,
    /// Only those in this state.
    pub state: Option<ActionState>,
    /// Only those of this person.
    pub owner: Option<PersonId>,
    /// Begin after the action with this identifier.
    #[param(value_type = Option<ActionId>)]
    pub after: Option<String>,
    /// Actions of the page at most, 1 to 200; 50 when left out.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 200)]
    pub limit: Option<String>,
}

/// Lists the actions of the partnerships that the token reaches, in the order in which they were written.
#[utoipa::path(tag = "actions", params(ActionQuery), security(("bearer" = ["actions:read"])),
    responses((status = 200, description = "A page of actions.", body = Page<Action>, headers(("ETag" = String))),
        (status = 304, description = "Unchanged."), ReadProblems))]
#[get("/actions")]
pub async fn list_actions(call: Call) -> Answer {
    call.may(Scope::ActionsRead)?;
    let ActionQuery { partnership, state, owner, after, limit } = call.query()?;
    let seek = Seek { after, limit };
    let (after, limit, binding) = (seek.after()?, seek.limit()?, call.caller.binding);
    let (filter, now) = (ActionFilter { partnership, state, owner }, call.state.now());
    let read = move |conn: &mut Conn| part(conn, binding, filter, (after, limit), now);
    let (items, next) = call.state.ctx.store.read(read).await?;
    let next = next.map(|last| next_address(&call.request, &last.to_string()));
    Ok(fresh(&call.request, &Page { items, next }))
}

/// The actions of a page as the token may see them, and the one after which the next page begins.
pub(super) fn part(
    conn: &mut Conn,
    binding: Binding,
    filter: ActionFilter,
    (after, limit): (Option<ActionId>, i64),
    now: DateTime<Utc>,
) -> Result<(Vec<Action>, Option<ActionId>), StoreError> {
    let mut rows = reviews::reached_actions(conn, binding, filter, after, limit + 1)?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|last| last.id);
    let ids: Vec<ActionId> = rows.iter().map(|row| row.id).collect();
    let mut links = reviews::flags_of_actions(conn, &ids)?;
    let about: BTreeSet<FlagId> = links.values().flatten().copied().collect();
    let about = flags::find_many(conn, &about.into_iter().collect::<Vec<_>>())?;
    let seen: BTreeSet<FlagId> =
        super::flags::seen_of(conn, binding, about)?.into_iter().map(|flag| flag.id).collect();
    let places: BTreeSet<PartnershipId> = rows.iter().map(|row| row.partnership_id).collect();
    let seats = reach::seats(conn, binding, &places.into_iter().collect::<Vec<_>>())?;
    let shown = rows.iter().filter_map(|row| {
        let seat = seats.iter().find(|seat| seat.partnership.id == row.partnership_id)?;
        let flags = links.remove(&row.id).unwrap_or_default();
        Some(Action::new(row, flags.into_iter().filter(|flag| seen.contains(flag)).collect(), seat, now))
    });
    Ok((shown.collect(), next))
}

/// Writes an action down. With a note it answers flags to act on, until its day passes or a later cycle holds them all the same.
#[utoipa::path(tag = "actions", request_body = NewAction, security(("bearer" = ["actions:write"])),
    responses((status = 201, description = "Written.", body = Action, headers(("Location" = String))), WriteProblems))]
#[post("/actions")]
pub async fn add_action(mut call: Call) -> Answer {
    call.may(Scope::ActionsWrite)?;
    let NewAction { text, side, due_on, owner, flags } = call.json().await?;
    let binding = call.caller.binding;
    let read = move |conn: &mut Conn| {
        let Some(partnership) = reach::partnership_of(conn, side)? else { return Ok(None) };
        let Some(seat) = reach::seat(conn, binding, partnership)? else { return Ok(None) };
        let seen = Seen::read(conn, &seat, Vec::new())?;
        Ok::<_, StoreError>(Some((seat, seen)))
    };
    let found = call.state.ctx.store.read(read).await?;
    let (seat, seen) = found
        .ok_or_else(|| ApiError::field("side", "There is no such side, or it is not for this token."))?;
    let Some((first, others)) = flags.split_first() else {
        return Err(ApiError::field("flags", "Name at least one open flag."));
    };
    if !seen.has_open(*first) {
        return Err(ApiError::field("flags[0]", "This must be an open flag of the side's partnership."));
    }
    let flags = all(*first, others, &seen, "flags")?;
    let (speaker, now) = (speaker(&call, &seat), call.state.now());
    let input = ActionInput { text, side, due_on, owner, flags };
    let id = review::promise(&call.state.ctx, speaker, input, now).await?;
    let (row, flags, seat) = find(&call, id).await?;
    let location = (header::LOCATION, format!("{}/actions/{id}", super::BASE));
    Ok(HttpResponse::Created().insert_header(location).json(Action::new(&row, flags, &seat, now)))
}

/// Shows an action.
#[utoipa::path(tag = "actions", params(("id" = ActionId, Path)), security(("bearer" = ["actions:read"])),
    responses((status = 200, description = "The action.", body = Action, headers(("ETag" = String))),
        (status = 304, description = "Unchanged."), ReadProblems))]
#[get("/actions/{id}")]
pub async fn get_action(call: Call) -> Answer {
    call.may(Scope::ActionsRead)?;
    shown(&call, call.id("id")?).await
}

/// Says what became of an action, moves its day, or names who does it.
#[utoipa::path(tag = "actions", params(("id" = ActionId, Path), ("If-Match" = Option<String>, Header, description = "The ETag that was read.")),
    request_body = ActionUpdate, security(("bearer" = ["actions:write"])),
    responses((status = 200, description = "Changed.", body = Action, headers(("ETag" = String))), WriteProblems))]
#[patch("/actions/{id}")]
pub async fn change_action(mut call: Call) -> Answer {
    call.may(Scope::ActionsWrite)?;
    let id = call.id("id")?;
    let (_, _, seat) = find(&call, id).await?;
    let ActionUpdate { state, due_on, owner, note } = call.json().await?;
    let expected = expected(&call, id).await?;
    let owner = owner.map_or(OwnerChange::Stays, OwnerChange::Becomes);
    let patch = ActionPatch { state, due_on, owner, note };
    let (speaker, now) = (speaker(&call, &seat), call.state.now());
    review::change(&call.state.ctx, speaker, id, patch, expected.as_deref(), now).await?;
    shown(&call, id).await
}

/// The version of the stored row where the caller has read what is shown now; what they sent, which then fits nothing, where not.
async fn expected(call: &Call, id: ActionId) -> Result<Option<Vec<String>>, ApiError> {
    let Some(known) = call.expected()? else { return Ok(None) };
    let (row, flags, seat) = find(call, id).await?;
    let shown = tag(&row, &flags, Action::new(&row, flags.clone(), &seat, call.state.now()).overdue);
    Ok(Some(if known.contains(&shown) { vec![version_of(&row)] } else { known }))
}

/// An action is tagged by all that is shown of it.
fn tag(row: &Row, flags: &[FlagId], overdue: bool) -> String {
    version_of(&(row, flags, overdue))
}

async fn shown(call: &Call, id: ActionId) -> Answer {
    let (row, flags, seat) = find(call, id).await?;
    let body = Action::new(&row, flags.clone(), &seat, call.state.now());
    Ok(versioned(&call.request, &body, &tag(&row, &flags, body.overdue)))
}

/// The action within what the token reaches.
async fn find(call: &Call, id: ActionId) -> Result<(Row, Vec<FlagId>, Seat), ApiError> {
    let binding = call.caller.binding;
    let read = move |conn: &mut Conn| {
        let Some(row) = reviews::find_action(conn, id)? else { return Ok(None) };
        let Some(seat) = reach::seat(conn, binding, row.partnership_id)? else { return Ok(None) };
        let about = reviews::flags_of_actions(conn, &[id])?.remove(&id).unwrap_or_default();
        let rows = flags::find_many(conn, &about)?;
        let seen = super::flags::seen_of(conn, binding, rows)?;
        Ok::<_, StoreError>(Some((row, seen.into_iter().map(|flag| flag.id).collect(), seat)))
    };
    call.state.ctx.store.read(read).await?.ok_or(ApiError::NotFound)
}

/// Actions as rows of a table, with its header.
pub(super) fn rows(actions: &[Action]) -> Vec<Vec<String>> {
    let header = [
        "id",
        "partnership_id",
        "cycle_id",
        "side",
        "owner",
        "text",
        "due_on",
        "state",
        "overdue",
        "note",
        "flags",
        "created_at",
        "settled_at",
    ];
    let row = |own: &Action| {
        let flags: Vec<String> = own.flags.iter().map(ToString::to_string).collect();
        vec![
            own.id.to_string(),
            own.partnership_id.to_string(),
            own.cycle_id.to_string(),
            own.side.to_string(),
            own.owner.map(|id| id.to_string()).unwrap_or_default(),
            text(&own.text),
            own.due_on.to_string(),
            own.state.to_string(),
            own.overdue.to_string(),
            text(&own.note),
            flags.join(" "),
            own.created_at.to_rfc3339_opts(SecondsFormat::Secs, true),
            own.settled_at.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true)).unwrap_or_default(),
        ]
    };
    std::iter::once(header.map(str::to_owned).to_vec()).chain(actions.iter().map(row)).collect()
}
