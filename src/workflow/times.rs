//! Instants as people read them, in their zone and with the zone named.

use chrono::{DateTime, NaiveTime, Utc};
use chrono_tz::Tz;

/// When letters that keep to a weekday leave, by the reader's clock.
pub(crate) const MORNING: NaiveTime = NaiveTime::from_hms_opt(8, 0, 0).expect("a time of day");

/// A stored zone name; a name that no longer exists reads as UTC, which is then what people see named.
pub(crate) fn zone(name: &str) -> Tz {
    name.parse().unwrap_or(Tz::UTC)
}

/// The city of a zone: `Europe/Berlin` reads "Berlin".
pub(crate) fn zone_name(zone: Tz) -> String {
    zone.name().rsplit('/').next().unwrap_or("UTC").replace('_', " ")
}

/// "Thu 17 Sep 17:00 Berlin", with the year when it is another than that of `now`.
pub fn in_zone(instant: DateTime<Utc>, zone: Tz, now: DateTime<Utc>) -> String {
    use chrono::Datelike;
    let local = instant.with_timezone(&zone);
    let this_year = now.with_timezone(&zone).year() == local.year();
    let format = if this_year { "%a %-d %b, %H:%M" } else { "%a %-d %b %Y, %H:%M" };
    format!("{} {}", local.format(format), zone_name(zone))
}

/// "Thu 17 Sep 2026".
pub(crate) fn day_in_zone(instant: DateTime<Utc>, zone: Tz) -> String {
    instant.with_timezone(&zone).format("%a %-d %b %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_names_its_zone_and_a_far_one_its_year() {
        let at: DateTime<Utc> = "2026-09-17T15:00:00Z".parse().unwrap();
        assert_eq!(in_zone(at, Tz::Europe__Berlin, at), "Thu 17 Sep, 17:00 Berlin");
        let later = "2027-01-05T00:00:00Z".parse().unwrap();
        assert_eq!(in_zone(at, Tz::America__New_York, later), "Thu 17 Sep 2026, 11:00 New York");
    }
}
