//! Reviews: one row per closed live cycle and per newest imported one that left flags open, the confirmations of its sides, and what answers the flags.
//!
//! Law: a review is opened in the transaction that closes its cycle, and that overtakes the one before of the same
//! instrument. A state changes only from `open`, and one row count says who changed it.

mod acceptances;
mod actions;
mod discussions;
mod given;

pub use acceptances::{Acceptance, NewAcceptance, Signature, about as acceptances_about};
pub use acceptances::{find as find_acceptance, flags_of as flags_of_acceptance};
pub use acceptances::{insert as insert_acceptance, sign, signatures};
pub use actions::{Action, ActionChange, Filter as ActionFilter, NewAction, about as actions_about};
pub use actions::{
    due_until as actions_due, in_partnership as actions_of, reached as reached_actions,
    update as update_action,
};
pub use actions::{find as find_action, flags_of as flags_of_actions, insert as insert_action};
pub use discussions::insert as insert_discussion;
pub use discussions::{Discussion, NewDiscussion, about as discussions_about};
pub use given::given;

pub(super) use acceptances::clear_texts as clear_acceptances;
pub(super) use actions::{clear_texts as clear_actions, give_up_owner};
pub(super) use discussions::clear_texts as clear_discussions;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::conn::Conn;
use super::either::insert_once;
use super::error::StoreError;
use super::history::HISTORIC;
use super::schema::{
    acceptance, acceptance_flag, acceptance_signature, action, action_flag, cycle, discussion,
    discussion_flag, review, review_confirmation,
};
use super::types::{Page, at};
use crate::domain::ids::{CycleId, PartnershipId, SideId};
use crate::domain::review::{ReviewState, SILENCE};
use crate::store::prepared;

/// The review of one check.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = review)]
pub struct Review {
    /// The cycle.
    pub cycle_id: CycleId,
    /// The day until which it should be held, in the partnership's zone.
    pub due_on: NaiveDate,
    /// Where it stands.
    pub state: ReviewState,
    /// When it closed, UTC.
    pub closed_at: Option<NaiveDateTime>,
}

/// A side's confirmation.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = review_confirmation)]
pub struct Confirmation {
    /// The side.
    pub side_id: SideId,
    /// Who confirmed for it, as the audit log names it.
    pub confirmed_by: String,
    /// When, UTC.
    pub confirmed_at: NaiveDateTime,
}

/// Opens the review of a cycle that closes; those before of the same partnership and instrument are overtaken.
pub fn open(
    conn: &mut Conn,
    id: CycleId,
    (partnership, instrument): (PartnershipId, &str),
    due_on: NaiveDate,
) -> Result<(), StoreError> {
    let before = cycle::table
        .filter(cycle::partnership_id.eq(partnership.to_string()))
        .filter(cycle::instrument_id.eq(instrument))
        .select(cycle::id);
    let overtaken = review::cycle_id.eq_any(before).and(review::state.eq(ReviewState::Open.as_str()));
    prepared::update(review::table, overtaken, review::state.eq(ReviewState::Overtaken.as_str()))
        .run(conn)?;
    diesel::insert_into(review::table)
        .values((
            review::cycle_id.eq(id.to_string()),
            review::due_on.eq(due_on),
            review::state.eq(ReviewState::Open.as_str()),
        ))
        .execute(conn)?;
    Ok(())
}

/// The review of a cycle; none of one that is not closed, and of a past one that was imported.
pub fn find(conn: &mut Conn, id: CycleId) -> Result<Option<Review>, StoreError> {
    Ok(review::table.find(id.to_string()).select(Review::as_select()).get_result(conn).optional()?)
}

/// The reviews of a partnership that are to be held or are closed, each of the newest check of its instrument.
pub fn open_of(conn: &mut Conn, partnership: PartnershipId) -> Result<Vec<Review>, StoreError> {
    let later = diesel::alias!(cycle as later);
    let how_many_later = later
        .filter(later.field(cycle::partnership_id).eq(cycle::partnership_id))
        .filter(later.field(cycle::instrument_id).eq(cycle::instrument_id))
        .filter(later.field(cycle::closed_at).gt(cycle::closed_at))
        .count();
    Ok(review::table
        .inner_join(cycle::table.on(cycle::id.eq(review::cycle_id)))
        .filter(cycle::partnership_id.eq(partnership.to_string()))
        .filter(how_many_later.single_value().eq(0))
        .select(Review::as_select())
        .order(review::cycle_id.asc())
        .load(conn)?)
}

/// Who has confirmed, in the order in which they did.
pub fn confirmations(conn: &mut Conn, id: CycleId) -> Result<Vec<Confirmation>, StoreError> {
    Ok(review_confirmation::table
        .filter(review_confirmation::cycle_id.eq(id.to_string()))
        .select(Confirmation::as_select())
        .order((review_confirmation::confirmed_at.asc(), review_confirmation::side_id.asc()))
        .load(conn)?)
}

/// Writes down that a side confirms; `false` when it has.
pub fn confirm(
    conn: &mut Conn,
    id: CycleId,
    side: SideId,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    insert_once!(
        conn,
        review_confirmation::table,
        (
            review_confirmation::cycle_id.eq(id.to_string()),
            review_confirmation::side_id.eq(side.to_string()),
            review_confirmation::confirmed_by.eq(actor),
            review_confirmation::confirmed_at.eq(at(now)),
        )
    )
}

/// Closes an open review; `false` when it was not open any more.
pub fn close(conn: &mut Conn, id: CycleId, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let open = review::table
        .filter(review::cycle_id.eq(id.to_string()))
        .filter(review::state.eq(ReviewState::Open.as_str()));
    let changed = diesel::update(open)
        .set((review::state.eq(ReviewState::Closed.as_str()), review::closed_at.eq(at(now))))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Open reviews that some side confirmed [`SILENCE`] ago or earlier, the oldest first.
pub fn silent_since(conn: &mut Conn, now: DateTime<Utc>, page: Page) -> Result<Vec<CycleId>, StoreError> {
    let confirmed = review_confirmation::table
        .filter(review_confirmation::confirmed_at.le(at(now - SILENCE)))
        .select(review_confirmation::cycle_id);
    Ok(review::table
        .filter(review::state.eq(ReviewState::Open.as_str()))
        .filter(review::cycle_id.eq_any(confirmed))
        .select(review::cycle_id)
        .order(review::cycle_id.asc())
        .offset(page.skip)
        .limit(page.limit)
        .load(conn)?)
}

/// Open reviews of checks that closed after an instant, with their partnership and that close, the oldest first.
pub fn waiting_since(
    conn: &mut Conn,
    after: DateTime<Utc>,
) -> Result<Vec<(CycleId, PartnershipId, DateTime<Utc>)>, StoreError> {
    let rows: Vec<(CycleId, PartnershipId, NaiveDateTime)> = review::table
        .inner_join(cycle::table.on(cycle::id.eq(review::cycle_id)))
        .filter(review::state.eq(ReviewState::Open.as_str()))
        .filter(cycle::closed_at.gt(at(after)))
        .filter(cycle::origin.ne(HISTORIC))
        .select((cycle::id, cycle::partnership_id, cycle::closed_at.assume_not_null()))
        .order((cycle::closed_at.asc(), cycle::id.asc()))
        .load(conn)?;
    Ok(rows.into_iter().map(|(cycle, partnership, closed)| (cycle, partnership, closed.and_utc())).collect())
}

/// When the next open review closes by the silence of a side.
pub fn next_silence(conn: &mut Conn, after: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError> {
    let next: Option<NaiveDateTime> = review_confirmation::table
        .inner_join(review::table.on(review::cycle_id.eq(review_confirmation::cycle_id)))
        .filter(review::state.eq(ReviewState::Open.as_str()))
        .filter(review_confirmation::confirmed_at.gt(at(after - SILENCE)))
        .select(diesel::dsl::min(review_confirmation::confirmed_at))
        .first(conn)?;
    Ok(next.map(|first| first.and_utc() + SILENCE))
}

/// Removes everything about the reviews of a partnership that is removed, before its flags and cycles.
pub(super) fn remove_of(conn: &mut Conn, partnership: &str) -> Result<(), StoreError> {
    macro_rules! remove {
        ($table:ident, $($part:ident by $key:ident),+) => {{
            let own = || $table::table.filter($table::partnership_id.eq(partnership)).select($table::id);
            $(diesel::delete($part::table.filter($part::$key.eq_any(own()))).execute(conn)?;)+
            diesel::delete($table::table.filter($table::partnership_id.eq(partnership))).execute(conn)?;
        }};
    }
    remove!(discussion, discussion_flag by discussion_id);
    remove!(action, action_flag by action_id);
    remove!(acceptance, acceptance_flag by acceptance_id, acceptance_signature by acceptance_id);
    let cycles = || cycle::table.filter(cycle::partnership_id.eq(partnership)).select(cycle::id);
    let confirmed = review_confirmation::table.filter(review_confirmation::cycle_id.eq_any(cycles()));
    diesel::delete(confirmed).execute(conn)?;
    diesel::delete(review::table.filter(review::cycle_id.eq_any(cycles()))).execute(conn)?;
    Ok(())
}
