//! Every possible onset of a step, for each side: how far people moved, and how exactly that is known.
//!
//! Law: exact generalised least squares of one step under random person effects. The sums are carried from one
//! onset to the one before it, so that a segment costs its answers once and not once per onset.
//!
//! # Source
//! A person's answers have the covariance `se2·I + sb2·J`, whose inverse is `(I − w·J)/se2` with
//! `w = sb2/(se2 + n·sb2)` (Sherman & Morrison 1950); the normal equations of a constant and a step follow.

use super::{Unlinked, Variances, cells::Row};

/// The step of one side for one onset.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Step {
    /// How far its people moved, in points.
    pub size: f64,
    /// The variance of that.
    pub variance: f64,
}

/// One person over the segment.
struct Person {
    /// Their number of answers.
    answers: f64,
    /// Sum of their answers.
    sum: f64,
    /// Weight of the person effect.
    weight: f64,
    /// How many of their answers lie from the onset on.
    after: f64,
}

/// Steps by side (outer) and onset (inner): the first onset is the second row, the last one the last row.
pub(super) fn sweep(rows: &[Row], variances: &Variances, people: usize) -> Vec<Vec<Step>> {
    let sides = rows.first().map_or(0, |row| row.sides.len());
    (0..sides).map(|side| sweep_side(rows, side, variances, people)).collect()
}

fn sweep_side(rows: &[Row], side: usize, variances: &Variances, people: usize) -> Vec<Step> {
    let (mut persons, slots) = persons(rows, side, variances, people);
    let Variances { person: se2, between: sb2, .. } = *variances;
    // An answer that nobody can be linked to is a person with one answer.
    let lone = se2 / (se2 + sb2);
    let unlinked = rows.iter().map(|row| row.sides[side].unlinked).fold(Unlinked::default(), Unlinked::and);
    let (count, sum) = (f64::from(unlinked.count), unlinked.sum);
    let (mut i11, mut r1) = (count * lone, sum * lone);
    for person in &persons {
        let share = 1.0 - person.weight * person.answers;
        i11 += person.answers * share;
        r1 += person.sum * share;
    }
    let (mut i12, mut i22, mut r2) = (0.0, 0.0, 0.0);
    let mut steps = Vec::with_capacity(rows.len().saturating_sub(1));
    for row in rows.iter().skip(1).rev() {
        let own = &row.sides[side];
        for &(number, value) in &own.linked {
            let person = &mut persons[slots[number]];
            i12 += 1.0 - person.weight * person.answers;
            i22 += 1.0 - person.weight * (2.0 * person.after + 1.0);
            r2 += value - person.weight * person.sum;
            person.after += 1.0;
        }
        let more = f64::from(own.unlinked.count) * lone;
        i12 += more;
        i22 += more;
        r2 += own.unlinked.sum * lone;
        // Positive: every side has answers before and from the onset on.
        let determinant = i11 * i22 - i12 * i12;
        steps.push(Step { size: (i11 * r2 - i12 * r1) / determinant, variance: se2 * i11 / determinant });
    }
    steps.reverse();
    steps
}

/// Everybody of one side in the order of their first answer in the segment, and where each number stands there. The
/// order follows from the segment alone, so that a resumed test adds up exactly as one that saw everything.
fn persons(rows: &[Row], side: usize, variances: &Variances, people: usize) -> (Vec<Person>, Vec<usize>) {
    let mut slots = vec![usize::MAX; people];
    let mut persons: Vec<Person> = Vec::new();
    for &(number, value) in rows.iter().flat_map(|row| &row.sides[side].linked) {
        if slots[number] == usize::MAX {
            slots[number] = persons.len();
            persons.push(Person { answers: 0.0, sum: 0.0, weight: 0.0, after: 0.0 });
        }
        let person = &mut persons[slots[number]];
        person.answers += 1.0;
        person.sum += value;
    }
    for person in &mut persons {
        person.weight = variances.between / (variances.person + person.answers * variances.between);
    }
    (persons, slots)
}
