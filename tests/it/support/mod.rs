//! What the tests share: a database of their own on either engine, the program around it, its mails, and small servers.

pub mod api;
mod app;
mod database;
pub mod demo;
pub mod exim;
pub mod http;
pub mod log;
mod mail;
pub mod process;
pub mod proxy;
pub mod reviewed;
pub mod smtp;
pub mod webdriver;

pub use app::{Pair, QUESTIONS, Side, TestApp};
pub use database::Database;
pub use mail::Mail;

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

/// Makes two tests of each law: one on SQLite, one on PostgreSQL.
///
/// A law is a function `async fn a_sentence(database: &Database)`; one that is not listed is dead code and fails the build.
macro_rules! on_both {
    ($($law:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $law() {
                super::$law(&crate::support::Database::sqlite()).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $law() {
                super::$law(&crate::support::Database::postgres()).await;
            })+
        }
    };
}

/// Makes a test of each law on PostgreSQL only: for what several processes on one database live through.
macro_rules! on_postgres {
    ($($law:ident),+ $(,)?) => {
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $law() {
                super::$law(&crate::support::Database::postgres()).await;
            })+
        }
    };
}

/// An instant as the tests write it: `2026-12-01T08:00:00Z`, or with the offset that clocks showed.
pub fn utc(text: &str) -> DateTime<Utc> {
    text.parse::<DateTime<chrono::FixedOffset>>().expect("an instant in RFC 3339").to_utc()
}

/// Waits until something outside this process has happened; fails after half a minute.
///
/// The only waiting in the tests: for a socket that another process opens, or a letter that it sends.
#[track_caller]
pub fn wait_until(what: &str, mut happened: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !happened() {
        assert!(Instant::now() < deadline, "waited half a minute in vain until {what}");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}
