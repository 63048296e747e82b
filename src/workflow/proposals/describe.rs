//! Proposals in words, the same on pages, in mails and in the REST interface.

use super::acts::{CadenceChange, ZoneChange, read_content};
use super::members::MembersChange;
use crate::domain::ids::{CycleId, PersonId};
use crate::domain::proposal::Act;
use crate::domain::words;
use crate::store::proposals::Proposal;
use crate::store::{Conn, StoreError, cadences, cycles, instruments, partnerships, people};

/// What is proposed, as a sentence.
pub fn sentence(conn: &mut Conn, proposal: &Proposal) -> Result<String, StoreError> {
    let about = about(conn, proposal)?;
    Ok(match proposal.act {
        Act::CloseEarly => format!("Close {about} now instead of at its time."),
        Act::CancelCycle => format!("Cancel {about}: what was answered in it is not used."),
        Act::ChangeMembers => format!("Change who takes part while a check is open: {about}."),
        Act::ChangeCadence => format!("Change the cadence from the next check on: {about}."),
        Act::StartPartnership => format!("Begin the partnership {about}."),
        Act::Rebaseline => {
            "Start afresh: drift compares the next check only with those that follow it.".to_owned()
        }
        Act::DeletePartnership => format!(
            "Delete {about} with everything that came of it, for good: answers, scorecards, flags, letters."
        ),
        Act::ChangeZone => format!("Move the partnership to another time zone: {about}."),
    })
}

/// What it is about, in a few words: a period, a rule, a name.
pub fn about(conn: &mut Conn, proposal: &Proposal) -> Result<String, StoreError> {
    match proposal.act {
        Act::CloseEarly | Act::CancelCycle => {
            let id: CycleId =
                proposal.subject.parse().map_err(|e| StoreError::unreadable("a proposal", e))?;
            Ok(cycles::find(conn, id)?.map_or_else(|| "a cycle".to_owned(), |cycle| cycle.period))
        }
        Act::ChangeCadence => cadence(conn, &read_content(&proposal.content)?),
        Act::ChangeMembers => Ok(read_content::<MembersChange>(&proposal.content)?.about),
        Act::Rebaseline => Ok("a fresh start of drift".to_owned()),
        Act::DeletePartnership => {
            Ok(partnerships::find(conn, proposal.partnership_id)?.map(|own| own.name).unwrap_or_default())
        }
        Act::ChangeZone => Ok(read_content::<ZoneChange>(&proposal.content)?.zone),
        Act::StartPartnership => {
            let Some(found) = partnerships::find(conn, proposal.partnership_id)? else {
                return Ok(String::new());
            };
            let mut parts = vec![format!("{} ({})", found.name, found.zone)];
            for own in cadences::of_partnership(conn, found.id)?.into_iter().filter(|own| own.active) {
                let change = CadenceChange {
                    instrument_id: own.instrument_id,
                    rule: own.rule,
                    mode: own.mode,
                    floor_k: own.floor_k,
                    active: true,
                    comments: own.comments,
                    keep_months: own.keep_months,
                };
                parts.push(cadence(conn, &change)?);
            }
            Ok(parts.join("; "))
        }
    }
}

/// "Quarterly Health Review, quarterly, …, confidential mode from 3 answers".
fn cadence(conn: &mut Conn, change: &CadenceChange) -> Result<String, StoreError> {
    let latest = instruments::latest(conn, &change.instrument_id)?;
    let title = latest.map_or_else(|| change.instrument_id.clone(), |own| own.title);
    let floor =
        if change.mode.has_floor() { format!(" from {} answers", change.floor_k) } else { String::new() };
    let words = if change.comments { "" } else { ", without comments" };
    let kept = change.keep_months.map_or_else(String::new, |months| {
        format!(", what is written kept for at most {}", words::months(months))
    });
    let off = if change.active { "" } else { ", switched off" };
    Ok(format!("{title}, {}, {} mode{floor}{words}{kept}{off}", change.rule.describe(), change.mode))
}

/// Who proposed: "Mara for Northmoor", or "a program" when no person did.
pub fn proposer(conn: &mut Conn, proposal: &Proposal) -> Result<String, StoreError> {
    let side = match proposal.proposed_side {
        Some(id) => crate::store::reach::side_name(conn, id)?,
        None => None,
    };
    who(conn, &proposal.proposed_by, side.as_deref())
}

/// Who acted, for which side.
pub(in crate::workflow) fn who(
    conn: &mut Conn,
    actor: &str,
    side: Option<&str>,
) -> Result<String, StoreError> {
    let person = match actor.parse::<PersonId>() {
        Ok(id) => people::find(conn, id)?.map(|own| own.name),
        Err(_) => None,
    };
    let name = person.unwrap_or_else(|| "a program".to_owned());
    Ok(side.map_or_else(|| name.clone(), |side| format!("{name} for {side}")))
}
