//! What was read of partnerships for the portfolio, kept from one reading to the next.
//!
//! Law: what is kept of a partnership counts only while its revision is the one that it was read with, and what was made of its
//! scorecards is kept for one side's view. Nothing that counts days is kept: it is worked out anew each time, in
//! [`Line`](super::Line). What is not kept is read some partnerships at a time, so that memory does not grow with a portfolio.

use std::collections::BTreeMap;
use std::sync::Arc;

use quick_cache::sync::Cache;

use super::{History, flags, sentence};
use crate::domain::access_token::Binding;
use crate::domain::ids::{PartnershipId, SideId};
use crate::store::access::{self, Seat, Viewer};
use crate::store::flags::Flag;
use crate::store::portfolio::{self, Base, Past};
use crate::store::{Conn, StoreError, reach, revisions};

/// So many views of partnerships are kept at most. 500 partnerships of ten people took the process 32 MB, with
/// what reading them left behind: about 64 KB for each.
const KEPT: usize = 2_000;
/// What stands about partnerships besides scorecards is less, and every call of a program asks for it.
const BASES: usize = 4_000;
/// Of so many partnerships the checks are kept whole, for whoever asks for one chart of them after the other; each takes about
/// 250 KB.
const DRAWN: usize = 16;
/// So many partnerships are read at a time.
const AT_ONCE: usize = 32;

/// What one reader sees of a partnership's scorecards and open flags.
#[derive(Debug)]
pub struct Standing {
    revision: i64,
    /// The last checks; those before the last two without their indicators.
    pub history: History,
    /// The open flags that the reader may see.
    pub flags: Vec<Flag>,
    /// The exception, in two parts.
    pub sentence: (String, String),
}

/// A partnership as one reader finds it.
#[derive(Clone, Debug)]
pub struct Place {
    /// What the reader is in it.
    pub seat: Seat,
    /// What stands about it besides scorecards.
    pub base: Arc<Base>,
    /// What the reader sees of its scorecards and flags.
    pub standing: Arc<Standing>,
}

/// What this process keeps; a clone is another handle on the same.
#[derive(Clone, Debug)]
pub struct Standings {
    bases: Arc<Cache<PartnershipId, Arc<Base>>>,
    views: Arc<Cache<Whose, Arc<Standing>>>,
    checks: Arc<Cache<Whose, (i64, Arc<History>)>>,
}

type Whose = (PartnershipId, Option<SideId>);

impl Default for Standings {
    fn default() -> Self {
        Self {
            bases: Arc::new(Cache::new(BASES)),
            views: Arc::new(Cache::new(KEPT)),
            checks: Arc::new(Cache::new(DRAWN)),
        }
    }
}

impl Standings {
    /// Every partnership whose results the viewer sees.
    pub fn of_viewer(&self, conn: &mut Conn, viewer: &Viewer) -> Result<Vec<Place>, StoreError> {
        let claims: BTreeMap<PartnershipId, access::Claim> =
            access::claims(conn, viewer, None)?.into_iter().map(|own| (own.partnership, own)).collect();
        let ids: Vec<PartnershipId> = claims.keys().copied().collect();
        let revisions = revisions::of(conn, &ids)?;
        self.read(conn, &revisions, |base| {
            claims.get(&base.partnership.id)?.seat(&base.partnership, &base.sides)
        })
    }

    /// A page of the partnerships that a token reaches, in the order of their identifiers.
    pub fn of_token(
        &self,
        conn: &mut Conn,
        binding: Binding,
        after: Option<PartnershipId>,
        limit: i64,
    ) -> Result<Vec<Place>, StoreError> {
        let revisions = reach::revisions_after(conn, binding, after, limit)?;
        self.read(conn, &revisions, |base| seat_of(binding, base))
    }

    /// The token's seat in a partnership of this revision, if that is known without asking the database.
    pub fn known_seat(&self, binding: Binding, id: PartnershipId, revision: i64) -> Option<Seat> {
        seat_of(binding, &*self.bases.get(&id).filter(|kept| kept.revision == revision)?)
    }

    /// The token's seat in a partnership, and the revision for which that holds; `None` where it has none.
    pub fn seat(
        &self,
        conn: &mut Conn,
        binding: Binding,
        id: PartnershipId,
    ) -> Result<Option<(Seat, i64)>, StoreError> {
        let Some(revision) = revisions::of_one(conn, id)? else { return Ok(None) };
        let found = self.bases(conn, &[(id, revision)])?.pop();
        Ok(found.and_then(|base| Some((seat_of(binding, &base)?, revision))))
    }

    /// The checks of a partnership of this revision as this side sees them, if they are known without asking the database.
    pub fn known_checks(
        &self,
        id: PartnershipId,
        side: Option<SideId>,
        revision: i64,
    ) -> Option<Arc<History>> {
        self.checks.get(&(id, side)).filter(|(read_at, _)| *read_at == revision).map(|(_, checks)| checks)
    }

    /// Keeps the checks of a partnership as this side sees them, which were read after this revision was.
    pub fn keep_checks(&self, id: PartnershipId, side: Option<SideId>, revision: i64, checks: &Arc<History>) {
        self.checks.insert((id, side), (revision, checks.clone()));
    }

    /// These partnerships in their order, without those in which there is no seat.
    fn read(
        &self,
        conn: &mut Conn,
        revisions: &[(PartnershipId, i64)],
        seat: impl Fn(&Base) -> Option<Seat>,
    ) -> Result<Vec<Place>, StoreError> {
        let mut places = Vec::with_capacity(revisions.len());
        for some in revisions.chunks(AT_ONCE) {
            let bases = self.bases(conn, some)?;
            let seated = bases.into_iter().filter_map(|base| Some((seat(&base)?, base))).collect();
            places.extend(self.standings(conn, seated)?);
        }
        Ok(places)
    }

    fn bases(
        &self,
        conn: &mut Conn,
        revisions: &[(PartnershipId, i64)],
    ) -> Result<Vec<Arc<Base>>, StoreError> {
        let mut found: BTreeMap<PartnershipId, Arc<Base>> = BTreeMap::new();
        let mut unknown = Vec::new();
        for (id, revision) in revisions {
            match self.bases.get(id).filter(|kept| kept.revision == *revision) {
                Some(kept) => drop(found.insert(*id, kept)),
                None => unknown.push((*id, *revision)),
            }
        }
        if !unknown.is_empty() {
            for base in portfolio::bases(conn, &unknown)? {
                let (id, base) = (base.partnership.id, Arc::new(base));
                self.bases.insert(id, base.clone());
                found.insert(id, base);
            }
        }
        Ok(revisions.iter().filter_map(|(id, _)| found.remove(id)).collect())
    }

    fn standings(&self, conn: &mut Conn, seated: Vec<(Seat, Arc<Base>)>) -> Result<Vec<Place>, StoreError> {
        let known = |seat: &Seat, base: &Base| {
            self.views.get(&whose(seat)).filter(|kept| kept.revision == base.revision)
        };
        let found: Vec<(Seat, Arc<Base>, Option<Arc<Standing>>)> = seated
            .into_iter()
            .map(|(seat, base)| {
                let known = known(&seat, &base);
                (seat, base, known)
            })
            .collect();
        let unknown: Vec<&Base> =
            found.iter().filter(|(.., known)| known.is_none()).map(|(_, base, _)| base.as_ref()).collect();
        let mut pasts = if unknown.is_empty() { BTreeMap::new() } else { portfolio::pasts(conn, &unknown)? };
        let place = |(seat, base, known): (Seat, Arc<Base>, Option<Arc<Standing>>)| {
            let standing = known.unwrap_or_else(|| {
                let past = pasts.remove(&base.partnership.id).unwrap_or_default();
                let made = Arc::new(Standing::new(&seat, &base, &past));
                self.views.insert(whose(&seat), made.clone());
                made
            });
            Place { seat, base, standing }
        };
        Ok(found.into_iter().map(place).collect())
    }
}

impl Standing {
    fn new(seat: &Seat, base: &Base, past: &Past) -> Self {
        let side = seat.own_side();
        let mut history = History::new(&past.cards, side).with_named(&past.named, side);
        let flags = flags::visible(base.flags.clone(), &history);
        let sentence = sentence(&history);
        history.leave_out_what_is_old();
        Self { revision: base.revision, history, flags, sentence }
    }
}

fn seat_of(binding: Binding, base: &Base) -> Option<Seat> {
    reach::seat_in(binding, &base.partnership, &base.sides)
}

fn whose(seat: &Seat) -> Whose {
    (seat.partnership.id, seat.own_side())
}
