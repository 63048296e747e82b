//! What an answer of the relay means for a letter, for its reader's address, and for the relay itself.

use chrono::{DateTime, TimeDelta, Utc};

use super::super::backoff::next_try;
use crate::domain::ids::LetterId;
use crate::mail::transport::{Phase, SendError};
use crate::store::outbox::letters::{Letter, Settlement};

/// After trouble with the relay itself, and before a letter in doubt goes out again.
const PAUSE: TimeDelta = TimeDelta::minutes(1);
const DOUBT: TimeDelta = TimeDelta::minutes(15);

/// What a try says about the relay, whatever the letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum OfRelay {
    /// Nothing.
    Nothing,
    /// It works: it gave a valid answer about this letter.
    Well,
    /// It is in trouble; `for_sure` when asking again would only repeat it.
    Trouble { what: String, for_sure: bool },
}

/// How a try ended and what follows from it.
#[derive(Clone)]
pub(super) struct Verdict {
    pub(super) how: Settlement,
    /// What it says about the relay.
    pub(super) relay: OfRelay,
    /// The relay will never take a letter to this address. A letter refused for what stands in it says nothing about that.
    pub(super) recipient_refused: bool,
}

impl Verdict {
    /// An end that says nothing about relay or address.
    pub(super) fn of(how: Settlement) -> Self {
        Self { how, relay: OfRelay::Nothing, recipient_refused: false }
    }

    /// The relay took the letter.
    pub(super) fn sent() -> Self {
        Self { relay: OfRelay::Well, ..Self::of(Settlement::Sent) }
    }

    /// What a failed try means.
    pub(super) fn on(letter: &Letter, error: &SendError, now: DateTime<Utc>) -> Self {
        let told = match error.reply() {
            "" => error.to_string(),
            reply => format!("{error}: {reply}"),
        };
        let attempts = u32::try_from(letter.attempts).unwrap_or_default();
        let retry = |at, burnt| Settlement::Retry { at, burnt, ambiguous: false, error: told.clone() };
        match error {
            SendError::Relay { phase, .. } => {
                // A wrong password or certificate stays wrong, and asking again may lock the account.
                let for_sure = matches!(phase, Phase::Auth | Phase::StartTls | Phase::Tls);
                let relay = OfRelay::Trouble { what: error.to_string(), for_sure };
                Self { relay, ..Self::of(retry(now + PAUSE, false)) }
            }
            SendError::Temporary { code, .. } => {
                let relay = code.map_or(OfRelay::Nothing, |_| OfRelay::Well);
                Self { relay, ..Self::of(retry(next_try(now, attempts, spread(letter.id)), true)) }
            }
            SendError::Permanent { at_rcpt, code, .. } => Self {
                recipient_refused: *at_rcpt,
                relay: code.map_or(OfRelay::Nothing, |_| OfRelay::Well),
                how: Settlement::Failed(told),
            },
            SendError::Ambiguous { .. } => Self::of(in_doubt(letter, &told, now)),
            SendError::Aborted { .. } => Self::of(retry(now + PAUSE, false)),
        }
    }

    /// The word for the log.
    pub(super) fn word(&self) -> &'static str {
        match self.how {
            Settlement::Sent => "sent",
            Settlement::Retry { ambiguous: true, .. } => "in doubt",
            Settlement::Retry { .. } => "later",
            Settlement::Failed(_) => "failed",
            Settlement::Held { .. } => "held",
            Settlement::Expired => "expired",
            Settlement::Cancelled => "cancelled",
        }
    }
}

/// A letter that may be out: once more after a while, then a person decides. Sign-in links are never sent twice.
pub(super) fn in_doubt(letter: &Letter, why: &str, now: DateTime<Utc>) -> Settlement {
    if letter.kind == "login" || letter.ambiguous > 0 {
        return Settlement::Held { ambiguous: true, error: why.to_owned() };
    }
    Settlement::Retry { at: now + DOUBT, burnt: true, ambiguous: true, error: why.to_owned() }
}

fn spread(id: LetterId) -> u64 {
    id.uuid().as_u64_pair().1
}
