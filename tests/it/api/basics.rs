//! What holds for every call: tokens, scopes, bindings, problems, pages, versions.

use evenkeel::domain::access_token::{Binding, Scope};
use evenkeel::domain::mode::Mode;
use evenkeel::web::api::document::document;
use serde_json::{Value, json};

use crate::support::api::Program;
use crate::support::{Database, Side, TestApp};

on_both!(
    a_call_needs_a_token_that_is_good_and_has_the_scope,
    a_token_sees_nothing_outside_its_binding,
    a_token_makes_no_token_that_can_do_more,
    an_organisation_is_added_read_renamed_and_listed_page_by_page,
    a_change_on_an_old_version_is_refused,
    nonsense_gets_a_problem_that_names_the_place,
    every_documented_call_refuses_strangers_and_tokens_without_scope,
    every_documented_call_tells_of_others_what_it_tells_of_nothing,
    a_token_that_a_token_made_ends_with_it,
    a_change_is_answered_whatever_the_caller_knew_before,
    a_precondition_that_cannot_be_read_is_refused_and_none_is_ignored,
    an_address_of_no_version_here_gets_a_problem_too,
);

const NOW: &str = "2026-11-01T10:00:00Z";

async fn a_call_needs_a_token_that_is_good_and_has_the_scope(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let stranger = app.stranger().await.get("/people");
    assert_eq!((stranger.status, stranger.code()), (401, "unauthorized"));
    assert!(stranger.header("www-authenticate").is_some_and(|v| v.starts_with("Bearer")));
    let poor = app.program(&[Scope::MembersRead], Binding::Instance).await;
    assert_eq!(poor.get("/people").status, 200);
    let refused = poor.get("/organisations");
    assert_eq!((refused.status, refused.code()), (403, "scope_missing"));

    let full = app.full_program().await;
    let made =
        full.post("/tokens", &json!({"name": "short", "scopes": ["members:read"], "expires_in_days": 1}));
    assert_eq!(made.status, 201, "{}", made.text);
    let token = made.json["token"].as_str().unwrap().to_owned();
    let other = Program::new(&app.address().await, Some(token.clone()));
    assert_eq!(other.get("/people").status, 200);
    let listed = full.get("/tokens");
    let items = listed.json["items"].as_array().unwrap();
    let own = items.iter().find(|t| t["id"] == made.json["id"]).unwrap();
    assert!(own["last_used_at"].is_string() && own.get("token").is_none());
    assert!(!listed.text.contains(&token[30..]));
    let id = made.json["id"].as_str().unwrap();
    assert_eq!(full.send("DELETE", &format!("/tokens/{id}"), &[], None).status, 204);
    assert_eq!(other.get("/people").status, 401);
    let stored = format!(
        "{:?}",
        app.ctx
            .store
            .read(move |conn| { evenkeel::store::tokens::list(conn, Binding::Instance, None, 100) })
            .await
            .unwrap()
    );
    assert!(!stored.contains(&token), "the database holds no token");
}

async fn a_token_sees_nothing_outside_its_binding(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    let north = app.program(Scope::ALL, Binding::Side(pair.sides[0])).await;
    let names = |reply: &Value| -> Vec<String> {
        reply["items"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap().to_owned()).collect()
    };
    let mut seen = names(&north.get("/people").json);
    seen.sort();
    assert_eq!(seen, ["Ada", "Mara"]);
    let ben = app.person("Ben").await;
    assert_eq!(north.get(&format!("/people/{ben}")).status, 404);
    let added = north.post("/people", &json!({"email": "x@example.org", "name": "X"}));
    assert_eq!((added.status, added.code()), (403, "binding_too_narrow"));
}

async fn a_token_makes_no_token_that_can_do_more(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    let north = app.program(&[Scope::TokensWrite, Scope::CyclesRead], Binding::Side(pair.sides[0])).await;
    let ask = |scopes: Value, bound: Value| {
        north.post("/tokens", &json!({"name": "t", "scopes": scopes, "bound_to": bound}))
    };
    let own = json!({"side": pair.sides[0]});
    assert_eq!(ask(json!(["cycles:read"]), own.clone()).status, 201);
    assert_eq!(ask(json!(["members:read"]), own.clone()).paths(), ["scopes"]);
    assert_eq!(ask(json!(["cycles:read"]), json!({"side": pair.sides[1]})).paths(), ["bound_to"]);
    assert_eq!(ask(json!(["cycles:read"]), json!({})).paths(), ["bound_to"]);
    assert_eq!(ask(json!([]), own.clone()).paths(), ["scopes"]);
    assert_eq!(
        ask(json!(["cycles:read"]), json!({"side": pair.sides[0], "partnership": pair.id})).paths(),
        ["bound_to"]
    );
}

async fn an_organisation_is_added_read_renamed_and_listed_page_by_page(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let full = app.full_program().await;
    let made = full.post("/organisations", &json!({"name": "Northmoor"}));
    assert_eq!(made.status, 201);
    let address = made.header("location").unwrap().to_owned();
    let read = full.get(&address);
    assert_eq!((read.status, &read.json["name"]), (200, &json!("Northmoor")));
    let tag = read.header("etag").unwrap();
    assert_eq!(full.send("GET", &address, &[("if-none-match", tag)], None).status, 304);
    assert_eq!(full.post("/organisations", &json!({"name": "Northmoor"})).paths(), ["name"]);
    for n in 0..6 {
        assert_eq!(full.post("/organisations", &json!({"name": format!("O{n}")})).status, 201);
    }
    let (mut seen, mut next) = (0, Some("/organisations?limit=3".to_owned()));
    while let Some(address) = next {
        let page = full.get(&address);
        seen += page.json["items"].as_array().unwrap().len();
        next = page.json["next"].as_str().map(str::to_owned);
    }
    assert_eq!(seen, 7);
}

async fn a_change_on_an_old_version_is_refused(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let full = app.full_program().await;
    let address =
        full.post("/organisations", &json!({"name": "Northmoor"})).header("location").unwrap().to_owned();
    let tag = full.get(&address).header("etag").unwrap().to_owned();
    let rename = |tag: &str, name: &str| {
        let headers = [("if-match", tag), ("content-type", "application/json")];
        full.send("PATCH", &address, &headers, Some(json!({"name": name}).to_string().as_bytes()))
    };
    assert_eq!(rename(&tag, "Northmoor Systems").status, 200);
    let late = rename(&tag, "Southmoor");
    assert_eq!((late.status, late.code()), (412, "changed_meanwhile"));
    assert_eq!(full.get(&address).json["name"], "Northmoor Systems");
}

async fn nonsense_gets_a_problem_that_names_the_place(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let full = app.full_program().await;
    let person = |body: Value| full.post("/people", &body);
    assert_eq!(person(json!({"name": "Ada"})).status, 422);
    assert_eq!(person(json!({"email": 7, "name": "Ada"})).paths(), ["email"]);
    assert_eq!(person(json!({"email": "a@example.org", "name": "Ada", "colour": "red"})).paths(), ["colour"]);
    assert_eq!(
        person(json!({"email": "a@b\r\nBcc: x@y", "name": "", "zone": "Mars/X"})).paths(),
        ["email", "name", "zone"]
    );
    let raw = |kind: &str, body: &[u8]| full.send("POST", "/people", &[("content-type", kind)], Some(body));
    assert_eq!(raw("application/json", b"{\"email\": ").code(), "malformed_body");
    assert_eq!(raw("application/json", &[b'['; 10_000]).status, 422);
    assert_eq!(raw("application/json", b"{\"name\":\"a\",\"name\":\"b\",\"email\":\"c@d.org\"}").status, 422);
    assert_eq!(raw("text/plain", b"{}").code(), "unsupported_media_type");
    assert_eq!(raw("application/json", &vec![b' '; 100_000]).code(), "body_too_large");
    for (address, status) in [
        ("/people/7", 404),
        ("/people/00000000-0000-7000-8000-000000000000", 404),
        ("/people?limit=0", 422),
        ("/people?limit=-1", 422),
        ("/people?page=1", 422),
        ("/people?limit=1&limit=2", 422),
        ("/people?after=7", 422),
        ("/nothing", 404),
    ] {
        assert_eq!(full.get(address).status, status, "{address}");
    }
    assert_eq!(full.send("DELETE", "/people", &[], None).status, 405);
}

async fn every_documented_call_refuses_strangers_and_tokens_without_scope(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let stranger = app.stranger().await;
    let whole = serde_json::to_value(document()).unwrap();
    let mut seen = 0;
    for (template, item) in whole["paths"].as_object().unwrap() {
        let id = "00000000-0000-7000-8000-000000000000";
        let parts = template.split('{').map(|part| part.split_once('}').map_or(part, |(_, rest)| rest));
        let address = parts.collect::<Vec<_>>().join(id);
        for (method, operation) in item.as_object().unwrap() {
            let Some(needs) = operation["security"][0]["bearer"][0].as_str() else {
                assert!(template.contains("/responses/"), "{method} {template} needs no token");
                continue;
            };
            let method = method.to_ascii_uppercase();
            assert_eq!(stranger.send(&method, &address, &[], None).status, 401, "{method} {template}");
            let needed: Scope = needs.parse().unwrap();
            let others: Vec<Scope> = Scope::ALL.iter().copied().filter(|s| *s != needed).collect();
            let poor = app.program(&others, Binding::Instance).await;
            let refused = poor.send(&method, &address, &[], None);
            assert_eq!((refused.status, refused.code()), (403, "scope_missing"), "{method} {template}");
            seen += 1;
        }
    }
    assert!(seen >= 14, "{seen} calls");
}

/// The calls of the document: method, template, whether it needs a token.
fn calls() -> Vec<(String, String)> {
    let whole = serde_json::to_value(document()).unwrap();
    let paths = whole["paths"].as_object().unwrap();
    let calls = paths.iter().flat_map(|(template, item)| {
        item.as_object().unwrap().keys().map(|method| (method.to_ascii_uppercase(), template.clone()))
    });
    calls.collect()
}

async fn every_documented_call_tells_of_others_what_it_tells_of_nothing(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    app.quarterly(&pair, Mode::Representative).await;
    app.at("2026-12-01T08:00:00Z").await;
    app.mails();
    let others =
        app.partnership([Side("Clearlake", "Cleo", &["Cem"]), Side("Dunmore", "Dora", &["Dan"])]).await;
    let full = app.full_program().await;
    let made = full.post("/organisations", &json!({"name": "Northmoor Systems"})).json["id"].clone();
    let cycle = app.cycle(&pair).await.id.to_string();
    let cadence = full.get(&format!("/partnerships/{}/cadences", pair.id)).json["cadences"][0]["id"].clone();
    let asked = full.send("POST", &format!("/cycles/{cycle}:cancel"), &[], None).json["proposal"].clone();
    let tokens = full.get("/tokens").json["items"][0]["id"].clone();
    let text = |value: &Value| value.as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let people = app.person("Ada").await.to_string();
    let own = |template: &str| match template.split('/').find(|p| !p.is_empty() && *p != "api" && *p != "v1")
    {
        Some("partnerships") => pair.id.to_string(),
        Some("cycles") => cycle.clone(),
        Some("organisations") => text(&made),
        Some("people") => people.clone(),
        Some("proposals") => text(&asked),
        Some("tokens") => text(&tokens),
        _ => String::new(),
    };
    let nowhere = "01900000-0000-7000-8000-000000000000";
    let programs = [
        app.program(Scope::ALL, Binding::Side(others.sides[0])).await,
        app.program(Scope::ALL, Binding::Partnership(others.id)).await,
    ];
    let mut seen = 0;
    for (method, template) in calls() {
        let id = own(&template);
        if id.is_empty() || !template.contains("{id}") {
            continue;
        }
        let filled = |id: &str, inner: &str| {
            let address = template
                .replace("{id}", id)
                .replace("{cadence}", inner)
                .replace("{member}", nowhere)
                .replace("{chart}", "trend.svg");
            address.replace("{person}", nowhere)
        };
        for program in &programs {
            let ask = |address: &str| {
                let headers = [("content-type", "application/json")];
                let body: Option<&[u8]> = (method != "GET" && method != "DELETE").then_some(b"{}");
                let reply = program.send(&method, address, &headers, body);
                (reply.status, reply.code().to_owned())
            };
            let theirs = ask(&filled(&id, &text(&cadence)));
            assert_eq!(theirs, ask(&filled(nowhere, nowhere)), "{method} {template}");
            assert!([403, 404].contains(&theirs.0), "{method} {template}: {theirs:?}");
            seen += 1;
        }
    }
    assert!(seen >= 2 * 25, "{seen} calls");
    assert_eq!(full.get(&format!("/cycles/{cycle}")).json["state"], "open", "and nothing happened");
}

async fn a_token_that_a_token_made_ends_with_it(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let full = app.full_program().await;
    let base = app.address().await;
    let make = |program: &Program, days: u32| {
        let wanted = json!({"name": "t", "scopes": ["tokens:write", "tokens:read"], "expires_in_days": days});
        let made = program.post("/tokens", &wanted);
        assert_eq!(made.status, 201, "{}", made.text);
        let text = made.json["token"].as_str().unwrap().to_owned();
        (made.json, Program::new(&base, Some(text)))
    };
    let (parent, by_parent) = make(&full, 1);
    let (child, by_child) = make(&by_parent, 365);
    assert_eq!(child["expires_at"], parent["expires_at"], "no longer than the one that made it");
    let (shorter, by_grandchild) = make(&by_child, 1);
    assert!(shorter["expires_at"].as_str() <= parent["expires_at"].as_str());
    let (_, sibling) = make(&full, 30);
    let id = parent["id"].as_str().unwrap();
    assert_eq!(full.send("DELETE", &format!("/tokens/{id}"), &[], None).status, 204);
    for program in [&by_parent, &by_child, &by_grandchild] {
        assert_eq!(program.get("/tokens").status, 401);
    }
    assert_eq!(sibling.get("/tokens").status, 200);
    let log = full.get("/audit?limit=200").json;
    let revoked = |own: &&Value| own["act"] == "token revoked";
    assert_eq!(log["items"].as_array().unwrap().iter().filter(revoked).count(), 3);
}

async fn a_change_is_answered_whatever_the_caller_knew_before(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    let full = app.full_program().await;
    let known = [("if-none-match", "*")];
    let paused = full.send("POST", &format!("/partnerships/{}:pause", pair.id), &known, None);
    assert_eq!((paused.status, &paused.json["state"]), (200, &json!("paused")), "{}", paused.text);
    let whole = serde_json::to_value(document()).unwrap();
    for list in ["people", "organisations", "partnerships", "tokens", "proposals", "audit", "instruments"] {
        let read = full.get(&format!("/{list}"));
        let tag = read.header("etag").unwrap_or_else(|| panic!("{list}")).to_owned();
        // The clock of last use moves on, to the minute.
        if list != "tokens" {
            assert_eq!(
                full.send("GET", &format!("/{list}"), &[("if-none-match", &tag)], None).status,
                304,
                "{list}"
            );
        }
    }
    for (template, item) in whole["paths"].as_object().unwrap() {
        let Some(read) = item.get("get") else { continue };
        if !template.contains("/responses/") && !template.contains("/exports/") {
            assert!(read["responses"]["304"].is_object(), "{template} may answer 304");
        }
    }
}

async fn a_precondition_that_cannot_be_read_is_refused_and_none_is_ignored(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    let full = app.full_program().await;
    let organisation = full.post("/organisations", &json!({"name": "Northmoor"}));
    let organisation = organisation.header("location").unwrap().to_owned();
    let json_type = ("content-type", "application/json");
    let rename = |headers: &[(&str, &str)]| {
        full.send("PATCH", &organisation, &[&[json_type], headers].concat(), Some(br#"{"name": "Other"}"#))
    };
    assert_eq!(rename(&[("if-match", "\"\u{fc}\"")]).paths(), ["If-Match"]);
    assert_eq!(rename(&[("if-match", "\"a\""), ("if-match", "*")]).paths(), ["If-Match"]);
    assert_eq!(full.get(&organisation).json["name"], "Northmoor");
    let open = |headers: &[(&str, &str)]| {
        let address = format!("/partnerships/{}/cycles", pair.id);
        let body =
            json!({"instrument": "quarterly-health-review", "closes_at": "2026-11-09T10:00:00Z"}).to_string();
        full.send("POST", &address, &[&[json_type], headers].concat(), Some(body.as_bytes()))
    };
    assert_eq!(open(&[("idempotency-key", "\u{fc}")]).paths(), ["Idempotency-Key"]);
    assert_eq!(open(&[("idempotency-key", "a"), ("idempotency-key", "b")]).paths(), ["Idempotency-Key"]);
    assert_eq!(full.get(&format!("/partnerships/{}/cycles", pair.id)).json["items"], json!([]));

    // Whoever leads, who is a member, who is here at all: each on the version that was read.
    let roles = format!("{organisation}/roles");
    let read = full.get(&roles);
    assert_eq!((read.status, &read.json), (200, &json!({"leadership": []})), "{}", read.text);
    let tag = read.header("etag").unwrap().to_owned();
    let ada = app.person("Ada").await;
    let lead = || {
        let body = json!({"leadership": [ada]}).to_string();
        full.send("PUT", &roles, &[json_type, ("if-match", &tag)], Some(body.as_bytes()))
    };
    assert_eq!(lead().json, json!({"leadership": [ada]}));
    assert_eq!(lead().code(), "changed_meanwhile");
    let members = format!("/partnerships/{}/members", pair.id);
    let import = |tag: &str, query: &str| {
        let file = b"email,name,side,roles\ncem@example.org,Cem,Northmoor,respondent\n";
        let headers = [("content-type", "text/csv"), ("if-match", tag)];
        full.send("POST", &format!("{members}:import{query}"), &headers, Some(file))
    };
    let tag = full.get(&members).header("etag").unwrap().to_owned();
    assert_eq!(import(&tag, "?dry_run=true").status, 200);
    assert_eq!(import(&tag, "").status, 200);
    assert_eq!(import(&tag, "").code(), "changed_meanwhile");
    assert_eq!(import(&tag, "?dry_run=true").code(), "changed_meanwhile");
    let olga = full.post("/people", &json!({"email": "olga@example.org", "name": "Olga"}));
    let olga = olga.header("location").unwrap().to_owned();
    let remove = |tag: &str| full.send("DELETE", &olga, &[("if-match", tag)], None);
    assert_eq!(remove("\"old\"").code(), "changed_meanwhile");
    let tag = full.get(&olga).header("etag").unwrap().to_owned();
    assert_eq!(remove(&tag).status, 204);
}

async fn an_address_of_no_version_here_gets_a_problem_too(database: &Database) {
    let mut app = TestApp::on(database, NOW).await;
    let stranger = app.stranger().await;
    for address in ["/api/v2/people", "/api/v10", "/api/"] {
        let reply = stranger.get(address);
        assert_eq!((reply.status, reply.code()), (404, "not_found"), "{address}");
    }
}
