//! Respondents without an address: the list of labels, what the other side sees of it, and what is told on reminder days.

use evenkeel::domain::access_token::{Binding, Scope};
use evenkeel::domain::mode::Mode;
use evenkeel::domain::partnership::MemberRoles;
use evenkeel::store::people;
use evenkeel::workflow::set_up::{self, MemberInput};
use evenkeel::workflow::{Refusal, handout, succession};
use serde_json::{Value, json};

use super::handed::{LABELS, NORTH, OPEN, ask_fresh, handed, house, member, noor, open_round};
use crate::support::{Database, Side, TestApp};

on_both!(
    the_other_side_sees_how_many_and_nothing_else,
    labels_go_out_and_come_in_again,
    a_label_that_cannot_be_is_refused_with_the_place,
    a_reminder_counts_only_where_that_tells_of_nobody,
    a_label_gets_no_other_role_and_no_other_side,
);

async fn the_other_side_sees_how_many_and_nothing_else(database: &Database) {
    let (mut app, pair, _) = open_round(database, Mode::Representative, &LABELS[..2]).await;
    let cycle = app.cycle(&pair).await.id;
    let links = handed(&mut app, cycle).await;
    let whose = member(database, "QA lead");
    assert_eq!(ask_fresh(&mut app, cycle, "mara", &whose).await.status, 404);
    let mara = app.signed_in("mara@example.org").await;
    assert_eq!(mara.get(&format!("/cycles/{cycle}/links")).status, 404);
    assert_eq!(app.browser().await.get(&format!("/cycles/{cycle}/links")).status, 303, "nobody signed in");
    let scopes = [Scope::MembersRead, Scope::CyclesRead, Scope::PartnershipsRead, Scope::AuditRead];
    let north = app.program(&scopes, Binding::Side(pair.sides[0])).await;
    let mut seen = String::new();
    for path in [format!("/partnerships/{}", pair.id), format!("/cycles/{cycle}")] {
        for end in ["", "/trust", "/audit", "/answers"] {
            seen.push_str(&mara.get(&format!("{path}{end}")).body);
        }
    }
    for path in ["/people", &format!("/partnerships/{}/members", pair.id), &format!("/cycles/{cycle}")] {
        seen.push_str(&north.get(path).text);
    }
    for secret in LABELS[..2].iter().copied().chain(links.iter().map(String::as_str)) {
        assert!(!seen.contains(secret), "{secret}");
    }
    assert!(seen.contains("handed out 2 links itself") && seen.contains("hands out its links itself"));
    assert_eq!(north.get(&format!("/cycles/{cycle}")).json["response"][1]["handed_out"], 2);
    let south = app.program(&scopes, Binding::Side(pair.sides[1])).await;
    let own = south.get(&format!("/partnerships/{}/members", pair.id)).json;
    let label = |own: &Value| (own["label"].clone(), own["email"].clone());
    let first = own["members"].as_array().unwrap().iter().find(|own| own["name"] == "QA lead").unwrap();
    assert_eq!(label(first), (json!("QA lead"), Value::Null));
}

async fn labels_go_out_and_come_in_again(database: &Database) {
    let (mut app, pair) = house(database, Mode::Representative, &["Ben"], &LABELS[..2]).await;
    let full = app.full_program().await;
    let address = format!("/partnerships/{}/members", pair.id);
    let before = full.get(&address);
    let wanted: Vec<Value> = before.json["members"]
        .as_array()
        .unwrap()
        .iter()
        .map(|own| {
            json!({"email": own["email"], "label": own["label"], "side": own["side"], "roles": own["roles"]})
        })
        .collect();
    let again = full.json("PUT", &address, &json!({"members": wanted}));
    assert_eq!((again.status, &again.json), (200, &before.json), "{}", again.text);
    let csv = "email,name,side,roles\n,QA LEAD,Brightwater,respondent\n,Buyer 12,Brightwater,respondent\n";
    let kind = [("content-type", "text/csv")];
    let imported = full.send("POST", &format!("{address}:import"), &kind, Some(csv.as_bytes()));
    assert_eq!(imported.status, 200, "{}", imported.text);
    let changes: Vec<&str> =
        imported.json["rows"].as_array().unwrap().iter().map(|own| own["change"].as_str().unwrap()).collect();
    assert_eq!(changes, ["unchanged", "added"]);
    assert_eq!(imported.json["rows"][1]["email"], "Buyer 12");
    // The same label on the other side is somebody else.
    let other = "email,name,side,roles\n,QA lead,Northmoor,respondent\n";
    let imported = full.send("POST", &format!("{address}:import"), &kind, Some(other.as_bytes()));
    assert_eq!(imported.json["added"], 1, "{}", imported.text);
    assert_eq!(database.texts("SELECT id AS line FROM person WHERE email LIKE 'label:%'").len(), 4);
    // A file of whole partnerships means the same, and changes nothing the second time.
    let file = "partnership,side,email,name,roles\nNew,A,a@example.org,Abe,manager\nNew,A,,Desk,respondent\n\
                New,B,b@example.org,Bob,manager\nNew,B,,Desk,respondent\n";
    let import = || full.send("POST", "/partnerships:import", &kind, Some(file.as_bytes()));
    let first = import();
    assert_eq!((first.status, &first.json["people_added"]), (200, &json!(4)), "{}", first.text);
    let second = import();
    assert_eq!((second.status, &second.json["people_added"]), (200, &json!(0)), "{}", second.text);
    app.tick().await;
    app.mails();
}

async fn a_label_that_cannot_be_is_refused_with_the_place(database: &Database) {
    let (mut app, pair) = house(database, Mode::Representative, &[], &LABELS[..2]).await;
    let full = app.full_program().await;
    let address = format!("/partnerships/{}/members", pair.id);
    let before = full.get(&address).json;
    let one = |own: Value| full.json("PUT", &address, &json!({"members": [own]}));
    let respondent = |label: &str| json!({"label": label, "side": "Brightwater", "roles": ["respondent"]});
    for (own, path) in [
        (json!({"label": "Boss", "side": "Brightwater", "roles": ["manager"]}), "members[0].email"),
        (
            json!({"label": "Boss", "side": "Brightwater", "roles": ["respondent", "sponsor"]}),
            "members[0].email",
        ),
        (json!({"label": "Guide", "side": null, "roles": ["facilitator"]}), "members[0].side"),
        (
            json!({"label": "X", "email": "x@example.org", "side": "Brightwater", "roles": ["respondent"]}),
            "members[0].label",
        ),
        (
            json!({"label": "X", "name": "Xaver", "side": "Brightwater", "roles": ["respondent"]}),
            "members[0].name",
        ),
        (json!({"side": "Brightwater", "roles": ["respondent"]}), "members[0].email"),
        (respondent("x@example.org"), "members[0].label"),
        (respondent("   "), "members[0].label"),
        (respondent("a\u{202e}b"), "members[0].label"),
        (respondent(&"x".repeat(81)), "members[0].label"),
    ] {
        let refused = one(own.clone());
        assert_eq!((refused.status, refused.paths()), (422, vec![path]), "{own}: {}", refused.text);
    }
    let twice = json!({"members": [respondent("Desk"), respondent("DESK")]});
    let refused = full.json("PUT", &address, &twice);
    assert_eq!((refused.status, refused.paths()), (422, vec!["members[1].label"]), "{}", refused.text);
    assert_eq!(full.get(&address).json, before, "nothing half-written");
    // The key that stands in the place of an address is none.
    let key = format!("label:{}:qa lead", pair.sides[1]);
    let typed = json!({"email": key, "side": "Brightwater", "roles": ["manager"]});
    assert_eq!(one(typed).paths(), ["members[0].email"]);
    // The manager's own list names the line.
    let browser = app.signed_in("noor@example.org").await;
    let page = browser.get(&format!("/partnerships/{}", pair.id));
    let csrf = page.hidden("csrf");
    assert!(page.body.contains("Plant seven\nQA lead"), "{}", page.body);
    let labels = [("csrf", csrf.as_str()), ("labels", "Desk\r\n\r\na@b\r\n")];
    let refused = browser.post(&format!("/partnerships/{}/labels", pair.id), &labels);
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("line 2"), "{}", refused.body);
    let labels = [("csrf", csrf.as_str()), ("labels", "QA lead\r\nDesk\r\n")];
    assert_eq!(browser.post(&format!("/partnerships/{}/labels", pair.id), &labels).status, 303);
    let names = full.get(&address).text;
    assert!(names.contains("Desk") && names.contains("QA lead") && !names.contains("Plant seven"));
}

async fn a_reminder_counts_only_where_that_tells_of_nobody(database: &Database) {
    let app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let cases = [
        (&["Ben", "Bea", "Bela"][..], &LABELS[..3], true),
        (&[][..], &LABELS[..4], true),
        (&["Ben", "Bea", "Bela", "Bo"][..], &LABELS[..1], false),
        (&["Ben"][..], &LABELS[..4], false),
    ];
    for (n, (named, labels, _)) in cases.iter().enumerate() {
        let manager = format!("Noor{n}");
        let pair =
            app.partnership([Side("Northmoor", "Mara", &NORTH), Side("Brightwater", &manager, named)]).await;
        app.quarterly(&pair, Mode::Confidential).await;
        let speaker = noor(&pair, app.person(&manager).await);
        let labels = labels.iter().map(|own| (*own).to_owned()).collect();
        handout::set_labels(&app.ctx, speaker, pair.id, labels, app.now()).await.unwrap();
    }
    app.at(OPEN).await;
    app.mails();
    app.at("2026-12-04T08:00:00Z").await;
    let mails = app.mails();
    for (n, (.., counted)) in cases.iter().enumerate() {
        let letter = mails.iter().find(|mail| mail.to.starts_with(&format!("noor{n}"))).unwrap().flat();
        assert_eq!(letter.contains("not sent yet"), *counted, "{letter}");
    }
}

async fn a_label_gets_no_other_role_and_no_other_side(database: &Database) {
    let (mut app, pair) = house(database, Mode::Representative, &[], &LABELS[..2]).await;
    let noor = noor(&pair, app.person("Noor").await);
    let member = member(database, "QA lead").parse().unwrap();
    let to = (member, true);
    let handed = succession::hand_over(&app.ctx, noor, pair.id, to, app.now()).await;
    assert!(matches!(handed, Err(Refusal::Fields(_))));
    let key = format!("label:{}:qa lead", pair.sides[1]);
    let person = app.ctx.store.read(move |conn| people::find_by_email(conn, &key)).await.unwrap().unwrap().id;
    let respondent = MemberRoles { respondent: true, ..MemberRoles::default() };
    let manager = MemberRoles { manager: true, ..respondent };
    for (side, roles) in [(pair.sides[1], manager), (pair.sides[0], respondent)] {
        let input = MemberInput { person, side: Some(side), roles };
        let changed = set_up::change_member(&app.ctx, "test", pair.id, member, input, true, app.now()).await;
        assert!(matches!(changed, Err(Refusal::Fields(_))), "{roles:?}");
    }
    let full = app.full_program().await;
    let changed = full.json("PATCH", &format!("/people/{person}"), &json!({"administrator": true}));
    assert_eq!((changed.status, changed.paths()), (422, vec!["email"]), "{}", changed.text);
    assert!(!changed.text.contains("label:"));
}
