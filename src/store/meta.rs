//! A few named values of the instance, and the audit log.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::conn::Conn;
use super::either::{insert_once, insert_rows};
use super::error::StoreError;
use super::request;
use super::schema::{audit, meta, person};
use super::types::at;

/// The value with this name.
pub fn get(conn: &mut Conn, name: &str) -> Result<Option<String>, StoreError> {
    Ok(meta::table.find(name).select(meta::value).get_result(conn).optional()?)
}

/// Sets the value unless it is set; gives what stands there afterwards.
pub fn get_or_set(conn: &mut Conn, name: &str, value: &str) -> Result<String, StoreError> {
    insert_once!(conn, meta::table, (meta::name.eq(name), meta::value.eq(value)))?;
    Ok(get(conn, name)?.unwrap_or_else(|| value.to_owned()))
}

/// Sets the value, whatever stood there.
pub fn set(conn: &mut Conn, name: &str, value: &str) -> Result<(), StoreError> {
    let row = meta::table.find(name);
    if diesel::update(row).set(meta::value.eq(value)).execute(conn)? == 0
        && get_or_set(conn, name, value)? != value
    {
        diesel::update(row).set(meta::value.eq(value)).execute(conn)?;
    }
    Ok(())
}

/// Whether nobody has been added yet.
pub fn is_empty(conn: &mut Conn) -> Result<bool, StoreError> {
    let people: i64 = person::table.count().get_result(conn)?;
    Ok(people == 0)
}

/// Proves that the database can be written to.
pub fn probe(conn: &mut Conn, now: DateTime<Utc>) -> Result<(), StoreError> {
    set(conn, "write_probe", &now.to_rfc3339())
}

/// Appends the same act on many objects to the audit log, with the request that asked for it.
pub fn audit_all(
    conn: &mut Conn,
    actor: &str,
    act: &str,
    objects: &[String],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let asked = request::at_work();
    let row = |object: &String| {
        (
            audit::id.eq(crate::domain::ids::NoticeId::mint(now).to_string()),
            audit::at.eq(at(now)),
            audit::actor.eq(actor.to_owned()),
            audit::act.eq(act.to_owned()),
            audit::object.eq(object.clone()),
            audit::request_id.eq(asked.clone()),
        )
    };
    for some in objects.chunks(super::members::AT_ONCE) {
        let rows: Vec<_> = some.iter().map(row).collect();
        insert_rows!(conn, audit::table, rows)?;
    }
    Ok(())
}

/// Appends to the audit log: who did what to which object, asked by which request. Identifiers only.
pub fn audit(
    conn: &mut Conn,
    actor: &str,
    act: &str,
    object: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    diesel::insert_into(audit::table)
        .values((
            audit::id.eq(crate::domain::ids::NoticeId::mint(now).to_string()),
            audit::at.eq(at(now)),
            audit::actor.eq(actor),
            audit::act.eq(act),
            audit::object.eq(object),
            audit::request_id.eq(request::at_work()),
        ))
        .execute(conn)?;
    Ok(())
}
