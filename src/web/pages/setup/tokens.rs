//! Access for programs: the tokens, a new one, revoking one. A new token's text is on the page that answers its making, and
//! nowhere else ever after.

use std::collections::BTreeSet;

use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, get, post};
use chrono_tz::Tz;

use super::super::view::forms::{Choice, Control, Form};
use super::super::view::setup_tokens::TokensPage;
use super::typed::{Typed, unprocessable};
use super::{chrome, counted, done, id};
use crate::clock::real_now;
use crate::domain::access_token::{Binding, Scope};
use crate::domain::cadence::parse_zone;
use crate::domain::ids::TokenId;
use crate::store::tokens as store;
use crate::web::State;
use crate::web::auth::{Administrator, Posted, Visitor};
use crate::web::error::{PageError, html};
use crate::web::guard::Fields;
use crate::web::present::tokens;
use crate::workflow::Refusal;
use crate::workflow::tokens::{Giver, TokenInput, create, revoke};

const LIST: &str = "/setup/tokens";
/// How many tokens the page shows, newest first.
const SHOWN: i64 = 200;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(list).service(make).service(end);
}

fn form() -> Form {
    let bindings = vec![
        Choice::new("instance", "the whole instance", true),
        Choice::new("organisation", "an organisation", false),
        Choice::new("partnership", "a partnership", false),
        Choice::new("side", "a side", false),
    ];
    Form::to(LIST, "Make the token")
        .group("", tokens::about())
        .group(
            "",
            vec![
                Control::select("bound_to", "It reaches", bindings),
                Control::line("text", "binding", "Identifier")
                    .optional()
                    .hint(
                        "Of the organisation, partnership or side. A token of a side speaks for it, one of an organisation for all \
                         of its sides, one of a partnership for none; the managers of the side, of these sides, or of the whole \
                         partnership are told by mail.",
                    ),
            ],
        )
        .group("", tokens::scopes(false))
}

fn input(fields: &Fields) -> Result<TokenInput, Refusal> {
    let typed = fields.get("binding").trim();
    let unreadable = || Refusal::field("binding", "That is not an identifier.");
    let binding = match fields.get("bound_to") {
        "organisation" => Binding::Organisation(typed.parse().map_err(|_| unreadable())?),
        "partnership" => Binding::Partnership(typed.parse().map_err(|_| unreadable())?),
        "side" => Binding::Side(typed.parse().map_err(|_| unreadable())?),
        _ => Binding::Instance,
    };
    Ok(TokenInput {
        name: fields.get("name").to_owned(),
        scopes: asked_scopes(fields),
        binding,
        days: Some(asked_days(fields)?),
    })
}

/// The scopes that are ticked.
pub(in crate::web::pages) fn asked_scopes(fields: &Fields) -> BTreeSet<Scope> {
    fields.all("scopes").filter_map(|word| word.parse().ok()).collect()
}

/// The days that are typed.
pub(in crate::web::pages) fn asked_days(fields: &Fields) -> Result<i64, Refusal> {
    let days = fields.get("days").trim();
    days.parse().map_err(|_| Refusal::field("days", "Give a whole number of days, 1 to 365."))
}

async fn page(
    state: &State,
    request: &HttpRequest,
    visitor: &Visitor,
    typed: &Typed,
    made: Option<String>,
) -> Result<TokensPage, PageError> {
    let found = state.ctx.store.read(|conn| store::newest(conn, SHOWN)).await?;
    let zone = parse_zone(&visitor.viewer.person.zone).unwrap_or(Tz::UTC);
    Ok(TokensPage {
        chrome: chrome(state, request, visitor, "Tokens"),
        headline: counted(found.len(), "token", "tokens"),
        made,
        rows: found
            .iter()
            .map(|own| {
                let revoke = format!("{LIST}/{}/revoke", own.id);
                tokens::row(own, zone, own.created_by.clone(), Some(revoke))
            })
            .collect(),
        form: typed.over(form()),
    })
}

#[get("/setup/tokens")]
async fn list(
    state: Data<State>,
    request: HttpRequest,
    visitor: Administrator,
) -> Result<HttpResponse, PageError> {
    html(&page(&state, &request, &visitor.0, &Typed::default(), None).await?)
}

#[post("/setup/tokens")]
async fn make(state: Data<State>, request: HttpRequest, posted: Posted) -> Result<HttpResponse, PageError> {
    let Posted { visitor, fields } = posted.by_administrator()?;
    let giver = Giver { actor: visitor.actor(), token: None };
    let made = match input(&fields) {
        Ok(input) => create(&state.ctx, giver, input, state.now(), real_now()).await,
        Err(refusal) => Err(refusal),
    };
    match made {
        Ok((_, text)) => {
            // The managers of a side for which it speaks are told.
            state.worker.nudge();
            html(&page(&state, &request, &visitor, &Typed::default(), Some(text)).await?)
        }
        Err(refusal) => {
            let typed = Typed::refused(fields, refusal)?;
            unprocessable(&page(&state, &request, &visitor, &typed, None).await?)
        }
    }
}

#[post("/setup/tokens/{id}/revoke")]
async fn end(state: Data<State>, request: HttpRequest, posted: Posted) -> Result<HttpResponse, PageError> {
    let visitor = posted.by_administrator()?.visitor;
    let id: TokenId = id(&request, "id")?;
    revoke(&state.ctx, &visitor.actor(), id, None, real_now()).await?;
    Ok(done(LIST, "token-revoked"))
}
