//! A database for one test: a file in a folder of its own, or a schema of its own on the server that `tests/run` started.

use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use evenkeel::store::{Location, Store};

/// Where `tests/run` says the PostgreSQL server is.
const SERVER: &str = "EVENKEEL_TEST_POSTGRES";

/// An empty database and a folder; both go away with the value.
pub struct Database {
    folder: PathBuf,
    url: String,
    /// The server's address and the schema to be dropped.
    schema: Option<(String, String)>,
}

impl Database {
    /// A file.
    pub fn sqlite() -> Self {
        let folder = folder();
        let url = format!("sqlite://{}", folder.join("evenkeel.db").display());
        Self { folder, url, schema: None }
    }

    /// A schema on the server. Without a server the test fails: it must never look as if it had passed.
    pub fn postgres() -> Self {
        let server = server();
        let schema = format!("t_{}", &evenkeel::secrets::random_token()[..20]);
        execute(&server, &format!("CREATE SCHEMA {schema}"));
        let joint = if server.contains('?') { '&' } else { '?' };
        let url = format!("{server}{joint}options=-csearch_path%3D{schema}");
        Self { folder: folder(), url, schema: Some((server, schema)) }
    }

    /// An empty database of the same kind.
    pub fn another(&self) -> Self {
        if self.url().starts_with("sqlite") { Self::sqlite() } else { Self::postgres() }
    }

    /// The address as `database.url` takes it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A folder for the key and whatever else a test writes.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The address as the store takes it.
    pub fn location(&self) -> Location {
        Location::parse(&self.url).unwrap()
    }

    /// Opens the store, migrated.
    pub fn store(&self) -> Store {
        Store::open(&self.location()).unwrap()
    }

    /// Runs one statement behind the program's back.
    pub fn execute(&self, sql: &str) {
        match self.location() {
            Location::Sqlite(path) => file(&path).batch_execute(sql).unwrap(),
            Location::Postgres(url) => PgConnection::establish(&url).unwrap().batch_execute(sql).unwrap(),
        }
    }

    /// Every table with its columns, sorted, as the database itself tells them.
    pub fn columns(&self) -> Vec<(String, Vec<String>)> {
        #[derive(diesel::QueryableByName)]
        struct Column {
            #[diesel(sql_type = diesel::sql_types::Text)]
            tab: String,
            #[diesel(sql_type = diesel::sql_types::Text)]
            col: String,
        }
        let found: Vec<Column> = match self.location() {
            Location::Sqlite(path) => diesel::sql_query(
                "SELECT m.name AS tab, c.name AS col FROM sqlite_master m, pragma_table_info(m.name) c \
                 WHERE m.type = 'table' ORDER BY m.name, c.cid",
            )
            .load(&mut file(&path))
            .unwrap(),
            Location::Postgres(url) => diesel::sql_query(
                "SELECT table_name::text AS tab, column_name::text AS col FROM information_schema.columns \
                 WHERE table_schema = current_schema() ORDER BY table_name COLLATE \"C\", ordinal_position",
            )
            .load(&mut PgConnection::establish(&url).unwrap())
            .unwrap(),
        };
        let mut tables: Vec<(String, Vec<String>)> = Vec::new();
        for Column { tab, col } in found {
            match tables.last_mut().filter(|(name, _)| *name == tab) {
                Some((_, columns)) => columns.push(col),
                None => tables.push((tab, vec![col])),
            }
        }
        tables.retain(|(name, _)| name != "__diesel_schema_migrations");
        tables
    }

    /// Every text stored in every table, for looking for what must not be there.
    pub fn dump(&self, table: &str) -> String {
        let columns = self.columns();
        let (_, names) = columns.iter().find(|(name, _)| name == table).expect("a table of ours");
        let parts: Vec<String> = names.iter().map(|c| format!("COALESCE(CAST({c} AS TEXT), '')")).collect();
        self.texts(&format!("SELECT {} AS line FROM {table}", parts.join(" || '|' || "))).join("\n")
    }

    /// The column `line` of a query of the test's own.
    pub fn texts(&self, query: &str) -> Vec<String> {
        #[derive(diesel::QueryableByName)]
        struct Line {
            #[diesel(sql_type = diesel::sql_types::Text)]
            line: String,
        }
        let lines: Vec<Line> = match self.location() {
            Location::Sqlite(path) => diesel::sql_query(query).load(&mut file(&path)).unwrap(),
            Location::Postgres(url) => {
                diesel::sql_query(query).load(&mut PgConnection::establish(&url).unwrap()).unwrap()
            }
        };
        lines.into_iter().map(|l| l.line).collect()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // What is left behind is in the temporary folder and on a throw-away server.
        drop(std::fs::remove_dir_all(&self.folder));
        if let Some((server, schema)) = &self.schema
            && let Ok(mut conn) = PgConnection::establish(server)
        {
            drop(conn.batch_execute(&format!("SET lock_timeout = '2s'; DROP SCHEMA {schema} CASCADE")));
        }
    }
}

/// A connection of the test's own, patient while the program still closes its.
fn file(path: &Path) -> SqliteConnection {
    let mut conn = SqliteConnection::establish(&path.display().to_string()).unwrap();
    conn.batch_execute("PRAGMA busy_timeout = 5000").unwrap();
    conn
}

fn folder() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("evenkeel-test-{}", evenkeel::secrets::random_token()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[expect(clippy::disallowed_methods, reason = "tests/run tells the server's address this way")]
fn server() -> String {
    std::env::var(SERVER).unwrap_or_else(|_| {
        panic!(
            "{SERVER} is not set: run tests/run, which starts a PostgreSQL server, or set it to postgres://…"
        )
    })
}

fn execute(server: &str, sql: &str) {
    PgConnection::establish(server).expect("the PostgreSQL server answers").batch_execute(sql).unwrap();
}
