//! Two whole years in seven places: gaps and repeated hours, year ends, day 31, fiscal years, and a service that was down.

use std::future::Future;
use std::pin::Pin;

use chrono::{
    DateTime, Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc, Weekday,
};
use chrono_tz::Tz;
use evenkeel::domain::cadence::{CadenceRule, CloseRule, Frequency, OpenDay};
use evenkeel::domain::cycle::CycleState;
use evenkeel::domain::ids::PartnershipId;
use evenkeel::domain::mode::Mode;
use evenkeel::domain::partnership::MemberRoles;
use evenkeel::store::cycles::{self, Cycle};
use evenkeel::worker::Bystander;
use evenkeel::workflow::set_up::{self, CadenceInput, MemberInput, PartnershipInput, SideInput};
use evenkeel::workflow::{Context, Refusal};

use crate::support::{Database, TestApp, utc};

on_both!(a_service_that_was_down_across_a_change_of_the_clock_catches_up_or_says_that_it_was_too_late);

/// Zone, day, local time, first month of the fiscal year (0: months instead of quarters).
const PLACES: [(&str, OpenDay, (u32, u32), u8); 8] = [
    // Europe's last Sunday: the hour from two is skipped in March and comes twice in October.
    ("Europe/Berlin", OpenDay::NthWeekday { nth: 5, weekday: Weekday::Sun }, (2, 15), 0),
    // The second Sunday of March skips the hour from two, the first of November repeats the one from one.
    ("America/New_York", OpenDay::NthWeekday { nth: 2, weekday: Weekday::Sun }, (2, 15), 0),
    ("America/New_York", OpenDay::NthWeekday { nth: 1, weekday: Weekday::Sun }, (1, 45), 0),
    // Half an hour: skipped in October, repeated in April.
    ("Australia/Lord_Howe", OpenDay::NthWeekday { nth: 1, weekday: Weekday::Sun }, (2, 15), 0),
    ("Australia/Lord_Howe", OpenDay::NthWeekday { nth: 1, weekday: Weekday::Sun }, (1, 45), 0),
    ("Asia/Kathmandu", OpenDay::DayOfMonth { day: 31 }, (23, 50), 0),
    ("Pacific/Apia", OpenDay::DayOfMonth { day: 31 }, (0, 0), 4),
    ("America/Sao_Paulo", OpenDay::DayOfMonth { day: 30 }, (9, 0), 7),
];
const FROM: &str = "2026-01-01T12:00:00Z";
const TO: &str = "2028-01-20T12:00:00Z";

struct Nobody;

impl Bystander for Nobody {
    fn act<'a>(
        &'a self,
        _: &'a Context,
        _: DateTime<Utc>,
    ) -> Pin<Box<dyn Future<Output = Result<(), Refusal>> + Send + 'a>> {
        Box::pin(async { Ok(()) })
    }
}

fn rule(opens: OpenDay, (hour, minute): (u32, u32), fiscal: u8) -> CadenceRule {
    let time = NaiveTime::from_hms_opt(hour, minute, 0).unwrap();
    CadenceRule {
        frequency: if fiscal == 0 { Frequency::Monthly } else { Frequency::Quarterly },
        month_of_period: if fiscal == 0 { 1 } else { 3 },
        opens,
        opens_at: time,
        closes: CloseRule::DaysAfter { days: 10 },
        closes_at: time,
        fiscal_year_start: fiscal.max(1),
    }
}

/// The partnership of place number `n`, each side with a person of its own.
async fn place(app: &TestApp, n: usize, zone: &str, rule: CadenceRule) -> PartnershipId {
    let sides = ["Northmoor", "Brightwater"]
        .map(|name| SideInput { name: format!("{name} {n}"), organisation: None })
        .to_vec();
    let input = PartnershipInput { name: String::new(), zone: zone.to_owned(), sides };
    let (id, sides) = set_up::create_partnership(&app.ctx, "test", input, app.now()).await.unwrap();
    for (side, name) in sides.into_iter().zip(["North", "South"]) {
        let person = app.person(&format!("{name}{n}")).await;
        let roles = MemberRoles { respondent: true, manager: true, ..MemberRoles::default() };
        let member = MemberInput { person, side: Some(side), roles };
        set_up::add_member(&app.ctx, "test", id, member, app.now()).await.unwrap();
    }
    let input = CadenceInput {
        instrument_id: "quarterly-health-review".to_owned(),
        rule,
        mode: Mode::Representative,
        floor_k: None,
        active: true,
        keep_months: None,
        comments: None,
    };
    set_up::put_cadence(&app.ctx, "test", id, input, app.now()).await.unwrap();
    id
}

async fn rounds(app: &TestApp, id: PartnershipId) -> Vec<Cycle> {
    let mut all = app.ctx.store.read(move |conn| cycles::list_of(conn, id, 100)).await.unwrap();
    all.reverse();
    all
}

/// The first instant at which a clock there shows this time or a later one.
fn first_instant(zone: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    let mut at = local.and_utc() - TimeDelta::hours(15);
    // Minute by minute, as a person with a watch would find it; no zone is further ahead.
    while zone.from_utc_datetime(&at.naive_utc()).naive_local() < local {
        at += TimeDelta::minutes(1);
    }
    at
}

/// The day on which a month's round opens, from a calendar.
fn day_in(month: NaiveDate, opens: OpenDay) -> NaiveDate {
    let last = month + Months::new(1) - Days::new(1);
    match opens {
        OpenDay::DayOfMonth { day } => month.with_day(day.into()).unwrap_or(last),
        OpenDay::NthWeekday { nth, weekday } => {
            let all: Vec<_> = month.iter_days().take_while(|day| *day <= last).collect();
            let mut fitting = all.into_iter().filter(|day| day.weekday() == weekday);
            if nth == 5 { fitting.next_back().unwrap() } else { fitting.nth(usize::from(nth) - 1).unwrap() }
        }
    }
}

/// What the calendar says: opening and close of every round that opens in the two years.
fn calendar(
    zone: Tz,
    opens: OpenDay,
    (hour, minute): (u32, u32),
    fiscal: u8,
) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
    let time = NaiveTime::from_hms_opt(hour, minute, 0).unwrap();
    let january = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
    let months = (0..26).map(|n| january + Months::new(n)).filter(|month| {
        // The last month of each quarter of that fiscal year.
        fiscal == 0 || (month.month() + 12 - u32::from(fiscal)) % 3 == 2
    });
    let windows = months.map(|month| {
        let day = day_in(month, opens);
        (first_instant(zone, day.and_time(time)), first_instant(zone, (day + Days::new(10)).and_time(time)))
    });
    windows.filter(|(opens, _)| *opens >= utc(FROM) && *opens <= utc(TO)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_years_in_europe_and_america_open_remind_and_close_by_the_clocks_that_hang_there() {
    two_years(&PLACES[..3]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_years_on_the_other_side_open_remind_and_close_by_the_clocks_that_hang_there() {
    two_years(&PLACES[3..]).await;
}

async fn two_years(all: &[(&str, OpenDay, (u32, u32), u8)]) {
    let database = Database::sqlite();
    let app = TestApp::on(&database, FROM).await;
    let mut places = Vec::new();
    for (n, &(zone, opens, time, fiscal)) in all.iter().enumerate() {
        places.push(place(&app, n, zone, rule(opens, time, fiscal)).await);
    }
    app.worker.travel(utc(TO), &Nobody).await.unwrap();
    let surveys = app.mails().into_iter().filter(|mail| !mail.survey_tokens().is_empty()).count();
    let sent = database.texts(
        "SELECT email || ' ' || strftime('%Y-%m-%dT%H:%M:%SZ', sent_at) AS line FROM letter \
         JOIN person ON person.id = person_id WHERE kind = 'survey' ORDER BY sent_at",
    );
    assert_eq!(surveys, sent.len(), "all that was composed was sent, once");
    for (n, &(zone, opens, time, fiscal)) in all.iter().enumerate() {
        let tz: Tz = zone.parse().unwrap();
        let expected = calendar(tz, opens, time, fiscal);
        let found = rounds(&app, places[n]).await;
        let windows: Vec<_> =
            found.iter().map(|own| (own.opens_at.and_utc(), own.closes_at.and_utc())).collect();
        assert_eq!(windows, expected, "{zone} {time:?}: each period once, by the local clock");
        assert!(expected.len() >= if fiscal == 0 { 24 } else { 8 }, "{zone}: two years");
        let mut told = Vec::new();
        for (opening, close) in &expected {
            let local = opening.with_timezone(&tz).naive_local();
            let day = |n| first_instant(tz, (local.date() + Days::new(n)).and_time(local.time()));
            told.extend([*opening, day(3), day(7), *close - TimeDelta::days(1)]);
        }
        told.retain(|at| *at <= utc(TO));
        let heard: Vec<DateTime<Utc>> = sent
            .iter()
            .filter_map(|line| line.strip_prefix(&format!("north{n}@example.org ")).map(utc))
            .collect();
        assert_eq!(
            heard, told,
            "{zone} {time:?}: asked at the opening, reminded on day 3, day 7 and the day before"
        );
        for own in &found {
            let over = own.closes_at.and_utc() <= utc(TO);
            assert_eq!(own.state == CycleState::Closed, over, "{zone}: {}", own.period);
        }
        let closed = database.texts(&format!(
            "SELECT strftime('%Y-%m-%dT%H:%M:%SZ', closed_at) AS line FROM cycle \
             WHERE partnership_id = '{}' AND closed_at IS NOT NULL ORDER BY closed_at",
            places[n]
        ));
        let ends: Vec<_> = expected.iter().map(|own| own.1).filter(|at| *at <= utc(TO)).collect();
        assert_eq!(closed.iter().map(|at| utc(at)).collect::<Vec<_>>(), ends, "{zone}: closed to the minute");
    }
}

async fn a_service_that_was_down_across_a_change_of_the_clock_catches_up_or_says_that_it_was_too_late(
    database: &Database,
) {
    let app = TestApp::on(database, "2026-10-10T12:00:00Z").await;
    let sunday = OpenDay::NthWeekday { nth: 5, weekday: Weekday::Sun };
    let berlin = place(&app, 0, "Europe/Berlin", rule(sunday, (2, 30), 0)).await;
    let york = place(&app, 1, "America/New_York", rule(sunday, (2, 30), 0)).await;
    // Down from before the change in Berlin until half the window is just left there, past the change in New York.
    app.at("2026-10-30T01:00:00Z").await;
    let found = rounds(&app, berlin).await;
    assert_eq!((found.len(), found[0].opens_at.and_utc()), (1, utc("2026-10-25T00:30:00Z")));
    assert_eq!(
        (found[0].state, found[0].closes_at.and_utc()),
        (CycleState::Open, utc("2026-11-04T01:30:00Z"))
    );
    let found = rounds(&app, york).await;
    assert_eq!(
        (found[0].state, found[0].closes_at.and_utc()),
        (CycleState::Open, utc("2026-11-04T07:30:00Z"))
    );
    assert_eq!(app.recipients(), ["north0", "north1", "south0", "south1"]);
    // Down again, over the close and into the second half of the next.
    app.at("2026-12-05T12:00:00Z").await;
    for id in [berlin, york] {
        let states: Vec<CycleState> = rounds(&app, id).await.iter().map(|own| own.state).collect();
        assert_eq!(states, [CycleState::Closed, CycleState::SkippedLate]);
    }
    assert_eq!(app.recipients(), ["north0", "north1", "south0", "south1"], "the results, late and once");
    app.at("2026-12-27T07:30:00Z").await;
    for id in [berlin, york] {
        assert_eq!(rounds(&app, id).await.last().unwrap().state, CycleState::Open, "the schedule goes on");
    }
    assert_eq!(app.recipients(), ["north0", "north1", "south0", "south1"]);
}
