//! The processes that serve this database: each says every few seconds that it lives. Who has said nothing for a minute is
//! taken for dead, and its letters are taken up by others. Instants are those of the real clock, also in the demo.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::conn::Conn;
use super::either::insert_once;
use super::error::StoreError;
use super::schema::instance;
use super::types::at;

/// A process as it last described itself.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = instance)]
pub struct Instance {
    /// Of this start; letters name it while they are claimed.
    pub id: String,
    /// Where it listens, and its process number.
    pub place: String,
    /// Version of the program.
    pub version: String,
    /// When it started, UTC.
    pub started_at: NaiveDateTime,
    /// When it last said that it lives, UTC.
    pub seen_at: NaiveDateTime,
    /// When its clockwork last did all that was due, UTC.
    pub tick_at: Option<NaiveDateTime>,
    /// When its courier last ended a pass well, UTC.
    pub pass_at: Option<NaiveDateTime>,
    /// How many due things it could not do.
    pub stuck: i32,
    /// What it finds wrong with the relay.
    pub relay: Option<String>,
}

/// What a process says of itself.
#[derive(Clone, Debug)]
pub struct Beat {
    /// Of this start.
    pub id: String,
    /// Where it listens, and its process number.
    pub place: String,
    /// When it started.
    pub started_at: DateTime<Utc>,
    /// When its clockwork last did all that was due.
    pub tick_at: DateTime<Utc>,
    /// When its courier last ended a pass well.
    pub pass_at: DateTime<Utc>,
    /// How many due things it could not do.
    pub stuck: usize,
    /// What it finds wrong with the relay.
    pub relay: Option<String>,
}

/// The instant by which processes are compared: where several machines share a database, its clock and not their own.
pub fn common_now(conn: &mut Conn, own: DateTime<Utc>) -> Result<DateTime<Utc>, StoreError> {
    match conn {
        Conn::Sqlite(_) => Ok(own),
        Conn::Postgres(inner) => {
            let now = diesel::dsl::sql::<diesel::sql_types::Timestamp>("timezone('utc', clock_timestamp())");
            let now: NaiveDateTime = diesel::select(now).get_result(inner)?;
            Ok(now.and_utc())
        }
    }
}

/// Writes down that a process lives.
pub fn beat(conn: &mut Conn, own: &Beat, now: DateTime<Utc>) -> Result<(), StoreError> {
    let changes = (
        instance::seen_at.eq(at(now)),
        instance::tick_at.eq(at(own.tick_at)),
        instance::pass_at.eq(at(own.pass_at)),
        instance::stuck.eq(i32::try_from(own.stuck).unwrap_or(i32::MAX)),
        instance::relay.eq(own.relay.clone()),
    );
    let row = instance::table.find(own.id.clone());
    if diesel::update(row).set(changes.clone()).execute(conn)? == 0 {
        let first = (
            instance::id.eq(own.id.clone()),
            instance::place.eq(own.place.clone()),
            instance::version.eq(env!("CARGO_PKG_VERSION")),
            instance::started_at.eq(at(own.started_at)),
        );
        insert_once!(conn, instance::table, (first, changes))?;
    }
    Ok(())
}

/// All that are known, the one seen last first.
pub fn list(conn: &mut Conn) -> Result<Vec<Instance>, StoreError> {
    Ok(instance::table.select(Instance::as_select()).order(instance::seen_at.desc()).load(conn)?)
}

/// Forgets a process that has ended in order.
pub fn leave(conn: &mut Conn, id: &str) -> Result<(), StoreError> {
    diesel::delete(instance::table.find(id.to_owned())).execute(conn)?;
    Ok(())
}

/// Forgets the processes that have said nothing since an instant.
pub fn forget(conn: &mut Conn, before: DateTime<Utc>) -> Result<(), StoreError> {
    diesel::delete(instance::table.filter(instance::seen_at.lt(at(before)))).execute(conn)?;
    Ok(())
}
