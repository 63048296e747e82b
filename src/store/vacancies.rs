//! Sides that had a manager and have none: since when, and who could be appointed.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::conn::Conn;
use super::error::StoreError;
use super::partnerships::{self, Member, Side};
use super::people::Person;
use super::schema::{member, partnership, side};
use super::types::at;
use crate::domain::ids::SideId;
use crate::domain::partnership::PartnershipState;

/// A side without a manager.
#[derive(Clone, Debug)]
pub struct Vacancy {
    /// The side.
    pub side: Side,
    /// The partnership's name.
    pub partnership: String,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Its members in force.
    pub members: Vec<(Member, Person)>,
}

/// Notes that a side has no manager from now on.
pub fn open(conn: &mut Conn, id: SideId, now: DateTime<Utc>) -> Result<(), StoreError> {
    diesel::update(side::table.find(id.to_string())).set(side::vacant_since.eq(at(now))).execute(conn)?;
    Ok(())
}

/// Notes that a side has a manager again; `false` when it was not vacant.
pub fn fill(conn: &mut Conn, id: SideId) -> Result<bool, StoreError> {
    let vacant = side::table.filter(side::id.eq(id.to_string())).filter(side::vacant_since.is_not_null());
    Ok(diesel::update(vacant).set(side::vacant_since.eq(None::<NaiveDateTime>)).execute(conn)? == 1)
}

/// The side with this identifier.
pub fn side(conn: &mut Conn, id: SideId) -> Result<Option<Side>, StoreError> {
    Ok(side::table.find(id.to_string()).select(Side::as_select()).get_result(conn).optional()?)
}

/// The vacant sides of partnerships that live, the longest vacant first.
pub fn list(conn: &mut Conn) -> Result<Vec<Vacancy>, StoreError> {
    let rows: Vec<(Side, String, Option<NaiveDateTime>)> = side::table
        .inner_join(partnership::table.on(partnership::id.eq(side::partnership_id)))
        .filter(side::vacant_since.is_not_null())
        .filter(partnership::state.ne(PartnershipState::Ended.as_str()))
        .select((Side::as_select(), partnership::name, side::vacant_since))
        .order((side::vacant_since.asc(), side::id.asc()))
        .load(conn)?;
    let mut found = Vec::with_capacity(rows.len());
    for (side, partnership, since) in rows {
        let mut members = partnerships::members(conn, side.partnership_id)?;
        members.retain(|(own, _)| own.side_id == Some(side.id));
        let since = since.map(|at| at.and_utc()).unwrap_or_default();
        found.push(Vacancy { side, partnership, since, members });
    }
    Ok(found)
}

/// Living partnerships with a side to none of whose managers mail arrives, and has not since before an instant: the side, the
/// partnership, since when.
pub fn unreachable(
    conn: &mut Conn,
    before: DateTime<Utc>,
) -> Result<Vec<(String, String, DateTime<Utc>)>, StoreError> {
    let managers = member::table.filter(member::active.eq(true)).filter(member::manager.eq(true));
    let reached: Vec<Option<String>> = managers
        .filter(member::bounced_at.is_null().or(member::bounced_at.gt(at(before))))
        .select(member::side_id)
        .distinct()
        .load(conn)?;
    let refused: Vec<(Option<String>, Option<NaiveDateTime>)> = managers
        .filter(member::bounced_at.le(at(before)))
        .select((member::side_id, member::bounced_at))
        .load(conn)?;
    let mut found = Vec::new();
    for (id, since) in refused {
        let (Some(key), Some(since)) = (&id, since) else { continue };
        if reached.contains(&id) {
            continue;
        }
        let named: Option<(String, String)> = side::table
            .inner_join(partnership::table.on(partnership::id.eq(side::partnership_id)))
            .filter(side::id.eq(key))
            .filter(partnership::state.ne(PartnershipState::Ended.as_str()))
            .filter(partnership::view_of.is_null())
            .select((side::name, partnership::name))
            .get_result(conn)
            .optional()?;
        found.extend(named.map(|(side, partnership)| (side, partnership, since.and_utc())));
    }
    found.sort();
    found.dedup_by(|a, b| (&a.0, &a.1) == (&b.0, &b.1));
    Ok(found)
}
