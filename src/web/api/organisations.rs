//! Organisations and who leads them.

use actix_web::{get, patch, post, put};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{Answer, Page, Seek, made, page, versioned};
use super::call::Call;
use super::problem::{ApiError, ReadProblems, WriteProblems};
use crate::clock::real_now;
use crate::domain::access_token::Scope;
use crate::domain::ids::{OrganisationId, PersonId};
use crate::store::people::{self, Organisation as Row, Person};
use crate::store::reach;
use crate::workflow::{set_up, version_of};

/// An organisation.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Organisation {
    /// Identifier.
    pub id: OrganisationId,
    /// Unique name.
    #[schema(min_length = 1, max_length = 120)]
    pub name: String,
    /// When it was added.
    pub created_at: DateTime<Utc>,
}

impl From<&Row> for Organisation {
    fn from(row: &Row) -> Self {
        Self { id: row.id, name: row.name.clone(), created_at: row.created_at.and_utc() }
    }
}

/// A new organisation, or its new name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganisationInput {
    /// Unique name.
    #[schema(min_length = 1, max_length = 120)]
    pub name: String,
}

/// Who has a role in an organisation.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganisationRoles {
    /// The people who see the portfolio of the organisation.
    #[schema(max_items = 200)]
    pub leadership: Vec<PersonId>,
}

/// Lists the organisations that the token reaches.
#[utoipa::path(tag = "organisations", params(Seek), security(("bearer" = ["partnerships:read"])),
    responses((status = 200, description = "A page of organisations.", body = Page<Organisation>, headers(("ETag" = String))),
        (status = 304, description = "Unchanged."), ReadProblems))]
#[get("/organisations")]
pub async fn list_organisations(call: Call) -> Answer {
    call.may(Scope::PartnershipsRead)?;
    let seek: Seek = call.query()?;
    let (after, limit, binding) = (seek.after()?, seek.limit()?, call.caller.binding);
    let found =
        call.state.ctx.store.read(move |conn| reach::organisations(conn, binding, None, after, limit + 1));
    let items: Vec<Organisation> = found.await?.iter().map(Organisation::from).collect();
    Ok(page(&call.request, items, limit, |own| own.id.to_string()))
}

/// Adds an organisation.
#[utoipa::path(tag = "organisations", request_body = OrganisationInput, security(("bearer" = ["partnerships:write"])),
    responses((status = 201, description = "Added.", body = Organisation, headers(("Location" = String))), WriteProblems))]
#[post("/organisations")]
pub async fn add_organisation(mut call: Call) -> Answer {
    call.may(Scope::PartnershipsWrite)?;
    call.needs_instance()?;
    let input: OrganisationInput = call.json().await?;
    let id =
        set_up::create_organisation(&call.state.ctx, &call.caller.actor(), &input.name, call.state.now())
            .await?;
    let row = find(&call, id).await?;
    Ok(made(&format!("/api/v1/organisations/{id}"), &Organisation::from(&row)))
}

/// Shows an organisation.
#[utoipa::path(tag = "organisations", params(("id" = OrganisationId, Path)), security(("bearer" = ["partnerships:read"])),
    responses((status = 200, description = "The organisation.", body = Organisation, headers(("ETag" = String))),
        (status = 304, description = "Unchanged."), ReadProblems))]
#[get("/organisations/{id}")]
pub async fn get_organisation(call: Call) -> Answer {
    call.may(Scope::PartnershipsRead)?;
    let row = find(&call, call.id("id")?).await?;
    Ok(versioned(&call.request, &Organisation::from(&row), &version_of(&row)))
}

/// Renames an organisation.
#[utoipa::path(tag = "organisations", params(("id" = OrganisationId, Path), ("If-Match" = Option<String>, Header, description = "The ETag that was read.")),
    request_body = OrganisationInput, security(("bearer" = ["partnerships:write"])),
    responses((status = 200, description = "Renamed.", body = Organisation, headers(("ETag" = String))), WriteProblems))]
#[patch("/organisations/{id}")]
pub async fn change_organisation(mut call: Call) -> Answer {
    call.may(Scope::PartnershipsWrite)?;
    call.needs_instance()?;
    let id = call.id("id")?;
    let input: OrganisationInput = call.json().await?;
    let expected = call.expected()?;
    set_up::rename_organisation(
        &call.state.ctx,
        &call.caller.actor(),
        id,
        &input.name,
        expected.as_deref(),
        real_now(),
    )
    .await?;
    let row = find(&call, id).await?;
    Ok(versioned(&call.request, &Organisation::from(&row), &version_of(&row)))
}

/// Shows who leads an organisation.
#[utoipa::path(tag = "organisations", params(("id" = OrganisationId, Path)), security(("bearer" = ["partnerships:read"])),
    responses((status = 200, description = "The roles.", body = OrganisationRoles, headers(("ETag" = String))),
        (status = 304, description = "Unchanged."), ReadProblems))]
#[get("/organisations/{id}/roles")]
pub async fn get_organisation_roles(call: Call) -> Answer {
    call.may(Scope::PartnershipsRead)?;
    call.needs_instance()?;
    let id = call.id("id")?;
    find(&call, id).await?;
    roles(&call, id).await
}

/// Sets who leads an organisation.
#[utoipa::path(tag = "organisations", params(("id" = OrganisationId, Path), ("If-Match" = Option<String>, Header, description = "The ETag that was read.")),
    request_body = OrganisationRoles, security(("bearer" = ["partnerships:write"])),
    responses((status = 200, description = "Set.", body = OrganisationRoles, headers(("ETag" = String))), WriteProblems))]
#[put("/organisations/{id}/roles")]
pub async fn set_organisation_roles(mut call: Call) -> Answer {
    call.may(Scope::PartnershipsWrite)?;
    call.needs_instance()?;
    let id: OrganisationId = call.id("id")?;
    let input: OrganisationRoles = call.json().await?;
    let (actor, expected) = (call.caller.actor(), call.expected()?);
    let ctx = &call.state.ctx;
    set_up::set_leaders(ctx, &actor, id, input.leadership, expected.as_deref(), real_now()).await?;
    roles(&call, id).await
}

async fn roles(call: &Call, id: OrganisationId) -> Answer {
    let leaders: Vec<Person> = call.state.ctx.store.read(move |conn| people::leaders(conn, id)).await?;
    let roles = OrganisationRoles { leadership: leaders.iter().map(|own| own.id).collect() };
    Ok(versioned(&call.request, &roles, &version_of(&leaders)))
}

async fn find(call: &Call, id: OrganisationId) -> Result<Row, ApiError> {
    let binding = call.caller.binding;
    let found = call.state.ctx.store.read(move |conn| reach::organisations(conn, binding, Some(id), None, 1));
    found.await?.pop().ok_or(ApiError::NotFound)
}
