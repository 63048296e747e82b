//! Flags: what scorecards ask to be talked about, by episode.
//!
//! Law: the rules of the pages (`web::present::flags`) decide what is seen of a flag; a token of a side whose check is
//! withheld from it reads of that check's flags only what follows from the counts.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::get;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answer::{Answer, Page, Seek, fresh, next_address};
use super::call::Call;
use super::card::indicator_of;
use super::problem::ReadProblems;
use crate::domain::access_token::{Binding, Scope};
use crate::domain::flags::{FlagState, Reason, Severity};
use crate::domain::ids::{CycleId, FlagId, PartnershipId};
use crate::domain::publication::Scorecard;
use crate::store::flags::{self as store, Flag as Row};
use crate::store::{Conn, StoreError, portfolio, reach};
use crate::web::pages::partnership::CHECKS;
use crate::web::present::{History, flags};

/// A flag: one indicator of one partnership, or the partnership as a whole, in one episode.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Flag {
    /// Identifier.
    pub id: FlagId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The instrument to whose history it belongs.
    pub instrument_id: String,
    /// The indicator; null where it is about the partnership as a whole.
    pub indicator: Option<String>,
    /// What it asks for.
    pub severity: Severity,
    /// Where it stands.
    pub state: FlagState,
    /// Why it stands.
    pub reasons: Vec<Reason>,
    /// Held because the last cycle measured nothing that could have cleared it.
    pub unmeasured: bool,
    /// The cycle that raised it.
    pub raised_cycle_id: CycleId,
    /// When it was raised.
    pub raised_at: DateTime<Utc>,
    /// The cycle that last raised, held or cleared it.
    pub last_cycle_id: CycleId,
    /// When it was cleared; null while it is open.
    pub cleared_at: Option<DateTime<Utc>>,
    /// When it first had a valid answer; it stays when the answer ends later. Null before.
    pub answered_at: Option<DateTime<Utc>>,
    /// Whole days from the raising to the first valid answer; one of an imported cycle counts from the import.
    pub days_to_answer: Option<i64>,
    /// Whole days from the raising until it was cleared, counted the same way.
    pub days_to_clear: Option<i64>,
}

impl From<&Row> for Flag {
    fn from(row: &Row) -> Self {
        Self {
            id: row.id,
            partnership_id: row.partnership_id,
            instrument_id: row.instrument_id.clone(),
            indicator: indicator_of(&row.subject),
            severity: row.severity,
            state: row.state,
            reasons: row.reasons.clone(),
            unmeasured: row.unmeasured,
            raised_cycle_id: row.raised_cycle_id,
            raised_at: row.raised_at,
            last_cycle_id: row.last_cycle_id,
            cleared_at: row.cleared_at,
            answered_at: row.answered_at,
            days_to_answer: row.days_to_answer(),
            days_to_clear: row.days_to_clear(),
        }
    }
}

/// Flags that are over, or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Raised or held.
    Open,
    /// Over.
    Cleared,
}

/// Which flags.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Open ones or cleared ones; all when left out.
    #[param(inline)]
    pub state: Option<Standing>,
    /// Begin after the flag with this identifier.
    #[param(value_type = Option<FlagId>)]
    pub after: Option<String>,
    /// Flags of the page at most, 1 to 200; 50 when left out.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 200)]
    pub limit: Option<String>,
}

/// Lists the flags that the token reaches. A page may hold fewer than asked for although there are more: `next` tells.
#[utoipa::path(tag = "flags", params(Which), security(("bearer" = ["flags:read"])),
    responses((status = 200, description = "A page of flags.", body = Page<Flag>, headers(("ETag" = String))),
        (status = 304, description = "Unchanged."), ReadProblems))]
#[get("/flags")]
pub async fn list_flags(call: Call) -> Answer {
    call.may(Scope::FlagsRead)?;
    let Which { state, after, limit } = call.query()?;
    let seek = Seek { after, limit };
    let (after, limit, binding) = (seek.after()?, seek.limit()?, call.caller.binding);
    let open = state.map(|own| own == Standing::Open);
    let read = move |conn: &mut Conn| within_view(conn, binding, open, after, limit);
    let (rows, next) = call.state.ctx.store.read(read).await?;
    let items: Vec<Flag> = rows.iter().map(Flag::from).collect();
    let next = next.map(|last| next_address(&call.request, &last.to_string()));
    Ok(fresh(&call.request, &Page { items, next }))
}

/// The flags of a page as the token may see them, and the one after which the next page begins.
fn within_view(
    conn: &mut Conn,
    binding: Binding,
    open: Option<bool>,
    after: Option<FlagId>,
    limit: i64,
) -> Result<(Vec<Row>, Option<FlagId>), StoreError> {
    let mut rows = store::reached(conn, binding, open, after, limit + 1)?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|last| last.id);
    Ok((seen_of(conn, binding, rows)?, next))
}

/// Those of these flags that the token reaches and sees, as it may see them.
pub(super) fn seen_of(conn: &mut Conn, binding: Binding, mut rows: Vec<Row>) -> Result<Vec<Row>, StoreError> {
    let mut cards = cards(conn, &rows)?;
    let ids: BTreeSet<PartnershipId> = rows.iter().map(|row| row.partnership_id).collect();
    let seats = reach::seats(conn, binding, &ids.into_iter().collect::<Vec<_>>())?;
    let mut seen = Vec::with_capacity(rows.len());
    for seat in seats {
        let id = seat.partnership.id;
        let own: Vec<Row> = rows.extract_if(.., |row| row.partnership_id == id).collect();
        let mut by_instrument: BTreeMap<String, Vec<Row>> = BTreeMap::new();
        for row in own {
            by_instrument.entry(row.instrument_id.clone()).or_default().push(row);
        }
        for (instrument, own) in by_instrument {
            let same = |card: &mut Scorecard| card.partnership_id == id && card.instrument.id == instrument;
            let checks: Vec<Scorecard> = cards.extract_if(.., same).collect();
            seen.extend(flags::visible(own, &History::new(&checks, seat.own_side())));
        }
    }
    seen.sort_by_key(|row| row.id);
    Ok(seen)
}

/// The checks on which these flags rest, oldest first: those that the pages read, and whichever a flag names besides.
fn cards(conn: &mut Conn, rows: &[Row]) -> Result<Vec<Scorecard>, StoreError> {
    let ids: BTreeSet<PartnershipId> = rows.iter().map(|row| row.partnership_id).collect();
    let mut cards = portfolio::history(conn, &ids.into_iter().collect::<Vec<_>>(), CHECKS)?;
    let named = portfolio::named(conn, &cards, rows)?;
    cards.extend(named);
    cards.sort_by_key(|card| (card.closed_at, card.cycle_id));
    Ok(cards)
}
