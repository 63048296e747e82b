//! When a letter is tried again.

use chrono::{DateTime, TimeDelta, Utc};

/// Minutes to wait after the first, second, … failed try; the last one repeats.
const MINUTES: [i64; 8] = [1, 5, 15, 30, 60, 120, 240, 240];

/// The next try after `attempts` failed ones: 1, 5, 15, 30 minutes, 1, 2, 4 hours, then every 4 hours, each ±20 %.
///
/// `spread` is any number that differs between letters, so that a thousand of them do not come back in the same second.
pub fn next_try(now: DateTime<Utc>, attempts: u32, spread: u64) -> DateTime<Utc> {
    let index = usize::try_from(attempts).unwrap_or(usize::MAX).min(MINUTES.len() - 1);
    let base = TimeDelta::minutes(MINUTES[index]);
    // 80 to 120 percent, in steps of one.
    let percent = 80 + i32::try_from(spread % 41).unwrap_or(20);
    now + base * percent / 100
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_waiting_grows_to_four_hours_and_stays_within_a_fifth() {
        let now: DateTime<Utc> = "2026-09-01T00:00:00Z".parse().unwrap();
        for (attempts, minutes) in [(0, 1), (1, 5), (2, 15), (3, 30), (4, 60), (5, 120), (6, 240), (90, 240)]
        {
            for spread in [0, 20, 40, 41, u64::MAX] {
                let wait = (next_try(now, attempts, spread) - now).num_seconds();
                assert!((minutes * 48..=minutes * 72).contains(&wait), "{attempts} {spread}: {wait} s");
            }
        }
    }
}
