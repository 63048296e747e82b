//! Closes the cycles whose time has come: score, publish, freeze, flag, and tell the managers of all sides.
//!
//! Everything is read and computed outside the write. The write then checks that no answer was saved meanwhile and that the
//! cycle is still open; closed cycle, scorecard, flags and notices are one transaction. No side learns anything earlier
//! than another.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Context, Look, Refusal};
use crate::domain::close::{self, Closed, ClosedCycle, Closing, Response, SideAsked};
use crate::domain::drift::Tracker;
use crate::domain::flags::OpenFlag;
use crate::domain::ids::{CycleId, PersonId, SideId};
use crate::domain::instrument::Instrument;
use crate::domain::mode::Mode;
use crate::domain::proposal::Act;
use crate::domain::publication::{Basis, PublishMeta};
use crate::failpoint;
use crate::store::cycles::{self, Cycle};
use crate::store::flags::{self as flag_rows, Cause};
use crate::store::outbox::notices::{self, NewNotice};
use crate::store::partnerships::{self, Side};
use crate::store::responses::{self, Version};
use crate::store::{Conn, StoreError, alone, ballots, instruments, invitations, past, proposals, scorecards};

const BATCH: i64 = 200;
/// So many are closed with one commit: a few milliseconds, for which somebody's answer waits.
const AT_ONCE: usize = 16;
/// Result letters are worth sending this long.
const RESULT_FOR: TimeDelta = TimeDelta::days(5);

/// What a close reads.
struct Material {
    cycle: Cycle,
    partnership: String,
    instrument: Instrument,
    sides: Vec<Side>,
    invited: Vec<invitations::SideCount>,
    responses: Vec<Response>,
    version: Version,
    basis: Basis,
    /// The newest scorecard, which the basis and the drift test come from.
    newest: Option<(CycleId, DateTime<Utc>)>,
    /// Whether the sides agreed since then to start drift afresh.
    afresh: bool,
    tracker: Tracker,
    open_flags: Vec<OpenFlag>,
    managers: BTreeSet<PersonId>,
}

/// What a close writes.
struct Outcome {
    cycle: CycleId,
    version: Version,
    newest: Option<(CycleId, DateTime<Utc>)>,
    closed: Closed,
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
        let mut chunks = due.chunks(AT_ONCE);
        let mut next = compute_some(ctx, chunks.next(), now).await;
        while let Some((ids, computed)) = next {
            // What comes next is computed while this is written.
            let (closes, computed) =
                tokio::join!(close_together(ctx, ids, computed, now), compute_some(ctx, chunks.next(), now));
            next = computed;
            for (id, closed) in closes {
                look.note("closing a cycle", id, closed);
            }
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
    /// An answer or another scorecard came in between reading and writing: compute again.
    Stale,
    Store(StoreError),
}

impl From<StoreError> for Stopped {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

type Closes = Vec<(CycleId, Result<bool, Refusal>)>;

/// Closes some cycles with one commit. One that went stale meanwhile is closed by itself, and so is each of them where all
/// failed together: one that cannot be closed takes no other with it.
async fn close_together(
    ctx: &Context,
    ids: &[CycleId],
    computed: Result<Computed, StoreError>,
    now: DateTime<Utc>,
) -> Closes {
    let mut closes = Vec::with_capacity(ids.len());
    let mut again = Vec::new();
    let written = match computed {
        Ok(computed) => write_together(ctx, computed, now).await,
        Err(error) => Err(error),
    };
    match written {
        Ok(outcomes) => {
            for (id, outcome) in outcomes {
                match outcome {
                    Ok(()) => closes.push((id, Ok(closed(id)))),
                    Err(Stopped::NotOpen) => closes.push((id, Ok(false))),
                    Err(Stopped::Stale | Stopped::Store(_)) => again.push(id),
                }
            }
        }
        Err(error) => {
            tracing::warn!(%error, "cycles are closed one by one");
            again.extend_from_slice(ids);
        }
    }
    for id in again {
        closes.push((id, close_one(ctx, id, now).await));
    }
    closes
}

type Computed = Vec<(CycleId, Option<Outcome>)>;
type Outcomes = Vec<(CycleId, Result<(), Stopped>)>;

/// Reads and computes some cycles; `None` where there are none.
async fn compute_some<'a>(
    ctx: &Context,
    some: Option<&'a [CycleId]>,
    now: DateTime<Utc>,
) -> Option<(&'a [CycleId], Result<Computed, StoreError>)> {
    let ids = some?;
    let own = ids.to_vec();
    let work = move |conn: &mut Conn| -> Result<Computed, StoreError> {
        own.into_iter().map(|id| Ok((id, load(conn, id)?.map(|material| compute(material, now))))).collect()
    };
    Some((ids, ctx.store.read(work).await))
}

async fn write_together(
    ctx: &Context,
    computed: Computed,
    now: DateTime<Utc>,
) -> Result<Outcomes, StoreError> {
    let work = move |conn: &mut Conn| -> Result<Outcomes, StoreError> {
        let mut written = Vec::with_capacity(computed.len());
        for (id, outcome) in computed {
            let Some(outcome) = outcome else {
                written.push((id, Err(Stopped::NotOpen)));
                continue;
            };
            match alone(conn, |conn| write(conn, outcome, now)) {
                // A full disk ends the whole transaction, and whoever lost a race for a lock would hold up the others.
                Err(Stopped::Store(error)) => return Err(error),
                outcome => written.push((id, outcome)),
            }
        }
        Ok(written)
    };
    ctx.store.decide(work).await
}

fn closed(id: CycleId) -> bool {
    failpoint::pass("close-after-commit");
    tracing::info!(cycle = %id, "cycle closed");
    true
}

async fn close_one(ctx: &Context, id: CycleId, now: DateTime<Utc>) -> Result<bool, Refusal> {
    // Answers are refused from the closing time on, so that a second round always settles it.
    for _ in 0..5 {
        let read = move |conn: &mut Conn| -> Result<Option<Outcome>, StoreError> {
            Ok(load(conn, id)?.map(|material| compute(material, now)))
        };
        let Some(outcome) = ctx.store.read(read).await? else { return Ok(false) };
        match ctx.store.decide(move |conn| write(conn, outcome, now)).await {
            Ok(()) => return Ok(closed(id)),
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
    let newest = scorecards::newest(conn, cycle.partnership_id, &cycle.instrument_id)?;
    let since = newest.map(|own| own.1);
    let afresh =
        newest.is_some() && proposals::approved_since(conn, cycle.partnership_id, Act::Rebaseline, since)?;
    let tracker = tracker(conn, &cycle, (&instrument, &sides, &responses), &basis)?;
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
        newest,
        afresh,
        tracker,
        open_flags,
        managers,
    }))
}

/// The drift test as the close before left it: reads the cycles that it still looks at, and of earlier ones only what is
/// missing about the people who answer now.
fn tracker(
    conn: &mut Conn,
    cycle: &Cycle,
    (instrument, sides, responses): (&Instrument, &[Side], &[Response]),
    basis: &Basis,
) -> Result<Tracker, StoreError> {
    let of = (cycle.partnership_id, cycle.instrument_id.as_str());
    let count = close::looks_back(basis, instrument);
    let loaded = past::last(conn, of.0, of.1, count)?;
    let sides: Vec<SideId> = sides.iter().map(|side| side.id).collect();
    let resumed = close::resume(&sides, basis, instrument, &loaded);
    let mut tracker = resumed.map_err(|e| StoreError::unreadable("a partnership's past", e))?;
    let people = tracker.unknown(&close::given(instrument, &cycle.period, responses));
    let older = past::before(conn, of, count, &people)?;
    tracker.remember(&older.iter().map(ClosedCycle::answers).collect::<Vec<_>>());
    Ok(tracker)
}

fn compute(material: Material, now: DateTime<Utc>) -> Outcome {
    let Material { cycle, partnership, instrument, responses, basis, mut tracker, .. } = material;
    let invited = |side: &Side| {
        let counted = material.invited.iter().find(|own| own.side_id == side.id);
        counted.map_or(0, |own| own.invited)
    };
    let asked = |side: &Side| SideAsked { side: side.id, name: side.name.clone(), invited: invited(side) };
    let sides: Vec<SideAsked> = material.sides.iter().map(asked).collect();
    let meta = PublishMeta {
        cycle_id: cycle.id,
        partnership_id: cycle.partnership_id,
        partnership,
        period: cycle.period.clone(),
        opened_at: cycle.opens_at.and_utc(),
        closed_at: now,
    };
    let closing = Closing {
        instrument: &instrument,
        sides: &sides,
        responses: &responses,
        mode: cycle.mode,
        floor_k: cycle.floor(),
        rebaseline: cycle.rebaseline || material.afresh,
        meta: &meta,
    };
    let closed = close::close(&closing, &basis, &material.open_flags, &mut tracker);
    let (version, newest, managers) = (material.version, material.newest, material.managers);
    Outcome { cycle: cycle.id, version, newest, closed, managers }
}

/// Closes a cycle before its time, in the transaction of the agreement to it; `false` when it is not open any more.
pub(super) fn close_now(conn: &mut Conn, id: CycleId, now: DateTime<Utc>) -> Result<bool, StoreError> {
    if !seal(conn, id, now)? {
        return Ok(false);
    }
    // Nobody can save any more and nobody else closes a cycle of this partnership, so what is read now is final.
    let Some(cycle) = cycles::find(conn, id)? else { return Ok(false) };
    partnerships::hold(conn, cycle.partnership_id)?;
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
    let card = &outcome.closed.card;
    partnerships::hold(conn, card.partnership_id)?;
    if scorecards::newest(conn, card.partnership_id, &card.instrument.id)? != outcome.newest {
        return Err(Stopped::Stale);
    }
    settle(conn, outcome, now)?;
    failpoint::pass("close-before-commit");
    Ok(())
}

/// Ends the answering; `false` when somebody else has.
fn seal(conn: &mut Conn, id: CycleId, now: DateTime<Utc>) -> Result<bool, StoreError> {
    if !cycles::close(conn, id, now)? {
        return Ok(false);
    }
    // Waits for answers that are being saved; later ones find the cycle closed. Only then the version is final.
    super::cycle_end::clear_up(conn, id, now)?;
    Ok(true)
}

fn settle(conn: &mut Conn, outcome: Outcome, now: DateTime<Utc>) -> Result<(), StoreError> {
    let Closed { card, exact, basis } = &outcome.closed;
    let cause = Cause {
        partnership_id: card.partnership_id,
        instrument_id: &card.instrument.id,
        cycle_id: outcome.cycle,
        at: now,
    };
    super::freeze_comments::freeze(conn, outcome.cycle, card)?;
    if card.mode == Mode::Anonymous {
        // The bytes that this leaves behind are written over right after the close: see `unlink`.
        ballots::unlink(conn, outcome.cycle)?;
        invitations::forget_who_sent(conn, outcome.cycle)?;
    }
    for change in &card.flags {
        flag_rows::record(conn, cause, change)?;
    }
    scorecards::insert(conn, card, exact.as_ref(), basis, now)?;
    super::review::open(conn, card, now)?;
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
