//! Erasing a person: everything that tells who they were goes, what they took part in stays.
//!
//! Law: figures that were frozen never change, and the drift of later cycles comes out the same, because the person's answers
//! stay as values of one respondent whom nobody knows. What a deletion leaves in the database's files is written over right
//! after it ([`compact`]), again after a crash. Called by the API and by the page of a person, for administrators only.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::succession::{Managed, settle_and_tell};
use super::{Context, Look, Refusal, expect_version, save_response};
use crate::domain::ids::{MemberId, PersonId};
use crate::domain::mode::Mode;
use crate::secrets::Key;
use crate::store::{Conn, StoreError, ballots, cycles, erasure, invitations, meta, people, remarks, unnamed};

/// Set while files of the database may still hold what was erased.
const DUE: &str = "compact_due";

/// What an erasure came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Erased {
    /// Nothing knew the person: the row is gone.
    Removed,
    /// The person is unknown from now on. The memberships that were the last active manager of their side are named: its
    /// sponsor inherits, or an administrator appoints somebody.
    Unknown(Vec<MemberId>),
}

/// Erases a person.
///
/// # Errors
/// Not found; changed since it was read; the only administrator.
pub async fn erase_person(
    ctx: &Context,
    actor: &str,
    id: PersonId,
    expected: Option<&[String]>,
    now: DateTime<Utc>,
) -> Result<Erased, Refusal> {
    let (actor, expected) = (actor.to_owned(), expected.map(<[String]>::to_vec));
    let key = ctx.key.clone();
    ctx.store
        .decide(move |conn| {
            let person = people::known(conn, id)?.ok_or(Refusal::NotFound)?;
            expect_version(expected.as_deref(), &person)?;
            if person.administrator && people::administrators(conn)? == 1 {
                return Err(Refusal::State(
                    "This is the only administrator. Name another one first.".to_owned(),
                ));
            }
            let erased = if people::remove_unused(conn, id)? {
                meta::audit(conn, &actor, "person removed", &id.to_string(), now)?;
                Erased::Removed
            } else {
                Erased::Unknown(erase(conn, &key, &actor, &person, now)?)
            };
            meta::set(conn, DUE, &now.to_rfc3339())?;
            Ok(erased)
        })
        .await
}

fn erase(
    conn: &mut Conn,
    key: &Key,
    actor: &str,
    person: &people::Person,
    now: DateTime<Utc>,
) -> Result<Vec<MemberId>, Refusal> {
    leave_open_cycles(conn, key, person.id)?;
    let memberships = erasure::memberships(conn, person.id)?;
    let left = erasure::left_without_manager(conn, &memberships)?;
    let mut before = BTreeMap::new();
    for own in &memberships {
        before.insert(own.partnership_id, Managed::read(conn, own.partnership_id)?);
    }
    for own in &memberships {
        erasure::unlink_answers(conn, own, now)?;
        remarks::remove_of(conn, own.id)?;
    }
    erasure::end_links(conn, person.id)?;
    erasure::end_everything(conn, person.id, now)?;
    erasure::clear_letters(conn, person, now)?;
    unnamed::clear_texts(conn, person)?;
    erasure::tombstone(conn, person.id, now)?;
    meta::audit(conn, actor, "person erased", &person.id.to_string(), now)?;
    for (partnership, before) in &before {
        settle_and_tell(conn, actor, *partnership, before, now)?;
    }
    for member in &left {
        meta::audit(conn, actor, "side left without manager", &member.to_string(), now)?;
    }
    Ok(left)
}

/// Invitations to open cycles are taken back together with what was saved. An anonymous answer that was sent cannot be found
/// by anybody: it stays, and its invitation is still counted.
fn leave_open_cycles(conn: &mut Conn, key: &Key, person: PersonId) -> Result<(), StoreError> {
    for (invitation, id) in erasure::open_invitations(conn, person)? {
        cycles::hold(conn, id)?;
        let Some(cycle) = cycles::find(conn, id)? else { continue };
        if cycle.mode == Mode::Anonymous {
            ballots::shut(conn, id)?;
            let Some(invitation) = invitations::of_person(conn, id, person)? else { continue };
            if !save_response::take_back_ballot(conn, key, &cycle, &invitation)? {
                continue;
            }
        } else {
            invitations::hold(conn, invitation.id)?;
        }
        erasure::withdraw(conn, invitation.id)?;
    }
    Ok(())
}

/// Writes over what erasures left behind in the files of the database. It rewrites them, and others wait meanwhile.
pub async fn compact(ctx: &Context) -> Result<Look, Refusal> {
    let mut look = Look::default();
    let due = ctx.store.read(|conn| meta::get(conn, DUE)).await?.filter(|due| !due.is_empty());
    if let Some(due) = due {
        look.note("writing over what was erased at", due.clone(), compact_now(ctx, due).await);
    }
    Ok(look)
}

async fn compact_now(ctx: &Context, due: String) -> Result<bool, Refusal> {
    if !ctx.store.compact().await? {
        return Ok(false);
    }
    ctx.store
        .write_tx(move |conn| {
            // Another erasure meanwhile asks for another round.
            if meta::get(conn, DUE)?.is_some_and(|now| now == due) {
                meta::set(conn, DUE, "")
            } else {
                Ok(())
            }
        })
        .await?;
    tracing::info!("what was erased is written over");
    Ok(true)
}
