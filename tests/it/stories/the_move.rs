//! A service that has outgrown one machine: its data moves to a database server, and nothing is lost, doubled or changed.

use std::process::{Command, Output};

use evenkeel::domain::mode::Mode;

use crate::support::{Database, Side, TestApp, utc};

on_postgres!(everything_moves_from_sqlite_to_postgresql_and_goes_on_there);

fn move_data(from: &Database, to: &Database) -> Output {
    Command::new(env!("CARGO_BIN_EXE_evenkeel"))
        .args(["migrate-data", "--from", from.url(), "--to", to.url()])
        .env("EVENKEEL__DATA_DIR", from.folder())
        .output()
        .unwrap()
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
