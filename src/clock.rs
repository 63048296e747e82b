//! The one place that asks the system what time it is.
//!
//! Every decision of the program takes `now` as an argument; whoever needs an instant asks a [`Clock`]. Instants are
//! truncated to microseconds, because that is what both databases keep.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

/// Where `now` comes from.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The system's clock.
    System,
    /// The system's clock shifted by an offset: time runs on, and a jump moves the offset (the demo).
    Shifted(Arc<Mutex<TimeDelta>>),
    /// Stands still until it is moved (tests).
    Fixed(Arc<Mutex<DateTime<Utc>>>),
}

impl Clock {
    /// A clock that starts at `start` and runs on from there.
    pub fn shifted_to(start: DateTime<Utc>) -> Self {
        Self::Shifted(Arc::new(Mutex::new(start - real_now())))
    }

    /// A clock that shows `at` until it is moved.
    pub fn fixed(at: DateTime<Utc>) -> Self {
        Self::Fixed(Arc::new(Mutex::new(at.trunc_subsecs(6))))
    }

    /// The present instant, in whole microseconds.
    pub fn now(&self) -> DateTime<Utc> {
        match self {
            Self::System => real_now(),
            Self::Shifted(offset) => (real_now() + *locked(offset)).trunc_subsecs(6),
            Self::Fixed(at) => *locked(at),
        }
    }

    /// Moves the clock to `to`. The system's clock cannot be moved; `false` says so.
    pub fn jump_to(&self, to: DateTime<Utc>) -> bool {
        match self {
            Self::System => return false,
            Self::Shifted(offset) => *locked(offset) = to - real_now(),
            Self::Fixed(at) => *locked(at) = to.trunc_subsecs(6),
        }
        true
    }

    /// Whether the clock can be moved.
    pub fn is_simulated(&self) -> bool {
        !matches!(self, Self::System)
    }
}

/// The real instant, for what must not follow a simulated clock: sessions, sign-in, rate limits.
#[expect(clippy::disallowed_methods, reason = "this is the one caller of the system clock")]
pub fn real_now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

/// Time since the process started on the monotonic clock, for ages that a changed wall clock must not falsify.
pub fn monotonic() -> Duration {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed()
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // A poisoned clock still holds a valid instant.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_stands_still_and_a_shifted_one_runs_on_after_a_jump() {
        let start = "2026-09-01T07:00:00Z".parse().unwrap();
        let fixed = Clock::fixed(start);
        assert_eq!((fixed.now(), fixed.now()), (start, start));
        let shifted = Clock::shifted_to(start);
        let later = start + TimeDelta::days(90);
        assert!(shifted.jump_to(later));
        assert!(shifted.now() >= later && shifted.now() < later + TimeDelta::minutes(1));
        assert!(!Clock::System.jump_to(later));
    }
}
