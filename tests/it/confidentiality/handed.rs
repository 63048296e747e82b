//! Links that a side hands out itself: what its manager can do with them, and what nobody can.

use evenkeel::domain::access_token::{Binding, Scope};
use evenkeel::domain::ids::CycleId;
use evenkeel::domain::mode::Mode;
use evenkeel::secrets;
use evenkeel::store::{people, responses};
use evenkeel::workflow::Refusal;
use evenkeel::workflow::erase_person::erase_person;
use evenkeel::workflow::handout::{self, Begun};
use evenkeel::workflow::proposals::Speaker;
use evenkeel::workflow::save_response::open_form;
use serde_json::{Value, json};

use super::evidence::Evidence;
use crate::support::http::{Answer, Client};
use crate::support::{Database, Mail, Pair, Side, TestApp};

on_both!(
    whoever_has_no_address_gets_no_letter_and_the_manager_gets_one,
    looking_at_a_handed_link_changes_nothing_and_tells_nothing,
    whoever_begins_gets_a_link_of_their_own_and_the_managers_copy_opens_no_answers,
    many_presses_at_the_same_moment_give_one_link,
    a_fresh_link_starts_empty_and_the_former_one_says_so,
    a_fresh_link_starts_empty_and_the_former_one_says_so_also_in_anonymous_mode,
    after_sending_no_fresh_link_is_issued_and_the_asking_is_told,
    after_sending_no_fresh_link_is_issued_and_the_asking_is_told_also_in_anonymous_mode,
    the_close_counts_these_answers_as_all_others,
    the_other_side_sees_how_many_and_nothing_else,
    after_an_anonymous_close_nothing_tells_who_began,
    an_erased_label_stands_nowhere_any_more,
    labels_go_out_and_come_in_again,
    a_label_that_cannot_be_is_refused_with_the_place,
    a_reminder_counts_only_where_that_tells_of_nobody,
    a_label_gets_no_other_role_and_no_other_side,
);

const OPEN: &str = "2026-12-01T08:00:00Z";
const CLOSE: &str = "2026-12-10T16:00:00Z";
const NORTH: [&str; 6] = ["Ada", "Ali", "Ana", "Ari", "Asa", "Axel"];
const LABELS: [&str; 6] = ["Plant seven", "QA lead", "Buyer 12", "Night shift", "Legal", "Zebra desk"];

fn noor(pair: &Pair, person: impl ToString) -> Speaker {
    Speaker { actor: person.to_string(), side: Some(pair.sides[1]) }
}

/// Northmoor gives addresses, Brightwater does so for `named` and hands out links to `labels`.
async fn house(database: &Database, mode: Mode, named: &[&str], labels: &[&str]) -> (TestApp, Pair) {
    let app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let north: &[&str] = if labels.len() < 3 { &NORTH[..1] } else { &NORTH };
    let pair = app.partnership([Side("Northmoor", "Mara", north), Side("Brightwater", "Noor", named)]).await;
    app.quarterly(&pair, mode).await;
    let speaker = noor(&pair, app.person("Noor").await);
    let labels = labels.iter().map(|own| (*own).to_owned()).collect();
    handout::set_labels(&app.ctx, speaker, pair.id, labels, app.now()).await.unwrap();
    app.tick().await;
    let told = app.mails();
    assert_eq!(told.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), ["mara@example.org"]);
    assert!(told[0].flat().contains("Brightwater hands out links itself"), "{}", told[0].text);
    (app, pair)
}

async fn open_round(database: &Database, mode: Mode, labels: &[&str]) -> (TestApp, Pair, Vec<Mail>) {
    let (app, pair) = house(database, mode, &[], labels).await;
    app.at(OPEN).await;
    let mails = app.mails();
    (app, pair, mails)
}

/// The secrets of the links on the manager's page, by label.
async fn handed(app: &mut TestApp, cycle: CycleId) -> Vec<String> {
    let page = app.signed_in("noor@example.org").await.get(&format!("/cycles/{cycle}/links"));
    assert_eq!(page.status, 200, "{}", page.body);
    let after = page.body.split("/s/").skip(1);
    after.map(|rest| rest.chars().take_while(char::is_ascii_alphanumeric).collect()).collect()
}

async fn begun(app: &TestApp, token: &str) -> String {
    match handout::begin(&app.ctx, token, app.now()).await.unwrap() {
        Begun::Own(own) => own,
        Begun::Already => panic!("somebody has begun"),
    }
}

fn press(browser: &Client, token: &str) -> Answer {
    let form_token = browser.get(&format!("/s/{token}")).hidden("form_token");
    browser.post(&format!("/s/{token}/begin"), &[("form_token", &form_token)])
}

fn member(database: &Database, label: &str) -> String {
    let sql = format!(
        "SELECT m.id AS line FROM member m JOIN person p ON p.id = m.person_id WHERE p.name = '{label}'"
    );
    database.texts(&sql).remove(0)
}

/// Asks for a fresh link, as somebody who is signed in.
async fn ask_fresh(app: &mut TestApp, cycle: CycleId, who: &str, member: &str) -> Answer {
    let browser = app.signed_in(&format!("{who}@example.org")).await;
    let csrf = browser.get("/sessions").hidden("csrf");
    browser.post(&format!("/cycles/{cycle}/members/{member}/fresh-link"), &[("csrf", &csrf)])
}

async fn whoever_has_no_address_gets_no_letter_and_the_manager_gets_one(database: &Database) {
    let (app, pair, mails) = open_round(database, Mode::Representative, &LABELS[..2]).await;
    let to: Vec<&str> = mails.iter().map(|mail| mail.to.as_str()).collect();
    assert_eq!(to, ["ada@example.org", "noor@example.org"]);
    let cycle = app.cycle(&pair).await.id;
    let letter = mails[1].flat();
    assert!(letter.contains("2 links are yours to hand out"), "{letter}");
    assert!(letter.contains(&format!("/cycles/{cycle}/links")), "{letter}");
    for secret in ["/s/", "Plant seven", "QA lead"] {
        assert!(!mails[1].text.contains(secret) && !mails[1].html.contains(secret), "{secret}");
    }
    assert_eq!(
        database.texts("SELECT to_address AS line FROM letter WHERE to_address NOT LIKE '%@%'").len(),
        0
    );
    // Reminder days: the managers once, with a count and no name.
    app.at("2026-12-04T08:00:00Z").await;
    let mails = app.mails();
    let to: Vec<&str> = mails.iter().map(|mail| mail.to.as_str()).collect();
    assert_eq!(to, ["ada@example.org", "noor@example.org"]);
    assert!(mails[1].flat().contains("Of the 2 links"), "{}", mails[1].text);
    assert!(mails[1].flat().contains("2 are not sent yet") && !mails[1].text.contains("QA lead"));
    app.tick().await;
}

async fn looking_at_a_handed_link_changes_nothing_and_tells_nothing(database: &Database) {
    let (mut app, pair, _) = open_round(database, Mode::Representative, &LABELS[..2]).await;
    let cycle = app.cycle(&pair).await.id;
    let links = handed(&mut app, cycle).await;
    assert_eq!(links.len(), 2);
    let page_of_noor = async |app: &mut TestApp| {
        let page = app.signed_in("noor@example.org").await.get(&format!("/cycles/{cycle}/links")).body;
        page.split("<main").nth(1).unwrap().split("csrf").next().unwrap().to_owned()
    };
    let (listed, browser) = (page_of_noor(&mut app).await, app.browser().await);
    let before = (database.dump("invitation"), browser.get(&format!("/s/{}", links[0])));
    assert_eq!(before.1.status, 200, "{}", before.1.body);
    for part in ["Brightwater", "Northmoor IT", "Begin", "Who sees what"] {
        assert!(before.1.body.contains(part), "{part}");
    }
    for path in ["", "/", "/1", "/review", "/thanks", "/closing", "/begin", "/trust"] {
        browser.get(&format!("/s/{}{path}", links[0]));
        browser.send("HEAD", &format!("/s/{}{path}", links[0]));
    }
    assert_eq!(database.dump("invitation"), before.0, "no look begins");
    assert_eq!(browser.post(&format!("/s/{}/begin", links[0]), &[]).status, 403, "nor does a foreign form");
    assert_eq!(database.dump("invitation"), before.0);
    begun(&app, &links[0]).await;
    assert_eq!(browser.get(&format!("/s/{}", links[0])).body, before.1.body, "the same page after it");
    assert_eq!(page_of_noor(&mut app).await, listed, "and the same list");
}

async fn whoever_begins_gets_a_link_of_their_own_and_the_managers_copy_opens_no_answers(database: &Database) {
    let (mut app, pair, _) = open_round(database, Mode::Representative, &LABELS[..2]).await;
    let cycle = app.cycle(&pair).await.id;
    let link = handed(&mut app, cycle).await.remove(0);
    let browser = app.browser().await;
    assert!(open_form(&app.ctx, &link).await.unwrap().is_none(), "no form opens by it before");
    let form_token = browser.get(&format!("/s/{link}")).hidden("form_token");
    let began = press(&browser, &link);
    assert_eq!(began.status, 303, "{}", began.body);
    let own = began.location.unwrap().strip_prefix("/s/").unwrap().to_owned();
    assert_ne!(own, link);
    let page = browser.get(&format!("/s/{own}"));
    assert!(page.body.contains("your own link") && page.body.contains(&own), "{}", page.body);
    app.answer(&own, [1, 2, 3, 4, 5]).await;
    // Whoever kept the handed-out link reads and gives no answer with it.
    let again = press(&browser, &link);
    assert_eq!((again.status, again.location), (409, None));
    assert!(again.body.contains("ask whoever of Brightwater") && !again.body.contains(&own));
    for path in ["/1", "/review", "/thanks"] {
        let page = browser.get(&format!("/s/{link}{path}"));
        assert!(!page.body.contains(" checked") && !page.body.contains("saved"), "{}", page.body);
    }
    let fields = [("form_token", form_token.as_str()), ("choice", "5"), ("then", "next")];
    assert_eq!(browser.post(&format!("/s/{link}/1"), &fields).status, 409);
    assert!(app.save(&link, "communication", Some(5)).await.is_err());
    assert!(open_form(&app.ctx, &link).await.unwrap().is_none(), "nor after it");
    let given = open_form(&app.ctx, &own).await.unwrap().unwrap().response.answers;
    assert_eq!(given["communication"], Some(2));
    assert!(!database.dump("invitation").contains(&own), "only its digest is stored");
    assert!(database.dump("invitation").contains(&secrets::digest(&own)));
}

async fn many_presses_at_the_same_moment_give_one_link(database: &Database) {
    let (mut app, pair, _) = open_round(database, Mode::Representative, &LABELS[..2]).await;
    let cycle = app.cycle(&pair).await.id;
    let link = handed(&mut app, cycle).await.remove(0);
    let base = app.address().await;
    let form_token = Client::new(&base).get(&format!("/s/{link}")).hidden("form_token");
    let mut statuses: Vec<u16> = std::thread::scope(|scope| {
        let press = || {
            let fields = [("form_token", form_token.as_str())];
            Client::new(&base).post(&format!("/s/{link}/begin"), &fields).status
        };
        let presses: Vec<_> = (0..20).map(|_| scope.spawn(press)).collect();
        presses.into_iter().map(|own| own.join().unwrap()).collect()
    });
    statuses.sort_unstable();
    assert_eq!((statuses[0], &statuses[1..]), (303, &[409; 19][..]));
}

async fn a_fresh_link_starts_empty_and_the_former_one_says_so(database: &Database) {
    starts_empty_in(database, Mode::Representative, &LABELS[..2]).await;
}

async fn a_fresh_link_starts_empty_and_the_former_one_says_so_also_in_anonymous_mode(database: &Database) {
    starts_empty_in(database, Mode::Anonymous, &LABELS).await;
}

async fn starts_empty_in(database: &Database, mode: Mode, labels: &[&str]) {
    let (mut app, pair, _) = open_round(database, mode, labels).await;
    let cycle = app.cycle(&pair).await.id;
    let links = handed(&mut app, cycle).await;
    // A program that presses every button has begun, and answered.
    let browser = app.browser().await;
    let wrong = press(&browser, &links[0]).location.unwrap().replace("/s/", "");
    app.answer(&wrong, [1; 5]).await;
    let mut sorted = labels.to_vec();
    sorted.sort_unstable();
    let whose = member(database, sorted[0]);
    let asked = ask_fresh(&mut app, cycle, "noor", &whose).await;
    assert_eq!(asked.status, 303, "{}", asked.body);
    app.tick().await;
    let told = app.mails();
    assert_eq!(told.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), ["mara@example.org"]);
    assert!(told[0].flat().contains("A fresh link to 2026-Q4 was asked for"), "{}", told[0].text);
    assert!(database.dump("audit").contains("fresh link asked"));
    for old in [&wrong, &links[0]] {
        let page = browser.get(&format!("/s/{old}"));
        assert!(page.body.contains("A new link was issued in your place on Tue 1 Dec"), "{}", page.body);
        assert!(app.save(old, "communication", Some(2)).await.is_err());
    }
    let fresh = handed(&mut app, cycle).await;
    assert_ne!(fresh[0], links[0]);
    assert_eq!(fresh[1..], links[1..]);
    let own = begun(&app, &fresh[0]).await;
    assert!(open_form(&app.ctx, &own).await.unwrap().unwrap().response.answers.is_empty(), "{mode}");
    app.answer(&own, [5; 5]).await;
    let table = if mode == Mode::Anonymous { "ballot" } else { "response" };
    assert_eq!(database.texts(&format!("SELECT answers AS line FROM {table}")).len(), 1, "{mode}");
}

async fn after_sending_no_fresh_link_is_issued_and_the_asking_is_told(database: &Database) {
    stays_when_sent_in(database, Mode::Representative, &LABELS[..2]).await;
}

async fn after_sending_no_fresh_link_is_issued_and_the_asking_is_told_also_in_anonymous_mode(
    database: &Database,
) {
    stays_when_sent_in(database, Mode::Anonymous, &LABELS).await;
}

async fn stays_when_sent_in(database: &Database, mode: Mode, labels: &[&str]) {
    let (mut app, pair, _) = open_round(database, mode, labels).await;
    let cycle = app.cycle(&pair).await.id;
    let links = handed(&mut app, cycle).await;
    let own = begun(&app, &links[0]).await;
    app.answer(&own, [2; 5]).await;
    app.send(&own).await;
    let mut sorted = labels.to_vec();
    sorted.sort_unstable();
    let whose = member(database, sorted[0]);
    assert_eq!(ask_fresh(&mut app, cycle, "noor", &whose).await.status, 409);
    app.tick().await;
    assert_eq!(app.recipients(), ["mara"], "who asks is seen, whatever came of it");
    assert_eq!(handed(&mut app, cycle).await, links);
    let given = open_form(&app.ctx, &own).await.unwrap().unwrap().response.answers;
    assert_eq!(given["joint_kpi"], Some(2), "{mode}");
}

async fn the_close_counts_these_answers_as_all_others(database: &Database) {
    let (mut app, pair, mails) = open_round(database, Mode::Named, &LABELS[..2]).await;
    let cycle = app.cycle(&pair).await.id;
    app.answer(&mails[0].survey_token(), [4; 5]).await;
    for (link, level) in handed(&mut app, cycle).await.iter().zip([2, 3]) {
        let own = begun(&app, link).await;
        app.answer(&own, [level; 5]).await;
    }
    app.at(CLOSE).await;
    let card = app.scorecard(cycle).await.unwrap();
    let mean = card.indicator("communication").unwrap().cell.side(pair.sides[1]).unwrap().mean;
    assert_eq!(mean, Some(2.5));
    let read = app.ctx.store.read(move |conn| responses::with_names(conn, cycle)).await.unwrap();
    let mut names: Vec<(&str, &str)> =
        read.iter().map(|own| (own.respondent.as_str(), own.shown_name())).collect();
    names.sort_unstable();
    let labels = [("Plant seven", "Plant seven"), ("QA lead", "QA lead"), ("ada@example.org", "Ada")];
    assert_eq!(names, labels, "in named mode a label is what an address is for others");
    let browser = app.signed_in("mara@example.org").await;
    let page = browser.get(&format!("/partnerships/{}", pair.id)).body;
    assert!(page.contains("2 of 2 answered, handed out 2 links itself"), "{page}");
    let trust = browser.get(&format!("/partnerships/{}/trust", pair.id)).body;
    assert!(trust.contains("Brightwater gives no address of 2 of its people"), "{trust}");
    assert_eq!(app.recipients(), ["ada", "mara", "noor", "noor"].map(str::to_owned)[1..3].to_vec());
}

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

async fn after_an_anonymous_close_nothing_tells_who_began(database: &Database) {
    let (mut app, pair, mails) = open_round(database, Mode::Anonymous, &LABELS).await;
    let cycle = app.cycle(&pair).await.id;
    for mail in mails.iter().filter(|mail| mail.text.contains("/s/")) {
        app.answer(&mail.survey_token(), [4; 5]).await;
    }
    let links = handed(&mut app, cycle).await;
    let mut own = Vec::new();
    for link in &links[..5] {
        own.push(begun(&app, link).await);
        app.answer(own.last().unwrap(), [3; 5]).await;
    }
    app.send(&own[0]).await;
    app.at(CLOSE).await;
    app.mails();
    assert!(app.scorecard(cycle).await.unwrap().indicator("joint_kpi").is_some());
    let begun = database.texts("SELECT id AS line FROM invitation WHERE begun");
    assert_eq!(begun, Vec::<String>::new());
    let salts = "SELECT id AS line FROM invitation WHERE handed_salt IS NOT NULL OR salt IS NOT NULL";
    assert_eq!(database.texts(salts), Vec::<String>::new());
    let files = Evidence::of(database, &app);
    for own in &own {
        assert_eq!(files.places(&secrets::ballot_key(own, &cycle.to_string())), []);
    }
    // What the manager kept opens the same page for those who began and those who did not.
    let browser = app.browser().await;
    let page = |n: usize| browser.get(&format!("/s/{}", links[n]));
    assert_eq!((page(0).status, page(0).body), (page(5).status, page(5).body));
    assert!(page(5).body.contains("has closed"));
}

async fn an_erased_label_stands_nowhere_any_more(database: &Database) {
    let (mut app, pair, _) = open_round(database, Mode::Representative, &LABELS[..2]).await;
    let cycle = app.cycle(&pair).await.id;
    let link = handed(&mut app, cycle).await.remove(0);
    let own = begun(&app, &link).await;
    app.answer(&own, [2; 5]).await;
    assert!(!Evidence::of(database, &app).places("Plant seven").is_empty());
    let key = format!("label:{}:plant seven", pair.sides[1]);
    let person = app.ctx.store.read(move |conn| people::find_by_email(conn, &key)).await.unwrap().unwrap();
    erase_person(&app.ctx, "test", person.id, None, app.now()).await.unwrap();
    app.tick().await;
    let after = Evidence::of(database, &app);
    for text in ["Plant seven", "plant seven"] {
        assert_eq!(after.places(text), [], "{text}");
    }
    let browser = app.browser().await;
    for token in [&link, &own] {
        assert_eq!(browser.get(&format!("/s/{token}")).status, 404);
    }
    assert_eq!(handed(&mut app, cycle).await.len(), 1);
    app.mails();
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
    use evenkeel::domain::partnership::MemberRoles;
    use evenkeel::workflow::set_up::{self, MemberInput};
    use evenkeel::workflow::succession;
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
