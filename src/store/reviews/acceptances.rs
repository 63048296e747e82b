//! Acceptances: agreements to leave flags as they are until a day, in force once every side has signed.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::super::conn::Conn;
use super::super::either::{insert_once, insert_rows};
use super::super::error::StoreError;
use super::super::schema::{acceptance, acceptance_flag, acceptance_signature};
use super::super::types::at;
use super::super::unnamed::Unnamed;
use crate::domain::ids::{AcceptanceId, CycleId, FlagId, PartnershipId, SideId};

/// An acceptance.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = acceptance)]
pub struct Acceptance {
    /// Identifier.
    pub id: AcceptanceId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The check whose review it was made in.
    pub cycle_id: CycleId,
    /// Why the flags are left as they are.
    pub reason: String,
    /// Its last day, in the partnership's zone.
    pub until_on: NaiveDate,
    /// Who wrote it down, as the audit log names it.
    pub created_by: String,
    /// When, UTC.
    pub created_at: NaiveDateTime,
}

/// A side's signature.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = acceptance_signature)]
pub struct Signature {
    /// The acceptance.
    pub acceptance_id: AcceptanceId,
    /// The side.
    pub side_id: SideId,
    /// When, UTC.
    pub signed_at: NaiveDateTime,
}

/// An acceptance to be written.
#[derive(Clone, Debug)]
pub struct NewAcceptance<'a> {
    /// The partnership.
    pub partnership: PartnershipId,
    /// The check under review.
    pub cycle: CycleId,
    /// Why.
    pub reason: &'a str,
    /// Its last day.
    pub until_on: NaiveDate,
    /// Who writes it down.
    pub created_by: &'a str,
    /// The flags that it is about.
    pub flags: &'a [FlagId],
}

/// Writes an acceptance down, without a signature.
pub fn insert(
    conn: &mut Conn,
    new: &NewAcceptance<'_>,
    now: DateTime<Utc>,
) -> Result<AcceptanceId, StoreError> {
    let id = AcceptanceId::mint(now);
    diesel::insert_into(acceptance::table)
        .values((
            acceptance::id.eq(id.to_string()),
            acceptance::partnership_id.eq(new.partnership.to_string()),
            acceptance::cycle_id.eq(new.cycle.to_string()),
            acceptance::reason.eq(new.reason),
            acceptance::until_on.eq(new.until_on),
            acceptance::created_by.eq(new.created_by),
            acceptance::created_at.eq(at(now)),
        ))
        .execute(conn)?;
    let link = |flag: &FlagId| {
        (acceptance_flag::acceptance_id.eq(id.to_string()), acceptance_flag::flag_id.eq(flag.to_string()))
    };
    let links: Vec<_> = new.flags.iter().map(link).collect();
    insert_rows!(conn, acceptance_flag::table, links)?;
    Ok(id)
}

/// Signs for a side; `false` when it has signed.
pub fn sign(
    conn: &mut Conn,
    id: AcceptanceId,
    side: SideId,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    insert_once!(
        conn,
        acceptance_signature::table,
        (
            acceptance_signature::acceptance_id.eq(id.to_string()),
            acceptance_signature::side_id.eq(side.to_string()),
            acceptance_signature::signed_by.eq(actor),
            acceptance_signature::signed_at.eq(at(now)),
        )
    )
}

/// The acceptance with this identifier, whoever asks.
pub fn find(conn: &mut Conn, id: AcceptanceId) -> Result<Option<Acceptance>, StoreError> {
    Ok(acceptance::table.find(id.to_string()).select(Acceptance::as_select()).get_result(conn).optional()?)
}

/// The flags of an acceptance.
pub fn flags_of(conn: &mut Conn, id: AcceptanceId) -> Result<Vec<FlagId>, StoreError> {
    Ok(acceptance_flag::table
        .filter(acceptance_flag::acceptance_id.eq(id.to_string()))
        .select(acceptance_flag::flag_id)
        .order(acceptance_flag::flag_id.asc())
        .load(conn)?)
}

/// The signatures under these, in the order in which they were given.
pub fn signatures(conn: &mut Conn, ids: &[AcceptanceId]) -> Result<Vec<Signature>, StoreError> {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    Ok(acceptance_signature::table
        .filter(acceptance_signature::acceptance_id.eq_any(ids))
        .select(Signature::as_select())
        .order((acceptance_signature::signed_at.asc(), acceptance_signature::side_id.asc()))
        .load(conn)?)
}

/// The acceptances of any of these flags, oldest first, each with those of the flags that it is about.
pub fn about(conn: &mut Conn, flags: &[FlagId]) -> Result<Vec<(Acceptance, Vec<FlagId>)>, StoreError> {
    let ids: Vec<String> = flags.iter().map(ToString::to_string).collect();
    let rows: Vec<(Acceptance, FlagId)> = acceptance::table
        .inner_join(acceptance_flag::table.on(acceptance_flag::acceptance_id.eq(acceptance::id)))
        .filter(acceptance_flag::flag_id.eq_any(ids))
        .select((Acceptance::as_select(), acceptance_flag::flag_id))
        .order((acceptance::id.asc(), acceptance_flag::flag_id.asc()))
        .load(conn)?;
    let mut found: BTreeMap<AcceptanceId, (Acceptance, Vec<FlagId>)> = BTreeMap::new();
    for (own, flag) in rows {
        found.entry(own.id).or_insert_with(|| (own, Vec::new())).1.push(flag);
    }
    Ok(found.into_values().collect())
}

/// Takes a name out of the acceptances of these partnerships.
pub fn clear_texts(conn: &mut Conn, own: &[String], unnamed: &Unnamed<'_>) -> Result<(), StoreError> {
    let texts: Vec<(String, String)> = acceptance::table
        .filter(acceptance::partnership_id.eq_any(own))
        .select((acceptance::id, acceptance::reason))
        .load(conn)?;
    for (id, text) in texts {
        let cleared = unnamed.clear(&text);
        if cleared != text {
            diesel::update(acceptance::table.find(id)).set(acceptance::reason.eq(cleared)).execute(conn)?;
        }
    }
    Ok(())
}
