//! Refuses data that would give a wrong picture. Called by every chart before it draws.

use crate::model::{ChartError, MOST_ONSETS, MOST_POINTS, SidePoint, Trend, TrendPoint};
use crate::portfolio::{MOST_ROWS, MOST_TILES};

fn refuse<T>(sentence: String) -> Result<T, ChartError> {
    Err(ChartError::Input(sentence))
}

/// A value on the answer scale, 1 to 5. A rounding error of 1e-9 is let through.
pub(crate) fn value(what: &str, value: f64) -> Result<(), ChartError> {
    if value.is_finite() && (1.0 - 1e-9..=5.0 + 1e-9).contains(&value) {
        return Ok(());
    }
    refuse(format!("{what} is {value}; it must be a number from 1 to 5."))
}

/// A difference of two means, -4 to 4.
pub(crate) fn gap(value: f64) -> Result<(), ChartError> {
    if value.is_finite() && value.abs() <= 4.0 + 1e-9 {
        return Ok(());
    }
    refuse(format!("The gap is {value}; it must be a number from -4 to 4."))
}

/// The thresholds of the bands.
pub(crate) fn thresholds(green_from: f64, amber_from: f64) -> Result<(), ChartError> {
    value("The threshold of green", green_from)?;
    value("The threshold of amber", amber_from)?;
    if amber_from < green_from {
        return Ok(());
    }
    refuse(format!("Amber starts at {amber_from} and green at {green_from}; amber must start lower."))
}

/// Rows by name, each with as many tiles as there are columns, and not too many of either.
pub(crate) fn table(columns: usize, rows: &[(&str, usize)]) -> Result<(), ChartError> {
    if columns > MOST_TILES {
        return refuse(format!("The picture has {columns} columns; it takes at most {MOST_TILES}."));
    }
    if rows.len() > MOST_ROWS {
        return refuse(format!("The picture has {} rows; it takes at most {MOST_ROWS}.", rows.len()));
    }
    match rows.iter().find(|(_, tiles)| *tiles != columns) {
        Some((name, tiles)) => refuse(format!("The row of {name} has {tiles} tiles for {columns} columns.")),
        None => Ok(()),
    }
}

/// One to four sides.
pub(crate) fn side_count(count: usize) -> Result<(), ChartError> {
    if (1..=4).contains(&count) {
        return Ok(());
    }
    refuse(format!("The chart has {count} sides; it must have one to four."))
}

/// At most [`MOST_POINTS`] points, and an onset that is one of them.
pub(crate) fn span(points: usize, onset: Option<usize>) -> Result<(), ChartError> {
    if points > MOST_POINTS {
        return refuse(format!("The chart has {points} points; it takes at most {MOST_POINTS}."));
    }
    match onset {
        Some(index) if index >= points => {
            refuse(format!("The onset is point {index}, counted from 0, but the chart has {points} points."))
        }
        _ => Ok(()),
    }
}

/// One side's figure.
pub(crate) fn side(what: &str, point: &SidePoint) -> Result<(), ChartError> {
    value(&format!("The mean of {what}"), point.mean)?;
    if point.n == 0 {
        return refuse(format!("The mean of {what} rests on nobody; leave the side out instead."));
    }
    let Some((low, high)) = point.interval else { return Ok(()) };
    value(&format!("The low end of the interval of {what}"), low)?;
    value(&format!("The high end of the interval of {what}"), high)?;
    if low <= high {
        return Ok(());
    }
    refuse(format!("The interval of {what} runs from {low} to {high}; the low end must come first."))
}

/// A whole trend.
pub(crate) fn trend(trend: &Trend) -> Result<(), ChartError> {
    thresholds(trend.green_from, trend.amber_from)?;
    side_count(trend.sides.len())?;
    let count = trend.points.len();
    span(count, None)?;
    trend.onsets.iter().try_for_each(|onset| span(count, Some(onset.index)))?;
    if trend.onsets.len() > MOST_ONSETS {
        return refuse(format!(
            "The chart has {} onsets; it takes at most {MOST_ONSETS}.",
            trend.onsets.len()
        ));
    }
    trend.points.iter().try_for_each(|p| point(trend, p))
}

fn point(trend: &Trend, point: &TrendPoint) -> Result<(), ChartError> {
    let period = &point.period;
    if point.sides.len() != trend.sides.len() {
        let (given, named) = (point.sides.len(), trend.sides.len());
        return refuse(format!("Check {period} has {given} sides, the chart names {named}."));
    }
    if let Some(total) = point.total {
        value(&format!("The total of check {period}"), total)?;
    }
    for (name, figure) in trend.sides.iter().zip(&point.sides) {
        if let Some(figure) = figure {
            side(&format!("{name} in check {period}"), figure)?;
        }
    }
    Ok(())
}
