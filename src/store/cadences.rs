//! Cadences: the rule by which cycles come to be.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::conn::Conn;
use super::error::StoreError;
use super::schema::cadence;
use super::types::{Page, at, from_json, to_json};
use crate::domain::cadence::CadenceRule;
use crate::domain::ids::{CadenceId, PartnershipId};
use crate::domain::mode::Mode;

#[derive(Queryable, Selectable)]
#[diesel(table_name = cadence)]
struct Row {
    id: CadenceId,
    partnership_id: PartnershipId,
    instrument_id: String,
    rule: String,
    mode: Mode,
    floor_k: i32,
    active: bool,
    comments: bool,
    keep_months: Option<i32>,
    next_opens_at: Option<NaiveDateTime>,
    created_at: NaiveDateTime,
}

/// A cadence.
#[derive(Clone, Debug)]
pub struct Cadence {
    /// Identifier.
    pub id: CadenceId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// Which instrument; its newest version is used when a cycle opens.
    pub instrument_id: String,
    /// When cycles open and close.
    pub rule: CadenceRule,
    /// Who will see what.
    pub mode: Mode,
    /// The floor k of the mode.
    pub floor_k: u32,
    /// Whether it runs.
    pub active: bool,
    /// Whether its cycles ask for comments.
    pub comments: bool,
    /// How many months comments and anonymous answers of its cycles are kept, where that is shorter than the instance keeps them.
    pub keep_months: Option<u32>,
    /// A hint for the tick: nothing is due before this instant.
    pub next_opens_at: Option<DateTime<Utc>>,
    /// Nothing from before this instant is opened.
    pub created_at: DateTime<Utc>,
}

impl Cadence {
    /// Whether the other is the same cadence with the same content; the hint for the tick is no content.
    pub fn is_unchanged(&self, other: &Self) -> bool {
        let content = |own: &Self| (own.id, own.mode, own.floor_k, own.active, own.comments, own.keep_months);
        content(self) == content(other)
            && self.instrument_id == other.instrument_id
            && self.rule == other.rule
    }
}

impl TryFrom<Row> for Cadence {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            partnership_id: row.partnership_id,
            instrument_id: row.instrument_id,
            rule: from_json("a cadence", &row.rule)?,
            mode: row.mode,
            floor_k: u32::try_from(row.floor_k).map_err(|e| StoreError::unreadable("a floor", e))?,
            active: row.active,
            comments: row.comments,
            keep_months: months(row.keep_months)?,
            next_opens_at: row.next_opens_at.map(|t| t.and_utc()),
            created_at: row.created_at.and_utc(),
        })
    }
}

fn months(stored: Option<i32>) -> Result<Option<u32>, StoreError> {
    stored.map(u32::try_from).transpose().map_err(|e| StoreError::unreadable("a number of months", e))
}

/// What a cadence is made of.
#[derive(Clone, Debug)]
pub struct CadenceDraft {
    /// Which instrument.
    pub instrument_id: String,
    /// When cycles open and close.
    pub rule: CadenceRule,
    /// Who will see what.
    pub mode: Mode,
    /// The floor k.
    pub floor_k: u32,
    /// Whether it runs.
    pub active: bool,
    /// Whether its cycles ask for comments.
    pub comments: bool,
    /// How many months comments and anonymous answers are kept, where that is shorter than the instance keeps them.
    pub keep_months: Option<u32>,
}

/// Makes the cadence of a partnership for an instrument, or changes it. Cycles that are open keep what they opened with.
pub fn put(
    conn: &mut Conn,
    partnership: PartnershipId,
    draft: &CadenceDraft,
    next_opens_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let rule = to_json("a cadence", &draft.rule)?;
    let floor = i32::try_from(draft.floor_k).map_err(|e| StoreError::unreadable("a floor", e))?;
    let values = (
        cadence::rule.eq(rule),
        cadence::mode.eq(draft.mode.as_str()),
        cadence::floor_k.eq(floor),
        cadence::active.eq(draft.active),
        cadence::comments.eq(draft.comments),
        cadence::keep_months.eq(draft.keep_months.and_then(|months| i32::try_from(months).ok())),
        cadence::next_opens_at.eq(at(next_opens_at)),
    );
    let row = cadence::table
        .filter(cadence::partnership_id.eq(partnership.to_string()))
        .filter(cadence::instrument_id.eq(&draft.instrument_id));
    if diesel::update(row).set(values.clone()).execute(conn)? == 0 {
        diesel::insert_into(cadence::table)
            .values((
                cadence::id.eq(CadenceId::mint(now).to_string()),
                cadence::partnership_id.eq(partnership.to_string()),
                cadence::instrument_id.eq(&draft.instrument_id),
                values,
                cadence::created_at.eq(at(now)),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// The cadence with this identifier.
pub fn find(conn: &mut Conn, id: CadenceId) -> Result<Option<Cadence>, StoreError> {
    let row: Option<Row> =
        cadence::table.find(id.to_string()).select(Row::as_select()).get_result(conn).optional()?;
    row.map(Cadence::try_from).transpose()
}

/// Switches a cadence off.
pub fn stop(conn: &mut Conn, id: CadenceId) -> Result<(), StoreError> {
    diesel::update(cadence::table.find(id.to_string())).set(cadence::active.eq(false)).execute(conn)?;
    Ok(())
}

/// The cadences of a partnership.
pub fn of_partnership(conn: &mut Conn, partnership: PartnershipId) -> Result<Vec<Cadence>, StoreError> {
    let rows: Vec<Row> = cadence::table
        .filter(cadence::partnership_id.eq(partnership.to_string()))
        .select(Row::as_select())
        .order(cadence::created_at.asc())
        .load(conn)?;
    rows.into_iter().map(Cadence::try_from).collect()
}

/// The cadences in force of several partnerships.
pub fn active_of(conn: &mut Conn, partnerships: &[PartnershipId]) -> Result<Vec<Cadence>, StoreError> {
    let ids: Vec<String> = partnerships.iter().map(ToString::to_string).collect();
    let rows: Vec<Row> = cadence::table
        .filter(cadence::partnership_id.eq_any(ids))
        .filter(cadence::active.eq(true))
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Cadence::try_from).collect()
}

/// Every cadence that runs: what `schedule next` previews.
pub fn all_active(conn: &mut Conn) -> Result<Vec<Cadence>, StoreError> {
    let rows: Vec<Row> =
        cadence::table.filter(cadence::active.eq(true)).select(Row::as_select()).load(conn)?;
    rows.into_iter().map(Cadence::try_from).collect()
}

/// Cadences that may have something to open, the longest waiting first.
pub fn due(conn: &mut Conn, now: DateTime<Utc>, page: Page) -> Result<Vec<CadenceId>, StoreError> {
    Ok(cadence::table
        .filter(cadence::active.eq(true))
        .filter(cadence::next_opens_at.le(at(now)))
        .select(cadence::id)
        .order((cadence::next_opens_at.asc(), cadence::id.asc()))
        .offset(page.skip)
        .limit(page.limit)
        .load(conn)?)
}

/// The earliest instant after `after` at which a cadence may be due.
pub fn next_due(conn: &mut Conn, after: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError> {
    let next: Option<NaiveDateTime> = cadence::table
        .filter(cadence::active.eq(true))
        .filter(cadence::next_opens_at.gt(at(after)))
        .select(diesel::dsl::min(cadence::next_opens_at))
        .first(conn)?;
    Ok(next.map(|t| t.and_utc()))
}

/// Moves the hint on after the tick has looked.
pub fn set_next(conn: &mut Conn, id: CadenceId, next: DateTime<Utc>) -> Result<(), StoreError> {
    diesel::update(cadence::table.find(id.to_string()))
        .set(cadence::next_opens_at.eq(at(next)))
        .execute(conn)?;
    Ok(())
}

/// Lets the next tick look at the cadences of a partnership that was resumed.
pub fn look_again(conn: &mut Conn, partnership: PartnershipId, now: DateTime<Utc>) -> Result<(), StoreError> {
    diesel::update(cadence::table.filter(cadence::partnership_id.eq(partnership.to_string())))
        .set(cadence::next_opens_at.eq(at(now)))
        .execute(conn)?;
    Ok(())
}
