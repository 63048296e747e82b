//! A drawing as a list of marks: lines, areas, rectangles, circles and text, nothing else.
//!
//! The charts fill a scene; the painter draws it twice, as SVG and as pixels, so both show the same thing.
//! Units are CSS pixels, the origin is the upper left corner.

use crate::text::Face;
use crate::theme::Ink;

/// A place in the drawing: x to the right, y down.
pub(crate) type Pt = (f64, f64);

/// The pattern of a line. Marker and dash tell the sides apart where colour cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Dash {
    Solid,
    SideB,
    SideC,
    SideD,
    /// The onset line.
    Dotted,
    /// The outline of a provisional figure.
    Provisional,
    /// A solid line through which what lies under it shows.
    Pale,
}

impl Dash {
    const ALL: [Self; 7] =
        [Self::Solid, Self::SideB, Self::SideC, Self::SideD, Self::Dotted, Self::Provisional, Self::Pale];

    /// How strongly the line covers what lies under it, 0 to 1.
    pub(crate) fn cover(self) -> f64 {
        if self == Self::Pale { 0.7 } else { 1.0 }
    }

    /// The dash of side 0 (A) to 3 (D).
    pub(crate) fn side(index: usize) -> Self {
        [Self::Solid, Self::SideB, Self::SideC, Self::SideD][index.min(3)]
    }

    pub(crate) fn from_number(number: u8) -> Self {
        Self::ALL.get(usize::from(number)).copied().unwrap_or(Self::Solid)
    }

    /// Lengths in pixels, drawn and skipped in turn; empty for a solid line.
    pub(crate) fn lengths(self) -> &'static [f64] {
        match self {
            Self::Solid | Self::Pale => &[],
            Self::SideB => &[6.0, 3.0],
            Self::SideC => &[2.0, 3.0],
            Self::SideD => &[10.0, 3.0, 2.0, 3.0],
            Self::Dotted => &[1.5, 3.0],
            Self::Provisional => &[3.0, 2.0],
        }
    }
}

/// Where a text stands to its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Start,
    Middle,
    End,
}

/// One line of text; `at` is on the baseline.
#[derive(Clone, Debug)]
pub(crate) struct Label {
    pub at: Pt,
    pub text: String,
    pub face: Face,
    pub size: f64,
    pub ink: Ink,
    pub align: Align,
    /// A 3 px rim in the sheet's colour, for text that stands on marks.
    pub halo: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Mark {
    Line { points: Vec<Pt>, ink: Ink, width: f64, dash: Dash, closed: bool },
    Area { points: Vec<Pt>, ink: Ink },
    Rect { corner: Pt, size: Pt, ink: Ink },
    Disc { centre: Pt, radius: f64, ink: Ink },
    Ring { centre: Pt, radius: f64, ink: Ink, width: f64, dash: Dash },
    Text(Label),
}

/// A drawing of a given size.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    pub width: f64,
    pub height: f64,
    pub marks: Vec<Mark>,
}

impl Scene {
    pub(crate) fn new(width: f64, height: f64) -> Self {
        Self { width, height, marks: Vec::new() }
    }

    /// A straight solid line.
    pub(crate) fn rule(&mut self, from: Pt, to: Pt, ink: Ink, width: f64) {
        self.stroke(vec![from, to], ink, width, Dash::Solid);
    }

    pub(crate) fn stroke(&mut self, points: Vec<Pt>, ink: Ink, width: f64, dash: Dash) {
        self.marks.push(Mark::Line { points, ink, width, dash, closed: false });
    }

    pub(crate) fn outline(&mut self, points: Vec<Pt>, ink: Ink, width: f64, dash: Dash) {
        self.marks.push(Mark::Line { points, ink, width, dash, closed: true });
    }

    pub(crate) fn area(&mut self, points: Vec<Pt>, ink: Ink) {
        self.marks.push(Mark::Area { points, ink });
    }

    pub(crate) fn rect(&mut self, corner: Pt, size: Pt, ink: Ink) {
        self.marks.push(Mark::Rect { corner, size, ink });
    }

    pub(crate) fn disc(&mut self, centre: Pt, radius: f64, ink: Ink) {
        self.marks.push(Mark::Disc { centre, radius, ink });
    }

    pub(crate) fn ring(&mut self, centre: Pt, radius: f64, ink: Ink, width: f64, dash: Dash) {
        self.marks.push(Mark::Ring { centre, radius, ink, width, dash });
    }

    pub(crate) fn text(&mut self, label: Label) {
        self.marks.push(Mark::Text(label));
    }

    /// Copies another drawing into this one with its corner at `at`.
    pub(crate) fn place(&mut self, other: Self, at: Pt) {
        self.marks.extend(other.marks.into_iter().map(|mark| mark.moved(at)));
    }
}

impl Mark {
    fn moved(self, (dx, dy): Pt) -> Self {
        let shift = |(x, y): Pt| (x + dx, y + dy);
        match self {
            Self::Line { points, ink, width, dash, closed } => {
                Self::Line { points: points.into_iter().map(shift).collect(), ink, width, dash, closed }
            }
            Self::Area { points, ink } => Self::Area { points: points.into_iter().map(shift).collect(), ink },
            Self::Rect { corner, size, ink } => Self::Rect { corner: shift(corner), size, ink },
            Self::Disc { centre, radius, ink } => Self::Disc { centre: shift(centre), radius, ink },
            Self::Ring { centre, radius, ink, width, dash } => {
                Self::Ring { centre: shift(centre), radius, ink, width, dash }
            }
            Self::Text(label) => Self::Text(Label { at: shift(label.at), ..label }),
        }
    }
}
