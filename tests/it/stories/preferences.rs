//! Fewer letters, or none: what a respondent chooses behind the link in a survey letter, and what follows for their side.

use evenkeel::domain::mode::Mode;
use evenkeel::workflow::{preferences, set_up};

use crate::support::http::{Answer, Client};
use crate::support::{Database, Mail, Pair, Side, TestApp};

on_both!(
    one_press_in_a_mail_program_ends_the_letters_and_the_managers_are_told,
    mail_programs_may_send_the_press_in_parts,
    looking_and_saving_the_page_as_it_is_change_nothing,
    whoever_wants_invitations_only_is_not_reminded,
    somebody_who_is_not_the_right_person_says_so_and_gets_no_letters,
    a_letter_that_nobody_wants_any_more_is_not_sent,
    a_link_that_this_server_did_not_make_shows_the_page_of_all_bad_links,
    the_link_works_for_a_year_and_not_for_ever,
    the_link_ends_when_the_address_changes_and_the_next_letter_brings_another,
    the_link_ends_when_its_person_is_erased,
);

/// Ada answers in two partnerships; the first check is open in both.
async fn house(database: &Database) -> (TestApp, [Pair; 2], Vec<Mail>) {
    let app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let one =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    let two =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Clearlake", "Cleo", &["Cem"])]).await;
    for pair in [&one, &two] {
        app.quarterly(pair, Mode::Representative).await;
    }
    app.at("2026-12-01T08:00:00Z").await;
    let mails = app.mails();
    assert_eq!(mails[0].to, "ada@example.org");
    (app, [one, two], mails)
}

/// The fields of the page as a browser would post them, with changes: `None` takes a field out.
fn fields(page: &Answer, changes: &[(&str, Option<&str>)]) -> Vec<(String, String)> {
    let mut all = vec![("form_token".to_owned(), page.hidden("form_token"))];
    for input in page.body.split("<input ").skip(1).filter(|own| own.contains(" checked")) {
        let of = |name: &str| {
            input.split(&format!("{name}=\"")).nth(1).unwrap().split('"').next().unwrap().to_owned()
        };
        all.push((of("name"), of("value")));
    }
    for (name, value) in changes {
        all.retain(|(own, _)| own != name);
        all.extend(value.map(|value| ((*name).to_owned(), value.to_owned())));
    }
    all
}

fn post(browser: &Client, link: &str, fields: &[(String, String)]) -> Answer {
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post(link, &fields)
}

/// The names of the fields that begin so, in the order of the page.
fn named(page: &Answer, beginning: &str) -> Vec<String> {
    let mut found: Vec<String> = page
        .body
        .split("name=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .filter(|name| name.starts_with(beginning))
        .collect();
    found.dedup();
    found
}

async fn one_press_in_a_mail_program_ends_the_letters_and_the_managers_are_told(database: &Database) {
    let (mut app, _, mails) = house(database).await;
    let (address, how) = mails[0].unsubscribe.clone();
    let link = mails[0].letters_link();
    assert_eq!(
        (address.as_str(), how.as_str()),
        (format!("<{link}>").as_str(), "List-Unsubscribe=One-Click")
    );
    let browser = app.browser().await;
    let done = browser.post(&link, &[("List-Unsubscribe", "One-Click")]);
    assert!(done.status == 200 && done.body.contains("You get no more survey letters."), "{}", done.body);
    app.tick().await;
    let told = app.mails();
    assert_eq!(told.len(), 1, "one letter about both partnerships");
    assert_eq!(told[0].to, "mara@example.org");
    assert_eq!(told[0].flat().matches("Ada of your side wants no survey letters any more.").count(), 2);
    // Again is no news, and nobody is reminded who wants no letters.
    browser.post(&link, &[("List-Unsubscribe", "One-Click")]);
    app.at("2026-12-04T08:00:00Z").await;
    assert_eq!(app.recipients(), ["ben", "cem"]);
    // The links that Ada has go on working, and her answers count.
    app.answer(&mails[0].survey_tokens()[0], [4; 5]).await;
    assert!(browser.get(&link).body.contains("value=\"none\" checked"));
}

async fn mail_programs_may_send_the_press_in_parts(database: &Database) {
    let (mut app, _, mails) = house(database).await;
    let (browser, link) = (app.browser().await, mails[0].letters_link());
    let long = "x".repeat(70_000);
    for (fields, status) in [
        (vec![("List-Unsubscribe", long.as_str())], 413),
        (vec![("List-Unsubscribe", "no")], 403),
        (vec![("List-Unsubscribe", "One-Click")], 200),
    ] {
        let answer = browser.post_parts(&link, &fields);
        assert_eq!(answer.status, status, "{}", answer.body);
    }
    app.tick().await;
    assert_eq!(app.recipients(), ["mara"], "the managers are told");
    assert!(browser.get(&link).body.contains("value=\"none\" checked"));
}

async fn looking_and_saving_the_page_as_it_is_change_nothing(database: &Database) {
    let (mut app, _, mails) = house(database).await;
    let (browser, link) = (app.browser().await, mails[0].letters_link());
    let page = browser.get(&link);
    assert_eq!((page.status, named(&page, "letters-").len()), (200, 2));
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    let saved = post(&browser, &link, &fields(&page, &[]));
    assert_eq!(saved.status, 303);
    // A form from elsewhere does nothing.
    let foreign = post(&browser, &link, &fields(&page, &[("form_token", Some("x"))]));
    assert_eq!(foreign.status, 403);
    app.at("2026-12-04T08:00:00Z").await;
    assert_eq!(app.recipients(), ["ada", "ben", "cem"], "everybody is reminded as before");
}

async fn whoever_wants_invitations_only_is_not_reminded(database: &Database) {
    let (mut app, _, mails) = house(database).await;
    let (browser, link) = (app.browser().await, mails[0].letters_link());
    let page = browser.get(&link);
    let first = named(&page, "letters-").remove(0);
    let saved = post(&browser, &link, &fields(&page, &[(&first, Some("invitations"))]));
    assert!(browser.get(&saved.location.unwrap()).body.contains("Saved."));
    app.at("2026-12-04T08:00:00Z").await;
    let mails = app.mails();
    assert_eq!(
        mails.iter().map(|own| own.to.as_str()).collect::<Vec<_>>(),
        ["ada@example.org", "ben@example.org", "cem@example.org"]
    );
    assert_eq!(mails[0].survey_tokens().len(), 1, "of the other partnership only");
    let odd = post(&browser, &link, &fields(&page, &[(&first, Some("sometimes"))]));
    assert!(
        odd.status == 422 && odd.body.contains("is not a choice of letters"),
        "{} {}",
        odd.status,
        odd.body
    );
    app.at("2027-03-02T08:00:00Z").await;
    let invited = app.mails();
    let ada = invited.iter().find(|own| own.to == "ada@example.org" && own.subject.starts_with("2 "));
    assert!(
        ada.is_some(),
        "invited to the next checks of both: {:?}",
        invited.iter().map(|m| (&m.to, &m.subject)).collect::<Vec<_>>()
    );
}

async fn somebody_who_is_not_the_right_person_says_so_and_gets_no_letters(database: &Database) {
    let (mut app, [one, _], mails) = house(database).await;
    let (browser, link) = (app.browser().await, mails[0].letters_link());
    let page = browser.get(&link);
    let not_me = named(&page, "not-me-").remove(0);
    post(&browser, &link, &fields(&page, &[(&not_me, Some("yes"))]));
    app.tick().await;
    let told = app.mails();
    assert_eq!((told.len(), told[0].to.as_str()), (1, "mara@example.org"));
    assert!(
        told[0].flat().contains("Ada says that somebody else of your side should be asked."),
        "{}",
        told[0].text
    );
    assert!(told[0].text.contains(&format!("/partnerships/{}", one.id)));
    app.at("2026-12-04T08:00:00Z").await;
    let mails = app.mails();
    assert_eq!(mails[0].survey_tokens().len(), 1, "Ada hears of the other partnership only");
}

async fn a_letter_that_nobody_wants_any_more_is_not_sent(database: &Database) {
    let (app, _, mails) = house(database).await;
    let link = mails[0].letters_link();
    let ada = preferences::open(&app.ctx, link.rsplit('/').next().unwrap(), app.now())
        .await
        .unwrap()
        .unwrap()
        .person
        .id;
    // The reminder is written, and has not left.
    app.clock.jump_to(crate::support::utc("2026-12-04T08:00:00Z"));
    app.worker.run_due(app.now()).await.unwrap();
    preferences::stop_all(&app.ctx, ada, app.now()).await.unwrap();
    app.tick().await;
    assert_eq!(app.recipients(), ["ben", "cem", "mara"]);
}

async fn a_link_that_this_server_did_not_make_shows_the_page_of_all_bad_links(database: &Database) {
    let (mut app, _, mails) = house(database).await;
    let (browser, link) = (app.browser().await, mails[0].letters_link());
    let bad = browser.get("/s/nothing").body;
    let (stem, last) = link.split_at(link.len() - 1);
    for wrong in [
        format!("{stem}{}", if last == "a" { "b" } else { "a" }),
        format!("{link}a"),
        "/m/".to_owned(),
        "/m/x/y".to_owned(),
    ] {
        let page = browser.get(&wrong);
        assert_eq!((page.status, page.body == bad), (404, true), "{wrong}");
        assert_eq!(browser.post(&wrong, &[("List-Unsubscribe", "One-Click")]).status, 404, "{wrong}");
    }
}

/// Opened and pressed, a link is good or like any bad one.
fn is_good(browser: &Client, link: &str) -> bool {
    let (opened, pressed) = (browser.get(link), browser.post(link, &[("List-Unsubscribe", "One-Click")]));
    assert_eq!(opened.status, pressed.status);
    if opened.status == 404 {
        assert_eq!(opened.body, browser.get("/m/nothing").body);
        assert_eq!(pressed.body, opened.body);
    }
    opened.status == 200
}

async fn the_link_works_for_a_year_and_not_for_ever(database: &Database) {
    let (mut app, _, mails) = house(database).await;
    let (browser, link) = (app.browser().await, mails[0].letters_link());
    // The letter is of 1 December 2026.
    app.clock.jump_to(crate::support::utc("2027-12-31T23:59:59Z"));
    assert!(is_good(&browser, &link), "after thirteen months");
    app.clock.jump_to(crate::support::utc("2028-01-01T00:00:00Z"));
    assert!(!is_good(&browser, &link), "another year began");
}

async fn the_link_ends_when_the_address_changes_and_the_next_letter_brings_another(database: &Database) {
    let (mut app, _, mails) = house(database).await;
    let (browser, link) = (app.browser().await, mails[0].letters_link());
    let ada = app.person("Ada").await;
    let input = set_up::PersonInput {
        email: "ada@brightwater.example".to_owned(),
        name: "Ada".to_owned(),
        zone: "Europe/Berlin".to_owned(),
        administrator: false,
    };
    set_up::change_person(&app.ctx, "test", ada, &input, None, app.now()).await.unwrap();
    assert!(!is_good(&browser, &link));
    app.at("2026-12-04T08:00:00Z").await;
    let mails = app.mails();
    let own = mails.iter().find(|own| own.to == "ada@brightwater.example").expect("a reminder");
    assert!(is_good(&browser, &own.letters_link()) && !is_good(&browser, &link));
    app.tick().await;
    assert_eq!(app.recipients(), ["mara"], "told of the press behind the new link only");
}

async fn the_link_ends_when_its_person_is_erased(database: &Database) {
    let (mut app, _, mails) = house(database).await;
    let (browser, link) = (app.browser().await, mails[0].letters_link());
    let full = app.full_program().await;
    let ada = app.person("Ada").await;
    let gone = full.send("DELETE", &format!("/people/{ada}"), &[], None);
    assert_eq!(gone.status, 200, "{}", gone.text);
    assert!(!is_good(&browser, &link));
    app.tick().await;
    app.mails();
}
