//! What is asked of a side in a cycle: the same for everybody who is invited there, and kept from one save to the next.
//!
//! Law: what is kept counts only while the partnership has the revision with which it was read
//! ([`revisions`](crate::store::revisions)); the database changes that with the partnership's name, its sides, members and cycles,
//! and with who is invited. A published version of an instrument never changes.

use std::sync::Arc;

use quick_cache::sync::Cache;

use crate::domain::comments;
use crate::domain::ids::{CycleId, SideId};
use crate::domain::instrument::Instrument;
use crate::domain::mode::Mode;
use crate::store::cycles::Cycle;
use crate::store::partnerships::{self, Partnership, Side};
use crate::store::{Conn, StoreError, instruments, invitations};

/// So many sides of cycles are kept; each takes about a kilobyte.
const KEPT: usize = 4_000;
/// So many versions of instruments are kept; each takes some kilobytes.
const INSTRUMENTS: usize = 64;

/// What is asked, and between whom.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The partnership.
    pub partnership: Partnership,
    /// Its sides in order.
    pub sides: Vec<Side>,
    /// The questions.
    pub instrument: Arc<Instrument>,
    /// Whether the closing question is asked: only where its answer may ever be shown.
    pub asks_comment: bool,
}

/// What this process keeps; a clone is another handle on the same.
#[derive(Clone, Debug)]
pub struct KeptAsked {
    sides: Arc<Cache<Whom, (i64, Arc<Asked>)>>,
    instruments: Arc<Cache<(String, u32), Arc<Instrument>>>,
}

/// Who is asked, and when.
type Whom = (CycleId, SideId);

impl Default for KeptAsked {
    fn default() -> Self {
        Self { sides: Arc::new(Cache::new(KEPT)), instruments: Arc::new(Cache::new(INSTRUMENTS)) }
    }
}

impl KeptAsked {
    /// What is asked of a side in a cycle, where the partnership has this revision.
    pub(super) fn of(
        &self,
        conn: &mut Conn,
        cycle: &Cycle,
        side: SideId,
        revision: Option<i64>,
    ) -> Result<Arc<Asked>, StoreError> {
        let key = (cycle.id, side);
        if let Some((_, known)) = self.sides.get(&key).filter(|(read_at, _)| Some(*read_at) == revision) {
            return Ok(known);
        }
        let asked = Arc::new(self.read(conn, cycle, side)?);
        if let Some(revision) = revision {
            self.sides.insert(key, (revision, asked.clone()));
        }
        Ok(asked)
    }

    /// The same, read anew.
    pub(super) fn read(&self, conn: &mut Conn, cycle: &Cycle, side: SideId) -> Result<Asked, StoreError> {
        let gone = || StoreError::unreadable("a cycle", "its partnership or instrument is gone");
        let partnership = partnerships::find(conn, cycle.partnership_id)?.ok_or_else(gone)?;
        let sides = partnerships::sides(conn, partnership.id)?;
        let instrument = self.instrument(conn, cycle)?.ok_or_else(gone)?;
        let asks_comment = asks_comment(conn, cycle, &instrument, side)?;
        Ok(Asked { partnership, sides, instrument, asks_comment })
    }

    fn instrument(&self, conn: &mut Conn, cycle: &Cycle) -> Result<Option<Arc<Instrument>>, StoreError> {
        let key = (cycle.instrument_id.clone(), cycle.version());
        if let Some(known) = self.instruments.get(&key) {
            return Ok(Some(known));
        }
        let Some(read) = instruments::find(conn, &key.0, key.1)? else { return Ok(None) };
        let read = Arc::new(read);
        self.instruments.insert(key, read.clone());
        Ok(Some(read))
    }
}

/// Whether the round takes comments and so many are invited on a side that its comments may ever be shown.
fn asks_comment(
    conn: &mut Conn,
    cycle: &Cycle,
    instrument: &Instrument,
    side: SideId,
) -> Result<bool, StoreError> {
    if !cycle.comments || instrument.closing_question.is_none() {
        return Ok(false);
    }
    if cycle.mode == Mode::Named {
        return Ok(true);
    }
    let least = comments::comments_from(cycle.mode, cycle.floor());
    Ok(invitations::invited_of(conn, cycle.id, side)? >= i64::from(least))
}
