//! Members as one list: read within reach, set whole.

use evenkeel::domain::access_token::{Binding, Scope};
use evenkeel::domain::mode::Mode;
use serde_json::{Value, json};

use crate::support::api::{Program, Reply};
use crate::support::{Database, Pair, Side, TestApp};

on_both!(
    the_list_of_members_is_set_whole,
    a_side_sees_its_own_members_and_of_the_others_the_managers_names,
    a_side_sets_its_own_members_and_nobody_elses,
    a_list_on_an_old_version_is_refused,
    a_member_that_cannot_be_is_refused_with_the_place,
    a_member_who_comes_back_is_the_same_member,
);

const NOW: &str = "2026-11-01T10:00:00Z";

async fn house(database: &Database) -> (TestApp, Pair) {
    let app = TestApp::on(database, NOW).await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    (app, pair)
}

fn put(program: &Program, pair: &Pair, members: &Value) -> Reply {
    program.json("PUT", &format!("/partnerships/{}/members", pair.id), &json!({"members": members}))
}

fn names(list: &Value) -> Vec<&str> {
    list["members"].as_array().unwrap().iter().map(|m| m["name"].as_str().unwrap()).collect()
}

fn respondent(name: &str, side: &str) -> Value {
    let email = format!("{}@example.org", name.to_lowercase());
    json!({"email": email, "name": name, "side": side, "roles": ["respondent"]})
}

async fn the_list_of_members_is_set_whole(database: &Database) {
    let (mut app, pair) = house(database).await;
    let full = app.full_program().await;
    let set = put(
        &full,
        &pair,
        &json!([
            {"email": "ADA@example.org", "side": "northmoor", "roles": ["respondent", "manager"], "external_ref": "p17"},
            {"email": "cleo@example.org", "name": "=cmd|' /C calc'!A0", "side": pair.sides[1], "zone": "Asia/Tokyo",
             "roles": ["respondent"]},
            {"email": "finn@example.org", "name": "Finn", "side": null, "roles": ["facilitator"]},
        ]),
    );
    assert_eq!(set.status, 200, "{}", set.text);
    assert_eq!(names(&set.json), ["=cmd|' /C calc'!A0", "Ada", "Finn"], "the others' memberships ended");
    let ada = &set.json["members"][1];
    assert_eq!((&ada["roles"], &ada["external_ref"]), (&json!(["respondent", "manager"]), &json!("p17")));
    assert_eq!(set.json["members"][2]["side"], Value::Null);
    let person = set.json["members"][0]["person"].as_str().unwrap();
    assert_eq!(full.get(&format!("/people/{person}")).json["zone"], "Asia/Tokyo");
    let read = full.get(&format!("/partnerships/{}/members", pair.id));
    assert_eq!(read.json, set.json);
    let emptied = put(&full, &pair, &json!([]));
    assert_eq!((emptied.status, names(&emptied.json).len()), (200, 0));
    assert_eq!(full.get("/people").json["items"].as_array().unwrap().len(), 6, "people stay");
}

async fn a_side_sees_its_own_members_and_of_the_others_the_managers_names(database: &Database) {
    let (mut app, pair) = house(database).await;
    let address = format!("/partnerships/{}/members", pair.id);
    let north = app.program(&[Scope::MembersRead], Binding::Side(pair.sides[0])).await.get(&address);
    assert_eq!(names(&north.json), ["Ada", "Mara"]);
    assert_eq!(north.json["other_managers"], json!([{"side": pair.sides[1], "name": "Noor"}]));
    assert!(!north.text.contains("ben") && !north.text.contains("noor@"), "{}", north.text);
    for binding in [Binding::Instance, Binding::Partnership(pair.id)] {
        let all = app.program(&[Scope::MembersRead], binding).await.get(&address);
        assert_eq!(names(&all.json), ["Ada", "Ben", "Mara", "Noor"]);
        assert_eq!(all.json["other_managers"], json!([]));
    }
}

async fn a_side_sets_its_own_members_and_nobody_elses(database: &Database) {
    let (mut app, pair) = house(database).await;
    let north = app.program(Scope::ALL, Binding::Side(pair.sides[0])).await;
    let full = app.full_program().await;
    assert_eq!(put(&north, &pair, &json!([respondent("Cleo", "Brightwater")])).paths(), ["members[0].side"]);
    let neutral = json!([{"email": "f@example.org", "name": "F", "roles": ["facilitator"]}]);
    assert_eq!(put(&north, &pair, &neutral).paths(), ["members[0].side"]);
    assert_eq!(put(&north, &pair, &json!([respondent("Ben", "Northmoor")])).paths(), ["members[0].email"]);
    let set = put(&north, &pair, &json!([respondent("Ada", "Northmoor"), respondent("Cleo", "Northmoor")]));
    assert_eq!((set.status, names(&set.json)), (200, vec!["Ada", "Cleo"]));
    let all = full.get(&format!("/partnerships/{}/members", pair.id));
    assert_eq!(names(&all.json), ["Ada", "Ben", "Cleo", "Noor"]);

    app.quarterly(&pair, Mode::Representative).await;
    app.at("2026-12-01T08:00:00Z").await;
    assert_eq!(app.recipients(), ["ada", "ben", "cleo"]);
    let late = put(&north, &pair, &json!([respondent("Ada", "Northmoor")]));
    assert_eq!(late.status, 202, "who answers is every side's matter now: {}", late.text);
    let mut managing = respondent("Ada", "Northmoor");
    managing["roles"] = json!(["respondent", "manager"]);
    let manager = put(&north, &pair, &json!([managing, respondent("Cleo", "Northmoor")]));
    assert_eq!(manager.status, 200, "who manages is its own: {}", manager.text);
}

async fn a_list_on_an_old_version_is_refused(database: &Database) {
    let (mut app, pair) = house(database).await;
    let full = app.full_program().await;
    let address = format!("/partnerships/{}/members", pair.id);
    let read = full.get(&address);
    let tag = read.header("etag").unwrap();
    assert_eq!(full.send("GET", &address, &[("if-none-match", tag)], None).status, 304);
    let body = json!({"members": [respondent("Ada", "Northmoor")]}).to_string();
    let send = || {
        let headers = [("if-match", tag), ("content-type", "application/json")];
        full.send("PUT", &address, &headers, Some(body.as_bytes()))
    };
    assert_eq!(send().status, 200);
    let late = send();
    assert_eq!((late.status, late.code()), (412, "changed_meanwhile"));
}

async fn a_member_that_cannot_be_is_refused_with_the_place(database: &Database) {
    let (mut app, pair) = house(database).await;
    let full = app.full_program().await;
    let with = |field: &str, value: Value| {
        let mut member = respondent("Cleo", "Northmoor");
        member[field] = value;
        json!([respondent("Ada", "Northmoor"), member])
    };
    let cases = [
        (with("email", json!("a@b\r\nBcc: x@y")), "members[1].email"),
        (with("email", json!("ada@EXAMPLE.org")), "members[1].email"),
        (with("email", json!(7)), "members[1].email"),
        (with("name", json!("a\u{202e}b")), "members[1].name"),
        (with("name", json!("x".repeat(121))), "members[1].name"),
        (with("name", Value::Null), "members[1].name"),
        (with("side", json!("Southmoor")), "members[1].side"),
        (with("side", Value::Null), "members[1].roles"),
        (with("roles", json!([])), "members[1].roles"),
        (with("roles", json!(["boss"])), "members[1].roles[0]"),
        (with("roles", json!(["facilitator"])), "members[1].roles"),
        (with("zone", json!("Mars/X")), "members[1].zone"),
        (with("external_ref", json!("a\u{0}b")), "members[1].external_ref"),
        (with("colour", json!("red")), "members[1].colour"),
    ];
    let before = full.get(&format!("/partnerships/{}/members", pair.id)).json;
    for (members, path) in cases {
        let refused = put(&full, &pair, &members);
        assert_eq!((refused.status, refused.paths()), (422, vec![path]), "{members}: {}", refused.text);
    }
    let both =
        put(&full, &pair, &json!([{"email": "x", "roles": ["respondent"]}, {"email": "", "roles": []}]));
    assert_eq!(both.paths().len(), 4, "{}", both.text);
    assert_eq!(
        full.get(&format!("/partnerships/{}/members", pair.id)).json,
        before,
        "nothing is half-written"
    );
    assert_eq!(full.get("/people").json["items"].as_array().unwrap().len(), 4);
}

async fn a_member_who_comes_back_is_the_same_member(database: &Database) {
    let (mut app, pair) = house(database).await;
    let full = app.full_program().await;
    let ada = |reply: &Reply| {
        let list = reply.json["members"].as_array().unwrap().clone();
        list.iter().find(|m| m["name"] == "Ada").map(|m| m["id"].clone())
    };
    let first = ada(&full.get(&format!("/partnerships/{}/members", pair.id)));
    assert!(first.is_some());
    assert_eq!(ada(&put(&full, &pair, &json!([]))), None);
    assert_eq!(ada(&put(&full, &pair, &json!([respondent("Ada", "Brightwater")]))), first);
}
