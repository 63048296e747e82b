//! The checks of one partnership and instrument, as one viewer may see them.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::flags::Reason;
use crate::domain::ids::{CycleId, FlagId, SideId};
use crate::domain::publication::{Cell, IndicatorCell, Scorecard, views_for};
use crate::domain::scoring::{Rating, Status, Subject};

/// A row compares the last check with the one before.
const COMPARED: usize = 2;

/// One closed check.
#[derive(Clone, Debug)]
pub struct Check {
    /// The scorecard as the viewer sees it.
    pub card: Scorecard,
    /// Whether published figures are withheld from this viewer, because nobody of the viewer's side answered.
    pub withheld: bool,
    /// How often the checks before it, itself included, began anew, with another wording or by agreement: figures are
    /// compared only within one number.
    pub epoch: usize,
    /// Indicators rated otherwise than published, because the published rating rests on a withheld check.
    pub rerated: Vec<String>,
    /// Reasons of flags that it holds and that the viewer has not seen, because they rest on a withheld check.
    pub unseen: BTreeMap<FlagId, BTreeSet<Reason>>,
}

/// The checks so far, oldest first.
#[derive(Clone, Debug, Default)]
pub struct History {
    checks: Vec<Check>,
    named: Vec<Check>,
}

impl History {
    /// What a viewer who stands on this side may see of these scorecards, oldest first.
    pub fn new<'a>(cards: &'a [Scorecard], side: Option<SideId>) -> Self {
        let mut epoch = 0;
        let mut before: Option<&'a Scorecard> = None;
        let seen = |(view, card): (Scorecard, &'a Scorecard)| {
            epoch += usize::from(before.is_some_and(|old| begins_anew(card, old)));
            before = Some(card);
            let withheld = view.total_shown != card.total_shown || view.sides_shown != card.sides_shown;
            let other = |(own, published): &(&IndicatorCell, &IndicatorCell)| {
                !withheld && own.cell.rating != published.cell.rating
            };
            let rerated = view.indicators.iter().zip(&card.indicators).filter(other);
            let rerated = rerated.map(|(own, _)| own.id.clone()).collect();
            let unseen = card.unseen.iter().flatten().find(|own| Some(own.side) == side);
            let unseen = unseen.map(|own| own.reasons.clone()).unwrap_or_default();
            Check { withheld, epoch, rerated, unseen, card: view }
        };
        Self { checks: views_for(cards, side).into_iter().zip(cards).map(seen).collect(), named: Vec::new() }
    }

    /// The same, with single checks besides that flags name, of whatever age and instrument: whether they are withheld
    /// decides what a flag may say. Nothing is drawn of them or compared with them.
    #[must_use]
    pub fn with_named(self, cards: &[Scorecard], side: Option<SideId>) -> Self {
        Self { named: Self::new(cards, side).checks, ..self }
    }

    /// Leaves out what no row of the portfolio shows, for whoever keeps many histories: the single checks, and the
    /// indicators of checks before the last two that those ask for, too.
    pub fn leave_out_what_is_old(&mut self) {
        self.named = Vec::new();
        let newer = self.checks.split_off(self.checks.len().saturating_sub(COMPARED));
        let asked: BTreeSet<&str> =
            newer.iter().flat_map(|check| &check.card.indicators).map(|own| own.id.as_str()).collect();
        for check in &mut self.checks {
            check.card.indicators.retain(|own| !asked.contains(own.id.as_str()));
        }
        self.checks.extend(newer);
        self.checks.shrink_to_fit();
    }

    /// All of them.
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// The newest.
    pub fn latest(&self) -> Option<&Check> {
        self.checks.last()
    }

    /// The one before the newest.
    pub fn previous(&self) -> Option<&Check> {
        self.checks.len().checked_sub(2).map(|place| &self.checks[place])
    }

    /// The place of the newest check that began anew by agreement or with another mode; 0 where none did.
    pub fn new_start(&self) -> usize {
        self.checks.iter().rposition(|check| check.card.rebaseline).unwrap_or(0)
    }

    /// The check of a cycle.
    pub fn of_cycle(&self, cycle: CycleId) -> Option<&Check> {
        self.checks.iter().chain(&self.named).find(|check| check.card.cycle_id == cycle)
    }

    /// Whether the figures of this cycle are withheld from the viewer.
    pub fn withholds(&self, cycle: CycleId) -> bool {
        self.of_cycle(cycle).is_some_and(|check| check.withheld)
    }

    /// Overall, then the indicators of the newest check.
    pub fn subjects(&self) -> Vec<Subject> {
        let indicators = self.latest().map_or(&[][..], |check| check.card.indicators.as_slice());
        let of_each = indicators.iter().map(|own| Subject::Indicator(own.id.clone()));
        std::iter::once(Subject::Overall).chain(of_each).collect()
    }
}

/// Whether figures of a check cannot be compared with those of the one before.
fn begins_anew(card: &Scorecard, before: &Scorecard) -> bool {
    card.rebaseline
        || card.instrument.id != before.instrument.id
        || card.instrument.version != before.instrument.version
}

impl Check {
    /// One cell; `None` where the check did not ask for it.
    pub fn cell(&self, subject: &Subject) -> Option<&Cell> {
        match subject {
            Subject::Overall => Some(&self.card.overall),
            Subject::Indicator(id) => self.card.indicator(id).map(|own| &own.cell),
        }
    }

    /// Whether anything is rated.
    pub fn is_rated(&self) -> bool {
        self.card.cells().any(|cell| cell.rating != Rating::Grey)
    }

    /// The word on a tile that is not rated.
    pub fn why_unrated(&self, cell: &Cell) -> &'static str {
        match cell.status {
            Status::NoData => "No data",
            Status::OneSided if self.card.sides.len() == 1 => "Our view",
            Status::OneSided => "One side",
            _ if self.withheld => "Hidden",
            _ => "Too few",
        }
    }

    /// The subject's name.
    pub fn name<'a>(&'a self, subject: &'a Subject) -> &'a str {
        match subject {
            Subject::Overall => "Overall",
            Subject::Indicator(id) => self.card.indicator(id).map_or(id, |own| &own.name),
        }
    }

    /// Whether figures of the two, of one history, may be subtracted: the same wording, and no new start between them.
    pub fn compares_with(&self, other: &Self) -> bool {
        self.epoch == other.epoch
    }

    /// Why figures before this check cannot be compared with it: "new wording", "new start".
    pub fn fresh_words(&self) -> &'static str {
        if self.card.rebaseline { "new start" } else { "new wording" }
    }

    /// The difference to the check before, of the two figures that people see; `None` where either is not shown.
    pub fn change(&self, before: Option<&Self>, subject: &Subject) -> Option<f64> {
        let before = before.filter(|other| self.compares_with(other))?;
        Some(self.shown(subject)? - before.shown(subject)?)
    }

    /// The score as people see it.
    fn shown(&self, subject: &Subject) -> Option<f64> {
        let score = self.cell(subject)?.score?;
        crate::domain::words::score_words(score, &self.card.marks).parse().ok()
    }
}
