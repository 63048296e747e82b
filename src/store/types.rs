//! How domain values are read from text columns. Writing binds `to_string()`; reading goes through these impls, so that a
//! row struct can hold a typed identifier or state.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, SubsecRound, Utc};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, Queryable};
use diesel::sql_types::{SingleValue, Text};

use crate::domain::cycle::{CycleState, InvitationState};
use crate::domain::flags::{FlagState, Severity};
use crate::domain::ids::{
    AcceptanceId, ActionId, CadenceId, CycleId, DiscussionId, FlagId, InvitationId, LetterId, LoginId,
    MemberId, NoticeId, OrganisationId, PartnershipId, PersonId, ProposalId, PseudonymId, RemarkId,
    SessionId, SideId, TokenId,
};
use crate::domain::mode::Mode;
use crate::domain::partnership::PartnershipState;
use crate::domain::preference::SurveyLetters;
use crate::domain::proposal::{Act, ProposalState, SideAnswer};
use crate::domain::review::{ActionState, ReviewState};

use super::error::StoreError;

macro_rules! text_column {
    ($($name:ty),+ $(,)?) => {$(
        impl<DB> FromSql<Text, DB> for $name
        where
            DB: Backend,
            String: FromSql<Text, DB>,
        {
            fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
                let text = String::from_sql(bytes)?;
                // What is stored is not told: errors go to the log.
                text.parse().map_err(|_| format!("the text of a column is no {}", stringify!($name)).into())
            }
        }

        impl<ST, DB> Queryable<ST, DB> for $name
        where
            DB: Backend,
            ST: SingleValue,
            Self: FromSql<ST, DB>,
        {
            type Row = Self;

            fn build(row: Self) -> deserialize::Result<Self> {
                Ok(row)
            }
        }
    )+};
}

text_column!(
    AcceptanceId,
    ActionId,
    CadenceId,
    CycleId,
    DiscussionId,
    FlagId,
    InvitationId,
    LetterId,
    LoginId,
    MemberId,
    NoticeId,
    OrganisationId,
    PartnershipId,
    PersonId,
    ProposalId,
    PseudonymId,
    RemarkId,
    SessionId,
    SideId,
    TokenId,
    Act,
    ActionState,
    ReviewState,
    ProposalState,
    SideAnswer,
    CycleState,
    FlagState,
    InvitationState,
    Mode,
    PartnershipState,
    Severity,
    SurveyLetters,
);

/// Which part of a long list is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// How many are left out at the beginning.
    pub skip: i64,
    /// How many are given at the most.
    pub limit: i64,
}

/// An instant as both databases keep it: UTC, whole microseconds.
pub fn at(instant: DateTime<Utc>) -> NaiveDateTime {
    instant.trunc_subsecs(6).naive_utc()
}

/// A value as JSON text.
pub(super) fn to_json<T: serde::Serialize>(what: &str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|e| StoreError::Broken(format!("{what} cannot be written: {e}")))
}

/// JSON text as a value. The error tells where the text is wrong, never what stands there: errors go to the log.
pub(super) fn from_json<T: serde::de::DeserializeOwned>(what: &str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|e| {
        let place = format!("{:?} at line {} column {}", e.classify(), e.line(), e.column());
        StoreError::unreadable(what, place)
    })
}

/// These by a key of theirs, in their order.
pub(super) fn grouped<K: Ord, T>(all: Vec<T>, key: impl Fn(&T) -> K) -> BTreeMap<K, Vec<T>> {
    let mut groups: BTreeMap<K, Vec<T>> = BTreeMap::new();
    for one in all {
        groups.entry(key(&one)).or_default().push(one);
    }
    groups
}
