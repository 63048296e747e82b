//! An acceptance: flags are left as they are until a day, because every side has signed for it.

use chrono::{DateTime, NaiveDate, Utc};

use super::super::proposals::Speaker;
use super::super::{Context, Refusal};
use super::{Ground, note_answers, require_life, today};
use crate::domain::ids::{AcceptanceId, FlagId};
use crate::domain::review::{check_day, clean_text};
use crate::store::partnerships::Partnership;
use crate::store::reviews::{self, NewAcceptance};
use crate::store::{Conn, meta, partnerships};

/// An acceptance as it is asked for.
#[derive(Clone, Debug)]
pub struct AcceptanceInput {
    /// Why the flags are left as they are.
    pub reason: String,
    /// Its last day, in the partnership's zone.
    pub until: NaiveDate,
    /// The flags.
    pub flags: Vec<FlagId>,
}

/// Writes an acceptance down and signs it for the speaker's side, if there is one. The other sides sign it for themselves.
pub async fn accept(
    ctx: &Context,
    speaker: Speaker,
    input: AcceptanceInput,
    now: DateTime<Utc>,
) -> Result<AcceptanceId, Refusal> {
    let reason = clean_text(&input.reason).map_err(|e| Refusal::field("reason", e))?;
    ctx.store
        .decide(move |conn| {
            let ground = Ground::of(conn, &input.flags, "also", now)?;
            let until_on = check_day(input.until, ground.today).map_err(|e| Refusal::field("until", e))?;
            let new = NewAcceptance {
                partnership: ground.partnership.id,
                cycle: ground.cycle,
                reason: &reason,
                until_on,
                created_by: &speaker.actor,
                flags: &ground.flags,
            };
            let id = reviews::insert_acceptance(conn, &new, now)?;
            meta::audit(conn, &speaker.actor, "acceptance written", &id.to_string(), now)?;
            signed(conn, &speaker, (id, &ground.partnership), now)?;
            Ok(id)
        })
        .await
}

/// Signs an acceptance for the speaker's side; a second time changes nothing.
pub async fn sign(
    ctx: &Context,
    speaker: Speaker,
    id: AcceptanceId,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    ctx.store
        .decide(move |conn| {
            let found = reviews::find_acceptance(conn, id)?.ok_or(Refusal::NotFound)?;
            let partnership = partnerships::find(conn, found.partnership_id)?.ok_or(Refusal::NotFound)?;
            require_life(&partnership)?;
            if found.until_on < today(&partnership, now) {
                return Err(Refusal::State(
                    "The last day of this acceptance has passed; write a new one.".to_owned(),
                ));
            }
            signed(conn, &speaker, (id, &partnership), now)
        })
        .await
}

fn signed(
    conn: &mut Conn,
    speaker: &Speaker,
    (id, partnership): (AcceptanceId, &Partnership),
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let Some(side) = speaker.side else { return Ok(()) };
    if reviews::sign(conn, id, side, &speaker.actor, now)? {
        let about = reviews::flags_of_acceptance(conn, id)?;
        note_answers(conn, partnership, &about, now)?;
        meta::audit(conn, &speaker.actor, "acceptance signed", &id.to_string(), now)?;
    }
    Ok(())
}
