//! Writes the pictures of the README into `charts/gallery`, or with a folder as argument every sample in every
//! form into that folder.
//!
//! `cargo run -p evenkeel-charts --example gallery [FOLDER]`

use std::error::Error;
use std::fs;
use std::path::Path;

use evenkeel_charts::Theme;

#[path = "../tests/samples/mod.rs"]
mod samples;

/// The trends that the README shows as SVG.
const IN_README: [&str; 9] = [
    "trend-1",
    "trend-3",
    "trend-drift",
    "trend-lower-and-apart",
    "trend-new-start",
    "trend-silent",
    "trend-suppressed",
    "trend-four-sides",
    "trend-five-years",
];

const THEMES: [(&str, Theme); 2] = [("light", Theme::Light), ("dark", Theme::Dark)];

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1) {
        Some(folder) => everything(Path::new(&folder)),
        None => readme(&Path::new(env!("CARGO_MANIFEST_DIR")).join("gallery")),
    }
}

/// The few pictures that the README shows.
fn readme(folder: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    for name in IN_README {
        let trend = find(samples::trends(), name);
        fs::write(folder.join(format!("{name}.svg")), trend.svg(true)?)?;
    }
    for (theme_name, theme) in THEMES {
        for name in ["trend-drift", "trend-five-years"] {
            let trend = find(samples::trends(), name);
            fs::write(folder.join(format!("{name}-{theme_name}.png")), trend.png(theme)?)?;
        }
    }
    fs::write(folder.join("multiples.svg"), samples::partnership().svg(true)?)?;
    fs::write(folder.join("portfolio.png"), samples::portfolio().png(Theme::Light)?)?;
    for name in ["gapbar-wide", "gapbar-four"] {
        fs::write(folder.join(format!("{name}.svg")), find(samples::gap_bars(), name).svg(true)?)?;
    }
    fs::write(folder.join("spark.svg"), find(samples::sparks(), "spark-falling").svg(true)?)?;
    fs::write(folder.join("keel.svg"), find(samples::keels(), "keel-tilted").svg(true)?)?;
    Ok(())
}

fn find<T>(samples: Vec<(&'static str, T)>, name: &str) -> T {
    samples.into_iter().find(|sample| sample.0 == name).expect("the sample exists").1
}

/// Every sample: PNG in both themes, SVG for a page and as a file.
fn everything(folder: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join("charts.css"), evenkeel_charts::css())?;
    macro_rules! write_all {
        ($samples:expr) => {
            for (name, chart) in $samples {
                fs::write(folder.join(format!("{name}.svg")), chart.svg(true)?)?;
                fs::write(folder.join(format!("{name}.inline.svg")), chart.svg(false)?)?;
                for (theme_name, theme) in THEMES {
                    fs::write(folder.join(format!("{name}-{theme_name}.png")), chart.png(theme)?)?;
                }
            }
        };
    }
    write_all!(samples::trends());
    write_all!(samples::gap_bars());
    write_all!(samples::sparks());
    write_all!(samples::keels());
    write_all!([("multiples", samples::partnership())]);
    write_all!([("portfolio", samples::portfolio())]);
    fs::write(folder.join("gapaxis.inline.svg"), samples::gap_axis().svg(false)?)?;
    Ok(())
}
