//! Claiming letters a few at a time: one commit instead of one for each.
//!
//! Each letter is still claimed by its own conditional update and has its own fence; whoever loses some of them keeps the
//! rest. Called by the courier.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::letters::{self, Letter};
use crate::domain::ids::LetterId;
use crate::store::conn::Conn;
use crate::store::error::StoreError;
use crate::store::schema::letter;
use crate::store::sending;

/// What a look for work came to.
#[derive(Debug, Default)]
pub struct Claimed {
    /// Whether anything was due, be it that somebody else was first with all of it.
    pub any_due: bool,
    /// What was won, with its fences, in the order in which it is to be sent.
    pub won: Vec<(Letter, i32)>,
}

/// Claims the first few letters that may be tried now; none while sending is paused.
pub fn claim_due(
    conn: &mut Conn,
    now: DateTime<Utc>,
    limit: i64,
    by: &str,
    lease_until: DateTime<Utc>,
) -> Result<Claimed, StoreError> {
    if sending::paused(conn)?.is_some() {
        return Ok(Claimed::default());
    }
    let due = letters::due(conn, now, limit)?;
    let mut claimed = Claimed { any_due: !due.is_empty(), won: Vec::with_capacity(due.len()) };
    for own in due {
        if let Some(fence) = letters::claim(conn, own.id, own.fence, by, lease_until)? {
            claimed.won.push((own, fence));
        }
    }
    Ok(claimed)
}

/// Gives back what was claimed and not tried; what is no longer ours stays as it is.
pub fn give_back(conn: &mut Conn, claims: &[(LetterId, i32)]) -> Result<(), StoreError> {
    for (id, fence) in claims {
        let owned = letter::table
            .filter(letter::id.eq(id.to_string()))
            .filter(letter::fence.eq(fence))
            .filter(letter::state.eq("claimed"));
        diesel::update(owned).set(letter::state.eq("pending")).execute(conn)?;
    }
    Ok(())
}
