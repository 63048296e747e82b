//! Evenkeel: partnership health checks that run by themselves.
//!
//! Two to four sides of a partnership answer the same few questions every quarter, sealed from each other; at the close all
//! sides see at the same moment where they stand.
//!
//! # The house
//!
//! | module | what it is for | may use |
//! |---|---|---|
//! | [`domain`] | what Evenkeel knows: scoring, publication, flags, cadences; pure | nothing of ours |
//! | [`store`] | the database; the only place that speaks diesel | `domain` |
//! | [`mail`] | what letters say, and how they leave; the only place that speaks SMTP | `domain` |
//! | [`workflow`] | the verbs, each one transaction | `domain`, `store`, `mail`, charts |
//! | [`worker`] | what runs by itself: clockwork, courier, ticker | `workflow`, `store`, `mail` |
//! | [`web`] | pages; the only place that knows HTTP | `workflow`, `store`, `domain`, charts |
//! | [`app`], [`cli`], [`demo`] | put the parts together | everything |
//! | [`settings`], [`clock`], [`secrets`], [`telemetry`], [`failpoint`] | configuration, time, keys, logs, places to die at in tests | each other; everybody but `domain` may use them |
//!
//! `tests/architecture.rs` reads the `use` lines and fails when this table is broken.
//!
//! # Four paths to follow first
//!
//! 1. An answer: [`web::pages::answer`] → [`workflow::save_response`] → [`store::responses`].
//! 2. A close: [`worker`] → [`workflow::close_cycles`] → [`domain::scoring`], [`domain::publication`], [`domain::flags`] → one write.
//! 3. A mail: a notice written with its cause → [`workflow::compose`] → [`worker::courier`] → [`mail::transport`].
//! 4. A page: [`web::auth`] → [`store::access`] → a view struct in [`web::pages::view`].

pub mod app;
pub mod cli;
pub mod clock;
pub mod demo;
pub mod domain;
pub mod failpoint;
pub mod mail;
pub mod secrets;
pub mod settings;
pub mod store;
pub mod telemetry;
pub mod web;
pub mod worker;
pub mod workflow;
