//! What an administrator decides about letters that wait for a person.

use chrono::{DateTime, Utc};

use super::{Context, Refusal};
use crate::store::meta;
use crate::store::outbox::desk::{self, Decision, Which};

/// Decides about one letter, or about the reminders that are only counted; gives how many changed.
///
/// # Errors
/// State, when there was nothing left to decide: the letter went on meanwhile, or its time is over.
pub async fn decide(
    ctx: &Context,
    actor: String,
    which: Which,
    decision: Decision,
    now: DateTime<Utc>,
) -> Result<usize, Refusal> {
    ctx.store
        .decide(move |conn| {
            let changed = desk::decide(conn, which, decision, now)?;
            if changed.is_empty() {
                return Err(Refusal::State(refused(decision).to_owned()));
            }
            let act = match decision {
                Decision::Again => "letter sent again",
                Decision::Arrived => "letter taken as arrived",
                Decision::Aside => "letter set aside",
            };
            for id in &changed {
                meta::audit(conn, &actor, act, &id.to_string(), now)?;
            }
            Ok(changed.len())
        })
        .await
}

const fn refused(decision: Decision) -> &'static str {
    match decision {
        Decision::Again => {
            "It cannot be sent again: it has gone on meanwhile, its time is over, or it is a sign-in letter, which is \
             asked for anew."
        }
        Decision::Arrived => "Only a letter in doubt can have arrived, and this one has gone on meanwhile.",
        Decision::Aside => "It has gone on meanwhile.",
    }
}
