//! Telling one person what concerns only them: that they manage a side, that a side has no manager, that a partnership is gone.

use chrono::{DateTime, Utc};

use super::own_act::{OwnAct, Told};
use super::proposals::TOLD_FOR;
use crate::domain::ids::{PartnershipId, PersonId};
use crate::store::outbox::notices::{self, NewNotice};
use crate::store::{Conn, StoreError};

/// Writes the notice, once for its mark. Without a partnership what was done says of itself what it is about.
pub(super) fn tell_person(
    conn: &mut Conn,
    person_id: PersonId,
    (partnership, actor, mark): (Option<PartnershipId>, &str, &str),
    act: OwnAct,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let told = Told { act, actor: actor.to_owned(), side: None, partnership };
    let reference = serde_json::to_string(&told)
        .map_err(|e| StoreError::Broken(format!("a notice cannot be written: {e}")))?;
    let notice = NewNotice {
        natural_key: format!("told:{mark}:{person_id}"),
        kind: "told",
        person_id,
        cycle_id: None,
        reference,
        due_at: now,
        not_after: now + TOLD_FOR,
    };
    notices::insert(conn, &notice, now)?;
    Ok(())
}
