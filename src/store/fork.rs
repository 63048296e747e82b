//! Recognises a database that is not the one this server worked with last: restored, set back, exchanged, or under a
//! clock that was set back. Sending from such a state would tell people again what they were told long ago.
//!
//! The database has a random epoch and counts looks; a data directory keeps what it saw last ([`Position`]). Every look
//! counts one further *before* the directory notes it, so that the directory is never ahead of its database unless the
//! database was set back. Several processes share one epoch and each has a directory of its own; those that kept a position
//! from before a fork that was noticed are told by the list of epochs that have ended.
//!
//! Called by [`crate::workflow::fork_guard`], which keeps the directory's side of it.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::conn::Conn;
use super::error::StoreError;
use super::outbox::letters;
use super::schema::meta;
use super::{meta as values, sending};

const EPOCH: &str = "epoch";
const ENDED: &str = "epochs_ended";
const LOOKS: &str = "epoch_looks";
const NEWEST: &str = "newest_instant";
/// A clock that moved back by more than this may do again what was done.
const BACK: TimeDelta = TimeDelta::hours(1);

/// Which state of which database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Random; another one after every fork.
    pub epoch: String,
    /// Counts up within an epoch.
    pub looks: i64,
}

/// The epoch of a database, if a server has worked with it.
pub fn epoch(conn: &mut Conn) -> Result<Option<String>, StoreError> {
    values::get(conn, EPOCH)
}

/// Compares with what a data directory saw last, pauses sending when they do not fit, counts one look further, and gives the
/// position that the directory should keep, with the reason of a pause that began here.
///
/// The directory must have been read before this transaction began. `alone`: no other process has a directory of its own,
/// so that a database that comes without one came from elsewhere. `besides` is a reason of the caller's own.
pub fn look(
    conn: &mut Conn,
    kept: Option<&Position>,
    alone: bool,
    besides: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(Position, Option<String>), StoreError> {
    let here = position(conn)?;
    let strange = match (&here, kept) {
        (Some(here), kept) => differs(conn, here, kept, alone)?,
        // A database that has never written a letter repeats none.
        (None, Some(_)) if !letters::counts(conn)?.is_empty() => {
            Some("the database is not the one that this data directory worked with".to_owned())
        }
        (None, _) => None,
    };
    let reason = strange.clone().or(clock_back(conn, now)?).or_else(|| besides.map(str::to_owned));
    let next = match &here {
        Some(here) if strange.is_none() => Position { looks: here.looks + 1, ..here.clone() },
        _ => begin(conn, here.as_ref(), kept.filter(|_| strange.is_some()))?,
    };
    write(conn, &next)?;
    let began = match &reason {
        Some(reason) => {
            accept_clock(conn, now)?;
            sending::pause(conn, reason, now)?
        }
        None => false,
    };
    remember(conn, now)?;
    Ok((next, reason.filter(|_| began)))
}

/// What is wrong between the database and the directory.
fn differs(
    conn: &mut Conn,
    here: &Position,
    kept: Option<&Position>,
    alone: bool,
) -> Result<Option<String>, StoreError> {
    let sentence = match kept {
        // The first look is noted in the directory only after it was counted.
        None if alone && here.looks > 1 => {
            "the database was put beside a data directory that has never worked with it"
        }
        Some(kept) if kept.epoch == here.epoch && kept.looks > here.looks => {
            "the database is in an older state than this server left it in: it was restored or set back"
        }
        Some(kept) if kept.epoch != here.epoch && !has_ended(conn, &kept.epoch)? => {
            "the database was restored, or it is not the one that this data directory worked with"
        }
        None | Some(_) => return Ok(None),
    };
    Ok(Some(sentence.to_owned()))
}

/// A new epoch: what was kept of the earlier ones is recognised from now on.
fn begin(conn: &mut Conn, here: Option<&Position>, kept: Option<&Position>) -> Result<Position, StoreError> {
    let mut ended = values::get(conn, ENDED)?.unwrap_or_default();
    for epoch in here.into_iter().chain(kept).map(|own| &own.epoch) {
        if !ended.split(' ').any(|own| own == epoch) {
            ended = format!("{ended} {epoch}");
        }
    }
    if !ended.is_empty() {
        values::set(conn, ENDED, ended.trim())?;
    }
    Ok(Position { epoch: crate::secrets::random_token(), looks: 1 })
}

fn has_ended(conn: &mut Conn, epoch: &str) -> Result<bool, StoreError> {
    Ok(values::get(conn, ENDED)?.is_some_and(|all| all.split(' ').any(|own| own == epoch)))
}

fn position(conn: &mut Conn) -> Result<Option<Position>, StoreError> {
    let Some(epoch) = values::get(conn, EPOCH)? else { return Ok(None) };
    let looks = values::get(conn, LOOKS)?.map_or(Ok(0), |text| text.parse());
    Ok(Some(Position { epoch, looks: looks.map_err(|e| StoreError::unreadable("the epoch", e))? }))
}

fn write(conn: &mut Conn, position: &Position) -> Result<(), StoreError> {
    values::set(conn, EPOCH, &position.epoch)?;
    values::set(conn, LOOKS, &position.looks.to_string())
}

/// Counts one look further outside of a server: a backup was made, and what happens from now on is not in it.
pub fn advance(conn: &mut Conn) -> Result<Option<Position>, StoreError> {
    let Some(here) = position(conn)? else { return Ok(None) };
    let next = Position { looks: here.looks + 1, ..here };
    write(conn, &next)?;
    Ok(Some(next))
}

/// Gives a restored database an epoch of its own, so that every data directory sees that it was restored.
pub fn renew(conn: &mut Conn) -> Result<(), StoreError> {
    write(conn, &Position { epoch: crate::secrets::random_token(), looks: 2 })
}

/// A sentence when the clock shows an instant well before one that the database remembers.
fn clock_back(conn: &mut Conn, now: DateTime<Utc>) -> Result<Option<String>, StoreError> {
    let Some(newest) = newest(conn)?.filter(|newest| *newest - now > BACK) else { return Ok(None) };
    let (before, after) = (newest.format("%Y-%m-%d %H:%M"), now.format("%Y-%m-%d %H:%M UTC"));
    Ok(Some(format!("the clock moved back from {before} to {after}")))
}

/// Takes the present instant as the newest one, whatever was seen before.
pub(super) fn accept_clock(conn: &mut Conn, now: DateTime<Utc>) -> Result<(), StoreError> {
    diesel::delete(meta::table.find(NEWEST)).execute(conn)?;
    remember(conn, now)
}

fn remember(conn: &mut Conn, now: DateTime<Utc>) -> Result<(), StoreError> {
    let newest = newest(conn)?.map_or(now, |newest| newest.max(now));
    values::set(conn, NEWEST, &newest.to_rfc3339())
}

fn newest(conn: &mut Conn) -> Result<Option<DateTime<Utc>>, StoreError> {
    let Some(text) = values::get(conn, NEWEST)? else { return Ok(None) };
    let read =
        DateTime::parse_from_rfc3339(&text).map_err(|e| StoreError::unreadable("the newest instant", e))?;
    Ok(Some(read.to_utc()))
}
