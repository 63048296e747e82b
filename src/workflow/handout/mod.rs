//! A side that hands out its links itself: people known by a label, the links that its managers are shown, and who is told of it.
//!
//! Laws: what a manager is shown opens no answers. Whoever presses "Begin" behind a handed-out link gets a link of their own,
//! and nothing that the manager sees changes by it. Nothing happens on a GET. A fresh link is issued only where nothing was
//! sent, and whoever had begun is told of it at their own link. Called by the pages of a cycle, the form and the opening.

mod door;
mod fresh;
mod labels;
mod links;

pub use door::{Begun, Door, begin, open};
pub use fresh::fresh_link;
pub use labels::set_labels;
pub use links::{Links, links};

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::open_cycle::{Telling, letters_until};
use super::own_act::OwnAct;
use super::own_side;
use super::proposals::Speaker;
use crate::domain::ids::{PartnershipId, PersonId, SideId};
use crate::secrets::{self, Key};
use crate::store::outbox::notices::{self, NewNotice};
use crate::store::{Conn, StoreError, handed, partnerships, people};

/// Salt and digest of a link to be handed out.
pub(super) fn fresh_salt(key: &Key) -> (String, String) {
    let salt = secrets::random_token();
    let hash = secrets::digest(key.handed_token(&salt));
    (salt, hash)
}

/// The same for somebody who has no address; none for everybody else.
pub(super) fn link_for(
    conn: &mut Conn,
    key: &Key,
    person: PersonId,
) -> Result<Option<(String, String)>, StoreError> {
    let by_hand = people::find(conn, person)?.is_some_and(|own| own.address().is_none());
    Ok(by_hand.then(|| fresh_salt(key)))
}

/// Tells the managers of every side that hands out links of a cycle which has just opened, once, and plans what reminds them.
pub(super) fn announce(
    conn: &mut Conn,
    partnership: PartnershipId,
    telling: &Telling,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let due = telling.window.0;
    tell(conn, partnership, telling, ("handout", "opened"), due, now)?;
    plan_reminders(conn, partnership, telling, "planned", due)
}

/// The same for a side that got more links to hand out while the cycle runs.
pub(super) fn announce_more(
    conn: &mut Conn,
    partnership: PartnershipId,
    telling: &Telling,
    side: SideId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let mark = format!("more-{}", now.timestamp());
    tell_side(conn, partnership, telling, (side, "handout", &mark), now, now)?;
    plan_reminders(conn, partnership, telling, "planned", now)
}

/// Plans the letters of the reminder days that are still to come; `mark` tells one plan from another.
pub(super) fn plan_reminders(
    conn: &mut Conn,
    partnership: PartnershipId,
    telling: &Telling,
    mark: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    for at in telling.reminders().into_iter().filter(|at| *at > now) {
        let mark = format!("{mark}-{}", at.timestamp());
        tell(conn, partnership, telling, ("handout_remind", &mark), at, now)?;
    }
    Ok(())
}

/// Reminds the managers of every side that hands out links, now.
pub(super) fn remind(
    conn: &mut Conn,
    partnership: PartnershipId,
    telling: &Telling,
    mark: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    tell(conn, partnership, telling, ("handout_remind", mark), now, now)
}

fn tell(
    conn: &mut Conn,
    partnership: PartnershipId,
    telling: &Telling,
    (kind, mark): (&'static str, &str),
    due: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    for (_, side, _) in handed::counts(conn, &[telling.cycle])? {
        tell_side(conn, partnership, telling, (side, kind, mark), due, now)?;
    }
    Ok(())
}

fn tell_side(
    conn: &mut Conn,
    partnership: PartnershipId,
    telling: &Telling,
    (side, kind, mark): (SideId, &'static str, &str),
    due_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let managers = partnerships::managers(conn, partnership)?;
    for (_, person) in managers.iter().filter(|(own, _)| own.side_id == Some(side)) {
        let notice = NewNotice {
            natural_key: format!("{kind}:{}:{side}:{}:{mark}", telling.cycle, person.id),
            kind,
            person_id: person.id,
            cycle_id: Some(telling.cycle),
            reference: side.to_string(),
            due_at,
            not_after: letters_until(telling.window.1),
        };
        notices::insert(conn, &notice, now)?;
    }
    Ok(())
}

/// The sides that hand out links themselves, as their members are now.
pub(super) fn sides_by_hand(conn: &mut Conn, id: PartnershipId) -> Result<BTreeSet<SideId>, StoreError> {
    let members = partnerships::members(conn, id)?;
    let by_hand = members.iter().filter(|(own, person)| own.respondent && person.address().is_none());
    Ok(by_hand.filter_map(|(own, _)| own.side_id).collect())
}

/// Tells the other sides of those that have begun to.
pub(super) fn tell_of_hands(
    conn: &mut Conn,
    actor: &str,
    id: PartnershipId,
    before: &BTreeSet<SideId>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    for side in sides_by_hand(conn, id)?.difference(before) {
        let speaker = Speaker { actor: actor.to_owned(), side: Some(*side) };
        let mark = format!("by-hand:{side}:{}", now.timestamp());
        own_side::tell_of(conn, (id, None), &speaker, OwnAct::HandsOut(*side), &mark, now)?;
    }
    Ok(())
}
