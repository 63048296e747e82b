//! Local clocks, two changes of the clock a year, and a service that was not running.

use chrono::{NaiveTime, Weekday};
use evenkeel::domain::cadence::{CadenceRule, CloseRule, Frequency, OpenDay};
use evenkeel::domain::cycle::CycleState;
use evenkeel::domain::ids::CadenceId;
use evenkeel::domain::mode::Mode;
use evenkeel::domain::partnership::PartnershipState;
use evenkeel::store::{Page, cadences};
use evenkeel::workflow::{open_due_cycles, set_up};

use crate::support::{Database, Side, TestApp, utc};

on_both!(
    on_the_day_the_clock_jumps_a_skipped_time_is_the_first_instant_after_the_gap,
    on_the_day_the_clock_falls_back_a_doubled_time_is_the_first_of_the_two,
    a_service_that_was_down_opens_only_the_newest_missed_period,
    a_service_that_comes_back_too_late_writes_the_round_down_as_skipped,
    a_round_whose_mode_cannot_be_kept_is_written_down_with_the_reason,
    a_cadence_saved_between_its_opening_time_and_the_tick_still_opens_the_round,
    a_partnership_paused_while_its_round_is_being_opened_gets_none,
    a_cadence_changed_while_its_round_is_being_opened_opens_by_its_new_rule,
);

/// Monthly on the last Sunday at half past two, when Berlin's clocks change, for three days.
fn at_half_past_two() -> CadenceRule {
    CadenceRule {
        frequency: Frequency::Monthly,
        month_of_period: 1,
        opens: OpenDay::NthWeekday { nth: 5, weekday: Weekday::Sun },
        opens_at: NaiveTime::from_hms_opt(2, 30, 0).unwrap(),
        closes: CloseRule::DaysAfter { days: 3 },
        closes_at: NaiveTime::from_hms_opt(2, 30, 0).unwrap(),
        fiscal_year_start: 1,
    }
}

async fn opening_and_close(database: &Database, from: &str, before: &str, opening: &str, close: &str) {
    let app = TestApp::on(database, from).await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    app.cadence(&pair, Mode::Representative, at_half_past_two()).await;
    app.at(before).await;
    assert!(app.cycles(&pair).await.is_empty(), "not before its time");
    app.at(opening).await;
    let cycle = app.cycle(&pair).await;
    assert_eq!((cycle.opens_at.and_utc(), cycle.closes_at.and_utc()), (utc(opening), utc(close)));
    assert_eq!(app.recipients(), ["ada", "ben"]);
    app.tick().await;
    assert!(app.mails().is_empty(), "once");
}

async fn on_the_day_the_clock_jumps_a_skipped_time_is_the_first_instant_after_the_gap(database: &Database) {
    let (before, opening) = ("2026-03-29T01:59:59+01:00", "2026-03-29T03:00:00+02:00");
    opening_and_close(database, "2026-03-10T00:00:00Z", before, opening, "2026-04-01T02:30:00+02:00").await;
}

async fn on_the_day_the_clock_falls_back_a_doubled_time_is_the_first_of_the_two(database: &Database) {
    let (before, opening) = ("2026-10-25T02:29:59+02:00", "2026-10-25T02:30:00+02:00");
    opening_and_close(database, "2026-10-10T00:00:00Z", before, opening, "2026-10-28T02:30:00+01:00").await;
}

async fn a_service_that_was_down_opens_only_the_newest_missed_period(database: &Database) {
    let app = TestApp::on(database, "2026-01-10T10:00:00Z").await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    app.quarterly(&pair, Mode::Representative).await;
    // Down from January on, back on the third day of the fourth quarter's round.
    app.at("2026-12-03T08:00:00Z").await;
    let cycle = app.cycle(&pair).await;
    assert_eq!((cycle.period.as_str(), cycle.state), ("2026-Q4", CycleState::Open));
    assert_eq!(
        cycle.opens_at.and_utc(),
        utc("2026-12-01T09:00:00+01:00"),
        "its own window, not a shifted one"
    );
    assert_eq!(app.recipients(), ["ada", "ben"]);
}

async fn a_service_that_comes_back_too_late_writes_the_round_down_as_skipped(database: &Database) {
    let app = TestApp::on(database, "2026-10-10T10:00:00Z").await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    app.quarterly(&pair, Mode::Representative).await;
    app.at("2026-12-08T08:00:00Z").await;
    let cycle = app.cycle(&pair).await;
    assert_eq!((cycle.period.as_str(), cycle.state), ("2026-Q4", CycleState::SkippedLate));
    assert!(cycle.reason.is_some_and(|reason| reason.contains("less than half")));
    app.at("2026-12-20T08:00:00Z").await;
    assert_eq!(app.cycles(&pair).await.len(), 1, "and stays so");
    assert!(app.mails().is_empty());
    app.at("2027-03-02T08:00:00Z").await;
    assert_eq!(app.cycles(&pair).await.len(), 2, "the next one opens in its time");
    assert_eq!(app.recipients(), ["ada", "ben"]);
}

async fn a_round_whose_mode_cannot_be_kept_is_written_down_with_the_reason(database: &Database) {
    let app = TestApp::on(database, "2026-10-10T10:00:00Z").await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    app.quarterly(&pair, Mode::Confidential).await;
    app.at("2026-12-01T08:00:00Z").await;
    let cycle = app.cycle(&pair).await;
    assert_eq!(cycle.state, CycleState::NotOpened);
    assert!(cycle.reason.is_some_and(|r| r.contains("at least 3 invited on each side; Northmoor has 1")));
}

async fn a_cadence_saved_between_its_opening_time_and_the_tick_still_opens_the_round(database: &Database) {
    let app = TestApp::on(database, "2026-10-10T10:00:00Z").await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    app.quarterly(&pair, Mode::Representative).await;
    app.clock.jump_to(utc("2026-12-01T09:00:10+01:00"));
    app.quarterly(&pair, Mode::Representative).await;
    app.tick().await;
    assert_eq!(app.cycle(&pair).await.period, "2026-Q4");
    assert_eq!(app.recipients(), ["ada", "ben"]);
}

async fn a_partnership_paused_while_its_round_is_being_opened_gets_none(database: &Database) {
    let app = TestApp::on(database, "2026-10-10T10:00:00Z").await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    app.quarterly(&pair, Mode::Representative).await;
    app.clock.jump_to(utc("2026-12-01T09:00:10+01:00"));
    let planned = open_due_cycles::look(&app.ctx, due(&app).await).await.unwrap().unwrap();
    set_up::change_state(&app.ctx, TestApp::program_speaker(), pair.id, PartnershipState::Paused, app.now())
        .await
        .unwrap();
    assert!(!open_due_cycles::open(&app.ctx, planned, app.now()).await.unwrap());
    app.tick().await;
    assert!(app.cycles(&pair).await.is_empty());
    set_up::change_state(&app.ctx, TestApp::program_speaker(), pair.id, PartnershipState::Active, app.now())
        .await
        .unwrap();
    app.tick().await;
    let told = ["ada", "ben", "mara", "mara", "noor", "noor"];
    assert_eq!(app.recipients(), told, "the round opens when it is resumed, and the managers hear of both");
}

/// The one cadence that has something to open.
async fn due(app: &TestApp) -> CadenceId {
    let now = app.now();
    let first = Page { skip: 0, limit: 9 };
    app.ctx.store.read(move |conn| cadences::due(conn, now, first)).await.unwrap().remove(0)
}

async fn a_cadence_changed_while_its_round_is_being_opened_opens_by_its_new_rule(database: &Database) {
    let app = TestApp::on(database, "2026-10-10T10:00:00Z").await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    app.quarterly(&pair, Mode::Representative).await;
    app.clock.jump_to(utc("2026-12-01T09:00:10+01:00"));
    let planned = open_due_cycles::look(&app.ctx, due(&app).await).await.unwrap().unwrap();
    app.quarterly(&pair, Mode::Named).await;
    assert!(!open_due_cycles::open(&app.ctx, planned, app.now()).await.unwrap());
    app.tick().await;
    assert_eq!(app.cycle(&pair).await.mode, Mode::Named);
    assert_eq!(app.recipients(), ["ada", "ben"]);
}
