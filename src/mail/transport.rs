//! How a letter leaves the house: a relay, a directory or a list in memory.
//!
//! [`Transport::parse`] reads `mail.url`; a [`Session`] carries up to 20 letters over one connection. Law: the
//! answer to every attempt tells what may be done next ([`SendError`]); whether a letter may be out is decided
//! by the phase that was reached, never guessed; `before_body` runs just before the first byte of the body, so
//! that the outbox knows of every letter that could have left. Nobody waits without a limit.
//!
//! Called by `worker::courier`, and by `check-config --send-test`.

mod address_of_relay;
mod conversation;
mod drop_box;
mod errors;
mod relay;
mod reply;
mod smtp;
mod tls;

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub use address_of_relay::{Options, TransportUrlError};
pub use drop_box::{Captured, Memory};
pub use errors::{Phase, SendError};
pub use relay::Relay;
pub use tls::TlsMode;

use super::address;

/// The way out, chosen by `mail.url`. Cheap to clone; the clones share their relay or list.
#[derive(Debug, Clone)]
pub enum Transport {
    /// A relay that speaks SMTP.
    Smtp(Arc<Relay>),
    /// A directory that gets one `.eml` file per letter.
    File(Arc<PathBuf>),
    /// A list in memory, for the demo's mailbox and for tests.
    Memory(Memory),
}

/// The relay took the letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The relay's own words ("2.0.0 Ok: queued as 4ZK"), or where the letter was put.
    pub reply: String,
}

impl Transport {
    /// Reads a transport from its address; see `config/README.md` for the forms.
    ///
    /// A `ca_file` is read here, so that a wrong path is found at the start and not with the first letter.
    ///
    /// # Errors
    /// [`TransportUrlError`] with a sentence that names the part and the way out, never the password.
    pub fn parse(url: &str, options: &Options) -> Result<Self, TransportUrlError> {
        address_of_relay::parse(url, options)
    }

    /// What this transport is, without credentials: for logs and `check-config`.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Smtp(relay) => relay.describe(),
            Self::File(directory) => format!("files in {}", directory.display()),
            Self::Memory(_) => "a list in memory".to_owned(),
        }
    }

    /// The longest that one letter can take, as the time limits of all its steps allow.
    #[must_use]
    pub fn longest_send(&self) -> Duration {
        match self {
            Self::Smtp(relay) => relay.timeouts.longest_send(),
            Self::File(_) | Self::Memory(_) => Duration::from_mins(1),
        }
    }

    /// A session without a connection yet; it connects with its first letter.
    #[must_use]
    pub fn session(&self) -> Session {
        Session { transport: self.clone(), connection: None }
    }

    /// Sends one letter over a connection of its own and closes it politely.
    ///
    /// For single letters such as `--send-test`. The courier uses [`Session::send`], which answers right after
    /// the relay's 250 and leaves the farewell for later.
    ///
    /// # Errors
    /// As [`Session::send`].
    pub async fn send(&self, from: &str, to: &str, bytes: &[u8]) -> Result<Sent, SendError> {
        let mut session = self.session();
        let sent = session.send(from, to, bytes, || async { Ok(()) }).await;
        session.close().await;
        sent
    }
}

/// A row of letters over one connection, dropped after 20 of them or after any surprise.
#[derive(Debug)]
pub struct Session {
    transport: Transport,
    connection: Option<smtp::Connection>,
}

impl Session {
    /// Sends one letter to one recipient.
    ///
    /// `before_body` runs once, just before the first byte of the body leaves (after the relay accepted
    /// sender, recipient and DATA). If it answers an error nothing of the body is sent and the attempt ends
    /// as [`SendError::Aborted`].
    ///
    /// # Errors
    /// [`SendError`], which says how far the attempt came and whether the letter may be out.
    pub async fn send<F, W>(
        &mut self,
        from: &str,
        to: &str,
        bytes: &[u8],
        before_body: F,
    ) -> Result<Sent, SendError>
    where
        F: FnOnce() -> W + Send,
        W: Future<Output = Result<(), String>> + Send,
    {
        let sender = address::parse(from).map_err(|error| SendError::bad_sender(&error))?;
        let recipient = address::parse(to).map_err(|error| SendError::bad_recipient(&error))?;
        match &self.transport {
            Transport::Smtp(relay) => {
                // Out of the field while in use: if this future is dropped half-way, so is the connection.
                let used = self.connection.take();
                let mut connection = smtp::Connection::ready(relay, used, &sender).await?;
                let reply = connection.deliver(&recipient, bytes, before_body).await?;
                self.connection = connection.keep();
                Ok(Sent { reply })
            }
            Transport::File(directory) => {
                before_body().await.map_err(|reason| SendError::Aborted { reason })?;
                drop_box::write(Arc::clone(directory), bytes).await
            }
            Transport::Memory(memory) => {
                before_body().await.map_err(|reason| SendError::Aborted { reason })?;
                memory.push(Captured {
                    from: sender.to_string(),
                    to: recipient.to_string(),
                    bytes: bytes.to_vec(),
                });
                Ok(Sent { reply: "kept in memory".to_owned() })
            }
        }
    }

    /// Whether a connection is open and waits for the next letter.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.connection.is_some()
    }

    /// Says goodbye to the relay, waiting a few seconds at most. Dropping the session instead is allowed.
    pub async fn close(mut self) {
        if let Some(connection) = self.connection.take() {
            connection.quit().await;
        }
    }
}
