//! What proposals are about: what must hold when one is made, and what is done with the last yes.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::super::set_up::{cadences_version, move_to, write_cadence};
use super::super::{Context, Refusal, close_cycles, cycle_end, endings, own_view, version_of};
use super::members::{self, MembersChange};
use crate::domain::cadence::CadenceRule;
use crate::domain::ids::{CadenceId, CycleId, PartnershipId};
use crate::domain::mode::Mode;
use crate::domain::partnership::PartnershipState;
use crate::domain::proposal::Act;
use crate::store::cadences;
use crate::store::cycles::{self, Cycle};
use crate::store::proposals::Proposal;
use crate::store::{Conn, StoreError, meta, partnerships, scorecards};

/// A cadence as it shall be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CadenceChange {
    /// Which instrument.
    pub instrument_id: String,
    /// When cycles open and close.
    pub rule: CadenceRule,
    /// Who will see what.
    pub mode: Mode,
    /// The floor k.
    pub floor_k: u32,
    /// Whether it runs.
    pub active: bool,
    /// Whether its cycles ask for comments.
    #[serde(default = "yes")]
    pub comments: bool,
    /// How many months comments and anonymous answers are kept, where that is shorter than the instance keeps them.
    #[serde(default)]
    pub keep_months: Option<u32>,
}

const fn yes() -> bool {
    true
}

/// What is proposed.
#[derive(Clone, Debug)]
pub enum Deed {
    /// Close a cycle before its time.
    CloseEarly(CycleId),
    /// Call a cycle off.
    CancelCycle(CycleId),
    /// Begin a proposed partnership.
    StartPartnership,
    /// Change a cadence.
    ChangeCadence(CadenceId, CadenceChange),
    /// Add a cadence for another instrument.
    AddCadence(CadenceChange),
    /// Change who takes part while a cycle is open.
    ChangeMembers(MembersChange),
    /// Move the partnership to another zone.
    ChangeZone(String),
    /// Start drift afresh with the next cycle that closes.
    Rebaseline,
    /// Delete the partnership with everything that came of it.
    DeletePartnership,
}

impl Deed {
    /// The act.
    pub fn act(&self) -> Act {
        match self {
            Self::CloseEarly(_) => Act::CloseEarly,
            Self::CancelCycle(_) => Act::CancelCycle,
            Self::StartPartnership => Act::StartPartnership,
            Self::ChangeCadence(..) | Self::AddCadence(_) => Act::ChangeCadence,
            Self::ChangeZone(_) => Act::ChangeZone,
            Self::Rebaseline => Act::Rebaseline,
            Self::ChangeMembers(_) => Act::ChangeMembers,
            Self::DeletePartnership => Act::DeletePartnership,
        }
    }

    /// What it is done to: one proposal of an act may wait for each.
    pub(super) fn subject(&self, partnership: PartnershipId) -> String {
        match self {
            Self::CloseEarly(id) | Self::CancelCycle(id) => id.to_string(),
            Self::ChangeCadence(id, _) => id.to_string(),
            Self::StartPartnership
            | Self::ChangeMembers(_)
            | Self::AddCadence(_)
            | Self::ChangeZone(_)
            | Self::DeletePartnership
            | Self::Rebaseline => partnership.to_string(),
        }
    }

    /// What the act needs to know beside its subject, and how the things stand that it is about.
    pub(super) fn content(&self, conn: &mut Conn, partnership: PartnershipId) -> Result<String, StoreError> {
        let written = match self {
            Self::CloseEarly(_)
            | Self::CancelCycle(_)
            | Self::StartPartnership
            | Self::Rebaseline
            | Self::DeletePartnership => Ok(serde_json::json!({})),
            Self::ChangeCadence(_, change) | Self::AddCadence(change) => serde_json::to_value(change),
            Self::ChangeMembers(change) => serde_json::to_value(change),
            Self::ChangeZone(zone) => Ok(serde_json::json!({"zone": zone})),
        };
        let unwritten = |e| StoreError::Broken(format!("a proposal cannot be written: {e}"));
        let mut content = written.map_err(unwritten)?;
        content["standing"] = standing(conn, partnership, self.act())?.into();
        Ok(content.to_string())
    }
}

/// Does at once what needs nobody: a cycle whose time has come only waits for the clockwork to close it, and a side decides
/// alone about a round of its own view.
pub(super) fn needs_nobody(
    conn: &mut Conn,
    partnership: PartnershipId,
    deed: &Deed,
    now: DateTime<Utc>,
) -> Result<bool, Refusal> {
    // In its own view a side is alone.
    let alone = partnerships::find(conn, partnership)?.is_some_and(|own| own.view_of.is_some());
    match deed {
        Deed::CloseEarly(id) => {
            let life = of(conn, partnership, *id)?.life();
            let may = life.close(now).is_ok() || alone && life.close_early(now).is_ok();
            Ok(may && close_cycles::close_now(conn, *id, now)?)
        }
        Deed::CancelCycle(id) if alone => {
            of(conn, partnership, *id)?.life().cancel().map_err(|e| Refusal::State(e.to_string()))?;
            Ok(cycle_end::call_off(conn, *id, "called off by its side", now)?)
        }
        _ => Ok(false),
    }
}

/// Refuses to propose what could not be done.
pub(super) fn check(
    conn: &mut Conn,
    partnership: PartnershipId,
    deed: &Deed,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let state = |e: crate::domain::cycle::CycleError| Refusal::State(e.to_string());
    match deed {
        Deed::CloseEarly(id) => {
            cycles::hold(conn, *id)?;
            of(conn, partnership, *id)?.life().close_early(now).map(drop).map_err(state)
        }
        Deed::CancelCycle(id) => {
            cycles::hold(conn, *id)?;
            of(conn, partnership, *id)?.life().cancel().map(drop).map_err(state)
        }
        Deed::StartPartnership => require_proposed(conn, partnership),
        Deed::ChangeCadence(id, change) => {
            change.rule.validate().map_err(|e| Refusal::field("rule", e))?;
            let known = cadences::of_partnership(conn, partnership)?;
            let own = known.iter().find(|c| c.id == *id).ok_or(Refusal::NotFound)?;
            if own.instrument_id == change.instrument_id { Ok(()) } else { Err(Refusal::NotFound) }
        }
        Deed::AddCadence(change) => {
            change.rule.validate().map_err(|e| Refusal::field("rule", e))?;
            let known = cadences::of_partnership(conn, partnership)?;
            if known.iter().any(|own| own.instrument_id == change.instrument_id) {
                return Err(Refusal::Changed);
            }
            Ok(())
        }
        Deed::Rebaseline => require_past(conn, partnership),
        Deed::ChangeMembers(_) | Deed::ChangeZone(_) | Deed::DeletePartnership => Ok(()),
    }
}

/// Without a scorecard there is nothing that a later one is compared with.
fn require_past(conn: &mut Conn, id: PartnershipId) -> Result<(), Refusal> {
    if scorecards::instruments_of(conn, id)?.is_empty() {
        return Err(Refusal::State(
            "No cycle has closed yet: there is nothing to start afresh from.".to_owned(),
        ));
    }
    Ok(())
}

fn require_proposed(conn: &mut Conn, id: PartnershipId) -> Result<(), Refusal> {
    let found = partnerships::find(conn, id)?.ok_or(Refusal::NotFound)?;
    if found.state == PartnershipState::Proposed {
        return Ok(());
    }
    Err(Refusal::State(format!("This partnership is {}; only a proposed one can be begun.", found.state)))
}

/// The cycle, if it is of this partnership.
fn of(conn: &mut Conn, partnership: PartnershipId, id: CycleId) -> Result<Cycle, Refusal> {
    let found = cycles::find(conn, id)?.filter(|c| c.partnership_id == partnership);
    found.ok_or(Refusal::NotFound)
}

/// Holds what an act is done to, before its proposal is held: whoever ends a cycle takes the two in this order.
pub(super) fn hold_subject(conn: &mut Conn, proposal: &Proposal) -> Result<(), StoreError> {
    match proposal.act {
        Act::CloseEarly | Act::CancelCycle => {
            if let Ok(id) = proposal.subject.parse() {
                cycles::hold(conn, id)?;
            }
        }
        Act::ChangeMembers => {
            for cycle in cycles::open_of(conn, &[proposal.partnership_id])? {
                cycles::hold(conn, cycle.id)?;
            }
        }
        Act::DeletePartnership => partnerships::hold(conn, proposal.partnership_id)?,
        Act::ChangeCadence | Act::ChangeZone | Act::Rebaseline | Act::StartPartnership => {}
    }
    Ok(())
}

/// Does what all sides have agreed to.
pub(super) fn run(
    conn: &mut Conn,
    ctx: &Context,
    proposal: &Proposal,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let partnership = proposal.partnership_id;
    let actor = format!("proposal {}", proposal.id);
    match proposal.act {
        Act::CloseEarly => {
            let id = subject(proposal)?;
            let life = of(conn, partnership, id)?.life();
            life.close_early(now).map_err(|e| Refusal::State(e.to_string()))?;
            done(close_cycles::close_now(conn, id, now)?)?;
        }
        Act::CancelCycle => {
            let id = subject(proposal)?;
            let life = of(conn, partnership, id)?.life();
            life.cancel().map_err(|e| Refusal::State(e.to_string()))?;
            done(cycle_end::call_off(conn, id, &called_off(proposal), now)?)?;
        }
        Act::StartPartnership => {
            require_proposed(conn, partnership)?;
            partnerships::set_state(conn, partnership, PartnershipState::Active)?;
            own_view::rest(conn, partnership)?;
            cadences::look_again(conn, partnership, now)?;
        }
        Act::ChangeCadence => {
            let change: CadenceChange = content(proposal)?;
            write_cadence(conn, &actor, partnership, &change.into(), now)?;
        }
        // The next close looks for it: that every side agreed is all there is to know.
        Act::Rebaseline => {}
        Act::ChangeZone => {
            let zone: ZoneChange = content(proposal)?;
            move_to(conn, &actor, partnership, &zone.zone, now)?;
        }
        Act::DeletePartnership => endings::remove_everything(conn, &actor, partnership, now)?,
        Act::ChangeMembers => {
            members::carry_out(conn, &ctx.key, &actor, &content::<MembersChange>(proposal)?, now)?;
        }
    }
    meta::audit(conn, &actor, proposal.act.as_str(), &proposal.subject, now)?;
    Ok(())
}

/// Where a partnership moves to.
#[derive(Deserialize)]
pub(super) struct ZoneChange {
    pub zone: String,
}

/// What a proposal noted of how things stood.
#[derive(Deserialize)]
struct Noted {
    standing: Option<String>,
}

/// Whether what a proposal is about is still what the sides were asked about.
pub(super) fn still_stands(conn: &mut Conn, proposal: &Proposal) -> Result<bool, StoreError> {
    let noted: Noted = content(proposal)?;
    let Some(noted) = noted.standing else { return Ok(true) };
    Ok(noted == standing(conn, proposal.partnership_id, proposal.act)?)
}

/// A digest of what an act changes, or what its sides agree to by it.
fn standing(conn: &mut Conn, id: PartnershipId, act: Act) -> Result<String, StoreError> {
    let zone = |conn: &mut Conn| {
        partnerships::find(conn, id).map(|found| found.map(|own| own.zone).unwrap_or_default())
    };
    Ok(match act {
        Act::CloseEarly | Act::CancelCycle | Act::Rebaseline | Act::DeletePartnership => String::new(),
        Act::ChangeCadence => cadences_version(&cadences::of_partnership(conn, id)?),
        Act::ChangeZone => zone(conn)?,
        Act::StartPartnership => {
            let cadences = cadences_version(&cadences::of_partnership(conn, id)?);
            version_of(&(cadences, zone(conn)?))
        }
        Act::ChangeMembers => {
            let mut members: Vec<_> = partnerships::members(conn, id)?
                .into_iter()
                .map(|(own, _)| (own.id, own.side_id, own.roles(), own.external_ref))
                .collect();
            members.sort_by_key(|own| own.0);
            version_of(&members)
        }
    })
}

/// What a cancelled cycle says of itself.
fn called_off(proposal: &Proposal) -> String {
    match proposal.reason.as_str() {
        "" => "every side agreed to call it off".to_owned(),
        reason => format!("every side agreed to call it off ({reason})"),
    }
}

fn done(done: bool) -> Result<(), Refusal> {
    let late = || Refusal::State("This cycle ended meanwhile.".to_owned());
    done.then_some(()).ok_or_else(late)
}

fn subject(proposal: &Proposal) -> Result<CycleId, StoreError> {
    proposal.subject.parse().map_err(|e| StoreError::unreadable("a proposal", e))
}

fn content<T: serde::de::DeserializeOwned>(proposal: &Proposal) -> Result<T, StoreError> {
    read_content(&proposal.content)
}

/// The content of a proposal as it was written down.
pub(super) fn read_content<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|e| StoreError::unreadable("a proposal", e))
}
