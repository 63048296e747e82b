//! What is frozen stays: the same again changes nothing, other content is a conflict, new reviews come last.

use evenkeel::domain::access_token::{Binding, Scope};
use evenkeel::domain::mode::Mode;
use serde_json::{Value, json};

use super::{NOW, cards, cycle, figures, import, partnership, send};
use crate::support::{Database, Side, TestApp};

on_both!(
    the_same_document_again_changes_nothing,
    other_content_of_a_frozen_period_is_a_conflict,
    later_reviews_go_on_where_the_earlier_ones_ended,
    nothing_is_put_in_before_a_frozen_review,
    past_reviews_come_before_the_first_own_check,
    a_document_is_taken_as_a_whole_or_not_at_all,
    the_same_call_with_the_same_key_happens_once,
    a_token_imports_the_past_of_what_it_reaches,
    a_name_that_two_partnerships_have_says_nothing,
);

fn quarter(period: &str, point: u8) -> Value {
    cycle(period, &[[point, 4, 4, 4, 5]], &[[point, 3, 4, 0, 5]])
}

fn document(cycles: &[Value]) -> Value {
    partnership("A × B", "representative", cycles)
}

async fn the_same_document_again_changes_nothing(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let full = app.full_program().await;
    let mut past = document(&[quarter("2026-Q1", 5), quarter("by hand", 2)]);
    import(&full, &past);
    let tables = ["partnership", "cycle", "scorecard", "response", "flag", "pseudonym", "audit"];
    let dump = || tables.map(|table| database.dump(table));
    let before = dump();
    app.clock.jump_to(crate::support::utc("2026-12-24T10:00:00Z"));
    // In another order, and with what was assumed said aloud.
    past["cycles"][1]["responses"].as_array_mut().unwrap().reverse();
    past["cycles"][1]["invited"] = json!({"B": 1});
    past["cycles"][0]["responses"][1]["answers"].as_object_mut().unwrap().remove("conflict_resolution");
    let again = send(&full, &past);
    assert_eq!(again.status, 200, "{}", again.text);
    let told = &again.json["partnerships"][0];
    assert_eq!(
        (&told["cycles_added"], &told["cycles_unchanged"], &told["added"]),
        (&json!(0), &json!(2), &json!(false))
    );
    assert_eq!(dump(), before);
}

async fn other_content_of_a_frozen_period_is_a_conflict(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let full = app.full_program().await;
    let past = document(&[quarter("2026-Q1", 5), quarter("2026-Q2", 4)]);
    import(&full, &past);
    let before = database.dump("scorecard");
    let changes: [fn(&mut Value); 5] = [
        |own| own["cycles"][1]["responses"][0]["answers"]["joint_kpi"] = json!(1),
        |own| own["cycles"][1]["invited"] = json!({"A": 3}),
        |own| own["cycles"][1]["rebaseline"] = json!(true),
        |own| own["cycles"][1]["responses"][0]["respondent"] = json!("another"),
        |own| own["cycles"][1]["closed_at"] = json!("2026-06-29T12:00:00Z"),
    ];
    for change in changes {
        let mut other = json!({"partnerships": [past]});
        change(&mut other["partnerships"][0]);
        let refused = send(&full, &other);
        assert_eq!((refused.status, refused.code()), (409, "state_conflict"), "{}", refused.text);
        assert_eq!(refused.paths(), ["partnerships[0].cycles[1].period"]);
    }
    let mut other = past.clone();
    other["mode"] = json!("named");
    assert_eq!(send(&full, &other).paths(), ["cycles[0].period", "cycles[1].period"]);
    assert_eq!(database.dump("scorecard"), before);
}

async fn later_reviews_go_on_where_the_earlier_ones_ended(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let full = app.full_program().await;
    let all = [quarter("2026-Q1", 5), quarter("2026-Q2", 2), quarter("2026-Q3", 4), quarter("2026-10", 5)];
    let whole = import(&full, &partnership("whole", "representative", &all));
    let parts = import(&full, &partnership("parts", "representative", &all[..2]));
    import(&full, &partnership("parts", "representative", &all[2..3]));
    import(&full, &partnership("parts", "representative", &all));
    let (whole, parts) = (cards(&full, &whole), cards(&full, &parts));
    assert_eq!(parts.len(), 4);
    for (whole, parts) in whole.iter().zip(&parts) {
        assert_eq!(figures(parts), figures(whole));
        assert_eq!(parts["closed_at"], whole["closed_at"]);
    }
    let states = |card: &Value| -> Vec<Value> {
        let mut own: Vec<Value> = card["flags"]
            .as_array()
            .unwrap()
            .iter()
            .map(|flag| json!([flag["indicator"], flag["state"]]))
            .collect();
        own.sort_by_key(Value::to_string);
        own
    };
    assert_eq!(states(&parts[3]), states(&whole[3]));
}

async fn nothing_is_put_in_before_a_frozen_review(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let full = app.full_program().await;
    import(&full, &document(&[quarter("2026-Q1", 5)]));
    let earlier = [quarter("2025-Q4", 5), quarter("2026-Q1", 5)];
    assert_eq!(send(&full, &document(&earlier)).paths(), ["cycles[1].period"]);
    let refused = send(&full, &document(&earlier[..1]));
    assert_eq!((refused.status, refused.paths()), (409, vec!["cycles[0].period"]));
    let mut dated = quarter("winter", 4);
    dated["closed_at"] = json!("2026-03-30T10:00:00Z");
    let refused = send(&full, &document(&[dated]));
    assert_eq!((refused.status, refused.paths()), (409, vec!["cycles[0].closed_at"]), "{}", refused.text);
}

async fn past_reviews_come_before_the_first_own_check(database: &Database) {
    let mut app = TestApp::on(database, "2026-11-30T10:00:00Z").await;
    let pair = app.partnership([Side("A", "Mara", &["Ada"]), Side("B", "Noor", &["Ben"])]).await;
    let full = app.full_program().await;
    app.quarterly(&pair, Mode::Representative).await;
    app.at("2026-12-01T08:00:00Z").await;
    assert_eq!(app.mails().len(), 2);
    let same = send(&full, &document(&[quarter("2026-Q4", 5)]));
    assert_eq!((same.status, same.paths()), (409, vec!["cycles[0].period"]), "{}", same.text);
    let later = send(&full, &document(&[quarter("2026-Q3", 5), quarter("2026-12", 5)]));
    assert_eq!((later.status, later.paths()), (409, vec!["cycles[1].period"]), "{}", later.text);
    assert_eq!(import(&full, &document(&[quarter("2026-Q3", 2), quarter("last", 3)])), pair.id.to_string());
    app.at("2026-12-10T16:00:00Z").await;
    assert_eq!(app.mails().len(), 2);
    let periods: Vec<Value> =
        cards(&full, &pair.id.to_string()).iter().map(|card| card["period"].clone()).collect();
    assert_eq!(periods, ["2026-Q3", "last", "2026-Q4"]);
    let closed = send(&full, &document(&[quarter("before", 5)]));
    assert_eq!((closed.status, closed.paths()), (409, vec!["cycles[0].period"]), "{}", closed.text);
    assert_eq!(send(&full, &document(&[quarter("2026-Q3", 2), quarter("last", 3)])).status, 200);
}

async fn a_document_is_taken_as_a_whole_or_not_at_all(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let full = app.full_program().await;
    import(&full, &document(&[quarter("2026-Q1", 5)]));
    let good = partnership("Good", "named", &[quarter("2026-Q1", 5)]);
    let other = document(&[quarter("2026-Q1", 1)]);
    let mut wrong = partnership("Wrong", "named", &[quarter("2026-Q1", 5)]);
    wrong["cycles"][0]["responses"][0]["answers"]["joint_kpi"] = json!(6);
    for (bad, status) in [(other, 409), (wrong, 422)] {
        assert_eq!(send(&full, &json!([good, bad])).status, status);
        assert_eq!(full.get("/partnerships").json["items"].as_array().unwrap().len(), 1);
    }
    let twice = send(&full, &json!([good, good]));
    assert_eq!((twice.status, twice.paths()), (422, vec!["[1].partnership"]));
}

async fn the_same_call_with_the_same_key_happens_once(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let full = app.full_program().await;
    let call = |document: &Value| {
        let headers = [("content-type", "application/json"), ("idempotency-key", "k-1")];
        full.send("POST", "/history", &headers, Some(document.to_string().as_bytes()))
    };
    let past = document(&[quarter("2026-Q1", 5)]);
    let first = call(&past);
    assert_eq!(first.status, 201, "{}", first.text);
    let again = call(&past);
    assert_eq!((again.status, &again.json), (201, &first.json));
    let other = call(&document(&[quarter("2026-Q1", 5), quarter("2026-Q2", 5)]));
    assert_eq!((other.status, other.code()), (422, "idempotency_key_reused"));
}

async fn a_token_imports_the_past_of_what_it_reaches(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let pair = app.partnership([Side("A", "Mara", &["Ada"]), Side("B", "Noor", &["Ben"])]).await;
    let (mine, others) =
        (document(&[quarter("2026-Q1", 5)]), partnership("Others", "named", &[quarter("2026-Q1", 5)]));
    let reads = app.program(&[Scope::ScorecardsRead], Binding::Instance).await;
    assert_eq!(send(&reads, &mine).code(), "scope_missing");
    let side = app.program(&[Scope::HistoryWrite], Binding::Side(pair.sides[0])).await;
    assert_eq!((send(&side, &mine).status, send(&side, &mine).code()), (403, "binding_too_narrow"));
    let own = app.program(&[Scope::HistoryWrite], Binding::Partnership(pair.id)).await;
    assert_eq!(send(&own, &others).code(), "binding_too_narrow");
    assert_eq!(send(&own, &json!([mine, others])).code(), "binding_too_narrow");
    assert_eq!(import(&own, &mine), pair.id.to_string());
}

async fn a_name_that_two_partnerships_have_says_nothing(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let one = app.partnership([Side("A", "Mara", &["Ada"]), Side("B", "Noor", &["Ben"])]).await;
    app.partnership([Side("A", "Mara", &["Ada"]), Side("B", "Noor", &["Ben"])]).await;
    let full = app.full_program().await;
    let past = document(&[quarter("2026-Q1", 5)]);
    let refused = send(&full, &past);
    assert_eq!((refused.status, refused.paths()), (409, vec!["partnership"]), "{}", refused.text);
    let own = app.program(&[Scope::HistoryWrite], Binding::Partnership(one.id)).await;
    assert_eq!(import(&own, &past), one.id.to_string());
    let mut sides = past.clone();
    sides["sides"] = json!(["B", "A"]);
    assert_eq!(send(&own, &sides).status, 200, "in any order");
    let other = past.to_string().replace("\"B\"", "\"C\"");
    assert_eq!(send(&own, &serde_json::from_str(&other).unwrap()).paths(), ["sides"]);
}
