//! A database server that was restarted: its old connections are dead, and nobody but the log notices.

use evenkeel::clock::real_now;
use evenkeel::store::{Location, Store, StoreError, meta};

use crate::support::Database;

on_postgres!(dead_connections_are_replaced_before_anybody_uses_them);

async fn dead_connections_are_replaced_before_anybody_uses_them(database: &Database) {
    let mark = format!("reconnect_{}", std::process::id());
    let url = format!("{}&application_name={mark}", database.url());
    let store =
        tokio::task::spawn_blocking(move || Store::open(&Location::Postgres(url))).await.unwrap().unwrap();
    let read = async || store.read(|conn| meta::get(conn, "write_probe")).await.map(|found| found.is_some());
    let write =
        async || store.write_tx(|conn| -> Result<(), StoreError> { meta::probe(conn, real_now()) }).await;
    write().await.unwrap();
    assert!(read().await.unwrap());
    let end = format!(
        "SELECT CAST(count(pg_terminate_backend(pid)) AS TEXT) AS line FROM pg_stat_activity \
         WHERE application_name = '{mark}'"
    );
    let ended: i64 = database.texts(&end)[0].parse().unwrap();
    assert!(ended >= 1, "there were connections to end");
    assert!(read().await.unwrap());
    write().await.unwrap();
}
