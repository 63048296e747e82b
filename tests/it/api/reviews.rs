//! The review by program: what answers flags, who signs, how a review is closed, and what the portfolio says of it.

use evenkeel::domain::access_token::{Binding, Scope};
use evenkeel::domain::mode::Mode;
use evenkeel::workflow::erase_person::erase_person;
use serde_json::{Value, json};

use crate::support::api::Program;
use crate::support::reviewed::{BEN, FIRST, SECOND, house, round};
use crate::support::{Database, Side, TestApp};

on_both!(
    closing_is_refused_with_the_list_while_a_flag_lacks_its_answer,
    after_seven_days_of_silence_a_review_closes_unconfirmed,
    a_review_in_which_a_flag_lacks_its_answer_again_stays_open,
    an_overdue_action_stops_answering,
    an_action_done_while_the_flag_is_held_stops_answering_at_the_next_check,
    an_acceptance_needs_every_signature_and_ends,
    one_note_answers_several_flags,
    a_silent_side_confirms_what_it_sees_and_learns_no_more,
    what_belongs_to_others_does_not_exist,
    who_does_it_is_named_by_the_actions_own_side,
    actions_are_listed_changed_and_exported,
    what_cannot_be_taken_is_refused_by_its_field,
    erasure_leaves_no_name_and_removal_no_row,
);

const TABLES: [&str; 9] = [
    "discussion",
    "discussion_flag",
    "action",
    "action_flag",
    "acceptance",
    "acceptance_flag",
    "acceptance_signature",
    "review",
    "review_confirmation",
];

async fn closing_is_refused_with_the_list_while_a_flag_lacks_its_answer(database: &Database) {
    let house = house(database).await;
    let fresh = house.review(&house.north);
    assert_eq!((&fresh["state"], &fresh["due_on"]), (&json!("open"), &json!("2026-12-24")));
    assert_eq!(fresh["not_confirmed"], json!(house.pair.sides));
    assert_eq!(house.debt(), (3, 2));
    let refused = house.close(&house.north);
    assert_eq!((refused.status, refused.code()), (409, "flags_lack_answers"), "{}", refused.text);
    let mut missing = refused.json["missing"].as_array().unwrap().clone();
    missing.sort_by_key(|own| own["needs"].as_str().map(str::to_owned));
    assert_eq!(missing[0], json!({"flag": house.discuss, "needs": "a note"}));
    assert_eq!(missing[1], json!({"flag": house.act, "needs": "a note and an action"}));

    let empty = house.north.send("POST", &format!("/flags/{}/discussions", house.discuss), &[], None);
    assert_eq!((empty.status, &empty.json["text"]), (201, &json!("")), "discussed, no action");
    assert_eq!(house.note(&[&house.act], "The lead has changed.").status, 201);
    assert_eq!(
        house.close(&house.bright).json["missing"],
        json!([{"flag": house.act, "needs": "an action"}])
    );
    assert_eq!(house.action("2027-01-15").status, 201);
    assert_eq!(house.debt(), (0, 0));
    assert_eq!(house.north.get("/portfolio").json["items"][0]["need"], "watch", "the flags still stand");

    let half = house.close(&house.north);
    assert_eq!((half.status, &half.json["state"]), (200, &json!("open")), "{}", half.text);
    assert_eq!(half.json["not_confirmed"], json!([house.pair.sides[1]]));
    assert_eq!(half.json["closes_without_them_at"], "2026-12-17T16:00:00Z");
    assert_eq!(house.close(&house.north).json, half.json, "once more changes nothing");
    let done = house.close(&house.bright);
    assert_eq!((&done.json["state"], &done.json["not_confirmed"]), (&json!("closed"), &json!([])));
    assert_eq!(house.close(&house.bright).code(), "state_conflict");
    let acts: Vec<Value> = house.north.get("/audit?limit=200").json["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["act"].clone())
        .collect();
    for act in ["flags discussed", "action written", "review confirmed", "review closed"] {
        assert!(acts.contains(&json!(act)), "{act} in {acts:?}");
    }
}

async fn after_seven_days_of_silence_a_review_closes_unconfirmed(database: &Database) {
    let house = house(database).await;
    house.answer_all("2027-01-15");
    assert_eq!(house.close(&house.bright).status, 200);
    house.app.at("2026-12-17T15:59:59Z").await;
    assert_eq!(house.review(&house.north)["state"], "open");
    let next = house.app.worker.next_event(house.app.now()).await.unwrap();
    assert_eq!(next, Some("2026-12-17T16:00:00Z".parse().unwrap()), "the time machine stops there");
    house.app.at("2026-12-17T16:00:00Z").await;
    house.app.mails();
    let closed = house.review(&house.north);
    assert_eq!((&closed["state"], &closed["closed_at"]), (&json!("closed"), &json!("2026-12-17T16:00:00Z")));
    assert_eq!(closed["not_confirmed"], json!([house.pair.sides[0]]));
    assert_eq!(house.close(&house.north).code(), "state_conflict");
}

async fn a_review_in_which_a_flag_lacks_its_answer_again_stays_open(database: &Database) {
    let house = house(database).await;
    house.answer_all("2026-12-12");
    assert_eq!(house.close(&house.bright).status, 200);
    house.app.at("2026-12-18T16:00:00Z").await;
    assert_eq!(house.review(&house.north)["state"], "open", "the action is overdue");
    assert_eq!(house.action("2026-12-30").status, 201);
    house.app.tick().await;
    house.app.mails();
    assert_eq!(house.review(&house.north)["state"], "closed");
}

async fn an_overdue_action_stops_answering(database: &Database) {
    let house = house(database).await;
    let action = house.answer_all("2026-12-20");
    assert_eq!(house.debt(), (0, 0));
    house.app.at("2026-12-20T22:59:00Z").await;
    assert_eq!(house.needs(&house.act), Value::Null, "the due day is one of Berlin and counts as a whole");
    house.app.at("2026-12-20T23:00:00Z").await;
    assert_eq!(house.needs(&house.act), "another action: “Call the ops lead” was due on 20 Dec 2026");
    assert_eq!(house.debt(), (2, 1));
    assert_eq!(house.north.get(&action).json["overdue"], true);
    let later = house.north.json("PATCH", &action, &json!({"due_on": "2027-01-08"}));
    assert_eq!((later.status, &later.json["overdue"]), (200, &json!(false)), "{}", later.text);
    assert_eq!(house.needs(&house.act), Value::Null);
    let dropped = house.bright.json("PATCH", &action, &json!({"state": "dropped", "note": "No budget."}));
    assert_eq!((dropped.status, &dropped.json["note"]), (200, &json!("No budget.")));
    assert_eq!(house.needs(&house.act), "an action");
}

async fn an_action_done_while_the_flag_is_held_stops_answering_at_the_next_check(database: &Database) {
    let house = house(database).await;
    let action = house.answer_all("2027-02-15");
    house.app.at("2027-01-10T10:00:00Z").await;
    assert_eq!(house.bright.json("PATCH", &action, &json!({"state": "done"})).status, 200);
    assert_eq!(house.needs(&house.act), Value::Null);
    round(&house.app, SECOND, Some(BEN)).await;
    let second = house.app.cycles(&house.pair).await[1].id;
    let review = house.north.get(&format!("/cycles/{second}/review")).json;
    let needs: Vec<&Value> = review["flags"].as_array().unwrap().iter().map(|own| &own["needs"]).collect();
    let vain = json!("another action: “Call the ops lead” is done, and the flag stands");
    assert!(needs.contains(&&vain) && needs.contains(&&json!("a note")), "{needs:?}");
    assert_eq!(review["actions"][0]["state"], "done", "what was promised stands on the next agenda");
    assert_eq!(house.review(&house.north)["state"], "overtaken");
    assert_eq!(house.close(&house.north).code(), "state_conflict", "the later review takes over");
}

async fn an_acceptance_needs_every_signature_and_ends(database: &Database) {
    let mut house = house(database).await;
    let address = format!("/flags/{}/acceptances", house.act);
    let body = json!({"reason": "The merger settles it.", "until": "2026-12-31", "also": [house.discuss]});
    let made = house.north.post(&address, &body);
    assert_eq!((made.status, &made.json["in_force"]), (201, &json!(false)), "{}", made.text);
    assert_eq!(made.json["waiting_for"], json!([house.pair.sides[1]]));
    assert_eq!(house.needs(&house.act), "the signature of Brightwater");
    let sign = format!("/acceptances/{}:sign", made.json["id"].as_str().unwrap());
    let whole = house.app.program(Scope::ALL, Binding::Partnership(house.pair.id)).await;
    assert_eq!(whole.send("POST", &sign, &[], None).code(), "binding_too_narrow");
    assert_eq!(
        house.north.send("POST", &sign, &[], None).json["in_force"],
        false,
        "nobody signs for another"
    );
    let signed = house.bright.send("POST", &sign, &[], None);
    assert_eq!((signed.status, &signed.json["in_force"]), (200, &json!(true)), "{}", signed.text);
    assert_eq!(signed.json["signatures"].as_array().unwrap().len(), 2);
    assert_eq!((house.needs(&house.act), house.needs(&house.discuss)), (Value::Null, Value::Null));
    assert_eq!(house.debt(), (0, 0));
    assert_eq!(house.north.get(&address).json["items"][0]["id"], made.json["id"]);
    house.app.at("2026-12-31T22:59:00Z").await;
    assert_eq!(house.needs(&house.act), Value::Null);
    house.app.at("2026-12-31T23:00:00Z").await;
    assert_eq!(house.needs(&house.act), "a note and an action", "its last day has passed");
    assert_eq!(house.bright.send("POST", &sign, &[], None).code(), "state_conflict");
}

async fn one_note_answers_several_flags(database: &Database) {
    let house = house(database).await;
    let made = house.note(&[&house.discuss, &house.act], "  Both come from one cause.\r\n");
    assert_eq!(
        (made.status, &made.json["text"]),
        (201, &json!("Both come from one cause.")),
        "{}",
        made.text
    );
    assert_eq!(made.json["side"], json!(house.pair.sides[0]));
    assert_eq!((house.needs(&house.discuss), house.needs(&house.act)), (Value::Null, json!("an action")));
    for flag in [&house.discuss, &house.act] {
        let listed = house.bright.get(&format!("/flags/{flag}/discussions")).json;
        assert_eq!(listed["items"].as_array().unwrap().len(), 1);
        assert_eq!(listed["items"][0]["flags"].as_array().unwrap().len(), 2);
    }
    round(&house.app, SECOND, Some(BEN)).await;
    assert_eq!(house.north.get("/portfolio").json["items"][0]["flags_unanswered"], 2, "a check later");
}

async fn a_silent_side_confirms_what_it_sees_and_learns_no_more(database: &Database) {
    let mut app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let sides = [Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])];
    let pair = app.partnership(sides).await;
    app.quarterly(&pair, Mode::Representative).await;
    round(&app, FIRST, None).await;
    let north = app.program(Scope::ALL, Binding::Side(pair.sides[0])).await;
    let bright = app.program(Scope::ALL, Binding::Side(pair.sides[1])).await;
    let cycle = format!("/cycles/{}", app.cycle(&pair).await.id);
    let of = |program: &Program| program.get(&format!("{cycle}/review")).json["flags"].clone();
    let (all, few) = (of(&north), of(&bright));
    let silence = &few.as_array().unwrap()[0]["flag"];
    assert_eq!(few.as_array().unwrap().len(), 1, "{few}");
    assert!(
        silence["indicator"].is_null() && silence["reasons"] == json!(["silent_side", "low_response"]),
        "{silence}"
    );
    for own in all.as_array().unwrap().iter().filter(|own| !own["flag"]["indicator"].is_null()) {
        let hidden = own["flag"]["id"].as_str().unwrap();
        assert_eq!(bright.get(&format!("/flags/{hidden}/discussions")).status, 404);
        let note = bright.post(
            &format!("/flags/{}/discussions", silence["id"].as_str().unwrap()),
            &json!({"also": [hidden]}),
        );
        assert_eq!((note.status, note.paths()), (422, vec!["also[0]"]));
    }
    let id = silence["id"].as_str().unwrap();
    assert_eq!(
        bright.post(&format!("/flags/{id}/discussions"), &json!({"text": "We were away."})).status,
        201
    );
    let body = json!({"text": "Name a deputy", "side": pair.sides[1], "due_on": "2027-01-15", "flags": [id]});
    assert_eq!(bright.post("/actions", &body).status, 201);
    let confirmed = bright.send("POST", &format!("{cycle}/review:close"), &[], None);
    assert_eq!((confirmed.status, &confirmed.json["state"]), (200, &json!("open")), "{}", confirmed.text);
    let unseen = all.as_array().unwrap().len() > 1;
    app.at("2026-12-18T16:00:00Z").await;
    app.mails();
    let state = north.get(&format!("{cycle}/review")).json["state"].clone();
    assert_eq!(state == "open", unseen, "the silence of the others closes nothing that lacks its answer");
}

async fn what_belongs_to_others_does_not_exist(database: &Database) {
    let mut house = house(database).await;
    let action = house.answer_all("2027-01-15");
    let acceptance = house.north.post(
        &format!("/flags/{}/acceptances", house.act),
        &json!({"reason": "For now.", "until": "2027-01-15"}),
    );
    let others = [Side("Clearlake", "Cleo", &["Cem"]), Side("Dunmore", "Dora", &["Dan"])];
    let others = house.app.partnership(others).await;
    let foreign = house.app.program(Scope::ALL, Binding::Side(others.sides[0])).await;
    let flag = format!("/flags/{}", house.act);
    for address in [
        format!("{flag}/discussions"),
        format!("{flag}/acceptances"),
        action.clone(),
        format!("{}/review", house.cycle),
        "/flags/x/discussions".to_owned(),
    ] {
        assert_eq!(foreign.get(&address).status, 404, "{address}");
    }
    let accepting = json!({"reason": "x", "until": "2027-01-15"});
    assert_eq!(foreign.post(&format!("{flag}/discussions"), &json!({"text": "x"})).status, 404);
    assert_eq!(foreign.post(&format!("{flag}/acceptances"), &accepting).status, 404);
    let sign = format!("/acceptances/{}:sign", acceptance.json["id"].as_str().unwrap());
    assert_eq!(foreign.send("POST", &sign, &[], None).status, 404);
    assert_eq!(foreign.json("PATCH", &action, &json!({"state": "done"})).status, 404);
    assert_eq!(house.close(&foreign).status, 404);
    let mixed = json!({"text": "x", "side": others.sides[0], "due_on": "2027-01-15", "flags": [house.act]});
    assert_eq!(foreign.post("/actions", &mixed).paths(), ["flags[0]"]);
    let theirs =
        json!({"text": "x", "side": house.pair.sides[0], "due_on": "2027-01-15", "flags": [house.act]});
    assert_eq!(foreign.post("/actions", &theirs).paths(), ["side"]);
    assert_eq!(foreign.get("/actions").json["items"], json!([]));
    let reader = house.app.program(&[Scope::FlagsRead, Scope::ActionsRead], Binding::Instance).await;
    assert_eq!(reader.post(&format!("{flag}/discussions"), &json!({})).code(), "scope_missing");
    assert_eq!(reader.json("PATCH", &action, &json!({})).code(), "scope_missing");
    let whole = house.app.program(Scope::ALL, Binding::Partnership(house.pair.id)).await;
    assert_eq!(house.close(&whole).code(), "binding_too_narrow");
    assert_eq!(whole.post(&format!("{flag}/discussions"), &json!({})).json["side"], Value::Null);
}

async fn who_does_it_is_named_by_the_actions_own_side(database: &Database) {
    let house = house(database).await;
    let action = house.answer_all("2027-01-15");
    let (ben, ada) = (house.app.person("Ben").await, house.app.person("Ada").await);
    let by = |program: &Program, owner: Value| program.json("PATCH", &action, &json!({"owner": owner}));
    assert_eq!(by(&house.north, json!(ben)).paths(), ["owner"], "another side names nobody");
    assert_eq!(by(&house.bright, json!(ada)).paths(), ["owner"], "nor somebody of another side");
    let named = by(&house.bright, json!(ben));
    assert_eq!((named.status, &named.json["owner"]), (200, &json!(ben)), "{}", named.text);
    assert_eq!(house.north.get(&format!("/actions?owner={ben}")).json["items"].as_array().unwrap().len(), 1);
    assert_eq!(house.north.get(&format!("/actions?owner={ada}")).json["items"], json!([]));
    assert_eq!(
        house.north.json("PATCH", &action, &json!({"state": "done"})).json["owner"],
        json!(ben),
        "it stays"
    );
    assert_eq!(by(&house.bright, Value::Null).json["owner"], Value::Null);
}

async fn actions_are_listed_changed_and_exported(database: &Database) {
    let mut house = house(database).await;
    let first = house.answer_all("2027-01-15");
    let body = json!({"text": "=cmd|' /C calc'!A0", "side": house.pair.sides[0], "due_on": "2027-01-20", "flags": [house.act]});
    let second = house.north.post("/actions", &body);
    assert_eq!(second.status, 201);
    let page = house.bright.get("/actions?limit=1").json;
    let next = page["next"].as_str().unwrap();
    assert_eq!(page["items"].as_array().unwrap().len(), 1);
    let listed = [&page, &house.bright.get(next).json].map(|page| page["items"][0]["id"].clone());
    assert!(listed.contains(&second.json["id"]) && listed[0] != listed[1], "{listed:?}");
    let read = house.north.get(&first);
    let tag = read.header("etag").unwrap().to_owned();
    let patch = |tag: &str, state: &str| {
        let headers = [("content-type", "application/json"), ("if-match", tag)];
        house.north.send("PATCH", &first, &headers, Some(json!({"state": state}).to_string().as_bytes()))
    };
    assert_eq!(patch(&tag, "done").status, 200);
    let stale = patch(&tag, "dropped");
    assert_eq!((stale.status, stale.code()), (412, "changed_meanwhile"));
    let done = house.north.get(&format!("/actions?state=done&partnership={}", house.pair.id)).json;
    assert_eq!((&done["items"][0]["state"], &done["next"]), (&json!("done"), &Value::Null));
    assert_eq!(done["items"][0]["settled_at"], "2026-12-10T16:00:00Z");
    let again = house.north.json("PATCH", &first, &json!({"state": "open"})).json;
    assert_eq!((&again["state"], &again["settled_at"]), (&json!("open"), &Value::Null));
    assert_eq!(house.north.get("/actions?state=gone").status, 422);
    let csv = house.north.get("/exports/actions.csv").text;
    assert!(csv.starts_with("id,partnership_id,") && csv.lines().count() == 3, "{csv}");
    assert!(csv.contains(",'=cmd|"), "a formula is defused: {csv}");
    let full = house.app.full_program().await;
    assert_eq!(full.get("/exports/actions.json").json["actions"].as_array().unwrap().len(), 2);
    assert_eq!(full.get("/exports/actions.txt").status, 404);
}

async fn what_cannot_be_taken_is_refused_by_its_field(database: &Database) {
    let house = house(database).await;
    let flag = format!("/flags/{}", house.act);
    let long = "x".repeat(2_001);
    for (address, body, path) in [
        (format!("{flag}/discussions"), json!({"text": long}), "text"),
        (format!("{flag}/discussions"), json!({"also": [house.pair.id]}), "also[0]"),
        (format!("{flag}/discussions"), json!({"words": "x"}), "words"),
        (format!("{flag}/acceptances"), json!({"reason": " ", "until": "2027-01-01"}), "reason"),
        (format!("{flag}/acceptances"), json!({"reason": "x", "until": "2026-12-09"}), "until"),
        (format!("{flag}/acceptances"), json!({"reason": "x", "until": "2027-12-11"}), "until"),
        (format!("{flag}/acceptances"), json!({"reason": "x", "until": "soon"}), "until"),
    ] {
        let refused = house.north.post(&address, &body);
        assert_eq!((refused.status, refused.paths()), (422, vec![path]), "{body}: {}", refused.text);
    }
    let good =
        json!({"text": "x", "side": house.pair.sides[0], "due_on": "2027-01-15", "flags": [house.act]});
    for (field, value, path) in [
        ("text", json!("\u{200e} "), "text"),
        ("text", json!(long), "text"),
        ("due_on", json!("2026-12-09"), "due_on"),
        ("due_on", json!("2027-12-11"), "due_on"),
        ("flags", json!([]), "flags"),
        ("flags", json!([house.act, house.pair.id]), "flags[0]"),
        ("side", json!(house.pair.id), "side"),
    ] {
        let mut body = good.clone();
        body[field] = value;
        let refused = house.north.post("/actions", &body);
        assert_eq!((refused.status, refused.paths()), (422, vec![path]), "{body}: {}", refused.text);
    }
    // A flag that is cleared needs nothing any more, and a partnership that has ended takes nothing.
    house.app.at(SECOND.0).await;
    for mail in house.app.mails().iter().filter(|mail| !mail.survey_tokens().is_empty()) {
        house.app.answer(&mail.survey_token(), [5; 5]).await;
    }
    house.app.at(SECOND.1).await;
    house.app.mails();
    let cleared = house.north.post(&format!("{flag}/discussions"), &json!({"text": "Late."}));
    assert_eq!(cleared.code(), "state_conflict", "{}", cleared.text);
    let second = house.app.cycles(&house.pair).await[1].id;
    let wins = house.north.get(&format!("/cycles/{second}/review")).json;
    assert_eq!(wins["cleared"].as_array().unwrap().len(), 2, "they are the wins of the next agenda");
    assert_eq!(wins["flags"], json!([]));
}

async fn erasure_leaves_no_name_and_removal_no_row(database: &Database) {
    let house = house(database).await;
    let ada = house.app.person("Ada").await;
    let action = house.answer_all("2027-01-15");
    house.note(&[&house.act], "Ada talks to them.");
    house.bright.json("PATCH", &action, &json!({"note": "Ada waits."}));
    let own = json!({"text": "Ada calls", "side": house.pair.sides[0], "due_on": "2027-01-15", "owner": ada, "flags": [house.act]});
    let owned = house.north.post("/actions", &own);
    assert_eq!((owned.status, &owned.json["owner"]), (201, &json!(ada)), "{}", owned.text);
    let accepting = json!({"reason": "Ada agreed.", "until": "2027-01-15"});
    assert_eq!(house.north.post(&format!("/flags/{}/acceptances", house.act), &accepting).status, 201);
    assert_eq!(house.note(&[&house.discuss], "").status, 201);
    assert_eq!(house.close(&house.bright).status, 200);
    erase_person(&house.app.ctx, "test", ada, None, house.app.now()).await.unwrap();
    house.app.tick().await;
    house.app.mails();
    for table in ["discussion", "action", "acceptance"] {
        let rows = database.dump(table);
        assert!(!rows.contains("Ada") && rows.contains("erased"), "{table}: {rows}");
    }
    assert!(!database.dump("action").contains(&ada.to_string()), "nobody does it until somebody is named");
    for table in TABLES {
        assert!(!database.dump(table).is_empty(), "{table} holds something");
    }
    let asked = house.bright.send("DELETE", &format!("/partnerships/{}", house.pair.id), &[], None);
    let proposal = asked.header("location").unwrap().to_owned();
    assert_eq!(house.north.send("POST", &format!("{proposal}:approve"), &[], None).status, 204);
    for table in TABLES {
        let rows = format!("SELECT CAST(count(*) AS TEXT) AS line FROM {table}");
        assert_eq!(database.texts(&rows), ["0"], "{table}");
    }
    house.app.tick().await;
    house.app.mails();
}
