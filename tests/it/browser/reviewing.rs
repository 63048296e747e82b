//! From "who needs me" to a review that is over, by keyboard; and the owner of an action on a phone.

use evenkeel::clock::real_now;
use evenkeel::domain::partnership::MemberRoles;
use evenkeel::workflow::set_up::{self, MemberInput};
use evenkeel::workflow::sign_in;
use serde_json::json;

use crate::support::Database;
use crate::support::reviewed::{House, house};
use crate::support::webdriver::{Browser, Device, ENTER};

/// Lets somebody in, by keyboard.
async fn enter(house: &mut House, browser: &Browser, name: &str) -> String {
    let start = house.app.address().await;
    let person = house.app.person(name).await;
    let hour = chrono::TimeDelta::hours(1);
    let secret = sign_in::one_time_token(&house.app.ctx, person, hour, real_now()).await.unwrap();
    browser.open(&format!("{start}/login/{secret}"));
    browser.tab_to("BUTTON");
    browser.press(ENTER);
    browser.wait_for("Conflict debt");
    start
}

/// Where the page stands, without what the last act left in the address.
fn place(browser: &Browser) -> (String, String) {
    let told = |what: &str| browser.ask(what).as_str().unwrap_or_default().to_owned();
    (told("location.pathname"), told("location.hash"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_goes_from_a_red_cell_to_a_review_that_is_confirmed_without_a_mouse() {
    let database = Database::sqlite();
    let mut house = house(&database).await;
    let browser = Browser::start(Device::Desktop, database.folder());
    enter(&mut house, &browser, "Mara").await;
    browser.tab_to_link("to its flag");
    let seen = browser.ask("document.activeElement.getBoundingClientRect().height > 40");
    assert_eq!(seen, true, "the whole tile shows where the keyboard is");
    browser.press(ENTER);
    browser.wait_for("Who takes part");
    let flag = format!("#flag-{}", house.act);
    assert_eq!(place(&browser), (format!("/partnerships/{}", house.pair.id), flag.clone()));
    assert!(browser.ask("document.querySelector(':target').innerText").as_str().unwrap().contains("is red"));

    browser.tab_to_link("in the review");
    browser.press(ENTER);
    browser.wait_for("The scorecard");
    assert_eq!(place(&browser), (format!("{}/review", house.cycle), flag));
    browser.tab_to("Discussed, no action");
    browser.press(ENTER);
    browser.wait_for("Mara, Northmoor");

    // The flag to act on needs an action as well.
    house.answer_all("2027-01-15");
    browser.open(&format!("{}{}/review", house.app.address().await, house.cycle));
    browser.tab_to("Confirm for your side");
    browser.press(ENTER);
    browser.wait_for("Northmoor confirmed on");
    house.app.ignore_mails();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_finds_a_partnership_by_its_name_and_by_what_is_low() {
    let database = Database::sqlite();
    let mut house = house(&database).await;
    let browser = Browser::start(Device::Phone, database.folder());
    let start = enter(&mut house, &browser, "Mara").await;
    let rows = "document.querySelectorAll('tr.entry').length";
    // Few partnerships have no search; an address that asks for a part of them brings it.
    browser.open(&format!("{start}/?search=nobody"));
    browser.wait_for("None of 1 partnerships");
    browser.tab_to("Partnership or side");
    browser.ask("document.activeElement.select()");
    browser.press("brightw");
    browser.press(ENTER);
    browser.wait_for("1 of 1 partnerships");
    assert_eq!(browser.ask(rows), 1);
    assert_eq!(browser.ask("document.getElementById('search').value"), "brightw");
    assert_eq!(browser.ask("document.documentElement.scrollWidth <= innerWidth"), true, "nothing sticks out");
    house.app.ignore_mails();
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_to_do_an_action_says_so_on_a_phone_without_an_account() {
    let database = Database::sqlite();
    let mut house = house(&database).await;
    let ben = house.app.person("Ben").await;
    let action = house.answer_all("2027-01-15");
    assert_eq!(house.bright.json("PATCH", &action, &json!({"owner": ben})).status, 200);
    house.app.at("2027-01-11T06:59:59Z").await;
    house.app.mails();
    house.app.at("2027-01-11T07:00:00Z").await;
    let mails = house.app.mails();
    let told = mails.iter().find(|mail| mail.to == "ben@example.org").expect("Ben is told of his action");
    let link = told.text.split_whitespace().find(|word| word.contains("/a/")).expect("a link");
    let start = house.app.address().await;

    let browser = Browser::start(Device::Phone, database.folder());
    browser.open(&format!("{start}{}", &link[link.find("/a/").unwrap()..]));
    browser.wait_for("Call the ops lead");
    assert_eq!(browser.ask("document.documentElement.scrollWidth <= 390"), true, "nothing sticks out");
    browser.click("input[value=done]");
    browser.click("form button.main");
    browser.wait_for("done");
    crate::support::wait_until("the action is done", || house.bright.get(&action).json["state"] == "done");
    house.app.ignore_mails();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_facilitator_writes_what_was_said_and_a_sponsor_reads_it() {
    let database = Database::sqlite();
    let mut house = house(&database).await;
    house.app.ignore_mails();
    let none = MemberRoles::default();
    for (name, side, roles) in [
        ("Finn", None, MemberRoles { facilitator: true, ..none }),
        ("Sven", Some(house.pair.sides[0]), MemberRoles { sponsor: true, ..none }),
    ] {
        let input = MemberInput { person: house.app.person(name).await, side, roles };
        set_up::add_member(&house.app.ctx, "test", house.pair.id, input, house.app.now()).await.unwrap();
    }
    let facilitator = Browser::start(Device::Desktop, database.folder());
    let start = enter(&mut house, &facilitator, "Finn").await;
    let page = format!("{start}{}/review", house.cycle);
    facilitator.open(&page);
    facilitator.tab_to("Write a note");
    facilitator.press(ENTER);
    facilitator.tab_to("TEXTAREA");
    facilitator.press("Both agree that the calls were too few.");
    facilitator.tab_to("BUTTON");
    facilitator.press(ENTER);
    facilitator.wait_for("Finn");
    facilitator.wait_for("Both agree that the calls were too few.");
    assert!(!facilitator.text().contains("Confirm for your side"), "a facilitator has no vote");

    let sponsor = Browser::start(Device::Phone, &database.folder().join("sponsor"));
    enter(&mut house, &sponsor, "Sven").await;
    sponsor.open(&page);
    sponsor.wait_for("Both agree that the calls were too few.");
    assert!(!sponsor.text().contains("Finn"), "who wrote it is told to those who hold the review");
    assert_eq!(sponsor.ask("document.querySelectorAll('main form').length"), 0, "there is nothing to press");
}
