//! The read model of the portfolio, and the bounded history that pages and charts of one partnership share.
//!
//! Law: the number of queries does not grow with the number of partnerships, and the number of scorecards read does not
//! grow with the age of a partnership. Nothing is decided here about what a viewer sees of a scorecard: whoever shows one
//! goes through `web::present`, which applies the viewer's right of view first.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;

use super::cadences::{self, Cadence};
use super::conn::Conn;
use super::cycles::{self, Cycle};
use super::error::StoreError;
use super::flags::{self, Flag};
use super::instruments;
use super::partnerships::{self, Partnership, Side};
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

/// One partnership without its scorecards, whoever looks at it.
#[derive(Clone, Debug)]
pub struct Base {
    /// Its revision: as long as it stays, so does the rest.
    pub revision: i64,
    /// The partnership.
    pub partnership: Partnership,
    /// Its sides in order.
    pub sides: Vec<Side>,
    /// Its open flags; not yet as a viewer may see them.
    pub flags: Vec<Flag>,
    /// What was given to its open flags.
    pub given: BTreeMap<FlagId, Given>,
    /// Its open cycles.
    pub running: Vec<Cycle>,
    /// Its cadences in force.
    pub cadences: Vec<Cadence>,
}

/// The scorecards of one partnership; not yet as a viewer may see them.
#[derive(Clone, Debug, Default)]
pub struct Past {
    /// The last ones of the primary instrument, oldest first, at most eight.
    pub cards: Vec<Scorecard>,
    /// Those that open flags name and that are not among `cards`.
    pub named: Vec<Scorecard>,
}

/// These partnerships, given with the revisions that were read in the same snapshot: one query for each kind of thing.
pub fn bases(conn: &mut Conn, of: &[(PartnershipId, i64)]) -> Result<Vec<Base>, StoreError> {
    let revisions: BTreeMap<PartnershipId, i64> = of.iter().copied().collect();
    let ids: Vec<PartnershipId> = revisions.keys().copied().collect();
    let mut sides = grouped(partnerships::sides_of(conn, &ids)?, |own| own.partnership_id);
    let mut open = grouped(flags::open_of(conn, &ids)?, |own| own.partnership_id);
    let mut answers = reviews::given(conn, &ids)?;
    let mut running = grouped(cycles::open_of(conn, &ids)?, |own| own.partnership_id);
    let mut rules = grouped(cadences::active_of(conn, &ids)?, |own| own.partnership_id);
    let base = |partnership: Partnership| {
        let id = partnership.id;
        let flags = open.remove(&id).unwrap_or_default();
        Base {
            revision: revisions.get(&id).copied().unwrap_or_default(),
            sides: sides.remove(&id).unwrap_or_default(),
            given: flags.iter().filter_map(|own| answers.remove_entry(&own.id)).collect(),
            flags,
            running: running.remove(&id).unwrap_or_default(),
            cadences: rules.remove(&id).unwrap_or_default(),
            partnership,
        }
    };
    Ok(partnerships::find_many(conn, &ids)?.into_iter().map(base).collect())
}

/// The scorecards of these partnerships: two queries.
pub fn pasts(conn: &mut Conn, of: &[&Base]) -> Result<BTreeMap<PartnershipId, Past>, StoreError> {
    let ids: Vec<PartnershipId> = of.iter().map(|own| own.partnership.id).collect();
    let cards = history(conn, &ids, CHECKS)?;
    let named = named(conn, &cards, of.iter().flat_map(|own| &own.flags))?;
    let mut pasts: BTreeMap<PartnershipId, Past> = BTreeMap::new();
    for card in cards {
        pasts.entry(card.partnership_id).or_default().cards.push(card);
    }
    for card in named {
        pasts.entry(card.partnership_id).or_default().named.push(card);
    }
    Ok(pasts)
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
