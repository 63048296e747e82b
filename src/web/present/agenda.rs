//! What stands about the review of one cycle, as one viewer may see it.
//!
//! Law: only flags that the viewer sees are read about, and everything that hangs on a flag is named by those alone. What the
//! sides have promised each other they all see. What an earlier check left open, an action or a flag without its answer,
//! stands on the newest agenda. The page of the review and the REST interface read here.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::answers::Answers;
use super::{History, flags as seen};
use crate::domain::flags::{FlagState, Severity};
use crate::domain::ids::{CycleId, FlagId, SideId};
use crate::domain::review::ReviewLife;
use crate::store::access::Seat;
use crate::store::cycles::Cycle;
use crate::store::flags::{self, Flag};
use crate::store::reviews::{self, Acceptance, Action, Confirmation, Discussion, Review, Signature};
use crate::store::{Conn, StoreError, portfolio};
use crate::web::pages::partnership::{CHECKS, FLAGS};

/// The flags of a partnership that a viewer sees: all open ones, and `besides` of the others.
#[derive(Debug)]
pub struct Seen {
    /// They.
    pub flags: Vec<Flag>,
    /// The scorecards, as the viewer may see them.
    pub history: History,
}

impl Seen {
    /// Reads them.
    pub fn read(conn: &mut Conn, seat: &Seat, besides: Vec<Flag>) -> Result<Self, StoreError> {
        let id = seat.partnership.id;
        let mut all = flags::open_of(conn, &[id])?;
        all.extend(besides.into_iter().filter(|own| own.state == FlagState::Cleared));
        let cards = portfolio::history(conn, &[id], CHECKS)?;
        let named = portfolio::named(conn, &cards, &all)?;
        let side = seat.own_side();
        let history = History::new(&cards, side).with_named(&named, side);
        Ok(Self { flags: seen::visible(all, &history), history })
    }

    /// Whether this open flag is among them.
    pub fn has_open(&self, id: FlagId) -> bool {
        self.open().any(|flag| flag.id == id)
    }

    /// The open ones.
    pub fn open(&self) -> impl Iterator<Item = &Flag> {
        self.flags.iter().filter(|flag| flag.state != FlagState::Cleared)
    }

    /// Their identifiers, open and cleared.
    pub fn ids(&self) -> Vec<FlagId> {
        self.flags.iter().map(|flag| flag.id).collect()
    }

    /// The open ones with what they ask, as the closing of a review takes them.
    pub fn asking(&self) -> BTreeMap<FlagId, Severity> {
        self.open().map(|flag| (flag.id, flag.severity)).collect()
    }
}

/// An acceptance with its flags and signatures.
#[derive(Clone, Debug)]
pub struct Signed {
    /// The acceptance.
    pub row: Acceptance,
    /// The flags that the viewer sees of those it is about.
    pub flags: Vec<FlagId>,
    /// Who has signed.
    pub signatures: Vec<Signature>,
}

/// The acceptances of these flags.
pub fn acceptances(conn: &mut Conn, flags: &[FlagId]) -> Result<Vec<Signed>, StoreError> {
    let found = reviews::acceptances_about(conn, flags)?;
    let ids: Vec<_> = found.iter().map(|(row, _)| row.id).collect();
    let mut all = reviews::signatures(conn, &ids)?;
    Ok(found
        .into_iter()
        .map(|(row, flags)| {
            let signatures = all.extract_if(.., |own| own.acceptance_id == row.id).collect();
            Signed { row, flags, signatures }
        })
        .collect())
}

/// Everything that stands about a review.
#[derive(Debug)]
pub struct Agenda {
    /// The partnership, and what the viewer is in it.
    pub seat: Seat,
    /// The cycle.
    pub cycle: Cycle,
    /// Its review.
    pub review: Review,
    /// Who has confirmed it.
    pub confirmations: Vec<Confirmation>,
    /// The flags: those that the cycle raised or held and no later one touched, and those that it cleared.
    pub seen: Seen,
    /// Every flag that the viewer sees, of whatever check: what actions are about.
    pub known: Vec<Flag>,
    /// What answers the open ones.
    pub answers: Answers,
    /// Notes.
    pub notes: Vec<(Discussion, Vec<FlagId>)>,
    /// When the check before closed; of the first one, when it opened.
    pub since: DateTime<Utc>,
    /// Actions that are open or were settled since then, and those about these flags; the earliest due first.
    pub actions: Vec<(Action, Vec<FlagId>)>,
    /// Acceptances.
    pub acceptances: Vec<Signed>,
}

impl Agenda {
    /// Reads it; `None` where the cycle has no review.
    pub fn read(
        conn: &mut Conn,
        seat: Seat,
        cycle: Cycle,
        now: DateTime<Utc>,
    ) -> Result<Option<Self>, StoreError> {
        let Some(review) = reviews::find(conn, cycle.id)? else { return Ok(None) };
        let id = seat.partnership.id;
        let mut cleared = flags::cleared_by(conn, cycle.id)?;
        let earlier = flags::history(conn, id, FLAGS)?;
        cleared.extend(earlier.into_iter().filter(|own| own.last_cycle_id != cycle.id));
        let mut seen = Seen::read(conn, &seat, cleared)?;
        let known = seen.flags.clone();
        // Every close holds, clears or raises: what an earlier check left open stands on the newest agenda alone.
        seen.flags.retain(|flag| flag.last_cycle_id == cycle.id);
        let checks =
            seen.history.checks().iter().filter(|check| check.card.instrument.id == cycle.instrument_id);
        let before =
            checks.map(|check| check.card.closed_at).filter(|at| *at < cycle.opens_at.and_utc()).max();
        let since = before.unwrap_or_else(|| cycle.opens_at.and_utc());
        let given = reviews::given(conn, &[id])?;
        let ids = seen.ids();
        let mut actions = reviews::actions_of(conn, id, since)?;
        let listed: BTreeSet<_> = actions.iter().map(|own| own.id).collect();
        let about = reviews::actions_about(conn, &ids)?;
        actions.extend(about.into_iter().filter(|own| !listed.contains(&own.id)));
        let keys: Vec<_> = actions.iter().map(|own| own.id).collect();
        let mut links = reviews::flags_of_actions(conn, &keys)?;
        let with_flags = |own: Action| {
            let flags = links.remove(&own.id).unwrap_or_default();
            let is_known = |flag: &FlagId| known.iter().any(|own| own.id == *flag);
            (own, flags.into_iter().filter(is_known).collect())
        };
        let actions = actions.into_iter().map(with_flags).collect();
        Ok(Some(Self {
            confirmations: reviews::confirmations(conn, cycle.id)?,
            answers: Answers::new(&seen.flags, &given, &seat, now),
            notes: reviews::discussions_about(conn, &ids)?,
            actions,
            acceptances: acceptances(conn, &ids)?,
            since,
            seat,
            cycle,
            review,
            seen,
            known,
        }))
    }

    /// Who has confirmed it, and who has to.
    pub fn life(&self) -> ReviewLife {
        ReviewLife {
            sides: self.seat.sides.iter().map(|side| side.id).collect(),
            confirmed: self
                .confirmations
                .iter()
                .map(|own| (own.side_id, own.confirmed_at.and_utc()))
                .collect(),
        }
    }

    /// The name of a side.
    pub fn side_name(&self, id: SideId) -> &str {
        self.seat.sides.iter().find(|side| side.id == id).map_or("a side", |side| side.name.as_str())
    }

    /// The cycle that is reviewed.
    pub fn cycle_id(&self) -> CycleId {
        self.cycle.id
    }
}
