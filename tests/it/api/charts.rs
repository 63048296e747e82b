//! Charts as files, drawn for the view that the token has.

use evenkeel::domain::access_token::{Binding, Scope};
use evenkeel::domain::mode::Mode;

use crate::support::{Database, Side, TestApp};

on_both!(charts_are_drawn_for_whoever_may_see_the_figures, an_address_that_names_no_chart_is_not_found,);

const NOW: &str = "2026-11-01T10:00:00Z";

async fn a_closed_round(database: &Database, ben: bool) -> (TestApp, crate::support::Pair) {
    let app = TestApp::on(database, NOW).await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    app.quarterly(&pair, Mode::Representative).await;
    app.at("2026-12-01T08:00:00Z").await;
    for mail in app.mails().iter().filter(|mail| ben || !mail.to.starts_with("ben")) {
        app.answer(&mail.survey_token(), if mail.to.starts_with("ben") { [3; 5] } else { [5; 5] }).await;
        app.send(&mail.survey_token()).await;
    }
    for moment in
        ["2026-12-04T08:00:00Z", "2026-12-08T08:00:00Z", "2026-12-09T16:00:00Z", "2026-12-10T16:00:00Z"]
    {
        app.at(moment).await;
        app.mails();
    }
    (app, pair)
}

async fn charts_are_drawn_for_whoever_may_see_the_figures(database: &Database) {
    let (mut app, pair) = a_closed_round(database, true).await;
    let reader = app.program(&[Scope::ScorecardsRead], Binding::Side(pair.sides[0])).await;
    let base = format!("/partnerships/{}/charts", pair.id);
    for address in [
        format!("{base}/trend.svg"),
        format!("{base}/trend.svg?indicator=communication"),
        format!("{base}/gap.svg"),
        format!("{base}/indicators.svg"),
        "/portfolio/charts/portfolio.svg".to_owned(),
    ] {
        let reply = reader.get(&address);
        assert_eq!((reply.status, reply.header("content-type")), (200, Some("image/svg+xml")), "{address}");
        assert!(reply.text.starts_with("<svg") || reply.text.starts_with("<?xml"), "{address}");
        assert_eq!(reply.header("cache-control"), Some("private, no-cache"));
        let tag = reply.header("etag").unwrap();
        assert_eq!(reader.send("GET", &address, &[("if-none-match", tag)], None).status, 304);
        let png = address.replace(".svg", ".png");
        let (light, dark) = (
            reader.get(&png),
            reader.get(&format!("{png}{}theme=dark", if png.contains('?') { '&' } else { '?' })),
        );
        assert_eq!((light.status, light.header("content-type")), (200, Some("image/png")));
        assert_ne!(light.header("etag"), dark.header("etag"));
    }
    assert!(reader.get(&format!("{base}/gap.svg")).text.contains("Brightwater"));
}

async fn an_address_that_names_no_chart_is_not_found(database: &Database) {
    let (mut app, pair) = a_closed_round(database, false).await;
    let silent = app.program(&[Scope::ScorecardsRead], Binding::Side(pair.sides[1])).await;
    let base = format!("/partnerships/{}/charts", pair.id);
    assert_eq!(
        silent.get(&format!("{base}/gap.svg")).status,
        404,
        "nothing of it may be drawn for this side"
    );
    assert!(!silent.get(&format!("{base}/trend.svg")).text.contains("5.0"));
    for nowhere in ["trend.gif", "pie.svg", "trend", "trend.svg.png", ".svg", "trend.svg?indicator=weather"] {
        assert_eq!(silent.get(&format!("{base}/{nowhere}")).status, 404, "{nowhere}");
    }
    for query in ["theme=blue", "width=7", "theme=dark&theme=light"] {
        assert_eq!(silent.get(&format!("{base}/trend.svg?{query}")).status, 422, "{query}");
    }
    assert_eq!(silent.get("/portfolio/charts/portfolio.gif").status, 404);
    let other = app.partnership([Side("Globex", "Gil", &["Gus"]), Side("Initech", "Ina", &["Ivo"])]).await;
    let stranger = app.program(&[Scope::ScorecardsRead], Binding::Side(other.sides[0])).await;
    assert_eq!(stranger.get(&format!("{base}/trend.svg")).status, 404);
    assert_eq!(stranger.get("/portfolio/charts/portfolio.svg").status, 404, "there is nothing to draw yet");
}
