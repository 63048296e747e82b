//! What becomes of comments when a cycle closes: those that may be shown are frozen, the others are not kept.
//!
//! Law (R8): in named mode with the member; in the others per side from so many responses on, masked, shuffled, and without
//! anything that tells who wrote them or what they answered. Written in the transaction of the close.

use crate::domain::comments::{Names, comments_from, mask};
use crate::domain::ids::{CycleId, SideId};
use crate::domain::mode::Mode;
use crate::domain::publication::Scorecard;
use crate::store::remarks::{self, Written};
use crate::store::{Conn, StoreError};

/// Takes the comments from beside the answers and freezes what may be shown of them.
pub(super) fn freeze(conn: &mut Conn, cycle: CycleId, card: &Scorecard) -> Result<(), StoreError> {
    let written = remarks::take(conn, cycle)?;
    if written.is_empty() {
        return Ok(());
    }
    let least = comments_from(card.mode, card.floor_k);
    let heard = |side: SideId| card.response.iter().any(|own| own.side == side && own.answered >= least);
    let mut shown: Vec<Written> = written.into_iter().filter(|own| heard(own.side_id)).collect();
    if card.mode != Mode::Named {
        let members = remarks::names(conn, cycle)?;
        let names = Names::of(members.iter().map(String::as_str));
        for own in &mut shown {
            own.member_id = None;
            own.text = mask(&own.text, &names);
        }
    }
    remarks::freeze(conn, cycle, &shown)
}
