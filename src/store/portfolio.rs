//! The read model of the portfolio, and the bounded history that pages and charts of one partnership share.
//!
//! Law: the number of queries does not grow with the number of partnerships, and the number of scorecards read does not
//! grow with the age of a partnership. Nothing is decided here about what a viewer sees of a scorecard: whoever shows one
//! goes through `web::present`, which applies the viewer's right of view first.

use std::collections::{BTreeMap, BTreeSet};

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
use super::types::from_json;
use crate::domain::ids::{CycleId, FlagId, PartnershipId};
use crate::domain::instrument::OWN_PREFIX;
use crate::domain::publication::Scorecard;
use crate::domain::review::Given;

/// Checks shown by the portfolio.
const CHECKS: i64 = 8;

/// One partnership as the portfolio reads it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The partnership, and what the viewer is in it.
    pub seat: Seat,
    /// The last scorecards of its primary instrument, oldest first, at most eight; not yet as the viewer may see them.
    pub cards: Vec<Scorecard>,
    /// Its open flags.
    pub flags: Vec<Flag>,
    /// What was given to its open flags.
    pub given: BTreeMap<FlagId, Given>,
    /// Scorecards that its flags name and that are not among `cards`; not yet as the viewer may see them.
    pub named: Vec<Scorecard>,
    /// Its open cycles.
    pub running: Vec<Cycle>,
    /// Its cadences in force.
    pub cadences: Vec<Cadence>,
}

/// Everything the viewer has a seat in, by name.
pub fn load(conn: &mut Conn, viewer: &Viewer) -> Result<Vec<Entry>, StoreError> {
    let seats = access::seats(conn, viewer, None)?;
    load_seats(conn, seats)
}

/// The same for these seats, in their order: one query for each kind of thing.
pub fn load_seats(conn: &mut Conn, seats: Vec<Seat>) -> Result<Vec<Entry>, StoreError> {
    let ids: Vec<PartnershipId> = seats.iter().map(|seat| seat.partnership.id).collect();
    let mut cards = history(conn, &ids, CHECKS)?;
    let mut open = flags::open_of(conn, &ids)?;
    let mut answers = reviews::given(conn, &ids)?;
    let mut named = named(conn, &cards, &open)?;
    let mut running = cycles::open_of(conn, &ids)?;
    let mut rules = cadences::active_of(conn, &ids)?;
    Ok(seats
        .into_iter()
        .map(|seat| {
            let id = seat.partnership.id;
            let flags: Vec<Flag> = open.extract_if(.., |flag| flag.partnership_id == id).collect();
            let given = flags.iter().filter_map(|own| answers.remove_entry(&own.id)).collect();
            Entry {
                cards: cards.extract_if(.., |card| card.partnership_id == id).collect(),
                flags,
                given,
                named: named.extract_if(.., |card| card.partnership_id == id).collect(),
                running: running.extract_if(.., |cycle| cycle.partnership_id == id).collect(),
                cadences: rules.extract_if(.., |rule| rule.partnership_id == id).collect(),
                seat,
            }
        })
        .collect())
}

/// The scorecards that flags name and that are not among these, oldest first: one query, and none where all are here. What a
/// flag may say to a viewer rests on whether the scorecard that raised it is withheld from them.
pub fn named(conn: &mut Conn, here: &[Scorecard], flags: &[Flag]) -> Result<Vec<Scorecard>, StoreError> {
    let here: BTreeSet<CycleId> = here.iter().map(|card| card.cycle_id).collect();
    let named: BTreeSet<CycleId> =
        flags.iter().flat_map(|flag| [flag.raised_cycle_id, flag.last_cycle_id]).collect();
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
