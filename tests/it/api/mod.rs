//! The REST interface as programs meet it, over a real socket. [`crate::support::api`] checks every answer against the
//! document.

mod basics;
mod cadences;
mod imports;
mod members;
mod metrics;
mod partnerships;
