//! Who hears of a proposal: the managers of the sides that decide, and of the side that waits for the decision.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::ids::{PartnershipId, PersonId, SideId};
use crate::domain::proposal::{Act, ProposalState};
use crate::store::outbox::notices::{self, NewNotice};
use crate::store::proposals::{self, Proposal};
use crate::store::{Conn, StoreError, partnerships};

/// Outcomes and notices of what a side did are worth telling this long.
pub(in crate::workflow) const TOLD_FOR: TimeDelta = TimeDelta::days(5);

/// The managers in force of all sides but one.
pub(in crate::workflow) fn managers_of_others(
    conn: &mut Conn,
    partnership: PartnershipId,
    own: Option<SideId>,
) -> Result<BTreeSet<PersonId>, StoreError> {
    let managers = partnerships::managers(conn, partnership)?;
    Ok(managers.into_iter().filter(|(m, _)| own.is_none() || m.side_id != own).map(|(_, p)| p.id).collect())
}

/// Asks the managers of the sides that must answer.
pub(super) fn ask(conn: &mut Conn, proposal: &Proposal, now: DateTime<Utc>) -> Result<(), StoreError> {
    for person_id in managers_of_others(conn, proposal.partnership_id, proposal.proposed_side)? {
        let notice = NewNotice {
            natural_key: format!("proposal:{}:{person_id}", proposal.id),
            kind: "proposal",
            person_id,
            cycle_id: None,
            reference: proposal.id.to_string(),
            due_at: now,
            not_after: proposal.expires_at.and_utc(),
        };
        notices::insert(conn, &notice, now)?;
    }
    Ok(())
}

/// Asks about everything that waits in a partnership, whoever has not been asked yet: somebody manages a side since.
pub(in crate::workflow) fn ask_again(
    conn: &mut Conn,
    partnership: PartnershipId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let open = proposals::open_of(conn, partnership)?;
    open.iter().try_for_each(|proposal| ask(conn, proposal, now))
}

/// Tells the managers of the side that proposed what came of it; of all other sides when it was proposed for none.
///
/// A withdrawal is no news to those who withdrew, and of an early close the result mail tells in the same minute.
pub(super) fn outcome(
    conn: &mut Conn,
    proposal: &Proposal,
    state: ProposalState,
    decided_by: Option<SideId>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let told_already = state == ProposalState::Approved && proposal.act == Act::CloseEarly;
    if told_already || state == ProposalState::Withdrawn {
        return Ok(());
    }
    let managers = partnerships::managers(conn, proposal.partnership_id)?;
    let hears = |side: Option<SideId>| match proposal.proposed_side {
        Some(own) => side == Some(own),
        None => decided_by.is_none() || side != decided_by,
    };
    for (_, person) in managers.into_iter().filter(|(m, _)| hears(m.side_id)) {
        let notice = NewNotice {
            natural_key: format!("outcome:{}:{}", proposal.id, person.id),
            kind: "outcome",
            person_id: person.id,
            cycle_id: None,
            reference: proposal.id.to_string(),
            due_at: now,
            not_after: now + TOLD_FOR,
        };
        notices::insert(conn, &notice, now)?;
    }
    Ok(())
}
