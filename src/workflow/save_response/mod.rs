//! The respondent's own form: what is behind a link, saving an answer, and sending.
//!
//! Each answer is saved as it is chosen and counts at the close; sending only ends the reminders. Nothing here happens on
//! a GET: mail scanners open links. In anonymous mode answers lie under a key that only the link leads to, and what is known
//! about the invitation is written in another transaction than they are.

mod asked;
mod change;

pub use asked::{Asked, KeptAsked};
pub use change::{Change, Whole};

use std::sync::Arc;

use chrono::{DateTime, Utc};

use self::change::{apply, apply_whole};
use super::{Context, Refusal};
use crate::domain::cycle::{AnswerRefused, InvitationState};
use crate::domain::ids::CycleId;
use crate::domain::mode::Mode;
use crate::failpoint;
use crate::secrets;
use crate::store::cycles::Cycle;
use crate::store::invitations::{self, Invitation};
use crate::store::outbox::notices;
use crate::store::people::{self, Person};
use crate::store::responses::{self, Link, OwnResponse};
use crate::store::{Conn, StoreError, ballots};

/// Everything that the form shows to the one who holds its link.
#[derive(Clone, Debug)]
pub struct Form {
    /// What is asked, and between whom.
    pub asked: Arc<Asked>,
    /// The cycle.
    pub cycle: Cycle,
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

    /// Whether there is something to send: an answer, or "don't know" said to every question.
    fn may_send(&self) -> bool {
        let given = &self.response.answers;
        given.values().any(Option::is_some)
            || self.asked.instrument.indicators.iter().all(|own| given.contains_key(&own.id))
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
    let (knock, kept) = (Knock::with(token), ctx.asked.clone());
    let same = knock.clone();
    let found = ctx.store.read_few(move |conn| find_form(conn, &kept, &same)).await?;
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

/// The form of a link, without what was saved in anonymous mode, which lies elsewhere.
fn find_form(conn: &mut Conn, kept: &KeptAsked, knock: &Knock) -> Result<Option<Form>, StoreError> {
    let found = responses::behind(conn, &knock.hash)?;
    let Some(own) = found.filter(|own| own.invitation.state != InvitationState::Withdrawn) else {
        return Ok(None);
    };
    let asked = kept.of(conn, &own.cycle, own.invitation.side_id, own.revision)?;
    let response = own.response.unwrap_or_default();
    Ok(Some(Form { asked, cycle: own.cycle, invitation: own.invitation, person: own.person, response }))
}

/// The form of an invitation without anything that was saved behind it.
pub(super) fn blank(
    conn: &mut Conn,
    kept: &KeptAsked,
    invitation: Invitation,
    cycle: Cycle,
) -> Result<Form, StoreError> {
    let gone = || StoreError::unreadable("an invitation", "its person is gone");
    let person = people::find(conn, invitation.person_id)?.ok_or_else(gone)?;
    let asked = Arc::new(kept.read(conn, &cycle, invitation.side_id)?);
    Ok(Form { asked, cycle, invitation, person, response: OwnResponse::default() })
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
    let (knock, kept) = (Knock::with(token), ctx.asked.clone());
    let known = to_hold(ctx, &knock).await?;
    ctx.store
        .write_tx(move |conn| {
            let mut form = open_for_change(conn, &kept, &knock, known.as_ref(), now)?;
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
    let (knock, kept) = (Knock::with(token), ctx.asked.clone());
    let known = to_hold(ctx, &knock).await?;
    let work = move |conn: &mut Conn| {
        let form = open_for_change(conn, &kept, &knock, known.as_ref(), now)?;
        save_whole_in(conn, &knock, form, whole, now)
    };
    match ctx.store.write_tx(work).await {
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
    let (knock, kept) = (Knock::with(token), ctx.asked.clone());
    let known = to_hold(ctx, &knock).await?;
    ctx.store
        .write_tx(move |conn| {
            let mut form = open_for_change(conn, &kept, &knock, known.as_ref(), now)?;
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

/// The form of a link, read before the write begins, so that the write knows what to hold; `None` where whoever writes is alone and
/// nothing need be held. What it holds it must hold before it reads: otherwise it would keep tables in use while it waits.
async fn to_hold(ctx: &Context, knock: &Knock) -> Result<Option<Form>, Refusal> {
    if !ctx.store.is_shared() {
        return Ok(None);
    }
    let (same, kept) = (knock.clone(), ctx.asked.clone());
    let form = ctx.store.read_few(move |conn| find_form(conn, &kept, &same)).await?;
    form.ok_or(Refusal::NotFound).map(Some)
}

/// What is behind a link; it stands until the end of this transaction.
fn open_for_change(
    conn: &mut Conn,
    kept: &KeptAsked,
    knock: &Knock,
    known: Option<&Form>,
    now: DateTime<Utc>,
) -> Result<Form, Refusal> {
    // Held first, read afterwards: two saves behind one link take turns, and the close waits for both.
    match known {
        Some(own) if own.cycle.mode == Mode::Anonymous => {
            ballots::take_turns(conn, own.cycle.id, &knock.ballot(own.cycle.id))?;
        }
        Some(own) => invitations::hold(conn, own.invitation.id)?,
        None => {}
    }
    let mut form = find_form(conn, kept, knock)?.ok_or(Refusal::NotFound)?;
    let anonymous = form.cycle.mode == Mode::Anonymous;
    if anonymous {
        let key = knock.ballot(form.cycle.id);
        form.response = ballots::own(conn, form.cycle.id, &key)?.unwrap_or_default();
    }
    form.may_answer(now).map_err(|refused| Refusal::State(refused.to_string()))?;
    // The close has been here, or is about to be: it erases what the link is derived from first.
    if !anonymous && form.invitation.salt.is_none() {
        return Err(Refusal::State(AnswerRefused::Closed.to_string()));
    }
    Ok(form)
}
