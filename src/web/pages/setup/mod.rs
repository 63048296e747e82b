//! Set-up, `/setup/…`: organisations, people, partnerships with their members and cadences, instruments.
//!
//! For administrators only; for everybody else these pages do not exist. Every form is answered with itself, the errors
//! beside their fields and what was typed kept, or with a redirect that says in one sentence what was done.

mod cadence;
mod cadence_form;
mod erase;
mod import;
mod instruments;
mod members;
mod organisations;
mod partnership;
mod partnerships;
mod people;
mod stages;
mod state;
#[cfg(test)]
mod tests;
pub(super) mod tokens;
mod trial;
pub(super) mod typed;

use actix_web::HttpRequest;
use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::ServiceConfig;

use super::flash;
use super::view::Chrome;
use crate::web::State;
use crate::web::auth::Visitor;
use crate::web::error::PageError;

/// The words that may follow `?done=`, and what they say.
const DONE: [(&str, &str); 25] = [
    ("test-sent", "The test mail is on its way to you. Its link opens a form that saves nothing."),
    ("nudged", "They are asked once more by mail."),
    ("token-revoked", "The token is revoked: it opens nothing any more."),
    ("organisation-added", "The organisation is added. Give it leadership, or a side in a partnership."),
    ("organisation-renamed", "The organisation has its new name."),
    ("leadership-given", "This person now sees the portfolio of the organisation."),
    ("leadership-taken", "This person no longer sees the portfolio of the organisation."),
    ("person-added", "The person is added."),
    ("person-changed", "The person is changed."),
    ("person-erased", "The person is erased."),
    (
        "person-erased-manager",
        "The person is erased. A side has no manager any more; the audit log names the membership. Appoint somebody there.",
    ),
    ("partnership-added", "The partnership is added. Give its sides members, and give it a cadence."),
    (
        "partnership-drafted",
        "The partnership is drafted. Give its sides members and a cadence, then propose it to them.",
    ),
    ("partnership-proposed", "Its managers are asked by mail whether it shall begin, and have sixty days."),
    ("partnership-paused", "The partnership is paused: nothing opens until it is resumed."),
    ("partnership-active", "The partnership is active again."),
    ("partnership-ended", "The partnership has ended. Its scorecards stay readable."),
    (
        "member-added",
        "The member is added. Somebody who joins while a check is open is asked from the next one on.",
    ),
    ("member-changed", "The member is changed. An open check keeps the people it opened with."),
    ("member-removed", "The membership has ended. An open check keeps the people it opened with."),
    (
        "members-proposed",
        "The sides’ managers are asked by mail and have seven days; until all agree nothing changes.",
    ),
    ("members-imported", "The members of the file are here. An open check keeps the people it opened with."),
    ("partnerships-imported", "The partnerships of the file are here."),
    ("cadence-set", "The cadence is saved. An open check keeps what it opened with."),
    (
        "cadence-proposed",
        "This changes what the sides agreed to: their managers are asked by mail and have seven days.",
    ),
];

/// Adds the routes of all set-up pages.
pub fn routes(config: &mut ServiceConfig) {
    organisations::routes(config);
    people::routes(config);
    erase::routes(config);
    partnerships::routes(config);
    partnership::routes(config);
    members::routes(config);
    state::routes(config);
    cadence::routes(config);
    instruments::routes(config);
    tokens::routes(config);
    trial::routes(config);
    import::routes(config);
}

fn chrome(state: &State, request: &HttpRequest, visitor: &Visitor, title: &str) -> Chrome {
    Chrome { flash: flash::done(request, &DONE), ..visitor.chrome(state, title, "/setup") }
}

/// After something was done: to a page of the set-up, with the word for the message there.
fn done(address: &str, word: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, format!("{address}?done={word}"))).finish()
}

fn to(address: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, address)).finish()
}

/// An identifier of the address; one that cannot be read is like one that is not there.
fn id<T: std::str::FromStr>(request: &HttpRequest, name: &str) -> Result<T, PageError> {
    request.match_info().get(name).and_then(|text| text.parse().ok()).ok_or(PageError::NotFound)
}

/// "1 person", "3 people".
fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}
