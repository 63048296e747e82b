//! One indicator over its checks, as a panel for a page or as a picture of its own.

use crate::check;
use crate::model::{ChartError, Trend};
use crate::panel;
use crate::plot::WIDTH;
use crate::png;
use crate::scene::Scene;
use crate::sheet::{framed, heading, legend};
use crate::svg::Document;
use crate::text::can_be_read;
use crate::theme::Theme;

impl Trend {
    /// The chart as SVG: 372 × 250 for a page (`standalone` false), or a file with title and legend.
    ///
    /// # Errors
    /// [`ChartError::Input`] where the data cannot be drawn.
    pub fn svg(&self, standalone: bool) -> Result<String, ChartError> {
        check::trend(self)?;
        let scene = if standalone { self.sheet() } else { panel::draw(self) };
        let document =
            Document { class: "c-trend", title: &self.title, description: &self.description, standalone };
        document.write(&scene)
    }

    /// The stand-alone chart as PNG, two pixels per CSS pixel.
    ///
    /// # Errors
    /// [`ChartError::Input`] where the data cannot be drawn.
    pub fn png(&self, theme: Theme) -> Result<Vec<u8>, ChartError> {
        check::trend(self)?;
        png::encode(&self.in_letters().sheet(), theme)
    }

    /// The same, with sides of whose name the embedded font has no letter named by their place: "side A".
    pub(crate) fn in_letters(&self) -> Self {
        let named = |(name, letter): (&String, char)| {
            if can_be_read(name) { name.clone() } else { format!("side {letter}") }
        };
        Self { sides: self.sides.iter().zip('A'..).map(named).collect(), ..self.clone() }
    }

    fn sheet(&self) -> Scene {
        let mut content = Scene::new(WIDTH, 0.0);
        let mut y = heading(&mut content, (&self.title, 18.0), &self.description, WIDTH) + 6.0;
        let mut signs = Scene::new(WIDTH, 0.0);
        let used = legend(&mut signs, std::slice::from_ref(self), WIDTH);
        content.place(signs, (0.0, y));
        y += used + 10.0;
        let plot = panel::draw(self);
        content.height = y + plot.height;
        content.place(plot, (0.0, y));
        framed(content)
    }
}
