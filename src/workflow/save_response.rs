//! The respondent's own form: what is behind a link, saving an answer, and sending.
//!
//! Each answer is saved as it is chosen and counts at the close; sending only ends the reminders. Nothing here happens on
//! a GET: mail scanners open links.

use chrono::{DateTime, Utc};

use super::{Context, Refusal};
use crate::domain::answers::{self, Answer, Comment};
use crate::domain::cycle::{AnswerRefused, InvitationState};
use crate::domain::instrument::Instrument;
use crate::domain::mode::Mode;
use crate::secrets;
use crate::store::cycles::{self, Cycle};
use crate::store::invitations::{self, Invitation};
use crate::store::outbox::notices;
use crate::store::partnerships::{self, Partnership, Side};
use crate::store::people::{self, Person};
use crate::store::responses::{self, OwnResponse, Respondent};
use crate::store::{Conn, StoreError, instruments};

/// Everything that the form shows to the one who holds its link.
#[derive(Clone, Debug)]
pub struct Form {
    /// The partnership.
    pub partnership: Partnership,
    /// Its sides in order.
    pub sides: Vec<Side>,
    /// The round.
    pub cycle: Cycle,
    /// What is asked.
    pub instrument: Instrument,
    /// The invitation.
    pub invitation: Invitation,
    /// Who was invited: for the language and zone of the page.
    pub person: Person,
    /// What was saved so far.
    pub response: OwnResponse,
}

impl Form {
    /// Whether answers are taken now.
    pub fn may_answer(&self, now: DateTime<Utc>) -> Result<(), AnswerRefused> {
        self.cycle.life().may_answer(now)
    }

    /// Whether the closing question is asked: only where its answer may ever be shown.
    pub fn asks_comment(&self) -> bool {
        asks_comment(&self.cycle, &self.instrument)
    }
}

/// One change to a response.
#[derive(Clone, Debug)]
pub enum Change {
    /// One answer.
    Answer {
        /// The indicator.
        indicator: String,
        /// The choice.
        answer: Answer,
    },
    /// The closing question.
    Comment(String),
}

/// What is behind a link; `None` for every link that leads nowhere, whatever the cause.
pub async fn open_form(ctx: &Context, token: &str) -> Result<Option<Form>, Refusal> {
    let hash = secrets::digest(token);
    Ok(ctx.store.read(move |conn| find_form(conn, &hash)).await?)
}

fn find_form(conn: &mut Conn, hash: &str) -> Result<Option<Form>, StoreError> {
    let Some(invitation) = invitations::by_token_hash(conn, hash)? else { return Ok(None) };
    if invitation.state == InvitationState::Withdrawn {
        return Ok(None);
    }
    let gone = || StoreError::unreadable("an invitation", "its cycle, partnership or person is gone");
    let cycle = cycles::find(conn, invitation.cycle_id)?.ok_or_else(gone)?;
    let partnership = partnerships::find(conn, cycle.partnership_id)?.ok_or_else(gone)?;
    let instrument = instruments::find(conn, &cycle.instrument_id, cycle.version())?.ok_or_else(gone)?;
    let person = people::find(conn, invitation.person_id)?.ok_or_else(gone)?;
    let sides = partnerships::sides(conn, partnership.id)?;
    let response = responses::own(conn, cycle.id, &invitation.id.to_string())?.unwrap_or_default();
    Ok(Some(Form { partnership, sides, cycle, instrument, invitation, person, response }))
}

/// Saves one change behind a link; gives the form as it stands afterwards.
pub async fn save_response(
    ctx: &Context,
    token: &str,
    change: Change,
    now: DateTime<Utc>,
) -> Result<Form, Refusal> {
    let hash = secrets::digest(token);
    ctx.store
        .write_tx(move |conn| {
            let mut form = open_for_change(conn, &hash, now)?;
            apply(&mut form, change)?;
            form.response.saved_at = Some(now);
            let who = Respondent {
                cycle_id: form.cycle.id,
                answer_key: form.invitation.id.to_string(),
                side_id: form.invitation.side_id,
                member_id: Some(form.invitation.member_id),
            };
            responses::save(conn, &who, &form.response, now)?;
            Ok(form)
        })
        .await
}

/// Ends the reminders for this respondent. Answers can still be changed until the close.
pub async fn send_response(ctx: &Context, token: &str, now: DateTime<Utc>) -> Result<Form, Refusal> {
    let hash = secrets::digest(token);
    ctx.store
        .write_tx(move |conn| {
            let form = open_for_change(conn, &hash, now)?;
            if !form.response.answers.values().any(Option::is_some) {
                return Err(Refusal::State(
                    "Nothing is answered yet. Answer at least one question, then send.".to_owned(),
                ));
            }
            invitations::mark_sent(conn, form.invitation.id)?;
            notices::drop_surveys(conn, form.cycle.id, Some(form.person.id))?;
            Ok(form)
        })
        .await
}

fn open_for_change(conn: &mut Conn, hash: &str, now: DateTime<Utc>) -> Result<Form, Refusal> {
    let invitation = invitations::by_token_hash(conn, hash)?.ok_or(Refusal::NotFound)?;
    // Held first, read afterwards: two saves behind one link take turns, and the close waits for both.
    let stands = invitations::hold(conn, invitation.id)?;
    let form = find_form(conn, hash)?.ok_or(Refusal::NotFound)?;
    form.may_answer(now).map_err(|refused| Refusal::State(refused.to_string()))?;
    if !stands {
        return Err(Refusal::State(AnswerRefused::Closed.to_string()));
    }
    Ok(form)
}

fn apply(form: &mut Form, change: Change) -> Result<(), Refusal> {
    match change {
        Change::Answer { indicator, answer } => {
            let one = std::iter::once((indicator.clone(), answer)).collect();
            answers::check(&one, &form.instrument).map_err(|e| Refusal::field("answer", e))?;
            form.response.answers.insert(indicator, answer);
        }
        Change::Comment(text) => {
            if !form.asks_comment() {
                return Err(Refusal::State("This check takes no comments.".to_owned()));
            }
            let comment = Comment::parse(&text).map_err(|e| Refusal::field("comment", e))?;
            form.response.comment = comment.map(|c| c.as_str().to_owned());
        }
    }
    Ok(())
}

fn asks_comment(cycle: &Cycle, instrument: &Instrument) -> bool {
    instrument.closing_question.is_some() && cycle.mode == Mode::Named
}
