//! Letters: `pending → claimed → sending → sent`, and where a try may end otherwise.
//!
//! A claim is won by the conditional update that changed a row; each later update names the fence it won, and no row
//! changed means that somebody else owns the letter now.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::bodies;
use crate::domain::ids::{CycleId, LetterId, PersonId};
use crate::store::conn::Conn;
use crate::store::either::{insert_once, on_each};
use crate::store::error::StoreError;
use crate::store::literal::literal;
use crate::store::prepared;
use crate::store::schema::{letter, meta, notice};
use crate::store::sending;
use crate::store::types::at;

literal! {
    /// The letters in `letter_login`.
    SignsIn on letter::table: "letter.kind = 'login'"
}

/// A letter as stored.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = letter)]
pub struct Letter {
    /// Identifier.
    pub id: LetterId,
    /// `survey`, `result`, `act`, `login` or `test`.
    pub kind: String,
    /// To whom.
    pub person_id: Option<PersonId>,
    /// Name of the addressee.
    pub to_name: String,
    /// Address.
    pub to_address: String,
    /// Display name of the sender.
    pub from_name: String,
    /// Where answers go.
    pub reply_to: Option<String>,
    /// Subject.
    pub subject: String,
    /// A picture that the HTML part names: PNG as base64, until the letter has left or ended.
    pub picture: Option<String>,
    /// Fixed for all tries.
    pub message_id: String,
    /// Fixed for all tries.
    pub boundary: String,
    /// The Date header, fixed for all tries, UTC.
    pub dated_at: NaiveDateTime,
    /// State.
    pub state: String,
    /// Tries that reached the relay and failed.
    pub attempts: i32,
    /// After this instant it is not sent, UTC.
    pub not_after: NaiveDateTime,
    /// Which claim this is.
    pub fence: i32,
    /// How often the relay's answer is unknown.
    pub ambiguous: i32,
    /// What the relay said last.
    pub last_error: Option<String>,
    /// When it was handed over, UTC.
    pub sent_at: Option<NaiveDateTime>,
    /// When it was composed, UTC.
    pub created_at: NaiveDateTime,
}

/// A letter to be stored.
#[derive(Clone, Debug)]
pub struct NewLetter {
    /// Identifier.
    pub id: LetterId,
    /// Unique: one letter for one bundle.
    pub group_key: String,
    /// `survey`, `result`, `act`, `agreed`, `actions`, `digest`, `login`, `moved` or `test`.
    pub kind: &'static str,
    /// To whom.
    pub person_id: Option<PersonId>,
    /// Name and address.
    pub to: (String, String),
    /// Display name of the sender.
    pub from_name: String,
    /// Where answers go.
    pub reply_to: Option<String>,
    /// Subject, text part, HTML part.
    pub content: (String, String, String),
    /// A picture that the HTML part names: PNG as base64.
    pub picture: Option<String>,
    /// Message-ID and MIME boundary.
    pub message: (String, String),
    /// After this instant it is not sent.
    pub not_after: DateTime<Utc>,
}

/// Stores a composed letter; `false` when the bundle has one already.
pub fn insert(conn: &mut Conn, new: &NewLetter, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let made = insert_once!(
        conn,
        letter::table,
        (
            letter::id.eq(new.id.to_string()),
            letter::group_key.eq(&new.group_key),
            letter::kind.eq(new.kind),
            letter::person_id.eq(new.person_id.map(|p| p.to_string())),
            letter::to_name.eq(&new.to.0),
            letter::to_address.eq(&new.to.1),
            letter::from_name.eq(&new.from_name),
            letter::reply_to.eq(&new.reply_to),
            letter::subject.eq(&new.content.0),
            letter::picture.eq(&new.picture),
            letter::message_id.eq(&new.message.0),
            letter::boundary.eq(&new.message.1),
            letter::dated_at.eq(at(now)),
            letter::state.eq("pending"),
            letter::next_attempt_at.eq(at(now)),
            letter::not_after.eq(at(new.not_after)),
            letter::created_at.eq(at(now)),
        )
    )?;
    if made {
        bodies::insert(conn, new.id, &new.content.1, &new.content.2)?;
    }
    Ok(made)
}

/// Whether the bundle has a letter.
pub fn exists(conn: &mut Conn, group_key: &str) -> Result<bool, StoreError> {
    let found: i64 = letter::table.filter(letter::group_key.eq(group_key)).count().get_result(conn)?;
    Ok(found > 0)
}

/// The letter with this Message-ID, angle brackets or not.
pub fn by_message_id(conn: &mut Conn, message_id: &str) -> Result<Option<Letter>, StoreError> {
    let bare = message_id.trim().trim_matches(['<', '>']);
    Ok(letter::table
        .filter(letter::message_id.eq_any([bare.to_owned(), format!("<{bare}>")]))
        .select(Letter::as_select())
        .get_result(conn)
        .optional()?)
}

/// Letters that may be tried now: sign-in letters, for which somebody sits and waits, and then the longest waiting ones.
pub fn due(conn: &mut Conn, now: DateTime<Utc>, limit: i64) -> Result<Vec<Letter>, StoreError> {
    macro_rules! first {
        ($of:expr, $room:expr) => {
            on_each!(conn, inner => {
                letter::table
                    .filter(letter::state.eq("pending"))
                    .filter(letter::next_attempt_at.le(at(now)))
                    .filter($of)
                    .select(Letter::as_select())
                    .order((letter::next_attempt_at.asc(), letter::id.asc()))
                    .limit($room)
                    .load(inner)?
            })
        };
    }
    // Two questions, so that each is answered in the order of its index; the first one's holds sign-in letters alone, which is known
    // only where the statement says so itself.
    let mut due: Vec<Letter> = first!(SignsIn, limit);
    let room = limit - i64::try_from(due.len()).unwrap_or(limit);
    if room > 0 {
        let others: Vec<Letter> = first!(letter::kind.ne("login"), room);
        due.extend(others);
    }
    Ok(due)
}

/// The next instant after `after` at which a letter may be tried.
pub fn next_due(conn: &mut Conn, after: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError> {
    let next: Option<NaiveDateTime> = letter::table
        .filter(letter::state.eq("pending"))
        .filter(letter::next_attempt_at.gt(at(after)))
        .select(diesel::dsl::min(letter::next_attempt_at))
        .first(conn)?;
    Ok(next.map(|t| t.and_utc()))
}

/// Whether letters may leave, as a condition of an update.
macro_rules! not_paused {
    () => {
        diesel::dsl::not(diesel::dsl::exists(meta::table.filter(meta::name.eq(sending::PAUSED))))
    };
}

/// Claims a letter: the new fence, or `None` when somebody was first or sending is paused.
pub fn claim(
    conn: &mut Conn,
    id: LetterId,
    fence: i32,
    by: &str,
    lease_until: DateTime<Utc>,
) -> Result<Option<i32>, StoreError> {
    let unclaimed = letter::id
        .eq(id.to_string())
        .and(letter::state.eq("pending"))
        .and(letter::fence.eq(fence))
        .and(not_paused!());
    let claimed = (
        letter::state.eq("claimed"),
        letter::claimed_by.eq(by),
        letter::lease_until.eq(at(lease_until)),
        letter::fence.eq(fence + 1),
    );
    let changed = prepared::update(letter::table, unclaimed, claimed).run(conn)?;
    Ok((changed == 1).then_some(fence + 1))
}

/// Notes that the body is about to be handed over, and lets the claim last from now on: the letter may have waited behind others
/// for as long as one may take. `false`: stop, the claim is lost or sending is paused.
pub fn mark_sending(
    conn: &mut Conn,
    id: LetterId,
    fence: i32,
    lease_until: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let owned = letter::id
        .eq(id.to_string())
        .and(letter::fence.eq(fence))
        .and(letter::state.eq("claimed"))
        .and(not_paused!());
    let sending = (letter::state.eq("sending"), letter::lease_until.eq(at(lease_until)));
    Ok(prepared::update(letter::table, owned, sending).run(conn)? == 1)
}

/// How a try ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// The relay took it.
    Sent,
    /// Try again at this instant; `burnt` counts the try against the letter.
    Retry {
        /// When.
        at: DateTime<Utc>,
        /// Whether the try counts: trouble with the relay itself does not.
        burnt: bool,
        /// Whether the relay may have taken it.
        ambiguous: bool,
        /// What was said.
        error: String,
    },
    /// The relay refused it for good.
    Failed(String),
    /// A person decides.
    Held {
        /// Whether the relay may have taken it.
        ambiguous: bool,
        /// What was said.
        error: String,
    },
    /// Its time is over.
    Expired,
    /// It has become moot.
    Cancelled,
}

/// Writes how a try ended; `false` when the claim was lost meanwhile.
pub fn settle(
    conn: &mut Conn,
    id: LetterId,
    fence: i32,
    how: &Settlement,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let ours = letter::id
        .eq(id.to_string())
        .and(letter::fence.eq(fence))
        .and(letter::state.eq("claimed").or(letter::state.eq("sending")));
    let changed = match how {
        Settlement::Sent => {
            let sent = (
                letter::state.eq("sent"),
                letter::sent_at.eq(at(now)),
                letter::last_error.eq(None::<String>),
                letter::picture.eq(None::<String>),
            );
            prepared::update(letter::table, ours, sent).run(conn)?
        }
        Settlement::Retry { at: next, burnt, ambiguous, error } => diesel::update(letter::table.filter(ours))
            .set((
                letter::state.eq("pending"),
                letter::next_attempt_at.eq(at(*next)),
                letter::attempts.eq(letter::attempts + i32::from(*burnt)),
                letter::ambiguous.eq(letter::ambiguous + i32::from(*ambiguous)),
                letter::last_error.eq(error),
            ))
            .execute(conn)?,
        Settlement::Failed(error) => diesel::update(letter::table.filter(ours))
            .set((letter::state.eq("failed"), letter::last_error.eq(error)))
            .execute(conn)?,
        Settlement::Held { ambiguous, error } => diesel::update(letter::table.filter(ours))
            .set((
                letter::state.eq("held"),
                letter::ambiguous.eq(letter::ambiguous + i32::from(*ambiguous)),
                letter::last_error.eq(error),
            ))
            .execute(conn)?,
        // It ends unsent, so it gives up the key of its bundle: what is still worth telling may get another letter.
        Settlement::Expired | Settlement::Cancelled => diesel::update(letter::table.filter(ours))
            .set((
                letter::state.eq(if *how == Settlement::Expired { "expired" } else { "cancelled" }),
                letter::group_key.eq(letter::group_key.concat(format!(":unsent:{id}"))),
                letter::picture.eq(None::<String>),
            ))
            .execute(conn)?,
    };
    Ok(changed == 1)
}

/// How many letters are in each state.
pub fn counts(conn: &mut Conn) -> Result<Vec<(String, i64)>, StoreError> {
    Ok(letter::table
        .group_by(letter::state)
        .select((letter::state, diesel::dsl::count_star()))
        .order(letter::state.asc())
        .load(conn)?)
}

/// How often, in all, the relay's answer to a whole letter has been unknown.
pub fn ambiguous_total(conn: &mut Conn) -> Result<i64, StoreError> {
    let total: Option<i64> = letter::table.select(diesel::dsl::sum(letter::ambiguous)).get_result(conn)?;
    Ok(total.unwrap_or(0))
}

/// When the longest waiting due letter became due.
pub fn oldest_due(conn: &mut Conn, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError> {
    let oldest: Option<NaiveDateTime> = letter::table
        .filter(letter::state.eq("pending"))
        .filter(letter::next_attempt_at.le(at(now)))
        .select(diesel::dsl::min(letter::next_attempt_at))
        .first(conn)?;
    Ok(oldest.map(|t| t.and_utc()))
}

/// Takes back a person's refused letters, because the address they went to was wrong; gives them, sign-in letters left
/// out. They give up the keys of their bundles: what is still worth telling may get another letter.
pub fn take_back_failed(conn: &mut Conn, person: PersonId) -> Result<Vec<LetterId>, StoreError> {
    let failed: Vec<LetterId> = letter::table
        .filter(letter::person_id.eq(person.to_string()))
        .filter(letter::state.eq("failed"))
        .filter(letter::kind.ne("login"))
        .select(letter::id)
        .load(conn)?;
    for id in &failed {
        diesel::update(letter::table.find(id.to_string()))
            .set((
                letter::state.eq("cancelled"),
                letter::group_key.eq(letter::group_key.concat(format!(":unsent:{id}"))),
            ))
            .execute(conn)?;
    }
    Ok(failed)
}

/// Lets the waiting letters about a cycle be sent as long as the earliest of their notices is worth telling.
pub fn follow_notices(conn: &mut Conn, cycle: CycleId) -> Result<(), StoreError> {
    let carried: Vec<Option<LetterId>> = notice::table
        .filter(notice::cycle_id.eq(cycle.to_string()))
        .filter(notice::state.eq("in_letter"))
        .select(notice::letter_id)
        .distinct()
        .load(conn)?;
    for id in carried.into_iter().flatten() {
        let soonest: Option<NaiveDateTime> = notice::table
            .filter(notice::letter_id.eq(id.to_string()))
            .select(diesel::dsl::min(notice::not_after))
            .first(conn)?;
        let Some(soonest) = soonest else { continue };
        let waiting = letter::table.filter(letter::id.eq(id.to_string())).filter(letter::state.eq("pending"));
        diesel::update(waiting).set(letter::not_after.eq(soonest)).execute(conn)?;
    }
    Ok(())
}

/// Takes the keys of their bundles from the letters to a person that were refused for good, so that another letter of the
/// same day may go to the corrected address.
pub fn free_failed(conn: &mut Conn, person: PersonId) -> Result<(), StoreError> {
    let failed =
        letter::table.filter(letter::person_id.eq(person.to_string())).filter(letter::state.eq("failed"));
    let ids: Vec<LetterId> =
        failed.filter(letter::group_key.not_like("%:failed:%")).select(letter::id).load(conn)?;
    for id in ids {
        diesel::update(letter::table.find(id.to_string()))
            .set(letter::group_key.eq(letter::group_key.concat(format!(":failed:{id}"))))
            .execute(conn)?;
    }
    Ok(())
}
