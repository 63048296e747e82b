//! What ends with a cycle, whether it was closed or called off: its links, its waiting mails, and what was proposed about it.

use chrono::{DateTime, Utc};

use crate::domain::cycle::CycleState;
use crate::domain::ids::CycleId;
use crate::domain::mode::Mode;
use crate::store::outbox::notices;
use crate::store::{Conn, StoreError, ballots, cycles, invitations};

/// Ends links, survey notices and open proposals of a cycle that has just left `open`. Answers that are being saved are waited
/// for; later ones find the cycle ended. Of an anonymous cycle that was called off no answer is kept.
pub(super) fn clear_up(conn: &mut Conn, cycle: CycleId, now: DateTime<Utc>) -> Result<(), StoreError> {
    if let Some(own) = cycles::find(conn, cycle)?.filter(|own| own.mode == Mode::Anonymous) {
        ballots::shut(conn, cycle)?;
        if own.state == CycleState::Cancelled {
            invitations::forget_who_sent(conn, cycle)?;
            ballots::discard(conn, cycle)?;
        }
    }
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
