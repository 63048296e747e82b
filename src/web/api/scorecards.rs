//! Scorecards: one cycle's, and the last ones of a partnership.

use actix_web::get;
use serde::Deserialize;
use utoipa::IntoParams;

use super::answer::{Answer, Page, json, next_address, packed, told, versioned};
use super::call::Call;
use super::card::Scorecard;
use super::problem::{ApiError, Problem, ReadProblems};
use crate::domain::access_token::{Binding, Scope};
use crate::domain::cycle::CycleState;
use crate::domain::ids::{CycleId, PartnershipId, SideId};
use crate::domain::publication::Scorecard as Frozen;
use crate::store::{Conn, StoreError, cycles, reach, scorecards};
use crate::web::present::{Check, History};
use crate::workflow::version_of;

/// Scorecards of a page unless another number is asked for.
const DEFAULT_LAST: i64 = 12;
/// Most scorecards of a page.
const MAX_LAST: i64 = 40;

/// Shows the scorecard of a closed cycle. It never changes.
#[utoipa::path(tag = "scorecards", params(("id" = CycleId, Path)), security(("bearer" = ["scorecards:read"])),
    responses((status = 200, description = "The scorecard.", body = Scorecard, headers(("ETag" = String))),
        (status = 304, description = "Unchanged."),
        (status = 409, description = "The cycle has not closed, or never will.", body = Problem, content_type = "application/problem+json"),
        ReadProblems))]
#[get("/cycles/{id}/scorecard")]
pub async fn get_scorecard(call: Call) -> Answer {
    call.may(Scope::ScorecardsRead)?;
    let (id, binding): (CycleId, Binding) = (call.id("id")?, call.caller.binding);
    match call.state.ctx.store.read(move |conn| of_cycle(conn, binding, id)).await? {
        Found::Nothing => Err(ApiError::NotFound),
        Found::NoCard(state) => Err(ApiError::State(no_card(state).to_owned())),
        Found::Card(history) => {
            let (check, before) = (history.latest().ok_or(ApiError::Broken)?, history.previous());
            let version = format!("{id}.{}", version_of(&(env!("CARGO_PKG_VERSION"), check, before)));
            Ok(versioned(&call.request, &Scorecard::new(check, before), &version))
        }
    }
}

enum Found {
    Nothing,
    NoCard(CycleState),
    /// The check, last, and the one before if there is one.
    Card(History),
}

fn of_cycle(conn: &mut Conn, binding: Binding, id: CycleId) -> Result<Found, StoreError> {
    let Some(cycle) = cycles::find(conn, id)? else { return Ok(Found::Nothing) };
    let Some(seat) = reach::seat(conn, binding, cycle.partnership_id)? else { return Ok(Found::Nothing) };
    let Some(card) = scorecards::find(conn, id)? else { return Ok(Found::NoCard(cycle.state)) };
    let mut cards = before(conn, &card)?;
    cards.push(card);
    Ok(Found::Card(History::new(&cards, seat.own_side())))
}

/// The check before of the same instrument.
fn before(conn: &mut Conn, card: &Frozen) -> Result<Vec<Frozen>, StoreError> {
    scorecards::backwards(conn, card.partnership_id, Some(&card.instrument.id), Some(card), 1)
}

fn no_card(state: CycleState) -> &'static str {
    match state {
        CycleState::Open | CycleState::Closed => {
            "This cycle has not closed yet; nothing but counts is shown before its close."
        }
        CycleState::Cancelled => "This cycle was cancelled; it has no scorecard.",
        CycleState::SkippedLate | CycleState::NotOpened => {
            "This cycle was never opened; it has no scorecard."
        }
    }
}

/// Which scorecards of a partnership.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct Last {
    /// How many of the newest, 1 to 40; 12 when left out.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 40)]
    pub last: Option<String>,
    /// Of this instrument only.
    pub instrument: Option<String>,
    /// Those before the scorecard of this cycle.
    #[param(value_type = Option<CycleId>)]
    pub after: Option<String>,
}

impl Last {
    fn last(&self) -> Result<i64, ApiError> {
        let Some(text) = &self.last else { return Ok(DEFAULT_LAST) };
        let number = text.parse().ok().filter(|n| (1..=MAX_LAST).contains(n));
        number.ok_or_else(|| ApiError::field("last", "It must be a whole number from 1 to 40."))
    }

    fn after(&self) -> Result<Option<CycleId>, ApiError> {
        let parse = |text: &String| text.parse().map_err(|_| after_what());
        self.after.as_ref().map(parse).transpose()
    }
}

fn after_what() -> ApiError {
    ApiError::field("after", "It must be the identifier of a cycle of this partnership that has a scorecard.")
}

/// Lists the last scorecards of a partnership, oldest first; `next` leads to the ones before them.
#[utoipa::path(tag = "scorecards", params(("id" = PartnershipId, Path), Last), security(("bearer" = ["scorecards:read"])),
    responses((status = 200, description = "The last scorecards, oldest first.", body = Page<Scorecard>, headers(("ETag" = String))),
        (status = 304, description = "Unchanged."), ReadProblems))]
#[get("/partnerships/{id}/scorecards")]
pub async fn list_scorecards(call: Call) -> Answer {
    call.may(Scope::ScorecardsRead)?;
    let id: PartnershipId = call.id("id")?;
    let wanted: Last = call.query()?;
    let (last, after) = (wanted.last()?, wanted.after()?);
    let (side, revision) = call.seat(id).await?;
    let key = format!("scorecards {id} {revision} {side:?} {}", call.request.uri());
    let make = async {
        let read = move |conn: &mut Conn| last_of(conn, side, id, &wanted, after, last);
        let part = call.state.ctx.store.read::<_, StoreError, _>(read).await?.ok_or_else(after_what)?;
        packed(json(&shown(&call, &part), None)?).await
    };
    Ok(told(&call.request, &*call.state.rendered.or_made::<ApiError>(&key, make).await?))
}

fn shown(call: &Call, part: &Part) -> Page<Scorecard> {
    let (history, earlier) = (History::new(&part.cards, part.side), History::new(&part.earlier, part.side));
    let items: Vec<Scorecard> = history
        .checks()
        .iter()
        .enumerate()
        .map(|(place, check)| {
            let same = |other: &&Check| other.card.instrument.id == check.card.instrument.id;
            let before = history.checks()[..place].iter().rfind(same);
            Scorecard::new(check, before.or_else(|| earlier.checks().iter().find(same)))
        })
        .collect();
    let oldest = items.first().filter(|_| part.more).map(|card| card.cycle_id.to_string());
    let next = oldest.map(|oldest| next_address(&call.request, &oldest));
    Page { items, next }
}

struct Part {
    /// Oldest first.
    cards: Vec<Frozen>,
    /// For the first card of each instrument the one before it.
    earlier: Vec<Frozen>,
    /// Whether there are older ones.
    more: bool,
    side: Option<SideId>,
}

/// `None` where `after` names no scorecard of this partnership.
fn last_of(
    conn: &mut Conn,
    side: Option<SideId>,
    id: PartnershipId,
    wanted: &Last,
    after: Option<CycleId>,
    last: i64,
) -> Result<Option<Part>, StoreError> {
    let place = match after {
        Some(cycle) => match scorecards::find(conn, cycle)?.filter(|card| card.partnership_id == id) {
            Some(card) => Some(card),
            None => return Ok(None),
        },
        None => None,
    };
    let mut cards = scorecards::backwards(conn, id, wanted.instrument.as_deref(), place.as_ref(), last + 1)?;
    let last = usize::try_from(last).unwrap_or(usize::MAX);
    let more = cards.len() > last;
    cards.truncate(last);
    cards.reverse();
    let mut firsts: Vec<&Frozen> = Vec::new();
    for card in &cards {
        if firsts.iter().all(|known| known.instrument.id != card.instrument.id) {
            firsts.push(card);
        }
    }
    let mut earlier = Vec::new();
    for card in firsts {
        earlier.extend(before(conn, card)?);
    }
    Ok(Some(Part { cards, earlier, more, side }))
}
