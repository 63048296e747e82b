//! What one reader sees of a partnership's scorecards, kept from one reading to the next.
//!
//! Scorecards are frozen, so this changes with a close, an import or a removal, and not with the hour: whatever counts days is
//! worked out anew each time, in [`Line`](super::Line). Law: what is kept is kept for one partnership and one side's view, and
//! counts only while the scorecards and the open flags are those that it was made of.

use std::sync::Arc;

use quick_cache::sync::Cache;

use super::{History, flags};
use crate::domain::ids::{PartnershipId, SideId};
use crate::store::access::Seat;
use crate::store::flags::Flag;
use crate::store::portfolio::{Entry, Past, Stamp};

/// So many are kept at most; each takes about 30 KB.
const KEPT: usize = 1_000;

/// What one reader sees of a partnership's scorecards and open flags.
#[derive(Debug)]
pub struct Standing {
    stamp: Stamp,
    stored: Vec<Flag>,
    /// The last checks. Of those older than a year of quarters the indicators are left out.
    pub history: History,
    /// The open flags that the reader may see.
    pub flags: Vec<Flag>,
}

/// The standings of this process; a clone is another handle on the same ones.
#[derive(Clone, Debug)]
pub struct Standings(Arc<Cache<Whose, Arc<Standing>>>);

type Whose = (PartnershipId, Option<SideId>);

impl Default for Standings {
    fn default() -> Self {
        Self(Arc::new(Cache::new(KEPT)))
    }
}

impl Standings {
    /// What was made of these scorecards and flags before, for this seat's view.
    pub fn known(&self, seat: &Seat, stamp: &Stamp, flags: &[Flag]) -> Option<Arc<Standing>> {
        let kept = self.0.get(&whose(seat))?;
        (kept.stamp == *stamp && kept.stored == flags).then_some(kept)
    }

    /// Where the partnership of an entry stands; what had to be read for it is kept.
    pub fn of(&self, entry: &mut Entry<Arc<Standing>>) -> Arc<Standing> {
        let past = Past::Read { cards: Vec::new(), named: Vec::new() };
        match std::mem::replace(&mut entry.past, past) {
            Past::Known(standing) => standing,
            Past::Read { cards, named } => {
                let side = entry.seat.own_side();
                let mut history = History::new(&cards, side).with_named(&named, side);
                let flags = flags::visible(entry.flags.clone(), &history);
                history.leave_out_what_is_old();
                let (stamp, stored) = (entry.stamp, std::mem::take(&mut entry.flags));
                let standing = Arc::new(Standing { stamp, stored, history, flags });
                self.0.insert(whose(&entry.seat), standing.clone());
                standing
            }
        }
    }
}

fn whose(seat: &Seat) -> Whose {
    (seat.partnership.id, seat.own_side())
}
