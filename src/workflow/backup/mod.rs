//! Backup, verification and restoring of a `SQLite` database: one file that people can copy ([`Manifest`]).
//!
//! Laws: a backup appears whole or not at all; verifying changes nothing; restoring looks first and then puts a database in
//! place in one step, so that a kill at any instant leaves the old one or the new one. The key never goes into a backup.
//! Everything here blocks and runs on a thread that may; called by the command line.

mod make;
mod restore;
mod sealed;
mod verify;

pub use make::{Made, make};
pub use restore::{Restored, restore};
pub use sealed::Manifest;
pub use verify::{KeyFits, Verified, verify};

use std::io;
use std::path::{Path, PathBuf};

use crate::settings::Settings;
use crate::store::{Location, StoreError};

/// Why nothing was backed up, verified or restored: a sentence with the way out. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The database is not a file.
    #[error(
        "{0} is for SQLite; this database is on a PostgreSQL server, which has tools of its own: make a backup with `pg_dump \
         --format=custom --file=FILE \"$URL\"`, read it with `pg_restore --list FILE`, and put it back while no server runs with \
         `pg_restore --clean --if-exists --single-transaction --dbname=\"$URL\" FILE`. Keep the key file apart from it. Servers \
         that come back to a restored database pause sending until `evenkeel admin resume-sending`"
    )]
    NotSqlite(&'static str),
    /// There is no such file.
    #[error("there is no file {}", .0.display())]
    Missing(PathBuf),
    /// The target is there already.
    #[error("{} exists already: choose another name, or overwrite it with --force", .0.display())]
    Exists(PathBuf),
    /// The target is a file that the server itself uses.
    #[error("{} belongs to the running data directory: choose another name", .0.display())]
    OwnFile(PathBuf),
    /// Something cannot be written.
    #[error("{0}")]
    Unwritable(String),
    /// The file is no whole backup.
    #[error("{0}")]
    Unsound(String),
    /// The file was made by a newer version.
    #[error("{0}")]
    Newer(String),
    /// The key file is another one than the backup's.
    #[error("{0}")]
    OtherKey(String),
    /// Somebody else is at it.
    #[error("{0}")]
    Busy(String),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl BackupError {
    fn unsound(path: &Path, why: &str) -> Self {
        Self::Unsound(format!("{} cannot be used: {why}", path.display()))
    }

    fn writing(path: &Path, error: &io::Error) -> Self {
        Self::Unwritable(format!(
            "{} cannot be written: {error}; it needs room and a folder that may be written",
            path.display()
        ))
    }
}

/// The database file, if the database is one.
fn database(settings: &Settings, command: &'static str) -> Result<PathBuf, BackupError> {
    match Location::parse(&settings.database_url()) {
        Ok(Location::Sqlite(path)) => Ok(path),
        Ok(Location::Postgres(_)) => Err(BackupError::NotSqlite(command)),
        Err(sentence) => Err(BackupError::Unwritable(sentence)),
    }
}

/// The path with something appended to its name.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Makes sure that a renamed or linked name outlasts a power cut.
fn sync_folder(of: &Path) -> io::Result<()> {
    let folder = of.parent().filter(|own| !own.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::File::open(folder)?.sync_all()
}
