//! The page of operations: what an administrator sees and decides, and what even they are not shown.

use actix_web::cookie::Cookie;
use actix_web::http::Method;
use actix_web::test::TestRequest;
use chrono::TimeDelta;

use super::test_house::{Answer, House};
use crate::domain::ids::{LetterId, PersonId};
use crate::domain::mode::Mode;
use crate::store::outbox::letters::{self, NewLetter, Settlement};
use crate::store::outbox::notices::{self, NewNotice};
use crate::store::{Conn, StoreError, people, sending};

/// An administrator at the page.
struct Desk<'a> {
    house: &'a House,
    cookie: Cookie<'static>,
    token: String,
}

impl<'a> Desk<'a> {
    async fn of(house: &'a House) -> Self {
        let (cookie, token) = house.sign_in(house.administrator).await;
        Self { house, cookie, token }
    }

    async fn page(&self) -> String {
        let answer = self.house.ask(TestRequest::get().uri("/admin").cookie(self.cookie.clone())).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    async fn post(&self, address: &str) -> Answer {
        let request = TestRequest::default().method(Method::POST).uri(address);
        let form = request.set_form([("csrf", self.token.as_str())]);
        self.house.ask(form.cookie(self.cookie.clone())).await
    }
}

/// A letter that carries one notice of the running cycle and ended so.
async fn ended(house: &House, kind: &'static str, person: PersonId, how: Settlement) -> LetterId {
    let (cycle, now) = (house.cycle().await, house.state.now());
    let work = move |conn: &mut Conn| -> Result<LetterId, StoreError> {
        let id = LetterId::mint_random();
        let person = people::find(conn, person)?.unwrap();
        let notice = NewNotice {
            natural_key: format!("{kind}:{id}"),
            kind,
            person_id: person.id,
            cycle_id: Some(cycle),
            reference: id.to_string(),
            due_at: now,
            not_after: now + TimeDelta::days(3),
        };
        notices::insert(conn, &notice, now)?;
        let due: Vec<_> = notices::due_for(conn, person.id, &[kind], now)?
            .into_iter()
            .filter(|own| own.reference == id.to_string())
            .map(|own| own.id)
            .collect();
        let letter = NewLetter {
            id,
            group_key: format!("test:{id}"),
            kind: "survey",
            person_id: Some(person.id),
            to: (person.name, person.email),
            from_name: "Northmoor".to_owned(),
            reply_to: None,
            picture: None,
            content: ("A letter".to_owned(), "text".to_owned(), "<p>text</p>".to_owned()),
            message: (format!("<{id}@example.org>"), format!("b-{id}")),
            not_after: now + TimeDelta::days(3),
        };
        letters::insert(conn, &letter, now)?;
        assert_eq!(notices::put_into(conn, &due, id)?, 1);
        let fence = letters::claim(conn, id, 0, "one", now)?.unwrap();
        assert!(letters::settle(conn, id, fence, &how, now)?);
        Ok(id)
    };
    house.state.ctx.store.write_tx(work).await.unwrap()
}

fn in_doubt() -> Settlement {
    Settlement::Held { ambiguous: true, error: "the line broke".to_owned() }
}

async fn state_of(house: &House, state: &str) -> i64 {
    let counts = house.state.ctx.store.read(letters::counts).await.unwrap();
    counts.into_iter().find(|(own, _)| own == state).map_or(0, |(_, n)| n)
}

#[actix_web::test]
async fn letters_in_doubt_and_refused_ones_are_decided_about() {
    let house = House::with(Mode::Representative).await;
    let desk = Desk::of(&house).await;
    let refused = Settlement::Failed("550 5.1.1 unknown".to_owned());
    let (doubt, other) = (
        ended(&house, "invite", house.respondent, in_doubt()).await,
        ended(&house, "invite", house.respondent, in_doubt()).await,
    );
    let failed = ended(&house, "invite", house.respondent, refused).await;
    let page = desk.page().await;
    assert!(page.contains("3 letters wait for a decision"), "{page}");
    assert!(page.contains("the line broke") && page.contains("550 5.1.1 unknown"));
    assert!(page.contains("its answer was unknown 2 times in all"));
    assert!(!page.contains(&format!("/admin/letters/{failed}/arrived")), "a refused letter did not arrive");

    let held = async || house.get("/metrics").await.body.contains("evenkeel_letters{state=\"held\"}");
    assert!(held().await);
    let before = (state_of(&house, "sent").await, state_of(&house, "pending").await);
    let done = desk.post(&format!("/admin/letters/{doubt}/arrived")).await;
    assert_eq!((done.status, done.location.as_str()), (303, "/admin?done=arrived"));
    assert_eq!(desk.post(&format!("/admin/letters/{doubt}/arrived")).await.status, 409, "it is decided");
    assert_eq!(desk.post(&format!("/admin/letters/{failed}/arrived")).await.status, 409);
    assert_eq!(desk.post(&format!("/admin/letters/{other}/aside")).await.status, 303);
    assert_eq!(desk.post(&format!("/admin/letters/{failed}/again")).await.status, 303);
    let after = (state_of(&house, "sent").await, state_of(&house, "pending").await);
    assert_eq!(after, (before.0 + 1, before.1 + 1));
    assert!(!desk.page().await.contains("Letters that wait for you"));
    assert!(!held().await, "no figure outlives what it counted");
    assert_eq!(desk.post(&format!("/admin/letters/{other}/burn")).await.status, 404);
}

#[actix_web::test]
async fn a_letter_past_its_time_is_not_sent_again() {
    let house = House::with(Mode::Representative).await;
    let late = ended(&house, "invite", house.respondent, in_doubt()).await;
    let now = house.state.now() + TimeDelta::days(4);
    house.jump(&now.to_rfc3339());
    let desk = Desk::of(&house).await;
    let page = desk.page().await;
    assert!(page.contains("can no longer be sent") && !page.contains(&format!("{late}/again")));
    assert_eq!(desk.post(&format!("/admin/letters/{late}/again")).await.status, 409);
}

#[actix_web::test]
async fn who_gets_a_reminder_is_not_told_to_an_administrator_outside_named_mode() {
    for (mode, told) in [(Mode::Representative, false), (Mode::Named, true)] {
        let house = House::with(mode).await;
        let reminder = ended(&house, "remind", house.respondent, in_doubt()).await;
        let desk = Desk::of(&house).await;
        let page = desk.page().await;
        assert_eq!(page.contains("marta@example.org"), told, "{mode:?}");
        assert_eq!(page.contains("1 reminder waits besides"), !told, "{mode:?}");
        let alone = desk.post(&format!("/admin/letters/{reminder}/aside")).await;
        assert_eq!(alone.status, if told { 303 } else { 409 }, "{mode:?}");
        if !told {
            assert_eq!(desk.post("/admin/letters/reminders/again").await.status, 303);
            assert_eq!(state_of(&house, "held").await, 0);
        }
    }
}

#[actix_web::test]
async fn an_administrator_lets_letters_leave_again_after_a_pause() {
    let house = House::with(Mode::Representative).await;
    let desk = Desk::of(&house).await;
    assert!(!desk.page().await.contains("No letter leaves"));
    let now = crate::clock::real_now();
    let pause = move |conn: &mut Conn| sending::pause(conn, "the database was restored", now);
    house.state.ctx.store.write_tx(pause).await.unwrap();
    let page = desk.page().await;
    assert!(page.contains("No letter leaves") && page.contains("the database was restored"), "{page}");
    let done = desk.post("/admin/resume").await;
    assert_eq!((done.status, done.location.as_str()), (303, "/admin?done=resumed"));
    assert!(!desk.page().await.contains("No letter leaves"));
    assert!(house.state.ctx.store.read(sending::paused).await.unwrap().is_none());
}
