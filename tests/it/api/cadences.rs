//! Cadences as one list, and the dates that follow from them.

use evenkeel::domain::access_token::{Binding, Scope};
use serde_json::{Value, json};

use crate::support::api::{Program, Reply};
use crate::support::{Database, Pair, Side, TestApp};

on_both!(
    cadences_are_set_and_their_next_dates_shown,
    a_side_alone_may_only_be_stricter,
    a_cadence_that_cannot_be_is_refused_with_the_place,
);

const NOW: &str = "2026-11-01T10:00:00Z";

async fn house(database: &Database) -> (TestApp, Pair) {
    let app = TestApp::on(database, NOW).await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    (app, pair)
}

fn quarterly() -> Value {
    json!({
        "instrument": "quarterly-health-review",
        "rule": {
            "frequency": "quarterly", "month_of_period": 3, "opens": {"nth_weekday": {"nth": 1, "weekday": "Tue"}},
            "opens_at": "09:00:00", "closes": {"weekday": {"weeks_after": 1, "weekday": "Thu"}}, "closes_at": "17:00:00",
        },
        "mode": "representative",
    })
}

fn put(program: &Program, pair: &Pair, cadences: &Value) -> Reply {
    program.json("PUT", &format!("/partnerships/{}/cadences", pair.id), &json!({"cadences": cadences}))
}

/// The quarterly cadence with one of its fields, named by a pointer, set to something else.
fn with(pointer: &str, value: Value) -> Value {
    let mut cadence = quarterly();
    match cadence.pointer_mut(pointer) {
        Some(place) => *place = value,
        None => cadence[pointer.trim_start_matches('/')] = value,
    }
    cadence
}

async fn cadences_are_set_and_their_next_dates_shown(database: &Database) {
    let (mut app, pair) = house(database).await;
    let full = app.full_program().await;
    let address = format!("/partnerships/{}/cadences", pair.id);
    assert_eq!(full.get(&address).json, json!({"cadences": []}));
    let set = put(&full, &pair, &json!([quarterly()]));
    assert_eq!(set.status, 200, "{}", set.text);
    let cadence = &set.json["cadences"][0];
    assert_eq!((&cadence["floor_k"], &cadence["active"]), (&json!(1), &json!(true)));
    assert_eq!(cadence["rule"]["opens"], json!({"nth_weekday": {"nth": 1, "weekday": "Tue"}}));
    let next = full.get(&format!("{address}/{}/next?count=2", cadence["id"].as_str().unwrap()));
    let items = next.json["items"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    assert_eq!(
        items[0],
        json!({"period": "2026-Q4", "opens_at": "2026-12-01T08:00:00Z", "closes_at": "2026-12-10T16:00:00Z"})
    );
    for query in ["count=0", "count=101", "count=x", "colour=red"] {
        let nonsense = full.get(&format!("{address}/{}/next?{query}", cadence["id"].as_str().unwrap()));
        assert_eq!(nonsense.status, 422, "{query}");
    }
    assert_eq!(full.get(&format!("{address}/{}/next", pair.id)).status, 404);
    let mut named = with("/mode", json!("named"));
    named["floor_k"] = json!(3);
    let refused = put(&full, &pair, &json!([named]));
    assert_eq!(refused.json["errors"][0]["detail"], "In named mode it must be 0; it may be left out.");

    let tag = full.get(&address).header("etag").unwrap().to_owned();
    assert_eq!(full.send("GET", &address, &[("if-none-match", &tag)], None).status, 304);
    let monthly = json!({"cadences": [with("/rule/frequency", json!("monthly"))]});
    assert_eq!(full.json("PUT", &address, &monthly).paths(), ["cadences[0].rule.month_of_period"]);
    let headers = [("if-match", tag.as_str()), ("content-type", "application/json")];
    let off = json!({"cadences": []}).to_string();
    let stopped = full.send("PUT", &address, &headers, Some(off.as_bytes()));
    assert_eq!(stopped.json["cadences"][0]["active"], false, "what is not named stops running");
    assert_eq!(full.send("PUT", &address, &headers, Some(off.as_bytes())).status, 412);
    app.at("2026-12-01T08:00:00Z").await;
    assert!(app.cycles(&pair).await.is_empty());
}

async fn a_side_alone_may_only_be_stricter(database: &Database) {
    let (mut app, pair) = house(database).await;
    let full = app.full_program().await;
    let north = app.program(Scope::ALL, Binding::Side(pair.sides[0])).await;
    let fresh = put(&north, &pair, &json!([quarterly()]));
    assert_eq!(fresh.status, 202, "a side alone adds no cadence");
    north.send("POST", &format!("{}:withdraw", fresh.header("location").unwrap()), &[], None);
    assert_eq!(put(&full, &pair, &json!([quarterly()])).status, 200);
    assert_eq!(put(&north, &pair, &json!([quarterly()])).status, 200, "as it is");
    let waits = |body: Value| {
        let reply = put(&north, &pair, &body);
        assert_eq!(reply.status, 202, "{}", reply.text);
        let address = reply.header("location").unwrap();
        north.send("POST", &format!("{address}:withdraw"), &[], None).status == 200
    };
    assert!(waits(json!([])), "stopping it");
    assert!(waits(json!([with("/rule/opens_at", json!("10:00:00"))])), "another hour");
    assert!(waits(json!([with("/mode", json!("named"))])), "looser");
    let mut strict = with("/mode", json!("confidential"));
    strict["floor_k"] = json!(5);
    let set = put(&north, &pair, &json!([strict]));
    assert_eq!((set.status, &set.json["cadences"][0]["mode"]), (200, &json!("confidential")), "{}", set.text);
    strict["floor_k"] = json!(4);
    assert!(waits(json!([strict])), "a lower floor");
    strict["floor_k"] = json!(6);
    assert_eq!(put(&north, &pair, &json!([strict])).status, 200, "a higher floor");
}

async fn a_cadence_that_cannot_be_is_refused_with_the_place(database: &Database) {
    let (mut app, pair) = house(database).await;
    let full = app.full_program().await;
    let first = |rest: &str| format!("cadences[0]{rest}");
    let cases = [
        (with("/instrument", json!("horoscope")), first(".instrument")),
        (with("/mode", json!("secret")), first(".mode")),
        (with("/floor_k", json!(3)), first(".floor_k")),
        (with("/floor_k", json!(-1)), first(".floor_k")),
        (with("/rule/month_of_period", json!(4)), first(".rule.month_of_period")),
        (with("/rule/opens", json!({"day_of_month": {"day": 32}})), first(".rule.opens")),
        (with("/rule/closes", json!({"days_after": {"days": 0}})), first(".rule.closes")),
        (with("/rule/opens_at", json!("25:00")), first(".rule.opens_at")),
        (with("/colour", json!("red")), first(".colour")),
    ];
    for (cadence, path) in cases {
        let refused = put(&full, &pair, &json!([cadence]));
        assert_eq!(
            (refused.status, refused.paths()),
            (422, vec![path.as_str()]),
            "{cadence}: {}",
            refused.text
        );
    }
    let mut confidential = with("/mode", json!("confidential"));
    confidential["floor_k"] = json!(1);
    assert_eq!(put(&full, &pair, &json!([confidential])).paths(), ["cadences[0].floor_k"]);
    assert_eq!(put(&full, &pair, &json!([quarterly(), quarterly()])).paths(), ["cadences[1].instrument"]);
    assert_eq!(full.get(&format!("/partnerships/{}/cadences", pair.id)).json, json!({"cadences": []}));
}
