//! The worked cases of the drift test, at 1e-9.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{DriftFinding, Found, samples::*};
use crate::domain::{
    samples::side_id,
    scoring::{SideInput, Subject, score_cycle},
};

const SLACK: f64 = 1e-9;

fn file(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a Vec<Value> {
    value[key].as_array().unwrap()
}

/// Reads the quarters of a case; `points` gives an answer's points in the order of the indicators.
fn history(case: &Value, indicators: usize, points: impl Fn(&Value) -> Vec<Option<u8>>) -> History {
    let mut people: BTreeMap<String, u32> = BTreeMap::new();
    let sides: Vec<&str> = list(case, "sides").iter().map(|own| own.as_str().unwrap()).collect();
    let quarter = |cycle: &Value| {
        let mut given = Vec::new();
        for (side, name) in sides.iter().enumerate() {
            for (person, own) in cycle["answers"][name].as_object().unwrap() {
                let next = u32::try_from(people.len()).unwrap();
                let person = *people.entry(format!("{name} {person}")).or_insert(next);
                given.push(Given { side, person: Some(person), answers: answers(&points(own)) });
            }
        }
        let period = cycle["period"].as_str().unwrap().to_owned();
        let rebaseline = cycle.get("rebaseline").is_some_and(|own| own.as_bool().unwrap());
        Quarter { period, rebaseline, sides_shown: true, overall_is_mean: false, given }
    };
    let quarters = list(case, "cycles").iter().map(quarter).collect();
    History { sides: sides.len(), instrument: asking(indicators), quarters }
}

fn point(value: &Value) -> Option<u8> {
    value.as_u64().map(|own| u8::try_from(own).unwrap())
}

fn near(wanted: &Value, got: Option<f64>, about: &str) {
    let (wanted, got) = (wanted.as_f64().unwrap(), got.unwrap_or(f64::NAN));
    assert!((wanted - got).abs() <= SLACK, "{about}: wanted {wanted}, got {got}");
}

/// Compares what the case names, and that nothing stands where it names nothing.
fn compare(wanted: &Value, found: &Found, sides: &[Value], about: &str) {
    let DriftFinding { state, onset, change, interval, z, z_up, between, .. } = &found.finding;
    assert_eq!(wanted["state"].as_str(), Some(state.as_str()), "{about}");
    assert_eq!(wanted.get("onset").and_then(Value::as_str), onset.as_deref(), "{about}");
    assert_eq!(wanted.get("z").is_some(), z.is_some(), "{about}");
    for (key, got) in [("z", z), ("z_up", z_up), ("change", change)] {
        if let Some(wanted) = wanted.get(key) {
            near(wanted, *got, &format!("{about}: {key}"));
        }
    }
    if let Some(ends) = wanted.get("interval") {
        for (end, wanted) in ends.as_array().unwrap().iter().enumerate() {
            near(wanted, interval.map(|own| own[end]), &format!("{about}: interval"));
        }
    }
    if let Some(pair) = wanted.get("between") {
        let position = |name: &Value| side_id(sides.iter().position(|own| own == name).unwrap());
        let pair: Vec<_> = pair.as_array().unwrap().iter().map(position).collect();
        assert_eq!(between.map(|own| own.to_vec()), Some(pair), "{about}");
    }
}

#[test]
fn series_of_one_indicator_agree_with_the_worked_cases() {
    let file = file(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/drift_cases.json")));
    let series = list(&file, "series");
    assert_eq!(series.len(), 8);
    for case in series {
        let history = history(case, 1, |own| vec![point(own)]);
        for findings in [history.replay(), history.resumed()] {
            for (t, wanted) in list(case, "cycles").iter().enumerate() {
                let about = format!("{} {}", case["note"], wanted["period"]);
                let wanted = &wanted["expect"];
                let (subject, tested) = &findings[t][1];
                assert_eq!(subject, &Subject::Indicator("shared_vision".into()));
                near(&wanted["st2"], Some(tested.variances.within), &about);
                near(&wanted["se2"], Some(tested.variances.person), &about);
                compare(&wanted["level"], &tested.level, list(case, "sides"), &format!("{about} level"));
                compare(&wanted["gap"], &tested.gap, list(case, "sides"), &format!("{about} gap"));
                let score = score(&history, t);
                assert_eq!(wanted["score"].is_null(), score.is_none(), "{about}");
                if score.is_some() {
                    near(&wanted["score"], score, &about);
                }
            }
        }
    }
}

fn score(history: &History, t: usize) -> Option<f64> {
    let side = |side: usize| SideInput {
        side: side_id(side),
        name: String::new(),
        invited: 9,
        respondents: history.quarters[t]
            .given
            .iter()
            .filter(|own| own.side == side)
            .map(|own| own.answers.clone())
            .collect(),
    };
    let sides: Vec<SideInput> = (0..history.sides).map(side).collect();
    let figures = score_cycle(&history.instrument, &sides, &BTreeMap::new());
    figures.indicators[0].1.score.as_ref().map(|own| own.value)
}

#[test]
fn whole_histories_agree_with_the_worked_cases() {
    let file = file(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/history_cases.json")));
    let partnerships = list(&file, "partnerships");
    assert_eq!(partnerships.len(), 3);
    for case in partnerships {
        let ids: Vec<&str> = list(case, "indicators").iter().map(|own| own.as_str().unwrap()).collect();
        let history = history(case, ids.len(), |own| own.as_array().unwrap().iter().map(point).collect());
        assert_eq!(history.instrument.indicators.iter().map(|own| own.id.as_str()).collect::<Vec<_>>(), ids);
        for findings in [history.replay(), history.resumed()] {
            for (cycle, found) in list(case, "cycles").iter().zip(findings) {
                assert_eq!(cycle["expect"].as_object().unwrap().len(), found.len());
                for (subject, tested) in found {
                    let key = match &subject {
                        Subject::Overall => "overall",
                        Subject::Indicator(id) => id,
                    };
                    let about = format!("{} {} {key}", case["partnership"], cycle["period"]);
                    let wanted = &cycle["expect"][key]["drift"];
                    compare(&wanted["level"], &tested.level, list(case, "sides"), &format!("{about} level"));
                    compare(&wanted["gap"], &tested.gap, list(case, "sides"), &format!("{about} gap"));
                }
            }
        }
    }
}
