//! The way from `SQLite` to `PostgreSQL`: every row of every table, in one transaction at its destination, counted and
//! compared before it is committed.
//!
//! Law: the destination holds everything or nothing new, and the source is not changed by copying. Rows travel as JSON, a
//! thousand at a time, so that memory stays flat; what is read back at the destination is brought to one form with what was
//! read at the source, hashed row by row, and the sums of the hashes must agree. Called by the command `migrate-data`.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel::{PgConnection, SqliteConnection};
use sha2::{Digest, Sha256};

use super::conn::Conn;
use super::error::StoreError;
use super::location::{InUse, Location};
use super::migrate::migrate;
use super::sending;

/// How many rows travel together.
const AT_ONCE: i64 = 1000;
/// A key, as a list, before every other: all keys begin with a text, and none with an empty one.
const BEFORE_ALL: &str = "[\"\"]";

/// What became of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The table.
    pub table: String,
    /// How many rows it has, on both sides.
    pub rows: u64,
    /// The sum of the hashes of its rows, on both sides, in hexadecimal.
    pub checksum: String,
}

/// Why nothing was moved.
#[derive(Debug, thiserror::Error)]
pub enum NotMoved {
    /// A database failed or is in use.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The destination has content of its own.
    #[error("the destination holds {0} already; name an empty database")]
    NotEmpty(String),
    /// What arrived is not what was sent.
    #[error(
        "the table {table} did not arrive as it was sent ({sent} rows sent, {arrived} arrived); nothing was kept"
    )]
    Differs {
        /// The table.
        table: String,
        /// Rows at the source.
        sent: u64,
        /// Rows at the destination.
        arrived: u64,
    },
}

impl From<diesel::result::Error> for NotMoved {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(error.into())
    }
}

#[derive(QueryableByName)]
struct Line {
    /// The row's key, as a list.
    #[diesel(sql_type = Text)]
    place: String,
    #[diesel(sql_type = Text)]
    line: String,
}

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(Clone, QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    kind: String,
}

/// Copies everything from a `SQLite` database that nobody else uses to an empty `PostgreSQL` database. With `sends_there` the
/// pause of sending, which the source got for the move, is lifted at the destination. `before_commit` is called when everything has arrived and nothing is committed.
///
/// # Errors
/// [`NotMoved`]; then the destination has no content, as before.
pub fn transfer(
    from: &Location,
    to: &Location,
    sends_there: bool,
    before_commit: impl FnOnce(),
) -> Result<Vec<Moved>, NotMoved> {
    let (Location::Sqlite(file), Location::Postgres(_)) = (from, to) else {
        return Err(StoreError::Broken("data moves from SQLite to PostgreSQL".to_owned()).into());
    };
    let _alone = InUse::alone(file)?;
    let (mut source, mut destination) = (from.open()?, to.open()?);
    migrate(&mut source)?;
    migrate(&mut destination)?;
    let (Conn::Sqlite(source), Conn::Postgres(destination)) = (&mut source, &mut destination) else {
        return Err(StoreError::Broken("data moves from SQLite to PostgreSQL".to_owned()).into());
    };
    // Held to the end, so that what is copied belongs together.
    source.immediate_transaction(|source| {
        destination.transaction(|to| {
            let moved = copy(source, to)?;
            if sends_there {
                let lift = format!("DELETE FROM meta WHERE name = '{}'", sending::PAUSED);
                diesel::sql_query(lift).execute(to)?;
            }
            before_commit();
            Ok(moved)
        })
    })
}

fn copy(source: &mut SqliteConnection, to: &mut PgConnection) -> Result<Vec<Moved>, NotMoved> {
    let tables = in_order(source)?;
    for table in ["person", "partnership", "letter"] {
        let count = format!("SELECT count(*) AS count FROM {table}");
        let rows: Count = diesel::sql_query(count).get_result(to)?;
        if rows.count > 0 {
            return Err(NotMoved::NotEmpty(format!("{} rows in the table {table}", rows.count)));
        }
    }
    // What a first start puts there by itself, such as the instruments, comes with the rest.
    for table in tables.iter().rev() {
        diesel::sql_query(format!("DELETE FROM {table}")).execute(to)?;
    }
    let mut moved = Vec::new();
    for table in tables {
        let columns = columns(source, &table)?;
        let sent = send(source, to, &table, &columns)?;
        let arrived = look(to, &table, &columns)?;
        if sent != arrived {
            return Err(NotMoved::Differs { table, sent: sent.rows, arrived: arrived.rows });
        }
        moved.push(Moved { table, rows: sent.rows, checksum: sent.hex() });
    }
    Ok(moved)
}

/// The tables, each behind those that it names.
fn in_order(source: &mut SqliteConnection) -> Result<Vec<String>, NotMoved> {
    // Revisions are made by the destination itself, as rows arrive.
    let all: Vec<Word> = diesel::sql_query(
        "SELECT name AS word FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' \
         AND name NOT IN ('__diesel_schema_migrations', 'revision') ORDER BY name",
    )
    .load(source)?;
    let mut waiting: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for table in all {
        let named: Vec<Word> = diesel::sql_query(format!(
            "SELECT \"table\" AS word FROM pragma_foreign_key_list('{}')",
            table.word
        ))
        .load(source)?;
        let parents = named.into_iter().map(|own| own.word).filter(|parent| *parent != table.word).collect();
        waiting.insert(table.word, parents);
    }
    let mut ordered = Vec::new();
    while !waiting.is_empty() {
        let free: Vec<String> = waiting
            .iter()
            .filter(|(_, parents)| parents.iter().all(|own| ordered.contains(own)))
            .map(|(table, _)| table.clone())
            .collect();
        if free.is_empty() {
            return Err(StoreError::Broken("tables name each other in a circle".to_owned()).into());
        }
        for table in free {
            waiting.remove(&table);
            ordered.push(table);
        }
    }
    Ok(ordered)
}

fn columns(source: &mut SqliteConnection, table: &str) -> Result<Vec<Column>, NotMoved> {
    let query = format!("SELECT name, type AS kind FROM pragma_table_info('{table}') ORDER BY cid");
    Ok(diesel::sql_query(query).load(source)?)
}

/// Rows and the sum of their hashes, whatever their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Sum {
    rows: u64,
    hashes: [u64; 4],
}

impl Sum {
    fn add(&mut self, columns: &[Column], line: &str) -> Result<(), NotMoved> {
        let unreadable = |e: &dyn std::fmt::Display| StoreError::unreadable("a row", e);
        let row: Vec<serde_json::Value> = serde_json::from_str(line).map_err(|e| unreadable(&e))?;
        let mut hash = Sha256::new();
        for (column, value) in columns.iter().zip(&row) {
            let text = one_form(&column.kind, value);
            // The length keeps two columns from being read as one.
            hash.update(text.len().to_le_bytes());
            hash.update(text);
        }
        let bytes = hash.finalize();
        for (sum, part) in self.hashes.iter_mut().zip(bytes.chunks_exact(8)) {
            *sum = sum.wrapping_add(part.iter().fold(0, |all, byte| all << 8 | u64::from(*byte)));
        }
        self.rows += 1;
        Ok(())
    }

    fn hex(&self) -> String {
        let bytes: Vec<u8> = self.hashes.iter().flat_map(|part| part.to_be_bytes()).collect();
        data_encoding::HEXLOWER.encode(&bytes)
    }
}

/// A value as both databases would say it: truth as 1 and 0, instants with six digits and a space.
fn one_form(kind: &str, value: &serde_json::Value) -> String {
    use serde_json::Value;
    match (kind, value) {
        (_, Value::Null) => "null".to_owned(),
        ("BOOLEAN", Value::Bool(yes)) => u8::from(*yes).to_string(),
        ("TIMESTAMP", Value::String(text)) => {
            let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
            format!("={}.{fraction:0<6}", seconds.replace('T', " "))
        }
        (_, Value::String(text)) => format!("={text}"),
        (_, other) => other.to_string(),
    }
}

/// How the next rows of a table are read at the source: in the order of its key, behind the row whose key is bound as a list.
fn next_rows(source: &mut SqliteConnection, table: &str, names: &str) -> Result<String, NotMoved> {
    let query = format!("SELECT name AS word FROM pragma_table_info('{table}') WHERE pk > 0 ORDER BY pk");
    let key: Vec<Word> = diesel::sql_query(query).load(source)?;
    let parts: Vec<String> = key.iter().map(|own| format!("\"{}\"", own.word)).collect();
    let behind: Vec<String> = (0..key.len()).map(|part| format!("json_extract(?1, '$[{part}]')")).collect();
    let (parts, behind) = (parts.join(", "), behind.join(", "));
    Ok(format!(
        "SELECT json_array({parts}) AS place, json_array({names}) AS line FROM \"{table}\" \
         WHERE ({parts}) > ({behind}) ORDER BY {parts} LIMIT {AT_ONCE}"
    ))
}

/// Reads a table at the source piece by piece and writes it at the destination.
fn send(
    source: &mut SqliteConnection,
    to: &mut PgConnection,
    table: &str,
    columns: &[Column],
) -> Result<Sum, NotMoved> {
    let names: Vec<String> = columns.iter().map(|own| format!("\"{}\"", own.name)).collect();
    let names = names.join(", ");
    let read = next_rows(source, table, &names)?;
    // Text comes out of JSON as text; PostgreSQL reads every other kind from it, as from a file of its own.
    let places: Vec<String> = columns
        .iter()
        .enumerate()
        .map(|(place, own)| format!("(own ->> {place})::{}", own.kind.to_lowercase()))
        .collect();
    let write = format!(
        "INSERT INTO \"{table}\" ({names}) SELECT {} FROM json_array_elements($1::json) AS own",
        places.join(", ")
    );
    let (mut sum, mut after) = (Sum::default(), BEFORE_ALL.to_owned());
    loop {
        let lines: Vec<Line> = diesel::sql_query(&read).bind::<Text, _>(&after).load(source)?;
        let Some(last) = lines.last() else { return Ok(sum) };
        after.clone_from(&last.place);
        for own in &lines {
            sum.add(columns, &own.line)?;
        }
        let all: Vec<&str> = lines.iter().map(|own| own.line.as_str()).collect();
        diesel::sql_query(&write).bind::<Text, _>(format!("[{}]", all.join(","))).execute(to)?;
    }
}

/// Reads a table at the destination piece by piece.
fn look(to: &mut PgConnection, table: &str, columns: &[Column]) -> Result<Sum, NotMoved> {
    let names: Vec<String> = columns.iter().map(|own| format!("\"{}\"", own.name)).collect();
    let cursor = format!(
        "DECLARE moved NO SCROLL CURSOR FOR SELECT '' AS place, json_build_array({})::text AS line FROM \"{table}\"",
        names.join(", ")
    );
    diesel::sql_query(cursor).execute(to)?;
    let mut sum = Sum::default();
    loop {
        let lines: Vec<Line> = diesel::sql_query(format!("FETCH {AT_ONCE} FROM moved")).load(to)?;
        if lines.is_empty() {
            break;
        }
        for own in &lines {
            sum.add(columns, &own.line)?;
        }
    }
    diesel::sql_query("CLOSE moved").execute(to)?;
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_databases_rows_take_one_form() {
        let kinds = ["TEXT", "BOOLEAN", "TIMESTAMP", "TIMESTAMP", "INTEGER", "TEXT"];
        let columns: Vec<Column> =
            kinds.iter().map(|kind| Column { name: "own".to_owned(), kind: (*kind).to_owned() }).collect();
        let sum = |line: &str| {
            let mut sum = Sum::default();
            sum.add(&columns, line).unwrap();
            sum
        };
        let sqlite = r#"["Łódź",1,"2026-11-21 20:00:00","2026-11-21 20:00:00.120",7,null]"#;
        let postgres = r#"["Łódź",true,"2026-11-21T20:00:00","2026-11-21T20:00:00.12",7,null]"#;
        assert_eq!(sum(sqlite), sum(postgres));
        for other in [
            r#"["Lodz",1,"2026-11-21 20:00:00","2026-11-21 20:00:00.120",7,null]"#,
            r#"["Łódź",0,"2026-11-21 20:00:00","2026-11-21 20:00:00.120",7,null]"#,
            r#"["Łódź",1,"2026-11-21 20:00:00","2026-11-21 20:00:00.121",7,null]"#,
            r#"["Łódź",1,"2026-11-21 20:00:00","2026-11-21 20:00:00.120",7,"null"]"#,
        ] {
            assert_ne!(sum(sqlite), sum(other), "{other}");
        }
    }
}
