//! Scorecards as programs read them: what the page of that side shows, and nothing more.

use evenkeel::domain::access_token::{Binding, Scope};
use evenkeel::domain::mode::Mode;
use serde_json::{Value, json};

use crate::support::api::Program;
use crate::support::{Database, Pair, Side, TestApp};

on_both!(
    a_scorecard_has_every_field_of_the_contract,
    a_scorecard_never_changes_and_is_not_sent_twice,
    a_cycle_that_has_not_closed_has_no_scorecard,
    a_silent_side_reads_counts_only,
    too_few_answers_are_not_told_apart,
    the_last_scorecards_come_oldest_first_and_page_by_page,
);

const NOW: &str = "2026-11-01T10:00:00Z";
const SCOPES: [Scope; 1] = [Scope::ScorecardsRead];

/// One respondent a side in representative mode; Ada and Ben are invited.
async fn two_people(app: &TestApp, mode: Mode) -> Pair {
    let pair =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    app.quarterly(&pair, mode).await;
    pair
}

/// Opens the round of 2026-Q4, answers it and closes it.
async fn one_round(app: &TestApp, north: Option<[u8; 5]>, bright: Option<[u8; 5]>) {
    app.at("2026-12-01T08:00:00Z").await;
    for mail in app.mails() {
        let answers = if mail.to.starts_with("ada") { north } else { bright };
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

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

async fn a_scorecard_has_every_field_of_the_contract(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let pair = two_people(&app, Mode::Named).await;
    one_round(&app, Some([5, 4, 4, 4, 4]), Some([2, 4, 4, 4, 4])).await;
    let cycle = app.cycle(&pair).await.id;
    let card = app.program(&SCOPES, Binding::Instance).await.get(&format!("/cycles/{cycle}/scorecard")).json;
    assert_eq!(
        keys(&card),
        [
            "closed_at",
            "cycle_id",
            "flags",
            "indicators",
            "instrument",
            "mode",
            "overall",
            "overall_is_mean",
            "partnership_id",
            "period",
            "rebaseline",
            "response"
        ]
    );
    assert_eq!(card["instrument"], json!({"id": "quarterly-health-review", "version": 1}));
    assert_eq!((&card["mode"], &card["period"]), (&json!("named"), &json!("2026-Q4")));
    assert_eq!(card["response"]["Brightwater"], json!({"invited": 1, "answered": 1}));
    let cell = &card["indicators"]["shared_vision"];
    assert_eq!(
        keys(cell),
        [
            "action_required",
            "drift",
            "gap",
            "indicators",
            "interval",
            "precision",
            "rating",
            "rating_reason",
            "score",
            "sides",
            "status",
            "suppressed"
        ]
        .into_iter()
        .filter(|key| *key != "indicators")
        .collect::<Vec<_>>()
    );
    assert_eq!(
        (&cell["score"], &cell["rating"], &cell["rating_reason"]),
        (&json!(3.5), &json!("red"), &json!("side"))
    );
    assert_eq!(keys(&cell["sides"]), ["Brightwater", "Northmoor"]);
    assert_eq!(keys(&cell["sides"]["Northmoor"]), ["agreement", "interval", "mean", "n", "suppressed"]);
    assert_eq!(cell["gap"]["between"], json!(["Northmoor", "Brightwater"]));
    assert_eq!(cell["gap"]["value"], 3.0);
    assert_eq!(keys(&cell["gap"]), ["between", "clear", "interval", "label", "suppressed", "value"]);
    assert_eq!(keys(&cell["drift"]["level"]), ["change", "interval", "onset", "state", "z", "z_up"]);
    assert_eq!(keys(&cell["drift"]["gap"]), ["between", "change", "interval", "onset", "state", "z"]);
    assert_eq!(cell["drift"]["level"]["state"], "learning", "one check says nothing yet");
    let flag = card["flags"].as_array().unwrap().iter().find(|f| f["indicator"] == "shared_vision").unwrap();
    assert_eq!((&flag["severity"], &flag["state"]), (&json!("act"), &json!("raised")));
    assert!(flag["reasons"].as_array().unwrap().contains(&json!("red")));
}

async fn a_scorecard_never_changes_and_is_not_sent_twice(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let pair = two_people(&app, Mode::Representative).await;
    one_round(&app, Some([4; 5]), Some([4; 5])).await;
    let address = format!("/cycles/{}/scorecard", app.cycle(&pair).await.id);
    let program = app.program(&SCOPES, Binding::Instance).await;
    let first = program.get(&address);
    let tag = first.header("etag").unwrap().to_owned();
    assert!(tag.starts_with('"') && first.header("cache-control") == Some("private, no-cache"));
    assert_eq!(program.send("GET", &address, &[("if-none-match", &tag)], None).status, 304);
    let own = app.program(&SCOPES, Binding::Side(pair.sides[0])).await.get(&address);
    assert_eq!(own.header("etag"), Some(tag.as_str()), "the same view has the same name");
    assert_eq!(own.json, first.json);
}

async fn a_cycle_that_has_not_closed_has_no_scorecard(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let pair = two_people(&app, Mode::Representative).await;
    app.at("2026-12-01T08:00:00Z").await;
    let token = app.mails()[0].survey_token();
    app.answer(&token, [1; 5]).await;
    let address = format!("/cycles/{}/scorecard", app.cycle(&pair).await.id);
    let refused = app.program(&SCOPES, Binding::Side(pair.sides[0])).await.get(&address);
    assert_eq!((refused.status, refused.code()), (409, "state_conflict"));
    let other = app.partnership([Side("Globex", "Gil", &["Gus"]), Side("Initech", "Ina", &["Ivo"])]).await;
    let stranger = app.program(&SCOPES, Binding::Side(other.sides[0])).await;
    assert_eq!(stranger.get(&address).status, 404);
    let list = format!("/partnerships/{}/scorecards", pair.id);
    assert_eq!(stranger.get(&list).status, 404);
    let full = app.full_program().await;
    assert_eq!(full.get(&list).json, json!({"items": [], "next": null}));
    for nonsense in ["/cycles/7/scorecard", "/cycles/00000000-0000-7000-8000-000000000000/scorecard"] {
        assert_eq!(full.get(nonsense).status, 404, "{nonsense}");
    }
    for query in
        ["last=0", "last=41", "last=x", "after=7", "page=1", &format!("after={}", app.cycle(&pair).await.id)]
    {
        assert_eq!(full.get(&format!("{list}?{query}")).status, 422, "{query}");
    }
}

async fn a_silent_side_reads_counts_only(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let pair = two_people(&app, Mode::Representative).await;
    one_round(&app, Some([1; 5]), None).await;
    let address = format!("/cycles/{}/scorecard", app.cycle(&pair).await.id);
    for binding in [Binding::Side(pair.sides[1]), Binding::Partnership(pair.id), Binding::Instance] {
        let reply = app.program(&SCOPES, binding).await.get(&address);
        let card = &reply.json;
        for cell in card["indicators"].as_object().unwrap().values().chain([&card["overall"]]) {
            assert!(cell["score"].is_null() && cell["gap"].is_null() && cell["sides"] == json!({}), "{cell}");
            assert_eq!(cell["suppressed"], true);
        }
        assert_eq!(card["response"]["Northmoor"], json!({"invited": 1, "answered": 1}));
        let flags = card["flags"].as_array().unwrap();
        assert!(flags.iter().all(|flag| flag["indicator"].is_null()), "{flags:?}");
        assert!(!reply.text.contains("1.0"));
    }
    let own = app.program(&SCOPES, Binding::Side(pair.sides[0])).await.get(&address).json;
    assert_eq!(own["overall"]["sides"]["Northmoor"]["mean"], 1.0);
    assert_eq!(own["overall"]["status"], "one_sided");
}

async fn too_few_answers_are_not_told_apart(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let (north, bright) = (["Ada", "Ali", "Ana", "Ari"], ["Ben", "Bo", "Bea"]);
    let pair =
        app.partnership([Side("Northmoor", "Mara", &north), Side("Brightwater", "Noor", &bright)]).await;
    app.quarterly(&pair, Mode::Confidential).await;
    app.at("2026-12-01T08:00:00Z").await;
    for mail in app.mails() {
        let answers = match mail.to.as_str() {
            "bea@example.org" => continue,
            to if to.starts_with('b') => [2; 5],
            _ => [5; 5],
        };
        app.answer(&mail.survey_token(), answers).await;
        app.send(&mail.survey_token()).await;
    }
    app.at("2026-12-10T16:00:00Z").await;
    app.mails();
    let address = format!("/cycles/{}/scorecard", app.cycle(&pair).await.id);
    let reply = app.full_program().await.get(&address);
    let cell = &reply.json["indicators"]["communication"];
    assert_eq!(
        (&cell["score"], &cell["rating"], &cell["suppressed"]),
        (&json!(3.5), &json!("amber"), &json!(true))
    );
    for empty in ["gap", "interval", "precision"] {
        assert!(cell[empty].is_null(), "{empty}");
    }
    assert_eq!(cell["sides"], json!({}));
    for word in ["\"mean\"", "\"n\"", "\"value\"", "hysteresis", "\"side\""] {
        assert!(!reply.text.contains(word), "{word} in {}", reply.text);
    }
}

async fn the_last_scorecards_come_oldest_first_and_page_by_page(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let pair = two_people(&app, Mode::Representative).await;
    one_round(&app, Some([4; 5]), Some([4; 5])).await;
    for (opens, closes) in
        [("2027-03-02T08:00:00Z", "2027-03-11T16:00:00Z"), ("2027-06-01T08:00:00Z", "2027-06-10T16:00:00Z")]
    {
        app.at(opens).await;
        for mail in app.mails() {
            app.answer(&mail.survey_token(), [3; 5]).await;
            app.send(&mail.survey_token()).await;
        }
        app.at(closes).await;
        app.mails();
    }
    let program: Program = app.program(&SCOPES, Binding::Side(pair.sides[0])).await;
    let periods = |value: &Value| -> Vec<String> {
        value["items"].as_array().unwrap().iter().map(|c| c["period"].as_str().unwrap().to_owned()).collect()
    };
    let list = format!("/partnerships/{}/scorecards", pair.id);
    let all = program.get(&list);
    assert_eq!(periods(&all.json), ["2026-Q4", "2027-Q1", "2027-Q2"]);
    assert!(all.json["next"].is_null());
    let newest = program.get(&format!("{list}?last=2"));
    assert_eq!(periods(&newest.json), ["2027-Q1", "2027-Q2"]);
    let before = program.get(newest.json["next"].as_str().unwrap());
    assert_eq!(periods(&before.json), ["2026-Q4"]);
    assert_eq!(periods(&program.get(&format!("{list}?instrument=light-check")).json), [""; 0]);
    let flags = newest.json["items"][1]["flags"].as_array().unwrap();
    let states: Vec<(bool, &Value)> = flags.iter().map(|f| (f["indicator"].is_null(), &f["state"])).collect();
    assert!(states.len() > 1, "{states:?}");
    // All fell by one point: the third check is the first that can say so of the partnership as a whole.
    let told = |(whole, state): &(bool, &Value)| *state == if *whole { "raised" } else { "held" };
    assert!(states.iter().all(told), "{states:?}");
}
