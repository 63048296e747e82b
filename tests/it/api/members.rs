//! Members as one list: read within reach, set whole.

use evenkeel::domain::access_token::{Binding, Scope};
use evenkeel::domain::mode::Mode;
use evenkeel::store::{Conn, bounces};
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
    a_side_learns_nothing_of_people_by_adding_them,
    nobody_takes_along_what_another_side_knew,
    a_side_mends_and_withdraws_its_own_invitations,
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

async fn a_side_learns_nothing_of_people_by_adding_them(database: &Database) {
    let (mut app, pair) = house(database).await;
    let north = app.program(Scope::ALL, Binding::Side(pair.sides[0])).await;
    let full = app.full_program().await;
    // Zoe is known from elsewhere, Finn was here for the other side, of Cleo nobody has heard.
    let known = json!({"email": "zoe@example.org", "name": "Zoe Known", "zone": "Asia/Tokyo"});
    assert_eq!(full.post("/people", &known).status, 201);
    let all = full.get(&format!("/partnerships/{}/members", pair.id)).json["members"].clone();
    let keep: Vec<Value> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|own| json!({"email": own["email"], "side": own["side"], "roles": own["roles"]}))
        .collect();
    let mut with_finn = keep.clone();
    with_finn.push(json!({"email": "finn@example.org", "name": "Finn Former", "side": "Brightwater",
        "roles": ["sponsor"], "external_ref": "secret-17"}));
    assert_eq!(put(&full, &pair, &json!(with_finn)).status, 200);
    assert_eq!(put(&full, &pair, &json!(keep)).status, 200);

    let address = format!("/partnerships/{}/members:import", pair.id);
    let one = |email: &str, name: Option<&str>| json!({"members": [{"email": email, "name": name, "side": "Northmoor", "roles": ["sponsor"]}]});
    let people = ["zoe@example.org", "finn@example.org", "cleo@example.org"];
    let answers = |query: &str, name: Option<&str>| -> Vec<String> {
        let ask = |email: &&str| north.post(&format!("{address}{query}"), &one(email, name));
        people
            .iter()
            .map(|email| format!("{} {}", ask(email).status, ask(email).text.replace(email, "…")))
            .collect()
    };
    for (query, name, status) in [("?dry_run=true", None, "422"), ("?dry_run=true", Some("A. N."), "200")] {
        let found = answers(query, name);
        assert!(found[0].starts_with(status) && found.iter().all(|own| *own == found[0]), "{found:#?}");
    }
    let done: Vec<Value> =
        people.iter().map(|email| north.post(&address, &one(email, Some("A. N."))).json).collect();
    for reply in &done {
        assert_eq!((&reply["added"], &reply["people_added"]), (&json!(1), &Value::Null), "{reply}");
        assert_eq!(reply["rows"][0]["what"], "Northmoor: sponsor");
    }
    // What is read afterwards is alike, too, but for the address and the identifiers.
    let shown = north.get(&format!("/partnerships/{}/members", pair.id));
    for secret in ["Known", "Former", "secret-17", "Tokyo"] {
        assert!(!shown.text.contains(secret), "{}", shown.text);
    }
    let (members, listed) = (shown.json["members"].clone(), north.get("/people").json["items"].clone());
    let alike = |list: &Value, email: &str| {
        let mut own = list.as_array().unwrap().iter().find(|own| own["email"] == email).unwrap().clone();
        assert_eq!(own["name"], "A. N.");
        let id = own.get("person").unwrap_or(&own["id"]).as_str().unwrap().to_owned();
        assert_eq!(id.as_bytes()[14], b'4', "a person's identifier tells no time");
        for name in ["email", "id", "person"] {
            own.as_object_mut().unwrap().remove(name);
        }
        own
    };
    for list in [&members, &listed] {
        assert_eq!(alike(list, people[0]), alike(list, people[2]));
        assert_eq!(alike(list, people[1]), alike(list, people[2]));
    }
    assert_eq!(listed[0]["zone"], Value::Null);
    let zoe = listed.as_array().unwrap().iter().find(|own| own["email"] == people[0]).unwrap()["id"].clone();
    let zoe = format!("/people/{}", zoe.as_str().unwrap());
    assert_eq!(
        (&north.get(&zoe).json["name"], &north.get(&zoe).json["created_at"]),
        (&json!("A. N."), &Value::Null)
    );
    assert_eq!(full.get(&zoe).json["name"], "Zoe Known", "who they are stays");
    // To the log of a side, too, whoever joins is added: four of the house, Finn at first, and these three.
    let log = north.get("/audit?limit=200").json["items"].clone();
    let added = log.as_array().unwrap().iter().filter(|own| own["act"] == "member added").count();
    assert_eq!(added, 4 + 1 + 3);
    // Who takes part elsewhere here cannot be used, and nobody is told why.
    let refused = north.post(&address, &one("ben@example.org", Some("Ben")));
    let sentence = "This address cannot be used here; leave it out, or ask an administrator.";
    assert_eq!((refused.status, &refused.json["errors"][0]["detail"]), (422, &json!(sentence)));
}

async fn nobody_takes_along_what_another_side_knew(database: &Database) {
    let (mut app, pair) = house(database).await;
    let full = app.full_program().await;
    let mut ada = respondent("Ada", "Northmoor");
    ada["external_ref"] = json!("p17");
    assert_eq!(put(&full, &pair, &json!([ada])).json["members"][0]["external_ref"], "p17");
    let (person, now) = (app.person("Ada").await, app.now());
    let bounce = move |conn: &mut Conn| bounces::mark(conn, person, now);
    app.ctx.store.write_tx(bounce).await.unwrap();
    let stays = put(&full, &pair, &json!([ada])).json["members"][0].clone();
    assert!(stays["bounced_at"].is_string() && stays["external_ref"] == "p17");
    let file = b"email,name,side,roles\nada@example.org,,Brightwater,respondent\n";
    let moved = full.send(
        "POST",
        &format!("/partnerships/{}/members:import", pair.id),
        &[("content-type", "text/csv")],
        Some(file),
    );
    assert_eq!(moved.json["changed"], 1, "{}", moved.text);
    let bright = app.program(Scope::ALL, Binding::Side(pair.sides[1])).await;
    let there = bright.get(&format!("/partnerships/{}/members", pair.id)).json["members"][0].clone();
    assert_eq!(
        (&there["name"], &there["external_ref"], &there["bounced_at"]),
        (&json!("Ada"), &Value::Null, &Value::Null)
    );
}

async fn a_side_mends_and_withdraws_its_own_invitations(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let sides = [Side("Northmoor", "Mara", &["Ada", "Abe"]), Side("Brightwater", "Noor", &["Ben"])];
    let pair = app.partnership(sides).await;
    app.quarterly(&pair, Mode::Representative).await;
    app.at("2026-12-01T08:00:00Z").await;
    app.mails();
    let north = app.program(Scope::ALL, Binding::Side(pair.sides[0])).await;
    let bright = app.program(Scope::ALL, Binding::Side(pair.sides[1])).await;
    let full = app.full_program().await;
    let cycle = format!("/cycles/{}", app.cycle(&pair).await.id);
    let list = north.get(&format!("/partnerships/{}/members", pair.id)).json["members"].clone();
    let of = |name: &str, verb: &str| {
        let own = list.as_array().unwrap().iter().find(|own| own["name"] == name).unwrap()["id"].clone();
        format!("{cycle}/members/{}:{verb}", own.as_str().unwrap())
    };
    let right = json!({"email": "ada@right.example"});
    assert_eq!(north.post(&of("Ada", "correct"), &right).code(), "state_conflict", "nothing bounced");
    let (person, now) = (app.person("Ada").await, app.now());
    let bounce = move |conn: &mut Conn| bounces::mark(conn, person, now);
    app.ctx.store.write_tx(bounce).await.unwrap();
    assert_eq!(full.post(&of("Ada", "correct"), &right).code(), "binding_too_narrow");
    assert_eq!(bright.post(&of("Ada", "correct"), &right).status, 404, "not its own");
    let taken = north.post(&of("Ada", "correct"), &json!({"email": "ben@example.org"}));
    assert_eq!(taken.paths(), ["email"]);
    assert!(taken.text.contains("cannot be used here"), "{}", taken.text);
    let done = north.post(&of("Ada", "correct"), &right);
    assert_eq!((done.status, &done.json["state"]), (200, &json!("open")), "{}", done.text);
    assert_eq!(bright.send("POST", &of("Abe", "withdraw"), &[], None).status, 404);
    assert_eq!(full.send("POST", &of("Abe", "withdraw"), &[], None).status, 403);
    let done = north.send("POST", &of("Abe", "withdraw"), &[], None);
    assert_eq!((done.status, &done.json["response"][0]["invited"]), (200, &json!(1)), "{}", done.text);
    assert_eq!(north.send("POST", &of("Abe", "withdraw"), &[], None).status, 404, "once");
    app.at("2026-12-02T08:00:00Z").await;
    let mails = app.mails();
    let to: Vec<&str> = mails.iter().map(|mail| mail.to.as_str()).collect();
    assert_eq!(to, ["ada@right.example", "noor@example.org"]);
}
