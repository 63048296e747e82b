//! Restoring: never half, never over a running server, and no mail leaves before somebody has looked.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use evenkeel::app;
use evenkeel::clock::real_now;
use evenkeel::settings::Settings;
use evenkeel::store::outbox::letters;
use evenkeel::store::{StoreError, backup as rows, meta};
use evenkeel::workflow::backup::{BackupError, Restored, make, restore};

use super::{lines, paused, resume};
use crate::history::files::Shell;
use crate::support::{Database, Side, TestApp, utc, wait_until};

const NOW: &str = "2026-11-01T10:00:00Z";

/// Makes the database larger, in megabytes.
pub async fn fill(app: &TestApp, megabytes: usize) {
    for n in 0..megabytes {
        let write = move |conn: &mut evenkeel::store::Conn| -> Result<(), StoreError> {
            meta::set(conn, &format!("weight {n}"), &"x".repeat(1 << 20))
        };
        app.ctx.store.write_tx(write).await.unwrap();
    }
}

fn file_of(settings: &Settings) -> PathBuf {
    settings.data_dir.join("evenkeel.db")
}

/// Restores as soon as the connections of the process that ended are closed.
fn restore_when_alone(settings: &Settings, file: &Path) -> Result<Restored, BackupError> {
    let mut ended = None;
    wait_until("the old connections are closed", || {
        ended = Some(restore(settings, file, real_now()));
        !matches!(ended, Some(Err(BackupError::Busy(_))))
    });
    ended.unwrap()
}

async fn states(app: &TestApp) -> Vec<(String, i64)> {
    app.ctx.store.read(letters::counts).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_database_has_what_was_backed_up_and_sends_nothing_until_it_is_resumed() {
    let database = Database::sqlite();
    let app = TestApp::on(&database, NOW).await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    app.quarterly(&pair, evenkeel::domain::mode::Mode::Representative).await;
    app.at("2026-11-20T08:00:00Z").await;
    app.clock.jump_to(utc("2026-12-01T08:00:00Z"));
    app.worker.run_due(app.now()).await.unwrap();
    assert_eq!(states(&app).await, [("pending".to_owned(), 2)]);

    // A backup while two letters wait; then they leave, and the cycle goes on.
    let backup = database.folder().join("one.backup");
    let made = make(&app.ctx.settings, &backup, false, real_now()).unwrap();
    app.tick().await;
    assert_eq!(app.recipients(), ["ada", "ben"]);
    app.at("2026-12-04T08:00:00Z").await;
    assert_eq!(app.recipients(), ["ada", "ben"], "reminders");

    // The disk eats the database; the backup comes back.
    let app = app
        .killed_and_started_again_after(|settings| {
            wait_until("the database is closed", || rows::gather(&file_of(settings)).is_ok());
            std::fs::write(file_of(settings), "eaten").unwrap();
            let restored = restore_when_alone(settings, &backup).unwrap();
            assert!(std::fs::read(restored.kept.unwrap()).unwrap() == b"eaten", "nothing is thrown away");
            let mut counted = rows::facts(&file_of(settings)).unwrap().rows;
            let mut expected = made.manifest.rows.clone();
            for changed in ["meta", "audit"] {
                counted.remove(changed);
                expected.remove(changed);
            }
            assert_eq!(counted, expected);
        })
        .await;
    let reason = paused(&app).await.expect("sending is paused").reason;
    assert!(reason.contains("restored from a backup"), "{reason}");

    // What was told before the disk ate it is not told again.
    for at in ["2026-12-04T08:10:00Z", "2026-12-05T08:00:00Z"] {
        app.at(at).await;
        assert_eq!(app.recipients(), Vec::<String>::new(), "{at}");
    }
    // Past their window the invitations expire; what is due then goes.
    app.clock.jump_to(utc("2026-12-10T15:30:00Z"));
    resume(&app).await;
    app.tick().await;
    assert_eq!(app.recipients(), Vec::<String>::new());
    assert!(states(&app).await.iter().all(|(state, _)| state == "expired"), "{:?}", states(&app).await);
    app.at("2026-12-10T16:00:00Z").await;
    assert_eq!(app.recipients(), ["mara", "noor"], "the result is told, once");
    assert!(paused(&app).await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_that_was_damaged_anywhere_is_refused_and_the_database_stays_as_it_was() {
    let database = Database::sqlite();
    let app = TestApp::on(&database, NOW).await;
    let backup = database.folder().join("one.backup");
    make(&app.ctx.settings, &backup, false, real_now()).unwrap();
    let whole = std::fs::read(&backup).unwrap();
    let app = app
        .killed_and_started_again_after(|settings| {
            let database = file_of(settings);
            // Nothing is written beside it any more.
            wait_until("the database is closed", || rows::gather(&database).is_ok());
            let before = std::fs::read(&database).unwrap();
            let broken = settings.data_dir.join("broken.backup");
            let refused = |bytes: &[u8], what: &str| {
                std::fs::write(&broken, bytes).unwrap();
                let refused = restore(settings, &broken, real_now());
                assert!(matches!(refused, Err(BackupError::Unsound(_))), "{what}: {refused:?}");
                assert!(std::fs::read(&database).unwrap() == before, "{what}: the database is untouched");
            };
            for part in 0..25 {
                let at = part * (whole.len() - 1) / 24;
                refused(&whole[..at], &format!("cut at {at}"));
                let mut flipped = whole.clone();
                flipped[at] ^= 1 << (part % 8);
                refused(&flipped, &format!("a bit of byte {at}"));
            }
            refused(&[&whole[..], b"\n"].concat(), "something appended");
            refused(b"", "empty");
            assert!(!settings.data_dir.join("evenkeel.db.restoring").exists());
        })
        .await;
    assert!(paused(&app).await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_in_use_is_not_replaced() {
    let database = Database::sqlite();
    let app = TestApp::on(&database, NOW).await;
    let backup = database.folder().join("one.backup");
    make(&app.ctx.settings, &backup, false, real_now()).unwrap();
    let busy = restore(&app.ctx.settings, &backup, real_now());
    assert!(matches!(busy, Err(BackupError::Busy(_))), "a command has it open: {busy:?}");
    let _lock = app::lock(&app.ctx.settings).unwrap();
    let (code, _, told) = Shell::of(&app).run(&["restore", "one.backup"]);
    assert!(code == Some(75) && told.contains("stop it first"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_that_is_killed_leaves_the_old_database_or_the_new_one() {
    let database = Database::sqlite();
    let app = TestApp::on(&database, NOW).await;
    fill(&app, 8).await;
    let backup = database.folder().join("one.backup");
    make(&app.ctx.settings, &backup, false, real_now()).unwrap();
    let later = |conn: &mut evenkeel::store::Conn| meta::set(conn, "later", "yes");
    app.ctx.store.write_tx(later).await.unwrap();
    let shell = Shell::of(&app);
    let app = app
        .killed_and_started_again_after(|settings| {
            let (database, copy) = (file_of(settings), settings.data_dir.join("evenkeel.db.restoring"));
            wait_until("the database is closed", || rows::gather(&database).is_ok());
            for length in [0, 1 << 20, 4 << 20, 8 << 20, 9 << 20, u64::MAX] {
                let mut running =
                    shell.command(&["restore", "one.backup"]).stdout(Stdio::null()).spawn().unwrap();
                wait_until("the copy has grown, or the restore has ended", || {
                    running.try_wait().unwrap().is_some()
                        || copy.metadata().is_ok_and(|own| own.len() >= length)
                });
                running.kill().unwrap();
                running.wait().unwrap();
                assert_eq!(rows::faults(&database).unwrap(), Vec::<String>::new());
                let count = |name: &str| {
                    lines(&database, &format!("SELECT name AS line FROM meta WHERE name = '{name}'")).len()
                };
                assert_eq!(count("later") + count("sending_paused"), 1, "the old one or the new one");
            }
        })
        .await;
    assert!(paused(&app).await.is_some(), "the last one was not killed");
}
