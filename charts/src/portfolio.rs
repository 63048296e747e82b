//! The portfolio as a picture: a row for each partnership, a tile for each figure, the conflict debt as a bar.
//!
//! Law: a rating is told by shape and figure as well as by colour, so that the picture holds in black and white; what is
//! not rated has a ring and a dash. Drawn for letters, which cannot carry SVG.

use crate::check;
use crate::markers::DayShape;
use crate::model::ChartError;
use crate::png;
use crate::scene::{Align, Dash, Label, Pt, Scene};
use crate::svg::Document;
use crate::text::{Face, fit, width, wrap};
use crate::theme::{Ink, Theme};

/// The most rows of one picture.
pub const MOST_ROWS: usize = 40;
/// The most tiles of one row.
pub const MOST_TILES: usize = 9;

/// As wide as the text of a letter.
const WIDTH: f64 = 536.0;
const NAME: f64 = 158.0;
const DEBT: f64 = 76.0;
const HEAD: f64 = 26.0;
const ROW: f64 = 36.0;
const LEGEND: f64 = 28.0;
/// Room around a tile, in all.
const BETWEEN: f64 = 3.0;
/// The longest bar.
const BAR: f64 = 40.0;

/// How a figure is rated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TileRating {
    /// High.
    Green,
    /// Medium.
    Amber,
    /// Low.
    Red,
    /// Not rated, for whatever reason.
    NotRated,
}

/// One figure of one partnership.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortfolioTile {
    /// Its rating.
    pub rating: TileRating,
    /// The figure as people read it ("3.4"); none shows a dash.
    pub figure: Option<String>,
    /// Few people stand behind it: a dashed frame.
    pub provisional: bool,
}

/// One partnership.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortfolioRow {
    /// Its name.
    pub name: String,
    /// One tile for each column.
    pub tiles: Vec<PortfolioTile>,
    /// Its conflict debt.
    pub debt: u32,
}

/// Partnerships under one another, 536 wide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Portfolio {
    /// What the picture is.
    pub title: String,
    /// One sentence that says what it shows.
    pub description: String,
    /// Heads of the tiles, at most [`MOST_TILES`].
    pub columns: Vec<String>,
    /// The partnerships in reading order, at most [`MOST_ROWS`].
    pub rows: Vec<PortfolioRow>,
}

impl Portfolio {
    /// The picture as SVG.
    ///
    /// # Errors
    /// [`ChartError::Input`] where there are too many rows or columns, or a row has not one tile for each column.
    pub fn svg(&self, standalone: bool) -> Result<String, ChartError> {
        let scene = self.scene()?;
        let (title, description) = (&self.title, &self.description);
        Document { class: "c-portfolio", title, description, standalone }.write(&scene)
    }

    /// The picture as PNG, two pixels per CSS pixel.
    ///
    /// # Errors
    /// As [`Portfolio::svg`].
    pub fn png(&self, theme: Theme) -> Result<Vec<u8>, ChartError> {
        png::encode(&self.scene()?, theme)
    }

    fn scene(&self) -> Result<Scene, ChartError> {
        let counts: Vec<(&str, usize)> =
            self.rows.iter().map(|row| (row.name.as_str(), row.tiles.len())).collect();
        check::table(self.columns.len(), &counts)?;
        let height = HEAD + ROW * self.rows.len() as f64 + LEGEND;
        let mut scene = Scene::new(WIDTH, height);
        self.head(&mut scene);
        let most = self.rows.iter().map(|row| row.debt).max().unwrap_or(0);
        for (place, row) in self.rows.iter().enumerate() {
            self.row(&mut scene, row, HEAD + ROW * place as f64, most);
        }
        legend(&mut scene, height);
        Ok(scene)
    }

    fn head(&self, scene: &mut Scene) {
        let word = |x: f64, text: String, align| Label {
            at: (x, HEAD - 8.0),
            text,
            face: Face::Sans,
            size: 10.0,
            ink: Ink::Faint,
            align,
            halo: false,
        };
        scene.rule((0.0, 1.0), (WIDTH, 1.0), Ink::Strong, 2.0);
        scene.text(word(0.0, "Partnership".to_owned(), Align::Start));
        for (place, name) in self.columns.iter().enumerate() {
            let (x, wide) = self.column(place);
            // The reserve for wider fonts may reach into the neighbours' margins.
            let text = fit(Face::Sans, 10.0, name, wide + 4.0 * BETWEEN);
            scene.text(word(x + wide / 2.0, text, Align::Middle));
        }
        scene.text(word(WIDTH, "Conflict debt".to_owned(), Align::End));
        scene.rule((0.0, HEAD), (WIDTH, HEAD), Ink::Strong, 1.0);
    }

    /// Left end and width of the tiles of a column.
    fn column(&self, place: usize) -> (f64, f64) {
        let step = (WIDTH - NAME - DEBT) / self.columns.len().max(1) as f64;
        (NAME + step * place as f64, step - BETWEEN)
    }

    fn row(&self, scene: &mut Scene, row: &PortfolioRow, top: f64, most: u32) {
        let middle = top + ROW / 2.0;
        let lines = wrap(Face::SansBold, 12.0, &row.name, NAME - 10.0, 2);
        let first = if lines.len() > 1 { middle - 3.0 } else { middle + 4.5 };
        for (place, text) in lines.into_iter().enumerate() {
            let at = (0.0, first + 14.0 * place as f64);
            let (face, size, ink) = (Face::SansBold, 12.0, Ink::Strong);
            scene.text(Label { at, text, face, size, ink, align: Align::Start, halo: false });
        }
        for (place, tile) in row.tiles.iter().enumerate() {
            let (x, wide) = self.column(place);
            tile.draw(scene, (x, top + BETWEEN), (wide, ROW - 2.0 * BETWEEN));
        }
        debt(scene, row.debt, most, middle);
        scene.rule((0.0, top + ROW), (WIDTH, top + ROW), Ink::Rule, 1.0);
    }
}

fn debt(scene: &mut Scene, debt: u32, most: u32, middle: f64) {
    let text = debt.to_string();
    let ink = if debt == 0 { Ink::Faint } else { Ink::Strong };
    let label = Label {
        at: (WIDTH, middle + 5.0),
        face: Face::Serif,
        size: 14.0,
        ink,
        align: Align::End,
        halo: false,
        text,
    };
    scene.text(label);
    if debt > 0 {
        let long = (BAR * f64::from(debt) / f64::from(most)).max(2.0);
        scene.rect((WIDTH - DEBT + 8.0, middle - 4.0), (long, 8.0), Ink::Medium);
    }
}

/// Ground, ink and shape of a rating.
fn look(rating: TileRating) -> (Ink, Ink, DayShape) {
    match rating {
        TileRating::Green => (Ink::TileGreen, Ink::OnGreen, DayShape::Ball),
        TileRating::Amber => (Ink::TileAmber, Ink::OnAmber, DayShape::Cone),
        TileRating::Red => (Ink::TileRed, Ink::OnRed, DayShape::Diamond),
        TileRating::NotRated => (Ink::TileNone, Ink::OnNone, DayShape::Ring),
    }
}

impl PortfolioTile {
    fn draw(&self, scene: &mut Scene, (x, y): Pt, (wide, high): Pt) {
        let (ground, ink, shape) = look(self.rating);
        scene.rect((x, y), (wide, high), ground);
        if self.provisional {
            let (left, right, top, foot) = (x + 2.0, x + wide - 2.0, y + 2.0, y + high - 2.0);
            let corners = vec![(left, top), (right, top), (right, foot), (left, foot)];
            scene.outline(corners, ink, 1.0, Dash::Provisional);
        }
        let text = fit(Face::Serif, 15.0, self.figure.as_deref().unwrap_or("–"), wide - 16.0);
        let (middle, both) = (y + high / 2.0, 14.0 + width(Face::Serif, 15.0, &text));
        let left = x + (wide - both) / 2.0;
        shape.draw_in(scene, (left + 5.0, middle), 1.35, ink);
        let (face, size) = (Face::Serif, 15.0);
        let at = (left + 14.0, middle + 5.0);
        scene.text(Label { at, text, face, size, ink, align: Align::Start, halo: false });
    }
}

/// What the shapes stand for, under the rows.
fn legend(scene: &mut Scene, height: f64) {
    let signs = [
        (TileRating::Red, "Low"),
        (TileRating::Amber, "Medium"),
        (TileRating::Green, "High"),
        (TileRating::NotRated, "Not rated, or not shown"),
    ];
    let (mut x, y) = (0.0, height - 10.0);
    for (rating, word) in signs {
        let (ground, ink, shape) = look(rating);
        scene.rect((x, y - 7.0), (16.0, 14.0), ground);
        shape.draw_in(scene, (x + 8.0, y), 1.2, ink);
        let at = (x + 22.0, y + 4.0);
        let (face, size, text) = (Face::Sans, 11.0, word.to_owned());
        x += 22.0 + width(face, size, word) + 18.0;
        scene.text(Label { at, text, face, size, ink: Ink::Medium, align: Align::Start, halo: false });
    }
}
