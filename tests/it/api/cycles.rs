//! Cycles: reading counts, opening a round beside the schedule, and the verbs of a running one.

use evenkeel::domain::access_token::{Binding, Scope};
use evenkeel::domain::mode::Mode;
use serde_json::{Value, json};

use crate::support::api::Program;
use crate::support::{Database, Pair, Side, TestApp};

on_both!(
    a_running_cycle_shows_counts_and_no_score,
    counts_of_a_side_are_told_only_from_its_floor_on,
    an_ad_hoc_cycle_opens_at_once_and_leaves_the_schedule_alone,
    the_same_call_with_the_same_key_opens_one_cycle,
    what_cannot_be_opened_is_refused_with_the_field,
    a_cycle_is_extended_and_reminded_by_one_side_alone,
    a_cycle_of_others_does_not_exist,
    a_cycle_whose_time_has_come_is_closed_at_once,
);

const NOW: &str = "2026-11-01T10:00:00Z";

async fn pair_of(app: &TestApp) -> Pair {
    app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await
}

/// An open check, and a program that may do everything with it.
async fn running(database: &Database) -> (TestApp, Pair, Program, String) {
    let mut app = TestApp::on(database, NOW).await;
    let pair = pair_of(&app).await;
    app.quarterly(&pair, Mode::Representative).await;
    app.at("2026-12-01T08:00:00Z").await;
    let full = app.full_program().await;
    let address = format!("/cycles/{}", app.cycle(&pair).await.id);
    (app, pair, full, address)
}

async fn a_running_cycle_shows_counts_and_no_score(database: &Database) {
    let (app, pair, full, address) = running(database).await;
    let tokens: Vec<String> = app.mails().iter().map(crate::support::Mail::survey_token).collect();
    app.answer(&tokens[0], [2; 5]).await;
    let shown = full.get(&address);
    assert_eq!(shown.status, 200, "{}", shown.text);
    let body = &shown.json;
    assert_eq!(
        (&body["period"], &body["state"], &body["origin"]),
        (&json!("2026-Q4"), &json!("open"), &json!("scheduled"))
    );
    assert_eq!(
        (&body["opens_at"], &body["closes_at"]),
        (&json!("2026-12-01T08:00:00Z"), &json!("2026-12-10T16:00:00Z"))
    );
    let answered: Vec<&Value> = body["response"].as_array().unwrap().iter().map(|s| &s["answered"]).collect();
    assert_eq!(answered, [&json!(1), &json!(0)]);
    assert_eq!(body["total"], json!({"invited": 2, "answered": 1}));
    // No word of an identifier: those are hexadecimal, and hold "ada" now and then.
    for word in ["score", "mean", "rating", "gap", "\"ada", "example.org"] {
        assert!(!shown.text.to_lowercase().contains(word), "{word} in {}", shown.text);
    }
    let tag = shown.header("etag").unwrap();
    assert_eq!(full.send("GET", &address, &[("if-none-match", tag)], None).status, 304);
    let listed = full.get(&format!("/partnerships/{}/cycles", pair.id));
    assert_eq!(listed.json["items"][0], *body);
    assert_eq!(full.get("/cycles/7").status, 404);
    assert_eq!(full.send("DELETE", &address, &[], None).status, 405);
}

async fn counts_of_a_side_are_told_only_from_its_floor_on(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let sides = [Side("Northmoor", "Mara", &["A", "B", "C"]), Side("Brightwater", "Noor", &["D", "E", "F"])];
    let pair = app.partnership(sides).await;
    let full = app.full_program().await;
    let address = format!("/partnerships/{}/cycles", pair.id);
    let ask = |floor: u32| {
        let closes = "2026-11-09T10:00:00Z";
        let body = json!({"instrument": "quarterly-health-review", "closes_at": closes, "mode": "confidential", "floor_k": floor});
        full.post(&address, &body)
    };
    let few = ask(4);
    assert_eq!((few.status, few.code()), (409, "state_conflict"), "{}", few.text);
    let open = ask(3);
    assert_eq!(open.status, 201, "{}", open.text);
    assert_eq!(open.json["response"][0]["answered"], 0);
    // Taking an invitation back below the floor would tell more than it may: the side keeps three.
    app.tick().await;
    assert_eq!(app.mails().len(), 8, "six invitations, and both managers hear of it");
}

async fn an_ad_hoc_cycle_opens_at_once_and_leaves_the_schedule_alone(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let pair = pair_of(&app).await;
    app.quarterly(&pair, Mode::Representative).await;
    let full = app.full_program().await;
    let address = format!("/partnerships/{}/cycles", pair.id);
    let body = json!({"instrument": "quarterly-health-review", "closes_at": "2026-11-05T16:00:00Z"});
    let made = full.post(&address, &body);
    assert_eq!(made.status, 201, "{}", made.text);
    let cycle = &made.json;
    assert_eq!((&cycle["period"], &cycle["origin"]), (&json!("2026-11-01"), &json!("ad_hoc")));
    assert_eq!(
        (&cycle["mode"], &cycle["floor_k"]),
        (&json!("representative"), &json!(1)),
        "as in the cadence"
    );
    assert_eq!(full.get(made.header("location").unwrap()).json, *cycle);
    app.clock.jump_to(crate::support::utc("2026-11-01T10:00:01Z"));
    assert_eq!(full.post(&address, &body).json["period"], "2026-11-01-2", "the date with a counter");
    app.tick().await;
    let mails = app.mails();
    assert_eq!(mails.iter().map(|m| m.survey_tokens().len()).collect::<Vec<_>>(), [2, 2, 0, 0]);
    assert!(mails[2].text.contains("A check out of turn was opened"), "the managers hear of it");
    app.at("2026-11-04T16:00:00Z").await;
    assert_eq!(app.recipients(), ["ada", "ben"], "reminded like in any other round");
    app.at("2026-11-05T16:00:00Z").await;
    assert_eq!(app.recipients(), ["mara", "noor"]);
    app.at("2026-12-01T08:00:00Z").await;
    assert_eq!(app.recipients(), ["ada", "ben"]);
    let periods: Vec<String> = app.cycles(&pair).await.into_iter().map(|c| c.period).collect();
    assert_eq!(periods.last().map(String::as_str), Some("2026-Q4"), "{periods:?}");
    let (mut seen, mut next) = (Vec::new(), Some(format!("{address}?limit=1")));
    while let Some(at) = next {
        let page = full.get(&at);
        seen.push(page.json["items"][0]["period"].as_str().unwrap().to_owned());
        next = page.json["next"].as_str().map(str::to_owned);
    }
    assert_eq!(seen, ["2026-Q4", "2026-11-01-2", "2026-11-01"], "the newest first, each once");
}

async fn the_same_call_with_the_same_key_opens_one_cycle(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let pair = pair_of(&app).await;
    let full = app.full_program().await;
    let address = format!("/partnerships/{}/cycles", pair.id);
    let ask = |key: &str, closes: &str| {
        let body =
            json!({"instrument": "quarterly-health-review", "closes_at": closes, "period": "kick-off"});
        let headers = [("content-type", "application/json"), ("idempotency-key", key)];
        full.send("POST", &address, &headers, Some(body.to_string().as_bytes()))
    };
    let first = ask("one", "2026-11-05T16:00:00Z");
    let again = ask("one", "2026-11-05T16:00:00Z");
    assert_eq!((first.status, again.status), (201, 201), "{}", again.text);
    assert_eq!(first.json["id"], again.json["id"]);
    assert_eq!(ask("one", "2026-11-06T16:00:00Z").code(), "idempotency_key_reused");
    assert_eq!(ask("two", "2026-11-05T16:00:00Z").code(), "state_conflict", "the name is taken");
    assert_eq!(ask(" ", "2026-11-05T16:00:00Z").status, 422);
    assert_eq!(app.cycles(&pair).await.len(), 1);
    app.tick().await;
    assert_eq!(app.recipients(), ["ada", "ben", "mara", "noor"]);
}

async fn what_cannot_be_opened_is_refused_with_the_field(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let pair = pair_of(&app).await;
    app.quarterly(&pair, Mode::Representative).await;
    let full = app.full_program().await;
    let address = format!("/partnerships/{}/cycles", pair.id);
    let good = json!({"instrument": "quarterly-health-review", "closes_at": "2026-11-05T16:00:00Z"});
    for (field, value) in [
        ("instrument", json!("weather")),
        ("closes_at", json!("2026-11-01T10:00:00Z")),
        ("closes_at", json!("2027-11-01T10:00:00Z")),
        ("closes_at", json!("tomorrow")),
        ("mode", json!("named")),
        ("mode", json!("secret")),
        ("floor_k", json!(2)),
        ("floor_k", json!(-1)),
        ("period", json!("2026-Q4")),
        ("period", json!("a\r\nb")),
        ("period", json!("x".repeat(41))),
        ("colour", json!("red")),
    ] {
        let mut body = good.clone();
        body[field] = value.clone();
        let refused = full.post(&address, &body);
        assert_eq!(
            (refused.status, refused.paths()),
            (422, vec![field]),
            "{field} {value}: {}",
            refused.text
        );
    }
    let unknown = "/partnerships/00000000-0000-7000-8000-000000000000/cycles";
    assert_eq!(full.post(unknown, &good).status, 404);
    assert_eq!(app.cycles(&pair).await.len(), 0);
}

async fn a_cycle_is_extended_and_reminded_by_one_side_alone(database: &Database) {
    let (mut app, pair, _, address) = running(database).await;
    app.mails();
    let north = app.program(Scope::ALL, Binding::Side(pair.sides[0])).await;
    let extend = |at: &str| north.post(&format!("{address}:extend"), &json!({"closes_at": at}));
    assert_eq!(extend("2026-12-10T16:00:00Z").paths(), ["closes_at"]);
    let longer = extend("2026-12-12T16:00:00Z");
    assert_eq!(
        (longer.status, &longer.json["closes_at"]),
        (200, &json!("2026-12-12T16:00:00Z")),
        "{}",
        longer.text
    );
    assert_eq!(north.send("POST", &format!("{address}:remind"), &[], None).status, 200);
    app.tick().await;
    let mails = app.mails();
    assert_eq!(mails.len(), 1, "both in one letter to the other side");
    assert!(mails[0].to.starts_with("noor") && mails[0].subject.starts_with("2 matters"), "{mails:?}");
    app.at("2026-12-02T08:00:00Z").await;
    assert_eq!(app.recipients(), ["ada", "ben"]);
}

async fn a_cycle_of_others_does_not_exist(database: &Database) {
    let (mut app, _, _, address) = running(database).await;
    app.ignore_mails();
    let others =
        app.partnership([Side("Clearlake", "Cleo", &["Cem"]), Side("Dunmore", "Dora", &["Dan"])]).await;
    let foreign = app.program(Scope::ALL, Binding::Partnership(others.id)).await;
    assert_eq!(foreign.get(&address).status, 404);
    for verb in ["close", "cancel", "remind"] {
        assert_eq!(foreign.send("POST", &format!("{address}:{verb}"), &[], None).status, 404, "{verb}");
    }
    let body = json!({"closes_at": "2026-12-12T16:00:00Z"});
    assert_eq!(foreign.post(&format!("{address}:extend"), &body).status, 404);
}

async fn a_cycle_whose_time_has_come_is_closed_at_once(database: &Database) {
    let (app, _, full, address) = running(database).await;
    let tokens: Vec<String> = app.mails().iter().map(crate::support::Mail::survey_token).collect();
    for token in &tokens {
        app.answer(token, [4; 5]).await;
    }
    app.clock.jump_to(crate::support::utc("2026-12-10T16:00:01Z"));
    let closed = full.send("POST", &format!("{address}:close"), &[], None);
    assert_eq!((closed.status, &closed.json["state"]), (200, &json!("closed")), "{}", closed.text);
    app.tick().await;
    assert_eq!(app.recipients(), ["mara", "noor"]);
    let again = full.send("POST", &format!("{address}:close"), &[], None);
    assert_eq!((again.status, again.code()), (409, "state_conflict"));
}
