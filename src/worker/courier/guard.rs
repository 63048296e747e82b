//! Looks, before letters are claimed, whether this is still the database and the clock that this server worked with, and
//! asks for a pause when it is not ([`fork_guard`]).

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Mutex;

use crate::clock::{Clock, monotonic};
use crate::store::StoreError;
use crate::workflow::{Context, fork_guard};

/// In a pass that goes on, the next look comes after this.
const AGAIN: Duration = Duration::from_secs(10);
/// The two clocks of a process that differ by more than this tell of a machine that was stopped, copied or set.
const APART: TimeDelta = TimeDelta::hours(48);

/// Where both clocks stood.
#[derive(Clone, Copy, Debug)]
struct Clocks {
    wall: DateTime<Utc>,
    monotonic: Duration,
}

impl Clocks {
    /// How far the wall clock went beyond the monotonic one since then.
    fn gained(self, now: Self) -> TimeDelta {
        let passed =
            TimeDelta::from_std(now.monotonic.saturating_sub(self.monotonic)).unwrap_or(TimeDelta::MAX);
        now.wall - self.wall - passed
    }

    fn apart(self, now: Self) -> Option<String> {
        let gained = self.gained(now);
        (gained.abs() > APART).then(|| {
            format!(
                "the clock jumped by {} hours while the program ran: the machine was stopped, copied or set",
                gained.num_hours()
            )
        })
    }
}

/// The courier's guard.
#[derive(Debug)]
pub(super) struct Guard {
    clock: Clock,
    begun: Mutex<Option<Clocks>>,
    looked: Mutex<Option<Duration>>,
}

impl Guard {
    /// A guard that goes by this clock; a clock that jumps (the demo's) is not guarded.
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, begun: Mutex::default(), looked: Mutex::default() }
    }

    /// Looks, unless that was done moments ago.
    pub(super) async fn look_again(&self, ctx: &Context) -> Result<(), StoreError> {
        let recent = self.looked.lock().await.is_some_and(|at| monotonic().saturating_sub(at) < AGAIN);
        // A clock that a test holds stands still between its jumps, and every jump counts.
        if recent && matches!(self.clock, Clock::System) { Ok(()) } else { self.look(ctx).await }
    }

    /// Looks; what was found stands in the database.
    pub(super) async fn look(&self, ctx: &Context) -> Result<(), StoreError> {
        if matches!(self.clock, Clock::Shifted(_)) {
            return Ok(());
        }
        let mut looked = self.looked.lock().await;
        let here = Clocks { wall: self.clock.now(), monotonic: monotonic() };
        let mut begun = self.begun.lock().await;
        let apart = begun.and_then(|begun| begun.apart(here)).filter(|_| matches!(self.clock, Clock::System));
        let jumped = apart.is_some();
        fork_guard::look(ctx, apart, here.wall).await?;
        if begun.is_none() || jumped {
            *begun = Some(here);
        }
        *looked = Some(here.monotonic);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_that_run_apart_by_more_than_two_days_are_noticed() {
        let wall: DateTime<Utc> = "2026-12-01T08:00:00Z".parse().unwrap();
        let begun = Clocks { wall, monotonic: Duration::from_secs(500) };
        let after = |wall_hours: i64, hours: u64| Clocks {
            wall: wall + TimeDelta::hours(wall_hours),
            monotonic: Duration::from_secs(500 + 3600 * hours),
        };
        for (wall_hours, hours, noticed) in [
            (0, 0, false),
            (1000, 1000, false),
            (47, 0, false),
            (49, 0, true),
            (-49, 0, true),
            (10, 59, true),
        ] {
            let found = begun.apart(after(wall_hours, hours));
            assert_eq!(found.is_some(), noticed, "{wall_hours} {hours}: {found:?}");
        }
    }
}
