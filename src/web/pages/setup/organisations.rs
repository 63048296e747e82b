//! Organisations: the list, a new one, its name, its leadership.

use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, get, post};

use super::super::view::Link;
use super::super::view::forms::{Control, Form};
use super::super::view::setup::{ListPage, ListRow, OrganisationPage, RoleRow, Tab};
use super::typed::{Typed, unprocessable};
use super::{chrome, counted, done, id};
use crate::domain::ids::{OrganisationId, PersonId};
use crate::store::{StoreError, partnerships, people};
use crate::web::State;
use crate::web::auth::{Administrator, Posted, Visitor};
use crate::web::error::{PageError, html};
use crate::workflow::set_up;

const LIST: &str = "/setup/organisations";

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(list).service(add).service(one).service(rename).service(give).service(take);
}

async fn list_page(
    state: &State,
    request: &HttpRequest,
    visitor: &Visitor,
    typed: &Typed,
) -> Result<ListPage, PageError> {
    let found = state.ctx.store.read(people::list_organisations).await?;
    let form = Form::to(LIST, "Add the organisation").group("", vec![Control::line("text", "name", "Name")]);
    let row = |o: &people::Organisation| ListRow {
        link: Link::new(o.name.clone(), format!("{LIST}/{}", o.id)),
        cells: Vec::new(),
    };
    Ok(ListPage {
        chrome: chrome(state, request, visitor, "Organisations"),
        tab: Tab::Organisations,
        headline: counted(found.len(), "organisation", "organisations"),
        heads: vec!["Name".to_owned()],
        search: None,
        rows: found.iter().map(row).collect(),
        empty: "No organisation yet. A partnership of co-founders needs none.".to_owned(),
        import: None,
        form_title: "New organisation".to_owned(),
        form: Some(typed.over(form)),
    })
}

#[get("/setup/organisations")]
async fn list(
    state: Data<State>,
    request: HttpRequest,
    visitor: Administrator,
) -> Result<HttpResponse, PageError> {
    html(&list_page(&state, &request, &visitor.0, &Typed::default()).await?)
}

#[post("/setup/organisations")]
async fn add(state: Data<State>, request: HttpRequest, posted: Posted) -> Result<HttpResponse, PageError> {
    let Posted { visitor, fields } = posted.by_administrator()?;
    let made =
        set_up::create_organisation(&state.ctx, &visitor.actor(), fields.get("name"), state.now()).await;
    match made {
        Ok(id) => Ok(done(&format!("{LIST}/{id}"), "organisation-added")),
        Err(refusal) => {
            let typed = Typed::refused(fields, refusal)?;
            unprocessable(&list_page(&state, &request, &visitor, &typed).await?)
        }
    }
}

/// What was sent back on the page of one organisation.
#[derive(Default)]
struct Sent {
    rename: Typed,
    leadership: Typed,
}

async fn one_page(
    state: &State,
    request: &HttpRequest,
    visitor: &Visitor,
    sent: Sent,
) -> Result<OrganisationPage, PageError> {
    let id: OrganisationId = id(request, "id")?;
    let (organisation, leaders, partnerships) = state
        .ctx
        .store
        .read(move |conn| -> Result<_, StoreError> {
            let organisation = people::find_organisation(conn, id)?;
            let leaders = people::leaders(conn, id)?;
            let mut ids: Vec<_> = partnerships::sides_of_organisation(conn, id)?
                .into_iter()
                .map(|side| side.partnership_id)
                .collect();
            ids.dedup();
            Ok((organisation, leaders, partnerships::find_many(conn, &ids)?))
        })
        .await?;
    let organisation = organisation.ok_or(PageError::NotFound)?;
    let base = format!("{LIST}/{id}");
    let name_form = Form::to(base.as_str(), "Rename").group(
        "",
        vec![Control::line("text", "name", "Name").under("organisation").value(&organisation.name)],
    );
    let leader_form = Form::to(format!("{base}/leadership"), "Give leadership").group(
        "",
        vec![
            Control::line("email", "email", "E-mail address"),
            Control::line("text", "name", "Name").optional().hint("Only for somebody who is not here yet."),
        ],
    );
    let leader = |person: people::Person| RoleRow {
        remove: Some(format!("{base}/leadership/{}/remove", person.id)),
        change: None,
        name: person.name,
        email: person.email,
        roles: "leadership".to_owned(),
    };
    Ok(OrganisationPage {
        chrome: chrome(state, request, visitor, &organisation.name),
        name: organisation.name,
        rename: sent.rename.over(name_form),
        leadership: leaders.into_iter().map(leader).collect(),
        add: sent.leadership.over(leader_form),
        partnerships: partnerships
            .into_iter()
            .map(|p| Link::new(p.name, format!("/setup/partnerships/{}", p.id)))
            .collect(),
    })
}

#[get("/setup/organisations/{id}")]
async fn one(
    state: Data<State>,
    request: HttpRequest,
    visitor: Administrator,
) -> Result<HttpResponse, PageError> {
    html(&one_page(&state, &request, &visitor.0, Sent::default()).await?)
}

#[post("/setup/organisations/{id}")]
async fn rename(state: Data<State>, request: HttpRequest, posted: Posted) -> Result<HttpResponse, PageError> {
    let Posted { visitor, fields } = posted.by_administrator()?;
    let id: OrganisationId = id(&request, "id")?;
    let name = fields.get("name").to_owned();
    match set_up::rename_organisation(&state.ctx, &visitor.actor(), id, &name, None, state.now()).await {
        Ok(()) => Ok(done(&format!("{LIST}/{id}"), "organisation-renamed")),
        Err(refusal) => {
            let sent = Sent { rename: Typed::refused(fields, refusal)?, ..Sent::default() };
            unprocessable(&one_page(&state, &request, &visitor, sent).await?)
        }
    }
}

#[post("/setup/organisations/{id}/leadership")]
async fn give(state: Data<State>, request: HttpRequest, posted: Posted) -> Result<HttpResponse, PageError> {
    let Posted { visitor, fields } = posted.by_administrator()?;
    let id: OrganisationId = id(&request, "id")?;
    let who = (fields.get("email").to_owned(), fields.get("name").to_owned());
    let given = set_up::give_leadership_by_address(&state.ctx, &visitor.actor(), id, who, state.now()).await;
    match given {
        Ok(()) => Ok(done(&format!("{LIST}/{id}"), "leadership-given")),
        Err(refusal) => {
            let sent = Sent { leadership: Typed::refused(fields, refusal)?, ..Sent::default() };
            unprocessable(&one_page(&state, &request, &visitor, sent).await?)
        }
    }
}

#[post("/setup/organisations/{id}/leadership/{person}/remove")]
async fn take(state: Data<State>, request: HttpRequest, posted: Posted) -> Result<HttpResponse, PageError> {
    let visitor = posted.by_administrator()?.visitor;
    let (id, person): (OrganisationId, PersonId) = (id(&request, "id")?, id(&request, "person")?);
    set_up::set_leadership(&state.ctx, &visitor.actor(), id, person, false, state.now()).await?;
    Ok(done(&format!("{LIST}/{id}"), "leadership-taken"))
}
