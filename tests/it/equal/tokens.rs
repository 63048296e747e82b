//! Programs that speak for a side: its managers see, make and revoke them, and hear of those that others made.

use evenkeel::clock::real_now;
use evenkeel::domain::access_token::{Binding, Scope};
use evenkeel::domain::ids::TokenId;
use evenkeel::store::partnerships;
use evenkeel::workflow::Refusal;
use evenkeel::workflow::proposals::Speaker;
use evenkeel::workflow::set_up::{self, PartnershipInput, SideInput};
use evenkeel::workflow::tokens::{self, Giver, TokenInput};
use serde_json::json;

use crate::support::api::Program;
use crate::support::{Database, Pair, Side, TestApp};

on_both!(
    whoever_runs_the_server_makes_no_token_for_a_side_without_its_managers_hearing_of_it,
    a_token_for_all_sides_of_an_organisation_is_told_to_each_of_them,
    a_token_for_a_whole_partnership_is_told_to_the_managers_of_all_its_sides,
    an_administrator_makes_no_token_that_reads_answers_or_comments,
    a_token_that_reads_answers_makes_another_while_its_manager_manages_the_side,
    a_token_that_a_side_makes_for_itself_is_no_news,
    a_manager_makes_lists_and_revokes_the_tokens_of_the_own_side_only,
);

const NOW: &str = "2026-11-01T10:00:00Z";

async fn house(database: &Database) -> (TestApp, Pair) {
    let app = TestApp::on(database, NOW).await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    (app, pair)
}

fn wanted(binding: Binding) -> TokenInput {
    let scopes = [Scope::CyclesRead, Scope::AnswersRead].into();
    TokenInput { name: "Warehouse".to_owned(), scopes, binding, days: None }
}

/// Makes a token as somebody at the command line does.
async fn by_hand(app: &TestApp, binding: Binding) -> (TokenId, String) {
    let giver = Giver { actor: "command line".to_owned(), token: None };
    tokens::create(&app.ctx, giver, wanted(binding), app.now(), real_now()).await.unwrap()
}

async fn whoever_runs_the_server_makes_no_token_for_a_side_without_its_managers_hearing_of_it(
    database: &Database,
) {
    let (mut app, pair) = house(database).await;
    let (id, _) = by_hand(&app, Binding::Side(pair.sides[1])).await;
    app.tick().await;
    let told = app.mails();
    assert_eq!(told.len(), 1, "the managers of that side, once");
    let letter = told[0].flat();
    assert_eq!(told[0].to, "noor@example.org");
    assert!(letter.contains("A program can act for Brightwater with a new token, “Warehouse”"), "{letter}");
    assert!(letter.contains("It may use: cycles:read, answers:read."), "{letter}");
    assert!(letter.contains("Whoever runs this server made it."), "{letter}");
    assert!(told[0].text.contains(&format!("/partnerships/{}/tokens", pair.id)), "{}", told[0].text);
    // By a program of the whole instance it is the same.
    let full = app.full_program().await;
    let body = json!({"name": "Loader", "scopes": ["cycles:read"], "bound_to": {"side": pair.sides[0]}});
    assert_eq!(full.post("/tokens", &body).status, 201);
    app.tick().await;
    let told = app.mails();
    assert_eq!((told.len(), told[0].to.as_str()), (1, "mara@example.org"));
    assert!(told[0].flat().contains("A program made it."), "{}", told[0].text);
    // The log of the partnership has both, and that one was revoked.
    tokens::revoke(&app.ctx, "command line", id, None, real_now()).await.unwrap();
    let own =
        app.program(&[Scope::AuditRead], Binding::Side(pair.sides[0])).await.get("/audit?limit=200").json;
    let acts = |act: &str| own["items"].as_array().unwrap().iter().filter(|own| own["act"] == act).count();
    assert_eq!((acts("token made for it"), acts("token revoked for it")), (3, 1));
}

async fn a_token_for_all_sides_of_an_organisation_is_told_to_each_of_them(database: &Database) {
    let (app, first) = house(database).await;
    let organisation =
        set_up::create_organisation(&app.ctx, "test", "Northmoor Systems", app.now()).await.unwrap();
    let side = |name: &str, organisation| SideInput { name: name.to_owned(), organisation };
    let input = PartnershipInput {
        name: String::new(),
        zone: "Europe/Berlin".to_owned(),
        sides: vec![side("Northmoor", Some(organisation)), side("Clearlake", None)],
    };
    let (second, sides) = set_up::create_partnership(&app.ctx, "test", input, app.now()).await.unwrap();
    for (name, side) in [("Mara", sides[0]), ("Cleo", sides[1])] {
        let roles = evenkeel::domain::partnership::MemberRoles { manager: true, ..Default::default() };
        let input = set_up::MemberInput { person: app.person(name).await, side: Some(side), roles };
        set_up::add_member(&app.ctx, "test", second, input, app.now()).await.unwrap();
    }
    by_hand(&app, Binding::Organisation(organisation)).await;
    app.tick().await;
    let told = app.mails();
    assert_eq!(told.iter().map(|own| own.to.as_str()).collect::<Vec<_>>(), ["mara@example.org"]);
    assert!(told[0].text.contains(&second.to_string()) && !told[0].text.contains(&first.id.to_string()));
    // One that speaks for nobody and reaches everything is nobody's news.
    by_hand(&app, Binding::Instance).await;
    app.tick().await;
    assert!(app.mails().is_empty());
}

async fn a_token_for_a_whole_partnership_is_told_to_the_managers_of_all_its_sides(database: &Database) {
    let (mut app, pair) = house(database).await;
    let (id, _) = by_hand(&app, Binding::Partnership(pair.id)).await;
    app.tick().await;
    let told = app.mails();
    assert_eq!(told.iter().map(|own| &own.to[..4]).collect::<Vec<_>>(), ["mara", "noor"]);
    for mail in &told {
        assert_eq!(mail.subject, "Northmoor × Brightwater: a program reaches your partnership");
        let text = mail.flat();
        assert!(
            text.contains("reaches the whole partnership, for no side, with a new token, “Warehouse”"),
            "{text}"
        );
        assert!(text.contains("It may use: cycles:read, answers:read."), "{text}");
        assert!(text.contains("ask whoever administers this server, who can revoke it"), "{text}");
    }
    let address = format!("/partnerships/{}/tokens", pair.id);
    for who in ["mara@example.org", "noor@example.org"] {
        let browser = app.signed_in(who).await;
        let page = browser.get(&address);
        assert!(page.body.contains("Warehouse</th>"), "{}", page.body);
        assert!(page.body.contains("this partnership, for no side"), "{}", page.body);
        assert!(!page.body.contains(&format!("{id}/revoke")), "not theirs to revoke");
        let fields = [("csrf", page.hidden("csrf"))];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(browser.post(&format!("{address}/{id}/revoke"), &fields).status, 404);
    }
    let log =
        app.program(&[Scope::AuditRead], Binding::Side(pair.sides[1])).await.get("/audit?limit=200").json;
    let entries = log["items"].as_array().unwrap();
    assert!(
        entries.iter().any(|own| own["act"] == "token made for it" && own["object"] == json!(pair.id)),
        "{log}"
    );
}

const REFUSED: &str = "Only a manager of a side makes a token that reads answers or comments";

async fn an_administrator_makes_no_token_that_reads_answers_or_comments(database: &Database) {
    let (mut app, pair) = house(database).await;
    let house = set_up::create_organisation(&app.ctx, "test", "Northmoor Systems", app.now()).await.unwrap();
    // Also one who manages a side, on any other page than that of its tokens.
    for name in ["Adam", "Mara"] {
        administrator(&app, name).await;
        let browser = app.signed_in(&format!("{}@example.org", name.to_lowercase())).await;
        let page = browser.get("/setup/tokens");
        assert!(!page.body.contains("value=\"answers:read\""), "{}", page.body);
        let csrf = page.hidden("csrf");
        let bindings = [
            ("instance", String::new()),
            ("organisation", house.to_string()),
            ("partnership", pair.id.to_string()),
            ("side", pair.sides[0].to_string()),
        ];
        for (word, id) in &bindings {
            let post = |scope: &str| {
                let fields = [
                    ("csrf", csrf.as_str()),
                    ("name", "Reader"),
                    ("days", "30"),
                    ("bound_to", *word),
                    ("binding", id.as_str()),
                    ("scopes", scope),
                ];
                browser.post("/setup/tokens", &fields)
            };
            for scope in ["answers:read", "comments:read"] {
                let made = post(scope);
                assert!(
                    made.status == 422 && made.body.contains(REFUSED),
                    "{name} {word} {scope}: {}",
                    made.body
                );
            }
            assert_eq!(post("scorecards:read").status, 200, "{name} {word}");
        }
    }
    // What may be made is told, as others try.
    app.ignore_mails();
}

async fn a_token_that_reads_answers_makes_another_while_its_manager_manages_the_side(database: &Database) {
    let (mut app, pair) = house(database).await;
    let base = app.address().await;
    let mara = app.person("Mara").await;
    let speaker = Speaker { actor: mara.to_string(), side: Some(pair.sides[0]) };
    let scopes = [Scope::TokensWrite, Scope::AnswersRead, Scope::MembersRead].into();
    let input = TokenInput { scopes, ..wanted(Binding::Side(pair.sides[0])) };
    let (_, text) = tokens::create_for_side(&app.ctx, speaker.clone(), input.clone(), app.now(), real_now())
        .await
        .unwrap();
    let program = Program::new(&base, Some(text));
    let body = json!({"name": "Reader", "scopes": ["answers:read", "tokens:write"], "bound_to": {"side": pair.sides[0]}});
    let second = program.post("/tokens", &body);
    assert_eq!(second.status, 201, "{}", second.text);
    let second = Program::new(&base, second.json["token"].as_str().map(str::to_owned));
    let roles = evenkeel::domain::partnership::MemberRoles { respondent: true, ..Default::default() };
    let left = set_up::MemberInput { person: mara, side: Some(pair.sides[0]), roles };
    let id = pair.id;
    let member =
        app.ctx.store.read(move |conn| partnerships::member_of(conn, id, mara)).await.unwrap().unwrap();
    set_up::change_member(&app.ctx, "test", pair.id, member.id, left, true, app.now()).await.unwrap();
    for made in [program.post("/tokens", &body), second.post("/tokens", &body)] {
        assert_eq!((made.status, made.paths()), (422, vec!["scopes"]), "{}", made.text);
        assert!(made.text.contains(REFUSED), "{}", made.text);
    }
    let again = tokens::create_for_side(&app.ctx, speaker, input, app.now(), real_now()).await;
    assert!(matches!(again, Err(Refusal::Fields(_))), "nor themselves");
    let other = json!({"name": "Loader", "scopes": ["tokens:write"], "bound_to": {"side": pair.sides[0]}});
    assert_eq!(program.post("/tokens", &other).status, 201, "what reads no answers");
}

async fn administrator(app: &TestApp, name: &str) {
    let person = app.person(name).await;
    let input = set_up::PersonInput {
        email: format!("{}@example.org", name.to_lowercase()),
        name: name.to_owned(),
        zone: "Europe/Berlin".to_owned(),
        administrator: true,
    };
    set_up::change_person(&app.ctx, "test", person, &input, None, app.now()).await.unwrap();
}

async fn a_token_that_a_side_makes_for_itself_is_no_news(database: &Database) {
    let (mut app, pair) = house(database).await;
    let own = app.program(&[Scope::TokensWrite, Scope::TokensRead], Binding::Side(pair.sides[0])).await;
    let body = |side| json!({"name": "Reader", "scopes": ["tokens:read"], "bound_to": {"side": side}});
    assert_eq!(own.post("/tokens", &body(pair.sides[0])).status, 201);
    assert_eq!(own.post("/tokens", &body(pair.sides[1])).status, 422, "not for the other side");
    assert_eq!(own.get("/tokens").json["items"].as_array().unwrap().len(), 2);
    app.tick().await;
    assert!(app.mails().is_empty());
}

async fn a_manager_makes_lists_and_revokes_the_tokens_of_the_own_side_only(database: &Database) {
    let (mut app, pair) = house(database).await;
    let base = app.address().await;
    let (foreign, _) = by_hand(&app, Binding::Side(pair.sides[1])).await;
    let (others, text) = by_hand(&app, Binding::Side(pair.sides[0])).await;
    app.tick().await;
    assert_eq!(app.recipients(), ["mara", "noor"]);
    let mara = app.signed_in("mara@example.org").await;
    let address = format!("/partnerships/{}/tokens", pair.id);
    let page = mara.get(&address);
    assert!(page.body.contains("Programs that speak for Northmoor"), "{}", page.body);
    assert_eq!(page.body.matches("Warehouse</th>").count(), 1, "the own side's only");
    let csrf = page.hidden("csrf");
    // What the form says of another side is not heard.
    let side = pair.sides[1].to_string();
    let fields = [
        ("csrf", csrf.as_str()),
        ("name", "Reports"),
        ("days", "30"),
        ("scopes", "cycles:read"),
        ("bound_to", "side"),
        ("binding", &side),
    ];
    let made = mara.post(&address, &fields);
    assert_eq!(made.status, 200, "{}", made.body);
    let token =
        made.body.split("<code class=\"break\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let program = Program::new(&base, Some(token));
    let reached = program.get(&format!("/partnerships/{}/cycles", pair.id));
    assert_eq!(reached.status, 200, "{}", reached.text);
    assert_eq!(program.get("/people").status, 403);
    app.tick().await;
    assert!(app.mails().is_empty(), "what a side does for itself is no news to it");
    for wrong in [("days", "0"), ("name", ""), ("scopes", "nothing")] {
        let fields: Vec<_> = fields.iter().map(|own| if own.0 == wrong.0 { wrong } else { *own }).collect();
        assert_eq!(mara.post(&address, &fields).status, 422, "{wrong:?}");
    }
    // Made by others for this side: revoked by its manager. Of the other side: not there.
    let revoke = |id: TokenId| mara.post(&format!("{address}/{id}/revoke"), &[("csrf", &csrf)]).status;
    assert_eq!((revoke(others), revoke(foreign)), (303, 404));
    assert_eq!(Program::new(&base, Some(text)).get("/tokens").status, 401);
    let noor = app.signed_in("noor@example.org").await;
    let theirs = noor.get(&address).body;
    assert!(theirs.contains("Programs that speak for Brightwater") && !theirs.contains("Reports"));
    assert!(app.signed_in("ada@example.org").await.get(&address).status == 404, "not a manager");
}
