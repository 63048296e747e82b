//! Who of a side is known by a label: its manager writes the list.

use chrono::{DateTime, Utc};

use super::super::members::{self, Carried, MembersPlan, OpenCycles, Place, RawMember};
use super::super::proposals::Speaker;
use super::super::{ActsFor, Context, Refusal};
use crate::domain::ids::PartnershipId;
use crate::domain::partnership::Role;
use crate::store::{Conn, StoreError, partnerships};

/// Makes these the people of the speaker's side who are known by a label: others of them leave. Cycles that are open keep the
/// people they opened with.
///
/// # Errors
/// Fields `members[N].label`, counted from 0; nothing is there for whoever speaks for no side.
pub async fn set_labels(
    ctx: &Context,
    speaker: Speaker,
    id: PartnershipId,
    labels: Vec<String>,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let side = speaker.side.ok_or(Refusal::NotFound)?;
    let read = move |conn: &mut Conn| {
        Ok::<_, StoreError>((partnerships::sides(conn, id)?, partnerships::members(conn, id)?))
    };
    let (sides, known) = ctx.store.read(read).await?;
    let raw = |label: String| RawMember {
        label: Some(label),
        side: Some(side.to_string()),
        roles: vec![Role::Respondent.to_string()],
        ..RawMember::default()
    };
    let acts_for = ActsFor::Sides(vec![side]);
    let raw = labels.into_iter().enumerate().map(|(n, label)| (Place::Entry(n), raw(label))).collect();
    let entries = members::parse(&sides, &acts_for, raw)?;
    let stays = |key: &str| entries.iter().any(|own| own.email == key);
    let leave = known
        .iter()
        .filter(|(own, person)| own.side_id == Some(side) && person.address().is_none())
        .filter(|(_, person)| !stays(&person.email))
        .map(|(_, person)| person.id)
        .collect();
    let plan = MembersPlan { leave, ..MembersPlan::adding(id, acts_for, entries) }.with(OpenCycles::Keep);
    match members::carry_out(ctx, speaker, plan, (None, ""), now).await? {
        Carried::Done(_) | Carried::Waits(_) => Ok(()),
    }
}
