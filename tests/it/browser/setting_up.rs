//! Setting up a partnership from an empty server to the answer of the other side, by keyboard only.

use evenkeel::clock::real_now;
use evenkeel::domain::ids::PersonId;
use evenkeel::store::people;
use evenkeel::workflow::set_up::{self, PersonInput};
use evenkeel::workflow::sign_in;

use crate::support::webdriver::{Browser, Device, ENTER};
use crate::support::{Database, Mail, TestApp, wait_until};

/// Lets somebody in, by keyboard.
async fn enter(app: &TestApp, browser: &Browser, start: &str, person: PersonId) {
    let hour = chrono::TimeDelta::hours(1);
    let secret = sign_in::one_time_token(&app.ctx, person, hour, real_now()).await.unwrap();
    browser.open(&format!("{start}/login/{secret}"));
    browser.tab_to("BUTTON");
    browser.press(ENTER);
}

/// Adds a member to a side: the fields have the prefix of its form.
fn add_member(browser: &Browser, side: &str, prefix: &str, (email, name): (&str, &str)) {
    browser.tab_to(&format!("to {side}"));
    browser.press(ENTER);
    browser.tab_to(&format!("email {prefix}"));
    browser.press(email);
    browser.tab_to(&format!("name {prefix}"));
    browser.press(name);
    browser.tab_to("anager");
    browser.press(" ");
    browser.tab_to("Add the member");
    browser.press(ENTER);
    browser.wait_for(email);
}

/// The letters that have left, once there is one.
async fn letters(app: &TestApp) -> Vec<Mail> {
    app.tick().await;
    let mut mails = app.mails();
    wait_until("the letter is there", || {
        mails.extend(app.mails());
        !mails.is_empty()
    });
    mails
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_sets_a_partnership_up_and_a_manager_of_the_other_side_accepts() {
    let database = Database::sqlite();
    let mut app = TestApp::on(&database, "2026-10-01T10:00:00Z").await;
    let input = PersonInput {
        email: "ada@example.org".to_owned(),
        name: "Ada".to_owned(),
        zone: "Europe/Berlin".to_owned(),
        administrator: true,
    };
    let ada = set_up::create_person(&app.ctx, "test", &input, app.now()).await.unwrap();
    let start = app.address().await;
    let browser = Browser::start(Device::Desktop, database.folder());
    enter(&app, &browser, &start, ada).await;
    browser.wait_for("Set-up");
    browser.tab_to("Set-up");
    browser.press(ENTER);

    // Step 1: the sides.
    browser.wait_for("No partnership yet");
    browser.tab_to("side_1");
    browser.press("Northmoor");
    browser.tab_to("side_2");
    browser.press("Brightwater");
    browser.tab_to("Add the partnership");
    browser.press(ENTER);
    browser.wait_for("The partnership is drafted");
    let step = "document.querySelector('[aria-current=step]').innerText";
    assert!(browser.ask(step).as_str().is_some_and(|own| own.contains("People")));

    // Step 2: the people.
    add_member(&browser, "Northmoor", "side1", ("ada@example.org", "Ada"));
    add_member(&browser, "Brightwater", "side2", ("noor@example.org", "Noor"));
    assert!(browser.ask(step).as_str().is_some_and(|own| own.contains("Questions and dates")));

    // Step 3: what is asked, who sees what, when; looked at before it is saved.
    browser.tab_to("New cadence");
    browser.press(ENTER);
    browser.wait_for("What is asked");
    browser.wait_for("At 70 % response each side’s figures will show in about 5 of 10 checks");
    browser.tab_to("Show the dates");
    browser.press(ENTER);
    browser.wait_for("The next 6 checks");
    browser.wait_for("Tue 1 Dec, 09:00 Berlin");
    browser.tab_to("Save the cadence");
    browser.press(ENTER);
    browser.wait_for("The cadence is saved");
    browser.wait_for("can be proposed");

    // Step 4: the letter to oneself opens a form that saves nothing.
    browser.tab_to("Send me the test mail");
    browser.press(ENTER);
    browser.wait_for("The test mail is on its way");
    let test = letters(&app).await.remove(0);
    assert!(test.subject.starts_with("Test: Northmoor × Brightwater: 5 questions"), "{}", test.subject);
    assert_eq!(test.to, "ada@example.org");

    // Step 5: the proposal.
    browser.tab_to("Propose to the sides");
    browser.press(ENTER);
    browser.wait_for("Brightwater has not accepted (sent 1 Oct).");
    browser.wait_for("Who sees what:");
    let asked = letters(&app).await;
    assert!(asked.iter().any(|mail| mail.to == "noor@example.org"), "the other side is asked");

    let link = test.text.split_whitespace().find(|word| word.contains("/s/")).expect("a link").to_owned();
    browser.open(&link);
    browser.wait_for("Nothing here is saved");
    for question in 0..=5 {
        browser.tab_to(if question > 0 { "choice" } else { "Start" });
        if question > 0 {
            browser.press(" ");
        }
        browser.press(ENTER);
        browser.wait_for(&if question < 5 {
            format!("{} of 5", question + 1)
        } else {
            "Review and send".to_owned()
        });
    }
    assert_eq!(
        database.texts("SELECT CAST(count(*) AS TEXT) AS line FROM response"),
        ["0"],
        "nothing of it is kept"
    );

    // The other side.
    let found = app.ctx.store.read(|conn| people::find_by_email(conn, "noor@example.org")).await.unwrap();
    let partnership = database.texts("SELECT id AS line FROM partnership").remove(0);
    let browser = Browser::start(Device::Phone, database.folder());
    enter(&app, &browser, &start, found.expect("Noor is here").id).await;
    browser.wait_for("Sign out");
    browser.open(&format!("{start}/partnerships/{partnership}"));
    browser.wait_for("proposes this partnership to your side");
    browser.tab_to("BUTTON   Accept");
    browser.press(ENTER);
    browser.wait_for("Next check opens Tue 1 Dec");
    app.ignore_mails();
}
