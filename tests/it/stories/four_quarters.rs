//! A year on a moving clock, and the process killed and started again in between.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use evenkeel::domain::cycle::CycleState;
use evenkeel::domain::mode::Mode;

use crate::support::{Database, Mail, Side, TestApp, utc};

on_both!(
    a_year_with_a_dying_process_has_each_cycle_and_each_mail_once,
    the_year_reads_the_same_however_often_the_clock_is_looked_at
);

async fn a_year_with_a_dying_process_has_each_cycle_and_each_mail_once(database: &Database) {
    let mails = live_through_a_year(database, TimeDelta::hours(7), true).await;
    let mut seen = BTreeMap::new();
    for mail in &mails {
        *seen.entry(mail.message_id.clone()).or_insert(0) += 1;
    }
    assert!(seen.values().all(|times| *times == 1), "no mail twice");
    assert_eq!(told(&mails), expected());
}

async fn the_year_reads_the_same_however_often_the_clock_is_looked_at(database: &Database) {
    let mails = live_through_a_year(database, TimeDelta::hours(1), false).await;
    assert_eq!(told(&mails), expected());
}

/// Per quarter and person: an invitation, three reminders for the one who never answers, one result, and
/// one reminder of the review, which nobody holds, for the manager of the side that answered.
fn expected() -> BTreeMap<(String, String), usize> {
    let mut expected = BTreeMap::new();
    for period in ["2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"] {
        for (who, mails) in [("ada", 1), ("ben", 4), ("mara", 2), ("noor", 1)] {
            expected.insert((period.to_owned(), format!("{who}@example.org")), mails);
        }
    }
    expected
}

fn told(mails: &[Mail]) -> BTreeMap<(String, String), usize> {
    let mut told = BTreeMap::new();
    for mail in mails {
        let period = mail.text.split("2026-Q").nth(1).and_then(|rest| rest.chars().next()).expect("a period");
        *told.entry((format!("2026-Q{period}"), mail.to.clone())).or_insert(0) += 1;
    }
    told
}

/// From the last day of 2025 to the first of 2027 in steps; `dying`: the process is dropped at every seventh step.
async fn live_through_a_year(database: &Database, step: TimeDelta, dying: bool) -> Vec<Mail> {
    let mut app = TestApp::on(database, "2025-12-31T10:00:00Z").await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    app.quarterly(&pair, Mode::Representative).await;
    let mut mails = Vec::new();
    let (mut now, end) = (app.now(), utc("2027-01-01T10:00:00Z"));
    // Quiet weeks are crossed in one stride, so that the test is quick; the last days before anything are walked.
    while now < end {
        let next = app.worker.next_event(now).await.unwrap().map_or(end, |event| event - step * 2);
        now = (now + step).max(next.min(end));
        app.at(&now.to_rfc3339()).await;
        let new = app.mails();
        for token in new.iter().filter(|m| m.to.starts_with("ada")).flat_map(Mail::survey_tokens) {
            app.answer(&token, [4, 4, 3, 4, 4]).await;
            app.send(&token).await;
        }
        mails.extend(new);
        if dying && mails.len() % 2 == 1 {
            app = app.killed_and_started_again().await;
        }
    }
    let cycles: Vec<(String, CycleState)> =
        app.cycles(&pair).await.into_iter().map(|c| (c.period, c.state)).collect();
    let closed = |period: &str| (period.to_owned(), CycleState::Closed);
    assert_eq!(cycles, ["2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"].map(closed));
    mails
}
