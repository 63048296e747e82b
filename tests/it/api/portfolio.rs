//! The portfolio, flags and instruments as programs read them.

use evenkeel::domain::access_token::{Binding, Scope};
use evenkeel::domain::mode::Mode;
use serde_json::{Value, json};

use crate::support::api::Program;
use crate::support::{Database, Pair, Side, TestApp};

on_both!(
    the_portfolio_has_a_row_for_each_partnership_that_the_token_reaches,
    the_portfolio_of_a_silent_side_shows_counts_only,
    open_flags_are_listed_page_by_page,
    flags_of_a_withheld_check_are_not_for_the_silent_side,
    instruments_are_listed_and_read_by_version,
);

const NOW: &str = "2026-11-01T10:00:00Z";

/// Two partnerships; Northmoor and Brightwater differ, Globex and Initech agree.
async fn two_partnerships(app: &TestApp) -> [Pair; 2] {
    let first =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    let second = app.partnership([Side("Globex", "Gil", &["Gus"]), Side("Initech", "Ina", &["Ivo"])]).await;
    for pair in [&first, &second] {
        app.quarterly(pair, Mode::Representative).await;
    }
    [first, second]
}

/// Opens, answers and closes 2026-Q4. Ben answers only if told to.
async fn one_round(app: &TestApp, ben: Option<[u8; 5]>) {
    app.at("2026-12-01T08:00:00Z").await;
    for mail in app.mails() {
        let answers = match mail.to.as_str() {
            "ada@example.org" => Some([1, 5, 5, 5, 5]),
            "ben@example.org" => ben,
            _ => Some([5; 5]),
        };
        if let Some(answers) = answers {
            app.answer(&mail.survey_token(), answers).await;
            app.send(&mail.survey_token()).await;
        }
    }
    for moment in
        ["2026-12-04T08:00:00Z", "2026-12-08T08:00:00Z", "2026-12-09T16:00:00Z", "2026-12-10T16:00:00Z"]
    {
        app.at(moment).await;
        app.mails();
    }
}

fn items(reply: &Value) -> &Vec<Value> {
    reply["items"].as_array().unwrap()
}

/// Every entry of a list, read in pages of this length.
fn all_of(program: &Program, address: &str, limit: usize) -> Vec<Value> {
    let glue = if address.contains('?') { '&' } else { '?' };
    let (mut all, mut next) = (Vec::new(), Some(format!("{address}{glue}limit={limit}")));
    while let Some(address) = next {
        let page = program.get(&address);
        assert_eq!(page.status, 200, "{}", page.text);
        assert!(items(&page.json).len() <= limit);
        all.extend(items(&page.json).iter().cloned());
        next = page.json["next"].as_str().map(str::to_owned);
    }
    all
}

async fn the_portfolio_has_a_row_for_each_partnership_that_the_token_reaches(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let [first, second] = two_partnerships(&app).await;
    let full = app.full_program().await;
    let waiting = full.get("/portfolio");
    assert!(items(&waiting.json).iter().all(|row| row["newest"].is_null() && row["need"] == "even"));
    assert_eq!(items(&waiting.json)[0]["next_cycle"]["opens_at"], "2026-12-01T08:00:00Z");
    one_round(&app, Some([5; 5])).await;
    let mut rows = all_of(&full, "/portfolio", 1);
    assert!(rows.is_sorted_by_key(|row| row["partnership_id"].as_str().map(str::to_owned)));
    // Both were made in the same instant, so that either may come first.
    rows.sort_by_key(|row| row["partnership_id"] != json!(first.id));
    let ids: Vec<&Value> = rows.iter().map(|row| &row["partnership_id"]).collect();
    assert_eq!(ids, [&json!(first.id), &json!(second.id)]);
    assert_eq!((&rows[0]["need"], &rows[1]["need"]), (&json!("act"), &json!("even")));
    assert!(rows[0]["conflict_debt"].as_u64().unwrap() >= 2 && rows[1]["conflict_debt"] == 0);
    assert_eq!(rows[0]["newest"]["indicators"]["shared_vision"]["rating"], "red");
    assert_eq!(rows[0]["newest"]["widest_gap"]["indicator"], "shared_vision");
    assert_eq!(rows[0]["newest"]["widest_gap"]["gap"]["between"], json!(["Northmoor", "Brightwater"]));
    assert_eq!(
        rows[1]["newest"]["overall"],
        json!({"status": "provisional", "score": 5.0, "rating": "green", "change": null, "suppressed": true})
    );
    assert_eq!(rows[0]["sides"][1], json!({"id": first.sides[1], "name": "Brightwater"}));
    assert!(rows[0]["sentence"].as_str().is_some_and(|text| !text.is_empty()));
    for binding in [Binding::Side(second.sides[0]), Binding::Partnership(second.id)] {
        let own = app.program(&[Scope::ScorecardsRead], binding).await.get("/portfolio");
        assert_eq!(items(&own.json).len(), 1);
        assert_eq!(items(&own.json)[0]["partnership_id"], json!(second.id));
    }
    for query in ["limit=0", "limit=201", "after=x", "sort=name"] {
        assert_eq!(full.get(&format!("/portfolio?{query}")).status, 422, "{query}");
    }
}

async fn the_portfolio_of_a_silent_side_shows_counts_only(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let [first, _] = two_partnerships(&app).await;
    one_round(&app, None).await;
    let silent = app.program(&[Scope::ScorecardsRead], Binding::Side(first.sides[1])).await;
    let reply = silent.get("/portfolio");
    let newest = &items(&reply.json)[0]["newest"];
    assert!(newest["overall"]["score"].is_null() && newest["widest_gap"].is_null());
    assert_eq!(newest["overall"]["suppressed"], true);
    assert_eq!(newest["response"]["Brightwater"], json!({"invited": 1, "answered": 0}));
}

async fn open_flags_are_listed_page_by_page(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let [first, second] = two_partnerships(&app).await;
    one_round(&app, Some([5; 5])).await;
    let reader = app.program(&[Scope::FlagsRead], Binding::Instance).await;
    let open = all_of(&reader, "/flags?state=open", 1);
    assert!(!open.is_empty());
    let red = open.iter().find(|flag| flag["indicator"] == "shared_vision").unwrap();
    assert_eq!((&red["severity"], &red["state"]), (&json!("act"), &json!("raised")));
    assert_eq!(red["partnership_id"], json!(first.id));
    assert!(red["cleared_at"].is_null() && red["reasons"].as_array().unwrap().contains(&json!("red")));
    assert_eq!(all_of(&reader, "/flags", 200), open);
    assert!(all_of(&reader, "/flags?state=cleared", 50).is_empty());
    let other = app.program(&[Scope::FlagsRead], Binding::Side(second.sides[0])).await;
    assert!(all_of(&other, "/flags?state=open", 50).is_empty());
    for query in ["state=raised", "state=", "after=x", "limit=x"] {
        assert_eq!(reader.get(&format!("/flags?{query}")).status, 422, "{query}");
    }
}

async fn flags_of_a_withheld_check_are_not_for_the_silent_side(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let (north, bright) = (["Ada", "Ali"], ["Ben"]);
    let pair =
        app.partnership([Side("Northmoor", "Mara", &north), Side("Brightwater", "Noor", &bright)]).await;
    app.quarterly(&pair, Mode::Named).await;
    one_round(&app, Some([1; 5])).await;
    for (opens, closes) in [("2027-03-02T08:00:00Z", "2027-03-11T16:00:00Z")] {
        app.at(opens).await;
        for mail in app.mails().iter().filter(|mail| !mail.to.starts_with("ben")) {
            app.answer(&mail.survey_token(), [1; 5]).await;
        }
        app.at(closes).await;
        app.mails();
    }
    let silent = app.program(&[Scope::FlagsRead], Binding::Side(pair.sides[1])).await;
    let seen = all_of(&silent, "/flags?state=open", 50);
    assert!(!seen.is_empty(), "the silence itself is told");
    for flag in &seen {
        assert!(flag["indicator"].is_null(), "{flag}");
        assert!(
            flag["reasons"].as_array().unwrap().iter().all(|r| r == "silent_side" || r == "low_response")
        );
    }
    let own = app.program(&[Scope::FlagsRead], Binding::Side(pair.sides[0])).await;
    assert!(all_of(&own, "/flags?state=open", 50).len() > seen.len());
}

async fn instruments_are_listed_and_read_by_version(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let reader = app.program(&[Scope::PartnershipsRead], Binding::Instance).await;
    let all = all_of(&reader, "/instruments", 1);
    let ids: Vec<&str> = all.iter().map(|own| own["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["light-check", "quarterly-health-review"]);
    let newest = reader.get("/instruments/quarterly-health-review");
    assert_eq!(newest.json, all[1]);
    assert_eq!(newest.json["indicators"][1]["id"], "communication");
    assert_eq!(newest.json["thresholds"]["green"], 4.0);
    let version = reader.get("/instruments/quarterly-health-review/versions/1");
    assert_eq!(version.json, newest.json);
    let tag = version.header("etag").unwrap();
    assert_eq!(
        reader.send("GET", "/instruments/quarterly-health-review", &[("if-none-match", tag)], None).status,
        304
    );
    for nowhere in [
        "weather",
        "quarterly-health-review/versions/2",
        "quarterly-health-review/versions/x",
        "quarterly-health-review/versions/4000000000",
    ] {
        assert_eq!(reader.get(&format!("/instruments/{nowhere}")).status, 404, "{nowhere}");
    }
}
