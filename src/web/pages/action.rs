//! What became of an action, `/a/{token}`: behind the link in the weekly letter, for whoever is to do it.
//!
//! Law: looking changes nothing, because scanners open links and press buttons; nothing is chosen beforehand, so a form that
//! is posted as it came changes nothing, either. Every link that leads nowhere gets the same page, whatever the cause. There
//! is no session here: the link is the key.

use actix_web::http::header;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, get, post};

use super::answer::unknown;
use super::flash;
use super::view::action::ActionPage;
use super::view::answer::AnswerNotice;
use super::view::forms::{Choice, Control, Form, Kind};
use crate::domain::partnership::PartnershipState;
use crate::domain::review::ActionState;
use crate::web::State;
use crate::web::assets;
use crate::web::auth::Unsigned;
use crate::web::error::{PageError, html};
use crate::web::guard::{Fields, check_form};
use crate::workflow::Refusal;
use crate::workflow::review::{OwnAction, Said, open_own, say};

/// Adds the routes of this page. Whatever else begins with `/a/` is a link that leads nowhere.
pub fn routes(config: &mut ServiceConfig) {
    config.service(show).service(save).route("/a/{rest:.*}", web::get().to(nowhere));
}

const SAVED: [(&str, &str); 1] = [("saved", "Saved. All sides see it on the page of the review.")];

fn token_of(request: &HttpRequest) -> String {
    request.match_info().get("token").unwrap_or_default().to_owned()
}

fn bound_to(token: &str) -> String {
    format!("action:{token}")
}

/// An address that no link has. It is looked for all the same, so that it takes as long as a link that is unknown.
async fn nowhere(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let rest = request.match_info().get("rest").unwrap_or_default();
    drop(open_own(&state.ctx, rest, state.now()).await?);
    unknown(&state, &request)
}

#[get("/a/{token}")]
async fn show(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let token = token_of(&request);
    let Some(own) = open_own(&state.ctx, &token, state.now()).await? else {
        return unknown(&state, &request);
    };
    let done = flash::done(&request, &SAVED).map(|own| own.text);
    page(&state, &token, &own, done, &Typed::default())
}

/// What was typed, and what is wrong with it.
#[derive(Default)]
struct Typed {
    said: String,
    day: String,
    note: String,
    error: Option<(&'static str, String)>,
}

fn page(
    state: &State,
    token: &str,
    own: &OwnAction,
    done: Option<String>,
    typed: &Typed,
) -> Result<HttpResponse, PageError> {
    let open = own.action.state == ActionState::Open && own.partnership.state != PartnershipState::Ended;
    html(&ActionPage {
        assets: assets::tag().to_owned(),
        operator: state.ctx.settings.instance.operator.clone(),
        form_token: state.ctx.key.form_token(&bound_to(token)),
        done,
        partnership: own.partnership.name.clone(),
        text: own.action.text.clone(),
        facts: facts(own),
        form: open.then(|| form(token, own, typed)),
    })
}

fn facts(own: &OwnAction) -> Vec<String> {
    let day = own.action.due_on.format("%a %-d %b %Y");
    let due = match own.action.state {
        ActionState::Done => "It is done.".to_owned(),
        ActionState::Dropped => "It was given up.".to_owned(),
        ActionState::Open if own.action.promise().is_overdue(own.today) => format!("It was due on {day}."),
        ActionState::Open => format!("It is due on {day}."),
    };
    let mut facts = vec![format!("Promised by {}; you are named to do it. {due}", own.side.name)];
    if !own.action.note.is_empty() {
        facts.push(format!("Noted: {}", own.action.note));
    }
    facts
}

fn form(token: &str, own: &OwnAction, typed: &Typed) -> Form {
    let choice = |word: &str, label: &str| Choice::new(word, label, typed.said == word);
    let what = vec![
        choice("done", "Done").explained("The next check will show whether it helped."),
        choice("later", "Later").explained("Say until which day below."),
        choice("not_mine", "Not mine")
            .explained(format!("The managers of {} are asked to name somebody else.", own.side.name)),
    ];
    let error = |field: &str| typed.error.as_ref().filter(|own| own.0 == field).map(|own| own.1.clone());
    let what = Control { error: error("said"), ..Control::radios("said", "What became of it?", what) };
    let day = Control {
        value: typed.day.clone(),
        required: false,
        error: error("day"),
        ..Control::new(Kind::Line("date"), "day", "New day, if later")
    };
    let note = Control {
        value: typed.note.clone(),
        required: false,
        hint: Some("All sides can read it.".to_owned()),
        error: error("note"),
        ..Control::new(Kind::Lines, "note", "A note")
    };
    Form::to(format!("/a/{token}"), "Save").group("", vec![what]).group("", vec![day]).group("", vec![note])
}

#[post("/a/{token}")]
async fn save(state: Data<State>, request: HttpRequest, posted: Unsigned) -> Result<HttpResponse, PageError> {
    let (token, fields) = (token_of(&request), posted.0);
    let Some(own) = open_own(&state.ctx, &token, state.now()).await? else {
        return unknown(&state, &request);
    };
    check_form(&state, &request, fields.get("form_token"), &bound_to(&token))?;
    let typed = Typed {
        said: fields.get("said").to_owned(),
        day: fields.get("day").to_owned(),
        note: fields.get("note").to_owned(),
        error: None,
    };
    let said = match said(&fields) {
        Ok(said) => said,
        Err(error) => return page(&state, &token, &own, None, &Typed { error: Some(error), ..typed }),
    };
    match say(&state.ctx, &token, said, &typed.note, state.now()).await {
        Ok(()) if said == Said::NotMine => {
            // The link ends here: somebody else gets one.
            html(&AnswerNotice {
                assets: assets::tag().to_owned(),
                operator: state.ctx.settings.instance.operator.clone(),
                headline: "Given back.".to_owned(),
                paragraphs: vec![format!(
                    "The managers of {} are asked to name somebody else. This link has ended.",
                    own.side.name
                )],
                facts: Vec::new(),
            })
        }
        Ok(()) => Ok(HttpResponse::SeeOther()
            .insert_header((header::LOCATION, format!("/a/{token}?done=saved")))
            .finish()),
        Err(Refusal::Fields(errors)) => {
            let first = errors.into_iter().next();
            let error = first.map(|own| (if own.field == "day" { "day" } else { "note" }, own.sentence));
            page(&state, &token, &own, None, &Typed { error, ..typed })
        }
        Err(refusal) => Err(refusal.into()),
    }
}

fn said(fields: &Fields) -> Result<Said, (&'static str, String)> {
    match fields.get("said") {
        "done" => Ok(Said::Done),
        "not_mine" => Ok(Said::NotMine),
        "later" => fields
            .get("day")
            .parse()
            .map(Said::Later)
            .map_err(|_| ("day", "Say until which day, as in 2027-01-31.".to_owned())),
        _ => Err(("said", "Choose one of the three.".to_owned())),
    }
}
