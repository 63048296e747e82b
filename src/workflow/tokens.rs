//! Access for programs: making, recognising and revoking API tokens.
//!
//! Laws: a token that another one made does no more, reaches no further and lives no longer than that one; it ends with it.
//! Nobody gets a token that speaks for a side without the side hearing of it: the log of its partnership names it, its managers
//! see and revoke it on a page of their own, and get a letter when somebody else made it; of a token for the whole partnership the
//! managers of all its sides hear so. Of all people only a manager makes a token that reads answers or comments, for the own side.
//!
//! A token is `ek_<id>_<secret><check>`: the identifier finds the row, the secret of 256 bits proves it, and the check of six
//! characters tells a mistyped token from a wrong one before the database is asked. Tokens live on the real clock.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::own_act::OwnAct;
use super::proposals::{Speaker, managers_of_others};
use super::set_up::Fields;
use super::tell_person::tell_person;
use super::{Context, Refusal};
use crate::domain::access_token::{Binding, Scope, check_days, check_scopes};
use crate::domain::ids::{PartnershipId, PersonId, SideId, TokenId};
use crate::domain::partnership::clean_name;
use crate::secrets;
use crate::store::partnerships::{self, Side};
use crate::store::tokens::{self, ApiToken, NewToken};
use crate::store::{Conn, StoreError, meta, reach};

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
    /// A token that makes another one and is its limit. `None`: an administrator, or a manager for the own side.
    pub token: Option<TokenId>,
}

const NOT_A_MANAGER: &str = "Only a manager of a side makes a token that reads answers or comments, for that side, on the page of \
                             the partnership’s tokens.";

/// A token as the audit log, and the tokens that it makes, name it.
pub fn actor_of(id: TokenId) -> String {
    format!("token {id}")
}

/// The token that an actor is, if it is one.
pub(super) fn token_of(actor: &str) -> Option<TokenId> {
    actor.strip_prefix("token ")?.parse().ok()
}

/// Whether an actor is a token that speaks for a side.
pub(super) fn is_program_of(conn: &mut Conn, actor: &str, side: SideId) -> Result<bool, StoreError> {
    let Some(id) = token_of(actor) else { return Ok(false) };
    let binding = tokens::find(conn, id)?.and_then(|own| own.binding());
    speaks_for(conn, binding, side)
}

/// Makes a token; its text is given once and never stored. `now` is the instant of letters, which may be a simulated one.
pub async fn create(
    ctx: &Context,
    giver: Giver,
    input: TokenInput,
    now: DateTime<Utc>,
    real_now: DateTime<Utc>,
) -> Result<(TokenId, String), Refusal> {
    make(ctx, giver, None, input, (now, real_now)).await
}

/// The same by a manager for the own side; what the input is bound to is that side, whatever it says.
///
/// # Errors
/// Not found when the speaker speaks for no side.
pub async fn create_for_side(
    ctx: &Context,
    speaker: Speaker,
    input: TokenInput,
    now: DateTime<Utc>,
    real_now: DateTime<Utc>,
) -> Result<(TokenId, String), Refusal> {
    let side = speaker.side.ok_or(Refusal::NotFound)?;
    let input = TokenInput { binding: Binding::Side(side), ..input };
    make(ctx, Giver { actor: speaker.actor, token: None }, Some(side), input, (now, real_now)).await
}

/// `own`: the side for which its manager makes the token; of other sides that it speaks for the managers are told.
async fn make(
    ctx: &Context,
    giver: Giver,
    own: Option<SideId>,
    input: TokenInput,
    (now, real_now): (DateTime<Utc>, DateTime<Utc>),
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
            let limit = limit.map(|(_, own)| own);
            check_binding(conn, limit, new.binding)?;
            check_voices(conn, &giver, own, &new)?;
            tokens::insert(conn, &new, real_now)?;
            meta::audit(conn, &giver.actor, "token made", &new.id.to_string(), real_now)?;
            let objects = concerned(conn, new.binding)?;
            meta::audit_all(conn, &giver.actor, "token made for it", &objects, real_now)?;
            for side in reach::sides_spoken_for(conn, new.binding)? {
                if own != Some(side.id) && !speaks_for(conn, limit, side.id)? {
                    tell_managers(conn, &giver.actor, &side, id, now)?;
                }
            }
            if let Binding::Partnership(of) = new.binding
                && limit != Some(new.binding)
            {
                tell_all_sides(conn, &giver.actor, of, id, now)?;
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

/// What people said is read by a token that a person makes only where that person manages the side it is bound to. Whoever runs
/// the server, at its command line, is nobody whom this could stop.
fn check_voices(conn: &mut Conn, giver: &Giver, own: Option<SideId>, new: &NewToken) -> Result<(), Refusal> {
    if !new.scopes.iter().any(|scope| scope.is_of_voices()) {
        return Ok(());
    }
    let maker = first_maker(conn, giver.actor.clone())?;
    let person = maker.parse::<PersonId>().ok();
    let as_manager = own.is_some() || giver.token.is_some();
    let may = match (person, new.binding) {
        // One whose maker is gone may have begun with anybody.
        (None, _) => token_of(&maker).is_none(),
        (Some(person), Binding::Side(side)) if as_manager => partnerships::memberships(conn, person)?
            .iter()
            .any(|member| member.manager && member.side_id == Some(side)),
        (Some(_), _) => false,
    };
    if may { Ok(()) } else { Err(Refusal::field("scopes", NOT_A_MANAGER)) }
}

/// Whoever stands at the beginning of the tokens that made one another.
pub(super) fn first_maker(conn: &mut Conn, mut actor: String) -> Result<String, StoreError> {
    while let Some(id) = token_of(&actor) {
        let Some(found) = tokens::find(conn, id)? else { break };
        actor = found.created_by;
    }
    Ok(actor)
}

/// The token behind a text, if it is good; its use is noted, at most once a minute.
pub async fn recognise(
    ctx: &Context,
    text: &str,
    real_now: DateTime<Utc>,
) -> Result<Option<ApiToken>, StoreError> {
    let Some(id) = secrets::api_token_id(text) else { return Ok(None) };
    let id = TokenId::from_bytes(id);
    let found = ctx.store.look(move |conn| tokens::find(conn, id)).await?;
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
                    let binding = tokens::find(conn, id)?.and_then(|own| own.binding());
                    let objects = binding.map(|own| concerned(conn, own)).transpose()?.unwrap_or_default();
                    meta::audit_all(conn, &actor, "token revoked for it", &objects, real_now)?;
                }
                // One that ended before may have made some, too; none is made meanwhile, because deciding takes turns.
                line.extend(tokens::made_by(conn, &actor_of(id))?);
            }
            Ok(())
        })
        .await
}

/// In whose logs the making and the end of a token are found by those whom it concerns: the partnership that it reaches, or the
/// organisation and the partnerships in which it speaks for a side.
fn concerned(conn: &mut Conn, binding: Binding) -> Result<Vec<String>, StoreError> {
    let mut objects = match binding {
        Binding::Instance | Binding::Side(_) => Vec::new(),
        Binding::Organisation(id) => vec![id.to_string()],
        Binding::Partnership(id) => vec![id.to_string()],
    };
    let sides = reach::sides_spoken_for(conn, binding)?;
    objects.extend(sides.iter().map(|own| own.partnership_id.to_string()));
    objects.dedup();
    Ok(objects)
}

/// Whether a token speaks for a side. One of the whole instance speaks for none.
fn speaks_for(conn: &mut Conn, binding: Option<Binding>, side: SideId) -> Result<bool, StoreError> {
    match binding {
        None | Some(Binding::Instance | Binding::Partnership(_)) => Ok(false),
        own => reach::is_within(conn, own, Binding::Side(side)),
    }
}

/// Tells the managers of a side that somebody else made a token that speaks for it.
fn tell_managers(
    conn: &mut Conn,
    actor: &str,
    side: &Side,
    token: TokenId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let mark = format!("token:{token}:{}", side.id);
    for (member, person) in partnerships::managers(conn, side.partnership_id)? {
        if member.side_id == Some(side.id) && person.id.to_string() != actor {
            let about = (Some(side.partnership_id), actor, mark.as_str());
            tell_person(conn, person.id, about, OwnAct::TokenMade { side: side.id, token }, now)?;
        }
    }
    Ok(())
}

/// Tells the managers of all sides that somebody else made a token for their partnership, which speaks for none of them.
fn tell_all_sides(
    conn: &mut Conn,
    actor: &str,
    id: PartnershipId,
    token: TokenId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let mark = format!("token:{token}");
    for person in managers_of_others(conn, id, None)? {
        if person.to_string() != actor {
            let about = (Some(id), actor, mark.as_str());
            tell_person(conn, person, about, OwnAct::PartnershipTokenMade(token), now)?;
        }
    }
    Ok(())
}
