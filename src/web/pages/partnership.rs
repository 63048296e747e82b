//! One partnership, `/partnerships/{id}`. Without a seat that shows results there is no such page.

use actix_web::web::{Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, get};

use chrono::{DateTime, Utc};

use super::flash;
use super::view::Link;
use crate::domain::cycle::CycleState;
use crate::domain::ids::{CycleId, PartnershipId};
use crate::store::access::{self, Viewer};
use crate::store::reviews::Action;
use crate::store::{
    Conn, StoreError, cadences, cycles, flags, invitations, partnerships, portfolio, reviews,
};
use crate::web::State;
use crate::web::auth::Visitor;
use crate::web::error::{PageError, html};
use crate::web::present::{self, Reader, partnership::Material};
use crate::workflow::Context;

/// Checks shown by the trends.
pub const CHECKS: i64 = 20;
/// Flags listed.
pub const FLAGS: i64 = 40;
/// Cycles read: more than are listed, because flags name the periods of earlier ones.
pub const CYCLES: i64 = 60;

/// Adds the routes of this page.
pub fn routes(config: &mut ServiceConfig) {
    config.service(show);
}

#[get("/partnerships/{id}")]
async fn show(
    state: Data<State>,
    request: HttpRequest,
    visitor: Visitor,
    id: Path<String>,
) -> Result<HttpResponse, PageError> {
    let id: PartnershipId = id.parse().map_err(|_| PageError::NotFound)?;
    let viewer = visitor.viewer.clone();
    let now = state.now();
    let ctx = state.ctx.clone();
    let read = state.ctx.store.read(move |conn| material(conn, &ctx, &viewer, id, now)).await?;
    let Some(material) = read else { return super::ending::gone(&state, &visitor, id).await };
    let reader = Reader::new(&visitor.viewer.person, now);
    let mut chrome = visitor.chrome(&state, &material.seat.partnership.name, "/partnerships");
    chrome.flash = flash::done(&request, &super::acts::DONE);
    let administers = visitor.viewer.person.administrator;
    let set_up =
        administers.then(|| Link::new("Set-up of this partnership", format!("/setup/partnerships/{id}")));
    let operator = &state.ctx.settings.instance.operator;
    html(&present::partnership::page(material, chrome, &reader, operator, set_up, &visitor.actor()))
}

fn material(
    conn: &mut Conn,
    ctx: &Context,
    viewer: &Viewer,
    id: PartnershipId,
    now: DateTime<Utc>,
) -> Result<Option<Material>, StoreError> {
    let Some(seat) = access::seat(conn, viewer, id)? else { return Ok(None) };
    let cycles = cycles::list_of(conn, id, CYCLES)?;
    let open: Vec<CycleId> =
        cycles.iter().filter(|cycle| cycle.state == CycleState::Open).map(|cycle| cycle.id).collect();
    let cards = portfolio::history(conn, &[id], CHECKS)?;
    let asked: Vec<CycleId> = open.into_iter().chain(cards.last().map(|card| card.cycle_id)).collect();
    let flags = flags::history(conn, id, FLAGS)?;
    Ok(Some(Material {
        named: portfolio::named(conn, &cards, &flags)?,
        proposals: present::acts::waiting(conn, &seat, None, now)?,
        standing: present::acceptance::read(conn, ctx, &seat, now)?,
        given: reviews::given(conn, &[id])?,
        promised: reviews::actions_of(conn, id, now)?.into_iter().filter(Action::is_open).collect(),
        reviews: reviews::open_of(conn, id)?,
        seat,
        cards,
        flags,
        counts: invitations::counts(conn, &asked)?,
        cycles,
        cadences: cadences::active_of(conn, &[id])?,
        members: partnerships::members(conn, id)?,
    }))
}
