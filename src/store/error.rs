//! What can go wrong in the store, in the kinds that callers treat differently.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// A failed read or write.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The row exists already, or another row stands in the way: nothing was written.
    #[error("something with the same {0} exists already")]
    Conflict(String),
    /// The database is locked or out of connections for now: try again.
    #[error("the database is busy ({0}); try again in a moment")]
    Busy(String),
    /// There is no room on the database's disk: nothing was written, reading goes on.
    #[error("the disk of the database is full ({0}): make room there; nothing else is needed")]
    Full(String),
    /// It cannot be opened as it is; the sentence says why and the way out.
    #[error("{1}")]
    Unusable(Unusable, String),
    /// The database cannot be reached or its content cannot be read.
    #[error("the database failed: {0}")]
    Broken(String),
}

/// Why a database cannot be opened as it is: what stands there decides what whoever starts the program can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// Its file or folder cannot be made or written.
    Unwritable,
    /// Its file holds no database, or a broken one.
    NoDatabase,
    /// It was written by a newer version of the program.
    Newer,
    /// Its server turns us away: user, password, name or an option of the address.
    Refused,
    /// Its server does not answer.
    Unreachable,
    /// Another server of ours has it, or it is being exchanged.
    Taken,
}

/// How either database says that its disk is full; neither gives diesel a code for it. The last two are what is said when
/// `SQLite` gave up a transaction for it, and the attempt to roll back hides the cause.
const FULL: [&str; 4] =
    ["database or disk is full", "No space left on device", "no such savepoint", "no transaction is active"];

impl StoreError {
    /// Content of the database that the program cannot read.
    pub fn unreadable(what: &str, cause: impl std::fmt::Display) -> Self {
        Self::Broken(format!("{what} in the database cannot be read: {cause}"))
    }

    /// A failure that is known by its words only.
    pub(super) fn classed(words: String) -> Self {
        if FULL.iter().any(|full| words.contains(full)) { Self::Full(words) } else { Self::Broken(words) }
    }

    /// The same for another one who waits for the same thing: a shared commit fails for everybody.
    pub(super) fn shared(&self, what: &str) -> Self {
        match self {
            Self::Full(words) => Self::Full(words.clone()),
            other => Self::Busy(format!("{what}{other}")),
        }
    }
}

/// What databases say of trouble that passes by itself: a lock, or a server that ends and starts.
const PASSING: [&str; 8] = [
    "lock timeout",
    "locked",
    "deadlock",
    "terminating connection",
    "server closed the connection",
    "no connection to the server",
    "is shutting down",
    "is starting up",
];

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        match error {
            DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, info) => {
                Self::Conflict(info.constraint_name().unwrap_or_else(|| info.message()).to_owned())
            }
            DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, info) => {
                Self::Busy(info.message().to_owned())
            }
            DieselError::DatabaseError(
                DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand,
                info,
            ) => Self::Busy(info.message().to_owned()),
            DieselError::DatabaseError(_, info)
                if PASSING.iter().any(|words| info.message().contains(words)) =>
            {
                Self::Busy(info.message().to_owned())
            }
            // A rollback that failed hides why it was tried.
            DieselError::RollbackErrorOnCommit { commit_error, .. } => Self::from(*commit_error),
            other => Self::classed(other.to_string()),
        }
    }
}
