//! A side that hands out its links itself: its manager's list of labels, the links of a cycle, and fresh ones.

use actix_web::web::{Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, get, post};

use super::acts::{back, in_cycle, speaker};
use super::flash;
use super::view::Link;
use super::view::forms::Form;
use super::view::links::{LinkRow, LinksPage};
use crate::domain::ids::{CycleId, MemberId, PartnershipId};
use crate::domain::words;
use crate::web::State;
use crate::web::auth::{Posted, Visitor};
use crate::web::error::{PageError, html};
use crate::web::present::Reader;
use crate::workflow::handout::{self, Links};
use crate::workflow::{FieldError, Refusal};

/// The words that may follow `?done=`, and what they say.
const DONE: [(&str, &str); 1] = [(
    "fresh-link",
    "A fresh link stands here, with an empty sheet behind it. The former one says that it was replaced, and the other sides are \
     told.",
)];

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(show).service(fresh).service(labels);
}

#[get("/cycles/{id}/links")]
async fn show(
    state: Data<State>,
    request: HttpRequest,
    visitor: Visitor,
    id: Path<String>,
) -> Result<HttpResponse, PageError> {
    let id: CycleId = id.parse().map_err(|_| PageError::NotFound)?;
    let (ctx, viewer, now) = (state.ctx.clone(), visitor.viewer.clone(), state.now());
    let read = state.ctx.store.read(move |conn| handout::links(conn, &ctx, &viewer, id)).await?;
    let links = read.ok_or(PageError::NotFound)?;
    let reader = Reader::new(&visitor.viewer.person, now);
    let title = format!("Links, {} {}", links.partnership.name, links.cycle.period);
    let mut chrome = visitor.chrome(&state, &title, "/cycles");
    chrome.flash = flash::done(&request, &DONE);
    let runs = links.cycle.life().may_answer(now).is_ok();
    let operator = &state.ctx.settings.instance.operator;
    let closes = reader.moment(links.cycle.closes_at.and_utc());
    html(&LinksPage {
        chrome,
        partnership: Link::new(&links.partnership.name, format!("/partnerships/{}", links.partnership.id)),
        cycle: Link::new(&links.cycle.period, format!("/cycles/{id}")),
        headline: headline(&links, runs),
        lede: if runs { lede(&links, &closes) } else { Vec::new() },
        text: text(&links, &closes, operator),
        rows: if runs { rows(links, &closes, operator) } else { Vec::new() },
    })
}

fn headline(links: &Links, runs: bool) -> String {
    match links.rows.len() {
        _ if !runs => format!("{} is over: its links open nothing more.", links.cycle.period),
        1 => "One link for you to hand out.".to_owned(),
        n => format!("{} links for you to hand out.", words::capital(&words::number_words(n))),
    }
}

fn lede(links: &Links, closes: &str) -> Vec<String> {
    vec![
        format!("Each is for one person of {}; they close {closes}.", links.side.name),
        "Whoever presses “Begin” gets a link of their own, and the one here then opens nothing more. This page stays the same, so \
         that it tells nobody who has begun. Printed, each line is a strip for one person."
            .to_owned(),
        "Is a link lost, or did the wrong one begin? A fresh one starts with an empty sheet, as long as nothing was sent: what was \
         saved is dropped, the former link says so to whoever holds it, and the other sides are told. They also see for how many \
         people your side hands out links, because it could answer in their place."
            .to_owned(),
    ]
}

fn text(links: &Links, closes: &str, operator: &str) -> String {
    format!(
        "We are asked how our partnership {} is doing, and your view counts: a few questions, a few minutes.\n\nThis link is for \
         you alone; please do not pass it on:\n(put the link here)\n\nOpen it and press “Begin”. You then get a link of your own: \
         keep that one, to come back or to change an answer until {closes}. With the link above nobody can read or change what \
         you answer. {operator} runs the server; its first page says who sees what.\n",
        links.partnership.name
    )
}

fn rows(links: Links, closes: &str, operator: &str) -> Vec<LinkRow> {
    let (name, period, id) = (links.partnership.name, links.cycle.period, links.cycle.id);
    let row = |(label, member, link): (String, MemberId, Option<String>)| {
        let action = format!("/cycles/{id}/members/{member}/fresh-link");
        Some(LinkRow {
            label,
            about: format!("{name}, {period}"),
            link: link?,
            how: format!(
                "For you alone, until {closes}. Open it, press “Begin”, and keep the link that you get then. Run by {operator}."
            ),
            fresh: Form::to(action, "Issue a fresh link"),
        })
    };
    links.rows.into_iter().filter_map(row).collect()
}

/// Issues a fresh link for one person of the own side.
#[post("/cycles/{id}/members/{member}/fresh-link")]
async fn fresh(
    state: Data<State>,
    path: Path<(String, String)>,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let (id, _, speaker) = in_cycle(&state, &posted.visitor, &path.0).await?;
    let member: MemberId = path.1.parse().map_err(|_| PageError::NotFound)?;
    let issued = handout::fresh_link(&state.ctx, speaker, id, member, state.now()).await;
    state.worker.nudge();
    issued?;
    Ok(back(&format!("/cycles/{id}/links"), "fresh-link"))
}

/// Sets who of the own side is known by a label.
#[post("/partnerships/{id}/labels")]
async fn labels(state: Data<State>, id: Path<String>, posted: Posted) -> Result<HttpResponse, PageError> {
    let id: PartnershipId = id.parse().map_err(|_| PageError::NotFound)?;
    let speaker = speaker(&state, &posted.visitor, id).await?;
    let lines = posted.fields.get("labels").lines().map(str::trim).filter(|line| !line.is_empty());
    let lines: Vec<String> = lines.map(str::to_owned).collect();
    handout::set_labels(&state.ctx, speaker, id, lines, state.now()).await.map_err(by_line)?;
    state.worker.nudge();
    Ok(back(&format!("/partnerships/{id}"), "labels"))
}

/// Places of a list as the lines of the form.
fn by_line(refusal: Refusal) -> Refusal {
    let Refusal::Fields(fields) = refusal else { return refusal };
    let line = |own: FieldError| {
        let number = own.field.strip_prefix("members[").and_then(|rest| rest.split(']').next());
        let number = number.and_then(|text| text.parse::<usize>().ok()).map(|n| format!("line {}", n + 1));
        FieldError { field: number.unwrap_or(own.field), ..own }
    };
    Refusal::Fields(fields.into_iter().map(line).collect())
}
