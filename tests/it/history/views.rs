//! What a side may read of reviews in which it was silent: the same by every address.

use evenkeel::domain::access_token::{Binding, Scope};
use serde_json::{Value, json};

use super::{FIVE, NOW, import};
use crate::support::api::Program;
use crate::support::{Database, TestApp};

on_both!(a_silent_side_reads_the_same_of_a_scorecard_by_every_address);

/// One review of three sides, everybody of a side with the same answers.
fn review(period: &str, sides: &[(&str, &[u8])]) -> Value {
    let of = |(side, points): &(&str, &[u8])| -> Vec<Value> {
        let answers = |point: &u8| -> Value {
            FIVE.iter().map(|id| ((*id).to_owned(), json!(point))).collect::<serde_json::Map<_, _>>().into()
        };
        let one = |(n, point): (usize, &u8)| json!({"respondent": format!("{side}{n}"), "side": side, "answers": answers(point)});
        points.iter().enumerate().map(one).collect()
    };
    json!({"period": period, "responses": sides.iter().flat_map(of).collect::<Vec<Value>>()})
}

/// What a card says of one indicator: its rating and the reasons and severity of its flag.
fn told(card: &Value) -> Value {
    let cell = &card["indicators"]["shared_vision"];
    let flags: Vec<Value> = card["flags"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|flag| flag["indicator"] == "shared_vision")
        .map(|flag| json!([flag["reasons"], flag["severity"]]))
        .collect();
    json!([card["period"], card["overall"]["rating"], cell["rating"], cell["rating_reason"], flags])
}

async fn a_silent_side_reads_the_same_of_a_scorecard_by_every_address(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let full = app.full_program().await;
    // Red while B is silent, then 3.1, which hysteresis holds at red for those who have seen it.
    let mut cycles = vec![review("2021-Q1", &[("A", &[2; 5]), ("C", &[2; 5])])];
    let edge: &[u8] = &[4, 3, 3, 3, 3, 3, 3, 3, 3, 3];
    for period in ["2021-Q2", "2021-Q3", "2021-Q4", "2022-Q1"] {
        cycles.push(review(period, &[("A", edge), ("B", edge), ("C", edge)]));
    }
    let document = json!({"partnership": "P", "sides": ["A", "B", "C"], "mode": "named", "cycles": cycles});
    let id = import(&full, &document);
    let sides = full.get(&format!("/partnerships/{id}")).json["sides"].clone();
    let side = sides.as_array().unwrap().iter().find(|own| own["name"] == "B").unwrap()["id"].clone();
    let binding = Binding::Side(side.as_str().unwrap().parse().unwrap());
    let b: Program = app.program(&[Scope::ScorecardsRead, Scope::FlagsRead], binding).await;

    let list = |query: &str| -> Vec<Value> {
        let reply = b.get(&format!("/partnerships/{id}/scorecards?{query}"));
        reply.json["items"].as_array().unwrap().clone()
    };
    let whole = list("last=40");
    assert_eq!(told(&whole[0]), json!(["2021-Q1", "grey", "grey", null, []]));
    for card in &whole[1..] {
        let amber = json!([card["period"], "amber", "amber", "score", [[["amber"], "discuss"]]]);
        assert_eq!(told(card), amber);
    }
    for last in 1..=5 {
        let part = list(&format!("last={last}"));
        assert_eq!(part.len(), last);
        for (part, whole) in part.iter().zip(&whole[5 - last..]) {
            assert_eq!(told(part), told(whole), "last={last}");
        }
    }
    for card in &whole {
        let single = b.get(&format!("/cycles/{}/scorecard", card["cycle_id"].as_str().unwrap())).json;
        assert_eq!(&single, card);
    }
    let export = b.get("/exports/scorecards.json").json;
    assert_eq!(export["partnerships"][0]["scorecards"], json!(whole));
    let flags = b.get("/flags?state=open").json;
    let flag =
        flags["items"].as_array().unwrap().iter().find(|own| own["indicator"] == "shared_vision").unwrap();
    assert_eq!((&flag["reasons"], &flag["severity"]), (&json!(["amber"]), &json!("discuss")));
    // The others see what was published.
    let published = full.get(&format!("/partnerships/{id}/scorecards")).json;
    assert_eq!(published["items"][4]["overall"]["rating_reason"], "hysteresis");
}
