//! The respondent's own form: what is behind a link, saving an answer, and sending.
//!
//! Each answer is saved as it is chosen and counts at the close; sending only ends the reminders. Nothing here happens on
//! a GET: mail scanners open links. In anonymous mode answers lie under a key that only the link leads to, and what is known
//! about the invitation is written in another transaction than they are.

mod change;

pub use change::{Change, Whole};

use chrono::{DateTime, Utc};

use self::change::{apply, apply_whole};
use super::{Context, Refusal};
use crate::domain::comments;
use crate::domain::cycle::{AnswerRefused, CycleLife, InvitationState};
use crate::domain::ids::{CycleId, SideId};
use crate::domain::instrument::Instrument;
use crate::domain::mode::Mode;
use crate::failpoint;
use crate::secrets;
use crate::store::cycles::Cycle;
use crate::store::invitations::{self, Invitation};
use crate::store::outbox::notices;
use crate::store::partnerships::{self, Partnership, Side};
use crate::store::people::{self, Person};
use crate::store::responses::{self, Link, OwnResponse};
use crate::store::{Conn, StoreError, ballots, instruments};

/// Everything that the form shows to the one who holds its link.
#[derive(Clone, Debug)]
pub struct Form {
    /// The partnership.
    pub partnership: Partnership,
    /// Its sides in order.
    pub sides: Vec<Side>,
    /// The cycle.
    pub cycle: Cycle,
    /// What is asked.
    pub instrument: Instrument,
    /// The invitation.
    pub invitation: Invitation,
    /// Who was invited: for the language and zone of the page.
    pub person: Person,
    /// What was saved so far.
    pub response: OwnResponse,
    /// Whether the closing question is asked: only where its answer may ever be shown.
    pub asks_comment: bool,
}

impl Form {
    /// Whether answers are taken now.
    pub fn may_answer(&self, now: DateTime<Utc>) -> Result<(), AnswerRefused> {
        self.cycle.life().may_answer(now)
    }

    /// Takes in what may have changed since it was read.
    fn take(&mut self, state: InvitationState, salt: Option<String>, life: CycleLife, saved: OwnResponse) {
        (self.invitation.state, self.invitation.salt) = (state, salt);
        self.cycle.state = life.state;
        self.cycle.opens_at = life.opens_at.naive_utc();
        self.cycle.closes_at = life.closes_at.naive_utc();
        self.response = saved;
    }

    /// Whether there is something to send: an answer, or "don't know" said to every question.
    fn may_send(&self) -> bool {
        let given = &self.response.answers;
        given.values().any(Option::is_some)
            || self.instrument.indicators.iter().all(|own| given.contains_key(&own.id))
    }

    fn require_something_to_send(&self) -> Result<(), Refusal> {
        if self.may_send() {
            return Ok(());
        }
        Err(Refusal::State("Nothing is answered yet. Answer at least one question, then send.".to_owned()))
    }
}

/// A link as it came, and the digest by which its invitation is found.
#[derive(Clone, Debug)]
struct Knock {
    token: String,
    hash: String,
}

impl Knock {
    fn with(token: &str) -> Self {
        Self { token: token.to_owned(), hash: secrets::digest(token) }
    }

    /// The key of its answers in anonymous mode.
    fn ballot(&self, cycle: CycleId) -> String {
        secrets::ballot_key(&self.token, &cycle.to_string())
    }
}

/// What is behind a link; `None` for every link that leads nowhere, whatever the cause.
pub async fn open_form(ctx: &Context, token: &str) -> Result<Option<Form>, Refusal> {
    let knock = Knock::with(token);
    let same = knock.clone();
    let found = ctx.store.read_few(move |conn| find_form(conn, &same)).await?;
    let Some(mut form) = found else { return Ok(None) };
    if form.cycle.mode == Mode::Anonymous {
        let (cycle, key) = (form.cycle.id, knock.ballot(form.cycle.id));
        let read = move |conn: &mut Conn| {
            ballots::steady(conn)?;
            ballots::own(conn, cycle, &key)
        };
        form.response = ctx.store.read::<_, StoreError, _>(read).await?.unwrap_or_default();
    }
    Ok(Some(form))
}

fn find_form(conn: &mut Conn, knock: &Knock) -> Result<Option<Form>, StoreError> {
    let Some(mut form) = find_blank(conn, knock)? else { return Ok(None) };
    form.response = saved(conn, knock, &form)?;
    Ok(Some(form))
}

fn find_blank(conn: &mut Conn, knock: &Knock) -> Result<Option<Form>, StoreError> {
    let found = invitations::with_cycle(conn, &knock.hash)?;
    let standing = found.filter(|(own, _)| own.state != InvitationState::Withdrawn);
    standing.map(|(invitation, cycle)| blank(conn, invitation, cycle)).transpose()
}

/// What was saved behind a link so far.
fn saved(conn: &mut Conn, knock: &Knock, form: &Form) -> Result<OwnResponse, StoreError> {
    let cycle = form.cycle.id;
    let saved = match form.cycle.mode {
        Mode::Anonymous => ballots::own(conn, cycle, &knock.ballot(cycle))?,
        _ => responses::own(conn, cycle, &form.invitation.id.to_string())?,
    };
    Ok(saved.unwrap_or_default())
}

/// The form of an invitation without anything that was saved behind it.
pub(super) fn blank(conn: &mut Conn, invitation: Invitation, cycle: Cycle) -> Result<Form, StoreError> {
    let gone = || StoreError::unreadable("an invitation", "its partnership, instrument or person is gone");
    let partnership = partnerships::find(conn, cycle.partnership_id)?.ok_or_else(gone)?;
    let instrument = instruments::find(conn, &cycle.instrument_id, cycle.version())?.ok_or_else(gone)?;
    let person = people::find(conn, invitation.person_id)?.ok_or_else(gone)?;
    let sides = partnerships::sides(conn, partnership.id)?;
    let asks_comment = asks_comment(conn, &cycle, &instrument, invitation.side_id)?;
    let response = OwnResponse::default();
    Ok(Form { partnership, sides, cycle, instrument, invitation, person, response, asks_comment })
}

/// Whether anything was saved for an invitation. In anonymous mode that can be told as long as the link can be derived, and by
/// the sending; the caller keeps saves from coming in between.
pub(super) fn has_answered(
    conn: &mut Conn,
    key: &secrets::Key,
    cycle: &Cycle,
    invitation: &Invitation,
) -> Result<bool, StoreError> {
    if cycle.mode != Mode::Anonymous {
        return Ok(responses::own(conn, cycle.id, &invitation.id.to_string())?.is_some());
    }
    let Some(salt) = &invitation.salt else { return Ok(invitation.state == InvitationState::Sent) };
    let knock = Knock::with(&key.survey_token(salt));
    Ok(ballots::own(conn, cycle.id, &knock.ballot(cycle.id))?.is_some())
}

/// Takes back what was saved in anonymous mode for somebody who is erased while the cycle is open; `false` when the answers
/// were sent and nobody can find them any more. The caller keeps saves from coming in between.
pub(super) fn take_back_ballot(
    conn: &mut Conn,
    key: &secrets::Key,
    cycle: &Cycle,
    invitation: &Invitation,
) -> Result<bool, StoreError> {
    let Some(salt) = &invitation.salt else { return Ok(false) };
    let knock = Knock::with(&key.survey_token(salt));
    ballots::remove(conn, cycle.id, &knock.ballot(cycle.id))?;
    Ok(true)
}

/// Saves one change behind a link; gives the form as it stands afterwards.
pub async fn save_response(
    ctx: &Context,
    token: &str,
    change: Change,
    now: DateTime<Utc>,
) -> Result<Form, Refusal> {
    let (knock, mut form) = knock(ctx, token).await?;
    ctx.store
        .write_tx(move |conn| {
            open_for_change(conn, &knock, &mut form, now)?;
            apply(&mut form, change)?;
            keep(conn, &knock, &mut form, now)?;
            failpoint::pass("response-before-commit");
            Ok(form)
        })
        .await
        .inspect(|_| failpoint::pass("response-saved-before-answer"))
}

/// Saves several changes behind a link and sends, if asked to: all of it or nothing. Gives the form as it stands afterwards.
///
/// In anonymous mode sending is a second transaction: when the service ends between the two, the answers are saved and not
/// yet sent, and the same call again sends them.
pub async fn save_whole(
    ctx: &Context,
    token: &str,
    whole: Whole,
    now: DateTime<Utc>,
) -> Result<Form, Refusal> {
    let (knock, form) = knock(ctx, token).await?;
    let form = ctx.store.write_tx(move |conn| save_whole_in(conn, &knock, form, whole, now)).await;
    match form {
        Ok((_, true)) => send_response(ctx, token, now).await,
        Ok((form, false)) => Ok(form),
        Err(refusal) => Err(refusal),
    }
}

/// The form, and whether it is still to be sent.
fn save_whole_in(
    conn: &mut Conn,
    knock: &Knock,
    mut form: Form,
    whole: Whole,
    now: DateTime<Utc>,
) -> Result<(Form, bool), Refusal> {
    open_for_change(conn, knock, &mut form, now)?;
    let send = whole.send;
    let given = apply_whole(&mut form, whole)?;
    if send {
        form.require_something_to_send()?;
    }
    let apart = form.cycle.mode == Mode::Anonymous;
    if given {
        keep(conn, knock, &mut form, now)?;
    }
    if send && !apart {
        end_reminders(conn, &mut form)?;
    }
    Ok((form, send && apart))
}

fn keep(conn: &mut Conn, knock: &Knock, form: &mut Form, now: DateTime<Utc>) -> Result<(), StoreError> {
    let (cycle_id, side_id) = (form.cycle.id, form.invitation.side_id);
    if form.cycle.mode == Mode::Anonymous {
        let who = ballots::Link { cycle_id, answer_key: knock.ballot(cycle_id), side_id };
        return ballots::save(conn, &who, &form.response);
    }
    let who = Link {
        cycle_id,
        answer_key: form.invitation.id.to_string(),
        side_id,
        member_id: Some(form.invitation.member_id),
    };
    responses::save(conn, &who, &form.response, now)?;
    form.response.saved_at = Some(now);
    Ok(())
}

/// Ends the reminders for this respondent. Answers can still be changed until the close.
pub async fn send_response(ctx: &Context, token: &str, now: DateTime<Utc>) -> Result<Form, Refusal> {
    let (knock, mut form) = knock(ctx, token).await?;
    ctx.store
        .write_tx(move |conn| {
            open_for_change(conn, &knock, &mut form, now)?;
            form.require_something_to_send()?;
            end_reminders(conn, &mut form)?;
            Ok(form)
        })
        .await
}

fn end_reminders(conn: &mut Conn, form: &mut Form) -> Result<(), Refusal> {
    if form.cycle.mode == Mode::Anonymous {
        invitations::mark_sent_and_forget(conn, form.invitation.id)?;
        form.invitation.salt = None;
    } else {
        invitations::mark_sent(conn, form.invitation.id)?;
    }
    notices::drop_surveys(conn, form.cycle.id, Some(form.person.id))?;
    form.invitation.state = InvitationState::Sent;
    Ok(())
}

/// What is behind a link, without what was saved so far, read before the write begins: other saves do not wait for that.
async fn knock(ctx: &Context, token: &str) -> Result<(Knock, Form), Refusal> {
    let knock = Knock::with(token);
    let same = knock.clone();
    let form = ctx.store.read_few(move |conn| find_blank(conn, &same)).await?.ok_or(Refusal::NotFound)?;
    Ok((knock, form))
}

/// Reads again what may have changed since the form was read: the invitation, its cycle, and what was saved.
fn open_for_change(
    conn: &mut Conn,
    knock: &Knock,
    form: &mut Form,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    // Held first, read afterwards: two saves behind one link take turns, and the close waits for both.
    let anonymous = form.cycle.mode == Mode::Anonymous;
    if anonymous {
        ballots::take_turns(conn, form.cycle.id, &knock.ballot(form.cycle.id))?;
    } else {
        invitations::hold(conn, form.invitation.id)?;
    }
    let behind = responses::behind(conn, &knock.hash)?
        .filter(|own| own.invitation != InvitationState::Withdrawn)
        .ok_or(Refusal::NotFound)?;
    let saved = if anonymous { saved(conn, knock, form)? } else { behind.response.unwrap_or_default() };
    form.take(behind.invitation, behind.salt, behind.cycle, saved);
    form.may_answer(now).map_err(|refused| Refusal::State(refused.to_string()))?;
    // The close has been here, or is about to be: it erases what the link is derived from first.
    if !anonymous && form.invitation.salt.is_none() {
        return Err(Refusal::State(AnswerRefused::Closed.to_string()));
    }
    Ok(())
}

/// Whether the round takes comments and so many are invited on a side that its comments may ever be shown.
fn asks_comment(
    conn: &mut Conn,
    cycle: &Cycle,
    instrument: &Instrument,
    side: SideId,
) -> Result<bool, StoreError> {
    if !cycle.comments || instrument.closing_question.is_none() {
        return Ok(false);
    }
    if cycle.mode == Mode::Named {
        return Ok(true);
    }
    let least = comments::comments_from(cycle.mode, cycle.floor());
    Ok(invitations::invited_of(conn, cycle.id, side)? >= i64::from(least))
}
