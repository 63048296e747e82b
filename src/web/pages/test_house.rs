//! A small house for the tests of the pages: a database of its own, two sides, an open cycle, a clock that stands still.

use std::path::PathBuf;

use actix_web::cookie::Cookie;
use actix_web::dev::ServiceResponse;
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::{App, test, web};
use chrono::{DateTime, TimeDelta, Utc};

use crate::app::{assemble, open};
use crate::clock::{Clock, real_now};
use crate::domain::cadence::CadenceRule;
use crate::domain::ids::{CycleId, PartnershipId, PersonId};
use crate::domain::mode::Mode;
use crate::domain::partnership::MemberRoles;
use crate::mail::transport::{Memory, Transport};
use crate::settings::Settings;
use crate::store::{cycles, invitations, partnerships, responses};
use crate::web::State;
use crate::web::guard::surround;
use crate::workflow::set_up::{self, CadenceInput, MemberInput, PartnershipInput, PersonInput, SideInput};
use crate::workflow::{close_cycles, open_due_cycles, sign_in};

/// The answer to a request.
pub struct Answer {
    pub status: u16,
    pub location: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

/// The house.
pub struct House {
    pub state: State,
    pub partnership: PartnershipId,
    pub administrator: PersonId,
    pub respondent: PersonId,
    folder: PathBuf,
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

pub fn start() -> DateTime<Utc> {
    "2026-08-03T08:00:00Z".parse().unwrap()
}

impl House {
    /// Sets everything up; the cycle of 2026-Q3 opens on 1 September at 09:00 in Berlin.
    pub async fn with(mode: Mode) -> Self {
        let folder = std::env::temp_dir().join(format!("evenkeel-pages-{}", crate::secrets::random_token()));
        let mut settings = Settings::defaults();
        settings.data_dir.clone_from(&folder);
        settings.instance.operator = "Northmoor IT".to_owned();
        let ctx = open(settings).await.unwrap();
        let clock = Clock::fixed(start());
        let state = assemble(ctx, clock, Transport::Memory(Memory::default()), None);
        let person = async |name: &str, administrator| {
            let input = PersonInput {
                email: format!("{}@example.org", name.to_lowercase()),
                name: name.to_owned(),
                zone: "America/New_York".to_owned(),
                administrator,
            };
            set_up::create_person(&state.ctx, "test", &input, start()).await.unwrap()
        };
        let (administrator, respondent, other) =
            (person("Ada", true).await, person("Marta", false).await, person("Noor", false).await);
        let side = |name: &str| SideInput { name: name.to_owned(), organisation: None };
        let input = PartnershipInput {
            name: String::new(),
            zone: "Europe/Berlin".to_owned(),
            sides: vec![side("Northmoor"), side("Brightwater")],
        };
        let (partnership, sides) =
            set_up::create_partnership(&state.ctx, "test", input, start()).await.unwrap();
        for (person, side) in [(respondent, sides[0]), (other, sides[1])] {
            let roles = MemberRoles { respondent: true, manager: true, ..MemberRoles::default() };
            let input = MemberInput { person, side: Some(side), roles };
            set_up::add_member(&state.ctx, "test", partnership, input, start()).await.unwrap();
        }
        let cadence = CadenceInput {
            instrument_id: "quarterly-health-review".to_owned(),
            rule: CadenceRule::default(),
            mode,
            floor_k: None,
            active: true,
            keep_months: None,
            comments: None,
        };
        set_up::put_cadence(&state.ctx, "test", partnership, cadence, start()).await.unwrap();
        let house = Self { state, partnership, administrator, respondent, folder };
        house.jump("2026-09-01T07:00:00Z");
        assert_eq!(
            open_due_cycles::open_due_cycles(&house.state.ctx, house.state.now()).await.unwrap().done,
            1
        );
        house.jump("2026-09-02T12:02:00Z");
        house
    }

    pub fn jump(&self, to: &str) {
        assert!(self.state.clock.jump_to(to.parse().unwrap()));
    }

    /// Closes the cycle at its time.
    pub async fn close(&self) {
        let cycle = self.cycle().await;
        let row = self.state.ctx.store.read(move |c| cycles::find(c, cycle)).await.unwrap().unwrap();
        assert!(self.state.clock.jump_to(row.closes_at.and_utc()));
        assert_eq!(close_cycles::close_cycles(&self.state.ctx, self.state.now()).await.unwrap().done, 1);
    }

    /// The secret of the respondent's link.
    pub async fn token(&self) -> String {
        let person = self.respondent;
        let now = "2026-09-02T00:00:00Z".parse().unwrap();
        let open = self.state.ctx.store.read(move |c| invitations::open_of(c, person, now)).await.unwrap();
        self.state.ctx.key.survey_token(open[0].0.salt.as_ref().unwrap())
    }

    pub async fn cycle(&self) -> CycleId {
        let partnership = self.partnership;
        let last = move |c: &mut _| cycles::last_scheduled(c, partnership, "quarterly-health-review");
        self.state.ctx.store.read(last).await.unwrap().unwrap().id
    }

    /// Changes with every saved answer of the cycle, and with nothing else: comments and times of saving are not in it.
    pub async fn answers(&self) -> responses::Version {
        let cycle = self.cycle().await;
        self.state.ctx.store.read(move |c| responses::version(c, cycle)).await.unwrap()
    }

    /// The members in force of the partnership.
    pub async fn members(&self) -> usize {
        let partnership = self.partnership;
        self.state.ctx.store.read(move |c| partnerships::members(c, partnership)).await.unwrap().len()
    }

    /// The session cookie of somebody who signs in, and their form token.
    pub async fn sign_in(&self, person: PersonId) -> (Cookie<'static>, String) {
        let ctx = &self.state.ctx;
        let token = sign_in::one_time_token(ctx, person, TimeDelta::minutes(5), real_now()).await.unwrap();
        let opened = sign_in::finish(ctx, &token, None, "Firefox/1 Linux", real_now()).await.unwrap();
        let form_token = ctx.key.form_token(&crate::secrets::digest(&opened.token));
        (Cookie::new("evenkeel", opened.token), form_token)
    }

    /// Sends one request through everything that stands around the pages.
    pub async fn ask(&self, request: test::TestRequest) -> Answer {
        let state = self.state.clone();
        let app = App::new()
            .app_data(web::Data::new(state.clone()))
            .configure(move |config| crate::web::configure(&state, config))
            .wrap(from_fn(surround));
        let app = test::init_service(app).await;
        let response: ServiceResponse<_> = test::call_service(&app, request.to_request()).await;
        let text = |value: &actix_web::http::header::HeaderValue| value.to_str().unwrap().to_owned();
        let headers = response.headers();
        Answer {
            status: response.status().as_u16(),
            location: headers.get("location").map(text).unwrap_or_default(),
            headers: {
                let mut all: Vec<_> = headers.iter().map(|(n, v)| (n.to_string(), text(v))).collect();
                all.sort();
                all
            },
            body: String::from_utf8(test::read_body(response).await.to_vec()).unwrap(),
        }
    }

    pub async fn get(&self, address: &str) -> Answer {
        self.ask(test::TestRequest::get().uri(address)).await
    }

    /// Waits for what a request left to be done after its answer.
    pub async fn until<F: AsyncFn() -> bool>(&self, done: F) {
        let waiting = async {
            while !done().await {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(20), waiting).await.unwrap();
    }

    pub async fn post(&self, address: &str, fields: &[(&str, &str)]) -> Answer {
        self.ask(test::TestRequest::default().method(Method::POST).uri(address).set_form(fields)).await
    }
}
