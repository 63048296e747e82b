//! What ends with a cycle, whether it was closed or called off: its links, its waiting mails, and what was proposed about it.

use chrono::{DateTime, Utc};

use crate::domain::ids::CycleId;
use crate::store::outbox::notices;
use crate::store::{Conn, StoreError, cycles, invitations};

/// Ends links, survey notices and open proposals of a cycle that has just left `open`.
pub(super) fn clear_up(conn: &mut Conn, cycle: CycleId, now: DateTime<Utc>) -> Result<(), StoreError> {
    invitations::erase_salts(conn, cycle)?;
    notices::drop_surveys(conn, cycle, None)?;
    super::proposals::end_all_about(conn, cycle, now)
}

/// Calls one cycle off; `false` when it is not open any more.
pub(super) fn call_off(
    conn: &mut Conn,
    cycle: CycleId,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    if !cycles::cancel(conn, cycle, reason)? {
        return Ok(false);
    }
    clear_up(conn, cycle, now)?;
    Ok(true)
}
