//! Commands and replies over one connection to a relay, plain or encrypted.
//!
//! Law: a reply is read for the command it answers and for no other. Whatever a relay has said unasked is noticed before the
//! next word is said to it ([`Conversation::say`] listens first), because a stale "250" taken for the answer to the next
//! letter's final dot would lose that letter. lettre's own connection hides what it has read ahead, refuses replies whose
//! text is not UTF-8 or missing, and reads a line without an end for ever; its commands, its reading of EHLO and its
//! mechanisms of signing in are used. Called by `smtp`.

use std::fmt::Display;
use std::future::poll_fn;
use std::io::{Error, ErrorKind};
use std::os::fd::AsFd;
use std::pin::Pin;
use std::task::Poll;

use lettre::transport::smtp::response::Response;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::errors::Trouble;
use super::reply::{self, Reply};

/// What the bytes go through.
enum Layer {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    /// Between the layers, during a handshake.
    Closed,
}

/// One connection: what it goes through, and what was read of it and not yet understood.
pub(super) struct Conversation {
    layer: Layer,
    /// The same socket, to be looked at past the runtime, which learns of what arrived only when it next waits.
    ear: std::net::TcpStream,
    unread: Vec<u8>,
}

impl Conversation {
    pub(super) fn new(stream: TcpStream) -> Result<Self, Trouble> {
        let ear = std::net::TcpStream::from(stream.as_fd().try_clone_to_owned()?);
        Ok(Self { layer: Layer::Plain(stream), ear, unread: Vec::new() })
    }

    /// Takes the plain socket out for a handshake, once nothing is left unread: what an attacker put behind the plain 220
    /// must not be read as encrypted replies. Until [`Conversation::put`] the conversation is closed.
    pub(super) fn take_plain(&mut self) -> Result<TcpStream, Trouble> {
        if !self.unread.is_empty() {
            return Err(Trouble::Broken("the relay spoke on after its yes to STARTTLS".to_owned()));
        }
        match std::mem::replace(&mut self.layer, Layer::Closed) {
            Layer::Plain(stream) => Ok(stream),
            Layer::Tls(_) | Layer::Closed => Err(closed().into()),
        }
    }

    /// Puts the encrypted stream in place.
    pub(super) fn put(&mut self, stream: TlsStream<TcpStream>) {
        self.layer = Layer::Tls(Box::new(stream));
    }

    /// Says a command and reads the reply to it: any valid one, whatever it says.
    pub(super) async fn ask(&mut self, command: impl Display) -> Result<Reply, Trouble> {
        self.say(command.to_string().as_bytes()).await?;
        self.reply().await
    }

    /// As [`Conversation::ask`], for commands that only a 2yz accepts.
    pub(super) async fn command(&mut self, command: impl Display) -> Result<Reply, Trouble> {
        let reply = self.ask(command).await?;
        if reply.is_yes() { Ok(reply) } else { Err(reply.into()) }
    }

    /// Writes bytes, unless the relay has spoken unasked or has hung up.
    pub(super) async fn say(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        self.listen().await?;
        match &mut self.layer {
            Layer::Plain(stream) => stream.write_all(bytes).await?,
            Layer::Tls(stream) => {
                stream.write_all(bytes).await?;
                stream.flush().await?;
            }
            Layer::Closed => return Err(closed().into()),
        }
        Ok(())
    }

    /// The next reply.
    pub(super) async fn reply(&mut self) -> Result<Reply, Trouble> {
        loop {
            if let Some((reply, length)) = reply::read(&self.unread).map_err(Trouble::Broken)? {
                self.unread.drain(..length);
                return Ok(reply);
            }
            let read = match &mut self.layer {
                Layer::Plain(stream) => stream.read_buf(&mut self.unread).await?,
                Layer::Tls(stream) => stream.read_buf(&mut self.unread).await?,
                Layer::Closed => return Err(closed().into()),
            };
            if read == 0 {
                return Err(hung_up());
            }
        }
    }

    /// Looks whether the relay has hung up or said anything unasked, without waiting.
    pub(super) async fn listen(&mut self) -> Result<(), Trouble> {
        if self.unread.is_empty() {
            match self.ear.peek(&mut [0]) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error.into()),
                Ok(0) => return Err(hung_up()),
                Ok(_) => self.read_on().await?,
            }
        }
        // It may have been a matter of the encryption itself, such as a ticket for the next handshake.
        if self.unread.is_empty() {
            return Ok(());
        }
        // A farewell may come at any time and is about the connection; what anything else is about cannot be known.
        match self.rest() {
            Some(farewell) if farewell.code == 421 => Err(farewell.into()),
            _ => Err(Trouble::Broken("the relay said something that it was not asked".to_owned())),
        }
    }

    /// The reply that lies unread, if a whole one does. It stays unread.
    pub(super) fn rest(&self) -> Option<Reply> {
        reply::read(&self.unread).ok().flatten().map(|(reply, _)| reply)
    }

    /// Reads what has arrived already, one piece of it.
    async fn read_on(&mut self) -> Result<(), Trouble> {
        let (Self { layer, unread, .. }, mut space) = (self, [0; 512]);
        let mut space = ReadBuf::new(&mut space);
        // The bytes are there, so that the runtime learns of them at once.
        let read = match layer {
            Layer::Plain(stream) => {
                stream.readable().await?;
                poll_fn(|cx| Poll::Ready(Pin::new(&mut *stream).poll_read(cx, &mut space))).await
            }
            Layer::Tls(stream) => {
                stream.get_ref().0.readable().await?;
                poll_fn(|cx| Poll::Ready(Pin::new(stream.as_mut()).poll_read(cx, &mut space))).await
            }
            Layer::Closed => return Err(closed().into()),
        };
        match read {
            Poll::Ready(Ok(())) if space.filled().is_empty() => Err(hung_up()),
            Poll::Ready(Err(error)) => Err(error.into()),
            Poll::Ready(Ok(())) | Poll::Pending => {
                unread.extend_from_slice(space.filled());
                Ok(())
            }
        }
    }

    /// Closes our side.
    pub(super) async fn shutdown(&mut self) -> Result<(), Error> {
        match &mut self.layer {
            Layer::Plain(stream) => stream.shutdown().await,
            Layer::Tls(stream) => stream.shutdown().await,
            Layer::Closed => Ok(()),
        }
    }

    /// For messages about this connection: how it is encrypted.
    pub(super) fn describe(&self) -> &'static str {
        match &self.layer {
            Layer::Plain(_) => "plain",
            Layer::Tls(_) => "encrypted",
            Layer::Closed => "closed",
        }
    }
}

fn closed() -> Error {
    Error::other("the connection is between two layers of encryption")
}

fn hung_up() -> Trouble {
    Trouble::Broken("the relay hung up".to_owned())
}

impl Reply {
    /// The same reply as lettre understands it.
    pub(super) fn for_lettre(&self) -> Result<Response, Trouble> {
        let mut text = String::new();
        for (place, line) in self.lines.iter().enumerate() {
            let mark = if place + 1 == self.lines.len() { " " } else { "-" };
            text.extend([&self.code.to_string(), mark, line, "\r\n"]);
        }
        text.parse().map_err(|_| Trouble::Broken(format!("its reply {} made no sense here", self.code)))
    }
}

impl From<Reply> for Trouble {
    fn from(reply: Reply) -> Self {
        Self::Reply { code: reply.code, words: reply.words() }
    }
}
