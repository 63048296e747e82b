//! Makes a backup while the server may run.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::{BackupError, Manifest, beside, database, sealed, sync_folder};
use crate::settings::Settings;
use crate::store::{InUse, backup};
use crate::workflow::fork_guard;

/// A backup that was made.
#[derive(Clone, Debug)]
pub struct Made {
    /// What it says of itself.
    pub manifest: Manifest,
    /// Its length.
    pub bytes: u64,
    /// The key file, which must be kept apart from it.
    pub key_file: PathBuf,
    /// Why the database could not note that it was backed up; the backup is whole nevertheless.
    pub not_noted: Option<String>,
}

/// Copies the database into `file`, looks through the copy, seals it and puts it in place. The database is not migrated: a
/// backup before an update is one of the old version's.
///
/// # Errors
/// A sentence with the way out; then `file` is as it was.
pub fn make(settings: &Settings, file: &Path, force: bool, now: DateTime<Utc>) -> Result<Made, BackupError> {
    let database = database(settings, "backup")?;
    if !database.is_file() {
        return Err(BackupError::Missing(database));
    }
    refuse_own(settings, &database, file)?;
    refuse_present(file, force)?;
    let _using = InUse::shared(&database)?;
    let partial = beside(file, ".partial");
    let lock = reserve(&partial)?;
    let made = fill(&database, &partial, file, force, now);
    if made.is_err() {
        // It is of no use; the error that is told is the first one.
        drop(std::fs::remove_file(&partial));
    }
    drop(lock);
    let (manifest, bytes) = made?;
    let not_noted = note(settings, &database, now).err().map(|error| error.to_string());
    Ok(Made { manifest, bytes, key_file: settings.key_file(), not_noted })
}

/// From here on the database goes on, and the data directory knows: a plain copy of the backup that is put in the place of
/// the database is recognised, too.
fn note(settings: &Settings, database: &Path, now: DateTime<Utc>) -> Result<(), BackupError> {
    let noted = backup::note(database, now)?;
    match (noted, fork_guard::kept(settings)) {
        (Some(next), Some(kept)) if kept.epoch == next.epoch => Ok(fork_guard::keep(settings, &next)?),
        _ => Ok(()),
    }
}

fn fill(
    database: &Path,
    partial: &Path,
    file: &Path,
    force: bool,
    now: DateTime<Utc>,
) -> Result<(Manifest, u64), BackupError> {
    let absolute = std::path::absolute(partial).map_err(|e| BackupError::writing(partial, &e))?;
    backup::copy_into(database, &absolute)?;
    let faults = backup::faults(partial)?;
    if !faults.is_empty() {
        return Err(BackupError::unsound(
            database,
            &format!("the database itself is damaged ({}); restore an earlier backup", faults.join("; ")),
        ));
    }
    let writing = |e: io::Error| BackupError::writing(file, &e);
    let manifest = sealed::seal(partial, backup::facts(partial)?, now).map_err(writing)?;
    let bytes = partial.metadata().map_err(writing)?.len();
    refuse_present(file, force)?;
    std::fs::rename(partial, file).and_then(|()| sync_folder(file)).map_err(writing)?;
    Ok((manifest, bytes))
}

/// An empty file for the owner only, which nobody else fills at the same time.
fn reserve(partial: &Path) -> Result<File, BackupError> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    let writing = |e: io::Error| BackupError::writing(partial, &e);
    let mut options = OpenOptions::new();
    let reserved = options.read(true).write(true).create(true).truncate(false).mode(0o600).open(partial);
    let reserved = reserved.map_err(writing)?;
    match reserved.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let sentence = format!("another backup is being written to {}; wait for it", partial.display());
            return Err(BackupError::Busy(sentence));
        }
        Err(TryLockError::Error(e)) => return Err(writing(e)),
    }
    // What a killed backup left there is overwritten.
    reserved.set_len(0).map_err(writing)?;
    reserved.set_permissions(std::fs::Permissions::from_mode(0o600)).map_err(writing)?;
    Ok(reserved)
}

fn refuse_present(file: &Path, force: bool) -> Result<(), BackupError> {
    if file.is_dir() {
        let sentence = format!("{} is a folder: name a file in it", file.display());
        return Err(BackupError::Unwritable(sentence));
    }
    if !force && file.symlink_metadata().is_ok() {
        return Err(BackupError::Exists(file.to_owned()));
    }
    Ok(())
}

/// A backup over the database or the key would be the end of both.
fn refuse_own(settings: &Settings, database: &Path, file: &Path) -> Result<(), BackupError> {
    let own = ["", "-wal", "-shm", "-journal"].map(|suffix| beside(database, suffix));
    let others = [database.with_extension("lock"), settings.key_file(), fork_guard::file(settings)];
    let whole = |path: &Path| {
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let folder = absolute.parent().and_then(|folder| folder.canonicalize().ok());
        folder.zip(absolute.file_name()).map_or(absolute.clone(), |(folder, name)| folder.join(name))
    };
    if own.iter().chain(&others).any(|path| whole(path) == whole(file)) {
        return Err(BackupError::OwnFile(file.to_owned()));
    }
    Ok(())
}
