//! Periods and their keys: `2026-Q4`, `2026-11`, `2026`, `FY2026-Q3`, `FY2026`.
//!
//! Law: the key comes from the local civil date and is unique per partnership and instrument. A fiscal year is
//! named after the calendar year in which it ends: with a start in July, FY2026 runs from July 2025 to June
//! 2026. Months keep their calendar key whatever the fiscal year.

use chrono::{Datelike, NaiveDate};

use crate::domain::text::text_enum;

text_enum! {
    /// How often a cadence opens a cycle.
    Frequency as "frequency" {
        /// Every month.
        Monthly = "monthly",
        /// Every quarter.
        Quarterly = "quarterly",
        /// Every year.
        Yearly = "yearly",
    }
}

impl Frequency {
    /// Months in one period.
    pub const fn months(self) -> u8 {
        match self {
            Self::Monthly => 1,
            Self::Quarterly => 3,
            Self::Yearly => 12,
        }
    }
}

/// The earliest and latest first month of a period, counted from year 0. They keep every date computed from a
/// period inside the calendar.
const FIRST: i32 = 12;
const LAST: i32 = 9_990 * 12;

/// One month, quarter or year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Period {
    frequency: Frequency,
    fiscal_year_start: u8,
    /// The first month, counted from January of year 0.
    first: i32,
}

/// A text that is not the key of a period of this frequency.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{key}\" is not a {frequency} period; it should look like {example}.")]
pub struct PeriodError {
    /// The text.
    pub key: String,
    /// The frequency that was expected.
    pub frequency: Frequency,
    /// A key that would be understood.
    pub example: String,
}

impl Period {
    /// The period of this frequency that contains a local date. `fiscal_year_start` is the month 1 to 12 in
    /// which a year begins.
    pub fn containing(date: NaiveDate, frequency: Frequency, fiscal_year_start: u8) -> Self {
        let month = (date.year().clamp(1, 9_990) * 12 + i32::from(u8::try_from(date.month0()).unwrap_or(0)))
            .clamp(FIRST, LAST);
        let start = i32::from(fiscal_year_start.clamp(1, 12) - 1);
        let into = (month - start).rem_euclid(i32::from(frequency.months()));
        Self {
            frequency,
            fiscal_year_start: fiscal_year_start.clamp(1, 12),
            first: (month - into).max(FIRST),
        }
    }

    /// The period after this one.
    #[must_use]
    pub fn next(&self) -> Self {
        Self { first: (self.first + i32::from(self.frequency.months())).min(LAST), ..*self }
    }

    /// The period before this one.
    #[must_use]
    pub fn previous(&self) -> Self {
        Self { first: (self.first - i32::from(self.frequency.months())).max(FIRST), ..*self }
    }

    /// Year and month (1 to 12) of the `n`th month of this period, `n` from 1.
    pub(super) fn month(self, n: u8) -> (i32, u32) {
        let month = self.first + i32::from(n.max(1)) - 1;
        (month.div_euclid(12), month.rem_euclid(12).unsigned_abs() + 1)
    }

    /// Its last day; none beyond the calendar.
    pub fn last_day(&self) -> Option<NaiveDate> {
        let (year, month) = Self { first: self.first + i32::from(self.frequency.months()), ..*self }.month(1);
        NaiveDate::from_ymd_opt(year, month, 1)?.pred_opt()
    }

    /// The key.
    ///
    /// ```
    /// use chrono::NaiveDate;
    /// use evenkeel::domain::cadence::{Frequency, Period};
    /// let day = NaiveDate::from_ymd_opt(2025, 8, 12).unwrap();
    /// assert_eq!(Period::containing(day, Frequency::Quarterly, 1).key(), "2025-Q3");
    /// assert_eq!(Period::containing(day, Frequency::Quarterly, 7).key(), "FY2026-Q1");
    /// assert_eq!(Period::containing(day, Frequency::Monthly, 7).key(), "2025-08");
    /// assert_eq!(Period::containing(day, Frequency::Yearly, 1).key(), "2025");
    /// ```
    pub fn key(&self) -> String {
        let (year, month) = self.month(1);
        let fiscal = self.fiscal_year_start != 1;
        match self.frequency {
            Frequency::Monthly => format!("{year:04}-{month:02}"),
            Frequency::Quarterly if fiscal => format!("FY{:04}-Q{}", self.fiscal_year(), self.quarter()),
            Frequency::Quarterly => format!("{year:04}-Q{}", self.quarter()),
            Frequency::Yearly if fiscal => format!("FY{:04}", self.fiscal_year()),
            Frequency::Yearly => format!("{year:04}"),
        }
    }

    /// Reads a key back.
    pub fn parse(key: &str, frequency: Frequency, fiscal_year_start: u8) -> Result<Self, PeriodError> {
        let start = fiscal_year_start.clamp(1, 12);
        let refused = || PeriodError {
            key: key.chars().filter(|c| !c.is_control()).take(40).collect(),
            frequency,
            example: Self { frequency, fiscal_year_start: start, first: 2026 * 12 + i32::from(start) - 1 }
                .key(),
        };
        let fiscal = start != 1 && frequency != Frequency::Monthly;
        let rest = if fiscal { key.strip_prefix("FY").ok_or_else(refused)? } else { key };
        let (year, part) = match (frequency, rest.split_once('-')) {
            (Frequency::Yearly, None) => (rest, 1),
            (Frequency::Quarterly, Some((year, quarter))) => {
                (year, quarter.strip_prefix('Q').and_then(|q| number(q, 1)).ok_or_else(refused)?)
            }
            (Frequency::Monthly, Some((year, month))) => (year, number(month, 2).ok_or_else(refused)?),
            _ => return Err(refused()),
        };
        let year = number(year, 4).ok_or_else(refused)?;
        if !(1..=12 / i32::from(frequency.months())).contains(&part) {
            return Err(refused());
        }
        let january = (year - i32::from(fiscal)) * 12;
        let offset = if frequency == Frequency::Monthly { 0 } else { i32::from(start) - 1 };
        let first = january + offset + (part - 1) * i32::from(frequency.months());
        if !(FIRST..=LAST).contains(&first) {
            return Err(refused());
        }
        Ok(Self { frequency, fiscal_year_start: start, first })
    }

    /// Whether this period lies wholly before another.
    pub fn is_before(&self, other: &Self) -> bool {
        self.first < other.first
    }

    fn fiscal_year(self) -> i32 {
        let start = i32::from(self.fiscal_year_start) - 1;
        (self.first - start).div_euclid(12) + i32::from(self.fiscal_year_start != 1)
    }

    fn quarter(self) -> i32 {
        let start = i32::from(self.fiscal_year_start) - 1;
        (self.first - start).rem_euclid(12) / 3 + 1
    }
}

/// A number of exactly this many digits.
fn number(text: &str, digits: usize) -> Option<i32> {
    (text.len() == digits && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

/// A period's key as people read it. Keys are already written for people; one place says so, for the day when
/// a language wants another form.
pub fn label(period_key: &str) -> String {
    period_key.to_owned()
}
