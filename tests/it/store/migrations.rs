//! The one set of migrations, in both directions, and what the program believes about it.

use evenkeel::store::{Store, StoreError, Unusable, migrate_down_and_up};

use crate::support::Database;

on_both!(
    migrations_go_up_down_and_up_again,
    the_schema_of_the_program_is_what_the_migrations_make,
    opening_twice_changes_nothing,
    a_database_of_a_newer_program_is_refused,
);

async fn migrations_go_up_down_and_up_again(database: &Database) {
    migrate_down_and_up(&database.location()).unwrap();
    let once = database.columns();
    migrate_down_and_up(&database.location()).unwrap();
    assert_eq!(database.columns(), once);
    drop(database.store());
}

/// The columns that `src/store/schema.rs` names, table by table.
fn believed() -> Vec<(String, Vec<String>)> {
    let source = include_str!("../../../src/store/schema.rs");
    let mut tables: Vec<(String, Vec<String>)> = Vec::new();
    for line in source.lines().map(str::trim) {
        if let Some((name, _)) = line.split_once(" (").filter(|(_, rest)| rest.ends_with('{')) {
            tables.push((name.to_owned(), Vec::new()));
        } else if let Some((name, _)) = line.split_once(" -> ")
            && let Some((_, columns)) = tables.last_mut()
        {
            columns.push(name.to_owned());
        }
    }
    tables.sort();
    tables
}

async fn the_schema_of_the_program_is_what_the_migrations_make(database: &Database) {
    drop(database.store());
    assert!(believed().len() > 15, "the schema file is read");
    assert_eq!(database.columns(), believed());
}

async fn opening_twice_changes_nothing(database: &Database) {
    let first = database.store();
    let columns = database.columns();
    let second = database.store();
    assert_eq!(database.columns(), columns);
    drop((first, second));
}

async fn a_database_of_a_newer_program_is_refused(database: &Database) {
    drop(database.store());
    database.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')");
    let refused = Store::open(&database.location()).map(drop);
    let Err(StoreError::Unusable(Unusable::Newer, sentence)) = refused else { panic!("{refused:?}") };
    assert!(sentence.contains("newer version") && sentence.contains("29990101000000"), "{sentence}");
}
