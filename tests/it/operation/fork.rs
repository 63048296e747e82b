//! The fork guard: a database or a clock that was set back sends nothing until an administrator resumes; time that was
//! spent stopped is lateness only.

use evenkeel::domain::ids::LetterId;
use evenkeel::settings::Settings;
use evenkeel::store::outbox::letters::{self, NewLetter};
use evenkeel::store::sending;
use evenkeel::workflow::fork_guard;

use super::{paused, resume};
use crate::history::files::Shell;
use crate::support::{Database, TestApp, utc};

on_both!(
    a_database_that_was_set_back_sends_nothing_until_somebody_resumes,
    a_clock_that_moved_back_by_more_than_an_hour_pauses_sending,
    time_spent_stopped_is_no_fork,
    a_pause_in_the_middle_of_a_pass_holds_from_then_on,
    a_paused_pass_ends_and_resuming_is_in_the_audit_log,
    a_new_database_is_no_fork_and_another_one_is,
    the_command_line_resumes_and_still_lets_an_administrator_in,
    a_pause_is_told_where_supervisors_look,
);

const NOW: &str = "2026-12-01T08:00:00Z";

/// One letter that may be sent at once, for three days.
pub async fn letter(app: &TestApp, name: &str) -> LetterId {
    let id = LetterId::mint_random();
    let now = app.now();
    let new = NewLetter {
        id,
        group_key: format!("test:{id}"),
        kind: "survey",
        person_id: None,
        to: (String::new(), format!("{name}@example.org")),
        from_name: "Northmoor".to_owned(),
        reply_to: None,
        picture: None,
        content: ("A letter".to_owned(), "text".to_owned(), "<p>text</p>".to_owned()),
        message: (format!("<{id}@example.org>"), format!("b-{id}")),
        not_after: now + chrono::TimeDelta::days(3),
    };
    assert!(app.ctx.store.write_tx(move |conn| letters::insert(conn, &new, now)).await.unwrap());
    id
}

/// Sends a letter, so that the database and the data directory know each other.
pub async fn acquainted(database: &Database) -> TestApp {
    let app = TestApp::on(database, NOW).await;
    letter(&app, "ada").await;
    app.worker.deliver().await.unwrap();
    assert_eq!(app.recipients(), ["ada"]);
    app
}

pub async fn sends(app: &TestApp, name: &str) -> Vec<String> {
    letter(app, name).await;
    app.worker.deliver().await.unwrap();
    app.recipients()
}

const NOBODY: [&str; 0] = [];

async fn a_database_that_was_set_back_sends_nothing_until_somebody_resumes(database: &Database) {
    let app = acquainted(database).await;
    let kept = database.dump("meta");
    let looks = kept.lines().find_map(|line| line.strip_prefix("epoch_looks|")).unwrap().to_owned();
    assert_eq!(sends(&app, "ben").await, ["ben"]);
    let app = app.killed_and_started_again().await;
    assert_eq!(sends(&app, "cleo").await, ["cleo"], "a kill sets nothing back");
    // As an older copy has it.
    database.execute(&format!("UPDATE meta SET value = '{looks}' WHERE name = 'epoch_looks'"));
    let app = app.killed_and_started_again().await;
    assert_eq!(sends(&app, "dan").await, NOBODY);
    let reason = paused(&app).await.expect("a pause").reason;
    assert!(reason.contains("older state"), "{reason}");
    let app = app.killed_and_started_again().await;
    assert_eq!(sends(&app, "eve").await, NOBODY, "a restart resumes nothing");
    resume(&app).await;
    app.worker.deliver().await.unwrap();
    assert_eq!(app.recipients(), ["dan", "eve"]);
    let app = app.killed_and_started_again().await;
    assert_eq!(sends(&app, "fay").await, ["fay"], "and it is settled");
}

async fn a_clock_that_moved_back_by_more_than_an_hour_pauses_sending(database: &Database) {
    let app = acquainted(database).await;
    app.clock.jump_to(utc("2026-12-01T07:00:00Z"));
    assert_eq!(sends(&app, "ben").await, ["ben"], "one hour is not more than one hour");
    app.clock.jump_to(utc("2026-12-01T06:59:59Z"));
    assert_eq!(sends(&app, "cleo").await, NOBODY);
    let reason = paused(&app).await.expect("a pause").reason;
    assert_eq!(reason, "the clock moved back from 2026-12-01 08:00 to 2026-12-01 06:59 UTC");
    resume(&app).await;
    assert_eq!(sends(&app, "dan").await, ["cleo", "dan"], "the clock of now is the right one");
}

async fn time_spent_stopped_is_no_fork(database: &Database) {
    let app = acquainted(database).await;
    app.clock.jump_to(utc("2027-03-01T08:00:00Z"));
    let app = app.killed_and_started_again().await;
    assert_eq!(sends(&app, "ben").await, ["ben"]);
    assert!(paused(&app).await.is_none());
}

async fn a_pause_in_the_middle_of_a_pass_holds_from_then_on(database: &Database) {
    let app = TestApp::on(database, NOW).await;
    let (claimed, waiting) = (letter(&app, "ada").await, letter(&app, "ben").await);
    let now = app.now();
    let store = &app.ctx.store;
    let claim =
        async |id| store.write_tx(move |conn| letters::claim(conn, id, 0, "a courier", now)).await.unwrap();
    assert_eq!(claim(claimed).await, Some(1));
    assert!(store.write_tx(move |conn| sending::pause(conn, "a test", now)).await.unwrap());
    assert_eq!(claim(waiting).await, None, "nothing is claimed");
    let begins = store.write_tx(move |conn| letters::mark_sending(conn, claimed, 1, now)).await.unwrap();
    assert!(!begins, "and what was claimed does not begin its way");
    assert!(!store.write_tx(move |conn| sending::pause(conn, "another", now)).await.unwrap());
    assert_eq!(paused(&app).await.unwrap().reason, "a test", "the first reason stands");
}

async fn a_paused_pass_ends_and_resuming_is_in_the_audit_log(database: &Database) {
    let app = acquainted(database).await;
    let now = app.now();
    app.ctx.store.write_tx(move |conn| sending::pause(conn, "a test", now)).await.unwrap();
    assert_eq!(sends(&app, "ben").await, NOBODY);
    app.clock.jump_to(utc("2026-12-04T08:00:01Z"));
    letter(&app, "cleo").await;
    resume(&app).await;
    app.worker.deliver().await.unwrap();
    assert_eq!(app.recipients(), ["cleo"], "the other is past its time");
    let states = app.ctx.store.read(letters::counts).await.unwrap();
    assert_eq!(states, [("expired".to_owned(), 1), ("sent".to_owned(), 2)]);
    let acts = database
        .texts("SELECT actor || ' ' || act AS line FROM audit WHERE act LIKE 'sending %' ORDER BY id");
    assert_eq!(acts, ["fork guard sending paused", "test sending resumed"]);
}

async fn a_new_database_is_no_fork_and_another_one_is(database: &Database) {
    let app = acquainted(database).await;
    let settings: Settings = (*app.ctx.settings).clone();
    // An empty database has told nobody anything; one of another server has.
    let forget = "DELETE FROM meta WHERE name IN ('epoch', 'epoch_looks')";
    database.execute(&format!("{forget}; DELETE FROM letter_body; DELETE FROM letter"));
    assert_eq!(look_once(&app).await, None);
    database.execute("UPDATE meta SET value = 'another' WHERE name = 'epoch'");
    assert!(look_once(&app).await.is_some());
    resume(&app).await;
    database.execute(forget);
    letter(&app, "ben").await;
    assert!(look_once(&app).await.is_some());
    resume(&app).await;
    // Without its data directory a file came from elsewhere, and a server's database has a new replica.
    std::fs::remove_file(settings.data_dir.join("fork-guard.json")).unwrap();
    look_once(&app).await;
    std::fs::remove_file(settings.data_dir.join("fork-guard.json")).unwrap();
    assert_eq!(look_once(&app).await.is_some(), !app.ctx.store.is_shared());
}

pub async fn look_once(app: &TestApp) -> Option<String> {
    fork_guard::look(&app.ctx, None, app.now()).await.unwrap()
}

async fn the_command_line_resumes_and_still_lets_an_administrator_in(database: &Database) {
    let app = acquainted(database).await;
    let now = app.now();
    app.ctx.store.write_tx(move |conn| sending::pause(conn, "a test", now)).await.unwrap();
    let shell = Shell::of(&app);
    let (code, told, _) = shell.run(&["admin", "create", "root@example.org"]);
    assert!(code == Some(0) && told.contains("/login/"), "{told}");
    let (code, told, _) = shell.run(&["admin", "resume-sending"]);
    assert!(code == Some(0) && told.contains("a test"), "{told}");
    assert!(paused(&app).await.is_none());
    assert!(shell.run(&["admin", "resume-sending"]).1.contains("not paused"));
}

async fn a_pause_is_told_where_supervisors_look(database: &Database) {
    let mut app = acquainted(database).await;
    let now = app.now();
    let client = app.browser().await;
    let look = || serde_json::from_str::<serde_json::Value>(&client.get("/readyz").body).unwrap();
    assert_eq!(look()["sending"], "ok");
    assert!(look()["free_disk_bytes"].is_u64() && look()["last_backup_at"].is_null());
    app.ctx.store.write_tx(move |conn| sending::pause(conn, "the reason", now)).await.unwrap();
    let told = look();
    assert_eq!((&told["ready"], &told["degraded"]), (&true.into(), &true.into()));
    let sentence = told["sending"].as_str().unwrap();
    assert!(sentence.contains("the reason") && sentence.contains("resume-sending"), "{sentence}");
}
