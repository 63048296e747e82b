//! The letters that a person decides about: refused for good, or in doubt too often.
//!
//! Law: outside named mode nobody is shown who gets a reminder, because that tells who has not sent; such letters are counted
//! and handled together.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use crate::domain::ids::LetterId;
use crate::domain::mode::Mode;
use crate::store::conn::Conn;
use crate::store::error::StoreError;
use crate::store::schema::{cycle, letter, notice};
use crate::store::types::at;

/// The states in which a letter waits for a person.
const STATES: [&str; 2] = ["failed", "held"];

/// A letter that waits for a person.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = letter)]
pub struct Waiting {
    /// Identifier.
    pub id: LetterId,
    /// `failed` or `held`.
    pub state: String,
    /// `survey`, `result`, `act`, `login` or `test`.
    pub kind: String,
    /// Name of the addressee.
    pub to_name: String,
    /// Address.
    pub to_address: String,
    /// What the relay said last, or what happened.
    pub last_error: Option<String>,
    /// How often the relay's answer is unknown.
    pub ambiguous: i32,
    /// After this instant it is not sent, UTC.
    pub not_after: NaiveDateTime,
    /// When it was composed, UTC.
    pub created_at: NaiveDateTime,
}

/// Which letters are decided about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// One that may be shown.
    One(LetterId),
    /// The reminders that are only counted.
    Reminders,
}

/// What is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Send it again. Not for sign-in letters, and not after its time.
    Again,
    /// It did arrive.
    Arrived,
    /// It is not sent any more.
    Aside,
}

/// Reminders of modes in which nobody is told who has not sent.
fn reminders(conn: &mut Conn) -> Result<Vec<LetterId>, StoreError> {
    let ids: Vec<Option<LetterId>> = notice::table
        .inner_join(letter::table.on(letter::id.nullable().eq(notice::letter_id)))
        .inner_join(cycle::table.on(cycle::id.nullable().eq(notice::cycle_id)))
        .filter(letter::state.eq_any(STATES))
        .filter(notice::kind.eq("remind"))
        .filter(cycle::mode.ne(Mode::Named.as_str()))
        .select(notice::letter_id)
        .distinct()
        .load(conn)?;
    Ok(ids.into_iter().flatten().collect())
}

/// The newest letters that wait for a person and may be shown, and how many there are that may only be counted.
pub fn waiting(conn: &mut Conn, limit: i64) -> Result<(Vec<Waiting>, usize), StoreError> {
    let hidden = reminders(conn)?;
    let texts: Vec<String> = hidden.iter().map(ToString::to_string).collect();
    let shown = letter::table
        .filter(letter::state.eq_any(STATES))
        .filter(letter::id.ne_all(texts))
        .select(Waiting::as_select())
        .order((letter::created_at.desc(), letter::id.desc()))
        .limit(limit)
        .load(conn)?;
    Ok((shown, hidden.len()))
}

/// Decides about letters that still wait for it; gives those that changed.
pub fn decide(
    conn: &mut Conn,
    which: Which,
    decision: Decision,
    now: DateTime<Utc>,
) -> Result<Vec<LetterId>, StoreError> {
    let hidden = reminders(conn)?;
    let wanted = match which {
        Which::One(id) if hidden.contains(&id) => Vec::new(),
        Which::One(id) => vec![id],
        Which::Reminders => hidden,
    };
    let mut changed = Vec::new();
    for id in wanted {
        if decide_one(conn, id, decision, now)? {
            changed.push(id);
        }
    }
    Ok(changed)
}

fn decide_one(
    conn: &mut Conn,
    id: LetterId,
    decision: Decision,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let own = || letter::table.filter(letter::id.eq(id.to_string()));
    let waits = own().filter(letter::state.eq_any(STATES));
    let changed = match decision {
        Decision::Again => {
            let in_time = waits.filter(letter::not_after.gt(at(now))).filter(letter::kind.ne("login"));
            diesel::update(in_time)
                .set((
                    letter::state.eq("pending"),
                    letter::next_attempt_at.eq(at(now)),
                    letter::attempts.eq(0),
                    letter::fence.eq(letter::fence + 1),
                ))
                .execute(conn)?
        }
        // A refused letter did not arrive, whatever is said of it.
        Decision::Arrived => diesel::update(own().filter(letter::state.eq("held")))
            .set((letter::state.eq("sent"), letter::sent_at.eq(at(now)), letter::picture.eq(None::<String>)))
            .execute(conn)?,
        Decision::Aside => diesel::update(waits)
            .set((letter::state.eq("cancelled"), letter::picture.eq(None::<String>)))
            .execute(conn)?,
    };
    Ok(changed == 1)
}
