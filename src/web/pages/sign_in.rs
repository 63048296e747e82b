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
    let nonce = sign_in::request(&state.ctx, &email, real_now(), state.now()).await?;
    state.worker.nudge();
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
