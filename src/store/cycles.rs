//! Cycles: the database row decides that a round exists, is open or is closed.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::conn::Conn;
use super::either::{hold_row, insert_once};
use super::error::StoreError;
use super::prepared;
use super::schema::{cycle, partnership};
use super::types::{Page, at};
use crate::domain::cycle::{CycleLife, CycleState};
use crate::domain::ids::{CycleId, PartnershipId};
use crate::domain::mode::Mode;

/// A cycle as stored.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = cycle)]
pub struct Cycle {
    /// Identifier.
    pub id: CycleId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// Instrument.
    pub instrument_id: String,
    /// Its version, fixed at the opening.
    pub instrument_version: i32,
    /// The period's key, unique per partnership and instrument.
    pub period: String,
    /// `scheduled`, `ad_hoc` or `historic`.
    pub origin: String,
    /// Mode, fixed at the opening.
    pub mode: Mode,
    /// Floor, fixed at the opening.
    pub floor_k: i32,
    /// Opening instant, UTC.
    pub opens_at: NaiveDateTime,
    /// Closing instant, UTC.
    pub closes_at: NaiveDateTime,
    /// Open, closed, cancelled or skipped.
    pub state: CycleState,
    /// Why it was skipped or cancelled, for people.
    pub reason: Option<String>,
    /// When it was closed, UTC.
    pub closed_at: Option<NaiveDateTime>,
    /// Whether drift starts afresh here.
    pub rebaseline: bool,
    /// Whether comments are asked for, fixed at the opening.
    pub comments: bool,
    /// How many months comments and anonymous answers are kept, where shorter than the instance keeps them; fixed at the opening.
    pub keep_months: Option<i32>,
}

impl Cycle {
    /// The instrument's version as the domain counts it.
    pub fn version(&self) -> u32 {
        u32::try_from(self.instrument_version).unwrap_or_default()
    }

    /// The part that decides what may happen to it.
    pub fn life(&self) -> CycleLife {
        CycleLife {
            state: self.state,
            opens_at: self.opens_at.and_utc(),
            closes_at: self.closes_at.and_utc(),
        }
    }

    /// The floor k as the domain counts it.
    pub fn floor(&self) -> u32 {
        u32::try_from(self.floor_k).unwrap_or_default()
    }
}

/// A cycle to be made.
#[derive(Clone, Debug)]
pub struct NewCycle {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// Instrument and version.
    pub instrument: (String, u32),
    /// The period's key.
    pub period: String,
    /// `scheduled`, `ad_hoc` or `historic`.
    pub origin: &'static str,
    /// Mode and floor.
    pub mode: (Mode, u32),
    /// Opening and closing instants.
    pub window: (DateTime<Utc>, DateTime<Utc>),
    /// Open or skipped.
    pub state: CycleState,
    /// Why it was skipped.
    pub reason: Option<String>,
    /// Whether comments are asked for.
    pub comments: bool,
    /// How many months comments and anonymous answers are kept, where that is shorter than the instance keeps them.
    pub keep_months: Option<u32>,
}

/// Makes the cycle unless its period exists: `None` means that another tick was first.
pub fn insert(conn: &mut Conn, new: &NewCycle, now: DateTime<Utc>) -> Result<Option<CycleId>, StoreError> {
    let id = CycleId::mint(now);
    let number = |n: u32| i32::try_from(n).map_err(|e| StoreError::unreadable("a number", e));
    let (version, floor) = (number(new.instrument.1)?, number(new.mode.1)?);
    let keep_months = new.keep_months.map(number).transpose()?;
    let made = insert_once!(
        conn,
        cycle::table,
        (
            cycle::id.eq(id.to_string()),
            cycle::partnership_id.eq(new.partnership_id.to_string()),
            cycle::instrument_id.eq(&new.instrument.0),
            cycle::instrument_version.eq(version),
            cycle::period.eq(&new.period),
            cycle::origin.eq(new.origin),
            cycle::mode.eq(new.mode.0.as_str()),
            cycle::floor_k.eq(floor),
            cycle::opens_at.eq(at(new.window.0)),
            cycle::closes_at.eq(at(new.window.1)),
            cycle::state.eq(new.state.as_str()),
            cycle::reason.eq(&new.reason),
            cycle::comments.eq(new.comments),
            cycle::keep_months.eq(keep_months),
            cycle::created_at.eq(at(now)),
        )
    )?;
    Ok(made.then_some(id))
}

/// The cycle with this identifier.
pub fn find(conn: &mut Conn, id: CycleId) -> Result<Option<Cycle>, StoreError> {
    Ok(cycle::table.find(id.to_string()).select(Cycle::as_select()).get_result(conn).optional()?)
}

/// The newest cycles of a partnership in every state and of every instrument, the newest first.
pub fn list_of(conn: &mut Conn, partnership: PartnershipId, limit: i64) -> Result<Vec<Cycle>, StoreError> {
    Ok(cycle::table
        .filter(cycle::partnership_id.eq(partnership.to_string()))
        .select(Cycle::as_select())
        .order((cycle::opens_at.desc(), cycle::id.desc()))
        .limit(limit)
        .load(conn)?)
}

/// The open cycles of several partnerships.
pub fn open_of(conn: &mut Conn, partnerships: &[PartnershipId]) -> Result<Vec<Cycle>, StoreError> {
    let ids: Vec<String> = partnerships.iter().map(ToString::to_string).collect();
    Ok(cycle::table
        .filter(cycle::partnership_id.eq_any(ids))
        .filter(cycle::state.eq(CycleState::Open.as_str()))
        .select(Cycle::as_select())
        .load(conn)?)
}

/// The newest scheduled period of a partnership and instrument.
pub fn last_scheduled(
    conn: &mut Conn,
    partnership: PartnershipId,
    instrument: &str,
) -> Result<Option<Cycle>, StoreError> {
    Ok(cycle::table
        .filter(cycle::partnership_id.eq(partnership.to_string()))
        .filter(cycle::instrument_id.eq(instrument))
        .filter(cycle::origin.eq("scheduled"))
        .select(Cycle::as_select())
        .order(cycle::opens_at.desc())
        .first(conn)
        .optional()?)
}

/// Open cycles whose close is due, the earliest first.
pub fn due_to_close(conn: &mut Conn, now: DateTime<Utc>, page: Page) -> Result<Vec<CycleId>, StoreError> {
    Ok(cycle::table
        .filter(cycle::state.eq(CycleState::Open.as_str()))
        .filter(cycle::closes_at.le(at(now)))
        .select(cycle::id)
        .order((cycle::closes_at.asc(), cycle::id.asc()))
        .offset(page.skip)
        .limit(page.limit)
        .load(conn)?)
}

/// The next close of any open cycle after `after`.
pub fn next_close(conn: &mut Conn, after: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError> {
    let next: Option<NaiveDateTime> = cycle::table
        .filter(cycle::state.eq(CycleState::Open.as_str()))
        .filter(cycle::closes_at.gt(at(after)))
        .select(diesel::dsl::min(cycle::closes_at))
        .first(conn)?;
    Ok(next.map(|t| t.and_utc()))
}

/// Closes an open cycle: `false` when another tick was first or it is not open.
pub fn close(conn: &mut Conn, id: CycleId, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let open = cycle::id.eq(id.to_string()).and(cycle::state.eq(CycleState::Open.as_str()));
    let closed = (cycle::state.eq(CycleState::Closed.as_str()), cycle::closed_at.eq(at(now)));
    Ok(prepared::update(cycle::table, open, closed).run(conn)? == 1)
}

/// Cancels the open cycles of a partnership; gives those that were cancelled, whose links and notices are to be ended.
pub fn cancel_open(
    conn: &mut Conn,
    partnership: PartnershipId,
    reason: &str,
) -> Result<Vec<CycleId>, StoreError> {
    let open = open_of(conn, &[partnership])?;
    for cycle in &open {
        let still_open = cycle::table
            .filter(cycle::id.eq(cycle.id.to_string()))
            .filter(cycle::state.eq(CycleState::Open.as_str()));
        diesel::update(still_open)
            .set((cycle::state.eq(CycleState::Cancelled.as_str()), cycle::reason.eq(reason)))
            .execute(conn)?;
    }
    Ok(open.into_iter().map(|cycle| cycle.id).collect())
}

/// Names of the partnerships of open cycles, for the list of what runs.
pub fn open_with_names(conn: &mut Conn) -> Result<Vec<(Cycle, String)>, StoreError> {
    Ok(cycle::table
        .inner_join(partnership::table.on(partnership::id.eq(cycle::partnership_id)))
        .filter(cycle::state.eq(CycleState::Open.as_str()))
        .select((Cycle::as_select(), partnership::name))
        .order((cycle::closes_at.asc(), cycle::id.asc()))
        .load(conn)?)
}

/// Calls one open cycle off; `false` when it is not open any more.
pub fn cancel(conn: &mut Conn, id: CycleId, reason: &str) -> Result<bool, StoreError> {
    let open =
        cycle::table.filter(cycle::id.eq(id.to_string())).filter(cycle::state.eq(CycleState::Open.as_str()));
    let changed = diesel::update(open)
        .set((cycle::state.eq(CycleState::Cancelled.as_str()), cycle::reason.eq(reason)))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Moves the close of an open cycle; `false` when it ended or was moved meanwhile.
pub fn extend(
    conn: &mut Conn,
    id: CycleId,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let open = cycle::table
        .filter(cycle::id.eq(id.to_string()))
        .filter(cycle::state.eq(CycleState::Open.as_str()))
        .filter(cycle::closes_at.eq(at(from)));
    Ok(diesel::update(open).set(cycle::closes_at.eq(at(to))).execute(conn)? == 1)
}

/// Whether a period of an instrument has a cycle already.
pub fn period_exists(
    conn: &mut Conn,
    partnership: PartnershipId,
    instrument: &str,
    period: &str,
) -> Result<bool, StoreError> {
    let found: i64 = cycle::table
        .filter(cycle::partnership_id.eq(partnership.to_string()))
        .filter(cycle::instrument_id.eq(instrument))
        .filter(cycle::period.eq(period))
        .count()
        .get_result(conn)?;
    Ok(found > 0)
}

/// A page of the cycles of a partnership, the newest first, after an identifier.
pub fn page_of(
    conn: &mut Conn,
    partnership: PartnershipId,
    after: Option<CycleId>,
    limit: i64,
) -> Result<Vec<Cycle>, StoreError> {
    let mut query = cycle::table
        .filter(cycle::partnership_id.eq(partnership.to_string()))
        .select(Cycle::as_select())
        .into_boxed();
    if let Some(last) = after.map(|id| find(conn, id)).transpose()?.flatten() {
        let earlier = cycle::opens_at.lt(last.opens_at);
        let beside = cycle::opens_at.eq(last.opens_at).and(cycle::id.lt(last.id.to_string()));
        query = query.filter(earlier.or(beside));
    }
    Ok(query.order((cycle::opens_at.desc(), cycle::id.desc())).limit(limit).load(conn)?)
}

/// Holds the row of a cycle until the end of this transaction.
pub fn hold(conn: &mut Conn, id: CycleId) -> Result<(), StoreError> {
    hold_row!(conn, cycle, id)
}
