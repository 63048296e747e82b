//! Exports: everything that a token reaches in one answer, sent partnership by partnership.
//!
//! Law: published figures only, as the token may see them; the unrounded ones are for the operator's command line.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context as Waker, Poll};

use actix_web::web::Bytes;
use actix_web::{HttpResponse, HttpResponseBuilder, get};
use futures_core::Stream;
use serde::Serialize;
use utoipa::ToSchema;

use super::actions::{self, Action};
use super::answer::{Answer, MAX_LIMIT};
use super::call::Call;
use super::card::Scorecard;
use super::flat;
use super::problem::{ApiError, ReadProblems};
use crate::domain::access_token::{Binding, Scope};
use crate::domain::ids::PartnershipId;
use crate::store::access::Seat;
use crate::store::reviews::ActionFilter;
use crate::store::{Conn, Store, StoreError, reach, scorecards};
use crate::web::present::{Check, History};

/// Partnerships of one read.
const AT_ONCE: u8 = 20;

/// The scorecards of one partnership, oldest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExportedPartnership {
    /// Its name.
    pub partnership: String,
    /// Its scorecards.
    pub scorecards: Vec<Scorecard>,
}

/// All scorecards within reach.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExportedScorecards {
    /// The partnerships.
    pub partnerships: Vec<ExportedPartnership>,
}

/// The kind of a file of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum Table {
    /// JSON.
    Json,
    /// Comma-separated values.
    Csv,
}

/// Exports the scorecards of every partnership that the token reaches, as it may see them.
#[utoipa::path(tag = "exports", params(("format" = inline(Table), Path, description = "The kind of file.")),
    security(("bearer" = ["scorecards:read"])),
    responses((status = 200, description = "The scorecards.",
            content((ExportedScorecards = "application/json"), (String = "text/csv"))), ReadProblems))]
#[get("/exports/scorecards.{format}")]
pub async fn export_scorecards(call: Call) -> Answer {
    call.may(Scope::ScorecardsRead)?;
    let table = table(&call)?;
    let export = Export {
        store: call.state.ctx.store.clone(),
        binding: call.caller.binding,
        table,
        after: None,
        first: true,
        step: Step::Begins,
    };
    Ok(file(table, "scorecards").streaming(export))
}

fn table(call: &Call) -> Result<Table, ApiError> {
    match call.text("format")?.as_str() {
        "json" => Ok(Table::Json),
        "csv" => Ok(Table::Csv),
        _ => Err(ApiError::NotFound),
    }
}

fn file(table: Table, name: &str) -> HttpResponseBuilder {
    let (kind, end) = match table {
        Table::Json => ("application/json", "json"),
        Table::Csv => ("text/csv; charset=utf-8", "csv"),
    };
    let mut response = HttpResponse::Ok();
    response
        .content_type(kind)
        .insert_header(("cache-control", "private, no-cache"))
        .insert_header(("content-disposition", format!("attachment; filename=\"{name}.{end}\"")));
    response
}

/// All actions within reach.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExportedActions {
    /// The actions, in the order in which they were written.
    pub actions: Vec<Action>,
}

/// Exports the actions of every partnership that the token reaches.
#[utoipa::path(tag = "exports", params(("format" = inline(Table), Path, description = "The kind of file.")),
    security(("bearer" = ["actions:read"])),
    responses((status = 200, description = "The actions.",
            content((ExportedActions = "application/json"), (String = "text/csv"))), ReadProblems))]
#[get("/exports/actions.{format}")]
pub async fn export_actions(call: Call) -> Answer {
    call.may(Scope::ActionsRead)?;
    let table = table(&call)?;
    let (binding, now) = (call.caller.binding, call.state.now());
    let read = move |conn: &mut Conn| {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = (after, MAX_LIMIT);
            let (some, next) = actions::part(conn, binding, ActionFilter::default(), page, now)?;
            all.extend(some);
            after = next;
            if after.is_none() {
                return Ok::<_, StoreError>(all);
            }
        }
    };
    let actions = call.state.ctx.store.read(read).await?;
    let mut response = file(table, "actions");
    Ok(match table {
        Table::Json => response.json(ExportedActions { actions }),
        Table::Csv => response.body(flat::csv(actions::rows(&actions))),
    })
}

/// What one read gave: text, and where the next one begins if there may be more.
type Part = Result<(Vec<ExportedPartnership>, Option<PartnershipId>), StoreError>;

enum Step {
    Begins,
    Reads(Pin<Box<dyn Future<Output = Part>>>),
    Ends,
    Over,
}

/// The export as it is sent: the next partnerships are read when the last ones are gone.
struct Export {
    store: Store,
    binding: Binding,
    table: Table,
    after: Option<PartnershipId>,
    first: bool,
    step: Step,
}

impl Export {
    fn next(&self) -> Step {
        let (store, binding, after) = (self.store.clone(), self.binding, self.after);
        Step::Reads(Box::pin(async move { store.read(move |conn| part(conn, binding, after)).await }))
    }

    fn head(&self) -> Vec<u8> {
        match self.table {
            Table::Json => b"{\"partnerships\": [".to_vec(),
            Table::Csv => flat::csv([flat::header()]),
        }
    }

    fn body(&mut self, some: &[ExportedPartnership]) -> Vec<u8> {
        let mut text = Vec::new();
        for own in some {
            match self.table {
                Table::Json => {
                    text.extend_from_slice(if self.first { b"\n" } else { b",\n" });
                    text.extend(serde_json::to_vec(own).unwrap_or_default());
                }
                Table::Csv => {
                    let rows = own.scorecards.iter().flat_map(|card| flat::rows(&own.partnership, card));
                    text.extend(flat::csv(rows));
                }
            }
            self.first = false;
        }
        text
    }
}

impl Stream for Export {
    type Item = Result<Bytes, ApiError>;

    fn poll_next(self: Pin<&mut Self>, waker: &mut Waker<'_>) -> Poll<Option<Self::Item>> {
        let export = self.get_mut();
        loop {
            match &mut export.step {
                Step::Begins => {
                    export.step = export.next();
                    return Poll::Ready(Some(Ok(export.head().into())));
                }
                Step::Reads(reading) => {
                    let (some, after) = match reading.as_mut().poll(waker) {
                        Poll::Pending => return Poll::Pending,
                        Poll::Ready(Ok(part)) => part,
                        Poll::Ready(Err(error)) => {
                            export.step = Step::Over;
                            return Poll::Ready(Some(Err(error.into())));
                        }
                    };
                    export.after = after;
                    export.step = if after.is_some() { export.next() } else { Step::Ends };
                    let text = export.body(&some);
                    if !text.is_empty() {
                        return Poll::Ready(Some(Ok(text.into())));
                    }
                }
                Step::Ends => {
                    export.step = Step::Over;
                    let end: &[u8] = if export.table == Table::Json { b"\n]}\n" } else { b"" };
                    if !end.is_empty() {
                        return Poll::Ready(Some(Ok(Bytes::from_static(b"\n]}\n"))));
                    }
                }
                Step::Over => return Poll::Ready(None),
            }
        }
    }
}

fn part(conn: &mut Conn, binding: Binding, after: Option<PartnershipId>) -> Part {
    let seats = reach::seats_after(conn, binding, after, i64::from(AT_ONCE))?;
    let full = seats.len() == usize::from(AT_ONCE);
    let next = seats.last().map(|seat| seat.partnership.id).filter(|_| full);
    let all = seats.iter().map(|seat| exported(conn, seat)).collect::<Result<Vec<_>, _>>()?;
    Ok((all, next))
}

/// The scorecards of one partnership as a reader may see them.
pub(super) fn exported(conn: &mut Conn, seat: &Seat) -> Result<ExportedPartnership, StoreError> {
    let mut cards = scorecards::all_of(conn, seat.partnership.id)?;
    // What a viewer may see rests on the checks before of the same instrument.
    cards.sort_by(|a, b| a.instrument.id.cmp(&b.instrument.id));
    let mut all = Vec::with_capacity(cards.len());
    for of_one in cards.chunk_by(|a, b| a.instrument.id == b.instrument.id) {
        let history = History::new(of_one, seat.own_side());
        let mut before: Option<&Check> = None;
        for check in history.checks() {
            all.push(Scorecard::new(check, before));
            before = Some(check);
        }
    }
    all.sort_by_key(|card| (card.closed_at, card.cycle_id));
    Ok(ExportedPartnership { partnership: seat.partnership.name.clone(), scorecards: all })
}
