//! The integration tests: one program, so that it is linked once. `tests/README.md` says how it is laid out.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[macro_use]
mod support;

mod api;
mod browser;
mod confidentiality;
mod equal;
mod history;
mod operation;
mod store;
mod stories;
mod worker;
