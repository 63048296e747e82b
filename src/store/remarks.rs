//! Comments as they were frozen at the close. Before it they lie beside the answers, and nobody but their writer reads them.
//!
//! Law: written in the transaction of the close and by nothing else; outside named mode masked, without a member, and under
//! random identifiers, so that their order tells nothing. Comments that may not be shown are not kept.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::conn::Conn;
use super::either::insert_rows;
use super::erasure;
use super::error::StoreError;
use super::members::AT_ONCE;
use super::prepared;
use super::schema::{ballot, cycle, member, person, remark, response};
use super::types::at;
use crate::domain::ids::{CycleId, MemberId, RemarkId, SideId};
use crate::domain::label::is_address;

/// A comment that somebody saved.
#[derive(Clone, Debug)]
pub struct Written {
    /// The side.
    pub side_id: SideId,
    /// Who wrote it; nobody in anonymous mode.
    pub member_id: Option<MemberId>,
    /// The text.
    pub text: String,
}

/// Takes the comments of a cycle that closes from beside the answers; nothing is left there.
pub fn take(conn: &mut Conn, id: CycleId) -> Result<Vec<Written>, StoreError> {
    let key = id.to_string();
    let linked: Vec<(SideId, Option<MemberId>, String)> = response::table
        .filter(response::cycle_id.eq(&key))
        .filter(response::comment.is_not_null())
        .select((response::side_id, response::member_id, response::comment.assume_not_null()))
        .load(conn)?;
    let unlinked: Vec<(SideId, String)> = ballot::table
        .filter(ballot::cycle_id.eq(&key))
        .filter(ballot::comment.is_not_null())
        .select((ballot::side_id, ballot::comment.assume_not_null()))
        .load(conn)?;
    let beside = response::cycle_id.eq(&key).and(response::comment.is_not_null());
    prepared::update(response::table, beside, response::comment.eq(None::<String>)).run(conn)?;
    let beside = ballot::cycle_id.eq(&key).and(ballot::comment.is_not_null());
    prepared::update(ballot::table, beside, ballot::comment.eq(None::<String>)).run(conn)?;
    let unlinked = unlinked.into_iter().map(|(side, text)| (side, None, text));
    let written = |(side_id, member_id, text)| Written { side_id, member_id, text };
    Ok(linked.into_iter().chain(unlinked).map(written).collect())
}

/// Freezes comments, in random order.
pub fn freeze(conn: &mut Conn, id: CycleId, all: &[Written]) -> Result<(), StoreError> {
    let mut rows: Vec<(RemarkId, &Written)> = all.iter().map(|own| (RemarkId::mint_random(), own)).collect();
    rows.sort_unstable_by_key(|(key, _)| *key);
    for some in rows.chunks(AT_ONCE) {
        let row = |(key, own): &(RemarkId, &Written)| {
            (
                remark::id.eq(key.to_string()),
                remark::cycle_id.eq(id.to_string()),
                remark::side_id.eq(own.side_id.to_string()),
                remark::member_id.eq(own.member_id.map(|own| own.to_string())),
                remark::text.eq(own.text.clone()),
            )
        };
        let rows: Vec<_> = some.iter().map(row).collect();
        insert_rows!(conn, remark::table, rows)?;
    }
    Ok(())
}

/// A frozen comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The side.
    pub side_id: SideId,
    /// Name and address of who wrote it, or twice the label; in named mode only.
    pub writer: Option<(String, String)>,
    /// The text.
    pub text: String,
}

/// The comments of a closed cycle, side by side, in an order that tells nothing.
pub fn of_cycle(conn: &mut Conn, id: CycleId) -> Result<Vec<Remark>, StoreError> {
    type Row = (SideId, Option<String>, Option<String>, String);
    let rows: Vec<Row> = remark::table
        .left_join(member::table.on(member::id.nullable().eq(remark::member_id)))
        .left_join(person::table.on(person::id.nullable().eq(member::person_id.nullable())))
        .filter(remark::cycle_id.eq(id.to_string()))
        .select((remark::side_id, person::name.nullable(), person::email.nullable(), remark::text))
        .order(remark::id.asc())
        .load(conn)?;
    let read = |(side_id, name, address, text): Row| {
        // A label stands for the address as well.
        let address =
            address.map(|own| if is_address(&own) { own } else { name.clone().unwrap_or_default() });
        Remark { side_id, writer: name.zip(address), text }
    };
    Ok(rows.into_iter().map(read).collect())
}

/// The names of everybody who is or was a member of the cycle's partnership, for masking.
pub fn names(conn: &mut Conn, id: CycleId) -> Result<Vec<String>, StoreError> {
    let rows: Vec<(String, Option<String>)> = member::table
        .inner_join(person::table.on(person::id.eq(member::person_id)))
        .inner_join(cycle::table.on(cycle::partnership_id.eq(member::partnership_id)))
        .filter(cycle::id.eq(id.to_string()))
        .filter(person::name.ne(erasure::NAME))
        .select((person::name, member::known_as))
        .load(conn)?;
    Ok(rows.into_iter().flat_map(|(name, known_as)| std::iter::once(name).chain(known_as)).collect())
}

/// Removes up to `limit` comments of cycles that closed before an instant, of all or of those with a limit of their own; gives
/// how many.
pub fn remove_old(
    conn: &mut Conn,
    before: DateTime<Utc>,
    own_limit: Option<i32>,
    limit: i64,
) -> Result<usize, StoreError> {
    let mut old = remark::table
        .inner_join(cycle::table.on(cycle::id.eq(remark::cycle_id)))
        .filter(cycle::closed_at.assume_not_null().lt(at(before)))
        .select(remark::id)
        .limit(limit)
        .into_boxed();
    if let Some(months) = own_limit {
        old = old.filter(cycle::keep_months.eq(months));
    }
    let ids: Vec<RemarkId> = old.load(conn)?;
    let keys: Vec<String> = ids.iter().map(ToString::to_string).collect();
    Ok(diesel::delete(remark::table.filter(remark::id.eq_any(keys))).execute(conn)?)
}

/// Removes what a member wrote in named mode.
pub fn remove_of(conn: &mut Conn, id: MemberId) -> Result<usize, StoreError> {
    Ok(diesel::delete(remark::table.filter(remark::member_id.eq(id.to_string()))).execute(conn)?)
}
