//! After a removal: what the database file, its log or its tables still hold of removed rows is given up.
//!
//! `SQLite` overwrites what it deletes (`secure_delete`), but its write-ahead log holds earlier pages until it is emptied.
//! `PostgreSQL` keeps dead rows until they are vacuumed. That it is wanted is written in the transaction of the removal, so
//! that it happens also when the process dies in between.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use super::conn::Conn;
use super::error::StoreError;
use super::meta;
use super::schema::meta as table;

const WANTED: &str = "scrub_wanted";
/// The tables from which a removal takes what somebody said or who they are.
const HELD: [&str; 24] = [
    "ballot",
    "remark",
    "answer_sum",
    "response",
    "scorecard",
    "flag",
    "invitation",
    "letter",
    "letter_body",
    "notice",
    "member",
    "pseudonym",
    "proposal",
    "proposal_answer",
    "discussion",
    "discussion_flag",
    "action",
    "action_flag",
    "acceptance",
    "acceptance_flag",
    "acceptance_signature",
    "review",
    "review_confirmation",
    "cycle",
];

#[derive(QueryableByName)]
struct Checkpoint {
    #[diesel(sql_type = diesel::sql_types::Integer)]
    busy: i32,
}

/// Asks for it, in the transaction of a removal.
pub fn want(conn: &mut Conn) -> Result<(), StoreError> {
    meta::set(conn, WANTED, "yes")
}

/// Whether it is wanted.
pub fn is_wanted(conn: &mut Conn) -> Result<bool, StoreError> {
    Ok(meta::get(conn, WANTED)?.is_some())
}

/// Notes that it was done.
pub fn done(conn: &mut Conn) -> Result<(), StoreError> {
    diesel::delete(table::table.find(WANTED)).execute(conn)?;
    Ok(())
}

/// Does it, outside of any transaction; `false` when a reader of old pages stood in the way, so that it is tried again.
pub(super) fn scrub(conn: &mut Conn) -> Result<bool, StoreError> {
    match conn {
        Conn::Sqlite(inner) => {
            let found: Checkpoint = diesel::sql_query("PRAGMA wal_checkpoint(TRUNCATE)").get_result(inner)?;
            Ok(found.busy == 0)
        }
        Conn::Postgres(inner) => {
            // One at a time: several statements sent together are one transaction, in which nothing is vacuumed.
            for table in HELD {
                inner.batch_execute(&format!("VACUUM {table}"))?;
            }
            Ok(true)
        }
    }
}
