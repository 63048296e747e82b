//! Answers as the test needs them: per cycle and side, each with the person who gave it.
//!
//! Law: a person is one person of one side; whoever answers for another side begins anew there. An answer that
//! cannot be linked is a person of its own, and of those only number and sum matter. The order in which
//! responses arrive changes nothing, not even the last bit of a sum.

use std::collections::BTreeMap;

use super::{
    tracker::CycleAnswers,
    unlinked::{SideSums, Unlinked},
};
use crate::domain::{
    answers::Answers,
    answers::Respondent,
    ids::SideId,
    scoring::{Subject, composite},
};

/// What one side answered to one subject in one cycle.
#[derive(Debug, Clone, Default)]
pub(super) struct SideAnswers {
    /// Answers of people, by their number ([`People`]).
    pub linked: Vec<(usize, f64)>,
    /// Answers that nobody can be linked to.
    pub unlinked: Unlinked,
}

impl SideAnswers {
    /// How many answers there are.
    pub(super) fn count(&self) -> usize {
        self.linked.len() + self.unlinked.count as usize
    }

    /// Their mean; only where there are any.
    pub(super) fn mean(&self) -> f64 {
        let linked: f64 = self.linked.iter().map(|(_, value)| *value).sum();
        (linked + self.unlinked.sum) / self.count() as f64
    }
}

/// One usable cycle of one subject: every side answered.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// The cycle's number.
    pub cycle: u32,
    /// The sides, in their order.
    pub sides: Vec<SideAnswers>,
    /// Their means.
    pub means: Vec<f64>,
}

impl Row {
    /// The cycle if it is usable.
    pub(super) fn usable(cycle: u32, sides: Vec<SideAnswers>) -> Option<Self> {
        let usable = !sides.is_empty() && sides.iter().all(|side| side.count() > 0);
        usable.then(|| Self { cycle, means: sides.iter().map(SideAnswers::mean).collect(), sides })
    }

    /// The plain score: mean of the side means.
    pub(super) fn score(&self) -> f64 {
        self.means.iter().sum::<f64>() / self.means.len() as f64
    }

    /// The fewest answers of a side.
    pub(super) fn fewest(&self) -> usize {
        self.sides.iter().map(SideAnswers::count).min().unwrap_or(0)
    }
}

/// Numbers for people, so that the test can count by index.
#[derive(Debug, Clone, Default)]
pub(super) struct People(BTreeMap<(usize, Respondent), usize>);

impl People {
    /// The number of a person of the side at this position.
    pub(super) fn number(&mut self, side: usize, person: Respondent) -> usize {
        let next = self.0.len();
        *self.0.entry((side, person)).or_insert(next)
    }

    /// The same, if the person is known.
    pub(super) fn find(&self, side: usize, person: Respondent) -> Option<usize> {
        self.0.get(&(side, person)).copied()
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }
}

/// The responses of a cycle in a fixed order: the people of each side, then what cannot be linked.
pub(super) struct Sheets<'a> {
    /// By position of the side and person. If somebody answered twice, the later response stands.
    pub linked: BTreeMap<(usize, Respondent), &'a Answers>,
    /// Position of the side and answers.
    pub unlinked: Vec<(usize, &'a Answers)>,
    /// Position of the side and what is left of answers that were reduced.
    pub reduced: Vec<(usize, &'a SideSums)>,
}

impl<'a> Sheets<'a> {
    /// Reads a cycle; responses of sides that are not among these are left out.
    pub(super) fn of(cycle: &CycleAnswers<'a>, sides: &[SideId]) -> Self {
        let place = |side: SideId| sides.iter().position(|own| *own == side);
        let reduced = cycle.sums.iter().filter_map(|own| Some((place(own.side)?, own))).collect();
        let mut sheets = Self { linked: BTreeMap::new(), unlinked: Vec::new(), reduced };
        for response in &cycle.responses {
            let Some(side) = place(response.side) else { continue };
            match response.person {
                Respondent::Nobody => sheets.unlinked.push((side, response.answers)),
                person => drop(sheets.linked.insert((side, person), response.answers)),
            }
        }
        sheets
    }

    /// What each side answered to one subject.
    pub(super) fn answers(
        &self,
        subject: &Subject,
        cycle: &CycleAnswers<'_>,
        sides: usize,
        people: &mut People,
    ) -> Vec<SideAnswers> {
        let mut given = vec![SideAnswers::default(); sides];
        let mut unlinked = vec![Vec::new(); sides];
        for (&(side, person), answers) in &self.linked {
            if let Some(value) = value(subject, answers, cycle) {
                given[side].linked.push((people.number(side, person), value));
            }
        }
        for &(side, answers) in &self.unlinked {
            unlinked[side].extend(value(subject, answers, cycle));
        }
        for (side, values) in given.iter_mut().zip(unlinked) {
            side.unlinked = Unlinked::of(values);
        }
        if asks(subject, cycle) {
            for (side, sums) in &self.reduced {
                let own = sums.subjects.get(subject).copied().unwrap_or_default();
                given[*side].unlinked = given[*side].unlinked.and(own);
            }
        }
        given
    }
}

/// Whether a cycle asked for a subject.
fn asks(subject: &Subject, cycle: &CycleAnswers<'_>) -> bool {
    match subject {
        Subject::Overall => true,
        Subject::Indicator(id) => cycle.instrument.indicator(id).is_some(),
    }
}

/// One respondent's answer to a subject, if the cycle asked for it and it was given.
pub(super) fn value(subject: &Subject, answers: &Answers, cycle: &CycleAnswers<'_>) -> Option<f64> {
    match subject {
        Subject::Overall => composite(answers, cycle.instrument),
        Subject::Indicator(id) => {
            cycle.instrument.indicator(id)?;
            answers.get(id).copied().flatten().map(f64::from)
        }
    }
}
