//! Signing in by mail link, and signing out.
//!
//! Looking at a link changes nothing: scanners open links. Only the button (a POST) in the browser that asked, or the code
//! typed there, opens a session. In the demo a link opens one at once.

use actix_web::web::{Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, get, http::StatusCode, http::header, post};
use chrono::TimeDelta;

use super::view::Chrome;
use super::view::forms::{Control, Form};
use super::view::sign_in::{CodeEntryPage, CodeShownPage, ConfirmPage, LinkSentPage, SignInPage};
use crate::clock::real_now;
use crate::domain::partnership::EmailAddress;
use crate::web::State;
use crate::web::auth::{
    Posted, Unsigned, bare_chrome, no_session_cookie, nonce_cookie, nonce_of, session_cookie,
};
use crate::web::client;
use crate::web::error::{PageError, html, html_with};
use crate::web::guard::check_form;
use crate::workflow::{Refusal, sign_in};

/// What the form tokens of these pages are bound to: there is no session yet.
const BOUND: &str = "sign-in";

/// Adds the routes of this page.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(ask)
        .service(send)
        .service(type_code)
        .service(finish_with_code)
        .service(follow)
        .service(finish)
        .service(leave);
}

fn chrome(state: &State, title: &str) -> Chrome {
    Chrome { csrf: state.ctx.key.form_token(BOUND), ..bare_chrome(state, title) }
}

fn device(request: &HttpRequest) -> String {
    let agent = request.headers().get(header::USER_AGENT).and_then(|v| v.to_str().ok());
    agent.unwrap_or("an unnamed browser").to_owned()
}

fn to_start(cookie: actix_web::cookie::Cookie<'static>) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, "/")).cookie(cookie).finish()
}

#[get("/login")]
async fn ask(state: Data<State>) -> Result<HttpResponse, PageError> {
    html(&SignInPage { chrome: chrome(&state, "Sign in"), email: String::new(), error: None })
}

#[post("/login")]
async fn send(state: Data<State>, request: HttpRequest, form: Unsigned) -> Result<HttpResponse, PageError> {
    let fields = form.0;
    check_form(&state, &request, fields.get("csrf"), BOUND)?;
    let typed = fields.get("email").trim().to_owned();
    let email = match EmailAddress::parse(&typed) {
        Ok(email) => email,
        Err(error) => {
            let page = SignInPage {
                chrome: chrome(&state, "Sign in"),
                email: typed,
                error: Some(error.to_string()),
            };
            return html_with(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
    };
    let nonce = sign_in::nonce(nonce_of(&state, &request));
    let client = client::address(&state, &request);
    if client.is_none_or(|own| state.limits.admit(own, &email.key(), real_now())) {
        ask_afterwards(state.clone(), email, nonce.clone());
    }
    let page = LinkSentPage {
        chrome: chrome(&state, "A link is on its way"),
        email: typed,
        good_for: format!("{} minutes", sign_in::VALID_MINUTES),
        code_form: code_form(None),
    };
    let mut response = html(&page)?;
    response.add_cookie(&nonce_cookie(&state, nonce)).map_err(|_| PageError::Broken)?;
    Ok(response)
}

/// Writes the request down while the answer is on its way, so that its time tells nothing about the address.
#[expect(
    clippy::disallowed_methods,
    reason = "it ends by itself, and an answer that waited for it would tell"
)]
fn ask_afterwards(state: Data<State>, email: EmailAddress, nonce: String) {
    tokio::spawn(async move {
        match sign_in::request(&state.ctx, &email, &nonce, real_now(), state.now()).await {
            Ok(()) => state.worker.nudge(),
            Err(error) => tracing::error!(%error, "a sign-in request was not written down"),
        }
    });
}

fn code_form(error: Option<String>) -> Form {
    let control = Control::line("text", "code", "Code").hint("Eight digits.").error(error);
    Form::to("/login/code", "Sign in with the code").group("", vec![control])
}

#[get("/login/code")]
async fn type_code(state: Data<State>) -> Result<HttpResponse, PageError> {
    html(&CodeEntryPage { chrome: chrome(&state, "Type the code"), form: code_form(None) })
}

#[post("/login/code")]
async fn finish_with_code(
    state: Data<State>,
    request: HttpRequest,
    form: Unsigned,
) -> Result<HttpResponse, PageError> {
    let fields = form.0;
    check_form(&state, &request, fields.get("csrf"), BOUND)?;
    let expired = "This browser has not asked for a link in the last 15 minutes. Ask for a new one.";
    let outcome = match nonce_of(&state, &request) {
        Some(nonce) => {
            let code = fields.get("code");
            sign_in::finish_with_code(&state.ctx, code, &nonce, &device(&request), real_now()).await
        }
        None => Err(Refusal::NotFound),
    };
    let sentence = match outcome {
        Ok(opened) => return Ok(to_start(session_cookie(&state, opened.token))),
        Err(Refusal::NotFound) => expired.to_owned(),
        Err(Refusal::State(sentence)) => sentence,
        Err(Refusal::Fields(fields)) => fields.into_iter().map(|f| f.sentence).collect(),
        Err(other) => return Err(other.into()),
    };
    let page = CodeEntryPage { chrome: chrome(&state, "Type the code"), form: code_form(Some(sentence)) };
    html_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

#[get("/login/{token}")]
async fn follow(
    state: Data<State>,
    request: HttpRequest,
    token: Path<String>,
) -> Result<HttpResponse, PageError> {
    if state.is_demo() {
        let opened = sign_in::open_in_demo(&state.ctx, &token, &device(&request), real_now()).await?;
        return Ok(to_start(session_cookie(&state, opened.token)));
    }
    let nonce = nonce_of(&state, &request);
    let followed = sign_in::follow(&state.ctx, &token, nonce.as_deref(), real_now()).await?;
    match followed {
        sign_in::Followed::Here { until } => html(&ConfirmPage {
            chrome: chrome(&state, "Finish signing in"),
            token: token.into_inner(),
            until: clock_words(&state, until),
        }),
        sign_in::Followed::Elsewhere { code, until } => html(&CodeShownPage {
            chrome: chrome(&state, "Your code"),
            code: format!("{} {}", &code[..4], &code[4..]),
            until: clock_words(&state, until),
        }),
        sign_in::Followed::Nowhere => Err(PageError::NotFound),
    }
}

fn clock_words(state: &State, until: chrono::DateTime<chrono::Utc>) -> String {
    let zone = state.ctx.settings.instance.zone.parse().unwrap_or(chrono_tz::Tz::UTC);
    crate::workflow::in_zone(until, zone, until - TimeDelta::minutes(1))
}

#[post("/login/confirm")]
async fn finish(state: Data<State>, request: HttpRequest, form: Unsigned) -> Result<HttpResponse, PageError> {
    let fields = form.0;
    check_form(&state, &request, fields.get("csrf"), BOUND)?;
    let nonce = nonce_of(&state, &request);
    let device = device(&request);
    let opened =
        sign_in::finish(&state.ctx, fields.get("token"), nonce.as_deref(), &device, real_now()).await?;
    Ok(to_start(session_cookie(&state, opened.token)))
}

#[post("/logout")]
async fn leave(state: Data<State>, posted: Posted) -> Result<HttpResponse, PageError> {
    let visitor = posted.visitor;
    sign_in::end_session(&state.ctx, visitor.viewer.person.id, visitor.session, real_now()).await?;
    let mut response = HttpResponse::SeeOther().insert_header((header::LOCATION, "/login")).finish();
    response.add_cookie(&no_session_cookie(&state)).map_err(|_| PageError::Broken)?;
    Ok(response)
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use actix_web::cookie::Cookie;
    use actix_web::test::TestRequest;

    use super::super::test_house::{Answer, House};
    use super::*;
    use crate::domain::mode::Mode;
    use crate::store::StoreError;
    use crate::store::logins;
    use crate::workflow::compose::{compose_letters, compose_sign_in};

    const STRANGER: &str = "198.51.100.7:4000";
    const OWN: &str = "203.0.113.9:4000";

    async fn ask_for(house: &House, email: &str, client: &str, nonce: Option<&str>) -> Answer {
        let csrf = house.state.ctx.key.form_token(BOUND);
        let mut request = TestRequest::post().uri("/login").peer_addr(client.parse::<SocketAddr>().unwrap());
        if let Some(nonce) = nonce {
            request = request.cookie(Cookie::new("evenkeel-login", nonce.to_owned()));
        }
        let answer = house.ask(request.set_form([("csrf", csrf.as_str()), ("email", email)])).await;
        assert_eq!(answer.status, 200);
        answer
    }

    fn nonce_in(answer: &Answer) -> String {
        let set = answer.headers.iter().find(|(name, _)| name == "set-cookie").unwrap();
        set.1.strip_prefix("evenkeel-login=").unwrap().split(';').next().unwrap().to_owned()
    }

    /// A house in which no other letter is left to be composed.
    async fn quiet_house() -> House {
        let house = House::with(Mode::Representative).await;
        assert_eq!(
            compose_letters(&house.state.ctx, house.state.now()).await.unwrap().done,
            2,
            "the invitations"
        );
        house
    }

    async fn requests(house: &House) -> i64 {
        let (person, since) = (house.respondent, real_now() - TimeDelta::hours(1));
        house.state.ctx.store.read(move |c| logins::recent(c, person, "", since)).await.unwrap().0
    }

    #[actix_web::test]
    async fn the_answer_does_not_wait_for_what_only_a_known_address_makes() {
        let house = House::with(Mode::Representative).await;
        let (started, has_started) = tokio::sync::oneshot::channel();
        let (release, released) = std::sync::mpsc::channel();
        let store = house.state.ctx.store.clone();
        let holder = actix_web::rt::spawn(async move {
            let hold = move |_: &mut _| -> Result<(), StoreError> {
                started.send(()).unwrap();
                released.recv().unwrap();
                Ok(())
            };
            store.write_tx(hold).await
        });
        has_started.await.unwrap();
        let (known, unknown) = ("marta@example.org", "nobody@example.org");
        let both =
            async { (ask_for(&house, known, OWN, None).await, ask_for(&house, unknown, OWN, None).await) };
        let limit = std::time::Duration::from_secs(20);
        let (one, other) = tokio::time::timeout(limit, both).await.expect("nothing can be written meanwhile");
        assert_eq!(one.body.replace(known, ""), other.body.replace(unknown, ""));
        assert_eq!(requests(&house).await, 0);
        release.send(()).unwrap();
        holder.await.unwrap().unwrap();
        house.until(async || requests(&house).await == 1).await;
    }

    #[actix_web::test]
    async fn a_stranger_who_asks_for_somebody_neither_locks_them_out_nor_displaces_their_letter() {
        let house = quiet_house().await;
        for _ in 0..12 {
            ask_for(&house, "marta@example.org", STRANGER, None).await;
        }
        house.until(async || requests(&house).await == 10).await;
        ask_for(&house, "marta@example.org", OWN, None).await;
        house.until(async || requests(&house).await == 11).await;
        ask_for(&house, "marta@example.org", STRANGER, None).await;
        let letters = compose_sign_in(&house.state.ctx, house.state.now()).await.unwrap();
        assert_eq!(letters.done, 11, "one letter to each request");
    }

    #[actix_web::test]
    async fn a_browser_that_asks_twice_gets_one_letter_and_five_at_the_most() {
        let house = quiet_house().await;
        let nonce = nonce_in(&ask_for(&house, "marta@example.org", OWN, None).await);
        house.until(async || requests(&house).await == 1).await;
        for asked in 2..=5 {
            let again = ask_for(&house, "marta@example.org", OWN, Some(&nonce)).await;
            assert_eq!(nonce_in(&again), nonce, "the same browser");
            house.until(async || requests(&house).await == asked).await;
        }
        assert_eq!(compose_sign_in(&house.state.ctx, house.state.now()).await.unwrap().done, 1);
        let (email, now) = ("marta@example.org".parse().unwrap(), house.state.now());
        sign_in::request(&house.state.ctx, &email, &nonce, real_now(), now).await.unwrap();
        assert_eq!(requests(&house).await, 5);
        let other = nonce_in(&ask_for(&house, "marta@example.org", OWN, Some("made up")).await);
        assert_ne!(other, "made up");
    }
}
