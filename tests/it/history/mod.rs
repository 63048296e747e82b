//! Past reviews: what comes in from documents, stands as if it had closed here, and goes out again.

mod documents;
mod exports;
pub mod files;
mod frozen;
mod replayed;
mod views;

use serde_json::{Value, json};

use crate::support::api::{Program, Reply};

/// The present of these tests.
pub const NOW: &str = "2026-11-01T10:00:00Z";
/// The indicators of the quarterly review.
pub const FIVE: [&str; 5] =
    ["shared_vision", "communication", "resource_commitment", "conflict_resolution", "joint_kpi"];

/// Answers to the five; 0 is "don't know".
pub fn answers(points: [u8; 5]) -> Value {
    let answer = |point: u8| if point == 0 { Value::Null } else { json!(point) };
    FIVE.iter()
        .zip(points)
        .map(|(id, point)| ((*id).to_owned(), answer(point)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// One cycle of sides A and B: the points of each side's people, who are called a0, a1… and b0, b1….
pub fn cycle(period: &str, a: &[[u8; 5]], b: &[[u8; 5]]) -> Value {
    let of = |side: &'static str, people: &[[u8; 5]]| -> Vec<Value> {
        let response = |(n, points): (usize, &[u8; 5])| json!({"respondent": format!("{}{n}", side.to_lowercase()), "side": side, "answers": answers(*points)});
        people.iter().enumerate().map(response).collect()
    };
    let responses: Vec<Value> = of("A", a).into_iter().chain(of("B", b)).collect();
    json!({"period": period, "responses": responses})
}

/// One partnership.
pub fn partnership(name: &str, mode: &str, cycles: &[Value]) -> Value {
    json!({"partnership": name, "sides": ["A", "B"], "mode": mode, "cycles": cycles})
}

/// Sends a document.
pub fn send(program: &Program, document: &Value) -> Reply {
    program.post("/history", document)
}

/// Sends a document that must be taken; gives the identifier of its first partnership.
#[track_caller]
pub fn import(program: &Program, document: &Value) -> String {
    let done = send(program, document);
    assert_eq!(done.status, 201, "{}", done.text);
    done.json["partnerships"][0]["partnership_id"].as_str().unwrap().to_owned()
}

/// The scorecards of a partnership, oldest first.
pub fn cards(program: &Program, partnership: &str) -> Vec<Value> {
    let list = program.get(&format!("/partnerships/{partnership}/scorecards?last=40"));
    assert_eq!(list.status, 200, "{}", list.text);
    list.json["items"].as_array().unwrap().clone()
}

/// What two scorecards have in common when they say the same: everything but identifiers and times.
pub fn figures(card: &Value) -> Value {
    let flag = |own: &Value| {
        json!([own["indicator"], own["severity"], own["state"], own["reasons"], own["unmeasured"]])
    };
    let flags: Vec<Value> = card["flags"].as_array().unwrap().iter().map(flag).collect();
    json!({
        "period": card["period"], "mode": card["mode"], "overall": card["overall"],
        "indicators": card["indicators"], "response": card["response"], "flags": flags,
    })
}
