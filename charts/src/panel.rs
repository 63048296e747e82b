//! A trend panel: the bands and the axis, what is not shown, the data, the people and the periods.
//! Called by `trend` and `multiples`; the data itself is drawn by `series`, onsets, breaks and events by `moments`.

use crate::hatch::hatch;
use crate::labels::{STEPS, Slot, thin};
use crate::markers::{DayShape, Marker};
use crate::model::{PointState, Trend, TrendPoint};
use crate::moments;
use crate::plot::{Plot, ROW, WIDTH, lone_total, shown};
use crate::scale::upright_bands;
use crate::scene::{Align, Dash, Label, Scene};
use crate::series;
use crate::text::{Face, fit_ends, width};
use crate::theme::Ink;

/// Size of the small labels.
pub(crate) const SMALL: f64 = 11.0;
/// Space between the names of two periods.
const PERIODS_APART: f64 = 6.0;

/// Draws the panel of a trend that has been checked.
pub(crate) fn draw(trend: &Trend) -> Scene {
    let plot = Plot::new(trend);
    let mut scene = Scene::new(WIDTH, plot.height);
    upright_bands(&mut scene, &plot.axis, plot.bands, (plot.left, plot.right));
    suppressed(&mut scene, &plot);
    value_axis(&mut scene, &plot);
    moments::breaks_and_events(&mut scene, &plot);
    moments::onsets(&mut scene, &plot);
    series::draw(&mut scene, &plot);
    watch(&mut scene, &plot);
    people(&mut scene, &plot);
    periods(&mut scene, &plot);
    if let Some(sentence) = empty_sentence(trend) {
        let middle = f64::midpoint(plot.left, plot.right);
        let at = (middle, f64::midpoint(plot.top, plot.bottom) + 4.0);
        scene.text(Label {
            size: 13.0,
            ink: Ink::Medium,
            halo: true,
            ..small(at, sentence.to_owned(), Align::Middle)
        });
    }
    scene
}

/// A small pale label.
pub(crate) fn small(at: (f64, f64), text: String, align: Align) -> Label {
    Label { at, text, face: Face::Sans, size: SMALL, ink: Ink::Faint, align, halo: false }
}

/// What an empty plot says.
fn empty_sentence(trend: &Trend) -> Option<&'static str> {
    let points = &trend.points;
    let drawn = |p: &TrendPoint| lone_total(p).is_some() || (0..p.sides.len()).any(|s| shown(p, s).is_some());
    if points.iter().any(drawn) {
        None
    } else if points.is_empty() {
        Some("No check has closed yet.")
    } else if points.iter().any(|p| p.state == PointState::TooFew) {
        Some("Not shown (too few answers).")
    } else if points.iter().any(|p| p.state == PointState::OneSided) {
        Some("Only one side answered.")
    } else {
        Some("No answers in these checks.")
    }
}

/// A hatched column for each check that may not be shown.
fn suppressed(scene: &mut Scene, plot: &Plot<'_>) {
    let wide = plot.step().min(18.0);
    for (index, point) in plot.columns() {
        if point.state == PointState::TooFew {
            let left = (plot.x(index) - wide / 2.0).max(plot.left);
            let right = (plot.x(index) + wide / 2.0).min(plot.right);
            hatch(scene, (left, plot.top), (right - left, plot.bottom - plot.top));
        }
    }
}

/// Figures and day shapes on the left, the base line and its ticks.
fn value_axis(scene: &mut Scene, plot: &Plot<'_>) {
    for score in 1_u8..=5 {
        let score = f64::from(score);
        if score >= plot.axis.low {
            let at = (16.0, plot.y(score) + 4.0);
            scene.text(small(at, format!("{score:.0}"), Align::Middle));
        }
    }
    let shapes = [DayShape::Diamond, DayShape::Cone, DayShape::Ball];
    for ((low, high, _), shape) in plot.axis.bands(plot.bands).into_iter().zip(shapes) {
        if let Some(score) = between_figures(low, high) {
            shape.draw(scene, (16.0, plot.y(score)));
        }
    }
    scene.rule((plot.left, plot.bottom), (plot.right, plot.bottom), Ink::RuleStrong, 1.0);
    for (index, _) in plot.columns() {
        let x = plot.x(index);
        scene.rule((x, plot.bottom), (x, plot.bottom + 3.0), Ink::RuleStrong, 1.0);
    }
}

/// The score in a band at which a day shape stands clear of the axis figures, the upper one of two.
fn between_figures(low: f64, high: f64) -> Option<f64> {
    let middle = f64::midpoint(low, high);
    [4.5, 3.5, 2.5, 1.5]
        .into_iter()
        .filter(|half| low < *half && *half < high)
        .min_by(|a, b| (a - middle).abs().total_cmp(&(b - middle).abs()))
}

/// A ring round each side's figure, or round the total where the sides are not shown.
fn watch(scene: &mut Scene, plot: &Plot<'_>) {
    for (index, point) in plot.columns().filter(|(_, point)| point.watch) {
        let means = (0..point.sides.len()).filter_map(|side| shown(point, side).map(|figure| figure.mean));
        for score in means.chain(lone_total(point)) {
            let radius = 8.5 * plot.marker_scale().max(0.75);
            scene.ring((plot.x(index), plot.y(score)), radius, Ink::Strong, 1.5, Dash::Solid);
        }
    }
}

/// People per check, one row per side with its marker. "–" where they are not shown.
fn people(scene: &mut Scene, plot: &Plot<'_>) {
    let sides = plot.trend.sides.len();
    if plot.trend.points.is_empty() {
        return;
    }
    let shown_people = |point: &TrendPoint, side: usize| {
        shown(point, side).map_or_else(|| "–".to_owned(), |figure| figure.n.to_string())
    };
    let slots: Vec<Slot> = plot
        .columns()
        .map(|(index, point)| {
            let widest = (0..sides)
                .map(|side| width(Face::Sans, SMALL, &shown_people(point, side)))
                .fold(0.0, f64::max);
            Slot { centre: plot.x(index), width: widest }
        })
        .collect();
    let kept = thin(&slots, 5.0);
    for side in 0..sides {
        let y = plot.bottom + 16.0 + ROW * side as f64;
        Marker { side, scale: 0.75, provisional: false }.draw(scene, (16.0, y - 4.0));
        for index in &kept {
            let text = shown_people(&plot.trend.points[*index], side);
            let at = (plot.x(*index), y);
            scene.text(Label { ink: Ink::Medium, ..small(at, text, Align::Middle) });
        }
    }
    let middle = plot.bottom + 16.0 + ROW * (sides as f64 - 1.0) / 2.0;
    scene.text(small((plot.right + 7.0, middle), "people".to_owned(), Align::Start));
}

/// As many period labels as fit, counted back from the newest; long ones without their middle, so that they do not push the
/// others out.
fn periods(scene: &mut Scene, plot: &Plot<'_>) {
    let texts: Vec<String> = plot
        .trend
        .points
        .iter()
        .map(|point| fit_ends(Face::Sans, SMALL, &point.period, period_room(plot.step())))
        .collect();
    let slots: Vec<Slot> = texts
        .iter()
        .enumerate()
        .map(|(index, text)| {
            let slot = Slot { centre: plot.x(index), width: width(Face::Sans, SMALL, text) };
            slot.within(2.0, WIDTH - 2.0)
        })
        .collect();
    for index in thin(&slots, PERIODS_APART) {
        let at = (slots[index].centre, plot.height - 7.0);
        scene.text(Label { ink: Ink::Medium, ..small(at, texts[index].clone(), Align::Middle) });
    }
}

/// The room of a period's label: that of as few steps as a quarter's name needs, and never more than it takes to read one.
fn period_room(step: f64) -> f64 {
    let quarter = width(Face::Sans, SMALL, "2026-Q4");
    let steps = ((quarter + PERIODS_APART) / step).ceil().max(1.0);
    // Only the steps at which labels are kept count.
    let kept = STEPS.into_iter().map(|own| own as f64).find(|own| *own >= steps).unwrap_or(steps);
    (kept * step - PERIODS_APART).clamp(quarter, 120.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarters_name_is_never_cut_and_a_long_one_has_the_room_of_the_steps_it_takes() {
        let quarter = width(Face::Sans, SMALL, "2026-Q4");
        for checks in 2..=40 {
            let step = 287.0 / f64::from(checks - 1);
            assert!((quarter..=120.0).contains(&period_room(step)), "{checks}");
        }
    }
}
