//! A small real SMTP server on a loopback port: it records what it is given and misbehaves when told to.
//!
//! It speaks plain SMTP, STARTTLS or implicit TLS (with a certificate of its own, see
//! [`SmtpServer::ca_file`]), may demand AUTH PLAIN or LOGIN, and plays one [`Fault`] after another at the
//! steps they name. It shares no code with the client it tests. Everything ends with the value.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// What the server offers.
#[derive(Debug, Clone, Default)]
pub struct Offer {
    /// How it encrypts.
    pub tls: Encryption,
    /// User and password that AUTH must bring before MAIL; `None` offers no AUTH.
    pub sign_in: Option<(&'static str, &'static str)>,
    /// The AUTH mechanism offered: `PLAIN` if left empty, or `LOGIN`.
    pub mechanism: &'static str,
}

/// How the server encrypts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Encryption {
    /// Not at all.
    #[default]
    None,
    /// On STARTTLS; AUTH is offered only after it.
    StartTls,
    /// From the first byte.
    Implicit,
}

/// A step of the conversation at which a fault may be played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Right after the connection was accepted, in place of the greeting.
    Greeting,
    /// In place of the answer to EHLO.
    Ehlo,
    /// In place of the answer to STARTTLS.
    StartTls,
    /// In place of the answer to AUTH.
    Auth,
    /// In place of the answer to MAIL.
    Mail,
    /// In place of the answer to RCPT.
    Rcpt,
    /// In place of the answer to DATA.
    Data,
    /// After the first line of the body.
    Body,
    /// In place of the answer to the final dot; the letter is recorded.
    Dot,
}

/// What to do at a step instead of what is right.
#[derive(Debug, Clone, Copy)]
pub enum Act {
    /// Answer this line (without CRLF) and go on.
    Say(&'static str),
    /// Answer this line and close.
    SayAndDrop(&'static str),
    /// Close without a word.
    Drop,
    /// Keep the connection and say nothing any more.
    Silence,
    /// Wait for [`SmtpServer::release`], and then answer as is right.
    Hold,
}

/// One planned misbehaviour; faults at the same step are played in order, each once.
pub type Fault = (Step, Act);

/// A letter that reached its final dot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The address in MAIL FROM.
    pub from: String,
    /// The addresses in RCPT TO.
    pub to: Vec<String>,
    /// The message, dots undoubled.
    pub data: Vec<u8>,
}

#[derive(Debug, Default)]
struct Log {
    released: Arc<tokio::sync::Notify>,
    faults: VecDeque<Fault>,
    letters: Vec<Received>,
    verbs: Vec<String>,
    connections: u32,
    ended: u32,
}

/// The running server.
pub struct SmtpServer {
    address: SocketAddr,
    ca_file: PathBuf,
    log: Arc<Mutex<Log>>,
    _accepting: JoinSet<()>,
}

impl SmtpServer {
    /// Starts a server on a free port of the loopback address.
    pub async fn start(offer: Offer, faults: &[Fault]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free loopback port");
        let address = listener.local_addr().expect("a bound port has an address");
        let (acceptor, ca_file) = certificate();
        let log = Arc::new(Mutex::new(Log { faults: faults.iter().copied().collect(), ..Log::default() }));
        let mut accepting = JoinSet::new();
        let shared = Arc::clone(&log);
        accepting.spawn(async move {
            let mut talks = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                // Only speed is lost without it.
                let _ = stream.set_nodelay(true);
                lock(&shared).connections += 1;
                let talk =
                    Talk { offer: offer.clone(), acceptor: acceptor.clone(), log: Arc::clone(&shared) };
                let counted = Arc::clone(&shared);
                talks.spawn(async move {
                    // A client that hangs up is no fault of the server's.
                    let _ = talk.run(stream).await;
                    lock(&counted).ended += 1;
                });
            }
        });
        Self { address, ca_file, log, _accepting: accepting }
    }

    /// `host:port`.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The file with the certificate to trust, in PEM form.
    pub fn ca_file(&self) -> &Path {
        &self.ca_file
    }

    /// Plans one more misbehaviour.
    pub fn plan(&self, fault: Fault) {
        lock(&self.log).faults.push_back(fault);
    }

    /// Lets one conversation that is held go on, now or when it comes to that.
    pub fn release(&self) {
        lock(&self.log).released.notify_one();
    }

    /// All letters that reached their final dot, in order.
    pub fn letters(&self) -> Vec<Received> {
        lock(&self.log).letters.clone()
    }

    /// The first words of all commands in order, in capitals.
    pub fn verbs(&self) -> Vec<String> {
        lock(&self.log).verbs.clone()
    }

    /// How many connections have ended.
    pub fn ended(&self) -> u32 {
        lock(&self.log).ended
    }

    /// How many connections were accepted.
    pub fn connections(&self) -> u32 {
        lock(&self.log).connections
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.ca_file);
    }
}

fn lock(log: &Mutex<Log>) -> MutexGuard<'_, Log> {
    log.lock().expect("no task panics while it holds the log")
}

/// A certificate for localhost and 127.0.0.1 that signs itself, and the file that makes clients trust it.
fn certificate() -> (TlsAcceptor, PathBuf) {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).expect("two plain names");
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let file = std::env::temp_dir().join(format!("evenkeel-test-ca-{}-{number}.pem", std::process::id()));
    std::fs::write(&file, made.cert.pem()).expect("a writable temporary directory");
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key just made");
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring speaks them")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("the key belongs to the certificate");
    (TlsAcceptor::from(Arc::new(config)), file)
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

type Wire = BufReader<Box<dyn Stream>>;

/// Why a conversation ended early.
struct Ended;

impl From<std::io::Error> for Ended {
    fn from(_: std::io::Error) -> Self {
        Self
    }
}

/// One connection.
struct Talk {
    offer: Offer,
    acceptor: TlsAcceptor,
    log: Arc<Mutex<Log>>,
}

impl Talk {
    async fn run(self, stream: TcpStream) -> Result<(), Ended> {
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
                released.notified().await;
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
        Act::Drop => Err(Ended),
        // To hold back a part of the body would be no different.
        Act::Silence | Act::Hold => std::future::pending().await,
    }
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
