//! One connection to the relay, and the queue from which all connections take their letters.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Mutex as AsyncMutex;
use tokio::time::Instant;

use super::super::watchdog::Pulse;
use super::breaker::Breaker;
use super::build::build;
use super::guard::Guard;
use super::verdict::{OfRelay, Verdict};
use crate::clock::{Clock, monotonic};
use crate::domain::ids::PersonId;
use crate::failpoint;
use crate::mail::transport::Session;
use crate::store::outbox::claims::{self, Claimed};
use crate::store::outbox::letters::{self, Letter, Settlement};
use crate::store::outbox::{notices, tell_anew};
use crate::store::{Conn, StoreError, bounces as bounce_rows, people};
use crate::workflow::{Context, bounces};

/// How many letters are claimed at once. Few, so that a sign-in letter that is written meanwhile is among the next, and that
/// a claim outlives the letters before it.
const BATCH: i64 = 8;
/// How long a database that is busy or starts anew is waited for before a letter that left stays in doubt, in milliseconds.
const PATIENCE: [u64; 12] = [200, 400, 800, 1600, 3200, 5000, 5000, 5000, 5000, 10000, 10000, 10000];
/// Between two tries to write to a full disk.
const NO_ROOM: Duration = Duration::from_millis(500);
/// Whoever stood still for so long between the last look at the claim and the body no longer trusts the claim.
const STALE: Duration = Duration::from_secs(20);

/// Bytes are made while the letter before is written down, which takes a millisecond. What waited for longer is made anew: what it was
/// made of may have changed.
const FRESH: Duration = Duration::from_secs(1);

/// What is to be sent, shared by all lines of a pass.
pub(super) struct Queue {
    pub(super) ctx: Context,
    pub(super) clock: Clock,
    pub(super) lease: TimeDelta,
    pub(super) boot: String,
    /// Claimed, with their fences.
    pub(super) next: AsyncMutex<VecDeque<(Letter, i32)>>,
    /// The relay is in trouble, or the database: no further letter in this pass.
    pub(super) over: AtomicBool,
    pub(super) stopping: Arc<AtomicBool>,
    pub(super) pace: Arc<AsyncMutex<Instant>>,
    pub(super) gap: Duration,
    pub(super) progress: Pulse,
    pub(super) breaker: Arc<Breaker>,
    /// How many letters may still be taken, where the relay is only tried out.
    pub(super) left: Option<AtomicUsize>,
    pub(super) guard: Arc<Guard>,
}

impl Queue {
    /// The next letter, claimed, with its fence; `None` ends the line.
    ///
    /// A few letters are claimed by one commit and wait here, for all lines together. Claiming and waiting for the turn happen
    /// under one lock: nobody could send sooner, because the rate is that of all lines together.
    async fn take(&self) -> Result<Option<(Letter, i32)>, StoreError> {
        let mut next = self.next.lock().await;
        loop {
            if self.is_over() {
                return Ok(None);
            }
            self.progress.beat();
            let Some((letter, _)) = next.front() else {
                let claimed = self.claim().await?;
                if !claimed.any_due {
                    return Ok(None);
                }
                next.extend(claimed.won);
                continue;
            };
            if letter.not_after.and_utc() > self.clock.now() {
                self.wait_for_turn().await;
            }
            // What stays in the queue is given back.
            if !self.is_over() {
                return Ok(next.pop_front());
            }
        }
    }

    /// Whether no further letter is to be taken in hand.
    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed) || self.stopping.load(Ordering::Relaxed)
    }

    async fn claim(&self) -> Result<Claimed, StoreError> {
        self.guard.look_again(&self.ctx).await?;
        let now = self.clock.now();
        let (boot, until) = (self.boot.clone(), now + self.lease);
        let limit = match &self.left {
            Some(left) => BATCH.min(i64::try_from(left.load(Ordering::Relaxed)).unwrap_or(BATCH)),
            None => BATCH,
        };
        if limit == 0 {
            return Ok(Claimed::default());
        }
        let claimed =
            self.ctx.store.write_tx(move |conn| claims::claim_due(conn, now, limit, &boot, until)).await?;
        if !claimed.won.is_empty() {
            failpoint::pass("claim-after-commit");
        }
        if let Some(left) = &self.left {
            left.fetch_sub(claimed.won.len(), Ordering::Relaxed);
        }
        Ok(claimed)
    }

    /// The next letter with its bytes.
    async fn ready(&self) -> Result<Option<Ready>, StoreError> {
        let Some((letter, fence)) = self.take().await? else { return Ok(None) };
        let built = self.built(&letter).await?;
        Ok(Some(Ready { letter, fence, built, at: Instant::now() }))
    }

    /// The bytes of a letter, or how it ends without any. What is too late is not built.
    async fn built(&self, letter: &Letter) -> Result<Built, StoreError> {
        if letter.not_after.and_utc() <= self.clock.now() {
            return Ok(Err(Settlement::Expired));
        }
        build(&self.ctx, letter).await
    }

    /// Leaves a letter to whoever gives back what nobody came to.
    async fn put_back(&self, ready: Ready) {
        self.next.lock().await.push_front((ready.letter, ready.fence));
    }

    /// Gives back what was claimed and nobody came to.
    pub(super) async fn give_back(&self) -> Result<(), StoreError> {
        let left: Vec<_> =
            self.next.lock().await.drain(..).map(|(letter, fence)| (letter.id, fence)).collect();
        if left.is_empty() {
            return Ok(());
        }
        self.ctx.store.write_tx(move |conn| claims::give_back(conn, &left)).await
    }

    /// Takes note of what a try says about the relay.
    fn judge(&self, relay: &OfRelay) {
        match relay {
            OfRelay::Nothing => {}
            OfRelay::Well => self.breaker.well(),
            OfRelay::Trouble { what, for_sure } => {
                if self.breaker.trouble(what, *for_sure, self.clock.now()) {
                    self.over.store(true, Ordering::Relaxed);
                }
            }
        }
    }

    /// Writes down how a try ended; gives whether the letter was still ours. A letter that left must not stay in doubt because
    /// the database was busy just then, or its disk full for a while; nobody else takes it up before its lease ends.
    async fn settle(&self, end: End) -> Result<bool, StoreError> {
        let mut patience = PATIENCE.iter();
        let give_up = end.at + self.lease.to_std().unwrap_or_default() / 2;
        loop {
            let (letter, fence) = (Arc::clone(&end.letter), end.fence);
            let (verdict, now) = (end.verdict.clone(), self.clock.now());
            let work = move |conn: &mut Conn| write(conn, &letter, fence, &verdict, now);
            let written = self.ctx.store.write_tx(work).await;
            let full = matches!(written, Err(StoreError::Full(_)));
            if full && Instant::now() < give_up && !self.stopping.load(Ordering::Relaxed) {
                self.progress.beat();
                tokio::time::sleep(NO_ROOM).await;
                continue;
            }
            match (written, patience.next()) {
                (Err(StoreError::Busy(_)), Some(wait)) => {
                    tokio::time::sleep(Duration::from_millis(*wait)).await;
                }
                (written, _) => {
                    failpoint::pass("after-settle");
                    return written;
                }
            }
        }
    }

    /// Keeps the rate of all connections together below the limit.
    async fn wait_for_turn(&self) {
        let now = Instant::now();
        let turn = {
            let mut next = self.pace.lock().await;
            let turn = (*next).max(now);
            *next = turn + self.gap;
            turn
        };
        // The shortest sleep is a millisecond, in which a letter or two could leave.
        if turn > now {
            tokio::time::sleep_until(turn).await;
        }
    }
}

/// The bytes of a letter, or how it ends without any.
type Built = Result<Vec<u8>, Settlement>;

/// A claimed letter that is ready to be handed over.
struct Ready {
    letter: Letter,
    fence: i32,
    built: Built,
    /// When its bytes were made.
    at: Instant,
}

/// How a try ended, not yet written down.
struct End {
    letter: Arc<Letter>,
    fence: i32,
    verdict: Verdict,
    at: Instant,
}

/// How a line ended.
#[derive(Default)]
pub(super) struct Ended {
    pub(super) settled: usize,
    pub(super) failed: Option<StoreError>,
}

/// One connection to the relay.
pub(super) struct Line {
    pub(super) session: Session,
    pub(super) queue: Arc<Queue>,
}

impl Line {
    /// Works until nothing is due, the relay is in trouble, or the database fails: then the rest stays pending.
    pub(super) async fn run(mut self) -> Ended {
        let mut ended = Ended::default();
        if let Err(error) = self.work(&mut ended.settled).await {
            self.queue.over.store(true, Ordering::Relaxed);
            ended.failed = Some(error);
        }
        failpoint::pass("before-quit");
        self.session.close().await;
        ended
    }

    async fn work(&mut self, settled: &mut usize) -> Result<(), StoreError> {
        let mut next = self.queue.ready().await?;
        while let Some(ready) = next {
            if self.queue.is_over() {
                self.queue.put_back(ready).await;
                break;
            }
            let end = self.one(ready).await?;
            // Written down before the next one is handed over: a death in the middle of that must not send this one twice. Its bytes
            // are made meanwhile.
            let (written, following) = tokio::join!(self.queue.settle(end), self.queue.ready());
            match (written, following) {
                (Ok(ours), following) => {
                    *settled += usize::from(ours);
                    next = following?;
                }
                (Err(error), following) => {
                    if let Ok(Some(ready)) = following {
                        self.queue.put_back(ready).await;
                    }
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Tries one letter; gives how it ended.
    async fn one(&mut self, ready: Ready) -> Result<End, StoreError> {
        let Ready { letter, fence, mut built, at } = ready;
        if at.elapsed() > FRESH {
            built = self.queue.built(&letter).await?;
        }
        let verdict = match built {
            _ if letter.not_after.and_utc() <= self.queue.clock.now() => Verdict::of(Settlement::Expired),
            Ok(bytes) => self.attempt(&letter, fence, &bytes).await,
            Err(settlement) => Verdict::of(settlement),
        };
        self.queue.judge(&verdict.relay);
        tracing::info!(letter = %letter.id, kind = letter.kind, outcome = verdict.word(), "letter");
        Ok(End { letter: Arc::new(letter), fence, verdict, at: Instant::now() })
    }

    async fn attempt(&mut self, letter: &Letter, fence: i32, bytes: &[u8]) -> Verdict {
        let ctx = &self.queue.ctx;
        let (id, store) = (letter.id, ctx.store.clone());
        let lease_until = self.queue.clock.now() + self.queue.lease;
        let before_body = || async move {
            failpoint::pass("before-sending-mark");
            let asked = monotonic();
            let marked =
                store.write_tx(move |conn| letters::mark_sending(conn, id, fence, lease_until)).await;
            failpoint::pass("after-sending-mark");
            match marked {
                // The process was stopped and goes on now: somebody else may have the letter.
                Ok(true) if monotonic().saturating_sub(asked) > STALE => {
                    Err("the claim on this letter is too old".to_owned())
                }
                Ok(true) => Ok(()),
                Ok(false) => Err("the claim on this letter was lost".to_owned()),
                Err(error) => Err(error.to_string()),
            }
        };
        let from = ctx.settings.mail.from.clone();
        match self.session.send(&from, &letter.to_address, bytes, before_body).await {
            Ok(_) => {
                failpoint::pass("after-250-before-settle");
                Verdict::sent()
            }
            Err(error) => Verdict::on(letter, &error, self.queue.clock.now()),
        }
    }
}

/// The letter's end and what follows from it.
fn write(
    conn: &mut Conn,
    letter: &Letter,
    fence: i32,
    verdict: &Verdict,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    if !letters::settle(conn, letter.id, fence, &verdict.how, now)? {
        return Ok(false);
    }
    // A line broke after its body once: the reader may have it already, so nothing in it is told again.
    let may_be_there = letter.ambiguous > 0;
    if !may_be_there && matches!(verdict.how, Settlement::Expired | Settlement::Cancelled) {
        notices::release(conn, letter.id, now)?;
    }
    if let Some(person_id) = letter.person_id {
        if verdict.how == Settlement::Sent {
            bounce_rows::reached(conn, person_id, &letter.to_address)?;
        } else if verdict.recipient_refused {
            refused(conn, person_id, &letter.to_address, now)?;
        }
    }
    failpoint::pass("settle-before-commit");
    Ok(true)
}

/// What follows from an address that the relay refuses for good.
fn refused(
    conn: &mut Conn,
    person_id: PersonId,
    address: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    // What an address said that has been corrected since tells nothing about the new one.
    if people::find(conn, person_id)?.is_none_or(|own| own.email != address) {
        return tell_anew(conn, person_id, now);
    }
    bounces::mark(conn, person_id, now)?;
    failpoint::pass("bounce-mark");
    Ok(())
}
