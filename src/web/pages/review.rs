//! The review of a check, `/cycles/{id}/review`. Managers of any side and facilitators write; whoever else sees the scorecard
//! reads; for everybody else there is nothing here.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::web::{Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, get, post};
use chrono::{DateTime, NaiveDate, Utc};

use super::acts::back;
use super::flash;
use crate::domain::ids::{AcceptanceId, ActionId, CycleId, FlagId, PersonId};
use crate::store::access::{self, Viewer};
use crate::store::{Conn, StoreError, cadences, cycles, partnerships, people};
use crate::web::State;
use crate::web::auth::{Posted, Visitor};
use crate::web::error::{PageError, html};
use crate::web::guard::Fields;
use crate::web::present::agenda::Agenda;
use crate::web::present::review::{Hand, Material, page};
use crate::web::present::{Reader, zone};
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
    let (viewer, now) = (visitor.viewer.clone(), state.now());
    let read = state.ctx.store.read(move |conn| material(conn, &viewer, id, now)).await?;
    let material = read.ok_or(PageError::NotFound)?;
    let title = format!("Review of {} {}", material.agenda.seat.partnership.name, material.agenda.cycle.period);
    let mut chrome = visitor.chrome(&state, &title, "/cycles");
    chrome.flash = flash::done(&request, &DONE);
    html(&page(&material, chrome, &Reader::new(&visitor.viewer.person, now)))
}

fn agenda(
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
    Ok(Some(Material { agenda, names, members, next_check }))
}

/// The agenda for somebody who writes on it; for anybody else there is nothing here.
async fn desk(state: &State, visitor: &Visitor, id: &str) -> Result<(Agenda, Speaker), PageError> {
    let id: CycleId = id.parse().map_err(|_| PageError::NotFound)?;
    let (viewer, now) = (visitor.viewer.clone(), state.now());
    let read = state.ctx.store.read(move |conn| agenda(conn, &viewer, id, now)).await?;
    let agenda = read.ok_or(PageError::NotFound)?;
    let hand = Hand::of(&agenda);
    if !hand.names {
        return Err(PageError::NotFound);
    }
    let speaker = Speaker { actor: visitor.actor(), side: hand.side };
    Ok((agenda, speaker))
}

/// The flag of the address and those that were ticked, all of which the reader must see.
fn flags_of(agenda: &Agenda, first: &str, fields: &Fields) -> Result<Vec<FlagId>, PageError> {
    let seen = |text: &str| {
        let id: Option<FlagId> = text.parse().ok();
        id.filter(|id| agenda.seen.has_open(*id)).ok_or(PageError::NotFound)
    };
    std::iter::once(first).chain(fields.all("also")).map(seen).collect()
}

fn day(fields: &Fields, name: &str) -> Result<NaiveDate, PageError> {
    fields.get(name).parse().map_err(|_| PageError::Input("Give the day as a date, such as 2026-12-17.".to_owned()))
}

fn done(agenda: &Agenda, word: &str) -> HttpResponse {
    back(&format!("/cycles/{}/review", agenda.cycle.id), word)
}

#[post("/cycles/{id}/review/flags/{flag}/note")]
async fn note(
    state: Data<State>,
    path: Path<(String, String)>,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let (agenda, speaker) = desk(&state, &posted.visitor, &path.0).await?;
    let flags = flags_of(&agenda, &path.1, &posted.fields)?;
    review::discuss(&state.ctx, speaker, flags, posted.fields.get("text"), state.now()).await?;
    Ok(done(&agenda, "noted"))
}

#[post("/cycles/{id}/review/flags/{flag}/action")]
async fn action(
    state: Data<State>,
    path: Path<(String, String)>,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let (agenda, speaker) = desk(&state, &posted.visitor, &path.0).await?;
    let input = ActionInput {
        flags: flags_of(&agenda, &path.1, &posted.fields)?,
        text: posted.fields.get("text").to_owned(),
        side: posted
            .fields
            .get("side")
            .parse()
            .map_err(|_| PageError::Input("Choose the side that does it.".to_owned()))?,
        due_on: day(&posted.fields, "due_on")?,
        owner: None,
    };
    review::promise(&state.ctx, speaker, input, state.now()).await?;
    Ok(done(&agenda, "promised"))
}

#[post("/cycles/{id}/review/flags/{flag}/acceptance")]
async fn acceptance(
    state: Data<State>,
    path: Path<(String, String)>,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let (agenda, speaker) = desk(&state, &posted.visitor, &path.0).await?;
    let input = AcceptanceInput {
        flags: flags_of(&agenda, &path.1, &posted.fields)?,
        reason: posted.fields.get("reason").to_owned(),
        until: day(&posted.fields, "until")?,
    };
    review::accept(&state.ctx, speaker, input, state.now()).await?;
    Ok(done(&agenda, "accepted"))
}

#[post("/cycles/{id}/review/actions/{action}")]
async fn change(
    state: Data<State>,
    path: Path<(String, String)>,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let (agenda, speaker) = desk(&state, &posted.visitor, &path.0).await?;
    let id: ActionId = path.1.parse().map_err(|_| PageError::NotFound)?;
    let own = agenda.actions.iter().find(|(own, _)| own.id == id).ok_or(PageError::NotFound)?;
    let fields = &posted.fields;
    let named = speaker.side == Some(own.0.side_id) && fields.all("owner").next().is_some();
    let owner = match fields.get("owner") {
        _ if !named => OwnerChange::Stays,
        "" => OwnerChange::Becomes(None),
        text => OwnerChange::Becomes(Some(text.parse().map_err(|_| PageError::NotFound)?)),
    };
    let patch = ActionPatch {
        state: Some(fields.get("state").parse().map_err(|_| PageError::NotFound)?),
        due_on: Some(day(fields, "due_on")?),
        owner,
        note: Some(fields.get("note").to_owned()),
    };
    review::change(&state.ctx, speaker, id, patch, None, state.now()).await?;
    Ok(done(&agenda, "changed"))
}

#[post("/cycles/{id}/review/acceptances/{acceptance}/sign")]
async fn sign(
    state: Data<State>,
    path: Path<(String, String)>,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let (agenda, speaker) = desk(&state, &posted.visitor, &path.0).await?;
    let id: AcceptanceId = path.1.parse().map_err(|_| PageError::NotFound)?;
    if speaker.side.is_none() || !agenda.acceptances.iter().any(|own| own.row.id == id) {
        return Err(PageError::NotFound);
    }
    review::sign(&state.ctx, speaker, id, state.now()).await?;
    Ok(done(&agenda, "signed"))
}

#[post("/cycles/{id}/review/close")]
async fn close(state: Data<State>, id: Path<String>, posted: Posted) -> Result<HttpResponse, PageError> {
    let (agenda, speaker) = desk(&state, &posted.visitor, &id).await?;
    if speaker.side.is_none() {
        return Err(PageError::NotFound);
    }
    let seen = agenda.seen.asking();
    match review::confirm(&state.ctx, speaker, agenda.cycle.id, seen, state.now()).await? {
        Closing::Confirmed => Ok(done(&agenda, "confirmed")),
        Closing::Refused(lacking) => {
            let history = &agenda.seen.history;
            let told = lacking.iter().filter_map(|own| {
                let flag = agenda.seen.open().find(|flag| flag.id == own.flag)?;
                let title = crate::web::present::flags::title(flag, history);
                Some(format!("{title}: {}.", own.needs))
            });
            let list: Vec<String> = told.collect();
            Err(PageError::State(format!("These flags lack their answer. {}", list.join(" "))))
        }
    }
}
