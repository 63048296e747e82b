//! Moves everything from `SQLite` to `PostgreSQL`. The old database stays as it was, but sends no letter any more: two
//! databases that both send would double every mail.

use chrono::{DateTime, Utc};

use crate::failpoint;
use crate::store::transfer::{Moved, NotMoved, transfer};
use crate::store::{Location, Store, StoreError, sending};

const REASON: &str = "its data was moved to PostgreSQL, from where letters leave now";

/// Pauses the sending of the source, copies and compares. Where nothing was moved, letters leave from the source as before;
/// whatever happens in between, at most one of the two sends.
///
/// A move that died on its way left the pause behind; the next one takes it over. It never lifts it at the source, since
/// the one that died may have been done already.
///
/// # Errors
/// [`NotMoved`]; then the destination has no content of ours, as before.
pub async fn migrate_data(from: Location, to: Location, now: DateTime<Utc>) -> Result<Vec<Moved>, NotMoved> {
    let old = Store::open(&from)?;
    let paused_here = old.write_tx(move |conn| sending::pause(conn, REASON, now)).await?;
    let for_the_move = old.read(sending::paused).await?.is_some_and(|pause| pause.reason == REASON);
    drop(old);
    failpoint::pass("move-after-pause");
    let source = from.clone();
    let work = tokio::task::spawn_blocking(move || {
        transfer(&source, &to, for_the_move, || failpoint::pass("move-before-commit"))
    });
    let moved = work.await.map_err(|e| StoreError::Broken(format!("the work stopped: {e}")))?;
    if moved.is_err() && paused_here {
        let old = Store::open(&from)?;
        old.write_tx(move |conn| sending::resume(conn, "migrate-data", now)).await?;
    }
    failpoint::pass("move-after-commit");
    moved
}
