//! Claims letters, hands them to the relay, and writes down how it went.
//!
//! No transaction is open while we talk to the relay. `sending` is committed just before the first byte of the body and
//! `sent` right after the relay's 250, so that a crash leaves at most one letter per connection in doubt; such a letter goes
//! out once more, byte for byte the same, and then waits for a person.
//!
//! A pass may take hours (the rate is limited), so that nothing in it is decided by the instant at which it began: the
//! database is asked for the next few letters again and again, sign-in letters first, and each letter takes its own instants
//! from the clock. Called by [`Worker`](super::Worker).

mod build;
mod guard;
mod line;
mod verdict;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Mutex as AsyncMutex;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::watchdog::Pulse;
use crate::clock::Clock;
use crate::mail::transport::Transport;
use crate::store::StoreError;
use crate::store::outbox::letters::{self, Settlement};
use crate::workflow::Context;
use guard::Guard;
use line::{Line, Queue};

/// A claim lasts at least this long, and always longer than the longest send.
const SHORTEST_LEASE: Duration = Duration::from_mins(30);
/// What the database may take of a lease besides.
const MARGIN: Duration = Duration::from_mins(5);

/// Sends letters over one relay.
#[derive(Debug)]
pub struct Courier {
    transport: Transport,
    connections: usize,
    gap: Duration,
    /// Who claims: this process, this start.
    boot: String,
    trouble: Mutex<Option<String>>,
    one_pass: AsyncMutex<()>,
    stopping: Arc<AtomicBool>,
    pace: Arc<AsyncMutex<Instant>>,
    /// A letter was taken in hand, or a pass ended.
    progress: Pulse,
    guard: Arc<Guard>,
}

impl Courier {
    /// A courier for a transport, with the settings' limits, that guards against forks by this clock.
    pub fn new(transport: Transport, connections: usize, per_minute: u32, clock: Clock) -> Self {
        Self {
            transport,
            connections: connections.clamp(1, 4),
            gap: Duration::from_mins(1) / per_minute.max(1),
            boot: crate::secrets::random_token(),
            trouble: Mutex::new(None),
            one_pass: AsyncMutex::new(()),
            stopping: Arc::new(AtomicBool::new(false)),
            pace: Arc::new(AsyncMutex::new(Instant::now())),
            progress: Pulse::new(),
            guard: Arc::new(Guard::new(clock)),
        }
    }

    /// Looks whether this is still the database that this server worked with; if not, sending is paused.
    ///
    /// # Errors
    /// When the database or the data directory cannot be written.
    pub async fn guard(&self, ctx: &Context) -> Result<(), StoreError> {
        self.guard.look(ctx).await
    }

    /// What is wrong with the relay, if the last pass found it unusable.
    pub fn trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Starts no further letter and waits until those in hand are settled.
    pub async fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        drop(self.one_pass.lock().await);
    }

    /// How long a claim lasts. Another process takes a letter up only after this, so that it is longer than the longest
    /// send, whatever the time limits are multiplied by.
    pub fn lease(&self) -> Duration {
        SHORTEST_LEASE.max(self.transport.longest_send() + MARGIN)
    }

    /// Beats whenever a letter is taken in hand or a pass ends.
    pub(super) fn progress(&self) -> &Pulse {
        &self.progress
    }

    /// The longest that one letter can take by itself.
    pub(super) fn longest_send(&self) -> Duration {
        self.transport.longest_send()
    }

    fn set_trouble(&self, what: Option<String>) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = what;
    }

    /// Takes up what a dead process left: letters before the body go back, those in it are in doubt.
    ///
    /// `all` is for a start on a database of our own, where every claim is of an earlier start; otherwise only claims
    /// whose lease ended count.
    pub async fn revive(&self, ctx: &Context, all: bool, now: DateTime<Utc>) -> Result<usize, StoreError> {
        let before = if all { now + TimeDelta::days(36_500) } else { now };
        ctx.store
            .write_tx(move |conn| {
                let orphans = letters::orphans(conn, before)?;
                for letter in &orphans {
                    let how = if letter.state == "sending" {
                        verdict::in_doubt(letter, "the program stopped while the letter was handed over", now)
                    } else {
                        Settlement::Retry {
                            at: now,
                            burnt: false,
                            ambiguous: false,
                            error: "the program stopped before the letter was handed over".to_owned(),
                        }
                    };
                    letters::settle(conn, letter.id, letter.fence, &how, now)?;
                }
                Ok(orphans.len())
            })
            .await
    }

    /// Sends everything that may be sent, also what becomes due meanwhile; gives the number of letters settled.
    pub async fn deliver(&self, ctx: &Context, clock: &Clock) -> Result<usize, StoreError> {
        let _one_pass = self.one_pass.lock().await;
        self.revive(ctx, false, clock.now()).await?;
        let sent = self.pass(ctx, clock).await;
        self.progress.beat();
        sent
    }

    async fn pass(&self, ctx: &Context, clock: &Clock) -> Result<usize, StoreError> {
        let now = clock.now();
        let first = ctx.store.read(move |conn| letters::due(conn, now, 1)).await?;
        if first.is_empty() || self.stopping.load(Ordering::Relaxed) {
            return Ok(0);
        }
        // Before anything is claimed: after this look the database has counted that something may be sent.
        self.guard.look_again(ctx).await?;
        let queue = Arc::new(Queue {
            ctx: ctx.clone(),
            clock: clock.clone(),
            lease: TimeDelta::from_std(self.lease()).unwrap_or(TimeDelta::MAX),
            boot: self.boot.clone(),
            next: AsyncMutex::default(),
            over: AtomicBool::new(false),
            stopping: Arc::clone(&self.stopping),
            pace: Arc::clone(&self.pace),
            gap: self.gap,
            progress: self.progress.clone(),
            guard: Arc::clone(&self.guard),
        });
        let mut lines = JoinSet::new();
        for _ in 0..self.connections {
            lines.spawn(Line { session: self.transport.session(), queue: Arc::clone(&queue) }.run());
        }
        // All lines are waited for, also after an error on one: the others are in the middle of a letter.
        let (mut settled, mut trouble, mut failed) = (0, None, None);
        while let Some(joined) = lines.join_next().await {
            match joined {
                Ok(ended) => {
                    settled += ended.settled;
                    trouble = trouble.or(ended.trouble);
                    failed = failed.or(ended.failed);
                }
                Err(error) => {
                    queue.over.store(true, Ordering::Relaxed);
                    failed = failed.or(Some(StoreError::Broken(format!("a courier stopped: {error}"))));
                }
            }
        }
        if let Some(what) = &trouble {
            tracing::warn!(relay = what, "the relay is not usable; letters wait");
        }
        self.set_trouble(trouble);
        failed.map_or(Ok(settled), Err)
    }
}
