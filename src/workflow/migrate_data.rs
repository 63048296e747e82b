//! Moves everything from `SQLite` to `PostgreSQL`. The old database stays as it was, but sends no letter any more: two
//! databases that both send would double every mail.

use chrono::{DateTime, Utc};

use crate::store::transfer::{Moved, NotMoved, transfer};
use crate::store::{Location, Store, sending};

/// Copies, compares, and pauses the sending of the source. Blocks while it works.
///
/// # Errors
/// [`NotMoved`]; then nothing has changed on either side.
pub async fn migrate_data(from: Location, to: Location, now: DateTime<Utc>) -> Result<Vec<Moved>, NotMoved> {
    let source = from.clone();
    let work = tokio::task::spawn_blocking(move || transfer(&source, &to));
    let moved =
        work.await.map_err(|e| crate::store::StoreError::Broken(format!("the work stopped: {e}")))??;
    let old = Store::open(&from)?;
    let reason = "its data was moved to PostgreSQL, from where letters leave now";
    old.write_tx(move |conn| sending::pause(conn, reason, now)).await?;
    Ok(moved)
}
