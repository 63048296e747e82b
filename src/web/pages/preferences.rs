//! Which letters a person wants, `/m/{token}`: behind the link in every survey letter and every digest.
//!
//! Law: looking changes nothing, because scanners open links and press buttons; saving the page as it came changes nothing,
//! either. What mail programs post by themselves when their reader presses "unsubscribe" (RFC 8058) ends all survey letters,
//! or the digest where that was the letter.
//! Every link that leads nowhere gets the same page, whatever the cause. There is no session here: the link is the key.

use std::collections::BTreeMap;

use actix_web::http::header;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, get, post};

use super::answer::unknown;
use super::flash;
use super::view::answer::AnswerNotice;
use super::view::forms::{Choice, Control, Form};
use super::view::preferences::PreferencesPage;
use crate::domain::ids::MemberId;
use crate::domain::preference::SurveyLetters;
use crate::store::partnerships::{Member, Partnership, Side};
use crate::web::State;
use crate::web::assets;
use crate::web::auth::Unsigned;
use crate::web::error::{PageError, html};
use crate::web::guard::{Fields, check_form};
use crate::workflow::preferences::{self, Preferences};

/// Adds the routes of this page. Whatever else begins with `/m/` is a link that leads nowhere.
pub fn routes(config: &mut ServiceConfig) {
    config.service(show).service(save).route("/m/{rest:.*}", web::get().to(nowhere));
}

const SAVED: [(&str, &str); 1] = [("saved", "Saved. The next letters go by this.")];

fn token_of(request: &HttpRequest) -> String {
    request.match_info().get("token").unwrap_or_default().to_owned()
}

fn bound_to(token: &str) -> String {
    format!("letters:{token}")
}

/// An address that no link has. It is looked for all the same, so that it takes as long as a link that is unknown.
async fn nowhere(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let rest = request.match_info().get("rest").unwrap_or_default();
    drop(preferences::open(&state.ctx, rest, state.now()).await?);
    unknown(&state, &request)
}

#[get("/m/{token}")]
async fn show(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let token = token_of(&request);
    let Some(found) = preferences::open(&state.ctx, &token, state.now()).await? else {
        return unknown(&state, &request);
    };
    html(&PreferencesPage {
        assets: assets::tag().to_owned(),
        operator: state.ctx.settings.instance.operator.clone(),
        form_token: state.ctx.key.form_token(&bound_to(&token)),
        done: flash::done(&request, &SAVED).map(|own| own.text),
        form: form(&token, &found),
    })
}

fn form(token: &str, found: &Preferences) -> Form {
    let form = Form::to(format!("/m/{token}"), "Save");
    let form = found.rows.iter().fold(form, |form, (member, partnership, side)| {
        form.group(&partnership.name, controls(member, partnership, side))
    });
    match found.digest {
        Some(wanted) => form.group("Your organisation", vec![digest(wanted)]),
        None => form,
    }
}

/// Whether somebody who leads an organisation wants its digest.
fn digest(wanted: bool) -> Control {
    let choices = vec![
        Choice::new("yes", "Once a month", wanted)
            .explained("Which partnerships need you, on the first Monday of the month."),
        Choice::new("no", "No digest", !wanted).explained("The portfolio shows the same at any time."),
    ];
    Control::radios("digest", "Digest of your partnerships", choices)
}

fn controls(member: &Member, partnership: &Partnership, side: &Side) -> Vec<Control> {
    let choice =
        |letters: SurveyLetters, label: &str| Choice::new(letters.as_str(), label, member.letters == letters);
    let letters = vec![
        choice(SurveyLetters::All, "Invitations and reminders")
            .explained("At most one letter a day; reminders end when you have sent your answers."),
        choice(SurveyLetters::Invitations, "Invitations only").explained("One letter for each check."),
        choice(SurveyLetters::Nothing, "No letters")
            .explained(format!("You stay invited. The managers of {} are told.", side.name)),
    ];
    let not_me = Choice::new("yes", "I am not the right person to ask", member.declined_at.is_some())
        .explained(format!(
            "Ends the letters about {} and asks the managers of {} to name somebody else.",
            partnership.name, side.name
        ));
    vec![
        Control::radios(format!("letters-{}", member.id), "Letters about its checks", letters),
        Control::checks(format!("not-me-{}", member.id), "Somebody else", vec![not_me]),
    ]
}

#[post("/m/{token}")]
async fn save(state: Data<State>, request: HttpRequest, posted: Unsigned) -> Result<HttpResponse, PageError> {
    let (token, fields) = (token_of(&request), posted.0);
    let Some(found) = preferences::open(&state.ctx, &token, state.now()).await? else {
        return unknown(&state, &request);
    };
    let (person, now) = (found.person.id, state.now());
    let one_click = fields.get("List-Unsubscribe") == "One-Click";
    if one_click && super::flash::field(&request, "letter").as_deref() == Some("digest") {
        preferences::stop_digest(&state.ctx, person).await?;
        return html(&AnswerNotice {
            assets: assets::tag().to_owned(),
            operator: state.ctx.settings.instance.operator.clone(),
            headline: "You get no more digests.".to_owned(),
            paragraphs: vec![
                "The portfolio shows the same at any time.".to_owned(),
                "To get digests again, open the same link and choose them.".to_owned(),
            ],
            facts: Vec::new(),
        });
    }
    if one_click {
        preferences::stop_all(&state.ctx, person, now).await?;
        return html(&AnswerNotice {
            assets: assets::tag().to_owned(),
            operator: state.ctx.settings.instance.operator.clone(),
            headline: "You get no more survey letters.".to_owned(),
            paragraphs: vec![
                "You stay invited, answers that you saved count, and links that you have keep working."
                    .to_owned(),
                "To get letters again, open the same link and choose them.".to_owned(),
            ],
            facts: Vec::new(),
        });
    }
    check_form(&state, &request, fields.get("form_token"), &bound_to(&token))?;
    let choices = chosen(&fields, &found)?;
    let digest = match (found.digest, fields.get("digest")) {
        (Some(_), "yes") => Some(true),
        (Some(_), "no") => Some(false),
        _ => None,
    };
    preferences::choose(&state.ctx, person, choices, digest, now).await?;
    Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, format!("/m/{token}?done=saved"))).finish())
}

/// What the form says about each partnership; one that came to the page meanwhile keeps what it has.
fn chosen(
    fields: &Fields,
    found: &Preferences,
) -> Result<BTreeMap<MemberId, preferences::Choice>, PageError> {
    let mut choices = BTreeMap::new();
    for (member, ..) in &found.rows {
        let word = fields.get(&format!("letters-{}", member.id));
        if word.is_empty() {
            continue;
        }
        let letters = word.parse::<SurveyLetters>().map_err(|error| PageError::Input(error.to_string()))?;
        let not_me = fields.has(&format!("not-me-{}", member.id));
        choices.insert(member.id, preferences::Choice { letters, not_me });
    }
    Ok(choices)
}
