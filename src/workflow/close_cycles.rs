//! Closes the cycles whose time has come: score, publish, freeze, flag, and tell the managers of all sides.
//!
//! Everything is read and computed outside the write. The write then checks that no answer was saved meanwhile and that the
//! cycle is still open; closed cycle, scorecard, flags and notices are one transaction. No side learns anything earlier
//! than another.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Context, Look, Refusal};
use crate::domain::flags::{self, FlagChange, FlagState, OpenFlag};
use crate::domain::ids::{CycleId, FlagId, PersonId};
use crate::domain::instrument::Instrument;
use crate::domain::publication::{self, Basis, CardFlag, PublishMeta, Scorecard};
use crate::domain::scoring::{self, SideInput};
use crate::store::cycles::{self, Cycle};
use crate::store::flags::{self as flag_rows, Cause};
use crate::store::outbox::notices::{self, NewNotice};
use crate::store::partnerships::{self, Side};
use crate::store::responses::{self, SideResponse, Version};
use crate::store::{Conn, StoreError, instruments, invitations, scorecards};

const BATCH: i64 = 200;
/// Result letters are worth sending this long.
const RESULT_FOR: TimeDelta = TimeDelta::days(5);

/// What a close reads.
struct Material {
    cycle: Cycle,
    partnership: String,
    instrument: Instrument,
    sides: Vec<Side>,
    invited: Vec<invitations::SideCount>,
    responses: Vec<SideResponse>,
    version: Version,
    basis: Basis,
    open_flags: Vec<OpenFlag>,
    managers: BTreeSet<PersonId>,
}

/// What a close writes.
struct Outcome {
    cycle: CycleId,
    version: Version,
    card: Scorecard,
    basis: Basis,
    flags: Vec<FlagChange>,
    open_flags: Vec<OpenFlag>,
    managers: BTreeSet<PersonId>,
}

/// Closes what is due. A cycle that cannot be closed is told and left, and the others are closed.
pub async fn close_cycles(ctx: &Context, now: DateTime<Utc>) -> Result<Look, Refusal> {
    let mut look = Look::default();
    loop {
        let page = look.page(BATCH);
        let due = ctx.store.read(move |conn| cycles::due_to_close(conn, now, page)).await?;
        if due.is_empty() {
            return Ok(look);
        }
        for id in due {
            look.note("closing a cycle", id, close_one(ctx, id, now).await);
        }
        if look.done > 0 {
            return Ok(look);
        }
    }
}

/// Why a close wrote nothing.
enum Stopped {
    /// Another tick was first.
    NotOpen,
    /// An answer came in between reading and writing: compute again.
    Stale,
    Store(StoreError),
}

impl From<StoreError> for Stopped {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

async fn close_one(ctx: &Context, id: CycleId, now: DateTime<Utc>) -> Result<bool, Refusal> {
    // Answers are refused from the closing time on, so that a second round always settles it.
    for _ in 0..5 {
        let Some(material) = ctx.store.read(move |conn| load(conn, id)).await? else { return Ok(false) };
        let outcome = compute(material, now);
        match ctx.store.write_tx(move |conn| write(conn, outcome, now)).await {
            Ok(()) => {
                tracing::info!(cycle = %id, "cycle closed");
                return Ok(true);
            }
            Err(Stopped::NotOpen) => return Ok(false),
            Err(Stopped::Stale) => {}
            Err(Stopped::Store(error)) => return Err(error.into()),
        }
    }
    Err(StoreError::Busy(format!("cycle {id} kept changing while it was closed")).into())
}

fn load(conn: &mut Conn, id: CycleId) -> Result<Option<Material>, StoreError> {
    let gone = |what: &str| StoreError::unreadable("a cycle", format!("its {what} is gone"));
    let Some(cycle) = cycles::find(conn, id)? else { return Ok(None) };
    let partnership =
        partnerships::find(conn, cycle.partnership_id)?.ok_or_else(|| gone("partnership"))?.name;
    let instrument =
        instruments::find(conn, &cycle.instrument_id, cycle.version())?.ok_or_else(|| gone("instrument"))?;
    let sides = partnerships::sides(conn, cycle.partnership_id)?;
    let invited = invitations::counts(conn, &[id])?;
    let version = responses::version(conn, id)?;
    let responses = responses::for_close(conn, id)?;
    let basis =
        scorecards::latest_basis(conn, cycle.partnership_id, &cycle.instrument_id)?.unwrap_or_default();
    let open_flags = flag_rows::open(conn, cycle.partnership_id, &cycle.instrument_id)?;
    let managers =
        partnerships::managers(conn, cycle.partnership_id)?.into_iter().map(|(_, p)| p.id).collect();
    Ok(Some(Material {
        cycle,
        partnership,
        instrument,
        sides,
        invited,
        responses,
        version,
        basis,
        open_flags,
        managers,
    }))
}

fn compute(material: Material, now: DateTime<Utc>) -> Outcome {
    let Material { cycle, instrument, sides, invited, responses, basis, .. } = material;
    let mut inputs: Vec<SideInput> = sides
        .into_iter()
        .map(|side| SideInput {
            side: side.id,
            name: side.name,
            invited: invited.iter().find(|c| c.side_id == side.id).map_or(0, |c| c.invited),
            respondents: Vec::new(),
        })
        .collect();
    for response in responses {
        if let Some(input) = inputs.iter_mut().find(|i| i.side == response.side_id) {
            input.respondents.push(response.answers);
        }
    }
    let figures = scoring::score_cycle(&instrument, &inputs, &basis.ratings);
    let meta = PublishMeta {
        cycle_id: cycle.id,
        partnership_id: cycle.partnership_id,
        partnership: material.partnership,
        period: cycle.period.clone(),
        opened_at: cycle.opens_at.and_utc(),
        closed_at: now,
    };
    let card = publication::publish(&figures, &instrument, cycle.mode, cycle.floor(), &meta);
    Outcome {
        cycle: cycle.id,
        version: material.version,
        basis: basis.after(&card),
        flags: flags::update(&material.open_flags, &card),
        open_flags: material.open_flags,
        managers: material.managers,
        card,
    }
}

/// Closes a cycle before its time, in the transaction of the agreement to it; `false` when it is not open any more.
pub(super) fn close_now(conn: &mut Conn, id: CycleId, now: DateTime<Utc>) -> Result<bool, StoreError> {
    if !seal(conn, id, now)? {
        return Ok(false);
    }
    // Nobody can save any more, so what is read now is final.
    let Some(material) = load(conn, id)? else { return Ok(false) };
    settle(conn, compute(material, now), now)?;
    Ok(true)
}

fn write(conn: &mut Conn, outcome: Outcome, now: DateTime<Utc>) -> Result<(), Stopped> {
    if !seal(conn, outcome.cycle, now)? {
        return Err(Stopped::NotOpen);
    }
    if responses::version(conn, outcome.cycle)? != outcome.version {
        return Err(Stopped::Stale);
    }
    Ok(settle(conn, outcome, now)?)
}

/// Ends the answering; `false` when somebody else has.
fn seal(conn: &mut Conn, id: CycleId, now: DateTime<Utc>) -> Result<bool, StoreError> {
    if !cycles::close(conn, id, now)? {
        return Ok(false);
    }
    // Waits for answers that are being saved; later ones find no salt. Only then the version is final.
    super::cycle_end::clear_up(conn, id, now)?;
    Ok(true)
}

fn settle(conn: &mut Conn, mut outcome: Outcome, now: DateTime<Utc>) -> Result<(), StoreError> {
    outcome.card.flags = write_flags(conn, &outcome, now)?;
    scorecards::insert(conn, &outcome.card, &outcome.basis, now)?;
    for person_id in outcome.managers {
        let notice = NewNotice {
            natural_key: format!("result:{}:{person_id}", outcome.cycle),
            kind: "result",
            person_id,
            cycle_id: Some(outcome.cycle),
            reference: String::new(),
            due_at: now,
            not_after: now + RESULT_FOR,
        };
        notices::insert(conn, &notice, now)?;
    }
    Ok(())
}

/// Stores what happens to the flags; gives the same for the scorecard to keep.
fn write_flags(conn: &mut Conn, outcome: &Outcome, now: DateTime<Utc>) -> Result<Vec<CardFlag>, StoreError> {
    let cause = Cause {
        partnership_id: outcome.card.partnership_id,
        instrument_id: &outcome.card.instrument.id,
        cycle_id: outcome.cycle,
        at: now,
    };
    let mut kept = Vec::with_capacity(outcome.flags.len());
    for change in &outcome.flags {
        kept.push(write_flag(conn, cause, change, &outcome.open_flags)?);
    }
    Ok(kept)
}

fn write_flag(
    conn: &mut Conn,
    cause: Cause<'_>,
    change: &FlagChange,
    open: &[OpenFlag],
) -> Result<CardFlag, StoreError> {
    let subject_of = |id: FlagId| {
        let known = open.iter().find(|flag| flag.id == id).map(|flag| flag.subject.clone());
        known.ok_or_else(|| StoreError::unreadable("a flag", "it was not open"))
    };
    Ok(match change {
        FlagChange::Raise { subject, reasons, severity } => CardFlag {
            id: flag_rows::raise(conn, cause, subject, reasons, *severity)?,
            subject: subject.clone(),
            reasons: reasons.clone(),
            severity: Some(*severity),
            state: FlagState::Raised,
            unmeasured: false,
        },
        FlagChange::Hold { id, reasons, severity, unmeasured } => {
            flag_rows::hold(conn, cause, *id, reasons, *severity, *unmeasured)?;
            CardFlag {
                id: *id,
                subject: subject_of(*id)?,
                reasons: reasons.clone(),
                severity: Some(*severity),
                state: FlagState::Held,
                unmeasured: *unmeasured,
            }
        }
        FlagChange::Clear { id } => {
            flag_rows::clear(conn, cause, *id)?;
            CardFlag {
                id: *id,
                subject: subject_of(*id)?,
                reasons: Vec::new(),
                severity: None,
                state: FlagState::Cleared,
                unmeasured: false,
            }
        }
    })
}
