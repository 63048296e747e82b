//! Identifiers of everything that is stored.
//!
//! Each is its own type over a UUID, so that a side's id cannot be passed where a person's is wanted. Ids are
//! minted by us: time-ordered (version 7) from the `now` of the caller, or random (version 4) where the order
//! of creation must not be readable, as for anonymous responses.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::{NoContext, Timestamp, Uuid};

/// A text that is not an identifier. Pages and the API answer it like an unknown one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("That is not an identifier: 36 characters in five groups are expected.")]
pub struct InvalidId;

fn v7(now: DateTime<Utc>) -> Uuid {
    // An instant before 1970 cannot be a version 7 time stamp; the epoch itself keeps such an id valid.
    let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
    Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, now.timestamp_subsec_nanos().min(999_999_999)))
}

fn parse(text: &str) -> Result<Uuid, InvalidId> {
    // Only the hyphenated form: one thing, one spelling, so that addresses compare as text.
    if text.len() != 36 {
        return Err(InvalidId);
    }
    Uuid::try_parse(text).map_err(|_| InvalidId)
}

macro_rules! id {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new time-ordered id (UUID version 7) of the instant `now`.
            pub fn mint(now: DateTime<Utc>) -> Self {
                Self(v7(now))
            }

            /// A new random id (UUID version 4) that says nothing about when it was made.
            pub fn mint_random() -> Self {
                Self(Uuid::new_v4())
            }

            /// The id with this value, as read back from where it was stored.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The id with these sixteen bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// The plain value.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0.as_hyphenated(), f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                parse(text).map(Self)
            }
        }
    )+};
}

id! {
    /// An organisation.
    OrganisationId,
    /// A person: one e-mail address.
    PersonId,
    /// A partnership.
    PartnershipId,
    /// A side of a partnership.
    SideId,
    /// A person's membership in one partnership.
    MemberId,
    /// Somebody who answered in the past, known by a label only.
    PseudonymId,
    /// The rule that opens cycles.
    CadenceId,
    /// One round.
    CycleId,
    /// One member's invitation to one cycle.
    InvitationId,
    /// One member's answers in one cycle.
    ResponseId,
    /// A comment as it was frozen at the close.
    RemarkId,
    /// A frozen scorecard.
    ScorecardId,
    /// One episode of a flag.
    FlagId,
    /// A note about flags.
    DiscussionId,
    /// What a side has promised to do about flags.
    ActionId,
    /// An agreement to leave flags as they are for a time.
    AcceptanceId,
    /// A fact that somebody must be told.
    NoticeId,
    /// A mail in the outbox.
    LetterId,
    /// A signed-in session.
    SessionId,
    /// A request to sign in.
    LoginId,
    /// An API token.
    TokenId,
    /// An act that waits for the other sides.
    ProposalId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_minted_later_sort_later() {
        let early = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let late = DateTime::from_timestamp(1_700_000_001, 0).unwrap();
        assert!(CycleId::mint(early) < CycleId::mint(late));
    }

    #[test]
    fn an_id_survives_text_and_json() {
        let id = SideId::mint_random();
        assert_eq!(id.to_string().parse::<SideId>().unwrap(), id);
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, format!("\"{id}\""));
        assert_eq!(serde_json::from_str::<SideId>(&json).unwrap(), id);
    }

    #[test]
    fn other_spellings_of_an_id_are_refused() {
        for text in ["", "7", "not-a-uuid", "urn:uuid:018f3c3e-0000-7000-8000-000000000000", "{x}"] {
            assert_eq!(text.parse::<PersonId>(), Err(InvalidId), "{text}");
        }
        let plain = SideId::mint_random().uuid().simple().to_string();
        assert_eq!(plain.parse::<SideId>(), Err(InvalidId));
    }

    #[test]
    fn an_instant_before_1970_still_gives_an_id() {
        let before = DateTime::from_timestamp(-5, 0).unwrap();
        assert_eq!(LetterId::mint(before).uuid().get_version_num(), 7);
    }
}
