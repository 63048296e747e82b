//! Claims letters, hands them to the relay, and writes down how it went.
//!
//! No transaction is open while we talk to the relay. `sending` is committed just before the first byte of the body and
//! `sent` right after the relay's 250, so that a crash leaves at most one letter per connection in doubt; such a letter goes
//! out once more, byte for byte the same, and then waits for a person.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Mutex as AsyncMutex;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::backoff::next_try;
use crate::domain::cycle::InvitationState;
use crate::domain::ids::LetterId;
use crate::mail::transport::{SendError, Session, Transport};
use crate::mail::{LinkKind, Rendered, mime};
use crate::store::outbox::letters::{self, Letter, Settlement};
use crate::store::outbox::notices;
use crate::store::{StoreError, invitations, logins, partnerships};
use crate::workflow::Context;

const BATCH: i64 = 100;
/// Longer than the longest send: the sum of all phases' time limits.
const LEASE: TimeDelta = TimeDelta::minutes(30);
/// After trouble with the relay itself, and before a letter in doubt goes out again.
const PAUSE: TimeDelta = TimeDelta::minutes(1);
const DOUBT: TimeDelta = TimeDelta::minutes(15);

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
}

impl Courier {
    /// A courier for a transport, with the settings' limits.
    pub fn new(transport: Transport, connections: usize, per_minute: u32) -> Self {
        Self {
            transport,
            connections: connections.clamp(1, 4),
            gap: Duration::from_mins(1) / per_minute.max(1),
            boot: crate::secrets::random_token(),
            trouble: Mutex::new(None),
            one_pass: AsyncMutex::new(()),
            stopping: Arc::new(AtomicBool::new(false)),
            pace: Arc::new(AsyncMutex::new(Instant::now())),
        }
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
                        in_doubt(letter, "the program stopped while the letter was handed over", now)
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

    /// Sends everything that may be sent at `now`; gives the number of letters settled.
    pub async fn deliver(&self, ctx: &Context, now: DateTime<Utc>) -> Result<usize, StoreError> {
        let _one_pass = self.one_pass.lock().await;
        self.revive(ctx, false, now).await?;
        let mut settled = 0;
        loop {
            let due = ctx.store.read(move |conn| letters::due(conn, now, BATCH)).await?;
            if due.is_empty() || self.stopping.load(Ordering::Relaxed) {
                break;
            }
            let (done, usable) = self.deliver_batch(ctx, due, now).await?;
            settled += done;
            if !usable {
                break;
            }
        }
        Ok(settled)
    }

    async fn deliver_batch(
        &self,
        ctx: &Context,
        due: Vec<Letter>,
        now: DateTime<Utc>,
    ) -> Result<(usize, bool), StoreError> {
        let queue = Arc::new(Mutex::new(due.into_iter().collect::<std::collections::VecDeque<_>>()));
        let mut lines = JoinSet::new();
        for _ in 0..self.connections {
            let line = Line {
                ctx: ctx.clone(),
                session: self.transport.session(),
                queue: Arc::clone(&queue),
                boot: self.boot.clone(),
                stopping: Arc::clone(&self.stopping),
                pace: Arc::clone(&self.pace),
                gap: self.gap,
            };
            lines.spawn(line.run(now));
        }
        let (mut settled, mut trouble) = (0, None);
        while let Some(joined) = lines.join_next().await {
            let (done, broken) =
                joined.map_err(|e| StoreError::Broken(format!("a courier stopped: {e}")))??;
            settled += done;
            trouble = trouble.or(broken);
        }
        let usable = trouble.is_none();
        if let Some(what) = &trouble {
            tracing::warn!(relay = what, "the relay is not usable; letters wait");
        }
        self.set_trouble(trouble);
        Ok((settled, usable))
    }
}

/// One connection to the relay, working through a shared queue.
struct Line {
    ctx: Context,
    session: Session,
    queue: Arc<Mutex<std::collections::VecDeque<Letter>>>,
    boot: String,
    stopping: Arc<AtomicBool>,
    pace: Arc<AsyncMutex<Instant>>,
    gap: Duration,
}

impl Line {
    /// Works until the queue is empty or the relay is in trouble: then the rest stays pending.
    async fn run(mut self, now: DateTime<Utc>) -> Result<(usize, Option<String>), StoreError> {
        let mut settled = 0;
        loop {
            let next = self.queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            let Some(letter) = next.filter(|_| !self.stopping.load(Ordering::Relaxed)) else { break };
            match self.one(&letter, now).await? {
                Tried::Settled => settled += 1,
                Tried::Lost => {}
                Tried::RelayTrouble(what) => {
                    self.queue.lock().unwrap_or_else(PoisonError::into_inner).clear();
                    return Ok((settled, Some(what)));
                }
            }
        }
        self.session.close().await;
        Ok((settled, None))
    }

    async fn one(&mut self, letter: &Letter, now: DateTime<Utc>) -> Result<Tried, StoreError> {
        let (id, fence, boot) = (letter.id, letter.fence, self.boot.clone());
        let claimed =
            self.ctx.store.write_tx(move |conn| letters::claim(conn, id, fence, &boot, now + LEASE)).await?;
        let Some(fence) = claimed else { return Ok(Tried::Lost) };
        let (how, trouble) = if letter.not_after.and_utc() <= now {
            (Settlement::Expired, None)
        } else {
            self.attempt(letter, fence, now).await?
        };
        // A line broke after its body once: the reader may have it already, so nothing in it is told again.
        let may_be_there = letter.ambiguous > 0;
        let failed_address = matches!(how, Settlement::Failed(_)).then_some(letter.person_id).flatten();
        tracing::info!(letter = %id, kind = letter.kind, outcome = outcome_word(&how), "letter");
        let settled = self
            .ctx
            .store
            .write_tx(move |conn| {
                if let Some(person) = failed_address {
                    partnerships::mark_bounced(conn, person, now)?;
                }
                let settled = letters::settle(conn, id, fence, &how, now)?;
                if settled && !may_be_there && matches!(how, Settlement::Expired | Settlement::Cancelled) {
                    notices::release(conn, id, now)?;
                }
                Ok::<_, StoreError>(settled)
            })
            .await?;
        Ok(match trouble {
            Some(what) => Tried::RelayTrouble(what),
            None if settled => Tried::Settled,
            None => Tried::Lost,
        })
    }

    async fn attempt(
        &mut self,
        letter: &Letter,
        fence: i32,
        now: DateTime<Utc>,
    ) -> Result<(Settlement, Option<String>), StoreError> {
        let bytes = match build(&self.ctx, letter).await? {
            Ok(bytes) => bytes,
            Err(settlement) => return Ok((settlement, None)),
        };
        self.wait_for_turn().await;
        let (id, store) = (letter.id, self.ctx.store.clone());
        let before_body = || async move {
            match store.write_tx(move |conn| letters::mark_sending(conn, id, fence)).await {
                Ok(true) => Ok(()),
                Ok(false) => Err("the claim on this letter was lost".to_owned()),
                Err(error) => Err(error.to_string()),
            }
        };
        let from = self.ctx.settings.mail.from.clone();
        let outcome = self.session.send(&from, &letter.to_address, &bytes, before_body).await;
        Ok(match outcome {
            Ok(_) => (Settlement::Sent, None),
            Err(error) => classify(letter, &error, now),
        })
    }

    /// Keeps the rate of all connections together below the limit.
    async fn wait_for_turn(&self) {
        let turn = {
            let mut next = self.pace.lock().await;
            let turn = (*next).max(Instant::now());
            *next = turn + self.gap;
            turn
        };
        tokio::time::sleep_until(turn).await;
    }
}

enum Tried {
    Settled,
    Lost,
    RelayTrouble(String),
}

/// Fills in the secret links and builds the bytes; `Err` says how a letter ends that cannot be built.
async fn build(ctx: &Context, letter: &Letter) -> Result<Result<Vec<u8>, Settlement>, StoreError> {
    let rendered = Rendered {
        subject: letter.subject.clone(),
        text: letter.body_text.clone(),
        html: letter.body_html.clone(),
    };
    let links = links(ctx, &rendered).await?;
    let find = |kind: LinkKind, id: &str| {
        links.iter().find(|link| link.kind == kind && link.id == id).map(|link| link.url.clone())
    };
    // Moot: a round in it is over, or everything in it has been sent. What of it is still worth telling goes into a
    // new letter.
    let Ok(filled) = rendered.filled(find) else { return Ok(Err(Settlement::Cancelled)) };
    if !links.is_empty() && links.iter().all(|link| !link.waits) {
        return Ok(Err(Settlement::Cancelled));
    }
    let built = mime::build(&mime::Draft {
        from_name: &letter.from_name,
        from_address: &ctx.settings.mail.from,
        to_name: &letter.to_name,
        to_address: &letter.to_address,
        reply_to: letter.reply_to.as_deref().map(|address| ("", address)),
        rendered: &filled,
        date: letter.dated_at.and_utc(),
        message_id: &letter.message_id,
        boundary: &letter.boundary,
        unsubscribe: None,
    });
    Ok(built.map_err(|error| Settlement::Held(error.to_string())))
}

/// A secret link of a letter.
struct SecretLink {
    kind: LinkKind,
    id: String,
    url: String,
    /// Whether whoever gets it has not yet done what it is for.
    waits: bool,
}

/// The addresses of the secret links in a letter, derived now and never stored.
async fn links(ctx: &Context, rendered: &Rendered) -> Result<Vec<SecretLink>, StoreError> {
    let wanted = std::cell::RefCell::new(Vec::new());
    let collected = rendered.filled(|kind, id| {
        wanted.borrow_mut().push((kind, id.to_owned()));
        Some(String::new())
    });
    drop(collected);
    let wanted = wanted.into_inner();
    let ctx = ctx.clone();
    let store = ctx.store.clone();
    store
        .read(move |conn| {
            let mut links = Vec::new();
            for (kind, id) in wanted {
                let (path, waits) = match kind {
                    LinkKind::Survey => {
                        let Ok(invitation) = id.parse() else { continue };
                        let Some((salt, state)) = invitations::salt(conn, invitation)? else { continue };
                        (format!("/s/{}", ctx.key.survey_token(&salt)), state == InvitationState::Open)
                    }
                    LinkKind::Login => {
                        let Ok(request) = id.parse() else { continue };
                        let Some(salt) = logins::salt(conn, request)? else { continue };
                        (format!("/login/{}", ctx.key.login_token(&salt)), true)
                    }
                };
                links.push(SecretLink { kind, id, url: ctx.settings.link(&path), waits });
            }
            Ok(links)
        })
        .await
}

fn classify(letter: &Letter, error: &SendError, now: DateTime<Utc>) -> (Settlement, Option<String>) {
    let told = match error.reply() {
        "" => error.to_string(),
        reply => format!("{error}: {reply}"),
    };
    let attempts = u32::try_from(letter.attempts).unwrap_or_default();
    let retry = |at, burnt| Settlement::Retry { at, burnt, ambiguous: false, error: told.clone() };
    match error {
        SendError::Relay { .. } => (retry(now + PAUSE, false), Some(error.to_string())),
        SendError::Temporary { .. } => (retry(next_try(now, attempts, spread(letter.id)), true), None),
        SendError::Permanent { .. } => (Settlement::Failed(told), None),
        SendError::Ambiguous { .. } => (in_doubt(letter, &told, now), None),
        SendError::Aborted { .. } => (retry(now + PAUSE, false), None),
    }
}

/// A letter that may be out: once more after a while, then a person decides. Sign-in links are never sent twice.
fn in_doubt(letter: &Letter, why: &str, now: DateTime<Utc>) -> Settlement {
    if letter.kind == "login" || letter.ambiguous > 0 {
        return Settlement::Held(why.to_owned());
    }
    Settlement::Retry { at: now + DOUBT, burnt: true, ambiguous: true, error: why.to_owned() }
}

fn spread(id: LetterId) -> u64 {
    id.uuid().as_u64_pair().1
}

fn outcome_word(how: &Settlement) -> &'static str {
    match how {
        Settlement::Sent => "sent",
        Settlement::Retry { ambiguous: true, .. } => "in doubt",
        Settlement::Retry { .. } => "later",
        Settlement::Failed(_) => "failed",
        Settlement::Held(_) => "held",
        Settlement::Expired => "expired",
        Settlement::Cancelled => "cancelled",
    }
}
