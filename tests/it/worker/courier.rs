//! The courier and its relay: at least once, and a second copy only when a process died or a line broke between the body
//! and the relay's answer; then with the same Message-ID and the same bytes.

use std::collections::BTreeSet;

use evenkeel::domain::mode::Mode;
use evenkeel::mail::transport::{Options, Transport};
use evenkeel::store::outbox::letters;

use crate::support::smtp::{Act, Fault, Offer, Received, SmtpServer, Step};
use crate::support::{Database, Mail, Side, TestApp, utc, wait_until};

on_both!(
    two_couriers_at_once_never_double,
    a_process_that_dies_before_the_body_sends_once,
    a_process_that_dies_between_body_and_answer_sends_the_same_bytes_again,
    a_line_that_breaks_after_the_body_sends_the_same_bytes_once_more_and_then_asks_a_person,
    a_relay_that_is_down_loses_nothing,
    an_address_that_is_refused_is_marked_and_not_tried_again,
    a_letter_past_its_time_expires_unsent,
    a_letter_whose_texts_are_gone_ends_and_holds_up_no_other,
);

const NORTH: [&str; 6] = ["Ada", "Ali", "Ana", "Ari", "Asa", "Axel"];
const BRIGHT: [&str; 6] = ["Ben", "Bo", "Bea", "Bert", "Bill", "Bob"];

pub fn relay(server: &SmtpServer) -> Transport {
    let options = Options { hello: "keel.example".to_owned(), timeout_scale: 0.05 };
    Transport::parse(&format!("smtp://{}?tls=none", server.address()), &options)
        .expect("a well-formed address")
}

/// A round with twelve respondents has just opened: twelve letters wait.
pub async fn twelve_letters(database: &Database, faults: &[Fault]) -> (SmtpServer, TestApp) {
    let server = SmtpServer::start(Offer::default(), faults).await;
    let app = TestApp::with_relay(database, "2026-11-01T10:00:00Z", relay(&server)).await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &NORTH), Side("Brightwater", "Noor", &BRIGHT)]).await;
    app.quarterly(&pair, Mode::Representative).await;
    app.clock.jump_to(utc("2026-12-01T08:00:00Z"));
    app.worker.run_due(app.now()).await.unwrap();
    assert_eq!(states(&app).await, [("pending".to_owned(), 12)]);
    (server, app)
}

pub async fn states(app: &TestApp) -> Vec<(String, i64)> {
    app.ctx.store.read(letters::counts).await.unwrap()
}

pub async fn deliver(app: &TestApp) {
    app.worker.deliver().await.unwrap();
}

fn ids(received: &[Received]) -> Vec<String> {
    received.iter().map(|r| Mail::read(&r.to[0], &r.data).message_id).collect()
}

fn all_different(received: &[Received]) -> bool {
    let ids = ids(received);
    ids.iter().collect::<BTreeSet<_>>().len() == ids.len()
}

async fn two_couriers_at_once_never_double(database: &Database) {
    let (server, app) = twelve_letters(database, &[]).await;
    let other = app.second_process().await;
    let third = app.second_process().await;
    tokio::join!(deliver(&app), deliver(&other), deliver(&third));
    assert_eq!(server.letters().len(), 12);
    assert!(all_different(&server.letters()));
    assert_eq!(states(&app).await, [("sent".to_owned(), 12)]);
}

async fn a_letter_whose_texts_are_gone_ends_and_holds_up_no_other(database: &Database) {
    let (server, app) = twelve_letters(database, &[]).await;
    // As the removal of a partnership leaves a letter that was claimed already: without a row, or emptied.
    database.execute("DELETE FROM letter_body WHERE letter_id = (SELECT min(id) FROM letter)");
    let emptied = "UPDATE letter_body SET body_text = '', body_html = ''";
    database.execute(&format!("{emptied} WHERE letter_id = (SELECT max(id) FROM letter)"));
    deliver(&app).await;
    assert_eq!(states(&app).await, [("cancelled".to_owned(), 2), ("sent".to_owned(), 10)]);
    assert_eq!(server.letters().len(), 10, "no empty letter");
}

/// Lets the courier work until the relay has gone silent at a step, and drops it there as a kill would.
async fn killed_at(app: TestApp, state: &str) -> TestApp {
    let worker = std::sync::Arc::clone(&app.worker);
    let sending = tokio::task::JoinSet::from_iter([async move { worker.deliver().await }]);
    // The other lines go on and end; only the silent one is left.
    let mut counts = Vec::new();
    wait_until("one letter hangs and all others are sent", || {
        counts = tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(states(&app)));
        counts == [(state.to_owned(), 1), ("sent".to_owned(), 11)]
    });
    drop(sending);
    app.killed_and_started_again().await
}

async fn a_process_that_dies_before_the_body_sends_once(database: &Database) {
    let (server, app) = twelve_letters(database, &[(Step::Rcpt, Act::Silence)]).await;
    let app = killed_at(app, "claimed").await;
    if app.ctx.store.is_shared() {
        // Another process may own it: its claim is taken up when its lease has ended.
        app.at("2026-12-01T08:31:00Z").await;
    } else {
        deliver(&app).await;
    }
    assert_eq!(server.letters().len(), 12);
    assert!(all_different(&server.letters()), "none twice");
    assert_eq!(states(&app).await, [("sent".to_owned(), 12)]);
}

async fn a_process_that_dies_between_body_and_answer_sends_the_same_bytes_again(database: &Database) {
    let (server, app) = twelve_letters(database, &[(Step::Dot, Act::Silence)]).await;
    let app = killed_at(app, "sending").await;
    assert_eq!(server.letters().len(), 12, "the relay has them all, but one it never said so");
    deliver(&app).await;
    assert_eq!(server.letters().len(), 12, "not at once: the answer may have been a yes");
    app.at("2026-12-01T08:31:00Z").await;
    app.at("2026-12-01T08:50:00Z").await;
    let received = server.letters();
    assert_eq!(received.len(), 13);
    let again = received.last().unwrap();
    let copies: Vec<&Received> = received.iter().filter(|r| r.to == again.to).collect();
    assert_eq!(copies.len(), 2);
    assert_eq!(copies[0], copies[1], "byte for byte");
    assert_eq!(states(&app).await, [("sent".to_owned(), 12)]);
}

async fn a_line_that_breaks_after_the_body_sends_the_same_bytes_once_more_and_then_asks_a_person(
    database: &Database,
) {
    let (server, app) = twelve_letters(database, &[(Step::Dot, Act::Drop)]).await;
    deliver(&app).await;
    assert_eq!(states(&app).await, [("pending".to_owned(), 1), ("sent".to_owned(), 11)]);
    app.at("2026-12-01T08:14:59Z").await;
    assert_eq!(server.letters().len(), 12, "a quarter of an hour is waited");
    server.plan((Step::Dot, Act::Drop));
    app.at("2026-12-01T08:15:00Z").await;
    let received = server.letters();
    let copies: Vec<&Received> = received.iter().filter(|r| r.to == received[12].to).collect();
    assert_eq!((received.len(), copies.len()), (13, 2));
    assert_eq!(copies[0], copies[1], "byte for byte");
    app.at("2026-12-02T08:00:00Z").await;
    assert_eq!(server.letters().len(), 13, "and never a third");
    assert_eq!(states(&app).await, [("held".to_owned(), 1), ("sent".to_owned(), 11)]);
}

async fn a_relay_that_is_down_loses_nothing(database: &Database) {
    let faults = [(Step::Greeting, Act::Drop); 9];
    let (server, app) = twelve_letters(database, &faults).await;
    deliver(&app).await;
    assert!(app.worker.relay_trouble().is_some(), "it is said");
    let tried = server.connections();
    // Two of the four lines may have gone on to another letter before the third one failed.
    assert!(tried <= 6, "the third failure stops all lines: {tried}");
    deliver(&app).await;
    assert_eq!(server.connections(), tried, "for a while it is left alone");
    app.at("2026-12-01T08:02:00Z").await;
    assert_eq!(server.connections(), tried + 1, "then one letter tries");
    assert!(app.worker.relay_trouble().is_some());
    for minute in ["04", "06", "10", "15", "20", "26"] {
        app.at(&format!("2026-12-01T08:{minute}:00Z")).await;
    }
    assert_eq!(states(&app).await, [("sent".to_owned(), 12)]);
    assert!(app.worker.relay_trouble().is_none());
    assert!(server.letters().len() == 12 && all_different(&server.letters()));
}

async fn an_address_that_is_refused_is_marked_and_not_tried_again(database: &Database) {
    let (server, app) = twelve_letters(database, &[(Step::Rcpt, Act::Say("550 5.1.1 unknown"))]).await;
    deliver(&app).await;
    app.at("2026-12-03T08:00:00Z").await;
    assert_eq!(states(&app).await, [("failed".to_owned(), 1), ("sent".to_owned(), 12)]);
    let bounced = database.texts(
        "SELECT email AS line FROM member JOIN person ON person.id = member.person_id WHERE bounced_at IS NOT NULL",
    );
    assert_eq!(bounced.len(), 1);
    let told = server.letters().pop().unwrap();
    let text = String::from_utf8(told.data).unwrap().replace("=\r\n", "");
    assert!(["mara@example.org", "noor@example.org"].contains(&told.to[0].as_str()), "{:?}", told.to);
    assert!(text.contains(&format!("gets no mail: {} takes none", bounced[0])), "{text}");
    assert!(text.contains("Correct the address"), "{text}");
}

async fn a_letter_past_its_time_expires_unsent(database: &Database) {
    let (server, app) = twelve_letters(database, &[]).await;
    let late = utc("2026-12-10T15:30:00Z");
    app.clock.jump_to(late);
    app.worker.deliver().await.unwrap();
    assert_eq!(server.letters().len(), 0, "an hour before the close it helps nobody");
    assert_eq!(states(&app).await, [("expired".to_owned(), 12)]);
}
