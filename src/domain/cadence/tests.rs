//! Dates that go wrong elsewhere.

use chrono::{NaiveDate, NaiveTime, Timelike, Weekday};
use proptest::prelude::*;

use super::*;

const BERLIN: Tz = chrono_tz::Europe::Berlin;

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

fn time(hour: u32, minute: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, minute, 0).unwrap()
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn monthly(day: u8, opens_at: NaiveTime) -> CadenceRule {
    CadenceRule {
        frequency: Frequency::Monthly,
        month_of_period: 1,
        opens: OpenDay::DayOfMonth { day },
        opens_at,
        closes: CloseRule::DaysAfter { days: 7 },
        ..CadenceRule::default()
    }
}

#[test]
fn a_skipped_local_time_is_the_first_instant_after_the_gap() {
    use chrono_tz::{America::New_York, Australia::Lord_Howe, Europe::London, Pacific::Apia};
    let cases = [
        (BERLIN, day(2026, 3, 29), time(2, 30), "2026-03-29T01:00:00Z"),
        (BERLIN, day(2026, 3, 29), time(2, 0), "2026-03-29T01:00:00Z"),
        (BERLIN, day(2026, 3, 29), time(3, 0), "2026-03-29T01:00:00Z"),
        (New_York, day(2026, 3, 8), time(2, 59), "2026-03-08T07:00:00Z"),
        (London, day(2026, 3, 29), time(1, 15), "2026-03-29T01:00:00Z"),
        // Half an hour is skipped here.
        (Lord_Howe, day(2026, 10, 4), time(2, 10), "2026-10-03T15:30:00Z"),
        // A whole day was skipped here.
        (Apia, day(2011, 12, 30), time(12, 0), "2011-12-30T10:00:00Z"),
    ];
    for (zone, date, clock, instant) in cases {
        assert_eq!(local_instant(zone, date, clock), at(instant), "{zone} {date} {clock}");
    }
}

#[test]
fn a_repeated_local_time_is_the_first_of_the_two() {
    let instant = local_instant(BERLIN, day(2026, 10, 25), time(2, 30));
    assert_eq!(instant, at("2026-10-25T00:30:00Z"));
    let instant = local_instant(chrono_tz::America::New_York, day(2026, 11, 1), time(1, 30));
    assert_eq!(instant, at("2026-11-01T05:30:00Z"));
}

#[test]
fn a_window_across_a_clock_change_keeps_its_local_times() {
    // Opens in winter time, closes in summer time.
    let rule = monthly(25, time(9, 0));
    let window = rule.next(BERLIN, at("2026-03-01T00:00:00Z"));
    assert_eq!(window.opens, at("2026-03-25T08:00:00Z"));
    assert_eq!(window.closes, at("2026-04-01T15:00:00Z"));
    let times = reminders(&window, BERLIN);
    let local: Vec<u32> = times.iter().map(|t| t.with_timezone(&BERLIN).hour()).collect();
    assert_eq!(local, [9, 17]);
    let autumn = rule.next(BERLIN, at("2026-10-01T00:00:00Z"));
    assert_eq!((autumn.opens, autumn.closes), (at("2026-10-25T08:00:00Z"), at("2026-11-01T16:00:00Z")));
}

#[test]
fn day_31_is_the_last_day_of_shorter_months() {
    let rule = monthly(31, time(9, 0));
    let opens: Vec<String> = rule
        .upcoming(chrono_tz::UTC, at("2027-12-31T10:00:00Z"), 5)
        .iter()
        .map(|window| window.opens.format("%Y-%m-%d").to_string())
        .collect();
    assert_eq!(opens, ["2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30", "2028-05-31"]);
}

#[test]
fn the_fifth_weekday_is_the_last_one() {
    let rule = CadenceRule {
        opens: OpenDay::NthWeekday { nth: 5, weekday: Weekday::Fri },
        closes: CloseRule::Weekday { weeks_after: 1, weekday: Weekday::Fri },
        ..monthly(1, time(9, 0))
    };
    let opens: Vec<String> = rule
        .upcoming(BERLIN, at("2026-09-30T00:00:00Z"), 3)
        .iter()
        .map(|window| window.opens.format("%Y-%m-%d").to_string())
        .collect();
    assert_eq!(opens, ["2026-10-30", "2026-11-27", "2026-12-25"]);
}

#[test]
fn a_window_over_new_year_belongs_to_the_period_of_its_opening() {
    let window = monthly(31, time(9, 0)).next(BERLIN, at("2026-12-01T00:00:00Z"));
    assert_eq!(window.period_key, "2026-12");
    assert_eq!(window.closes, at("2027-01-07T16:00:00Z"));
}

#[test]
fn near_midnight_the_local_date_decides() {
    // 23:30 on 31 December in Honolulu is already January in UTC.
    let zone = chrono_tz::Pacific::Honolulu;
    let window = monthly(31, time(23, 30)).next(zone, at("2026-12-15T00:00:00Z"));
    assert_eq!((window.period_key.as_str(), window.opens), ("2026-12", at("2027-01-01T09:30:00Z")));
    assert_eq!(monthly(31, time(23, 30)).latest(zone, window.opens).unwrap(), window);
}

#[test]
fn keys_follow_the_fiscal_year() {
    let cases = [
        (day(2025, 7, 1), 7, "FY2026-Q1", "FY2026"),
        (day(2026, 6, 30), 7, "FY2026-Q4", "FY2026"),
        (day(2026, 3, 31), 4, "FY2026-Q4", "FY2026"),
        (day(2026, 4, 1), 4, "FY2027-Q1", "FY2027"),
        (day(2026, 1, 15), 2, "FY2026-Q4", "FY2026"),
        (day(2026, 12, 31), 1, "2026-Q4", "2026"),
    ];
    for (date, start, quarter, year) in cases {
        assert_eq!(
            Period::containing(date, Frequency::Quarterly, start).key(),
            quarter,
            "{date} from {start}"
        );
        assert_eq!(Period::containing(date, Frequency::Yearly, start).key(), year, "{date} from {start}");
    }
    for bad in
        ["", "2026", "2026-Q5", "2026-Q0", "26-Q1", "2026-q1", "FY2026-Q1", "2026-Q1 ", "+026-Q1", "2026-Q"]
    {
        assert!(Period::parse(bad, Frequency::Quarterly, 1).is_err(), "{bad}");
    }
    assert_eq!(
        Period::parse("2026-Q9", Frequency::Quarterly, 7).unwrap_err().to_string(),
        "\"2026-Q9\" is not a quarterly period; it should look like FY2027-Q1."
    );
}

#[test]
fn only_the_newest_missed_period_opens_and_only_with_half_its_window_left() {
    let rule = CadenceRule::default();
    let created = at("2026-01-01T00:00:00Z");
    let window = rule.next(BERLIN, at("2026-10-01T00:00:00Z"));
    let half = window.opens + window.length() / 2;
    let second = TimeDelta::seconds(1);
    assert_eq!(due(&rule, BERLIN, window.opens, created, Some("2026-Q3")), Due::Open(window.clone()));
    assert_eq!(due(&rule, BERLIN, half, created, Some("2026-Q3")), Due::Open(window.clone()));
    assert_eq!(due(&rule, BERLIN, half + second, created, None), Due::SkippedLate(window.clone()));
    let later = at("2027-02-01T00:00:00Z");
    assert_eq!(due(&rule, BERLIN, later, created, Some("2026-Q1")), Due::SkippedLate(window.clone()));
    assert_eq!(due(&rule, BERLIN, later, created, Some("2026-Q4")), Due::None);
}

#[test]
fn nothing_from_before_the_cadence_existed_is_due_and_nothing_twice() {
    let rule = CadenceRule::default();
    let window = rule.next(BERLIN, at("2026-10-01T00:00:00Z"));
    let minute = TimeDelta::minutes(1);
    assert_eq!(due(&rule, BERLIN, window.opens + minute, window.opens + minute, None), Due::None);
    assert_eq!(due(&rule, BERLIN, window.opens - minute, window.opens - minute, None), Due::None);
    assert_eq!(due(&rule, BERLIN, window.opens, window.opens, None), Due::Open(window.clone()));
    // The wall clock was set back after the next period had been opened.
    assert_eq!(due(&rule, BERLIN, window.opens, at("2026-01-01T00:00:00Z"), Some("2027-Q1")), Due::None);
}

#[test]
fn reminders_come_on_day_three_day_seven_and_a_day_before_the_close() {
    let window = CadenceRule::default().next(BERLIN, at("2026-10-01T00:00:00Z"));
    assert_eq!(
        reminders(&window, BERLIN),
        [at("2026-12-04T08:00:00Z"), at("2026-12-08T08:00:00Z"), at("2026-12-09T16:00:00Z")]
    );
}

#[test]
fn reminders_less_than_a_day_apart_become_the_later_one() {
    let opens = at("2026-06-01T07:00:00Z");
    let with = |hours: i64| {
        let window = Window { period_key: String::new(), opens, closes: opens + TimeDelta::hours(hours) };
        let after = |t: &DateTime<Utc>| (*t - opens).num_hours();
        reminders(&window, BERLIN).iter().map(after).collect::<Vec<_>>()
    };
    assert_eq!(with(24), [0; 0]);
    assert_eq!(with(36), [12]);
    assert_eq!(with(72), [48]);
    assert_eq!(with(80), [56]);
    assert_eq!(with(96), [72]);
    assert_eq!(with(100), [76]);
    assert_eq!(with(120), [72, 96]);
    assert_eq!(with(8 * 24), [72, 168]);
    assert_eq!(with(8 * 24 + 5), [72, 173]);
    assert_eq!(with(9 * 24), [72, 168, 192]);
}

#[test]
fn a_rule_that_leaves_no_time_to_answer_is_refused() {
    let default = CadenceRule::default();
    let same_day = CloseRule::Weekday { weeks_after: 0, weekday: Weekday::Tue };
    let rule = CadenceRule { closes: same_day, ..default.clone() };
    assert_eq!(rule.validate(), Ok(()));
    let rule = CadenceRule { closes: same_day, closes_at: time(10, 59), ..default.clone() };
    assert_eq!(rule.validate(), Err(CadenceError::WindowTooShort));
    let rule = CadenceRule {
        closes: CloseRule::Weekday { weeks_after: 0, weekday: Weekday::Mon },
        ..default.clone()
    };
    assert_eq!(rule.validate(), Err(CadenceError::WindowTooShort));
    let rule = CadenceRule {
        opens: OpenDay::DayOfMonth { day: 3 },
        closes: CloseRule::Weekday { weeks_after: 0, weekday: Weekday::Fri },
        ..default.clone()
    };
    assert_eq!(rule.validate(), Err(CadenceError::WindowTooShort), "the third may be a Saturday");
    let rule = CadenceRule { closes: CloseRule::DaysAfter { days: 0 }, ..default };
    assert_eq!(rule.validate(), Err(CadenceError::Days(0)));
}

#[test]
fn fields_outside_their_range_are_refused_with_a_sentence() {
    let default = CadenceRule::default();
    let bad = [
        CadenceRule { month_of_period: 4, ..default.clone() },
        CadenceRule { month_of_period: 0, ..default.clone() },
        CadenceRule { opens: OpenDay::NthWeekday { nth: 6, weekday: Weekday::Mon }, ..default.clone() },
        CadenceRule { opens: OpenDay::DayOfMonth { day: 32 }, ..default.clone() },
        CadenceRule {
            closes: CloseRule::Weekday { weeks_after: 9, weekday: Weekday::Mon },
            ..default.clone()
        },
        CadenceRule { fiscal_year_start: 13, ..default.clone() },
        CadenceRule { closes: CloseRule::DaysAfter { days: 28 }, ..monthly(1, time(9, 0)) },
    ];
    for rule in bad {
        let error = rule.validate().unwrap_err().to_string();
        assert!(error.ends_with('.') && error.len() > 30, "{error}");
    }
    assert_eq!(default.validate(), Ok(()));
    assert_eq!(parse_zone("Mars/X").unwrap_err().0, "Mars/X");
    assert_eq!(parse_zone("Asia/Kathmandu").unwrap(), chrono_tz::Asia::Kathmandu);
}

#[test]
fn rules_read_as_sentences_and_survive_json() {
    let rule = CadenceRule {
        frequency: Frequency::Yearly,
        month_of_period: 3,
        fiscal_year_start: 11,
        ..monthly(31, time(8, 5))
    };
    assert_eq!(
        rule.describe(),
        "yearly, opens the last day of January at 08:05, closes 7 days later at 17:00"
    );
    let json = serde_json::to_string(&rule).unwrap();
    assert_eq!(serde_json::from_str::<CadenceRule>(&json).unwrap(), rule);
    assert_eq!(
        monthly(1, time(9, 0)).describe(),
        "monthly, opens day 1 of the month at 09:00, closes 7 days later at 17:00"
    );
}

fn zones() -> impl Strategy<Value = Tz> {
    prop_oneof![
        Just(BERLIN),
        Just(chrono_tz::America::New_York),
        Just(chrono_tz::Asia::Kathmandu),
        Just(chrono_tz::Pacific::Auckland),
        Just(chrono_tz::Australia::Lord_Howe),
        Just(chrono_tz::America::Sao_Paulo),
        Just(chrono_tz::UTC),
    ]
}

fn weekdays() -> impl Strategy<Value = Weekday> {
    (0u8..7).prop_map(|n| Weekday::try_from(n).unwrap())
}

fn rules() -> impl Strategy<Value = CadenceRule> {
    let opens = prop_oneof![
        (1u8..=5, weekdays()).prop_map(|(nth, weekday)| OpenDay::NthWeekday { nth, weekday }),
        (1u8..=31).prop_map(|day| OpenDay::DayOfMonth { day }),
    ];
    let closes = prop_oneof![
        (0u8..=8, weekdays()).prop_map(|(weeks_after, weekday)| CloseRule::Weekday { weeks_after, weekday }),
        (1u8..=60).prop_map(|days| CloseRule::DaysAfter { days }),
    ];
    let clock = || (0u32..24, 0u32..60).prop_map(|(h, m)| time(h, m));
    let frequency = proptest::sample::select(Frequency::ALL);
    (frequency, 1u8..=12, opens, clock(), closes, clock(), 1u8..=12)
        .prop_map(|(frequency, month, opens, opens_at, closes, closes_at, start)| CadenceRule {
            frequency,
            month_of_period: (month - 1) % frequency.months() + 1,
            opens,
            opens_at,
            closes,
            closes_at,
            fiscal_year_start: start,
        })
        .prop_filter("only valid rules", |rule| rule.validate().is_ok())
}

proptest! {
    #[test]
    fn windows_follow_each_other_without_overlap(rule in rules(), zone in zones(), start in 0i64..3_000_000_000) {
        let after = DateTime::from_timestamp(start, 0).unwrap();
        let windows = rule.upcoming(zone, after, 14);
        prop_assert!(windows[0].opens > after);
        prop_assert_eq!(&rule.next(zone, after), &windows[0]);
        for pair in windows.windows(2) {
            prop_assert!(pair[0].opens < pair[0].closes);
            prop_assert!(pair[0].closes <= pair[1].opens, "{:?}", pair);
            prop_assert_ne!(&pair[0].period_key, &pair[1].period_key);
            prop_assert_eq!(&rule.next(zone, pair[0].opens), &pair[1]);
            prop_assert_eq!(&rule.latest(zone, pair[1].opens).unwrap(), &pair[1]);
            prop_assert_eq!(&rule.latest(zone, pair[1].opens - TimeDelta::seconds(1)).unwrap(), &pair[0]);
        }
    }

    #[test]
    fn keys_can_be_read_back(rule in rules(), zone in zones(), start in 0i64..3_000_000_000) {
        let window = rule.next(zone, DateTime::from_timestamp(start, 0).unwrap());
        let period = Period::parse(&window.period_key, rule.frequency, rule.fiscal_year_start).unwrap();
        prop_assert_eq!(rule.occurrence(zone, &period), window);
    }

    #[test]
    fn reminders_lie_inside_the_window_a_day_apart(rule in rules(), zone in zones(), start in 0i64..3_000_000_000) {
        let window = rule.next(zone, DateTime::from_timestamp(start, 0).unwrap());
        let times = reminders(&window, zone);
        prop_assert!(times.len() <= 3);
        prop_assert!(times.iter().all(|t| *t > window.opens && *t <= window.closes - TimeDelta::hours(24)));
        prop_assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= TimeDelta::hours(24)));
    }

    #[test]
    fn any_instant_of_the_calendar_is_answered(rule in rules(), zone in zones(), seconds in -60_000_000_000i64..250_000_000_000) {
        let instant = DateTime::from_timestamp(seconds, 0).unwrap();
        let _ = rule.latest(zone, instant);
        prop_assert!(rule.next(zone, instant).period_key.len() >= 4);
    }
}
