//! The monthly digest: on the first Monday of the month, to whoever leads an organisation and wants it.
//!
//! Law: one a person and month, however many organisations they lead and however many processes look. What it says is
//! looked up when it is composed. Leadership is the role in an organisation; sponsors of a side have the reminders of
//! reviews. Called by the clockwork.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

use super::times::{MORNING, zone};
use super::{Context, Look, Refusal, once};
use crate::domain::cadence::local_instant;
use crate::store::outbox::notices::NewNotice;
use crate::store::{Conn, StoreError, preferences};

/// The letter is worth sending this long: until Saturday.
const WORTH: TimeDelta = TimeDelta::days(5);

/// Writes the notices of this month that are not written yet.
pub async fn remind_monthly(ctx: &Context, now: DateTime<Utc>) -> Result<Look, Refusal> {
    let due = ctx.store.read(move |conn| missing(conn, now)).await?;
    once::write(ctx, due, now).await
}

/// When the next digest is due to anybody; none where nobody leads.
pub fn next_monthly(conn: &mut Conn, after: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError> {
    let next = |tz: Tz| {
        let this = first_monday(after.with_timezone(&tz).date_naive());
        let at = local_instant(tz, this, MORNING);
        if at > after { at } else { local_instant(tz, first_monday(month_after(this)), MORNING) }
    };
    let readers = preferences::digest_readers(conn)?;
    Ok(readers.iter().map(|person| next(zone(&person.zone))).min())
}

/// When the digest before the one of an instant was due: what has changed since is news.
pub(super) fn the_one_before(tz: Tz, now: DateTime<Utc>) -> DateTime<Utc> {
    let this = first_monday(now.with_timezone(&tz).date_naive());
    local_instant(tz, first_monday(month_before(this)), MORNING)
}

/// When the digest after the one of an instant will be due.
pub(super) fn the_one_after(tz: Tz, now: DateTime<Utc>) -> DateTime<Utc> {
    let this = first_monday(now.with_timezone(&tz).date_naive());
    local_instant(tz, first_monday(month_after(this)), MORNING)
}

fn missing(conn: &mut Conn, now: DateTime<Utc>) -> Result<Vec<NewNotice>, StoreError> {
    let mut due = Vec::new();
    for person in preferences::digest_readers(conn)? {
        let tz = zone(&person.zone);
        let monday = first_monday(now.with_timezone(&tz).date_naive());
        let due_at = local_instant(tz, monday, MORNING);
        if !(due_at..due_at + WORTH).contains(&now) {
            continue;
        }
        due.push(NewNotice {
            natural_key: format!("digest:{}:{}", person.id, monday.format("%Y-%m")),
            kind: "digest",
            person_id: person.id,
            cycle_id: None,
            reference: String::new(),
            due_at,
            not_after: due_at + WORTH,
        });
    }
    once::unknown(conn, due)
}

/// The first Monday of the month of a day.
fn first_monday(day: NaiveDate) -> NaiveDate {
    let first = day.with_day(1).unwrap_or(day);
    let ahead = (7 - first.weekday().num_days_from_monday()) % 7;
    first.checked_add_days(Days::new(ahead.into())).unwrap_or(first)
}

fn month_after(day: NaiveDate) -> NaiveDate {
    day.checked_add_months(Months::new(1)).unwrap_or(day)
}

fn month_before(day: NaiveDate) -> NaiveDate {
    day.checked_sub_months(Months::new(1)).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_monday_lies_in_the_first_week_of_its_month() {
        for (day, monday) in [
            ("2026-06-30", "2026-06-01"),
            ("2026-11-01", "2026-11-02"),
            ("2026-12-31", "2026-12-07"),
            ("2027-02-01", "2027-02-01"),
        ] {
            assert_eq!(first_monday(day.parse().unwrap()).to_string(), monday, "{day}");
        }
    }

    #[test]
    fn digests_before_and_after_are_those_of_the_neighbouring_months() {
        let now: DateTime<Utc> = "2027-01-04T07:00:00Z".parse().unwrap();
        let (before, after) =
            (the_one_before(Tz::Europe__Berlin, now), the_one_after(Tz::Europe__Berlin, now));
        assert_eq!(before.to_rfc3339(), "2026-12-07T07:00:00+00:00");
        assert_eq!(after.to_rfc3339(), "2027-02-01T07:00:00+00:00");
    }
}
