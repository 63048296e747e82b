//! Notices that the clockwork writes by itself: what is due and not written yet, each once, however many processes look.

use chrono::{DateTime, Utc};

use super::{Context, Look, Refusal};
use crate::store::outbox::notices::{self, NewNotice};
use crate::store::{Conn, StoreError};

/// Those that are not written yet.
pub(super) fn unknown(conn: &mut Conn, mut due: Vec<NewNotice>) -> Result<Vec<NewNotice>, StoreError> {
    let keys: Vec<String> = due.iter().map(|own| own.natural_key.clone()).collect();
    let known = notices::known(conn, &keys)?;
    due.retain(|own| !known.contains(&own.natural_key));
    Ok(due)
}

/// Writes them; one that somebody else has written meanwhile stays as it is.
pub(super) async fn write(ctx: &Context, due: Vec<NewNotice>, now: DateTime<Utc>) -> Result<Look, Refusal> {
    let mut look = Look::default();
    if due.is_empty() {
        return Ok(look);
    }
    let written = ctx.store.write_tx(move |conn| -> Result<_, StoreError> {
        let mut written = 0;
        for notice in &due {
            written += usize::from(notices::insert(conn, notice, now)?);
        }
        Ok(written)
    });
    look.done += written.await?;
    Ok(look)
}
