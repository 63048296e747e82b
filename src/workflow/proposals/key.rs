//! Whose key a program turns: an act that needs every side is agreed to by the sides themselves.
//!
//! Law: a program turns a side's key only where one of that side's own managers made its token, or whoever runs the server
//! did, by the command line. Else somebody who administers the pages could make a token for each side and agree with themselves.

use crate::domain::ids::{PartnershipId, PersonId, SideId};
use crate::store::{Conn, partnerships};
use crate::workflow::Refusal;
use crate::workflow::tokens::{first_maker, token_of};

/// Refuses a program that speaks for a side by the doing of somebody who does not manage it.
pub(super) fn require_own(
    conn: &mut Conn,
    actor: &str,
    partnership: PartnershipId,
    side: Option<SideId>,
) -> Result<(), Refusal> {
    let (Some(side), true) = (side, token_of(actor).is_some()) else { return Ok(()) };
    let maker = first_maker(conn, actor.to_owned())?;
    let may = match maker.parse::<PersonId>() {
        Ok(person) => partnerships::managers(conn, partnership)?
            .iter()
            .any(|(member, own)| member.side_id == Some(side) && own.id == person),
        // One whose maker is gone may have begun with anybody.
        Err(_) => token_of(&maker).is_none(),
    };
    if may {
        return Ok(());
    }
    Err(Refusal::State(
        "This token was made by somebody who does not manage the side, so it cannot agree for it. A manager of the side \
         agrees on the page, or makes a token there."
            .to_owned(),
    ))
}
