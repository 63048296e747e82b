//! The overall cell where the score of the people's own means would give few of them away: the mean of what the indicators
//! show. Law: made of published figures only, so it tells nothing that the indicators do not tell.

use super::super::instrument::Thresholds;
use super::super::scoring::{RatingReason, Status, display, plain_rating};
use super::{Cell, IndicatorCell, SideCell};

/// The mean of the indicators that show a figure, side by side and in all; hidden where none does.
pub(super) fn of_indicators(own: &[IndicatorCell], status: Status, thresholds: &Thresholds) -> Cell {
    let scores: Vec<f64> = own.iter().filter_map(|indicator| indicator.cell.score).collect();
    let Some(score) = mean(&scores) else { return Cell::hidden(status) };
    let sides = own.first().map(|first| first.cell.sides.as_slice()).unwrap_or_default();
    Cell {
        score: Some(display(score, thresholds)),
        rating: plain_rating(score, thresholds),
        rating_reason: Some(RatingReason::Score),
        sides: sides.iter().map(|side| of_side(own, side, thresholds)).collect(),
        suppressed: true,
        ..Cell::empty(status)
    }
}

fn of_side(own: &[IndicatorCell], side: &SideCell, thresholds: &Thresholds) -> SideCell {
    let cells = || own.iter().filter_map(|indicator| indicator.cell.side(side.side));
    let means: Vec<f64> = cells().filter_map(|cell| cell.mean).collect();
    SideCell {
        side: side.side,
        n: cells().map(|cell| cell.n).min().unwrap_or(0),
        mean: mean(&means).map(|value| display(value, thresholds)),
        interval: None,
        agreement: None,
        suppressed: !means.is_empty(),
    }
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}
