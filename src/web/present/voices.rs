//! What people said in a closed cycle: answers with names (named mode), and comments (R8).
//!
//! Law: nothing before the close; a side of which nobody answered is shown nothing of it ("no answers, no view"). The page and
//! the interface read through here.

use crate::domain::cycle::CycleState;
use crate::domain::ids::SideId;
use crate::domain::mode::Mode;
use crate::store::cycles::Cycle;
use crate::store::remarks::{self, Remark};
use crate::store::responses::{self, NamedResponse};
use crate::store::{Conn, StoreError, scorecards};

/// Answers and comments that may be shown.
#[derive(Clone, Debug, Default)]
pub struct Voices {
    /// Whether the reader's side is shown nothing, because nobody of it answered.
    pub withheld: bool,
    /// Answers with names; none outside named mode.
    pub answers: Vec<NamedResponse>,
    /// Comments, in an order that tells nothing.
    pub comments: Vec<Remark>,
}

/// Reads them for a reader of a side, or of none; `None` when the cycle has not closed.
pub fn read(conn: &mut Conn, cycle: &Cycle, side: Option<SideId>) -> Result<Option<Voices>, StoreError> {
    if cycle.state != CycleState::Closed {
        return Ok(None);
    }
    let Some(card) = scorecards::find(conn, cycle.id)? else { return Ok(None) };
    let silent =
        |own: SideId| card.response.iter().any(|counted| counted.side == own && counted.answered == 0);
    if side.is_some_and(silent) {
        return Ok(Some(Voices { withheld: true, ..Voices::default() }));
    }
    let answers = match cycle.mode {
        Mode::Named => responses::with_names(conn, cycle.id)?,
        _ => Vec::new(),
    };
    Ok(Some(Voices { withheld: false, answers, comments: remarks::of_cycle(conn, cycle.id)? }))
}
