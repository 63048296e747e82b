//! The connection to either database, and the two doors through which everything goes: [`Store::read`] and
//! [`Store::write_tx`].
//!
//! `SQLite` has several readers and one writer thread. Writes that wait together share one commit, each in a savepoint of
//! its own, and are answered only after that commit: a slow disk then costs one sync per batch, not one per answer.
//! `PostgreSQL` runs reads and writes on a pool. Closures therefore own their data and are `Send`.

use std::sync::Arc;
use std::time::Duration;

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::r2d2::{ManageConnection, Pool};
use diesel::sqlite::SqliteConnection;

use super::error::StoreError;
use super::location::{InUse, Location};
use super::migrate::migrate;
use super::request;
use super::writer::Writer;

const CONNECTIONS: u32 = 8;
/// The tables in which something about a person stands.
const PERSONAL: [&str; 19] = [
    "ballot",
    "person",
    "member",
    "invitation",
    "response",
    "letter",
    "letter_body",
    "notice",
    "session",
    "login_request",
    "organisation_role",
    "proposal",
    "proposal_answer",
    "pseudonym",
    "idempotency",
    "remark",
    "discussion",
    "action",
    "acceptance",
];

/// A connection to the database that the configuration names.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    /// The built-in database.
    Sqlite(SqliteConnection),
    /// A database server.
    Postgres(PgConnection),
}

/// Opens and checks connections for the pool. Diesel's own manager would try one engine after the other and hide the cause.
#[derive(Debug)]
struct Manager(Location);

impl ManageConnection for Manager {
    type Connection = Conn;
    type Error = StoreError;

    fn connect(&self) -> Result<Conn, StoreError> {
        self.0.open()
    }

    fn is_valid(&self, conn: &mut Conn) -> Result<(), StoreError> {
        diesel::sql_query("SELECT 1").execute(conn).map(drop).map_err(StoreError::from)
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        use diesel::r2d2::R2D2Connection;
        std::thread::panicking() || conn.is_broken()
    }
}

/// The database. Cheap to clone; all clones share the pool and the writer.
#[derive(Clone)]
pub struct Store {
    pool: Pool<Manager>,
    /// Only for `SQLite`, where there is one writer; `PostgreSQL` writes on the pool.
    writer: Option<Arc<Writer>>,
    location: Location,
    /// Says beside a database file that it is in use.
    _using: Option<Arc<InUse>>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.writer.is_some() { "Store(SQLite)" } else { "Store(PostgreSQL)" })
    }
}

impl Store {
    /// Migrates the database and opens it.
    ///
    /// # Errors
    /// Unusable, with the way out, when it cannot be opened as it is or was written by a newer version of the program;
    /// full or broken when it cannot be migrated.
    pub fn open(location: &Location) -> Result<Self, StoreError> {
        let using = location.prepare()?.map(Arc::new);
        let mut first = location.open()?;
        migrate(&mut first).map_err(|e| location.explained(e))?;
        let writer = match location {
            Location::Sqlite(_) => Some(Arc::new(Writer::start(location.clone(), first)?)),
            Location::Postgres(_) => None,
        };
        let pool = Pool::builder()
            .max_size(CONNECTIONS)
            .min_idle(Some(1))
            .connection_timeout(Duration::from_secs(10))
            .test_on_check_out(writer.is_none())
            .build(Manager(location.clone()))
            .map_err(|e| StoreError::Broken(format!("cannot open the database: {e}")))?;
        Ok(Self { pool, writer, location: location.clone(), _using: using })
    }

    /// Whether other processes may work on this database at the same time.
    pub fn is_shared(&self) -> bool {
        self.writer.is_none()
    }

    /// Runs a read on the blocking pool, in one transaction that sees the database as it was at its first look, so that all
    /// it sees belongs together. It may not write.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    {
        self.on_pool(|conn| {
            one_snapshot(conn).map_err(StoreError::from)?;
            work(conn)
        })
        .await
    }

    /// Runs a read of one statement that finds its rows by key or index, without a transaction around it.
    ///
    /// `SQLite` answers such a read within microseconds and, with its log written ahead, lets it wait for nobody; so it runs
    /// where it is asked, and the way to another thread and back, which would cost more than the read, is saved.
    pub async fn look<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    {
        if self.writer.is_some()
            && let Some(mut conn) = self.pool.try_get()
        {
            return work(&mut conn);
        }
        self.with_connection(work).await
    }

    /// The same for a few rows found by key that must belong together: in a transaction, like [`Store::read`], where it is asked,
    /// like [`Store::look`].
    pub async fn read_few<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    {
        if self.writer.is_some() {
            self.look(|conn| in_transaction(conn, work)).await
        } else {
            self.read(work).await
        }
    }

    /// Runs a write in a transaction: all of it happens, or none. The answer comes after the commit.
    ///
    /// The closure may answer with an error of its own; then nothing of it was written.
    pub async fn write_tx<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    {
        let work = for_this_request(work);
        match &self.writer {
            Some(writer) => writer.submit(work).await,
            None => self.on_pool(work).await,
        }
    }

    /// The same for a write that decides by what it reads: no two of these run at the same time, in whichever process, so
    /// that what one has read still holds when it writes. Answers and letters, which come by the thousand, do without.
    pub async fn decide<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    {
        let work = for_this_request(work);
        match &self.writer {
            // One thread writes there anyway.
            Some(writer) => writer.submit(work).await,
            None => {
                self.on_pool(|conn| {
                    take_turns(conn).map_err(StoreError::from)?;
                    work(conn)
                })
                .await
            }
        }
    }

    /// Gives up what the files of the database still hold of removed rows; `false` when it must be tried again.
    pub async fn scrub(&self) -> Result<bool, StoreError> {
        self.with_connection(super::scrub::scrub).await
    }

    /// Brings everything that was written into the database's file and empties the log beside it, so that what was written
    /// over is in neither; `false` when somebody was reading or writing: try again later. A database server keeps its log
    /// to itself.
    pub async fn empty_log(&self) -> Result<bool, StoreError> {
        let location = self.location.clone();
        if !matches!(location, Location::Sqlite(_)) {
            return Ok(true);
        }
        let work = tokio::task::spawn_blocking(move || match location.open()? {
            Conn::Sqlite(mut conn) => checkpoint(&mut conn).map_err(StoreError::from),
            Conn::Postgres(_) => Ok(true),
        });
        work.await.map_err(|e| StoreError::Broken(format!("a piece of work stopped: {e}")))?
    }

    /// Writes the files of the database anew, so that nothing of deleted rows is left in them; `false` when somebody holds
    /// them: try again later. On `PostgreSQL` the tables that hold names, addresses and answers, one after the other.
    pub async fn compact(&self) -> Result<bool, StoreError> {
        let location = self.location.clone();
        let work = tokio::task::spawn_blocking(move || match location.open()? {
            Conn::Sqlite(mut conn) => {
                diesel::connection::SimpleConnection::batch_execute(&mut conn, "VACUUM")?;
                checkpoint(&mut conn).map_err(StoreError::from)
            }
            Conn::Postgres(mut conn) => {
                use diesel::connection::SimpleConnection;
                conn.batch_execute("SET lock_timeout = '2s'")?;
                for table in PERSONAL {
                    conn.batch_execute(&format!("VACUUM (FULL) {table}"))?;
                }
                Ok(true)
            }
        });
        work.await.map_err(|e| StoreError::Broken(format!("a piece of work stopped: {e}")))?
    }

    async fn on_pool<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    {
        self.with_connection(|conn| in_transaction(conn, work)).await
    }

    async fn with_connection<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    {
        let pool = self.pool.clone();
        let task = tokio::task::spawn_blocking(move || {
            let mut conn = pool.get().map_err(|e| StoreError::Busy(e.to_string()))?;
            work(&mut conn)
        });
        task.await.map_err(|e| StoreError::Broken(format!("a piece of work stopped: {e}")))?
    }
}

/// The same work, which knows on whichever thread for which request it is done.
fn for_this_request<T, E>(
    work: impl FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
) -> impl FnOnce(&mut Conn) -> Result<T, E> + Send + 'static {
    let asked = request::asked();
    move |conn: &mut Conn| request::on_behalf(asked, || work(conn))
}

/// Writers wait while this waits for readers, so that it does so only shortly.
fn checkpoint(conn: &mut SqliteConnection) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Told {
        #[diesel(sql_type = diesel::sql_types::Integer)]
        busy: i32,
    }
    diesel::connection::SimpleConnection::batch_execute(conn, "PRAGMA busy_timeout = 500")?;
    let told: Told = diesel::sql_query("PRAGMA wal_checkpoint(TRUNCATE)").get_result(conn)?;
    Ok(told.busy == 0)
}

/// Makes the transaction that has just begun a read of one snapshot. `SQLite` readers have one anyway; `PostgreSQL` would
/// otherwise look afresh with every statement.
fn one_snapshot(conn: &mut Conn) -> QueryResult<()> {
    match conn {
        Conn::Sqlite(_) => Ok(()),
        Conn::Postgres(inner) => {
            diesel::sql_query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                .execute(inner)
                .map(drop)
        }
    }
}

/// Waits for other deciding writes of this database, until the end of this transaction.
fn take_turns(conn: &mut Conn) -> QueryResult<()> {
    match conn {
        Conn::Sqlite(_) => Ok(()),
        Conn::Postgres(inner) => {
            diesel::sql_query("SELECT pg_advisory_xact_lock(7311423478)").execute(inner).map(drop)
        }
    }
}

/// A transaction (or a savepoint inside one) around work that has an error type of its own: all of the work happens, or
/// none.
pub fn in_transaction<T, E: From<StoreError>>(
    conn: &mut Conn,
    work: impl FnOnce(&mut Conn) -> Result<T, E>,
) -> Result<T, E> {
    // Kept here, so that a rollback that fails does not hide why it was tried.
    let mut cause = None;
    let done = conn.transaction(|conn| {
        work(conn).map_err(|error| {
            cause = Some(error);
            diesel::result::Error::RollbackTransaction
        })
    });
    done.map_err(|error| cause.take().unwrap_or_else(|| StoreError::from(error).into()))
}
