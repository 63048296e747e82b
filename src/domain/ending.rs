//! The end of a partnership: how long what was published stays readable, and what is left then.
//!
//! Law: any side ends a partnership at once; every side reads and exports its scorecards for 24 months after that, and nobody
//! afterwards. What is not readable any more is deleted only by every side together. Called by the workflows that end
//! partnerships and by the pages that say until when.

use chrono::{DateTime, Months, TimeDelta, Utc};

/// How many calendar months the scorecards of an ended partnership stay readable.
pub const READABLE_MONTHS: u32 = 24;

/// Until when the scorecards of a partnership that ended at this instant are readable: the same day and time 24 months later,
/// or the last day of that month.
///
/// ```
/// use evenkeel::domain::ending::readable_until;
/// let ended = "2024-02-29T12:00:00Z".parse().unwrap();
/// assert_eq!(readable_until(ended), "2026-02-28T12:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap());
/// ```
pub fn readable_until(ended_at: DateTime<Utc>) -> DateTime<Utc> {
    ended_at.checked_add_months(Months::new(READABLE_MONTHS)).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// What ended after this instant is certainly still readable at `now`; what ended before may not be.
pub fn perhaps_over_before(now: DateTime<Utc>) -> DateTime<Utc> {
    let months_ago = now.checked_sub_months(Months::new(READABLE_MONTHS));
    // Months differ in length, so that the way back may miss the way there by up to three days.
    months_ago.map_or(DateTime::<Utc>::MIN_UTC, |at| at + TimeDelta::days(3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_over_is_overlooked() {
        let start: DateTime<Utc> = "2023-12-20T10:30:00Z".parse().unwrap();
        for day in 0..800 {
            let ended = start + TimeDelta::days(day);
            let over = readable_until(ended);
            assert!(ended < perhaps_over_before(over), "{ended}");
            assert!((over - ended).num_days() >= 728, "{ended}");
        }
    }
}
