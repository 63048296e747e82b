//! What is told of seats from which results are read: who has one from now on, and that somebody's address changed.
//!
//! Law: nobody's address is told, and the name of somebody of a side to the managers of that side only; a facilitator is named to all.

use super::super::own_act::{GivenSeat, OwnAct};
use super::told::name;
use crate::domain::ids::{PersonId, SideId};
use crate::store::people::{self, Person};
use crate::store::{Conn, StoreError, partnerships};

/// The sentence about a seat; none for any other act.
pub(super) fn sentence(conn: &mut Conn, act: &OwnAct, reader: &Person) -> Result<Option<String>, StoreError> {
    Ok(Some(match act {
        OwnAct::SeatGiven { person, seat } => {
            let who = named(conn, *person, *seat, reader)?.unwrap_or_else(|| "Somebody".to_owned());
            match seat {
                GivenSeat::Leadership(side) => format!(
                    "{who} leads the organisation of {} from now on, and reads the results of this partnership as the leadership of \
                     every side does.",
                    name(conn, *side)?
                ),
                GivenSeat::Sponsor(side) => format!(
                    "{who} sponsors {} from now on, and reads the results of this partnership as every sponsor does.",
                    name(conn, *side)?
                ),
                GivenSeat::Facilitator => format!(
                    "{who} is a facilitator of this partnership from now on: stands on no side, and reads its results."
                ),
            }
        }
        OwnAct::AddressChanged(side) => {
            let of = match side {
                Some(side) => format!("somebody who reads the results for {}", name(conn, *side)?),
                None => "a facilitator".to_owned(),
            };
            format!(
                "The address of {of} was changed, so that the letters to sign in go elsewhere from now on. The former address is told."
            )
        }
        _ => return Ok(None),
    }))
}

/// The name, where the reader may know it.
fn named(
    conn: &mut Conn,
    person: PersonId,
    seat: GivenSeat,
    reader: &Person,
) -> Result<Option<String>, StoreError> {
    let known = match seat {
        GivenSeat::Facilitator => true,
        GivenSeat::Leadership(side) | GivenSeat::Sponsor(side) => manages(conn, reader.id, side)?,
    };
    if !known {
        return Ok(None);
    }
    Ok(people::known(conn, person)?.map(|own| own.name))
}

fn manages(conn: &mut Conn, person: PersonId, side: SideId) -> Result<bool, StoreError> {
    let own = partnerships::memberships(conn, person)?;
    Ok(own.iter().any(|member| member.manager && member.side_id == Some(side)))
}
