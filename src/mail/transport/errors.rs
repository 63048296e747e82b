//! What an attempt to send can come to, told by the phase it reached.
//!
//! Law: `Display` never repeats the relay's words, because relays quote addresses and these sentences go to
//! logs; the words are in [`SendError::reply`] for the one who runs the relay.

use std::fmt;

use thiserror::Error;

use crate::mail::address::AddressError;

/// The steps of one attempt, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Finding the relay and opening the connection.
    Connect,
    /// The TLS handshake.
    Tls,
    /// The relay's greeting and the answer to EHLO.
    Greeting,
    /// The request for STARTTLS, and the EHLO after it.
    StartTls,
    /// Signing in to the relay.
    Auth,
    /// Naming the sender.
    Mail,
    /// Naming the recipient.
    Rcpt,
    /// Asking to send the body.
    Data,
    /// Sending the body, up to the final dot.
    Body,
    /// The final dot and the answer to it. From here on the letter may be out.
    Dot,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "connecting",
            Self::Tls => "the TLS handshake",
            Self::Greeting => "the greeting",
            Self::StartTls => "STARTTLS",
            Self::Auth => "signing in",
            Self::Mail => "naming the sender",
            Self::Rcpt => "naming the recipient",
            Self::Data => "asking to send the body",
            Self::Body => "sending the body",
            Self::Dot => "waiting for the answer to the whole letter",
        })
    }
}

/// Why a letter was not sent, or is not known to be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SendError {
    /// The relay's trouble and not the letter's: no attempt is burnt, nothing was sent.
    #[error("the relay is not usable: {phase} failed{}: {detail}", code_words(*code))]
    Relay {
        /// How far it came.
        phase: Phase,
        /// The reply code, if the relay gave one (421, 535, …).
        code: Option<u16>,
        /// What happened, without the relay's words.
        detail: String,
        /// The relay's words; may be empty.
        reply: String,
    },
    /// The relay did not want the letter now (4xx), or went away before the final dot: try later.
    #[error("the relay did not take the letter for now: {phase}{}", code_words(*code))]
    Temporary {
        /// How far it came.
        phase: Phase,
        /// The reply code; `None` if the relay went away or stayed silent.
        code: Option<u16>,
        /// The relay's words, or what happened.
        reply: String,
    },
    /// The relay will never take this letter (5xx), or an address cannot be sent to.
    #[error("the relay refused the letter: {phase}{}", code_words(*code))]
    Permanent {
        /// How far it came.
        phase: Phase,
        /// The reply code; `None` if we refused the address ourselves.
        code: Option<u16>,
        /// Whether it is the recipient that was refused: then the member's address has bounced.
        at_rcpt: bool,
        /// The relay's words, or ours.
        reply: String,
    },
    /// The whole letter was handed over and no valid answer came: it may be out, or not.
    #[error("the letter was handed over, but the relay's answer did not come: {detail}")]
    Ambiguous {
        /// What happened instead of an answer.
        detail: String,
    },
    /// `before_body` said no; nothing of the body was sent.
    #[error("the letter was kept back before its body was sent: {reason}")]
    Aborted {
        /// The reason it gave.
        reason: String,
    },
}

fn code_words(code: Option<u16>) -> String {
    code.map_or_else(String::new, |code| format!(" (reply {code})"))
}

impl SendError {
    /// The relay's own words, if it gave any. They may repeat an address: show them, do not log them.
    #[must_use]
    pub fn reply(&self) -> &str {
        match self {
            Self::Relay { reply, .. } | Self::Temporary { reply, .. } | Self::Permanent { reply, .. } => {
                reply
            }
            Self::Ambiguous { .. } | Self::Aborted { .. } => "",
        }
    }

    pub(super) fn bad_sender(error: &AddressError) -> Self {
        let detail = "mail.from is not a usable address".to_owned();
        Self::Relay { phase: Phase::Mail, code: None, detail, reply: error.to_string() }
    }

    pub(super) fn bad_recipient(error: &AddressError) -> Self {
        Self::Permanent { phase: Phase::Rcpt, code: None, at_rcpt: true, reply: error.to_string() }
    }
}

/// What went wrong in one step, before its phase gives it a meaning.
#[derive(Debug)]
pub(super) enum Trouble {
    /// A valid reply that says no, or one that does not fit the step.
    Reply { code: u16, words: String },
    /// The connection broke, the reply made no sense, or none came in time.
    Broken(String),
}

impl From<lettre::transport::smtp::Error> for Trouble {
    fn from(error: lettre::transport::smtp::Error) -> Self {
        let words = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        match error.status() {
            Some(code) => Self::Reply { code: code.into(), words },
            // Without a status lettre's text tells of sockets and syntax, never of the letter.
            None => Self::Broken(error.to_string()),
        }
    }
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Self {
        Self::Broken(error.to_string())
    }
}

/// Replies that demand a sign-in or better encryption: the configuration's trouble, in whatever phase.
const WANTS_SIGN_IN: [u16; 4] = [530, 534, 535, 538];

impl Trouble {
    /// Gives the trouble its meaning by the phase reached.
    pub(super) fn at(self, phase: Phase) -> SendError {
        match self {
            Self::Reply { code, words } => {
                // The sender is the same in every letter: one refused for good there is refused in all of them.
                let sender_refused = phase == Phase::Mail && (500..600).contains(&code);
                let relay =
                    phase <= Phase::Auth || sender_refused || code == 421 || WANTS_SIGN_IN.contains(&code);
                match code {
                    _ if relay => {
                        let detail = "it answered with a refusal".to_owned();
                        SendError::Relay { phase, code: Some(code), detail, reply: words }
                    }
                    500..=599 => {
                        // X.7.x speaks of rules (no relaying, no permission), not of the address.
                        let at_rcpt = phase == Phase::Rcpt && !words.starts_with("5.7.");
                        SendError::Permanent { phase, code: Some(code), at_rcpt, reply: words }
                    }
                    400..=499 => SendError::Temporary { phase, code: Some(code), reply: words },
                    // A positive reply of the wrong kind: after the dot it may mean anything.
                    _ if phase == Phase::Dot => SendError::Ambiguous {
                        detail: format!("it answered {code}, which is not an answer to a letter"),
                    },
                    _ => SendError::Temporary { phase, code: Some(code), reply: words },
                }
            }
            Self::Broken(detail) if phase == Phase::Dot => SendError::Ambiguous { detail },
            // Up to the sender's name every letter looks the same, so it cannot be this letter's fault.
            Self::Broken(detail) if phase <= Phase::Mail => {
                SendError::Relay { phase, code: None, detail, reply: String::new() }
            }
            Self::Broken(detail) => SendError::Temporary { phase, code: None, reply: detail },
        }
    }
}
