//! What can go wrong in the store, in the three kinds that callers treat differently.

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
    /// The database cannot be reached or its content cannot be read.
    #[error("the database failed: {0}")]
    Broken(String),
}

impl StoreError {
    /// Content of the database that the program cannot read.
    pub fn unreadable(what: &str, cause: impl std::fmt::Display) -> Self {
        Self::Broken(format!("{what} in the database cannot be read: {cause}"))
    }
}

/// What databases say of trouble that passes by itself: a lock, or a server that ends and starts.
const PASSING: [&str; 7] = [
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
            other => Self::Broken(other.to_string()),
        }
    }
}
