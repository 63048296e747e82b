//! The whole program around one database, with a clock that stands still until it is moved and a mailbox to look into.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use evenkeel::app::{self, Running};
use evenkeel::clock::{Clock, real_now};
use evenkeel::domain::cadence::CadenceRule;
use evenkeel::domain::ids::{CycleId, OrganisationId, PartnershipId, PersonId, SideId};
use evenkeel::domain::mode::Mode;
use evenkeel::domain::partnership::MemberRoles;
use evenkeel::domain::publication::Scorecard;
use evenkeel::mail::transport::{Memory, Transport};
use evenkeel::settings::Settings;
use evenkeel::store::cycles::{self, Cycle};
use evenkeel::store::flags::{self, Flag};
use evenkeel::store::{people, scorecards};
use evenkeel::web::State;
use evenkeel::web::api::limit::Limits;
use evenkeel::web::metrics::Metrics;
use evenkeel::worker::Worker;
use evenkeel::workflow::proposals::Speaker;
use evenkeel::workflow::save_response::{self, Change};
use evenkeel::workflow::set_up::{self, CadenceInput, MemberInput, PartnershipInput, PersonInput, SideInput};
use evenkeel::workflow::{Context, Refusal, sign_in};

use super::http::Client;
use super::{Database, Mail, utc};

/// Who acts in the audit log when a test sets something up.
const ACTOR: &str = "test";
/// The instrument of all stories.
pub const REVIEW: &str = "quarterly-health-review";
/// Its questions, in order.
pub const QUESTIONS: [&str; 5] =
    ["shared_vision", "communication", "resource_commitment", "conflict_resolution", "joint_kpi"];

/// One side of a partnership: its name, its manager and its respondents, by first name.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a>(pub &'a str, pub &'a str, pub &'a [&'a str]);

/// A partnership of two sides.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The partnership.
    pub id: PartnershipId,
    /// Its sides in order.
    pub sides: Vec<SideId>,
}

/// The program. Dropping it with mails that nobody read fails the test.
pub struct TestApp {
    /// Database, key and settings.
    pub ctx: Context,
    /// The clock.
    pub clock: Clock,
    /// The clockwork and the courier.
    pub worker: Arc<Worker>,
    mailbox: Memory,
    transport: Transport,
    listener: Option<TcpListener>,
    running: Option<Running>,
    mails_matter: bool,
    people: Mutex<BTreeMap<String, PersonId>>,
}

impl TestApp {
    /// The program on an empty database, mails kept in memory.
    pub async fn on(database: &Database, now: &str) -> Self {
        let mailbox = Memory::default();
        Self::open(database, now, Transport::Memory(mailbox.clone()), mailbox).await
    }

    /// The program on an empty database, mails through a relay.
    pub async fn with_relay(database: &Database, now: &str, transport: Transport) -> Self {
        Self::open(database, now, transport, Memory::default()).await
    }

    async fn open(database: &Database, now: &str, transport: Transport, mailbox: Memory) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut settings = Settings::defaults();
        database.folder().clone_into(&mut settings.data_dir);
        database.url().clone_into(&mut settings.database.url);
        settings.http.public_url = format!("http://{}", listener.local_addr().unwrap());
        "Northmoor IT".clone_into(&mut settings.instance.operator);
        "health@example.org".clone_into(&mut settings.mail.from);
        settings.mail.per_minute = 60_000;
        let ctx = app::open(settings).await.unwrap();
        Self::around(ctx, Clock::fixed(utc(now)), transport, mailbox, Some(listener))
    }

    fn around(
        ctx: Context,
        clock: Clock,
        transport: Transport,
        mailbox: Memory,
        listener: Option<TcpListener>,
    ) -> Self {
        let state = app::assemble(ctx.clone(), clock.clone(), transport.clone(), None);
        Self {
            ctx,
            clock,
            worker: state.worker,
            mailbox,
            transport,
            listener,
            running: None,
            mails_matter: true,
            people: Mutex::default(),
        }
    }

    /// The process is gone without a farewell, and another one starts on the same database and clock.
    pub async fn killed_and_started_again(self) -> Self {
        self.killed_and_started_again_after(|_| {}).await
    }

    /// The same, with something that happens while no process runs.
    pub async fn killed_and_started_again_after(mut self, meanwhile: impl FnOnce(&Settings)) -> Self {
        let settings = (*self.ctx.settings).clone();
        let (clock, mailbox, transport) = (self.clock.clone(), self.mailbox.clone(), self.transport.clone());
        let listener = self.listener.take();
        // Its mails are the next one's to read.
        self.mailbox = Memory::default();
        let people = std::mem::take(&mut *self.people.lock().unwrap());
        drop(self);
        meanwhile(&settings);
        let ctx = app::open(settings).await.unwrap();
        let app = Self::around(ctx, clock, transport, mailbox, listener);
        *app.people.lock().unwrap() = people;
        app.worker.revive(!app.ctx.store.is_shared()).await.unwrap();
        app
    }

    /// Another process on the same database, with its own courier.
    pub async fn second_process(&self) -> Self {
        self.second_process_in(&self.ctx.settings.data_dir).await
    }

    /// The same with a data directory of its own; the key is shared.
    pub async fn second_process_in(&self, folder: &std::path::Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut settings = (*self.ctx.settings).clone();
        settings.secrets.key_file = settings.key_file().display().to_string();
        folder.clone_into(&mut settings.data_dir);
        settings.http.public_url = format!("http://{}", listener.local_addr().unwrap());
        let ctx = app::open(settings).await.unwrap();
        Self::around(ctx, self.clock.clone(), self.transport.clone(), Memory::default(), Some(listener))
    }

    /// The present instant.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Moves the clock and does everything that is due then, sending included.
    pub async fn at(&self, instant: &str) {
        self.clock.jump_to(utc(instant));
        self.tick().await;
    }

    /// Does everything that is due now, sending included.
    pub async fn tick(&self) {
        self.worker.run_due(self.now()).await.unwrap();
        self.worker.deliver().await.unwrap();
    }

    /// Lets mails be: the test is not about them, and its processes send them by themselves, at their own time.
    pub fn ignore_mails(&mut self) {
        self.mails_matter = false;
    }

    /// Takes the mails out of the mailbox, by recipient.
    pub fn mails(&self) -> Vec<Mail> {
        let mut mails: Vec<Mail> = self.mailbox.take().iter().map(|m| Mail::read(&m.to, &m.bytes)).collect();
        mails.sort_by(|a, b| a.to.cmp(&b.to));
        mails
    }

    /// Takes the mails out of the mailbox and gives who got one, by first name.
    pub fn recipients(&self) -> Vec<String> {
        self.mails().iter().map(|m| m.to.split('@').next().unwrap_or_default().to_owned()).collect()
    }

    /// The person with this first name, added when there is none.
    pub async fn person(&self, name: &str) -> PersonId {
        if let Some(known) = self.people.lock().unwrap().get(name) {
            return *known;
        }
        let input = PersonInput {
            email: format!("{}@example.org", name.to_lowercase()),
            name: name.to_owned(),
            zone: "Europe/Berlin".to_owned(),
            administrator: false,
        };
        let id = set_up::create_person(&self.ctx, ACTOR, &input, self.now()).await.unwrap();
        self.people.lock().unwrap().insert(name.to_owned(), id);
        id
    }

    /// A partnership of two sides in Berlin.
    pub async fn partnership(&self, sides: [Side<'_>; 2]) -> Pair {
        self.partnership_of(&sides).await
    }

    /// A partnership of two to four sides in Berlin.
    pub async fn partnership_of(&self, sides: &[Side<'_>]) -> Pair {
        self.partnership_between(sides, &[]).await
    }

    /// The same between organisations, as far as some are given.
    pub async fn partnership_between(&self, sides: &[Side<'_>], organisations: &[OrganisationId]) -> Pair {
        let side = |(place, own): (usize, &Side<'_>)| SideInput {
            name: own.0.to_owned(),
            organisation: organisations.get(place).copied(),
        };
        let input = PartnershipInput {
            name: String::new(),
            zone: "Europe/Berlin".to_owned(),
            sides: sides.iter().enumerate().map(side).collect(),
        };
        let (id, ids) = set_up::create_partnership(&self.ctx, ACTOR, input, self.now()).await.unwrap();
        for (Side(_, manager, respondents), side) in sides.iter().zip(&ids) {
            let manages = respondents.contains(manager);
            let roles = MemberRoles { manager: true, respondent: manages, ..MemberRoles::default() };
            self.member(id, manager, *side, roles).await;
            for name in respondents.iter().filter(|name| *name != manager) {
                let roles = MemberRoles { respondent: true, ..MemberRoles::default() };
                self.member(id, name, *side, roles).await;
            }
        }
        Pair { id, sides: ids }
    }

    async fn member(&self, partnership: PartnershipId, name: &str, side: SideId, roles: MemberRoles) {
        let person = self.person(name).await;
        let input = MemberInput { person, side: Some(side), roles };
        set_up::add_member(&self.ctx, ACTOR, partnership, input, self.now()).await.unwrap();
    }

    /// A program of the whole instance, as one who acts.
    pub fn program_speaker() -> Speaker {
        Speaker { actor: ACTOR.to_owned(), side: None }
    }

    /// The quarterly cadence: first Tuesday of the quarter's last month 09:00 to Thursday of the next week 17:00.
    pub async fn quarterly(&self, pair: &Pair, mode: Mode) {
        self.cadence(pair, mode, CadenceRule::default()).await;
    }

    /// A cadence of the quarterly health review.
    pub async fn cadence(&self, pair: &Pair, mode: Mode, rule: CadenceRule) {
        let input = CadenceInput {
            instrument_id: REVIEW.to_owned(),
            rule,
            mode,
            floor_k: None,
            active: true,
            comments: None,
            keep_months: None,
        };
        set_up::put_cadence(&self.ctx, ACTOR, pair.id, input, self.now()).await.unwrap();
    }

    /// Saves one answer behind a link.
    pub async fn save(&self, token: &str, indicator: &str, answer: Option<u8>) -> Result<(), Refusal> {
        let change = Change::Answer { indicator: indicator.to_owned(), answer };
        save_response::save_response(&self.ctx, token, change, self.now()).await.map(drop)
    }

    /// Saves all five answers behind a link.
    pub async fn answer(&self, token: &str, answers: [u8; 5]) {
        for (indicator, answer) in QUESTIONS.iter().zip(answers) {
            self.save(token, indicator, Some(answer)).await.unwrap();
        }
    }

    /// Presses "send" behind a link.
    pub async fn send(&self, token: &str) {
        save_response::send_response(&self.ctx, token, self.now()).await.unwrap();
    }

    /// The cycles of a partnership, oldest first.
    pub async fn cycles(&self, pair: &Pair) -> Vec<Cycle> {
        let id = pair.id;
        let mut all = self.ctx.store.read(move |conn| cycles::list_of(conn, id, 100)).await.unwrap();
        all.reverse();
        all
    }

    /// The only cycle of a partnership.
    pub async fn cycle(&self, pair: &Pair) -> Cycle {
        let mut all = self.cycles(pair).await;
        assert_eq!(all.len(), 1, "one cycle");
        all.remove(0)
    }

    /// A cycle's frozen scorecard.
    pub async fn scorecard(&self, cycle: CycleId) -> Option<Scorecard> {
        self.ctx.store.read(move |conn| scorecards::find(conn, cycle)).await.unwrap()
    }

    /// All flags of a partnership.
    pub async fn flags(&self, pair: &Pair) -> Vec<Flag> {
        let id = pair.id;
        self.ctx.store.read(move |conn| flags::history(conn, id, 100)).await.unwrap()
    }

    /// Opens the doors on a real socket; gives a browser that stands before them.
    pub async fn browser(&mut self) -> Client {
        Client::new(&self.address().await)
    }

    /// A browser in which somebody is signed in.
    pub async fn signed_in(&mut self, address: &str) -> Client {
        let browser = self.browser().await;
        let address = address.to_owned();
        let found = self.ctx.store.read(move |conn| people::find_by_email(conn, &address)).await.unwrap();
        let person = found.expect("a person with this address").id;
        let hour = chrono::TimeDelta::hours(1);
        let secret = sign_in::one_time_token(&self.ctx, person, hour, real_now()).await.unwrap();
        browser.sign_in(&secret);
        browser
    }

    /// Opens the doors on a real socket, once, and gives their address.
    pub async fn address(&mut self) -> String {
        if self.running.is_none() {
            let listener = self.listener.take().expect("the doors open once");
            let state = State {
                ctx: self.ctx.clone(),
                clock: self.clock.clone(),
                worker: Arc::clone(&self.worker),
                metrics: Metrics::default(),
                rendered: evenkeel::web::rendered::Rendered::default(),
                calls: Limits::new(NonZeroU32::MAX, NonZeroU32::MAX, NonZeroU32::MAX),
                demo: None,
                limits: evenkeel::web::client::Limits::default(),
            };
            self.running = Some(app::start(state, listener).await.unwrap());
        }
        self.ctx.settings.http.public_url.clone()
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if self.mails_matter && !std::thread::panicking() {
            let unread: Vec<String> =
                self.mails().iter().map(|m| format!("{}: {}", m.to, m.subject)).collect();
            assert!(unread.is_empty(), "mails that the test did not expect: {unread:#?}");
        }
    }
}
