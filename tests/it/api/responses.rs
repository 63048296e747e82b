//! A respondent's own answers behind a survey link, by program: the same rules as the form.

use evenkeel::domain::mode::Mode;
use serde_json::{Value, json};

use crate::support::api::{Program, Reply};
use crate::support::log::Log;
use crate::support::{Database, Pair, Side, TestApp};

on_both!(
    answers_are_saved_read_again_and_sent,
    a_save_is_all_or_nothing_and_names_each_place,
    a_closed_cycle_accepts_no_answer_by_program,
    every_link_that_leads_nowhere_gets_the_same_answer,
    reading_changes_nothing,
);

const NOW: &str = "2026-11-01T10:00:00Z";

async fn open_round(database: &Database, mode: Mode) -> (TestApp, Pair, String) {
    let app = TestApp::on(database, NOW).await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    app.quarterly(&pair, mode).await;
    app.at("2026-12-01T08:00:00Z").await;
    let token = app.mails()[0].survey_token();
    (app, pair, token)
}

fn put(program: &Program, token: &str, body: &Value) -> Reply {
    program.json("PUT", &format!("/responses/{token}"), body)
}

async fn answers_are_saved_read_again_and_sent(database: &Database) {
    let (mut app, _, token) = open_round(database, Mode::Named).await;
    let program = app.stranger().await;
    let empty = program.get(&format!("/responses/{token}"));
    assert_eq!((empty.status, &empty.json["answers"], &empty.json["sent"]), (200, &json!({}), &json!(false)));
    assert_eq!(empty.header("cache-control"), Some("no-store"));
    assert_eq!(empty.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(empty.json["questions"].as_array().unwrap().len(), 5);
    assert_eq!(put(&program, &token, &json!({"send": true})).code(), "state_conflict");
    let saved = put(&program, &token, &json!({"answers": {"communication": 4, "joint_kpi": null}}));
    assert_eq!(
        (saved.status, &saved.json["answers"]),
        (200, &json!({"communication": 4, "joint_kpi": null}))
    );
    assert!(saved.json["saved_at"].is_string());
    let sent = put(&program, &token, &json!({"answers": {"shared_vision": 5}, "send": true}));
    assert_eq!(sent.json["answers"], json!({"communication": 4, "joint_kpi": null, "shared_vision": 5}));
    assert_eq!((&sent.json["comment"], &sent.json["sent"]), (&json!(null), &json!(true)));
    assert_eq!(program.get(&format!("/responses/{token}")).json, sent.json);
    let comment = put(&program, &token, &json!({"comment": "Well."}));
    assert_eq!((comment.status, &comment.json["comment"]), (200, &json!("Well.")));
    app.at("2026-12-04T08:00:00Z").await;
    assert_eq!(app.recipients(), ["ben"], "whoever has sent is not reminded");
}

async fn a_save_is_all_or_nothing_and_names_each_place(database: &Database) {
    let (mut app, _, token) = open_round(database, Mode::Representative).await;
    let program = app.stranger().await;
    let address = format!("/responses/{token}");
    for bad in [json!(0), json!(6), json!(3.5), json!("3"), json!(-1), json!(true), json!([4]), json!(300)] {
        let reply = put(&program, &token, &json!({"answers": {"joint_kpi": 4, "communication": bad}}));
        assert_eq!((reply.status, reply.paths()), (422, vec!["answers.communication"]), "{bad}");
    }
    let raw = |body: &str| {
        program.send("PUT", &address, &[("content-type", "application/json")], Some(body.as_bytes()))
    };
    let twice = raw(r#"{"answers": {"communication": 4, "communication": 5}}"#);
    assert_eq!((twice.status, twice.paths()), (422, vec!["answers.communication"]));
    assert_eq!(raw(r#"{"answers": {"communication": NaN}}"#).code(), "malformed_body");
    assert_eq!(raw("[]").status, 422);
    let unknown = put(&program, &token, &json!({"answers": {"weather": 3, "joint_kpi": 4}, "comment": "x"}));
    assert_eq!((unknown.status, unknown.paths()), (422, vec!["answers.weather", "comment"]));
    assert_eq!(put(&program, &token, &json!({"answer": {}})).paths(), ["answer"]);
    assert_eq!(put(&program, &token, &json!({"answers": 4})).paths(), ["answers"]);
    assert_eq!(put(&program, &token, &json!({"comment": "é".repeat(4_001)})).paths(), ["comment"]);
    assert_eq!(raw(&" ".repeat(70_000)).status, 413);
    assert_eq!(program.send("PUT", &address, &[("content-type", "text/plain")], Some(b"{}")).status, 415);
    assert_eq!(program.get(&address).json["answers"], json!({}), "nothing was half saved");
}

async fn a_closed_cycle_accepts_no_answer_by_program(database: &Database) {
    let (mut app, _, token) = open_round(database, Mode::Representative).await;
    let program = app.stranger().await;
    put(&program, &token, &json!({"answers": {"communication": 4}}));
    app.clock.jump_to(crate::support::utc("2026-12-10T16:00:00Z"));
    let late = put(&program, &token, &json!({"answers": {"communication": 5}}));
    assert_eq!((late.status, late.code()), (409, "state_conflict"));
    let read = program.get(&format!("/responses/{token}"));
    assert_eq!((read.status, read.code()), (409, "state_conflict"));
    assert!(!read.text.contains("answers\""));
}

async fn every_link_that_leads_nowhere_gets_the_same_answer(database: &Database) {
    let (mut app, _, token) = open_round(database, Mode::Representative).await;
    let program = app.stranger().await;
    let mut unknown = token.clone().into_bytes();
    unknown[0] = if unknown[0] == b'a' { b'b' } else { b'a' };
    let unknown = String::from_utf8(unknown).unwrap();
    database.execute("UPDATE invitation SET state = 'withdrawn'");
    let body = json!({"answers": {"communication": 4}});
    let texts: Vec<String> = [token.as_str(), unknown.as_str(), "x"]
        .iter()
        .flat_map(|token| [program.get(&format!("/responses/{token}")), put(&program, token, &body)])
        .map(|reply| {
            assert_eq!(reply.status, 404);
            reply.text
        })
        .collect();
    assert!(texts.windows(2).all(|pair| pair[0] == pair[1]), "{texts:#?}");
}

async fn reading_changes_nothing(database: &Database) {
    let (mut app, _, token) = open_round(database, Mode::Representative).await;
    let program = app.stranger().await;
    let stored = |database: &Database| {
        let tables = database.columns();
        tables.iter().map(|(table, _)| database.dump(table)).collect::<Vec<_>>().join("\n")
    };
    let before = stored(database);
    assert_eq!(program.get(&format!("/responses/{token}")).status, 200);
    assert_eq!(program.send("DELETE", &format!("/responses/{token}"), &[], None).status, 405);
    assert_eq!(stored(database), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_names_the_route_and_never_the_link() {
    let log = Log::keep();
    let (mut app, _, token) = open_round(&Database::sqlite(), Mode::Representative).await;
    let program = app.stranger().await;
    put(&program, &token, &json!({"answers": {"communication": 4}}));
    put(&program, &token, &json!({"answers": {"communication": 9}}));
    program.get(&format!("/responses/{token}"));
    program.get(&format!("/responses/x{token}"));
    let text = log.text();
    assert!(text.contains("/api/v1/responses/{token}"), "{text}");
    assert!(!text.contains(&token), "the link is in the log");
}
