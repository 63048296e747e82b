//! Addresses that take no mail: marked on every membership, and told to the managers of the person's side while a cycle asks
//! that person, with the way to the cure.
//!
//! A bounce comes from the relay while a letter is sent, or later from whoever reads the returned mail (`POST /bounces`).

use chrono::{DateTime, TimeDelta, Utc};

use super::{Context, Refusal};
use crate::domain::cycle::InvitationState;
use crate::domain::ids::PersonId;
use crate::domain::partnership::EmailAddress;
use crate::secrets;
use crate::store::outbox::letters;
use crate::store::outbox::notices::{self, NewNotice};
use crate::store::{Conn, StoreError, bounces as rows, invitations, meta, partnerships, people};

/// What came back: an address, or a letter by its Message-ID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Returned {
    /// Mail to this address.
    Address(EmailAddress),
    /// The letter with this Message-ID.
    Letter(String),
}

/// Notes a bounce that somebody reports. Whether the address or the letter is known is not told.
pub async fn report(
    ctx: &Context,
    actor: String,
    returned: Returned,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    ctx.store
        .decide(move |conn| {
            let person = match returned {
                Returned::Address(address) => people::find_by_email(conn, &address.key())?,
                Returned::Letter(message_id) => addressee(conn, &message_id)?,
            };
            if let Some(person) = person {
                mark(conn, person.id, now)?;
                meta::audit(conn, &actor, "bounce reported", &person.id.to_string(), now)?;
            }
            Ok(())
        })
        .await
}

/// To whom a letter went, if that is still their address.
fn addressee(conn: &mut Conn, message_id: &str) -> Result<Option<people::Person>, StoreError> {
    let Some(letter) = letters::by_message_id(conn, message_id)? else { return Ok(None) };
    let person = letter.person_id.map(|id| people::find(conn, id)).transpose()?.flatten();
    Ok(person.filter(|own| own.email == letter.to_address))
}

/// Marks a person's memberships, and tells the managers of their side in every running cycle that asks them.
pub fn mark(conn: &mut Conn, person_id: PersonId, now: DateTime<Utc>) -> Result<(), StoreError> {
    rows::mark(conn, person_id, now)?;
    let Some(person) = people::find(conn, person_id)? else { return Ok(()) };
    // Once for an address: the same one refused again is no news.
    let address = secrets::digest(&person.email);
    for (invitation, cycle) in invitations::open_of(conn, person_id, now)? {
        if invitation.state != InvitationState::Open {
            continue;
        }
        let members = partnerships::members(conn, cycle.partnership_id)?;
        let managers = members.iter().filter(|(own, who)| {
            own.manager && own.side_id == Some(invitation.side_id) && who.id != person_id
        });
        for (_, manager) in managers {
            let notice = NewNotice {
                natural_key: format!(
                    "bounced:{}:{}:{}:{}",
                    cycle.id,
                    invitation.member_id,
                    &address[..12],
                    manager.id
                ),
                kind: "bounced",
                person_id: manager.id,
                cycle_id: Some(cycle.id),
                reference: invitation.member_id.to_string(),
                due_at: now,
                not_after: cycle.closes_at.and_utc() - TimeDelta::hours(1),
            };
            notices::insert(conn, &notice, now)?;
        }
    }
    Ok(())
}
