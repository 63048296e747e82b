//! The acts of managers on the pages of a running cycle.

use actix_web::cookie::Cookie;
use actix_web::http::Method;
use actix_web::test::TestRequest;

use super::test_house::{Answer, House};
use crate::domain::mode::Mode;
use crate::store::{cycles, partnerships};

/// Somebody signed in: their cookie and form token.
struct Person(Cookie<'static>, String);

impl Person {
    async fn named(house: &House, name: &str) -> Self {
        let id = house.partnership;
        let all = house.state.ctx.store.read(move |c| partnerships::members(c, id)).await.unwrap();
        let found = all.into_iter().find(|(_, person)| person.name == name).unwrap().1.id;
        let (cookie, token) = house.sign_in(found).await;
        Self(cookie, token)
    }

    async fn get(&self, house: &House, address: &str) -> Answer {
        house.ask(TestRequest::get().uri(address).cookie(self.0.clone())).await
    }

    async fn post(&self, house: &House, address: &str, fields: &[(&str, &str)]) -> Answer {
        let mut all = vec![("csrf", self.1.as_str())];
        all.extend_from_slice(fields);
        let request = TestRequest::default().method(Method::POST).uri(address).set_form(all);
        house.ask(request.cookie(self.0.clone())).await
    }
}

/// The addresses of the forms on a page that end in a word.
fn forms(page: &Answer, verb: &str) -> Vec<String> {
    let all = page.body.split("action=\"").skip(1).filter_map(|rest| rest.split('"').next());
    all.filter(|action| action.ends_with(verb)).map(str::to_owned).collect()
}

#[actix_web::test]
async fn a_manager_proposes_and_the_other_one_approves_on_the_page_of_the_cycle() {
    let house = House::with(Mode::Representative).await;
    let (marta, noor) = (Person::named(&house, "Marta").await, Person::named(&house, "Noor").await);
    let cycle = house.cycle().await;
    let address = format!("/cycles/{cycle}");
    let page = marta.get(&house, &address).await;
    assert_eq!(page.status, 200, "{}", page.body);
    for verb in ["/extend", "/remind", "/close", "/cancel"] {
        assert_eq!(forms(&page, verb).len(), 1, "{verb}");
    }
    let sent = marta.post(&house, &format!("{address}/cancel"), &[("reason", "Too <early>")]).await;
    assert_eq!((sent.status, sent.location), (303, format!("{address}?done=proposed")));
    let own = marta.get(&house, &address).await;
    assert!(forms(&own, "/approve").is_empty(), "nobody says yes to their own proposal");
    assert_eq!(forms(&own, "/withdraw").iter().filter(|a| a.starts_with("/proposals/")).count(), 1);
    assert!(forms(&own, "/cancel").is_empty(), "it is proposed already");
    let page = noor.get(&house, &address).await;
    assert!(page.body.contains("Too &#60;early&#62;") && page.body.contains("Marta for Northmoor"));
    let approve = forms(&page, "/approve");
    assert_eq!((approve.len(), forms(&page, "/decline").len()), (1, 1));
    let listed = noor.get(&house, &format!("/partnerships/{}", house.partnership)).await;
    assert_eq!(forms(&listed, "/approve"), approve, "the partnership's page has it too");
    let done = noor.post(&house, &approve[0], &[]).await;
    assert_eq!((done.status, done.location), (303, format!("{address}?done=approved-done")));
    let row = house.state.ctx.store.read(move |c| cycles::find(c, cycle)).await.unwrap().unwrap();
    assert_eq!(row.state.as_str(), "cancelled");
    let page = noor.get(&house, &format!("{address}?done=approved-done")).await;
    assert!(page.body.contains("with that it is done") && forms(&page, "/extend").is_empty());
    assert_eq!(noor.post(&house, &approve[0], &[]).await.status, 409);
}

#[actix_web::test]
async fn a_manager_extends_by_the_clocks_of_their_own_zone() {
    let house = House::with(Mode::Representative).await;
    let marta = Person::named(&house, "Marta").await;
    let cycle = house.cycle().await;
    let address = format!("/cycles/{cycle}/extend");
    assert_eq!(marta.post(&house, &address, &[("closes_at", "soon")]).await.status, 422);
    assert_eq!(marta.post(&house, &address, &[("closes_at", "2026-09-03T10:00")]).await.status, 422);
    assert_eq!(marta.post(&house, &address, &[("closes_at", "2026-09-20T17:00")]).await.status, 303);
    let row = house.state.ctx.store.read(move |c| cycles::find(c, cycle)).await.unwrap().unwrap();
    assert_eq!(row.closes_at.and_utc().to_rfc3339(), "2026-09-20T21:00:00+00:00", "17:00 in New York");
    assert_eq!(marta.post(&house, &format!("/cycles/{cycle}/remind"), &[]).await.status, 303);
}

#[actix_web::test]
async fn for_anybody_but_a_manager_there_is_nothing_to_do() {
    let house = House::with(Mode::Representative).await;
    let cycle = house.cycle().await;
    let (cookie, token) = house.sign_in(house.administrator).await;
    let administrator = Person(cookie, token);
    let marta = Person::named(&house, "Marta").await;
    for verb in ["extend", "remind", "close", "cancel", "members/7/address", "members/7/withdraw"] {
        let address = format!("/cycles/{cycle}/{verb}");
        let fields = [("closes_at", "2026-09-20T17:00"), ("email", "a@example.org")];
        assert_eq!(administrator.post(&house, &address, &fields).await.status, 404, "{verb}");
        let foreign = TestRequest::default().method(Method::POST).uri(&address).set_form(fields);
        assert_eq!(
            house.ask(foreign.cookie(marta.0.clone())).await.status,
            403,
            "{verb} without a form token"
        );
        assert_eq!(house.post(&address, &fields).await.status, 401, "{verb} without a session");
    }
    for verb in ["approve", "decline", "withdraw"] {
        let address = format!("/proposals/00000000-0000-7000-8000-000000000000/{verb}");
        assert_eq!(marta.post(&house, &address, &[]).await.status, 404, "{verb}");
    }
}

#[actix_web::test]
async fn a_fresh_start_of_drift_is_proposed_and_approved_on_the_page_once_a_check_has_closed() {
    let house = House::with(Mode::Representative).await;
    let (marta, noor) = (Person::named(&house, "Marta").await, Person::named(&house, "Noor").await);
    let address = format!("/partnerships/{}", house.partnership);
    let to = format!("{address}/rebaseline");
    let page = marta.get(&house, &address).await;
    assert!(
        forms(&page, "/rebaseline").is_empty(),
        "nothing has closed, so there is nothing to leave behind"
    );
    assert_eq!(marta.post(&house, &to, &[]).await.status, 409);
    house.close().await;
    let page = marta.get(&house, &address).await;
    assert_eq!(forms(&page, "/rebaseline"), vec![to.clone()]);
    let sent = marta.post(&house, &to, &[("reason", "Merged with Lumen")]).await;
    assert_eq!((sent.status, sent.location), (303, format!("{address}?done=proposed")));
    let page = noor.get(&house, &address).await;
    assert!(page.body.contains("Start afresh") && page.body.contains("Merged with Lumen"));
    assert!(forms(&page, "/rebaseline").is_empty(), "it is proposed already");
    let done = noor.post(&house, &forms(&page, "/approve")[0], &[]).await;
    assert_eq!((done.status, done.location), (303, format!("{address}?done=approved-done")));
    let (cookie, token) = house.sign_in(house.administrator).await;
    assert_eq!(Person(cookie, token).post(&house, &to, &[]).await.status, 404, "not for an administrator");
}

#[actix_web::test]
async fn a_manager_pauses_resumes_and_ends_the_partnership_which_asks_once_more() {
    let house = House::with(Mode::Representative).await;
    let (marta, noor) = (Person::named(&house, "Marta").await, Person::named(&house, "Noor").await);
    let address = format!("/partnerships/{}", house.partnership);
    let state = async || {
        let id = house.partnership;
        house
            .state
            .ctx
            .store
            .read(move |c| partnerships::find(c, id))
            .await
            .unwrap()
            .unwrap()
            .state
            .to_string()
    };
    let page = marta.get(&house, &address).await;
    let offered = |page: &Answer, to: &str| forms(page, &format!("/state/{to}")).len();
    assert_eq!((offered(&page, "paused"), offered(&page, "active"), offered(&page, "ended")), (1, 0, 1));
    let (to, sure) = (|to: &str| format!("{address}/state/{to}"), [("sure", "yes")]);
    let done = marta.post(&house, &to("paused"), &[]).await;
    assert_eq!((done.status, done.location), (303, format!("{address}?done=paused")));
    let page = noor.get(&house, &format!("{address}?done=paused")).await;
    assert!(page.body.contains("nothing opens until it is resumed"));
    assert_eq!((offered(&page, "paused"), offered(&page, "active"), offered(&page, "ended")), (0, 1, 1));
    assert_eq!(noor.post(&house, &to("active"), &[]).await.status, 303, "the other side resumes it");
    assert_eq!(marta.post(&house, &to("ended"), &[]).await.status, 422, "it asks once more");
    assert_eq!(state().await, "active");
    for nonsense in ["proposed", "gone"] {
        assert_eq!(marta.post(&house, &to(nonsense), &sure).await.status, 404, "{nonsense}");
    }
    assert_eq!(marta.post(&house, &to("ended"), &sure).await.status, 303);
    assert_eq!(state().await, "ended");
    let page = marta.get(&house, &format!("{address}?done=ended")).await;
    assert_eq!((offered(&page, "active"), offered(&page, "ended")), (0, 0));
    assert_eq!(marta.post(&house, &to("active"), &[]).await.status, 409);
    let (cookie, token) = house.sign_in(house.administrator).await;
    let administrator = Person(cookie, token);
    assert_eq!(administrator.post(&house, &to("paused"), &[]).await.status, 404, "not for an administrator");
}
