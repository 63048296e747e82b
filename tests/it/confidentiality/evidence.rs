//! What an attacker gets hold of: the files of the database as they lie on the disk, byte for byte.

use std::path::Path;

use diesel::prelude::*;
use evenkeel::clock::real_now;
use evenkeel::store::Location;
use evenkeel::workflow::backup;

use crate::support::{Database, TestApp};

/// Files by name. What is no ASCII is a dot; the offsets are those of the bytes.
pub struct Evidence(Vec<(String, String)>);

fn readable(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { '.' }).collect()
}

impl Evidence {
    /// Takes every file of the database, and on `SQLite` a fresh backup too. The program goes on.
    pub fn of(database: &Database, app: &TestApp) -> Self {
        match database.location() {
            Location::Sqlite(path) => Self::files(&path, app),
            Location::Postgres(url) => Self::relations(&url),
        }
    }

    fn files(path: &Path, app: &TestApp) -> Self {
        let copy = path.with_extension(format!("{}.backup", evenkeel::secrets::random_token()));
        let mut names: Vec<String> =
            ["", "-wal", "-shm"].iter().map(|end| format!("{}{end}", path.display())).collect();
        // Read before the backup notes itself.
        let mut files: Vec<(String, String)> = names
            .drain(..)
            .filter_map(|name| std::fs::read(&name).ok().map(|bytes| (name, readable(&bytes))))
            .collect();
        backup::make(&app.ctx.settings, &copy, false, real_now()).unwrap();
        files.push((copy.display().to_string(), readable(&std::fs::read(&copy).unwrap())));
        Self(files)
    }

    /// Tables, indexes and what is stored beside them, as the server's files hold them.
    fn relations(url: &str) -> Self {
        #[derive(QueryableByName)]
        struct File {
            #[diesel(sql_type = diesel::sql_types::Text)]
            name: String,
            #[diesel(sql_type = diesel::sql_types::Bytea)]
            bytes: Vec<u8>,
        }
        let mut conn = PgConnection::establish(url).unwrap();
        diesel::sql_query("CHECKPOINT").execute(&mut conn).unwrap();
        let files: Vec<File> = diesel::sql_query(
            "SELECT c.relname::text AS name, pg_read_binary_file(pg_relation_filepath(c.oid)) AS bytes \
             FROM pg_class c WHERE c.relkind IN ('r', 'i', 't') AND c.oid::regclass::text !~ '^pg_catalog' AND \
             (c.relnamespace = current_schema()::regnamespace OR c.oid IN (SELECT reltoastrelid FROM pg_class \
             WHERE relnamespace = current_schema()::regnamespace))",
        )
        .load(&mut conn)
        .unwrap();
        Self(files.into_iter().map(|own| (own.name, readable(&own.bytes))).collect())
    }

    /// Every place where a text stands: file and offset.
    pub fn places(&self, text: &str) -> Vec<(String, usize)> {
        let places = |(name, own): &'_ (String, String)| -> Vec<(String, usize)> {
            own.match_indices(text).map(|(at, _)| (name.clone(), at)).collect()
        };
        self.0.iter().flat_map(places).collect()
    }

    /// What stands around a place.
    pub fn around(&self, (name, at): &(String, usize), reach: usize) -> &str {
        let (_, own) = self.0.iter().find(|(own, _)| own == name).expect("a file of ours");
        &own[at.saturating_sub(reach)..(at + reach).min(own.len())]
    }

    /// How many files there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }
}
