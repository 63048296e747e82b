//! Two-key acts: proposing, answering, withdrawing, expiring.
//!
//! The act runs in the transaction of the last yes, through the verbs that do it elsewhere; a conditional update of the
//! proposal decides who had the last word, so it runs once however many answer at the same moment. Pages and REST
//! interface call this; the clockwork calls [`expire`].

mod acts;
mod describe;
mod key;
mod members;
mod tell;

pub use acts::{CadenceChange, Deed};
pub(super) use describe::who;
pub use describe::{about, proposer, sentence};
pub use members::MembersChange;
pub(super) use tell::ask_again;
pub(super) use tell::{TOLD_FOR, managers_of_others};

use chrono::{DateTime, Utc};

use super::own_view::refuse_in_a_view;
use super::{Context, Look, Refusal, endings};
use crate::domain::ids::{CycleId, PartnershipId, ProposalId, SideId};
use crate::domain::partnership::PartnershipState;
use crate::domain::proposal::{Act, ProposalError, ProposalState, SideAnswer, clean_reason};
use crate::store::proposals::{self, Answer, NewProposal, Proposal};
use crate::store::{Conn, StoreError, meta, partnerships};

/// How many overdue proposals one look takes on.
const BATCH: i64 = 200;
/// Who ends what nobody answered, in the audit log.
const CLOCK: &str = "clock";

/// Who acts, and for which side.
#[derive(Clone, Debug)]
pub struct Speaker {
    /// As the audit log names it.
    pub actor: String,
    /// The side for which they speak; none for a program of the whole partnership or instance.
    pub side: Option<SideId>,
}

/// What came of proposing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proposed {
    /// It waits for the other sides.
    Waits(ProposalId),
    /// Nothing more was needed, and it is done.
    Done,
}

/// Proposes an act of a partnership.
pub async fn propose(
    ctx: &Context,
    speaker: Speaker,
    partnership: PartnershipId,
    deed: Deed,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<Proposed, Refusal> {
    let reason = clean_reason(reason).map_err(|e| Refusal::field("reason", e))?;
    ctx.store
        .decide(move |conn| {
            if acts::needs_nobody(conn, partnership, &deed, now)? {
                let object = deed.subject(partnership);
                meta::audit(conn, &speaker.actor, deed.act().as_str(), &object, now)?;
                return Ok(Proposed::Done);
            }
            propose_in(conn, &speaker, partnership, &deed, reason, now).map(Proposed::Waits)
        })
        .await
}

/// The same inside a transaction of the caller, where the act is known to need the other sides.
pub(super) fn propose_in(
    conn: &mut Conn,
    speaker: &Speaker,
    partnership: PartnershipId,
    deed: &Deed,
    reason: String,
    now: DateTime<Utc>,
) -> Result<ProposalId, Refusal> {
    require_life(conn, partnership, deed)?;
    acts::check(conn, partnership, deed, now)?;
    require_managers(conn, partnership, speaker.side)?;
    key::require_own(conn, &speaker.actor, partnership, speaker.side)?;
    let new = NewProposal {
        partnership_id: partnership,
        act: deed.act(),
        subject: deed.subject(partnership),
        content: deed.content(conn, partnership)?,
        proposed_by: speaker.actor.clone(),
        proposed_side: speaker.side,
        reason,
        expires_at: now + deed.act().answer_within(),
    };
    for old in proposals::open_about(conn, &new.subject)? {
        if old.expires_at.and_utc() <= now {
            end(conn, &old, ProposalState::Expired, None, now)?;
        }
    }
    let Some(id) = proposals::insert(conn, &new, now)? else {
        return Err(Refusal::State(new.act.waits_already().to_owned()));
    };
    let proposal = proposals::find(conn, id)?.ok_or(Refusal::NotFound)?;
    tell::ask(conn, &proposal, now)?;
    meta::audit(conn, &speaker.actor, &format!("proposed {}", new.act), &id.to_string(), now)?;
    Ok(id)
}

/// Of a partnership that has ended nothing is decided any more but its deletion.
fn require_life(conn: &mut Conn, id: PartnershipId, deed: &Deed) -> Result<(), Refusal> {
    let found = partnerships::find(conn, id)?.ok_or(Refusal::NotFound)?;
    refuse_in_a_view(&found)?;
    if found.state != PartnershipState::Ended || deed.act() == Act::DeletePartnership {
        return Ok(());
    }
    Err(Refusal::State("This partnership has ended; the sides decide only about its deletion.".to_owned()))
}

/// A side without a manager could never answer.
fn require_managers(conn: &mut Conn, id: PartnershipId, own: Option<SideId>) -> Result<(), Refusal> {
    let managers = partnerships::managers(conn, id)?;
    for side in partnerships::sides(conn, id)?.into_iter().filter(|s| Some(s.id) != own) {
        if managers.iter().all(|(m, _)| m.side_id != Some(side.id)) {
            return Err(Refusal::State(format!(
                "{} must agree to this and has no manager. Name one in the set-up, then propose it again.",
                side.name
            )));
        }
    }
    Ok(())
}

/// Answers a proposal for the speaker's side; gives where it stands afterwards. The last yes does the act.
pub async fn answer(
    ctx: &Context,
    speaker: Speaker,
    id: ProposalId,
    answer: SideAnswer,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<ProposalState, Refusal> {
    let reason = clean_reason(reason).map_err(|e| Refusal::field("reason", e))?;
    let side = speaker.side.ok_or_else(|| refused(ProposalError::NoSide))?;
    let inner = ctx.clone();
    let done = ctx
        .store
        .decide(move |conn| {
            let proposal = held(conn, id)?;
            key::require_own(conn, &speaker.actor, proposal.partnership_id, Some(side))?;
            let sides = partnerships::sides(conn, proposal.partnership_id)?.into_iter().map(|s| s.id);
            let answers = proposals::answers(conn, &[id])?;
            let life = proposal.life(sides.collect(), &answers);
            // Nobody's yes may do something else than what they were asked.
            let asked = life.state_at(now) == ProposalState::Open && answer == SideAnswer::Approved;
            if asked && !acts::still_stands(conn, &proposal)? {
                end(conn, &proposal, ProposalState::Expired, None, now)?;
                return Ok(Answered::Outdated);
            }
            let state = match life.answer(side, answer, now) {
                Ok(state) => state,
                Err(ProposalError::Expired) => {
                    end(conn, &proposal, ProposalState::Expired, None, now)?;
                    return Ok(Answered::Late);
                }
                Err(error) => return Err(refused(error)),
            };
            let row = Answer {
                proposal_id: id,
                side_id: side,
                answer,
                actor: speaker.actor.clone(),
                reason,
                answered_at: now.naive_utc(),
            };
            if !proposals::insert_answer(conn, &row)? {
                return Err(refused(ProposalError::Answered));
            }
            meta::audit(conn, &speaker.actor, &format!("proposal {answer}"), &id.to_string(), now)?;
            if state != ProposalState::Open {
                end(conn, &proposal, state, Some(side), now)?;
            }
            if state == ProposalState::Approved {
                acts::run(conn, &inner, &proposal, now)?;
            }
            Ok(Answered::Now(state, proposal.act))
        })
        .await?;
    match done {
        Answered::Now(state, act) => {
            if (state, act) == (ProposalState::Approved, Act::DeletePartnership) {
                endings::clean_up(ctx).await;
            }
            Ok(state)
        }
        Answered::Late => Err(refused(ProposalError::Expired)),
        Answered::Outdated => Err(Refusal::State(
            "What this proposal is about was changed meanwhile, so it has ended. Look at what stands now, and propose \
             it again."
                .to_owned(),
        )),
    }
}

/// What came of an answer.
enum Answered {
    /// It counts, and the proposal to do this stands so now.
    Now(ProposalState, Act),
    /// The seven days were over.
    Late,
    /// The sides were asked about something that has changed since.
    Outdated,
}

/// Takes a proposal back.
pub async fn withdraw(
    ctx: &Context,
    speaker: Speaker,
    id: ProposalId,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    ctx.store
        .decide(move |conn| {
            let proposal = held(conn, id)?;
            let own = proposal.proposed_by == speaker.actor;
            let life = proposal.life(Vec::new(), &[]);
            let state = life.withdraw(speaker.side, own, now).map_err(refused)?;
            end(conn, &proposal, state, None, now)?;
            meta::audit(conn, &speaker.actor, "proposal withdrawn", &id.to_string(), now)?;
            Ok(())
        })
        .await
}

/// Writes down which proposals have expired, and tells who made them; gives their number.
pub async fn expire(ctx: &Context, now: DateTime<Utc>) -> Result<Look, Refusal> {
    let overdue = ctx.store.read(move |conn| proposals::overdue(conn, now, BATCH)).await?;
    let mut look = Look::default();
    for id in overdue {
        let done = ctx.store.decide(move |conn| {
            let Some(proposal) = proposals::find(conn, id)? else { return Ok(false) };
            end(conn, &proposal, ProposalState::Expired, None, now)
        });
        look.note("ending a proposal", id, done.await);
    }
    Ok(look)
}

/// Ends what was proposed about a cycle that is over; nobody is told, because the end of the cycle is the news.
pub(super) fn end_all_about(conn: &mut Conn, cycle: CycleId, now: DateTime<Utc>) -> Result<(), StoreError> {
    let open = proposals::open_about(conn, &cycle.to_string())?;
    end_with_subject(conn, open, now)
}

/// Ends what was proposed in a partnership that is over.
pub(super) fn end_all_of(conn: &mut Conn, id: PartnershipId, now: DateTime<Utc>) -> Result<(), StoreError> {
    let open = proposals::open_of(conn, id)?;
    end_with_subject(conn, open, now)
}

fn end_with_subject(conn: &mut Conn, open: Vec<Proposal>, now: DateTime<Utc>) -> Result<(), StoreError> {
    for proposal in open {
        if proposals::decide(conn, proposal.id, ProposalState::Ended, now)? {
            meta::audit(conn, CLOCK, "proposal ended", &proposal.id.to_string(), now)?;
        }
    }
    Ok(())
}

/// The proposal, its row held until the end of the transaction when it is open.
fn held(conn: &mut Conn, id: ProposalId) -> Result<Proposal, Refusal> {
    let known = proposals::find(conn, id)?.ok_or(Refusal::NotFound)?;
    acts::hold_subject(conn, &known)?;
    proposals::hold(conn, id)?;
    proposals::find(conn, id)?.ok_or(Refusal::NotFound)
}

/// Ends an open proposal and tells the outcome; `false` when it was not open any more.
fn end(
    conn: &mut Conn,
    proposal: &Proposal,
    state: ProposalState,
    by: Option<SideId>,
    now: DateTime<Utc>,
) -> Result<bool, Refusal> {
    if !proposals::decide(conn, proposal.id, state, now)? {
        return Ok(false);
    }
    if state == ProposalState::Expired {
        meta::audit(conn, CLOCK, "proposal expired", &proposal.id.to_string(), now)?;
    }
    tell::outcome(conn, proposal, state, by, now)?;
    Ok(true)
}

fn refused(error: ProposalError) -> Refusal {
    Refusal::State(error.to_string())
}
