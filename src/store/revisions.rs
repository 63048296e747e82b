//! The revision of a partnership: a number that changes with whatever the portfolio shows of it, and with who is invited.
//!
//! Law: the database changes it, by triggers, in the transaction that changes the rest, so that no write can forget it and every
//! process sees the same. Whoever keeps what it made of a partnership reads the number first and the rest, if it must, in the
//! same snapshot. Numbers are random: the sum over several partnerships tells whether any of them changed. Answers, letters and
//! notices do not change it, nor does sending. What the portfolio shows and does not lie in these tables (who asks, what they lead, which day it
//! is) is for the one who keeps to mind.

use diesel::dsl::{count_star, sql};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::access::Viewer;
use super::conn::Conn;
use super::error::StoreError;
use super::schema::{member, revision, side};
use crate::domain::ids::PartnershipId;

/// How many identifiers one query names at the most.
const AT_ONCE: usize = 1_000;

/// The revisions of several partnerships in one: how many, and their sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Together {
    /// How many partnerships.
    pub count: i64,
    /// The sum of their revisions.
    pub sum: i64,
}

impl Together {
    /// These in one.
    pub fn new(all: &[(PartnershipId, i64)]) -> Self {
        let count = i64::try_from(all.len()).unwrap_or(i64::MAX);
        Self { count, sum: all.iter().fold(0, |sum, (_, one)| sum.wrapping_add(*one)) }
    }
}

/// The revisions of these partnerships, by identifier; one that is not there is left out.
pub fn of(conn: &mut Conn, partnerships: &[PartnershipId]) -> Result<Vec<(PartnershipId, i64)>, StoreError> {
    let mut found = Vec::with_capacity(partnerships.len());
    for some in partnerships.chunks(AT_ONCE) {
        let ids: Vec<String> = some.iter().map(ToString::to_string).collect();
        let rows: Vec<(PartnershipId, i64)> = revision::table
            .filter(revision::partnership_id.eq_any(ids))
            .select((revision::partnership_id, revision::value))
            .order(revision::partnership_id.asc())
            .load(conn)?;
        found.extend(rows);
    }
    Ok(found)
}

/// The revision of one partnership.
pub fn of_one(conn: &mut Conn, id: PartnershipId) -> Result<Option<i64>, StoreError> {
    Ok(revision::table.find(id.to_string()).select(revision::value).get_result(conn).optional()?)
}

/// The revisions of every partnership in which a viewer is a member or leads a side, in one.
pub fn of_viewer(conn: &mut Conn, viewer: &Viewer) -> Result<Together, StoreError> {
    let own = member::table
        .filter(member::person_id.eq(viewer.person.id.to_string()))
        .filter(member::active.eq(true))
        .select(member::partnership_id);
    let leads: Vec<String> = viewer.leads.iter().map(ToString::to_string).collect();
    let led = side::table.filter(side::organisation_id.eq_any(leads)).select(side::partnership_id);
    let (count, sum) = revision::table
        .filter(revision::partnership_id.eq_any(own).or(revision::partnership_id.eq_any(led)))
        .select((count_star(), sql::<BigInt>("CAST(COALESCE(SUM(revision.value), 0) AS BIGINT)")))
        .get_result(conn)?;
    Ok(Together { count, sum })
}
