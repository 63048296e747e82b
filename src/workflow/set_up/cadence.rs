//! Cadences.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::super::times::zone;
use super::super::{Context, Refusal};
use crate::domain::cadence::CadenceRule;
use crate::domain::ids::PartnershipId;
use crate::domain::mode::Mode;
use crate::store::cadences::{self, CadenceDraft};
use crate::store::{Conn, instruments, meta, partnerships};

/// A cadence as typed and parsed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// Makes or changes the cadence of a partnership for an instrument. An open round keeps what it opened with.
pub async fn put_cadence(
    ctx: &Context,
    actor: &str,
    partnership: PartnershipId,
    input: CadenceInput,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    input.check()?;
    let actor = actor.to_owned();
    ctx.store.write_tx(move |conn| write_cadence(conn, &actor, partnership, &input, now)).await
}

/// The part of [`put_cadence`] inside a transaction.
///
/// # Errors
/// Fields `rule`, `mode`, `floor_k` or `instrument`; nothing is there when the partnership is not.
pub fn write_cadence(
    conn: &mut Conn,
    actor: &str,
    partnership: PartnershipId,
    input: &CadenceInput,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let floor_k = input.check()?;
    let found = partnerships::find(conn, partnership)?.ok_or(Refusal::NotFound)?;
    instruments::latest(conn, &input.instrument_id)?
        .ok_or_else(|| Refusal::field("instrument", "Choose one of the published instruments."))?;
    let before = cadences::of_partnership(conn, partnership)?
        .into_iter()
        .find(|own| own.instrument_id == input.instrument_id);
    // A tick that has not looked yet still has to: between an opening time and the tick a save must not make the period
    // disappear. What is due then is told by the new rule.
    let waiting = before.and_then(|own| own.next_opens_at).filter(|hint| *hint <= now);
    let next = waiting.unwrap_or_else(|| input.rule.next(zone(&found.zone), now).opens);
    let draft = CadenceDraft {
        instrument_id: input.instrument_id.clone(),
        rule: input.rule.clone(),
        mode: input.mode,
        floor_k,
        active: input.active,
    };
    cadences::put(conn, partnership, &draft, next, now)?;
    meta::audit(conn, actor, "cadence set", &partnership.to_string(), now)?;
    Ok(())
}

impl CadenceInput {
    /// The floor k that the cadence would have.
    ///
    /// # Errors
    /// Fields `rule`, `mode` or `floor_k`.
    pub fn check(&self) -> Result<u32, Refusal> {
        self.rule.validate().map_err(|e| Refusal::field("rule", e))?;
        check_mode(self.mode, self.floor_k)
    }
}

fn check_mode(mode: Mode, floor: Option<u32>) -> Result<u32, Refusal> {
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
