//! What is behind a link that a side handed out, and behind one in whose place another was issued.

use chrono::{DateTime, Utc};

use super::super::save_response::{self, Form, KeptAsked};
use super::super::{Context, Refusal};
use crate::domain::cycle::InvitationState;
use crate::secrets;
use crate::store::invitations::Invitation;
use crate::store::{Conn, StoreError, cycles, handed};

/// What a link leads to that opens no form.
#[derive(Clone, Debug)]
pub enum Door {
    /// A handed-out link: the form without anything that was saved. It looks the same whether or not somebody has begun.
    Handed(Box<Form>),
    /// A link in whose place another was issued at that moment.
    Replaced(Box<Form>, DateTime<Utc>),
}

/// What is behind such a link; `None` for every link that leads nowhere, whatever the cause.
pub async fn open(ctx: &Context, token: &str) -> Result<Option<Door>, Refusal> {
    let (hash, kept) = (secrets::digest(token), ctx.asked.clone());
    let read = move |conn: &mut Conn| {
        let handed = handed::by_hash(conn, &hash)?;
        if let Some(form) = standing(conn, &kept, handed)? {
            return Ok(Some(Door::Handed(form)));
        }
        let Some((invitation, at)) = handed::former(conn, &hash)? else { return Ok(None) };
        Ok::<_, StoreError>(standing(conn, &kept, Some(invitation))?.map(|form| Door::Replaced(form, at)))
    };
    Ok(ctx.store.read(read).await?)
}

fn standing(
    conn: &mut Conn,
    kept: &KeptAsked,
    invitation: Option<Invitation>,
) -> Result<Option<Box<Form>>, StoreError> {
    let Some(invitation) = invitation.filter(|own| own.state != InvitationState::Withdrawn) else {
        return Ok(None);
    };
    let gone = || StoreError::unreadable("an invitation", "its cycle is gone");
    let cycle = cycles::find(conn, invitation.cycle_id)?.ok_or_else(gone)?;
    Ok(Some(Box::new(save_response::blank(conn, kept, invitation, cycle)?)))
}

/// What came of pressing "Begin".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// The secret of the link that belongs to whoever pressed.
    Own(String),
    /// Somebody has begun with this link before.
    Already,
}

/// Exchanges a handed-out link for a link of one's own, once.
///
/// # Errors
/// Not found for everything that is no such link; the state when no answers are taken.
pub async fn begin(ctx: &Context, token: &str, now: DateTime<Utc>) -> Result<Begun, Refusal> {
    let (hash, key) = (secrets::digest(token), ctx.key.clone());
    ctx.store
        .write_tx(move |conn| {
            let invitation = handed::by_hash(conn, &hash)?.ok_or(Refusal::NotFound)?;
            if invitation.state == InvitationState::Withdrawn {
                return Err(Refusal::NotFound);
            }
            let cycle = cycles::find(conn, invitation.cycle_id)?.ok_or(Refusal::NotFound)?;
            cycle.life().may_answer(now).map_err(|refused| Refusal::State(refused.to_string()))?;
            let salt = secrets::random_token();
            let own = key.survey_token(&salt);
            let first = handed::begin(conn, invitation.id, &hash, &salt, &secrets::digest(&own))?;
            Ok(if first { Begun::Own(own) } else { Begun::Already })
        })
        .await
}
