//! Decision speed: how long a flag waits for its first answer and until it is cleared.

use serde_json::{Value, json};

use crate::support::Database;
use crate::support::reviewed::{House, SECOND, house};

on_both!(
    a_flag_keeps_when_it_first_had_its_answer,
    an_acceptance_answers_when_the_last_side_has_signed,
    a_flag_tells_how_long_it_stood,
    the_page_of_the_partnership_tells_how_soon_flags_are_answered,
);

fn flag(house: &House, id: &str) -> Value {
    let all = house.north.get("/flags").json;
    let own = all["items"].as_array().unwrap().iter().find(|own| own["id"] == id).cloned();
    own.unwrap_or_else(|| panic!("{id} in {all}"))
}

async fn a_flag_keeps_when_it_first_had_its_answer(database: &Database) {
    let house = house(database).await;
    house.app.at("2026-12-15T18:00:00Z").await;
    assert_eq!(house.note(&[&house.act, &house.discuss], "We talked.").status, 201);
    let discussed = flag(&house, &house.discuss);
    assert_eq!(discussed["answered_at"], "2026-12-15T18:00:00Z");
    assert_eq!((&discussed["days_to_answer"], &discussed["days_to_clear"]), (&json!(5), &Value::Null));
    let waits = flag(&house, &house.act);
    assert_eq!((&waits["answered_at"], &waits["days_to_answer"]), (&Value::Null, &Value::Null));
    house.app.at("2026-12-22T18:00:00Z").await;
    house.app.mails();
    let made = house.action("2026-12-28");
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(flag(&house, &house.act)["days_to_answer"], json!(12));
    // The answer ends, and another is given: what counts is the first.
    house.app.at("2026-12-29T18:00:00Z").await;
    house.app.mails();
    assert_ne!(house.needs(&house.act), Value::Null, "it waits again");
    assert_eq!(house.action("2027-01-20").status, 201);
    assert_eq!(flag(&house, &house.act)["answered_at"], "2026-12-22T18:00:00Z");
}

async fn an_acceptance_answers_when_the_last_side_has_signed(database: &Database) {
    let house = house(database).await;
    house.app.at("2026-12-12T18:00:00Z").await;
    let body = json!({"reason": "The merger settles it.", "until": "2027-03-01", "also": []});
    let made = house.north.post(&format!("/flags/{}/acceptances", house.act), &body);
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(flag(&house, &house.act)["answered_at"], Value::Null, "Brightwater has not signed");
    house.app.at("2026-12-14T18:00:00Z").await;
    let sign = format!("/acceptances/{}:sign", made.json["id"].as_str().unwrap());
    assert_eq!(house.bright.send("POST", &sign, &[], None).status, 200);
    assert_eq!(flag(&house, &house.act)["days_to_answer"], json!(4));
}

async fn a_flag_tells_how_long_it_stood(database: &Database) {
    let house = house(database).await;
    house.app.at(SECOND.0).await;
    for mail in house.app.mails().iter().filter(|mail| !mail.survey_tokens().is_empty()) {
        house.app.answer(&mail.survey_token(), [5; 5]).await;
    }
    house.app.at(SECOND.1).await;
    house.app.mails();
    let own = flag(&house, &house.act);
    assert_eq!((&own["state"], &own["days_to_clear"]), (&json!("cleared"), &json!(91)));
    assert_eq!(own["days_to_answer"], Value::Null, "nobody ever answered it");
}

async fn the_page_of_the_partnership_tells_how_soon_flags_are_answered(database: &Database) {
    let mut house = house(database).await;
    house.app.at("2026-12-15T18:00:00Z").await;
    assert_eq!(house.note(&[&house.act, &house.discuss], "We talked.").status, 201);
    house.app.at("2026-12-22T18:00:00Z").await;
    house.app.mails();
    assert_eq!(house.action("2027-01-20").status, 201);
    let mara = house.app.signed_in("mara@example.org").await;
    let page = mara.get(&format!("/partnerships/{}", house.pair.id)).body;
    for words in [
        "Two flags were answered in the last four quarters, after 8 days in the median.",
        "Answered after 12 days",
        "Answered after 5 days",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    house.app.at("2028-01-20T18:00:00Z").await;
    house.app.mails();
    let page = mara.get(&format!("/partnerships/{}", house.pair.id)).body;
    assert!(!page.contains("last four quarters"), "that is long ago");
}
