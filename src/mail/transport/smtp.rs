//! One connection to a relay, phase by phase.
//!
//! lettre's whole-letter step hides whether the final dot was sent, so each step is taken here. Law: every step has its own
//! time limit; an attempt whose final dot was not sent is never called ambiguous, and one whose answer is in any doubt always
//! is; a connection that surprised us is not used again.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::commands::{Auth, Data, Ehlo, Mail, Quit, Rcpt, Starttls};
use lettre::transport::smtp::extension::{Extension, ServerInfo};
use tokio::time::timeout;

use super::conversation::Conversation;
use super::errors::{Phase, SendError, Trouble};
use super::relay::{Relay, Timeouts};
use super::reply::Reply;
use super::tls::{self, TlsMode};
use crate::failpoint;

/// How many letters one connection carries.
const LETTERS_PER_CONNECTION: u32 = 20;

/// Runs one step within its limit and gives what goes wrong the meaning of its phase.
async fn within<T, E: Into<Trouble>>(
    limit: Duration,
    phase: Phase,
    step: impl Future<Output = Result<T, E>>,
) -> Result<T, SendError> {
    let trouble = match timeout(limit, step).await {
        Ok(Ok(done)) => return Ok(done),
        Ok(Err(error)) => error.into(),
        Err(_) => Trouble::Broken(format!("nothing came back within {limit:?}")),
    };
    Err(trouble.at(phase))
}

/// Puts TLS below the conversation.
async fn encrypt(relay: &Relay, talk: &mut Conversation) -> Result<(), SendError> {
    let stream = talk.take_plain().map_err(|trouble| trouble.at(Phase::Tls))?;
    let shaken = tls::handshake(&relay.connector, relay.server_name.clone(), stream);
    talk.put(within(relay.timeouts.step, Phase::Tls, shaken).await?);
    Ok(())
}

/// A connection that is signed in and at rest, or in the middle of one letter.
pub(super) struct Connection {
    talk: Conversation,
    timeouts: Timeouts,
    letters: u32,
}

impl Connection {
    /// A connection that has accepted `sender`: the `used` one if it still answers, else a new one.
    pub(super) async fn ready(
        relay: &Arc<Relay>,
        used: Option<Self>,
        sender: &Address,
    ) -> Result<Self, SendError> {
        if let Some(mut connection) = used {
            match connection.mail(sender).await {
                // Relays hang up on idle clients; that is no news, and nothing of this letter was sent.
                Err(SendError::Relay { .. }) => {}
                Err(error) => return Err(error),
                Ok(()) => return Ok(connection),
            }
        }
        let mut connection = Self::open(relay).await?;
        connection.mail(sender).await?;
        Ok(connection)
    }

    async fn open(relay: &Relay) -> Result<Self, SendError> {
        let limits = relay.timeouts;
        let stream = within(limits.connect, Phase::Connect, relay.socket()).await?;
        let mut talk = Conversation::new(stream).map_err(|trouble| trouble.at(Phase::Connect))?;
        if relay.mode == TlsMode::Implicit {
            encrypt(relay, &mut talk).await?;
        }
        let greeting = within(limits.step, Phase::Greeting, talk.reply()).await?;
        if !greeting.is_yes() {
            return Err(Trouble::from(greeting).at(Phase::Greeting));
        }
        let mut server = within(limits.step, Phase::Greeting, introduce(&mut talk, relay)).await?;
        if relay.mode == TlsMode::StartTls {
            if !server.supports_feature(Extension::StartTls) {
                let way_out = "it does not offer STARTTLS; check port and tls=… in mail.url".to_owned();
                return Err(Trouble::Broken(way_out).at(Phase::StartTls));
            }
            within(limits.step, Phase::StartTls, talk.command(Starttls)).await?;
            encrypt(relay, &mut talk).await?;
            server = within(limits.step, Phase::StartTls, introduce(&mut talk, relay)).await?;
        }
        if let Some(credentials) = &relay.credentials {
            within(limits.step, Phase::Auth, sign_in(&mut talk, &server, credentials)).await?;
        }
        Ok(Self { talk, timeouts: limits, letters: 0 })
    }

    async fn mail(&mut self, sender: &Address) -> Result<(), SendError> {
        let command = self.talk.command(Mail::new(Some(sender.clone()), vec![]));
        within(self.timeouts.step, Phase::Mail, command).await.map(drop)
    }

    /// Recipient, DATA, body and dot; `before_body` just before the body's first byte.
    pub(super) async fn deliver<F, W>(
        &mut self,
        recipient: &Address,
        bytes: &[u8],
        before_body: F,
    ) -> Result<String, SendError>
    where
        F: FnOnce() -> W,
        W: Future<Output = Result<(), String>>,
    {
        let limits = self.timeouts;
        let rcpt = self.talk.command(Rcpt::new(recipient.clone(), vec![]));
        within(limits.step, Phase::Rcpt, rcpt).await?;
        let reply = within(limits.step, Phase::Data, self.talk.ask(Data)).await?;
        if reply.code != 354 {
            return Err(Trouble::from(reply).at(Phase::Data));
        }
        within(limits.step, Phase::Data, self.talk.listen()).await?;
        before_body().await.map_err(|reason| SendError::Aborted { reason })?;
        within(limits.step, Phase::Data, self.talk.listen()).await?;
        let sent = within(limits.body, Phase::Body, self.body(&stuffed(bytes))).await;
        failpoint::pass("before-final-dot");
        // What the relay says before the dot is no answer to it. A dot that could not be written did not leave.
        let sent = match sent {
            Ok(()) => within(limits.step, Phase::Body, self.talk.say(b".\r\n")).await,
            failed => failed,
        };
        if let Err(error) = sent {
            return Err(self.last_words().await.unwrap_or(error));
        }
        let reply = within(limits.dot, Phase::Dot, self.talk.reply()).await?;
        self.letters += 1;
        self.at_one(&reply).await?;
        // 2yz is the only answer that takes a letter.
        if reply.is_yes() { Ok(reply.words()) } else { Err(Trouble::from(reply).at(Phase::Dot)) }
    }

    async fn body(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        let half = if failpoint::is_armed("mid-body") { bytes.len() / 2 } else { 0 };
        if half > 0 {
            self.talk.say(&bytes[..half]).await?;
            failpoint::pass("mid-body");
        }
        self.talk.say(&bytes[half..]).await
    }

    /// A second answer that says the opposite: nobody knows which of them is meant. A farewell (421) says nothing.
    async fn at_one(&mut self, reply: &Reply) -> Result<(), SendError> {
        if matches!(timeout(self.timeouts.quit, self.talk.listen()).await, Ok(Ok(()))) {
            return Ok(());
        }
        let Some(second) = self.talk.rest() else { return Ok(()) };
        let opposite =
            if reply.is_yes() { second.code >= 400 && second.code != 421 } else { second.is_yes() };
        if opposite {
            let detail = format!("it answered {} and then {}", reply.code, second.code);
            return Err(Trouble::Broken(detail).at(Phase::Dot));
        }
        Ok(())
    }

    /// A relay that hangs up in the middle of the body may have said why (552, too large).
    async fn last_words(&mut self) -> Option<SendError> {
        let reply = timeout(self.timeouts.quit, self.talk.reply()).await.ok()?.ok()?;
        (reply.code >= 400).then(|| Trouble::from(reply).at(Phase::Body))
    }

    /// The connection itself if it may carry another letter.
    pub(super) fn keep(self) -> Option<Self> {
        (self.letters < LETTERS_PER_CONNECTION).then_some(self)
    }

    pub(super) async fn quit(mut self) {
        // The letters are settled; a relay that does not say goodbye changes nothing.
        let _ = timeout(self.timeouts.quit, self.talk.ask(Quit)).await;
        let _ = timeout(self.timeouts.quit, self.talk.shutdown()).await;
    }
}

/// EHLO, and what the relay offers.
async fn introduce(talk: &mut Conversation, relay: &Relay) -> Result<ServerInfo, Trouble> {
    let reply = talk.command(Ehlo::new(relay.hello.clone())).await?;
    Ok(ServerInfo::from_response(&reply.for_lettre()?)?)
}

/// AUTH with the best mechanism that both sides know.
async fn sign_in(
    talk: &mut Conversation,
    server: &ServerInfo,
    credentials: &Credentials,
) -> Result<(), Trouble> {
    let mechanism = server.get_auth_mechanism(DEFAULT_MECHANISMS).ok_or_else(|| {
        Trouble::Broken("it offers neither AUTH PLAIN nor AUTH LOGIN; check tls=… in mail.url".to_owned())
    })?;
    let mut reply = talk.ask(Auth::new(mechanism, credentials.clone(), None)?).await?;
    // LOGIN asks twice; whatever asks more often is not one of the two mechanisms.
    for _ in 0..2 {
        if reply.code == 334 {
            let answer = Auth::new_from_response(mechanism, credentials.clone(), &reply.for_lettre()?)?;
            reply = talk.ask(answer).await?;
        }
    }
    if reply.code == 235 { Ok(()) } else { Err(reply.into()) }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("talk", &self.talk.describe())
            .field("letters", &self.letters)
            .finish_non_exhaustive()
    }
}

/// The body as it goes over the wire: every line ends with CRLF, a dot at a line's start is doubled
/// (RFC 5321, 4.5.2). Lone CR or LF become CRLF too: relays differ in reading them, and a letter must not be
/// able to end itself early.
fn stuffed(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 64);
    let mut at_start = true;
    let mut rest = bytes.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        if matches!(byte, b'\r' | b'\n') {
            if byte == b'\r' {
                rest.next_if_eq(&b'\n');
            }
            out.extend_from_slice(b"\r\n");
            at_start = true;
            continue;
        }
        if at_start && byte == b'.' {
            out.push(b'.');
        }
        out.push(byte);
        at_start = false;
    }
    if !at_start {
        out.extend_from_slice(b"\r\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_cannot_end_itself() {
        for (given, wire) in [
            ("", ""),
            ("a", "a\r\n"),
            ("a\r\n", "a\r\n"),
            (".", "..\r\n"),
            ("a\r\n.\r\nb", "a\r\n..\r\nb\r\n"),
            ("a\n.\nb\r.\r\r\n", "a\r\n..\r\nb\r\n..\r\n\r\n"),
            ("..a\r\na.\r\n", "...a\r\na.\r\n"),
        ] {
            assert_eq!(String::from_utf8(stuffed(given.as_bytes())).unwrap(), wire, "{given:?}");
        }
    }
}
