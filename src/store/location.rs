//! Where the database is, and how a connection to it is opened. What stands in the way of opening is told as a sentence
//! with the way out; a password is never part of it.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;

use super::conn::Conn;
use super::disk;
use super::error::{StoreError, Unusable};

/// With less than this `SQLite` cannot even open a database, and calls it an error of the disk; in bytes.
const NO_ROOM: u64 = 64 << 10;

/// Which database a URL names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A file.
    Sqlite(PathBuf),
    /// A server, by its connection string.
    Postgres(String),
}

impl Location {
    /// Reads `sqlite:///path/file.db` or `postgres://…`.
    pub fn parse(url: &str) -> Result<Self, String> {
        if let Some(path) = url.strip_prefix("sqlite://") {
            if path.is_empty() {
                return Err("database.url names no file; write sqlite:///path/evenkeel.db".to_owned());
            }
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.to_owned()));
        }
        Err("database.url must start with sqlite:// or postgres://".to_owned())
    }

    /// Makes the file of a `SQLite` database and its folder, where there is none, and says beside it that it is in use.
    pub(super) fn prepare(&self) -> Result<Option<InUse>, StoreError> {
        let Self::Sqlite(path) = self else { return Ok(None) };
        create_folder(path)?;
        let using = InUse::shared(path)?;
        create_file(path)?;
        has_header(path)?;
        Ok(Some(using))
    }

    /// Opens one connection with the settings that every connection needs.
    pub(super) fn open(&self) -> Result<Conn, StoreError> {
        match self {
            Self::Sqlite(path) => {
                let opened = SqliteConnection::establish(&path.display().to_string());
                let mut conn = opened.map_err(|e| unwritable(path, &e))?;
                prepare_sqlite(&mut conn).map_err(|e| self.explained(e.into()))?;
                Ok(Conn::Sqlite(conn))
            }
            Self::Postgres(url) => {
                let opened = PgConnection::establish(url);
                let mut conn = opened.map_err(|e| turned_away(url, &e.to_string()))?;
                conn.batch_execute(PATIENCE)?;
                Ok(Conn::Postgres(conn))
            }
        }
    }

    /// A failure while opening, with the file it is about and the way out.
    pub(super) fn explained(&self, error: StoreError) -> StoreError {
        let (Self::Sqlite(path), StoreError::Broken(words)) = (self, &error) else { return error };
        let said = |any: &[&str]| any.iter().any(|word| words.contains(word));
        if said(&["not a database", "malformed"]) {
            return no_database(path, words);
        }
        let no_room =
            || path.parent().and_then(|f| disk::room(f).ok()).is_some_and(|room| room.free < NO_ROOM);
        if words.contains("disk I/O") && no_room() {
            return StoreError::Full(words.clone());
        }
        if said(&["readonly", "unable to open", "disk I/O"]) {
            return unwritable(path, words);
        }
        error
    }
}

/// Says that a database file is in use, as long as the value lives. Any number of commands and one server use a database;
/// whoever exchanges the file must be alone, because what others write beside it would go into another database.
#[derive(Debug)]
pub struct InUse(#[expect(dead_code, reason = "the lock lives as long as the open file")] File);

impl InUse {
    /// Together with others.
    ///
    /// # Errors
    /// Busy while the file is exchanged; unusable when nothing can be written beside it.
    pub fn shared(database: &Path) -> Result<Self, StoreError> {
        let (file, path) = Self::open(database)?;
        Self::of(file.try_lock_shared(), file, &path, "it is being restored")
    }

    /// Alone.
    ///
    /// # Errors
    /// Busy while others use it; unusable when nothing can be written beside it.
    pub fn alone(database: &Path) -> Result<Self, StoreError> {
        let (file, path) = Self::open(database)?;
        Self::of(file.try_lock(), file, &path, "another command uses it")
    }

    fn open(database: &Path) -> Result<(File, PathBuf), StoreError> {
        use std::os::unix::fs::OpenOptionsExt;
        let path = database.with_extension("users");
        let mut options = OpenOptions::new();
        let opened = options.read(true).write(true).create(true).truncate(false).mode(0o600).open(&path);
        opened.map(|file| (file, path.clone())).map_err(|e| unmakeable(&path, &e))
    }

    fn of(
        locked: Result<(), TryLockError>,
        file: File,
        path: &Path,
        taken: &str,
    ) -> Result<Self, StoreError> {
        match locked {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(StoreError::Busy(taken.to_owned())),
            Err(TryLockError::Error(error)) => Err(unmakeable(path, &error)),
        }
    }
}

/// A process that stands still in the middle of a transaction must not hold up all others: the server ends its transaction,
/// and whoever waits for it waits a little longer than that. Limits that the server or the address set already stand.
const PATIENCE: &str = "SELECT set_config(own.name, own.\"limit\", false) \
    FROM (VALUES ('idle_in_transaction_session_timeout', '20s'), ('lock_timeout', '40s')) AS own (name, \"limit\") \
    WHERE current_setting(own.name) = '0'";

/// The pragmas of one connection. `secure_delete` because erased answers must not linger in free pages.
fn prepare_sqlite(conn: &mut SqliteConnection) -> QueryResult<()> {
    conn.batch_execute(
        "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
         PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; PRAGMA cache_size = -1000;",
    )
}

/// Makes the folder of a database file, for its owner only: answers and addresses lie in it.
fn create_folder(path: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::DirBuilderExt;
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => {
            let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
            made.map_err(|e| unmakeable(folder, &e))
        }
        _ => Ok(()),
    }
}

/// Makes an empty database file, for its owner only, where there is none; `SQLite` gives the files beside it (`-wal`,
/// `-shm`) the same mode. The folder may be one that others read.
fn create_file(path: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::OpenOptionsExt;
    let made = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path);
    made.map(drop).map_err(|e| match e.kind() {
        std::io::ErrorKind::StorageFull => unmakeable(path, &e),
        _ => unwritable(path, &e),
    })
}

/// An empty file becomes a database; one that begins otherwise than a database would be spoilt.
fn has_header(path: &Path) -> Result<(), StoreError> {
    use std::io::Read;
    let mut begin = Vec::new();
    let read = File::open(path).and_then(|file| file.take(16).read_to_end(&mut begin));
    read.map_err(|e| unwritable(path, &e))?;
    if begin.is_empty() || begin == b"SQLite format 3\0" {
        return Ok(());
    }
    Err(no_database(path, "it does not begin like one"))
}

fn no_database(path: &Path, cause: &str) -> StoreError {
    let sentence = format!(
        "{} is no SQLite database, or a broken one ({cause}): name the right file in database.url, or put a backup back with \
         `evenkeel restore FILE`",
        path.display()
    );
    StoreError::Unusable(Unusable::NoDatabase, sentence)
}

/// The refusal when something beside the database cannot be made.
pub fn unmakeable(path: &Path, cause: &std::io::Error) -> StoreError {
    if cause.kind() == std::io::ErrorKind::StorageFull {
        return StoreError::Full(format!("{}: {cause}", path.display()));
    }
    let sentence = format!(
        "{} cannot be made: {cause}; let the user that runs Evenkeel write there, or name another data_dir",
        path.display()
    );
    StoreError::Unusable(Unusable::Unwritable, sentence)
}

fn unwritable(path: &Path, cause: &dyn std::fmt::Display) -> StoreError {
    let sentence = format!(
        "the database file {} cannot be opened for writing: {cause}; the user that runs Evenkeel must be allowed to write \
         the file and its folder, and the disk must have room",
        path.display()
    );
    StoreError::Unusable(Unusable::Unwritable, sentence)
}

/// Why a server did not let us in, without the password.
fn turned_away(url: &str, words: &str) -> StoreError {
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let words = without_secrets(url, words.split(" Is the server running").next().unwrap_or_default());
    let server = server(url);
    let said = |any: &[&str]| any.iter().any(|word| words.contains(word));
    let (kind, way_out) = if said(&["password", "authentication"]) {
        (
            Unusable::Refused,
            "set the right user and password in database.url (or EVENKEEL__DATABASE__URL), percent-encoded",
        )
    } else if words.contains("database \"") && words.contains("does not exist") {
        (Unusable::Refused, "create the database (`createdb NAME`), or name the right one in database.url")
    } else if said(&["does not exist", "pg_hba.conf", "permission denied"]) {
        (Unusable::Refused, "create the user and let it in from here, or name the right one in database.url")
    } else if said(&[" invalid when", "invalid sslmode", "invalid port", "invalid URI", "invalid connection"])
    {
        (Unusable::Refused, "mend database.url")
    } else {
        (Unusable::Unreachable, "start it, or mend its address in database.url")
    };
    StoreError::Unusable(kind, format!("PostgreSQL at {server} cannot be used: {words}; {way_out}"))
}

/// Host, port and name of the database, as far as they can be told.
fn server(url: &str) -> String {
    match url::Url::parse(url) {
        Ok(read) => {
            let port = read.port().map(|port| format!(":{port}")).unwrap_or_default();
            format!("{}{port}{}", read.host_str().unwrap_or("the local socket"), read.path())
        }
        Err(_) => "the address in database.url".to_owned(),
    }
}

/// What libpq said, with the password cut out. Of an address that can be read in two ways nothing is repeated.
fn without_secrets(url: &str, words: &str) -> String {
    let authority = url.split("://").nth(1).unwrap_or_default().split(['/', '?']).next().unwrap_or_default();
    let named = url.split(['?', '&']).any(|part| part.starts_with("password="));
    if authority.matches('@').count() > 1 || named || url::Url::parse(url).is_err() {
        return "its address or password cannot be read with certainty (an @ or / in the password is written %40 or %2F)"
            .to_owned();
    }
    match authority.rsplit_once('@').and_then(|(user, _)| user.split_once(':')) {
        Some((_, password)) if !password.is_empty() => words.replace(password, "…"),
        _ => words.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(url: &str, words: &str) -> (Unusable, String) {
        match turned_away(url, words) {
            StoreError::Unusable(kind, sentence) => (kind, sentence),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn a_server_that_turns_us_away_is_told_without_the_password() {
        let url = "postgres://keel:s3cret@db.example:5433/evenkeel";
        let cases = [
            ("connection to server at \"db\"\n\tfailed: Connection refused", Unusable::Unreachable),
            ("FATAL: password authentication failed for user \"keel\"", Unusable::Refused),
            ("FATAL: database \"evenkeel\" does not exist", Unusable::Refused),
            ("FATAL: role \"keel\" does not exist", Unusable::Refused),
            ("invalid sslmode value: s3cret", Unusable::Refused),
        ];
        for (words, kind) in cases {
            let (found, sentence) = told(url, words);
            assert_eq!(found, kind, "{sentence}");
            assert!(sentence.starts_with("PostgreSQL at db.example:5433/evenkeel cannot be used: "));
            assert!(!sentence.contains("s3cret") && !sentence.contains('\n'), "{sentence}");
        }
    }

    #[test]
    fn nothing_is_repeated_of_an_address_that_can_be_read_in_two_ways() {
        for url in [
            "postgres://keel:pa@ss@db.example/evenkeel",
            "postgres://keel:pa/ss@db.example/evenkeel",
            "postgres://keel@db.example/evenkeel?password=pa-ss",
        ] {
            let (_, sentence) = told(url, "could not translate host name \"ss@db.example\" of pa-ss");
            assert!(!sentence.contains("ss@") && !sentence.contains("pa-ss"), "{sentence}");
        }
    }
}
