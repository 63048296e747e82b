//! The answer form behind a respondent's own link, `/s/{token}`.
//!
//! Law: looking changes nothing, because scanners open links; an answer exists only after a POST that carries the form
//! token of this link. Every link that opens no form gets the same page, whatever the cause. There is no session here:
//! the link is the key, so these pages neither set nor read a cookie.

mod fill;
mod handed;
mod order;
#[cfg(test)]
mod test_limit;
#[cfg(test)]
mod tests;
mod trial;
#[cfg(test)]
mod weight;
mod words;

use actix_web::http::{StatusCode, header};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, ResponseError, get, post};

use self::fill::{Link, Problem};
use super::view::answer::AnswerNotice;
use crate::domain::answers::{Answer, parse_answer};
use crate::domain::cycle::InvitationState;
use crate::store::StoreError;
use crate::web::State;
use crate::web::assets;
use crate::web::auth::Unsigned;
use crate::web::error::{PageError, html, html_with};
use crate::web::guard::{Fields, check_form};
use crate::workflow::Refusal;
use crate::workflow::save_response::{self, Change, Form};

/// Adds the routes of the form. Whatever else begins with `/s/` is a link that opens no form.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(start)
        .service(handed::begin)
        .service(closing)
        .service(save_closing)
        .service(review)
        .service(send)
        .service(thanks)
        .service(item)
        .service(save_item)
        .route("/s/{rest:.*}", web::get().to(nowhere));
}

/// A form that takes answers now, or the page that stands in its place.
enum Door {
    Open(Box<Link>),
    Shut(HttpResponse),
}

/// Why somebody is at the door: a page is only read, an answer has to be refused by its status.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Errand {
    Read,
    Answer,
}

/// The token as it stands in the address; an unreadable one is simply unknown.
fn token_of(request: &HttpRequest) -> String {
    request.match_info().get("token").unwrap_or_default().to_owned()
}

async fn knock(state: &State, request: &HttpRequest, errand: Errand) -> Result<Door, PageError> {
    let token = token_of(request);
    if let Some(link) = trial::open(state, request, &token).await? {
        return Ok(Door::Open(Box::new(link)));
    }
    let Some(form) = save_response::open_form(&state.ctx, &token).await? else {
        return handed::stand_in(state, request, errand).await.map(Door::Shut);
    };
    let link = Link::new(state, token, form);
    if let Err(refused) = link.form.may_answer(link.now) {
        let status = if errand == Errand::Read { StatusCode::OK } else { StatusCode::CONFLICT };
        if wants_json(request) {
            return Ok(Door::Shut(json_error(status, &refused.to_string())));
        }
        return Ok(Door::Shut(html_with(status, &link.shut(refused))?));
    }
    Ok(Door::Open(Box::new(link)))
}

/// The page for every link that leads nowhere. It is counted for the client's network, and too many are told to wait
/// ([`crate::web::api::limit`] says what that gives away: nothing).
pub(super) fn unknown(state: &State, request: &HttpRequest) -> Result<HttpResponse, PageError> {
    let Err(seconds) = state.calls.unknown_link(state, request) else { return nothing_there(state) };
    let operator = state.ctx.settings.instance.operator.clone();
    let page = AnswerNotice::too_many(assets::tag(), operator, seconds);
    let mut told = html_with(StatusCode::TOO_MANY_REQUESTS, &page)?;
    told.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from(seconds));
    Ok(told)
}

/// The same page where the link is known, and nothing is at this place of its form: nobody guesses there.
fn nothing_there(state: &State) -> Result<HttpResponse, PageError> {
    let operator = state.ctx.settings.instance.operator.clone();
    html_with(StatusCode::NOT_FOUND, &AnswerNotice::unknown(assets::tag(), operator))
}

/// An address that no link has. It is looked for all the same, so that it takes as long as a link that is unknown.
async fn nowhere(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let rest = request.match_info().get("rest").unwrap_or_default();
    drop(save_response::open_form(&state.ctx, rest).await?);
    unknown(&state, &request)
}

fn to(address: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, address)).finish()
}

fn wants_json(request: &HttpRequest) -> bool {
    let accept = request.headers().get(header::ACCEPT).and_then(|v| v.to_str().ok());
    accept.is_some_and(|kinds| kinds.starts_with("application/json"))
}

fn json_error(status: StatusCode, sentence: &str) -> HttpResponse {
    HttpResponse::build(status).json(serde_json::json!({ "error": sentence }))
}

/// The place in the form that an address names: an item's number, counted from 0.
fn place_of(request: &HttpRequest, form: &Form) -> Option<usize> {
    let number: usize = request.match_info().get("n")?.parse().ok()?;
    let place = number.checked_sub(1)?;
    (place < form.asked.instrument.indicators.len()).then_some(place)
}

macro_rules! open_or_return {
    ($state:expr, $request:expr, $errand:expr) => {
        match knock($state, $request, $errand).await? {
            Door::Open(link) => link,
            Door::Shut(page) => return Ok(page),
        }
    };
}

#[get("/s/{token}")]
async fn start(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let link = open_or_return!(&state, &request, Errand::Read);
    if link.form.invitation.state == InvitationState::Sent {
        return html(&link.thanks());
    }
    html(&link.start())
}

#[get("/s/{token}/{n}")]
async fn item(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let link = open_or_return!(&state, &request, Errand::Read);
    match place_of(&request, &link.form) {
        Some(place) => html(&link.item(place, None)),
        None => nothing_there(&state),
    }
}

#[post("/s/{token}/{n}")]
async fn save_item(
    state: Data<State>,
    request: HttpRequest,
    posted: Unsigned,
) -> Result<HttpResponse, PageError> {
    for_script(&request, take_item(&state, &request, &posted.0).await)
}

async fn take_item(state: &State, request: &HttpRequest, fields: &Fields) -> Result<HttpResponse, PageError> {
    check_form(state, request, fields.get("form_token"), &token_of(request))?;
    let link = open_or_return!(state, request, Errand::Answer);
    let Some(place) = place_of(request, &link.form) else { return nothing_there(state) };
    let script = wants_json(request);
    let (choice, back) = (fields.get("choice"), fields.get("then") == "back");
    if choice.is_empty() && back {
        return Ok(to(&link.before(place)));
    }
    let answer = match parse_choice(choice) {
        Ok(answer) => answer,
        Err(sentence) if script => return Ok(json_error(StatusCode::UNPROCESSABLE_ENTITY, &sentence)),
        Err(sentence) => {
            let page = link.item(place, Some(Problem { sentence, choice: None }));
            return html_with(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
    };
    let indicator = link.form.asked.instrument.indicators[place].id.clone();
    if link.trial {
        let link = link.answered(indicator, answer);
        return Ok(to(&if back { link.before(place) } else { link.after(place) }));
    }
    let change = Change::Answer { indicator, answer };
    match save_in_order(state, request, fields, &link, change).await {
        Ok(()) if script => Ok(saved(&link)),
        Ok(()) if back => Ok(to(&link.before(place))),
        Ok(()) => Ok(to(&link.after(place))),
        Err(refusal) if script => Err(refusal.into()),
        Err(refusal) => {
            not_saved(refusal, |sentence| link.item(place, Some(Problem { sentence, choice: Some(answer) })))
        }
    }
}

/// Saves a change unless the same tab has saved a newer one.
async fn save_in_order(
    state: &State,
    request: &HttpRequest,
    fields: &Fields,
    link: &Link,
    change: Change,
) -> Result<(), Refusal> {
    let order::Turn::Now(held) = order::turn(request.path(), fields.get("order")).await else {
        return Ok(());
    };
    save_response::save_response(&state.ctx, &link.token, change, link.now).await?;
    held.saved();
    Ok(())
}

/// What the script is told.
fn saved(link: &Link) -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({ "saved": link.clock() }))
}

/// The script reads JSON; an error page would look to it like a failure of the line.
fn for_script(
    request: &HttpRequest,
    outcome: Result<HttpResponse, PageError>,
) -> Result<HttpResponse, PageError> {
    match outcome {
        Err(error) if wants_json(request) => {
            let mut told = json_error(error.status_code(), &error.to_string());
            if let PageError::TooMany(seconds) = &error {
                told.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from(*seconds));
            }
            Ok(told)
        }
        other => other,
    }
}

/// Reads the choice as the form sends it.
fn parse_choice(choice: &str) -> Result<Answer, String> {
    match choice {
        "" => Err("Choose one of the answers, or “Don’t know”.".to_owned()),
        "none" => Ok(None),
        other => parse_answer(other).map_err(|error| error.to_string()),
    }
}

/// The page again, with what went wrong and with what was typed.
fn not_saved<T: askama::Template>(
    refusal: Refusal,
    page: impl FnOnce(String) -> T,
) -> Result<HttpResponse, PageError> {
    let sentence = match &refusal {
        Refusal::Fields(fields) => fields.iter().map(|f| f.sentence.as_str()).collect::<Vec<_>>().join(" "),
        Refusal::State(sentence) => sentence.clone(),
        Refusal::Store(StoreError::Full(_)) => {
            "Not saved: the server’s disk is full. What you entered is kept here; please save it again later."
                .to_owned()
        }
        Refusal::Store(_) => {
            "Not saved: the server is busy. What you entered is kept here; save it again.".to_owned()
        }
        Refusal::NotFound => return Err(PageError::NotFound),
        Refusal::Changed | Refusal::KeyReused => refusal.to_string(),
    };
    let status = PageError::from(refusal).status_code();
    html_with(status, &page(sentence))
}

#[get("/s/{token}/closing")]
async fn closing(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let link = open_or_return!(&state, &request, Errand::Read);
    if !link.form.asked.asks_comment {
        return nothing_there(&state);
    }
    html(&link.closing(None))
}

#[post("/s/{token}/closing")]
async fn save_closing(
    state: Data<State>,
    request: HttpRequest,
    posted: Unsigned,
) -> Result<HttpResponse, PageError> {
    for_script(&request, take_closing(&state, &request, &posted.0).await)
}

async fn take_closing(
    state: &State,
    request: &HttpRequest,
    fields: &Fields,
) -> Result<HttpResponse, PageError> {
    check_form(state, request, fields.get("form_token"), &token_of(request))?;
    let link = open_or_return!(state, request, Errand::Answer);
    if !link.form.asked.asks_comment {
        return nothing_there(state);
    }
    let (typed, back) = (fields.get("comment").to_owned(), fields.get("then") == "back");
    let onwards = || to(&if back { link.last_item() } else { link.page("/review") });
    if link.trial {
        return Ok(onwards());
    }
    match save_in_order(state, request, fields, &link, Change::Comment(typed.clone())).await {
        Ok(()) if wants_json(request) => Ok(saved(&link)),
        Ok(()) => Ok(onwards()),
        Err(refusal) if wants_json(request) => Err(refusal.into()),
        Err(refusal) => not_saved(refusal, |sentence| link.closing(Some((typed, sentence)))),
    }
}

#[get("/s/{token}/review")]
async fn review(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let link = open_or_return!(&state, &request, Errand::Read);
    html(&link.review(None))
}

#[post("/s/{token}/send")]
async fn send(state: Data<State>, request: HttpRequest, posted: Unsigned) -> Result<HttpResponse, PageError> {
    for_script(&request, take_sending(&state, &request, &posted.0).await)
}

async fn take_sending(
    state: &State,
    request: &HttpRequest,
    fields: &Fields,
) -> Result<HttpResponse, PageError> {
    check_form(state, request, fields.get("form_token"), &token_of(request))?;
    let link = open_or_return!(state, request, Errand::Answer);
    if link.trial {
        return Ok(to(&link.page("/thanks")));
    }
    match save_response::send_response(&state.ctx, &link.token, link.now).await {
        Ok(_) if wants_json(request) => Ok(saved(&link)),
        Ok(_) => Ok(to(&link.page("/thanks"))),
        Err(refusal) if wants_json(request) => Err(refusal.into()),
        Err(refusal) => not_saved(refusal, |sentence| link.review(Some(sentence))),
    }
}

#[get("/s/{token}/thanks")]
async fn thanks(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let link = open_or_return!(&state, &request, Errand::Read);
    if link.trial || link.form.invitation.state == InvitationState::Sent {
        return html(&link.thanks());
    }
    Ok(to(&link.page("/review")))
}
