//! People: the list with its search, a new person, a changed one.

use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, get, post};

use super::super::flash::field;
use super::super::view::Link;
use super::super::view::forms::{Choice, Control, Form};
use super::super::view::setup::{FormPage, ListPage, ListRow, Tab};
use super::typed::{Typed, unprocessable};
use super::{chrome, counted, done, id, to};
use crate::domain::ids::PersonId;
use crate::store::people::{self, Person};
use crate::web::State;
use crate::web::auth::{Administrator, Posted, Visitor};
use crate::web::error::{PageError, html};
use crate::web::guard::Fields;
use crate::workflow::set_up::{self, PersonInput};

pub(super) const LIST: &str = "/setup/people";
/// How many people a list shows; more are found by searching.
const SHOWN: usize = 200;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(list).service(add).service(edit).service(change);
}

fn form(action: String, submit: &str, email: &str, name: &str, zone: &str, administrator: bool) -> Form {
    let rights = Choice::new("yes", "Administrator", administrator)
        .explained("Sets up everything on this server; that alone shows no answers and no scorecards.");
    Form::to(action, submit)
        .group(
            "",
            vec![
                Control::line("text", "name", "Name").value(name),
                Control::line("email", "email", "E-mail address").value(email),
            ],
        )
        .group(
            "",
            vec![
                Control::line("text", "zone", "Time zone")
                    .value(zone)
                    .hint("Such as Europe/Berlin or America/New_York: mails and forms tell times in it."),
            ],
        )
        .group("", vec![Control::checks("administrator", "Rights", vec![rights])])
}

fn input(fields: &Fields) -> PersonInput {
    PersonInput {
        email: fields.get("email").to_owned(),
        name: fields.get("name").to_owned(),
        zone: fields.get("zone").to_owned(),
        administrator: fields.has("administrator"),
    }
}

async fn list_page(
    state: &State,
    request: &HttpRequest,
    visitor: &Visitor,
    typed: &Typed,
) -> Result<ListPage, PageError> {
    let search: String = field(request, "q").unwrap_or_default().trim().chars().take(120).collect();
    let wanted = search.clone();
    let limit = i64::try_from(SHOWN + 1).map_err(|_| PageError::Broken)?;
    let mut found = state.ctx.store.read(move |conn| people::list(conn, &wanted, limit)).await?;
    let more = found.len() > SHOWN;
    found.truncate(SHOWN);
    let headline = match (more, search.is_empty()) {
        (true, _) => format!("The first {SHOWN} people by name; search for the others"),
        (false, true) => counted(found.len(), "person", "people"),
        (false, false) => counted(found.len(), "person found", "people found"),
    };
    let new = form(LIST.to_owned(), "Add the person", "", "", &state.ctx.settings.instance.zone, false);
    Ok(ListPage {
        chrome: chrome(state, request, visitor, "People"),
        tab: Tab::People,
        headline,
        heads: ["Name", "Address", "Time zone", "Rights"].map(str::to_owned).into(),
        search: Some(search),
        rows: found.into_iter().map(row).collect(),
        empty: "Nobody is found.".to_owned(),
        import: None,
        form_title: "New person".to_owned(),
        form: Some(typed.over(new)),
    })
}

fn row(person: Person) -> ListRow {
    let rights = if person.administrator { "administrator" } else { "" };
    let address = person.address().unwrap_or("known by a label").to_owned();
    ListRow {
        link: Link::new(person.name, format!("{LIST}/{}", person.id)),
        cells: vec![address, person.zone, rights.to_owned()],
    }
}

#[get("/setup/people")]
async fn list(
    state: Data<State>,
    request: HttpRequest,
    visitor: Administrator,
) -> Result<HttpResponse, PageError> {
    html(&list_page(&state, &request, &visitor.0, &Typed::default()).await?)
}

#[post("/setup/people")]
async fn add(state: Data<State>, request: HttpRequest, posted: Posted) -> Result<HttpResponse, PageError> {
    let Posted { visitor, fields } = posted.by_administrator()?;
    match set_up::create_person(&state.ctx, &visitor.actor(), &input(&fields), state.now()).await {
        Ok(_) => Ok(done(LIST, "person-added")),
        Err(refusal) => {
            let typed = Typed::refused(fields, refusal)?;
            unprocessable(&list_page(&state, &request, &visitor, &typed).await?)
        }
    }
}

const KNOWN_BY_LABEL: &str = "A side of one partnership knows this person by a label and hands out the link itself. With an address the \
                              person gets letters from the next check on.";

async fn edit_page(
    state: &State,
    request: &HttpRequest,
    visitor: &Visitor,
    typed: &Typed,
) -> Result<FormPage, PageError> {
    let id: PersonId = id(request, "id")?;
    let person =
        state.ctx.store.read(move |conn| people::known(conn, id)).await?.ok_or(PageError::NotFound)?;
    let address = person.address().unwrap_or_default();
    let lede = person.address().is_none().then(|| KNOWN_BY_LABEL.to_owned());
    let own = form(format!("{LIST}/{id}"), "Save", address, &person.name, &person.zone, person.administrator)
        .or("act", "erase", "Erase this person…");
    Ok(FormPage {
        chrome: chrome(state, request, visitor, &person.name),
        tab: Tab::People,
        headline: person.name,
        lede,
        form: typed.over(own),
        back: Link::new("People", LIST),
    })
}

#[get("/setup/people/{id}")]
async fn edit(
    state: Data<State>,
    request: HttpRequest,
    visitor: Administrator,
) -> Result<HttpResponse, PageError> {
    html(&edit_page(&state, &request, &visitor.0, &Typed::default()).await?)
}

#[post("/setup/people/{id}")]
async fn change(state: Data<State>, request: HttpRequest, posted: Posted) -> Result<HttpResponse, PageError> {
    let Posted { visitor, fields } = posted.by_administrator()?;
    let id: PersonId = id(&request, "id")?;
    if fields.get("act") == "erase" {
        return Ok(to(&format!("{LIST}/{id}/erase")));
    }
    let saved =
        set_up::change_person(&state.ctx, &visitor.actor(), id, &input(&fields), None, state.now()).await;
    match saved {
        Ok(()) => Ok(done(LIST, "person-changed")),
        Err(refusal) => {
            let typed = Typed::refused(fields, refusal)?;
            unprocessable(&edit_page(&state, &request, &visitor, &typed).await?)
        }
    }
}
