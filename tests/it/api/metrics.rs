//! What monitoring reads.

use crate::support::{Database, Side, TestApp};

on_both!(
    the_figures_name_routes_and_states_and_nobody,
    every_answer_has_the_name_of_its_request_and_no_two_the_same
);

async fn the_figures_name_routes_and_states_and_nobody(database: &Database) {
    let mut app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    app.quarterly(&pair, evenkeel::domain::mode::Mode::Representative).await;
    app.at("2026-12-01T08:00:00Z").await;
    let token = app.mails().remove(0).survey_token();
    let browser = app.browser().await;
    assert_eq!(browser.get(&format!("/s/{token}")).status, 200);
    browser.get(&format!("/partnerships/{}", pair.id));
    browser.get("/no/such/thing");
    let text = browser.get("/metrics").body;
    assert!(
        text.contains("evenkeel_http_requests_total{method=\"GET\",route=\"/s/{token}\",status=\"200\"} 1")
    );
    assert!(text.contains("evenkeel_letters{state=\"sent\"} 2"), "{text}");
    assert!(text.contains("evenkeel_http_request_seconds_bucket") && text.ends_with("# EOF\n"));
    for secret in [token.as_str(), &pair.id.to_string(), "Northmoor", "ada", "/no/such"] {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
}

async fn every_answer_has_the_name_of_its_request_and_no_two_the_same(database: &Database) {
    let mut app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let browser = app.browser().await;
    let (page, missing) = (browser.get("/login"), browser.get("/nothing"));
    let name = |answer: &crate::support::http::Answer| answer.header("x-request-id").unwrap().to_owned();
    assert_ne!(name(&page), name(&missing));
    assert!(missing.body.contains(&name(&missing)), "the error page names it");
}
