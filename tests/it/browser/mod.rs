//! The pages in a real Chromium, one file for each journey.

mod accessible;
mod answering;
mod gallery;
mod reviewing;
mod setting_up;

use evenkeel::clock::real_now;
use evenkeel::domain::cycle::InvitationState;
use evenkeel::domain::mode::Mode;
use evenkeel::store::invitations;
use evenkeel::workflow::save_response::open_form;
use evenkeel::workflow::sign_in;

use crate::support::webdriver::{Browser, Device};
use crate::support::{Database, Side, TestApp};

/// A round is open, and the doors too; gives the addresses of Ada's form and of the start page.
async fn open_round(database: &Database) -> (TestApp, String, String, String) {
    let mut app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    app.quarterly(&pair, Mode::Representative).await;
    app.at("2026-12-01T08:00:00Z").await;
    let token = app.mails()[0].survey_token();
    let client = app.browser().await;
    assert_eq!(client.get("/livez").status, 200);
    let start = app.ctx.settings.http.public_url.clone();
    (app, format!("{start}/s/{token}"), start, token)
}

/// Answers every question, looks them over and sends.
async fn answer_on(device: Device) {
    let database = Database::sqlite();
    let (app, form, _, token) = open_round(&database).await;
    let browser = Browser::start(device, database.folder());
    browser.open(&form);
    browser.wait_for("Brightwater");
    assert!(
        open_form(&app.ctx, &token).await.unwrap().unwrap().response.answers.is_empty(),
        "looking changes nothing"
    );
    browser.click("a.btn.main");
    for question in 1..=5 {
        browser.wait_for(&format!("{question} of 5"));
        assert_eq!(browser.ask("document.documentElement.scrollWidth <= 390"), true, "nothing sticks out");
        let low = "Array.from(document.querySelectorAll('.choices label')).every(l => l.offsetHeight >= 44)";
        assert_eq!(browser.ask(low), true, "every choice can be hit with a thumb");
        browser.click(&format!(".choices label:has(input[value='{question}'])"));
        browser.click("form#item button.main");
    }
    browser.wait_for("Send");
    browser.click("form[action$='/send'] button.main");
    browser.wait_for("You can change any of them until");
    let answered = open_form(&app.ctx, &token).await.unwrap().unwrap();
    let points: Vec<Option<u8>> =
        answered.asked.instrument.indicators.iter().map(|i| answered.response.answers[&i.id]).collect();
    assert_eq!(points, [1, 2, 3, 4, 5].map(Some));
    let (cycle, person) = (answered.cycle.id, answered.person.id);
    let invitation =
        app.ctx.store.read(move |conn| invitations::of_person(conn, cycle, person)).await.unwrap();
    assert_eq!(invitation.map(|i| i.state), Some(InvitationState::Sent));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_respondent_answers_on_a_phone() {
    answer_on(Device::Phone).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_respondent_answers_on_a_phone_without_scripts() {
    answer_on(Device::PhoneWithoutScripts).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_signs_in_by_mail_and_opens_a_partnership() {
    let database = Database::sqlite();
    let (app, _, start, _) = open_round(&database).await;
    let browser = Browser::start(Device::Desktop, database.folder());
    browser.open(&start);
    browser.fill("input[name=email]", "mara@example.org");
    browser.click("main form button");
    browser.wait_for("link");
    app.tick().await;
    let mut mails = app.mails();
    crate::support::wait_until("the sign-in mail is there", || {
        mails.extend(app.mails());
        !mails.is_empty()
    });
    browser.open(&mails[0].login_link());
    browser.click("main form button");
    // The name stands on two lines: what many rows have in common, and the partner.
    browser.wait_for("Northmoor ×");
    browser.click("main a[href*='/partnerships/']");
    browser.wait_for("Who takes part");
    assert!(browser.ask("location.pathname").as_str().is_some_and(|path| path.starts_with("/partnerships/")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_answers_a_flag_in_a_review_and_comes_back_to_it() {
    let database = Database::sqlite();
    let (app, form, start, token) = open_round(&database).await;
    app.answer(&token, [1, 5, 5, 5, 5]).await;
    app.at("2026-12-10T16:00:00Z").await;
    app.mails();
    let browser = Browser::start(Device::Desktop, database.folder());
    assert!(form.starts_with(&start));
    let cycle = database.texts("SELECT id AS line FROM cycle").remove(0);
    let mara = app.person("Mara").await;
    let secret =
        sign_in::one_time_token(&app.ctx, mara, chrono::TimeDelta::minutes(5), real_now()).await.unwrap();
    browser.open(&format!("{start}/login/{secret}"));
    browser.click("main form button");
    browser.wait_for("Northmoor ×");
    browser.open(&format!("{start}/cycles/{cycle}/review"));
    browser.wait_for("A side was silent");
    browser.click("article details.add summary");
    browser.fill("article details[open] textarea", "We were away.");
    browser.click("article details[open] button");
    browser.wait_for("Mara, Northmoor");
    assert!(browser.ask("location.hash").as_str().is_some_and(|place| place.starts_with("#flag-")));
    assert_eq!(browser.ask("document.querySelector(':target h3').textContent"), "A side was silent");
    assert_eq!(browser.ask("document.documentElement.scrollWidth <= innerWidth"), true, "nothing sticks out");
}
