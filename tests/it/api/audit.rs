//! The audit log as programs read it.

use evenkeel::domain::access_token::{Binding, Scope};
use evenkeel::domain::mode::Mode;
use serde_json::Value;

use crate::support::{Database, Side, TestApp};

on_both!(
    the_log_is_read_page_by_page,
    a_bound_token_reads_what_concerns_its_partnership,
    the_log_never_tells_who_answered,
    a_bound_token_reads_what_became_of_proposals_and_invitations,
    an_act_stands_beside_the_request_that_asked_for_it,
);

const NOW: &str = "2026-11-01T10:00:00Z";
const AUDIT: [Scope; 1] = [Scope::AuditRead];

fn items(reply: &Value) -> Vec<Value> {
    reply["items"].as_array().unwrap().clone()
}

async fn the_log_is_read_page_by_page(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    let reader = app.program(&AUDIT, Binding::Instance).await;
    let all = items(&reader.get("/audit?limit=200").json);
    let made = all.iter().find(|own| own["act"] == "partnership added").unwrap();
    assert_eq!(
        (made["object"].as_str().unwrap(), &made["actor"]),
        (pair.id.to_string().as_str(), &"test".into())
    );
    assert!(all.iter().any(|own| own["act"] == "token made"));
    let (mut seen, mut next) = (Vec::new(), Some("/audit?limit=2".to_owned()));
    while let Some(address) = next {
        let page = reader.get(&address);
        seen.extend(items(&page.json));
        next = page.json["next"].as_str().map(str::to_owned);
    }
    assert_eq!(seen, all);
    for query in ["after=x", "limit=0", "actor=test"] {
        assert_eq!(reader.get(&format!("/audit?{query}")).status, 422, "{query}");
    }
}

async fn a_bound_token_reads_what_concerns_its_partnership(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let first =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    let second = app.partnership([Side("Globex", "Gil", &["Gus"]), Side("Initech", "Ina", &["Ivo"])]).await;
    for binding in [Binding::Side(first.sides[0]), Binding::Partnership(first.id)] {
        let own = items(&app.program(&AUDIT, binding).await.get("/audit").json);
        let acts: Vec<&str> = own.iter().map(|entry| entry["act"].as_str().unwrap()).collect();
        assert_eq!(acts.iter().filter(|act| **act == "partnership added").count(), 1);
        assert_eq!(acts.iter().filter(|act| **act == "member added").count(), 4);
        assert!(!acts.contains(&"token made") && !acts.contains(&"person added"));
        assert!(!own.iter().any(|entry| entry["object"] == second.id.to_string()));
    }
}

async fn the_log_never_tells_who_answered(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    app.quarterly(&pair, Mode::Named).await;
    app.at("2026-12-01T08:00:00Z").await;
    let reader = app.program(&AUDIT, Binding::Instance).await;
    let before = reader.get("/audit?limit=200").json;
    for mail in app.mails() {
        app.answer(&mail.survey_token(), [5; 5]).await;
        app.send(&mail.survey_token()).await;
    }
    assert_eq!(reader.get("/audit?limit=200").json, before);
}

async fn a_bound_token_reads_what_became_of_proposals_and_invitations(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let pair = app
        .partnership([Side("Northmoor", "Mara", &["Ada", "Abe"]), Side("Brightwater", "Noor", &["Ben"])])
        .await;
    app.quarterly(&pair, Mode::Representative).await;
    app.at("2026-12-01T08:00:00Z").await;
    app.mails();
    let north = app.program(Scope::ALL, Binding::Side(pair.sides[0])).await;
    let bright = app.program(&AUDIT, Binding::Side(pair.sides[1])).await;
    let cycle = format!("/cycles/{}", app.cycle(&pair).await.id);
    let members = north.get(&format!("/partnerships/{}/members", pair.id)).json["members"].clone();
    let abe = members.as_array().unwrap().iter().find(|own| own["name"] == "Abe").unwrap()["id"].clone();
    let withdrawn = format!("{cycle}/members/{}:withdraw", abe.as_str().unwrap());
    assert_eq!(north.send("POST", &withdrawn, &[], None).status, 200);
    let asked = north.send("POST", &format!("{cycle}:cancel"), &[], None).json["proposal"].clone();
    app.at("2026-12-08T09:00:00Z").await;
    let again = north.send("POST", &format!("{cycle}:cancel"), &[], None).json["proposal"].clone();
    app.at("2026-12-10T16:00:00Z").await;
    app.mails();
    let log = items(&bright.get("/audit?limit=200").json);
    let acts = |object: &Value| -> Vec<&str> {
        let id = object.as_str().unwrap().rsplit('/').next().unwrap();
        log.iter().filter(|own| own["object"] == id).map(|own| own["act"].as_str().unwrap()).collect()
    };
    assert_eq!(acts(&asked), ["proposed cancel_cycle", "proposal expired"]);
    assert_eq!(acts(&again), ["proposed cancel_cycle", "proposal ended"]);
    assert_eq!(log.iter().filter(|own| own["act"] == "invitation withdrawn").count(), 1);
    assert_eq!(north.get(asked.as_str().unwrap()).json["state"], "expired");
    assert_eq!(north.get(again.as_str().unwrap()).json["state"], "ended");
    assert_eq!(north.get("/proposals?state=ended").json["items"].as_array().unwrap().len(), 1);
}

async fn an_act_stands_beside_the_request_that_asked_for_it(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    let full = app.full_program().await;
    let made = full.post("/organisations", &serde_json::json!({"name": "Northmoor Systems"}));
    let mara = app.signed_in("mara@example.org").await;
    let page = mara.get(&format!("/partnerships/{}", pair.id));
    let address = format!("/partnerships/{}/state/paused", pair.id);
    let paused = mara.post(&address, &[("csrf", &page.hidden("csrf")), ("sure", "yes")]);
    assert_eq!(paused.status, 303, "{}", paused.body);
    let called = |headers: &[(String, String)]| {
        headers.iter().find(|(name, _)| name == "x-request-id").expect("a name").1.clone()
    };
    let log = items(&full.get("/audit?limit=200").json);
    let asked = |act: &str| log.iter().find(|own| own["act"] == act).expect("an act")["request_id"].clone();
    assert_eq!(asked("organisation added"), called(&made.headers));
    assert_eq!(asked("partnership paused"), called(&paused.headers));
    assert_ne!(asked("organisation added"), asked("partnership paused"));
    for without in ["partnership added", "member added", "token made"] {
        assert_eq!(asked(without), Value::Null, "{without}");
    }
    let file = mara.get(&format!("/partnerships/{}/audit.csv", pair.id)).body;
    assert!(file.lines().next().unwrap().ends_with(",id,request_id"), "{file}");
    let line = file.lines().find(|line| line.contains("partnership paused")).expect("a line");
    assert!(line.ends_with(&called(&paused.headers)), "{line}");
    app.tick().await;
    assert_eq!(app.recipients(), ["noor"], "told of the pause");
}
