//! What runs by itself: the clockwork (open, close, compose) and the courier (send).
//!
//! A tick is a hint that something may be due; the database decides. Two loops, so that a slow relay never delays a close.
//! Each loop is guarded: a tick that comes while one runs only asks for another round. What is due and cannot be done is
//! counted and told; it keeps nothing else from being done. A loop that no longer turns ends the process ([`Worker::watch`]).

pub mod backoff;
pub mod courier;
mod scheduler;
mod watchdog;

pub use scheduler::{Scheduler, SchedulerError};

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{Mutex, Notify};
use tracing::{Instrument as _, debug_span};

use crate::clock::{Clock, monotonic, real_now};
use crate::store::instances::{self, Beat};
use crate::store::outbox::{letters, notices};
use crate::store::{
    StoreError, cadences, cycles, endings as ended, logins, proposals as proposal_rows, reviews, tokens,
};
use crate::workflow::{
    Context, Look, Refusal, close_cycles, compose, digest, endings, erase_person, open_due_cycles, proposals,
    retention, review, unlink,
};
use courier::Courier;
use watchdog::{Pulse, millis};

/// How often a process says that it lives.
const HEARTBEAT: Duration = Duration::from_secs(10);

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
    travelling: Mutex<()>,
    wake: Notify,
    wake_courier: Notify,
    /// The clockwork did all that is due, except what is stuck.
    tick: Pulse,
    /// The clockwork ended a round, well or not.
    turning: Pulse,
    /// A delivery pass ended well.
    pass: Pulse,
    /// How many due things the last round could not do.
    stuck: AtomicUsize,
    /// This process said that it lives.
    said: Pulse,
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
            travelling: Mutex::new(()),
            tick: Pulse::new(),
            turning: Pulse::new(),
            pass: Pulse::new(),
            stuck: AtomicUsize::new(0),
            said: Pulse::never(),
            tidied: AtomicU64::new(0),
        })
    }

    /// Asks for a round soon; never waits. Ticks call it, and whoever wrote a notice that should leave at once.
    pub fn nudge(&self) {
        self.wake.notify_one();
    }

    /// Does everything that is due at `now` except sending; gives the number of things done. What cannot be done is
    /// counted ([`Worker::stuck`]) and keeps nothing else from being done.
    pub async fn run_due(&self, now: DateTime<Utc>) -> Result<usize, Refusal> {
        let _one_at_a_time = self.running.lock().await;
        let mut done = 0;
        loop {
            let (round, failed) = self.round(now).await;
            self.turning.beat();
            self.stuck.store(round.stuck, Ordering::Relaxed);
            done += round.done;
            if let Some(error) = failed {
                return Err(error);
            }
            if round.done == 0 {
                break;
            }
        }
        self.tick.beat();
        Ok(done)
    }

    /// One round: each part is tried whatever became of the others; gives the first failure of a whole part.
    async fn round(&self, now: DateTime<Utc>) -> (Look, Option<Refusal>) {
        let sign_in =
            compose::compose_sign_in(&self.ctx, now).instrument(debug_span!("compose sign-in letters")).await;
        if sign_in.as_ref().is_ok_and(|look| look.done > 0) {
            // Somebody sits and waits for it: it leaves while cycles still open and close.
            self.wake_courier.notify_one();
        }
        let parts = [
            sign_in,
            open_due_cycles::open_due_cycles(&self.ctx, now).instrument(debug_span!("open cycles")).await,
            proposals::expire(&self.ctx, now).instrument(debug_span!("expire proposals")).await,
            close_cycles::close_cycles(&self.ctx, now).instrument(debug_span!("close cycles")).await,
            review::close_silent(&self.ctx, now).instrument(debug_span!("close reviews")).await,
            review::remind_reviews(&self.ctx, now).instrument(debug_span!("reminders of reviews")).await,
            review::remind_weekly(&self.ctx, now).instrument(debug_span!("actions of the week")).await,
            digest::remind_monthly(&self.ctx, now).instrument(debug_span!("digests of the month")).await,
            endings::look_after(&self.ctx, now)
                .instrument(debug_span!("look after ended partnerships"))
                .await,
            unlink::wipe_traces(&self.ctx).instrument(debug_span!("write over traces")).await,
            compose::compose_letters(&self.ctx, now).instrument(debug_span!("compose letters")).await,
            retention::look(&self.ctx, now).instrument(debug_span!("retention")).await,
            erase_person::compact(&self.ctx).instrument(debug_span!("compact")).await,
        ];
        let (mut round, mut failed) = (Look::default(), None);
        for part in parts {
            match part {
                Ok(look) => round = round.and(look),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        (round, failed)
    }

    /// Sends what may be sent, also what becomes due meanwhile; gives the number of letters settled.
    pub async fn deliver(&self) -> Result<usize, StoreError> {
        self.deliver_by(&self.clock).await
    }

    /// Sends what could be sent at `now`, as if it were then: for a past that is made up.
    pub async fn deliver_as_of(&self, now: DateTime<Utc>) -> Result<usize, StoreError> {
        self.deliver_by(&Clock::fixed(now)).await
    }

    async fn deliver_by(&self, clock: &Clock) -> Result<usize, StoreError> {
        // Whoever claims letters is known to live, or others would take them up.
        if self.said.age(monotonic()) > HEARTBEAT {
            self.beat().await?;
        }
        let settled = self.courier.deliver(&self.ctx, clock).await?;
        self.pass.beat();
        Ok(settled)
    }

    /// Takes up the letters of a process that died; `alone` when no other process shares the database.
    pub async fn revive(&self, alone: bool) -> Result<usize, StoreError> {
        if alone {
            self.ctx.store.write_tx(|conn| instances::forget(conn, real_now())).await?;
        }
        self.courier.revive(&self.ctx, alone, self.clock.now()).await
    }

    /// Says that this process lives.
    pub async fn beat(&self) -> Result<(), StoreError> {
        let now = real_now();
        let ago = |age: Duration| now - TimeDelta::from_std(age).unwrap_or(TimeDelta::MAX);
        let own = Beat {
            id: self.courier.boot().to_owned(),
            place: format!("{}, process {}", self.ctx.settings.http.bind, std::process::id()),
            started_at: ago(monotonic()),
            tick_at: ago(self.tick_age()),
            pass_at: ago(self.pass_age()),
            stuck: self.stuck(),
            relay: self.relay_trouble(),
        };
        self.ctx
            .store
            .write_tx(move |conn| {
                let now = instances::common_now(conn, now)?;
                instances::beat(conn, &own, now)
            })
            .await?;
        self.said.beat();
        Ok(())
    }

    /// The loop that says that this process lives. Ends when it is dropped.
    pub async fn heartbeat(self: Arc<Self>) {
        loop {
            if let Err(error) = self.beat().await {
                tracing::warn!(%error, "this process could not say that it lives; it tries again in a few seconds");
            }
            tokio::time::sleep(HEARTBEAT).await;
        }
    }

    /// Looks, at a start, whether this is the database that this server worked with last; if not, sending is paused.
    pub async fn guard(&self) -> Result<(), StoreError> {
        self.courier.guard(&self.ctx).await
    }

    /// Waits until the round and the letters in hand are done, and keeps new ones from starting.
    pub async fn finish(&self) {
        self.courier.stop().await;
        let id = self.courier.boot().to_owned();
        if let Err(error) = self.ctx.store.write_tx(move |conn| instances::leave(conn, &id)).await {
            tracing::warn!(%error, "this process did not say that it ends");
        }
        // Never released: the loops are ended right after.
        std::mem::forget(self.running.lock().await);
    }

    /// How long ago the clockwork last finished a round.
    pub fn tick_age(&self) -> Duration {
        self.tick.age(monotonic())
    }

    /// How long ago a delivery pass last ended well.
    pub fn pass_age(&self) -> Duration {
        self.pass.age(monotonic())
    }

    /// How many due things (openings, closes, letters to be written) the last round could not do.
    pub fn stuck(&self) -> usize {
        self.stuck.load(Ordering::Relaxed)
    }

    /// Which loop shows no sign of life at an instant of the monotonic clock, as a sentence; `None` while both turn.
    ///
    /// Ticks come every minute at least, and each turns both loops. A single letter may take as long as the time limits
    /// towards the relay allow.
    pub fn hanging(&self, at: Duration) -> Option<&'static str> {
        if self.turning.age(at) > watchdog::PATIENCE {
            return Some("the clockwork has finished no round for five minutes");
        }
        if self.courier.progress().age(at) > self.courier.longest_send() + watchdog::PATIENCE {
            return Some(
                "the courier has taken no letter in hand and finished no pass for longer than a letter may take",
            );
        }
        None
    }

    /// Waits until a loop hangs, and says which.
    pub async fn watch(&self) -> &'static str {
        self.turning.beat();
        self.courier.progress().beat();
        loop {
            tokio::time::sleep(watchdog::LOOK).await;
            if let Some(sentence) = self.hanging(monotonic()) {
                return sentence;
            }
        }
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

    /// Forgets sign-in requests and sessions that ended a day ago, and calls that were remembered long enough; on the real clock, once an hour.
    async fn tidy(&self) {
        let hour = millis(monotonic()) / 3_600_000 + 1;
        if self.tidied.swap(hour, Ordering::Relaxed) == hour {
            return;
        }
        let before = real_now() - TimeDelta::days(1);
        let tidied = self.ctx.store.write_tx(move |conn| -> Result<(), StoreError> {
            instances::forget(conn, before)?;
            logins::forget(conn, before)?;
            tokens::forget_calls(conn, before)?;
            Ok(())
        });
        if let Err(error) = tidied.await {
            tracing::warn!(%error, "old sessions and processes were not forgotten; tried again within the hour");
        }
    }

    /// The loop that sends. Ends when it is dropped.
    pub async fn delivery(self: Arc<Self>) {
        loop {
            self.wake_courier.notified().await;
            if let Err(error) = self.deliver().await {
                tracing::error!(%error, "the courier failed; it tries again with the next tick");
            }
        }
    }

    /// The next instant after `after` at which something becomes due. What is overdue by then hides nothing later.
    pub async fn next_event(&self, after: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.ctx
            .store
            .read(move |conn| {
                let candidates = [
                    cadences::next_due(conn, after)?,
                    cycles::next_close(conn, after)?,
                    notices::next_due(conn, after)?,
                    letters::next_due(conn, after)?,
                    proposal_rows::next_expiry(conn, after)?,
                    reviews::next_silence(conn, after)?,
                    review::next_reminder(conn, after)?,
                    review::next_weekly(conn, after)?,
                    digest::next_monthly(conn, after)?,
                    ended::next_due(conn, after)?,
                ];
                Ok(candidates.into_iter().flatten().min())
            })
            .await
    }

    /// Moves a simulated clock to `to`, stopping at every event on the way, and does all due work before it answers.
    ///
    /// One journey at a time: a second one waits, and time has then passed for it already.
    pub async fn travel(&self, to: DateTime<Utc>, people: &dyn Bystander) -> Result<(), Refusal> {
        let _one_at_a_time = self.travelling.lock().await;
        loop {
            let now = self.clock.now();
            people.act(&self.ctx, now).await?;
            self.run_due(now).await?;
            self.deliver().await?;
            let next = self.next_event(now).await?.filter(|event| *event <= to);
            match next {
                Some(event) => self.clock.jump_to(event),
                None if now < to => self.clock.jump_to(to),
                None => return Ok(()),
            };
        }
    }
}
