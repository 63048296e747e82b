//! Opens the cycles that should exist now and do not.
//!
//! A tick is only a hint: the unique key of partnership, instrument and period decides that a cycle is made once, however
//! many servers tick. Cycle, invitations and notices are one transaction.

use chrono::{DateTime, Utc};

use super::open_cycle::Round;
use super::times::zone;
use super::{Context, Look, Refusal};
use crate::domain::cadence::{self, Due, Window};
use crate::domain::cycle::CycleState;
use crate::domain::ids::CadenceId;
use crate::domain::partnership::PartnershipState;
use crate::failpoint;
use crate::store::StoreError;
use crate::store::cadences::{self, Cadence};
use crate::store::cycles::{self, NewCycle};
use crate::store::partnerships::{self, Partnership};

/// How many cadences one look takes on.
const BATCH: i64 = 200;

/// Everything that opening one cycle needs, read before the write.
struct Plan {
    cadence: Cadence,
    round: Round,
    last_period: Option<String>,
}

/// What was read for opening one cycle, to be handed to [`open`].
pub struct Planned(Plan);

impl std::fmt::Debug for Planned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Planned({})", self.0.cadence.id)
    }
}

/// Opens what is due. A cadence whose cycle cannot be made is told and left, and the others go on.
pub async fn open_due_cycles(ctx: &Context, now: DateTime<Utc>) -> Result<Look, Refusal> {
    let mut look = Look::default();
    loop {
        let page = look.page(BATCH);
        let due = ctx.store.read(move |conn| cadences::due(conn, now, page)).await?;
        if due.is_empty() {
            return Ok(look);
        }
        for id in due {
            look.note("opening a cycle", id, open_one(ctx, id, now).await);
        }
        if look.done > 0 {
            return Ok(look);
        }
    }
}

async fn open_one(ctx: &Context, id: CadenceId, now: DateTime<Utc>) -> Result<bool, Refusal> {
    let Some(planned) = look(ctx, id).await? else {
        // Paused or ended: looked at again tomorrow, so that resuming needs no bookkeeping.
        let later = now + chrono::TimeDelta::days(1);
        ctx.store.decide(move |conn| cadences::set_next(conn, id, later)).await?;
        return Ok(false);
    };
    open(ctx, planned, now).await
}

/// Reads what opening needs; none where the partnership is not active.
pub async fn look(ctx: &Context, id: CadenceId) -> Result<Option<Planned>, Refusal> {
    Ok(ctx.store.read(move |conn| plan(conn, id)).await?.map(Planned))
}

/// Opens what is due of one cadence, if partnership and cadence are still what was read; `true` when a cycle opened.
pub async fn open(ctx: &Context, planned: Planned, now: DateTime<Utc>) -> Result<bool, Refusal> {
    let plan = planned.0;
    let id = plan.cadence.id;
    let tz = zone(&plan.round.partnership.zone);
    let rule = &plan.cadence.rule;
    let next = rule.next(tz, now).opens;
    let made = match cadence::due(rule, tz, now, plan.cadence.created_at, plan.last_period.as_deref()) {
        Due::None => None,
        Due::Open(window) => Some(draft(&plan, &window, None)),
        Due::SkippedLate(window) => {
            let reason = "the service was not running and less than half of the time was left".to_owned();
            Some(draft(&plan, &window, Some((CycleState::SkippedLate, reason))))
        }
    };
    let key = ctx.key.clone();
    let opened = ctx
        .store
        .decide(move |conn| -> Result<bool, StoreError> {
            // Written first and read afterwards: whoever changes one of them waits for this, or is seen here.
            partnerships::hold(conn, plan.round.partnership.id)?;
            cadences::set_next(conn, id, next)?;
            if !still_holds(conn, &plan)? {
                cadences::set_next(conn, id, now)?;
                return Ok(false);
            }
            let Some(new) = made else { return Ok(false) };
            let opened = plan.round.open(conn, &key, &new, now)?.is_some();
            failpoint::pass("cycle-open-before-commit");
            Ok(opened)
        })
        .await?;
    if opened {
        failpoint::pass("cycle-open-after-commit");
        tracing::info!(cadence = %id, "cycle opened");
    }
    Ok(opened)
}

/// Whether partnership and cadence are what the plan was made from; the next look takes on what is not.
fn still_holds(conn: &mut crate::store::Conn, plan: &Plan) -> Result<bool, StoreError> {
    let partnership = partnerships::find(conn, plan.round.partnership.id)?;
    let cadence = cadences::find(conn, plan.cadence.id)?;
    let unchanged = |own: Partnership| {
        own.state == plan.round.partnership.state && own.zone == plan.round.partnership.zone
    };
    Ok(partnership.is_some_and(unchanged) && cadence.is_some_and(|own| own.is_unchanged(&plan.cadence)))
}

fn plan(conn: &mut crate::store::Conn, id: CadenceId) -> Result<Option<Plan>, StoreError> {
    let Some(cadence) = cadences::find(conn, id)? else { return Ok(None) };
    let Some(partnership) = partnerships::find(conn, cadence.partnership_id)? else { return Ok(None) };
    if partnership.state != PartnershipState::Active {
        return Ok(None);
    }
    let round = Round::load(conn, partnership, &cadence.instrument_id)?.ok_or_else(|| {
        StoreError::unreadable("a cadence", format!("instrument {} is not there", cadence.instrument_id))
    })?;
    let last = cycles::last_scheduled(conn, cadence.partnership_id, &cadence.instrument_id)?;
    Ok(Some(Plan { cadence, round, last_period: last.map(|c| c.period) }))
}

/// The cycle to be made; one whose mode cannot be kept is written down as not opened, with the reason.
fn draft(plan: &Plan, window: &Window, skipped: Option<(CycleState, String)>) -> NewCycle {
    let (mode, floor) = (plan.cadence.mode, plan.cadence.floor_k);
    let (state, reason) = match (skipped, mode.check_open(floor, &plan.round.counts())) {
        (Some((state, reason)), _) => (state, Some(reason)),
        (None, Err(error)) => (CycleState::NotOpened, Some(error.to_string())),
        (None, Ok(())) => (CycleState::Open, None),
    };
    NewCycle {
        partnership_id: plan.round.partnership.id,
        instrument: (plan.round.instrument.id.clone(), plan.round.instrument.version),
        period: window.period_key.clone(),
        origin: "scheduled",
        mode: (mode, floor),
        window: (window.opens, window.closes),
        state,
        reason,
        comments: plan.cadence.comments,
        keep_months: plan.cadence.keep_months,
    }
}
