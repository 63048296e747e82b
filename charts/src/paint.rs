//! Draws a scene with plotters onto any backend: the SVG writer or the bitmap.
//!
//! Law: both outputs come from this one walk over the marks; what differs (units, colours, who breaks a line
//! into dashes) is said by [`Target`]. Called by `svg` and `png`.

use std::f64::consts::TAU;

use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};
use plotters::element::{Circle, Drawable, PathElement, PointCollection, Polygon, Rectangle};
use plotters::style::{RGBAColor, ShapeStyle};
use plotters_backend::{BackendColor, BackendCoord, DrawingBackend, DrawingErrorKind};

use crate::ChartError;
use crate::scene::{Dash, Label, Mark, Pt, Scene};
use crate::text::GlyphStyle;
use crate::theme::Ink;

/// What a backend needs to be told.
pub(crate) trait Target {
    /// Backend units per CSS pixel.
    fn unit(&self) -> f64;
    /// The colour to hand to the backend.
    fn colour(&self, ink: Ink, dash: Dash, halo: bool) -> RGBAColor;
    /// A pixel target gets dashes as single pieces, solid lines edge by edge, and rims as repeated text; a
    /// vector target is told and does it itself.
    fn pixels(&self) -> bool;
}

type Area<DB> = DrawingArea<DB, Shift>;

/// Draws every mark in order.
pub(crate) fn paint<DB: DrawingBackend>(
    scene: &Scene,
    area: &Area<DB>,
    target: &impl Target,
) -> Result<(), ChartError> {
    let painter = Painter { area, target };
    scene
        .marks
        .iter()
        .try_for_each(|mark| painter.mark(mark))
        .and_then(|()| area.present())
        .map_err(|error| ChartError::Drawing(error.to_string()))
}

struct Painter<'a, DB: DrawingBackend, T: Target> {
    area: &'a Area<DB>,
    target: &'a T,
}

type Drawn<DB> = Result<(), DrawingAreaErrorKind<<DB as DrawingBackend>::ErrorType>>;

impl<DB: DrawingBackend, T: Target> Painter<'_, DB, T> {
    fn mark(&self, mark: &Mark) -> Drawn<DB> {
        match mark {
            Mark::Line { points, ink, width, dash, closed } => {
                self.line(points, *ink, *width, *dash, *closed)
            }
            Mark::Area { points, ink } => {
                let corners: Vec<_> = points.iter().map(|p| self.at(*p)).collect();
                self.area.draw(&Polygon::new(corners, self.style(*ink, 0.0, Dash::Solid)))
            }
            Mark::Rect { corner, size, ink } => self.rect(*corner, *size, *ink, Dash::Solid),
            Mark::Disc { centre, radius, ink } => self.area.draw(&Circle::new(
                self.at(*centre),
                self.length(*radius),
                self.style(*ink, 0.0, Dash::Solid).filled(),
            )),
            Mark::Ring { centre, radius, ink, width, dash } => {
                self.ring(*centre, *radius, *ink, *width, *dash)
            }
            Mark::Text(label) => self.text(label),
        }
    }

    fn line(&self, points: &[Pt], ink: Ink, width: f64, dash: Dash, closed: bool) -> Drawn<DB> {
        let mut path = points.to_vec();
        if closed {
            path.extend(points.first());
        }
        if !self.target.pixels() {
            return self.path(&path, ink, width, dash);
        }
        if !dash.lengths().is_empty() {
            return dashes(&path, dash.lengths())
                .iter()
                .try_for_each(|piece| self.path(piece, ink, width, Dash::Solid));
        }
        self.joined(&path, (ink, dash), width, closed)
    }

    /// A solid line on pixels, edge by edge: the outline that plotters makes of a whole path has holes where
    /// it overlaps itself. Corners of closed shapes are square, those of lines round.
    fn joined(&self, path: &[Pt], (ink, dash): (Ink, Dash), width: f64, closed: bool) -> Drawn<DB> {
        for (index, pair) in path.windows(2).enumerate() {
            let (a, b) = if closed { lengthened(pair[0], pair[1], width / 2.0) } else { (pair[0], pair[1]) };
            match upright(a, b, width) {
                Some((corner, size)) => self.rect(corner, size, ink, dash)?,
                None => self.path(&[a, b], ink, width, dash)?,
            }
            if index > 0 && !closed {
                let joint = Circle::new(
                    self.at(pair[0]),
                    self.length(width / 2.0),
                    self.style(ink, 0.0, dash).filled(),
                );
                self.area.draw(&joint)?;
            }
        }
        Ok(())
    }

    fn path(&self, points: &[Pt], ink: Ink, width: f64, dash: Dash) -> Drawn<DB> {
        let path: Vec<_> = points.iter().map(|p| self.at(*p)).collect();
        self.area.draw(&PathElement::new(path, self.style(ink, width, dash)))
    }

    fn rect(&self, (x, y): Pt, (w, h): Pt, ink: Ink, dash: Dash) -> Drawn<DB> {
        let (left, top) = self.at((x, y));
        let (right, bottom) = self.at((x + w, y + h));
        let style = self.style(ink, 0.0, dash).filled();
        self.area.draw(&Rectangle::new([(left, top), (right, bottom)], style))
    }

    fn ring(&self, centre: Pt, radius: f64, ink: Ink, width: f64, dash: Dash) -> Drawn<DB> {
        if self.target.pixels() {
            const STEPS: u32 = 48;
            let points: Vec<_> = (0..=STEPS)
                .map(|step| (TAU * f64::from(step) / f64::from(STEPS)).sin_cos())
                .map(|(sin, cos)| (centre.0 + radius * cos, centre.1 + radius * sin))
                .collect();
            return self.line(&points, ink, width, dash, false);
        }
        let style = self.style(ink, width, dash);
        self.area.draw(&Circle::new(self.at(centre), self.length(radius), style))
    }

    fn text(&self, label: &Label) -> Drawn<DB> {
        let set = |ink: Ink, (dx, dy): Pt, halo: bool| {
            let colour = self.target.colour(ink, Dash::Solid, halo);
            self.area.draw(&Caption {
                at: self.at((label.at.0 + dx, label.at.1 + dy)),
                text: &label.text,
                style: GlyphStyle {
                    face: label.face,
                    size: label.size * self.target.unit(),
                    align: label.align,
                    color: BackendColor { alpha: colour.3, rgb: (colour.0, colour.1, colour.2) },
                },
            })
        };
        if label.halo && self.target.pixels() {
            const STEPS: u32 = 16;
            for step in 0..STEPS {
                let (sin, cos) = (TAU * f64::from(step) / f64::from(STEPS)).sin_cos();
                set(Ink::Sheet, (1.5 * cos, 1.5 * sin), false)?;
            }
        }
        set(label.ink, (0.0, 0.0), label.halo)
    }

    fn style(&self, ink: Ink, width: f64, dash: Dash) -> ShapeStyle {
        ShapeStyle {
            color: self.target.colour(ink, dash, false),
            filled: false,
            stroke_width: self.length(width).unsigned_abs(),
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "a drawing is a few thousand units wide at most")]
    fn length(&self, px: f64) -> i32 {
        (px * self.target.unit()).round() as i32
    }

    fn at(&self, (x, y): Pt) -> BackendCoord {
        (self.length(x), self.length(y))
    }
}

/// A text as an element of plotters.
struct Caption<'a> {
    at: BackendCoord,
    text: &'a str,
    style: GlyphStyle,
}

impl<'a> PointCollection<'a, BackendCoord> for &'a Caption<'_> {
    type Point = &'a BackendCoord;
    type IntoIter = std::iter::Once<&'a BackendCoord>;

    fn point_iter(self) -> Self::IntoIter {
        std::iter::once(&self.at)
    }
}

impl<DB: DrawingBackend> Drawable<DB> for Caption<'_> {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        mut points: I,
        backend: &mut DB,
        _: (u32, u32),
    ) -> Result<(), DrawingErrorKind<DB::ErrorType>> {
        points.next().map_or(Ok(()), |at| backend.draw_text(self.text, &self.style, at))
    }
}

/// The box covered by a level or upright line of this width, so that a bitmap shows it with sharp edges.
fn upright(a: Pt, b: Pt, width: f64) -> Option<(Pt, Pt)> {
    let (left, top) = (a.0.min(b.0), a.1.min(b.1));
    let (dx, dy) = ((a.0 - b.0).abs(), (a.1 - b.1).abs());
    if dy < 1e-9 {
        Some(((left, top - width / 2.0), (dx, width)))
    } else if dx < 1e-9 {
        Some(((left - width / 2.0, top), (width, dy)))
    } else {
        None
    }
}

/// The line made longer by `more` at both ends, so that two edges meet in a square corner.
fn lengthened((x0, y0): Pt, (x1, y1): Pt, more: f64) -> (Pt, Pt) {
    let whole = (x1 - x0).hypot(y1 - y0).max(1e-9);
    let (dx, dy) = ((x1 - x0) / whole * more, (y1 - y0) / whole * more);
    ((x0 - dx, y0 - dy), (x1 + dx, y1 + dy))
}

/// Cuts a path into the pieces that a dash pattern draws. The pattern runs on round the corners.
fn dashes(path: &[Pt], lengths: &[f64]) -> Vec<Vec<Pt>> {
    let mut pieces: Vec<Vec<Pt>> = Vec::new();
    let (mut turn, mut left) = (0_usize, lengths[0]);
    let mut piece: Vec<Pt> = path.first().copied().into_iter().collect();
    for pair in path.windows(2) {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        let whole = (x1 - x0).hypot(y1 - y0);
        let mut done = 0.0;
        while whole - done > left {
            done += left;
            let here = (x0 + (x1 - x0) * done / whole, y0 + (y1 - y0) * done / whole);
            if turn.is_multiple_of(2) {
                piece.push(here);
                pieces.push(std::mem::take(&mut piece));
            }
            turn += 1;
            piece = vec![here];
            left = lengths[turn % lengths.len()];
        }
        left -= whole - done;
        piece.push((x1, y1));
    }
    if turn.is_multiple_of(2) && piece.len() > 1 {
        pieces.push(piece);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_cover_their_share_and_turn_corners() {
        let pieces = dashes(&[(0.0, 0.0), (10.0, 0.0), (10.0, 10.0)], &[6.0, 3.0]);
        assert_eq!(pieces[0], vec![(0.0, 0.0), (6.0, 0.0)]);
        assert_eq!(pieces[1], vec![(9.0, 0.0), (10.0, 0.0), (10.0, 5.0)]);
        assert_eq!(pieces[2], vec![(10.0, 8.0), (10.0, 10.0)]);
        assert_eq!(pieces.len(), 3);
    }

    #[test]
    fn a_level_line_becomes_a_box_and_a_slanted_one_does_not() {
        assert_eq!(upright((4.0, 2.0), (0.0, 2.0), 2.0), Some(((0.0, 1.0), (4.0, 2.0))));
        assert_eq!(upright((4.0, 2.0), (4.0, 6.0), 1.0), Some(((3.5, 2.0), (1.0, 4.0))));
        assert_eq!(upright((0.0, 0.0), (1.0, 1.0), 1.0), None);
    }
}
