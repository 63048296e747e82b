//! Closed cycles with their answers, as the drift test reads them at the next close.
//!
//! It reads no more than the test looks back on: the last cycles whole, and of earlier ones only the responses of people
//! whose last answer is not among those.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use serde::Deserialize;

use super::conn::Conn;
use super::error::StoreError;
use super::schema::scorecard;
use super::types::from_json;
use super::{instruments, responses, retention};
use crate::domain::close::{ClosedCycle, Respondent, Response};
use crate::domain::ids::{CycleId, PartnershipId, SideId};
use crate::domain::instrument::Instrument;

/// What of a scorecard says how its cycle was asked.
#[derive(Deserialize)]
struct Asked {
    sides_shown: bool,
    #[serde(default)]
    overall_is_mean: bool,
    indicators: Vec<AskedIndicator>,
}

#[derive(Deserialize)]
struct AskedIndicator {
    id: String,
}

/// The last closed cycles of a partnership and instrument, oldest first.
pub fn last(
    conn: &mut Conn,
    partnership: PartnershipId,
    instrument: &str,
    count: u32,
) -> Result<Vec<ClosedCycle>, StoreError> {
    if count == 0 {
        return Ok(Vec::new());
    }
    let ids: Vec<CycleId> = of(partnership, instrument)
        .order((scorecard::closed_at.desc(), scorecard::cycle_id.desc()))
        .limit(i64::from(count))
        .select(scorecard::cycle_id)
        .load(conn)?;
    let answers = responses::of_cycles(conn, &ids)?;
    whole(conn, instrument, &ids, answers)
}

/// What some people answered in the cycles before the last `count`, oldest first; nothing else of those cycles.
pub fn before(
    conn: &mut Conn,
    (partnership, instrument): (PartnershipId, &str),
    count: u32,
    people: &[(SideId, Respondent)],
) -> Result<Vec<ClosedCycle>, StoreError> {
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<CycleId> = of(partnership, instrument)
        .order((scorecard::closed_at.desc(), scorecard::cycle_id.desc()))
        .offset(i64::from(count))
        .limit(i64::MAX)
        .select(scorecard::cycle_id)
        .load(conn)?;
    let mut answers = responses::of_people(conn, &ids, people)?;
    answers.retain(|_, own| !own.is_empty());
    let ids: Vec<CycleId> = ids.into_iter().filter(|id| answers.contains_key(id)).collect();
    whole(conn, instrument, &ids, answers)
}

/// One closed cycle with its answers; `None` when it has no scorecard.
pub(super) fn one(conn: &mut Conn, id: CycleId) -> Result<Option<ClosedCycle>, StoreError> {
    let instrument: Option<String> =
        scorecard::table.find(id.to_string()).select(scorecard::instrument_id).get_result(conn).optional()?;
    let Some(instrument) = instrument else { return Ok(None) };
    let answers = responses::of_cycles(conn, &[id])?;
    Ok(whole(conn, &instrument, &[id], answers)?.pop())
}

#[diesel::dsl::auto_type(no_type_alias)]
fn of<'a>(partnership: PartnershipId, instrument: &'a str) -> _ {
    let key: String = partnership.to_string();
    scorecard::table.filter(scorecard::partnership_id.eq(key)).filter(scorecard::instrument_id.eq(instrument))
}

/// The cycles with these identifiers, which come newest first.
fn whole(
    conn: &mut Conn,
    instrument: &str,
    ids: &[CycleId],
    mut answers: BTreeMap<CycleId, Vec<Response>>,
) -> Result<Vec<ClosedCycle>, StoreError> {
    let keys: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let rows: Vec<(CycleId, i32, String, String)> = scorecard::table
        .filter(scorecard::cycle_id.eq_any(keys))
        .select((scorecard::cycle_id, scorecard::instrument_version, scorecard::period, scorecard::published))
        .load(conn)?;
    let mut sums = retention::sums(conn, ids)?;
    let mut versions: BTreeMap<i32, Instrument> = BTreeMap::new();
    let mut found = BTreeMap::new();
    for (id, version, period, published) in rows {
        let asked: Asked = from_json("a scorecard", &published)?;
        if let std::collections::btree_map::Entry::Vacant(free) = versions.entry(version) {
            let gone = || StoreError::unreadable("a cycle", "its instrument is gone");
            let number = u32::try_from(version).map_err(|e| StoreError::unreadable("a version", e))?;
            free.insert(instruments::find(conn, instrument, number)?.ok_or_else(gone)?);
        }
        let mut instrument = versions[&version].clone();
        let ids: BTreeSet<&String> = asked.indicators.iter().map(|own| &own.id).collect();
        instrument.indicators.retain(|own| ids.contains(&own.id));
        let responses = answers.remove(&id).unwrap_or_default();
        let sums = sums.remove(&id).unwrap_or_default();
        let Asked { sides_shown, overall_is_mean, .. } = asked;
        found.insert(id, ClosedCycle { period, instrument, sides_shown, overall_is_mean, responses, sums });
    }
    Ok(ids.iter().rev().filter_map(|id| found.remove(id)).collect())
}
