//! The web: pages now, the REST interface next to them later.
//!
//! A handler reads (through a [`Viewer`](crate::store::access::Viewer)) or calls a workflow, fills a view struct and is
//! done: no SQL, no arithmetic. [`auth`] says who asks, [`guard`] checks forms and sets the headers of every answer,
//! [`error`] is the only place that knows HTTP statuses.

pub mod assets;
pub mod auth;
pub mod charts;
pub mod error;
pub mod guard;
pub mod health;
pub mod pages;
pub mod present;
mod routes;

pub use routes::configure;

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::clock::Clock;
use crate::mail::transport::Memory;
use crate::worker::Worker;
use crate::workflow::Context;

/// What every handler works with.
#[derive(Clone, Debug)]
pub struct State {
    /// Database, key, settings.
    pub ctx: Context,
    /// The clock of cycles and mails; sessions use the real one.
    pub clock: Clock,
    /// The clockwork, to be nudged when something should leave at once.
    pub worker: Arc<Worker>,
    /// The captured mails; only in the demo, whose doors are closed without it.
    pub mailbox: Option<Memory>,
}

impl State {
    /// The present instant of cycles and mails.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Whether this is the demo.
    pub fn is_demo(&self) -> bool {
        self.mailbox.is_some()
    }
}
