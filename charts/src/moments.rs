//! What happened when: onsets of drift, breaks of the lines and events on the time axis. Called by `panel`.

use crate::labels::Slot;
use crate::model::{Channel, Onset};
use crate::panel::{SMALL, small};
use crate::plot::{Plot, WIDTH};
use crate::scene::{Align, Dash, Label, Scene};
use crate::text::{Face, fit, width};
use crate::theme::Ink;

/// Baseline of an onset's label; of the first and the second where two would overlap.
const ONE_ROW: f64 = 15.0;
const TWO_ROWS: [f64; 2] = [9.0, 21.0];
/// Space between two labels in one row.
const APART: f64 = 6.0;
/// On a page the reader's own font is used, which may be wider than the one that is measured.
const WIDER: f64 = 1.25;
/// Rows for the labels of breaks and events.
const ROWS: usize = 3;

/// The dotted line before the first check that differs, its label above the plot; one line where both channels changed
/// at once.
pub(crate) fn onsets(scene: &mut Scene, plot: &Plot<'_>) {
    let labels = placed(plot.trend.onsets.iter().map(|own| OnsetLabel::new(plot, own)).collect());
    for (rank, own) in labels.iter().enumerate() {
        if labels[..rank].iter().any(|other| (other.x - own.x).abs() < 0.1) {
            continue;
        }
        let ends = vec![(own.x, own.row + 5.0), (own.x, plot.bottom)];
        scene.stroke(ends, own.ink, 1.25, Dash::Dotted);
    }
    for own in labels {
        let (left, right) = (own.slot.centre - own.slot.width / 2.0, own.slot.centre + own.slot.width / 2.0);
        // A wider font of the reader's grows away from the line, and at the edge not out of the picture.
        let (x, align) = if right <= own.x {
            (right, Align::End)
        } else if left + own.slot.width * WIDER > WIDTH - 1.0 {
            (WIDTH - 1.0, Align::End)
        } else {
            (left, Align::Start)
        };
        let label = small((x, own.row), own.text, align);
        scene.text(Label { face: Face::SansBold, ink: own.ink, halo: true, ..label });
    }
}

/// Where the line of an onset stands and what is written over it.
#[derive(Clone)]
struct OnsetLabel {
    x: f64,
    ink: Ink,
    text: String,
    /// Where it may stand, the best first.
    places: Vec<Slot>,
    slot: Slot,
    /// Its base line; the dotted line begins below it.
    row: f64,
}

impl OnsetLabel {
    /// Right of its line; left of it, or over it at the edge, where there is no room or another line is in the way.
    fn new(plot: &Plot<'_>, own: &Onset) -> Self {
        let x = plot.before(own.index);
        let text = fit(Face::SansBold, SMALL, &own.label, WIDTH - plot.left);
        let width = width(Face::SansBold, SMALL, &text);
        let at = |centre: f64| Slot { centre, width };
        let (right, left) = (at(x + 4.0 + width / 2.0), at(x - 4.0 - width / 2.0));
        let inside = |slot: &Slot| (slot.within(plot.left, WIDTH).centre - slot.centre).abs() < 0.1;
        let mut places: Vec<Slot> = [right, left].into_iter().filter(inside).collect();
        places.push(right.within(plot.left, WIDTH));
        places.push(left.within(plot.left, WIDTH));
        let ink = match own.channel {
            Channel::Level => Ink::Strong,
            Channel::Gap => Ink::Medium,
        };
        Self { x, ink, text, slot: places[0], places, row: ONE_ROW }
    }

    fn at(&self, slot: Slot, row: f64) -> Self {
        Self { slot, row, ..self.clone() }
    }

    fn overlaps(&self, other: &Self) -> bool {
        (self.slot.centre - other.slot.centre).abs()
            < f64::midpoint(self.slot.width, other.slot.width) * WIDER + APART
    }

    /// Whether the other's line runs through this label: it does where it begins above it.
    fn is_crossed_by(&self, other: &Self) -> bool {
        other.row < self.row && (other.x - self.slot.centre).abs() < self.slot.width / 2.0 * WIDER
    }
}

/// The labels where neither lies on the other or on the other's line: in one row, else in two, each as near to its best
/// place as can be.
fn placed(labels: Vec<OnsetLabel>) -> Vec<OnsetLabel> {
    let [one, other] = labels.as_slice() else { return labels };
    let mut pairs: Vec<(usize, usize)> =
        (0..one.places.len()).flat_map(|a| (0..other.places.len()).map(move |b| (a, b))).collect();
    pairs.sort_by_key(|(a, b)| a + b);
    let turned = [TWO_ROWS[1], TWO_ROWS[0]];
    for (rows, in_one) in [([ONE_ROW; 2], true), (TWO_ROWS, false), (turned, false)] {
        for (a, b) in &pairs {
            let (one, other) = (one.at(one.places[*a], rows[0]), other.at(other.places[*b], rows[1]));
            let apart = if in_one {
                !one.overlaps(&other)
            } else {
                !one.is_crossed_by(&other) && !other.is_crossed_by(&one)
            };
            if apart {
                return vec![one, other];
            }
        }
    }
    vec![one.at(one.places[0], TWO_ROWS[0]), other.at(other.places[0], TWO_ROWS[1])]
}

/// The double tick where figures before and after cannot be compared, the small triangle where something
/// happened; their labels just above the axis, in several rows where one is too
/// narrow. A label without room is left out; the tables say it.
pub(crate) fn breaks_and_events(scene: &mut Scene, plot: &Plot<'_>) {
    let mut free_from = [f64::MIN; ROWS];
    for (index, point) in plot.columns() {
        if let Some(why) = point.break_before.as_ref().filter(|_| index > 0) {
            let x = plot.before(index);
            for side in [-2.0, 2.0] {
                let ends = [(x + side, plot.bottom - 6.0), (x + side, plot.bottom + 4.0)];
                scene.rule(ends[0], ends[1], Ink::Faint, 1.25);
            }
            caption(scene, plot, x, why, &mut free_from);
        }
        if let Some(what) = &point.event {
            let (x, y) = (plot.x(index), plot.bottom);
            scene.area(vec![(x, y), (x + 3.5, y + 6.0), (x - 3.5, y + 6.0)], Ink::Medium);
            caption(scene, plot, x, what, &mut free_from);
        }
    }
}

fn caption(scene: &mut Scene, plot: &Plot<'_>, x: f64, text: &str, free_from: &mut [f64; ROWS]) {
    let text = fit(Face::Sans, SMALL, text, plot.right - plot.left - 8.0);
    let slot = Slot { centre: x, width: width(Face::Sans, SMALL, &text) };
    let slot = slot.within(plot.left + 2.0, plot.right - 2.0);
    let left = slot.centre - slot.width / 2.0;
    let Some(row) = free_from.iter().position(|free| left >= *free) else { return };
    free_from[row] = left + slot.width + APART;
    let y = plot.bottom - 10.0 - 13.0 * row as f64;
    scene.text(Label { halo: true, ..small((slot.centre, y), text, Align::Middle) });
}
