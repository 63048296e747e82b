//! The outbox: facts that somebody must be told ([`notices`]) and the mails that carry them ([`letters`]).
//!
//! A notice is written in the transaction of its cause; its natural key makes a second one impossible. The composer turns
//! due notices into letters; the courier claims, sends and settles letters.

pub mod bodies;
pub mod claims;
pub mod desk;
pub mod letters;
pub mod notices;

use chrono::{DateTime, Utc};

use super::conn::Conn;
use super::error::StoreError;
use crate::domain::ids::PersonId;

/// Takes back what a wrong address refused, and lets it be told again as far as it is still worth telling.
pub fn tell_anew(conn: &mut Conn, person: PersonId, now: DateTime<Utc>) -> Result<(), StoreError> {
    for letter in letters::take_back_failed(conn, person)? {
        notices::release(conn, letter, now)?;
    }
    Ok(())
}
