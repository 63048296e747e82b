//! Whole histories: every cell of every quarter as a scorecard freezes it, at 1e-9. What the same file says about
//! drift is tested there.

use serde_json::Value;

use super::{Rating, SideInput, Subject, score_cycle};
use crate::domain::{
    answers::Answers,
    ids::SideId,
    instrument::tests::quarterly,
    mode::Mode,
    publication::{Basis, Cell, Scorecard},
    samples::{card_after, side_id},
};

const SLACK: f64 = 1e-9;

fn list<'a>(value: &'a Value, key: &str) -> &'a Vec<Value> {
    value[key].as_array().unwrap()
}

fn inputs(case: &Value, cycle: &Value) -> Vec<SideInput> {
    let indicators = list(case, "indicators");
    let person = |points: &Value| -> Answers {
        let points = points.as_array().unwrap().iter();
        let point = |own: &Value| own.as_u64().map(|own| u8::try_from(own).unwrap());
        indicators.iter().zip(points).map(|(id, own)| (id.as_str().unwrap().to_owned(), point(own))).collect()
    };
    let side = |(n, name): (usize, &Value)| {
        let name = name.as_str().unwrap();
        SideInput {
            side: side_id(n),
            name: name.to_owned(),
            invited: u32::try_from(cycle["invited"][name].as_u64().unwrap()).unwrap(),
            respondents: cycle["answers"][name].as_object().unwrap().values().map(person).collect(),
        }
    };
    list(case, "sides").iter().enumerate().map(side).collect()
}

/// `null` and absent alike say that there is nothing.
fn near(wanted: Option<&Value>, got: Option<f64>, about: &str) {
    let wanted = wanted.and_then(Value::as_f64);
    assert_eq!(wanted.is_some(), got.is_some(), "{about}: wanted {wanted:?}, got {got:?}");
    if let (Some(wanted), Some(got)) = (wanted, got) {
        assert!((wanted - got).abs() <= SLACK, "{about}: wanted {wanted}, got {got}");
    }
}

fn ends(wanted: Option<&Value>, got: Option<[f64; 2]>, about: &str) {
    for end in 0..2 {
        near(wanted.map(|own| &own[end]), got.map(|own| own[end]), about);
    }
}

fn word(wanted: Option<&Value>, got: Option<&str>, about: &str) {
    assert_eq!(wanted.and_then(Value::as_str), got, "{about}");
}

fn compare(wanted: &Value, cell: &Cell, card: &Scorecard, about: &str) {
    word(wanted.get("status"), Some(cell.status.as_str()), about);
    word(wanted.get("rating"), Some(cell.rating.as_str()), about);
    word(wanted.get("precision"), cell.precision.map(super::Precision::as_str), about);
    near(wanted.get("score"), cell.score, about);
    ends(wanted.get("interval"), cell.interval, about);
    assert_eq!(wanted.get("gap").is_some(), cell.gap.is_some(), "{about}");
    let name = |side: SideId| card.side_name(side).unwrap();
    if let Some(gap) = &cell.gap {
        let wanted = &wanted["gap"];
        near(wanted.get("value"), Some(gap.value), about);
        ends(wanted.get("interval"), Some(gap.interval.unwrap()), about);
        word(wanted.get("label"), Some(gap.label.as_str()), about);
        assert_eq!(wanted["clear"].as_bool(), Some(gap.clear), "{about}");
        assert_eq!(list(wanted, "between"), &gap.between.map(name), "{about}");
    }
    assert_eq!(wanted["sides"].as_object().unwrap().len(), cell.sides.len(), "{about}");
    for side in &cell.sides {
        let wanted = &wanted["sides"][name(side.side)];
        near(wanted.get("n"), Some(f64::from(side.n)), about);
        near(wanted.get("mean"), side.mean, about);
        ends(wanted.get("ci"), side.interval, about);
        word(wanted.get("agreement"), side.agreement.map(super::Agreement::as_str), about);
    }
    let silent: Vec<&str> = cell.sides.iter().filter(|own| own.n == 0).map(|own| name(own.side)).collect();
    let wanted: Vec<&str> = wanted.get("silent").map_or_else(Vec::new, |own| {
        own.as_array().unwrap().iter().map(|own| own.as_str().unwrap()).collect()
    });
    assert_eq!(wanted, silent, "{about}");
}

#[test]
fn every_cell_of_whole_histories_agrees_with_the_worked_cases() {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/history_cases.json"));
    let file: Value = serde_json::from_str(text).unwrap();
    let mut compared = 0;
    for case in list(&file, "partnerships") {
        let mut basis = Basis::default();
        for cycle in list(case, "cycles") {
            let inputs = inputs(case, cycle);
            let figures = score_cycle(&quarterly(), &inputs, &basis.ratings);
            let card = card_after(&basis, &inputs, Mode::Named);
            for (key, wanted) in cycle["expect"].as_object().unwrap() {
                let about = format!("{} {} {key}", case["partnership"], cycle["period"]);
                let (cell, own) = match key.as_str() {
                    "overall" => (&card.overall, &figures.overall),
                    id => (&card.indicator(id).unwrap().cell, figures.indicator(id).unwrap()),
                };
                compare(wanted, cell, &card, &about);
                for (side, own) in list(case, "sides").iter().zip(&own.sides) {
                    near(wanted["sides"][side.as_str().unwrap()].get("ad"), own.deviation, &about);
                }
                compared += 1;
            }
            basis = basis.after(&card);
        }
        assert!(basis.ratings.get(&Subject::Overall).is_some_and(|own| *own != Rating::Grey));
    }
    assert_eq!(compared, 162);
}
