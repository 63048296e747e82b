//! The keel line: our side as a dot on the left, theirs as a diamond on the right; level is aligned, tilt is gap.

use crate::check;
use crate::markers::Marker;
use crate::model::ChartError;
use crate::png;
use crate::scene::{Dash, Scene};
use crate::svg::Document;
use crate::theme::{Ink, Theme};

const MIDDLE: f64 = 13.0;
/// Pixels up or down per point of half the gap.
const TILT: f64 = 10.0;
/// The tilt stops here, so that the markers stay inside.
const MOST: f64 = 7.0;

/// The gap between two sides as a tilt, 54 × 26.
#[derive(Clone, Debug, PartialEq)]
pub struct Keel {
    /// One sentence with the figures, for readers who cannot see the line.
    pub title: String,
    /// Mean of side A, 1 to 5; `None` where it is not shown.
    pub left: Option<f64>,
    /// Mean of side B.
    pub right: Option<f64>,
}

impl Keel {
    /// The keel as SVG.
    ///
    /// # Errors
    /// [`ChartError::Input`] where a mean is not on the scale.
    pub fn svg(&self, standalone: bool) -> Result<String, ChartError> {
        let scene = self.scene()?;
        Document { class: "c-keel", title: &self.title, description: "", standalone }.write(&scene)
    }

    /// The keel as PNG, two pixels per CSS pixel.
    ///
    /// # Errors
    /// As [`Keel::svg`].
    pub fn png(&self, theme: Theme) -> Result<Vec<u8>, ChartError> {
        png::encode(&self.scene()?, theme)
    }

    fn scene(&self) -> Result<Scene, ChartError> {
        for (what, mean) in
            [("The mean of the left side", self.left), ("The mean of the right side", self.right)]
        {
            mean.map_or(Ok(()), |mean| check::value(what, mean))?;
        }
        let mut scene = Scene::new(54.0, 26.0);
        scene.rule((1.0, MIDDLE), (53.0, MIDDLE), Ink::RuleStrong, 1.0);
        let tilt = match (self.left, self.right) {
            (Some(left), Some(right)) => ((left - right) / 2.0 * TILT).clamp(-MOST, MOST),
            _ => 0.0,
        };
        let (left, right) = ((7.0, MIDDLE - tilt), (47.0, MIDDLE + tilt));
        if self.left.is_some() && self.right.is_some() {
            scene.stroke(vec![left, right], Ink::Strong, 1.5, Dash::Solid);
        }
        for (side, mean, at) in [(0, self.left, left), (1, self.right, right)] {
            if mean.is_some() {
                Marker { side, scale: 1.0, provisional: false }.draw(&mut scene, at);
            }
        }
        Ok(scene)
    }
}
