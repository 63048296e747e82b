//! Before every side has accepted: proposing, nudging, asking back, asking one's own side; and the trust sheet, for every member.

use actix_web::web::{Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, get, post};

use super::acts::{back, moment, speaker};
use super::view::Link;
use super::view::acceptance::TrustPage;
use crate::domain::ids::{PartnershipId, ProposalId};
use crate::store::proposals as rows;
use crate::store::{Conn, StoreError, access, partnerships};
use crate::web::State;
use crate::web::auth::{Posted, Visitor, bare_chrome};
use crate::web::error::{PageError, html};
use crate::workflow::ad_hoc::{self, AdHocInput};
use crate::workflow::handout::{self, Door};
use crate::workflow::proposals::{self, Deed};
use crate::workflow::trust::{self, TrustSheet};
use crate::workflow::{Context, acceptance, save_response};

/// Adds the routes. Those behind a survey link come before the form's own, which take any word there.
pub fn routes(config: &mut ServiceConfig) {
    config.service(trust_sheet).service(trust_behind_a_link);
    config.service(propose).service(own_round).service(nudge).service(ask);
}

fn page(sheet: TrustSheet, chrome: super::view::Chrome, back: Option<Link>) -> TrustPage {
    TrustPage {
        chrome,
        name: sheet.partnership.name,
        back,
        sections: sheet.sections.into_iter().map(|own| (own.title.to_owned(), own.lines)).collect(),
    }
}

/// The sheet, for every member and for whoever sees the partnership; for nobody else it does not exist.
#[get("/partnerships/{id}/trust")]
async fn trust_sheet(
    state: Data<State>,
    visitor: Visitor,
    id: Path<String>,
) -> Result<HttpResponse, PageError> {
    let id: PartnershipId = id.parse().map_err(|_| PageError::NotFound)?;
    let (viewer, ctx, now) = (visitor.viewer.clone(), state.ctx.clone(), state.now());
    let read = move |conn: &mut Conn| -> Result<Option<(TrustSheet, bool)>, StoreError> {
        let seated = access::seat(conn, &viewer, id)?.is_some();
        let member = partnerships::member_of(conn, id, viewer.person.id)?.is_some_and(|own| own.active);
        if !seated && !member {
            return Ok(None);
        }
        Ok(trust::sheet(conn, &ctx, id, now)?.map(|own| (own, seated)))
    };
    let (sheet, seated) = state.ctx.store.read(read).await?.ok_or(PageError::NotFound)?;
    let way_back = seated.then(|| Link::new("The partnership", format!("/partnerships/{id}")));
    let chrome = visitor.chrome(&state, &sheet.partnership.name, "/partnerships");
    html(&page(sheet, chrome, way_back))
}

/// The same behind a survey link, without signing in.
#[get("/s/{token}/trust")]
async fn trust_behind_a_link(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let token = request.match_info().get("token").unwrap_or_default().to_owned();
    let form = match save_response::open_form(&state.ctx, &token).await? {
        Some(form) => form,
        None => match handout::open(&state.ctx, &token).await? {
            Some(Door::Handed(form)) => *form,
            _ => return super::answer::unknown(&state, &request),
        },
    };
    let (ctx, id): (Context, _) =
        (state.ctx.clone(), form.asked.partnership.view_of.unwrap_or(form.asked.partnership.id));
    let now = state.now();
    let read = move |conn: &mut Conn| trust::sheet(conn, &ctx, id, now);
    let sheet = state.ctx.store.read(read).await?.ok_or(PageError::NotFound)?;
    let chrome = bare_chrome(&state, &sheet.partnership.name);
    html(&page(sheet, chrome, Some(Link::new("Your form", format!("/s/{token}")))))
}

/// Asks the managers of the other sides whether they take part.
#[post("/partnerships/{id}/propose")]
async fn propose(state: Data<State>, id: Path<String>, posted: Posted) -> Result<HttpResponse, PageError> {
    let id: PartnershipId = id.parse().map_err(|_| PageError::NotFound)?;
    let speaker = speaker(&state, &posted.visitor, id).await?;
    let reason = posted.fields.get("reason");
    proposals::propose(&state.ctx, speaker, id, Deed::StartPartnership, reason, state.now()).await?;
    Ok(back(&format!("/partnerships/{id}"), "asked-to-begin"))
}

/// Opens a round for the people of the own side only.
#[post("/partnerships/{id}/own-round")]
async fn own_round(state: Data<State>, id: Path<String>, posted: Posted) -> Result<HttpResponse, PageError> {
    let id: PartnershipId = id.parse().map_err(|_| PageError::NotFound)?;
    let speaker = speaker(&state, &posted.visitor, id).await?;
    let fields = &posted.fields;
    let input = AdHocInput {
        instrument_id: fields.get("instrument").to_owned(),
        period: None,
        closes_at: moment(fields.get("closes_at"), &posted.visitor)?,
        mode: None,
        floor_k: None,
        comments: None,
    };
    let cycle = ad_hoc::open(&state.ctx, speaker, id, input, None, state.now()).await?;
    state.worker.nudge();
    Ok(back(&format!("/cycles/{cycle}"), "own-round"))
}

async fn in_proposal(
    state: &State,
    visitor: &Visitor,
    id: &str,
) -> Result<(ProposalId, PartnershipId, crate::workflow::proposals::Speaker), PageError> {
    let id: ProposalId = id.parse().map_err(|_| PageError::NotFound)?;
    let found = state.ctx.store.read(move |conn: &mut Conn| rows::find(conn, id)).await?;
    let partnership = found.ok_or(PageError::NotFound)?.partnership_id;
    Ok((id, partnership, speaker(state, visitor, partnership).await?))
}

/// Asks those who have not answered once more.
#[post("/proposals/{id}/nudge")]
async fn nudge(state: Data<State>, id: Path<String>, posted: Posted) -> Result<HttpResponse, PageError> {
    let (id, partnership, speaker) = in_proposal(&state, &posted.visitor, &id).await?;
    acceptance::nudge(&state.ctx, speaker, id, state.now()).await?;
    state.worker.nudge();
    Ok(back(&format!("/partnerships/{partnership}"), "nudged"))
}

/// Sends a question to whoever proposed.
#[post("/proposals/{id}/ask")]
async fn ask(state: Data<State>, id: Path<String>, posted: Posted) -> Result<HttpResponse, PageError> {
    let (id, partnership, speaker) = in_proposal(&state, &posted.visitor, &id).await?;
    acceptance::ask(&state.ctx, speaker, id, posted.fields.get("question"), state.now()).await?;
    state.worker.nudge();
    Ok(back(&format!("/partnerships/{partnership}"), "question-sent"))
}
