//! Every documented call for every kind of token, from the OpenAPI document itself: a call that is missing in the table fails the
//! test. And whatever is answered, no name of another house is in it, nor of the other side's respondents.

use chrono::TimeDelta;
use evenkeel::clock::real_now;
use evenkeel::domain::access_token::{Binding, Scope};
use evenkeel::domain::ids::{OrganisationId, TokenId};
use evenkeel::domain::mode::Mode;
use evenkeel::domain::partnership::MemberRoles;
use evenkeel::secrets;
use evenkeel::store::tokens::{self, NewToken};
use evenkeel::web::api::document::document;
use evenkeel::workflow::set_up::{self, MemberInput, PartnershipInput, SideInput};
use serde_json::{Value, json};

use super::matrix_table::EXPECTED;
use crate::support::api::{Program, Reply};
use crate::support::{Database, Pair, TestApp};

on_both!(
    every_documented_call_is_answered_as_the_table_says_for_every_kind_of_token,
    a_survey_link_is_its_own_key_whatever_token_comes_with_it,
);

const NOW: &str = "2026-11-01T10:00:00Z";
/// The kinds of token in the order of the table's columns.
const KINDS: [&str; 7] =
    ["instance", "organisation", "partnership", "side A", "side B", "foreign side", "foreign organisation"];
/// Who belongs to the house that the calls are about; each name stands nowhere else.
const HOUSE: [&str; 6] = ["Northmoor", "Brightwater", "Mara", "Noor", "Adalbert", "Benedikt"];

/// Two partnerships that have nothing to do with each other, each of two organisations' sides.
struct House {
    app: TestApp,
    pair: Pair,
    organisation: OrganisationId,
    foreign: Pair,
    foreign_organisation: OrganisationId,
    /// The links of the open check: of Adalbert and Benedikt.
    links: Vec<String>,
}

/// A side: its name, whether it belongs to the organisation, its manager, its respondent.
type Of<'a> = (&'a str, bool, &'a str, &'a str);

async fn partnership(app: &TestApp, organisation: &str, sides: [Of<'_>; 2]) -> (Pair, OrganisationId) {
    let house = set_up::create_organisation(&app.ctx, "test", organisation, app.now()).await.unwrap();
    let inputs = sides
        .iter()
        .map(|(name, own, ..)| SideInput { name: (*name).to_owned(), organisation: own.then_some(house) });
    let input =
        PartnershipInput { name: String::new(), zone: "Europe/Berlin".to_owned(), sides: inputs.collect() };
    let (id, ids) = set_up::create_partnership(&app.ctx, "test", input, app.now()).await.unwrap();
    for ((_, _, manager, respondent), side) in sides.iter().zip(&ids) {
        for (name, roles) in [
            (manager, MemberRoles { manager: true, ..MemberRoles::default() }),
            (respondent, MemberRoles { respondent: true, ..MemberRoles::default() }),
        ] {
            let input = MemberInput { person: app.person(name).await, side: Some(*side), roles };
            set_up::add_member(&app.ctx, "test", id, input, app.now()).await.unwrap();
        }
    }
    (Pair { id, sides: ids }, house)
}

/// One check of the first partnership is closed, the next one is open.
async fn house(database: &Database) -> House {
    let app = TestApp::on(database, NOW).await;
    let own = [("Northmoor", true, "Mara", "Adalbert"), ("Brightwater", false, "Noor", "Benedikt")];
    let (pair, organisation) = partnership(&app, "Northmoor Systems", own).await;
    let others = [("Clearlake", false, "Cleo", "Cem"), ("Dunmore", true, "Dora", "Dan")];
    let (foreign, foreign_organisation) = partnership(&app, "Dunmore Group", others).await;
    app.quarterly(&pair, Mode::Representative).await;
    app.at("2026-12-01T08:00:00Z").await;
    for mail in app.mails() {
        app.answer(&mail.survey_token(), [3; 5]).await;
    }
    app.at("2026-12-10T16:00:00Z").await;
    app.mails();
    app.at("2027-03-02T08:00:00Z").await;
    let links = app.mails().iter().map(|mail| mail.survey_token()).collect();
    House { app, pair, organisation, foreign, foreign_organisation, links }
}

impl House {
    async fn programs(&mut self) -> Vec<Program> {
        let (pair, foreign) = (&self.pair, &self.foreign);
        let bindings = [
            Binding::Instance,
            Binding::Organisation(self.organisation),
            Binding::Partnership(pair.id),
            Binding::Side(pair.sides[0]),
            Binding::Side(pair.sides[1]),
            Binding::Side(foreign.sides[0]),
            Binding::Organisation(self.foreign_organisation),
        ];
        let mut all = Vec::new();
        for binding in bindings {
            all.push(self.app.program(Scope::ALL, binding).await);
        }
        all
    }

    /// A program whose token has all scopes and ended yesterday.
    async fn late(&mut self) -> Program {
        let (id, now) = (TokenId::mint(real_now()), real_now());
        let text = secrets::api_token(id.uuid().as_bytes());
        let new = NewToken {
            id,
            name: "late".to_owned(),
            token_hash: secrets::digest(&text),
            scopes: Scope::ALL.iter().copied().collect(),
            binding: Binding::Instance,
            created_by: "test".to_owned(),
            expires_at: now - TimeDelta::days(1),
        };
        self.app.ctx.store.write_tx(move |conn| tokens::insert(conn, &new, now)).await.unwrap();
        Program::new(&self.app.address().await, Some(text))
    }
}

/// The identifiers that addresses are filled with.
struct Filled(Vec<(&'static str, String)>);

impl Filled {
    async fn of(house: &mut House, full: &Program, side_a: &Program) -> Self {
        let cycles = house.app.cycles(&house.pair).await;
        let partnership = house.pair.id;
        let text = |value: &Value| value.as_str().unwrap_or_default().rsplit('/').next().unwrap().to_owned();
        let cadence = &full.get(&format!("/partnerships/{partnership}/cadences")).json["cadences"][0]["id"];
        let asked = side_a.send("POST", &format!("/cycles/{}:cancel", cycles[1].id), &[], None);
        assert_eq!(asked.status, 202, "{}", asked.text);
        let spare = json!({"name": "spare", "scopes": ["cycles:read"]});
        let spare =
            side_a.post("/tokens", &merged(spare, json!({"bound_to": {"side": house.pair.sides[0]}})));
        let flag = text(&full.get("/flags?state=open").json["items"][0]["id"]);
        let action =
            json!({"text": "Meet.", "side": house.pair.sides[0], "due_on": "2027-04-01", "flags": [flag]});
        let action = side_a.post("/actions", &action);
        let acceptance = json!({"reason": "It is small.", "until": "2027-04-01"});
        let acceptance = side_a.post(&format!("/flags/{flag}/acceptances"), &acceptance);
        assert_eq!((action.status, acceptance.status), (201, 201), "{} {}", action.text, acceptance.text);
        let members = full.get(&format!("/partnerships/{partnership}/members")).json;
        let adalbert = house.app.person("Adalbert").await.to_string();
        let all = members["items"].as_array().or(members["members"].as_array()).expect("members");
        let member = all.iter().find(|own| own.to_string().contains(&adalbert)).expect("a member");
        Self(vec![
            ("/partnerships/{id}", partnership.to_string()),
            ("/organisations/{id}", house.organisation.to_string()),
            ("/people/{id}", adalbert),
            ("/proposals/{id}", text(&asked.json["proposal"])),
            ("/tokens/{id}", text(&spare.json["id"])),
            ("/instruments/{id}", "quarterly-health-review".to_owned()),
            ("/flags/{id}", flag),
            ("/actions/{id}", text(&action.json["id"])),
            ("/acceptances/{id}", text(&acceptance.json["id"])),
            ("{cadence}", text(cadence)),
            ("{member}", text(&member["id"])),
            ("{version}", "1".to_owned()),
            ("{chart}", "trend".to_owned()),
            ("closed", cycles[0].id.to_string()),
            ("open", cycles[1].id.to_string()),
        ])
    }

    fn own(&self, name: &str) -> &str {
        self.0.iter().find(|(own, _)| *own == name).map_or("", |(_, value)| value)
    }

    /// An address of the first partnership for a template.
    fn address(&self, template: &str) -> String {
        let after_close = ["/scorecard", "/answers", "/comments", "/review", "/review:close"]
            .iter()
            .any(|end| template.ends_with(end));
        let format = if template.contains("/charts/") { "svg" } else { "json" };
        let mut address = template.replace("{format}", format);
        if template.contains("/cycles/{id}") {
            address = address.replace("{id}", self.own(if after_close { "closed" } else { "open" }));
        }
        for (name, value) in &self.0 {
            let filled = name.replace("{id}", value);
            let (of, by) = if name.contains("{id}") { (*name, &filled) } else { (*name, value) };
            address = address.replace(of, by);
        }
        assert!(!address.contains('{'), "what is {template} filled with?");
        address
    }
}

fn merged(mut one: Value, other: Value) -> Value {
    let (Some(all), Value::Object(more)) = (one.as_object_mut(), other) else { return one };
    all.extend(more);
    one
}

/// Every documented call with a token, reading before writing, ending and removing last: what came before must not stand in
/// the way.
fn calls() -> Vec<(String, String)> {
    let whole = serde_json::to_value(document()).unwrap();
    let mut all: Vec<_> = whole["paths"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(template, _)| !template.contains("/responses/"))
        .flat_map(|(template, item)| {
            let methods = item.as_object().unwrap().keys();
            methods.map(|method| (method.to_ascii_uppercase(), template.clone())).collect::<Vec<_>>()
        })
        .collect();
    let late = |method: &str, template: &str| match method {
        "GET" => 0,
        "DELETE" => 3,
        _ if template.ends_with(":end") => 2,
        _ => 1,
    };
    all.sort_by_key(|(method, template)| (late(method, template), template.clone(), method.clone()));
    all
}

/// Asks with an empty body, or with the least that is looked at before what the call is about.
fn ask(program: &Program, method: &str, address: &str) -> Reply {
    let least: &[u8] = if address.ends_with(":correct") { b"{\"email\": \"x@example.net\"}" } else { b"{}" };
    let body = (method != "GET" && method != "DELETE").then_some(least);
    program.send(method, address, &[("content-type", "application/json")], body)
}

/// `y`: let in, whatever comes of an empty body; else the last digit of 403 and 404.
fn class(reply: &Reply) -> char {
    match reply.status {
        401 => '1',
        403 => '3',
        404 => '4',
        _ => 'y',
    }
}

/// What no answer to this kind of token may name.
fn unknown_to(kind: &str) -> &'static [&'static str] {
    match kind {
        "foreign side" | "foreign organisation" => &HOUSE,
        "side A" | "organisation" => &["Benedikt", "Clearlake", "Dunmore", "Cem", "Dora"],
        "side B" => &["Adalbert", "Clearlake", "Dunmore", "Cem", "Dora"],
        "partnership" => &["Clearlake", "Dunmore", "Cem", "Dora"],
        _ => &[],
    }
}

async fn every_documented_call_is_answered_as_the_table_says_for_every_kind_of_token(database: &Database) {
    let mut house = house(database).await;
    let programs = house.programs().await;
    let filled = Filled::of(&mut house, &programs[0], &programs[3]).await;
    let bad = [house.late().await, house.app.stranger().await, revoked(&mut house).await];
    let whole = serde_json::to_value(document()).unwrap();
    let mut wrong = Vec::new();
    for (method, template) in calls() {
        let address = filled.address(&template);
        let bare = template.trim_start_matches("/api/v1");
        let expected = EXPECTED.iter().find(|own| own.0 == method && own.1 == bare).map_or("", |own| own.2);
        for program in &bad {
            let reply = ask(program, &method, &address);
            assert_eq!((reply.status, reply.code()), (401, "unauthorized"), "{method} {template}");
            nothing_of(&reply, &HOUSE, "nobody", &address);
        }
        let scope = &whole["paths"][&template][method.to_ascii_lowercase()]["security"][0]["bearer"][0];
        let needed: Scope = scope.as_str().expect("a scope").parse().unwrap();
        let others: Vec<Scope> = Scope::ALL.iter().copied().filter(|own| *own != needed).collect();
        let poor = house.app.program(&others, Binding::Side(house.pair.sides[0])).await;
        let reply = ask(&poor, &method, &address);
        assert_eq!((reply.status, reply.code()), (403, "scope_missing"), "{method} {template}");
        nothing_of(&reply, &HOUSE, "without scope", &address);
        // Whoever is refused comes first, so that those who are let in change nothing for them.
        let mut found = ['-'; KINDS.len()];
        let mut order: Vec<usize> = (0..KINDS.len()).collect();
        order.sort_by_key(|at| expected.chars().nth(*at) == Some('y'));
        for at in order {
            let reply = ask(&programs[at], &method, &address);
            assert!(reply.status < 500, "{method} {template}: {}", reply.text);
            nothing_of(&reply, unknown_to(KINDS[at]), KINDS[at], &address);
            found[at] = class(&reply);
        }
        let found: String = found.iter().collect();
        if found != expected {
            wrong.push(format!("    (\"{method}\", \"{bare}\", \"{found}\"), // was {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{KINDS:?}\n{}", wrong.join("\n"));
    assert_eq!(EXPECTED.len(), calls().len(), "the table names calls that are not there");
    house.app.tick().await;
    house.app.mails();
}

async fn revoked(house: &mut House) -> Program {
    let full = house.app.full_program().await;
    let made = full.post("/tokens", &json!({"name": "over", "scopes": ["cycles:read"]}));
    let id = made.json["id"].as_str().unwrap();
    assert_eq!(full.send("DELETE", &format!("/tokens/{id}"), &[], None).status, 204);
    Program::new(&house.app.address().await, made.json["token"].as_str().map(str::to_owned))
}

#[track_caller]
fn nothing_of(reply: &Reply, names: &[&str], kind: &str, address: &str) {
    for name in names {
        assert!(!reply.text.contains(name), "{kind} reads {name} at {address}: {}", reply.text);
    }
}

async fn a_survey_link_is_its_own_key_whatever_token_comes_with_it(database: &Database) {
    let mut house = house(database).await;
    let mut programs = house.programs().await;
    programs.push(house.app.stranger().await);
    programs.push(house.late().await);
    let unknown = "a".repeat(32);
    for program in &programs {
        for (link, status) in [(&house.links[0], 200), (&house.links[1], 200), (&unknown, 404)] {
            let address = format!("/responses/{link}");
            let read = program.get(&address);
            assert_eq!(read.status, status, "{}", read.text);
            assert!(!read.text.contains("Benedikt") && !read.text.contains("Adalbert"), "{}", read.text);
            assert_eq!(program.json("PUT", &address, &json!({})).status, status);
            if status == 404 {
                nothing_of(&read, &HOUSE, "an unknown link", &address);
            }
        }
    }
    house.app.tick().await;
    house.app.mails();
}
