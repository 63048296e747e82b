//! The closes of one partnership's cycles, through the one function that live cycles and imported ones go through.

use chrono::{DateTime, TimeDelta, Utc};
use evenkeel::domain::close::{
    Closed, ClosedCycle, Closing, Response, SideAsked, close, given, looks_back, resume,
};
use evenkeel::domain::drift::Tracker;
use evenkeel::domain::flags::OpenFlag;
use evenkeel::domain::ids::{CycleId, PartnershipId, SideId};
use evenkeel::domain::instrument::Instrument;
use evenkeel::domain::mode::Mode;
use evenkeel::domain::publication::{Basis, PublishMeta};
use evenkeel::workflow::instruments::embedded;

use super::bytes;

/// One partnership of two sides that is asked the quarterly review.
pub struct Review {
    /// What is asked.
    pub instrument: Instrument,
    asked: Vec<SideAsked>,
    mode: Mode,
}

/// Where a partnership stands after some closes: what the next one is given.
pub struct Standing {
    basis: Basis,
    open: Vec<OpenFlag>,
    closed: Vec<ClosedCycle>,
}

impl Review {
    /// With so many people on each side.
    pub fn new(people: usize, mode: Mode) -> Self {
        let instrument = embedded().expect("the embedded instruments are valid").swap_remove(0);
        let invited = u32::try_from(people).expect("a side has few people");
        let side = |(number, name): (u64, &str)| SideAsked {
            side: SideId::from_bytes(bytes(number)),
            name: name.to_owned(),
            invited,
        };
        Self { instrument, asked: [(1, "Northmoor"), (2, "Brightwater")].map(side).to_vec(), mode }
    }

    /// Its sides in their order.
    pub fn sides(&self) -> Vec<SideId> {
        self.asked.iter().map(|own| own.side).collect()
    }

    /// All closes from the first one on.
    pub fn replay(&self, quarters: &[Vec<Response>]) -> Vec<Closed> {
        let mut tracker = Tracker::new(&self.sides());
        let mut all: Vec<Closed> = Vec::with_capacity(quarters.len());
        for (number, responses) in quarters.iter().enumerate() {
            let before = all.last();
            let open = before.map(Closed::open_flags).unwrap_or_default();
            let first = Basis::default();
            let basis = before.map_or(&first, |own| &own.basis);
            all.push(self.one(number, responses, (basis, &open, &mut tracker)));
        }
        all
    }

    /// Where it stands after these closes.
    pub fn after(&self, quarters: &[Vec<Response>]) -> Standing {
        let all = self.replay(quarters);
        let cycle = |(own, responses): (&Closed, &Vec<Response>)| ClosedCycle {
            period: own.card.period.clone(),
            instrument: self.instrument.clone(),
            sides_shown: own.card.sides_shown,
            overall_is_mean: own.card.overall_is_mean,
            responses: responses.clone(),
            sums: Vec::new(),
        };
        let mut closed: Vec<ClosedCycle> = all.iter().zip(quarters).map(cycle).collect();
        let last = all.last().expect("a cycle has closed");
        let reach = looks_back(&last.basis, &self.instrument) as usize;
        closed.drain(..closed.len() - reach);
        Standing { basis: last.basis.clone(), open: last.open_flags(), closed }
    }

    /// The drift test as a live close takes it up again.
    pub fn tracker(&self, standing: &Standing, responses: &[Response]) -> Tracker {
        let resumed = resume(&self.sides(), &standing.basis, &self.instrument, &standing.closed);
        let tracker = resumed.expect("as many cycles are there as it looks back");
        let unknown = tracker.unknown(&given(&self.instrument, "next", responses));
        assert!(unknown.is_empty(), "everybody has answered before");
        tracker
    }

    /// The next close alone.
    pub fn next(&self, standing: &Standing, responses: &[Response], tracker: &mut Tracker) -> Closed {
        let number = standing.basis.drift.closed as usize;
        self.one(number, responses, (&standing.basis, &standing.open, tracker))
    }

    fn one(
        &self,
        number: usize,
        responses: &[Response],
        (basis, open, tracker): (&Basis, &[OpenFlag], &mut Tracker),
    ) -> Closed {
        let meta = meta(number);
        let closing = Closing {
            instrument: &self.instrument,
            sides: &self.asked,
            responses,
            mode: self.mode,
            floor_k: self.mode.default_floor(),
            rebaseline: false,
            meta: &meta,
        };
        close(&closing, basis, open, tracker)
    }
}

impl Standing {
    /// How many closed cycles the next close reads.
    pub fn reads(&self) -> usize {
        self.closed.len()
    }
}

/// The facts that the scorecard of a quarter carries.
pub fn meta(number: usize) -> PublishMeta {
    let closed_at = closed_at(number);
    PublishMeta {
        cycle_id: CycleId::from_bytes(bytes(1 + number as u64)),
        partnership_id: PartnershipId::from_bytes(bytes(1)),
        partnership: "Northmoor × Brightwater".to_owned(),
        period: period(number),
        opened_at: closed_at - TimeDelta::days(9),
        closed_at,
    }
}

/// The name of a quarter, from 2015 on.
pub fn period(number: usize) -> String {
    format!("{}-Q{}", 2015 + number / 4, number % 4 + 1)
}

fn closed_at(number: usize) -> DateTime<Utc> {
    let days = i64::try_from(number).expect("few quarters") * 91;
    DateTime::from_timestamp(1_427_000_000, 0).expect("a year of our time") + TimeDelta::days(days)
}
