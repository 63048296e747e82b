//! The one door for writes: all or nothing, each on its own, and everybody gets an answer.

use diesel::connection::Connection;
use evenkeel::store::{Conn, Location, Store, StoreError, meta};

use crate::support::Database;

on_both!(
    of_many_writes_at_once_each_is_answered_and_stands,
    a_write_that_fails_takes_nothing_else_with_it,
    a_write_that_panics_takes_nothing_else_with_it,
    a_write_that_panics_deep_inside_takes_nothing_else_with_it,
    a_read_sees_what_belongs_together,
    a_read_does_not_see_what_is_written_while_it_reads,
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
    assert_eq!(one, two, "one of two values that were written together");
    assert_eq!(store.read(look).await.unwrap(), (true, true));
}

async fn a_read_does_not_see_what_is_written_while_it_reads(database: &Database) {
    let store = database.store();
    let (looked, has_looked) = tokio::sync::oneshot::channel();
    let (wrote, has_written) = std::sync::mpsc::channel();
    let reading = store.read(move |conn| -> Result<_, StoreError> {
        let before = meta::get(conn, "value")?;
        looked.send(()).unwrap();
        has_written.recv().unwrap();
        Ok((before, meta::get(conn, "value")?))
    });
    let writing = async {
        has_looked.await.unwrap();
        write(&store, "value".to_owned(), |_| Ok(())).await.unwrap();
        wrote.send(()).unwrap();
    };
    let (seen, ()) = tokio::join!(reading, writing);
    assert_eq!(seen.unwrap(), (None, None));
}

#[test]
fn a_database_in_a_folder_that_others_read_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = std::env::temp_dir().join(format!("evenkeel-modes-{}", evenkeel::secrets::random_token()));
    std::fs::create_dir(&folder).unwrap();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    let store = Store::open(&Location::Sqlite(folder.join("evenkeel.db"))).unwrap();
    let mut modes: Vec<(String, u32)> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            (entry.file_name().into_string().unwrap(), entry.metadata().unwrap().permissions().mode() & 0o777)
        })
        .collect();
    modes.sort();
    drop(store);
    std::fs::remove_dir_all(&folder).unwrap();
    let expected = ["evenkeel.db", "evenkeel.db-shm", "evenkeel.db-wal", "evenkeel.users"]
        .map(|name| (name.to_owned(), 0o600));
    assert_eq!(modes, expected);
}
