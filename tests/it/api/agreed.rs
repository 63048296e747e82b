//! What every side must agree to: who answers while a cycle is open, and the cadence they take part by.

use evenkeel::domain::access_token::{Binding, Scope};
use evenkeel::domain::mode::Mode;
use evenkeel::domain::partnership::PartnershipState;
use serde_json::{Value, json};

use crate::support::api::{Program, Reply};
use crate::support::{Database, Mail, Pair, Side, TestApp};

on_both!(
    who_joins_an_open_cycle_is_invited_with_the_last_yes,
    who_leaves_an_open_cycle_loses_an_unanswered_invitation_only,
    a_list_that_keeps_open_cycles_asks_nobody,
    a_file_says_beforehand_that_every_side_must_agree,
    an_agreed_cadence_changes_with_the_last_yes,
    a_cadence_that_was_agreed_to_does_not_get_looser_while_paused,
    a_cadence_that_shall_stop_waits_too,
    a_second_instrument_does_not_let_people_see_more,
    another_zone_moves_the_openings_and_so_waits,
    nobody_agrees_to_something_else_than_they_were_asked,
    a_partnership_begins_as_it_was_shown_to_every_side,
    who_comes_back_into_an_open_cycle_is_invited_again,
    a_side_hears_of_what_another_does_alone,
);

struct House {
    app: TestApp,
    pair: Pair,
    invitations: Vec<Mail>,
    full: Program,
    north: Program,
    bright: Program,
}

/// Two sides of three, in the days of an open cycle.
async fn house(database: &Database) -> House {
    let mut app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let pair = app
        .partnership([
            Side("Northmoor", "Mara", &["Ada", "Abe"]),
            Side("Brightwater", "Noor", &["Ben", "Bea"]),
        ])
        .await;
    app.quarterly(&pair, Mode::Representative).await;
    app.at("2026-12-01T08:00:00Z").await;
    let invitations = app.mails();
    let full = app.full_program().await;
    let north = app.program(Scope::ALL, Binding::Side(pair.sides[0])).await;
    let bright = app.program(Scope::ALL, Binding::Side(pair.sides[1])).await;
    House { app, pair, invitations, full, north, bright }
}

impl House {
    fn of(&self, what: &str) -> String {
        format!("/partnerships/{}/{what}", self.pair.id)
    }

    fn names(&self) -> Vec<String> {
        let list = self.full.get(&self.of("members")).json;
        let names =
            list["members"].as_array().unwrap().iter().map(|m| m["name"].as_str().unwrap().to_owned());
        names.collect()
    }

    fn put(&self, program: &Program, members: &Value) -> Reply {
        program.json("PUT", &self.of("members"), &json!({"members": members, "reason": "Cem is new."}))
    }
}

fn respondent(name: &str) -> Value {
    let email = format!("{}@example.org", name.to_lowercase());
    json!({"email": email, "name": name, "side": "Northmoor", "roles": ["respondent"]})
}

fn manager(name: &str) -> Value {
    let mut member = respondent(name);
    member["roles"] = json!(["manager"]);
    member
}

fn waits(reply: &Reply) -> String {
    assert_eq!(reply.status, 202, "{}", reply.text);
    reply.header("location").unwrap().to_owned()
}

fn approve(program: &Program, address: &str) {
    let reply = program.send("POST", &format!("{address}:approve"), &[], None);
    assert_eq!((reply.status, &reply.json["state"]), (200, &json!("approved")), "{}", reply.text);
}

async fn who_joins_an_open_cycle_is_invited_with_the_last_yes(database: &Database) {
    let house = house(database).await;
    let list = json!([manager("Mara"), respondent("Ada"), respondent("Abe"), respondent("Cem")]);
    let address = waits(&house.put(&house.north, &list));
    let shown = house.bright.get(&address).json;
    assert_eq!((&shown["act"], &shown["reason"]), (&json!("change_members"), &json!("Cem is new.")));
    assert_eq!(
        shown["sentence"],
        "Change who takes part while a check is open: 1 added or changed at Northmoor."
    );
    assert!(!shown.to_string().to_lowercase().contains("cem@"), "numbers, no addresses: {shown}");
    assert_eq!(house.names(), ["Abe", "Ada", "Bea", "Ben", "Mara", "Noor"], "nothing yet");
    house.app.tick().await;
    assert_eq!(house.app.recipients(), ["noor"], "the other side is asked");
    assert_eq!(house.put(&house.north, &list).code(), "state_conflict", "it waits already");
    approve(&house.bright, &address);
    assert_eq!(house.names(), ["Abe", "Ada", "Bea", "Ben", "Cem", "Mara", "Noor"]);
    house.app.tick().await;
    assert_eq!(house.app.recipients(), ["cem", "mara"], "an invitation, and the outcome for who proposed");
    let cycle = house.app.cycle(&house.pair).await;
    let shown = house.north.get(&format!("/cycles/{}", cycle.id)).json;
    assert_eq!(shown["response"][0]["invited"], 3, "{shown}");
}

async fn who_leaves_an_open_cycle_loses_an_unanswered_invitation_only(database: &Database) {
    let house = house(database).await;
    let link_of = |name: &str| {
        let mail = house.invitations.iter().find(|mail| mail.to.starts_with(name)).unwrap();
        mail.survey_token()
    };
    let (ada, abe) = (link_of("ada"), link_of("abe"));
    house.app.answer(&ada, [4; 5]).await;
    let address = waits(&house.put(
        &house.full,
        &json!([manager("Mara"), respondent("Cem"), {
        "email": "noor@example.org", "side": "Brightwater", "roles": ["manager"]}, {
        "email": "ben@example.org", "side": "Brightwater", "roles": ["respondent"]}, {
        "email": "bea@example.org", "side": "Brightwater", "roles": ["respondent"]}]),
    ));
    let reply = house.north.send("POST", &format!("{address}:approve"), &[], None);
    assert_eq!(reply.json["state"], "open", "a program for no side needs every side");
    approve(&house.bright, &address);
    assert_eq!(house.names(), ["Bea", "Ben", "Cem", "Mara", "Noor"]);
    house.app.save(&ada, "communication", Some(2)).await.expect("who answered keeps the link");
    house.app.save(&abe, "communication", Some(2)).await.expect_err("who did not loses it");
}

async fn a_list_that_keeps_open_cycles_asks_nobody(database: &Database) {
    let house = house(database).await;
    let body = json!({"members": [manager("Mara"), respondent("Ada"), respondent("Cem")]});
    let set = house.north.json("PUT", &house.of("members?open_cycles=keep"), &body);
    assert_eq!(set.status, 200, "{}", set.text);
    assert_eq!(house.names(), ["Ada", "Bea", "Ben", "Cem", "Mara", "Noor"]);
    house.app.tick().await;
    assert!(house.app.recipients().is_empty(), "the open cycle keeps whom it asked");
    let nonsense = house.north.json("PUT", &house.of("members?open_cycles=perhaps"), &body);
    assert_eq!(nonsense.status, 422, "{}", nonsense.text);
}

async fn a_file_says_beforehand_that_every_side_must_agree(database: &Database) {
    let house = house(database).await;
    let file = "email,name,side,roles\ncem@example.org,Cem,Northmoor,respondent\n";
    let send = |query: &str| {
        let headers = [("content-type", "text/csv")];
        house.north.send(
            "POST",
            &house.of(&format!("members:import{query}")),
            &headers,
            Some(file.as_bytes()),
        )
    };
    let tried = send("?dry_run=true");
    assert_eq!((tried.status, &tried.json["needs_every_side"]), (200, &json!(true)), "{}", tried.text);
    assert_eq!(send("?dry_run=true&open_cycles=keep").json["needs_every_side"], json!(false));
    let address = waits(&send(""));
    approve(&house.bright, &address);
    assert!(house.names().contains(&"Cem".to_owned()));
}

fn cadence(mode: &str, floor: u32) -> Value {
    json!({
        "instrument": "quarterly-health-review", "mode": mode, "floor_k": floor,
        "rule": {
            "frequency": "quarterly", "month_of_period": 3, "opens": {"nth_weekday": {"nth": 1, "weekday": "Tue"}},
            "opens_at": "09:00:00", "closes": {"weekday": {"weeks_after": 1, "weekday": "Thu"}}, "closes_at": "17:00:00",
        },
    })
}

impl House {
    fn set(&self, program: &Program, cadences: &Value) -> Reply {
        let body = json!({"cadences": cadences, "reason": "We are few."});
        program.json("PUT", &self.of("cadences"), &body)
    }

    fn cadence(&self) -> Value {
        self.full.get(&self.of("cadences")).json["cadences"][0].clone()
    }
}

async fn an_agreed_cadence_changes_with_the_last_yes(database: &Database) {
    let house = house(database).await;
    let looser = json!([cadence("named", 0)]);
    let address = waits(&house.set(&house.full, &looser));
    assert_eq!(house.cadence()["mode"], "representative", "nothing yet");
    let shown = house.bright.get(&address).json;
    assert_eq!((&shown["act"], &shown["reason"]), (&json!("change_cadence"), &json!("We are few.")));
    assert!(shown["sentence"].as_str().unwrap().contains("named mode"), "{shown}");
    assert_eq!(house.set(&house.bright, &looser).code(), "state_conflict", "it waits already");
    house.north.send("POST", &format!("{address}:approve"), &[], None);
    approve(&house.bright, &address);
    assert_eq!(house.cadence()["mode"], "named");
    let own = waits(&house.set(
        &house.north,
        &json!([cadence("named", 0)
                .as_object()
                .map(|own| {
                    let mut own = own.clone();
                    own["rule"]["opens_at"] = json!("10:00:00");
                    Value::from(own)
                })
                .unwrap()]),
    ));
    approve(&house.bright, &own);
    assert_eq!(house.cadence()["rule"]["opens_at"], "10:00:00");
}

async fn a_cadence_that_was_agreed_to_does_not_get_looser_while_paused(database: &Database) {
    let house = house(database).await;
    let paused = house.full.send("POST", &format!("/partnerships/{}:pause", house.pair.id), &[], None);
    assert_eq!(paused.json["state"], json!(PartnershipState::Paused.to_string()), "{}", paused.text);
    waits(&house.set(&house.full, &json!([cadence("named", 0)])));
    assert_eq!(house.cadence()["mode"], "representative");
    assert_eq!(
        house.set(&house.full, &json!([cadence("confidential", 3)])).status,
        200,
        "stricter is no question"
    );
}

async fn a_cadence_that_shall_stop_waits_too(database: &Database) {
    let house = house(database).await;
    let address = waits(&house.set(&house.north, &json!([])));
    assert_eq!(house.cadence()["active"], true);
    approve(&house.bright, &address);
    assert_eq!(house.cadence()["active"], false);
    assert_eq!(house.cadence()["mode"], "representative", "the rest stays");
}

async fn a_second_instrument_does_not_let_people_see_more(database: &Database) {
    let house = house(database).await;
    waits(&house.set(&house.full, &json!([cadence("representative", 1), light("named")])));
    let closes = "2026-12-05T16:00:00Z";
    let round = |mode: &str| {
        let body = json!({"instrument": "light-check", "closes_at": closes, "mode": mode});
        house.north.post(&house.of("cycles"), &body)
    };
    assert_eq!(round("named").paths(), ["mode"]);
    let made = round("representative");
    assert_eq!(made.status, 201, "{}", made.text);
}

fn light(mode: &str) -> Value {
    let mut own = cadence(mode, 0);
    own["instrument"] = json!("light-check");
    own
}

async fn another_zone_moves_the_openings_and_so_waits(database: &Database) {
    let house = house(database).await;
    let address = format!("/partnerships/{}", house.pair.id);
    let body = json!({"name": "The bridge", "zone": "Pacific/Auckland"});
    let asked = waits(&house.full.json("PATCH", &address, &body));
    let now = house.full.get(&address).json;
    assert_eq!((&now["name"], &now["zone"]), (&json!("The bridge"), &json!("Europe/Berlin")));
    house.north.send("POST", &format!("{asked}:approve"), &[], None);
    approve(&house.bright, &asked);
    assert_eq!(house.full.get(&address).json["zone"], "Pacific/Auckland");
}

async fn nobody_agrees_to_something_else_than_they_were_asked(database: &Database) {
    let house = house(database).await;
    let asked = waits(&house.set(&house.full, &json!([cadence("named", 0)])));
    house.north.send("POST", &format!("{asked}:approve"), &[], None);
    let stricter = house.set(&house.north, &json!([cadence("confidential", 3)]));
    assert_eq!(stricter.status, 200, "what a side may do alone goes on: {}", stricter.text);
    let late = house.bright.send("POST", &format!("{asked}:approve"), &[], None);
    assert_eq!((late.status, late.code()), (409, "state_conflict"));
    assert!(late.text.contains("was changed meanwhile"), "{}", late.text);
    assert_eq!(house.cadence()["mode"], "confidential");
    assert_eq!(house.bright.get(&asked).json["waiting_for"], json!([]), "and it is over");
    waits(&house.set(&house.full, &json!([cadence("named", 0)])));

    let list = json!([manager("Mara"), respondent("Ada"), respondent("Abe"), respondent("Cem")]);
    let asked = waits(&house.put(&house.north, &list));
    let mut more = manager("Nell");
    more["roles"] = json!(["sponsor"]);
    let body = json!({"members": [manager("Mara"), respondent("Ada"), respondent("Abe"), more]});
    assert_eq!(house.north.json("PUT", &house.of("members?open_cycles=keep"), &body).status, 200);
    assert_eq!(house.bright.send("POST", &format!("{asked}:approve"), &[], None).status, 409);
    assert!(house.names().contains(&"Nell".to_owned()));
}

async fn a_partnership_begins_as_it_was_shown_to_every_side(database: &Database) {
    let mut app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let full = app.full_program().await;
    let sides = json!([{"name": "A"}, {"name": "B"}, {"name": "C"}]);
    let made = full.post("/partnerships", &json!({"state": "proposed", "sides": sides})).json;
    let address = format!("/partnerships/{}", made["id"].as_str().unwrap());
    let member = |side: &str| json!({"email": format!("{side}@example.org"), "name": side, "side": side, "roles": ["manager", "respondent"]});
    let members = json!({"members": [member("A"), member("B"), member("C")]});
    assert_eq!(full.json("PUT", &format!("{address}/members"), &members).status, 200);
    let set = |mode: &str, floor| {
        full.json("PUT", &format!("{address}/cadences"), &json!({"cadences": [cadence(mode, floor)]}))
    };
    assert_eq!(set("confidential", 3).status, 200);
    let side = |n: usize| Binding::Side(made["sides"][n]["id"].as_str().unwrap().parse().unwrap());
    let (b, c) = (app.program(Scope::ALL, side(1)).await, app.program(Scope::ALL, side(2)).await);
    let a = app.program(Scope::ALL, side(0)).await;
    let asked = waits(&a.send("POST", &format!("{address}:propose"), &[], None));
    assert!(b.get(&asked).json["sentence"].as_str().unwrap().contains("confidential mode from 3 answers"));
    b.send("POST", &format!("{asked}:approve"), &[], None);
    assert_eq!(set("named", 0).status, 200);
    assert_eq!(
        c.send("POST", &format!("{asked}:approve"), &[], None).status,
        409,
        "that is not what B agreed to"
    );
    assert_eq!(full.get(&address).json["state"], "proposed");
}

async fn who_comes_back_into_an_open_cycle_is_invited_again(database: &Database) {
    let house = house(database).await;
    let all = json!([manager("Mara"), respondent("Ada"), respondent("Abe")]);
    approve(&house.bright, &waits(&house.put(&house.north, &json!([manager("Mara"), respondent("Ada")]))));
    approve(&house.bright, &waits(&house.put(&house.north, &all)));
    house.app.mails();
    // Nobody gets two survey letters on one day.
    house.app.at("2026-12-02T08:00:00Z").await;
    let mails = house.app.mails();
    let abe = mails.iter().find(|mail| mail.to.starts_with("abe")).expect("an invitation");
    house.app.answer(&abe.survey_token(), [4; 5]).await;
    let cycle = house.app.cycle(&house.pair).await;
    assert_eq!(house.north.get(&format!("/cycles/{}", cycle.id)).json["response"][0]["invited"], 2);
}

async fn a_side_hears_of_what_another_does_alone(database: &Database) {
    let house = house(database).await;
    let other = json!([manager("Nell"), respondent("Ada"), respondent("Abe")]);
    assert_eq!(house.put(&house.north, &other).status, 200);
    house.app.tick().await;
    let mails = house.app.mails();
    assert_eq!(mails.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), ["noor@example.org"]);
    assert!(mails[0].text.contains("Northmoor has other managers"), "{}", mails[0].text);
    house.north.send("POST", &format!("/partnerships/{}:pause", house.pair.id), &[], None);
    house.app.tick().await;
    let mails = house.app.mails();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].text.contains("The partnership is paused"), "{}", mails[0].text);
}
