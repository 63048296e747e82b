//! The stream below lettre's SMTP client, with a second handle for us.
//!
//! Why: lettre's own body step writes body and dot and reads the reply in one call, so neither the phase nor
//! separate time limits can be told, and lettre cannot start TLS on a socket of our making. [`Wire`] is given
//! to lettre, which speaks commands and replies over it; a clone of it stays here, writes the body, and puts
//! TLS below lettre when it is time. The two handles are used in turn by one task, so the lock never waits.

use std::fmt;
use std::io::{Error, Result};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// A shared handle on one connection to a relay.
#[derive(Clone)]
pub(super) struct Wire(Arc<Mutex<Layer>>);

/// What the bytes go through.
enum Layer {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    /// Between the layers, during a handshake.
    Closed,
}

impl Wire {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self(Arc::new(Mutex::new(Layer::Plain(stream))))
    }

    /// Takes the plain socket out for a handshake; until [`Wire::put`] the wire answers as closed.
    pub(super) fn take_plain(&self) -> Option<TcpStream> {
        match std::mem::replace(&mut *self.layer(), Layer::Closed) {
            Layer::Plain(stream) => Some(stream),
            Layer::Tls(_) | Layer::Closed => None,
        }
    }

    /// Puts the encrypted stream in place; whoever holds a handle now speaks through it.
    pub(super) fn put(&self, stream: TlsStream<TcpStream>) {
        *self.layer() = Layer::Tls(Box::new(stream));
    }

    fn layer(&self) -> MutexGuard<'_, Layer> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn closed() -> Error {
    Error::other("the connection is between two layers of encryption")
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        match &mut *self.layer() {
            Layer::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Layer::Tls(stream) => Pin::new(stream.as_mut()).poll_read(cx, buffer),
            Layer::Closed => Poll::Ready(Err(closed())),
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        match &mut *self.layer() {
            Layer::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Layer::Tls(stream) => Pin::new(stream.as_mut()).poll_write(cx, bytes),
            Layer::Closed => Poll::Ready(Err(closed())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        match &mut *self.layer() {
            Layer::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Layer::Tls(stream) => Pin::new(stream.as_mut()).poll_flush(cx),
            Layer::Closed => Poll::Ready(Err(closed())),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        match &mut *self.layer() {
            Layer::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Layer::Tls(stream) => Pin::new(stream.as_mut()).poll_shutdown(cx),
            Layer::Closed => Poll::Ready(Ok(())),
        }
    }
}

impl AsyncTokioStream for Wire {
    fn peer_addr(&self) -> Result<SocketAddr> {
        match &*self.layer() {
            Layer::Plain(stream) => stream.peer_addr(),
            Layer::Tls(stream) => stream.get_ref().0.peer_addr(),
            Layer::Closed => Err(closed()),
        }
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &*self.layer() {
            Layer::Plain(_) => "Wire(plain)",
            Layer::Tls(_) => "Wire(tls)",
            Layer::Closed => "Wire(closed)",
        })
    }
}
