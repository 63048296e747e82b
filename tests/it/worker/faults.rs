//! Every fault of a relay at every step: what becomes of the letter by the step it had reached, and that everything arrives
//! once the fault is over, a second time only where the relay's answer had stayed unknown.

use std::fmt::Debug;
use std::sync::Arc;

use chrono::TimeDelta;
use evenkeel::app;
use evenkeel::domain::ids::LetterId;
use evenkeel::mail::transport::{Options, Transport};
use evenkeel::store::outbox::letters::{self, Letter};
use evenkeel::worker::Worker;
use evenkeel::workflow::Context;

use crate::support::process::letter_to;
use crate::support::smtp::{Act, Encryption, Fault, Offer, Received, SmtpServer, Step};
use crate::support::{Database, TestApp};

on_both!(
    faults_before_the_letters_own_words_are_the_relays_trouble_and_cost_nothing,
    faults_at_signing_in_are_the_relays_trouble_and_cost_nothing,
    faults_at_the_recipient_or_before_the_body_are_tried_later,
    a_letter_that_the_relay_did_not_keep_arrives_once,
    a_letter_that_the_relay_kept_arrives_twice_only_when_its_answer_stayed_unknown,
    a_stale_yes_is_not_taken_for_the_answer_to_the_next_letter,
    a_relay_that_takes_few_letters_a_connection_gets_them_all_once,
    a_relay_that_refuses_connections_for_a_while_gets_everything_afterwards,
);

/// What became of a letter by its first try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// The relay has it and said so.
    Sent,
    /// Another try, which counts against the letter.
    Later,
    /// Another try that counts for nothing, and the relay is said to be in trouble.
    Trouble,
    /// Refused for good.
    Failed,
    /// It may be out.
    Doubt,
}
use Outcome::{Doubt, Failed, Later, Sent, Trouble};

/// One line of a table: a fault, what becomes of the letter, how often it has arrived in the end.
type Case = (Step, Act, Outcome, usize);

/// What no relay should say, in any place.
const NONSENSE: [Act; 9] = [
    Act::Drop,
    Act::Reset,
    Act::Silence,
    Act::Drip,
    Act::Flood,
    Act::Say("nonsense"),
    Act::Say("150 wait"),
    Act::Bytes(b"\xff\xfe\0\r\n"),
    Act::Say("250-yes\r\n550 no"),
];

/// The program with one line to a relay, and the relay.
struct House {
    relay: SmtpServer,
    app: TestApp,
    worker: Arc<Worker>,
    written: usize,
}

impl House {
    async fn new(database: &Database, offer: Offer) -> Self {
        let (query, user) = match (offer.tls, offer.sign_in) {
            (Encryption::None, _) => ("none", ""),
            (Encryption::Implicit, _) => ("implicit", ""),
            (Encryption::StartTls, _) => ("starttls", "u:p@"),
        };
        let relay = SmtpServer::start(offer, &[]).await;
        // 0.3 seconds a step, 3 for the last answer.
        let options = Options { hello: "keel.example".to_owned(), timeout_scale: 0.005 };
        let (address, ca_file) = (relay.address(), relay.ca_file().display());
        let ca_file = if query == "none" { String::new() } else { format!("&ca_file={ca_file}") };
        let url = format!("smtp://{user}{address}?tls={query}{ca_file}");
        let transport = Transport::parse(&url, &options).unwrap();
        let app = TestApp::with_relay(database, "2026-12-01T08:00:00Z", transport.clone()).await;
        let mut settings = (*app.ctx.settings).clone();
        settings.mail.connections = 1;
        let ctx = Context { settings: Arc::new(settings), ..app.ctx.clone() };
        let worker = app::assemble(ctx, app.clock.clone(), transport, None).worker;
        Self { relay, app, worker, written: 0 }
    }

    async fn write(&mut self) -> LetterId {
        self.written += 1;
        let letter = letter_to(&format!("person{:03}@example.org", self.written), self.app.now());
        let (id, now) = (letter.id, self.app.now());
        assert!(self.app.ctx.store.write_tx(move |conn| letters::insert(conn, &letter, now)).await.unwrap());
        id
    }

    /// One that comes after those before it.
    async fn write_later(&mut self) -> LetterId {
        self.app.clock.jump_to(self.app.now() + TimeDelta::seconds(1));
        self.write().await
    }

    async fn letter(&self, id: LetterId) -> Letter {
        let message_id = format!("<{id}@example.org>");
        let found = self.app.ctx.store.read(move |conn| letters::by_message_id(conn, &message_id)).await;
        found.unwrap().expect("it was written")
    }

    /// Everything that arrived for a letter.
    fn copies(&self, letter: &Letter) -> Vec<Received> {
        self.relay.letters().into_iter().filter(|own| own.to == [letter.to_address.as_str()]).collect()
    }

    async fn deliver_after(&self, minutes: i64) {
        self.app.clock.jump_to(self.app.now() + TimeDelta::minutes(minutes));
        self.worker.deliver().await.unwrap();
    }

    /// One letter meets the faults and another follows it; both have what they should in the end.
    async fn meets(&mut self, what: &dyn Debug, faults: &[Fault], outcome: Outcome, copies: usize) {
        let before = self.app.ctx.store.read(letters::ambiguous_total).await.unwrap();
        let (first, second) = (self.write().await, self.write_later().await);
        for fault in faults {
            self.relay.plan(*fault);
        }
        self.worker.deliver().await.unwrap();
        let letter = self.letter(first).await;
        let told = (letter.state.as_str(), letter.attempts, letter.ambiguous);
        let trouble = self.worker.relay_trouble().is_some();
        let expected = match outcome {
            Sent => ("sent", 0, 0),
            Later => ("pending", 1, 0),
            Trouble => ("pending", 0, 0),
            Failed => ("failed", 0, 0),
            Doubt => ("pending", 1, 1),
        };
        assert_eq!(told, expected, "{what:?}: {:?}", letter.last_error);
        assert!(outcome != Trouble || trouble || letter.last_error.is_some(), "{what:?}: it is said");
        let words = letter.last_error.unwrap_or_default();
        assert!(words.len() < 2000 && !words.contains('\0'), "{what:?}: {words:?}");
        // Well after any pause, and twice, so that one try of the relay may come before the rest.
        self.deliver_after(16).await;
        self.deliver_after(16).await;
        let doubtful = self.app.ctx.store.read(letters::ambiguous_total).await.unwrap() - before;
        assert_eq!(doubtful, i64::from(outcome == Doubt), "{what:?}: every doubt is counted, and no other");
        for (id, copies) in [(first, copies), (second, 1)] {
            let letter = self.letter(id).await;
            let state = if copies == 0 { "failed" } else { "sent" };
            assert_eq!(letter.state, state, "{what:?}: {:?}", letter.last_error);
            let received = self.copies(&letter);
            assert_eq!(received.len(), copies, "{what:?}");
            assert!(received.windows(2).all(|two| two[0] == two[1]), "{what:?}: byte for byte");
            let message_id = format!("Message-ID: {}\r\n", letter.message_id);
            let bytes = received.iter().map(|own| String::from_utf8_lossy(&own.data));
            assert!(bytes.into_iter().all(|own| own.contains(&message_id)), "{what:?}");
        }
        assert!(self.worker.relay_trouble().is_none(), "{what:?}: it is over");
    }
}

async fn play(database: &Database, tls: Encryption, sign_in: bool, table: &[Case]) {
    let sign_in = sign_in.then_some(("u", "p"));
    let mut house = House::new(database, Offer { tls, sign_in, ..Offer::default() }).await;
    for (step, act, outcome, copies) in table {
        house.meets(&(step, act), &[(*step, *act)], *outcome, *copies).await;
    }
}

/// The same outcome for every kind of nonsense at some steps.
fn nonsense_at(steps: &[Step], outcome: Outcome, copies: usize) -> Vec<Case> {
    let cases = steps.iter().flat_map(|step| NONSENSE.map(|act| (*step, act, outcome, copies)));
    cases.collect()
}

async fn faults_before_the_letters_own_words_are_the_relays_trouble_and_cost_nothing(database: &Database) {
    let mut table = nonsense_at(&[Step::Greeting, Step::Ehlo, Step::Mail], Trouble, 1);
    for step in [Step::Greeting, Step::Ehlo] {
        table.push((step, Act::Say("554 no service"), Trouble, 1));
        table.push((step, Act::Say("354 go on"), Trouble, 1));
        table.push((step, Act::Add("250 again"), Trouble, 1));
    }
    for step in [Step::Greeting, Step::Ehlo, Step::Mail] {
        table.push((step, Act::SayAndDrop("421 4.3.2 closing"), Trouble, 1));
        table.push((step, Act::Say("421 4.3.2 closing"), Trouble, 1));
    }
    table.extend([
        (Step::Greeting, Act::AnswerAndDrop, Trouble, 1),
        (Step::Ehlo, Act::AnswerAndDrop, Trouble, 1),
        (Step::Mail, Act::Say("550 5.7.1 sender rejected"), Trouble, 1),
        (Step::Mail, Act::Say("451 4.3.0 busy"), Later, 1),
        (Step::Mail, Act::Say("354 go on"), Later, 1),
    ]);
    play(database, Encryption::None, false, &table).await;
}

async fn faults_at_signing_in_are_the_relays_trouble_and_cost_nothing(database: &Database) {
    let mut table = nonsense_at(&[Step::StartTls, Step::Auth], Trouble, 1);
    table.extend([
        (Step::StartTls, Act::Say("454 4.7.0 not now"), Trouble, 1),
        (Step::StartTls, Act::Add("250 said in the clear"), Trouble, 1),
        (Step::Auth, Act::Say("535 5.7.8 wrong"), Trouble, 1),
        (Step::Auth, Act::Say("454 4.7.0 not now"), Trouble, 1),
        (Step::Auth, Act::Say("250 what"), Trouble, 1),
        (Step::Auth, Act::SayAndDrop("421 4.3.2 closing"), Trouble, 1),
    ]);
    play(database, Encryption::StartTls, true, &table).await;
}

async fn faults_at_the_recipient_or_before_the_body_are_tried_later(database: &Database) {
    let mut table = nonsense_at(&[Step::Rcpt, Step::Data], Later, 1);
    for step in [Step::Rcpt, Step::Data] {
        table.extend([
            (step, Act::Say("451 4.3.0 busy"), Later, 1),
            (step, Act::Add("250 again"), Later, 1),
            (step, Act::Add("354 again"), Later, 1),
            // About what it is cannot be known, so that nobody is marked as refused for it.
            (step, Act::Add("550 no"), Later, 1),
            (step, Act::Add("421 closing"), Trouble, 1),
            (step, Act::SayAndDrop("421 closing"), Trouble, 1),
            (step, Act::Say("550 5.1.1 unknown"), Failed, 0),
        ]);
    }
    table.extend([
        (Step::Mail, Act::Add("250 again"), Later, 1),
        (Step::Mail, Act::Add("421 closing"), Trouble, 1),
        (Step::Mail, Act::AnswerAndDrop, Later, 1),
        (Step::Rcpt, Act::AnswerAndDrop, Later, 1),
        (Step::Rcpt, Act::Say("354 go on"), Later, 1),
        (Step::Data, Act::Say("250 ok"), Later, 1),
    ]);
    play(database, Encryption::Implicit, false, &table).await;
}

async fn a_letter_that_the_relay_did_not_keep_arrives_once(database: &Database) {
    let mut table = nonsense_at(&[Step::Keep], Doubt, 1);
    table.extend([
        (Step::Body, Act::Silence, Doubt, 1),
        (Step::Keep, Act::Say("354 go on"), Doubt, 1),
        (Step::Keep, Act::Say("451 4.3.0 busy\r\n250 ok"), Doubt, 1),
        (Step::Keep, Act::Say("250 ok\r\n451 4.3.0 busy"), Doubt, 1),
        (Step::Keep, Act::Say("451 4.3.0 busy"), Later, 1),
        (Step::Keep, Act::Say("452 4.3.1 full\r\n421 closing"), Later, 1),
        (Step::Keep, Act::Say("554 5.7.1 spam"), Failed, 0),
        (Step::Keep, Act::SayAndDrop("421 closing"), Trouble, 1),
    ]);
    play(database, Encryption::None, false, &table).await;
}

async fn a_letter_that_the_relay_kept_arrives_twice_only_when_its_answer_stayed_unknown(database: &Database) {
    let mut table = nonsense_at(&[Step::Dot], Doubt, 2);
    table.extend([
        (Step::Dot, Act::Say("354 go on"), Doubt, 2),
        (Step::Dot, Act::Say("25"), Doubt, 2),
        (Step::Dot, Act::Say("250"), Sent, 1),
        (Step::Dot, Act::Say("299 fine"), Sent, 1),
        (Step::Dot, Act::Say("250-one\r\n250-two\r\n250 three"), Sent, 1),
        (Step::Dot, Act::Bytes(b"250 bare end of line\n"), Sent, 1),
        (Step::Dot, Act::Bytes(b"250 gr\xfc\xdfe\0\x1b[2J\r\n"), Sent, 1),
        (Step::Dot, Act::Add("250 again"), Sent, 1),
        (Step::Dot, Act::Add("nonsense"), Sent, 1),
        (Step::Dot, Act::Add("421 closing"), Sent, 1),
        (Step::Dot, Act::Add("354 go on"), Sent, 1),
        (Step::Dot, Act::Add("550 no"), Doubt, 2),
        (Step::Dot, Act::AnswerAndDrop, Sent, 1),
    ]);
    play(database, Encryption::Implicit, false, &table).await;
}

async fn a_stale_yes_is_not_taken_for_the_answer_to_the_next_letter(database: &Database) {
    let mut house = House::new(database, Offer::default()).await;
    for stale in ["250 again", "354 go on", "nonsense", "2"] {
        let (first, second) = (house.write().await, house.write_later().await);
        let connections = house.relay.connections();
        house.relay.plan((Step::Dot, Act::Add(stale)));
        house.worker.deliver().await.unwrap();
        assert_eq!(
            house.relay.connections() - connections,
            2,
            "{stale}: what was spoken over is not used again"
        );
        house.deliver_after(16).await;
        for id in [first, second] {
            let letter = house.letter(id).await;
            assert_eq!((letter.state.as_str(), house.copies(&letter).len()), ("sent", 1), "{stale}");
        }
    }
}

async fn a_relay_that_takes_few_letters_a_connection_gets_them_all_once(database: &Database) {
    let mut house = House::new(database, Offer::default()).await;
    for act in [Act::AnswerAndDrop, Act::Add("421 that is enough")] {
        let mut ids = Vec::new();
        for _ in 0..9 {
            ids.push(house.write().await);
        }
        let before = house.relay.connections();
        for _ in 0..9 {
            house.relay.plan((Step::Dot, act));
        }
        house.worker.deliver().await.unwrap();
        for id in ids {
            let letter = house.letter(id).await;
            assert_eq!((letter.state.as_str(), letter.attempts), ("sent", 0), "{act:?}");
            assert_eq!(house.copies(&letter).len(), 1, "{act:?}");
        }
        assert_eq!(house.relay.connections() - before, 9, "{act:?}");
    }
}

async fn a_relay_that_refuses_connections_for_a_while_gets_everything_afterwards(database: &Database) {
    let mut house = House::new(database, Offer::default()).await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(house.write().await);
    }
    house.relay.close_doors().await;
    house.worker.deliver().await.unwrap();
    for _ in 0..20 {
        house.deliver_after(10).await;
    }
    let trouble = house.worker.relay_trouble().expect("it is said");
    assert!(trouble.contains("connecting"), "{trouble}");
    for id in &ids {
        let letter = house.letter(*id).await;
        assert_eq!((letter.state.as_str(), letter.attempts), ("pending", 0), "no try is burnt");
    }
    house.relay.open_doors().await;
    house.deliver_after(10).await;
    for id in ids {
        let letter = house.letter(id).await;
        assert_eq!((letter.state.as_str(), house.copies(&letter).len()), ("sent", 1));
    }
    assert!(house.worker.relay_trouble().is_none());
}
