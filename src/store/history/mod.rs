//! Past reviews: what the import must know of a partnership, and the rows it writes.
//!
//! Law: a past cycle is closed when it is written, with everything a close writes, and never changes; nobody is invited
//! to it or told of it. Texts are made before the write, so that the one who writes waits for the database only. Called by
//! [`crate::workflow::import_history`].

mod write;

pub use write::{CycleFacts, Episode, NewHistory, NewPartnership, PastRows, write};

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::conn::Conn;
use super::error::StoreError;
use super::partnerships::{self, Partnership, Side};
use super::schema::{cycle, member, person, pseudonym};
use super::{flags, instruments, past, scorecards};
use crate::domain::close::ClosedCycle;
use crate::domain::cycle::CycleState;
use crate::domain::flags::OpenFlag;
use crate::domain::ids::{MemberId, PseudonymId};
use crate::domain::instrument::Instrument;
use crate::domain::publication::Basis;

/// The origin of cycles that were imported.
pub const HISTORIC: &str = "historic";

/// A cycle that is here already.
#[derive(Clone, Debug, Queryable)]
pub struct KnownCycle {
    /// Its period.
    pub period: String,
    /// `historic` when it was imported.
    pub origin: String,
    /// Where it stands.
    pub state: CycleState,
    /// When it opened, UTC.
    pub opens_at: NaiveDateTime,
    /// When it closed, UTC.
    pub closed_at: Option<NaiveDateTime>,
    /// What it was made of, when it was imported.
    pub digest: Option<String>,
}

/// What stands here of a partnership and one instrument.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The partnership.
    pub partnership: Partnership,
    /// Its sides in order.
    pub sides: Vec<Side>,
    /// Members, in force or ended: identifier, address, name in another system.
    pub members: Vec<(MemberId, String, Option<String>)>,
    /// People of the past.
    pub pseudonyms: Vec<(PseudonymId, String)>,
    /// The instrument's cycles, oldest first.
    pub cycles: Vec<KnownCycle>,
    /// The same with their answers, as far as they have scorecards; empty until [`load_past`].
    pub past: Vec<ClosedCycle>,
    /// The newest version of the instrument.
    pub instrument: Option<Instrument>,
    /// What the newest close left for the next one.
    pub basis: Basis,
    /// The flags that are open.
    pub open_flags: Vec<OpenFlag>,
}

/// Reads it.
pub fn standing(conn: &mut Conn, partnership: Partnership, instrument: &str) -> Result<Standing, StoreError> {
    let id = partnership.id;
    let key = id.to_string();
    let members = member::table
        .inner_join(person::table.on(person::id.eq(member::person_id)))
        .filter(member::partnership_id.eq(&key))
        .select((member::id, person::email, member::external_ref))
        .order(member::id.asc())
        .load(conn)?;
    let pseudonyms = pseudonym::table
        .filter(pseudonym::partnership_id.eq(&key))
        .select((pseudonym::id, pseudonym::label))
        .order(pseudonym::id.asc())
        .load(conn)?;
    let cycles = cycle::table
        .filter(cycle::partnership_id.eq(&key))
        .filter(cycle::instrument_id.eq(instrument))
        .select((
            cycle::period,
            cycle::origin,
            cycle::state,
            cycle::opens_at,
            cycle::closed_at,
            cycle::content_digest,
        ))
        .order((cycle::opens_at.asc(), cycle::id.asc()))
        .load(conn)?;
    Ok(Standing {
        sides: partnerships::sides(conn, id)?,
        members,
        pseudonyms,
        cycles,
        past: Vec::new(),
        instrument: instruments::latest(conn, instrument)?,
        basis: scorecards::latest_basis(conn, id, instrument)?.unwrap_or_default(),
        open_flags: flags::open(conn, id, instrument)?,
        partnership,
    })
}

/// Adds the answers of the cycles that are here, which only new cycles after them need.
pub fn load_past(conn: &mut Conn, standing: &mut Standing, instrument: &str) -> Result<(), StoreError> {
    standing.past = past::last(conn, standing.partnership.id, instrument, u32::MAX)?;
    Ok(())
}
