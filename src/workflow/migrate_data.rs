//! Moves everything from `SQLite` to `PostgreSQL`. The old database stays as it was, but sends no letter any more: two
//! databases that both send would double every mail.

use chrono::{DateTime, Utc};

use crate::store::transfer::{Moved, NotMoved, transfer};
use crate::store::{Location, Store, StoreError, sending};

/// Pauses the sending of the source, copies and compares. Where nothing was moved, letters leave from the source as before;
/// whatever happens in between, at most one of the two sends.
///
/// # Errors
/// [`NotMoved`]; then the destination has no content, as before.
pub async fn migrate_data(from: Location, to: Location, now: DateTime<Utc>) -> Result<Vec<Moved>, NotMoved> {
    let old = Store::open(&from)?;
    let reason = "its data was moved to PostgreSQL, from where letters leave now";
    let paused_here = old.write_tx(move |conn| sending::pause(conn, reason, now)).await?;
    drop(old);
    let source = from.clone();
    let work = tokio::task::spawn_blocking(move || transfer(&source, &to, paused_here));
    let moved = work.await.map_err(|e| StoreError::Broken(format!("the work stopped: {e}")))?;
    if moved.is_err() && paused_here {
        let old = Store::open(&from)?;
        old.write_tx(move |conn| sending::resume(conn, "migrate-data", now)).await?;
    }
    moved
}
