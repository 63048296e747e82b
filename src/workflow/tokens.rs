//! Access for programs: making, recognising and revoking API tokens.
//!
//! Law: a token that another one made does no more, reaches no further and lives no longer than that one; it ends with it.
//!
//! A token is `ek_<id>_<secret><check>`: the identifier finds the row, the secret of 256 bits proves it, and the check of six
//! characters tells a mistyped token from a wrong one before the database is asked. Tokens live on the real clock.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::set_up::Fields;
use super::{Context, Refusal};
use crate::domain::access_token::{Binding, Scope, check_days, check_scopes};
use crate::domain::ids::TokenId;
use crate::domain::partnership::clean_name;
use crate::secrets;
use crate::store::tokens::{self, ApiToken, NewToken};
use crate::store::{Conn, StoreError, meta, reach, vacancies};

/// A token as asked for.
#[derive(Clone, Debug)]
pub struct TokenInput {
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub scopes: BTreeSet<Scope>,
    /// What it is bound to.
    pub binding: Binding,
    /// Days it lives, at most to the end of the token that makes it; 90 when left out.
    pub days: Option<i64>,
}

/// Who makes a token.
#[derive(Clone, Debug)]
pub struct Giver {
    /// As the audit log names it.
    pub actor: String,
    /// A token that makes another one and is its limit. `None`: an administrator.
    pub token: Option<TokenId>,
}

/// A token as the audit log, and the tokens that it makes, name it.
pub fn actor_of(id: TokenId) -> String {
    format!("token {id}")
}

/// Makes a token; its text is given once and never stored.
pub async fn create(
    ctx: &Context,
    giver: Giver,
    input: TokenInput,
    real_now: DateTime<Utc>,
) -> Result<(TokenId, String), Refusal> {
    let mut fields = Fields::default();
    let name = fields.take("name", clean_name(&input.name));
    let days = fields.take("days", check_days(input.days));
    fields.take("scopes", check_scopes(&input.scopes, None));
    let (Some(name), Some(days)) = (name, days) else { return Err(fields.refused()) };
    fields.finish()?;
    let id = TokenId::mint(real_now);
    let text = secrets::api_token(id.uuid().as_bytes());
    let mut new = NewToken {
        id,
        name,
        token_hash: secrets::digest(&text),
        scopes: input.scopes,
        binding: input.binding,
        created_by: giver.actor.clone(),
        expires_at: real_now + TimeDelta::days(i64::from(days)),
    };
    ctx.store
        .decide(move |conn| {
            let limit = giver.token.map(|own| good(conn, own, real_now)).transpose()?;
            if let Some((own, _)) = &limit {
                let scopes = check_scopes(&new.scopes, Some(&own.scopes()));
                scopes.map_err(|e| Refusal::field("scopes", e))?;
                new.expires_at = new.expires_at.min(own.expires_at.and_utc());
            }
            check_binding(conn, limit.map(|(_, own)| own), new.binding)?;
            tokens::insert(conn, &new, real_now)?;
            meta::audit(conn, &giver.actor, "token made", &new.id.to_string(), real_now)?;
            if let Some(object) = spoken_for(conn, new.binding)? {
                meta::audit(conn, &giver.actor, "token made for it", &object, real_now)?;
            }
            Ok::<_, Refusal>(())
        })
        .await?;
    Ok((id, text))
}

/// The token that makes another one, with its binding, if it is still good.
fn good(conn: &mut Conn, id: TokenId, real_now: DateTime<Utc>) -> Result<(ApiToken, Binding), Refusal> {
    let found = tokens::find(conn, id)?.filter(|own| own.is_good(real_now));
    found.and_then(|own| own.binding().map(|binding| (own, binding))).ok_or(Refusal::NotFound)
}

/// What a token is bound to must be there, and within what its giver is bound to.
fn check_binding(conn: &mut Conn, giver: Option<Binding>, wanted: Binding) -> Result<(), Refusal> {
    if !reach::is_there(conn, wanted)? {
        return Err(Refusal::field("binding", "There is nothing with this identifier to bind the token to."));
    }
    if giver.is_some_and(|own| own != wanted) && !reach::is_within(conn, giver, wanted)? {
        return Err(Refusal::field("binding", "There is nothing with this identifier to bind the token to."));
    }
    Ok(())
}

/// The token behind a text, if it is good; its use is noted, at most once a minute.
pub async fn recognise(
    ctx: &Context,
    text: &str,
    real_now: DateTime<Utc>,
) -> Result<Option<ApiToken>, StoreError> {
    let Some(id) = secrets::api_token_id(text) else { return Ok(None) };
    let id = TokenId::from_bytes(id);
    let found = ctx.store.read(move |conn| tokens::find(conn, id)).await?;
    let presented = secrets::digest(text);
    let Some(token) = found.filter(|own| secrets::same(&own.token_hash, &presented) && own.is_good(real_now))
    else {
        return Ok(None);
    };
    let stale = token.last_used_at.is_none_or(|t| real_now - t.and_utc() >= TimeDelta::minutes(1));
    if stale {
        super::if_there_is_room(ctx.store.decide(move |conn| tokens::touch(conn, id, real_now)).await)?;
    }
    Ok(Some(token))
}

/// Revokes a token at once, and every token that it made, and those that they made. `within`: only a token of exactly this
/// reach or narrower.
pub async fn revoke(
    ctx: &Context,
    actor: &str,
    id: TokenId,
    within: Option<Binding>,
    real_now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let actor = actor.to_owned();
    ctx.store
        .decide(move |conn| {
            let token = tokens::find(conn, id)?.ok_or(Refusal::NotFound)?;
            let reaches = match (within, token.binding()) {
                (None, _) => true,
                (Some(own), Some(other)) => own == other || reach::is_within(conn, Some(own), other)?,
                (Some(_), None) => false,
            };
            if !reaches {
                return Err(Refusal::NotFound);
            }
            let mut line = vec![id];
            while let Some(id) = line.pop() {
                if tokens::revoke(conn, id, real_now)? {
                    meta::audit(conn, &actor, "token revoked", &id.to_string(), real_now)?;
                }
                // One that ended before may have made some, too; none is made meanwhile, because deciding takes turns.
                line.extend(tokens::made_by(conn, &actor_of(id))?);
            }
            Ok(())
        })
        .await
}

/// In whose log the making of a token is found by those for whom it speaks: that of the partnership or the organisation.
fn spoken_for(conn: &mut Conn, binding: Binding) -> Result<Option<String>, StoreError> {
    Ok(match binding {
        Binding::Instance => None,
        Binding::Organisation(id) => Some(id.to_string()),
        Binding::Partnership(id) => Some(id.to_string()),
        Binding::Side(id) => vacancies::side(conn, id)?.map(|own| own.partnership_id.to_string()),
    })
}
