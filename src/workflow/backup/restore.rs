//! Puts a backup in the place of the database, which no server uses meanwhile: the caller holds the directory's lock.
//!
//! The steps, so that a kill between any two of them leaves the old database or the new one, whole:
//!
//! 1. The backup is poured into a file beside the database, and looked through there: what was verified is what is used.
//! 2. It gets an epoch of its own and sending paused, and waits until the disk has it.
//! 3. The old database takes everything in that was written beside it (`-wal`); nobody has it open from here on.
//! 4. A second name is given to the old database, and the new one takes its name in one step.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::verify::{Verified, examine};
use super::{BackupError, beside, database, sealed, sync_folder};
use crate::settings::Settings;
use crate::store::{InUse, StoreError, backup};

/// A database that was restored.
#[derive(Clone, Debug)]
pub struct Restored {
    /// The backup.
    pub verified: Verified,
    /// Where the database is.
    pub database: PathBuf,
    /// Where the database that was there before is kept.
    pub kept: Option<PathBuf>,
}

/// Restores `file`. The caller holds the lock of the data directory.
///
/// # Errors
/// A sentence with the way out; then the database is as it was.
pub fn restore(settings: &Settings, file: &Path, now: DateTime<Utc>) -> Result<Restored, BackupError> {
    let database = database(settings, "restore")?;
    if !file.is_file() {
        return Err(BackupError::Missing(file.to_owned()));
    }
    let copy = beside(&database, ".restoring");
    let restored = pour_and_swap(settings, file, &copy, &database, now);
    if restored.is_err() {
        // Of no use any more; the error that is told is the first one.
        drop(std::fs::remove_file(&copy));
        drop(std::fs::remove_file(beside(&copy, "-journal")));
    }
    let (verified, kept) = restored?;
    Ok(Restored { verified, database, kept })
}

fn pour_and_swap(
    settings: &Settings,
    file: &Path,
    copy: &Path,
    database: &Path,
    now: DateTime<Utc>,
) -> Result<(Verified, Option<PathBuf>), BackupError> {
    let writing = |e: io::Error| BackupError::writing(database, &e);
    let mut handle = empty(copy).map_err(|e| BackupError::writing(copy, &e))?;
    let manifest = sealed::unseal(file, &mut handle)?;
    handle.flush().and_then(|()| handle.sync_all()).map_err(writing)?;
    let verified = examine(settings, file, copy, manifest)?;
    let made = verified.manifest.created_at.format("%Y-%m-%d %H:%M UTC");
    backup::prepare(copy, &format!("the database was restored from a backup of {made}"), now)?;
    handle.sync_all().map_err(writing)?;
    drop(handle);
    let _alone = InUse::alone(database).map_err(|error| busy(database, error))?;
    let kept = set_aside(database, now)?;
    std::fs::rename(copy, database).and_then(|()| sync_folder(database)).map_err(writing)?;
    Ok((verified, kept))
}

/// An empty file for the owner only; what a killed restore left there is overwritten.
fn empty(copy: &Path) -> io::Result<File> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    if let Some(folder) = copy.parent().filter(|own| !own.as_os_str().is_empty()) {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    for stale in [copy.to_owned(), beside(copy, "-journal")] {
        match std::fs::remove_file(stale) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(copy)
}

/// Gives the old database a second name, with nothing of it left beside it. It keeps its own name until the new one takes it.
fn set_aside(database: &Path, now: DateTime<Utc>) -> Result<Option<PathBuf>, BackupError> {
    let writing = |e: io::Error| BackupError::writing(database, &e);
    if !database.exists() {
        return remove_beside(database, None).map(|()| None).map_err(writing);
    }
    let stamp = now.format("%Y%m%dT%H%M%S%3fZ");
    let aside = beside(database, &format!(".before-restore-{stamp}"));
    match backup::gather(database) {
        Ok(()) => remove_beside(database, None),
        // It is damaged: what was written beside it stays with it under its new name.
        Err(StoreError::Broken(_)) => remove_beside(database, Some(&aside)),
        Err(other) => return Err(busy(database, other)),
    }
    .map_err(writing)?;
    if std::fs::hard_link(database, &aside).is_err() {
        // Not every disk knows second names.
        std::fs::copy(database, &aside).and_then(|_| File::open(&aside)?.sync_all()).map_err(writing)?;
    }
    Ok(Some(aside))
}

fn busy(database: &Path, error: StoreError) -> BackupError {
    match error {
        StoreError::Busy(_) => BackupError::Busy(format!(
            "another command has {} open: wait until it has ended, and restore again",
            database.display()
        )),
        other => other.into(),
    }
}

/// Takes away what lies beside a database: `-wal` would be read into whatever database has the name later.
fn remove_beside(database: &Path, kept: Option<&Path>) -> io::Result<()> {
    for suffix in ["-wal", "-journal", "-shm"] {
        let stale = beside(database, suffix);
        let gone = match kept.filter(|_| suffix != "-shm") {
            Some(kept) => std::fs::rename(&stale, beside(kept, suffix)),
            None => std::fs::remove_file(&stale),
        };
        match gone {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    sync_folder(database)
}
