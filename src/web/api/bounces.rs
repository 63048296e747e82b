//! Returned mail, reported by whatever reads the mailbox to which it comes back.

use actix_web::{HttpResponse, post};
use serde::Deserialize;
use utoipa::ToSchema;

use super::answer::Answer;
use super::call::Call;
use super::problem::{ApiError, WriteProblems};
use crate::domain::access_token::{Binding, Scope};
use crate::domain::partnership::EmailAddress;
use crate::workflow::bounces::{Returned, report};

/// What came back: one of the two.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Bounce {
    /// The address that takes no mail.
    #[schema(example = "ada@example.org", max_length = 254)]
    pub address: Option<String>,
    /// The Message-ID of the letter that came back, with or without angle brackets.
    #[schema(max_length = 998)]
    pub message_id: Option<String>,
}

/// Reports that mail came back for good. The memberships of that person are marked (`bounced_at`), and the managers of their
/// side are told in every running cycle that asks them. The answer is the same whether the address is known or not, and
/// also where the letter went to an address that has been corrected since. For a token of the whole instance.
#[utoipa::path(tag = "people", request_body = Bounce, security(("bearer" = ["bounces:write"])),
    responses((status = 204, description = "Noted."), WriteProblems))]
#[post("/bounces")]
pub async fn report_bounce(mut call: Call) -> Answer {
    call.may(Scope::BouncesWrite)?;
    if call.caller.binding != Binding::Instance {
        return Err(ApiError::BindingTooNarrow(
            "Mail comes back to whoever runs this server: use a token that is bound to nothing.",
        ));
    }
    let returned = match call.json().await? {
        Bounce { address: Some(address), message_id: None } => Returned::Address(
            EmailAddress::parse(&address).map_err(|e| ApiError::field("address", e.to_string()))?,
        ),
        Bounce { address: None, message_id: Some(id) } if (1..=998).contains(&id.trim().len()) => {
            Returned::Letter(id)
        }
        Bounce { address: None, message_id: Some(_) } => {
            return Err(ApiError::field("message_id", "A Message-ID has 1 to 998 characters."));
        }
        _ => return Err(ApiError::field("address", "Name either address or message_id.")),
    };
    report(&call.state.ctx, call.caller.actor(), returned, call.state.now()).await?;
    Ok(HttpResponse::NoContent().finish())
}
