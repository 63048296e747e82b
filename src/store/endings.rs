//! Ended partnerships: when they ended, and since when nobody reads their results any more.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::conn::Conn;
use super::error::StoreError;
use super::partnerships::Partnership;
use super::schema::partnership;
use super::types::at;
use crate::domain::ending::{perhaps_over_before, readable_until};
use crate::domain::ids::PartnershipId;
use crate::domain::partnership::PartnershipState;

impl Partnership {
    /// Until when its results are readable; none while it lives.
    pub fn readable_until(&self) -> Option<DateTime<Utc>> {
        self.ended_at.map(|at| readable_until(at.and_utc()))
    }
}

/// Notes that a partnership has ended now.
pub fn end(conn: &mut Conn, id: PartnershipId, now: DateTime<Utc>) -> Result<(), StoreError> {
    diesel::update(partnership::table.find(id.to_string()))
        .set((partnership::state.eq(PartnershipState::Ended.as_str()), partnership::ended_at.eq(at(now))))
        .execute(conn)?;
    Ok(())
}

/// The ended partnerships whose results are readable for the last moment at `now` or before, and still stand on the shelf of
/// the readable ones.
pub fn due(conn: &mut Conn, now: DateTime<Utc>) -> Result<Vec<PartnershipId>, StoreError> {
    let rows: Vec<(PartnershipId, Option<NaiveDateTime>)> = partnership::table
        .filter(partnership::shelved_at.is_null())
        .filter(partnership::ended_at.lt(at(perhaps_over_before(now))))
        .select((partnership::id, partnership::ended_at))
        .order(partnership::ended_at.asc())
        .load(conn)?;
    let over = |ended: Option<NaiveDateTime>| ended.is_some_and(|at| readable_until(at.and_utc()) <= now);
    Ok(rows.into_iter().filter(|(_, ended)| over(*ended)).map(|(id, _)| id).collect())
}

/// Takes a partnership from the readable ones; `false` when it was taken before.
pub fn shelve(conn: &mut Conn, id: PartnershipId, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let readable = partnership::table
        .filter(partnership::id.eq(id.to_string()))
        .filter(partnership::shelved_at.is_null());
    Ok(diesel::update(readable).set(partnership::shelved_at.eq(at(now))).execute(conn)? == 1)
}

/// When the next ended partnership after `after` ceases to be readable.
pub fn next_due(conn: &mut Conn, after: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError> {
    let ended: Vec<Option<NaiveDateTime>> = partnership::table
        .filter(partnership::shelved_at.is_null())
        .filter(partnership::ended_at.is_not_null())
        .select(partnership::ended_at)
        .load(conn)?;
    let ends = ended.into_iter().flatten().map(|ended| readable_until(ended.and_utc()));
    Ok(ends.filter(|end| *end > after).min())
}
