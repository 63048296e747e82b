//! All indicators of a partnership as small panels of one size on one scale.

use crate::check;
use crate::model::{ChartError, MOST_PANELS, Trend};
use crate::panel;
use crate::plot::WIDTH;
use crate::png;
use crate::scene::Scene;
use crate::sheet::{framed, heading, legend};
use crate::svg::Document;
use crate::theme::Theme;

/// Space between panels, across and down.
const GUTTER: (f64, f64) = (32.0, 28.0);

/// Trends side by side, each under its own title and sentence.
#[derive(Clone, Debug, PartialEq)]
pub struct Multiples {
    /// Heading of the whole picture.
    pub title: String,
    /// One sentence that says what the picture shows.
    pub description: String,
    /// The trends in reading order, at most [`MOST_PANELS`].
    pub panels: Vec<Trend>,
}

impl Multiples {
    /// The panels as SVG; a stand-alone file also shows heading and legend.
    ///
    /// # Errors
    /// [`ChartError::Input`] where a panel's data cannot be drawn, or there are too many panels.
    pub fn svg(&self, standalone: bool) -> Result<String, ChartError> {
        self.check()?;
        let scene = if standalone { self.sheet() } else { self.grid() };
        let document =
            Document { class: "c-multiples", title: &self.title, description: &self.description, standalone };
        document.write(&scene)
    }

    /// The stand-alone picture as PNG, two pixels per CSS pixel (one where it would be very large).
    ///
    /// # Errors
    /// As [`Multiples::svg`].
    pub fn png(&self, theme: Theme) -> Result<Vec<u8>, ChartError> {
        self.check()?;
        let panels = self.panels.iter().map(Trend::in_letters).collect();
        png::encode(&Self { panels, ..self.clone() }.sheet(), theme)
    }

    fn check(&self) -> Result<(), ChartError> {
        let count = self.panels.len();
        if count > MOST_PANELS {
            let sentence = format!("The picture has {count} panels; it takes at most {MOST_PANELS}.");
            return Err(ChartError::Input(sentence));
        }
        self.panels.iter().try_for_each(|panel| {
            check::trend(panel).map_err(|error| match error {
                ChartError::Input(why) => ChartError::Input(format!("{}: {why}", panel.title)),
                other @ ChartError::Drawing(_) => other,
            })
        })
    }

    fn columns(&self) -> usize {
        match self.panels.len() {
            0 | 1 => 1,
            2 | 4 => 2,
            _ => 3,
        }
    }

    fn grid(&self) -> Scene {
        let columns = self.columns();
        let across = columns as f64;
        let mut grid = Scene::new(WIDTH * across + GUTTER.0 * (across - 1.0), 0.0);
        for row in self.panels.chunks(columns) {
            let top = if grid.height > 0.0 { grid.height + GUTTER.1 } else { 0.0 };
            let headings: Vec<(Scene, f64)> = row.iter().map(panel_heading).collect();
            let head = headings.iter().map(|(_, used)| *used).fold(0.0, f64::max);
            for (column, (trend, (heading, _))) in row.iter().zip(headings).enumerate() {
                let left = (WIDTH + GUTTER.0) * column as f64;
                let plot = panel::draw(trend);
                grid.height = grid.height.max(top + head + plot.height);
                grid.place(heading, (left, top));
                grid.place(plot, (left, top + head));
            }
        }
        if self.panels.is_empty() {
            grid.height = heading(&mut grid, ("No indicator to draw.", 16.0), "", WIDTH);
        }
        grid
    }

    fn sheet(&self) -> Scene {
        let grid = self.grid();
        let mut content = Scene::new(grid.width, 0.0);
        let mut y = heading(&mut content, (&self.title, 24.0), &self.description, grid.width) + 8.0;
        let mut signs = Scene::new(grid.width, 0.0);
        let used = legend(&mut signs, &self.panels, grid.width);
        content.place(signs, (0.0, y));
        y += used + 16.0;
        content.height = y + grid.height;
        content.place(grid, (0.0, y));
        framed(content)
    }
}

fn panel_heading(trend: &Trend) -> (Scene, f64) {
    let mut scene = Scene::new(WIDTH, 0.0);
    let used = heading(&mut scene, (&trend.title, 17.0), &trend.description, WIDTH);
    (scene, used)
}
