//! The overall score of a few checks in a table row: a line, the thresholds, the onset.

use crate::check;
use crate::model::ChartError;
use crate::png;
use crate::scale::Axis;
use crate::scene::{Dash, Pt, Scene};
use crate::svg::Document;
use crate::theme::{Ink, Theme};

/// A word-sized line chart, 92 × 34.
#[derive(Clone, Debug, PartialEq)]
pub struct Spark {
    /// One sentence with the figures, for readers who cannot see the line.
    pub title: String,
    /// Scores, oldest first, at most 40; `None` breaks the line.
    pub points: Vec<Option<f64>>,
    /// Indices of the checks that do not compare with the one before: the line breaks between the two.
    pub breaks: Vec<usize>,
    /// Index of the first low check.
    pub onset: Option<usize>,
    /// Lowest score rated green.
    pub green_from: f64,
    /// Lowest score rated amber.
    pub amber_from: f64,
}

impl Spark {
    /// The line as SVG.
    ///
    /// # Errors
    /// [`ChartError::Input`] where the data cannot be drawn.
    pub fn svg(&self, standalone: bool) -> Result<String, ChartError> {
        let scene = self.scene()?;
        Document { class: "c-spark", title: &self.title, description: "", standalone }.write(&scene)
    }

    /// The line as PNG, two pixels per CSS pixel.
    ///
    /// # Errors
    /// As [`Spark::svg`].
    pub fn png(&self, theme: Theme) -> Result<Vec<u8>, ChartError> {
        png::encode(&self.scene()?, theme)
    }

    fn scene(&self) -> Result<Scene, ChartError> {
        check::thresholds(self.green_from, self.amber_from)?;
        check::span(self.points.len(), self.onset)?;
        for (index, point) in self.points.iter().enumerate() {
            point.map_or(Ok(()), |score| check::value(&format!("Point {}", index + 1), score))?;
        }
        let mut scene = Scene::new(92.0, 34.0);
        let low = if self.points.iter().flatten().any(|score| *score < 1.6) { 1.0 } else { 1.6 };
        let axis = Axis { low, high: 5.0, from: 32.0, to: 2.0 };
        for score in [self.amber_from, self.green_from].into_iter().filter(|score| *score > low) {
            scene.rule((0.0, axis.at(score)), (92.0, axis.at(score)), Ink::Rule, 1.0);
        }
        if let Some(index) = self.onset {
            let x = (self.x(index) - self.step() / 2.0).max(2.0);
            scene.stroke(vec![(x, 1.0), (x, 33.0)], Ink::Strong, 1.25, Dash::Dotted);
        }
        self.line(&mut scene, &axis);
        Ok(scene)
    }

    fn step(&self) -> f64 {
        (82.0 / self.points.len().saturating_sub(1).max(1) as f64).min(41.0)
    }

    fn x(&self, index: usize) -> f64 {
        87.0 - self.step() * (self.points.len() - 1 - index) as f64
    }

    fn line(&self, scene: &mut Scene, axis: &Axis) {
        for run in self.runs(axis) {
            if let [only] = run[..] {
                scene.disc(only, 1.25, Ink::Strong);
            } else {
                scene.stroke(run, Ink::Strong, 1.5, Dash::Solid);
            }
        }
        let newest = self.points.iter().enumerate().rev().find_map(|(i, score)| score.map(|s| (i, s)));
        if let Some((index, score)) = newest {
            scene.disc((self.x(index), axis.at(score)), 2.6, Ink::Strong);
        }
    }

    fn runs(&self, axis: &Axis) -> Vec<Vec<Pt>> {
        let mut runs: Vec<Vec<Pt>> = Vec::new();
        let mut open = false;
        for (index, point) in self.points.iter().enumerate() {
            let Some(score) = point else {
                open = false;
                continue;
            };
            if !open || self.breaks.contains(&index) {
                runs.push(Vec::new());
                open = true;
            }
            runs.last_mut().expect("a run was just opened").push((self.x(index), axis.at(*score)));
        }
        runs
    }
}
