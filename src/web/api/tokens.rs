//! Tokens: a token with `tokens:write` makes others that can do no more, reach no further and live no longer than itself.

use std::collections::BTreeSet;

use actix_web::{HttpResponse, delete, get, post};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{Answer, Page, Seek, made, page};
use super::call::Call;
use super::problem::{ApiError, ReadProblems, WriteProblems};
use crate::clock::real_now;
use crate::domain::access_token::{Binding, Scope};
use crate::domain::ids::{OrganisationId, PartnershipId, SideId, TokenId};
use crate::store::tokens::{self as store, ApiToken};
use crate::store::{StoreError, reach};
use crate::workflow::tokens::{Giver, TokenInput, create, revoke};

/// What a token is bound to: at most one of the three; none means the whole instance.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BoundTo {
    /// The organisation for whose sides it speaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organisation: Option<OrganisationId>,
    /// The one partnership that it reaches, for no side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partnership: Option<PartnershipId>,
    /// The side for which it speaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub side: Option<SideId>,
}

impl BoundTo {
    fn binding(&self) -> Result<Binding, ApiError> {
        match (self.organisation, self.partnership, self.side) {
            (None, None, None) => Ok(Binding::Instance),
            (Some(id), None, None) => Ok(Binding::Organisation(id)),
            (None, Some(id), None) => Ok(Binding::Partnership(id)),
            (None, None, Some(id)) => Ok(Binding::Side(id)),
            _ => Err(ApiError::field("bound_to", "Name one of organisation, partnership and side.")),
        }
    }
}

impl From<Binding> for BoundTo {
    fn from(binding: Binding) -> Self {
        match binding {
            Binding::Instance => Self::default(),
            Binding::Organisation(id) => Self { organisation: Some(id), ..Self::default() },
            Binding::Partnership(id) => Self { partnership: Some(id), ..Self::default() },
            Binding::Side(id) => Self { side: Some(id), ..Self::default() },
        }
    }
}

/// A token as it is listed; its text is never shown again.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Token {
    /// Identifier.
    pub id: TokenId,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub scopes: BTreeSet<Scope>,
    /// What it is bound to; empty for the whole instance.
    pub bound_to: BoundTo,
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl From<&ApiToken> for Token {
    fn from(row: &ApiToken) -> Self {
        Self {
            id: row.id,
            name: row.name.clone(),
            scopes: row.scopes(),
            bound_to: row.binding().map(BoundTo::from).unwrap_or_default(),
            created_by: row.created_by.clone(),
            created_at: row.created_at.and_utc(),
            expires_at: row.expires_at.and_utc(),
            last_used_at: row.last_used_at.map(|t| t.and_utc()),
            revoked_at: row.revoked_at.map(|t| t.and_utc()),
        }
    }
}

/// A new token.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What it is for.
    #[schema(min_length = 1, max_length = 120)]
    pub name: String,
    /// What it may do.
    #[schema(min_items = 1, value_type = Vec<Scope>)]
    pub scopes: BTreeSet<Scope>,
    /// What it is bound to; the whole instance when left out.
    #[serde(default)]
    pub bound_to: BoundTo,
    /// Days it lives, 1 to 365; 90 when left out. It ends with the token that makes it at the latest.
    #[schema(minimum = 1, maximum = 365)]
    pub expires_in_days: Option<i64>,
}

/// A token just made, with its text.
#[derive(Debug, Serialize, ToSchema)]
pub struct MadeToken {
    /// The text to send as `Authorization: Bearer`; shown this once.
    pub token: String,
    /// The rest.
    #[serde(flatten)]
    pub about: Token,
}

/// Lists the tokens of the instance; a token bound to less sees its own kind only.
#[utoipa::path(tag = "tokens", params(Seek), security(("bearer" = ["tokens:read"])),
    responses((status = 200, description = "A page of tokens.", body = Page<Token>, headers(("ETag" = String))),
        (status = 304, description = "Unchanged."), ReadProblems))]
#[get("/tokens")]
pub async fn list_tokens(call: Call) -> Answer {
    call.may(Scope::TokensRead)?;
    let seek: Seek = call.query()?;
    let (after, limit, binding) = (seek.after()?, seek.limit()?, call.caller.binding);
    let rows = call.state.ctx.store.read(move |conn| store::list(conn, binding, after, limit + 1)).await?;
    let items: Vec<Token> = rows.iter().map(Token::from).collect();
    Ok(page(&call.request, items, limit, |own| own.id.to_string()))
}

/// Makes a token. Its text is in the answer, and nowhere else ever after. `expires_at` says when it ends: never after the
/// token that makes it, and when that one is revoked, it is revoked too. The managers of a side are told of a token that speaks
/// for it, unless a token made it that speaks for that side itself; those of all sides are told of one for their partnership.
/// Where the first maker is a person, `answers:read` and `comments:read` are given only to a token of a side which that person
/// manages.
#[utoipa::path(tag = "tokens", request_body = NewToken, security(("bearer" = ["tokens:write"])),
    responses((status = 201, description = "Made.", body = MadeToken, headers(("Location" = String))), WriteProblems))]
#[post("/tokens")]
pub async fn make_token(mut call: Call) -> Answer {
    call.may(Scope::TokensWrite)?;
    let new: NewToken = call.json().await?;
    let input = TokenInput {
        name: new.name,
        binding: new.bound_to.binding()?,
        scopes: new.scopes,
        days: new.expires_in_days,
    };
    let giver = Giver { actor: call.caller.actor(), token: Some(call.caller.token) };
    let (id, token) =
        create(&call.state.ctx, giver, input, call.state.now(), real_now()).await.map_err(named)?;
    call.state.worker.nudge();
    let row = call.state.ctx.store.read(move |conn| store::find(conn, id)).await?.ok_or(ApiError::Broken)?;
    Ok(made(&format!("/api/v1/tokens/{id}"), &MadeToken { token, about: Token::from(&row) }))
}

/// The workflow's field names as this interface calls them.
fn named(refusal: crate::workflow::Refusal) -> ApiError {
    let mut error = ApiError::from(refusal);
    if let ApiError::Fields(fields) = &mut error {
        for own in fields {
            match own.field.as_str() {
                "days" => "expires_in_days".clone_into(&mut own.field),
                "binding" => "bound_to".clone_into(&mut own.field),
                _ => {}
            }
        }
    }
    error
}

/// Shows a token, without its text.
#[utoipa::path(tag = "tokens", params(("id" = TokenId, Path)), security(("bearer" = ["tokens:read"])),
    responses((status = 200, description = "The token.", body = Token, headers(("ETag" = String))),
        (status = 304, description = "Unchanged."), ReadProblems))]
#[get("/tokens/{id}")]
pub async fn get_token(call: Call) -> Answer {
    call.may(Scope::TokensRead)?;
    let (id, binding): (TokenId, Binding) = (call.id("id")?, call.caller.binding);
    let found = call
        .state
        .ctx
        .store
        .read(move |conn| {
            let Some(row) = store::find(conn, id)? else { return Ok(None) };
            let within = match row.binding() {
                Some(own) => own == binding || reach::is_within(conn, Some(binding), own)?,
                None => false,
            };
            Ok::<_, StoreError>(within.then_some(row))
        })
        .await?;
    Ok(super::answer::fresh(&call.request, &Token::from(&found.ok_or(ApiError::NotFound)?)))
}

/// Revokes a token at once, with every token that it made.
#[utoipa::path(tag = "tokens", params(("id" = TokenId, Path)), security(("bearer" = ["tokens:write"])),
    responses((status = 204, description = "Revoked."), WriteProblems))]
#[delete("/tokens/{id}")]
pub async fn revoke_token(call: Call) -> Answer {
    call.may(Scope::TokensWrite)?;
    let id = call.id("id")?;
    revoke(&call.state.ctx, &call.caller.actor(), id, Some(call.caller.binding), real_now()).await?;
    Ok(HttpResponse::NoContent().finish())
}
