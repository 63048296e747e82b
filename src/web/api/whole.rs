//! Everything of one partnership that one reader may see, in one document: for whoever leaves, or keeps a copy.
//!
//! Law: it holds what the pages show and nothing else, so that every side that answered gets the same document. Who the members
//! of a side are is exported by that side alone, with the list of members. The page of the partnership offers it as well.

use std::collections::BTreeMap;

use actix_web::http::header::{CONTENT_DISPOSITION, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::{Answer, fresh_text};
use super::cadences::Cadence;
use super::call::Call;
use super::card::Scorecard;
use super::cycles::Cycle;
use super::exports::{Table, exported};
use super::flags::Flag;
use super::flat;
use super::partnerships::{Partnership, seat};
use super::problem::{ApiError, ReadProblems};
use crate::domain::access_token::Scope;
use crate::domain::ids::CycleId;
use crate::store::access::Seat;
use crate::store::{Conn, StoreError, cadences, cycles, flags, invitations, scorecards};
use crate::web::present::{History, flags as shown};

/// More rows than any partnership has.
const ALL: i64 = 1_000_000;

/// One partnership as one reader may see it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WholePartnership {
    /// The partnership and its sides.
    pub partnership: Partnership,
    /// Its cadences.
    pub cadences: Vec<Cadence>,
    /// Its cycles, oldest first, with their response counts.
    pub cycles: Vec<Cycle>,
    /// Its scorecards, oldest first.
    pub scorecards: Vec<Scorecard>,
    /// Its flags, oldest first.
    pub flags: Vec<Flag>,
}

/// Reads it.
pub fn whole(conn: &mut Conn, seat: &Seat) -> Result<WholePartnership, StoreError> {
    let id = seat.partnership.id;
    let mut rows = cycles::list_of(conn, id, ALL)?;
    rows.reverse();
    let ids: Vec<CycleId> = rows.iter().map(|row| row.id).collect();
    let counts = invitations::counts(conn, &ids)?;
    Ok(WholePartnership {
        partnership: Partnership::from(seat),
        cadences: cadences::of_partnership(conn, id)?.iter().map(Cadence::from).collect(),
        cycles: rows.iter().map(|row| Cycle::new(row, seat, &counts)).collect(),
        scorecards: exported(conn, seat)?.scorecards,
        flags: seen_flags(conn, seat)?,
    })
}

/// The flags as the reader may see them: each rests on the checks of its instrument.
fn seen_flags(conn: &mut Conn, seat: &Seat) -> Result<Vec<Flag>, StoreError> {
    let id = seat.partnership.id;
    let mut by_instrument: BTreeMap<String, Vec<flags::Flag>> = BTreeMap::new();
    for row in flags::history(conn, id, ALL)? {
        by_instrument.entry(row.instrument_id.clone()).or_default().push(row);
    }
    let cards = scorecards::all_of(conn, id)?;
    let mut seen = Vec::new();
    for (instrument, rows) in by_instrument {
        let own: Vec<_> = cards.iter().filter(|card| card.instrument.id == instrument).cloned().collect();
        seen.extend(shown::visible(rows, &History::new(&own, seat.own_side())));
    }
    seen.sort_by_key(|row| (row.raised_at, row.id));
    Ok(seen.iter().map(Flag::from).collect())
}

/// The file of one kind: the whole document as JSON, or the scorecards as rows.
pub fn file(
    request: &HttpRequest,
    whole: &WholePartnership,
    table: Table,
) -> Result<HttpResponse, serde_json::Error> {
    let (kind, end, body) = match table {
        Table::Json => ("application/json", "json", serde_json::to_string_pretty(whole)?),
        Table::Csv => {
            let rows = whole.scorecards.iter().flat_map(|card| flat::rows(&whole.partnership.name, card));
            let all = std::iter::once(flat::header()).chain(rows);
            ("text/csv; charset=utf-8", "csv", String::from_utf8_lossy(&flat::csv(all)).into_owned())
        }
    };
    let mut response = fresh_text(request, body, kind);
    let name = HeaderValue::from_str(&format!("attachment; filename=\"partnership.{end}\""));
    if let Ok(name) = name {
        response.headers_mut().insert(CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

/// Which file an address asks for.
pub fn table(format: &str) -> Option<Table> {
    match format {
        "json" => Some(Table::Json),
        "csv" => Some(Table::Csv),
        _ => None,
    }
}

/// Exports everything of one partnership that the token may see: as JSON the partnership, its cadences, cycles, scorecards and
/// flags; as CSV its scorecards. Every side that answered gets the same.
#[utoipa::path(tag = "exports", params(("id" = crate::domain::ids::PartnershipId, Path),
        ("format" = inline(Table), Path, description = "The kind of file.")),
    security(("bearer" = ["scorecards:read", "cycles:read", "flags:read"])),
    responses((status = 200, description = "The partnership.",
            content((WholePartnership = "application/json"), (String = "text/csv")), headers(("ETag" = String))),
        (status = 304, description = "Unchanged."), ReadProblems))]
#[get("/partnerships/{id:[^/:]+}/export.{format}")]
pub async fn export_partnership(call: Call) -> Answer {
    for scope in [Scope::ScorecardsRead, Scope::CyclesRead, Scope::FlagsRead] {
        call.may(scope)?;
    }
    let seat = seat(&call, call.id("id")?).await?;
    let table = table(&call.text("format")?).ok_or(ApiError::NotFound)?;
    let found = call.state.ctx.store.read(move |conn| whole(conn, &seat)).await?;
    file(&call.request, &found, table).map_err(|_| ApiError::Broken)
}
