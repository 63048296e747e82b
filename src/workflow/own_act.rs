//! What was done alone, as the notice about it keeps it until its letter is composed. Written by [`super::own_side`] and
//! [`super::tell_person`], read by [`super::compose`].

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::ids::{ActionId, CycleId, PartnershipId, PersonId, SideId, TokenId};
use crate::domain::mode::Mode;

/// What a side did alone, as the notice to the others keeps it. It names nobody who was asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Told {
    /// What was done.
    pub act: OwnAct,
    /// Who did it, as the audit log names it.
    pub actor: String,
    /// For which side.
    pub side: Option<SideId>,
    /// In which partnership, where it is about no cycle.
    #[serde(default)]
    pub partnership: Option<PartnershipId>,
}

/// One thing that a side does alone.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum OwnAct {
    /// The close was moved to this instant.
    Extended(DateTime<Utc>),
    /// Everybody who has not sent is reminded.
    Reminded,
    /// A fresh link was asked for in the place of one that the side had handed out.
    FreshLink,
    /// A side begins to hand out links itself.
    HandsOut(SideId),
    /// An address was corrected and the invitation sent again.
    AddressCorrected,
    /// Taking back an invitation was asked for, whatever came of it.
    InvitationWithdrawn,
    /// A cycle was opened beside the schedule.
    CycleOpened,
    /// The partnership was paused.
    Paused,
    /// The partnership was resumed.
    Resumed,
    /// The partnership was ended.
    Ended,
    /// From the next cycle on it is stricter who sees what.
    Tightened {
        /// The mode.
        mode: Mode,
        /// Its floor.
        floor_k: u32,
        /// Whether comments are asked for.
        comments: bool,
        /// How many months they are kept, where that is shorter than the instance keeps them.
        #[serde(default)]
        keep_months: Option<u32>,
    },
    /// Every side agreed to delete the partnership, and it is gone.
    Deleted {
        /// What it was called.
        name: String,
    },
    /// The sponsor of a side became its manager, because it had none any more.
    Inherited(SideId),
    /// A side has no manager any more, and the administrators are asked for one.
    LeftVacant(SideId),
    /// The same, for an administrator.
    Vacant(SideId),
    /// A side that had no manager has one again.
    Appointed(SideId),
    /// The one who is told manages this side from now on.
    YouManage(SideId),
    /// Who manages a side changed.
    ManagersChanged(SideId),
    /// Whoever was to do an action of the reader's side says that it is not theirs.
    GivenBack(ActionId),
    /// Somebody else wrote, moved or settled actions of the reader's side, in the review of this check.
    ActionsWritten(CycleId),
    /// Somebody else made a token that speaks for the reader's side.
    TokenMade {
        /// The side.
        side: SideId,
        /// The token.
        token: TokenId,
    },
    /// Somebody else made a token for the reader's whole partnership.
    PartnershipTokenMade(TokenId),
    /// Somebody reads the results from now on, by the doing of somebody who does not manage their side.
    SeatGiven {
        /// Who.
        person: PersonId,
        /// As what.
        seat: GivenSeat,
    },
    /// Somebody else changed the address of somebody who reads the results for a side, or for none.
    AddressChanged(Option<SideId>),
}

/// A role by which somebody reads the results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum GivenSeat {
    /// Leadership of the organisation whose side this is.
    Leadership(SideId),
    /// A side's sponsor.
    Sponsor(SideId),
    /// A facilitator, who stands on no side.
    Facilitator,
}
