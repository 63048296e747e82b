//! Keeps letters from a relay that is in trouble.
//!
//! One refused connection is no news; three in a row, or a refused password, are: no letter is tried for a while, then one
//! is, and the rest follow when the relay answers it. The while grows from 15 seconds to 5 minutes. No attempts are burnt
//! meanwhile. It is this process's own: a start tries afresh. Called by [`Courier`](super::Courier).

use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// So many failures in a row are taken for trouble.
const IN_A_ROW: u32 = 3;
/// Seconds to wait after the first, second, … time; the last one repeats.
const WAITS: [i64; 5] = [15, 30, 60, 120, 300];

/// Whether letters may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gate {
    /// They may.
    Closed,
    /// One may, to see.
    HalfOpen,
    /// None may.
    Open,
}

/// The state towards one relay.
#[derive(Debug, Default)]
pub(super) struct Breaker(Mutex<Standing>);

#[derive(Debug, Default)]
struct Standing {
    in_a_row: u32,
    trips: usize,
    until: Option<DateTime<Utc>>,
    what: Option<String>,
}

impl Breaker {
    /// Whether letters may go at an instant.
    pub(super) fn gate(&self, now: DateTime<Utc>) -> Gate {
        match self.standing().until {
            None => Gate::Closed,
            Some(until) if now < until => Gate::Open,
            Some(_) => Gate::HalfOpen,
        }
    }

    /// The relay works.
    pub(super) fn well(&self) {
        *self.standing() = Standing::default();
    }

    /// The relay is in trouble; `true` when no further letter may be tried for now.
    pub(super) fn trouble(&self, what: &str, for_sure: bool, now: DateTime<Utc>) -> bool {
        let mut own = self.standing();
        own.what = Some(what.to_owned());
        own.in_a_row += 1;
        let probing = own.until.is_some_and(|until| until <= now);
        if own.until.is_some() && !probing {
            return true;
        }
        if !for_sure && !probing && own.in_a_row < IN_A_ROW {
            return false;
        }
        own.until = Some(now + TimeDelta::seconds(WAITS[own.trips.min(WAITS.len() - 1)]));
        own.trips += 1;
        true
    }

    /// What is wrong, while anything is.
    pub(super) fn what(&self) -> Option<String> {
        self.standing().what.clone()
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    #[test]
    fn the_third_failure_in_a_row_stops_the_letters_and_one_success_lets_them_go() {
        let breaker = Breaker::default();
        assert!(!breaker.trouble("refused", false, at(0)));
        assert!(!breaker.trouble("refused", false, at(1)));
        breaker.well();
        assert_eq!(breaker.what(), None);
        for (second, stops) in [(2, false), (3, false), (4, true), (5, true)] {
            assert_eq!(breaker.trouble("refused", false, at(second)), stops, "{second}");
        }
        assert_eq!((breaker.gate(at(18)), breaker.what().as_deref()), (Gate::Open, Some("refused")));
        assert_eq!(breaker.gate(at(19)), Gate::HalfOpen);
        breaker.well();
        assert_eq!((breaker.gate(at(19)), breaker.what()), (Gate::Closed, None));
    }

    #[test]
    fn each_try_in_vain_lengthens_the_wait_up_to_five_minutes() {
        let breaker = Breaker::default();
        let mut now = at(0);
        for wait in [15, 30, 60, 120, 300, 300] {
            assert!(breaker.trouble("signing in", true, now));
            assert_eq!(breaker.gate(now + TimeDelta::seconds(wait - 1)), Gate::Open, "{wait}");
            now += TimeDelta::seconds(wait);
            assert_eq!(breaker.gate(now), Gate::HalfOpen, "{wait}");
        }
    }
}
