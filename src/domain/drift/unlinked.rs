//! Answers that cannot be linked to a person, reduced to what the test asks of them: how many, their sum, and the sum of
//! their squares.
//!
//! Law: the test takes the same from a reduced cycle as from its answers, so that answers of anonymous mode need not be kept
//! for it. Made at the end of their retention ([`reduce`]), read at later closes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{CycleAnswers, carried::subjects_of, cells::value};
use crate::domain::{
    answers::{self, Respondent},
    ids::SideId,
    scoring::Subject,
};

/// The sums of one side's unlinked answers to one subject in one cycle.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Unlinked {
    /// How many there are.
    pub count: u32,
    /// Their sum, in points.
    pub sum: f64,
    /// The sum of their squares.
    pub squares: f64,
}

impl Unlinked {
    /// Adds up answers; the smallest first, so that the order in which they come changes nothing.
    pub(super) fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        Self {
            count: u32::try_from(values.len()).unwrap_or(u32::MAX),
            sum: values.iter().sum(),
            squares: values.iter().map(|own| own * own).sum(),
        }
    }

    /// Both together.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            sum: self.sum + other.sum,
            squares: self.squares + other.squares,
        }
    }

    /// Their squared deviations from a value.
    pub(super) fn deviations(self, from: f64) -> f64 {
        let squares = self.squares - 2.0 * from * self.sum + f64::from(self.count) * from * from;
        squares.max(0.0)
    }
}

/// What is left of one side's unlinked answers in one cycle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SideSums {
    /// The side.
    pub side: SideId,
    /// How many responses there were with at least one answer.
    pub answered: u32,
    /// The overall score and each indicator.
    pub subjects: BTreeMap<Subject, Unlinked>,
}

/// Reduces the unlinked answers of a cycle, side by side; what is reduced already is left out.
pub fn reduce(cycle: &CycleAnswers<'_>) -> Vec<SideSums> {
    let mut sides: BTreeMap<SideId, Vec<_>> = BTreeMap::new();
    for response in cycle.responses.iter().filter(|own| own.person == Respondent::Nobody) {
        sides.entry(response.side).or_default().push(response.answers);
    }
    let sums = |(side, given): (SideId, Vec<&answers::Answers>)| {
        let of = |subject: Subject| {
            let values = given.iter().filter_map(|own| value(&subject, own, cycle)).collect();
            (subject, Unlinked::of(values))
        };
        let answered = given.iter().filter(|own| answers::counts(own)).count();
        SideSums {
            side,
            answered: u32::try_from(answered).unwrap_or(u32::MAX),
            subjects: subjects_of(cycle.instrument).map(of).collect(),
        }
    };
    sides.into_iter().map(sums).collect()
}
