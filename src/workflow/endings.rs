//! What follows the end of a partnership: after 24 months nobody reads its results any more, and by the word of every side
//! everything of it is deleted, at any time.

use chrono::{DateTime, Utc};

use super::own_act::OwnAct;
use super::own_view::refuse_in_a_view;
use super::proposals::{Deed, Proposed, Speaker, propose_in};
use super::tell_person::tell_person;
use super::{Context, Look, Refusal, expect_version};
use crate::domain::ids::PartnershipId;
use crate::domain::partnership::PartnershipState;
use crate::domain::proposal::clean_reason;
use crate::store::{Conn, cycles, endings, meta, partnerships, removal, scrub};

/// Who does what only time brings about, in the audit log.
const CLOCK: &str = "clock";

/// Takes the results of partnerships that ended 24 months ago from their readers, and sees to removals that a stop of the
/// process left half-cleaned.
pub async fn look_after(ctx: &Context, now: DateTime<Utc>) -> Result<Look, Refusal> {
    let (due, scrubs) = ctx
        .store
        .read(move |conn| Ok::<_, Refusal>((endings::due(conn, now)?, scrub::is_wanted(conn)?)))
        .await?;
    let mut look = Look::default();
    for id in due {
        let done = ctx.store.decide(move |conn| {
            let shelved = endings::shelve(conn, id, now)?;
            if shelved {
                meta::audit(conn, CLOCK, "partnership shelved", &id.to_string(), now)?;
            }
            Ok(shelved)
        });
        look.note("taking an ended partnership from its readers", id, done.await);
    }
    if scrubs {
        clean_up(ctx).await;
    }
    Ok(look)
}

/// Overwrites what a removal left in the files of the database; what cannot be done now is done with a later tick.
pub(super) async fn clean_up(ctx: &Context) {
    match ctx.store.scrub().await {
        Ok(true) => {
            if let Err(error) = ctx.store.write_tx(scrub::done).await {
                tracing::warn!(%error, "that a removal was cleaned up after was not noted; it is cleaned again");
            }
        }
        Ok(false) => tracing::info!("a reader keeps old pages; they are cleaned with a later tick"),
        Err(error) => {
            tracing::warn!(%error, "a removal was not cleaned up after; tried again with the next tick");
        }
    }
}

/// Removes a partnership that never had a cycle; one that had is proposed for removal, because what came of it belongs to
/// every side. Only one who speaks for no single side (`whole`) removes without asking.
pub async fn remove_partnership(
    ctx: &Context,
    speaker: Speaker,
    whole: bool,
    id: PartnershipId,
    (expected, reason): (Option<&[String]>, &str),
    now: DateTime<Utc>,
) -> Result<Proposed, Refusal> {
    let reason = clean_reason(reason).map_err(|e| Refusal::field("reason", e))?;
    let expected = expected.map(<[String]>::to_vec);
    ctx.store
        .decide(move |conn| {
            let before = partnerships::find(conn, id)?.ok_or(Refusal::NotFound)?;
            refuse_in_a_view(&before)?;
            let sides = partnerships::sides(conn, id)?;
            expect_version(expected.as_deref(), &(&before, &sides))?;
            if whole && partnerships::remove_unused(conn, id)? {
                meta::audit(conn, &speaker.actor, "partnership removed", &id.to_string(), now)?;
                return Ok(Proposed::Done);
            }
            propose_in(conn, &speaker, id, &Deed::DeletePartnership, reason, now).map(Proposed::Waits)
        })
        .await
}

/// Removes everything of a partnership, in the transaction of the last yes. Its managers are told first, while it is known who
/// they were.
pub(super) fn remove_everything(
    conn: &mut Conn,
    actor: &str,
    id: PartnershipId,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let found = partnerships::find(conn, id)?.ok_or(Refusal::NotFound)?;
    for cycle in cycles::open_of(conn, &[id])? {
        cycles::hold(conn, cycle.id)?;
    }
    if found.state != PartnershipState::Ended {
        endings::end(conn, id, now)?;
    }
    let managers: Vec<_> =
        partnerships::managers(conn, id)?.into_iter().map(|(_, person)| person.id).collect();
    removal::partnership_with_everything(conn, id, now)?;
    for person in managers {
        let mark = format!("deleted:{}", now.timestamp());
        tell_person(conn, person, (None, actor, &mark), OwnAct::Deleted { name: found.name.clone() }, now)?;
    }
    scrub::want(conn)?;
    Ok(())
}
