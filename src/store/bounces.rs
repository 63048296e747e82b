//! Whose mails are refused: noted on the memberships of a person, for the managers of their sides.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::conn::Conn;
use super::error::StoreError;
use super::prepared;
use super::schema::{member, person};
use super::types::at;
use crate::domain::ids::PersonId;

/// Marks the memberships of a person as bounced.
pub fn mark(conn: &mut Conn, person_id: PersonId, now: DateTime<Utc>) -> Result<(), StoreError> {
    diesel::update(member::table.filter(member::person_id.eq(person_id.to_string())))
        .set(member::bounced_at.eq(at(now)))
        .execute(conn)?;
    Ok(())
}

/// Forgets that mails to a person were refused, because a letter was taken for them; not when it went to an address that has been
/// corrected since.
pub fn reached(conn: &mut Conn, person_id: PersonId, address: &str) -> Result<(), StoreError> {
    let current =
        person::table.filter(person::id.eq(person_id.to_string())).filter(person::email.eq(address));
    let bounced = member::person_id
        .eq(person_id.to_string())
        .and(member::bounced_at.is_not_null())
        .and(diesel::dsl::exists(current));
    prepared::update(member::table, bounced, member::bounced_at.eq(None::<NaiveDateTime>)).run(conn)?;
    Ok(())
}

/// Forgets that mails to a person were refused: the address was corrected.
pub fn clear(conn: &mut Conn, person_id: PersonId) -> Result<(), StoreError> {
    let bounced = member::person_id.eq(person_id.to_string()).and(member::bounced_at.is_not_null());
    prepared::update(member::table, bounced, member::bounced_at.eq(None::<NaiveDateTime>)).run(conn)?;
    Ok(())
}
