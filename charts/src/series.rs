//! The data inside a trend panel: the gap between the sides, their lines, markers and end labels.

use crate::labels::spread;
use crate::markers::Marker;
use crate::model::PointState;
use crate::plot::{Plot, lone_total, shown};
use crate::scene::{Align, Dash, Label, Pt, Scene};
use crate::text::Face;
use crate::theme::Ink;

/// Draws everything that belongs to the sides.
pub(crate) fn draw(scene: &mut Scene, plot: &Plot<'_>) {
    gaps(scene, plot);
    whiskers(scene, plot);
    let sides = plot.trend.sides.len();
    for side in 0..sides {
        for run in runs(plot, side) {
            let points: Vec<Pt> = run.iter().map(|(index, mean)| (plot.x(*index), plot.y(*mean))).collect();
            if points.len() > 1 {
                scene.stroke(points, Ink::side(side), 2.0, Dash::side(side));
            }
        }
    }
    for side in 0..sides {
        for (index, point) in plot.columns() {
            if let Some(figure) = shown(point, side) {
                let provisional = point.state == PointState::Provisional;
                let marker = Marker { side, scale: plot.marker_scale(), provisional };
                marker.draw(scene, (plot.x(index), plot.y(figure.mean)));
            }
        }
    }
    totals(scene, plot);
    end_labels(scene, plot);
}

/// The intervals, under the lines and slimmer than they.
fn whiskers(scene: &mut Scene, plot: &Plot<'_>) {
    for side in 0..plot.trend.sides.len() {
        for (index, point) in plot.columns() {
            if let Some((low, high)) = shown(point, side).and_then(|figure| figure.interval) {
                let x = plot.whisker_x(index, side);
                let ends = vec![(x, plot.y(high)), (x, plot.y(low))];
                scene.stroke(ends, Ink::side(side), 1.0, Dash::Pale);
            }
        }
    }
}

/// True where the lines may not run on from the check before.
fn broken(plot: &Plot<'_>, index: usize) -> bool {
    plot.trend.points[index].break_before.is_some()
}

/// The unbroken stretches of a side's line, as (check, mean).
fn runs(plot: &Plot<'_>, side: usize) -> Vec<Vec<(usize, f64)>> {
    let mut runs: Vec<Vec<(usize, f64)>> = vec![Vec::new()];
    for (index, point) in plot.columns() {
        let figure = shown(point, side);
        if (figure.is_none() || broken(plot, index)) && runs.last().is_some_and(|run| !run.is_empty()) {
            runs.push(Vec::new());
        }
        if let (Some(figure), Some(run)) = (figure, runs.last_mut()) {
            run.push((index, figure.mean));
        }
    }
    runs
}

/// Fills the space between the highest and the lowest side, wherever at least two are shown in a row. Where
/// another side joins or leaves, the outline steps: one area, so that no seam shows.
fn gaps(scene: &mut Scene, plot: &Plot<'_>) {
    let mut edges: (Vec<Pt>, Vec<Pt>) = (Vec::new(), Vec::new());
    for index in 1..plot.trend.points.len() {
        let sides = if broken(plot, index) { Vec::new() } else { both(plot, index) };
        if sides.len() < 2 {
            fill(scene, &mut edges);
            continue;
        }
        for share in crossings(plot, index, &sides) {
            let heights = sides.iter().map(|side| height(plot, index, *side, share));
            let (top, bottom) = heights.fold((f64::MAX, f64::MIN), |(t, b), y| (t.min(y), b.max(y)));
            let x = plot.x(index - 1) + share * plot.step();
            for (edge, y) in [(&mut edges.0, top), (&mut edges.1, bottom)] {
                if edge.last().is_none_or(|last| (last.0 - x).abs() + (last.1 - y).abs() > 1e-6) {
                    edge.push((x, y));
                }
            }
        }
    }
    fill(scene, &mut edges);
}

/// Fills what lies between the upper and the lower edge, and starts anew.
fn fill(scene: &mut Scene, (upper, lower): &mut (Vec<Pt>, Vec<Pt>)) {
    let outline: Vec<Pt> = upper.drain(..).chain(lower.drain(..).rev()).collect();
    if outline.len() > 2 {
        scene.area(outline, Ink::Gap);
    }
}

/// The sides shown in this check and in the one before.
fn both(plot: &Plot<'_>, index: usize) -> Vec<usize> {
    let points = &plot.trend.points;
    (0..plot.trend.sides.len())
        .filter(|side| shown(&points[index], *side).is_some() && shown(&points[index - 1], *side).is_some())
        .collect()
}

/// Height of a side's line at a share (0 to 1) of the way from the check before.
fn height(plot: &Plot<'_>, index: usize, side: usize, share: f64) -> f64 {
    let mean = |at: usize| shown(&plot.trend.points[at], side).map_or(0.0, |figure| figure.mean);
    plot.y(mean(index - 1) * (1.0 - share) + mean(index) * share)
}

/// Where the outline can bend on the way to this check: its ends and every crossing of two lines.
fn crossings(plot: &Plot<'_>, index: usize, sides: &[usize]) -> Vec<f64> {
    let mut shares = vec![0.0, 1.0];
    for (rank, a) in sides.iter().enumerate() {
        for b in &sides[rank + 1..] {
            let before = height(plot, index, *a, 0.0) - height(plot, index, *b, 0.0);
            let after = height(plot, index, *a, 1.0) - height(plot, index, *b, 1.0);
            if before * after < 0.0 {
                shares.push(before / (before - after));
            }
        }
    }
    shares.sort_by(f64::total_cmp);
    shares
}

/// A tick for the total where the sides are not shown.
fn totals(scene: &mut Scene, plot: &Plot<'_>) {
    let half = (plot.step() * 0.4).clamp(2.5, 7.5);
    for (index, point) in plot.columns() {
        if let Some(total) = lone_total(point) {
            let (x, y) = (plot.x(index), plot.y(total));
            scene.rule((x - half, y), (x + half, y), Ink::Strong, 2.5);
        }
    }
}

/// The newest figure of each side beside its marker, or above or below it where another line runs on; kept apart where
/// several end in one column.
fn end_labels(scene: &mut Scene, plot: &Plot<'_>) {
    let mut ends: Vec<(usize, f64, Ink)> = (0..plot.trend.sides.len())
        .filter_map(|side| {
            let last = plot.columns().filter_map(|(i, p)| shown(p, side).map(|f| (i, f.mean))).last();
            last.map(|(index, mean)| (index, mean, Ink::side(side)))
        })
        .collect();
    if let Some((index, total)) = plot.columns().filter_map(|(i, p)| lone_total(p).map(|t| (i, t))).last()
        && ends.iter().all(|end| end.0 < index)
    {
        // In the next column the figures of the sides would read as one with it.
        ends.retain(|end| end.0 + 1 < index);
        ends.push((index, total, Ink::Strong));
    }
    let mut columns: Vec<usize> = ends.iter().map(|end| end.0).collect();
    columns.sort_unstable();
    columns.dedup();
    for column in columns {
        let group: Vec<_> = ends.iter().filter(|end| end.0 == column).collect();
        let aside = runs_on(plot, column);
        let away = |score: f64| match aside {
            true if is_highest(plot, column, score) => -15.0,
            true => 15.0,
            false => 0.0,
        };
        let wanted: Vec<f64> = group.iter().map(|end| plot.y(end.1) + away(end.1)).collect();
        let (x, align) =
            if aside { (plot.x(column), Align::Middle) } else { (plot.x(column) + 13.0, Align::Start) };
        let places = spread(&wanted, 16.0, plot.top + 2.0, plot.bottom - 6.0);
        for (end, y) in group.iter().zip(places) {
            scene.text(Label {
                at: (x, y + 4.8),
                text: plot.bands.figure(end.1),
                face: Face::Serif,
                size: 14.0,
                ink: end.2,
                align,
                halo: true,
            });
        }
    }
}

/// Whether another side's line runs on from this check to the next: a label beside the marker would lie on it.
fn runs_on(plot: &Plot<'_>, column: usize) -> bool {
    column + 1 < plot.trend.points.len() && !broken(plot, column + 1) && !both(plot, column + 1).is_empty()
}

/// Whether no side stands higher at this check.
fn is_highest(plot: &Plot<'_>, column: usize, score: f64) -> bool {
    let point = &plot.trend.points[column];
    (0..plot.trend.sides.len()).filter_map(|side| shown(point, side)).all(|other| other.mean <= score)
}
