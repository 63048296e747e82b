//! A long pass over many letters: who comes first, whose instant counts, and what a failing database costs.

use std::sync::Arc;

use chrono::TimeDelta;
use evenkeel::app;
use evenkeel::clock::Clock;
use evenkeel::clock::{monotonic, real_now};
use evenkeel::domain::ids::LetterId;
use evenkeel::domain::partnership::EmailAddress;
use evenkeel::mail::transport::{Options, Transport};
use evenkeel::store::outbox::letters::{self, NewLetter};
use evenkeel::worker::Worker;
use evenkeel::worker::courier::Courier;
use evenkeel::workflow::{Context, sign_in};

use super::courier::{deliver, relay, states, twelve_letters};
use crate::support::smtp::{Act, Offer, SmtpServer, Step};
use crate::support::{Database, TestApp, wait_until};

on_both!(
    a_sign_in_letter_overtakes_a_campaign_that_is_under_way,
    a_letter_whose_time_ends_during_the_pass_is_not_sent,
    a_database_that_fails_one_line_lets_the_others_finish_their_letters,
    a_letter_that_left_is_known_as_sent_although_the_database_was_busy,
);

const LETTERS: usize = 100;

/// A hundred letters wait, and a worker that sends twenty in a second.
async fn campaign(database: &Database) -> (SmtpServer, TestApp, Arc<Worker>) {
    let server = SmtpServer::start(Offer::default(), &[]).await;
    let app = TestApp::with_relay(database, "2026-12-01T08:00:00Z", relay(&server)).await;
    for n in 0..LETTERS {
        let (id, now) = (LetterId::mint_random(), app.now());
        let letter = NewLetter {
            id,
            group_key: format!("test:{n}"),
            kind: "survey",
            person_id: None,
            to: (String::new(), format!("person{n:02}@example.org")),
            from_name: "Northmoor".to_owned(),
            reply_to: None,
            picture: None,
            content: (format!("Letter {n}"), "text".to_owned(), "<p>text</p>".to_owned()),
            message: (format!("<{id}@example.org>"), format!("b-{id}")),
            not_after: now + TimeDelta::days(3),
        };
        assert!(app.ctx.store.write_tx(move |conn| letters::insert(conn, &letter, now)).await.unwrap());
    }
    let mut settings = (*app.ctx.settings).clone();
    settings.mail.per_minute = 1200;
    let ctx = Context { settings: Arc::new(settings), ..app.ctx.clone() };
    let worker = app::assemble(ctx, app.clock.clone(), relay(&server), None).worker;
    (server, app, worker)
}

fn sending(worker: &Arc<Worker>) -> tokio::task::JoinSet<usize> {
    let worker = Arc::clone(worker);
    tokio::task::JoinSet::from_iter([async move { worker.deliver().await.unwrap() }])
}

async fn a_sign_in_letter_overtakes_a_campaign_that_is_under_way(database: &Database) {
    let (server, app, worker) = campaign(database).await;
    app.person("Ada").await;
    let pass = sending(&worker);
    wait_until("the campaign is under way", || server.letters().len() >= 5);
    let ada = EmailAddress::parse("ada@example.org").unwrap();
    sign_in::request(&app.ctx, &ada, "a browser", real_now(), app.now()).await.unwrap();
    worker.run_due(app.now()).await.unwrap();
    let before = server.letters().len();
    assert!(before < LETTERS / 2, "the campaign is still under way: {before}");
    let place = || server.letters().iter().position(|letter| letter.to == ["ada@example.org"]);
    wait_until("the sign-in letter has left", || place().is_some());
    assert!(place().unwrap() <= before + 14, "{:?} after {before}", place());
    worker.finish().await;
    drop(pass);
}

async fn a_letter_whose_time_ends_during_the_pass_is_not_sent(database: &Database) {
    let (server, app, worker) = campaign(database).await;
    let pass = sending(&worker);
    wait_until("the campaign is under way", || server.letters().len() >= 5);
    app.clock.jump_to(app.now() + TimeDelta::hours(1));
    let before = server.letters().len();
    // Four may have been in hand at the jump; whatever comes after them was taken later.
    wait_until("letters left after the hour", || server.letters().len() >= before + 6);
    app.clock.jump_to(app.now() + TimeDelta::days(4));
    pass.join_all().await;
    let counts = states(&app).await;
    assert_eq!(counts.iter().map(|(state, _)| state.as_str()).collect::<Vec<_>>(), ["expired", "sent"]);
    assert!(counts[0].1 >= 50, "{counts:?}");
    let stamped = "SELECT id AS line FROM letter WHERE state = 'sent' AND sent_at > '2026-12-01 08:30:00'";
    assert!(!database.texts(stamped).is_empty());
}

/// Lets the database refuse to write down that a letter was sent, until [`mended`].
fn spoilt(app: &TestApp, database: &Database, busy: bool) {
    if app.ctx.store.is_shared() {
        let code = if busy { "40001" } else { "P0001" };
        database.execute(&format!(
            "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION 'spoilt' USING ERRCODE = '{code}'; END $$; \
             CREATE TRIGGER spoil BEFORE UPDATE ON letter FOR EACH ROW WHEN (NEW.state = 'sent') \
             EXECUTE FUNCTION spoil()"
        ));
    } else {
        let words = if busy { "the database is locked" } else { "spoilt" };
        database.execute(&format!(
            "CREATE TRIGGER spoil BEFORE UPDATE ON letter WHEN NEW.state = 'sent' \
             BEGIN SELECT RAISE(ABORT, '{words}'); END"
        ));
    }
}

fn mended(app: &TestApp, database: &Database) {
    database.execute(if app.ctx.store.is_shared() {
        "DROP TRIGGER spoil ON letter"
    } else {
        "DROP TRIGGER spoil"
    });
}

async fn a_database_that_fails_one_line_lets_the_others_finish_their_letters(database: &Database) {
    // One line waits for a silent relay while the others meet the database.
    let (_server, app) = twelve_letters(database, &[(Step::Rcpt, Act::Silence)]).await;
    spoilt(&app, database, false);
    assert!(app.worker.deliver().await.is_err(), "it is said");
    let counts = states(&app).await;
    let names: Vec<&str> = counts.iter().map(|(state, _)| state.as_str()).collect();
    assert_eq!(names, ["pending", "sending"], "the silent one was settled and not dropped: {counts:?}");
    let waits = "SELECT id AS line FROM letter WHERE state = 'pending' AND attempts = 1";
    assert_eq!(database.texts(waits).len(), 1);
}

async fn a_letter_that_left_is_known_as_sent_although_the_database_was_busy(database: &Database) {
    let (server, app) = twelve_letters(database, &[]).await;
    spoilt(&app, database, true);
    let worker = Arc::clone(&app.worker);
    let mut pass = tokio::task::JoinSet::from_iter([async move { worker.deliver().await }]);
    wait_until("the relay has a letter of each line", || server.letters().len() >= 4);
    mended(&app, database);
    pass.join_next().await.unwrap().unwrap().unwrap();
    deliver(&app).await;
    assert_eq!((states(&app).await, server.letters().len()), (vec![("sent".to_owned(), 12)], 12));
}

#[test]
fn a_claim_lasts_longer_than_the_longest_send() {
    for scale in [0.01, 1.0, 10.0] {
        let options = Options { hello: String::new(), timeout_scale: scale };
        let transport = Transport::parse("smtp://127.0.0.1:25?tls=none", &options).unwrap();
        let longest = transport.longest_send();
        assert!(longest.as_secs_f64() > scale * f64::from(30 + 5 * 60 + 180 + 600), "{longest:?}");
        assert!(Courier::new(transport, 4, 60, Clock::System).lease() > longest, "{scale}");
    }
}

#[tokio::test]
async fn a_loop_that_shows_no_sign_of_life_is_found() {
    let database = Database::sqlite();
    let app = TestApp::on(&database, "2026-12-01T08:00:00Z").await;
    app.tick().await;
    let after = |minutes| app.worker.hanging(monotonic() + std::time::Duration::from_mins(minutes));
    assert_eq!(after(4), None);
    assert!(after(6).is_some_and(|sentence| sentence.contains("clockwork")));
}
