//! The rule itself: which day a period's cycle opens, which day it closes, and the same in a sentence.

use chrono::{Datelike, Days, NaiveDate, NaiveTime, TimeDelta, Weekday};
use serde::{Deserialize, Serialize};

use super::period::{Frequency, Period};

/// When cycles open and close, in the local time of the partnership's zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CadenceRule {
    /// How often.
    pub frequency: Frequency,
    /// Which month of the period, from 1: up to 1 for monthly, 3 for quarterly, 12 for yearly.
    pub month_of_period: u8,
    /// Which day of that month.
    pub opens: OpenDay,
    /// At what local time it opens.
    pub opens_at: NaiveTime,
    /// Which day it closes.
    pub closes: CloseRule,
    /// At what local time it closes.
    pub closes_at: NaiveTime,
    /// The month, 1 to 12, in which years and quarters begin.
    #[serde(default = "january")]
    pub fiscal_year_start: u8,
}

const fn january() -> u8 {
    1
}

/// The day of the month on which a cycle opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpenDay {
    /// The first to fourth such weekday, or the last one (`nth` 5).
    NthWeekday {
        /// 1 to 4, or 5 for the last.
        nth: u8,
        /// Which weekday.
        weekday: Weekday,
    },
    /// A day of the month; 29 to 31 mean the last day where the month is shorter.
    DayOfMonth {
        /// 1 to 31.
        day: u8,
    },
}

/// The day on which a cycle closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloseRule {
    /// A weekday of the opening's week (0) or of a later week; weeks begin on Monday.
    Weekday {
        /// 0 to 8.
        weeks_after: u8,
        /// Which weekday.
        weekday: Weekday,
    },
    /// So many days after the opening.
    DaysAfter {
        /// 1 to 60.
        days: u8,
    },
}

/// Why a cadence cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CadenceError {
    /// The month is outside the period.
    #[error("A {frequency} cycle opens in month 1 to {most} of its period; {month} is outside it.")]
    Month {
        /// The frequency.
        frequency: Frequency,
        /// Months in the period.
        most: u8,
        /// What was asked.
        month: u8,
    },
    /// `nth` is outside 1 to 5.
    #[error(
        "A cycle opens on the first to fourth such weekday of the month or on the last; choose 1 to 5, not {0}."
    )]
    Nth(u8),
    /// The day is outside 1 to 31.
    #[error("A cycle opens on day 1 to 31 of the month; {0} is not a day.")]
    Day(u8),
    /// `weeks_after` is above 8.
    #[error("A cycle closes at most 8 weeks after the week of its opening; {0} is too many.")]
    Weeks(u8),
    /// `days` is outside 1 to 60.
    #[error("A cycle closes 1 to 60 days after its opening; {0} is outside that.")]
    Days(u8),
    /// The close could come before, at or just after the opening.
    #[error(
        "This cycle could close before anybody has time to answer; leave at least two hours between opening and close."
    )]
    WindowTooShort,
    /// The window could reach into the next period's window.
    #[error("This cycle could still be open when the next one opens; close it within {0} days.")]
    WindowTooLong(u8),
    /// The fiscal year's first month is outside 1 to 12.
    #[error("A fiscal year starts in month 1 to 12; {0} is not a month.")]
    FiscalYear(u8),
}

impl CadenceError {
    /// The field of the rule that must be mended.
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Month { .. } => "month_of_period",
            Self::Nth(_) | Self::Day(_) => "opens",
            Self::Weeks(_) | Self::Days(_) | Self::WindowTooShort | Self::WindowTooLong(_) => "closes",
            Self::FiscalYear(_) => "fiscal_year_start",
        }
    }
}

/// The least time between opening and close by the clock on the wall; a clock change leaves one of them.
const LEAST_WINDOW: TimeDelta = TimeDelta::hours(2);

/// The most days a monthly window may span: openings are at least 28 days apart.
const MOST_MONTHLY_DAYS: u8 = 27;

impl Default for CadenceRule {
    /// Quarterly, from the first Tuesday of the quarter’s last month at 09:00 to the Thursday of the following
    /// week at 17:00.
    fn default() -> Self {
        let at = |hour| NaiveTime::from_hms_opt(hour, 0, 0).expect("a full hour of the day exists");
        Self {
            frequency: Frequency::Quarterly,
            month_of_period: 3,
            opens: OpenDay::NthWeekday { nth: 1, weekday: Weekday::Tue },
            opens_at: at(9),
            closes: CloseRule::Weekday { weeks_after: 1, weekday: Weekday::Thu },
            closes_at: at(17),
            fiscal_year_start: 1,
        }
    }
}

impl CadenceRule {
    /// Checks every field, and that each window is long enough to answer in and over before the next opens.
    pub fn validate(&self) -> Result<(), CadenceError> {
        let most = self.frequency.months();
        if !(1..=most).contains(&self.month_of_period) {
            return Err(CadenceError::Month { frequency: self.frequency, most, month: self.month_of_period });
        }
        match self.opens {
            OpenDay::NthWeekday { nth, .. } if !(1..=5).contains(&nth) => return Err(CadenceError::Nth(nth)),
            OpenDay::DayOfMonth { day } if !(1..=31).contains(&day) => return Err(CadenceError::Day(day)),
            _ => {}
        }
        match self.closes {
            CloseRule::Weekday { weeks_after, .. } if weeks_after > 8 => {
                return Err(CadenceError::Weeks(weeks_after));
            }
            CloseRule::DaysAfter { days } if !(1..=60).contains(&days) => {
                return Err(CadenceError::Days(days));
            }
            _ => {}
        }
        if !(1..=12).contains(&self.fiscal_year_start) {
            return Err(CadenceError::FiscalYear(self.fiscal_year_start));
        }
        let (shortest, longest) = self.span_in_days();
        if TimeDelta::days(shortest) + (self.closes_at - self.opens_at) < LEAST_WINDOW {
            return Err(CadenceError::WindowTooShort);
        }
        if self.frequency == Frequency::Monthly && longest > i64::from(MOST_MONTHLY_DAYS) {
            return Err(CadenceError::WindowTooLong(MOST_MONTHLY_DAYS));
        }
        Ok(())
    }

    /// The fewest and most days between the day of the opening and the day of the close.
    fn span_in_days(&self) -> (i64, i64) {
        match (self.closes, self.opens) {
            (CloseRule::DaysAfter { days }, _) => (i64::from(days), i64::from(days)),
            (CloseRule::Weekday { weeks_after, weekday }, opens) => {
                let from_monday = |day: Weekday| i64::from(day.num_days_from_monday());
                let days = i64::from(weeks_after) * 7 + from_monday(weekday);
                match opens {
                    OpenDay::NthWeekday { weekday, .. } => {
                        (days - from_monday(weekday), days - from_monday(weekday))
                    }
                    OpenDay::DayOfMonth { .. } => (days - 6, days),
                }
            }
        }
    }

    /// The local day on which a period's cycle opens.
    pub(super) fn opening_day(&self, period: Period) -> NaiveDate {
        let (year, month) = period.month(self.month_of_period);
        let first = NaiveDate::from_ymd_opt(year, month, 1).expect("periods stay inside years 1 to 9990");
        let length = u32::from(first.num_days_in_month());
        let day = match self.opens {
            OpenDay::DayOfMonth { day } => u32::from(day).clamp(1, length),
            OpenDay::NthWeekday { nth, weekday } => {
                let first_such = 1 + weekday.days_since(first.weekday());
                let wanted = first_such + 7 * (u32::from(nth.clamp(1, 5)) - 1);
                // The fifth exists in some months only; "last" is then the fourth.
                if wanted > length { wanted - 7 } else { wanted }
            }
        };
        first.with_day(day).expect("the day was cut to the month's length")
    }

    /// The local day on which a cycle closes that opened on `opening`.
    pub(super) fn closing_day(&self, opening: NaiveDate) -> NaiveDate {
        let days = match self.closes {
            CloseRule::DaysAfter { days } => u64::from(days),
            CloseRule::Weekday { weeks_after, weekday } => {
                let target = u64::from(weeks_after) * 7 + u64::from(weekday.num_days_from_monday());
                // A valid rule never closes before it opens; an invalid one is at least not taken backwards.
                target.saturating_sub(u64::from(opening.weekday().num_days_from_monday()))
            }
        };
        opening.checked_add_days(Days::new(days)).unwrap_or(NaiveDate::MAX)
    }

    /// The rule in a sentence, for set-up and pages.
    ///
    /// ```
    /// use evenkeel::domain::cadence::CadenceRule;
    /// assert_eq!(
    ///     CadenceRule::default().describe(),
    ///     "quarterly, opens the first Tuesday of the quarter’s last month at 09:00, closes the Thursday of the \
    ///      following week at 17:00"
    /// );
    /// ```
    pub fn describe(&self) -> String {
        let opens = match self.opens {
            OpenDay::NthWeekday { nth, weekday } => {
                format!("the {} {}", nth_word(nth), weekday_name(weekday))
            }
            OpenDay::DayOfMonth { day: 31 } => "the last day".to_owned(),
            OpenDay::DayOfMonth { day } => format!("day {day}"),
        };
        let closes = match self.closes {
            CloseRule::DaysAfter { days: 1 } => "the day after".to_owned(),
            CloseRule::DaysAfter { days } => format!("{days} days later"),
            CloseRule::Weekday { weeks_after, weekday } => match weeks_after {
                0 => format!("the {} of the same week", weekday_name(weekday)),
                1 => format!("the {} of the following week", weekday_name(weekday)),
                n => format!("the {} {n} weeks later", weekday_name(weekday)),
            },
        };
        format!(
            "{}, opens {opens} of {} at {}, closes {closes} at {}",
            self.frequency,
            self.month_words(),
            self.opens_at.format("%H:%M"),
            self.closes_at.format("%H:%M"),
        )
    }

    fn month_words(&self) -> String {
        let n = self.month_of_period;
        match self.frequency {
            Frequency::Monthly => "the month".to_owned(),
            Frequency::Quarterly if n == 3 => "the quarter’s last month".to_owned(),
            Frequency::Quarterly => format!("the quarter’s {} month", nth_word(n)),
            Frequency::Yearly => {
                let month = (self.fiscal_year_start.max(1) - 1 + n.max(1) - 1) % 12;
                MONTHS[usize::from(month)].to_owned()
            }
        }
    }
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const fn nth_word(nth: u8) -> &'static str {
    match nth {
        0 | 1 => "first",
        2 => "second",
        3 => "third",
        4 => "fourth",
        _ => "last",
    }
}

const fn weekday_name(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Mon => "Monday",
        Weekday::Tue => "Tuesday",
        Weekday::Wed => "Wednesday",
        Weekday::Thu => "Thursday",
        Weekday::Fri => "Friday",
        Weekday::Sat => "Saturday",
        Weekday::Sun => "Sunday",
    }
}
