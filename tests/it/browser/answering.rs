//! Answering: by keyboard only, over a line that breaks, coming back; with scripts and without.

use evenkeel::workflow::save_response::open_form;
use serde_json::{Value, json};

use super::open_round;
use crate::support::webdriver::{Browser, DOWN, Device, ENTER, TAB};
use crate::support::{Database, QUESTIONS, TestApp, wait_until};

/// What is saved behind a link, in the order of the questions; `-` where nothing is.
async fn saved(app: &TestApp, token: &str) -> String {
    let form = open_form(&app.ctx, token).await.unwrap().unwrap();
    let sign = |question: &&str| match form.response.answers.get(*question) {
        Some(Some(n)) => n.to_string(),
        Some(None) => "n".to_owned(),
        None => "-".to_owned(),
    };
    QUESTIONS.iter().map(sign).collect()
}

/// Whether the page would ask before it is left.
fn holds_back(browser: &Browser) -> Value {
    browser.ask("!window.dispatchEvent(new Event('beforeunload', { cancelable: true }))")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_form_is_answered_by_keyboard_only() {
    let database = Database::sqlite();
    let (app, form, _, token) = open_round(&database).await;
    let browser = Browser::start(Device::Desktop, database.folder());
    browser.open(&form);
    browser.tab_to("Start");
    browser.press(ENTER);
    browser.wait_for("1 of 5");
    wait_until("a new screen has the focus on its heading", || browser.focused().starts_with("H1"));

    // Going on without an answer leads to what is wrong, and from there to the answers.
    browser.tab_to("choice");
    browser.press(ENTER);
    browser.wait_for("Choose one of the answers");
    assert!(browser.ask("document.title").as_str().is_some_and(|title| title.starts_with("Error: ")));
    wait_until("the focus is on what is wrong", || browser.focused().starts_with("P  problem"));
    browser.press(TAB);
    browser.press(ENTER);
    wait_until("the link leads to the first answer", || browser.focused().starts_with("INPUT choice"));

    for (question, (downs, answer)) in [(1, "4"), (0, "5"), (4, "1"), (5, "n"), (2, "3")].iter().enumerate() {
        browser.wait_for(&format!("{} of 5", question + 1));
        if question > 0 {
            browser.tab_to("choice");
        }
        browser.press(" ");
        browser.press(&DOWN.repeat(*downs));
        let title = browser.ask("document.title");
        assert!(title.as_str().is_some_and(|own| own.contains(&format!("question {} of 5", question + 1))));
        browser.press(ENTER);
        let next = if question < 4 {
            format!("{} of 5", question + 2)
        } else {
            "All five answers are saved".to_owned()
        };
        browser.wait_for(&next);
        assert_eq!(
            saved(&app, &token).await.chars().nth(question).map(String::from).as_deref(),
            Some(*answer)
        );
    }
    browser.tab_to("Send");
    browser.press(ENTER);
    browser.wait_for("You can change any of them until");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_chosen_while_the_line_is_cut_is_kept_said_and_saved_when_it_is_back() {
    let database = Database::sqlite();
    let (app, form, _, token) = open_round(&database).await;
    let browser = Browser::start(Device::Phone, database.folder());
    browser.open(&format!("{form}/1"));
    browser.click(".choices label:has(input[value='2'])");
    browser.wait_for("Saved ");
    assert_eq!(holds_back(&browser), false);

    browser.offline(true);
    browser.click(".choices label:has(input[value='3'])");
    browser.wait_for("Not saved: ");
    browser.wait_for("kept in this tab");
    assert_eq!(browser.ask("document.getElementById('unsaved').getAttribute('role')"), "alert");
    assert_eq!(holds_back(&browser), true, "leaving would lose it");
    browser.click(".choices label:has(input[value='4'])");
    browser.click("form#item button.main");
    browser.wait_for("Not saved: ");
    assert!(browser.ask("location.pathname").as_str().is_some_and(|path| path.ends_with("/1")), "it waits");
    assert_eq!(saved(&app, &token).await, "2----");

    browser.offline(false);
    browser.wait_for("2 of 5");
    assert_eq!(saved(&app, &token).await, "4----", "the newest choice, and only that");
    assert_eq!(holds_back(&browser), false);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_saved_before_a_reload_is_saved_after_it() {
    let database = Database::sqlite();
    let (app, form, _, token) = open_round(&database).await;
    let browser = Browser::start(Device::Phone, database.folder());
    browser.open(&format!("{form}/review"));
    let base = format!("/s/{token}");
    let kept = json!({ "tab": "tab", "n": 1, "wait": { format!("{base}/2"): { "n": 1, "fields": { "choice": "5" } } } });
    browser.ask(&format!("sessionStorage.setItem({base:?}, {:?})", kept.to_string()));
    browser.open(&format!("{form}/2"));
    browser.wait_for("Saved ");
    assert_eq!(browser.ask("document.querySelector('input[value=\"5\"]').checked"), true);
    assert_eq!(saved(&app, &token).await, "-5---");
    // Nothing stays on a device that others may use.
    assert_eq!(browser.ask("localStorage.length"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn sending_waits_for_the_line() {
    let database = Database::sqlite();
    let (app, form, _, token) = open_round(&database).await;
    app.answer(&token, [3, 3, 3, 3, 3]).await;
    let browser = Browser::start(Device::Phone, database.folder());
    browser.open(&format!("{form}/review"));
    browser.wait_for("All five answers are saved");
    browser.offline(true);
    browser.click("form#send button.main");
    browser.wait_for("Not sent: there is no connection");
    browser.offline(false);
    browser.wait_for("You can change any of them until");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_whose_line_broke_without_scripts_comes_back_and_finishes() {
    let database = Database::sqlite();
    let (app, form, _, token) = open_round(&database).await;
    let browser = Browser::start(Device::PhoneWithoutScripts, database.folder());
    let choose = |answer: u8| {
        browser.click(&format!(".choices label:has(input[value='{answer}'])"));
        browser.click("form#item button.main");
    };
    browser.open(&form);
    browser.click("a.btn.main");
    for question in 1..=3 {
        browser.wait_for(&format!("{question} of 5"));
        choose(4);
    }
    browser.wait_for("4 of 5");
    browser.offline(true);
    choose(1);
    wait_until("the browser says that it has no line", || !browser.text().contains("4 of 5"));
    browser.offline(false);
    browser.open(&form);
    browser.wait_for("3 of 5 saved");
    assert_eq!(saved(&app, &token).await, "444--");
    browser.wait_for("Go on with question 4");
    browser.click("a.btn.main");
    for question in 4..=5 {
        browser.wait_for(&format!("{question} of 5"));
        choose(2);
    }
    browser.wait_for("Send");
    browser.click("form[action$='/send'] button.main");
    browser.wait_for("You can change any of them until");
    assert_eq!(saved(&app, &token).await, "44422");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_answer_after_sending_counts_and_the_page_says_so() {
    let database = Database::sqlite();
    let (app, form, _, token) = open_round(&database).await;
    app.answer(&token, [3, 3, 3, 3, 3]).await;
    app.send(&token).await;
    let browser = Browser::start(Device::Phone, database.folder());
    browser.open(&form);
    browser.wait_for("All five answers are in");
    browser.click("dl.lines a");
    browser.wait_for("1 of 5");
    browser.click(".choices label:has(input[value='5'])");
    browser.wait_for("Saved ");
    browser.click("form#item button.main");
    browser.wait_for("Sent before; every change is saved and counts");
    assert_eq!(saved(&app, &token).await, "53333");
}
