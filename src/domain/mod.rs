//! The pure domain: what Evenkeel knows, without a database, a network or a clock.
//!
//! Everything here is a value or a function of values; each decision that depends on time takes `now` as a
//! parameter. It may use the standard library, `chrono`, `chrono-tz`, `uuid`, `serde`, `thiserror` and `statrs`,
//! and nothing of ours. The store writes these values down, the workflows call these functions, pages and mails
//! put them into words.
//!
//! | module | what it holds |
//! |---|---|
//! | [`ids`] | identifiers of everything that is stored |
//! | [`partnership`] | states, roles, names, addresses, the two-to-four-sides rule |
//! | [`label`] | respondents without an address, whose side hands out their links |
//! | [`preference`] | which letters a respondent wants |
//! | [`mode`] | who sees what: the four modes and their floors |
//! | [`instrument`] | a questionnaire version with its texts and thresholds |
//! | [`answers`] | one answer, a response's answers, a comment |
//! | [`cadence`] | the civil rule that says when a cycle opens and closes |
//! | [`cycle`] | the life of a cycle and of an invitation |
//! | [`scoring`] | from answers to figures |
//! | [`drift`] | since when people answer otherwise than they themselves did before |
//! | [`publication`] | from figures to the frozen scorecard |
//! | [`flags`] | which flags a scorecard raises, holds or clears |
//! | [`close`] | from answers to scorecard, flags and the next basis: the one way for live and imported cycles |
//! | [`conflict_debt`] | what unanswered flags weigh |
//! | [`history`] | past reviews as a document describes them, and when they were |
//! | [`proposal`] | acts that need every side, and how the sides decide them |
//! | [`review`] | what answers a flag, what it still needs, and when a review is over |
//! | [`words`] | sentences built from a published scorecard |

#[cfg(test)]
mod samples;
mod text;

pub use text::UnknownWord;

pub mod access_token;
pub mod answers;
pub mod cadence;
pub mod close;
pub mod comments;
pub mod conflict_debt;
pub mod cycle;
pub mod drift;
pub mod ending;
pub mod flags;
pub mod history;
pub mod ids;
pub mod instrument;
pub mod label;
pub mod mode;
pub mod partnership;
pub mod preference;
pub mod proposal;
pub mod publication;
pub mod review;
pub mod scoring;
pub mod visibility;
pub mod words;
