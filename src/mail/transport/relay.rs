//! What `mail.url` says about a relay, and the time limits of a conversation with it.

use std::fmt;
use std::time::Duration;

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::extension::ClientId;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use super::errors::Trouble;
use super::tls::TlsMode;

/// How long each step may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timeouts {
    pub(super) connect: Duration,
    pub(super) step: Duration,
    pub(super) body: Duration,
    pub(super) dot: Duration,
    pub(super) quit: Duration,
}

impl Timeouts {
    /// The usual limits times `scale`, which the caller has checked to be 0.001 to 100.
    pub(super) fn scaled(scale: f64) -> Self {
        let seconds = |n: u32| Duration::from_secs(n.into()).mul_f64(scale);
        Self {
            connect: seconds(30),
            step: seconds(60),
            body: seconds(180),
            dot: seconds(600),
            quit: seconds(5),
        }
    }

    /// The longest that one letter can take: every step of a new connection after a used one had gone away.
    pub(super) fn longest_send(&self) -> Duration {
        // TLS, greeting and EHLO (2), STARTTLS, EHLO after it, AUTH (3), MAIL on both connections, RCPT, DATA, dot.
        self.connect + self.step * 13 + self.body + self.quit + self.dot
    }
}

/// A relay and how to speak with it.
pub struct Relay {
    host: String,
    port: u16,
    pub(super) mode: TlsMode,
    pub(super) connector: TlsConnector,
    pub(super) server_name: ServerName<'static>,
    pub(super) credentials: Option<Credentials>,
    pub(super) hello: ClientId,
    pub(super) timeouts: Timeouts,
}

impl Relay {
    pub(super) fn new(
        (host, port): (String, u16),
        mode: TlsMode,
        connector: TlsConnector,
        server_name: ServerName<'static>,
        credentials: Option<(String, String)>,
        hello: &str,
        timeouts: Timeouts,
    ) -> Self {
        let plain = !hello.is_empty() && hello.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c));
        let hello = if plain { ClientId::Domain(hello.to_owned()) } else { ClientId::default() };
        let credentials = credentials.map(Credentials::from);
        Self { host, port, mode, connector, server_name, credentials, hello, timeouts }
    }

    /// Host, port and encryption; never user or password.
    #[must_use]
    pub fn describe(&self) -> String {
        let tls = match self.mode {
            TlsMode::None => "no encryption",
            TlsMode::StartTls => "STARTTLS",
            TlsMode::Implicit => "TLS",
        };
        let signed_in = if self.credentials.is_some() { ", signed in" } else { "" };
        format!("relay {}:{} ({tls}{signed_in})", self.host, self.port)
    }

    /// Opens the connection.
    pub(super) async fn socket(&self) -> Result<TcpStream, Trouble> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
        // Body and final dot are two writes: with Nagle's delay each letter would wait some 40 ms.
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.describe())
    }
}
