//! The laws of the store, on SQLite and on PostgreSQL alike.

mod cycles;
mod letters;
mod migrations;
mod notices;
mod people;
mod reconnect;
mod revisions;
mod rows;
mod writes;

/// An instant of the store's tests: `hours` after the beginning of 1 December 2026.
pub fn hour(hours: i64) -> chrono::DateTime<chrono::Utc> {
    crate::support::utc("2026-12-01T00:00:00Z") + chrono::TimeDelta::hours(hours)
}
