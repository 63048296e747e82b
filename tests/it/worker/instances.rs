//! Processes side by side: a dead one's letters are taken up by another, and one that was only frozen changes nothing.

use evenkeel::clock::real_now;
use evenkeel::mail::transport::{Options, Transport};
use evenkeel::store::outbox::letters;

use crate::support::process::{Server, sent, write_letters};
use crate::support::smtp::{Act, Offer, SmtpServer, Step};
use crate::support::{Database, TestApp, wait_until};

on_postgres!(
    a_process_that_was_frozen_past_its_claim_changes_nothing_when_it_goes_on,
    two_processes_send_every_letter_once,
);

const LETTERS: usize = 40;

pub(super) async fn house(database: &Database, relay: &SmtpServer) -> TestApp {
    let transport =
        Transport::parse(&format!("smtp://{}?tls=none", relay.address()), &Options::default()).unwrap();
    let app = TestApp::with_relay(database, &real_now().to_rfc3339(), transport).await;
    write_letters(&app.ctx.store, LETTERS).await;
    app
}

fn different(relay: &SmtpServer) -> usize {
    let mut all: Vec<String> = relay.letters().iter().map(|letter| letter.to[0].clone()).collect();
    all.sort_unstable();
    all.dedup();
    all.len()
}

async fn a_process_that_was_frozen_past_its_claim_changes_nothing_when_it_goes_on(database: &Database) {
    // It is frozen with one letter before its body.
    let relay = SmtpServer::start(Offer::default(), &[(Step::Data, Act::Hold)]).await;
    let app = house(database, &relay).await;
    let server = Server::start(&app, &relay);
    wait_until("all but the letter that is held are sent", || sent(&app) == 39);
    server.freeze();
    // A minute of silence, as the others see it.
    database.execute("UPDATE instance SET seen_at = seen_at - INTERVAL '61 seconds'");
    app.tick().await;
    assert_eq!((sent(&app), relay.letters().len()), (40, 40), "another process has taken it up");
    relay.release();
    server.thaw();
    wait_until("it has heard that it may send the body, and hung up", || {
        relay.verbs().iter().filter(|verb| *verb == "DATA").count() == 41
            && relay.ended() == relay.connections()
    });
    server.end();
    assert_eq!((sent(&app), relay.letters().len()), (40, 40), "it sent nothing and changed nothing");
}

async fn two_processes_send_every_letter_once(database: &Database) {
    let relay = SmtpServer::start(Offer::default(), &[]).await;
    let app = house(database, &relay).await;
    let (one, other) = (Server::start(&app, &relay), Server::start(&app, &relay));
    wait_until("all are sent", || sent(&app) == 40);
    one.end();
    other.end();
    assert_eq!((relay.letters().len(), different(&relay)), (LETTERS, LETTERS));
    assert_eq!(app.ctx.store.read(letters::ambiguous_total).await.unwrap(), 0);
}
