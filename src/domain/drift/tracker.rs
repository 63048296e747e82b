//! The test of one partnership and instrument, cycle after cycle.
//!
//! Law: a close with carried state gives the same as a replay of the whole history, to the last bit.
//!
//! A **live close** loads what was [`Carried`] by the close before and the answers of the last
//! [`Carried::reach`] closed cycles, oldest first, and makes [`Tracker::resume`] of them. Then it asks
//! [`Tracker::unknown`] which people of the closing cycle have an answer but no earlier one in what was loaded (mostly
//! nobody, or newcomers), hands their older responses to [`Tracker::remember`], and calls [`Tracker::close`].
//! An **import** begins with [`Tracker::new`] and calls [`Tracker::close`] for every cycle in order.
//! Both keep [`Tracker::carried`].

use std::collections::BTreeMap;

use super::{
    Carried, CarriedSubject,
    carried::{asked_by, subjects_of},
    cells::{People, Row, Sheets, SideAnswers, value},
    segment::{Mark, Segments, Series, Tested},
    unlinked::SideSums,
};
use crate::domain::{
    answers::{Answers, Respondent},
    ids::SideId,
    instrument::Instrument,
    scoring::Subject,
};

/// One respondent's answers in one cycle.
#[derive(Debug, Clone, Copy)]
pub struct Response<'a> {
    /// The side they answered for.
    pub side: SideId,
    /// Who it was; nobody where an answer cannot be linked to a person (anonymous mode): then it counts as somebody who
    /// answered once.
    pub person: Respondent,
    /// Answers by indicator.
    pub answers: &'a Answers,
}

/// The answers of one cycle, of every side together. At most one response of a person and side; if there are more, the
/// last one stands.
#[derive(Debug, Clone)]
pub struct CycleAnswers<'a> {
    /// The period's key, by which an onset is named.
    pub period: &'a str,
    /// The instrument version that was asked in this cycle.
    pub instrument: &'a Instrument,
    /// Whether all segments begin anew with this cycle.
    pub rebaseline: bool,
    /// Whether its scorecard publishes side figures.
    pub sides_shown: bool,
    /// Whether its scorecard shows the mean of the indicators in the place of the overall score.
    pub overall_is_mean: bool,
    /// The responses, in any order.
    pub responses: Vec<Response<'a>>,
    /// What is left of unlinked answers that were reduced.
    pub sums: &'a [SideSums],
}

/// Fewer cycles were loaded than the segments need.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("The drift test looks back {needed} checks, but only {loaded} were loaded.")]
pub struct NotLoaded {
    /// How many are needed ([`Carried::reach`]).
    pub needed: u32,
    /// How many were given.
    pub loaded: usize,
}

/// The running test of one partnership and instrument.
#[derive(Debug, Clone)]
pub struct Tracker {
    sides: Vec<SideId>,
    carried: Carried,
    people: People,
    series: BTreeMap<Subject, Series>,
    marks: BTreeMap<u32, Mark>,
}

impl Tracker {
    /// The test of a partnership without history. `sides` are its sides in their order; a cycle is usable when each of
    /// them answered.
    pub fn new(sides: &[SideId]) -> Self {
        Self {
            sides: sides.to_vec(),
            carried: Carried::default(),
            people: People::default(),
            series: BTreeMap::new(),
            marks: BTreeMap::new(),
        }
    }

    /// The test as an earlier close left it.
    ///
    /// `loaded` are the last closed cycles, oldest first: at least [`Carried::reach`] of them for the instrument that
    /// closes next. Each carries the instrument version of its own time.
    ///
    /// # Errors
    /// [`NotLoaded`] when they are too few.
    pub fn resume(
        sides: &[SideId],
        carried: Carried,
        next: &Instrument,
        loaded: &[CycleAnswers<'_>],
    ) -> Result<Self, NotLoaded> {
        let needed = carried.reach(next);
        let number = u32::try_from(loaded.len()).ok().and_then(|count| carried.closed.checked_sub(count));
        let Some(first) = number.filter(|first| carried.closed - first >= needed) else {
            return Err(NotLoaded { needed, loaded: loaded.len() });
        };
        let mut tracker = Self { carried, ..Self::new(sides) };
        for (cycle, number) in loaded.iter().zip(first..) {
            let sheets = Sheets::of(cycle, &tracker.sides);
            for subject in subjects_of(cycle.instrument) {
                let given = sheets.answers(&subject, cycle, sides.len(), &mut tracker.people);
                let series = tracker.series.entry(subject).or_default();
                series.keep_last(&given);
                series.rows.extend(Row::usable(number, given));
            }
            tracker.mark(number, cycle);
        }
        Ok(tracker)
    }

    /// The people of a closing cycle whose last earlier answer to something they answer now is not known yet: their
    /// responses in cycles before the loaded ones are what [`Self::remember`] wants. Somebody who never answered
    /// before is among them.
    pub fn unknown(&self, cycle: &CycleAnswers<'_>) -> Vec<(SideId, Respondent)> {
        let subjects: Vec<Subject> = subjects_of(cycle.instrument).collect();
        let has_last = |side: usize, person: Respondent, subject: &Subject| {
            let number = self.people.find(side, person);
            let last = self.series.get(subject).map(|series| &series.last);
            number.zip(last).is_some_and(|(number, last)| last.contains_key(&number))
        };
        let sheets = Sheets::of(cycle, &self.sides);
        let lacks = |side: usize, person: Respondent, answers: &Answers| {
            subjects.iter().any(|own| value(own, answers, cycle).is_some() && !has_last(side, person, own))
        };
        let people = sheets.linked.iter().filter(|((side, person), answers)| lacks(*side, *person, answers));
        people.map(|((side, person), _)| (self.sides[*side], *person)).collect()
    }

    /// Takes in responses from before the loaded cycles, oldest cycle first: of each person and subject the newest answer
    /// is kept where none is known. They enter no segment.
    pub fn remember(&mut self, earlier: &[CycleAnswers<'_>]) {
        for cycle in earlier.iter().rev() {
            let sheets = Sheets::of(cycle, &self.sides);
            for subject in subjects_of(cycle.instrument) {
                let given = sheets.answers(&subject, cycle, self.sides.len(), &mut self.people);
                let series = self.series.entry(subject).or_default();
                for &(person, value) in given.iter().flat_map(|side| &side.linked) {
                    series.last.entry(person).or_insert(value);
                }
            }
        }
    }

    /// Closes the next cycle: what is found of the overall score and of each indicator, in the instrument's order. Where it
    /// asks other indicators than the cycle before, the overall score begins anew: it is another composite.
    pub fn close(&mut self, cycle: &CycleAnswers<'_>) -> Vec<(Subject, Tested)> {
        let number = self.carried.closed;
        self.mark(number, cycle);
        let sheets = Sheets::of(cycle, &self.sides);
        let asked = asked_by(cycle.instrument);
        let other_composite = asked != self.carried.asked;
        self.carried.asked = asked;
        let found = subjects_of(cycle.instrument)
            .map(|subject| {
                let given = sheets.answers(&subject, cycle, self.sides.len(), &mut self.people);
                let restart = cycle.rebaseline || (other_composite && subject == Subject::Overall);
                let tested = self.close_subject(&subject, given, restart, cycle);
                (subject, tested)
            })
            .collect();
        self.carried.closed += 1;
        let earliest = self.carried.subjects.values().map(CarriedSubject::earliest).min().unwrap_or(0);
        self.marks = self.marks.split_off(&earliest);
        found
    }

    /// What to store for the next close.
    pub fn carried(&self) -> &Carried {
        &self.carried
    }

    fn mark(&mut self, number: u32, cycle: &CycleAnswers<'_>) {
        let mark = Mark {
            period: cycle.period.to_owned(),
            sides_shown: cycle.sides_shown,
            overall_is_mean: cycle.overall_is_mean,
        };
        self.marks.insert(number, mark);
    }

    fn close_subject(
        &mut self,
        subject: &Subject,
        given: Vec<SideAnswers>,
        restart: bool,
        cycle: &CycleAnswers<'_>,
    ) -> Tested {
        let number = self.carried.closed;
        let thresholds = &cycle.instrument.thresholds;
        let series = self.series.entry(subject.clone()).or_default();
        let mut own = self
            .carried
            .subjects
            .get(subject)
            .copied()
            // Nobody was asked before: earlier cycles cannot be usable.
            .unwrap_or(CarriedSubject { level: number, gap: number, ..CarriedSubject::default() });
        for side in &given {
            let linked: Vec<f64> = side.linked.iter().map(|(_, value)| *value).collect();
            own.sums.add_answers(&linked, side.unlinked);
            own.sums.add_changes(&series.changes(side));
        }
        series.keep_last(&given);
        if restart {
            (own.level, own.gap) = (number, number);
        }
        let row = Row::usable(number, given);
        let usable = row.is_some();
        series.rows.extend(row);
        let segments = Segments {
            subject,
            sides: &self.sides,
            marks: &self.marks,
            variances: own.sums.variances(subject, thresholds),
            people: self.people.count(),
            thresholds,
        };
        let tested = if usable { segments.test(&series.rows, &mut own) } else { segments.untested(number) };
        series.drop_before(own.earliest());
        self.carried.subjects.insert(subject.clone(), own);
        tested
    }
}
