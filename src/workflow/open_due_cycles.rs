//! Opens the cycles that should exist now and do not.
//!
//! A tick is only a hint: the unique key of partnership, instrument and period decides that a cycle is made once, however
//! many servers tick. Cycle, invitations and notices are one transaction.

use chrono::{DateTime, Utc};

use super::times::zone;
use super::{Context, Look, Refusal};
use crate::domain::cadence::{self, Due, Window};
use crate::domain::cycle::CycleState;
use crate::domain::ids::{CadenceId, CycleId, InvitationId};
use crate::domain::instrument::Instrument;
use crate::domain::partnership::PartnershipState;
use crate::secrets;
use crate::store::cadences::{self, Cadence};
use crate::store::cycles::{self, NewCycle};
use crate::store::invitations::{self, NewInvitation};
use crate::store::outbox::notices::{self, NewNotice};
use crate::store::partnerships::{self, Member, Partnership};
use crate::store::people::Person;
use crate::store::{StoreError, instruments};

/// How many cadences one look takes on.
const BATCH: i64 = 200;

/// Everything that opening one cycle needs, read before the write.
struct Plan {
    cadence: Cadence,
    partnership: Partnership,
    instrument: Instrument,
    sides: Vec<partnerships::Side>,
    respondents: Vec<(Member, Person)>,
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
        ctx.store.write_tx(move |conn| cadences::set_next(conn, id, later)).await?;
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
    let tz = zone(&plan.partnership.zone);
    let rule = &plan.cadence.rule;
    let next = rule.next(tz, now).opens;
    let made = match cadence::due(rule, tz, now, plan.cadence.created_at, plan.last_period.as_deref()) {
        Due::None => None,
        Due::Open(window) => Some((draft(&plan, &window, None), window)),
        Due::SkippedLate(window) => {
            let reason = "the service was not running and less than half of the time was left".to_owned();
            Some((draft(&plan, &window, Some((CycleState::SkippedLate, reason))), window))
        }
    };
    let key = ctx.key.clone();
    let opened = ctx
        .store
        .write_tx(move |conn| -> Result<bool, StoreError> {
            // Written first and read afterwards: whoever changes one of them waits for this, or is seen here.
            partnerships::hold(conn, plan.partnership.id)?;
            cadences::set_next(conn, id, next)?;
            if !still_holds(conn, &plan)? {
                cadences::set_next(conn, id, now)?;
                return Ok(false);
            }
            match made {
                Some((new, window)) => write(conn, &key, &plan, &new, &window, now).map(|c| c.is_some()),
                None => Ok(false),
            }
        })
        .await?;
    if opened {
        tracing::info!(cadence = %id, "cycle opened");
    }
    Ok(opened)
}

/// Whether partnership and cadence are what the plan was made from; the next look takes on what is not.
fn still_holds(conn: &mut crate::store::Conn, plan: &Plan) -> Result<bool, StoreError> {
    let partnership = partnerships::find(conn, plan.partnership.id)?;
    let cadence = cadences::find(conn, plan.cadence.id)?;
    let unchanged =
        |own: Partnership| own.state == plan.partnership.state && own.zone == plan.partnership.zone;
    Ok(partnership.is_some_and(unchanged) && cadence.is_some_and(|own| own.is_unchanged(&plan.cadence)))
}

fn plan(conn: &mut crate::store::Conn, id: CadenceId) -> Result<Option<Plan>, StoreError> {
    let Some(cadence) = cadences::find(conn, id)? else { return Ok(None) };
    let Some(partnership) = partnerships::find(conn, cadence.partnership_id)? else { return Ok(None) };
    if partnership.state != PartnershipState::Active {
        return Ok(None);
    }
    let instrument = instruments::latest(conn, &cadence.instrument_id)?.ok_or_else(|| {
        StoreError::unreadable("a cadence", format!("instrument {} is not there", cadence.instrument_id))
    })?;
    let sides = partnerships::sides(conn, partnership.id)?;
    let respondents =
        partnerships::members(conn, partnership.id)?.into_iter().filter(|(m, _)| m.respondent).collect();
    let last = cycles::last_scheduled(conn, partnership.id, &cadence.instrument_id)?;
    Ok(Some(Plan {
        cadence,
        partnership,
        instrument,
        sides,
        respondents,
        last_period: last.map(|c| c.period),
    }))
}

/// The cycle to be made; one whose mode cannot be kept is written down as not opened, with the reason.
fn draft(plan: &Plan, window: &Window, skipped: Option<(CycleState, String)>) -> NewCycle {
    let counts: Vec<(&str, u32)> = plan
        .sides
        .iter()
        .map(|side| {
            let invited = plan.respondents.iter().filter(|(m, _)| m.side_id == Some(side.id)).count();
            (side.name.as_str(), u32::try_from(invited).unwrap_or(u32::MAX))
        })
        .collect();
    let (mode, floor) = (plan.cadence.mode, plan.cadence.floor_k);
    let (state, reason) = match (skipped, mode.check_open(floor, &counts)) {
        (Some((state, reason)), _) => (state, Some(reason)),
        (None, Err(error)) => (CycleState::NotOpened, Some(error.to_string())),
        (None, Ok(())) => (CycleState::Open, None),
    };
    NewCycle {
        partnership_id: plan.partnership.id,
        instrument: (plan.instrument.id.clone(), plan.instrument.version),
        period: window.period_key.clone(),
        origin: "scheduled",
        mode: (mode, floor),
        window: (window.opens, window.closes),
        state,
        reason,
    }
}

fn write(
    conn: &mut crate::store::Conn,
    key: &secrets::Key,
    plan: &Plan,
    new: &NewCycle,
    window: &Window,
    now: DateTime<Utc>,
) -> Result<Option<CycleId>, StoreError> {
    let Some(cycle) = cycles::insert(conn, new, now)? else { return Ok(None) };
    if new.state != CycleState::Open {
        return Ok(None);
    }
    let tz = zone(&plan.partnership.zone);
    let reminders = cadence::reminders(window, tz);
    // The close still gets its own letter; one that would arrive within the last hour helps nobody.
    let not_after = new.window.1 - chrono::TimeDelta::hours(1);
    for (member, person) in &plan.respondents {
        let Some(side_id) = member.side_id else { continue };
        let salt = secrets::random_token();
        let invitation = NewInvitation {
            id: InvitationId::mint_random(),
            member_id: member.id,
            person_id: person.id,
            side_id,
            token_hash: secrets::digest(key.survey_token(&salt)),
            salt,
        };
        invitations::insert(conn, cycle, &invitation, now)?;
        let notice = |natural_key: String, kind: &'static str, due_at: DateTime<Utc>| NewNotice {
            natural_key,
            kind,
            person_id: person.id,
            cycle_id: Some(cycle),
            reference: invitation.id.to_string(),
            due_at,
            not_after,
        };
        let invite = format!("invite:{cycle}:{}", member.id);
        notices::insert(conn, &notice(invite, "invite", new.window.0), now)?;
        for (number, at) in (1..).zip(&reminders) {
            let remind = format!("remind:{cycle}:{}:{number}", member.id);
            notices::insert(conn, &notice(remind, "remind", *at), now)?;
        }
    }
    Ok(Some(cycle))
}
