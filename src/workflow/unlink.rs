//! What is left to do after an anonymous cycle has ended: writing over the bytes that its answers left behind.
//!
//! Law: the transaction that ends the cycle takes the answers away from their links and notes that traces are due; this follows
//! with the same tick, and again with every tick until it has succeeded, whatever ended the service in between. Called by
//! [`crate::worker::Worker`].

use super::{Context, Look, Refusal};
use crate::store::{StoreError, ballots};

/// Writes over what the answers of ended anonymous cycles left in the database's file and log.
pub async fn wipe_traces(ctx: &Context) -> Result<Look, Refusal> {
    let mut look = Look::default();
    let due = ctx.store.read::<_, StoreError, _>(ballots::due).await?;
    if let Some(first) = due.first().copied() {
        look.note(
            "writing over the traces of anonymous answers, first of cycle",
            first,
            wipe(ctx, due).await,
        );
    }
    Ok(look)
}

async fn wipe(ctx: &Context, due: Vec<crate::domain::ids::CycleId>) -> Result<bool, Refusal> {
    ctx.store.write_tx(ballots::rewrite).await?;
    if !ctx.store.empty_log().await? {
        tracing::warn!(
            "the database's log was in use and was not emptied; it is tried again with the next tick"
        );
        return Ok(false);
    }
    let cycles = due.len();
    ctx.store.write_tx(move |conn| ballots::done(conn, &due)).await?;
    tracing::info!(cycles, "traces of anonymous answers written over");
    Ok(true)
}
