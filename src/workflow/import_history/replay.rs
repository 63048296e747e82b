//! Lives through past cycles one after the other, exactly as if they had closed here: hysteresis, flags, and what each close
//! leaves for the next.

use chrono::{DateTime, Utc};

use super::plan::Sides;
use crate::domain::close::{Closed, Closing, Respondent, Response, SideAsked, close, resume};
use crate::domain::drift::Tracker;
use crate::domain::flags::{FlagState, OpenFlag};
use crate::domain::history::{PastCycle, PastResponse, PastReviews, Window};
use crate::domain::ids::{CycleId, PartnershipId, SideId};
use crate::domain::instrument::Instrument;
use crate::domain::publication::{Basis, CardFlag, PublishMeta};
use crate::store::StoreError;
use crate::store::history::{CycleFacts, Episode, PastRows, Standing};

/// Who and what is replayed.
pub(super) struct Cast<'a> {
    pub partnership_id: PartnershipId,
    pub reviews: &'a PastReviews,
    pub instrument: &'a Instrument,
    pub sides: &'a Sides,
}

/// What came of it.
pub(super) struct Replayed {
    pub cycles: Vec<PastRows>,
    pub episodes: Vec<Episode>,
}

/// For each cycle: when it was, who gave its responses, and its digest.
type PerCycle<'a> = (&'a [Window], &'a [Vec<Respondent>], &'a [String]);

/// Replays new cycles after what stands here.
pub(super) fn replay(
    cast: &Cast<'_>,
    new: &[PastCycle],
    (windows, who, digests): PerCycle<'_>,
    standing: Option<&Standing>,
) -> Result<Replayed, StoreError> {
    let mut basis = standing.map_or_else(Basis::default, |own| own.basis.clone());
    let mut open: Vec<OpenFlag> = standing.map_or_else(Vec::new, |own| own.open_flags.clone());
    let mut tracker = tracker(cast, &basis, standing)?;
    let mut episodes = Episodes(Vec::new());
    let mut cycles = Vec::with_capacity(new.len());
    for (at, past) in new.iter().enumerate() {
        let responses = responses(cast, past, &who[at]);
        let closed = one(cast, past, windows[at], &responses, (&basis, &open, &mut tracker));
        for change in &closed.card.flags {
            episodes.take(change, (closed.card.cycle_id, closed.card.closed_at), &open);
        }
        let facts = CycleFacts { rebaseline: past.rebaseline, digest: digests[at].clone() };
        cycles.push(PastRows::new(&closed, &responses, facts)?);
        open = closed.open_flags();
        basis = closed.basis;
    }
    Ok(Replayed { cycles, episodes: episodes.0 })
}

/// The drift test as the cycles that stand here left it.
fn tracker(cast: &Cast<'_>, basis: &Basis, standing: Option<&Standing>) -> Result<Tracker, StoreError> {
    let sides: Vec<SideId> = cast.sides.asked.iter().map(|own| own.side).collect();
    let past = standing.map_or(&[][..], |own| own.past.as_slice());
    let resumed = resume(&sides, basis, cast.instrument, past);
    resumed.map_err(|e| StoreError::unreadable("a partnership's past", e))
}

fn one(
    cast: &Cast<'_>,
    past: &PastCycle,
    (opened_at, closed_at): Window,
    responses: &[Response],
    (basis, open, tracker): (&Basis, &[OpenFlag], &mut Tracker),
) -> Closed {
    let mut sides: Vec<SideAsked> = cast.sides.asked.clone();
    for (place, invited) in cast.sides.place_of.iter().zip(&past.invited) {
        sides[*place].invited = *invited;
    }
    let meta = PublishMeta {
        cycle_id: CycleId::mint(closed_at),
        partnership_id: cast.partnership_id,
        partnership: cast.reviews.partnership.clone(),
        period: past.period.clone(),
        opened_at,
        closed_at,
    };
    let mode = cast.reviews.mode;
    let closing = Closing {
        instrument: cast.instrument,
        sides: &sides,
        responses,
        mode,
        floor_k: mode.default_floor(),
        rebaseline: past.rebaseline,
        meta: &meta,
    };
    close(&closing, basis, open, tracker)
}

fn responses(cast: &Cast<'_>, past: &PastCycle, who: &[Respondent]) -> Vec<Response> {
    let of = |(own, who): (&PastResponse, &Respondent)| Response {
        side_id: cast.sides.asked[cast.sides.place_of[own.side]].side,
        who: *who,
        answers: own.answers.clone(),
    };
    past.responses.iter().zip(who).map(of).collect()
}

/// The episodes as the cycles so far leave them.
struct Episodes(Vec<Episode>);

impl Episodes {
    /// Takes in what a cycle did to a flag; `open` are the flags that stood before it.
    fn take(&mut self, change: &CardFlag, last: (CycleId, DateTime<Utc>), open: &[OpenFlag]) {
        let stood = open.iter().find(|own| own.id == change.id);
        // What is over keeps the reasons for which it stood last.
        let (reasons, severity) = match (change.severity, stood) {
            (Some(severity), _) => (change.reasons.clone(), severity),
            (None, Some(stood)) => (stood.reasons.clone(), stood.severity),
            (None, None) => return,
        };
        let place = self.0.iter().position(|own| own.id == change.id);
        let raised = match place {
            Some(place) => self.0[place].raised,
            None => (change.state == FlagState::Raised).then_some(last),
        };
        let (id, subject, state) = (change.id, change.subject.clone(), change.state);
        let episode =
            Episode { id, subject, reasons, severity, state, raised, last, unmeasured: change.unmeasured };
        match place {
            Some(place) => self.0[place] = episode,
            None => self.0.push(episode),
        }
    }
}
