//! A backup is whole, consistent and for its owner only, or there is none.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use evenkeel::clock::real_now;
use evenkeel::settings::Settings;
use evenkeel::store::{Store, StoreError, backup as rows, meta};
use evenkeel::workflow::backup::{self, BackupError, KeyFits, Made, make, verify};

use super::lines;
use crate::history::files::Shell;
use crate::support::{Database, TestApp, wait_until};

on_both!(the_commands_answer_on_each_database_as_it_can,);

const NOW: &str = "2026-11-01T10:00:00Z";

fn back_up(settings: &Settings, file: &Path) -> Made {
    make(settings, file, false, real_now()).unwrap()
}

fn mode(file: &Path) -> u32 {
    file.metadata().unwrap().permissions().mode() & 0o777
}

async fn the_commands_answer_on_each_database_as_it_can(database: &Database) {
    let app = TestApp::on(database, NOW).await;
    let shell = Shell::of(&app);
    if app.ctx.store.is_shared() {
        for command in ["backup", "restore"] {
            let (code, _, told) = shell.run(&[command, "file"]);
            assert!(code == Some(64) && told.contains("pg_dump") && told.contains("pg_restore"), "{told}");
        }
        return;
    }
    assert_eq!(shell.run(&["verify", "one.backup"]).0, Some(66));
    let (code, told, _) = shell.run(&["backup", "one.backup"]);
    assert_eq!(code, Some(0));
    assert!(told.contains("secret.key") && told.contains("apart"), "{told}");
    let key = std::fs::read(app.ctx.settings.key_file()).unwrap();
    let bytes = std::fs::read(database.folder().join("one.backup")).unwrap();
    assert!(!bytes.windows(64).any(|part| key.starts_with(part)), "the key is not in it");
    assert_eq!(mode(&database.folder().join("one.backup")), 0o600);
    let (code, _, told) = shell.run(&["backup", "one.backup"]);
    assert!(code == Some(73) && told.contains("--force"), "{told}");
    assert_eq!(shell.run(&["backup", "one.backup", "--force"]).0, Some(0));
    assert_eq!(shell.run(&["backup", "evenkeel.db", "--force"]).0, Some(64), "never over the database");
    let (code, told, _) = shell.run(&["verify", "one.backup"]);
    assert!(code == Some(0) && told.contains("meta") && told.contains("sound"), "{told}");
}

#[tokio::test]
async fn the_last_backup_is_noted_and_a_failed_one_is_not() {
    let database = Database::sqlite();
    let app = TestApp::on(&database, NOW).await;
    let at = real_now();
    assert!(make(&app.ctx.settings, &database.folder().join("no/folder"), false, at).is_err());
    assert_eq!(app.ctx.store.read(rows::last).await.unwrap(), None);
    make(&app.ctx.settings, &database.folder().join("one"), false, at).unwrap();
    assert_eq!(app.ctx.store.read(rows::last).await.unwrap(), Some(at));
}

#[tokio::test]
async fn verifying_changes_neither_the_file_nor_what_lies_beside_it() {
    let database = Database::sqlite();
    let app = TestApp::on(&database, NOW).await;
    let folder = database.folder().join("elsewhere");
    std::fs::create_dir(&folder).unwrap();
    let file = folder.join("a ?#%20.backup");
    back_up(&app.ctx.settings, &file);
    let before = std::fs::read(&file).unwrap();
    let verified = verify(&app.ctx.settings, &file).unwrap();
    assert_eq!(verified.key, KeyFits::Yes);
    assert_eq!(verified.manifest.schema, verified.newest);
    assert!(std::fs::read(&file).unwrap() == before);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
}

/// Writes pairs of rows, each pair in one transaction, until it is told to stop.
async fn pairs(store: Store, stop: tokio::sync::watch::Receiver<bool>, name: usize) -> usize {
    let mut written = 0;
    while !*stop.borrow() {
        let n = written;
        let pair = move |conn: &mut evenkeel::store::Conn| -> Result<(), StoreError> {
            meta::get_or_set(conn, &format!("left {name} {n}"), &"x".repeat(500))?;
            meta::get_or_set(conn, &format!("right {name} {n}"), &"x".repeat(500)).map(drop)
        };
        store.write_tx(pair).await.unwrap();
        written += 1;
    }
    written
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_a_load_of_writes_holds_whole_transactions() {
    let database = Database::sqlite();
    let app = TestApp::on(&database, NOW).await;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let mut writers = tokio::task::JoinSet::new();
    for name in 0..4 {
        writers.spawn(pairs(app.ctx.store.clone(), stopped.clone(), name));
    }
    let files: Vec<PathBuf> = (0..5).map(|n| database.folder().join(format!("{n}.backup"))).collect();
    let settings = app.ctx.settings.clone();
    let targets = files.clone();
    tokio::task::spawn_blocking(move || targets.iter().for_each(|file| drop(back_up(&settings, file))))
        .await
        .unwrap();
    stop.send(true).unwrap();
    let written: usize = writers.join_all().await.into_iter().sum();
    assert!(written > 20, "there was a load: {written}");
    let mut before = 0;
    for file in &files {
        verify(&app.ctx.settings, file).unwrap();
        let count = |side: &str| {
            let query = format!(
                "SELECT substr(name, length('{side} ')) AS line FROM meta WHERE name LIKE '{side} %' ORDER BY 1"
            );
            lines(file, &query)
        };
        assert_eq!(count("left"), count("right"), "both of a pair or none");
        assert!(count("left").len() >= before);
        before = count("left").len();
    }
}

#[tokio::test]
async fn what_was_erased_is_in_no_backup() {
    let database = Database::sqlite();
    let app = TestApp::on(&database, NOW).await;
    let secret = "a sentence that somebody took back";
    app.ctx.store.write_tx(move |conn| meta::set(conn, "said", secret)).await.unwrap();
    app.ctx.store.write_tx(|conn| meta::set(conn, "said", "")).await.unwrap();
    let file = database.folder().join("one");
    back_up(&app.ctx.settings, &file);
    let bytes = std::fs::read(&file).unwrap();
    assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()));
}

#[tokio::test]
async fn a_backup_of_another_key_or_of_a_newer_program_is_refused() {
    let database = Database::sqlite();
    let app = TestApp::on(&database, NOW).await;
    let file = database.folder().join("one");
    back_up(&app.ctx.settings, &file);
    let mut settings = (*app.ctx.settings).clone();
    settings.secrets.key_file = database.folder().join("other.key").display().to_string();
    assert_eq!(verify(&settings, &file).unwrap().key, KeyFits::NoFile);
    evenkeel::secrets::Key::load(&settings.key_file(), true).unwrap();
    let refused = verify(&settings, &file);
    assert!(matches!(refused, Err(BackupError::OtherKey(_))), "{refused:?}");

    database.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')");
    let newer = database.folder().join("newer");
    back_up(&app.ctx.settings, &newer);
    let refused = verify(&app.ctx.settings, &newer);
    assert!(matches!(refused, Err(BackupError::Newer(_))), "{refused:?}");
}

#[tokio::test]
async fn a_backup_that_is_killed_leaves_no_file_and_the_next_one_is_whole() {
    let database = Database::sqlite();
    let app = TestApp::on(&database, NOW).await;
    super::restore::fill(&app, 8).await;
    let shell = Shell::of(&app);
    let (file, partial) = (database.folder().join("one"), database.folder().join("one.partial"));
    for length in [0, 1, 1 << 20, 4 << 20, 7 << 20] {
        let mut running =
            shell.command(&["backup", "one"]).stdout(std::process::Stdio::null()).spawn().unwrap();
        wait_until("the copy has grown", || {
            running.try_wait().unwrap().is_some() || partial.metadata().is_ok_and(|own| own.len() >= length)
        });
        running.kill().unwrap();
        running.wait().unwrap();
        if file.exists() {
            verify(&app.ctx.settings, &file).unwrap();
            std::fs::remove_file(&file).unwrap();
        }
    }
    back_up(&app.ctx.settings, &file);
    backup::verify(&app.ctx.settings, &file).unwrap();
    assert!(!partial.exists());
}
