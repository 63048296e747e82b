//! A service that has outgrown one machine: its data moves to a database server, and nothing is lost, doubled or changed.

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output};

use evenkeel::domain::mode::Mode;
use evenkeel::store::outbox::letters;

use crate::support::process::letter_to;
use crate::support::{Database, Side, TestApp, utc};

const NOW: &str = "2026-12-10T16:00:00Z";

on_postgres!(
    everything_moves_from_sqlite_to_postgresql_and_goes_on_there,
    a_move_that_dies_on_its_way_is_made_anew_and_one_database_sends,
    a_move_that_dies_when_it_is_done_leaves_one_database_that_sends,
);

/// Where a move may die.
pub const PLACES: [&str; 3] = ["move-after-pause", "move-before-commit", "move-after-commit"];

fn move_data(from: &Database, to: &Database) -> Output {
    moved_or_dead(from, to, "none")
}

fn moved_or_dead(from: &Database, to: &Database, die_at: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_evenkeel"))
        .args(["migrate-data", "--from", from.url(), "--to", to.url()])
        .env("EVENKEEL__DATA_DIR", from.folder())
        .env("EVENKEEL_ABORT_AT", die_at)
        .output()
        .unwrap()
}

/// A database file with one letter that waits.
async fn one_letter(file: &Database) {
    let app = TestApp::on(file, NOW).await;
    let letter = letter_to("ada@example.org", utc(NOW));
    assert!(app.ctx.store.write_tx(move |conn| letters::insert(conn, &letter, utc(NOW))).await.unwrap());
}

/// Who gets mail from a server on this database.
async fn sends(database: &Database) -> Vec<String> {
    let app = TestApp::on(database, NOW).await;
    app.tick().await;
    app.recipients()
}

async fn a_move_that_dies_on_its_way_is_made_anew_and_one_database_sends(server: &Database) {
    let file = Database::sqlite();
    one_letter(&file).await;
    for place in &PLACES[..2] {
        let dead = moved_or_dead(&file, server, place);
        assert_eq!(dead.status.signal(), Some(6), "{place}: {}", said(&dead));
        assert!(sends(&file).await.is_empty(), "{place}: nobody sends until a person or a new move decides");
    }
    let moved = move_data(&file, server);
    assert!(moved.status.success(), "{}", said(&moved));
    std::fs::copy(file.folder().join("secret.key"), server.folder().join("secret.key")).unwrap();
    assert_eq!((sends(server).await, sends(&file).await), (vec!["ada".to_owned()], vec![]));
}

async fn a_move_that_dies_when_it_is_done_leaves_one_database_that_sends(server: &Database) {
    let file = Database::sqlite();
    one_letter(&file).await;
    let dead = moved_or_dead(&file, server, PLACES[2]);
    assert_eq!(dead.status.signal(), Some(6), "{}", said(&dead));
    let again = move_data(&file, server);
    assert_eq!(again.status.code(), Some(73), "{}", said(&again));
    std::fs::copy(file.folder().join("secret.key"), server.folder().join("secret.key")).unwrap();
    assert_eq!((sends(&file).await, sends(server).await), (vec![], vec!["ada".to_owned()]));
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

async fn everything_moves_from_sqlite_to_postgresql_and_goes_on_there(server: &Database) {
    let file = Database::sqlite();
    let app = TestApp::on(&file, "2026-11-01T10:00:00Z").await;
    let sides = [Side("Northmoor", "Mara", &["Ada", "Ali"]), Side("Łódź ’n’ Söhne", "Noor", &["Ben", "Bo"])];
    let pair = app.partnership(sides).await;
    app.quarterly(&pair, Mode::Representative).await;
    app.at("2026-12-01T08:00:00Z").await;
    for mail in app.mails() {
        app.answer(&mail.survey_token(), [2, 4, 4, 5, 3]).await;
        app.send(&mail.survey_token()).await;
    }
    // The cycle closes; its results are written and have not left.
    app.clock.jump_to(utc("2026-12-10T16:00:00Z"));
    app.worker.run_due(app.now()).await.unwrap();
    let cycle = app.cycle(&pair).await.id;
    let card = format!("{:?}", app.scorecard(cycle).await.unwrap());

    let busy = move_data(&file, server);
    assert_eq!(busy.status.code(), Some(75), "somebody works on it: {}", said(&busy));
    drop(app);
    let moved = move_data(&file, server);
    assert!(moved.status.success(), "{}", said(&moved));
    let rows = |database: &Database| database.texts("SELECT CAST(count(*) AS TEXT) AS line FROM response");
    assert_eq!(rows(server), rows(&file));
    assert!(said(&moved).contains("are now in postgres://"), "{}", said(&moved));
    let again = move_data(&file, server);
    assert_eq!(again.status.code(), Some(73), "{}", said(&again));
    assert!(said(&again).contains("the destination holds"), "{}", said(&again));

    std::fs::copy(file.folder().join("secret.key"), server.folder().join("secret.key")).unwrap();
    let there = TestApp::on(server, "2026-12-10T16:00:00Z").await;
    assert_eq!(format!("{:?}", there.scorecard(cycle).await.unwrap()), card);
    there.tick().await;
    assert_eq!(there.recipients(), ["mara", "noor"], "what waited leaves from the new place");
    let old = TestApp::on(&file, "2026-12-10T16:00:00Z").await;
    old.tick().await;
    assert!(old.mails().is_empty(), "and from nowhere else");
}

#[test]
fn only_sqlite_moves_and_only_to_postgresql() {
    let run = |from: &str, to: &str| {
        Command::new(env!("CARGO_BIN_EXE_evenkeel"))
            .args(["migrate-data", "--from", from, "--to", to])
            .output()
            .unwrap()
    };
    let folder = std::env::temp_dir();
    let missing = format!("sqlite://{}/no-such-evenkeel.db", folder.display());
    for (from, to, code) in [
        ("postgres://localhost/a", "postgres://localhost/b", 64),
        (missing.as_str(), missing.as_str(), 64),
        ("nonsense", "postgres://localhost/b", 64),
        (missing.as_str(), "postgres://localhost/b", 66),
    ] {
        let done = run(from, to);
        assert_eq!(done.status.code(), Some(code), "{from} {to}: {}", said(&done));
    }
}
