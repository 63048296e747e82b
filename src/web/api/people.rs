//! People: one address, one zone, any number of partnerships.

use actix_web::{HttpResponse, delete, get, patch, post};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{Answer, Page, Seek, fresh, made, page, versioned};
use super::call::Call;
use super::problem::{ApiError, ReadProblems, WriteProblems};
use crate::domain::access_token::{Binding, Scope};
use crate::domain::ids::{MemberId, PersonId};
use crate::store::people::Person as Row;
use crate::store::reach;
use crate::workflow::erase_person::{Erased, erase_person};
use crate::workflow::set_up::{self, PersonInput};
use crate::workflow::version_of;

/// A person.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Person {
    /// Identifier.
    pub id: PersonId,
    /// The one e-mail address; null for somebody known by a label, whose side hands out the link itself.
    #[schema(example = "ada@example.org", max_length = 254)]
    pub email: Option<String>,
    /// Name, or the label.
    #[schema(min_length = 1, max_length = 120)]
    pub name: String,
    /// IANA time zone in which mails and forms tell times; null for a token of a side.
    #[schema(example = "Europe/Berlin")]
    pub zone: Option<String>,
    /// Whether the person administers this instance; null for a token of a side.
    pub administrator: Option<bool>,
    /// When the person was added; null for a token of a side.
    pub created_at: Option<DateTime<Utc>>,
}

impl Person {
    /// The person as a token sees them: a token of a side sees what its side knows, and nothing of what they are on this
    /// server beside.
    fn seen(row: &Row, binding: Binding) -> Self {
        let all = !matches!(binding, Binding::Side(_) | Binding::Organisation(_));
        Self {
            id: row.id,
            email: row.address().map(str::to_owned),
            name: row.name.clone(),
            zone: all.then(|| row.zone.clone()),
            administrator: all.then_some(row.administrator),
            created_at: all.then(|| row.created_at.and_utc()),
        }
    }
}

/// A new person.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPerson {
    /// The one e-mail address.
    #[schema(example = "ada@example.org", max_length = 254)]
    pub email: String,
    /// Name.
    #[schema(min_length = 1, max_length = 120)]
    pub name: String,
    /// IANA time zone; the instance's when left out.
    #[schema(example = "Europe/Berlin")]
    pub zone: Option<String>,
    /// Whether the person administers this instance.
    #[serde(default)]
    pub administrator: bool,
}

/// What changes about a person; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonChange {
    /// The one e-mail address.
    #[schema(max_length = 254)]
    pub email: Option<String>,
    /// Name.
    #[schema(min_length = 1, max_length = 120)]
    pub name: Option<String>,
    /// IANA time zone.
    pub zone: Option<String>,
    /// Whether the person administers this instance.
    pub administrator: Option<bool>,
}

/// Lists the people whom the token reaches: all, or the members of its sides. A token of a side sees their addresses and the
/// names that the side knows them by.
#[utoipa::path(tag = "people", params(Seek), security(("bearer" = ["members:read"])),
    responses((status = 200, description = "A page of people.", body = Page<Person>, headers(("ETag" = String))),
        (status = 304, description = "Unchanged."), ReadProblems))]
#[get("/people")]
pub async fn list_people(call: Call) -> Answer {
    call.may(Scope::MembersRead)?;
    let seek: Seek = call.query()?;
    let (after, limit, binding) = (seek.after()?, seek.limit()?, call.caller.binding);
    let found = call.state.ctx.store.read(move |conn| reach::people(conn, binding, None, after, limit + 1));
    let items: Vec<Person> = found.await?.iter().map(|row| Person::seen(row, binding)).collect();
    Ok(page(&call.request, items, limit, |own| own.id.to_string()))
}

/// Adds a person.
#[utoipa::path(tag = "people", request_body = NewPerson, security(("bearer" = ["members:write"])),
    responses((status = 201, description = "Added.", body = Person, headers(("Location" = String))), WriteProblems))]
#[post("/people")]
pub async fn add_person(mut call: Call) -> Answer {
    call.may(Scope::MembersWrite)?;
    call.needs_instance()?;
    let input: NewPerson = call.json().await?;
    let ctx = &call.state.ctx;
    let input = PersonInput {
        email: input.email,
        name: input.name,
        zone: input.zone.unwrap_or_else(|| ctx.settings.instance.zone.clone()),
        administrator: input.administrator,
    };
    let id = set_up::create_person(ctx, &call.caller.actor(), &input, call.state.now()).await?;
    let row = find(&call, id).await?;
    Ok(made(&format!("/api/v1/people/{id}"), &Person::seen(&row, call.caller.binding)))
}

/// Shows a person.
#[utoipa::path(tag = "people", params(("id" = PersonId, Path)), security(("bearer" = ["members:read"])),
    responses((status = 200, description = "The person.", body = Person, headers(("ETag" = String))),
        (status = 304, description = "Unchanged."), ReadProblems))]
#[get("/people/{id}")]
pub async fn get_person(call: Call) -> Answer {
    call.may(Scope::MembersRead)?;
    let row = find(&call, call.id("id")?).await?;
    let person = Person::seen(&row, call.caller.binding);
    if person.zone.is_none() {
        // Tagged by what is shown: a tag made from the row could betray what is not.
        return Ok(fresh(&call.request, &person));
    }
    Ok(versioned(&call.request, &person, &version_of(&row)))
}

/// Changes a person.
#[utoipa::path(tag = "people", params(("id" = PersonId, Path), ("If-Match" = Option<String>, Header, description = "The ETag that was read.")),
    request_body = PersonChange, security(("bearer" = ["members:write"])),
    responses((status = 200, description = "Changed.", body = Person, headers(("ETag" = String))), WriteProblems))]
#[patch("/people/{id}")]
pub async fn change_person(mut call: Call) -> Answer {
    call.may(Scope::MembersWrite)?;
    call.needs_instance()?;
    let id = call.id("id")?;
    let change: PersonChange = call.json().await?;
    let before = find(&call, id).await?;
    let Some(email) = change.email.or_else(|| before.address().map(str::to_owned)) else {
        let sentence = "This person is known by a label, which their side changes. Give an address to make it a person with one.";
        return Err(ApiError::field("email", sentence));
    };
    let input = PersonInput {
        email,
        name: change.name.unwrap_or_else(|| before.name.clone()),
        zone: change.zone.unwrap_or_else(|| before.zone.clone()),
        administrator: change.administrator.unwrap_or(before.administrator),
    };
    // What was left out is taken from what was read, so that must still stand there.
    let expected = call.expected()?.unwrap_or_else(|| vec![version_of(&before)]);
    let actor = call.caller.actor();
    set_up::change_person(&call.state.ctx, &actor, id, &input, Some(&expected), call.state.now()).await?;
    let row = find(&call, id).await?;
    Ok(versioned(&call.request, &Person::seen(&row, call.caller.binding), &version_of(&row)))
}

/// What follows from an erasure.
#[derive(Debug, Serialize, ToSchema)]
pub struct Erasure {
    /// Memberships that were the last active manager of their side: appoint somebody there.
    pub left_without_manager: Vec<MemberId>,
}

/// Erases a person: name and address go from everywhere, answers stay as values of nobody, frozen scorecards stay as they
/// are. A person who was never a member and got no mail is removed whole.
#[utoipa::path(tag = "people", params(("id" = PersonId, Path), ("If-Match" = Option<String>, Header, description = "The ETag that was read.")),
    security(("bearer" = ["members:write"])),
    responses((status = 200, description = "Erased.", body = Erasure), (status = 204, description = "Removed."), WriteProblems))]
#[delete("/people/{id}")]
pub async fn remove_person(call: Call) -> Answer {
    call.may(Scope::MembersWrite)?;
    call.needs_instance()?;
    let (actor, expected) = (call.caller.actor(), call.expected()?);
    let ctx = &call.state.ctx;
    match erase_person(ctx, &actor, call.id("id")?, expected.as_deref(), call.state.now()).await? {
        Erased::Removed => Ok(HttpResponse::NoContent().finish()),
        Erased::Unknown(left_without_manager) => {
            Ok(HttpResponse::Ok().json(Erasure { left_without_manager }))
        }
    }
}

async fn find(call: &Call, id: PersonId) -> Result<Row, ApiError> {
    let binding = call.caller.binding;
    let read = move |conn: &mut crate::store::Conn| reach::people(conn, binding, Some(id), None, 1);
    call.state.ctx.store.read(read).await?.pop().ok_or(ApiError::NotFound)
}
