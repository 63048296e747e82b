//! The real program, killed in the middle of sending.

use std::process::{Child, Command, Stdio};

use chrono::TimeDelta;
use evenkeel::clock::real_now;
use evenkeel::domain::ids::LetterId;
use evenkeel::mail::transport::{Options, Transport};
use evenkeel::store::Store;
use evenkeel::store::outbox::letters::{self, NewLetter};

use crate::support::smtp::{Act, Offer, Received, SmtpServer, Step};
use crate::support::{Database, TestApp, wait_until};

on_both!(a_server_killed_while_sending_doubles_only_the_letter_whose_answer_it_missed);

const LETTERS: usize = 40;

/// `evenkeel serve`; killed when it goes out of scope.
struct Server(Child);

impl Server {
    fn start(app: &TestApp, relay: &SmtpServer) -> Self {
        let settings = &app.ctx.settings;
        let child = Command::new(env!("CARGO_BIN_EXE_evenkeel"))
            .arg("serve")
            .current_dir(&settings.data_dir)
            .env("EVENKEEL__DATA_DIR", &settings.data_dir)
            .env("EVENKEEL__DATABASE__URL", &settings.database.url)
            .env("EVENKEEL__HTTP__BIND", "127.0.0.1:0")
            .env("EVENKEEL__INSTANCE__OPERATOR", "Northmoor IT")
            .env("EVENKEEL__MAIL__URL", format!("smtp://{}?tls=none", relay.address()))
            .env("EVENKEEL__MAIL__FROM", "health@example.org")
            .env("EVENKEEL__MAIL__PER_MINUTE", "60000")
            .env("EVENKEEL__SCHEDULE__TICK_SECONDS", "1")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self(child)
    }

    /// `kill -9`: no farewell, no clean-up.
    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

async fn write_letters(store: &Store) {
    for n in 0..LETTERS {
        let id = LetterId::mint_random();
        let letter = NewLetter {
            id,
            group_key: format!("test:{n}"),
            kind: "survey",
            person_id: None,
            to: (String::new(), format!("person{n:02}@example.org")),
            from_name: "Northmoor".to_owned(),
            reply_to: None,
            content: (format!("Letter {n}"), "text".to_owned(), "<p>text</p>".to_owned()),
            message: (format!("<{id}@example.org>"), format!("b-{id}")),
            not_after: real_now() + TimeDelta::days(3),
        };
        assert!(store.write_tx(move |conn| letters::insert(conn, &letter, real_now())).await.unwrap());
    }
}

/// How many letters the database knows as sent.
fn sent(app: &TestApp) -> i64 {
    let look = app.ctx.store.read(letters::counts);
    let counts = tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(look)).unwrap();
    counts.iter().find(|(state, _)| state == "sent").map_or(0, |(_, n)| *n)
}

fn recipients(received: &[Received]) -> Vec<&str> {
    let mut all: Vec<&str> = received.iter().map(|r| r.to[0].as_str()).collect();
    all.sort_unstable();
    all
}

async fn a_server_killed_while_sending_doubles_only_the_letter_whose_answer_it_missed(database: &Database) {
    // One letter hangs before its body, another between its body and the relay's answer; the rest goes through.
    let faults = [(Step::Rcpt, Act::Silence), (Step::Dot, Act::Silence)];
    let relay = SmtpServer::start(Offer::default(), &faults).await;
    let transport =
        Transport::parse(&format!("smtp://{}?tls=none", relay.address()), &Options::default()).unwrap();
    let app = TestApp::with_relay(database, &real_now().to_rfc3339(), transport).await;
    write_letters(&app.ctx.store).await;

    let server = Server::start(&app, &relay);
    wait_until("all but the two that hang are sent", || sent(&app) == 38);
    server.kill();
    let before = relay.letters();

    // The next start takes up at once what never reached its body; with a database server another process might still own
    // it, so there it waits for the end of the lease.
    let server = Server::start(&app, &relay);
    if !app.ctx.store.is_shared() {
        wait_until("the letter that had not left is sent", || sent(&app) == 39);
    }
    server.kill();
    for minutes in [31, 50] {
        app.at(&(real_now() + TimeDelta::minutes(minutes)).to_rfc3339()).await;
    }

    let received = relay.letters();
    assert_eq!(received.len(), LETTERS + 1, "one letter came twice");
    let mut names = recipients(&received);
    names.dedup();
    assert_eq!(names.len(), LETTERS, "everybody got theirs");
    let twice: Vec<&Received> =
        received.iter().filter(|r| received.iter().filter(|other| other.to == r.to).count() == 2).collect();
    assert_eq!(twice.len(), 2);
    assert_eq!(twice[0], twice[1], "the same Message-ID and the same bytes");
    assert!(before.contains(twice[0]), "the one that the relay had taken without saying so");
    assert_eq!(app.ctx.store.read(letters::counts).await.unwrap(), [("sent".to_owned(), 40)]);
}
