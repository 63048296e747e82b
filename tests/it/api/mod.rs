//! The REST interface as programs meet it, over a real socket. [`crate::support::api`] checks every answer against the
//! document.

mod basics;
mod cycles;
mod proposals;
