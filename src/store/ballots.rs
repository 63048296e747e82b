//! Answers of anonymous mode while their cycle takes them: found by a key that only the link leads to.
//!
//! Laws: a row names no member, person or instant, and no row of another table is written with it. At the close the rows move
//! to `response` under random keys and in random order ([`unlink`]); what deleting leaves behind in the file is written over
//! right after it ([`rewrite`]), and until then the cycle is due ([`due`]), also after a crash.
//!
//! A save takes turns with the close and with other saves behind its link by locks that leave no trace on any row: whoever
//! locked the invitation would write the same mark of a transaction on it as on the answers.
//!
//! On `PostgreSQL` the rewrite empties the table by `TRUNCATE`, which ends the file that held the rows; a reader whose look
//! at the database began earlier sees no rows for that moment. The respondent's own form waits for it ([`steady`]), the close
//! compares versions and reads again, and counts of other cycles are right again at the next look.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::conn::Conn;
use super::either::{insert_once, insert_rows};
use super::error::StoreError;
use super::members::AT_ONCE;
use super::prepared;
use super::responses::OwnResponse;
use super::schema::{ballot, ballot_trace, response};
use super::types::{from_json, to_json};
use crate::domain::ids::{CycleId, ResponseId, SideId};

/// Whose answers they are, as far as anything here knows.
#[derive(Clone, Debug)]
pub struct Link {
    /// The cycle.
    pub cycle_id: CycleId,
    /// Derived from the link ([`crate::secrets::ballot_key`]).
    pub answer_key: String,
    /// The side.
    pub side_id: SideId,
}

/// The answers behind one link.
pub fn own(conn: &mut Conn, cycle: CycleId, key: &str) -> Result<Option<OwnResponse>, StoreError> {
    let row: Option<(String, Option<String>)> = ballot::table
        .find((cycle.to_string(), key))
        .select((ballot::answers, ballot::comment))
        .get_result(conn)
        .optional()?;
    row.map(|(answers, comment)| {
        Ok(OwnResponse { answers: from_json("a ballot", &answers)?, comment, saved_at: None })
    })
    .transpose()
}

/// Stores the answers behind one link, over what was there. The caller has [`take_turns`].
pub fn save(conn: &mut Conn, who: &Link, given: &OwnResponse) -> Result<(), StoreError> {
    let answers = to_json("a ballot", &given.answers)?;
    let answered = given.answers.values().filter(|a| a.is_some()).count();
    let answered = i32::try_from(answered).map_err(|e| StoreError::unreadable("a ballot", e))?;
    let values =
        (ballot::answers.eq(&answers), ballot::answered.eq(answered), ballot::comment.eq(&given.comment));
    let row = ballot::cycle_id.eq(who.cycle_id.to_string()).and(ballot::answer_key.eq(&who.answer_key));
    if prepared::update(ballot::table, row, values).run(conn)? == 0 {
        diesel::insert_into(ballot::table)
            .values((
                ballot::cycle_id.eq(who.cycle_id.to_string()),
                ballot::answer_key.eq(&who.answer_key),
                ballot::side_id.eq(who.side_id.to_string()),
                values,
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Takes back what was saved behind one link: somebody is erased while the cycle is open. The caller [`shut`] it.
pub fn remove(conn: &mut Conn, cycle: CycleId, key: &str) -> Result<(), StoreError> {
    diesel::delete(ballot::table.find((cycle.to_string(), key))).execute(conn)?;
    Ok(())
}

/// Waits for whoever saves behind the same link, and for a close that is being written; both until the end of this
/// transaction. What is read afterwards stands.
pub fn take_turns(conn: &mut Conn, cycle: CycleId, key: &str) -> Result<(), StoreError> {
    lock(conn, "SELECT pg_advisory_xact_lock_shared($1)", &cycle.to_string())?;
    lock(conn, "SELECT pg_advisory_xact_lock($1)", key)
}

/// Waits for all saves of a cycle and holds up later ones until the end of this transaction.
pub fn shut(conn: &mut Conn, cycle: CycleId) -> Result<(), StoreError> {
    lock(conn, "SELECT pg_advisory_xact_lock($1)", &cycle.to_string())
}

/// `SQLite` has one writer at a time and needs no lock.
fn lock(conn: &mut Conn, statement: &str, about: &str) -> Result<(), StoreError> {
    match conn {
        Conn::Sqlite(_) => Ok(()),
        Conn::Postgres(inner) => {
            let number = crate::secrets::number(&format!("ballot {about}"));
            diesel::sql_query(statement).bind::<BigInt, _>(number).execute(inner)?;
            Ok(())
        }
    }
}

/// Waits until the table is not being rewritten. To be called before anything else is read.
pub fn steady(conn: &mut Conn) -> Result<(), StoreError> {
    match conn {
        Conn::Sqlite(_) => Ok(()),
        Conn::Postgres(inner) => Ok(inner.batch_execute("LOCK TABLE ballot IN ACCESS SHARE MODE")?),
    }
}

/// What stands in one row.
pub(super) type Row = (SideId, String);

/// The rows of a cycle for scoring it, in an order that tells nothing.
pub(super) fn of(conn: &mut Conn, cycle: CycleId) -> Result<Vec<Row>, StoreError> {
    Ok(ballot::table
        .filter(ballot::cycle_id.eq(cycle.to_string()))
        .select((ballot::side_id, ballot::answers))
        .order(ballot::answer_key.asc())
        .load(conn)?)
}

/// Keys and answers of a cycle, for its version.
pub(super) fn marks(conn: &mut Conn, cycle: CycleId) -> Result<Vec<(String, String)>, StoreError> {
    Ok(ballot::table
        .filter(ballot::cycle_id.eq(cycle.to_string()))
        .select((ballot::answer_key, ballot::answers))
        .order(ballot::answer_key.asc())
        .load(conn)?)
}

/// How many of each side have given at least one answer.
pub(super) fn answered(
    conn: &mut Conn,
    cycles: &[String],
) -> Result<Vec<(CycleId, SideId, i64)>, StoreError> {
    Ok(ballot::table
        .filter(ballot::cycle_id.eq_any(cycles))
        .filter(ballot::answered.gt(0))
        .group_by((ballot::cycle_id, ballot::side_id))
        .select((ballot::cycle_id, ballot::side_id, diesel::dsl::count_star()))
        .load(conn)?)
}

/// Moves the answers of a cycle that closes to where closed answers are kept: under random keys, in their order, without
/// comments. From the commit on nothing that can be asked for leads from a link to its answers.
pub fn unlink(conn: &mut Conn, cycle: CycleId) -> Result<(), StoreError> {
    let rows: Vec<(String, String, i32)> = ballot::table
        .filter(ballot::cycle_id.eq(cycle.to_string()))
        .select((ballot::side_id, ballot::answers, ballot::answered))
        .load(conn)?;
    let mut rows: Vec<_> = rows.into_iter().map(|row| (ResponseId::mint_random(), row)).collect();
    rows.sort_unstable_by_key(|(key, _)| *key);
    for some in rows.chunks(AT_ONCE) {
        let row = |(key, (side, answers, answered)): &(ResponseId, (String, String, i32))| {
            (
                response::cycle_id.eq(cycle.to_string()),
                response::answer_key.eq(key.to_string()),
                response::side_id.eq(side.clone()),
                response::answers.eq(answers.clone()),
                response::answered.eq(*answered),
            )
        };
        let rows: Vec<_> = some.iter().map(row).collect();
        insert_rows!(conn, response::table, rows)?;
    }
    discard(conn, cycle)
}

/// Removes the answers of a cycle that ends without being scored, or after they were moved.
pub fn discard(conn: &mut Conn, cycle: CycleId) -> Result<(), StoreError> {
    diesel::delete(ballot::table.filter(ballot::cycle_id.eq(cycle.to_string()))).execute(conn)?;
    note_trace(conn, cycle)
}

/// Notes that traces of a cycle's answers are to be written over.
pub(super) fn note_trace(conn: &mut Conn, cycle: CycleId) -> Result<(), StoreError> {
    insert_once!(conn, ballot_trace::table, ballot_trace::cycle_id.eq(cycle.to_string()))?;
    Ok(())
}

/// Cycles that have ended and of which the file may still hold traces.
pub fn due(conn: &mut Conn) -> Result<Vec<CycleId>, StoreError> {
    Ok(ballot_trace::table.select(ballot_trace::cycle_id).order(ballot_trace::cycle_id.asc()).load(conn)?)
}

/// A row as it stands: cycle, key, side, answers, how many, comment.
type Whole = (String, String, String, String, i32, Option<String>);

/// Writes the whole table anew, in the random order of its keys, so that no byte of deleted rows and no order of saving is
/// left in it. Open cycles of anonymous mode have few rows; saves wait for it, for milliseconds.
///
/// # Errors
/// Busy when somebody holds the table for longer than two seconds; then nothing has changed.
pub fn rewrite(conn: &mut Conn) -> Result<(), StoreError> {
    if let Conn::Postgres(inner) = conn {
        inner.batch_execute("SET LOCAL lock_timeout = '2s'; LOCK TABLE ballot IN ACCESS EXCLUSIVE MODE")?;
    }
    let rows: Vec<Whole> = ballot::table.order(ballot::answer_key.asc()).load(conn)?;
    match conn {
        // Without a condition SQLite frees the pages whole, and secure_delete fills them with zeros.
        Conn::Sqlite(inner) => drop(diesel::delete(ballot::table).execute(inner)?),
        Conn::Postgres(inner) => inner.batch_execute("TRUNCATE ballot")?,
    }
    for some in rows.chunks(AT_ONCE) {
        let row = |own: &Whole| {
            let (cycle, key, side, answers, answered, comment) = own.clone();
            (
                ballot::cycle_id.eq(cycle),
                ballot::answer_key.eq(key),
                ballot::side_id.eq(side),
                ballot::answers.eq(answers),
                ballot::answered.eq(answered),
                ballot::comment.eq(comment),
            )
        };
        let rows: Vec<_> = some.iter().map(row).collect();
        insert_rows!(conn, ballot::table, rows)?;
    }
    Ok(())
}

/// Notes that nothing is left of these cycles.
pub fn done(conn: &mut Conn, cycles: &[CycleId]) -> Result<(), StoreError> {
    let ids: Vec<String> = cycles.iter().map(ToString::to_string).collect();
    diesel::delete(ballot_trace::table.filter(ballot_trace::cycle_id.eq_any(ids))).execute(conn)?;
    Ok(())
}
