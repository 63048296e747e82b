//! Answering over the wire, without a browser: what a link does, and what it does not.

use evenkeel::domain::mode::Mode;
use evenkeel::workflow::save_response::open_form;

use crate::support::{Database, Side, TestApp};

on_both!(
    a_link_answers_over_http_and_looking_changes_nothing,
    what_can_be_read_answers_head_and_other_methods_are_told_what_is_taken,
);

async fn a_link_answers_over_http_and_looking_changes_nothing(database: &Database) {
    let mut app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    app.quarterly(&pair, Mode::Representative).await;
    app.at("2026-12-01T08:00:00Z").await;
    let token = app.mails()[0].survey_token();
    let client = app.browser().await;
    let saved = async || open_form(&app.ctx, &token).await.unwrap().unwrap().response.answers.len();

    let item = format!("/s/{token}/1");
    let page = client.get(&item);
    assert_eq!((page.status, page.header("referrer-policy")), (200, Some("no-referrer")));
    assert_eq!(saved().await, 0, "mail scanners open links");

    let form_token = page.hidden("form_token");
    let answer = client.post(&item, &[("form_token", &form_token), ("choice", "4"), ("then", "next")]);
    assert_eq!((answer.status, saved().await), (303, 1));
    assert!(answer.location.is_some_and(|to| to.ends_with("/2")));
    let foreign = client.post(&item, &[("form_token", "another"), ("choice", "1"), ("then", "next")]);
    assert!((400..500).contains(&foreign.status), "a form of somebody else's is refused");
    assert_eq!(client.post(&item, &[("form_token", &form_token), ("choice", "6")]).status, 422);

    // Every link that leads nowhere looks the same.
    let [unknown, malformed] = ["a".repeat(32), "%00".to_owned()].map(|t| client.get(&format!("/s/{t}")));
    assert_eq!((unknown.status, malformed.status), (404, 404));
    assert_eq!(unknown.body, malformed.body);
}

async fn what_can_be_read_answers_head_and_other_methods_are_told_what_is_taken(database: &Database) {
    let mut app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let client = app.browser().await;
    for address in ["/livez", "/login", "/"] {
        let (whole, head) = (client.get(address), client.send("HEAD", address));
        assert_eq!(
            (head.status, head.location.as_ref()),
            (whole.status, whole.location.as_ref()),
            "{address}"
        );
        assert_eq!((head.header("content-type"), head.body.as_str()), (whole.header("content-type"), ""));
    }
    for (address, allow) in [
        ("/livez", "GET, HEAD"),
        ("/login", "GET, HEAD, POST"),
        ("/setup/people", "GET, HEAD, POST"),
        ("/logout", "POST"),
    ] {
        for method in ["PUT", "DELETE", "OPTIONS", "PATCH"] {
            let refused = client.send(method, address);
            assert_eq!((refused.status, refused.header("allow")), (405, Some(allow)), "{method} {address}");
            assert!(refused.body.contains("does not take that kind of request"));
        }
    }
    let refused = client.send("GET", "/logout");
    assert_eq!((refused.status, refused.header("allow")), (405, Some("POST")));
    for method in ["GET", "HEAD", "PUT"] {
        assert_eq!(client.send(method, "/nothing-here").status, 404, "{method}");
    }
}
