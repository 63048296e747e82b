//! What a look at everything that is due comes to: one thing that cannot be done keeps no other from being done.

use std::fmt::Display;

use super::Refusal;
use crate::store::{Page, StoreError};

/// What one look did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Things done.
    pub done: usize,
    /// Things that are due and cannot be done until somebody mends what the log tells.
    pub stuck: usize,
    /// Things that needed nothing, or not now.
    passed: usize,
}

impl Look {
    /// The next page of what is due: whatever was done is no longer there, all else still is.
    pub(super) fn page(&self, limit: i64) -> Page {
        Page { skip: i64::try_from(self.stuck + self.passed).unwrap_or(i64::MAX), limit }
    }

    /// Notes how one thing went. The log gets what and which, never for whom by name.
    pub(super) fn note(&mut self, what: &'static str, id: impl Display, outcome: Result<bool, Refusal>) {
        match outcome {
            Ok(true) => self.done += 1,
            Ok(false) => self.passed += 1,
            Err(Refusal::Store(error @ (StoreError::Busy(_) | StoreError::Full(_)))) => {
                tracing::warn!(%id, %error, "{what}: not now; tried again with the next tick");
                self.passed += 1;
            }
            Err(error) => {
                tracing::error!(%id, %error, "{what}: stuck; the others go on, and it is tried again with every tick");
                self.stuck += 1;
            }
        }
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            done: self.done + other.done,
            stuck: self.stuck + other.stuck,
            passed: self.passed + other.passed,
        }
    }
}
