//! The database, and the only place that speaks diesel.
//!
//! One code base for `SQLite` and `PostgreSQL` on the subset that both share. Reads go through [`Store::read`], writes
//! through [`Store::write_tx`]; functions take a connection and say nothing about HTTP, mail or the clock. "Not found" is
//! an `Option`; a database failure is a [`StoreError`] and is never turned into it. Pages, API and workflows call these
//! functions; whoever reads for a person asks [`access`] first.
//!
//! A row that is found by a unique key is asked for with `get_result`, not with `first`: that adds a bound `LIMIT`, and `SQLite`
//! prepares a statement with one anew each time it is run.

pub mod access;
pub mod audit;
pub mod backup;
pub mod ballots;
pub mod bounces;
pub mod cadences;
mod conn;
pub mod cycles;
pub mod disk;
mod either;
pub mod endings;
pub mod erasure;
mod error;
pub mod flags;
pub mod fork;
pub mod handed;
pub mod history;
pub mod instances;
pub mod instruments;
pub mod invitations;
mod literal;
mod location;
pub mod logins;
pub mod members;
pub mod meta;
pub mod migrate;
pub mod outbox;
pub mod own_views;
pub mod partnerships;
pub mod past;
pub mod people;
pub mod portfolio;
pub mod preferences;
mod prepared;
pub mod proposals;
pub mod reach;
pub mod remarks;
pub mod removal;
pub mod request;
pub mod responses;
pub mod retention;
pub mod reviews;
pub mod revisions;
mod schema;
pub mod scorecards;
pub mod scrub;
pub mod sending;
pub mod tokens;
pub mod transfer;
mod types;
pub mod unnamed;
pub mod vacancies;
mod writer;

pub use conn::{Conn, Store, in_transaction as alone};
pub use error::{StoreError, Unusable};
pub use location::{InUse, Location, unmakeable};
pub use migrate::migrate_down_and_up;
pub use types::Page;
