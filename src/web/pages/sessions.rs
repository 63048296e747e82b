//! Where somebody is signed in, `/sessions`: the list, and signing out one or all others.

use actix_web::http::header;
use actix_web::web::{Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, get, post};
use chrono::{NaiveDateTime, TimeDelta};
use chrono_tz::Tz;

use super::flash;
use super::view::sessions::{SessionRow, SessionsPage};
use crate::clock::real_now;
use crate::domain::cadence::parse_zone;
use crate::domain::ids::SessionId;
use crate::store::logins::Session;
use crate::web::State;
use crate::web::auth::{Posted, Visitor};
use crate::web::error::{PageError, html};
use crate::workflow::{in_zone, sign_in};

/// The words that may follow `?done=`, and what they say.
const DONE: [(&str, &str); 2] =
    [("ended", "That browser is signed out."), ("others-ended", "All other browsers are signed out.")];

/// Adds the routes of this page.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list).service(end_others).service(end);
}

#[get("/sessions")]
async fn list(state: Data<State>, request: HttpRequest, visitor: Visitor) -> Result<HttpResponse, PageError> {
    let mut found = sign_in::sessions(&state.ctx, visitor.viewer.person.id, real_now()).await?;
    found.sort_by_key(|session| session.id != visitor.session);
    let zone = parse_zone(&visitor.viewer.person.zone).unwrap_or(Tz::UTC);
    let mut chrome = visitor.chrome(&state, "Where you are signed in", "/sessions");
    chrome.flash = flash::done(&request, &DONE);
    let rows = found.iter().map(|session| row(session, visitor.session, zone)).collect();
    html(&SessionsPage { chrome, rows })
}

fn row(session: &Session, own: SessionId, zone: Tz) -> SessionRow {
    let now = real_now();
    let time = |at: NaiveDateTime| in_zone(at.and_utc(), zone, now);
    let just_now = now - session.seen_at.and_utc() < TimeDelta::minutes(2);
    SessionRow {
        device: device(&session.device),
        since: time(session.created_at),
        last_used: if just_now { "now".to_owned() } else { time(session.seen_at) },
        ends: time(session.expires_at),
        this_one: session.id == own,
        revoke: format!("/sessions/{}/revoke", session.id),
    }
}

/// Browser and system in two words. What a browser says about itself is long and means little to people.
fn device(agent: &str) -> String {
    const BROWSERS: [(&str, &str); 6] = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ];
    const SYSTEMS: [(&str, &str); 6] = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ];
    let find =
        |words: &[(&str, &'static str)]| words.iter().find(|(part, _)| agent.contains(part)).map(|(_, n)| *n);
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => agent.chars().take(40).collect(),
    }
}

fn back(done: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, format!("/sessions?done={done}"))).finish()
}

#[post("/sessions/revoke-others")]
async fn end_others(state: Data<State>, posted: Posted) -> Result<HttpResponse, PageError> {
    let visitor = posted.visitor;
    let person = visitor.viewer.person.id;
    sign_in::end_other_sessions(&state.ctx, person, visitor.session, real_now()).await?;
    Ok(back("others-ended"))
}

#[post("/sessions/{id}/revoke")]
async fn end(state: Data<State>, id: Path<String>, posted: Posted) -> Result<HttpResponse, PageError> {
    let id: SessionId = id.parse().map_err(|_| PageError::NotFound)?;
    sign_in::end_session(&state.ctx, posted.visitor.viewer.person.id, id, real_now()).await?;
    Ok(back("ended"))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::super::test_house::House;
    use super::device;
    use crate::domain::mode::Mode;

    #[actix_web::test]
    async fn somebody_ends_their_own_other_sessions_and_nobody_elses() {
        let house = House::with(Mode::Representative).await;
        let (here, csrf) = house.sign_in(house.respondent).await;
        let (elsewhere, _) = house.sign_in(house.respondent).await;
        let (foreign, _) = house.sign_in(house.administrator).await;
        let list = async |cookie| house.ask(TestRequest::get().uri("/sessions").cookie(cookie)).await;
        let page = list(foreign.clone()).await.body;
        assert!(!page.contains("/revoke\""), "nothing to end for who is signed in once");
        let post = |address: &str| {
            TestRequest::post().uri(address).cookie(here.clone()).set_form([("csrf", csrf.as_str())])
        };
        let others = crate::store::logins::sessions_of;
        let (person, now) = (house.administrator, crate::clock::real_now());
        let id = house.state.ctx.store.read(move |c| others(c, person, now)).await.unwrap()[0].id;
        assert_eq!(house.ask(post(&format!("/sessions/{id}/revoke"))).await.status, 404);
        assert_eq!(house.ask(post("/sessions/revoke-others")).await.status, 303);
        assert_eq!(list(elsewhere).await.location, "/login");
        assert_eq!((list(here.clone()).await.status, list(foreign).await.status), (200, 200));
    }

    #[test]
    fn a_browser_is_named_in_two_words() {
        let agent =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120 Safari/537.36";
        assert_eq!(device(agent), "Chrome on Linux");
        assert_eq!(device("Mozilla/5.0 (iPhone; CPU) Version/17 Safari/604"), "Safari on iPhone");
        assert_eq!(device("something"), "something");
    }
}
