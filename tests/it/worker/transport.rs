//! The transports against a real SMTP server on loopback that drops, refuses and stays silent.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use evenkeel::mail::transport::{Options, Phase, SendError, Sent, Session, Transport};

use crate::support::smtp::{Act, Encryption, Fault, Offer, Received, SmtpServer, Step};

const FROM: &str = "evenkeel@example.org";
const TO: &str = "ines@example.net";
const LETTER: &[u8] = b"Message-ID: <1@example.org>\r\nSubject: x\r\n\r\n.dot\r\n..\r\n.\r\nend\r\n";

/// Limits short enough for a silent relay (0.3 s a step, 3 s for the last answer), long enough for a busy machine.
fn options() -> Options {
    Options { hello: "keel.example".to_owned(), timeout_scale: 0.005 }
}

fn transport(server: &SmtpServer, credentials: &str, query: &str) -> Transport {
    Transport::parse(&format!("smtp://{credentials}{}?{query}", server.address()), &options())
        .expect("a well-formed address")
}

fn plain(server: &SmtpServer) -> Transport {
    transport(server, "", "tls=none")
}

async fn send(session: &mut Session) -> Result<Sent, SendError> {
    session.send(FROM, TO, LETTER, || async { Ok(()) }).await
}

/// One letter to a server that plays these faults, and how often `before_body` ran.
async fn attempt(faults: &[Fault]) -> (Result<Sent, SendError>, u32, SmtpServer) {
    let server = SmtpServer::start(Offer::default(), faults).await;
    let asked = AtomicU32::new(0);
    let mut session = plain(&server).session();
    let result = session
        .send(FROM, TO, LETTER, || async {
            asked.fetch_add(1, Ordering::Relaxed);
            Ok(())
        })
        .await;
    assert_eq!(session.is_connected(), result.is_ok(), "a connection that surprised us is dropped");
    (result, asked.into_inner(), server)
}

#[tokio::test]
async fn a_letter_arrives_byte_for_byte() {
    let (result, asked, server) = attempt(&[]).await;
    assert_eq!(result.unwrap().reply, "2.0.0 queued as 7");
    assert_eq!(asked, 1);
    let expected = Received { from: FROM.to_owned(), to: vec![TO.to_owned()], data: LETTER.to_vec() };
    assert_eq!(server.letters(), [expected]);
    assert_eq!(server.verbs(), ["EHLO", "MAIL", "RCPT", "DATA"]);
}

#[tokio::test]
async fn a_single_letter_ends_with_a_farewell() {
    let server = SmtpServer::start(Offer::default(), &[]).await;
    plain(&server).send(FROM, TO, LETTER).await.unwrap();
    assert_eq!(server.verbs(), ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]);
}

#[tokio::test]
async fn both_kinds_of_tls_and_both_kinds_of_sign_in_work() {
    for (tls, query) in [(Encryption::StartTls, "starttls"), (Encryption::Implicit, "implicit")] {
        for mechanism in ["PLAIN", "LOGIN"] {
            let sign_in = Some(("post@keel", "p:/% é"));
            let server = SmtpServer::start(Offer { tls, sign_in, mechanism }, &[]).await;
            let query = format!("tls={query}&ca_file={}", server.ca_file().display());
            let transport = transport(&server, "post%40keel:p%3A%2F%25%20%C3%A9@", &query);
            let mut session = transport.session();
            send(&mut session).await.unwrap();
            send(&mut session).await.unwrap();
            assert_eq!(server.letters().len(), 2, "{tls:?} {mechanism}");
            assert_eq!(server.connections(), 1);
            let mut verbs = vec!["EHLO", "AUTH", "MAIL", "RCPT", "DATA", "MAIL", "RCPT", "DATA"];
            if tls == Encryption::StartTls {
                verbs.splice(0..0, ["EHLO", "STARTTLS"]);
            }
            assert_eq!(server.verbs(), verbs);
        }
    }
}

#[tokio::test]
async fn an_unknown_certificate_stops_before_any_word_is_said() {
    for (tls, query) in [(Encryption::StartTls, "tls=starttls"), (Encryption::Implicit, "tls=implicit")] {
        let server = SmtpServer::start(Offer { tls, ..Offer::default() }, &[]).await;
        let error = send(&mut transport(&server, "u:p@", query).session()).await.unwrap_err();
        assert!(matches!(error, SendError::Relay { phase: Phase::Tls, .. }), "{error}");
        assert!(!server.verbs().contains(&"AUTH".to_owned()));
    }
}

#[tokio::test]
async fn a_relay_without_starttls_or_sign_in_gets_no_password_and_no_letter() {
    let server = SmtpServer::start(Offer::default(), &[]).await;
    let error = send(&mut transport(&server, "u:p@", "tls=starttls").session()).await.unwrap_err();
    assert!(matches!(error, SendError::Relay { phase: Phase::StartTls, code: None, .. }), "{error}");
    let error = send(&mut transport(&server, "u:p@", "tls=none").session()).await.unwrap_err();
    assert!(matches!(error, SendError::Relay { phase: Phase::Auth, code: None, .. }), "{error}");
    assert_eq!(server.verbs(), ["EHLO", "EHLO"]);
}

#[tokio::test]
async fn a_wrong_or_missing_password_is_the_relays_matter() {
    let offer = Offer { sign_in: Some(("u", "right")), ..Offer::default() };
    let server = SmtpServer::start(offer, &[]).await;
    let error = send(&mut transport(&server, "u:wrong@", "tls=none").session()).await.unwrap_err();
    assert!(matches!(error, SendError::Relay { phase: Phase::Auth, code: Some(535), .. }), "{error}");
    let error = send(&mut plain(&server).session()).await.unwrap_err();
    assert!(matches!(error, SendError::Relay { phase: Phase::Mail, code: Some(530), .. }), "{error}");
    assert_eq!(error.reply(), "5.7.0 sign in first");
}

#[tokio::test]
async fn a_refused_connection_is_the_relays_matter() {
    let server = SmtpServer::start(Offer::default(), &[]).await;
    let transport = plain(&server);
    drop(server);
    let error = send(&mut transport.session()).await.unwrap_err();
    assert!(matches!(error, SendError::Relay { phase: Phase::Connect | Phase::Greeting, .. }), "{error}");
}

#[tokio::test]
async fn trouble_before_the_recipient_burns_no_attempt() {
    for (step, phase) in
        [(Step::Greeting, Phase::Greeting), (Step::Ehlo, Phase::Greeting), (Step::Mail, Phase::Mail)]
    {
        for act in [Act::Drop, Act::Silence, Act::SayAndDrop("421 4.3.2 closing"), Act::Say("nonsense")] {
            let (result, asked, server) = attempt(&[(step, act)]).await;
            let error = result.unwrap_err();
            assert!(
                matches!(&error, SendError::Relay { phase: p, .. } if *p == phase),
                "{step:?} {act:?}: {error}"
            );
            assert_eq!((asked, server.letters().len()), (0, 0));
        }
    }
}

#[tokio::test]
async fn trouble_from_the_recipient_to_the_last_byte_of_the_body_is_temporary() {
    for (step, phase) in [(Step::Rcpt, Phase::Rcpt), (Step::Data, Phase::Data)] {
        for act in [Act::Drop, Act::Silence] {
            let (result, asked, _) = attempt(&[(step, act)]).await;
            let error = result.unwrap_err();
            assert!(
                matches!(&error, SendError::Temporary { phase: p, code: None, .. } if *p == phase),
                "{error}"
            );
            assert_eq!(asked, 0);
        }
    }
}

#[tokio::test]
async fn replies_are_told_apart_by_code_and_place() {
    let refused = "550 5.1.1 <ines@example.net> unknown";
    let temporary = |phase, code| SendError::Temporary { phase, code: Some(code), reply: "x".to_owned() };
    let permanent = |phase, code, at_rcpt| SendError::Permanent {
        phase,
        code: Some(code),
        at_rcpt,
        reply: "x".to_owned(),
    };
    for (step, line, expected) in [
        (Step::Mail, "451 x", temporary(Phase::Mail, 451)),
        (Step::Rcpt, "450 x", temporary(Phase::Rcpt, 450)),
        (Step::Rcpt, "550 x", permanent(Phase::Rcpt, 550, true)),
        (Step::Data, "452 x", temporary(Phase::Data, 452)),
        (Step::Data, "554 x", permanent(Phase::Data, 554, false)),
        (Step::Data, "250 x", temporary(Phase::Data, 250)),
        (Step::Dot, "451 x", temporary(Phase::Dot, 451)),
        (Step::Dot, "554 x", permanent(Phase::Dot, 554, false)),
    ] {
        let (result, asked, _) = attempt(&[(step, Act::Say(line))]).await;
        assert_eq!(result.unwrap_err(), expected, "{line}");
        assert_eq!(asked, u32::from(step == Step::Dot));
    }
    for step in [Step::Rcpt, Step::Data, Step::Dot] {
        let (result, ..) = attempt(&[(step, Act::SayAndDrop("421 closing"))]).await;
        assert!(matches!(result, Err(SendError::Relay { code: Some(421), .. })), "{step:?}: {result:?}");
    }
    let (result, ..) = attempt(&[(Step::Rcpt, Act::Say(refused))]).await;
    let error = result.unwrap_err();
    assert!(error.reply().contains("ines@example.net") && !error.to_string().contains("ines"), "{error}");
}

#[tokio::test]
async fn only_a_letter_whose_final_dot_left_can_be_ambiguous() {
    for act in [Act::Drop, Act::Silence, Act::Say("nonsense"), Act::Say("354 what")] {
        let (result, asked, server) = attempt(&[(Step::Dot, act)]).await;
        assert!(matches!(result, Err(SendError::Ambiguous { .. })), "{act:?}: {result:?}");
        assert_eq!((asked, server.letters().len()), (1, 1));
    }
}

#[tokio::test]
async fn a_relay_that_hangs_up_during_a_long_body_has_not_got_the_letter() {
    let long = [LETTER, &b"0123456789abcdef0123456789abcdef0123456789\r\n".repeat(400_000)].concat();
    for (act, permanent) in [(Act::Drop, false), (Act::SayAndDrop("552 5.3.4 too large"), true)] {
        let server = SmtpServer::start(Offer::default(), &[(Step::Body, act)]).await;
        let error = plain(&server).send(FROM, TO, &long).await.unwrap_err();
        let said = matches!(error, SendError::Permanent { code: Some(552), .. });
        let dropped = matches!(error, SendError::Temporary { phase: Phase::Body, code: None, .. });
        assert!(if permanent { said } else { dropped }, "{act:?}: {error:?}");
        assert!(server.letters().is_empty());
    }
}

#[tokio::test]
async fn a_no_before_the_body_keeps_the_letter_here() {
    let server = SmtpServer::start(Offer::default(), &[]).await;
    let mut session = plain(&server).session();
    let error = session.send(FROM, TO, LETTER, || async { Err("lease lost".to_owned()) }).await.unwrap_err();
    assert_eq!(error, SendError::Aborted { reason: "lease lost".to_owned() });
    assert!(!session.is_connected() && server.letters().is_empty());
    send(&mut session).await.unwrap();
    assert_eq!((server.letters().len(), server.connections()), (1, 2));
}

#[tokio::test]
async fn a_connection_carries_twenty_letters() {
    let server = SmtpServer::start(Offer::default(), &[]).await;
    let mut session = plain(&server).session();
    for _ in 0..45 {
        send(&mut session).await.unwrap();
    }
    assert_eq!((server.letters().len(), server.connections()), (45, 3));
    session.close().await;
    assert_eq!(server.verbs().last().map(String::as_str), Some("QUIT"));
}

#[tokio::test]
async fn a_relay_that_hung_up_while_idle_is_called_again() {
    for act in [Act::Drop, Act::SayAndDrop("421 idle for too long")] {
        let server = SmtpServer::start(Offer::default(), &[]).await;
        let mut session = plain(&server).session();
        send(&mut session).await.unwrap();
        server.plan((Step::Mail, act));
        send(&mut session).await.unwrap();
        assert_eq!((server.letters().len(), server.connections()), (2, 2), "{act:?}");
    }
}

#[tokio::test]
async fn unusable_addresses_never_reach_the_relay() {
    let server = SmtpServer::start(Offer::default(), &[]).await;
    let mut session = plain(&server).session();
    for to in ["a@b\r\nBcc: x@y", "a@b> NOTIFY=NEVER", "ä@b.example", ""] {
        let error = session.send(FROM, to, LETTER, || async { Ok(()) }).await.unwrap_err();
        assert!(matches!(error, SendError::Permanent { at_rcpt: true, code: None, .. }), "{to:?}: {error}");
    }
    let error = session.send("", TO, LETTER, || async { Ok(()) }).await.unwrap_err();
    assert!(matches!(error, SendError::Relay { phase: Phase::Mail, .. }), "{error}");
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn sessions_can_work_side_by_side_in_tasks() {
    let server = SmtpServer::start(Offer::default(), &[]).await;
    let transport = plain(&server);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let mut session = transport.session();
        tasks.spawn(async move {
            for _ in 0..5 {
                send(&mut session).await.unwrap();
            }
        });
    }
    assert!(tasks.join_all().await.len() == 4 && server.letters().len() == 20);
}

#[tokio::test]
async fn the_file_transport_writes_whole_files_and_a_copy_replaces_its_first() {
    let directory = std::env::temp_dir().join(format!("evenkeel-test-mails-{}", std::process::id()));
    let url = format!("file://{}", directory.display());
    let mut session = Transport::parse(&url, &options()).unwrap().session();
    send(&mut session).await.unwrap();
    send(&mut session).await.unwrap();
    let files: Vec<_> = std::fs::read_dir(&directory).unwrap().map(|f| f.unwrap().path()).collect();
    assert_eq!(files, [directory.join("1@example.org.eml")]);
    assert_eq!(std::fs::read(&files[0]).unwrap(), LETTER);
    let unnamed = session.send(FROM, TO, b"Subject: x\r\n\r\n", || async { Ok(()) }).await.unwrap_err();
    assert!(matches!(unnamed, SendError::Relay { .. }), "{unnamed}");
    std::fs::remove_dir_all(&directory).unwrap();
}

#[tokio::test]
async fn the_memory_transport_shares_its_list_with_its_clones() {
    let transport = Transport::parse("memory:", &Options::default()).unwrap();
    let Transport::Memory(memory) = transport.clone() else { panic!("memory: is a list in memory") };
    let asked = Arc::new(AtomicU32::new(0));
    let kept_back = transport.session().send(FROM, TO, LETTER, || async { Err("no".to_owned()) }).await;
    assert!(matches!(kept_back, Err(SendError::Aborted { .. })));
    let mut session = transport.session();
    session
        .send(FROM, TO, LETTER, || async {
            asked.fetch_add(1, Ordering::Relaxed);
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!((memory.count(), asked.load(Ordering::Relaxed)), (1, 1));
    assert_eq!(memory.take()[0].bytes, LETTER);
    assert!(memory.letters().is_empty());
}
