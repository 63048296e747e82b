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

use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

mod talk;

use talk::Talk;

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
    /// In place of keeping the letter after its final dot, and of the answer: the letter is not recorded.
    Keep,
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
    /// Answer as is right and add this line in the same breath.
    Add(&'static str),
    /// Answer as is right and close.
    AnswerAndDrop,
    /// Send these bytes and go on.
    Bytes(&'static [u8]),
    /// Answer as is right, but so slowly that nobody waits for the end.
    Drip,
    /// Send a line that never ends.
    Flood,
    /// Close without a word.
    Drop,
    /// Reset the connection without a word.
    Reset,
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
    waiting: u32,
}

/// The running server.
pub struct SmtpServer {
    address: SocketAddr,
    ca_file: PathBuf,
    log: Arc<Mutex<Log>>,
    offer: Offer,
    acceptor: TlsAcceptor,
    accepting: JoinSet<()>,
}

impl SmtpServer {
    /// Starts a server on a free port of the loopback address.
    pub async fn start(offer: Offer, faults: &[Fault]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free loopback port");
        let address = listener.local_addr().expect("a bound port has an address");
        let (acceptor, ca_file) = certificate();
        let log = Arc::new(Mutex::new(Log { faults: faults.iter().copied().collect(), ..Log::default() }));
        let mut server = Self { address, ca_file, log, offer, acceptor, accepting: JoinSet::new() };
        server.accept(listener);
        server
    }

    fn accept(&mut self, listener: TcpListener) {
        let (shared, offer, acceptor) = (Arc::clone(&self.log), self.offer.clone(), self.acceptor.clone());
        self.accepting.spawn(async move {
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
    }

    /// Breaks every connection off and refuses new ones.
    pub async fn close_doors(&mut self) {
        self.accepting.shutdown().await;
    }

    /// Takes connections again on the same port.
    pub async fn open_doors(&mut self) {
        let listener = TcpListener::bind(self.address).await.expect("the port that was ours");
        self.accept(listener);
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

    /// How many conversations are held now.
    pub fn waiting(&self) -> u32 {
        lock(&self.log).waiting
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
