//! Links that open no form by themselves: one that a side handed out, and one in whose place another was issued.
//!
//! Law: a handed-out link shows the same page whether or not somebody has begun with it; only a press tells, and the press is
//! what begins. So whoever handed it out cannot look who has begun without beginning in their place, which they notice.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use chrono::{DateTime, Utc};

use super::super::view::answer::{AnswerNotice, BeginPage};
use super::fill::Link;
use super::{Errand, json_error, to, token_of, unknown, wants_json};
use crate::web::State;
use crate::web::auth::Unsigned;
use crate::web::error::{PageError, html_with};
use crate::web::guard::check_form;
use crate::workflow::handout::{self, Begun, Door};

/// The page in the place of a form.
pub(super) async fn stand_in(
    state: &State,
    request: &HttpRequest,
    errand: Errand,
) -> Result<HttpResponse, PageError> {
    let token = token_of(request);
    let Some(door) = handout::open(&state.ctx, &token).await? else { return unknown(state, request) };
    let status = if errand == Errand::Read { StatusCode::OK } else { StatusCode::CONFLICT };
    if wants_json(request) {
        return Ok(json_error(
            status,
            "This link does not open the form any more. Reload the page to see why.",
        ));
    }
    match door {
        Door::Handed(form) => {
            let link = Link::new(state, token, *form);
            match link.form.may_answer(link.now) {
                Ok(()) => html_with(status, &link.begin()),
                Err(refused) => html_with(status, &link.shut(refused)),
            }
        }
        Door::Replaced(form, at) => {
            let link = Link::new(state, token, *form);
            html_with(status, &link.replaced(at))
        }
    }
}

#[post("/s/{token}/begin")]
pub(super) async fn begin(
    state: Data<State>,
    request: HttpRequest,
    posted: Unsigned,
) -> Result<HttpResponse, PageError> {
    let token = token_of(&request);
    check_form(&state, &request, posted.0.get("form_token"), &token)?;
    let Some(Door::Handed(form)) = handout::open(&state.ctx, &token).await? else {
        return stand_in(&state, &request, Errand::Answer).await;
    };
    let link = Link::new(&state, token, *form);
    if let Err(refused) = link.form.may_answer(link.now) {
        return html_with(StatusCode::CONFLICT, &link.shut(refused));
    }
    match handout::begin(&state.ctx, &link.token, link.now).await? {
        Begun::Own(own) => Ok(to(&format!("/s/{own}"))),
        Begun::Already => html_with(StatusCode::CONFLICT, &link.begun_already()),
    }
}

impl Link {
    /// The first page behind a link that the side handed out.
    pub fn begin(&self) -> BeginPage {
        BeginPage {
            frame: self.frame("Your check", None),
            name: self.form.person.name.clone(),
            headline: self.what_it_is(),
            facts: self.start_facts(),
        }
    }

    /// Somebody has begun with a handed-out link before: nothing is told but what to do.
    pub fn begun_already(&self) -> AnswerNotice {
        self.notice(
            "This link was used to begin before.",
            vec![
                "If that was you, go on with your own link: the address of the page that opened when you pressed “Begin”."
                    .to_owned(),
                format!(
                    "If it was not you, or you do not have that address any more, ask whoever of {} gave you this link for a \
                     fresh one.",
                    self.side()
                ),
            ],
        )
    }

    /// In the place of a link another was issued.
    pub fn replaced(&self, at: DateTime<Utc>) -> AnswerNotice {
        let side = self.side();
        self.notice(
            &format!("A new link was issued in your place on {}.", self.time(at)),
            vec![
                format!(
                    "A manager of {side} asked for it, and the other sides are told. What was saved behind this link, and not \
                     sent, was dropped."
                ),
                format!(
                    "If you did not ask for it, somebody else may be about to answer for you: ask that manager for the new link, \
                     or tell {}, who runs this server.",
                    self.operator
                ),
            ],
        )
    }
}
