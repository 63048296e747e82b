//! Whose key a program turns: an act that needs every side is agreed to by the sides themselves.
//!
//! Law: a program turns a side's key only where one of that side's own managers made its token, or whoever runs the server
//! did, by the command line. Else somebody who administers the pages could make a token for each side and agree with themselves.

use crate::domain::ids::{PartnershipId, PersonId, SideId, TokenId};
use crate::store::{Conn, StoreError, partnerships, tokens};
use crate::workflow::Refusal;

/// How many makers are looked through; a chain of tokens that made tokens is short.
const MAKERS: usize = 32;

/// Refuses a program that speaks for a side by the doing of somebody who does not manage it.
pub(super) fn require_own(
    conn: &mut Conn,
    actor: &str,
    partnership: PartnershipId,
    side: Option<SideId>,
) -> Result<(), Refusal> {
    let (Some(side), Some(maker)) = (side, first_maker(conn, actor)?) else { return Ok(()) };
    let manages = partnerships::managers(conn, partnership)?
        .iter()
        .any(|(member, person)| member.side_id == Some(side) && person.id == maker);
    if manages {
        return Ok(());
    }
    Err(Refusal::State(
        "This token was made by somebody who does not manage the side, so it cannot agree for it. A manager of the side \
         agrees on the page, or makes a token there."
            .to_owned(),
    ))
}

/// The token that an actor of the audit log is.
fn token_of(actor: &str) -> Option<TokenId> {
    actor.strip_prefix("token ")?.parse().ok()
}

/// The person with whom the chain of makers of a token begins; none for a person who acts, and for the command line.
fn first_maker(conn: &mut Conn, actor: &str) -> Result<Option<PersonId>, StoreError> {
    let mut token: Option<TokenId> = token_of(actor);
    for _ in 0..MAKERS {
        let Some(id) = token else { return Ok(None) };
        let Some(made) = tokens::find(conn, id)? else { return Ok(None) };
        if let Ok(person) = made.created_by.parse() {
            return Ok(Some(person));
        }
        token = token_of(&made.created_by);
    }
    Ok(None)
}
