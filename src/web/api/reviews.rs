//! The review of a cycle: what stands on its agenda, and closing it.

use actix_web::{get, post};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::acceptances::Acceptance;
use super::actions::Action;
use super::answer::{Answer, fresh};
use super::call::Call;
use super::cycles::speaker;
use super::discussions::Discussion;
use super::flags::Flag;
use super::problem::{ApiError, MissingAnswer, ReadProblems, WriteProblems};
use crate::domain::access_token::Scope;
use crate::domain::flags::FlagState;
use crate::domain::ids::{CycleId, PartnershipId, SideId};
use crate::domain::review::ReviewState;
use crate::store::{Conn, StoreError, cycles, reach};
use crate::web::present::agenda::Agenda;
use crate::workflow::review::{self, Closing};

/// A side's confirmation of a review.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReviewConfirmation {
    /// The side.
    pub side: SideId,
    /// When it confirmed.
    pub confirmed_at: DateTime<Utc>,
}

/// An open flag on the agenda.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReviewFlag {
    /// The flag.
    pub flag: Flag,
    /// What it still needs for its answer, to complete "needs …"; null where it has a valid one.
    #[schema(example = "a note and an action")]
    pub needs: Option<String>,
}

/// The review of a cycle, with everything that stands on its agenda.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Review {
    /// The cycle.
    pub cycle_id: CycleId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The period.
    pub period: String,
    /// Where it stands.
    pub state: ReviewState,
    /// The day until which it should be held, in the partnership's zone: 14 days after the close.
    pub due_on: NaiveDate,
    /// When it was closed.
    pub closed_at: Option<DateTime<Utc>>,
    /// The sides that have confirmed it, in the order in which they did.
    pub confirmed: Vec<ReviewConfirmation>,
    /// The sides that have to confirm it, or did not when it closed after seven days of their silence.
    pub not_confirmed: Vec<SideId>,
    /// When it closes without those sides, unless a flag lacks its answer; null before the first confirmation and once it is
    /// over.
    pub closes_without_them_at: Option<DateTime<Utc>>,
    /// The open flags of the cycle's instrument.
    pub flags: Vec<ReviewFlag>,
    /// The flags that the cycle cleared.
    pub cleared: Vec<Flag>,
    /// Notes about these flags, oldest first.
    pub discussions: Vec<Discussion>,
    /// Actions that are open or were settled since the cycle before closed, and those about these flags.
    pub actions: Vec<Action>,
    /// Acceptances of these flags, oldest first.
    pub acceptances: Vec<Acceptance>,
}

impl Review {
    fn new(agenda: &Agenda, now: DateTime<Utc>) -> Self {
        let (life, review) = (agenda.life(), &agenda.review);
        let (open, cleared): (Vec<_>, Vec<_>) =
            agenda.seen.flags.iter().partition(|flag| flag.state != FlagState::Cleared);
        Self {
            cycle_id: agenda.cycle_id(),
            partnership_id: agenda.seat.partnership.id,
            period: agenda.cycle.period.clone(),
            state: review.state,
            due_on: review.due_on,
            closed_at: review.closed_at.map(|at| at.and_utc()),
            confirmed: agenda
                .confirmations
                .iter()
                .map(|own| ReviewConfirmation { side: own.side_id, confirmed_at: own.confirmed_at.and_utc() })
                .collect(),
            not_confirmed: life.waits_for(),
            closes_without_them_at: life.closes_at().filter(|_| review.state == ReviewState::Open),
            flags: open
                .into_iter()
                .map(|flag| ReviewFlag {
                    flag: flag.into(),
                    needs: agenda.answers.needs(flag.id).map(str::to_owned),
                })
                .collect(),
            cleared: cleared.into_iter().map(Flag::from).collect(),
            discussions: agenda.notes.iter().map(Discussion::new).collect(),
            actions: agenda
                .actions
                .iter()
                .map(|(row, flags)| Action::new(row, flags.clone(), &agenda.seat, now))
                .collect(),
            acceptances: agenda
                .acceptances
                .iter()
                .map(|own| Acceptance::new(own, &agenda.seat, now))
                .collect(),
        }
    }
}

/// Shows the review of a closed cycle. A cycle whose scorecard was imported has none.
#[utoipa::path(tag = "reviews", params(("id" = CycleId, Path)), security(("bearer" = ["flags:read"])),
    responses((status = 200, description = "The review.", body = Review, headers(("ETag" = String))),
        (status = 304, description = "Unchanged."), ReadProblems))]
#[get("/cycles/{id}/review")]
pub async fn get_review(call: Call) -> Answer {
    call.may(Scope::FlagsRead)?;
    shown(&call).await
}

/// Confirms a review for the side that the token is bound to. With the last side it is closed; seven days after the first one
/// it closes without the others. It is refused while a flag of the cycle's instrument lacks its answer: `missing` names each
/// that the token sees, with what it needs.
#[utoipa::path(tag = "reviews", params(("id" = CycleId, Path)), security(("bearer" = ["flags:write"])),
    responses((status = 200, description = "Confirmed, or closed with it.", body = Review, headers(("ETag" = String))),
        WriteProblems))]
#[post("/cycles/{id}/review:close")]
pub async fn close_review(call: Call) -> Answer {
    call.may(Scope::FlagsWrite)?;
    let agenda = find(&call).await?;
    let speaker = speaker(&call, &agenda.seat);
    if speaker.side.is_none() {
        return Err(ApiError::BindingTooNarrow(
            "A review is confirmed for a side: use a token that is bound to one side, or to an organisation with one side \
             in this partnership.",
        ));
    }
    let (seen, now) = (agenda.seen.asking(), call.state.now());
    match review::confirm(&call.state.ctx, speaker, agenda.cycle_id(), seen, now).await? {
        Closing::Confirmed => shown(&call).await,
        Closing::Refused(lacking) => Err(ApiError::FlagsLackAnswers(
            lacking.into_iter().map(|own| MissingAnswer { flag: own.flag, needs: own.needs }).collect(),
        )),
    }
}

async fn shown(call: &Call) -> Answer {
    let agenda = find(call).await?;
    Ok(fresh(&call.request, &Review::new(&agenda, call.state.now())))
}

async fn find(call: &Call) -> Result<Agenda, ApiError> {
    let (id, binding, now): (CycleId, _, _) = (call.id("id")?, call.caller.binding, call.state.now());
    let read = move |conn: &mut Conn| {
        let Some(cycle) = cycles::find(conn, id)? else { return Ok(None) };
        let Some(seat) = reach::seat(conn, binding, cycle.partnership_id)? else { return Ok(None) };
        Agenda::read(conn, seat, cycle, now)
    };
    call.state.ctx.store.read::<_, StoreError, _>(read).await?.ok_or(ApiError::NotFound)
}
