//! The verbs of Evenkeel: one file, one verb, one transaction.
//!
//! A workflow reads what it needs, lets the pure domain decide, and writes the effect and everything that follows from it
//! (flags, notices) in one transaction. It knows no HTTP; pages, API, ticks and the demo call it. Every workflow takes
//! `now`; none asks a clock.

pub mod acceptance;
pub mod ad_hoc;
pub mod backup;
pub mod bounces;
pub mod close_cycles;
pub mod compose;
pub mod digest;
pub mod endings;
pub mod erase_person;
pub mod fork_guard;
pub mod handout;
pub mod import_history;
pub mod import_partnerships;
pub mod instruments;
pub mod letters;
pub mod members;
pub mod migrate_data;
pub mod open_due_cycles;
pub mod own_side;
pub mod preferences;
pub mod proposals;
pub mod retention;
pub mod review;
pub mod save_response;
mod seats;
pub mod sending;
pub mod set_up;
pub mod sheet;
pub mod sign_in;
pub mod standing;
pub mod succession;
pub mod tokens;
pub mod trial;
pub mod trust;
pub mod unlink;

mod cycle_end;
mod freeze_comments;
mod look;
mod once;
mod open_cycle;
mod own_act;
mod own_view;
mod tell_person;
mod times;

pub use look::Look;
pub use times::in_zone;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::ids::SideId;
use crate::secrets::Key;
use crate::settings::Settings;
use crate::store::{Store, StoreError};

/// What every workflow works with.
#[derive(Clone, Debug)]
pub struct Context {
    /// The database.
    pub store: Store,
    /// The key of this instance.
    pub key: Key,
    /// The configuration.
    pub settings: Arc<Settings>,
    /// Where partnerships stand, as this process last read it.
    pub standings: standing::Standings,
    /// What is asked in cycles, as this process last read it.
    pub asked: save_response::KeptAsked,
}

/// One field of a form or request that cannot be accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Name of the field.
    pub field: String,
    /// What is wrong and what would be right.
    pub sentence: String,
}

/// Why a workflow did nothing.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// No such thing, or not for the one who asks.
    #[error("there is nothing here")]
    NotFound,
    /// Fields that must be mended.
    #[error("{}", .0.iter().map(|f| format!("{}: {}", f.field, f.sentence)).collect::<Vec<_>>().join("; "))]
    Fields(Vec<FieldError>),
    /// The state does not allow it, as a sentence with the way out.
    #[error("{0}")]
    State(String),
    /// Somebody else changed it since it was read.
    #[error("it was changed meanwhile; look at it again before changing it")]
    Changed,
    /// An idempotency key came with another request before.
    #[error("this idempotency key was used for another request")]
    KeyReused,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Refusal {
    /// One field that must be mended.
    pub fn field(field: &str, sentence: impl std::fmt::Display) -> Self {
        Self::Fields(vec![FieldError { field: field.to_owned(), sentence: sentence.to_string() }])
    }
}

/// For whom a change is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActsFor {
    /// The partnership as a whole: an administrator, or every side together.
    Whole,
    /// These sides only; what belongs to the others stays out of reach.
    Sides(Vec<SideId>),
}

impl ActsFor {
    /// Whether what belongs to this side (none: to no side) is within reach.
    pub fn reaches(&self, side: Option<SideId>) -> bool {
        match self {
            Self::Whole => true,
            Self::Sides(own) => side.is_some_and(|side| own.contains(&side)),
        }
    }
}

/// The outcome of a write that only notes when something was last used: reading goes on while the disk is full.
fn if_there_is_room(written: Result<(), StoreError>) -> Result<(), StoreError> {
    match written {
        Err(error @ StoreError::Full(_)) => {
            tracing::warn!(%error, "not noted when it was last used");
            Ok(())
        }
        other => other,
    }
}

/// The version of what was read: a digest of the stored rows. It changes with any of them.
pub fn version_of(rows: &impl std::fmt::Debug) -> String {
    crate::secrets::digest(format!("{rows:?}"))[..20].to_owned()
}

/// Refuses a change that was thought out on another version than the stored one.
pub fn expect_version(expected: Option<&[String]>, rows: &impl std::fmt::Debug) -> Result<(), Refusal> {
    match expected {
        Some(versions) if !versions.contains(&version_of(rows)) => Err(Refusal::Changed),
        _ => Ok(()),
    }
}
