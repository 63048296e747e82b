//! Claims letters, hands them to the relay, and writes down how it went.
//!
//! No transaction is open while we talk to the relay. `sending` is committed just before the first byte of the body and
//! `sent` right after the relay's 250, so that a crash leaves at most one letter per connection in doubt; such a letter goes
//! out once more, byte for byte the same, and then waits for a person.
//!
//! A pass may take hours (the rate is limited), so that nothing in it is decided by the instant at which it began: the
//! database is asked for the next few letters again and again, sign-in letters first, and each letter takes its own instants
//! from the clock. Called by [`Worker`](super::Worker).

mod breaker;
mod build;
mod guard;
mod line;
mod verdict;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Mutex as AsyncMutex;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::watchdog::Pulse;
use crate::clock::{Clock, real_now};
use crate::failpoint;
use crate::mail::transport::Transport;
use crate::store::outbox::claims::{self, Dead};
use crate::store::outbox::letters::{self, Settlement};
use crate::store::{StoreError, instances};
use crate::workflow::Context;
use breaker::{Breaker, Gate};
use guard::Guard;
use line::{Line, Queue};

/// A claim lasts at least this long, and always longer than the longest send.
const SHORTEST_LEASE: Duration = Duration::from_mins(30);
/// A process that has said nothing for so long is taken for dead.
const SILENCE: TimeDelta = TimeDelta::seconds(60);
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
    breaker: Arc<Breaker>,
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
            breaker: Arc::default(),
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

    /// What is wrong with the relay, while anything is.
    pub fn trouble(&self) -> Option<String> {
        self.breaker.what()
    }

    /// Under which name this start claims letters.
    pub(super) fn boot(&self) -> &str {
        &self.boot
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

    /// Takes up what a dead process left: letters before the body go back, those in it are in doubt.
    ///
    /// `alone` is for a start on a database of our own, where every other claim is of an earlier start; otherwise the claims of
    /// processes that have said nothing for a minute count, and those whose lease ended.
    pub async fn revive(&self, ctx: &Context, alone: bool, now: DateTime<Utc>) -> Result<usize, StoreError> {
        let boot = self.boot.clone();
        ctx.store
            .write_tx(move |conn| {
                let orphans = if alone {
                    claims::orphans(conn, Dead::EarlierStarts(&boot))?
                } else {
                    let seen_before = instances::common_now(conn, real_now())? - SILENCE;
                    let mut found = claims::orphans(conn, Dead::Silent { seen_before, now })?;
                    // No connection is at work here between passes: what is still ours was left by a failing database.
                    found.extend(claims::orphans(conn, Dead::Own(&boot))?);
                    found.sort_unstable_by_key(|letter| letter.id);
                    found
                };
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
                if !orphans.is_empty() {
                    failpoint::pass("revive-before-commit");
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
        let tried = match self.breaker.gate(clock.now()) {
            Gate::Open => return Ok(0),
            Gate::Closed => 0,
            Gate::HalfOpen => {
                let tried = self.lines(ctx, clock, 1, Some(AtomicUsize::new(1))).await?;
                if self.breaker.gate(clock.now()) != Gate::Closed {
                    return Ok(tried);
                }
                tracing::info!("the relay works again");
                tried
            }
        };
        let settled = self.lines(ctx, clock, self.connections, None).await?;
        if let Some(what) = self.breaker.what() {
            tracing::warn!(relay = what, "the relay is in trouble; letters wait");
        }
        Ok(tried + settled)
    }

    /// Works through what is due over so many connections; `left` limits the letters.
    async fn lines(
        &self,
        ctx: &Context,
        clock: &Clock,
        connections: usize,
        left: Option<AtomicUsize>,
    ) -> Result<usize, StoreError> {
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
            breaker: Arc::clone(&self.breaker),
            left,
            guard: Arc::clone(&self.guard),
        });
        let mut lines = JoinSet::new();
        for _ in 0..connections {
            lines.spawn(Line { session: self.transport.session(), queue: Arc::clone(&queue) }.run());
        }
        // All lines are waited for, also after an error on one: the others are in the middle of a letter.
        let (mut settled, mut failed) = (0, None);
        while let Some(joined) = lines.join_next().await {
            match joined {
                Ok(ended) => {
                    settled += ended.settled;
                    failed = failed.or(ended.failed);
                }
                Err(error) => {
                    queue.over.store(true, Ordering::Relaxed);
                    failed = failed.or(Some(StoreError::Broken(format!("a courier stopped: {error}"))));
                }
            }
        }
        let given_back = queue.give_back().await;
        failed.or(given_back.err()).map_or(Ok(settled), Err)
    }
}
