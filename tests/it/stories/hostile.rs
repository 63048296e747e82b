//! Names and reasons that are markup, formulas or trickery: they come out as what they are, on every way out.

use evenkeel::domain::mode::Mode;

use crate::support::{Database, Mail, Side, TestApp};
use serde_json::json;

on_both!(
    markup_in_names_is_text_on_every_way_out,
    formulas_in_names_are_no_formulas_in_files,
    trickery_in_names_is_refused_with_the_field,
);

const MARKUP: &str = "<script>alert(1)</script>";
const IMAGE: &str = "\"><img src=x onerror=alert(2)>";

/// Whether a text carries markup that a name brought.
fn is_marked_up(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["<script>alert", "<img src=x", "onerror=alert(2)>\""].iter().any(|own| text.contains(own))
}

async fn markup_in_names_is_text_on_every_way_out(database: &Database) {
    let mut app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let program = app.full_program().await;
    let made = program.post(
        "/partnerships",
        &json!({"name": format!("{MARKUP} × {IMAGE}"), "zone": "Europe/Berlin",
            "sides": [{"name": MARKUP}, {"name": IMAGE}]}),
    );
    assert_eq!(made.status, 201, "{}", made.text);
    let id = made.json["id"].as_str().unwrap().to_owned();
    let sides: Vec<&str> =
        made.json["sides"].as_array().unwrap().iter().map(|own| own["id"].as_str().unwrap()).collect();
    let member = |email: &str, name: &str, side: &str| json!({"email": email, "name": name, "side": side, "roles": ["respondent", "manager"]});
    let members = json!({"members": [
        member("ada@example.org", MARKUP, sides[0]), member("ben@example.org", IMAGE, sides[1])]});
    let set = program.json("PUT", &format!("/partnerships/{id}/members"), &members);
    assert_eq!(set.status, 200, "{}", set.text);
    let pair = crate::support::Pair {
        id: id.parse().unwrap(),
        sides: sides.iter().map(|own| own.parse().unwrap()).collect(),
    };
    app.quarterly(&pair, Mode::Representative).await;
    app.at("2026-12-01T08:00:00Z").await;
    let mut mails = app.mails();
    let browser = app.browser().await;
    let mut pages = Vec::new();
    for mail in &mails {
        for page in ["", "/1", "/review"] {
            pages.push(browser.get(&format!("/s/{}{page}", mail.survey_token())));
        }
        pages.push(browser.get(&mail.letters_link()));
        app.answer(&mail.survey_token(), [2, 4, 3, 5, 1]).await;
        app.send(&mail.survey_token()).await;
    }
    app.at("2026-12-10T16:00:00Z").await;
    mails.extend(app.mails());
    let manager = app.signed_in("ada@example.org").await;
    let cycle = app.cycle(&pair).await.id;
    for address in [
        "/".to_owned(),
        format!("/partnerships/{id}"),
        format!("/cycles/{cycle}"),
        format!("/partnerships/{id}/audit"),
    ] {
        let page = manager.get(&address);
        assert_eq!(page.status, 200, "{address}");
        pages.push(page);
    }
    for chart in ["trend", "gap", "indicators"] {
        let picture = manager.get(&format!("/partnerships/{id}/charts/{chart}.svg"));
        assert_eq!(picture.status, 200, "{chart}");
        pages.push(picture);
    }
    for page in &pages {
        assert!(!is_marked_up(&page.body), "{}", page.body);
    }
    assert!(pages.iter().any(|page| page.body.contains("&lt;script&gt;")), "the names are shown");
    for Mail { html, to, .. } in &mails {
        assert!(!is_marked_up(html), "{to}: {html}");
    }
    assert!(mails.len() >= 4);
}

async fn formulas_in_names_are_no_formulas_in_files(database: &Database) {
    let mut app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let name = "=cmd|' /C calc'!A0";
    let pair = app.partnership([Side(name, "Mara", &["Ada"]), Side("@SUM(1)", "Noor", &["Ben"])]).await;
    app.quarterly(&pair, Mode::Representative).await;
    app.at("2026-12-01T08:00:00Z").await;
    for mail in app.mails() {
        app.answer(&mail.survey_token(), [4; 5]).await;
        app.send(&mail.survey_token()).await;
    }
    app.at("2026-12-10T16:00:00Z").await;
    let file = app.full_program().await.get("/exports/scorecards.csv");
    assert_eq!(file.status, 200);
    for cell in file.text.split([',', '\n']) {
        let bare = cell.trim_start_matches('"');
        assert!(!bare.starts_with(['=', '@', '+', '\t']), "{cell}");
    }
    assert!(file.text.contains("'=cmd|") && file.text.contains("'@SUM"), "{}", file.text);
    let _ = app.mails();
}

async fn trickery_in_names_is_refused_with_the_field(database: &Database) {
    let mut app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let program = app.full_program().await;
    let zalgo = "Z\u{334}\u{322}a\u{337}\u{31b}l\u{335}go";
    for (name, taken) in [
        ("Ada\u{202e}gpj.exe", false),
        ("Ada\u{0}", false),
        ("Ada\r\nBcc: x@example.org", false),
        ("", false),
        ("   ", false),
        (&"n".repeat(121), false),
        (zalgo, true),
        ("👩‍👩‍👧‍👦 und 🏳️‍🌈", true),
        ("Łódź ’n’ Söhne", true),
    ] {
        let body = json!({"name": name});
        let said = program.post("/organisations", &body);
        let expected = if taken { (201, vec![]) } else { (422, vec!["name"]) };
        assert_eq!((said.status, said.paths()), expected, "{name:?}: {}", said.text);
        if taken {
            assert_eq!(said.json["name"], name, "unchanged");
        }
    }
    for (email, field) in [("a@b\r\nBcc: x@y", "email"), ("a b@example.org", "email"), ("ada", "email")] {
        let body = json!({"email": email, "name": "Ada", "zone": "Europe/Berlin"});
        assert_eq!(program.post("/people", &body).paths(), [field], "{email:?}");
    }
    for body in [
        r#"{"name":"A","name":"B"}"#.to_owned(),
        r#"{"name":"A","colour":"red"}"#.to_owned(),
        r#"{"name":"\ud800"}"#.to_owned(),
        format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)),
        "{".to_owned(),
        "null".to_owned(),
    ] {
        let said = program.send(
            "POST",
            "/organisations",
            &[("content-type", "application/json")],
            Some(body.as_bytes()),
        );
        assert!(
            [400, 422].contains(&said.status),
            "{}: {} {}",
            &body[..body.len().min(40)],
            said.status,
            said.text
        );
    }
    assert_eq!(database.texts("SELECT name AS line FROM organisation").len(), 3);
}
