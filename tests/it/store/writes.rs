//! The one door for writes: all or nothing, each on its own, and everybody gets an answer.

use diesel::connection::Connection;
use evenkeel::store::{Conn, Store, StoreError, meta};

use crate::support::Database;

on_both!(
    of_many_writes_at_once_each_is_answered_and_stands,
    a_write_that_fails_takes_nothing_else_with_it,
    a_write_that_panics_takes_nothing_else_with_it,
    a_write_that_panics_deep_inside_takes_nothing_else_with_it,
    a_read_sees_what_belongs_together,
);

/// Writes a named value, then goes wrong as told.
async fn write(
    store: &Store,
    name: String,
    fault: fn(&mut Conn) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    store
        .write_tx(move |conn| {
            meta::get_or_set(conn, &name, "written")?;
            fault(conn)
        })
        .await
}

/// Sixty-four writes at once, every eighth of which goes wrong; then what a fresh connection finds.
async fn sixty_four(database: &Database, fault: fn(&mut Conn) -> Result<(), StoreError>) {
    let store = database.store();
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..64 {
        let store = store.clone();
        tasks.spawn(async move {
            let fault = if n % 8 == 3 { fault } else { |_: &mut Conn| Ok(()) };
            (n, write(&store, format!("value {n:02}"), fault).await.is_ok())
        });
    }
    let mut answers = tasks.join_all().await;
    answers.sort_unstable();
    for (n, ok) in &answers {
        assert_eq!(*ok, n % 8 != 3, "write {n}");
    }
    // The next write on the same door still works, and another connection finds what was answered for.
    write(&store, "value 99".to_owned(), |_| Ok(())).await.unwrap();
    let found = database.texts("SELECT name AS line FROM meta WHERE name LIKE 'value %' ORDER BY name");
    let expected: Vec<String> =
        (0..64).filter(|n| n % 8 != 3).chain([99]).map(|n| format!("value {n:02}")).collect();
    assert_eq!(found, expected);
}

async fn of_many_writes_at_once_each_is_answered_and_stands(database: &Database) {
    let store = database.store();
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..64 {
        let store = store.clone();
        tasks.spawn(async move { write(&store, format!("value {n:02}"), |_| Ok(())).await });
    }
    assert!(tasks.join_all().await.into_iter().all(|answer| answer.is_ok()));
    assert_eq!(database.texts("SELECT name AS line FROM meta WHERE name LIKE 'value %'").len(), 64);
}

async fn a_write_that_fails_takes_nothing_else_with_it(database: &Database) {
    sixty_four(database, |_| Err(StoreError::Conflict("a test".to_owned()))).await;
}

async fn a_write_that_panics_takes_nothing_else_with_it(database: &Database) {
    sixty_four(database, |_| panic!("a test")).await;
}

async fn a_write_that_panics_deep_inside_takes_nothing_else_with_it(database: &Database) {
    sixty_four(database, |conn| {
        conn.transaction(|conn| {
            conn.transaction(|_| -> Result<(), diesel::result::Error> { panic!("a test") })
        })
        .map_err(StoreError::from)
    })
    .await;
}

async fn a_read_sees_what_belongs_together(database: &Database) {
    let store = database.store();
    let both = |conn: &mut Conn| -> Result<(), StoreError> {
        meta::get_or_set(conn, "one", "1")?;
        meta::get_or_set(conn, "two", "2")?;
        Ok(())
    };
    let look = |conn: &mut Conn| -> Result<(bool, bool), StoreError> {
        Ok((meta::get(conn, "one")?.is_some(), meta::get(conn, "two")?.is_some()))
    };
    let (written, seen) = tokio::join!(store.write_tx(both), store.read(look));
    written.unwrap();
    let (one, two) = seen.unwrap();
    // In SQLite one look is one picture; PostgreSQL may see the second write of a commit that the first look missed.
    assert!(!one || two, "the first of two values without the second");
    assert_eq!(store.read(look).await.unwrap(), (true, true));
}
