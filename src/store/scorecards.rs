//! Scorecards: the frozen, published result of a closed cycle, and beside it the sealed basis of the next close.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::conn::Conn;
use super::error::StoreError;
use super::schema::scorecard;
use super::types::{at, from_json, to_json};
use crate::domain::ids::{CycleId, PartnershipId};
use crate::domain::publication::{Basis, Scorecard};

/// Freezes a scorecard, with its unrounded figures where the mode keeps them. There is no way to change one.
pub fn insert(
    conn: &mut Conn,
    card: &Scorecard,
    exact: Option<&Scorecard>,
    basis: &Basis,
    closed_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let version =
        i32::try_from(card.instrument.version).map_err(|e| StoreError::unreadable("a version", e))?;
    diesel::insert_into(scorecard::table)
        .values((
            scorecard::cycle_id.eq(card.cycle_id.to_string()),
            scorecard::partnership_id.eq(card.partnership_id.to_string()),
            scorecard::instrument_id.eq(&card.instrument.id),
            scorecard::instrument_version.eq(version),
            scorecard::period.eq(&card.period),
            scorecard::closed_at.eq(at(closed_at)),
            scorecard::published.eq(to_json("a scorecard", card)?),
            scorecard::basis.eq(to_json("a scorecard's basis", basis)?),
            scorecard::exact.eq(exact.map(|own| to_json("a scorecard", own)).transpose()?),
        ))
        .execute(conn)?;
    Ok(())
}

/// The sealed basis of the newest scorecard: for the close only.
pub fn latest_basis(
    conn: &mut Conn,
    partnership: PartnershipId,
    instrument: &str,
) -> Result<Option<Basis>, StoreError> {
    let row: Option<String> = scorecard::table
        .filter(scorecard::partnership_id.eq(partnership.to_string()))
        .filter(scorecard::instrument_id.eq(instrument))
        .order((scorecard::closed_at.desc(), scorecard::cycle_id.desc()))
        .select(scorecard::basis)
        .first(conn)
        .optional()?;
    row.map(|text| from_json("a scorecard's basis", &text)).transpose()
}

/// The cycle of the newest scorecard, and when it closed.
pub fn newest(
    conn: &mut Conn,
    partnership: PartnershipId,
    instrument: &str,
) -> Result<Option<(CycleId, DateTime<Utc>)>, StoreError> {
    let found: Option<(CycleId, NaiveDateTime)> = scorecard::table
        .filter(scorecard::partnership_id.eq(partnership.to_string()))
        .filter(scorecard::instrument_id.eq(instrument))
        .order((scorecard::closed_at.desc(), scorecard::cycle_id.desc()))
        .select((scorecard::cycle_id, scorecard::closed_at))
        .first(conn)
        .optional()?;
    Ok(found.map(|(cycle, closed)| (cycle, closed.and_utc())))
}

/// The scorecard of one cycle.
pub fn find(conn: &mut Conn, cycle: CycleId) -> Result<Option<Scorecard>, StoreError> {
    let row: Option<String> =
        scorecard::table.find(cycle.to_string()).select(scorecard::published).get_result(conn).optional()?;
    row.map(|text| from_json("a scorecard", &text)).transpose()
}

/// The scorecards of several cycles.
pub fn find_many(conn: &mut Conn, cycles: &[CycleId]) -> Result<Vec<Scorecard>, StoreError> {
    let ids: Vec<String> = cycles.iter().map(ToString::to_string).collect();
    let rows: Vec<String> =
        scorecard::table.filter(scorecard::cycle_id.eq_any(ids)).select(scorecard::published).load(conn)?;
    rows.iter().map(|text| from_json("a scorecard", text)).collect()
}

/// The last scorecards of a partnership and instrument, oldest first. Costs `last` rows, however long the history.
pub fn last(
    conn: &mut Conn,
    partnership: PartnershipId,
    instrument: &str,
    last: i64,
) -> Result<Vec<Scorecard>, StoreError> {
    let rows: Vec<String> = scorecard::table
        .filter(scorecard::partnership_id.eq(partnership.to_string()))
        .filter(scorecard::instrument_id.eq(instrument))
        .order((scorecard::closed_at.desc(), scorecard::cycle_id.desc()))
        .limit(last)
        .select(scorecard::published)
        .load(conn)?;
    rows.iter().rev().map(|text| from_json("a scorecard", text)).collect()
}

/// Scorecards of a partnership and, if named, of one instrument, newest first; `before` begins after one of them.
pub fn backwards(
    conn: &mut Conn,
    partnership: PartnershipId,
    instrument: Option<&str>,
    before: Option<&Scorecard>,
    limit: i64,
) -> Result<Vec<Scorecard>, StoreError> {
    let mut query = scorecard::table
        .filter(scorecard::partnership_id.eq(partnership.to_string()))
        .select(scorecard::published)
        .into_boxed();
    if let Some(instrument) = instrument {
        query = query.filter(scorecard::instrument_id.eq(instrument.to_owned()));
    }
    if let Some(card) = before {
        let (closed, id) = (at(card.closed_at), card.cycle_id.to_string());
        let earlier = scorecard::closed_at.lt(closed);
        query = query.filter(earlier.or(scorecard::closed_at.eq(closed).and(scorecard::cycle_id.lt(id))));
    }
    let rows: Vec<String> =
        query.order((scorecard::closed_at.desc(), scorecard::cycle_id.desc())).limit(limit).load(conn)?;
    rows.iter().map(|text| from_json("a scorecard", text)).collect()
}

/// The scorecards of several partnerships closed after an instant, oldest first: one query for a whole portfolio.
pub fn since(
    conn: &mut Conn,
    partnerships: &[PartnershipId],
    instrument: &str,
    after: DateTime<Utc>,
) -> Result<Vec<Scorecard>, StoreError> {
    let ids: Vec<String> = partnerships.iter().map(ToString::to_string).collect();
    let rows: Vec<String> = scorecard::table
        .filter(scorecard::partnership_id.eq_any(ids))
        .filter(scorecard::instrument_id.eq(instrument))
        .filter(scorecard::closed_at.gt(at(after)))
        .order((scorecard::closed_at.asc(), scorecard::cycle_id.asc()))
        .select(scorecard::published)
        .load(conn)?;
    rows.iter().map(|text| from_json("a scorecard", text)).collect()
}

/// Every scorecard of a partnership, oldest first, as published. Costs the whole history: for exports.
pub fn all_of(conn: &mut Conn, partnership: PartnershipId) -> Result<Vec<Scorecard>, StoreError> {
    let rows: Vec<String> = scorecard::table
        .filter(scorecard::partnership_id.eq(partnership.to_string()))
        .order((scorecard::closed_at.asc(), scorecard::cycle_id.asc()))
        .select(scorecard::published)
        .load(conn)?;
    rows.iter().map(|text| from_json("a scorecard", text)).collect()
}

/// The same with unrounded figures in representative mode: for the operator's own export, and nothing else.
pub fn all_exact(conn: &mut Conn, partnership: PartnershipId) -> Result<Vec<Scorecard>, StoreError> {
    let rows: Vec<(String, Option<String>)> = scorecard::table
        .filter(scorecard::partnership_id.eq(partnership.to_string()))
        .order((scorecard::closed_at.asc(), scorecard::cycle_id.asc()))
        .select((scorecard::published, scorecard::exact))
        .load(conn)?;
    rows.iter().map(|(text, exact)| from_json("a scorecard", exact.as_ref().unwrap_or(text))).collect()
}

/// Which instruments a partnership has scorecards of.
pub fn instruments_of(conn: &mut Conn, partnership: PartnershipId) -> Result<Vec<String>, StoreError> {
    Ok(scorecard::table
        .filter(scorecard::partnership_id.eq(partnership.to_string()))
        .select(scorecard::instrument_id)
        .distinct()
        .order(scorecard::instrument_id.asc())
        .load(conn)?)
}
