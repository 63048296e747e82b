//! Time zones, and what a local clock means in UTC.
//!
//! Law: a local time that the clocks skip in spring is the first instant after the gap; one that they show
//! twice in autumn is the first of the two.

use chrono::{DateTime, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// A text that names no time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a time zone; use a name such as Europe/Berlin or America/New_York.")]
pub struct UnknownZone(pub String);

/// Reads an IANA time-zone name.
pub fn parse_zone(text: &str) -> Result<Tz, UnknownZone> {
    let refused = || UnknownZone(text.chars().filter(|c| !c.is_control()).take(60).collect());
    text.parse().map_err(|_| refused())
}

/// The instant at which clocks in `zone` show this date and time.
///
/// ```
/// use chrono::{NaiveDate, NaiveTime};
/// use evenkeel::domain::cadence::local_instant;
/// let day = NaiveDate::from_ymd_opt(2026, 3, 29).unwrap(); // Berlin jumps from 02:00 to 03:00
/// let half_past_two = NaiveTime::from_hms_opt(2, 30, 0).unwrap();
/// let instant = local_instant(chrono_tz::Europe::Berlin, day, half_past_two);
/// assert_eq!(instant.to_rfc3339(), "2026-03-29T01:00:00+00:00");
/// ```
pub fn local_instant(zone: Tz, date: NaiveDate, time: NaiveTime) -> DateTime<Utc> {
    let local = date.and_time(time);
    match zone.from_local_datetime(&local) {
        LocalResult::Single(instant) | LocalResult::Ambiguous(instant, _) => instant.to_utc(),
        LocalResult::None => end_of_gap(zone, local),
    }
}

/// The first instant whose local time is at or after a skipped one, to the second.
fn end_of_gap(zone: Tz, skipped: NaiveDateTime) -> DateTime<Utc> {
    // Offsets lie between −12 and +14 hours, so the transition is inside these bounds; local time passes the
    // skipped moment exactly once between them, at the transition.
    let reached = |instant: DateTime<Utc>| instant.with_timezone(&zone).naive_local() >= skipped;
    let (mut before, mut after) =
        (skipped.and_utc() - TimeDelta::hours(16), skipped.and_utc() + TimeDelta::hours(16));
    (before, after) = (whole_second(before), whole_second(after));
    while after - before > TimeDelta::seconds(1) {
        let middle = before + TimeDelta::seconds((after - before).num_seconds() / 2);
        if reached(middle) {
            after = middle;
        } else {
            before = middle;
        }
    }
    after
}

fn whole_second(instant: DateTime<Utc>) -> DateTime<Utc> {
    instant - TimeDelta::nanoseconds(i64::from(instant.timestamp_subsec_nanos() % 1_000_000_000))
}
