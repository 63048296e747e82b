//! Drift over the quarters of a live partnership: a fall is found, told in the mail, and a fresh start is agreed on.

use evenkeel::domain::access_token::{Binding, Scope};
use evenkeel::domain::mode::Mode;
use serde_json::{Value, json};

use crate::support::{Database, Pair, Side, TestApp};

on_both!(
    a_fall_of_the_same_people_is_found_and_told,
    the_sides_agree_to_start_afresh,
    another_mode_starts_afresh,
);

const QUARTERS: [[&str; 2]; 5] = [
    ["2026-12-01T08:00:00Z", "2026-12-10T16:00:00Z"],
    ["2027-03-02T08:00:00Z", "2027-03-11T16:00:00Z"],
    ["2027-06-01T08:00:00Z", "2027-06-10T16:00:00Z"],
    ["2027-09-07T08:00:00Z", "2027-09-16T16:00:00Z"],
    ["2027-12-07T08:00:00Z", "2027-12-16T16:00:00Z"],
];

async fn house(database: &Database) -> (TestApp, Pair) {
    let app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let pair = app
        .partnership([
            Side("Northmoor", "Mara", &["Ada", "Abe", "Amy", "Ann"]),
            Side("Brightwater", "Noor", &["Ben", "Bea", "Bob", "Bix"]),
        ])
        .await;
    app.quarterly(&pair, Mode::Representative).await;
    (app, pair)
}

/// Lives through a quarter in which everybody gives the same points; gives the text of the result mails.
async fn quarter(app: &TestApp, number: usize, points: u8) -> String {
    let [opens, closes] = QUARTERS[number];
    app.at(opens).await;
    for mail in app.mails().iter().filter(|mail| !mail.survey_tokens().is_empty()) {
        app.answer(&mail.survey_token(), [points; 5]).await;
        app.send(&mail.survey_token()).await;
    }
    app.at(closes).await;
    app.mails().iter().map(|mail| mail.text.clone()).collect::<Vec<_>>().join("\n")
}

async fn cards(app: &mut TestApp, pair: &Pair) -> Vec<Value> {
    let full = app.full_program().await;
    full.get(&format!("/partnerships/{}/scorecards", pair.id)).json["items"].as_array().unwrap().clone()
}

fn level(card: &Value) -> (&str, Option<&str>) {
    let level = &card["overall"]["drift"]["level"];
    (level["state"].as_str().unwrap(), level["onset"].as_str())
}

async fn a_fall_of_the_same_people_is_found_and_told(database: &Database) {
    let (mut app, pair) = house(database).await;
    let mut told = Vec::new();
    for (number, points) in [4, 4, 4, 3].into_iter().enumerate() {
        told.push(quarter(&app, number, points).await.replace('\n', " "));
    }
    let cards = cards(&mut app, &pair).await;
    let found: Vec<_> = cards.iter().map(level).collect();
    assert_eq!(found[..3].iter().map(|own| own.0).collect::<Vec<_>>(), ["learning", "learning", "stable"]);
    assert_eq!(found[3], ("alarm", Some("2027-Q3")));
    assert!(!told[2].contains("than they themselves did before"), "{}", told[2]);
    assert!(told[3].contains("than they themselves did before"), "{}", told[3]);
    let flags = cards[3]["flags"].as_array().unwrap();
    assert!(
        flags.iter().any(|own| own["reasons"].as_array().unwrap().contains(&json!("drift_overall"))),
        "{flags:?}"
    );
}

async fn the_sides_agree_to_start_afresh(database: &Database) {
    let (mut app, pair) = house(database).await;
    let north = app.program(Scope::ALL, Binding::Side(pair.sides[0])).await;
    let bright = app.program(Scope::ALL, Binding::Side(pair.sides[1])).await;
    let address = format!("/partnerships/{}:rebaseline", pair.id);
    assert_eq!(
        north.send("POST", &address, &[], None).code(),
        "state_conflict",
        "nothing to compare with yet"
    );
    for number in 0..3 {
        quarter(&app, number, 4).await;
    }
    let asked = north.post(&address, &json!({"reason": "Half of us are new."}));
    assert_eq!(asked.status, 202, "{}", asked.text);
    let proposal = asked.header("location").unwrap();
    assert_eq!(bright.send("POST", &format!("{proposal}:approve"), &[], None).json["state"], "approved");
    app.tick().await;
    app.mails();
    quarter(&app, 3, 2).await;
    quarter(&app, 4, 2).await;
    let cards = cards(&mut app, &pair).await;
    let marks: Vec<&Value> = cards.iter().map(|card| &card["rebaseline"]).collect();
    assert_eq!(marks, [&json!(false), &json!(false), &json!(false), &json!(true), &json!(false)]);
    assert_eq!(level(&cards[3]).0, "learning", "what was said before is no measure any more");
    assert_eq!(level(&cards[4]).0, "learning");
}

async fn another_mode_starts_afresh(database: &Database) {
    let (mut app, pair) = house(database).await;
    for number in 0..3 {
        quarter(&app, number, 4).await;
    }
    app.quarterly(&pair, Mode::Confidential).await;
    quarter(&app, 3, 2).await;
    let cards = cards(&mut app, &pair).await;
    assert_eq!((&cards[3]["mode"], &cards[3]["rebaseline"]), (&json!("confidential"), &json!(true)));
    assert_eq!(level(&cards[3]).0, "learning");
}
