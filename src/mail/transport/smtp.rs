//! One connection to a relay, phase by phase.
//!
//! lettre writes the commands and reads the replies; the body is written here, over our own handle on the
//! same stream ([`Wire`]), because lettre's body step hides whether the final dot was sent. Law: every step
//! has its own time limit; an attempt whose final dot was not sent is never called ambiguous; a connection
//! that surprised us is not used again.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
#[expect(deprecated, reason = "lettre's only way to start anew on the same stream after STARTTLS")]
use lettre::transport::smtp::client::AsyncNetworkStream;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Auth, Data, Ehlo, Mail, Quit, Rcpt, Starttls};
use lettre::transport::smtp::extension::{Extension, ServerInfo};
use lettre::transport::smtp::response::Response;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use super::errors::{Phase, SendError, Trouble};
use super::relay::{Relay, Timeouts};
use super::tls::{self, TlsMode};
use super::wire::Wire;

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
async fn encrypt(relay: &Relay, wire: &Wire) -> Result<(), SendError> {
    let stream = wire.take_plain().expect("a wire is encrypted once, right after it was plain");
    let shaken = tls::handshake(&relay.connector, relay.server_name.clone(), stream);
    wire.put(within(relay.timeouts.step, Phase::Tls, shaken).await?);
    Ok(())
}

/// The words of a reply on one line.
fn words(response: &Response) -> String {
    response.message().collect::<Vec<_>>().join(" ")
}

/// A connection that is signed in and at rest, or in the middle of one letter.
pub(super) struct Connection {
    smtp: AsyncSmtpConnection,
    wire: Wire,
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
        let wire = Wire::new(within(limits.connect, Phase::Connect, relay.socket()).await?);
        if relay.mode == TlsMode::Implicit {
            encrypt(relay, &wire).await?;
        }
        // Greeting and EHLO are one call of lettre's, so they share the sum of their limits.
        let greeting = AsyncSmtpConnection::connect_with_transport(Box::new(wire.clone()), &relay.hello);
        let mut smtp = within(limits.step * 2, Phase::Greeting, greeting).await?;
        let mut server = smtp.server_info().clone();
        if relay.mode == TlsMode::StartTls {
            if !server.supports_feature(Extension::StartTls) {
                let way_out = "it does not offer STARTTLS; check port and tls=… in mail.url".to_owned();
                return Err(Trouble::Broken(way_out).at(Phase::StartTls));
            }
            within(limits.step, Phase::StartTls, smtp.command(Starttls)).await?;
            encrypt(relay, &wire).await?;
            // A new stream for lettre: what an attacker put behind the plain 220 must not be read as replies.
            #[expect(
                deprecated,
                reason = "lettre's only way to start anew on the same stream after STARTTLS"
            )]
            smtp.set_stream(AsyncNetworkStream::use_existing_tokio1(Box::new(wire.clone())));
            let ehlo = smtp.command(Ehlo::new(relay.hello.clone()));
            let reply = within(limits.step, Phase::StartTls, ehlo).await?;
            server = ServerInfo::from_response(&reply)
                .map_err(|error| Trouble::from(error).at(Phase::StartTls))?;
        }
        let mut connection = Self { smtp, wire, timeouts: limits, letters: 0 };
        if let Some(credentials) = &relay.credentials {
            within(limits.step, Phase::Auth, connection.sign_in(&server, credentials)).await?;
        }
        Ok(connection)
    }

    /// AUTH with the best mechanism that both sides know. lettre's own `auth` would look at the features from
    /// before STARTTLS, where relays rightly offer none.
    async fn sign_in(&mut self, server: &ServerInfo, credentials: &Credentials) -> Result<(), Trouble> {
        let mechanism = server.get_auth_mechanism(DEFAULT_MECHANISMS).ok_or_else(|| {
            Trouble::Broken("it offers neither AUTH PLAIN nor AUTH LOGIN; check tls=… in mail.url".to_owned())
        })?;
        let mut reply = self.smtp.command(Auth::new(mechanism, credentials.clone(), None)?).await?;
        // LOGIN asks twice; whatever asks more often is not one of the two mechanisms.
        for _ in 0..2 {
            if reply.has_code(334) {
                let answer = Auth::new_from_response(mechanism, credentials.clone(), &reply)?;
                reply = self.smtp.command(answer).await?;
            }
        }
        if reply.has_code(235) { Ok(()) } else { Err(unexpected(&reply)) }
    }

    async fn mail(&mut self, sender: &Address) -> Result<(), SendError> {
        let command = self.smtp.command(Mail::new(Some(sender.clone()), vec![]));
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
        let rcpt = self.smtp.command(Rcpt::new(recipient.clone(), vec![]));
        within(limits.step, Phase::Rcpt, rcpt).await?;
        let reply = within(limits.step, Phase::Data, self.smtp.command(Data)).await?;
        if !reply.has_code(354) {
            return Err(unexpected(&reply).at(Phase::Data));
        }
        before_body().await.map_err(|reason| SendError::Aborted { reason })?;
        let sent = within(limits.body, Phase::Body, write(&mut self.wire, &stuffed(bytes))).await;
        if let Err(error) = sent {
            return Err(self.last_words().await.unwrap_or(error));
        }
        let answer = async {
            write(&mut self.wire, b".\r\n").await?;
            Ok::<_, Trouble>(self.smtp.read_response().await?)
        };
        let reply = within(limits.dot, Phase::Dot, answer).await?;
        self.letters += 1;
        // 2yz is the only answer that takes a letter.
        if (200..300).contains(&u16::from(reply.code())) {
            Ok(words(&reply))
        } else {
            Err(unexpected(&reply).at(Phase::Dot))
        }
    }

    /// A relay that hangs up in the middle of the body may have said why (552, too large).
    async fn last_words(&mut self) -> Option<SendError> {
        let reply = timeout(self.timeouts.quit, self.smtp.read_response()).await.ok()?;
        let trouble = Trouble::from(reply.err()?);
        matches!(trouble, Trouble::Reply { .. }).then(|| trouble.at(Phase::Body))
    }

    /// The connection itself if it may carry another letter.
    pub(super) fn keep(self) -> Option<Self> {
        (self.letters < LETTERS_PER_CONNECTION).then_some(self)
    }

    pub(super) async fn quit(mut self) {
        // The letters are settled; a relay that does not say goodbye changes nothing.
        let _ = timeout(self.timeouts.quit, self.smtp.command(Quit)).await;
        let _ = timeout(self.timeouts.quit, self.wire.shutdown()).await;
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("wire", &self.wire)
            .field("letters", &self.letters)
            .finish_non_exhaustive()
    }
}

fn unexpected(reply: &Response) -> Trouble {
    Trouble::Reply { code: reply.code().into(), words: words(reply) }
}

async fn write(wire: &mut Wire, bytes: &[u8]) -> std::io::Result<()> {
    wire.write_all(bytes).await?;
    wire.flush().await
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
