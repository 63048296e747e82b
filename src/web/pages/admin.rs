//! Operations, `/admin`: what leaves the house and what runs by itself. For administrators only; for everybody else the page
//! does not exist. It shows no answer, and nobody who was only reminded.

use actix_web::http::header;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, get, post};

use super::flash;
use crate::clock::real_now;
use crate::store::outbox::desk::{self, Decision, Which};
use crate::store::outbox::letters;
use crate::store::{Conn, StoreError, backup, disk, instances, sending, vacancies};
use crate::web::State;
use crate::web::auth::{Administrator, Posted};
use crate::web::error::{PageError, html};
use crate::web::present::admin::{self, Material};
use crate::web::present::roles::REFUSED_FOR;
use crate::workflow;

/// Letters listed.
const SHOWN: i64 = 100;

/// The words that may follow `?done=`, and what they say.
const DONE: [(&str, &str); 5] = [
    ("appointed", "The side has a manager again; they are told, and so are the other sides."),
    ("again", "It is sent again, with the same text and the same identification."),
    ("arrived", "It counts as sent."),
    ("aside", "It is set aside and is not sent any more."),
    ("resumed", "Letters leave again. What was past its time has expired."),
];

/// Adds the routes of this page.
pub fn routes(config: &mut ServiceConfig) {
    config.service(show).service(resume).service(decide);
}

#[get("/admin")]
async fn show(
    state: Data<State>,
    request: HttpRequest,
    Administrator(visitor): Administrator,
) -> Result<HttpResponse, PageError> {
    let now = state.now();
    let read = move |conn: &mut Conn| -> Result<_, StoreError> {
        Ok(Material {
            counts: letters::counts(conn)?,
            oldest_due: letters::oldest_due(conn, now)?,
            in_doubt: letters::ambiguous_total(conn)?,
            waiting: desk::waiting(conn, SHOWN)?,
            instances: instances::list(conn)?,
            pause: sending::paused(conn)?,
            backed_up: backup::last(conn)?,
            vacancies: vacancies::list(conn)?,
            refused: vacancies::unreachable(conn, now - REFUSED_FOR)?,
            // What no process needs to be asked for is filled in below.
            room: None,
            keeps_its_own_database: false,
            demo: false,
            now,
            real_now: instances::common_now(conn, real_now())?,
        })
    };
    let found = state.ctx.store.read(read).await?;
    let folder = state.ctx.settings.data_dir.clone();
    let room = web::block(move || disk::room(&folder)).await.ok().and_then(Result::ok);
    let mut chrome = visitor.chrome(&state, "Operations", "/admin");
    chrome.flash = flash::done(&request, &DONE);
    let material = Material {
        room,
        keeps_its_own_database: !state.ctx.store.is_shared(),
        demo: state.is_demo(),
        ..found
    };
    html(&admin::page(&material, chrome, &visitor.viewer.person))
}

fn back(word: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, format!("/admin?done={word}"))).finish()
}

#[post("/admin/resume")]
async fn resume(state: Data<State>, posted: Posted) -> Result<HttpResponse, PageError> {
    let visitor = posted.by_administrator()?.visitor;
    workflow::sending::resume(&state.ctx, &visitor.actor(), real_now()).await?;
    state.worker.nudge();
    Ok(back("resumed"))
}

#[post("/admin/letters/{letter}/{decision}")]
async fn decide(
    state: Data<State>,
    place: web::Path<(String, String)>,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let visitor = posted.by_administrator()?.visitor;
    let which = match place.0.as_str() {
        "reminders" => Which::Reminders,
        id => Which::One(id.parse().map_err(|_| PageError::NotFound)?),
    };
    let (word, decision) = match place.1.as_str() {
        "again" => ("again", Decision::Again),
        "arrived" => ("arrived", Decision::Arrived),
        "aside" => ("aside", Decision::Aside),
        _ => return Err(PageError::NotFound),
    };
    workflow::letters::decide(&state.ctx, visitor.actor(), which, decision, state.now()).await?;
    state.worker.nudge();
    Ok(back(word))
}
