//! Conflict debt: what flags without a valid answer weigh, more the longer they stand.
//!
//! Law: an `act` flag weighs 2, a `discuss` flag 1, times one plus the months since its episode was first
//! raised; an answered flag weighs nothing. Used by the portfolio and the partnership's page.

use chrono::{DateTime, Datelike, Utc};

use super::flags::Severity;

/// One open flag as debt counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DebtFlag {
    /// What it asks for.
    pub severity: Severity,
    /// When its episode was first raised (for an imported review: when it was imported).
    pub raised_at: DateTime<Utc>,
    /// Whether it has a valid answer.
    pub answered: bool,
}

/// The conflict debt of these flags at `now`.
///
/// Months are whole calendar months that have passed, so the number moves on a day a person can name.
///
/// ```
/// use chrono::DateTime;
/// use evenkeel::domain::{conflict_debt::{DebtFlag, debt}, flags::Severity};
/// let at = |text: &str| DateTime::parse_from_rfc3339(text).unwrap().to_utc();
/// let raised_at = at("2026-09-10T15:00:00Z");
/// let act = DebtFlag { severity: Severity::Act, raised_at, answered: false };
/// let discuss = DebtFlag { severity: Severity::Discuss, ..act };
/// let done = DebtFlag { answered: true, ..act };
/// // Two whole months: 2 × (1 + 2) + 1 × (1 + 2)
/// assert_eq!(debt(&[act, discuss, done], at("2026-12-01T00:00:00Z")), 9);
/// ```
pub fn debt(flags: &[DebtFlag], now: DateTime<Utc>) -> u32 {
    let open = flags.iter().filter(|flag| !flag.answered);
    open.map(|flag| weight(flag.severity).saturating_mul(1 + months_between(flag.raised_at, now)))
        .fold(0, u32::saturating_add)
}

const fn weight(severity: Severity) -> u32 {
    match severity {
        Severity::Act => 2,
        Severity::Discuss => 1,
    }
}

/// Whole calendar months from one instant to another, 0 if the second is earlier.
pub fn months_between(from: DateTime<Utc>, to: DateTime<Utc>) -> u32 {
    let index = |t: DateTime<Utc>| i64::from(t.year()) * 12 + i64::from(t.month0());
    let incomplete = (to.day(), to.time()) < (from.day(), from.time());
    let months = index(to) - index(from) - i64::from(incomplete);
    // The last day of a shorter month completes a month that began on a day it does not have.
    let caught_up = incomplete && is_last_day(to) && to.day() < from.day() && to.time() >= from.time();
    u32::try_from(months + i64::from(caught_up)).unwrap_or(0)
}

fn is_last_day(at: DateTime<Utc>) -> bool {
    at.date_naive().succ_opt().is_none_or(|next| next.month() != at.month())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    #[test]
    fn whole_calendar_months_are_counted() {
        for (from, to, months) in [
            ("2026-01-31T10:00:00Z", "2026-02-28T10:00:00Z", 1),
            ("2026-01-31T10:00:00Z", "2026-02-28T09:59:59Z", 0),
            ("2026-01-15T10:00:00Z", "2026-02-15T09:59:59Z", 0),
            ("2026-01-15T10:00:00Z", "2026-02-15T10:00:00Z", 1),
            ("2025-12-15T10:00:00Z", "2027-01-15T10:00:00Z", 13),
            ("2026-03-15T10:00:00Z", "2026-01-15T10:00:00Z", 0),
        ] {
            assert_eq!(months_between(at(from), at(to)), months, "{from} to {to}");
        }
    }

    #[test]
    fn answered_flags_weigh_nothing() {
        let flag =
            DebtFlag { severity: Severity::Act, raised_at: at("2026-01-01T00:00:00Z"), answered: true };
        assert_eq!(debt(&[flag], at("2026-12-01T00:00:00Z")), 0);
        assert_eq!(debt(&[DebtFlag { answered: false, ..flag }], at("2026-01-01T00:00:00Z")), 2);
    }
}
