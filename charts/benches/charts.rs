//! What a chart costs, as SVG for a page and as PNG for a mail or a download, of two and of five years of quarters.
//!
//! `cargo bench -p evenkeel-charts --bench charts`

use std::hint::black_box;

use criterion::Criterion;
use evenkeel_charts::{Channel, MOST_PANELS, Multiples, Spark, Theme, Trend};

#[path = "../tests/samples/mod.rs"]
#[expect(dead_code, reason = "the samples are shared with the golden files and the gallery")]
mod samples;

/// Both forms of one chart.
macro_rules! measure {
    ($criterion:expr, $name:expr, $chart:expr) => {
        $criterion.bench_function(&format!("{}/SVG", $name), |bench| {
            bench.iter(|| black_box(&$chart).svg(false).expect("the sample can be drawn"));
        });
        $criterion.bench_function(&format!("{}/PNG", $name), |bench| {
            bench.iter(|| black_box(&$chart).png(Theme::Light).expect("the sample can be drawn"));
        });
    };
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    for quarters in [8, 20] {
        let name = |chart: &str| format!("{chart}, {quarters} quarters");
        let trend = trend(quarters);
        measure!(criterion, &name("trend"), trend);
        let six = multiples(&trend, 6);
        measure!(criterion, &name("six small multiples"), six);
        let portfolio = multiples(&trend, MOST_PANELS);
        measure!(criterion, &name("portfolio of 24"), portfolio);
        let spark = Spark {
            breaks: Vec::new(),
            title: "Overall, recent checks".to_owned(),
            points: trend.points.iter().map(|point| point.total).collect(),
            onset: Some(quarters - 3),
            green_from: trend.green_from,
            amber_from: trend.amber_from,
        };
        measure!(criterion, &name("spark"), spark);
    }
    let (_, gap) = samples::gap_bars().swap_remove(0);
    measure!(criterion, "gap", gap);
    criterion.final_summary();
}

/// Two sides with intervals everywhere, and an onset near the end.
fn trend(quarters: usize) -> Trend {
    let mut trend = samples::with_intervals(samples::long(quarters));
    trend.onsets = vec![samples::onset(quarters - 3, Channel::Level, "lower")];
    trend
}

fn multiples(trend: &Trend, panels: usize) -> Multiples {
    Multiples {
        title: "Northmoor Systems × Brightwater Analytics".to_owned(),
        description: "Dots are means of a side, 1 to 5.".to_owned(),
        panels: vec![trend.clone(); panels],
    }
}
