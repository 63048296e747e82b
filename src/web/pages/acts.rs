//! What managers do in a running cycle and to the state of a partnership, and how their side answers proposals. Only POST, only managers, only for their side.

use actix_web::http::header;
use actix_web::web::{Data, Path, ServiceConfig};
use actix_web::{HttpResponse, post};
use chrono::{DateTime, NaiveDateTime, Utc};

use crate::domain::cadence::local_instant;
use crate::domain::ids::{CycleId, MemberId, PartnershipId, ProposalId};
use crate::domain::partnership::PartnershipState;
use crate::domain::proposal::{Act, ProposalState, SideAnswer};
use crate::store::access::{self, Seat};
use crate::store::proposals::{self as rows, Proposal};
use crate::store::{Conn, cycles};
use crate::web::State;
use crate::web::auth::{Posted, Visitor};
use crate::web::error::PageError;
use crate::web::present::{acts::speaks_for, zone};
use crate::workflow::proposals::{self, Deed, Proposed, Speaker};
use crate::workflow::{own_side, set_up};

/// The words that may follow `?done=`, and what they say.
pub const DONE: [(&str, &str); 22] = [
    ("labels", "The list is saved. It counts from the next check on."),
    (
        "asked-to-begin",
        "The managers of the other sides are asked by mail, with the trust sheet; they have sixty days.",
    ),
    ("nudged", "Whoever has not answered gets the proposal by mail once more."),
    ("question-sent", "Your question is sent; the answer comes to your own address."),
    ("own-round", "Your own side is asked. The other sides are not told and never see it."),
    ("extended", "The check closes later. Reminders have moved with it, and the other sides are told."),
    ("reminded", "Whoever has not sent is reminded; whoever had a mail today hears tomorrow."),
    ("proposed", "The managers of the other sides are asked by mail; they have seven days."),
    ("closed", "The check is closed."),
    ("cancelled", "The check is cancelled; what was answered in it is not used."),
    ("corrected", "The address is corrected, and the invitation is sent again with a new link."),
    ("invitation-withdrawn", "The invitation is withdrawn; its link no longer works."),
    ("approved", "Your side agrees. Other sides still have to answer."),
    ("approved-done", "Your side agrees, and with that it is done."),
    ("declined", "Your side has declined; the side that proposed is told."),
    ("withdrawn", "The proposal is withdrawn."),
    ("stricter", "It holds from the next check on, and the other sides are told."),
    ("handed-over", "It is handed over; whoever manages your side now is told, and so are the other sides."),
    ("paused", "The partnership is paused: nothing opens until it is resumed."),
    ("active", "The partnership is resumed: checks open by the cadence again."),
    ("ended", "The partnership has ended. What was published stays here to read for 24 months."),
    ("deleted", "Every side agreed: the partnership is deleted with everything that came of it."),
];

/// Adds the routes of these acts.
pub fn routes(config: &mut ServiceConfig) {
    config.service(extend).service(remind).service(close).service(cancel);
    config.service(correct_address).service(withdraw_invitation);
    config.service(approve).service(decline).service(withdraw).service(change_state).service(rebaseline);
}

/// A manager at work: for anybody else there is nothing here.
pub(super) async fn speaker(
    state: &State,
    visitor: &Visitor,
    id: PartnershipId,
) -> Result<Speaker, PageError> {
    let viewer = visitor.viewer.clone();
    let seat: Option<Seat> = state.ctx.store.read(move |conn| access::seat(conn, &viewer, id)).await?;
    let side = seat.as_ref().and_then(speaks_for).ok_or(PageError::NotFound)?;
    Ok(Speaker { actor: visitor.actor(), side: Some(side) })
}

/// The same, also where results are not readable any more: what the sides decide of it they still decide.
pub(super) async fn speaker_on_the_shelf(
    state: &State,
    visitor: &Visitor,
    id: PartnershipId,
) -> Result<Speaker, PageError> {
    let viewer = visitor.viewer.clone();
    let read = move |conn: &mut Conn| access::seat_on_the_shelf(conn, &viewer, id);
    let seat: Option<Seat> = state.ctx.store.read(read).await?;
    let side = seat.as_ref().and_then(speaks_for).ok_or(PageError::NotFound)?;
    Ok(Speaker { actor: visitor.actor(), side: Some(side) })
}

pub(super) async fn in_cycle(
    state: &State,
    visitor: &Visitor,
    id: &str,
) -> Result<(CycleId, PartnershipId, Speaker), PageError> {
    let id: CycleId = id.parse().map_err(|_| PageError::NotFound)?;
    let found = state.ctx.store.read(move |conn: &mut Conn| cycles::find(conn, id)).await?;
    let partnership = found.ok_or(PageError::NotFound)?.partnership_id;
    Ok((id, partnership, speaker(state, visitor, partnership).await?))
}

pub(super) fn back(page: &str, word: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, format!("{page}?done={word}"))).finish()
}

fn to_cycle(id: CycleId, word: &str) -> HttpResponse {
    back(&format!("/cycles/{id}"), word)
}

/// Pauses, resumes or ends the partnership, which a side may do alone. Ending asks once more: it is for good.
#[post("/partnerships/{id}/state/{to}")]
async fn change_state(
    state: Data<State>,
    place: Path<(String, String)>,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let (id, to) = place.into_inner();
    let id: PartnershipId = id.parse().map_err(|_| PageError::NotFound)?;
    let to: PartnershipState = to.parse().map_err(|_| PageError::NotFound)?;
    let speaker = speaker(&state, &posted.visitor, id).await?;
    if to == PartnershipState::Proposed {
        return Err(PageError::NotFound);
    }
    if to == PartnershipState::Ended && !posted.fields.has("sure") {
        return Err(PageError::Input(
            "Ending is for good. Go back and confirm it, if you are sure.".to_owned(),
        ));
    }
    set_up::change_state(&state.ctx, speaker, id, to, state.now()).await?;
    Ok(back(&format!("/partnerships/{id}"), to.as_str()))
}

/// Asks the other sides for a fresh start of drift.
#[post("/partnerships/{id}/rebaseline")]
async fn rebaseline(state: Data<State>, id: Path<String>, posted: Posted) -> Result<HttpResponse, PageError> {
    let id: PartnershipId = id.parse().map_err(|_| PageError::NotFound)?;
    let speaker = speaker(&state, &posted.visitor, id).await?;
    let reason = posted.fields.get("reason");
    proposals::propose(&state.ctx, speaker, id, Deed::Rebaseline, reason, state.now()).await?;
    Ok(back(&format!("/partnerships/{id}"), "proposed"))
}

#[post("/cycles/{id}/extend")]
async fn extend(state: Data<State>, id: Path<String>, posted: Posted) -> Result<HttpResponse, PageError> {
    let (id, _, speaker) = in_cycle(&state, &posted.visitor, &id).await?;
    let until = moment(posted.fields.get("closes_at"), &posted.visitor)?;
    own_side::extend(&state.ctx, speaker, id, until, state.now()).await?;
    Ok(to_cycle(id, "extended"))
}

/// A date and time as the form sends it, by the clocks of the one who typed it.
pub(super) fn moment(text: &str, visitor: &Visitor) -> Result<DateTime<Utc>, PageError> {
    let typed = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let typed = typed.ok_or_else(|| {
        PageError::Input(
            "Give the new closing time as a date and a time, such as 2026-12-17T17:00.".to_owned(),
        )
    })?;
    Ok(local_instant(zone(&visitor.viewer.person.zone), typed.date(), typed.time()))
}

#[post("/cycles/{id}/remind")]
async fn remind(state: Data<State>, id: Path<String>, posted: Posted) -> Result<HttpResponse, PageError> {
    let (id, _, speaker) = in_cycle(&state, &posted.visitor, &id).await?;
    own_side::remind(&state.ctx, speaker, id, state.now()).await?;
    Ok(to_cycle(id, "reminded"))
}

#[post("/cycles/{id}/close")]
async fn close(state: Data<State>, id: Path<String>, posted: Posted) -> Result<HttpResponse, PageError> {
    propose(&state, &id, &posted, Deed::CloseEarly).await
}

#[post("/cycles/{id}/cancel")]
async fn cancel(state: Data<State>, id: Path<String>, posted: Posted) -> Result<HttpResponse, PageError> {
    propose(&state, &id, &posted, Deed::CancelCycle).await
}

async fn propose(
    state: &State,
    id: &str,
    posted: &Posted,
    deed: fn(CycleId) -> Deed,
) -> Result<HttpResponse, PageError> {
    let (id, partnership, speaker) = in_cycle(state, &posted.visitor, id).await?;
    let reason = posted.fields.get("reason");
    let made = proposals::propose(&state.ctx, speaker, partnership, deed(id), reason, state.now()).await?;
    let word = match (made, deed(id)) {
        (Proposed::Waits(_), _) => "proposed",
        (Proposed::Done, Deed::CancelCycle(_)) => "cancelled",
        (Proposed::Done, _) => "closed",
    };
    Ok(to_cycle(id, word))
}

#[post("/cycles/{id}/members/{member}/address")]
async fn correct_address(
    state: Data<State>,
    path: Path<(String, String)>,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let (id, _, speaker) = in_cycle(&state, &posted.visitor, &path.0).await?;
    let member: MemberId = path.1.parse().map_err(|_| PageError::NotFound)?;
    let email = posted.fields.get("email");
    own_side::correct_address(&state.ctx, speaker, id, member, email, state.now()).await?;
    Ok(to_cycle(id, "corrected"))
}

#[post("/cycles/{id}/members/{member}/withdraw")]
async fn withdraw_invitation(
    state: Data<State>,
    path: Path<(String, String)>,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let (id, _, speaker) = in_cycle(&state, &posted.visitor, &path.0).await?;
    let member: MemberId = path.1.parse().map_err(|_| PageError::NotFound)?;
    own_side::withdraw_invitation(&state.ctx, speaker, id, member, state.now()).await?;
    Ok(to_cycle(id, "invitation-withdrawn"))
}

async fn in_proposal(state: &State, visitor: &Visitor, id: &str) -> Result<(Proposal, Speaker), PageError> {
    let id: ProposalId = id.parse().map_err(|_| PageError::NotFound)?;
    let found = state
        .ctx
        .store
        .read(move |conn: &mut Conn| rows::find(conn, id))
        .await?
        .ok_or(PageError::NotFound)?;
    let speaker = speaker_on_the_shelf(state, visitor, found.partnership_id).await?;
    Ok((found, speaker))
}

fn to_subject(proposal: &Proposal, word: &str) -> HttpResponse {
    match proposal.act {
        Act::CloseEarly | Act::CancelCycle => back(&format!("/cycles/{}", proposal.subject), word),
        _ => back(&format!("/partnerships/{}", proposal.partnership_id), word),
    }
}

#[post("/proposals/{id}/approve")]
async fn approve(state: Data<State>, id: Path<String>, posted: Posted) -> Result<HttpResponse, PageError> {
    answer(&state, &id, &posted, SideAnswer::Approved).await
}

#[post("/proposals/{id}/decline")]
async fn decline(state: Data<State>, id: Path<String>, posted: Posted) -> Result<HttpResponse, PageError> {
    answer(&state, &id, &posted, SideAnswer::Declined).await
}

async fn answer(
    state: &State,
    id: &str,
    posted: &Posted,
    given: SideAnswer,
) -> Result<HttpResponse, PageError> {
    let (proposal, speaker) = in_proposal(state, &posted.visitor, id).await?;
    let reason = posted.fields.get("reason");
    let after = proposals::answer(&state.ctx, speaker, proposal.id, given, reason, state.now()).await?;
    let word = match after {
        ProposalState::Approved => "approved-done",
        ProposalState::Open => "approved",
        _ => "declined",
    };
    if (proposal.act, after) == (Act::DeletePartnership, ProposalState::Approved) {
        return Ok(back("/", "deleted"));
    }
    Ok(to_subject(&proposal, word))
}

#[post("/proposals/{id}/withdraw")]
async fn withdraw(state: Data<State>, id: Path<String>, posted: Posted) -> Result<HttpResponse, PageError> {
    let (proposal, speaker) = in_proposal(&state, &posted.visitor, &id).await?;
    proposals::withdraw(&state.ctx, speaker, proposal.id, state.now()).await?;
    Ok(to_subject(&proposal, "withdrawn"))
}
