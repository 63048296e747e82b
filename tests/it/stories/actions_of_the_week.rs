//! Actions between two checks: the weekly letter, and what whoever is to do one says behind its link.

use evenkeel::domain::ids::ActionId;
use evenkeel::domain::review::ActionState;
use evenkeel::store::reviews::{self, Action};
use serde_json::json;

use crate::support::http::Client;
use crate::support::reviewed::{House, house};
use crate::support::{Database, Mail};

on_both!(
    an_action_is_told_of_on_the_monday_of_its_week_and_again_while_it_is_overdue,
    an_action_that_nobody_does_is_told_to_the_managers_of_its_side,
    looking_and_a_bare_press_change_nothing,
    whoever_does_it_says_that_it_is_done,
    whoever_does_it_puts_it_off,
    whoever_does_it_gives_it_back_and_the_link_ends,
    a_link_that_leads_nowhere_looks_like_any_other,
);

/// The link in a letter about actions.
fn link(mail: &Mail) -> String {
    let word = mail.text.split_whitespace().find(|word| word.contains("/a/"));
    let word = word.unwrap_or_else(|| panic!("{}", mail.text));
    word[word.find("/a/").unwrap()..].to_owned()
}

/// Ben is to call the ops lead until Friday, 15 January 2027; told on the Monday before.
async fn told(house: &House) -> (String, String) {
    let action = promised(house, "2027-01-15").await;
    house.app.at("2027-01-11T06:59:59Z").await;
    house.app.mails();
    house.app.at("2027-01-11T07:00:00Z").await;
    let mails = house.app.mails();
    assert_eq!(mails.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), ["ben@example.org"]);
    assert_eq!(mails[0].subject, "Northmoor × Brightwater: an action is due this week");
    assert!(
        mails[0].flat().contains("Call the ops lead. It is due on Fri 15 Jan 2027, promised by Brightwater.")
    );
    (action, link(&mails[0]))
}

async fn promised(house: &House, due_on: &str) -> String {
    let ben = house.app.person("Ben").await;
    let made = house.answer_all(due_on);
    let named = house.bright.json("PATCH", &made, &json!({"owner": ben}));
    assert_eq!(named.status, 200, "{}", named.text);
    made.trim_start_matches("/actions/").to_owned()
}

async fn stored(house: &House, action: &str) -> Action {
    let id: ActionId = action.parse().unwrap();
    house.app.ctx.store.read(move |conn| reviews::find_action(conn, id)).await.unwrap().unwrap()
}

/// The form token of the page behind a link.
fn form_token(browser: &Client, link: &str) -> String {
    let page = browser.get(link);
    assert_eq!(page.status, 200, "{}", page.body);
    let (_, rest) = page.body.split_once("name=\"form_token\" value=\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

async fn an_action_is_told_of_on_the_monday_of_its_week_and_again_while_it_is_overdue(database: &Database) {
    let house = house(database).await;
    let next = |at: &'static str| {
        let worker = house.app.worker.clone();
        async move { worker.next_event(at.parse().unwrap()).await.unwrap().unwrap().to_rfc3339() }
    };
    told(&house).await;
    house.app.at("2027-01-17T10:00:00Z").await;
    assert_eq!(house.app.mails().len(), 0, "once a week");
    assert_eq!(next("2027-01-17T10:00:00Z").await, "2027-01-18T07:00:00+00:00");
    house.app.at("2027-01-18T07:00:00Z").await;
    let mails = house.app.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].subject, "Northmoor × Brightwater: an action is overdue");
    assert!(mails[0].flat().contains("It was due on Fri 15 Jan 2027"), "{}", mails[0].text);
}

async fn an_action_that_nobody_does_is_told_to_the_managers_of_its_side(database: &Database) {
    let house = house(database).await;
    house.answer_all("2027-01-15");
    house.app.at("2027-01-11T06:00:00Z").await;
    house.app.mails();
    house.app.at("2027-01-11T07:00:00Z").await;
    let mails = house.app.mails();
    assert_eq!(mails.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), ["noor@example.org"]);
    assert!(mails[0].flat().contains("Nobody is named who does it."), "{}", mails[0].text);
    assert!(mails[0].text.contains("/review") && !mails[0].text.contains("/a/"), "{}", mails[0].text);
}

async fn looking_and_a_bare_press_change_nothing(database: &Database) {
    let mut house = house(database).await;
    let (action, link) = told(&house).await;
    let browser = house.app.browser().await;
    let before = stored(&house, &action).await;
    let page = browser.get(&link);
    assert!(
        page.body.contains("Call the ops lead") && page.body.contains("Northmoor × Brightwater"),
        "{}",
        page.body
    );
    assert!(!page.body.contains(" checked"), "nothing is chosen beforehand: {}", page.body);
    let token = form_token(&browser, &link);
    let bare = browser.post(&link, &[("form_token", &token)]);
    assert!(bare.body.contains("Choose one of the three."), "{}", bare.body);
    let foreign = browser.post(&link, &[("said", "done"), ("form_token", "x")]);
    assert_eq!(foreign.status, 403, "{}", foreign.body);
    let after = stored(&house, &action).await;
    assert_eq!((after.state, after.due_on, after.owner_id), (before.state, before.due_on, before.owner_id));
}

async fn whoever_does_it_says_that_it_is_done(database: &Database) {
    let mut house = house(database).await;
    let (action, link) = told(&house).await;
    let browser = house.app.browser().await;
    let token = form_token(&browser, &link);
    let note = "Agreed <b>on</b> Tuesdays";
    let saved = browser.post(&link, &[("form_token", &token), ("said", "done"), ("note", note)]);
    assert_eq!(saved.status, 303, "{}", saved.body);
    let own = stored(&house, &action).await;
    assert_eq!((own.state, own.note.as_str()), (ActionState::Done, note));
    let page = browser.get(&link);
    assert!(page.body.contains("It is done.") && !page.body.contains("<form"), "{}", page.body);
    assert!(
        page.body.contains("Agreed &#60;b&#62;on") || page.body.contains("Agreed &lt;b&gt;on"),
        "{}",
        page.body
    );
    house.app.at("2027-01-18T07:00:00Z").await;
    assert_eq!(house.app.mails().len(), 0, "nothing is due any more");
}

async fn whoever_does_it_puts_it_off(database: &Database) {
    let mut house = house(database).await;
    let (action, link) = told(&house).await;
    let browser = house.app.browser().await;
    let token = form_token(&browser, &link);
    for (day, wrong) in
        [("", "Say until which day"), ("soon", "Say until which day"), ("2026-01-01", "2027-01-11")]
    {
        let refused =
            browser.post(&link, &[("form_token", &token), ("said", "later"), ("day", day), ("note", "Ill")]);
        assert!(refused.body.contains(wrong), "{day}: {}", refused.body);
        assert!(refused.body.contains("Ill"), "what was typed stays: {}", refused.body);
    }
    let saved = browser.post(&link, &[("form_token", &token), ("said", "later"), ("day", "2027-02-05")]);
    assert_eq!(saved.status, 303, "{}", saved.body);
    let own = stored(&house, &action).await;
    assert_eq!((own.state, own.due_on.to_string().as_str()), (ActionState::Open, "2027-02-05"));
    house.app.at("2027-01-18T07:00:00Z").await;
    assert_eq!(house.app.mails().len(), 0);
    house.app.at("2027-02-01T07:00:00Z").await;
    assert_eq!(house.app.mails().len(), 1, "the week of the new day");
}

async fn whoever_does_it_gives_it_back_and_the_link_ends(database: &Database) {
    let mut house = house(database).await;
    let (action, link) = told(&house).await;
    let browser = house.app.browser().await;
    let token = form_token(&browser, &link);
    let back = browser.post(&link, &[("form_token", &token), ("said", "not_mine"), ("note", "Ask Dana")]);
    assert_eq!(back.status, 200, "{}", back.body);
    assert!(back.body.contains("This link has ended."), "{}", back.body);
    let own = stored(&house, &action).await;
    assert_eq!((own.state, own.owner_id), (ActionState::Open, None));
    house.app.tick().await;
    let mails = house.app.mails();
    assert!(mails.iter().all(|mail| mail.to == "noor@example.org"), "the managers of the side");
    let back =
        mails.iter().find(|own| own.subject == "Northmoor × Brightwater: an action was given back").unwrap();
    assert!(back.flat().contains("nobody does it now: Call the ops lead."), "{}", back.text);
    assert_eq!(browser.get(&link).status, 404);
}

async fn a_link_that_leads_nowhere_looks_like_any_other(database: &Database) {
    let mut house = house(database).await;
    let (_, link) = told(&house).await;
    let browser = house.app.browser().await;
    let unknown = browser.get("/s/unknown");
    let changed = format!("{}{}", &link[..link.len() - 1], if link.ends_with('a') { 'b' } else { 'a' });
    for wrong in ["/a/", "/a/x", "/a/x/y", &changed, &link.to_ascii_uppercase().replace("/A/", "/a/")] {
        let page = browser.get(wrong);
        assert_eq!((page.status, page.body), (404, unknown.body.clone()), "{wrong}");
    }
}
