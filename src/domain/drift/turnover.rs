//! Whether the same people answered throughout a segment.
//!
//! Law: it is asked side by side and answer by answer, so that somebody who left one question out counts as gone there.
//! Called by [`super::segment`], for what a scorecard may show ([`super::publish`]).

use super::cells::{Row, SideAnswers};

/// Who answered in the cycles of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turnover {
    /// On every side the same people in each cycle: the steps of people are the steps of the published means.
    Nobody,
    /// No answer is linked to anybody: the test knows no more of people than the means and their spread.
    Unlinked,
    /// Somebody came, left or skipped a cycle: the test weighs them by what they themselves answered.
    Somebody,
}

impl Turnover {
    /// Of the cycles of a segment.
    pub(super) fn of(rows: &[Row]) -> Self {
        let sides = || rows.iter().flat_map(|row| &row.sides);
        if sides().all(|side| side.linked.is_empty()) {
            return Self::Unlinked;
        }
        let linked = sides().all(|side| side.unlinked.count == 0);
        let same =
            |pair: &[Row]| pair[0].sides.iter().zip(&pair[1].sides).all(|(a, b)| people(a).eq(people(b)));
        if linked && rows.windows(2).all(same) { Self::Nobody } else { Self::Somebody }
    }
}

/// Their numbers; always in the order of the people themselves.
fn people(side: &SideAnswers) -> impl Iterator<Item = usize> + '_ {
    side.linked.iter().map(|(person, _)| *person)
}
