//! What people said in a closed cycle: answers with names, and comments.
//!
//! Law: answers exist in named mode only; comments are masked and stand alone in every other mode. Both only after the close,
//! and nothing for a token of a side of which nobody answered. The scopes are apart, and `comments:read` is never given unasked.

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
use crate::store::{Conn, StoreError, cycles, reach};
use crate::web::present::voices::{self, Voices};

/// What somebody answered in named mode.
#[derive(Debug, Serialize, ToSchema)]
pub struct NamedAnswers {
    /// The side.
    pub side_id: SideId,
    /// The respondent's address, the name that an imported review gave, or "erased".
    pub respondent: String,
    /// Answers by indicator.
    pub answers: BTreeMap<String, Point>,
}

/// A comment.
#[derive(Debug, Serialize, ToSchema)]
pub struct Comment {
    /// The side.
    pub side_id: SideId,
    /// Who wrote it, by address; null outside named mode.
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
    let (cycle, voices) = read(&call).await?;
    if cycle.mode != Mode::Named {
        return Err(ApiError::State(format!(
            "Nobody’s answers are shown in {} mode; they are in named mode only.",
            cycle.mode
        )));
    }
    let item = |own: crate::store::responses::NamedResponse| NamedAnswers {
        side_id: own.side_id,
        respondent: own.respondent,
        answers: own.answers.into_iter().map(|(id, answer)| (id, Point::from(answer))).collect(),
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
    let (_, voices) = read(&call).await?;
    let item = |own: crate::store::remarks::Remark| Comment {
        side_id: own.side_id,
        respondent: own.writer.map(|(_, address)| address),
        text: own.text,
    };
    Ok(fresh(&call.request, &Page { items: voices.comments.into_iter().map(item).collect(), next: None }))
}

async fn read(call: &Call) -> Result<(Cycle, Voices), ApiError> {
    let (id, binding): (CycleId, Binding) = (call.id("id")?, call.caller.binding);
    let found = call.state.ctx.store.read(move |conn| of_cycle(conn, binding, id)).await?;
    let (cycle, voices) = found.ok_or(ApiError::NotFound)?;
    let early = "This cycle has not closed; nothing but counts is shown before its close.";
    Ok((cycle, voices.ok_or_else(|| ApiError::State(early.to_owned()))?))
}

type Found = Option<(Cycle, Option<Voices>)>;

fn of_cycle(conn: &mut Conn, binding: Binding, id: CycleId) -> Result<Found, StoreError> {
    let Some(cycle) = cycles::find(conn, id)? else { return Ok(None) };
    let Some(seat) = reach::seat(conn, binding, cycle.partnership_id)? else { return Ok(None) };
    let voices = voices::read(conn, &cycle, seat.own_side())?;
    Ok(Some((cycle, voices)))
}
