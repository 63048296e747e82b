//! Cadences.

use std::ops::RangeInclusive;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::super::own_act::OwnAct;
use super::super::own_side;
use super::super::own_view::refuse_in_a_view;
use super::super::proposals::{CadenceChange, Deed, Proposed, Speaker, propose_in};
use super::super::times::zone;
use super::super::{Context, Refusal};
use crate::domain::cadence::CadenceRule;
use crate::domain::ids::PartnershipId;
use crate::domain::mode::Mode;
use crate::domain::partnership::PartnershipState;
use crate::domain::proposal::Act;
use crate::domain::proposal::clean_reason;
use crate::store::cadences::{self, Cadence, CadenceDraft};
use crate::store::partnerships::Partnership;
use crate::store::{Conn, StoreError, cycles, instruments, meta, partnerships, proposals};

/// How many months comments and anonymous answers may be kept; the instance's setting holds where it is shorter.
const KEEP_MONTHS: RangeInclusive<u32> = 1..=120;

/// Months in order: no own limit is the longest.
fn months(own: Option<u32>) -> u32 {
    own.unwrap_or(u32::MAX)
}

/// A cadence as typed and parsed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CadenceInput {
    /// Which instrument.
    pub instrument_id: String,
    /// When cycles open and close.
    pub rule: CadenceRule,
    /// Who will see what.
    pub mode: Mode,
    /// The floor k; the mode's own when none is typed.
    pub floor_k: Option<u32>,
    /// Whether it runs.
    pub active: bool,
    /// Whether its cycles ask for comments; as it is, and yes for a new one, when it is not said.
    pub comments: Option<bool>,
    /// How many months comments and anonymous answers of its cycles are kept, 1 to 120; as it is, and as long as the instance keeps
    /// them for a new one, when it is not said.
    pub keep_months: Option<u32>,
}

/// Makes or changes the cadence of a partnership for an instrument, with nobody asked: for the first set-up and for files.
/// An open cycle keeps what it opened with.
pub async fn put_cadence(
    ctx: &Context,
    actor: &str,
    partnership: PartnershipId,
    input: CadenceInput,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    input.check()?;
    let actor = actor.to_owned();
    ctx.store.decide(move |conn| write_cadence(conn, &actor, partnership, &input, now)).await
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
    let comments = input.asks_for_comments(before.as_ref());
    let keep_months = input.keeps(before.as_ref());
    let waiting = before.and_then(|own| own.next_opens_at).filter(|hint| *hint <= now);
    let next = waiting.unwrap_or_else(|| input.rule.next(zone(&found.zone), now).opens);
    let draft = CadenceDraft {
        instrument_id: input.instrument_id.clone(),
        rule: input.rule.clone(),
        mode: input.mode,
        floor_k,
        active: input.active,
        comments,
        keep_months,
    };
    cadences::put(conn, partnership, &draft, next, now).map_err(|error| match error {
        StoreError::Conflict(_) => Refusal::Changed,
        other => other.into(),
    })?;
    meta::audit(conn, actor, "cadence set", &partnership.to_string(), now)?;
    Ok(())
}

impl CadenceInput {
    /// Whether comments are asked for by a cadence that was this before.
    pub(super) fn asks_for_comments(&self, before: Option<&Cadence>) -> bool {
        self.comments.unwrap_or_else(|| before.is_none_or(|own| own.comments))
    }

    /// How long a cadence that was this before keeps comments.
    pub(super) fn keeps(&self, before: Option<&Cadence>) -> Option<u32> {
        self.keep_months.or_else(|| before.and_then(|own| own.keep_months))
    }

    /// The floor k that the cadence would have.
    ///
    /// # Errors
    /// Fields `rule`, `mode`, `floor_k` or `keep_months`.
    pub fn check(&self) -> Result<u32, Refusal> {
        self.rule.validate().map_err(|e| Refusal::field("rule", e))?;
        if self.keep_months.is_some_and(|months| !KEEP_MONTHS.contains(&months)) {
            return Err(Refusal::field("keep_months", "Comments are kept for 1 to 120 months."));
        }
        check_mode(self.mode, self.floor_k)
    }
}

impl From<CadenceChange> for CadenceInput {
    fn from(change: CadenceChange) -> Self {
        let CadenceChange { instrument_id, rule, mode, floor_k, active, comments, keep_months } = change;
        let comments = Some(comments);
        Self { instrument_id, rule, mode, floor_k: Some(floor_k), active, comments, keep_months }
    }
}

/// Whether the sides take part by the cadences as they are: then they change only together. A partnership that has never
/// had a cycle and was begun by nobody's consent is still being set up.
pub(super) fn is_agreed(conn: &mut Conn, found: &Partnership) -> Result<bool, StoreError> {
    match found.state {
        PartnershipState::Proposed => Ok(false),
        _ => Ok(!cycles::list_of(conn, found.id, 1)?.is_empty()
            || proposals::approved_since(conn, found.id, Act::StartPartnership, None)?),
    }
}

impl CadenceChange {
    /// Whether a cadence may become this without the other sides: only the mode gets stricter, the floor higher, comments
    /// are not asked for any more, or what is written is kept for a shorter time.
    pub(super) fn only_tightens(&self, before: &Cadence) -> bool {
        let same = before.rule == self.rule && before.active == self.active;
        let fewer_words = before.comments || !self.comments;
        let no_longer = months(self.keep_months) <= months(before.keep_months);
        same && fewer_words
            && no_longer
            && self.mode.is_no_looser(self.floor_k, (before.mode, before.floor_k))
    }

    /// Tells the other sides what one side made stricter alone, where that is anything.
    pub(super) fn tell(
        &self,
        conn: &mut Conn,
        speaker: &Speaker,
        partnership: PartnershipId,
        before: &Cadence,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let terms = (self.mode, self.floor_k, self.comments, self.keep_months);
        if terms == (before.mode, before.floor_k, before.comments, before.keep_months) {
            return Ok(());
        }
        let (mode, floor_k, comments, keep_months) = terms;
        let act = OwnAct::Tightened { mode, floor_k, comments, keep_months };
        let mark = format!("tightened:{}:{}", before.id, now.timestamp());
        own_side::tell_of(conn, (partnership, None), speaker, act, &mark, now)
    }
}

/// Makes a cadence, or changes one. What the sides have agreed to is changed by all of them: unless a change only tightens
/// (a stricter mode, a higher floor, no comments, a shorter time), it becomes a proposal; what one side tightened is told to the
/// others.
pub async fn change_cadence(
    ctx: &Context,
    speaker: Speaker,
    partnership: PartnershipId,
    input: CadenceInput,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<Proposed, Refusal> {
    let floor_k = input.check()?;
    let reason = clean_reason(reason).map_err(|e| Refusal::field("reason", e))?;
    ctx.store
        .decide(move |conn| {
            let found = partnerships::find(conn, partnership)?.ok_or(Refusal::NotFound)?;
            refuse_in_a_view(&found)?;
            instruments::latest(conn, &input.instrument_id)?
                .ok_or_else(|| Refusal::field("instrument", "Choose one of the published instruments."))?;
            let known = cadences::of_partnership(conn, partnership)?;
            let before = known.iter().find(|c| c.instrument_id == input.instrument_id);
            let comments = input.asks_for_comments(before);
            let keep_months = input.keeps(before);
            let CadenceInput { instrument_id, rule, mode, active, .. } = input;
            let change = CadenceChange { instrument_id, rule, mode, floor_k, active, comments, keep_months };
            let needs_every_side = before.is_none_or(|own| !change.only_tightens(own));
            if needs_every_side && is_agreed(conn, &found)? {
                let deed = match before {
                    Some(own) => Deed::ChangeCadence(own.id, change),
                    None => Deed::AddCadence(change),
                };
                return propose_in(conn, &speaker, partnership, &deed, reason, now).map(Proposed::Waits);
            }
            if let Some(before) = before
                && is_agreed(conn, &found)?
            {
                change.tell(conn, &speaker, partnership, before, now)?;
            }
            write_cadence(conn, &speaker.actor, partnership, &change.into(), now)?;
            Ok(Proposed::Done)
        })
        .await
}

/// The floor of a mode as typed, if the mode takes it.
pub(in crate::workflow) fn check_mode(mode: Mode, floor: Option<u32>) -> Result<u32, Refusal> {
    let floor = floor.unwrap_or_else(|| mode.default_floor());
    let range = mode.floor_range();
    if !range.contains(&floor) {
        let sentence = match (range.start(), range.end()) {
            (only, last) if only == last => format!("In {mode} mode it must be {only}; it may be left out."),
            (first, last) => format!("In {mode} mode it must be from {first} to {last}."),
        };
        return Err(Refusal::field("floor_k", sentence));
    }
    Ok(floor)
}
