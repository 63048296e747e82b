//! Few mails: bundles, one a day, and none that has become moot.

use chrono::NaiveTime;
use evenkeel::domain::cadence::CadenceRule;
use evenkeel::domain::mode::Mode;
use evenkeel::domain::partnership::PartnershipState;
use evenkeel::workflow::set_up;

use crate::support::{Database, Mail, Pair, Side, TestApp, utc};

on_both!(
    a_survey_letter_bundles_two_partnerships_and_comes_once_a_local_day,
    results_that_are_due_together_come_in_one_letter,
    a_reminder_that_nobody_needs_any_more_is_not_sent,
    a_letter_that_became_moot_while_it_waited_is_not_sent,
    a_letter_about_an_ended_partnership_is_written_anew_for_the_other_one,
);

/// Two partnerships in which Ada answers and Mara manages; the second opens and closes later by `hours`.
async fn two_rounds(app: &TestApp, hours: u32) -> [Pair; 2] {
    let one =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    let two =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Clearlake", "Cleo", &["Cem"])]).await;
    app.quarterly(&one, Mode::Representative).await;
    let rule = CadenceRule {
        opens_at: NaiveTime::from_hms_opt(9 + hours, 0, 0).unwrap(),
        closes_at: NaiveTime::from_hms_opt(17 + hours, 0, 0).unwrap(),
        ..CadenceRule::default()
    };
    app.cadence(&two, Mode::Representative, rule).await;
    [one, two]
}

fn of<'a>(mails: &'a [Mail], name: &str) -> Vec<&'a Mail> {
    mails.iter().filter(|m| m.to.starts_with(name)).collect()
}

async fn a_survey_letter_bundles_two_partnerships_and_comes_once_a_local_day(database: &Database) {
    let app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    two_rounds(&app, 0).await;
    app.at("2026-12-01T08:00:00Z").await;
    let mails = app.mails();
    let ada = of(&mails, "ada");
    assert_eq!((mails.len(), ada.len()), (3, 1), "Ada, Ben and Cem get one each");
    assert_eq!(ada[0].survey_tokens().len(), 2, "{}", ada[0].text);
    assert!(ada[0].subject.starts_with("2 partnership checks, 6 minutes"), "{}", ada[0].subject);

    // One answered: the next letter is about the other one only.
    let token = ada[0].survey_tokens().remove(0);
    app.answer(&token, [4; 5]).await;
    app.send(&token).await;
    app.at("2026-12-04T08:00:00Z").await;
    let mails = app.mails();
    assert_eq!(of(&mails, "ada")[0].survey_tokens().len(), 1);
    assert_eq!(mails.len(), 3);
}

async fn results_that_are_due_together_come_in_one_letter(database: &Database) {
    let app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    two_rounds(&app, 0).await;
    app.at("2026-12-01T08:00:00Z").await;
    for token in app.mails().iter().flat_map(Mail::survey_tokens) {
        app.answer(&token, [4; 5]).await;
        app.send(&token).await;
    }
    app.at("2026-12-10T16:00:00Z").await;
    let mails = app.mails();
    let mara = of(&mails, "mara");
    assert_eq!((mails.len(), mara.len()), (3, 1), "Mara, Noor and Cleo get one each");
    assert!(mara[0].subject.starts_with("2 partnership results"), "{}", mara[0].subject);
    assert!(
        mara[0].text.contains("Northmoor × Brightwater") && mara[0].text.contains("Northmoor × Clearlake")
    );
    assert!(!of(&mails, "noor")[0].text.contains("Clearlake"), "nobody reads of a partnership of others");
}

async fn a_reminder_that_nobody_needs_any_more_is_not_sent(database: &Database) {
    let app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let [one, two] = two_rounds(&app, 2).await;
    app.at("2026-12-01T08:00:00Z").await;
    assert_eq!(app.recipients(), ["ada", "ben"]);
    // The second round opens two hours later: Cem hears at once, Ada had her letter of the day.
    app.at("2026-12-01T10:00:00Z").await;
    assert_eq!(app.recipients(), ["cem"]);
    app.at("2026-12-02T10:00:00Z").await;
    let mails = app.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].survey_tokens().len(), 2, "both rounds, the first one again because it is open");
    for token in mails[0].survey_tokens() {
        app.answer(&token, [4; 5]).await;
        app.send(&token).await;
    }
    app.at("2026-12-04T08:00:00Z").await;
    assert_eq!(app.recipients(), ["ben"]);
    app.at("2026-12-04T10:00:00Z").await;
    assert_eq!(app.recipients(), ["cem"]);
    assert_eq!((app.cycles(&one).await.len(), app.cycles(&two).await.len()), (1, 1));
}

async fn a_letter_that_became_moot_while_it_waited_is_not_sent(database: &Database) {
    let app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    app.quarterly(&pair, Mode::Representative).await;
    app.at("2026-12-01T08:00:00Z").await;
    let token = app.mails().remove(0).survey_token();
    // The reminders are written, but the relay has not taken them yet, when Ada sends her answers.
    app.clock.jump_to(utc("2026-12-04T08:00:00Z"));
    app.worker.run_due(app.now()).await.unwrap();
    app.answer(&token, [4; 5]).await;
    app.send(&token).await;
    app.worker.deliver().await.unwrap();
    assert_eq!(app.recipients(), ["ben"]);
    app.at("2026-12-04T09:00:00Z").await;
    assert!(app.recipients().is_empty(), "nor later");
}

async fn a_letter_about_an_ended_partnership_is_written_anew_for_the_other_one(database: &Database) {
    let app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let [one, two] = two_rounds(&app, 0).await;
    app.clock.jump_to(utc("2026-12-01T08:00:00Z"));
    app.worker.run_due(app.now()).await.unwrap();
    set_up::change_state(&app.ctx, TestApp::program_speaker(), one.id, PartnershipState::Ended, app.now())
        .await
        .unwrap();
    app.tick().await;
    app.tick().await;
    let mails = app.mails();
    let ada = of(&mails, "ada");
    assert_eq!((mails.len(), ada.len()), (4, 1), "Ada, Cem and two managers; Ben's only check is over");
    assert!(ada[0].text.contains("Clearlake") && !ada[0].text.contains("Brightwater"), "{}", ada[0].text);
    assert_eq!(ada[0].survey_tokens().len(), 1);
    // Nobody is reminded of what ended.
    app.at("2026-12-04T08:00:00Z").await;
    assert_eq!(app.recipients(), ["ada", "cem"]);
    assert_eq!(app.cycle(&one).await.state.as_str(), "cancelled");
    assert_eq!(app.cycle(&two).await.state.as_str(), "open");
}
