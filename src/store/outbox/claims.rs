//! Claiming letters a few at a time: one commit instead of one for each.
//!
//! Each letter is still claimed by its own conditional update and has its own fence; whoever loses some of them keeps the
//! rest. Whoever changes several letters at once goes by their identifiers, so that two processes wait for each other and never
//! in a circle. Called by the courier.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::letters::{self, Letter};
use crate::domain::ids::LetterId;
use crate::store::conn::Conn;
use crate::store::error::StoreError;
use crate::store::schema::{instance, letter};
use crate::store::sending;
use crate::store::types::at;

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
    let any_due = !due.is_empty();
    let mut in_turn: Vec<_> = due.into_iter().enumerate().collect();
    in_turn.sort_unstable_by_key(|(_, own)| own.id);
    let mut won = Vec::with_capacity(in_turn.len());
    for (place, own) in in_turn {
        if let Some(fence) = letters::claim(conn, own.id, own.fence, by, lease_until)? {
            won.push((place, (own, fence)));
        }
    }
    won.sort_unstable_by_key(|(place, _)| *place);
    Ok(Claimed { any_due, won: won.into_iter().map(|(_, own)| own).collect() })
}

/// Gives back what was claimed and not tried; what is no longer ours stays as it is.
pub fn give_back(conn: &mut Conn, claims: &[(LetterId, i32)]) -> Result<(), StoreError> {
    let mut in_turn = claims.to_vec();
    in_turn.sort_unstable();
    for (id, fence) in in_turn {
        let owned = letter::table
            .filter(letter::id.eq(id.to_string()))
            .filter(letter::fence.eq(fence))
            .filter(letter::state.eq("claimed"));
        diesel::update(owned).set(letter::state.eq("pending")).execute(conn)?;
    }
    Ok(())
}

/// Whose claims are void.
#[derive(Clone, Copy, Debug)]
pub enum Dead<'a> {
    /// Of every start but this one: nobody else can be at work on this database.
    EarlierStarts(&'a str),
    /// Of this start, while none of its connections is at work: what a failing database left behind.
    Own(&'a str),
    /// Of processes that have said nothing since an instant of the real clock, and those whose lease has ended.
    Silent {
        /// Since when.
        seen_before: DateTime<Utc>,
        /// The present instant, on the clock of leases.
        now: DateTime<Utc>,
    },
}

/// Letters that a dead process left behind: those before the body go back, those in it are ambiguous.
pub fn orphans(conn: &mut Conn, dead: Dead<'_>) -> Result<Vec<Letter>, StoreError> {
    let claimed = letter::table
        .filter(letter::state.eq_any(["claimed", "sending"]))
        .select(Letter::as_select())
        .order(letter::id.asc());
    Ok(match dead {
        Dead::EarlierStarts(own) => claimed.filter(letter::claimed_by.ne(own)).load(conn)?,
        Dead::Own(own) => claimed.filter(letter::claimed_by.eq(own)).load(conn)?,
        Dead::Silent { seen_before, now } => {
            let silent =
                instance::table.filter(instance::seen_at.lt(at(seen_before))).select(instance::id.nullable());
            claimed
                .filter(letter::lease_until.le(at(now)).or(letter::claimed_by.eq_any(silent)))
                .load(conn)?
        }
    })
}
