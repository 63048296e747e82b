//! What is tried and asked once more from the set-up: the survey letter to oneself, and a nudge to the sides.

use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, post};

use super::partnership::House;
use super::{done, id};
use crate::domain::ids::CadenceId;
use crate::web::State;
use crate::web::auth::Posted;
use crate::web::error::PageError;
use crate::workflow::{acceptance, trial};

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(test).service(nudge);
}

/// Sends the survey letter to whoever asks for it, marked as a test.
#[post("/setup/partnerships/{id}/cadences/{cadence}/test")]
async fn test(state: Data<State>, request: HttpRequest, posted: Posted) -> Result<HttpResponse, PageError> {
    let Posted { visitor, .. } = posted.by_administrator()?;
    let cadence: CadenceId = id(&request, "cadence")?;
    let house = House::of(&state, &request, &visitor).await?;
    trial::send(&state.ctx, house.partnership.id, cadence, visitor.viewer.person.id, state.now()).await?;
    state.worker.nudge();
    Ok(done(&house.base(), "test-sent"))
}

/// Asks the sides that have not answered a proposal once more.
#[post("/setup/partnerships/{id}/nudge")]
async fn nudge(state: Data<State>, request: HttpRequest, posted: Posted) -> Result<HttpResponse, PageError> {
    let Posted { visitor, .. } = posted.by_administrator()?;
    let house = House::of(&state, &request, &visitor).await?;
    let Some((proposal, _)) = &house.asked else {
        return Err(PageError::State(
            "Nothing was proposed here yet, so that nobody can be nudged.".to_owned(),
        ));
    };
    acceptance::nudge(&state.ctx, house.speaker(&visitor), proposal.id, state.now()).await?;
    state.worker.nudge();
    Ok(done(&house.base(), "nudged"))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::super::super::test_house::House;
    use crate::domain::mode::Mode;
    use crate::store::cadences;
    use crate::workflow::trial;

    async fn cadence(house: &House) -> crate::domain::ids::CadenceId {
        let partnership = house.partnership;
        let read = move |c: &mut _| cadences::of_partnership(c, partnership);
        house.state.ctx.store.read(read).await.unwrap()[0].id
    }

    #[actix_web::test]
    async fn a_test_looks_like_the_form_keeps_its_answers_in_the_address_and_saves_nothing() {
        let house = House::with(Mode::Named).await;
        let (cadence, now) = (cadence(&house).await, house.state.now());
        let until = now + chrono::TimeDelta::hours(1);
        let token = trial::token(&house.state.ctx.key, cadence, house.administrator, until);
        let (base, form) = (format!("/s/{token}"), house.state.ctx.key.form_token(&token));
        let before = house.answers().await;
        let start = house.get(&base).await.body;
        assert!(
            start.contains("Nothing here is saved")
                && start.contains("Five questions about this partnership")
        );
        let mut kept = String::from("xxxxx");
        for (place, choice) in ["4", "5", "none", "1", "2"].into_iter().enumerate() {
            let address = format!(
                "{base}/{}{}",
                place + 1,
                if place == 0 { String::new() } else { format!("?a={kept}") }
            );
            assert!(
                !house.get(&address).await.body.contains("answer.js"),
                "the script would say that it is saved"
            );
            let sent =
                house.post(&address, &[("form_token", &form), ("choice", choice), ("then", "next")]).await;
            kept.replace_range(place..=place, if choice == "none" { "n" } else { choice });
            assert_eq!(sent.status, 303, "{}", sent.body);
            let next = if place == 4 { "closing".to_owned() } else { (place + 2).to_string() };
            assert_eq!(sent.location, format!("{base}/{next}?a={kept}"));
        }
        let own = |page: &str| format!("{base}/{page}?a={kept}");
        let comment = [("form_token", form.as_str()), ("comment", "Written nowhere."), ("then", "next")];
        assert_eq!(house.post(&own("closing"), &comment).await.location, own("review"));
        assert!(house.get(&own("review")).await.body.contains("All five answers are chosen"));
        assert_eq!(house.post(&own("send"), &[("form_token", &form)]).await.location, own("thanks"));
        assert_eq!(house.get(&own("thanks")).await.status, 200);
        assert_eq!(house.answers().await, before);
        house.jump("2026-09-02T13:02:00Z");
        assert_eq!(house.get(&base).await.status, 404, "it has ended");
    }

    #[actix_web::test]
    async fn the_test_letter_leaves_at_most_once_in_five_minutes() {
        let house = House::with(Mode::Representative).await;
        let address =
            format!("/setup/partnerships/{}/cadences/{}/test", house.partnership, cadence(&house).await);
        let (cookie, csrf) = house.sign_in(house.administrator).await;
        let press = async || {
            let request = TestRequest::post().uri(&address).cookie(cookie.clone());
            house.ask(request.set_form([("csrf", csrf.as_str())])).await
        };
        let first = press().await;
        assert!(first.status == 303 && first.location.ends_with("?done=test-sent"), "{}", first.body);
        let again = press().await;
        assert!(
            again.status == 409 && again.body.contains("At most one leaves in five minutes"),
            "{}",
            again.body
        );
        house.jump("2026-09-02T12:08:00Z");
        assert_eq!(press().await.status, 303);
    }

    #[actix_web::test]
    async fn nobody_is_nudged_before_anything_was_proposed() {
        let house = House::with(Mode::Representative).await;
        let (cookie, csrf) = house.sign_in(house.administrator).await;
        let request = TestRequest::post().uri(&format!("/setup/partnerships/{}/nudge", house.partnership));
        let answer = house.ask(request.cookie(cookie).set_form([("csrf", csrf.as_str())])).await;
        assert!(
            answer.status == 409 && answer.body.contains("Nothing was proposed here yet"),
            "{}",
            answer.body
        );
    }
}
