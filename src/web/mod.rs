//! The web: the pages and the REST interface.
//!
//! A handler reads (through a [`Viewer`](crate::store::access::Viewer)) or calls a workflow, fills a view struct and is
//! done: no SQL, no arithmetic. [`auth`] says who asks, [`guard`] checks forms and sets the headers of every answer,
//! [`error`] is the only place that knows HTTP statuses.

pub mod api;
pub mod assets;
pub mod auth;
pub mod charts;
pub mod client;
pub mod error;
pub mod guard;
pub mod health;
pub mod methods;
pub mod metrics;
pub mod pages;
pub mod present;
pub mod rendered;
mod routes;

pub use routes::configure;

use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};

use crate::clock::Clock;
use crate::mail::transport::Memory;
use crate::worker::{Bystander, Worker};
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
    /// How many calls of programs are taken; one count for all threads.
    pub calls: api::limit::Limits,
    /// Answers that may be sent again.
    pub rendered: rendered::Rendered,
    /// What this process counts.
    pub metrics: metrics::Metrics,
    /// What only the demo has; its doors are closed without it.
    pub demo: Option<DemoDoors>,
    /// How often each client asked for sign-in links.
    pub limits: client::Limits,
}

/// What stands behind the demo's doors.
#[derive(Clone)]
pub struct DemoDoors {
    /// The captured mails.
    pub mailbox: Memory,
    /// The people who answer by themselves while time passes.
    pub people: Arc<dyn Bystander>,
    /// The first steps that its pages offer, once it is filled.
    pub steps: Arc<OnceLock<Vec<Step>>>,
}

/// A first step in the demo.
#[derive(Clone, Debug)]
pub struct Step {
    /// What to do.
    pub title: String,
    /// What there is to see.
    pub text: String,
    /// Where it begins.
    pub href: String,
}

impl std::fmt::Debug for DemoDoors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DemoDoors")
    }
}

impl State {
    /// The present instant of cycles and mails.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Whether this is the demo.
    pub fn is_demo(&self) -> bool {
        self.demo.is_some()
    }
}
