//! The one thread that writes to `SQLite`.
//!
//! Pieces of work queue up; those that wait together run in one transaction (`BEGIN IMMEDIATE`), each in a savepoint of
//! its own, so that one failing piece takes nothing else with it. Every caller is answered after the shared commit.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use tokio::sync::oneshot;

use super::conn::{Conn, in_transaction};
use super::error::StoreError;
use super::location::Location;

/// How many pieces share a commit at the most, so that the first does not wait for ever.
const BATCH: usize = 64;
/// How many may wait before new ones are turned away.
const WAITING: usize = 4096;
/// What is written lies all over the file: this connection keeps 8 MiB of its pages, where a reader keeps 1 MiB, which it loses with
/// every commit of somebody else. The log is carried over into the file after 16 MiB instead of 4: pages that are written again and again
/// go over once, and campaigns and saved answers are a tenth faster. What a savepoint would need to be rolled back stays in memory, of
/// which a piece of work takes a few pages; otherwise every page that a piece changes would be written to a file for that first.
const ROOMY: &str = "PRAGMA cache_size = -8000; PRAGMA wal_autocheckpoint = 4000; PRAGMA temp_store = MEMORY";

/// Told after the commit whether it happened.
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// A write that waits for its turn.
trait Piece: Send {
    /// Runs it in a savepoint; gives back how to answer its caller, and whether it went wrong.
    fn run(self: Box<Self>, conn: &mut Conn) -> (Answer, bool);
    /// Answers its caller without running it.
    fn refuse(self: Box<Self>, why: StoreError);
}

struct Job<T, E, F> {
    work: F,
    caller: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Piece for Job<T, E, F>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
    F: FnOnce(&mut Conn) -> Result<T, E> + Send,
{
    fn run(self: Box<Self>, conn: &mut Conn) -> (Answer, bool) {
        let Self { work, caller } = *self;
        let outcome = in_savepoint(conn, work);
        let failed = outcome.is_err();
        let answer: Answer = Box::new(move |committed| {
            // The caller may have gone away (a closed browser); the write stands all the same.
            drop(caller.send(outcome.and_then(|value| committed.map(|()| value).map_err(E::from))));
        });
        (answer, failed)
    }

    fn refuse(self: Box<Self>, why: StoreError) {
        drop(self.caller.send(Err(why.into())));
    }
}

/// The queue in front of the writing thread. Dropping it ends the thread after the queue is empty.
pub(super) struct Writer {
    queue: mpsc::SyncSender<Box<dyn Piece>>,
}

impl Writer {
    pub(super) fn start(location: Location, first: Conn) -> Result<Self, StoreError> {
        let (queue, pieces) = mpsc::sync_channel::<Box<dyn Piece>>(WAITING);
        std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || {
                let mut conn = roomy(first).ok();
                while let Ok(first) = pieces.recv() {
                    let batch = std::iter::once(first).chain(pieces.try_iter().take(BATCH - 1)).collect();
                    serve(&location, &mut conn, batch);
                }
            })
            .map_err(|e| StoreError::Broken(format!("cannot start the writing thread: {e}")))?;
        Ok(Self { queue })
    }

    pub(super) async fn submit<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    {
        let (caller, told) = oneshot::channel();
        let stopped = || StoreError::Broken("the writing thread has stopped".to_owned());
        self.queue.try_send(Box::new(Job { work, caller })).map_err(|e| match e {
            mpsc::TrySendError::Full(_) => StoreError::Busy("too many writes are waiting".to_owned()),
            mpsc::TrySendError::Disconnected(_) => stopped(),
        })?;
        told.await.map_err(|_| stopped())?
    }
}

/// Runs one piece in a savepoint; a panic becomes an error and is rolled back like one.
fn in_savepoint<T, E: From<StoreError>>(
    conn: &mut Conn,
    work: impl FnOnce(&mut Conn) -> Result<T, E>,
) -> Result<T, E> {
    in_transaction(conn, |conn| {
        let depth = depth(conn)?;
        catch_unwind(AssertUnwindSafe(|| work(conn))).unwrap_or_else(|_| {
            leave_savepoints(conn, depth)?;
            Err(StoreError::Broken("a write panicked and was rolled back".to_owned()).into())
        })
    })
}

/// How many transactions and savepoints are open.
fn depth(conn: &mut Conn) -> Result<u32, StoreError> {
    let mut depth = 0;
    on_sqlite(conn, |c| {
        depth = AnsiTransactionManager::transaction_manager_status_mut(c)
            .transaction_depth()?
            .map_or(0, u32::from);
        Ok(())
    })?;
    Ok(depth)
}

/// Rolls back the savepoints that a panic left open; otherwise the rollback that follows would end one of those instead
/// of the piece's own, and the batch would never be committed.
fn leave_savepoints(conn: &mut Conn, until: u32) -> Result<(), StoreError> {
    while depth(conn)? > until {
        on_sqlite(conn, AnsiTransactionManager::rollback_transaction)?;
    }
    Ok(())
}

/// Runs a batch, on a fresh connection when the last one broke.
fn serve(location: &Location, conn: &mut Option<Conn>, batch: Vec<Box<dyn Piece>>) {
    let open = match conn.take() {
        Some(open) => Ok(open),
        None => location.open().and_then(roomy),
    };
    match open {
        Ok(mut open) => {
            if run_batch(&mut open, batch) {
                *conn = Some(open);
            }
        }
        Err(error) => refuse_all(batch, &error),
    }
}

/// `false` when the connection must not be used again: after a full disk it no longer knows whether it is in a
/// transaction.
///
/// `SQLite` gives up the whole transaction when the disk is full, what earlier pieces wrote included. What would run after
/// that would be committed by itself, so that the rest is refused.
fn run_batch(conn: &mut Conn, batch: Vec<Box<dyn Piece>>) -> bool {
    if let Err(error) = on_sqlite(conn, |c| {
        AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE; SAVEPOINT batch")
    }) {
        refuse_all(batch, &error);
        return matches!(error, StoreError::Busy(_));
    }
    let mut answers = Vec::with_capacity(batch.len());
    let mut pieces = batch.into_iter();
    let mut open = Ok(());
    for piece in pieces.by_ref() {
        let (answer, failed) = piece.run(conn);
        answers.push(answer);
        if failed {
            // Succeeds only inside the transaction that was begun above.
            open = on_sqlite(conn, |c| c.batch_execute("RELEASE batch; SAVEPOINT batch"));
        }
        if open.is_err() {
            break;
        }
    }
    let committed = open.and_then(|()| on_sqlite(conn, AnsiTransactionManager::commit_transaction));
    for answer in answers {
        answer(match &committed {
            Ok(()) => Ok(()),
            Err(error) => Err(error.shared("the write could not be committed: ")),
        });
    }
    if let Err(error) = &committed {
        refuse_all(pieces.collect(), error);
    }
    committed.is_ok()
}

fn roomy(mut conn: Conn) -> Result<Conn, StoreError> {
    on_sqlite(&mut conn, |c| c.batch_execute(ROOMY))?;
    Ok(conn)
}

fn refuse_all(batch: Vec<Box<dyn Piece>>, error: &StoreError) {
    for piece in batch {
        piece.refuse(error.shared(""));
    }
}

fn on_sqlite(
    conn: &mut Conn,
    act: impl FnOnce(&mut SqliteConnection) -> QueryResult<()>,
) -> Result<(), StoreError> {
    match conn {
        Conn::Sqlite(inner) => act(inner).map_err(StoreError::from),
        Conn::Postgres(_) => Err(StoreError::Broken("the writing thread is for SQLite only".to_owned())),
    }
}
