//! How fast a campaign leaves: 1,000 personalised mails through the durable outbox, over one and four connections, plain and
//! encrypted, beside what a bare client gets out of the same sink over one connection in the same run.
//!
//! `cargo run --release --example campaign [FOLDER]`; the databases lie in FOLDER (the temporary folder if left out), because
//! a commit is as slow as its disk. Figures stand in `benches/campaign.md`.
#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use evenkeel::app;
use evenkeel::clock::Clock;
use evenkeel::domain::cadence::CadenceRule;
use evenkeel::domain::mode::Mode;
use evenkeel::domain::partnership::MemberRoles;
use evenkeel::mail::transport::{Options, Transport};
use evenkeel::settings::Settings;
use evenkeel::store::outbox::letters;
use evenkeel::worker::Worker;
use evenkeel::workflow::set_up::{self, CadenceInput, MemberInput, PartnershipInput, PersonInput, SideInput};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned,
};

const MAILS: usize = 1000;

trait Stream: Read + Write {}
impl<S: Read + Write> Stream for S {}

/// A relay that says yes to everything, a thread for each connection, and keeps nothing.
fn sink(tls: Option<Arc<ServerConfig>>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().map(Result::unwrap) {
            let tls = tls.clone();
            std::thread::spawn(move || {
                stream.set_nodelay(true).unwrap();
                let stream: Box<dyn Stream> = match tls {
                    None => Box::new(stream),
                    Some(tls) => Box::new(StreamOwned::new(ServerConnection::new(tls).unwrap(), stream)),
                };
                // The client may hang up as it likes.
                drop(serve(stream));
            });
        }
    });
    address
}

fn serve(stream: Box<dyn Stream>) -> std::io::Result<()> {
    let mut wire = BufReader::with_capacity(64 * 1024, stream);
    wire.get_mut().write_all(b"220 sink\r\n")?;
    let mut line = Vec::new();
    loop {
        line.clear();
        if wire.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let reply: &[u8] = match &line[..4] {
            b"DATA" => {
                wire.get_mut().write_all(b"354 go on\r\n")?;
                wire.get_mut().flush()?;
                while line != b".\r\n" {
                    line.clear();
                    if wire.read_until(b'\n', &mut line)? == 0 {
                        return Ok(());
                    }
                }
                b"250 2.0.0 queued\r\n"
            }
            b"QUIT" => b"221 bye\r\n",
            _ => b"250 sink\r\n",
        };
        wire.get_mut().write_all(reply)?;
        wire.get_mut().flush()?;
    }
}

/// The bare client: nothing but the words of SMTP, each mail of so many bytes.
fn bare(address: SocketAddr, tls: Option<Arc<ClientConfig>>, size: usize) -> Duration {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    let stream: Box<dyn Stream> = match tls {
        None => Box::new(stream),
        Some(tls) => {
            let name = ServerName::try_from("localhost").unwrap();
            Box::new(StreamOwned::new(ClientConnection::new(tls, name).unwrap(), stream))
        }
    };
    let mut wire = BufReader::new(stream);
    let mut body =
        b"0123456789012345678901234567890123456789012345678901234567890123456789\r\n".repeat(size / 72 + 1);
    body.extend_from_slice(b".\r\n");
    let mut line = String::new();
    let mut hear = |wire: &mut BufReader<Box<dyn Stream>>| {
        line.clear();
        wire.read_line(&mut line).unwrap();
    };
    hear(&mut wire);
    let started = Instant::now();
    for n in 0..MAILS {
        let recipient = format!("RCPT TO:<person{n}@example.org>\r\n");
        for words in [&b"MAIL FROM:<health@example.org>\r\n"[..], recipient.as_bytes(), b"DATA\r\n", &body] {
            wire.get_mut().write_all(words).unwrap();
            wire.get_mut().flush().unwrap();
            hear(&mut wire);
        }
    }
    started.elapsed()
}

/// The program with a round of so many respondents that has just opened: a personal letter waits for each.
async fn campaign(folder: &Path, url: &str, connections: usize) -> Arc<Worker> {
    let mut settings = Settings::defaults();
    folder.clone_into(&mut settings.data_dir);
    settings.database.url = format!("sqlite://{}", folder.join("evenkeel.db").display());
    "Northmoor IT".clone_into(&mut settings.instance.operator);
    "health@example.org".clone_into(&mut settings.mail.from);
    settings.mail.per_minute = 60_000;
    settings.mail.connections = connections;
    let ctx = app::open(settings).await.unwrap();
    let clock = Clock::fixed("2026-11-01T10:00:00Z".parse().unwrap());
    let now = clock.now();
    let sides = ["Northmoor", "Brightwater"]
        .map(|name| SideInput { name: name.to_owned(), organisation: None })
        .to_vec();
    let input = PartnershipInput { name: String::new(), zone: "Europe/Berlin".to_owned(), sides };
    let (id, sides) = set_up::create_partnership(&ctx, "bench", input, now).await.unwrap();
    let mut adding = tokio::task::JoinSet::new();
    for n in 0..MAILS {
        let (ctx, side) = (ctx.clone(), sides[n % 2]);
        adding.spawn(async move {
            let person = PersonInput {
                email: format!("person{n}@example.org"),
                name: format!("Person {n}"),
                zone: "Europe/Berlin".to_owned(),
                administrator: false,
            };
            let person = set_up::create_person(&ctx, "bench", &person, now).await.unwrap();
            let roles = MemberRoles { respondent: true, manager: n < 2, ..MemberRoles::default() };
            let member = MemberInput { person, side: Some(side), roles };
            set_up::add_member(&ctx, "bench", id, member, now).await.unwrap();
        });
    }
    adding.join_all().await;
    let cadence = CadenceInput {
        instrument_id: "quarterly-health-review".to_owned(),
        rule: CadenceRule::default(),
        mode: Mode::Confidential,
        floor_k: None,
        active: true,
        comments: None,
        keep_months: None,
    };
    set_up::put_cadence(&ctx, "bench", id, cadence, now).await.unwrap();
    clock.jump_to("2026-12-01T08:00:00Z".parse().unwrap());
    let transport = Transport::parse(url, &Options::default()).unwrap();
    let worker = app::assemble(ctx.clone(), clock.clone(), transport, None).worker;
    worker.run_due(clock.now()).await.unwrap();
    let waiting = ctx.store.read(letters::counts).await.unwrap();
    assert_eq!(waiting, [("pending".to_owned(), i64::try_from(MAILS).unwrap())]);
    worker
}

fn per_second(elapsed: Duration) -> f64 {
    MAILS as f64 / elapsed.as_secs_f64()
}

/// A certificate for localhost: what the server shows, what the client trusts, and the file for `ca_file`.
fn certificate(folder: &Path) -> (Arc<ServerConfig>, Arc<ClientConfig>, PathBuf) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let file = folder.join("ca.pem");
    std::fs::write(&file, made.cert.pem()).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let certificate: CertificateDer<'static> = made.cert.der().clone();
    let provider = Arc::new(ring::default_provider());
    let server = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    (Arc::new(server), Arc::new(client), file)
}

#[tokio::main]
async fn main() {
    let place = std::env::args().nth(1).map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = place.join(format!("evenkeel-campaign-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (server, client, ca_file) = certificate(&folder);
    println!("{MAILS} mails each; mails/s");
    println!("| encryption | bare client, 1 connection | 1 connection | of bare | 4 connections | of bare |");
    println!("|---|---:|---:|---:|---:|---:|");
    for encrypted in [false, true] {
        let address = sink(encrypted.then(|| Arc::clone(&server)));
        let trusted = encrypted.then(|| Arc::clone(&client));
        let raw = tokio::task::spawn_blocking(move || bare(address, trusted, 8000)).await.unwrap();
        let tls =
            if encrypted { format!("implicit&ca_file={}", ca_file.display()) } else { "none".to_owned() };
        let url = format!("smtp://localhost:{}?tls={tls}", address.port());
        let mut rates = Vec::new();
        for connections in [1, 4] {
            let own = folder.join(format!("{encrypted}-{connections}"));
            std::fs::create_dir_all(&own).unwrap();
            let worker = campaign(&own, &url, connections).await;
            let started = Instant::now();
            let sent = worker.deliver().await.unwrap();
            let elapsed = started.elapsed();
            assert_eq!(sent, MAILS);
            rates.push(per_second(elapsed));
        }
        let raw = per_second(raw);
        println!(
            "| {} | {raw:.0} | {:.0} | {:.0} % | {:.0} | {:.0} % |",
            if encrypted { "TLS" } else { "none" },
            rates[0],
            100.0 * rates[0] / raw,
            rates[1],
            100.0 * rates[1] / raw,
        );
    }
    drop(std::fs::remove_dir_all(&folder));
}
