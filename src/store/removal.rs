//! Removing a partnership with everything that came of it: answers, scorecards, flags, letters, members.
//!
//! Law: what is left of it is the audit log, which holds identifiers and no names. A table that is forgotten here makes the
//! removal fail by its foreign key; one without such a key is found by the test that looks for the identifiers in every table.
//! Called by the workflow that carries out what every side agreed to.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::conn::Conn;
use super::error::StoreError;
use super::outbox::{bodies, notices};
use super::own_views;
use super::schema::{
    answer_sum, api_token, ballot, ballot_trace, cadence, cycle, flag, instrument, invitation, letter,
    letter_body, member, notice, partnership, proposal, pseudonym, remark, response, scorecard, side,
};
use crate::domain::ids::{LetterId, PartnershipId};
use crate::domain::instrument::OWN_PREFIX;

/// Rows named in one statement.
const AT_ONCE: usize = 500;

/// Removes it; `false` when it is not there.
pub fn partnership_with_everything(
    conn: &mut Conn,
    id: PartnershipId,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    for (view, ..) in own_views::all_of(conn, id)? {
        partnership_with_everything(conn, view, now)?;
    }
    let id = id.to_string();
    let cycles: Vec<String> =
        cycle::table.filter(cycle::partnership_id.eq(&id)).select(cycle::id).load(conn)?;
    remove_mail(conn, &id, &cycles, now)?;
    super::proposals::remove_of(conn, &id)?;
    for some in cycles.chunks(AT_ONCE) {
        diesel::delete(response::table.filter(response::cycle_id.eq_any(some))).execute(conn)?;
        diesel::delete(ballot::table.filter(ballot::cycle_id.eq_any(some))).execute(conn)?;
        diesel::delete(ballot_trace::table.filter(ballot_trace::cycle_id.eq_any(some))).execute(conn)?;
        diesel::delete(answer_sum::table.filter(answer_sum::cycle_id.eq_any(some))).execute(conn)?;
        diesel::delete(remark::table.filter(remark::cycle_id.eq_any(some))).execute(conn)?;
        super::handed::remove_of(conn, some)?;
        diesel::delete(invitation::table.filter(invitation::cycle_id.eq_any(some))).execute(conn)?;
    }
    super::reviews::remove_of(conn, &id)?;
    diesel::delete(flag::table.filter(flag::partnership_id.eq(&id))).execute(conn)?;
    diesel::delete(scorecard::table.filter(scorecard::partnership_id.eq(&id))).execute(conn)?;
    diesel::delete(cycle::table.filter(cycle::partnership_id.eq(&id))).execute(conn)?;
    diesel::delete(cadence::table.filter(cadence::partnership_id.eq(&id))).execute(conn)?;
    diesel::delete(pseudonym::table.filter(pseudonym::partnership_id.eq(&id))).execute(conn)?;
    diesel::delete(member::table.filter(member::partnership_id.eq(&id))).execute(conn)?;
    remove_tokens(conn, &id)?;
    diesel::delete(side::table.filter(side::partnership_id.eq(&id))).execute(conn)?;
    let removed = diesel::delete(partnership::table.find(&id)).execute(conn)? == 1;
    remove_unasked_instruments(conn)?;
    Ok(removed)
}

/// Tokens that reached only this partnership, or one of its sides, reach nothing any more.
fn remove_tokens(conn: &mut Conn, id: &str) -> Result<(), StoreError> {
    let sides: Vec<String> = side::table.filter(side::partnership_id.eq(id)).select(side::id).load(conn)?;
    let bound: Vec<Option<String>> =
        sides.into_iter().chain(std::iter::once(id.to_owned())).map(Some).collect();
    diesel::delete(api_token::table.filter(api_token::bound_id.eq_any(bound))).execute(conn)?;
    Ok(())
}

/// Instruments that were made for one partnership by its history go when no cycle asks them any more.
fn remove_unasked_instruments(conn: &mut Conn) -> Result<(), StoreError> {
    let asked = cycle::table.select(cycle::instrument_id);
    let own = instrument::table
        .filter(instrument::id.like(format!("{OWN_PREFIX}%")))
        .filter(instrument::id.ne_all(asked));
    diesel::delete(own).execute(conn)?;
    Ok(())
}

/// Removes the notices, and the letters that carried nothing else. A letter that carried other partnerships' news as well has
/// left its content behind, or is composed anew when it has not left yet.
fn remove_mail(conn: &mut Conn, id: &str, cycles: &[String], now: DateTime<Utc>) -> Result<(), StoreError> {
    let proposals: Vec<String> =
        proposal::table.filter(proposal::partnership_id.eq(id)).select(proposal::id).load(conn)?;
    let mut found: Vec<(String, Option<LetterId>)> = notice::table
        .filter(notice::reference.like(format!("%{id}%")))
        .select((notice::id, notice::letter_id))
        .load(conn)?;
    for some in cycles.chunks(AT_ONCE) {
        let of = notice::table.filter(notice::cycle_id.eq_any(some));
        found.extend(of.select((notice::id, notice::letter_id)).load::<(String, Option<LetterId>)>(conn)?);
    }
    let members: Vec<String> =
        member::table.filter(member::partnership_id.eq(id)).select(member::id).load(conn)?;
    let named: Vec<&String> = proposals.iter().chain(&members).collect();
    for some in named.chunks(AT_ONCE) {
        let of = notice::table.filter(notice::reference.eq_any(some.iter().copied()));
        found.extend(of.select((notice::id, notice::letter_id)).load::<(String, Option<LetterId>)>(conn)?);
    }
    for own in &proposals {
        let of = notice::table.filter(notice::kind.eq("question"));
        let of = of.filter(notice::reference.like(format!("%{own}%")));
        found.extend(of.select((notice::id, notice::letter_id)).load::<(String, Option<LetterId>)>(conn)?);
    }
    let mut letters: BTreeSet<LetterId> = found.iter().filter_map(|(_, letter)| *letter).collect();
    // A digest names each partnership with the address of its page; it keeps its notice, so that none is written twice.
    let digests = letter::table.filter(letter::kind.eq("digest"));
    let digests = digests.inner_join(letter_body::table.on(letter_body::letter_id.eq(letter::id)));
    let digests = digests.filter(letter_body::body_html.like(format!("%/partnerships/{id}%")));
    letters.extend(digests.select(letter::id).load::<LetterId>(conn)?);
    let ids: Vec<String> = found.into_iter().map(|(id, _)| id).collect();
    for some in ids.chunks(AT_ONCE) {
        diesel::delete(notice::table.filter(notice::id.eq_any(some))).execute(conn)?;
    }
    letters.into_iter().try_for_each(|own| remove_letter(conn, own, now))
}

fn remove_letter(conn: &mut Conn, id: LetterId, now: DateTime<Utc>) -> Result<(), StoreError> {
    let key = id.to_string();
    let left: Option<String> = letter::table.find(&key).select(letter::state).get_result(conn).optional()?;
    if left.is_some_and(|state| !matches!(state.as_str(), "sent" | "expired" | "cancelled")) {
        notices::release(conn, id, now)?;
    }
    let others: i64 = notice::table.filter(notice::letter_id.eq(&key)).count().get_result(conn)?;
    if others == 0 {
        diesel::delete(letter::table.find(&key)).execute(conn)?;
        return Ok(());
    }
    let (none, gone) = (String::new(), "removed with a partnership");
    diesel::update(letter::table.find(&key))
        .set((letter::subject.eq(gone), letter::from_name.eq(&none), letter::picture.eq(None::<String>)))
        .execute(conn)?;
    bodies::clear(conn, &[key])
}
