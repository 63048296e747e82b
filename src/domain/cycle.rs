//! The life of a cycle and of an invitation: what may happen when.
//!
//! Law: a cycle leaves `open` once and never comes back; it is closed at or after its closing time, or earlier
//! only when every side agreed; an answer is taken only between the two. The store makes the same transitions
//! with conditional updates, so these functions say what is allowed, and one row count says who did it.

use chrono::{DateTime, Utc};

use super::text::{instant, text_enum};

text_enum! {
    /// Where a cycle stands.
    CycleState as "cycle state" {
        /// Made; answers are taken from its opening to its close.
        Open = "open",
        /// Scored; its scorecard is frozen.
        Closed = "closed",
        /// Called off by every side; no scorecard.
        Cancelled = "cancelled",
        /// Not opened because the service came back too late; a row so that it is seen.
        SkippedLate = "skipped_late",
        /// Not opened because its mode could not be kept; a row with the reason so that it is seen.
        NotOpened = "not_opened",
    }
}

text_enum! {
    /// Where an invitation stands.
    InvitationState as "invitation state" {
        /// Waiting for answers, or for more of them.
        Open = "open",
        /// The respondent pressed send: reminders end, answers can still change.
        Sent = "sent",
        /// Taken back before any answer; its link no longer works.
        Withdrawn = "withdrawn",
    }
}

/// The part of a cycle that decides what may happen to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CycleLife {
    /// Where it stands.
    pub state: CycleState,
    /// Answers are taken from here on.
    pub opens_at: DateTime<Utc>,
    /// Answers are no longer taken from here on.
    pub closes_at: DateTime<Utc>,
}

/// Why a cycle cannot do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CycleError {
    /// It is no longer open.
    #[error("This cycle is {}; only an open cycle can be {asked}.", state_words(*.state))]
    NotOpen {
        /// Where it stands.
        state: CycleState,
        /// What was asked, as a participle.
        asked: &'static str,
    },
    /// Its closing time has not come, and not every side agreed to close early.
    #[error("This cycle closes at {}; closing it earlier needs the agreement of every side.", instant(.closes_at))]
    TooEarly {
        /// When it closes.
        closes_at: DateTime<Utc>,
    },
    /// It has not opened, so there is nothing to close early.
    #[error("This cycle opens at {}; it cannot be closed before.", instant(.opens_at))]
    NotYetOpen {
        /// When it opens.
        opens_at: DateTime<Utc>,
    },
    /// An extension that does not move the close into the future.
    #[error("The new closing time must be later than both the present one ({}) and now.", instant(.closes_at))]
    NotAnExtension {
        /// The present closing time.
        closes_at: DateTime<Utc>,
    },
}

const fn state_words(state: CycleState) -> &'static str {
    match state {
        CycleState::Open => "open",
        CycleState::Closed => "closed",
        CycleState::Cancelled => "cancelled",
        CycleState::SkippedLate => "skipped, because the service was not running in time",
        CycleState::NotOpened => "not opened, because its mode could not be kept",
    }
}

impl CycleLife {
    /// Closes a cycle whose time has come.
    pub fn close(&self, now: DateTime<Utc>) -> Result<CycleState, CycleError> {
        self.require_open("closed")?;
        if now < self.closes_at {
            return Err(CycleError::TooEarly { closes_at: self.closes_at });
        }
        Ok(CycleState::Closed)
    }

    /// Closes an open cycle before its time; the caller has the agreement of every side.
    pub fn close_early(&self, now: DateTime<Utc>) -> Result<CycleState, CycleError> {
        self.require_open("closed")?;
        if now < self.opens_at {
            return Err(CycleError::NotYetOpen { opens_at: self.opens_at });
        }
        Ok(CycleState::Closed)
    }

    /// Calls an open cycle off; the caller has the agreement of every side.
    pub fn cancel(&self) -> Result<CycleState, CycleError> {
        self.require_open("cancelled")?;
        Ok(CycleState::Cancelled)
    }

    /// Moves the close of an open cycle to a later time, which is returned.
    pub fn extend(&self, until: DateTime<Utc>, now: DateTime<Utc>) -> Result<DateTime<Utc>, CycleError> {
        self.require_open("extended")?;
        // Past its time it only waits for the next tick to close: its respondents were told that it is over.
        if now >= self.closes_at || until <= self.closes_at {
            return Err(CycleError::NotAnExtension { closes_at: self.closes_at });
        }
        Ok(until)
    }

    /// Whether an answer is taken at `now`.
    pub fn may_answer(&self, now: DateTime<Utc>) -> Result<(), AnswerRefused> {
        may_answer(self.state, self.opens_at, self.closes_at, now)
    }

    fn require_open(&self, asked: &'static str) -> Result<(), CycleError> {
        if self.state == CycleState::Open {
            return Ok(());
        }
        Err(CycleError::NotOpen { state: self.state, asked })
    }
}

/// Why an answer is not taken. The sentence is for who answers, to whom a cycle is a check; [`AnswerRefused::of_cycle`] is for
/// managers and programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AnswerRefused {
    /// The cycle has not opened.
    #[error("This check has not opened yet. Your link works from the opening on.")]
    BeforeOpen {
        /// When it opens.
        opens: DateTime<Utc>,
    },
    /// The cycle is over.
    #[error("This check has closed. What was saved before the close has been counted.")]
    Closed,
    /// The cycle was called off.
    #[error("This check was cancelled. Nothing that was saved is used.")]
    Cancelled,
}

impl AnswerRefused {
    /// The same about the cycle.
    pub const fn of_cycle(self) -> &'static str {
        match self {
            Self::BeforeOpen { .. } => "This cycle has not opened yet.",
            Self::Closed => "This cycle has closed. What was saved before the close has been counted.",
            Self::Cancelled => "This cycle was cancelled. Nothing that was saved is used.",
        }
    }
}

/// Whether a cycle takes an answer at `now`: open, at or after its opening and before its close.
pub fn may_answer(
    state: CycleState,
    opens: DateTime<Utc>,
    closes: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), AnswerRefused> {
    match state {
        CycleState::Cancelled => Err(AnswerRefused::Cancelled),
        CycleState::Closed | CycleState::SkippedLate | CycleState::NotOpened => Err(AnswerRefused::Closed),
        CycleState::Open if now >= closes => Err(AnswerRefused::Closed),
        CycleState::Open if now < opens => Err(AnswerRefused::BeforeOpen { opens }),
        CycleState::Open => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn at(hours: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap() + TimeDelta::hours(hours)
    }

    fn life(state: CycleState) -> CycleLife {
        CycleLife { state, opens_at: at(0), closes_at: at(100) }
    }

    #[test]
    fn a_closed_cycle_accepts_no_answer() {
        assert_eq!(life(CycleState::Closed).may_answer(at(5)), Err(AnswerRefused::Closed));
        assert_eq!(life(CycleState::SkippedLate).may_answer(at(5)), Err(AnswerRefused::Closed));
        assert_eq!(life(CycleState::Cancelled).may_answer(at(5)), Err(AnswerRefused::Cancelled));
    }

    #[test]
    fn an_open_cycle_takes_answers_from_its_opening_until_just_before_its_close() {
        let open = life(CycleState::Open);
        assert_eq!(open.may_answer(at(-1)), Err(AnswerRefused::BeforeOpen { opens: at(0) }));
        assert_eq!(open.may_answer(at(0)), Ok(()));
        assert_eq!(open.may_answer(at(100) - TimeDelta::microseconds(1)), Ok(()));
        assert_eq!(open.may_answer(at(100)), Err(AnswerRefused::Closed));
    }

    #[test]
    fn a_cycle_closes_at_its_time_and_only_once() {
        let open = life(CycleState::Open);
        assert_eq!(open.close(at(99)), Err(CycleError::TooEarly { closes_at: at(100) }));
        assert_eq!(open.close(at(100)), Ok(CycleState::Closed));
        assert_eq!(open.close_early(at(3)), Ok(CycleState::Closed));
        assert_eq!(open.close_early(at(-3)), Err(CycleError::NotYetOpen { opens_at: at(0) }));
        for state in [CycleState::Closed, CycleState::Cancelled, CycleState::SkippedLate] {
            assert!(life(state).close(at(200)).is_err());
            assert!(life(state).close_early(at(50)).is_err());
            assert!(life(state).cancel().is_err());
            assert!(life(state).extend(at(300), at(50)).is_err());
        }
    }

    #[test]
    fn an_extension_moves_the_close_later_and_only_before_the_close() {
        let open = life(CycleState::Open);
        assert_eq!(open.extend(at(150), at(50)), Ok(at(150)));
        assert!(open.extend(at(100), at(50)).is_err());
        assert!(open.extend(at(150), at(100)).is_err());
        assert_eq!(
            life(CycleState::Cancelled).extend(at(150), at(50)).unwrap_err().to_string(),
            "This cycle is cancelled; only an open cycle can be extended."
        );
        let odd = CycleLife { closes_at: at(100) + TimeDelta::microseconds(854_444), ..open };
        assert_eq!(
            odd.extend(at(1), at(0)).unwrap_err().to_string(),
            "The new closing time must be later than both the present one (2027-01-19 12:00 UTC) and now."
        );
    }
}
