//! The read model of the portfolio, and the bounded history that pages and charts of one partnership share.
//!
//! Law: the number of queries does not grow with the number of partnerships, and the number of scorecards read does not
//! grow with the age of a partnership. Nothing is decided here about what a viewer sees of a scorecard: whoever shows one
//! goes through `web::present`, which applies the viewer's right of view first.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDateTime;
use diesel::dsl::{count_star, max, min};
use diesel::prelude::*;

use super::access::{self, Seat, Viewer};
use super::cadences::{self, Cadence};
use super::conn::Conn;
use super::cycles::{self, Cycle};
use super::error::StoreError;
use super::flags::{self, Flag};
use super::instruments;
use super::reviews;
use super::schema::scorecard;
use super::scorecards;
use super::types::{from_json, grouped};
use crate::domain::ids::{CycleId, FlagId, PartnershipId};
use crate::domain::instrument::OWN_PREFIX;
use crate::domain::publication::Scorecard;
use crate::domain::review::Given;

/// Checks shown by the portfolio.
const CHECKS: i64 = 8;

/// Which scorecards a partnership has. None is ever changed, so what was made of them stays right for as long as this does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// How many there are.
    pub count: i64,
    /// When the first closed.
    pub first: Option<NaiveDateTime>,
    /// When the last closed.
    pub last: Option<NaiveDateTime>,
}

/// The scorecards of one partnership.
#[derive(Clone, Debug)]
pub enum Past<K> {
    /// What the reader had made of them before, and may go on using.
    Known(K),
    /// As they were read.
    Read {
        /// The last ones of the primary instrument, oldest first, at most eight; not yet as the viewer may see them.
        cards: Vec<Scorecard>,
        /// Those that open flags name and that are not among `cards`; not yet as the viewer may see them.
        named: Vec<Scorecard>,
    },
}

/// One partnership as the portfolio reads it.
#[derive(Clone, Debug)]
pub struct Entry<K> {
    /// The partnership, and what the viewer is in it.
    pub seat: Seat,
    /// Which scorecards it has.
    pub stamp: Stamp,
    /// Its scorecards.
    pub past: Past<K>,
    /// Its open flags.
    pub flags: Vec<Flag>,
    /// What was given to its open flags.
    pub given: BTreeMap<FlagId, Given>,
    /// Its open cycles.
    pub running: Vec<Cycle>,
    /// Its cadences in force.
    pub cadences: Vec<Cadence>,
}

/// Everything the viewer has a seat in, by name; see [`load_seats`].
pub fn load<K>(
    conn: &mut Conn,
    viewer: &Viewer,
    known: impl Fn(&Seat, &Stamp, &[Flag]) -> Option<K>,
) -> Result<Vec<Entry<K>>, StoreError> {
    let seats = access::seats(conn, viewer, None)?;
    load_seats(conn, seats, known)
}

/// The same for these seats, in their order: one query for each kind of thing. Scorecards are the bulk of it: those of which
/// the caller has kept what it made, for this seat, these scorecards and these flags, are not read.
pub fn load_seats<K>(
    conn: &mut Conn,
    seats: Vec<Seat>,
    known: impl Fn(&Seat, &Stamp, &[Flag]) -> Option<K>,
) -> Result<Vec<Entry<K>>, StoreError> {
    let ids: Vec<PartnershipId> = seats.iter().map(|seat| seat.partnership.id).collect();
    let stamps = stamps(conn, &ids)?;
    let mut open = grouped(flags::open_of(conn, &ids)?, |own| own.partnership_id);
    let mut answers = reviews::given(conn, &ids)?;
    let mut running = grouped(cycles::open_of(conn, &ids)?, |own| own.partnership_id);
    let mut rules = grouped(cadences::active_of(conn, &ids)?, |own| own.partnership_id);
    let entry = |seat: Seat| {
        let id = seat.partnership.id;
        let flags = open.remove(&id).unwrap_or_default();
        let stamp = stamps.get(&id).copied().unwrap_or_default();
        let unread = Past::Read { cards: Vec::new(), named: Vec::new() };
        Entry {
            past: known(&seat, &stamp, &flags).map_or(unread, Past::Known),
            stamp,
            given: flags.iter().filter_map(|own| answers.remove_entry(&own.id)).collect(),
            flags,
            running: running.remove(&id).unwrap_or_default(),
            cadences: rules.remove(&id).unwrap_or_default(),
            seat,
        }
    };
    let mut entries: Vec<Entry<K>> = seats.into_iter().map(entry).collect();
    read_pasts(conn, &mut entries)?;
    Ok(entries)
}

/// Reads the scorecards of the entries that nothing was known of.
fn read_pasts<K>(conn: &mut Conn, entries: &mut [Entry<K>]) -> Result<(), StoreError> {
    let unread = |own: &&Entry<K>| matches!(own.past, Past::Read { .. });
    let ids: Vec<PartnershipId> = entries.iter().filter(unread).map(|own| own.seat.partnership.id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let all = history(conn, &ids, CHECKS)?;
    let flags: Vec<&Flag> = entries.iter().filter(unread).flat_map(|own| &own.flags).collect();
    let mut of_flags = grouped(named(conn, &all, flags)?, |card| card.partnership_id);
    let mut all = grouped(all, |card| card.partnership_id);
    for entry in entries {
        let id = entry.seat.partnership.id;
        if let Past::Read { cards, named } = &mut entry.past {
            *cards = all.remove(&id).unwrap_or_default();
            *named = of_flags.remove(&id).unwrap_or_default();
        }
    }
    Ok(())
}

fn stamps(conn: &mut Conn, ids: &[PartnershipId]) -> Result<BTreeMap<PartnershipId, Stamp>, StoreError> {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let rows: Vec<(PartnershipId, i64, Option<NaiveDateTime>, Option<NaiveDateTime>)> = scorecard::table
        .filter(scorecard::partnership_id.eq_any(ids))
        .group_by(scorecard::partnership_id)
        .select((
            scorecard::partnership_id,
            count_star(),
            min(scorecard::closed_at),
            max(scorecard::closed_at),
        ))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, count, first, last)| (id, Stamp { count, first, last })).collect())
}

/// The scorecards that flags name and that are not among these, oldest first: one query, and none where all are here. What a
/// flag may say to a viewer rests on whether the scorecard that raised it is withheld from them.
pub fn named<'a>(
    conn: &mut Conn,
    here: &[Scorecard],
    flags: impl IntoIterator<Item = &'a Flag>,
) -> Result<Vec<Scorecard>, StoreError> {
    let here: BTreeSet<CycleId> = here.iter().map(|card| card.cycle_id).collect();
    let named: BTreeSet<CycleId> =
        flags.into_iter().flat_map(|flag| [flag.raised_cycle_id, flag.last_cycle_id]).collect();
    let missing: Vec<CycleId> = named.difference(&here).copied().collect();
    if missing.is_empty() {
        return Ok(Vec::new());
    }
    let mut cards = scorecards::find_many(conn, &missing)?;
    cards.sort_by_key(|card| (card.closed_at, card.cycle_id));
    Ok(cards)
}

/// The last scorecards of each partnership's primary instrument, oldest first: `last` of each, however long the history.
///
/// Where a partnership has changed from one primary instrument to another, the newest decides: figures of two instruments
/// are not one history.
pub fn history(
    conn: &mut Conn,
    partnerships: &[PartnershipId],
    last: i64,
) -> Result<Vec<Scorecard>, StoreError> {
    let primary: Vec<String> =
        instruments::list(conn)?.into_iter().filter(|own| own.primary).map(|own| own.id).collect();
    let ids: Vec<String> = partnerships.iter().map(ToString::to_string).collect();
    let own = format!("{OWN_PREFIX}%");
    let later = diesel::alias!(scorecard as later);
    let how_many_later = later
        .filter(later.field(scorecard::partnership_id).eq(scorecard::partnership_id))
        .filter(later.field(scorecard::instrument_id).eq(scorecard::instrument_id))
        .filter(later.field(scorecard::closed_at).gt(scorecard::closed_at))
        .count();
    let rows: Vec<String> = scorecard::table
        .filter(scorecard::partnership_id.eq_any(ids))
        .filter(scorecard::instrument_id.eq_any(primary).or(scorecard::instrument_id.like(own)))
        .filter(how_many_later.single_value().lt(last))
        .order((scorecard::closed_at.asc(), scorecard::cycle_id.asc()))
        .select(scorecard::published)
        .load(conn)?;
    let mut cards: Vec<Scorecard> =
        rows.iter().map(|text| from_json("a scorecard", text)).collect::<Result<_, _>>()?;
    let newest: BTreeMap<PartnershipId, String> =
        cards.iter().map(|card| (card.partnership_id, card.instrument.id.clone())).collect();
    cards.retain(|card| newest.get(&card.partnership_id) == Some(&card.instrument.id));
    Ok(cards)
}
