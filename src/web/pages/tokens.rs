//! Access for programs that speak for one side, `/partnerships/{id}/tokens`: its managers see every token that speaks for it,
//! whoever made it, make others and revoke them; and they see those of the whole partnership, which speak for no side. For everybody else the page does not exist.
//!
//! Law: the side is the reader's own, never one that the form names. A new token's text is on the page that answers its making,
//! and nowhere else ever after.

use std::collections::HashMap;

use actix_web::web::{Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, get, post};

use super::acts::back;
use super::flash;
use super::setup::tokens::{asked_days, asked_scopes};
use super::setup::typed::{Typed, unprocessable};
use super::view::forms::Form;
use super::view::tokens::SideTokensPage;
use super::view::{Chrome, Link};
use crate::clock::real_now;
use crate::domain::access_token::Binding;
use crate::domain::ids::{PartnershipId, PersonId, SideId, TokenId};
use crate::store::partnerships::Side;
use crate::store::tokens::{self as store, ApiToken};
use crate::store::{Conn, StoreError, access, partnerships};
use crate::web::State;
use crate::web::auth::{Posted, Visitor};
use crate::web::error::{PageError, html};
use crate::web::guard::Fields;
use crate::web::present::acts::speaks_for;
use crate::web::present::{tokens, zone};
use crate::workflow::Refusal;
use crate::workflow::proposals::Speaker;
use crate::workflow::tokens::{TokenInput, create_for_side, revoke};

/// How many tokens the page shows, newest first.
const SHOWN: i64 = 200;
const DONE: [(&str, &str); 1] = [("revoked", "The token is revoked: it opens nothing any more.")];

/// Adds the routes of this page.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list).service(make).service(end);
}

/// The reader's own side.
struct Own {
    partnership: PartnershipId,
    name: String,
    side: Side,
    /// The managers of all sides and the people of the own one: whose names the reader may read.
    known: HashMap<PersonId, String>,
}

impl Own {
    async fn of(state: &State, visitor: &Visitor, id: &str) -> Result<Self, PageError> {
        let id: PartnershipId = id.parse().map_err(|_| PageError::NotFound)?;
        let viewer = visitor.viewer.clone();
        let read = move |conn: &mut Conn| -> Result<_, StoreError> {
            let seat = access::seat(conn, &viewer, id)?.filter(|own| own.partnership.view_of.is_none());
            let Some(seat) = seat else { return Ok(None) };
            let own = speaks_for(&seat);
            let Some(side) = seat.sides.iter().find(|side| Some(side.id) == own) else { return Ok(None) };
            let members = partnerships::members(conn, id)?;
            let known = members.into_iter().filter(|(one, _)| one.manager || one.side_id == own);
            let known = known.map(|(_, person)| (person.id, person.name)).collect();
            Ok(Some(Self { partnership: id, name: seat.partnership.name.clone(), side: side.clone(), known }))
        };
        state.ctx.store.read(read).await?.ok_or(PageError::NotFound)
    }

    fn address(&self) -> String {
        format!("/partnerships/{}/tokens", self.partnership)
    }

    /// Only what speaks for this side alone is its managers' to revoke.
    fn revoke(&self, token: &ApiToken) -> Option<String> {
        let own = token.binding() == Some(Binding::Side(self.side.id));
        own.then(|| format!("{}/{}/revoke", self.address(), token.id))
    }

    fn maker(&self, actor: &str) -> String {
        match actor.parse::<PersonId>() {
            Ok(id) => self.known.get(&id).cloned().unwrap_or_else(|| "somebody else".to_owned()),
            Err(_) if actor.starts_with("token ") => "a program".to_owned(),
            Err(_) => actor.to_owned(),
        }
    }

    fn form(&self) -> Form {
        Form::to(self.address(), "Make the token").group("", tokens::about()).group("", tokens::scopes(true))
    }

    async fn page(
        &self,
        state: &State,
        chrome: Chrome,
        visitor: &Visitor,
        (typed, made): (&Typed, Option<String>),
    ) -> Result<SideTokensPage, PageError> {
        let side = self.side.clone();
        let found = state.ctx.store.read(move |conn| store::concerning(conn, &side, SHOWN)).await?;
        let zone = zone(&visitor.viewer.person.zone);
        let rows = found.iter().map(|token| {
            let reaches = match token.binding() {
                Some(Binding::Side(_)) => format!("{} only", self.side.name),
                Some(Binding::Partnership(_)) => "this partnership, for no side".to_owned(),
                _ => "a whole organisation".to_owned(),
            };
            let row = tokens::row(token, zone, self.maker(&token.created_by), self.revoke(token));
            super::view::tokens::TokenRow { reaches, ..row }
        });
        Ok(SideTokensPage {
            chrome,
            back: Link::new(&self.name, format!("/partnerships/{}", self.partnership)),
            side: self.side.name.clone(),
            made,
            rows: rows.collect(),
            form: typed.over(self.form()),
        })
    }
}

fn input(fields: &Fields, side: SideId) -> Result<TokenInput, Refusal> {
    Ok(TokenInput {
        name: fields.get("name").to_owned(),
        scopes: asked_scopes(fields),
        binding: Binding::Side(side),
        days: Some(asked_days(fields)?),
    })
}

#[get("/partnerships/{id}/tokens")]
async fn list(
    state: Data<State>,
    request: HttpRequest,
    visitor: Visitor,
    id: Path<String>,
) -> Result<HttpResponse, PageError> {
    let own = Own::of(&state, &visitor, &id).await?;
    let chrome = Chrome { flash: flash::done(&request, &DONE), ..visitor.chrome(&state, "Tokens", "") };
    html(&own.page(&state, chrome, &visitor, (&Typed::default(), None)).await?)
}

#[post("/partnerships/{id}/tokens")]
async fn make(state: Data<State>, id: Path<String>, posted: Posted) -> Result<HttpResponse, PageError> {
    let Posted { visitor, fields } = posted;
    let own = Own::of(&state, &visitor, &id).await?;
    let speaker = Speaker { actor: visitor.actor(), side: Some(own.side.id) };
    let made = match input(&fields, own.side.id) {
        Ok(input) => create_for_side(&state.ctx, speaker, input, state.now(), real_now()).await,
        Err(refusal) => Err(refusal),
    };
    let chrome = visitor.chrome(&state, "Tokens", "");
    match made {
        Ok((_, text)) => html(&own.page(&state, chrome, &visitor, (&Typed::default(), Some(text))).await?),
        Err(refusal) => {
            let typed = Typed::refused(fields, refusal)?;
            unprocessable(&own.page(&state, chrome, &visitor, (&typed, None)).await?)
        }
    }
}

#[post("/partnerships/{id}/tokens/{token}/revoke")]
async fn end(
    state: Data<State>,
    path: Path<(String, String)>,
    posted: Posted,
) -> Result<HttpResponse, PageError> {
    let (id, token) = path.into_inner();
    let own = Own::of(&state, &posted.visitor, &id).await?;
    let token: TokenId = token.parse().map_err(|_| PageError::NotFound)?;
    let within = Some(Binding::Side(own.side.id));
    revoke(&state.ctx, &posted.visitor.actor(), token, within, real_now()).await?;
    Ok(back(&own.address(), "revoked"))
}
