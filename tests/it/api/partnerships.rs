//! Partnerships: set up, read within reach, changed, paused, resumed, ended, removed.

use evenkeel::domain::access_token::{Binding, Scope};
use evenkeel::domain::mode::Mode;
use serde_json::{Value, json};

use crate::support::api::{Program, Reply};
use crate::support::{Database, Side, TestApp};

on_both!(
    a_partnership_is_set_up_read_changed_and_removed,
    a_partnership_is_paused_resumed_and_ended_by_any_side,
    a_partnership_that_had_a_cycle_is_removed_by_every_side_only,
    a_token_reaches_only_its_own_partnerships,
    a_partnership_that_cannot_be_is_refused_with_the_place,
);

const NOW: &str = "2026-11-01T10:00:00Z";
const NOWHERE: &str = "00000000-0000-7000-8000-000000000000";

fn two_sides() -> Value {
    json!([{"name": "Northmoor"}, {"name": "Brightwater"}])
}

fn delete(program: &Program, path: &str) -> Reply {
    program.send("DELETE", path, &[], None)
}

async fn a_partnership_is_set_up_read_changed_and_removed(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let full = app.full_program().await;
    let organisation = full.post("/organisations", &json!({"name": "Northmoor Ltd"})).json["id"].clone();
    let made = full.post(
        "/partnerships",
        &json!({"zone": "Europe/Berlin", "sides": [{"organisation": organisation}, {"name": "Brightwater"}]}),
    );
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(made.json["name"], "Northmoor Ltd × Brightwater");
    assert_eq!((&made.json["state"], &made.json["zone"]), (&json!("active"), &json!("Europe/Berlin")));
    assert_eq!(made.json["sides"][0]["organisation"], organisation);
    let address = made.header("location").unwrap().to_owned();
    let read = full.get(&address);
    assert_eq!(read.json, made.json);
    let tag = read.header("etag").unwrap().to_owned();
    assert_eq!(full.send("GET", &address, &[("if-none-match", &tag)], None).status, 304);

    let change = |tag: &str, body: Value| {
        let headers = [("if-match", tag), ("content-type", "application/json")];
        full.send("PATCH", &address, &headers, Some(body.to_string().as_bytes()))
    };
    let changed = change(&tag, json!({"name": "North and Bright"}));
    assert_eq!((changed.status, &changed.json["name"]), (200, &json!("North and Bright")));
    assert_eq!(changed.json["zone"], "Europe/Berlin", "what is left out stays");
    assert_eq!(change(&tag, json!({"zone": "UTC"})).status, 412);
    assert_eq!(change("*", json!({"zone": "America/New_York"})).json["zone"], "America/New_York");
    assert_eq!(change("*", json!({"name": "", "zone": "Mars/X"})).paths(), ["name", "zone"]);
    assert_eq!(change("*", json!({"state": "ended"})).paths(), ["state"]);

    let proposed = full.post("/partnerships", &json!({"state": "proposed", "sides": two_sides()}));
    assert_eq!((proposed.status, &proposed.json["state"]), (201, &json!("proposed")));
    assert_eq!(full.get("/partnerships?limit=1").json["items"].as_array().unwrap().len(), 1);

    assert_eq!(delete(&full, &address).status, 204);
    assert_eq!(full.get(&address).status, 404);
    assert_eq!(delete(&full, &address).status, 404);
}

async fn a_partnership_is_paused_resumed_and_ended_by_any_side(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    let north = app.program(&[Scope::PartnershipsWrite], Binding::Side(pair.sides[0])).await;
    let act = |verb: &str| {
        let reply = north.send("POST", &format!("/partnerships/{}:{verb}", pair.id), &[], None);
        (reply.status, reply.json["state"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(act("pause"), (200, "paused".to_owned()));
    assert_eq!(act("pause").0, 409);
    assert_eq!(act("resume"), (200, "active".to_owned()));
    assert_eq!(act("end"), (200, "ended".to_owned()));
    assert_eq!(act("resume").0, 409);
    assert_eq!(north.send("POST", &format!("/partnerships/{}:begin", pair.id), &[], None).status, 404);
}

async fn a_partnership_that_had_a_cycle_is_removed_by_every_side_only(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    app.quarterly(&pair, Mode::Representative).await;
    app.at("2026-12-01T08:00:00Z").await;
    assert_eq!(app.mails().len(), 2);
    let full = app.full_program().await;
    let asked = delete(&full, &format!("/partnerships/{}", pair.id));
    assert_eq!(asked.status, 202, "a program for no side asks them all: {}", asked.text);
    let proposal = asked.header("location").unwrap();
    assert_eq!(full.get(proposal).json["waiting_for"], json!(pair.sides));
    for (side, after) in pair.sides.iter().zip([200, 204]) {
        assert_eq!(full.get(&format!("/partnerships/{}/members", pair.id)).status, 200);
        let program = app.program(Scope::ALL, Binding::Side(*side)).await;
        assert_eq!(program.send("POST", &format!("{proposal}:approve"), &[], None).status, after);
    }
    assert_eq!(full.get(&format!("/partnerships/{}", pair.id)).status, 404);
    app.tick().await;
    assert_eq!(app.recipients(), ["mara", "noor"], "that it is gone");
}

async fn a_token_reaches_only_its_own_partnerships(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    let other = app.partnership([Side("Kestrel", "Kim", &["Kai"]), Side("Lark", "Lou", &["Lea"])]).await;
    let own = format!("/partnerships/{}", pair.id);
    let foreign = format!("/partnerships/{}", other.id);
    for binding in [Binding::Side(pair.sides[0]), Binding::Partnership(pair.id)] {
        let program = app.program(Scope::ALL, binding).await;
        assert_eq!(program.get("/partnerships").json["items"].as_array().unwrap().len(), 1);
        assert_eq!(program.get(&own).status, 200);
        for address in [&foreign, &format!("{foreign}/members"), &format!("{foreign}/cadences")] {
            assert_eq!(program.get(address).status, 404, "{address}");
        }
        assert_eq!(program.json("PATCH", &foreign, &json!({"name": "X"})).status, 404);
        assert_eq!(delete(&program, &foreign).status, 404);
        for verb in ["pause", "resume", "end"] {
            assert_eq!(program.send("POST", &format!("{foreign}:{verb}"), &[], None).status, 404);
        }
        let added = program.post("/partnerships", &json!({"sides": two_sides()}));
        assert_eq!((added.status, added.code()), (403, "binding_too_narrow"));
    }
    let north = app.program(Scope::ALL, Binding::Side(pair.sides[0])).await;
    assert_eq!(north.json("PATCH", &own, &json!({"name": "X"})).status, 403);
    assert_eq!(delete(&north, &own).status, 403);
}

async fn a_partnership_that_cannot_be_is_refused_with_the_place(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let full = app.full_program().await;
    let cases = [
        (json!({}), vec!["sides"]),
        (json!({"sides": [{"name": "A"}]}), vec!["sides"]),
        (json!({"sides": [{"name": "A"}, {"name": "a"}]}), vec!["sides"]),
        (json!({"sides": [{"name": "A"}, {"name": "B\u{202e}"}]}), vec!["sides[1]"]),
        (json!({"sides": [{"name": "A"}, {}]}), vec!["sides[1]"]),
        (json!({"sides": [{"name": "A"}, {"organisation": NOWHERE}]}), vec!["sides[1]"]),
        (json!({"sides": [{"name": "A"}, {"organisation": "7"}]}), vec!["sides[1].organisation"]),
        (json!({"sides": [{"name": "A"}, {"name": 7}]}), vec!["sides[1].name"]),
        (json!({"sides": two_sides(), "zone": "Mars/X", "name": "a\nb"}), vec!["name", "zone"]),
        (json!({"sides": two_sides(), "state": "ended"}), vec!["state"]),
        (json!({"sides": two_sides(), "colour": "red"}), vec!["colour"]),
    ];
    for (body, paths) in cases {
        let refused = full.post("/partnerships", &body);
        assert_eq!(refused.status, 422, "{body}: {}", refused.text);
        if body != json!({}) {
            assert_eq!(refused.paths(), paths, "{body}");
        }
    }
    for id in ["7", NOWHERE] {
        assert_eq!(full.get(&format!("/partnerships/{id}")).status, 404);
        assert_eq!(delete(&full, &format!("/partnerships/{id}")).status, 404);
    }
    assert_eq!(full.get("/partnerships").json["items"], json!([]));
}
