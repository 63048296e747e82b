//! The dot plot of a scorecard row: a dot and an interval per side, a bar for the gap, on the rating bands.

use crate::check;
use crate::markers::Marker;
use crate::model::{ChartError, SidePoint};
use crate::png;
use crate::scale::{Axis, Bands, gap_figure};
use crate::scene::{Align, Dash, Label, Scene};
use crate::svg::Document;
use crate::text::{Face, width};
use crate::theme::{Ink, Theme};

const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 64.0;
/// The scale of the dot plot and of [`GapAxis`]: 1 and 5 stand half a marker inside the edge.
const AXIS: Axis = Axis { low: 1.0, high: 5.0, from: 8.0, to: 352.0 };

/// One indicator in one check, 360 × 64.
#[derive(Clone, Debug, PartialEq)]
pub struct GapBar {
    /// Name of the indicator.
    pub title: String,
    /// One sentence with the figures.
    pub description: String,
    /// Name and figure of each side, 1 to 4, side A first; `None` where it is silent or not shown.
    pub sides: Vec<(String, Option<SidePoint>)>,
    /// The gap between two sides as published, which rounding can part from the difference of the means; that
    /// difference where it is not given.
    pub gap: Option<f64>,
    /// Score over all sides; drawn as a tick where no side is.
    pub total: Option<f64>,
    /// Lowest score rated green.
    pub green_from: f64,
    /// Lowest score rated amber.
    pub amber_from: f64,
}

impl GapBar {
    /// The dot plot as SVG.
    ///
    /// # Errors
    /// [`ChartError::Input`] where the data cannot be drawn.
    pub fn svg(&self, standalone: bool) -> Result<String, ChartError> {
        let scene = self.scene()?;
        let document =
            Document { class: "c-gapbar", title: &self.title, description: &self.description, standalone };
        document.write(&scene)
    }

    /// The dot plot as PNG, two pixels per CSS pixel.
    ///
    /// # Errors
    /// As [`GapBar::svg`].
    pub fn png(&self, theme: Theme) -> Result<Vec<u8>, ChartError> {
        png::encode(&self.scene()?, theme)
    }

    fn scene(&self) -> Result<Scene, ChartError> {
        self.check()?;
        let bands = Bands { green_from: self.green_from, amber_from: self.amber_from };
        let mut scene = Scene::new(WIDTH, HEIGHT);
        level_bands(&mut scene, bands);
        let shown: Vec<(usize, &SidePoint)> = self
            .sides
            .iter()
            .enumerate()
            .filter_map(|(side, (_, figure))| figure.as_ref().map(|figure| (side, figure)))
            .collect();
        if shown.is_empty() {
            self.total_only(&mut scene, bands);
            return Ok(scene);
        }
        self.gap(&mut scene, &shown);
        for (side, figure) in &shown {
            self.whisker(&mut scene, *side, figure, bands);
        }
        self.gap_label(&mut scene, &shown);
        Ok(scene)
    }

    fn check(&self) -> Result<(), ChartError> {
        check::thresholds(self.green_from, self.amber_from)?;
        check::side_count(self.sides.len())?;
        self.total.map_or(Ok(()), |total| check::value("The total", total))?;
        self.gap.map_or(Ok(()), check::gap)?;
        self.sides
            .iter()
            .filter_map(|(name, figure)| figure.as_ref().map(|figure| (name, figure)))
            .try_for_each(|(name, figure)| check::side(name, figure))
    }

    /// Height of a side's lane, side A uppermost.
    fn lane(&self, side: usize) -> f64 {
        let count = self.sides.len() as f64;
        if count < 2.0 { HEIGHT / 2.0 } else { (side as f64 + 0.5) * HEIGHT / count }
    }

    /// Markers and figures shrink where three or four lanes share the height.
    fn scale(&self) -> f64 {
        match self.sides.len() {
            0..=2 => 1.0,
            3 => 0.85,
            _ => 0.75,
        }
    }

    fn gap(&self, scene: &mut Scene, shown: &[(usize, &SidePoint)]) {
        let Some((high, low)) = extremes(shown) else { return };
        let (left, right) = (AXIS.at(low.1), AXIS.at(high.1));
        let (one, other) = (self.lane(low.0), self.lane(high.0));
        scene.rect((left, one.min(other)), (right - left, (one - other).abs()), Ink::Gap);
    }

    fn gap_label(&self, scene: &mut Scene, shown: &[(usize, &SidePoint)]) {
        let Some((high, low)) = extremes(shown) else { return };
        let gap = self.gap.map_or(high.1 - low.1, f64::abs);
        if self.sides.len() > 2 || gap < 0.55 - 1e-9 {
            return;
        }
        scene.text(Label {
            at: (AXIS.at(f64::midpoint(high.1, low.1)), HEIGHT / 2.0 + 4.0),
            text: format!("gap {}", gap_figure(gap)),
            face: Face::SansBold,
            size: 11.0,
            ink: Ink::Strong,
            align: Align::Middle,
            halo: true,
        });
    }

    fn whisker(&self, scene: &mut Scene, side: usize, figure: &SidePoint, bands: Bands) {
        let (y, scale, ink) = (self.lane(side), self.scale(), Ink::side(side));
        let x = AXIS.at(figure.mean);
        let (low, high) = figure
            .interval
            .map_or((figure.mean, figure.mean), |(l, h)| (l.min(figure.mean), h.max(figure.mean)));
        let (from, to) = (AXIS.at(low), AXIS.at(high));
        if figure.interval.is_some() {
            scene.rule((from, y), (to, y), ink, 1.25);
            for end in [from, to] {
                scene.rule((end, y - 3.0 * scale), (end, y + 3.0 * scale), ink, 1.25);
            }
        }
        let grown = if side == 0 { 5.5 / 3.6 } else { 6.5 / 4.8 };
        Marker { side, scale: grown * scale, provisional: false }.draw(scene, (x, y));
        let text = bands.figure(figure.mean);
        let em = 15.0 * scale;
        let wide = width(Face::Serif, em, &text);
        // Left of the whisker; right where that end is near 1; else over the whisker, beside the dot.
        let (left, right) = (from.min(x - 7.0) - 5.0, to.max(x + 7.0) + 5.0);
        let (fits_left, fits_right) = (low >= 1.35 && left >= wide, right + wide <= WIDTH);
        let (at, align) = match (fits_left, fits_right) {
            (true, _) => (left, Align::End),
            (false, true) => (right, Align::Start),
            (false, false) if x - 11.0 >= wide => (x - 11.0, Align::End),
            (false, false) => (x + 11.0, Align::Start),
        };
        let label =
            Label { at: (at, y + em * 0.34), text, face: Face::Serif, size: em, ink, align, halo: true };
        scene.text(label);
    }

    fn total_only(&self, scene: &mut Scene, bands: Bands) {
        let y = HEIGHT / 2.0;
        let Some(total) = self.total else {
            scene.text(Label {
                at: (WIDTH / 2.0, y + 4.0),
                text: "no figure".to_owned(),
                face: Face::Sans,
                size: 12.0,
                ink: Ink::Faint,
                align: Align::Middle,
                halo: true,
            });
            return;
        };
        let x = AXIS.at(total);
        scene.stroke(vec![(x, y - 11.0), (x, y + 11.0)], Ink::Strong, 2.5, Dash::Solid);
        let text = format!("all sides {}", bands.figure(total));
        let wide = width(Face::SansBold, 12.0, &text);
        // It hangs at the tick, so that a reader whose letters are wider has no figure on top of it.
        let (at, align) = if x - wide > 32.0 { (x - 8.0, Align::End) } else { (x + 8.0, Align::Start) };
        scene.text(Label {
            at: (at, y + 4.0),
            text,
            face: Face::SansBold,
            size: 12.0,
            ink: Ink::Strong,
            align,
            halo: true,
        });
    }
}

/// (side, mean) of the highest and of the lowest, where there are two.
fn extremes(shown: &[(usize, &SidePoint)]) -> Option<((usize, f64), (usize, f64))> {
    let means = || shown.iter().map(|(side, figure)| (*side, figure.mean));
    let high = means().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let low = means().min_by(|a, b| a.1.total_cmp(&b.1))?;
    (shown.len() > 1).then_some((high, low))
}

fn level_bands(scene: &mut Scene, bands: Bands) {
    for (low, high, ink) in AXIS.bands(bands) {
        let left = if low <= 1.0 { 0.0 } else { AXIS.at(low) };
        let right = if high >= 5.0 { WIDTH } else { AXIS.at(high) };
        if right > left {
            scene.rect((left, 0.0), (right - left, HEIGHT), ink);
        }
    }
    for score in [bands.amber_from, bands.green_from] {
        scene.rule((AXIS.at(score), 0.0), (AXIS.at(score), HEIGHT), Ink::RuleStrong, 1.0);
    }
}

/// The scale over a column of [`GapBar`]s, 360 × 34: the names of the bands and the figures 1 to 5.
#[derive(Clone, Debug, PartialEq)]
pub struct GapAxis {
    /// One sentence for readers who cannot see the scale.
    pub title: String,
    /// Lowest score rated green.
    pub green_from: f64,
    /// Lowest score rated amber.
    pub amber_from: f64,
}

impl GapAxis {
    /// The scale as SVG.
    ///
    /// # Errors
    /// [`ChartError::Input`] where the thresholds are not on the scale.
    pub fn svg(&self, standalone: bool) -> Result<String, ChartError> {
        check::thresholds(self.green_from, self.amber_from)?;
        let bands = Bands { green_from: self.green_from, amber_from: self.amber_from };
        let mut scene = Scene::new(WIDTH, 34.0);
        let label = |x: f64, y: f64, text: &str, ink: Ink| Label {
            at: (x, y),
            text: text.to_owned(),
            face: Face::Sans,
            size: 12.0,
            ink,
            align: Align::Middle,
            halo: false,
        };
        for ((low, high, _), word) in AXIS.bands(bands).into_iter().zip(["Low", "Medium", "High"]) {
            if AXIS.at(high) - AXIS.at(low) >= width(Face::Sans, 12.0, word) {
                scene.text(label(AXIS.at(f64::midpoint(low, high)), 12.0, word, Ink::Faint));
            }
        }
        for score in 1_u8..=5 {
            let x = AXIS.at(f64::from(score));
            scene.text(label(x, 28.0, &score.to_string(), Ink::Medium));
        }
        Document { class: "c-gapaxis", title: &self.title, description: "", standalone }.write(&scene)
    }
}
