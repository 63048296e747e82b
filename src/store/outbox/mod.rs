//! The outbox: facts that somebody must be told ([`notices`]) and the mails that carry them ([`letters`]).
//!
//! A notice is written in the transaction of its cause; its natural key makes a second one impossible. The composer turns
//! due notices into letters; the courier claims, sends and settles letters.

pub mod letters;
pub mod notices;
