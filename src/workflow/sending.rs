//! An administrator lets letters leave again after the fork guard paused them.

use chrono::{DateTime, Utc};

use super::{Context, Refusal};
use crate::store::sending::{self, Pause};

/// Ends the pause; gives it, or `None` when there was none. What is past its window then expires, the rest is sent.
///
/// # Errors
/// When the database fails.
pub async fn resume(ctx: &Context, actor: &str, now: DateTime<Utc>) -> Result<Option<Pause>, Refusal> {
    let actor = actor.to_owned();
    Ok(ctx.store.decide(move |conn| sending::resume(conn, &actor, now)).await?)
}

/// The pause that is in force.
///
/// # Errors
/// When the database fails.
pub async fn paused(ctx: &Context) -> Result<Option<Pause>, Refusal> {
    Ok(ctx.store.read(sending::paused).await?)
}
