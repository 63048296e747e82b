//! What a side does alone in a running cycle, with notice to the others: extend it, remind, correct an address that
//! bounced, take back an invitation that nobody answered.

use chrono::{DateTime, TimeDelta, Utc};

use super::compose::{had_survey_letter, tomorrow};
use super::open_cycle::{Telling, letters_until};
use super::own_act::{OwnAct, Told};
use super::proposals::{Speaker, TOLD_FOR, managers_of_others};
use super::times::zone;
use super::{Context, Refusal, handout, save_response};
use crate::domain::cycle::{CycleError, InvitationState};
use crate::domain::ids::{CycleId, MemberId, PartnershipId};
use crate::domain::mode::Mode;
use crate::domain::partnership::EmailAddress;
use crate::secrets::{self, Key};
use crate::store::cycles::{self, Cycle};
use crate::store::invitations::{self, Invitation};
use crate::store::outbox::letters;
use crate::store::outbox::notices::{self, NewNotice};
use crate::store::people::{self, PersonDraft};
use crate::store::{Conn, StoreError, ballots, bounces, meta, partnerships};

/// An extended cycle closes at most so long after now.
const MOST: TimeDelta = TimeDelta::days(60);

const STAYS: &str = "This invitation cannot be withdrawn: it was answered, or its side would fall below the number that the mode \
                     asks for. That it was asked for is told to the other sides.";

/// Moves the close of an open cycle to a later instant; reminders and letters move with it.
pub async fn extend(
    ctx: &Context,
    speaker: Speaker,
    id: CycleId,
    closes_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    ctx.store
        .decide(move |conn| {
            cycles::hold(conn, id)?;
            let cycle = cycles::find(conn, id)?.ok_or(Refusal::NotFound)?;
            let until = cycle.life().extend(closes_at, now).map_err(|error| match error {
                CycleError::NotAnExtension { .. } => Refusal::field("closes_at", error),
                other => Refusal::State(other.to_string()),
            })?;
            if until > now + MOST {
                return Err(Refusal::field("closes_at", "A cycle closes at most 60 days from now."));
            }
            if !cycles::extend(conn, id, cycle.closes_at.and_utc(), until)? {
                return Err(Refusal::Changed);
            }
            move_letters(conn, &cycle, until, now)?;
            tell(conn, &cycle, &speaker, OwnAct::Extended(until), &until.timestamp().to_string(), now)?;
            meta::audit(conn, &speaker.actor, "cycle extended", &id.to_string(), now)?;
            Ok(())
        })
        .await
}

/// Reminders that were still to come are planned anew; everything else stays worth telling until the new close.
fn move_letters(
    conn: &mut Conn,
    cycle: &Cycle,
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let telling = telling(conn, cycle, until)?;
    notices::drop_reminders_after(conn, cycle.id, now)?;
    notices::keep_surveys_until(conn, cycle.id, letters_until(until))?;
    letters::follow_notices(conn, cycle.id)?;
    let open = invitations::of_cycle(conn, cycle.id)?;
    handout::plan_reminders(conn, cycle.partnership_id, &telling, &until.timestamp().to_string(), now)?;
    for invitation in open.iter().filter(|i| i.state == InvitationState::Open && !i.is_handed()) {
        for at in telling.reminders().into_iter().filter(|at| *at > now) {
            let key = format!(
                "remind:{}:{}:{}-{}",
                cycle.id,
                invitation.member_id,
                until.timestamp(),
                at.timestamp()
            );
            let notice = telling.notice(key, "remind", invitation.person_id, invitation.id, at);
            notices::insert(conn, &notice, now)?;
        }
    }
    Ok(())
}

fn telling(conn: &mut Conn, cycle: &Cycle, closes: DateTime<Utc>) -> Result<Telling, Refusal> {
    let found = partnerships::find(conn, cycle.partnership_id)?.ok_or(Refusal::NotFound)?;
    Ok(Telling { cycle: cycle.id, window: (cycle.opens_at.and_utc(), closes), zone: zone(&found.zone) })
}

/// Reminds everybody who has not sent, of all sides; whoever had a letter today gets it tomorrow, or not at all when that
/// would be too late. Who is reminded is told to nobody.
pub async fn remind(ctx: &Context, speaker: Speaker, id: CycleId, now: DateTime<Utc>) -> Result<(), Refusal> {
    ctx.store
        .decide(move |conn| {
            let cycle = open_cycle(conn, id, now)?;
            let telling = telling(conn, &cycle, cycle.closes_at.and_utc())?;
            let today = now.with_timezone(&telling.zone).date_naive();
            let last = letters_until(telling.window.1);
            if now >= last {
                return Err(Refusal::State(
                    "This cycle closes within the hour; no letter would be in time.".to_owned(),
                ));
            }
            for invitation in invitations::of_cycle(conn, id)? {
                if invitation.state != InvitationState::Open || invitation.is_handed() {
                    continue;
                }
                let person = people::find(conn, invitation.person_id)?.ok_or(Refusal::NotFound)?;
                if had_survey_letter(conn, &person, now)? && tomorrow(&person, now) >= last {
                    continue;
                }
                let key = format!("remind:{id}:{}:asked-{today}", invitation.member_id);
                let notice = telling.notice(key, "remind", invitation.person_id, invitation.id, now);
                notices::insert(conn, &notice, now)?;
            }
            handout::remind(conn, cycle.partnership_id, &telling, &format!("asked-{today}"), now)?;
            tell(conn, &cycle, &speaker, OwnAct::Reminded, &today.to_string(), now)?;
            meta::audit(conn, &speaker.actor, "cycle reminded", &id.to_string(), now)?;
            Ok(())
        })
        .await
}

/// Corrects the address of a respondent of the speaker's side to whom mail was refused, and invites them again.
///
/// The old link stops working: a mail with it may lie in a stranger's mailbox. Only the address of somebody who does
/// nothing but answer for this side is corrected here, because whoever gets a person's mail can sign in as that person.
pub async fn correct_address(
    ctx: &Context,
    speaker: Speaker,
    id: CycleId,
    member: MemberId,
    email: &str,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let email = EmailAddress::parse(email).map_err(|e| Refusal::field("email", e))?;
    let key = ctx.key.clone();
    ctx.store
        .decide(move |conn| {
            let cycle = open_cycle(conn, id, now)?;
            let invitation = invitation_of(conn, &speaker, id, member)?;
            let person = people::find(conn, invitation.person_id)?.ok_or(Refusal::NotFound)?;
            require_mere_respondent(conn, &person)?;
            require_unanswered(conn, &key, &cycle, &invitation)?;
            let draft = PersonDraft {
                email: email.key(),
                name: person.name.clone(),
                zone: person.zone.clone(),
                administrator: false,
            };
            people::update(conn, person.id, &draft).map_err(|error| match error {
                StoreError::Conflict(_) => {
                    // Who else this server knows is not a side's to learn.
                    Refusal::field(
                        "email",
                        "This address cannot be used here; write another one, or ask an administrator.",
                    )
                }
                other => Refusal::Store(other),
            })?;
            bounces::clear(conn, person.id)?;
            let salt = secrets::random_token();
            let hash = secrets::digest(key.survey_token(&salt));
            if !invitations::renew(conn, invitation.id, &salt, &hash)? {
                return Err(Refusal::Changed);
            }
            letters::free_failed(conn, person.id)?;
            let telling = telling(conn, &cycle, cycle.closes_at.and_utc())?;
            let fresh = format!("invite:{id}:{member}:{}", &hash[..12]);
            let notice = telling.notice(fresh.clone(), "invite", person.id, invitation.id, now);
            notices::insert(conn, &notice, now)?;
            tell(conn, &cycle, &speaker, OwnAct::AddressCorrected, &fresh, now)?;
            meta::audit(conn, &speaker.actor, "address corrected", &person.id.to_string(), now)?;
            Ok(())
        })
        .await
}

/// Takes back an unanswered invitation of the speaker's side; its link leads nowhere from then on. That it was asked for is logged
/// and told to the other sides, whatever came of it: else asking would be a way to learn who has answered.
pub async fn withdraw_invitation(
    ctx: &Context,
    speaker: Speaker,
    id: CycleId,
    member: MemberId,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let key = ctx.key.clone();
    let withdrawn = ctx
        .store
        .decide(move |conn| {
            let cycle = open_cycle(conn, id, now)?;
            let invitation = invitation_of(conn, &speaker, id, member)?;
            let object = invitation.id.to_string();
            let mark = format!("withdraw:{object}:{}", now.timestamp());
            tell(conn, &cycle, &speaker, OwnAct::InvitationWithdrawn, &mark, now)?;
            meta::audit(conn, &speaker.actor, "invitation asked back", &object, now)?;
            let withdrawn = withdraw_unanswered(conn, &key, &cycle, &invitation)?;
            if withdrawn {
                meta::audit(conn, &speaker.actor, "invitation withdrawn", &object, now)?;
            }
            Ok::<_, Refusal>(withdrawn)
        })
        .await?;
    if withdrawn { Ok(()) } else { Err(Refusal::State(STAYS.to_owned())) }
}

/// Withdraws an invitation unless it was answered or its side would fall below the floor; `false` when it stays.
pub(super) fn withdraw_unanswered(
    conn: &mut Conn,
    key: &Key,
    cycle: &Cycle,
    invitation: &Invitation,
) -> Result<bool, StoreError> {
    if !is_unanswered(conn, key, cycle, invitation)? {
        return Ok(false);
    }
    let counts = invitations::counts(conn, &[cycle.id])?;
    let left = counts.iter().find(|c| c.side_id == invitation.side_id).map_or(0, |c| c.invited);
    if left <= cycle.floor().max(1) || !invitations::withdraw(conn, invitation.id)? {
        return Ok(false);
    }
    notices::drop_surveys(conn, cycle.id, Some(invitation.person_id))?;
    Ok(true)
}

/// Whether an invitation stands without any answer, until the end of this transaction: an answer that is being saved is
/// waited for, and then it is there to be seen.
fn is_unanswered(
    conn: &mut Conn,
    key: &Key,
    cycle: &Cycle,
    invitation: &Invitation,
) -> Result<bool, StoreError> {
    if cycle.mode == Mode::Anonymous {
        ballots::shut(conn, cycle.id)?;
    } else if !invitations::hold_link(conn, invitation.id)? {
        return Ok(false);
    }
    // Read afresh: it may have been sent while others were waited for.
    let Some(invitation) = invitations::of_person(conn, cycle.id, invitation.person_id)? else {
        return Ok(false);
    };
    Ok(!save_response::has_answered(conn, key, cycle, &invitation)?)
}

fn require_unanswered(
    conn: &mut Conn,
    key: &Key,
    cycle: &Cycle,
    invitation: &Invitation,
) -> Result<(), Refusal> {
    if is_unanswered(conn, key, cycle, invitation)? {
        return Ok(());
    }
    Err(Refusal::State("A mail of this cycle did arrive, so there is nothing to send again.".to_owned()))
}

fn require_mere_respondent(conn: &mut Conn, person: &people::Person) -> Result<(), Refusal> {
    let here = partnerships::memberships(conn, person.id)?;
    let mere = here.len() == 1 && here.iter().all(|m| !m.manager && !m.sponsor && !m.facilitator);
    if !mere || person.administrator || !people::led_by(conn, person.id)?.is_empty() {
        return Err(Refusal::State(
            "This person has other roles on this server; an administrator corrects the address.".to_owned(),
        ));
    }
    if here.iter().any(|m| m.bounced_at.is_some()) {
        return Ok(());
    }
    Err(Refusal::State("No mail to this address was refused; an administrator can change it.".to_owned()))
}

pub(super) fn open_cycle(conn: &mut Conn, id: CycleId, now: DateTime<Utc>) -> Result<Cycle, Refusal> {
    cycles::hold(conn, id)?;
    let cycle = cycles::find(conn, id)?.ok_or(Refusal::NotFound)?;
    cycle.life().may_answer(now).map_err(|refused| Refusal::State(refused.of_cycle().to_owned()))?;
    Ok(cycle)
}

/// The invitation of a member of the speaker's own side; of another side there is none.
pub(super) fn invitation_of(
    conn: &mut Conn,
    speaker: &Speaker,
    cycle: CycleId,
    member: MemberId,
) -> Result<Invitation, Refusal> {
    let all = invitations::of_cycle(conn, cycle)?;
    let own = |i: &Invitation| {
        i.member_id == member && Some(i.side_id) == speaker.side && i.state != InvitationState::Withdrawn
    };
    all.into_iter().find(own).ok_or(Refusal::NotFound)
}

/// Gives notice to the managers of the other sides.
pub(super) fn tell(
    conn: &mut Conn,
    cycle: &Cycle,
    speaker: &Speaker,
    act: OwnAct,
    mark: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    tell_of(conn, (cycle.partnership_id, Some(cycle.id)), speaker, act, mark, now)
}

/// The same of an act in a partnership, about one of its cycles or about none. `mark` tells one such act from another.
pub(super) fn tell_of(
    conn: &mut Conn,
    (partnership, cycle_id): (PartnershipId, Option<CycleId>),
    speaker: &Speaker,
    act: OwnAct,
    mark: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let told = Told { act, actor: speaker.actor.clone(), side: speaker.side, partnership: Some(partnership) };
    let reference = serde_json::to_string(&told)
        .map_err(|e| StoreError::Broken(format!("a notice cannot be written: {e}")))?;
    let about = cycle_id.map_or_else(|| partnership.to_string(), |id| id.to_string());
    for person_id in managers_of_others(conn, partnership, speaker.side)? {
        // Whoever did it for no side need not be told of it.
        if speaker.actor == person_id.to_string() {
            continue;
        }
        let notice = NewNotice {
            natural_key: format!("told:{about}:{mark}:{person_id}"),
            kind: "told",
            person_id,
            cycle_id,
            reference: reference.clone(),
            due_at: now,
            not_after: now + TOLD_FOR,
        };
        notices::insert(conn, &notice, now)?;
    }
    Ok(())
}
