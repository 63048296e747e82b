//! Several processes at the same work with nobody killed: what is not claimed or made in one step shows here, where every
//! row is fought for, and hides under kills, where most are not.

use std::collections::BTreeMap;

use evenkeel::domain::mode::Mode;
use evenkeel::store::outbox::letters;
use evenkeel::workflow::{close_cycles, open_due_cycles};
use tokio::task::JoinSet;

use super::courier::{relay, states};
use crate::support::process::letter_to;
use crate::support::smtp::{Offer, SmtpServer};
use crate::support::{Database, Side, TestApp, utc};

on_postgres!(
    four_couriers_race_for_hundreds_of_letters_and_each_leaves_once,
    eight_tickers_race_for_two_hundred_partnerships_and_each_round_opens_and_closes_once,
);

const ROUNDS: usize = 8;
const LETTERS: usize = 40;
const PARTNERSHIPS: usize = 200;

async fn four_couriers_race_for_hundreds_of_letters_and_each_leaves_once(database: &Database) {
    let server = SmtpServer::start(Offer::default(), &[]).await;
    let app = TestApp::with_relay(database, "2026-12-01T08:00:00Z", relay(&server)).await;
    let mut all = vec![app.second_process().await, app.second_process().await, app.second_process().await];
    all.push(app);
    let mut shares = vec![0; all.len()];
    for round in 0..ROUNDS {
        let (store, now) = (all[0].ctx.store.clone(), all[0].now());
        let new: Vec<_> =
            (0..LETTERS).map(|n| letter_to(&format!("p{round}-{n}@example.org"), now)).collect();
        store
            .write_tx(move |conn| {
                new.iter().try_for_each(|letter| letters::insert(conn, letter, now).map(drop))
            })
            .await
            .unwrap();
        let mut racing = JoinSet::new();
        for (place, own) in all.iter().enumerate() {
            let worker = std::sync::Arc::clone(&own.worker);
            racing.spawn(async move { (place, worker.deliver().await.unwrap()) });
        }
        for (place, settled) in racing.join_all().await {
            shares[place] += settled;
        }
    }
    assert_eq!(states(&all[0]).await, [("sent".to_owned(), i64::try_from(ROUNDS * LETTERS).unwrap())]);
    let mut copies = BTreeMap::<String, usize>::new();
    for letter in server.letters() {
        *copies.entry(letter.to[0].clone()).or_default() += 1;
    }
    assert!(copies.values().all(|own| *own == 1), "{copies:?}");
    assert_eq!((copies.len(), shares.iter().sum::<usize>()), (ROUNDS * LETTERS, ROUNDS * LETTERS));
    assert!(shares.iter().filter(|own| **own > 0).count() > 1, "there was a race: {shares:?}");
}

async fn eight_tickers_race_for_two_hundred_partnerships_and_each_round_opens_and_closes_once(
    database: &Database,
) {
    let app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    for n in 0..PARTNERSHIPS {
        let names = [format!("North {n}"), format!("South {n}")];
        let sides = [Side(&names[0], "Ada", &["Ada"]), Side(&names[1], "Ben", &["Ben"])];
        let pair = app.partnership(sides).await;
        app.quarterly(&pair, Mode::Representative).await;
    }
    let mut all = vec![app.ctx.clone()];
    for _ in 0..7 {
        all.push(app.second_process().await.ctx.clone());
    }
    let count = |sql: &str| database.texts(&format!("SELECT CAST({sql} AS TEXT) AS line")).remove(0);
    let (opening, close) = (utc("2026-12-01T08:00:00Z"), utc("2026-12-10T16:00:00Z"));
    let mut racing = JoinSet::new();
    for ctx in all.clone() {
        racing.spawn(async move { open_due_cycles::open_due_cycles(&ctx, opening).await.unwrap() });
    }
    let opened: usize = racing.join_all().await.iter().map(|look| look.done).sum();
    assert_eq!(opened, PARTNERSHIPS, "each is opened by one of them");
    let expected = PARTNERSHIPS.to_string();
    assert_eq!(count("(SELECT COUNT(*) FROM cycle)"), expected);
    assert_eq!(count("(SELECT COUNT(DISTINCT partnership_id) FROM cycle WHERE state = 'open')"), expected);
    let twice = (2 * PARTNERSHIPS).to_string();
    assert_eq!(count("(SELECT COUNT(*) FROM invitation)"), twice);
    assert_eq!(count("(SELECT COUNT(*) FROM notice WHERE kind = 'invite')"), twice);

    let mut racing = JoinSet::new();
    for ctx in all {
        racing.spawn(async move { close_cycles::close_cycles(&ctx, close).await.unwrap() });
    }
    let closed: usize = racing.join_all().await.iter().map(|look| look.done).sum();
    assert_eq!(closed, PARTNERSHIPS, "each is closed by one of them");
    assert_eq!(count("(SELECT COUNT(*) FROM scorecard)"), expected);
    assert_eq!(count("(SELECT COUNT(*) FROM notice WHERE kind = 'result')"), twice);
}
