//! Proposals: acts that need every side, and how the sides' answers decide them.
//!
//! Law: a proposal leaves `open` once and never comes back. It is approved when every side that must answer has said yes,
//! declined by the first no, expired seven days after it was made (sixty, where a partnership is to begin), withdrawn by whoever made it, or ended with the cycle or
//! partnership that it is about. The side that proposes
//! has said yes by that; a proposal made for no side needs the yes of every side. Nobody answers for another side, and no
//! answer is changed. The store makes the same transitions with conditional updates.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::ids::SideId;
use super::text::{is_deceptive, text_enum};

#[cfg(test)]
mod laws;

text_enum! {
    /// What is done once every side has agreed.
    Act as "act" {
        /// Close a cycle before its time.
        CloseEarly = "close_early",
        /// Call a cycle off; its answers are not used.
        CancelCycle = "cancel_cycle",
        /// Change who takes part while a cycle is open.
        ChangeMembers = "change_members",
        /// Change when cycles open and close, their mode or their instrument.
        ChangeCadence = "change_cadence",
        /// Move the partnership to another time zone, and every opening with it.
        ChangeZone = "change_zone",
        /// Compare answers only with those from the next closing cycle on.
        Rebaseline = "rebaseline",
        /// Begin a proposed partnership.
        StartPartnership = "start_partnership",
        /// Delete a partnership with everything that came of it.
        DeletePartnership = "delete_partnership",
    }
}

text_enum! {
    /// Where a proposal stands.
    ProposalState as "proposal state" {
        /// Waiting for the answers of the sides.
        Open = "open",
        /// Every side agreed, and the act was done with the last yes.
        Approved = "approved",
        /// A side said no.
        Declined = "declined",
        /// Nobody completed it in time.
        Expired = "expired",
        /// Taken back by whoever made it.
        Withdrawn = "withdrawn",
        /// What it was about is over: the cycle or the partnership ended first.
        Ended = "ended",
    }
}

text_enum! {
    /// What a side answers.
    SideAnswer as "answer" {
        /// Yes.
        Approved = "approved",
        /// No.
        Declined = "declined",
    }
}

impl Act {
    /// How long the sides have to answer.
    pub const fn answer_within(self) -> TimeDelta {
        match self {
            Self::StartPartnership => ACCEPT_WITHIN,
            _ => ANSWER_WITHIN,
        }
    }

    /// Why the same act on the same thing is not proposed twice.
    pub const fn waits_already(self) -> &'static str {
        match self {
            Self::CloseEarly => {
                "An early close of this cycle waits already: approve that proposal, decline it or withdraw it."
            }
            Self::CancelCycle => {
                "A cancellation of this cycle waits already: approve that proposal, decline it or withdraw it."
            }
            Self::ChangeMembers => {
                "A change of these members waits already: approve that proposal, decline it or withdraw it, then propose \
                 this one."
            }
            Self::ChangeCadence => {
                "A change of this cadence waits already: approve that proposal, decline it or withdraw it, then propose \
                 this one."
            }
            Self::ChangeZone => {
                "A change of this time zone waits already: approve that proposal, decline it or withdraw it, then propose \
                 this one."
            }
            Self::Rebaseline => {
                "A new baseline of this partnership waits already: approve that proposal, decline it or withdraw it."
            }
            Self::DeletePartnership => {
                "The deletion of this partnership waits already: approve that proposal, decline it or withdraw it."
            }
            Self::StartPartnership => {
                "The beginning of this partnership waits already: approve that proposal, decline it or withdraw it."
            }
        }
    }
}

const fn why_over(state: ProposalState) -> &'static str {
    match state {
        ProposalState::Open => "This proposal is open.",
        ProposalState::Approved => "This proposal was approved.",
        ProposalState::Declined => "This proposal was declined.",
        ProposalState::Expired => "This proposal has expired.",
        ProposalState::Withdrawn => "This proposal was withdrawn.",
        ProposalState::Ended => "What this proposal is about is over.",
    }
}

/// How long the sides have to answer.
pub const ANSWER_WITHIN: TimeDelta = TimeDelta::days(7);
/// How long they have to accept a partnership: whoever is asked may have to ask others first.
pub const ACCEPT_WITHIN: TimeDelta = TimeDelta::days(60);
/// The longest reason in characters.
pub const REASON_MAX: usize = 500;

/// The part of a proposal that decides what may happen to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposalLife {
    /// Where it stands.
    pub state: ProposalState,
    /// The side that proposed; none when it was made for no side.
    pub proposed_side: Option<SideId>,
    /// All sides of the partnership.
    pub sides: Vec<SideId>,
    /// The answers so far.
    pub answers: BTreeMap<SideId, SideAnswer>,
    /// From here on it is expired.
    pub expires_at: DateTime<Utc>,
}

/// Why a proposal does not take an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProposalError {
    /// It was decided before.
    #[error("{} It takes no answer any more.", why_over(*.0))]
    NotOpen(ProposalState),
    /// Its seven days are over.
    #[error("This proposal has expired; propose it again.")]
    Expired,
    /// The side made it.
    #[error(
        "Your side made this proposal, so it has agreed already; another side must answer, or you withdraw it."
    )]
    OwnProposal,
    /// The side answered before.
    #[error("Your side has answered this proposal already.")]
    Answered,
    /// No side of this partnership.
    #[error("Only a side of this partnership can answer.")]
    NoSide,
    /// Somebody else made it.
    #[error("Only the side that made this proposal can withdraw it.")]
    NotYours,
}

impl ProposalLife {
    /// The state as of `now`: an open proposal whose time is over is expired, whether or not that was written down yet.
    pub fn state_at(&self, now: DateTime<Utc>) -> ProposalState {
        match self.state {
            ProposalState::Open if now >= self.expires_at => ProposalState::Expired,
            other => other,
        }
    }

    /// The sides whose yes is needed, in the order of the sides.
    pub fn needed(&self) -> Vec<SideId> {
        self.sides.iter().copied().filter(|side| Some(*side) != self.proposed_side).collect()
    }

    /// The sides that have not answered yet.
    pub fn waiting_for(&self) -> Vec<SideId> {
        self.needed().into_iter().filter(|side| !self.answers.contains_key(side)).collect()
    }

    /// What becomes of the proposal when a side answers: declined with a no, approved with the last yes, else open.
    pub fn answer(
        &self,
        side: SideId,
        answer: SideAnswer,
        now: DateTime<Utc>,
    ) -> Result<ProposalState, ProposalError> {
        self.require_open(now)?;
        if !self.sides.contains(&side) {
            return Err(ProposalError::NoSide);
        }
        if self.proposed_side == Some(side) {
            return Err(ProposalError::OwnProposal);
        }
        if self.answers.contains_key(&side) {
            return Err(ProposalError::Answered);
        }
        Ok(match answer {
            SideAnswer::Declined => ProposalState::Declined,
            SideAnswer::Approved if self.waiting_for() == [side] => ProposalState::Approved,
            SideAnswer::Approved => ProposalState::Open,
        })
    }

    /// Takes the proposal back, for the side that made it or, `own`, for the very one who made it.
    pub fn withdraw(
        &self,
        side: Option<SideId>,
        own: bool,
        now: DateTime<Utc>,
    ) -> Result<ProposalState, ProposalError> {
        self.require_open(now)?;
        let for_its_side = self.proposed_side.is_some() && self.proposed_side == side;
        if own || for_its_side { Ok(ProposalState::Withdrawn) } else { Err(ProposalError::NotYours) }
    }

    fn require_open(&self, now: DateTime<Utc>) -> Result<(), ProposalError> {
        match self.state_at(now) {
            ProposalState::Open => Ok(()),
            ProposalState::Expired => Err(ProposalError::Expired),
            other => Err(ProposalError::NotOpen(other)),
        }
    }
}

/// Why a reason was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReasonError {
    /// More than [`REASON_MAX`] characters.
    #[error("A reason has at most 500 characters; this one has {0}.")]
    TooLong(usize),
    /// A control character or a mark that turns the reading direction.
    #[error("A reason may not contain control characters or marks that change the reading direction.")]
    Control,
}

/// A reason as it is kept: one line without surrounding blanks, at most 500 characters; it may be empty.
///
/// ```
/// use evenkeel::domain::proposal::clean_reason;
/// assert_eq!(clean_reason("  Everybody has sent.\r\nLet us talk. ").unwrap(), "Everybody has sent. Let us talk.");
/// ```
pub fn clean_reason(text: &str) -> Result<String, ReasonError> {
    let line = text.split(['\r', '\n', '\t']).map(str::trim).filter(|part| !part.is_empty());
    let reason = line.collect::<Vec<_>>().join(" ");
    if reason.chars().any(|c| c.is_control() || is_deceptive(c)) {
        return Err(ReasonError::Control);
    }
    match reason.chars().count() {
        0..=REASON_MAX => Ok(reason),
        length => Err(ReasonError::TooLong(length)),
    }
}
