//! Notices: what somebody must be told, at most once for each natural key.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use crate::domain::ids::{CycleId, LetterId, NoticeId, PersonId};
use crate::store::conn::Conn;
use crate::store::either::insert_once;
use crate::store::error::StoreError;
use crate::store::literal::literal;
use crate::store::members::AT_ONCE;
use crate::store::prepared;
use crate::store::schema::notice;
use crate::store::types::{Page, at};

literal! {
    /// The notices in `notice_due`: it is written when one begins or ends to wait, and never after.
    Waits on notice::table: "notice.state = 'waiting'"
}

/// What tells respondents of a cycle, or their managers of links to hand out.
const SURVEY: [&str; 4] = ["invite", "remind", "handout", "handout_remind"];

/// A notice as stored.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = notice)]
pub struct Notice {
    /// Identifier.
    pub id: NoticeId,
    /// What it tells, as the composer of letters knows it: `invite`, `remind`, `result`, `review`, `agreed`, `login`…
    pub kind: String,
    /// Who is told.
    pub person_id: PersonId,
    /// The cycle it is about.
    pub cycle_id: Option<CycleId>,
    /// The invitation or sign-in request it is about, or the reminder's number.
    pub reference: String,
    /// When it may be told, UTC.
    pub due_at: NaiveDateTime,
    /// When telling it makes no sense any more, UTC.
    pub not_after: NaiveDateTime,
}

/// A notice to be written.
#[derive(Clone, Debug)]
pub struct NewNotice {
    /// Unique for the fact and the person.
    pub natural_key: String,
    /// What it tells, as the composer of letters knows it: `invite`, `remind`, `result`, `review`, `agreed`, `login`…
    pub kind: &'static str,
    /// Who is told.
    pub person_id: PersonId,
    /// The cycle it is about.
    pub cycle_id: Option<CycleId>,
    /// What else it is about.
    pub reference: String,
    /// When it may be told.
    pub due_at: DateTime<Utc>,
    /// When telling it makes no sense any more.
    pub not_after: DateTime<Utc>,
}

/// Writes a notice once; `false` when it was written before.
pub fn insert(conn: &mut Conn, new: &NewNotice, now: DateTime<Utc>) -> Result<bool, StoreError> {
    insert_once!(
        conn,
        notice::table,
        (
            notice::id.eq(NoticeId::mint(now).to_string()),
            notice::natural_key.eq(&new.natural_key),
            notice::kind.eq(new.kind),
            notice::person_id.eq(new.person_id.to_string()),
            notice::cycle_id.eq(new.cycle_id.map(|c| c.to_string())),
            notice::reference.eq(&new.reference),
            notice::state.eq("waiting"),
            notice::due_at.eq(at(new.due_at)),
            notice::not_after.eq(at(new.not_after)),
            notice::created_at.eq(at(now)),
        )
    )
}

/// Those of these natural keys that have a notice.
pub fn known(conn: &mut Conn, keys: &[String]) -> Result<BTreeSet<String>, StoreError> {
    let mut found = BTreeSet::new();
    for some in keys.chunks(AT_ONCE) {
        let some: Vec<String> =
            notice::table.filter(notice::natural_key.eq_any(some)).select(notice::natural_key).load(conn)?;
        found.extend(some);
    }
    Ok(found)
}

/// A page of the people who have due notices of the given kinds, the longest waiting first.
pub fn people_due(
    conn: &mut Conn,
    kinds: &[&str],
    now: DateTime<Utc>,
    page: Page,
) -> Result<Vec<PersonId>, StoreError> {
    let rows: Vec<(PersonId, Option<NaiveDateTime>)> = notice::table
        .filter(Waits)
        .filter(notice::kind.eq_any(kinds))
        .filter(notice::due_at.le(at(now)))
        .group_by(notice::person_id)
        .select((notice::person_id, diesel::dsl::min(notice::due_at)))
        .order((diesel::dsl::min(notice::due_at).asc(), notice::person_id.asc()))
        .offset(page.skip)
        .limit(page.limit)
        .load(conn)?;
    Ok(rows.into_iter().map(|(person, _)| person).collect())
}

/// A person's due notices of the given kinds.
pub fn due_for(
    conn: &mut Conn,
    person: PersonId,
    kinds: &[&str],
    now: DateTime<Utc>,
) -> Result<Vec<Notice>, StoreError> {
    Ok(notice::table
        // As an expression, so that nobody begins with all that wait: what is for this person is less.
        .filter(notice::state.concat("").eq("waiting"))
        .filter(notice::person_id.eq(person.to_string()))
        .filter(notice::kind.eq_any(kinds))
        .filter(notice::due_at.le(at(now)))
        .select(Notice::as_select())
        .order((notice::due_at.asc(), notice::id.asc()))
        .load(conn)?)
}

/// The next instant after `after` at which a notice becomes due.
pub fn next_due(conn: &mut Conn, after: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError> {
    let next: Option<NaiveDateTime> = notice::table
        .filter(Waits)
        .filter(notice::due_at.gt(at(after)))
        .select(diesel::dsl::min(notice::due_at))
        .first(conn)?;
    Ok(next.map(|t| t.and_utc()))
}

/// Lets notices that still wait do so until another instant.
pub fn postpone(conn: &mut Conn, ids: &[NoticeId], until: DateTime<Utc>) -> Result<(), StoreError> {
    let waiting = notice::table.filter(notice::id.eq_any(texts(ids))).filter(notice::state.eq("waiting"));
    diesel::update(waiting).set(notice::due_at.eq(at(until))).execute(conn)?;
    Ok(())
}

/// Drops waiting notices whose fact is no longer worth telling. One that another composer put into a letter meanwhile
/// stays there.
pub fn drop_moot(conn: &mut Conn, ids: &[NoticeId]) -> Result<(), StoreError> {
    let waiting = notice::table.filter(notice::id.eq_any(texts(ids))).filter(notice::state.eq("waiting"));
    diesel::update(waiting).set(notice::state.eq("dropped")).execute(conn)?;
    Ok(())
}

/// Puts notices into a letter. Fewer rows than asked for means that another composer was first.
pub fn put_into(conn: &mut Conn, ids: &[NoticeId], letter: LetterId) -> Result<usize, StoreError> {
    let waiting = notice::table.filter(notice::id.eq_any(texts(ids))).filter(notice::state.eq("waiting"));
    Ok(diesel::update(waiting)
        .set((notice::state.eq("in_letter"), notice::letter_id.eq(letter.to_string())))
        .execute(conn)?)
}

/// Lets the notices of a letter that never left wait again, as far as they are still worth telling.
pub fn release(conn: &mut Conn, letter: LetterId, now: DateTime<Utc>) -> Result<(), StoreError> {
    let carried = notice::table
        .filter(notice::letter_id.eq(letter.to_string()))
        .filter(notice::state.eq("in_letter"))
        .filter(notice::not_after.gt(at(now)));
    diesel::update(carried)
        .set((notice::state.eq("waiting"), notice::letter_id.eq(None::<String>)))
        .execute(conn)?;
    Ok(())
}

/// Drops the waiting reminders of a cycle: for one person who sent, or for all when it ended.
pub fn drop_surveys(conn: &mut Conn, cycle: CycleId, person: Option<PersonId>) -> Result<(), StoreError> {
    let waiting = notice::cycle_id.eq(cycle.to_string()).and(notice::state.eq("waiting"));
    let dropped = notice::state.eq("dropped");
    let [invite, remind, handout, handout_remind] = SURVEY;
    let letters = notice::kind.eq(invite).or(notice::kind.eq(remind));
    if let Some(person) = person {
        // What a manager hands out is not over because they have answered themselves.
        let own = waiting.and(notice::person_id.eq(person.to_string())).and(letters);
        prepared::update(notice::table, own, dropped).run(conn)?;
    } else {
        let handed = notice::kind.eq(handout).or(notice::kind.eq(handout_remind));
        prepared::update(notice::table, waiting.and(letters.or(handed)), dropped).run(conn)?;
    }
    Ok(())
}

/// The cycles of the survey notices that a letter carries.
pub fn cycles_in(conn: &mut Conn, letter: LetterId) -> Result<Vec<CycleId>, StoreError> {
    let rows: Vec<Option<CycleId>> =
        notice::table.filter(notice::letter_id.eq(letter.to_string())).select(notice::cycle_id).load(conn)?;
    Ok(rows.into_iter().flatten().collect())
}

fn texts(ids: &[NoticeId]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

/// Drops everything that waits: a past that is made up for the demo needs no mails.
pub fn drop_waiting(conn: &mut Conn) -> Result<(), StoreError> {
    diesel::update(notice::table.filter(Waits)).set(notice::state.eq("dropped")).execute(conn)?;
    Ok(())
}

/// When the next waiting notices become due and how many together, the soonest first.
pub fn waiting(conn: &mut Conn, limit: i64) -> Result<Vec<(DateTime<Utc>, i64)>, StoreError> {
    let rows: Vec<(NaiveDateTime, i64)> = notice::table
        .filter(Waits)
        .group_by(notice::due_at)
        .select((notice::due_at, diesel::dsl::count_star()))
        .order(notice::due_at.asc())
        .limit(limit)
        .load(conn)?;
    Ok(rows.into_iter().map(|(at, count)| (at.and_utc(), count)).collect())
}

/// Drops the reminders of a cycle that are due after an instant: its close has moved, and they are planned anew.
pub fn drop_reminders_after(conn: &mut Conn, cycle: CycleId, after: DateTime<Utc>) -> Result<(), StoreError> {
    let later = notice::table
        .filter(notice::cycle_id.eq(cycle.to_string()))
        .filter(notice::kind.eq_any(["remind", "handout_remind"]))
        .filter(notice::state.eq("waiting"))
        .filter(notice::due_at.gt(at(after)));
    diesel::update(later).set(notice::state.eq("dropped")).execute(conn)?;
    Ok(())
}

/// Moves the instant until which the survey notices of a cycle are worth telling.
pub fn keep_surveys_until(conn: &mut Conn, cycle: CycleId, until: DateTime<Utc>) -> Result<(), StoreError> {
    let live = notice::table
        .filter(notice::cycle_id.eq(cycle.to_string()))
        .filter(notice::kind.eq_any(SURVEY))
        .filter(notice::state.eq_any(["waiting", "in_letter"]));
    diesel::update(live).set(notice::not_after.eq(at(until))).execute(conn)?;
    Ok(())
}
