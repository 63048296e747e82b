//! The table: what was measured, what it is set against, and whether that is enough.

use std::fmt::Write as _;

use anyhow::Result;

use crate::load::Run;

/// What a figure must keep to.
#[derive(Clone, Copy, Debug)]
pub enum Bound {
    /// At least this part of the limit.
    Part(f64),
    /// At most so many times the limit.
    Times(f64),
    /// At most so much.
    Most(f64),
    /// At most so many microseconds of processor time each.
    Cpu(f64),
    /// 99 of 100 within so many milliseconds.
    P99(f64),
}

/// One line of the table.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// Which work.
    pub work: &'static str,
    /// What is done, and what its figures count.
    pub what: String,
    /// What each round gave.
    pub ours: Vec<Run>,
    /// What it is set against, and what each round gave of that.
    pub limit: Option<(String, Vec<f64>)>,
    /// What must be reached.
    pub floor: Vec<Bound>,
    /// What is to be reached.
    pub aim: Vec<Bound>,
}

impl Row {
    /// A row without goals.
    pub fn new(work: &'static str, what: impl Into<String>, ours: Vec<Run>) -> Self {
        Self { work, what: what.into(), ours, ..Self::default() }
    }

    /// Sets it against a limit.
    pub fn against(mut self, limit: impl Into<String>, rounds: &[f64]) -> Self {
        self.limit = Some((limit.into(), rounds.to_vec()));
        self
    }

    /// Says what must and what is to be reached.
    pub fn goals(mut self, floor: &[Bound], aim: &[Bound]) -> Self {
        (self.floor, self.aim) = (floor.to_vec(), aim.to_vec());
        self
    }

    fn rates(&self) -> Vec<f64> {
        self.ours.iter().map(|own| own.rate).collect()
    }

    /// Ours to the limit of the same round.
    fn ratios(&self) -> Vec<f64> {
        let Some((_, limit)) = &self.limit else { return Vec::new() };
        self.ours.iter().zip(limit).map(|(own, limit)| own.rate / limit).collect()
    }

    fn median_of(&self, of: fn(&Run) -> Option<f64>) -> Option<f64> {
        middle(self.ours.iter().filter_map(of).collect())
    }

    fn is_met(&self, bound: Bound) -> bool {
        let ratio = middle(self.ratios());
        match bound {
            Bound::Part(least) => ratio.is_some_and(|own| own >= least),
            Bound::Times(most) => ratio.is_some_and(|own| own <= most),
            Bound::Most(most) => middle(self.rates()).is_some_and(|own| own <= most),
            Bound::Cpu(most) => self.median_of(|own| own.cpu).is_some_and(|own| own <= most),
            Bound::P99(most) => self.median_of(|own| own.p99).is_some_and(|own| own <= most),
        }
    }

    fn told(&self, bounds: &[Bound]) -> String {
        let one = |bound: &Bound| {
            let words = match bound {
                Bound::Part(least) => format!("≥ {:.0} %", least * 100.0),
                Bound::Times(most) => format!("≤ {most} ×"),
                Bound::Most(most) => format!("≤ {most}"),
                Bound::Cpu(most) => format!("≤ {most} µs"),
                Bound::P99(most) => format!("p99 ≤ {most} ms"),
            };
            format!("{words} {}", if self.is_met(*bound) { "met" } else { "**missed**" })
        };
        bounds.iter().map(one).collect::<Vec<_>>().join("; ")
    }
}

/// Writes the table as Markdown.
pub fn markdown(rows: &[Row]) -> Result<String> {
    let mut text = "| | work | ours, min / median / max | limit | the limit's min / median / max | ratio, median (min–max) \
                    | CPU µs each | p99 ms | floor | aim |\n|---|---|---|---|---|---|---|---|---|---|\n"
        .to_owned();
    for row in rows {
        let (limit, rounds) = row.limit.clone().unwrap_or_default();
        let ratio = match (middle(row.ratios()), row.aim.iter().chain(&row.floor).next()) {
            (None, _) => String::new(),
            (Some(own), Some(Bound::Times(_))) => spread(own, &row.ratios(), 1.0, " ×"),
            (Some(own), _) => spread(own, &row.ratios(), 100.0, " %"),
        };
        writeln!(
            text,
            "| {} | {} | {} | {limit} | {} | {ratio} | {} | {} | {} | {} |",
            row.work,
            row.what,
            three(row.rates()),
            three(rounds),
            row.median_of(|own| own.cpu).map(figure).unwrap_or_default(),
            row.median_of(|own| own.p99).map(figure).unwrap_or_default(),
            row.told(&row.floor),
            row.told(&row.aim),
        )?;
    }
    Ok(text)
}

fn spread(middle: f64, all: &[f64], scale: f64, unit: &str) -> String {
    let least = all.iter().copied().fold(f64::INFINITY, f64::min) * scale;
    let most = all.iter().copied().fold(0.0, f64::max) * scale;
    format!("{}{unit} ({}–{})", figure(middle * scale), figure(least), figure(most))
}

/// The value in the middle.
pub fn middle(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let half = values.len() / 2;
    match values.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(values[half]),
        _ => Some(f64::midpoint(values[half - 1], values[half])),
    }
}

fn three(mut values: Vec<f64>) -> String {
    values.sort_unstable_by(f64::total_cmp);
    match (values.first(), values.last(), middle(values.clone())) {
        (Some(least), Some(most), Some(middle)) => {
            format!("{} / {} / {}", figure(*least), figure(middle), figure(*most))
        }
        _ => String::new(),
    }
}

/// Three digits that count.
fn figure(value: f64) -> String {
    match value.abs() {
        own if own >= 100.0 => format!("{value:.0}"),
        own if own >= 10.0 => format!("{value:.1}"),
        own if own >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}
