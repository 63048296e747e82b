//! The audit log, `/admin/audit` for administrators and `/partnerships/{id}/audit` for the managers of a partnership: who did
//! what, when. Each is there as a file, too. For everybody else the page does not exist.
//!
//! Law: identifiers, and the names of people whom the reader may know; never what or whether anybody answered.

use std::collections::HashMap;

use actix_web::web::{Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, get};
use uuid::Uuid;

use super::flash::field;
use super::view::Link;
use super::view::audit::{AuditPage, AuditRow};
use crate::domain::access_token::Binding;
use crate::domain::ids::{PartnershipId, PersonId};
use crate::domain::words::capital;
use crate::store::audit::{self, Entry, From};
use crate::store::people::Person;
use crate::store::{Conn, StoreError, access, partnerships, people};
use crate::web::State;
use crate::web::api::flat;
use crate::web::auth::{Administrator, Visitor};
use crate::web::error::{PageError, html};
use crate::web::present::{Reader, acts};

/// Entries on one page.
const SHOWN: i64 = 50;
/// Entries in one file; whoever needs more reads them by the REST interface, page by page.
const IN_A_FILE: i64 = 50_000;

/// Adds the routes of these pages.
pub fn routes(config: &mut ServiceConfig) {
    config.service(of_all).service(file_of_all).service(of_one).service(file_of_one);
}

/// Whose log it is and where it stands.
struct Log {
    binding: Binding,
    title: String,
    back: Link,
    base: String,
    /// Whose names the reader may read; everybody's for an administrator.
    known: Option<Vec<(PersonId, String)>>,
}

impl Log {
    fn of_instance() -> Self {
        Self {
            binding: Binding::Instance,
            title: "this instance".to_owned(),
            back: Link::new("Operations", "/admin"),
            base: "/admin/audit".to_owned(),
            known: None,
        }
    }

    /// The log of a partnership, for its managers; they know the people of their side and the managers of the others.
    async fn of_partnership(state: &State, visitor: &Visitor, id: &str) -> Result<Self, PageError> {
        let id: PartnershipId = id.parse().map_err(|_| PageError::NotFound)?;
        let viewer = visitor.viewer.clone();
        let read = move |conn: &mut Conn| -> Result<_, StoreError> {
            let Some(seat) = access::seat(conn, &viewer, id)? else { return Ok(None) };
            let Some(own) = acts::speaks_for(&seat) else { return Ok(None) };
            let members = partnerships::members(conn, id)?;
            let known = members.into_iter().filter(|(one, _)| one.manager || one.side_id == Some(own));
            Ok(Some((seat.partnership.name, known.map(|(_, person)| (person.id, person.name)).collect())))
        };
        let (name, known) = state.ctx.store.read(read).await?.ok_or(PageError::NotFound)?;
        let page = format!("/partnerships/{id}");
        Ok(Self {
            binding: Binding::Partnership(id),
            back: Link::new(&name, &page),
            title: name,
            base: format!("{page}/audit"),
            known: Some(known),
        })
    }

    async fn names(&self, state: &State, entries: &[Entry]) -> Result<HashMap<PersonId, String>, PageError> {
        let known: HashMap<PersonId, String> = self.known.iter().flatten().cloned().collect();
        let mut actors: Vec<PersonId> = entries.iter().filter_map(|own| own.actor.parse().ok()).collect();
        actors.retain(|own| !known.contains_key(own));
        actors.sort_unstable();
        actors.dedup();
        let others = state.ctx.store.read(move |conn| people::find_many(conn, &actors)).await?;
        // In the log of a partnership strangers stay unnamed; that one of them administers the server is what its sides want
        // to know.
        let named = |own: Person| match (&self.known, own.administrator) {
            (None, _) => Some((own.id, own.name)),
            (Some(_), true) => Some((own.id, "Somebody who administers this server".to_owned())),
            (Some(_), false) => None,
        };
        Ok(others.into_iter().filter_map(named).chain(known).collect())
    }
}

fn row(entry: &Entry, names: &HashMap<PersonId, String>, reader: &Reader) -> AuditRow {
    let who = match entry.actor.parse::<PersonId>() {
        Ok(id) => names.get(&id).cloned().unwrap_or_else(|| "Somebody else".to_owned()),
        Err(_) => capital(&entry.actor),
    };
    AuditRow {
        at: reader.moment(entry.at.and_utc()),
        who,
        act: capital(&entry.act.replace('_', " ")),
        object: entry.object.clone(),
    }
}

async fn page(
    state: &State,
    request: &HttpRequest,
    visitor: &Visitor,
    log: Log,
) -> Result<HttpResponse, PageError> {
    let before = field(request, "before").and_then(|id| id.parse::<Uuid>().ok());
    let (binding, from) = (log.binding, From::Before(before.map(|id| id.as_hyphenated().to_string())));
    let mut entries = state.ctx.store.read(move |conn| audit::page(conn, binding, from, SHOWN + 1)).await?;
    let shown = usize::try_from(SHOWN).unwrap_or(usize::MAX);
    let more = entries.len() > shown;
    entries.truncate(shown);
    let names = log.names(state, &entries).await?;
    let reader = Reader::new(&visitor.viewer.person, state.now());
    html(&AuditPage {
        chrome: visitor.chrome(state, "Audit log", "/admin"),
        headline: format!("Who did what: {}.", log.title),
        back: log.back,
        rows: entries.iter().map(|entry| row(entry, &names, &reader)).collect(),
        older: entries.last().filter(|_| more).map(|own| format!("{}?before={}", log.base, own.id)),
        newest: before.is_some().then(|| log.base.clone()),
        file: format!("{}.csv", log.base),
    })
}

async fn file(state: &State, log: &Log) -> Result<HttpResponse, PageError> {
    let binding = log.binding;
    let read = move |conn: &mut Conn| audit::page(conn, binding, From::Before(None), IN_A_FILE);
    let entries = state.ctx.store.read(read).await?;
    let head = ["at", "actor", "act", "object", "id", "request_id"].map(str::to_owned).to_vec();
    let rows = entries.into_iter().rev().map(|own| {
        let at = own.at.and_utc().to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
        vec![at, own.actor, own.act, own.object, own.id, own.request_id.unwrap_or_default()]
    });
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header(("content-disposition", "attachment; filename=\"audit.csv\""))
        .body(flat::csv(std::iter::once(head).chain(rows))))
}

#[get("/admin/audit")]
async fn of_all(
    state: Data<State>,
    request: HttpRequest,
    Administrator(visitor): Administrator,
) -> Result<HttpResponse, PageError> {
    page(&state, &request, &visitor, Log::of_instance()).await
}

#[get("/admin/audit.csv")]
async fn file_of_all(state: Data<State>, _: Administrator) -> Result<HttpResponse, PageError> {
    file(&state, &Log::of_instance()).await
}

#[get("/partnerships/{id}/audit")]
async fn of_one(
    state: Data<State>,
    request: HttpRequest,
    visitor: Visitor,
    id: Path<String>,
) -> Result<HttpResponse, PageError> {
    let log = Log::of_partnership(&state, &visitor, &id).await?;
    page(&state, &request, &visitor, log).await
}

#[get("/partnerships/{id}/audit.csv")]
async fn file_of_one(
    state: Data<State>,
    visitor: Visitor,
    id: Path<String>,
) -> Result<HttpResponse, PageError> {
    file(&state, &Log::of_partnership(&state, &visitor, &id).await?).await
}
