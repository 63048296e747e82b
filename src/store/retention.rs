//! What is removed when its time is over, some rows at a time.
//!
//! Law: a letter keeps what it was about and loses for whom it was; the answers of an anonymous cycle become sums, from which
//! the drift test takes the same ([`crate::domain::drift::reduce`]). Called by [`crate::workflow::retention`].

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::ballots;
use super::conn::Conn;
use super::error::StoreError;
use super::members::AT_ONCE;
use super::outbox::bodies;
use super::past;
use super::schema::{answer_sum, cycle, letter, response, scorecard};
use super::types::{at, from_json, to_json};
use crate::domain::cycle::CycleState;
use crate::domain::drift::{SideSums, reduce};
use crate::domain::ids::{CycleId, LetterId, SideId};
use crate::domain::mode::Mode;

/// States in which a letter may still leave.
const UNDER_WAY: [&str; 3] = ["pending", "claimed", "sending"];

/// Takes name, address and text from up to `limit` letters that ended before an instant; gives how many.
///
/// A sent letter ended when it was sent, any other when it would no longer have been.
pub fn strip_letters(conn: &mut Conn, before: DateTime<Utc>, limit: i64) -> Result<usize, StoreError> {
    let sent = letter::state.eq("sent").and(letter::sent_at.assume_not_null().lt(at(before)));
    let over = letter::state.ne("sent").and(letter::not_after.lt(at(before)));
    let ids: Vec<LetterId> = letter::table
        .filter(letter::to_address.ne(""))
        .filter(letter::state.ne_all(UNDER_WAY))
        .filter(sent.or(over))
        .select(letter::id)
        .limit(limit)
        .load(conn)?;
    strip(conn, &ids)?;
    Ok(ids.len())
}

/// Takes name, address and text from these letters.
pub(super) fn strip(conn: &mut Conn, ids: &[LetterId]) -> Result<(), StoreError> {
    for some in ids.chunks(AT_ONCE) {
        let some: Vec<String> = some.iter().map(ToString::to_string).collect();
        // One that is being handed over still needs them; it is stripped when its time is over.
        let ended = letter::state.ne("sending");
        let ended = letter::table.filter(letter::id.eq_any(some)).filter(ended);
        diesel::update(ended.clone())
            .set((
                letter::to_name.eq(""),
                letter::to_address.eq(""),
                letter::reply_to.eq(None::<String>),
                letter::picture.eq(None::<String>),
                letter::last_error.eq(None::<String>),
            ))
            .execute(conn)?;
        // Those that were changed just now, which nobody else can change until this is written; no others.
        let ids: Vec<String> = ended.filter(letter::to_address.eq("")).select(letter::id).load(conn)?;
        bodies::clear(conn, &ids)?;
    }
    Ok(())
}

/// How many months the sides of some cycle want things to be kept, where they said so.
pub fn own_limits(conn: &mut Conn) -> Result<Vec<i32>, StoreError> {
    let months = cycle::keep_months.assume_not_null();
    Ok(cycle::table.filter(cycle::keep_months.is_not_null()).select(months).distinct().load(conn)?)
}

/// Anonymous cycles that closed before an instant and still have their answers, the oldest first: all, or those with a limit of
/// their own.
pub fn due_for_reduction(
    conn: &mut Conn,
    before: DateTime<Utc>,
    own_limit: Option<i32>,
) -> Result<Vec<CycleId>, StoreError> {
    let mut due = cycle::table
        .inner_join(scorecard::table.on(scorecard::cycle_id.eq(cycle::id)))
        .filter(cycle::mode.eq(Mode::Anonymous.as_str()))
        .filter(cycle::state.eq(CycleState::Closed.as_str()))
        .filter(scorecard::closed_at.lt(at(before)))
        .filter(cycle::id.eq_any(response::table.select(response::cycle_id)))
        .select(cycle::id)
        .order((scorecard::closed_at.asc(), cycle::id.asc()))
        .into_boxed();
    if let Some(months) = own_limit {
        due = due.filter(cycle::keep_months.eq(months));
    }
    Ok(due.load(conn)?)
}

/// Puts sums in the place of a cycle's answers; gives how many responses that were. A second call finds nothing to do.
pub fn reduce_cycle(conn: &mut Conn, id: CycleId) -> Result<usize, StoreError> {
    let rows = diesel::update(response::table.filter(response::cycle_id.eq(id.to_string())))
        .set(response::answered.eq(response::answered))
        .execute(conn)?;
    if rows == 0 {
        return Ok(0);
    }
    let Some(closed) = past::one(conn, id)? else { return Ok(0) };
    for own in reduce(&closed.answers()) {
        let answered =
            i32::try_from(own.answered).map_err(|e| StoreError::unreadable("a number of answers", e))?;
        diesel::insert_into(answer_sum::table)
            .values((
                answer_sum::cycle_id.eq(id.to_string()),
                answer_sum::side_id.eq(own.side.to_string()),
                answer_sum::answered.eq(answered),
                answer_sum::sums.eq(to_json("sums of answers", &own)?),
            ))
            .execute(conn)?;
    }
    diesel::delete(response::table.filter(response::cycle_id.eq(id.to_string()))).execute(conn)?;
    ballots::note_trace(conn, id)?;
    Ok(rows)
}

/// What is left of reduced answers, by cycle.
pub(super) fn sums(
    conn: &mut Conn,
    cycles: &[CycleId],
) -> Result<BTreeMap<CycleId, Vec<SideSums>>, StoreError> {
    let mut found: BTreeMap<CycleId, Vec<SideSums>> = BTreeMap::new();
    for some in cycles.chunks(AT_ONCE) {
        let keys: Vec<String> = some.iter().map(ToString::to_string).collect();
        let rows: Vec<(CycleId, String)> = answer_sum::table
            .filter(answer_sum::cycle_id.eq_any(keys))
            .select((answer_sum::cycle_id, answer_sum::sums))
            .order((answer_sum::cycle_id.asc(), answer_sum::side_id.asc()))
            .load(conn)?;
        for (cycle, own) in rows {
            found.entry(cycle).or_default().push(from_json("sums of answers", &own)?);
        }
    }
    Ok(found)
}

/// How many of each side had given at least one answer in cycles that were reduced.
pub(super) fn answered(
    conn: &mut Conn,
    cycles: &[String],
) -> Result<Vec<(CycleId, SideId, i64)>, StoreError> {
    let rows: Vec<(CycleId, SideId, i32)> = answer_sum::table
        .filter(answer_sum::cycle_id.eq_any(cycles))
        .select((answer_sum::cycle_id, answer_sum::side_id, answer_sum::answered))
        .load(conn)?;
    Ok(rows.into_iter().map(|(cycle, side, n)| (cycle, side, i64::from(n))).collect())
}
