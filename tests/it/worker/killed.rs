//! The real program, killed in the middle of sending.

use chrono::TimeDelta;
use evenkeel::clock::real_now;
use evenkeel::mail::transport::{Options, Transport};
use evenkeel::store::instances;
use evenkeel::store::outbox::letters;

use super::instances::house;
use crate::support::process::{Server, sent, write_letters};
use crate::support::smtp::{Act, Offer, Received, SmtpServer, Step};
use crate::support::{Database, TestApp, wait_until};

on_both!(
    a_server_killed_while_sending_doubles_only_the_letter_whose_answer_it_missed,
    a_process_is_listed_while_it_runs_and_gone_when_it_has_ended,
);

const LETTERS: usize = 40;

fn recipients(received: &[Received]) -> Vec<&str> {
    let mut all: Vec<&str> = received.iter().map(|r| r.to[0].as_str()).collect();
    all.sort_unstable();
    all
}

async fn a_server_killed_while_sending_doubles_only_the_letter_whose_answer_it_missed(database: &Database) {
    // One letter hangs before its body, another between its body and the relay's answer; the rest goes through.
    let faults = [(Step::Rcpt, Act::Silence), (Step::Dot, Act::Silence)];
    let relay = SmtpServer::start(Offer::default(), &faults).await;
    let transport =
        Transport::parse(&format!("smtp://{}?tls=none", relay.address()), &Options::default()).unwrap();
    let app = TestApp::with_relay(database, &real_now().to_rfc3339(), transport).await;
    write_letters(&app.ctx.store, LETTERS).await;

    let server = Server::start(&app, &relay);
    wait_until("all but the two that hang are sent", || sent(&app) == 38);
    server.kill();
    let before = relay.letters();

    // The next start takes up at once what never reached its body; with a database server another process might still own
    // it, so there it waits for the end of the lease.
    let server = Server::start(&app, &relay);
    if !app.ctx.store.is_shared() {
        wait_until("the letter that had not left is sent", || sent(&app) == 39);
    }
    server.kill();
    for minutes in [33, 52] {
        app.at(&(real_now() + TimeDelta::minutes(minutes)).to_rfc3339()).await;
    }

    let received = relay.letters();
    assert_eq!(received.len(), LETTERS + 1, "one letter came twice");
    let mut names = recipients(&received);
    names.dedup();
    assert_eq!(names.len(), LETTERS, "everybody got theirs");
    let twice: Vec<&Received> =
        received.iter().filter(|r| received.iter().filter(|other| other.to == r.to).count() == 2).collect();
    assert_eq!(twice.len(), 2);
    assert_eq!(twice[0], twice[1], "the same Message-ID and the same bytes");
    assert!(before.contains(twice[0]), "the one that the relay had taken without saying so");
    assert_eq!(app.ctx.store.read(letters::counts).await.unwrap(), [("sent".to_owned(), 40)]);
}

async fn a_process_is_listed_while_it_runs_and_gone_when_it_has_ended(database: &Database) {
    let relay = SmtpServer::start(Offer::default(), &[]).await;
    let app = house(database, &relay).await;
    let server = Server::start(&app, &relay);
    wait_until("all are sent", || sent(&app) == 40);
    let listed = app.ctx.store.read(instances::list).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert!(listed[0].place.starts_with("127.0.0.1:0, process "), "{}", listed[0].place);
    assert!(real_now() - listed[0].seen_at.and_utc() < TimeDelta::minutes(1));
    server.end();
    assert!(app.ctx.store.read(instances::list).await.unwrap().is_empty());
    // What a killed one left is swept away by the next start where it must be dead, and told as silent elsewhere.
    let killed = Server::start(&app, &relay);
    let names = || {
        let look = app.ctx.store.read(instances::list);
        let found = tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(look)).unwrap();
        found.into_iter().map(|own| own.id).collect::<Vec<_>>()
    };
    wait_until("it says that it lives", || names().len() == 1);
    killed.kill();
    let left = names();
    let next = Server::start(&app, &relay);
    wait_until("the next one says that it lives", || names().iter().any(|own| !left.contains(own)));
    assert_eq!(names().contains(&left[0]), app.ctx.store.is_shared());
    next.end();
    assert_eq!(names().len(), usize::from(app.ctx.store.is_shared()));
}
