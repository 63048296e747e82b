//! What runs by itself: the clockwork (open, close, compose) and the courier (send).
//!
//! A tick is a hint that something may be due; the database decides. Two loops, so that a slow relay never delays a close.
//! Each loop is guarded: a tick that comes while one runs only asks for another round.

pub mod backoff;
pub mod courier;
mod scheduler;

pub use scheduler::{Scheduler, SchedulerError};

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{Mutex, Notify};

use crate::clock::{Clock, monotonic, real_now};
use crate::store::outbox::{letters, notices};
use crate::store::{StoreError, cadences, cycles, logins, proposals as proposal_rows};
use crate::workflow::{Context, Refusal, close_cycles, compose, open_due_cycles, proposals};
use courier::Courier;

/// Somebody who acts while simulated time passes: the people of the demo.
pub trait Bystander: Send + Sync {
    /// Does what they would have done by `now`.
    fn act<'a>(
        &'a self,
        ctx: &'a Context,
        now: DateTime<Utc>,
    ) -> Pin<Box<dyn Future<Output = Result<(), Refusal>> + Send + 'a>>;
}

/// The two loops and what wakes them.
#[derive(Debug)]
pub struct Worker {
    ctx: Context,
    clock: Clock,
    courier: Courier,
    running: Mutex<()>,
    wake: Notify,
    wake_courier: Notify,
    /// When the clockwork last finished a round, in milliseconds of the monotonic clock.
    last_tick: AtomicU64,
    /// The hour of this process in which old sessions were last forgotten.
    tidied: AtomicU64,
}

impl Worker {
    /// A worker that has not started yet.
    pub fn new(ctx: Context, clock: Clock, courier: Courier) -> Arc<Self> {
        Arc::new(Self {
            ctx,
            clock,
            courier,
            running: Mutex::new(()),
            wake: Notify::new(),
            wake_courier: Notify::new(),
            last_tick: AtomicU64::new(millis(monotonic())),
            tidied: AtomicU64::new(0),
        })
    }

    /// Asks for a round soon; never waits. Ticks call it, and whoever wrote a notice that should leave at once.
    pub fn nudge(&self) {
        self.wake.notify_one();
    }

    /// Does everything that is due at `now` except sending; gives the number of things done.
    pub async fn run_due(&self, now: DateTime<Utc>) -> Result<usize, Refusal> {
        let _one_at_a_time = self.running.lock().await;
        let mut done = 0;
        loop {
            let opened = open_due_cycles::open_due_cycles(&self.ctx, now).await?;
            let closed = close_cycles::close_cycles(&self.ctx, now).await?;
            let expired = proposals::expire(&self.ctx, now).await?;
            let letters = compose::compose_letters(&self.ctx, now).await?;
            let all = opened + closed + expired + letters;
            done += all;
            if all == 0 {
                break;
            }
        }
        self.last_tick.store(millis(monotonic()), Ordering::Relaxed);
        Ok(done)
    }

    /// Sends what may be sent now; gives the number of letters settled.
    pub async fn deliver(&self, now: DateTime<Utc>) -> Result<usize, StoreError> {
        self.courier.deliver(&self.ctx, now).await
    }

    /// Takes up the letters of a process that died; `all` when no other process shares the database.
    pub async fn revive(&self, all: bool) -> Result<usize, StoreError> {
        self.courier.revive(&self.ctx, all, self.clock.now()).await
    }

    /// Waits until the round and the letters in hand are done, and keeps new ones from starting.
    pub async fn finish(&self) {
        self.courier.stop().await;
        // Never released: the loops are ended right after.
        std::mem::forget(self.running.lock().await);
    }

    /// How long ago the clockwork last finished a round.
    pub fn tick_age(&self) -> Duration {
        monotonic().saturating_sub(Duration::from_millis(self.last_tick.load(Ordering::Relaxed)))
    }

    /// What is wrong between us and the relay, if anything is.
    pub fn relay_trouble(&self) -> Option<String> {
        self.courier.trouble()
    }

    /// The loop that opens, closes and composes. Ends when it is dropped.
    pub async fn clockwork(self: Arc<Self>) {
        loop {
            if let Err(error) = self.run_due(self.clock.now()).await {
                tracing::error!(%error, "the clockwork failed; it tries again with the next tick");
            }
            self.tidy().await;
            self.wake_courier.notify_one();
            self.wake.notified().await;
        }
    }

    /// Forgets sign-in requests and sessions that ended a day ago; on the real clock, once an hour.
    async fn tidy(&self) {
        let hour = millis(monotonic()) / 3_600_000 + 1;
        if self.tidied.swap(hour, Ordering::Relaxed) == hour {
            return;
        }
        let before = real_now() - chrono::TimeDelta::days(1);
        if let Err(error) = self.ctx.store.write_tx(move |conn| logins::forget(conn, before)).await {
            tracing::warn!(%error, "old sessions were not forgotten; tried again within the hour");
        }
    }

    /// The loop that sends. Ends when it is dropped.
    pub async fn delivery(self: Arc<Self>) {
        loop {
            self.wake_courier.notified().await;
            if let Err(error) = self.deliver(self.clock.now()).await {
                tracing::error!(%error, "the courier failed; it tries again with the next tick");
            }
        }
    }

    /// The next instant at which something becomes due.
    pub async fn next_event(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.ctx
            .store
            .read(|conn| {
                let candidates = [
                    cadences::next_due(conn)?,
                    cycles::next_close(conn)?,
                    proposal_rows::next_expiry(conn)?,
                    notices::next_due(conn)?,
                    letters::next_due(conn)?,
                ];
                Ok(candidates.into_iter().flatten().min())
            })
            .await
    }

    /// Moves a simulated clock to `to`, stopping at every event on the way, and does all due work before it answers.
    pub async fn travel(&self, to: DateTime<Utc>, people: &dyn Bystander) -> Result<(), Refusal> {
        loop {
            let now = self.clock.now();
            people.act(&self.ctx, now).await?;
            self.run_due(now).await?;
            self.deliver(now).await?;
            let next = self.next_event().await?.filter(|event| *event > now && *event <= to);
            match next {
                Some(event) => self.clock.jump_to(event),
                None if now < to => self.clock.jump_to(to),
                None => return Ok(()),
            };
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
