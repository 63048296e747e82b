//! Several processes on one database, behind one address: they share the work, and nobody can tell which one answered.

use std::collections::BTreeSet;

use evenkeel::clock::real_now;
use evenkeel::domain::mode::Mode;
use evenkeel::workflow::{set_up, sign_in};

use crate::support::{Database, Mail, Pair, Side, TestApp, utc};

on_postgres!(
    two_processes_through_a_quarter_make_one_cycle_and_one_mail_each,
    two_processes_write_one_digest,
    a_session_opened_at_one_process_is_good_at_the_other_and_ends_at_both,
);

async fn pair(app: &TestApp) -> Pair {
    let sides = [Side("Northmoor", "Mara", &["Ada", "Ali"]), Side("Brightwater", "Noor", &["Ben", "Bo"])];
    let pair = app.partnership(sides).await;
    app.quarterly(&pair, Mode::Representative).await;
    pair
}

/// Both processes do everything that is due, at the same time.
async fn together(one: &TestApp, other: &TestApp, instant: &str) -> Vec<Mail> {
    one.clock.jump_to(utc(instant));
    tokio::join!(one.tick(), other.tick());
    tokio::join!(one.tick(), other.tick());
    let mut mails = one.mails();
    mails.extend(other.mails());
    mails.sort_by(|a, b| a.to.cmp(&b.to));
    mails
}

fn recipients(mails: &[Mail]) -> Vec<&str> {
    mails.iter().map(|m| m.to.split('@').next().unwrap()).collect()
}

async fn two_processes_through_a_quarter_make_one_cycle_and_one_mail_each(database: &Database) {
    let one = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let other = one.second_process().await;
    let pair = pair(&one).await;
    let invited = together(&one, &other, "2026-12-01T08:00:00Z").await;
    assert_eq!(recipients(&invited), ["ada", "ali", "ben", "bo"]);
    // Answers arrive at either process.
    for (mail, at) in invited.iter().zip([&one, &other, &one, &other]) {
        at.answer(&mail.survey_token(), [2, 4, 4, 4, 4]).await;
        at.send(&mail.survey_token()).await;
    }
    let results = together(&one, &other, "2026-12-10T16:00:00Z").await;
    assert_eq!(recipients(&results), ["mara", "noor"]);
    let ids: BTreeSet<&str> = invited.iter().chain(&results).map(|m| m.message_id.as_str()).collect();
    assert_eq!(ids.len(), 6);
    let cycle = one.cycle(&pair).await;
    let (here, there) = (one.scorecard(cycle.id).await.unwrap(), other.scorecard(cycle.id).await.unwrap());
    assert_eq!(format!("{here:?}"), format!("{there:?}"));
    assert_eq!(other.flags(&pair).await.len(), one.flags(&pair).await.len());
}

async fn two_processes_write_one_digest(database: &Database) {
    let one = TestApp::on(database, "2026-11-10T10:00:00Z").await;
    let other = one.second_process().await;
    let north = set_up::create_organisation(&one.ctx, "test", "Northmoor", one.now()).await.unwrap();
    let sides = [Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])];
    one.partnership_between(&sides, &[north]).await;
    let lena = one.person("Lena").await;
    set_up::set_leadership(&one.ctx, "test", north, lena, true, one.now()).await.unwrap();
    assert_eq!(recipients(&together(&one, &other, "2026-12-07T07:00:00Z").await), ["lena"]);
    assert_eq!(recipients(&together(&one, &other, "2026-12-07T07:01:00Z").await), [""; 0]);
}

async fn a_session_opened_at_one_process_is_good_at_the_other_and_ends_at_both(database: &Database) {
    let one = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let other = one.second_process().await;
    let mara = one.person("Mara").await;
    let token =
        sign_in::one_time_token(&one.ctx, mara, chrono::TimeDelta::hours(1), real_now()).await.unwrap();
    let opened = sign_in::open_in_demo(&one.ctx, &token, "a browser", real_now()).await.unwrap();
    let session = opened.token;
    let known = sign_in::session(&other.ctx, &session, real_now()).await.unwrap().unwrap();
    assert_eq!(known.person_id, mara);
    sign_in::end_session(&other.ctx, mara, known.id, real_now()).await.unwrap();
    assert!(sign_in::session(&one.ctx, &session, real_now()).await.unwrap().is_none());
}
