//! A side asks its own people before the others have accepted: a round of its own view.
//!
//! Law: such a round stands in a partnership of that side alone ([`crate::store::own_views`]), so that nothing of it is ever
//! counted, compared or shown in the partnership of all sides. The view follows that partnership: its members, its name and
//! its state are changed there and not here.

use chrono::{DateTime, Utc};

use super::proposals::Speaker;
use super::{Refusal, cycle_end};
use crate::domain::ids::PartnershipId;
use crate::domain::partnership::PartnershipState;
use crate::store::partnerships::Partnership;
use crate::store::{Conn, StoreError, cycles, endings, meta, own_views, partnerships};

/// Where a round is opened that a speaker asks for: the partnership itself, or the own view of the side while the others have
/// not accepted; with the speaker as one of it.
///
/// # Errors
/// The state, with the way out.
pub(super) fn place_for_a_round(
    conn: &mut Conn,
    id: PartnershipId,
    speaker: Speaker,
    now: DateTime<Utc>,
) -> Result<(Partnership, Speaker), Refusal> {
    let found = partnerships::find(conn, id)?.ok_or(Refusal::NotFound)?;
    match (found.state, speaker.side) {
        (PartnershipState::Active, _) => Ok((found, speaker)),
        (PartnershipState::Proposed, Some(side)) => {
            let sides = partnerships::sides(conn, id)?;
            let own = sides.iter().find(|own| own.id == side).ok_or(Refusal::NotFound)?;
            let (view, view_side) = own_views::find_or_make(conn, &found, own, now)?;
            meta::audit(conn, &speaker.actor, "own view", &view.to_string(), now)?;
            let view = partnerships::find(conn, view)?.ok_or(Refusal::NotFound)?;
            Ok((view, Speaker { side: Some(view_side), ..speaker }))
        }
        (PartnershipState::Proposed, None) => Err(Refusal::State(
            "This partnership is proposed: until every side has accepted, a round can be opened only by a side for its own \
             people. Use a token that is bound to one side."
                .to_owned(),
        )),
        (state, _) => Err(Refusal::State(format!("This partnership is {state}; no cycle can open in it."))),
    }
}

/// Refuses to change a view by itself.
pub(super) fn refuse_in_a_view(found: &Partnership) -> Result<(), Refusal> {
    if found.view_of.is_none() {
        return Ok(());
    }
    Err(Refusal::State(
        "This is one side’s own view: it follows the partnership that it is about. Change that one."
            .to_owned(),
    ))
}

/// The same by identifier.
pub(super) fn refuse_in_the_view(conn: &mut Conn, id: PartnershipId) -> Result<(), Refusal> {
    partnerships::find(conn, id)?.as_ref().map_or(Ok(()), refuse_in_a_view)
}

/// Every side has accepted: no more rounds open in the views; one that is open goes on to its close.
pub(super) fn rest(conn: &mut Conn, of: PartnershipId) -> Result<(), StoreError> {
    own_views::set_state(conn, of, PartnershipState::Paused)
}

/// The partnership has ended, and its views with it.
pub(super) fn end(conn: &mut Conn, of: PartnershipId, now: DateTime<Utc>) -> Result<(), StoreError> {
    for (view, ..) in own_views::all_of(conn, of)? {
        for cycle in cycles::cancel_open(conn, view, "the partnership ended")? {
            cycle_end::clear_up(conn, cycle, now)?;
        }
        endings::end(conn, view, now)?;
    }
    Ok(())
}
