//! Ratings and reasons of flags that rest on something that a side has not seen.
//!
//! "Still amber" says that the rating before was amber or red, and a flag that is held without being measured says what
//! was found before. A side from which nobody answered sees counts only, so to it nothing later may say so. Law: what
//! these are is settled once, at the close, and frozen on the scorecard; what a viewer sees of a scorecard follows from
//! that scorecard alone, however many others are read beside it. Kept by the [`Basis`] from close to close; read by
//! [`super::view`].

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    super::{
        flags::{FlagState, FlagSubject, Reason},
        ids::{FlagId, SideId},
        instrument::Thresholds,
        scoring::{Rating, RatingReason, Subject, rate},
    },
    Basis, CardFlag, Cell, Marks, Scorecard,
    basis::Blind,
    view::sees,
};

/// What one side has not seen of what a scorecard says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unseen {
    /// The side.
    pub side: SideId,
    /// Of which the side is shown the rating that the cell's own figures make, and its reason.
    #[serde(default)]
    pub subjects: BTreeSet<Subject>,
    /// The reasons for which flags are held, not measured here, that the side is not shown.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reasons: BTreeMap<FlagId, BTreeSet<Reason>>,
}

impl Scorecard {
    /// The reasons of a flag that this scorecard holds and that a viewer of this side has not seen.
    pub fn unseen_reasons(&self, side: Option<SideId>, flag: FlagId) -> Option<&BTreeSet<Reason>> {
        let own = self.unseen.iter().flatten().find(|own| Some(own.side) == side)?;
        own.reasons.get(&flag)
    }
}

impl Basis {
    /// What the sides have not seen of what this scorecard rests on, where that makes a difference to them. Its flags must
    /// be settled.
    pub fn unseen_on(&self, card: &Scorecard) -> Vec<Unseen> {
        let held: BTreeSet<Subject> = card
            .subjects()
            .filter(|(_, cell)| cell.rating_reason == Some(RatingReason::Hysteresis))
            .map(|(subject, _)| subject)
            .collect();
        let of = |side: SideId| {
            let blind = self.unseen_by(side);
            let subjects: BTreeSet<Subject> = held.intersection(&blind.ratings).cloned().collect();
            let unseen = |flag: &CardFlag| {
                let known = blind.reasons.get(&flag.id)?;
                let kept: BTreeSet<Reason> = carried(flag, card).intersection(known).copied().collect();
                (!kept.is_empty()).then_some((flag.id, kept))
            };
            let reasons: BTreeMap<FlagId, BTreeSet<Reason>> = card.flags.iter().filter_map(unseen).collect();
            (!subjects.is_empty() || !reasons.is_empty()).then_some(Unseen { side, subjects, reasons })
        };
        card.sides.iter().filter(|own| sees(card, Some(own.id))).filter_map(|own| of(own.id)).collect()
    }

    fn unseen_by(&self, side: SideId) -> Blind {
        match &self.unseen {
            Some(known) => known.get(&side).cloned().unwrap_or_default(),
            None => Blind { ratings: self.ratings.keys().cloned().collect(), ..Blind::default() },
        }
    }
}

/// What the sides have not seen after this scorecard, which says for itself what they have not seen before it.
pub(super) fn after(basis: &Basis, card: &Scorecard) -> BTreeMap<SideId, Blind> {
    let mut all = BTreeMap::new();
    for side in card.sides.iter().map(|own| own.id) {
        let mut blind = basis.unseen_by(side);
        let hidden = !sees(card, Some(side));
        ratings(&mut blind.ratings, card, side, hidden);
        blind.reasons = reasons(&blind.reasons, card, hidden);
        if blind != Blind::default() {
            all.insert(side, blind);
        }
    }
    all
}

fn ratings(unseen: &mut BTreeSet<Subject>, card: &Scorecard, side: SideId, hidden: bool) {
    // Where a side's mean caps the rating as well, the side has seen the published one.
    let other = |cell: &Cell| by_itself(cell, &card.marks).is_some_and(|(rating, _)| rating != cell.rating);
    let still = |subject: &Subject, cell: &Cell| {
        card.unseen.iter().flatten().any(|own| own.side == side && own.subjects.contains(subject))
            && other(cell)
    };
    // A grey rating says nothing, and hysteresis goes on from the one before.
    for (subject, cell) in card.subjects().filter(|(_, cell)| cell.rating != Rating::Grey) {
        if hidden || still(&subject, cell) {
            unseen.insert(subject);
        } else {
            unseen.remove(&subject);
        }
    }
}

/// A reason that was found on this scorecard is seen or not with it; one that it carries on is what it was.
fn reasons(
    before: &BTreeMap<FlagId, BTreeSet<Reason>>,
    card: &Scorecard,
    hidden: bool,
) -> BTreeMap<FlagId, BTreeSet<Reason>> {
    let of = |flag: &CardFlag| {
        let carried = carried(flag, card);
        let unseen = |reason: &Reason| {
            if carried.contains(reason) {
                before.get(&flag.id).is_some_and(|known| known.contains(reason))
            } else {
                hidden && !reason.follows_from_counts()
            }
        };
        let left: BTreeSet<Reason> = flag.reasons.iter().copied().filter(unseen).collect();
        (!left.is_empty()).then_some((flag.id, left))
    };
    card.flags.iter().filter(|flag| flag.state != FlagState::Cleared).filter_map(of).collect()
}

/// The reasons of a flag that this scorecard has not measured.
fn carried(flag: &CardFlag, card: &Scorecard) -> BTreeSet<Reason> {
    let cell = match &flag.subject {
        FlagSubject::Partnership => Some(&card.overall),
        FlagSubject::Indicator(id) => card.indicator(id).map(|own| &own.cell),
    };
    flag.reasons.iter().copied().filter(|reason| cell.is_none_or(|cell| reason.unmeasured_in(cell))).collect()
}

/// The rating that a cell's own figures make; none where it shows no score.
pub(super) fn by_itself(cell: &Cell, marks: &Marks) -> Option<(Rating, RatingReason)> {
    let score = cell.score.filter(|_| cell.rating != Rating::Grey)?;
    let means: Vec<f64> = cell.sides.iter().filter_map(|side| side.mean).collect();
    Some(rate(score, &means, None, &Thresholds::from(marks)))
}
