//! Whether letters may leave: a state of the database, so that all processes on it agree.
//!
//! Law: while sending is paused no letter is claimed and none that is claimed begins its way; the conditions stand in the
//! updates themselves ([`super::outbox::letters`]), so that a pause in the middle of a pass holds from its commit on. Only a
//! person resumes, or a move to another database that paused for itself and failed.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::conn::Conn;
use super::error::StoreError;
use super::schema::meta;
use super::{fork, meta as values};

/// The name of the row that pauses sending.
pub(super) const PAUSED: &str = "sending_paused";

/// Why no letter leaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// What happened, as a sentence without a full stop.
    pub reason: String,
    /// Since when.
    pub since: DateTime<Utc>,
}

impl std::fmt::Display for Pause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "sending is paused since {}: {}", self.since.format("%Y-%m-%d %H:%M UTC"), self.reason)
    }
}

/// Pauses sending; `false` when it was paused already, whose reason stands.
pub fn pause(conn: &mut Conn, reason: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
    if paused(conn)?.is_some() {
        return Ok(false);
    }
    let pause = Pause { reason: reason.to_owned(), since: now };
    let text = serde_json::to_string(&pause).map_err(|e| StoreError::unreadable("a pause", e))?;
    values::get_or_set(conn, PAUSED, &text)?;
    values::audit(conn, "fork guard", "sending paused", "instance", now)?;
    Ok(true)
}

/// The pause that is in force.
pub fn paused(conn: &mut Conn) -> Result<Option<Pause>, StoreError> {
    let Some(text) = values::get(conn, PAUSED)? else { return Ok(None) };
    serde_json::from_str(&text).map(Some).map_err(|e| StoreError::unreadable("a pause", e))
}

/// Ends the pause and gives it; the clock and the state of this instant are what is compared with from now on.
pub fn resume(conn: &mut Conn, actor: &str, now: DateTime<Utc>) -> Result<Option<Pause>, StoreError> {
    let Some(ended) = paused(conn)? else { return Ok(None) };
    diesel::delete(meta::table.find(PAUSED)).execute(conn)?;
    fork::accept_clock(conn, now)?;
    values::audit(conn, actor, "sending resumed", "instance", now)?;
    Ok(Some(ended))
}
