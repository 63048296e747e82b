//! Links that a side hands out itself: what its manager can do with them, and what nobody can.

use evenkeel::domain::ids::{CycleId, PersonId};
use evenkeel::domain::mode::Mode;
use evenkeel::secrets;
use evenkeel::store::{people, responses};
use evenkeel::workflow::erase_person::erase_person;
use evenkeel::workflow::handout::{self, Begun};
use evenkeel::workflow::proposals::Speaker;
use evenkeel::workflow::save_response::open_form;

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
    after_an_anonymous_close_nothing_tells_who_began,
    an_erased_label_stands_nowhere_any_more,
);

pub(super) const OPEN: &str = "2026-12-01T08:00:00Z";
const CLOSE: &str = "2026-12-10T16:00:00Z";
pub(super) const NORTH: [&str; 6] = ["Ada", "Ali", "Ana", "Ari", "Asa", "Axel"];
pub(super) const LABELS: [&str; 6] =
    ["Plant seven", "QA lead", "Buyer 12", "Night shift", "Legal", "Zebra desk"];

pub(super) fn noor(pair: &Pair, person: PersonId) -> Speaker {
    Speaker { actor: person.to_string(), side: Some(pair.sides[1]) }
}

/// Northmoor gives addresses, Brightwater does so for `named` and hands out links to `labels`.
pub(super) async fn house(
    database: &Database,
    mode: Mode,
    named: &[&str],
    labels: &[&str],
) -> (TestApp, Pair) {
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

pub(super) async fn open_round(
    database: &Database,
    mode: Mode,
    labels: &[&str],
) -> (TestApp, Pair, Vec<Mail>) {
    let (app, pair) = house(database, mode, &[], labels).await;
    app.at(OPEN).await;
    let mails = app.mails();
    (app, pair, mails)
}

/// The secrets of the links on the manager's page, by label.
pub(super) async fn handed(app: &mut TestApp, cycle: CycleId) -> Vec<String> {
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

pub(super) fn member(database: &Database, label: &str) -> String {
    let sql = format!(
        "SELECT m.id AS line FROM member m JOIN person p ON p.id = m.person_id WHERE p.name = '{label}'"
    );
    database.texts(&sql).remove(0)
}

/// Asks for a fresh link, as somebody who is signed in.
pub(super) async fn ask_fresh(app: &mut TestApp, cycle: CycleId, who: &str, member: &str) -> Answer {
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
        assert!(page.body.contains("Begin") && !page.body.contains("choice"), "{}", page.body);
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
