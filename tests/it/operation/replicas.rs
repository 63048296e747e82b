//! The fork guard where several replicas share a database and each has a data directory of its own.

use evenkeel::store::{StoreError, meta, sending};
use evenkeel::workflow::fork_guard;

use super::fork::{acquainted, letter, look_once, sends};
use super::{paused, resume};
use crate::support::Database;

on_postgres!(
    a_fresh_replica_pauses_nobody_and_one_that_saw_more_than_the_database_knows_pauses_all,
    a_replica_that_comes_back_after_a_fork_was_settled_pauses_nobody,
);

async fn a_fresh_replica_pauses_nobody_and_one_that_saw_more_than_the_database_knows_pauses_all(
    database: &Database,
) {
    let one = acquainted(database).await;
    let other = one.second_process_in(&database.folder().join("other")).await;
    letter(&other, "ben").await;
    other.worker.deliver().await.unwrap();
    one.worker.deliver().await.unwrap();
    assert!(paused(&one).await.is_none());
    let now = one.now();
    let store = &one.ctx.store;
    // A dump of long ago comes back.
    store.write_tx(|conn| -> Result<(), StoreError> { meta::set(conn, "epoch_looks", "0") }).await.unwrap();
    letter(&one, "cleo").await;
    tokio::join!(async { one.worker.deliver().await.unwrap() }, async {
        other.worker.deliver().await.unwrap()
    },);
    assert!(paused(&one).await.is_some() && paused(&other).await.is_some());
    store.write_tx(move |conn| sending::resume(conn, "test", now)).await.unwrap();
    letter(&one, "dan").await;
    tokio::join!(async { one.worker.deliver().await.unwrap() }, async {
        other.worker.deliver().await.unwrap()
    },);
    let mut got = one.recipients();
    // Both processes share one mailbox's transport.
    got.retain(|name| name != "ben");
    assert_eq!(got, ["cleo", "dan"]);
    assert!(paused(&one).await.is_none());
}

async fn a_replica_that_comes_back_after_a_fork_was_settled_pauses_nobody(database: &Database) {
    let one = acquainted(database).await;
    let late = one.second_process_in(&database.folder().join("late")).await;
    fork_guard::look(&late.ctx, None, late.now()).await.unwrap();
    database.execute("UPDATE meta SET value = '0' WHERE name = 'epoch_looks'");
    assert_eq!(sends(&one, "ben").await, [""; 0]);
    resume(&one).await;
    assert_eq!(look_once(&late).await, None, "it was settled without it");
    one.worker.deliver().await.unwrap();
    assert_eq!(one.recipients(), ["ben"]);
}
