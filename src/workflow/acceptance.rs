//! Until a proposal is answered: nudging those who have not, and asking those who made it.
//!
//! Law: a nudge goes to the sides whose answer is missing, once a day; a question goes to whoever proposed, with an address to
//! which they can answer. Neither changes anything. Pages and REST interface call this.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::proposals::Speaker;
use super::{Context, Refusal};
use crate::domain::ids::{PartnershipId, PersonId, ProposalId};
use crate::domain::proposal::{Act, ProposalLife, ProposalState, clean_reason};
use crate::store::outbox::notices::{self, NewNotice};
use crate::store::proposals::{self, Answer, Proposal};
use crate::store::{Conn, StoreError, meta, partnerships, people};

/// A question as its notice keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Question {
    /// The proposal.
    pub proposal: ProposalId,
    /// In their words.
    pub text: String,
    /// Who asks, as the audit log names it.
    pub actor: String,
    /// For which side.
    pub side: crate::domain::ids::SideId,
    /// To whom an answer goes.
    pub reply_to: String,
}

/// Where the acceptance of a partnership stands: the last time it was proposed to its sides, with their answers.
pub fn last(conn: &mut Conn, id: PartnershipId) -> Result<Option<(Proposal, Vec<Answer>)>, StoreError> {
    let Some(found) = proposals::last_of(conn, id, Act::StartPartnership)? else { return Ok(None) };
    let answers = proposals::answers(conn, &[found.id])?;
    Ok(Some((found, answers)))
}

fn open(conn: &mut Conn, id: ProposalId, now: DateTime<Utc>) -> Result<(Proposal, ProposalLife), Refusal> {
    let found = proposals::find(conn, id)?.ok_or(Refusal::NotFound)?;
    let answers = proposals::answers(conn, &[id])?;
    let sides = partnerships::sides(conn, found.partnership_id)?.into_iter().map(|own| own.id).collect();
    let life = found.life(sides, &answers);
    if life.state_at(now) != ProposalState::Open {
        return Err(Refusal::State("This proposal does not wait for an answer any more.".to_owned()));
    }
    Ok((found, life))
}

/// Asks the sides that have not answered once more.
pub async fn nudge(
    ctx: &Context,
    speaker: Speaker,
    id: ProposalId,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    ctx.store
        .decide(move |conn| {
            let (found, life) = open(conn, id, now)?;
            let its_side = found.proposed_side.is_some() && found.proposed_side == speaker.side;
            if !its_side && found.proposed_by != speaker.actor {
                return Err(Refusal::State("Only the side that made this proposal nudges the others.".to_owned()));
            }
            let (today, waits) = (now.date_naive(), life.waiting_for());
            let mut asked = 0;
            for (member, person) in partnerships::managers(conn, found.partnership_id)? {
                if !member.side_id.is_some_and(|side| waits.contains(&side)) {
                    continue;
                }
                let notice = NewNotice {
                    natural_key: format!("proposal:{id}:nudge:{today}:{}", person.id),
                    kind: "proposal",
                    person_id: person.id,
                    cycle_id: None,
                    reference: id.to_string(),
                    due_at: now,
                    not_after: found.expires_at.and_utc(),
                };
                let fresh = found.created_at.date() != today;
                asked += usize::from(fresh && notices::insert(conn, &notice, now)?);
            }
            if asked == 0 {
                return Err(Refusal::State(
                    "They were asked today already. A nudge goes out once a day; the text to forward may help.".to_owned(),
                ));
            }
            meta::audit(conn, &speaker.actor, "proposal nudged", &id.to_string(), now)?;
            Ok(())
        })
        .await
}

/// Sends a question to whoever proposed, for a side that is asked.
///
/// # Errors
/// The field `question` when it is empty or longer than 500 characters.
pub async fn ask(
    ctx: &Context,
    speaker: Speaker,
    id: ProposalId,
    question: &str,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let text = clean_reason(question).map_err(|e| Refusal::field("question", e))?;
    if text.is_empty() {
        return Err(Refusal::field("question", "Write your question."));
    }
    ctx.store
        .decide(move |conn| {
            let (found, life) = open(conn, id, now)?;
            let side = speaker.side.filter(|own| life.needed().contains(own));
            let Some(side) = side else {
                return Err(Refusal::State("A side that is asked to decide can ask back.".to_owned()));
            };
            let reply_to = address_of(conn, &speaker, found.partnership_id)?.ok_or_else(|| {
                Refusal::State("Your side has no manager to whom an answer could go.".to_owned())
            })?;
            let asked = Question { proposal: id, text, actor: speaker.actor.clone(), side, reply_to };
            let reference = serde_json::to_string(&asked)
                .map_err(|e| StoreError::Broken(format!("a notice cannot be written: {e}")))?;
            for person_id in makers(conn, &found)? {
                let notice = NewNotice {
                    natural_key: format!("question:{id}:{side}:{}:{person_id}", now.timestamp()),
                    kind: "question",
                    person_id,
                    cycle_id: None,
                    reference: reference.clone(),
                    due_at: now,
                    not_after: found.expires_at.and_utc(),
                };
                notices::insert(conn, &notice, now)?;
            }
            meta::audit(conn, &speaker.actor, "question asked", &id.to_string(), now)?;
            Ok(())
        })
        .await
}

/// The address of the person who asks; for a program, that of its side's manager.
fn address_of(conn: &mut Conn, speaker: &Speaker, id: PartnershipId) -> Result<Option<String>, StoreError> {
    if let Ok(person) = speaker.actor.parse::<PersonId>() {
        return Ok(people::find(conn, person)?.map(|own| own.email));
    }
    let managers = partnerships::managers(conn, id)?;
    Ok(managers.into_iter().find(|(own, _)| own.side_id == speaker.side).map(|(_, person)| person.email))
}

/// Who proposed: the person; for a program, the managers of its side; for none, the administrators.
fn makers(conn: &mut Conn, proposal: &Proposal) -> Result<Vec<PersonId>, StoreError> {
    if let Ok(person) = proposal.proposed_by.parse::<PersonId>()
        && people::find(conn, person)?.is_some()
    {
        return Ok(vec![person]);
    }
    if let Some(side) = proposal.proposed_side {
        let managers = partnerships::managers(conn, proposal.partnership_id)?;
        let own = managers.into_iter().filter(|(own, _)| own.side_id == Some(side));
        return Ok(own.map(|(_, person)| person.id).collect());
    }
    Ok(people::all_administrators(conn)?.into_iter().map(|own| own.id).collect())
}
