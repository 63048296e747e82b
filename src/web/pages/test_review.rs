//! The page of a review: who writes, who reads, and that it works by its forms alone.

use actix_web::cookie::Cookie;
use actix_web::test::TestRequest;

use super::test_house::{Answer, House, start};
use crate::domain::ids::{CycleId, PersonId};
use crate::domain::mode::Mode;
use crate::domain::partnership::MemberRoles;
use crate::store::{flags, partnerships, people};
use crate::workflow::save_response::{self, Change};
use crate::workflow::set_up::{self, MemberInput, PersonInput};

struct Visitor {
    cookie: Cookie<'static>,
    csrf: String,
}

struct Review {
    house: House,
    cycle: CycleId,
    other: PersonId,
}

impl Review {
    /// One side answered, red; the other was silent.
    async fn held() -> Self {
        let house = House::with(Mode::Representative).await;
        let token = house.token().await;
        for indicator in ["shared_vision", "communication"] {
            let change = Change::Answer { indicator: indicator.to_owned(), answer: Some(1) };
            save_response::save_response(&house.state.ctx, &token, change, house.state.now()).await.unwrap();
        }
        let cycle = house.cycle().await;
        house.close().await;
        let other = house.state.ctx.store.read(|conn| people::find_by_email(conn, "noor@example.org")).await;
        Self { house, cycle, other: other.unwrap().unwrap().id }
    }

    async fn visitor(&self, person: PersonId) -> Visitor {
        let (cookie, csrf) = self.house.sign_in(person).await;
        Visitor { cookie, csrf }
    }

    fn address(&self, verb: &str) -> String {
        format!("/cycles/{}/review{verb}", self.cycle)
    }

    async fn page(&self, who: &Visitor) -> Answer {
        let address = self.address("");
        self.house.ask(TestRequest::get().uri(&address).cookie(who.cookie.clone())).await
    }

    async fn post(&self, who: &Visitor, verb: &str, fields: &[(&str, &str)]) -> Answer {
        let mut all = vec![("csrf", who.csrf.as_str())];
        all.extend_from_slice(fields);
        let address = self.address(verb);
        self.house.ask(TestRequest::post().uri(&address).cookie(who.cookie.clone()).set_form(&all)).await
    }

    /// The flag that both sides see: the silence.
    async fn silence(&self) -> String {
        let id = self.house.partnership;
        let open = self.house.state.ctx.store.read(move |conn| flags::open_of(conn, &[id])).await.unwrap();
        let found = open.iter().find(|flag| flag.subject == crate::domain::flags::FlagSubject::Partnership);
        found.unwrap().id.to_string()
    }

    async fn member(&self, name: &str, sides: bool, roles: MemberRoles) -> Visitor {
        let (ctx, id) = (&self.house.state.ctx, self.house.partnership);
        let input = PersonInput {
            email: format!("{name}@example.org"),
            name: name.to_owned(),
            zone: "Europe/Berlin".to_owned(),
            administrator: false,
        };
        let person = set_up::create_person(ctx, "test", &input, start()).await.unwrap();
        let side = ctx.store.read(move |conn| partnerships::sides(conn, id)).await.unwrap()[0].id;
        let input = MemberInput { person, side: sides.then_some(side), roles };
        set_up::add_member(ctx, "test", id, input, start()).await.unwrap();
        self.visitor(person).await
    }
}

#[actix_web::test]
async fn a_review_is_held_by_its_forms_and_closed_by_both_sides() {
    let review = Review::held().await;
    let marta = review.visitor(review.house.respondent).await;
    let noor = review.visitor(review.other).await;
    let flag = review.silence().await;
    let page = review.page(&marta).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.contains("A side was silent") && page.body.contains("Needs a note and an action"));
    assert!(
        page.body.contains("The scorecard") && page.body.contains("1.0 (n 1)"),
        "what the side that answered says stands there: {}",
        page.body
    );
    assert!(!page.body.contains("Confirm for your side"), "flags lack their answer");
    let refused = review.post(&noor, "/close", &[]).await;
    assert!(
        refused.status == 409 && refused.body.contains("A side was silent</a> needs a note and an action."),
        "{}",
        refused.body
    );

    let noted = review.post(&noor, &format!("/flags/{flag}/note"), &[("text", "We were <b>away</b>.")]).await;
    assert_eq!(
        (noted.status, noted.location.as_str()),
        (303, format!("{}?done=noted#flag-{flag}", review.address("")).as_str())
    );
    let id = review.house.partnership;
    let sides = review.house.state.ctx.store.read(move |conn| partnerships::sides(conn, id)).await.unwrap();
    let bright = sides[1].id.to_string();
    let fields = [("text", "Name a deputy"), ("side", bright.as_str()), ("due_on", "2026-11-01")];
    let promised = review.post(&marta, &format!("/flags/{flag}/action"), &fields).await;
    assert_eq!(promised.status, 303, "{}", promised.body);
    let page = review.page(&marta).await.body;
    assert!(page.contains("We were &#60;b&#62;away") && page.contains("Noor, Brightwater"), "{page}");
    assert!(page.contains("Name a deputy") && page.contains("nobody is named yet"));
    assert!(page.contains("Action due 1 Nov 2026"));
    let action = page.split("/review/actions/").nth(1).unwrap().split(['"', '#']).next().unwrap().to_owned();
    let other = review.other.to_string();
    let named = [("state", "open"), ("due_on", "2026-11-01"), ("owner", other.as_str()), ("note", "")];
    assert_eq!(review.post(&noor, &format!("/actions/{action}"), &named).await.status, 303);
    assert!(review.page(&noor).await.body.contains("Noor, Brightwater"));

    // One note and one action answer the only flag that there is.
    assert_eq!(review.post(&noor, "/close", &[]).await.status, 303);
    assert!(review.page(&marta).await.body.contains("Brightwater confirmed on"));
    let closed = review.post(&marta, "/close", &[]).await;
    assert_eq!(closed.status, 303, "{}", closed.body);
    assert!(review.page(&marta).await.body.contains("is closed."));
}

#[actix_web::test]
async fn who_sees_the_scorecard_reads_and_only_managers_and_facilitators_write() {
    let review = Review::held().await;
    let none = MemberRoles::default();
    let flag = review.silence().await;
    let note = format!("/flags/{flag}/note");
    let sponsor = review.member("sven", true, MemberRoles { sponsor: true, ..none }).await;
    let respondent = review.member("rosa", true, MemberRoles { respondent: true, ..none }).await;
    let facilitator = review.member("finn", false, MemberRoles { facilitator: true, ..none }).await;
    let administrator = review.visitor(review.house.administrator).await;
    for (who, reads, writes) in [
        (&sponsor, true, false),
        (&respondent, false, false),
        (&administrator, false, false),
        (&facilitator, true, true),
    ] {
        let page = review.page(who).await;
        assert_eq!(page.status, if reads { 200 } else { 404 });
        assert_eq!(page.body.contains("Write a note"), writes);
        let written = review.post(who, &note, &[("text", "Talked.")]).await.status;
        assert_eq!(written, if writes { 303 } else { 404 });
    }
    assert_eq!(review.post(&facilitator, "/close", &[]).await.status, 404, "a facilitator has no vote");
    let page = review.page(&sponsor).await.body;
    assert!(page.contains("For no side") && !page.contains("finn,"), "a sponsor is told no names");
}
