//! Applies the publication rules to figures and makes the snapshot.

use super::mean;
use super::{
    super::{
        ids::SideId,
        instrument::{Instrument, Thresholds},
        mode::Mode,
        scoring::{
            CellFigures, CycleFigures, GapFigures, SideFigures, Status, bound, display, display_gap,
            plain_rating, without_spread,
        },
    },
    Cell, GapCell, IndicatorCell, InstrumentRef, Marks, PublishMeta, Scorecard, SideCell, SideRef,
    SideResponse,
};
use crate::domain::scoring::{RatingReason, SideCounts};

/// How much of a cycle is shown (R5): one decision for every cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Disclosure {
    Sides,
    Total,
    Counts,
}

/// Freezes a closed cycle's figures into its scorecard, as far as mode and floor allow.
///
/// `mode` and `floor_k` are those frozen when the cycle opened; `figures` must come from the same instrument.
///
/// # Source
/// Rules R1, R3, R4, R5 and R9 of the confidentiality chapter.
pub fn publish(
    figures: &CycleFigures,
    instrument: &Instrument,
    mode: Mode,
    floor_k: u32,
    meta: &PublishMeta,
) -> Scorecard {
    let disclosure = disclosure(figures, mode, floor_k);
    let freezer = Freezer {
        ids: figures.sides.iter().map(|side| side.side).collect(),
        thresholds: &instrument.thresholds,
        by_counts: status_by_counts(figures, &instrument.thresholds),
        disclosure,
        mode,
    };
    let indicators: Vec<IndicatorCell> = instrument
        .indicators
        .iter()
        .filter_map(|indicator| {
            let own = figures.indicator(&indicator.id)?;
            let mut cell = freezer.cell(own, instrument.thresholds.prior_variance);
            cell.action_required = indicator.actions.for_rating(cell.rating).map(str::to_owned);
            Some(IndicatorCell {
                id: indicator.id.clone(),
                name: indicator.name.clone(),
                short_name: indicator.short_name.clone(),
                actions: indicator.actions.clone(),
                cell,
            })
        })
        .collect();
    let shows_any = indicators.iter().any(|own| own.cell.score.is_some());
    let overall_is_mean = shows_any && overall_betrays(figures, mode, floor_k);
    let overall = if overall_is_mean {
        mean::of_indicators(&indicators, freezer.by_counts, &instrument.thresholds)
    } else {
        freezer.cell(&figures.overall, instrument.thresholds.prior_variance_overall)
    };
    let total_shown = overall.score.is_some() || shows_any;
    Scorecard {
        cycle_id: meta.cycle_id,
        partnership_id: meta.partnership_id,
        partnership: meta.partnership.clone(),
        period: meta.period.clone(),
        instrument: InstrumentRef {
            id: instrument.id.clone(),
            version: instrument.version,
            title: instrument.title.clone(),
        },
        mode,
        floor_k,
        opened_at: meta.opened_at,
        closed_at: meta.closed_at,
        sides: figures.sides.iter().map(|s| SideRef { id: s.side, name: s.name.clone() }).collect(),
        overall,
        overall_is_mean,
        indicators,
        response: response(figures),
        sides_shown: disclosure == Disclosure::Sides,
        total_shown,
        marks: Marks::from(&instrument.thresholds),
        rebaseline: false,
        flags: Vec::new(),
        unseen: Some(Vec::new()),
    }
}

fn response(figures: &CycleFigures) -> Vec<SideResponse> {
    let of = |s: &SideCounts| SideResponse {
        side: s.side,
        invited: s.invited,
        answered: s.answered,
        band: s.band,
    };
    figures.sides.iter().map(of).collect()
}

/// R5: the smallest number of answers anywhere decides for everything.
///
/// The overall composite counts as a cell too: people who skipped more than half of the questions are missing
/// from it, so it can rest on fewer answers than any indicator.
fn disclosure(figures: &CycleFigures, mode: Mode, floor_k: u32) -> Disclosure {
    let answered: Vec<usize> = (0..figures.sides.len()).filter(|&i| figures.sides[i].answered > 0).collect();
    if !mode.has_floor() || answered.is_empty() {
        return Disclosure::Sides;
    }
    let smallest_side = figures.cells().flat_map(|cell| answered.iter().map(|&i| cell.sides[i].n)).min();
    if smallest_side.is_some_and(|n| n >= floor_k) {
        return Disclosure::Sides;
    }
    let smallest_total = figures.cells().map(|cell| cell.sides.iter().map(|side| side.n).sum::<u32>()).min();
    // A figure that is missing among figures that are shown would say that nobody of a side answered it, and a side may
    // be one person.
    let every_side_is_in_all = smallest_side.is_some_and(|n| n > 0);
    // The total of a single side would be that side's figure under another name.
    if answered.len() >= 2 && every_side_is_in_all && smallest_total.is_some_and(|n| n >= floor_k) {
        return Disclosure::Total;
    }
    Disclosure::Counts
}

/// R5: whether the overall score would tell the answers of a few people who left something out.
///
/// An answer stands in one indicator's figure and in the overall one, and nowhere else, so only the overall score
/// can be set against the others. Where everybody of a side answered everything it is the mean of the indicators
/// and says nothing new. Where somebody left something out, its difference from the indicators is a sum over
/// exactly those people, and every other way of weighing the figures against each other leaves at least all the
/// people who answered everything. Both groups must therefore reach the floor, or one of them must not exist.
/// The indicators among themselves share no answer and may differ in their numbers freely.
///
/// The total alone is a mean over the sides, where the same holds: a side drops out of a difference only as a
/// whole, and only if everybody of it answered everything.
///
/// Where it would, the mean of what the indicators show stands in its place ([`mean`]).
fn overall_betrays(figures: &CycleFigures, mode: Mode, floor_k: u32) -> bool {
    mode.has_floor()
        && figures.sides.iter().any(|side| {
            let partial = side.answered - side.complete;
            partial > 0 && (partial < floor_k || side.complete < floor_k)
        })
}

/// What the response counts, which everybody sees, say about the cells.
fn status_by_counts(figures: &CycleFigures, thresholds: &Thresholds) -> Status {
    match figures.sides.iter().filter(|side| side.answered > 0).count() {
        0 => Status::NoData,
        1 => Status::OneSided,
        n if n < figures.sides.len() => Status::Partial,
        _ if figures.sides.iter().any(|side| side.answered < thresholds.enough_answers) => {
            Status::Provisional
        }
        _ => Status::Ok,
    }
}

struct Freezer<'a> {
    ids: Vec<SideId>,
    thresholds: &'a Thresholds,
    by_counts: Status,
    disclosure: Disclosure,
    mode: Mode,
}

impl Freezer<'_> {
    fn cell(&self, figures: &CellFigures, prior: f64) -> Cell {
        match self.disclosure {
            Disclosure::Sides => self.with_sides(figures, prior),
            Disclosure::Total => self.total(figures),
            Disclosure::Counts => Cell::hidden(self.by_counts),
        }
    }

    /// The total alone: plain colour, nothing that depends on a single side or on earlier cycles.
    fn total(&self, figures: &CellFigures) -> Cell {
        let Some(score) = &figures.score else { return Cell::hidden(self.by_counts) };
        Cell {
            score: Some(display(score.value, self.thresholds)),
            rating: plain_rating(score.value, self.thresholds),
            rating_reason: Some(RatingReason::Score),
            suppressed: true,
            ..Cell::empty(self.by_counts)
        }
    }

    fn with_sides(&self, figures: &CellFigures, prior: f64) -> Cell {
        let spread = self.spread_shown(figures);
        // Words derived from spread give small groups away; in representative mode everyone stands for a side
        // and there is no group to protect.
        let spreadless = (!spread && self.mode.has_floor())
            .then(|| without_spread(figures, prior, self.thresholds))
            .flatten();
        let gap = figures.gap.as_ref().map(|gap| {
            let mut cell = self.gap(gap, spread);
            if let Some(words) = spreadless {
                (cell.clear, cell.label) = (words.clear, words.label);
            }
            cell
        });
        let precision = figures.score.as_ref().map(|score| score.precision);
        let sides = self.ids.iter().zip(&figures.sides);
        Cell {
            status: figures.status,
            score: figures.score.as_ref().map(|score| self.figure(score.value)),
            rating: figures.rating,
            rating_reason: figures.rating_reason,
            precision: spreadless.map(|words| words.precision).or(precision),
            interval: figures
                .score
                .as_ref()
                .filter(|_| spread)
                .map(|s| s.interval.map(|end| self.figure(end))),
            gap,
            sides: sides.map(|(id, side)| self.side(*id, side, spread)).collect(),
            suppressed: !spread && figures.status != Status::NoData,
            ..Cell::empty(figures.status)
        }
    }

    /// R9: outside named mode only where every side that answered has enough answers.
    fn spread_shown(&self, figures: &CellFigures) -> bool {
        let floor = self.thresholds.spread_floor;
        self.mode == Mode::Named || figures.sides.iter().filter(|s| s.n > 0).all(|side| side.n >= floor)
    }

    /// R9: unrounded in named mode only.
    fn figure(&self, value: f64) -> f64 {
        if self.mode == Mode::Named { value } else { display(value, self.thresholds) }
    }

    fn gap(&self, gap: &GapFigures, spread: bool) -> GapCell {
        let named = self.mode == Mode::Named;
        GapCell {
            between: gap.between.map(|position| self.ids[position]),
            value: if named { gap.value } else { display_gap(gap.value, self.thresholds) },
            interval: spread.then(|| if named { gap.interval } else { gap.interval.map(bound) }),
            clear: gap.clear,
            label: gap.label,
            suppressed: !spread,
        }
    }

    fn side(&self, side: SideId, figures: &SideFigures, spread: bool) -> SideCell {
        let measure = figures.measure.as_ref();
        SideCell {
            side,
            n: figures.n,
            mean: measure.map(|m| self.figure(m.mean)),
            interval: measure.filter(|_| spread).map(|m| m.interval.map(|end| self.figure(end))),
            agreement: (spread || figures.n == 0).then_some(figures.agreement),
            suppressed: !spread && figures.n > 0,
        }
    }
}
