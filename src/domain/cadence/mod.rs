//! Cadence: the civil rule that says when cycles open and close.
//!
//! Law: the rule and the partnership's time zone are the truth; UTC instants are computed from them once, when
//! a cycle is made, and then stand in its row. Whoever asks and however often, one period has one window and
//! one key. Called by set-up (the next dates), by the opening of due cycles and by the reminders.

mod due;
mod period;
mod rule;
mod zone;

#[cfg(test)]
mod tests;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

pub use due::{Due, due, reminders};
pub use period::{Frequency, Period, PeriodError, label};
pub use rule::{CadenceError, CadenceRule, CloseRule, OpenDay};
pub use zone::{UnknownZone, local_instant, parse_zone};

/// When one period's cycle opens and closes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// The period's key, such as `2026-Q4`.
    pub period_key: String,
    /// The opening.
    pub opens: DateTime<Utc>,
    /// The close, always later.
    pub closes: DateTime<Utc>,
}

impl Window {
    /// How long it is open.
    pub fn length(&self) -> TimeDelta {
        self.closes - self.opens
    }
}

impl CadenceRule {
    /// The window of one period. The rule must be valid and the period of its frequency.
    pub fn occurrence(&self, zone: Tz, period: &Period) -> Window {
        let day = self.opening_day(*period);
        let opens = local_instant(zone, day, self.opens_at);
        let closes = local_instant(zone, self.closing_day(day), self.closes_at);
        Window { period_key: period.key(), opens, closes }
    }

    /// The first window that opens strictly after an instant.
    ///
    /// ```
    /// use chrono::DateTime;
    /// use evenkeel::domain::cadence::CadenceRule;
    /// let rule = CadenceRule::default();
    /// let after = DateTime::parse_from_rfc3339("2026-10-01T00:00:00Z").unwrap().to_utc();
    /// let window = rule.next(chrono_tz::Europe::Berlin, after);
    /// assert_eq!(window.period_key, "2026-Q4");
    /// assert_eq!(window.opens.to_rfc3339(), "2026-12-01T08:00:00+00:00");
    /// assert_eq!(window.closes.to_rfc3339(), "2026-12-10T16:00:00+00:00");
    /// ```
    pub fn next(&self, zone: Tz, after: DateTime<Utc>) -> Window {
        self.occurrence(zone, &self.next_period(zone, after))
    }

    /// The latest window that opened at or before an instant; none before the first year of the calendar.
    pub fn latest(&self, zone: Tz, at_or_before: DateTime<Utc>) -> Option<Window> {
        let period = self.next_period(zone, at_or_before).previous();
        let window = self.occurrence(zone, &period);
        (window.opens <= at_or_before).then_some(window)
    }

    /// The next windows after an instant, in order.
    pub fn upcoming(&self, zone: Tz, after: DateTime<Utc>, count: usize) -> Vec<Window> {
        let first = self.next_period(zone, after);
        let periods = std::iter::successors(Some(first), |period| Some(period.next()));
        periods.take(count).map(|period| self.occurrence(zone, &period)).collect()
    }

    /// The first period whose window opens strictly after an instant.
    ///
    /// A window opens inside its own period, so it is the period around the instant, the one before it (a local
    /// date can lag behind) or the one after it.
    fn next_period(&self, zone: Tz, after: DateTime<Utc>) -> Period {
        let today = after.with_timezone(&zone).date_naive();
        let mut period = Period::containing(today, self.frequency, self.fiscal_year_start).previous();
        for _ in 0..3 {
            if self.occurrence(zone, &period).opens > after {
                break;
            }
            period = period.next();
        }
        period
    }
}
