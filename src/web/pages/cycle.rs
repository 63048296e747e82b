//! One cycle, `/cycles/{id}`: counts while it runs, and nothing that could carry a score.

use actix_web::web::{Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, get};
use chrono::{DateTime, Utc};

use super::flash;
use super::view::Link;
use super::view::cycle::{Bounce, CyclePage};
use super::view::parts::Fact;
use crate::domain::cycle::{CycleState, InvitationState};
use crate::domain::ids::{CycleId, SideId};
use crate::domain::mode::Mode;
use crate::domain::words;
use crate::store::access::{self, Seat, Viewer};
use crate::store::cycles::{self, Cycle};
use crate::store::invitations::{self, Invitation, SideCount};
use crate::store::partnerships::{self, Member, Partnership};
use crate::store::people::Person;
use crate::store::reviews::{self, Review};
use crate::store::{Conn, StoreError, instruments};
use crate::web::State;
use crate::web::auth::Visitor;
use crate::web::error::{PageError, html};
use crate::web::present::{self, Reader, acts};

/// Adds the routes of this page.
pub fn routes(config: &mut ServiceConfig) {
    config.service(show);
}

struct Material {
    seat: Seat,
    cycle: Cycle,
    instrument: String,
    counts: Vec<SideCount>,
    /// Members of the viewer's own side to whom no letter goes or came; for its managers only.
    bounced: Vec<(Member, Person)>,
    /// Everybody of that side who is invited; for its managers only.
    invited: Vec<(Member, Person)>,
    /// Its review, once closed.
    review: Option<Review>,
    /// What was proposed about this cycle.
    waiting: Vec<acts::Waiting>,
}

#[get("/cycles/{id}")]
async fn show(
    state: Data<State>,
    request: HttpRequest,
    visitor: Visitor,
    id: Path<String>,
) -> Result<HttpResponse, PageError> {
    let id: CycleId = id.parse().map_err(|_| PageError::NotFound)?;
    let viewer = visitor.viewer.clone();
    let now = state.now();
    let read = state.ctx.store.read(move |conn| material(conn, &viewer, id, now)).await?;
    let material = read.ok_or(PageError::NotFound)?;
    let reader = Reader::new(&visitor.viewer.person, now);
    let partnership = &material.seat.partnership;
    let cycle = &material.cycle;
    let closed = cycle.state == CycleState::Closed;
    let href = format!("/partnerships/{}", partnership.id);
    let mut chrome = visitor.chrome(&state, &format!("{} {}", partnership.name, cycle.period), "/cycles");
    chrome.flash = flash::done(&request, &super::acts::DONE);
    let manages = acts::speaks_for(&material.seat).is_some();
    let runs = cycle.life().may_answer(now).is_ok();
    html(&CyclePage {
        chrome,
        dateline: format!("{} · {}", material.instrument, cycle.period),
        headline: headline(&material, &reader),
        lede: None,
        partnership: Link::new(&partnership.name, &href),
        links: links(&material),
        counts: present::cycle::counts(cycle, &material.seat.sides, &material.counts),
        facts: facts(cycle, partnership, &reader, &state.ctx.settings.instance.operator),
        bounces: material
            .bounced
            .iter()
            .map(|(member, person)| {
                let asked = runs && material.invited.iter().any(|(own, _)| own.id == member.id);
                bounce(cycle, member, person, &reader, asked)
            })
            .collect(),
        proposals: acts::proposals(&material.waiting, &material.seat, &visitor.actor(), &reader),
        desk: (manages && runs).then(|| {
            let alone = partnership.view_of.is_some();
            acts::desk(cycle, &material.invited, &material.waiting, alone, &reader)
        }),
        scorecard: closed.then(|| Link::new("To the scorecard", &href)),
        review: material.review.as_ref().map(present::review::link),
        voices: closed.then(|| {
            let text = if cycle.mode == Mode::Named { "Answers and comments" } else { "Comments" };
            Link::new(text, format!("/cycles/{id}/answers"))
        }),
        sealed: sealed(cycle).to_owned(),
    })
}

/// To the links that the reader hands out, where there are any.
fn links(material: &Material) -> Option<Link> {
    let side = acts::speaks_for(&material.seat)?;
    let by_hand = material.counts.iter().any(|own| own.side_id == side && own.handed > 0);
    let open = material.cycle.state == CycleState::Open;
    (by_hand && open).then(|| {
        Link::new("The links that your side hands out", format!("/cycles/{}/links", material.cycle.id))
    })
}

fn material(
    conn: &mut Conn,
    viewer: &Viewer,
    id: CycleId,
    now: DateTime<Utc>,
) -> Result<Option<Material>, StoreError> {
    let Some(cycle) = cycles::find(conn, id)? else { return Ok(None) };
    let Some(seat) = access::seat(conn, viewer, cycle.partnership_id)? else { return Ok(None) };
    let instrument = instruments::find(conn, &cycle.instrument_id, cycle.version())?;
    let own = match acts::speaks_for(&seat) {
        Some(side) => members_of(conn, &cycle, side)?,
        None => Vec::new(),
    };
    let bounced = own.iter().filter(|(member, _)| gets_no_letters(member)).cloned().collect();
    let invited = invited(conn, &cycle, own)?;
    Ok(Some(Material {
        counts: invitations::counts(conn, &[id])?,
        instrument: instrument.map_or_else(|| cycle.instrument_id.clone(), |own| own.title),
        waiting: acts::waiting(conn, &seat, Some(&id.to_string()), now)?,
        review: reviews::find(conn, id)?,
        seat,
        cycle,
        bounced,
        invited,
    }))
}

fn members_of(conn: &mut Conn, cycle: &Cycle, side: SideId) -> Result<Vec<(Member, Person)>, StoreError> {
    let members = partnerships::members(conn, cycle.partnership_id)?;
    Ok(members.into_iter().filter(|(member, _)| member.side_id == Some(side)).collect())
}

/// Those of the members whose invitation stands.
fn invited(
    conn: &mut Conn,
    cycle: &Cycle,
    own: Vec<(Member, Person)>,
) -> Result<Vec<(Member, Person)>, StoreError> {
    let standing = invitations::of_cycle(conn, cycle.id)?;
    let asked = |member: &Member| {
        let of = |i: &&Invitation| i.member_id == member.id && Some(i.side_id) == member.side_id;
        standing.iter().find(of).is_some_and(|i| i.state != InvitationState::Withdrawn)
    };
    Ok(own.into_iter().filter(|(member, _)| asked(member)).collect())
}

fn headline(material: &Material, reader: &Reader) -> String {
    let cycle = &material.cycle;
    match (cycle.state, present::cycle::ending(cycle)) {
        (_, Some(ending)) => format!("{} was {ending}.", cycle.period),
        (CycleState::Open, None) => present::cycle::running_sentence(cycle, &material.counts, reader),
        (_, None) => {
            let at = cycle.closed_at.unwrap_or(cycle.closes_at).and_utc();
            format!("{} closed {}.", cycle.period, reader.moment(at))
        }
    }
}

fn facts(cycle: &Cycle, partnership: &Partnership, reader: &Reader, operator: &str) -> Vec<Fact> {
    let mut facts = vec![
        Fact::new("Opens", reader.moment(cycle.opens_at.and_utc())),
        Fact::new("Closes", reader.moment(cycle.closes_at.and_utc())),
        Fact::new("Mode", cycle.mode.title()),
        Fact::new(
            "Who sees what",
            words::capital(&partnership.who_sees_what(cycle.mode, operator, cycle.floor())),
        ),
    ];
    if let Some(reason) = &cycle.reason {
        facts.push(Fact::new("Reason", words::capital(reason)));
    }
    facts
}

fn gets_no_letters(member: &Member) -> bool {
    let asked = member.respondent && !member.letters.takes_invitations();
    asked || member.bounced_at.is_some() || member.declined_at.is_some()
}

fn bounce(cycle: &Cycle, member: &Member, person: &Person, reader: &Reader, asked: bool) -> Bounce {
    let reason = match (member.bounced_at, member.declined_at) {
        (Some(at), _) => format!("mail was refused for good, {}", reader.moment(at.and_utc())),
        (None, Some(at)) => {
            format!("says that somebody else should be asked, {}", reader.moment(at.and_utc()))
        }
        (None, None) => "wants no letters".to_owned(),
    };
    Bounce {
        person: person.name.clone(),
        address: person.address().unwrap_or_default().to_owned(),
        reason,
        cure: (asked && member.bounced_at.is_some()).then(|| acts::address_form(cycle, member, person)),
    }
}

fn sealed(cycle: &Cycle) -> &'static str {
    match cycle.state {
        CycleState::Open => "Until the close nobody is shown more than these counts, on any side.",
        CycleState::Closed => "The result stands on the partnership’s page.",
        _ => "There is no result.",
    }
}
