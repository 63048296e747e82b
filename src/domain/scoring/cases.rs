//! The worked cases of the scoring rules, at 1e-9.

use serde_json::Value;

use super::{cell::CellFigures, score_cell, side::measure, *};

const SLACK: f64 = 1e-9;

fn file() -> Value {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/scoring_cases.json"));
    serde_json::from_str(text).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

/// Compares where the case names a value; `null` means that there must be none.
fn same(case: &Value, key: &str, got: Option<f64>) {
    match case.get(key) {
        None => {}
        Some(Value::Null) => assert!(got.is_none(), "{key} of {case}: {got:?}"),
        Some(wanted) => {
            let (wanted, got) = (wanted.as_f64().unwrap(), got.unwrap_or(f64::NAN));
            assert!((wanted - got).abs() <= SLACK, "{key} of {case}: {got}");
        }
    }
}

fn same_interval(case: &Value, got: Option<[f64; 2]>) {
    let Some(wanted) = case.get("interval") else { return };
    for (wanted, got) in numbers(wanted).iter().zip(got.unwrap()) {
        assert!((wanted - got).abs() <= SLACK, "interval of {case}: {got}");
    }
}

fn same_word(case: &Value, key: &str, got: Option<&str>) {
    if let Some(wanted) = case.get(key) {
        assert_eq!(wanted.as_str(), got, "{key} of {case}");
    }
}

#[test]
fn single_sides_agree_with_the_worked_cases() {
    let file = file();
    let cases = file["single_sides"].as_array().unwrap();
    assert_eq!(cases.len(), 10);
    for case in cases {
        let side = measure(&numbers(&case["answers"]), 0.8, &Thresholds::default());
        let m = side.measure.unwrap();
        same(case, "n", Some(f64::from(side.n)));
        same(case, "mean", Some(m.mean));
        same(case, "variance", m.variance);
        same(case, "moderated_variance", Some(m.moderated_variance));
        same(case, "se", Some(m.se));
        same(case, "df", Some(m.df));
        same(case, "deviation", side.deviation);
        same_interval(case, Some(m.interval));
        same_word(case, "agreement", Some(side.agreement.as_str()));
    }
}

#[test]
fn whole_cells_agree_with_the_worked_cases() {
    let file = file();
    let cases = file["cells"].as_array().unwrap();
    assert_eq!(cases.len(), 18);
    for case in cases {
        let values: Vec<Vec<f64>> = case["sides"].as_array().unwrap().iter().map(numbers).collect();
        let previous = case["previous"].as_str().map(|word| word.parse().unwrap());
        let cell = score_cell(&values, 0.8, previous, &Thresholds::default());
        compare(&case["expect"], &cell);
    }
}

fn compare(expect: &Value, cell: &CellFigures) {
    let score = cell.score.as_ref();
    same_word(expect, "status", Some(cell.status.as_str()));
    same_word(expect, "rating", Some(cell.rating.as_str()));
    same_word(expect, "precision", score.map(|s| s.precision.as_str()));
    same(expect, "score", score.map(|s| s.value));
    same(expect, "se", score.map(|s| s.se));
    same(expect, "df", score.map(|s| s.df));
    same_interval(expect, score.map(|s| s.interval));
    if let Some(wanted) = expect.get("gap") {
        let gap = cell.gap.as_ref().unwrap();
        same(wanted, "value", Some(gap.value));
        same(wanted, "se", Some(gap.se));
        same_interval(wanted, Some(gap.interval));
        same_word(wanted, "label", Some(gap.label.as_str()));
        if let Some(clear) = wanted.get("clear") {
            assert_eq!(clear.as_bool(), Some(gap.clear), "{wanted}");
        }
        if let Some(between) = wanted.get("between") {
            assert_eq!(numbers(between), gap.between.map(|position| position as f64), "{wanted}");
        }
    }
    if let Some(silent) = expect.get("silent") {
        let got: Vec<f64> =
            (0..cell.sides.len()).filter(|&i| cell.sides[i].n == 0).map(|i| i as f64).collect();
        assert_eq!(numbers(silent), got);
    }
}
