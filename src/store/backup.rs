//! The database's part of a backup: a consistent copy while others write, a look at a copy that changes nothing, and what a
//! restored copy must know. `SQLite` only; a database server has tools of its own.
//!
//! The copy is made by `VACUUM INTO`: one statement that reads one snapshot and writes a fresh file without free pages, so
//! that what was erased is in no backup. Called by [`crate::workflow::backup`].

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, Utc};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel::sqlite::SqliteConnection;

use super::conn::{Conn, in_transaction};
use super::error::StoreError;
use super::fork::{self, Position};
use super::{meta, sending};

const LAST: &str = "last_backup_at";
/// How many faults are told.
const FAULTS: usize = 5;

/// What stands in a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The last migration that was applied.
    pub schema: String,
    /// The epoch of the database, if a server has worked with it.
    pub epoch: Option<String>,
    /// The fingerprint of the key that belongs to it.
    pub key_fingerprint: Option<String>,
    /// Rows of each table.
    pub rows: BTreeMap<String, i64>,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

#[derive(QueryableByName)]
struct Mode {
    #[diesel(sql_type = Text)]
    journal_mode: String,
}

fn open(path: &str) -> Result<SqliteConnection, StoreError> {
    SqliteConnection::establish(path)
        .map_err(|e| StoreError::Broken(format!("cannot open the database file {path}: {e}")))
}

/// A connection that cannot change the file, makes none beside it, and waits for nobody.
fn open_unchanging(file: &Path) -> Result<SqliteConnection, StoreError> {
    let url = std::path::absolute(file).ok().and_then(|path| url::Url::from_file_path(path).ok());
    let url = url.ok_or_else(|| StoreError::Broken(format!("{} is no path of a file", file.display())))?;
    open(&format!("file:{}?mode=ro&immutable=1", url.path()))
}

/// Copies the database as it is at this instant into an empty file, while others go on writing.
///
/// # Errors
/// Full when the disk of the copy is; broken when the database cannot be read.
pub fn copy_into(database: &Path, target: &Path) -> Result<(), StoreError> {
    let mut conn = open(&database.display().to_string())?;
    conn.batch_execute("PRAGMA busy_timeout = 5000; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON")?;
    diesel::sql_query("VACUUM INTO ?").bind::<Text, _>(target.display().to_string()).execute(&mut conn)?;
    Ok(())
}

/// What stands in a copy.
///
/// # Errors
/// Broken when it cannot be read.
pub fn facts(file: &Path) -> Result<Facts, StoreError> {
    let mut conn = open_unchanging(file)?;
    let mut rows = BTreeMap::new();
    for table in texts(
        &mut conn,
        "SELECT name AS line FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
    )? {
        let count = format!("SELECT count(*) AS n FROM \"{}\"", table.replace('"', "\"\""));
        rows.insert(table, diesel::sql_query(count).get_result::<Count>(&mut conn)?.n);
    }
    let schema =
        texts(&mut conn, "SELECT COALESCE(max(version), '') AS line FROM __diesel_schema_migrations")?;
    let mut conn = Conn::Sqlite(conn);
    Ok(Facts {
        schema: schema.into_iter().next().unwrap_or_default(),
        epoch: fork::epoch(&mut conn)?,
        key_fingerprint: meta::get(&mut conn, "key_fingerprint")?,
        rows,
    })
}

/// What is wrong with a copy, by its own structure and its references; empty: nothing.
///
/// # Errors
/// Broken when it cannot be read at all.
pub fn faults(file: &Path) -> Result<Vec<String>, StoreError> {
    let mut conn = open_unchanging(file)?;
    let mut found: Vec<String> =
        texts(&mut conn, "SELECT integrity_check AS line FROM pragma_integrity_check")?
            .into_iter()
            .filter(|line| line != "ok")
            .collect();
    let strays = "SELECT \"table\" || ' refers to a row of ' || parent || ' that is not there' AS line \
                  FROM pragma_foreign_key_check";
    found.extend(texts(&mut conn, strays)?);
    found.truncate(FAULTS);
    Ok(found)
}

fn texts(conn: &mut SqliteConnection, query: &str) -> Result<Vec<String>, StoreError> {
    Ok(diesel::sql_query(query).load::<Line>(conn)?.into_iter().map(|row| row.line).collect())
}

/// Makes a copy ready to become the database: with an epoch of its own, and with sending paused.
///
/// # Errors
/// When it cannot be written.
pub fn prepare(copy: &Path, reason: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
    let mut conn = open(&copy.display().to_string())?;
    conn.batch_execute("PRAGMA synchronous = FULL; PRAGMA secure_delete = ON")?;
    in_transaction(&mut Conn::Sqlite(conn), |conn| {
        fork::renew(conn)?;
        sending::pause(conn, reason, now).map(drop)
    })
}

/// Brings all that was written into the one file of a database that nobody else has open, so that it can be moved.
///
/// # Errors
/// Busy while somebody has it open; broken when it is no sound database.
pub fn gather(database: &Path) -> Result<(), StoreError> {
    let mut conn = open(&database.display().to_string())?;
    conn.batch_execute("PRAGMA busy_timeout = 1000; PRAGMA synchronous = FULL")?;
    let mode: Mode = diesel::sql_query("PRAGMA journal_mode = DELETE").get_result(&mut conn)?;
    if mode.journal_mode == "delete" {
        return Ok(());
    }
    Err(StoreError::Busy("another command has it open".to_owned()))
}

/// Writes into the database that it was backed up, and counts what happens from now on as not in that backup; gives the
/// position that the data directory should keep.
///
/// # Errors
/// When it cannot be written.
pub fn note(database: &Path, at: DateTime<Utc>) -> Result<Option<Position>, StoreError> {
    let mut conn = open(&database.display().to_string())?;
    conn.batch_execute("PRAGMA busy_timeout = 5000; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON")?;
    in_transaction(&mut Conn::Sqlite(conn), |conn| {
        meta::set(conn, LAST, &at.to_rfc3339())?;
        fork::advance(conn)
    })
}

/// When this database was last backed up by [`note`]'s caller; `None`: never.
///
/// # Errors
/// Broken when the database cannot be read.
pub fn last(conn: &mut Conn) -> Result<Option<DateTime<Utc>>, StoreError> {
    let Some(text) = meta::get(conn, LAST)? else { return Ok(None) };
    let read =
        DateTime::parse_from_rfc3339(&text).map_err(|e| StoreError::unreadable("the last backup", e))?;
    Ok(Some(read.to_utc()))
}
