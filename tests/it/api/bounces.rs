//! Returned mail that somebody reports.

use evenkeel::domain::access_token::{Binding, Scope};
use evenkeel::domain::mode::Mode;
use serde_json::json;

use crate::support::{Database, Pair, Side, TestApp};

on_both!(
    a_reported_address_is_marked_and_told_to_the_managers_of_its_side_once,
    a_letter_that_came_back_is_reported_by_its_message_id,
    a_report_tells_nothing_about_who_is_known,
);

const BOUNCES: [Scope; 1] = [Scope::BouncesWrite];

/// A cycle has just opened, and its invitations were read.
async fn invited(database: &Database) -> (TestApp, Pair, String) {
    let app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let sides = [Side("Northmoor", "Mara", &["Ada", "Ali"]), Side("Brightwater", "Noor", &["Ben", "Bo"])];
    let pair = app.partnership(sides).await;
    app.quarterly(&pair, Mode::Representative).await;
    app.at("2026-12-01T08:00:00Z").await;
    let mails = app.mails();
    let ada = mails.iter().find(|mail| mail.to == "ada@example.org").unwrap();
    (app, pair, ada.message_id.clone())
}

fn bounced(database: &Database) -> Vec<String> {
    database.texts(
        "SELECT email AS line FROM member JOIN person ON person.id = member.person_id WHERE bounced_at IS NOT NULL",
    )
}

async fn a_reported_address_is_marked_and_told_to_the_managers_of_its_side_once(database: &Database) {
    let (mut app, _, _) = invited(database).await;
    let program = app.program(&BOUNCES, Binding::Instance).await;
    for _ in 0..2 {
        assert_eq!(program.post("/bounces", &json!({"address": "Ada@Example.org"})).status, 204);
        app.tick().await;
    }
    assert_eq!(bounced(database), ["ada@example.org"]);
    let told = app.mails();
    assert_eq!(told.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), ["mara@example.org"]);
    assert!(
        told[0].text.contains("Ada of your side is asked in 2026-Q4 and gets no mail"),
        "{}",
        told[0].text
    );
    assert!(told[0].subject.contains("an address of your side takes no mail"), "{}", told[0].subject);
}

async fn a_letter_that_came_back_is_reported_by_its_message_id(database: &Database) {
    let (mut app, _, message_id) = invited(database).await;
    let program = app.program(&BOUNCES, Binding::Instance).await;
    let bare = message_id.trim_matches(['<', '>']);
    assert_eq!(program.post("/bounces", &json!({"message_id": bare})).status, 204);
    assert_eq!(bounced(database), ["ada@example.org"]);
    app.tick().await;
    assert_eq!(app.recipients(), ["mara"]);
}

async fn a_report_tells_nothing_about_who_is_known(database: &Database) {
    let (mut app, pair, _) = invited(database).await;
    let program = app.program(&BOUNCES, Binding::Instance).await;
    for unknown in [json!({"address": "nobody@example.org"}), json!({"message_id": "<no@example.org>"})] {
        let reply = program.post("/bounces", &unknown);
        assert_eq!((reply.status, reply.text.as_str()), (204, ""));
    }
    assert!(bounced(database).is_empty());
    for (body, path) in [
        (json!({}), "address"),
        (json!({"address": "ada@example.org", "message_id": "x"}), "address"),
        (json!({"address": "no address"}), "address"),
        (json!({"message_id": ""}), "message_id"),
        (json!({"adress": "ada@example.org"}), "adress"),
    ] {
        let reply = program.post("/bounces", &body);
        assert_eq!((reply.status, reply.paths()), (422, vec![path]), "{body}");
    }
    // Who speaks for a side learns nothing about the people of others, and marks none of them.
    let bound = app.program(&BOUNCES, Binding::Side(pair.sides[0])).await;
    assert_eq!(bound.post("/bounces", &json!({"address": "ben@example.org"})).status, 403);
    assert!(bounced(database).is_empty());
}
