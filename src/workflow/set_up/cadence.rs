//! Cadences.

use chrono::{DateTime, Utc};

use super::super::proposals::put_cadence as put_in;
use super::super::proposals::{CadenceChange, Deed, Proposed, Speaker, only_tightens, propose_in};
use super::super::{Context, Refusal};
use crate::domain::cadence::CadenceRule;
use crate::domain::ids::PartnershipId;
use crate::domain::mode::Mode;
use crate::domain::partnership::PartnershipState;
use crate::domain::proposal::clean_reason;
use crate::store::cadences;
use crate::store::{instruments, meta, partnerships};

/// A cadence as typed and parsed.
#[derive(Clone, Debug)]
pub struct CadenceInput {
    /// Which instrument.
    pub instrument_id: String,
    /// When rounds open and close.
    pub rule: CadenceRule,
    /// Who will see what.
    pub mode: Mode,
    /// The floor k; the mode's own when none is typed.
    pub floor_k: Option<u32>,
    /// Whether it runs.
    pub active: bool,
}

/// Makes or changes the cadence of a partnership for an instrument, with nobody asked: for the first set-up and for files.
/// An open round keeps what it opened with.
pub async fn put_cadence(
    ctx: &Context,
    actor: &str,
    partnership: PartnershipId,
    input: CadenceInput,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    input.rule.validate().map_err(|e| Refusal::field("rule", e))?;
    let floor_k = check_mode(input.mode, input.floor_k)?;
    let actor = actor.to_owned();
    ctx.store
        .write_tx(move |conn| {
            instruments::latest(conn, &input.instrument_id)?
                .ok_or_else(|| Refusal::field("instrument", "Choose one of the published instruments."))?;
            let CadenceInput { instrument_id, rule, mode, active, .. } = input;
            let change = CadenceChange { instrument_id, rule, mode, floor_k, active };
            put_in(conn, partnership, change, now)?;
            meta::audit(conn, &actor, "cadence set", &partnership.to_string(), now)?;
            Ok(())
        })
        .await
}

/// Makes a cadence, or changes one. What the sides have agreed to is changed by all of them: unless a change of an active
/// partnership's cadence only tightens (a stricter mode, a higher floor), it becomes a proposal.
pub async fn change_cadence(
    ctx: &Context,
    speaker: Speaker,
    partnership: PartnershipId,
    input: CadenceInput,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<Proposed, Refusal> {
    input.rule.validate().map_err(|e| Refusal::field("rule", e))?;
    let reason = clean_reason(reason).map_err(|e| Refusal::field("reason", e))?;
    let CadenceInput { instrument_id, rule, mode, floor_k, active } = input;
    let floor_k = check_mode(mode, floor_k)?;
    let change = CadenceChange { instrument_id, rule, mode, floor_k, active };
    ctx.store
        .write_tx(move |conn| {
            let found = partnerships::find(conn, partnership)?.ok_or(Refusal::NotFound)?;
            instruments::latest(conn, &change.instrument_id)?
                .ok_or_else(|| Refusal::field("instrument", "Choose one of the published instruments."))?;
            let known = cadences::of_partnership(conn, partnership)?;
            let before = known.iter().find(|c| c.instrument_id == change.instrument_id);
            match before.filter(|own| !only_tightens(own, &change)) {
                Some(own) if found.state == PartnershipState::Active => {
                    let deed = Deed::ChangeCadence(own.id, change);
                    propose_in(conn, &speaker, partnership, &deed, reason, now).map(Proposed::Waits)
                }
                _ => {
                    put_in(conn, partnership, change, now)?;
                    meta::audit(conn, &speaker.actor, "cadence set", &partnership.to_string(), now)?;
                    Ok(Proposed::Done)
                }
            }
        })
        .await
}

/// The floor of a mode as typed, if the mode is offered and takes it.
pub(in crate::workflow) fn check_mode(mode: Mode, floor: Option<u32>) -> Result<u32, Refusal> {
    if mode == Mode::Anonymous {
        return Err(Refusal::field(
            "mode",
            "Anonymous mode is not offered yet: until answers can be unlinked for good at the close, it would promise \
             more than it keeps. Choose confidential mode.",
        ));
    }
    let floor = floor.unwrap_or_else(|| mode.default_floor());
    let range = mode.floor_range();
    if !range.contains(&floor) {
        let sentence = format!("In {mode} mode it must be {} to {}.", range.start(), range.end());
        return Err(Refusal::field("floor_k", sentence));
    }
    Ok(floor)
}
