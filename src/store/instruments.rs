//! Published instruments. A version is immutable: publishing the same content again changes nothing, other content under
//! the same version is refused.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::conn::Conn;
use super::either::insert_once;
use super::error::StoreError;
use super::schema::instrument;
use super::types::{at, from_json, to_json};
use crate::domain::instrument::{Instrument, OWN_PREFIX};

/// Publishes an instrument version.
///
/// # Errors
/// Conflict when this version was published with other content.
pub fn publish(conn: &mut Conn, content: &Instrument, now: DateTime<Utc>) -> Result<(), StoreError> {
    let json = to_json("an instrument", content)?;
    let version = version_column(content.version)?;
    let made = insert_once!(
        conn,
        instrument::table,
        (
            instrument::id.eq(&content.id),
            instrument::version.eq(version),
            instrument::title.eq(&content.title),
            instrument::content.eq(&json),
            instrument::digest.eq(crate::secrets::digest(json.as_bytes())),
            instrument::published_at.eq(at(now)),
        )
    )?;
    if made || find(conn, &content.id, content.version)?.as_ref() == Some(content) {
        return Ok(());
    }
    Err(StoreError::Conflict(format!(
        "instrument {} version {} (a published version never changes: give the new texts a new version)",
        content.id, content.version
    )))
}

/// One version.
pub fn find(conn: &mut Conn, id: &str, version: u32) -> Result<Option<Instrument>, StoreError> {
    let row: Option<String> = instrument::table
        .find((id, version_column(version)?))
        .select(instrument::content)
        .get_result(conn)
        .optional()?;
    row.map(|text| from_json("an instrument", &text)).transpose()
}

/// The newest version of an instrument.
pub fn latest(conn: &mut Conn, id: &str) -> Result<Option<Instrument>, StoreError> {
    let row: Option<String> = instrument::table
        .filter(instrument::id.eq(id))
        .order(instrument::version.desc())
        .select(instrument::content)
        .first(conn)
        .optional()?;
    row.map(|text| from_json("an instrument", &text)).transpose()
}

/// The newest version of every instrument that can be chosen, by title: all but those of one partnership's past alone.
pub fn list(conn: &mut Conn) -> Result<Vec<Instrument>, StoreError> {
    let rows: Vec<String> = instrument::table
        .filter(instrument::id.not_like(format!("{OWN_PREFIX}%")))
        .order((instrument::title.asc(), instrument::version.desc()))
        .select(instrument::content)
        .load(conn)?;
    let mut newest: Vec<Instrument> = Vec::new();
    for text in rows {
        let read: Instrument = from_json("an instrument", &text)?;
        if !newest.iter().any(|known| known.id == read.id) {
            newest.push(read);
        }
    }
    Ok(newest)
}

fn version_column(version: u32) -> Result<i32, StoreError> {
    i32::try_from(version).map_err(|e| StoreError::unreadable("an instrument version", e))
}
