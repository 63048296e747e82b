//! One connection over which requests are sent as ready bytes and answers are read: HTTP/1.1, kept alive, loopback only.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Longest time that an answer may take.
const PATIENCE: Duration = Duration::from_mins(2);

/// What came back. The body stays in the connection's buffer until the next request.
#[derive(Clone, Copy, Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Whether the server closes the connection.
    closes: bool,
}

/// An answer with everything in it.
#[derive(Debug)]
pub struct Whole {
    /// Status line and headers.
    pub head: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Whole {
    /// The first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (own, value) = line.split_once(':')?;
            own.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// The body as JSON.
    pub fn json(&self) -> Result<serde_json::Value> {
        serde_json::from_slice(&self.body).with_context(|| format!("{}: no JSON", self.head))
    }
}

/// A connection; made anew when the server has closed it.
pub struct Wire {
    address: SocketAddr,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
    /// Where the body of the last answer begins.
    body: usize,
}

impl Wire {
    /// A connection that is made with the first request.
    pub fn new(address: SocketAddr) -> Self {
        Self { address, stream: None, buffer: Vec::with_capacity(64 * 1024), body: 0 }
    }

    /// Sends a request and reads the whole answer.
    pub async fn ask(&mut self, request: &[u8]) -> Result<Reply> {
        let reply = tokio::time::timeout(PATIENCE, self.exchange(request)).await;
        match reply.map_err(anyhow::Error::from).flatten() {
            Ok(reply) => {
                if reply.closes {
                    self.stream = None;
                }
                Ok(reply)
            }
            Err(error) => {
                self.stream = None;
                Err(error)
            }
        }
    }

    /// Sends a request and keeps what came back. A server closes a connection that has rested for some seconds, so that a second
    /// try is made on a new one.
    pub async fn fetch(&mut self, request: &[u8]) -> Result<Whole> {
        if self.ask(request).await.is_err() {
            self.ask(request).await?;
        }
        let head = String::from_utf8_lossy(&self.buffer[..self.body]).into_owned();
        let mut body = self.buffer[self.body..].to_vec();
        if is_chunked(&head) {
            body = joined(&body)?;
        }
        Ok(Whole { head, body })
    }

    async fn exchange(&mut self, request: &[u8]) -> Result<Reply> {
        if self.stream.is_none() {
            let stream = TcpStream::connect(self.address).await?;
            stream.set_nodelay(true)?;
            self.stream = Some(stream);
        }
        let stream = self.stream.as_mut().context("connected above")?;
        stream.write_all(request).await?;
        self.buffer.clear();
        let mut seen = 0;
        let end = loop {
            more(stream, &mut self.buffer).await?;
            let from = usize::saturating_sub(seen, 3);
            if let Some(at) = find(&self.buffer[from..], b"\r\n\r\n") {
                break from + at + 4;
            }
            seen = self.buffer.len();
        };
        self.body = end;
        let head = std::str::from_utf8(&self.buffer[..end])?;
        let status: u16 = head.split(' ').nth(1).unwrap_or_default().parse()?;
        let mut length = None;
        let (mut chunked, mut closes) = (false, false);
        for (name, value) in head.lines().filter_map(|line| line.split_once(':')) {
            if name.eq_ignore_ascii_case("content-length") {
                length = Some(value.trim().parse::<usize>()?);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                chunked = true;
            } else if name.eq_ignore_ascii_case("connection") {
                closes = value.trim().eq_ignore_ascii_case("close");
            }
        }
        match length {
            Some(length) => {
                while self.buffer.len() < end + length {
                    more(stream, &mut self.buffer).await?;
                }
            }
            None if chunked => {
                while !self.buffer.ends_with(b"\r\n0\r\n\r\n") && &self.buffer[end..] != b"0\r\n\r\n" {
                    more(stream, &mut self.buffer).await?;
                }
            }
            None => ensure!(status == 304 || status == 204, "an answer without a length: {head}"),
        }
        Ok(Reply { status, closes })
    }
}

async fn more(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<()> {
    if stream.read_buf(buffer).await? == 0 {
        bail!("the server closed the connection in the middle of an answer");
    }
    Ok(())
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|own| own == what)
}

fn is_chunked(head: &str) -> bool {
    head.to_ascii_lowercase().contains("transfer-encoding: chunked")
}

/// The chunks of a body put together.
fn joined(mut rest: &[u8]) -> Result<Vec<u8>> {
    let mut body = Vec::with_capacity(rest.len());
    loop {
        let line = find(rest, b"\r\n").context("a chunk without a size")?;
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line])?.trim(), 16)?;
        if size == 0 {
            return Ok(body);
        }
        let from = line + 2;
        body.extend_from_slice(rest.get(from..from + size).context("a chunk that breaks off")?);
        rest = &rest[from + size + 2..];
    }
}

/// A request as bytes. `headers` end with a line break each.
pub fn request(method: &str, path: &str, headers: &str, body: Option<&[u8]>) -> Vec<u8> {
    let mut bytes =
        format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n{headers}").into_bytes();
    if let Some(body) = body {
        bytes.extend_from_slice(format!("Content-Length: {}\r\n", body.len()).as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body.unwrap_or_default());
    bytes
}
