//! What was given to the open flags of several partnerships: one query for each kind of thing, however many there are.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::super::conn::Conn;
use super::super::error::StoreError;
use super::super::schema::{
    acceptance, acceptance_flag, acceptance_signature, action, action_flag, cycle, discussion,
    discussion_flag, flag,
};
use super::actions::Action;
use crate::domain::ids::{AcceptanceId, FlagId, PartnershipId, SideId};
use crate::domain::review::{Consent, Given};

/// What answers the open flags of these partnerships; every open flag has an entry.
pub fn given(conn: &mut Conn, partnerships: &[PartnershipId]) -> Result<BTreeMap<FlagId, Given>, StoreError> {
    let ids: Vec<String> = partnerships.iter().map(ToString::to_string).collect();
    let mut found = checked(conn, &ids)?;
    if found.is_empty() {
        return Ok(found);
    }
    let notes: Vec<(FlagId, NaiveDateTime)> = discussion::table
        .inner_join(discussion_flag::table.on(discussion_flag::discussion_id.eq(discussion::id)))
        .inner_join(flag::table.on(flag::id.eq(discussion_flag::flag_id)))
        .filter(discussion::partnership_id.eq_any(&ids))
        .filter(flag::open_key.is_not_null())
        .select((discussion_flag::flag_id, discussion::created_at))
        .order(discussion::id.asc())
        .load(conn)?;
    for (id, at) in notes {
        found.entry(id).and_modify(|own| own.notes.push(at.and_utc()));
    }
    let actions: Vec<(FlagId, Action)> = action::table
        .inner_join(action_flag::table.on(action_flag::action_id.eq(action::id)))
        .inner_join(flag::table.on(flag::id.eq(action_flag::flag_id)))
        .filter(action::partnership_id.eq_any(&ids))
        .filter(flag::open_key.is_not_null())
        .select((action_flag::flag_id, Action::as_select()))
        .order(action::id.asc())
        .load(conn)?;
    for (id, own) in actions {
        found.entry(id).and_modify(|given| given.promises.push(own.promise()));
    }
    consents(conn, &ids, &mut found)?;
    Ok(found)
}

/// The open flags, each with the close of the check that last raised or held it.
fn checked(conn: &mut Conn, ids: &[String]) -> Result<BTreeMap<FlagId, Given>, StoreError> {
    let rows: Vec<(FlagId, Option<NaiveDateTime>)> = flag::table
        .inner_join(cycle::table.on(cycle::id.eq(flag::last_cycle_id)))
        .filter(flag::partnership_id.eq_any(ids))
        .filter(flag::open_key.is_not_null())
        .select((flag::id, cycle::closed_at))
        .load(conn)?;
    let given = |at: Option<NaiveDateTime>| Given {
        checked_at: at.map(|at| at.and_utc()).unwrap_or_default(),
        ..Given::default()
    };
    Ok(rows.into_iter().map(|(id, at)| (id, given(at))).collect())
}

fn consents(conn: &mut Conn, ids: &[String], found: &mut BTreeMap<FlagId, Given>) -> Result<(), StoreError> {
    let acceptances: Vec<(FlagId, AcceptanceId, NaiveDate)> = acceptance::table
        .inner_join(acceptance_flag::table.on(acceptance_flag::acceptance_id.eq(acceptance::id)))
        .inner_join(flag::table.on(flag::id.eq(acceptance_flag::flag_id)))
        .filter(acceptance::partnership_id.eq_any(ids))
        .filter(flag::open_key.is_not_null())
        .select((acceptance_flag::flag_id, acceptance::id, acceptance::until_on))
        .order(acceptance::id.asc())
        .load(conn)?;
    if acceptances.is_empty() {
        return Ok(());
    }
    let signed: Vec<(AcceptanceId, SideId)> = acceptance_signature::table
        .inner_join(acceptance::table.on(acceptance::id.eq(acceptance_signature::acceptance_id)))
        .filter(acceptance::partnership_id.eq_any(ids))
        .select((acceptance_signature::acceptance_id, acceptance_signature::side_id))
        .load(conn)?;
    for (flag, id, until_on) in acceptances {
        let signed = signed.iter().filter(|(own, _)| *own == id).map(|(_, side)| *side).collect();
        found.entry(flag).and_modify(|given| given.consents.push(Consent { until_on, signed }));
    }
    Ok(())
}
