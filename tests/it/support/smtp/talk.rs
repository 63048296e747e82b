//! One conversation of the tests' SMTP server.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::{Act, Encryption, Log, Offer, Received, Step, lock};

/// Between two bytes of an answer that drips.
const DRIP: Duration = Duration::from_millis(50);

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {
    /// What lies at the bottom of it.
    fn socket(&self) -> &TcpStream;
}

impl Stream for TcpStream {
    fn socket(&self) -> &TcpStream {
        self
    }
}

impl Stream for Box<dyn Stream> {
    fn socket(&self) -> &TcpStream {
        self.as_ref().socket()
    }
}

impl<S: Stream> Stream for TlsStream<S> {
    fn socket(&self) -> &TcpStream {
        self.get_ref().0.socket()
    }
}

type Wire = BufReader<Box<dyn Stream>>;

/// Why a conversation ended early.
pub(super) struct Ended;

impl From<std::io::Error> for Ended {
    fn from(_: std::io::Error) -> Self {
        Self
    }
}

/// One connection.
pub(super) struct Talk {
    pub(super) offer: Offer,
    pub(super) acceptor: TlsAcceptor,
    pub(super) log: Arc<Mutex<Log>>,
}

impl Talk {
    pub(super) async fn run(self, stream: TcpStream) -> Result<(), Ended> {
        let encrypted = self.offer.tls == Encryption::Implicit;
        let stream: Box<dyn Stream> =
            if encrypted { Box::new(self.acceptor.accept(stream).await?) } else { Box::new(stream) };
        let mut wire = Wire::new(stream);
        self.answer(&mut wire, Step::Greeting, "220 test.example ESMTP").await?;
        self.converse(wire, encrypted).await
    }

    async fn converse(&self, mut wire: Wire, mut encrypted: bool) -> Result<(), Ended> {
        let mut signed_in = false;
        let (mut from, mut to) = (String::new(), Vec::new());
        loop {
            let line = read_line(&mut wire).await?;
            let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
            let verb = verb.to_ascii_uppercase();
            lock(&self.log).verbs.push(verb.clone());
            match verb.as_str() {
                "EHLO" => self.answer(&mut wire, Step::Ehlo, &self.features(encrypted)).await?,
                "STARTTLS" => {
                    if self.answer(&mut wire, Step::StartTls, "220 go ahead").await? {
                        let stream = self.acceptor.accept(wire.into_inner()).await?;
                        wire = Wire::new(Box::new(stream));
                        encrypted = true;
                    }
                    continue;
                }
                "AUTH" => {
                    let right = self.sign_in(&mut wire, rest).await?;
                    let reply = if right { "235 welcome" } else { "535 5.7.8 wrong user or password" };
                    signed_in = self.answer(&mut wire, Step::Auth, reply).await? && right;
                    continue;
                }
                "MAIL" if self.offer.sign_in.is_some() && !signed_in => {
                    self.answer(&mut wire, Step::Mail, "530 5.7.0 sign in first").await?
                }
                "MAIL" => {
                    from = address(rest);
                    to.clear();
                    self.answer(&mut wire, Step::Mail, "250 sender ok").await?
                }
                "RCPT" => {
                    let taken = self.answer(&mut wire, Step::Rcpt, "250 recipient ok").await?;
                    if taken {
                        to.push(address(rest));
                    }
                    taken
                }
                "DATA" => {
                    if self.answer(&mut wire, Step::Data, "354 go on").await? {
                        let data = self.body(&mut wire).await?;
                        if let Some(act) = self.fault(Step::Keep) {
                            play(&mut wire, act).await?;
                            continue;
                        }
                        lock(&self.log).letters.push(Received { from: from.clone(), to: to.clone(), data });
                        self.answer(&mut wire, Step::Dot, "250 2.0.0 queued as 7").await?;
                    }
                    continue;
                }
                "QUIT" => {
                    say(&mut wire, "221 bye").await?;
                    return Ok(());
                }
                _ => {
                    say(&mut wire, "502 not known").await?;
                    continue;
                }
            };
        }
    }

    fn features(&self, encrypted: bool) -> String {
        let mut lines = vec!["250-test.example".to_owned(), "250-8BITMIME".to_owned()];
        if self.offer.tls == Encryption::StartTls && !encrypted {
            lines.push("250-STARTTLS".to_owned());
        } else if self.offer.sign_in.is_some() {
            lines.push(format!("250-AUTH {}", self.mechanism()));
        }
        lines.push("250 SIZE 10000000".to_owned());
        lines.join("\r\n")
    }

    fn mechanism(&self) -> &'static str {
        if self.offer.mechanism.is_empty() { "PLAIN" } else { self.offer.mechanism }
    }

    /// Reads the credentials; the strings are Base64 of the ones that are right.
    async fn sign_in(&self, wire: &mut Wire, rest: &str) -> Result<bool, Ended> {
        let Some((user, password)) = self.offer.sign_in else { return Ok(false) };
        if self.mechanism() == "PLAIN" {
            return Ok(rest == format!("PLAIN {}", base64(&format!("\0{user}\0{password}"))));
        }
        say(wire, "334 VXNlcm5hbWU6").await?;
        let given_user = read_line(wire).await?;
        say(wire, "334 UGFzc3dvcmQ6").await?;
        let given_password = read_line(wire).await?;
        Ok(rest == "LOGIN" && given_user == base64(user) && given_password == base64(password))
    }

    async fn body(&self, wire: &mut Wire) -> Result<Vec<u8>, Ended> {
        let mut data = Vec::new();
        loop {
            let mut line = Vec::new();
            if wire.read_until(b'\n', &mut line).await? == 0 {
                return Err(Ended);
            }
            if line == b".\r\n" {
                return Ok(data);
            }
            let first = data.is_empty();
            data.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
            if first && let Some(act) = self.fault(Step::Body) {
                play(wire, act).await?;
            }
        }
    }

    /// Answers `right`, or plays the fault planned for this step. `true` if the right answer was given.
    async fn answer(&self, wire: &mut Wire, step: Step, right: &str) -> Result<bool, Ended> {
        match self.fault(step) {
            None => {}
            Some(Act::Hold) => {
                let released = Arc::clone(&lock(&self.log).released);
                lock(&self.log).waiting += 1;
                released.notified().await;
                lock(&self.log).waiting -= 1;
            }
            Some(Act::Add(line)) => {
                say(wire, &format!("{right}\r\n{line}")).await?;
                return Ok(true);
            }
            Some(Act::AnswerAndDrop) => {
                say(wire, right).await?;
                return Err(Ended);
            }
            Some(Act::Drip) => {
                drip(wire, right).await?;
                return Ok(false);
            }
            Some(act) => {
                play(wire, act).await?;
                return Ok(false);
            }
        }
        say(wire, right).await?;
        Ok(true)
    }

    fn fault(&self, step: Step) -> Option<Act> {
        let mut log = lock(&self.log);
        let place = log.faults.iter().position(|(at, _)| *at == step)?;
        log.faults.remove(place).map(|(_, act)| act)
    }
}

async fn play(wire: &mut Wire, act: Act) -> Result<(), Ended> {
    match act {
        Act::Say(line) => say(wire, line).await,
        Act::SayAndDrop(line) => {
            say(wire, line).await?;
            // Take in what is still under way, so that closing does not reset the line before it is read.
            wire.get_mut().shutdown().await?;
            let mut rest = Vec::new();
            wire.read_to_end(&mut rest).await?;
            Err(Ended)
        }
        Act::Bytes(bytes) => {
            wire.get_mut().write_all(bytes).await?;
            Ok(wire.get_mut().flush().await?)
        }
        Act::Flood => loop {
            wire.get_mut().write_all(&[b'2'; 4096]).await?;
        },
        Act::Drop => Err(Ended),
        Act::Reset => {
            wire.get_ref().socket().set_zero_linger()?;
            Err(Ended)
        }
        // There is no right answer here that could be held back or added to.
        Act::Silence | Act::Hold | Act::Add(_) | Act::AnswerAndDrop | Act::Drip => {
            std::future::pending().await
        }
    }
}

/// One byte now and then, as a relay does that wants its clients to tire. The pause is the fault itself: each byte comes within
/// the time limit of a step, and all of them do not. No test waits for it.
async fn drip(wire: &mut Wire, line: &str) -> Result<(), Ended> {
    for byte in line.as_bytes() {
        wire.get_mut().write_all(&[*byte]).await?;
        wire.get_mut().flush().await?;
        tokio::time::sleep(DRIP).await;
    }
    std::future::pending().await
}

async fn say(wire: &mut Wire, line: &str) -> Result<(), Ended> {
    wire.get_mut().write_all(format!("{line}\r\n").as_bytes()).await?;
    wire.get_mut().flush().await?;
    Ok(())
}

async fn read_line(wire: &mut Wire) -> Result<String, Ended> {
    let mut line = String::new();
    if wire.read_line(&mut line).await? == 0 {
        return Err(Ended);
    }
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// The address between the angle brackets.
fn address(rest: &str) -> String {
    let inside = rest.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inside.map(|(address, _)| address.to_owned()).unwrap_or_default()
}

/// Base64 with padding, for comparing credentials.
fn base64(text: &str) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for group in text.as_bytes().chunks(3) {
        let bits = group.iter().fold(0_u32, |bits, b| bits << 8 | u32::from(*b)) << (8 * (3 - group.len()));
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place) & 63) as usize];
            out.push(if place <= group.len() { char::from(letter) } else { '=' });
        }
    }
    out
}
