//! A note about flags: what was said, or that it was talked about and nothing is to be done.

use chrono::{DateTime, Utc};

use super::super::proposals::Speaker;
use super::super::{Context, Refusal};
use super::{Ground, note_answers};
use crate::domain::ids::{DiscussionId, FlagId};
use crate::domain::review::clean_note;
use crate::store::meta;
use crate::store::reviews::{self, NewDiscussion};

/// Writes a note about flags; an empty text says "discussed, no action".
pub async fn discuss(
    ctx: &Context,
    speaker: Speaker,
    flags: Vec<FlagId>,
    text: &str,
    now: DateTime<Utc>,
) -> Result<DiscussionId, Refusal> {
    let text = clean_note(text).map_err(|e| Refusal::field("text", e))?;
    ctx.store
        .decide(move |conn| {
            let ground = Ground::of(conn, &flags, "also", now)?;
            let new = NewDiscussion {
                partnership: ground.partnership.id,
                cycle: ground.cycle,
                author: &speaker.actor,
                side: speaker.side,
                text: &text,
                flags: &ground.flags,
            };
            let id = reviews::insert_discussion(conn, &new, now)?;
            note_answers(conn, &ground.partnership, &ground.flags, now)?;
            meta::audit(conn, &speaker.actor, "flags discussed", &id.to_string(), now)?;
            Ok(id)
        })
        .await
}
