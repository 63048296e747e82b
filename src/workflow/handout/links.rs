//! The links that a side hands out in one cycle, for its managers and nobody else.

use super::super::Context;
use crate::domain::ids::{CycleId, MemberId};
use crate::store::access::{self, Viewer};
use crate::store::cycles::{self, Cycle};
use crate::store::partnerships::{Partnership, Side};
use crate::store::{Conn, StoreError, handed};

/// What a manager is shown. It is the same before and after somebody has begun.
#[derive(Clone, Debug)]
pub struct Links {
    /// The partnership.
    pub partnership: Partnership,
    /// The viewer's side.
    pub side: Side,
    /// The cycle.
    pub cycle: Cycle,
    /// Label, member and address, by label; without an address once the cycle is over.
    pub rows: Vec<(String, MemberId, Option<String>)>,
}

/// The links of the viewer's side; none where there is no such cycle, the viewer manages no side there, or it hands out none.
pub fn links(
    conn: &mut Conn,
    ctx: &Context,
    viewer: &Viewer,
    id: CycleId,
) -> Result<Option<Links>, StoreError> {
    let Some(cycle) = cycles::find(conn, id)? else { return Ok(None) };
    let Some(seat) = access::seat(conn, viewer, cycle.partnership_id)? else { return Ok(None) };
    let own = seat.member.as_ref().filter(|own| own.manager && own.active).and_then(|own| own.side_id);
    let Some(side) = seat.sides.iter().find(|side| Some(side.id) == own).cloned() else { return Ok(None) };
    let found = handed::of_side(conn, id, side.id)?;
    if found.is_empty() {
        return Ok(None);
    }
    let address = |salt: &String| ctx.settings.link(&format!("/s/{}", ctx.key.handed_token(salt)));
    let rows = found
        .into_iter()
        .map(|own| (own.person.name, own.invitation.member_id, own.salt.as_ref().map(address)))
        .collect();
    Ok(Some(Links { partnership: seat.partnership, side, cycle, rows }))
}
