//! The migrations inside the program, applied at every start.
//!
//! One set serves both databases. What each must be told in its own words stands beside the common part of a migration, in
//! `IN_OWN_WORDS`, and is run after it, or taken back before it.

use diesel::backend::Backend;
use diesel::connection::BoxableConnection;
use diesel::migration::{Migration, MigrationMetadata, MigrationName, MigrationSource};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::conn::Conn;
use super::error::{StoreError, Unusable};
use super::location::Location;

const COMMON: EmbeddedMigrations = embed_migrations!("migrations");

/// What one database is told in its own words for one migration.
#[derive(Clone, Copy)]
struct OwnWords {
    version: &'static str,
    up: &'static str,
    down: &'static str,
}

macro_rules! own_words {
    ($version:literal, $folder:literal, $engine:literal) => {
        OwnWords {
            version: $version,
            up: include_str!(concat!("../../migrations/", $version, "_", $folder, "/", $engine, "_up.sql")),
            down: include_str!(concat!(
                "../../migrations/",
                $version,
                "_",
                $folder,
                "/",
                $engine,
                "_down.sql"
            )),
        }
    };
}

/// A database that has words of its own.
trait Speaks: Backend + 'static {
    const IN_OWN_WORDS: &'static [OwnWords];
}

impl Speaks for diesel::sqlite::Sqlite {
    const IN_OWN_WORDS: &'static [OwnWords] = &[
        own_words!("20261130000100", "revisions", "sqlite"),
        own_words!("20261130000500", "fewer_trees", "sqlite"),
        own_words!("20261201000100", "lighter_saves", "sqlite"),
    ];
}

impl Speaks for diesel::pg::Pg {
    const IN_OWN_WORDS: &'static [OwnWords] = &[
        own_words!("20261130000100", "revisions", "postgres"),
        own_words!("20261201000100", "lighter_saves", "postgres"),
    ];
}

/// The migrations as one of the databases gets them.
struct Migrations;

impl<DB: Speaks> MigrationSource<DB> for Migrations {
    fn migrations(&self) -> diesel::migration::Result<Vec<Box<dyn Migration<DB>>>> {
        let with_own_words = |common: Box<dyn Migration<DB>>| -> Box<dyn Migration<DB>> {
            let version = common.name().version().to_string();
            match DB::IN_OWN_WORDS.iter().find(|own| own.version == version) {
                Some(own) => Box::new(Twofold { common, own: *own }),
                None => common,
            }
        };
        Ok(COMMON.migrations()?.into_iter().map(with_own_words).collect())
    }
}

/// A migration with a part that each database gets in its own words.
struct Twofold<DB: Backend> {
    common: Box<dyn Migration<DB>>,
    own: OwnWords,
}

impl<DB: Backend> Migration<DB> for Twofold<DB> {
    fn run(&self, conn: &mut dyn BoxableConnection<DB>) -> diesel::migration::Result<()> {
        self.common.run(conn)?;
        Ok(conn.batch_execute(self.own.up)?)
    }

    fn revert(&self, conn: &mut dyn BoxableConnection<DB>) -> diesel::migration::Result<()> {
        conn.batch_execute(self.own.down)?;
        self.common.revert(conn)
    }

    fn metadata(&self) -> &dyn MigrationMetadata {
        self.common.metadata()
    }

    fn name(&self) -> &dyn MigrationName {
        self.common.name()
    }
}

/// Applies what is missing, and refuses a database that knows migrations which this program does not.
pub(super) fn migrate(conn: &mut Conn) -> Result<(), StoreError> {
    match conn {
        Conn::Sqlite(inner) => migrate_on(inner),
        Conn::Postgres(inner) => migrate_on(inner),
    }
}

fn migrate_on<DB, C>(conn: &mut C) -> Result<(), StoreError>
where
    DB: Speaks,
    C: MigrationHarness<DB>,
{
    let known = known::<DB>().map_err(failed)?;
    let applied = conn.applied_migrations().map_err(failed)?;
    if let Some(newer) = applied.iter().map(ToString::to_string).find(|v| !known.contains(v)) {
        let sentence = format!(
            "the database was written by a newer version of Evenkeel (migration {newer}); install that version or restore \
             a backup"
        );
        return Err(StoreError::Unusable(Unusable::Newer, sentence));
    }
    conn.run_pending_migrations(Migrations).map_err(failed)?;
    Ok(())
}

fn failed(error: Box<dyn std::error::Error + Send + Sync>) -> StoreError {
    match error.downcast::<diesel::result::Error>() {
        Ok(error) => StoreError::from(*error),
        Err(error) => StoreError::classed(format!("the database could not be migrated: {error}")),
    }
}

fn known<DB: Speaks>() -> Result<Vec<String>, Box<dyn std::error::Error + Send + Sync>> {
    let all = MigrationSource::<DB>::migrations(&Migrations)?;
    Ok(all.iter().map(|m| m.name().version().to_string()).collect())
}

/// The newest migration of this program: the schema that it writes.
///
/// # Errors
/// Broken when the embedded migrations cannot be read.
pub fn newest() -> Result<String, StoreError> {
    let known = known::<diesel::sqlite::Sqlite>().map_err(failed)?;
    Ok(known.into_iter().max().unwrap_or_default())
}

/// Takes every migration back and applies it again: what a migration test asks for.
///
/// # Errors
/// Broken when a step fails.
pub fn migrate_down_and_up(location: &Location) -> Result<(), StoreError> {
    fn turn<DB: Speaks, C: MigrationHarness<DB>>(
        conn: &mut C,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        conn.run_pending_migrations(Migrations)?;
        conn.revert_all_migrations(Migrations)?;
        conn.run_pending_migrations(Migrations)?;
        Ok(())
    }
    let done = match &mut location.open()? {
        Conn::Sqlite(inner) => turn(inner),
        Conn::Postgres(inner) => turn(inner),
    };
    done.map_err(|e| StoreError::Broken(format!("migrating down and up: {e}")))
}

#[cfg(test)]
mod tests {
    use diesel::connection::SimpleConnection as _;
    use diesel::prelude::*;
    use diesel::sql_types::Text;

    use super::*;

    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = Text)]
        line: String,
    }

    fn rows(conn: &mut SqliteConnection) -> Vec<String> {
        let query = "SELECT quote(cycle_id) || quote(answer_key) || quote(side_id) || quote(member_id) || quote(answers) \
             || quote(answered) || quote(comment) || quote(saved_at) || quote(pseudonym_id) AS line FROM response \
             UNION ALL SELECT quote(cycle_id) || quote(answer_key) || quote(side_id) || quote(answers) || quote(answered) \
             || quote(comment) FROM ballot ORDER BY 1";
        let found: Vec<Line> = diesel::sql_query(query).load(conn).unwrap();
        found.into_iter().map(|own| own.line).collect()
    }

    #[test]
    fn answers_keep_every_column_when_their_tables_are_made_anew() {
        let mut conn = SqliteConnection::establish(":memory:").unwrap();
        conn.run_pending_migrations(Migrations).unwrap();
        let insert = "PRAGMA foreign_keys = OFF; INSERT INTO response VALUES ('c2', 'k2', 's', 'm', '{\"a\":3}', 1, 'said', '2026-11-30 09:00:00', NULL), \
             ('c1', 'k1', 's', NULL, '{}', 0, NULL, NULL, 'p'); \
             INSERT INTO ballot VALUES ('c3', 'k3', 's', '{\"a\":null}', 0, 'said')";
        conn.batch_execute(insert).unwrap();
        let before = rows(&mut conn);
        assert_eq!(before.len(), 3);
        let newest = |conn: &mut SqliteConnection| conn.applied_migrations().unwrap().remove(0).to_string();
        while newest(&mut conn).as_str() >= "20261130000500" {
            conn.revert_last_migration(Migrations).unwrap();
            assert_eq!(rows(&mut conn), before);
        }
        conn.run_pending_migrations(Migrations).unwrap();
        assert_eq!(rows(&mut conn), before);
    }
}
