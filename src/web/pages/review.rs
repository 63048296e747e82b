//! The review of a check, `/cycles/{id}/review`. Managers of any side and facilitators write; whoever else sees the scorecard
//! reads; for everybody else there is nothing here.
//!
//! Whatever is sent leads back to the flag or action that it is about: by a redirect when it is done, and with the form as it
//! was filled in and the error beside its field when it is not.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::web::{Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, get, post};
use chrono::{DateTime, NaiveDate, Utc};

use super::flash;
use super::partnership::CYCLES;
use super::setup::typed::{Typed, unprocessable};
use super::view::Flash;
use crate::domain::ids::{AcceptanceId, ActionId, CycleId, FlagId, PersonId};
use crate::store::access::{self, Viewer};
use crate::store::{Conn, StoreError, cadences, cycles, partnerships, people};
use crate::web::State;
use crate::web::auth::{Posted, Visitor};
use crate::web::error::{PageError, html, html_with};
use crate::web::guard::Fields;
use crate::web::present::agenda::Agenda;
use crate::web::present::review::{Hand, Material, address, anchor, page};
use crate::web::present::{Reader, zone};
use crate::workflow::Refusal;
use crate::workflow::proposals::Speaker;
use crate::workflow::review::{self, AcceptanceInput, ActionInput, ActionPatch, Closing, OwnerChange};

/// The words that may follow `?done=`, and what they say.
const DONE: [(&str, &str); 6] = [
    ("noted", "The note is saved; every side reads it."),
    ("promised", "The action is saved. The manager of its side names who does it."),
    ("accepted", "The acceptance is saved. It answers its flags once every side has signed."),
    ("signed", "Your side has signed."),
    ("changed", "The action is changed."),
    ("confirmed", "Your side has confirmed the review."),
];

/// Adds the routes of this page.
pub fn routes(config: &mut ServiceConfig) {
    config.service(show).service(note).service(action).service(acceptance);
    config.service(change).service(sign).service(close);
}

#[get("/cycles/{id}/review")]
async fn show(
    state: Data<State>,
    request: HttpRequest,
    visitor: Visitor,
    id: Path<String>,
) -> Result<HttpResponse, PageError> {
    let id: CycleId = id.parse().map_err(|_| PageError::NotFound)?;
    let flash = flash::done(&request, &DONE);
    html(&drawn(&state, &visitor, id, flash).await?)
}

async fn drawn(
    state: &State,
    visitor: &Visitor,
    id: CycleId,
    flash: Option<Flash>,
) -> Result<super::view::review::ReviewPage, PageError> {
    let (viewer, now) = (visitor.viewer.clone(), state.now());
    let read = state.ctx.store.read(move |conn| material(conn, &viewer, id, now)).await?;
    let material = read.ok_or(PageError::NotFound)?;
    let title =
        format!("Review of {} {}", material.agenda.seat.partnership.name, material.agenda.cycle.period);
    let mut chrome = visitor.chrome(state, &title, "/cycles");
    chrome.flash = flash;
    Ok(page(&material, chrome, &Reader::new(&visitor.viewer.person, now)))
}

pub(super) fn agenda(
    conn: &mut Conn,
    viewer: &Viewer,
    id: CycleId,
    now: DateTime<Utc>,
) -> Result<Option<Agenda>, StoreError> {
    let Some(cycle) = cycles::find(conn, id)? else { return Ok(None) };
    let Some(seat) = access::seat(conn, viewer, cycle.partnership_id)? else { return Ok(None) };
    Agenda::read(conn, seat, cycle, now)
}

fn material(
    conn: &mut Conn,
    viewer: &Viewer,
    id: CycleId,
    now: DateTime<Utc>,
) -> Result<Option<Material>, StoreError> {
    let Some(agenda) = agenda(conn, viewer, id, now)? else { return Ok(None) };
    let partnership = agenda.seat.partnership.clone();
    let members = partnerships::members(conn, partnership.id)?;
    let writers = agenda.notes.iter().filter_map(|(own, _)| own.author.parse().ok());
    let owners = agenda.actions.iter().filter_map(|(own, _)| own.owner_id);
    let wanted: BTreeSet<PersonId> = writers.chain(owners).collect();
    let found = people::find_many(conn, &wanted.into_iter().collect::<Vec<_>>())?;
    let mut names: BTreeMap<PersonId, String> = found.into_iter().map(|own| (own.id, own.name)).collect();
    // A side's own name for somebody goes before the name that they gave themselves.
    for (_, person) in &members {
        names.entry(person.id).and_modify(|name| name.clone_from(&person.name));
    }
    let rules = cadences::active_of(conn, &[partnership.id])?;
    let own = rules.iter().filter(|rule| rule.instrument_id == agenda.cycle.instrument_id);
    let tz = zone(&partnership.zone);
    let next = own.map(|cadence| cadence.rule.next(tz, now).opens).min();
    let next_check =
        next.filter(|_| partnership.state.opens_cycles()).map(|at| at.with_timezone(&tz).date_naive());
    let cycles = cycles::list_of(conn, partnership.id, CYCLES)?;
    Ok(Some(Material { agenda, names, members, cycles, next_check }))
}

/// Somebody who writes on an agenda, and what they sent; for anybody else there is nothing here.
struct Desk {
    agenda: Agenda,
    speaker: Speaker,
    posted: Posted,
    /// The address that it was sent to.
    path: String,
}

impl Desk {
    async fn of(state: &State, request: &HttpRequest, posted: Posted, id: &str) -> Result<Self, PageError> {
        let id: CycleId = id.parse().map_err(|_| PageError::NotFound)?;
        let (viewer, now) = (posted.visitor.viewer.clone(), state.now());
        let read = state.ctx.store.read(move |conn| agenda(conn, &viewer, id, now)).await?;
        let agenda = read.ok_or(PageError::NotFound)?;
        let hand = Hand::of(&agenda);
        if !hand.names {
            return Err(PageError::NotFound);
        }
        let speaker = Speaker { actor: posted.visitor.actor(), side: hand.side };
        Ok(Self { agenda, speaker, posted, path: request.path().to_owned() })
    }

    fn fields(&self) -> &Fields {
        &self.posted.fields
    }

    /// The flag of the address, which the reader must see.
    fn flag(&self, text: &str) -> Result<FlagId, PageError> {
        let id: Option<FlagId> = text.parse().ok();
        id.filter(|id| self.agenda.seen.has_open(*id)).ok_or(PageError::NotFound)
    }

    /// That flag and those that were ticked.
    fn flags(&self, first: &str) -> Result<Vec<FlagId>, PageError> {
        std::iter::once(first).chain(self.fields().all("also")).map(|text| self.flag(text)).collect()
    }

    /// Back to the page at a place of it, or the page with what was filled in and what is wrong with it.
    async fn answer<T>(
        self,
        state: &State,
        came: Result<T, Refusal>,
        word: &str,
        place: &str,
    ) -> Result<HttpResponse, PageError> {
        let id = self.agenda.cycle.id;
        let Err(refusal) = came else {
            let back = format!("{}?done={word}#{place}", address(id));
            return Ok(HttpResponse::SeeOther().insert_header((LOCATION, back)).finish());
        };
        let told = refusal.to_string();
        let typed = Typed::refused(self.posted.fields, refusal)?;
        let flash = Flash::failed("Nothing is saved yet: the form that you sent says why.");
        let mut page = drawn(state, &self.posted.visitor, id, Some(flash)).await?;
        if page.lay_over(&self.path, |form| typed.over(form)) {
            return unprocessable(&page);
        }
        Err(PageError::State(told))
    }
}

fn day(fields: &Fields, name: &str) -> Result<NaiveDate, Refusal> {
    let typed = fields.get(name).trim().parse();
    typed.map_err(|_| Refusal::field(name, "Give the day as a date, such as 2026-12-17."))
}

#[post("/cycles/{id}/review/flags/{flag}/note")]
async fn note(
    state: Data<State>,
    request: HttpRequest,
    path: Path<(String, String)>,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let desk = Desk::of(&state, &request, posted, &path.0).await?;
    let flags = desk.flags(&path.1)?;
    let (place, speaker) = (anchor(flags[0]), desk.speaker.clone());
    let text = desk.fields().get("text").to_owned();
    let came = review::discuss(&state.ctx, speaker, flags, &text, state.now()).await;
    desk.answer(&state, came, "noted", &place).await
}

#[post("/cycles/{id}/review/flags/{flag}/action")]
async fn action(
    state: Data<State>,
    request: HttpRequest,
    path: Path<(String, String)>,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let desk = Desk::of(&state, &request, posted, &path.0).await?;
    let flags = desk.flags(&path.1)?;
    let place = anchor(flags[0]);
    let came = match promise(desk.fields(), flags) {
        Ok(input) => review::promise(&state.ctx, desk.speaker.clone(), input, state.now()).await.map(drop),
        Err(refusal) => Err(refusal),
    };
    desk.answer(&state, came, "promised", &place).await
}

fn promise(fields: &Fields, flags: Vec<FlagId>) -> Result<ActionInput, Refusal> {
    let side = fields.get("side").parse();
    Ok(ActionInput {
        text: fields.get("text").to_owned(),
        side: side.map_err(|_| Refusal::field("side", "Choose the side that does it."))?,
        due_on: day(fields, "due_on")?,
        owner: None,
        flags,
    })
}

#[post("/cycles/{id}/review/flags/{flag}/acceptance")]
async fn acceptance(
    state: Data<State>,
    request: HttpRequest,
    path: Path<(String, String)>,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let desk = Desk::of(&state, &request, posted, &path.0).await?;
    let flags = desk.flags(&path.1)?;
    let place = anchor(flags[0]);
    let came = match day(desk.fields(), "until") {
        Ok(until) => {
            let input = AcceptanceInput { reason: desk.fields().get("reason").to_owned(), until, flags };
            review::accept(&state.ctx, desk.speaker.clone(), input, state.now()).await.map(drop)
        }
        Err(refusal) => Err(refusal),
    };
    desk.answer(&state, came, "accepted", &place).await
}

#[post("/cycles/{id}/review/actions/{action}")]
async fn change(
    state: Data<State>,
    request: HttpRequest,
    path: Path<(String, String)>,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let desk = Desk::of(&state, &request, posted, &path.0).await?;
    let id: ActionId = path.1.parse().map_err(|_| PageError::NotFound)?;
    if !desk.agenda.actions.iter().any(|(own, _)| own.id == id) {
        return Err(PageError::NotFound);
    }
    let came = match patch(desk.fields()) {
        Ok(wanted) => review::change(&state.ctx, desk.speaker.clone(), id, wanted, None, state.now()).await,
        Err(refusal) => Err(refusal),
    };
    desk.answer(&state, came, "changed", &format!("action-{id}")).await
}

/// What is changed of an action; a field that was not sent stays as it is.
fn patch(fields: &Fields) -> Result<ActionPatch, Refusal> {
    let sent = |name: &'static str| fields.all(name).next();
    let state = sent("state").map(str::parse).transpose();
    let owner = match sent("owner") {
        None => OwnerChange::Stays,
        Some("") => OwnerChange::Becomes(None),
        Some(text) => {
            let id = text.parse().map_err(|_| Refusal::field("owner", "Choose one of the people."))?;
            OwnerChange::Becomes(Some(id))
        }
    };
    Ok(ActionPatch {
        state: state.map_err(|_| Refusal::field("state", "Choose where it stands."))?,
        due_on: sent("due_on").map(|_| day(fields, "due_on")).transpose()?,
        owner,
        note: sent("note").map(str::to_owned),
    })
}

#[post("/cycles/{id}/review/acceptances/{acceptance}/sign")]
async fn sign(
    state: Data<State>,
    request: HttpRequest,
    path: Path<(String, String)>,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let desk = Desk::of(&state, &request, posted, &path.0).await?;
    let id: AcceptanceId = path.1.parse().map_err(|_| PageError::NotFound)?;
    let found = desk.agenda.acceptances.iter().find(|own| own.row.id == id && desk.speaker.side.is_some());
    let place =
        found.and_then(|own| own.flags.first()).map(|flag| anchor(*flag)).ok_or(PageError::NotFound)?;
    let came = review::sign(&state.ctx, desk.speaker.clone(), id, state.now()).await;
    desk.answer(&state, came, "signed", &place).await
}

/// Confirms the review for the visitor's side. Refused, the page itself lists what is missing.
#[post("/cycles/{id}/review/close")]
async fn close(
    state: Data<State>,
    request: HttpRequest,
    id: Path<String>,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let desk = Desk::of(&state, &request, posted, &id).await?;
    if desk.speaker.side.is_none() {
        return Err(PageError::NotFound);
    }
    let (cycle, seen) = (desk.agenda.cycle.id, desk.agenda.seen.asking());
    let came = review::confirm(&state.ctx, desk.speaker.clone(), cycle, seen, state.now()).await;
    if let Ok(Closing::Refused(_)) = came {
        let flash = Flash::failed(
            "The review is not closed: flags lack their answer. The end of the page lists them.",
        );
        let page = drawn(&state, &desk.posted.visitor, cycle, Some(flash)).await?;
        return html_with(StatusCode::CONFLICT, &page);
    }
    desk.answer(&state, came, "confirmed", "close").await
}
