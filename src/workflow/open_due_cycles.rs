//! Opens the cycles that should exist now and do not.
//!
//! A tick is only a hint: the unique key of partnership, instrument and period decides that a cycle is made once, however
//! many servers tick. Cycle, invitations and notices are one transaction.

use chrono::{DateTime, Utc};

use super::open_cycle::Round;
use super::times::zone;
use super::{Context, Refusal};
use crate::domain::cadence::{self, Due, Window};
use crate::domain::cycle::CycleState;
use crate::domain::partnership::PartnershipState;
use crate::store::cadences::{self, Cadence};
use crate::store::cycles::{self, NewCycle};
use crate::store::{StoreError, partnerships};

/// How many cadences one look takes on.
const BATCH: i64 = 200;

/// Everything that opening one cycle needs, read before the write.
struct Plan {
    cadence: Cadence,
    round: Round,
    last_period: Option<String>,
}

/// Opens what is due; gives the number of cycles made.
pub async fn open_due_cycles(ctx: &Context, now: DateTime<Utc>) -> Result<usize, Refusal> {
    let due = ctx.store.read(move |conn| cadences::due(conn, now, BATCH)).await?;
    let mut opened = 0;
    for cadence in due {
        opened += usize::from(open_one(ctx, cadence, now).await?);
    }
    Ok(opened)
}

async fn open_one(ctx: &Context, cadence: Cadence, now: DateTime<Utc>) -> Result<bool, Refusal> {
    let id = cadence.id;
    let Some(plan) = ctx.store.read(move |conn| plan(conn, cadence)).await? else {
        // Paused or ended: looked at again tomorrow, so that resuming needs no bookkeeping.
        let later = now + chrono::TimeDelta::days(1);
        ctx.store.write_tx(move |conn| cadences::set_next(conn, id, later)).await?;
        return Ok(false);
    };
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
        .write_tx(move |conn| -> Result<bool, StoreError> {
            cadences::set_next(conn, id, next)?;
            match made {
                Some(new) => plan.round.open(conn, &key, &new, now).map(|c| c.is_some()),
                None => Ok(false),
            }
        })
        .await?;
    if opened {
        tracing::info!(cadence = %id, "cycle opened");
    }
    Ok(opened)
}

fn plan(conn: &mut crate::store::Conn, cadence: Cadence) -> Result<Option<Plan>, StoreError> {
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
    }
}
