//! Histories for the tests of drift: owned answers, replayed whole or resumed cycle by cycle.

use super::{Carried, CycleAnswers, Response, Tested, Tracker};
use crate::domain::{
    answers::Respondent,
    answers::{Answer, Answers},
    ids::SideId,
    instrument::{Instrument, tests::quarterly},
    samples::side_id,
    scoring::Subject,
};

/// One respondent's answers in one quarter.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub side: usize,
    /// None: not linked to anybody.
    pub person: Option<u32>,
    pub answers: Answers,
}

#[derive(Debug, Clone)]
pub(super) struct Quarter {
    pub period: String,
    pub rebaseline: bool,
    pub sides_shown: bool,
    pub overall_is_mean: bool,
    pub given: Vec<Given>,
}

#[derive(Debug, Clone)]
pub(super) struct History {
    pub sides: usize,
    pub instrument: Instrument,
    pub quarters: Vec<Quarter>,
}

/// What each quarter's close found.
pub(super) type Findings = Vec<Vec<(Subject, Tested)>>;

/// The quarterly review with its first indicators only.
pub(super) fn asking(indicators: usize) -> Instrument {
    let mut instrument = quarterly();
    instrument.indicators.truncate(indicators);
    instrument
}

/// Answers to the first indicators, in order.
pub(super) fn answers(points: &[Answer]) -> Answers {
    let ids = quarterly().indicators.into_iter().map(|own| own.id);
    ids.zip(points.iter().copied()).collect()
}

pub(super) fn member(n: u32) -> Respondent {
    Respondent::Member(format!("00000000-0000-4000-9000-{n:012}").parse().unwrap())
}

pub(super) fn period(n: usize) -> String {
    format!("{}-Q{}", 2020 + n / 4, n % 4 + 1)
}

impl Quarter {
    /// A quarter of one indicator; each person of each side gives one point.
    pub(super) fn of(n: usize, sides: &[&[(u32, u8)]]) -> Self {
        let given = sides.iter().enumerate().flat_map(|(side, people)| {
            people.iter().map(move |(person, point)| Given {
                side,
                person: Some(*person),
                answers: answers(&[Some(*point)]),
            })
        });
        Self {
            period: period(n),
            rebaseline: false,
            sides_shown: true,
            overall_is_mean: false,
            given: given.collect(),
        }
    }

    pub(super) fn borrow<'a>(&'a self, instrument: &'a Instrument) -> CycleAnswers<'a> {
        let response = |own: &'a Given| Response {
            side: side_id(own.side),
            person: own.person.map_or(Respondent::Nobody, member),
            answers: &own.answers,
        };
        CycleAnswers {
            period: &self.period,
            instrument,
            rebaseline: self.rebaseline,
            sides_shown: self.sides_shown,
            overall_is_mean: self.overall_is_mean,
            responses: self.given.iter().map(response).collect(),
            sums: &[],
        }
    }
}

impl History {
    /// A history of one indicator between sides of which everybody answers: `quarters[t][side][person]`.
    pub(super) fn of(quarters: &[&[&[u8]]]) -> Self {
        let sides = quarters.iter().map(|sides| sides.len()).max().unwrap_or(0);
        let quarter = |(n, points): (usize, &&[&[u8]])| {
            let sides: Vec<Vec<(u32, u8)>> = points
                .iter()
                .zip(0..)
                .map(|(own, side): (&&[u8], u32)| (side * 100..).zip(own.iter().copied()).collect())
                .collect();
            Quarter::of(n, &sides.iter().map(Vec::as_slice).collect::<Vec<_>>())
        };
        Self { sides, instrument: asking(1), quarters: quarters.iter().enumerate().map(quarter).collect() }
    }

    pub(super) fn side_ids(&self) -> Vec<SideId> {
        (0..self.sides).map(side_id).collect()
    }

    fn borrow<'a>(&'a self, quarters: &'a [Quarter]) -> Vec<CycleAnswers<'a>> {
        quarters.iter().map(|own| own.borrow(&self.instrument)).collect()
    }

    pub(super) fn replay(&self) -> Findings {
        let mut tracker = Tracker::new(&self.side_ids());
        self.quarters.iter().map(|own| tracker.close(&own.borrow(&self.instrument))).collect()
    }

    /// Each close by itself, with what the close before stored as JSON and no more answers than it has to read.
    pub(super) fn resumed(&self) -> Findings {
        let mut stored = serde_json::to_string(&Carried::default()).unwrap();
        let mut findings = Vec::new();
        for (t, quarter) in self.quarters.iter().enumerate() {
            let carried: Carried = serde_json::from_str(&stored).unwrap();
            let reach = carried.reach(&self.instrument) as usize;
            let (older, loaded) = self.quarters[..t].split_at(t - reach);
            let next = quarter.borrow(&self.instrument);
            let loaded = self.borrow(loaded);
            let mut tracker = Tracker::resume(&self.side_ids(), carried, &self.instrument, &loaded).unwrap();
            let unknown = tracker.unknown(&next);
            let mut theirs = older.to_vec();
            for own in &mut theirs {
                own.given.retain(|given| {
                    given.person.is_some_and(|p| unknown.contains(&(side_id(given.side), member(p))))
                });
            }
            tracker.remember(&self.borrow(&theirs));
            findings.push(tracker.close(&next));
            stored = serde_json::to_string(tracker.carried()).unwrap();
        }
        findings
    }
}
