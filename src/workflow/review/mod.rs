//! The review of a check: notes, actions and acceptances that answer its flags, and the sides that confirm it.
//!
//! Law: what answers a flag and when a review is over is told by [`crate::domain::review`] alone. Only open flags of one
//! partnership that goes on are written about; whoever calls has made sure that the speaker sees these flags. Every act is
//! audited by identifiers. Pages and REST interface call this; the close of a cycle opens its review, and the clockwork
//! closes what a side left unconfirmed.

mod acceptances;
mod actions;
mod confirm;
mod notes;
mod owner;
mod told;
mod weekly;

pub use acceptances::{AcceptanceInput, accept, sign};
pub use actions::{ActionInput, ActionPatch, OwnerChange, change, promise};
pub use confirm::{Closing, Lacking, close_silent, confirm};
pub use notes::discuss;
pub use owner::{OwnAction, Said, open_own, say};
pub use told::{next_reminder, remind_reviews};
pub use weekly::{next_weekly, remind_weekly, weekly_of};

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::Refusal;
use super::times::zone;
use crate::domain::flags::{FlagState, Severity};
use crate::domain::ids::{CycleId, FlagId, PartnershipId, SideId};
use crate::domain::partnership::PartnershipState;
use crate::domain::publication::Scorecard;
use crate::domain::review::{DUE_AFTER, Given, missing};
use crate::store::flags::{self, Flag};
use crate::store::partnerships::{self, Partnership, Side};
use crate::store::{Conn, StoreError, reviews};

/// Most flags that one note, action or acceptance is about.
const FLAGS: usize = 50;

/// Opens the review of a check, in the transaction that closes it.
pub(super) fn open(conn: &mut Conn, card: &Scorecard, now: DateTime<Utc>) -> Result<(), StoreError> {
    let found = partnerships::find(conn, card.partnership_id)?
        .ok_or_else(|| StoreError::unreadable("a cycle", "its partnership is gone"))?;
    let due_on = today(&found, now + DUE_AFTER);
    reviews::open(conn, card.cycle_id, (card.partnership_id, &card.instrument.id), due_on)
}

/// Opens the review of the newest imported check, where it left flags open, so that they can be answered; nobody is reminded of
/// it.
pub(super) fn open_imported(
    conn: &mut Conn,
    (partnership, instrument): (PartnershipId, &str),
    cycle: CycleId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let found = partnerships::find(conn, partnership)?
        .ok_or_else(|| StoreError::unreadable("an import", "its partnership is gone"))?;
    reviews::open(conn, cycle, (partnership, instrument), today(&found, now + DUE_AFTER))
}

/// The day that it is in a partnership's zone.
pub fn today(found: &Partnership, now: DateTime<Utc>) -> NaiveDate {
    now.with_timezone(&zone(&found.zone)).date_naive()
}

/// What a flag still needs for its answer, in words; `None` when it has a valid one. `severity` is what it asks of the
/// reader, who may see less of it than others.
pub fn needs(severity: Severity, given: &Given, sides: &[Side], today: NaiveDate) -> Option<String> {
    let ids: Vec<SideId> = sides.iter().map(|side| side.id).collect();
    let name = |id: SideId| {
        sides.iter().find(|side| side.id == id).map_or_else(|| "a side".to_owned(), |side| side.name.clone())
    };
    missing(severity, given, &ids, today).map(|own| own.words(name))
}

/// What an open flag still needs, by what was given to all of them.
pub fn needs_of(
    flag: &Flag,
    given: &BTreeMap<FlagId, Given>,
    sides: &[Side],
    today: NaiveDate,
) -> Option<String> {
    let none = Given::default();
    needs(flag.severity, given.get(&flag.id).unwrap_or(&none), sides, today)
}

/// Notes of these flags when they first had a valid answer. That stays, whatever becomes of the answer later: an action may
/// run late and an acceptance end, and a later check may ask for more; the flag was answered all the same.
fn note_answers(
    conn: &mut Conn,
    found: &Partnership,
    about: &[FlagId],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let sides = partnerships::sides(conn, found.id)?;
    let given = reviews::given(conn, &[found.id])?;
    for flag in flags::find_many(conn, about)? {
        let waited = flag.answered_at.is_none() && flag.state != FlagState::Cleared;
        if waited && needs_of(&flag, &given, &sides, today(found, now)).is_none() {
            flags::mark_answered(conn, flag.id, now)?;
        }
    }
    Ok(())
}

/// Where something is written: a partnership that goes on, and open flags of it.
struct Ground {
    partnership: Partnership,
    sides: Vec<Side>,
    flags: Vec<FlagId>,
    /// The check that is under review.
    cycle: CycleId,
    today: NaiveDate,
}

impl Ground {
    /// # Errors
    /// `field` names the flags that cannot be written about; the state, where the partnership has ended or a flag is
    /// cleared.
    fn of(conn: &mut Conn, wanted: &[FlagId], field: &str, now: DateTime<Utc>) -> Result<Self, Refusal> {
        let mut ids = wanted.to_vec();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() || ids.len() > FLAGS {
            return Err(Refusal::field(field, format!("Name 1 to {FLAGS} flags.")));
        }
        let found = flags::find_many(conn, &ids)?;
        let first = found.first().ok_or(Refusal::NotFound)?.clone();
        if found.len() < ids.len() || found.iter().any(|own| own.partnership_id != first.partnership_id) {
            return Err(Refusal::field(field, "These must be flags of one partnership."));
        }
        if found.iter().any(|own| own.state == FlagState::Cleared) {
            return Err(Refusal::State("This flag is cleared and needs nothing any more.".to_owned()));
        }
        let partnership = partnerships::find(conn, first.partnership_id)?.ok_or(Refusal::NotFound)?;
        require_life(&partnership)?;
        let sides = partnerships::sides(conn, partnership.id)?;
        let newest = found.iter().map(|own| own.last_cycle_id).max().unwrap_or(first.last_cycle_id);
        Ok(Self { today: today(&partnership, now), partnership, sides, flags: ids, cycle: newest })
    }
}

fn require_life(found: &Partnership) -> Result<(), Refusal> {
    match found.state {
        PartnershipState::Ended => Err(Refusal::State(
            "This partnership has ended: what was published stays to read, and nothing is added.".to_owned(),
        )),
        _ => Ok(()),
    }
}
