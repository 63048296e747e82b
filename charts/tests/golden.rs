//! Compares every sample with the SVG file in `tests/golden`. After a change that is meant, write them anew:
//! `BLESS_CHARTS=1 cargo test -p evenkeel-charts --test golden`, and look at each in a browser.

use std::fs;
use std::path::Path;

mod samples;

/// Compares one drawing; the answer is the name of the file if it differs.
fn differs(name: &str, drawn: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{name}.svg"));
    if std::env::var_os("BLESS_CHARTS").is_some() {
        fs::write(&path, drawn).expect("the golden folder can be written");
        return None;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    (expected != drawn).then(|| path.display().to_string())
}

fn expect_none(different: &[String]) {
    assert!(different.is_empty(), "these drawings changed (see the head of tests/golden.rs): {different:#?}");
}

#[test]
fn trends_are_drawn_as_before() {
    let changed: Vec<String> = samples::trends()
        .into_iter()
        .filter_map(|(name, trend)| differs(name, &trend.svg(false).expect("the sample is valid")))
        .collect();
    expect_none(&changed);
}

#[test]
fn files_of_their_own_are_drawn_as_before() {
    let trend = samples::suppressed().svg(true).expect("the sample is valid");
    let multiples = samples::partnership().svg(true).expect("the sample is valid");
    let changed: Vec<String> = [("file-trend", trend), ("file-multiples", multiples)]
        .iter()
        .filter_map(|(name, drawn)| differs(name, drawn))
        .collect();
    expect_none(&changed);
}

#[test]
fn small_charts_are_drawn_as_before() {
    let bars = samples::gap_bars().into_iter().map(|(name, chart)| (name, chart.svg(false)));
    let sparks = samples::sparks().into_iter().map(|(name, chart)| (name, chart.svg(false)));
    let keels = samples::keels().into_iter().map(|(name, chart)| (name, chart.svg(false)));
    let axis = std::iter::once(("gapaxis", samples::gap_axis().svg(false)));
    let portfolio = std::iter::once(("portfolio", samples::portfolio().svg(false)));
    let changed: Vec<String> = bars
        .chain(sparks)
        .chain(portfolio)
        .chain(keels)
        .chain(axis)
        .filter_map(|(name, drawn)| differs(name, &drawn.expect("the sample is valid")))
        .collect();
    expect_none(&changed);
}
