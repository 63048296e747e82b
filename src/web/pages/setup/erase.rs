//! Erasing a person: what goes, what stays, and the address typed again, because it cannot be taken back.

use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, get, post};

use super::super::view::Link;
use super::super::view::forms::{Control, Form};
use super::super::view::setup::{FormPage, Tab};
use super::people::LIST;
use super::typed::{Typed, unprocessable};
use super::{chrome, done, id};
use crate::domain::ids::PersonId;
use crate::store::people::{self, Person};
use crate::web::State;
use crate::web::auth::{Administrator, Posted, Visitor};
use crate::web::error::{PageError, html};
use crate::workflow::Refusal;
use crate::workflow::erase_person::{Erased, erase_person};

const LEDE: &str = "Name and address are taken out of everything on this server, open invitations with what was saved behind \
                    them, sessions and roles end. Answers of closed checks stay as values of somebody unknown, and frozen \
                    scorecards stay as they are. A side whose last manager this is has none afterwards: appoint one. Backups \
                    made before today still hold the person. It cannot be taken back.";

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(ask).service(erase);
}

async fn find(state: &State, id: PersonId) -> Result<Person, PageError> {
    state.ctx.store.read(move |conn| people::known(conn, id)).await?.ok_or(PageError::NotFound)
}

fn page(state: &State, request: &HttpRequest, visitor: &Visitor, person: &Person, typed: &Typed) -> FormPage {
    let again = match person.address() {
        Some(_) => Control::line("email", "email", "E-mail address")
            .hint("Type the address of the person who is to be erased."),
        None => {
            Control::line("text", "email", "Label").hint("Type the label of the person who is to be erased.")
        }
    };
    let form = Form::to(format!("{LIST}/{}/erase", person.id), "Erase for good").group("", vec![again]);
    FormPage {
        chrome: chrome(state, request, visitor, "Erase a person"),
        tab: Tab::People,
        headline: format!("Erase {}", person.name),
        lede: Some(LEDE.to_owned()),
        form: typed.over(form),
        back: Link::new(person.name.clone(), format!("{LIST}/{}", person.id)),
    }
}

#[get("/setup/people/{id}/erase")]
async fn ask(
    state: Data<State>,
    request: HttpRequest,
    visitor: Administrator,
) -> Result<HttpResponse, PageError> {
    let person = find(&state, id(&request, "id")?).await?;
    html(&page(&state, &request, &visitor.0, &person, &Typed::default()))
}

#[post("/setup/people/{id}/erase")]
async fn erase(state: Data<State>, request: HttpRequest, posted: Posted) -> Result<HttpResponse, PageError> {
    let Posted { visitor, fields } = posted.by_administrator()?;
    let person = find(&state, id(&request, "id")?).await?;
    let outcome = if fields.get("email").trim().to_lowercase()
        == person.address().unwrap_or(&person.name).to_lowercase()
    {
        erase_person(&state.ctx, &visitor.actor(), person.id, None, state.now()).await
    } else {
        Err(Refusal::field("email", "This is not the address of the person; nobody was erased."))
    };
    match outcome {
        Ok(Erased::Unknown(left)) if !left.is_empty() => {
            state.worker.nudge();
            Ok(done(LIST, "person-erased-manager"))
        }
        Ok(_) => {
            state.worker.nudge();
            Ok(done(LIST, "person-erased"))
        }
        Err(refusal) => {
            let typed = Typed::refused(fields, refusal)?;
            unprocessable(&page(&state, &request, &visitor, &person, &typed))
        }
    }
}
