//! The audit log: who did what to which object. Identifiers only, and never who answered.

use actix_web::get;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::answer::{Answer, Page, Seek, page};
use super::call::Call;
use super::problem::ReadProblems;
use crate::domain::access_token::Scope;
use crate::store::audit::{self as store, Entry, From};

/// One act.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AuditEntry {
    /// Identifier.
    #[schema(format = Uuid)]
    pub id: String,
    /// When it was done.
    pub at: DateTime<Utc>,
    /// Who did it: a person's identifier, a token, or a part of the program.
    pub actor: String,
    /// What was done.
    pub act: String,
    /// The identifier of what it was done to; two identifiers for a role.
    pub object: String,
    /// The request that asked for it, as its answer named it in `X-Request-Id`; null when it was the clock or the command line.
    pub request_id: Option<String>,
}

impl std::convert::From<&Entry> for AuditEntry {
    fn from(row: &Entry) -> Self {
        Self {
            id: row.id.clone(),
            at: row.at.and_utc(),
            actor: row.actor.clone(),
            act: row.act.clone(),
            object: row.object.clone(),
            request_id: row.request_id.clone(),
        }
    }
}

/// Lists the audit log, oldest first. A token that is bound reads what was done to the partnerships that it reaches, and to
/// their sides, members, cadences, cycles, invitations, proposals, flags, notes, actions and acceptances.
#[utoipa::path(tag = "audit", params(Seek), security(("bearer" = ["audit:read"])),
    responses((status = 200, description = "A page of the log.", body = Page<AuditEntry>, headers(("ETag" = String))),
        (status = 304, description = "Unchanged."), ReadProblems))]
#[get("/audit")]
pub async fn list_audit(call: Call) -> Answer {
    call.may(Scope::AuditRead)?;
    let seek: Seek = call.query()?;
    let after = seek.after::<Uuid>()?.map(|id| id.as_hyphenated().to_string());
    let (limit, binding) = (seek.limit()?, call.caller.binding);
    let rows = call
        .state
        .ctx
        .store
        .read(move |conn| store::page(conn, binding, From::After(after), limit + 1))
        .await?;
    let items: Vec<AuditEntry> = rows.iter().map(AuditEntry::from).collect();
    Ok(page(&call.request, items, limit, |own| own.id.clone()))
}
