//! The migrations inside the program, applied at every start.

use diesel::migration::MigrationSource;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::conn::Conn;
use super::error::{StoreError, Unusable};
use super::location::Location;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// Applies what is missing, and refuses a database that knows migrations which this program does not.
pub(super) fn migrate(conn: &mut Conn) -> Result<(), StoreError> {
    match conn {
        Conn::Sqlite(inner) => migrate_on(inner),
        Conn::Postgres(inner) => migrate_on(inner),
    }
}

fn migrate_on<DB, C>(conn: &mut C) -> Result<(), StoreError>
where
    DB: diesel::backend::Backend,
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
    conn.run_pending_migrations(MIGRATIONS).map_err(failed)?;
    Ok(())
}

fn failed(error: Box<dyn std::error::Error + Send + Sync>) -> StoreError {
    match error.downcast::<diesel::result::Error>() {
        Ok(error) => StoreError::from(*error),
        Err(error) => StoreError::classed(format!("the database could not be migrated: {error}")),
    }
}

fn known<DB: diesel::backend::Backend>() -> Result<Vec<String>, Box<dyn std::error::Error + Send + Sync>> {
    let all = MigrationSource::<DB>::migrations(&MIGRATIONS)?;
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
    fn turn<DB: diesel::backend::Backend, C: MigrationHarness<DB>>(
        conn: &mut C,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        conn.run_pending_migrations(MIGRATIONS)?;
        conn.revert_all_migrations(MIGRATIONS)?;
        conn.run_pending_migrations(MIGRATIONS)?;
        Ok(())
    }
    let done = match &mut location.open()? {
        Conn::Sqlite(inner) => turn(inner),
        Conn::Postgres(inner) => turn(inner),
    };
    done.map_err(|e| StoreError::Broken(format!("migrating down and up: {e}")))
}
