//! Flags: one row per indicator and episode. The unique `open_key` makes a second open episode impossible.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::conn::Conn;
use super::error::StoreError;
use super::prepared;
use super::schema::{flag, side};
use super::types::{at, from_json, to_json};
use crate::domain::access_token::Binding;
use crate::domain::flags::{FlagState, FlagSubject, OpenFlag, Reason, Severity};
use crate::domain::ids::{CycleId, FlagId, PartnershipId};
use crate::domain::publication::CardFlag;

#[derive(Queryable, Selectable)]
#[diesel(table_name = flag)]
struct Row {
    id: FlagId,
    partnership_id: PartnershipId,
    instrument_id: String,
    subject: String,
    reasons: String,
    severity: Severity,
    state: FlagState,
    raised_cycle_id: CycleId,
    raised_at: NaiveDateTime,
    last_cycle_id: CycleId,
    unmeasured: bool,
    cleared_at: Option<NaiveDateTime>,
    debt_from: Option<NaiveDateTime>,
    answered_at: Option<NaiveDateTime>,
}

/// A flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// Identifier.
    pub id: FlagId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The instrument whose history it belongs to.
    pub instrument_id: String,
    /// What it is about.
    pub subject: FlagSubject,
    /// Why it stands.
    pub reasons: Vec<Reason>,
    /// Act or discuss.
    pub severity: Severity,
    /// Raised, held or cleared.
    pub state: FlagState,
    /// The cycle that raised it.
    pub raised_cycle_id: CycleId,
    /// When it was raised.
    pub raised_at: DateTime<Utc>,
    /// The cycle that last raised, held or cleared it.
    pub last_cycle_id: CycleId,
    /// Held because the last cycle could not measure it.
    pub unmeasured: bool,
    /// When it was cleared.
    pub cleared_at: Option<DateTime<Utc>>,
    /// Where its debt counts from, when that is not the raising: a flag of an imported cycle counts from the import.
    pub debt_from: Option<DateTime<Utc>>,
    /// When it first had a valid answer; it stays, whatever becomes of the answer.
    pub answered_at: Option<DateTime<Utc>>,
}

impl Flag {
    /// Whole days from the raising to the first valid answer; a flag of an imported check counts from the import.
    pub fn days_to_answer(&self) -> Option<i64> {
        self.days_until(self.answered_at)
    }

    /// Whole days from the raising until it was cleared.
    pub fn days_to_clear(&self) -> Option<i64> {
        self.days_until(self.cleared_at)
    }

    fn days_until(&self, end: Option<DateTime<Utc>>) -> Option<i64> {
        let from = self.debt_from.map_or(self.raised_at, |from| from.max(self.raised_at));
        end.map(|end| (end - from).num_days().max(0))
    }
}

impl TryFrom<Row> for Flag {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            partnership_id: row.partnership_id,
            instrument_id: row.instrument_id,
            subject: row.subject.parse().map_err(|e| StoreError::unreadable("a flag's subject", e))?,
            reasons: from_json("a flag's reasons", &row.reasons)?,
            severity: row.severity,
            state: row.state,
            raised_cycle_id: row.raised_cycle_id,
            raised_at: row.raised_at.and_utc(),
            last_cycle_id: row.last_cycle_id,
            unmeasured: row.unmeasured,
            cleared_at: row.cleared_at.map(|t| t.and_utc()),
            debt_from: row.debt_from.map(|t| t.and_utc()),
            answered_at: row.answered_at.map(|t| t.and_utc()),
        })
    }
}

/// The episodes that are open.
pub fn open(
    conn: &mut Conn,
    partnership: PartnershipId,
    instrument: &str,
) -> Result<Vec<OpenFlag>, StoreError> {
    let rows: Vec<Row> = flag::table
        .filter(flag::partnership_id.eq(partnership.to_string()))
        .filter(flag::instrument_id.eq(instrument))
        .filter(flag::open_key.is_not_null())
        .select(Row::as_select())
        .order(flag::id.asc())
        .load(conn)?;
    rows.into_iter()
        .map(|row| {
            let flag = Flag::try_from(row)?;
            Ok(OpenFlag {
                id: flag.id,
                subject: flag.subject,
                reasons: flag.reasons,
                severity: flag.severity,
            })
        })
        .collect()
}

/// These flags, whoever asks; one that is not there is left out.
pub fn find_many(conn: &mut Conn, ids: &[FlagId]) -> Result<Vec<Flag>, StoreError> {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let rows: Vec<Row> =
        flag::table.filter(flag::id.eq_any(ids)).select(Row::as_select()).order(flag::id.asc()).load(conn)?;
    rows.into_iter().map(Flag::try_from).collect()
}

/// The open flags of several partnerships: one query for a whole portfolio.
pub fn open_of(conn: &mut Conn, partnerships: &[PartnershipId]) -> Result<Vec<Flag>, StoreError> {
    let ids: Vec<String> = partnerships.iter().map(ToString::to_string).collect();
    let rows: Vec<Row> = flag::table
        .filter(flag::partnership_id.eq_any(ids))
        .filter(flag::open_key.is_not_null())
        .select(Row::as_select())
        .order(flag::id.asc())
        .load(conn)?;
    rows.into_iter().map(Flag::try_from).collect()
}

/// A page of the flags that a token reaches, in the order of their identifiers; `open` is whether open or cleared ones.
pub fn reached(
    conn: &mut Conn,
    binding: Binding,
    open: Option<bool>,
    after: Option<FlagId>,
    limit: i64,
) -> Result<Vec<Flag>, StoreError> {
    let mut query = flag::table.select(Row::as_select()).into_boxed();
    query = match open {
        Some(true) => query.filter(flag::open_key.is_not_null()),
        Some(false) => query.filter(flag::open_key.is_null()),
        None => query,
    };
    if let Some(after) = after {
        query = query.filter(flag::id.gt(after.to_string()));
    }
    query = match binding {
        Binding::Instance => query,
        Binding::Partnership(id) => query.filter(flag::partnership_id.eq(id.to_string())),
        Binding::Organisation(id) => query.filter(flag::partnership_id.eq_any(
            side::table.filter(side::organisation_id.eq(id.to_string())).select(side::partnership_id),
        )),
        Binding::Side(id) => query.filter(
            flag::partnership_id.eq_any(
                side::table
                    .filter(side::id.eq(id.to_string()).or(side::view_of.eq(id.to_string())))
                    .select(side::partnership_id),
            ),
        ),
    };
    let rows: Vec<Row> = query.order(flag::id.asc()).limit(limit).load(conn)?;
    rows.into_iter().map(Flag::try_from).collect()
}

/// The flags that a cycle cleared.
pub fn cleared_by(conn: &mut Conn, cycle: CycleId) -> Result<Vec<Flag>, StoreError> {
    let rows: Vec<Row> = flag::table
        .filter(flag::last_cycle_id.eq(cycle.to_string()))
        .filter(flag::state.eq(FlagState::Cleared.as_str()))
        .select(Row::as_select())
        .order(flag::id.asc())
        .load(conn)?;
    rows.into_iter().map(Flag::try_from).collect()
}

/// The newest flags of a partnership, open ones first.
pub fn history(conn: &mut Conn, partnership: PartnershipId, limit: i64) -> Result<Vec<Flag>, StoreError> {
    let rows: Vec<Row> = flag::table
        .filter(flag::partnership_id.eq(partnership.to_string()))
        .select(Row::as_select())
        .order((flag::open_key.is_null().asc(), flag::raised_at.desc(), flag::id.asc()))
        .limit(limit)
        .load(conn)?;
    rows.into_iter().map(Flag::try_from).collect()
}

/// Where a change of a flag comes from.
#[derive(Clone, Copy, Debug)]
pub struct Cause<'a> {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The instrument.
    pub instrument_id: &'a str,
    /// The cycle that closed.
    pub cycle_id: CycleId,
    /// When it closed.
    pub at: DateTime<Utc>,
}

/// Writes what a scorecard does to one flag.
///
/// # Errors
/// Conflict when it raises a second episode on a subject while one is open.
pub fn record(conn: &mut Conn, cause: Cause<'_>, change: &CardFlag) -> Result<(), StoreError> {
    match (change.state, change.severity) {
        (FlagState::Raised, Some(severity)) => raise(conn, cause, change, severity),
        (FlagState::Held, Some(severity)) => hold(conn, cause, change, severity),
        (FlagState::Cleared, _) => clear(conn, cause, change.id),
        (FlagState::Raised | FlagState::Held, None) => {
            Err(StoreError::unreadable("a flag", "it stands without severity"))
        }
    }
}

/// What makes a second open episode impossible.
pub(super) fn open_key(partnership: PartnershipId, instrument: &str, subject: &FlagSubject) -> String {
    format!("{partnership}:{instrument}:{subject}")
}

fn raise(conn: &mut Conn, cause: Cause<'_>, change: &CardFlag, severity: Severity) -> Result<(), StoreError> {
    diesel::insert_into(flag::table)
        .values((
            flag::id.eq(change.id.to_string()),
            flag::partnership_id.eq(cause.partnership_id.to_string()),
            flag::instrument_id.eq(cause.instrument_id),
            flag::subject.eq(change.subject.to_string()),
            flag::reasons.eq(to_json("reasons", &change.reasons)?),
            flag::severity.eq(severity.as_str()),
            flag::state.eq(FlagState::Raised.as_str()),
            flag::open_key.eq(open_key(cause.partnership_id, cause.instrument_id, &change.subject)),
            flag::raised_cycle_id.eq(cause.cycle_id.to_string()),
            flag::raised_at.eq(at(cause.at)),
            flag::last_cycle_id.eq(cause.cycle_id.to_string()),
        ))
        .execute(conn)?;
    Ok(())
}

fn hold(conn: &mut Conn, cause: Cause<'_>, change: &CardFlag, severity: Severity) -> Result<(), StoreError> {
    let held = (
        flag::reasons.eq(to_json("reasons", &change.reasons)?),
        flag::severity.eq(severity.as_str()),
        flag::state.eq(FlagState::Held.as_str()),
        flag::last_cycle_id.eq(cause.cycle_id.to_string()),
        flag::unmeasured.eq(change.unmeasured),
    );
    prepared::update(flag::table, flag::id.eq(change.id.to_string()), held).run(conn)?;
    Ok(())
}

/// Notes when a flag first had a valid answer; what was noted before stays.
pub fn mark_answered(conn: &mut Conn, id: FlagId, now: DateTime<Utc>) -> Result<(), StoreError> {
    let unanswered = flag::table.filter(flag::id.eq(id.to_string())).filter(flag::answered_at.is_null());
    diesel::update(unanswered).set(flag::answered_at.eq(at(now))).execute(conn)?;
    Ok(())
}

fn clear(conn: &mut Conn, cause: Cause<'_>, id: FlagId) -> Result<(), StoreError> {
    let cleared = (
        flag::state.eq(FlagState::Cleared.as_str()),
        flag::open_key.eq(None::<String>),
        flag::last_cycle_id.eq(cause.cycle_id.to_string()),
        flag::unmeasured.eq(false),
        flag::cleared_at.eq(at(cause.at)),
    );
    prepared::update(flag::table, flag::id.eq(id.to_string()), cleared).run(conn)?;
    Ok(())
}
