//! The real program dies at every place of [`PLACES`], starts again, and everything is there once.

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use chrono_tz::Europe::Berlin;
use evenkeel::clock::real_now;
use evenkeel::domain::cadence::{CadenceRule, CloseRule, Frequency, OpenDay};
use evenkeel::domain::mode::Mode;
use evenkeel::failpoint::PLACES;
use evenkeel::mail::transport::{Options, Transport};
use evenkeel::store::outbox::letters;
use evenkeel::workflow::save_response::open_form;

use crate::stories::MOVE;
use crate::support::http::Client;
use crate::support::process::{Server, sent};
use crate::support::smtp::{Act, Offer, Received, SmtpServer, Step};
use crate::support::{Database, Mail, Pair, Side, TestApp, wait_until};

on_both!(
    a_death_while_a_round_opens_or_closes_makes_it_once,
    a_death_before_the_body_sends_every_letter_once,
    a_death_after_the_body_sends_at_most_the_letter_in_hand_again,
);

mod on_file {
    //! What does not depend on the database.

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_death_while_an_answer_is_saved_keeps_what_was_saved() {
        super::an_answer(&crate::support::Database::sqlite()).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_death_while_a_bounce_is_noted_notes_it_once() {
        super::a_bounce(&crate::support::Database::sqlite()).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_death_while_letters_are_taken_up_takes_them_up_again() {
        super::taking_up(&crate::support::Database::sqlite()).await;
    }
}

const ROUND: [&str; 6] = [
    "cycle-open-before-commit",
    "cycle-open-after-commit",
    "close-before-commit",
    "close-after-commit",
    "compose-before-commit",
    "compose-after-commit:2",
];
/// The relay cannot have the letter; in doubt or not, it arrives once.
const BEFORE: [(&str, i64); 6] = [
    ("claim-after-commit", 0),
    ("before-sending-mark:2", 0),
    ("after-sending-mark", 1),
    ("mid-body:2", 1),
    ("before-final-dot", 1),
    ("before-quit", 0),
];
/// The relay has the letter.
const AFTER: [(&str, i64); 3] =
    [("after-250-before-settle:3", 1), ("settle-before-commit", 1), ("after-settle:2", 0)];
const OTHERS: [&str; 4] =
    ["response-before-commit", "response-saved-before-answer", "bounce-mark", "revive-before-commit"];

#[test]
fn the_program_dies_at_every_place_there_is() {
    let round = ROUND.iter().chain(&OTHERS).chain(&MOVE).copied();
    let all = round.chain(BEFORE.iter().chain(&AFTER).map(|own| own.0));
    let mut names: Vec<&str> = all.map(|own| own.split(':').next().unwrap()).collect();
    names.sort_unstable();
    let mut places = PLACES;
    places.sort_unstable();
    assert_eq!(names, places);
}

const INVITED: [&str; 8] = ["Ada", "Ali", "Ana", "Ari", "Bea", "Ben", "Bo", "Bob"];
/// An invitation for each and the results for two managers.
pub(super) const LETTERS: i64 = 10;

/// A round of one partnership should have opened two hours ago, and one of another, answered by all, should have closed.
pub(super) struct House {
    pub(super) relay: SmtpServer,
    pub(super) app: TestApp,
    opening: Pair,
    closing: Pair,
    /// Letters that the relay had before the program was started.
    pub(super) before: usize,
}

/// Monthly, at this local time of this day, for so many days.
fn opens(at: DateTime<Utc>, days: u8) -> CadenceRule {
    let local = at.with_timezone(&Berlin).naive_local();
    let time = local.time().with_second(0).and_then(|own| own.with_nanosecond(0)).unwrap();
    let day = u8::try_from(chrono::Datelike::day(&local)).unwrap();
    CadenceRule {
        frequency: Frequency::Monthly,
        month_of_period: 1,
        opens: OpenDay::DayOfMonth { day },
        opens_at: time,
        closes: CloseRule::DaysAfter { days },
        closes_at: time,
        fiscal_year_start: 1,
    }
}

impl House {
    pub(super) async fn new(database: &Database) -> Self {
        let relay = SmtpServer::start(Offer::default(), &[]).await;
        let url = format!("smtp://{}?tls=none", relay.address());
        let transport = Transport::parse(&url, &Options::default()).unwrap();
        let ago = |days, hours| real_now() - TimeDelta::days(days) - TimeDelta::hours(hours);
        let app = TestApp::with_relay(database, &ago(4, 0).to_rfc3339(), transport).await;
        let opening = app
            .partnership([
                Side("Northmoor", "Mara", &INVITED[..4]),
                Side("Brightwater", "Noor", &INVITED[4..]),
            ])
            .await;
        let closing =
            app.partnership([Side("Eastfold", "Mika", &["Cem"]), Side("Clearlake", "Nils", &["Dan"])]).await;
        app.cadence(&opening, Mode::Representative, opens(ago(0, 2), 5)).await;
        app.cadence(&closing, Mode::Representative, opens(ago(3, 3), 3)).await;
        app.at(&ago(3, 3).to_rfc3339()).await;
        let invited = relay.letters();
        assert_eq!(invited.len(), 2);
        for letter in &invited {
            let token = Mail::read(&letter.to[0], &letter.data).survey_token();
            app.answer(&token, [2, 4, 4, 4, 4]).await;
            app.send(&token).await;
        }
        Self { before: invited.len(), relay, app, opening, closing }
    }

    /// One connection, so that one letter is in hand at the most.
    pub(super) fn start(&self, die_at: Option<&str>) -> Server {
        let mut more = vec![("EVENKEEL__MAIL__CONNECTIONS", "1")];
        more.extend(die_at.map(|place| ("EVENKEEL_ABORT_AT", place)));
        Server::start_with(&self.app, &self.relay, &more)
    }

    fn dies_at(&self, database: &Database, place: &str) {
        self.start(Some(place)).aborted(place);
        if self.app.ctx.store.is_shared() {
            // A minute of silence, as the others see it.
            database.execute("UPDATE instance SET seen_at = seen_at - INTERVAL '61 seconds'");
        }
    }

    pub(super) fn doubtful(&self) -> i64 {
        let look = self.app.ctx.store.read(letters::ambiguous_total);
        tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(look)).unwrap()
    }

    /// Starts the program again, and lets the wait after a doubt pass; gives what came to each reader.
    async fn recovers(&self, place: &str, letters: i64) -> Vec<Vec<Received>> {
        let server = self.start(None);
        let before = i64::try_from(self.before).unwrap();
        wait_until(&format!("all is done after {place}"), || {
            sent(&self.app) + self.doubtful() == before + letters
        });
        // It may not have listened yet for a request to end.
        server.kill();
        self.app.at(&(real_now() + TimeDelta::minutes(16)).to_rfc3339()).await;
        assert_eq!(sent(&self.app), before + letters, "{place}");
        let received = self.relay.letters().split_off(self.before);
        let mut names: Vec<_> = received.iter().map(|own| own.to[0].clone()).collect();
        names.sort_unstable();
        names.dedup();
        names.iter().map(|name| received.iter().filter(|own| own.to[0] == *name).cloned().collect()).collect()
    }

    /// Every invitation and both results, each once but for so many second copies; rounds and scorecards once.
    pub(super) async fn is_whole(&self, place: &str, second_copies: usize) {
        let received = self.recovers(place, LETTERS).await;
        let readers: Vec<&str> = received.iter().map(|own| own[0].to[0].split('@').next().unwrap()).collect();
        let invited = INVITED.map(str::to_lowercase);
        let expected: Vec<&str> = invited.iter().map(String::as_str).chain(["mika", "nils"]).collect();
        assert_eq!(readers, expected, "{place}");
        let all: usize = received.iter().map(Vec::len).sum();
        assert_eq!(all, readers.len() + second_copies, "{place}");
        for copies in &received {
            assert!(copies.windows(2).all(|two| two[0] == two[1]), "{place}: the same Message-ID and bytes");
        }
        let opened = self.app.cycle(&self.opening).await;
        assert_eq!(opened.state.as_str(), "open", "{place}");
        let closed = self.app.cycle(&self.closing).await;
        assert_eq!(closed.state.as_str(), "closed", "{place}");
        let card = self.app.scorecard(closed.id).await.expect("a scorecard");
        assert_eq!(
            card.response.iter().map(|side| side.answered).sum::<u32>(),
            2,
            "{place}: the answers are kept"
        );
    }
}

async fn a_death_while_a_round_opens_or_closes_makes_it_once(database: &Database) {
    let house = House::new(database).await;
    for place in ROUND {
        house.dies_at(database, place);
    }
    house.is_whole("all of these places", 0).await;
    assert_eq!(house.doubtful(), 0);
}

async fn a_death_before_the_body_sends_every_letter_once(database: &Database) {
    let house = House::new(database).await;
    let mut doubts = 0;
    for (place, doubt) in BEFORE {
        house.dies_at(database, place);
        doubts += doubt;
    }
    house.is_whole("all of these places", 0).await;
    assert_eq!(house.doubtful(), doubts);
}

async fn a_death_after_the_body_sends_at_most_the_letter_in_hand_again(database: &Database) {
    let house = House::new(database).await;
    let mut doubts = 0;
    for (place, doubt) in AFTER {
        house.dies_at(database, place);
        doubts += doubt;
    }
    house.is_whole("all of these places", usize::try_from(doubts).unwrap()).await;
    assert_eq!(house.doubtful(), doubts);
}

async fn an_answer(database: &Database) {
    let house = House::new(database).await;
    let bind = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let base = format!("http://{bind}");
    let server = |place: &str| {
        let more = [
            ("EVENKEEL__HTTP__BIND", &*bind),
            ("EVENKEEL__HTTP__PUBLIC_URL", &base),
            ("EVENKEEL_ABORT_AT", place),
        ];
        Server::start_with(&house.app, &house.relay, &more)
    };
    let first = server("none");
    wait_until("the invitations are out", || sent(&house.app) == 2 + LETTERS);
    first.end();
    let invited = house.relay.letters().into_iter().find(|own| own.to[0].starts_with("ada")).unwrap();
    let token = Mail::read(&invited.to[0], &invited.data).survey_token();
    let saved = async || open_form(&house.app.ctx, &token).await.unwrap().unwrap().response.answers.len();
    let item = format!("/s/{token}/1");
    for (place, kept) in [("response-before-commit", 0), ("response-saved-before-answer", 1), ("none", 1)] {
        let server = server(place);
        wait_until("it listens", || std::net::TcpStream::connect(&bind).is_ok());
        let client = Client::new(&base);
        let form_token = client.get(&item).hidden("form_token");
        let fields = [("form_token", &*form_token), ("choice", "4"), ("then", "next")];
        let answer = client.try_post(&item, &fields);
        if place == "none" {
            assert_eq!(answer.map(|own| own.status), Some(303));
            server.end();
        } else {
            assert!(answer.is_none(), "{place}: nobody was told that it was saved");
            server.aborted(place);
        }
        assert_eq!(saved().await, kept, "{place}");
    }
}

async fn a_bounce(database: &Database) {
    let house = House::new(database).await;
    // The result for Mika or Nils, or an invitation: whoever is first is refused, and again.
    for _ in 0..2 {
        house.relay.plan((Step::Rcpt, Act::Say("550 5.1.1 unknown")));
    }
    house.dies_at(database, "bounce-mark");
    let marked = || database.texts("SELECT id AS line FROM member WHERE bounced_at IS NOT NULL").len();
    let failed = || database.texts("SELECT to_address AS line FROM letter WHERE state = 'failed'");
    assert_eq!((marked(), failed().len()), (0, 0), "all or nothing");
    let server = house.start(None);
    let told =
        || database.texts("SELECT id AS line FROM notice WHERE kind = 'bounced' AND state = 'in_letter'");
    wait_until("all is done", || {
        let failed = failed();
        let asked = !failed.iter().any(|own| own.starts_with("mika") || own.starts_with("nils"));
        failed.len() == 1
            && told().len() == usize::from(asked)
            && sent(&house.app) == 1 + LETTERS + i64::from(asked)
    });
    server.end();
    assert_eq!((marked(), failed().len()), (1, 1));
}

async fn taking_up(database: &Database) {
    let house = House::new(database).await;
    for place in ["claim-after-commit", "revive-before-commit", "after-sending-mark", "revive-before-commit"]
    {
        house.dies_at(database, place);
    }
    house.is_whole("revive-before-commit", 0).await;
    assert_eq!(house.doubtful(), 1, "one doubt is counted once");
}
