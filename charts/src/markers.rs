//! The markers: one shape per side, the ship's day shapes for the ratings.

use crate::scene::{Dash, Pt, Scene};
use crate::theme::Ink;

/// How a side's marker is drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Marker {
    /// 0 for side A to 3 for side D.
    pub side: usize,
    /// 1 on the trend chart.
    pub scale: f64,
    pub provisional: bool,
}

impl Marker {
    /// A: filled circle. B: hollow diamond. C: filled triangle. D: hollow square. Provisional: the same shape
    /// unfilled with a dashed outline.
    pub(crate) fn draw(self, scene: &mut Scene, centre: Pt) {
        let ink = Ink::side(self.side);
        let hollow = self.provisional || self.side % 2 == 1;
        let (width, dash) = if self.provisional { (1.5, Dash::Provisional) } else { (2.0, Dash::Solid) };
        if self.side == 0 {
            let radius = 3.6 * self.scale;
            if hollow {
                scene.disc(centre, radius + 0.6, Ink::Sheet);
                scene.ring(centre, radius + 0.2, ink, width, dash);
            } else {
                scene.disc(centre, radius, ink);
            }
            return;
        }
        let corners: Vec<Pt> = self
            .shape()
            .iter()
            .map(|(x, y)| (centre.0 + x * self.scale, centre.1 + y * self.scale))
            .collect();
        if hollow {
            scene.area(corners.clone(), Ink::Sheet);
            scene.outline(corners, ink, width * self.scale.clamp(0.75, 1.0), dash);
        } else {
            scene.area(corners, ink);
        }
    }

    fn shape(self) -> &'static [Pt] {
        match self.side {
            1 => &[(0.0, -4.8), (4.8, 0.0), (0.0, 4.8), (-4.8, 0.0)],
            2 => &[(0.0, -4.9), (4.7, 3.5), (-4.7, 3.5)],
            _ => &[(-3.6, -3.6), (3.6, -3.6), (3.6, 3.6), (-3.6, 3.6)],
        }
    }
}

/// A rating as a day shape: ball green, cone amber, diamond red, ring not rated.
#[derive(Clone, Copy, Debug)]
pub(crate) enum DayShape {
    Ball,
    Cone,
    Diamond,
    Ring,
}

impl DayShape {
    /// In its own colour.
    pub(crate) fn draw(self, scene: &mut Scene, centre: Pt) {
        let ink = match self {
            Self::Ball => Ink::MarkGreen,
            Self::Cone => Ink::MarkAmber,
            Self::Diamond => Ink::MarkRed,
            Self::Ring => Ink::Medium,
        };
        self.draw_in(scene, centre, 1.0, ink);
    }

    /// In another colour and size: on a tile.
    pub(crate) fn draw_in(self, scene: &mut Scene, (x, y): Pt, scale: f64, ink: Ink) {
        let corners = |shape: &[Pt]| shape.iter().map(|(dx, dy)| (x + dx * scale, y + dy * scale)).collect();
        match self {
            Self::Ball => scene.disc((x, y), 2.6 * scale, ink),
            Self::Cone => scene.area(corners(&[(0.0, -3.0), (3.2, 2.5), (-3.2, 2.5)]), ink),
            Self::Diamond => scene.area(corners(&[(0.0, -3.2), (3.2, 0.0), (0.0, 3.2), (-3.2, 0.0)]), ink),
            Self::Ring => scene.ring((x, y), 2.6 * scale, ink, 1.25, Dash::Solid),
        }
    }
}
