//! What people said in a closed cycle: answers with names, and comments.
//!
//! Law: answers exist in named mode only; comments are masked and stand alone in every other mode. Both only after the close,
//! and nothing for a token of a side of which nobody answered. Addresses are told of the token's own sides only. The scopes are apart, and `comments:read` is never given unasked.

use std::collections::BTreeMap;

use actix_web::get;
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::{Answer, Page, fresh};
use super::call::Call;
use super::problem::{ApiError, Problem, ReadProblems};
use super::responses::Point;
use crate::domain::access_token::{Binding, Scope};
use crate::domain::ids::{CycleId, SideId};
use crate::domain::mode::Mode;
use crate::store::cycles::Cycle;
use crate::store::remarks::Remark;
use crate::store::responses::NamedResponse;
use crate::store::{Conn, StoreError, cycles, reach};
use crate::web::present::voices::{self, Voices};

/// What somebody answered in named mode.
#[derive(Debug, Serialize, ToSchema)]
pub struct NamedAnswers {
    /// The side.
    pub side_id: SideId,
    /// The respondent's address where the token speaks for this side, and otherwise the name; the name that an imported review gave;
    /// or "erased".
    pub respondent: String,
    /// Answers by indicator.
    pub answers: BTreeMap<String, Point>,
}

/// A comment.
#[derive(Debug, Serialize, ToSchema)]
pub struct Comment {
    /// The side.
    pub side_id: SideId,
    /// Who wrote it, by address where the token speaks for this side, and otherwise by name; null outside named mode.
    pub respondent: Option<String>,
    /// The text; outside named mode addresses, telephone numbers and names of members are masked.
    pub text: String,
}

/// Lists the answers of a closed cycle in named mode, with the names of those who gave them.
#[utoipa::path(tag = "responses", params(("id" = CycleId, Path)), security(("bearer" = ["answers:read"])),
    responses((status = 200, description = "Everybody's answers.", body = Page<NamedAnswers>),
        (status = 304, description = "Unchanged."),
        (status = 409, description = "The cycle has not closed, or its mode shows nobody's answers.", body = Problem, content_type = "application/problem+json"),
        ReadProblems))]
#[get("/cycles/{id}/answers")]
pub async fn list_answers(call: Call) -> Answer {
    call.may(Scope::AnswersRead)?;
    let Heard { cycle, voices, own } = read(&call).await?;
    if cycle.mode != Mode::Named {
        return Err(ApiError::State(format!(
            "Nobody’s answers are shown in {} mode; they are in named mode only.",
            cycle.mode
        )));
    }
    let item = |said: NamedResponse| NamedAnswers {
        side_id: said.side_id,
        respondent: if own.contains(&said.side_id) { said.respondent } else { said.shown_name().to_owned() },
        answers: said.answers.into_iter().map(|(id, answer)| (id, Point::from(answer))).collect(),
    };
    Ok(fresh(&call.request, &Page { items: voices.answers.into_iter().map(item).collect(), next: None }))
}

/// Lists the comments of a closed cycle, in an order that tells nothing.
#[utoipa::path(tag = "responses", params(("id" = CycleId, Path)), security(("bearer" = ["comments:read"])),
    responses((status = 200, description = "The comments that may be shown.", body = Page<Comment>),
        (status = 304, description = "Unchanged."),
        (status = 409, description = "The cycle has not closed.", body = Problem, content_type = "application/problem+json"),
        ReadProblems))]
#[get("/cycles/{id}/comments")]
pub async fn list_comments(call: Call) -> Answer {
    call.may(Scope::CommentsRead)?;
    let Heard { voices, own, .. } = read(&call).await?;
    let item = |said: Remark| Comment {
        side_id: said.side_id,
        respondent: said
            .writer
            .map(|(name, address)| if own.contains(&said.side_id) { address } else { name }),
        text: said.text,
    };
    Ok(fresh(&call.request, &Page { items: voices.comments.into_iter().map(item).collect(), next: None }))
}

/// What may be shown of a closed cycle to a token.
struct Heard {
    cycle: Cycle,
    voices: Voices,
    /// The sides for which the token speaks: of their people it reads addresses.
    own: Vec<SideId>,
}

async fn read(call: &Call) -> Result<Heard, ApiError> {
    let (id, binding): (CycleId, Binding) = (call.id("id")?, call.caller.binding);
    let found = call.state.ctx.store.read(move |conn| of_cycle(conn, binding, id)).await?;
    let (cycle, voices, own) = found.ok_or(ApiError::NotFound)?;
    let early = "This cycle has not closed; nothing but counts is shown before its close.";
    let voices = voices.ok_or_else(|| ApiError::State(early.to_owned()))?;
    Ok(Heard { cycle, voices, own })
}

type Found = Option<(Cycle, Option<Voices>, Vec<SideId>)>;

fn of_cycle(conn: &mut Conn, binding: Binding, id: CycleId) -> Result<Found, StoreError> {
    let Some(cycle) = cycles::find(conn, id)? else { return Ok(None) };
    let Some(seat) = reach::seat(conn, binding, cycle.partnership_id)? else { return Ok(None) };
    let voices = voices::read(conn, &cycle, seat.own_side())?;
    Ok(Some((cycle, voices, seat.led)))
}
