//! The rows that an import of past reviews writes.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::HISTORIC;
use crate::domain::close::{Closed, Respondent, Response};
use crate::domain::cycle::CycleState;
use crate::domain::flags::{FlagState, FlagSubject, Reason, Severity};
use crate::domain::ids::{CycleId, FlagId, MemberId, PartnershipId, PseudonymId, ResponseId, SideId};
use crate::domain::instrument::Instrument;
use crate::domain::mode::Mode;
use crate::domain::partnership::PartnershipState;
use crate::store::conn::Conn;
use crate::store::either::insert_rows;
use crate::store::error::StoreError;
use crate::store::members::AT_ONCE;
use crate::store::schema::{cycle, flag, pseudonym, response, scorecard};
use crate::store::types::{at, to_json};
use crate::store::{flags, instruments, partnerships};

/// A partnership that comes with its past.
#[derive(Clone, Debug)]
pub struct NewPartnership {
    /// Name.
    pub name: String,
    /// IANA zone.
    pub zone: String,
    /// The sides in order.
    pub sides: Vec<(SideId, String)>,
}

/// The facts of a past cycle that its scorecard does not carry.
#[derive(Clone, Debug)]
pub struct CycleFacts {
    /// Whether drift starts afresh with it.
    pub rebaseline: bool,
    /// What it was made of.
    pub digest: String,
}

/// A past cycle, ready to be written.
#[derive(Clone, Debug)]
pub struct PastRows {
    id: CycleId,
    instrument: (String, i32),
    period: String,
    mode: (Mode, i32),
    window: (DateTime<Utc>, DateTime<Utc>),
    facts: CycleFacts,
    published: String,
    exact: Option<String>,
    basis: String,
    responses: Vec<ResponseRow>,
}

#[derive(Clone, Debug)]
struct ResponseRow {
    key: ResponseId,
    side: SideId,
    member: Option<MemberId>,
    pseudonym: Option<PseudonymId>,
    answers: String,
    answered: i32,
}

impl PastRows {
    /// The cycle.
    pub fn id(&self) -> CycleId {
        self.id
    }

    /// Makes the rows of a close.
    pub fn new(closed: &Closed, responses: &[Response], facts: CycleFacts) -> Result<Self, StoreError> {
        let card = &closed.card;
        let number = |n: u32| i32::try_from(n).map_err(|e| StoreError::unreadable("a number", e));
        let rows = responses.iter().map(|own| ResponseRow::new(own, card.closed_at));
        let mut responses = rows.collect::<Result<Vec<_>, _>>()?;
        // Random keys of anonymous responses mix them; the others keep their order.
        responses.sort_unstable_by_key(|own| own.key);
        Ok(Self {
            id: card.cycle_id,
            instrument: (card.instrument.id.clone(), number(card.instrument.version)?),
            period: card.period.clone(),
            mode: (card.mode, number(card.floor_k)?),
            window: (card.opened_at, card.closed_at),
            facts,
            published: to_json("a scorecard", card)?,
            exact: closed.exact.as_ref().map(|own| to_json("a scorecard", own)).transpose()?,
            basis: to_json("a scorecard's basis", &closed.basis)?,
            responses,
        })
    }
}

impl ResponseRow {
    fn new(own: &Response, closed_at: DateTime<Utc>) -> Result<Self, StoreError> {
        let (member, pseudonym) = match own.who {
            Respondent::Member(id) => (Some(id), None),
            Respondent::Pseudonym(id) => (None, Some(id)),
            Respondent::Nobody => (None, None),
        };
        let key = match own.who {
            Respondent::Nobody => ResponseId::mint_random(),
            _ => ResponseId::mint(closed_at),
        };
        let answered = own.answers.values().filter(|answer| answer.is_some()).count();
        Ok(Self {
            key,
            side: own.side_id,
            member,
            pseudonym,
            answers: to_json("a response", &own.answers)?,
            answered: i32::try_from(answered).map_err(|e| StoreError::unreadable("a response", e))?,
        })
    }
}

/// One episode of a flag as the past left it.
#[derive(Clone, Debug)]
pub struct Episode {
    /// Identifier.
    pub id: FlagId,
    /// What it is about.
    pub subject: FlagSubject,
    /// Why it stands, or stood last.
    pub reasons: Vec<Reason>,
    /// What it asks for, or asked for last.
    pub severity: Severity,
    /// Raised, held or cleared.
    pub state: FlagState,
    /// The cycle that raised it, and when; none for an episode that is here already.
    pub raised: Option<(CycleId, DateTime<Utc>)>,
    /// The cycle that last raised, held or cleared it, and when.
    pub last: (CycleId, DateTime<Utc>),
    /// Held because nothing was measured that could have cleared it.
    pub unmeasured: bool,
}

/// Everything that an import adds to one partnership.
#[derive(Clone, Debug)]
pub struct NewHistory {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// Set when the partnership is added too.
    pub partnership: Option<NewPartnership>,
    /// The instrument.
    pub instrument_id: String,
    /// A version of it that is published with the past; none where it is here already.
    pub instrument: Option<Instrument>,
    /// People of the past who are not here yet.
    pub pseudonyms: Vec<(PseudonymId, String)>,
    /// The cycles, oldest first.
    pub cycles: Vec<PastRows>,
    /// The episodes of flags that the cycles raised or changed.
    pub episodes: Vec<Episode>,
}

/// Writes it all.
///
/// # Errors
/// Conflict when somebody else was first.
pub fn write(conn: &mut Conn, new: &NewHistory, now: DateTime<Utc>) -> Result<(), StoreError> {
    if let Some(own) = &new.partnership {
        partnerships::insert_row(
            conn,
            new.partnership_id,
            &own.name,
            &own.zone,
            PartnershipState::Active,
            now,
        )?;
        for (place, (id, name)) in (0_i32..).zip(&own.sides) {
            partnerships::insert_side(conn, (new.partnership_id, place), *id, name, None)?;
        }
    }
    if let Some(instrument) = &new.instrument {
        instruments::publish(conn, instrument, now)?;
    }
    write_pseudonyms(conn, new, now)?;
    write_cycles(conn, new, now)?;
    for past in &new.cycles {
        write_responses(conn, past)?;
    }
    for episode in &new.episodes {
        write_episode(conn, new, episode, now)?;
    }
    Ok(())
}

fn write_pseudonyms(conn: &mut Conn, new: &NewHistory, now: DateTime<Utc>) -> Result<(), StoreError> {
    for some in new.pseudonyms.chunks(AT_ONCE) {
        let row = |(id, label): &(PseudonymId, String)| {
            (
                pseudonym::id.eq(id.to_string()),
                pseudonym::partnership_id.eq(new.partnership_id.to_string()),
                pseudonym::label.eq(label.clone()),
                pseudonym::created_at.eq(at(now)),
            )
        };
        let rows: Vec<_> = some.iter().map(row).collect();
        insert_rows!(conn, pseudonym::table, rows)?;
    }
    Ok(())
}

fn write_cycles(conn: &mut Conn, new: &NewHistory, now: DateTime<Utc>) -> Result<(), StoreError> {
    let partnership = new.partnership_id.to_string();
    for some in new.cycles.chunks(AT_ONCE) {
        let row = |past: &PastRows| {
            (
                cycle::id.eq(past.id.to_string()),
                cycle::partnership_id.eq(partnership.clone()),
                cycle::instrument_id.eq(past.instrument.0.clone()),
                cycle::instrument_version.eq(past.instrument.1),
                cycle::period.eq(past.period.clone()),
                cycle::origin.eq(HISTORIC),
                cycle::mode.eq(past.mode.0.as_str()),
                cycle::floor_k.eq(past.mode.1),
                cycle::opens_at.eq(at(past.window.0)),
                cycle::closes_at.eq(at(past.window.1)),
                cycle::state.eq(CycleState::Closed.as_str()),
                cycle::closed_at.eq(Some(at(past.window.1))),
                cycle::rebaseline.eq(past.facts.rebaseline),
                cycle::created_at.eq(at(now)),
                cycle::content_digest.eq(Some(past.facts.digest.clone())),
            )
        };
        let rows: Vec<_> = some.iter().map(row).collect();
        insert_rows!(conn, cycle::table, rows)?;
        let row = |past: &PastRows| {
            (
                scorecard::cycle_id.eq(past.id.to_string()),
                scorecard::partnership_id.eq(partnership.clone()),
                scorecard::instrument_id.eq(past.instrument.0.clone()),
                scorecard::instrument_version.eq(past.instrument.1),
                scorecard::period.eq(past.period.clone()),
                scorecard::closed_at.eq(at(past.window.1)),
                scorecard::published.eq(past.published.clone()),
                scorecard::basis.eq(past.basis.clone()),
                scorecard::exact.eq(past.exact.clone()),
            )
        };
        let rows: Vec<_> = some.iter().map(row).collect();
        insert_rows!(conn, scorecard::table, rows)?;
    }
    Ok(())
}

fn write_responses(conn: &mut Conn, past: &PastRows) -> Result<(), StoreError> {
    let cycle = past.id.to_string();
    for some in past.responses.chunks(AT_ONCE) {
        let row = |own: &ResponseRow| {
            (
                response::cycle_id.eq(cycle.clone()),
                response::answer_key.eq(own.key.to_string()),
                response::side_id.eq(own.side.to_string()),
                response::member_id.eq(own.member.map(|id| id.to_string())),
                response::answers.eq(own.answers.clone()),
                response::answered.eq(own.answered),
                response::pseudonym_id.eq(own.pseudonym.map(|id| id.to_string())),
            )
        };
        let rows: Vec<_> = some.iter().map(row).collect();
        insert_rows!(conn, response::table, rows)?;
    }
    Ok(())
}

fn write_episode(
    conn: &mut Conn,
    new: &NewHistory,
    own: &Episode,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let is_open = own.state != FlagState::Cleared;
    let key = is_open.then(|| flags::open_key(new.partnership_id, &new.instrument_id, &own.subject));
    let values = (
        flag::reasons.eq(to_json("reasons", &own.reasons)?),
        flag::severity.eq(own.severity.as_str()),
        flag::state.eq(own.state.as_str()),
        flag::open_key.eq(key),
        flag::last_cycle_id.eq(own.last.0.to_string()),
        flag::unmeasured.eq(own.unmeasured),
        flag::cleared_at.eq((!is_open).then(|| at(own.last.1))),
    );
    let Some((raised_cycle, raised_at)) = own.raised else {
        diesel::update(flag::table.find(own.id.to_string())).set(values).execute(conn)?;
        return Ok(());
    };
    diesel::insert_into(flag::table)
        .values((
            flag::id.eq(own.id.to_string()),
            flag::partnership_id.eq(new.partnership_id.to_string()),
            flag::instrument_id.eq(&new.instrument_id),
            flag::subject.eq(own.subject.to_string()),
            flag::raised_cycle_id.eq(raised_cycle.to_string()),
            flag::raised_at.eq(at(raised_at)),
            flag::debt_from.eq(is_open.then(|| at(now))),
            values,
        ))
        .execute(conn)?;
    Ok(())
}
