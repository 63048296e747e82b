//! API tokens, and what calls with an idempotency key made.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use diesel::prelude::*;

use super::conn::Conn;
use super::either::insert_once;
use super::error::StoreError;
use super::partnerships::Side;
use super::schema::{api_token, idempotency, side};
use super::types::at;
use crate::domain::access_token::{Binding, Scope};
use crate::domain::ids::TokenId;

/// A token as stored.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = api_token)]
pub struct ApiToken {
    /// Identifier; it stands in the token itself.
    pub id: TokenId,
    /// What it is for.
    pub name: String,
    /// Digest of the whole token.
    pub token_hash: String,
    scopes: String,
    bound_to: String,
    bound_id: Option<String>,
    /// Who made it.
    pub created_by: String,
    /// When it was made, UTC.
    pub created_at: NaiveDateTime,
    /// When it ends, UTC.
    pub expires_at: NaiveDateTime,
    /// When it was last used, UTC, to the minute.
    pub last_used_at: Option<NaiveDateTime>,
    /// When it was revoked, UTC.
    pub revoked_at: Option<NaiveDateTime>,
}

impl ApiToken {
    /// What it may do.
    pub fn scopes(&self) -> BTreeSet<Scope> {
        self.scopes.split(' ').filter_map(|word| word.parse().ok()).collect()
    }

    /// What it is bound to; `None` when the row cannot be read, which gives nothing.
    pub fn binding(&self) -> Option<Binding> {
        Binding::from_stored(&self.bound_to, self.bound_id.as_deref())
    }

    /// Whether it opens anything at `now`.
    pub fn is_good(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && now < self.expires_at.and_utc()
    }
}

/// A token to be stored.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// Identifier.
    pub id: TokenId,
    /// What it is for.
    pub name: String,
    /// Digest of the whole token.
    pub token_hash: String,
    /// What it may do.
    pub scopes: BTreeSet<Scope>,
    /// What it is bound to.
    pub binding: Binding,
    /// Who made it.
    pub created_by: String,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// Stores a new token.
pub fn insert(conn: &mut Conn, new: &NewToken, now: DateTime<Utc>) -> Result<(), StoreError> {
    let scopes: Vec<&str> = new.scopes.iter().map(|scope| scope.as_str()).collect();
    let (bound_to, bound_id) = new.binding.stored();
    diesel::insert_into(api_token::table)
        .values((
            api_token::id.eq(new.id.to_string()),
            api_token::name.eq(&new.name),
            api_token::token_hash.eq(&new.token_hash),
            api_token::scopes.eq(scopes.join(" ")),
            api_token::bound_to.eq(bound_to),
            api_token::bound_id.eq(bound_id),
            api_token::created_by.eq(&new.created_by),
            api_token::created_at.eq(at(now)),
            api_token::expires_at.eq(at(new.expires_at)),
        ))
        .execute(conn)?;
    Ok(())
}

/// The token with this identifier.
pub fn find(conn: &mut Conn, id: TokenId) -> Result<Option<ApiToken>, StoreError> {
    Ok(api_token::table.find(id.to_string()).select(ApiToken::as_select()).get_result(conn).optional()?)
}

/// A page of the tokens that reach no further than a binding, oldest first, after an identifier.
pub fn list(
    conn: &mut Conn,
    within: Binding,
    after: Option<TokenId>,
    limit: i64,
) -> Result<Vec<ApiToken>, StoreError> {
    let mut query = api_token::table.select(ApiToken::as_select()).into_boxed();
    if let Some(after) = after {
        query = query.filter(api_token::id.gt(after.to_string()));
    }
    let (word, id) = within.stored();
    let same = api_token::bound_to.eq(word).and(api_token::bound_id.eq(id));
    query = match within {
        Binding::Instance => query,
        Binding::Organisation(own) => {
            let sides = side::table.filter(side::organisation_id.eq(own.to_string()));
            let of_side = api_token::bound_id.eq_any(sides.select(side::id.nullable()));
            query.filter(same.or(api_token::bound_to.eq("side").and(of_side)))
        }
        Binding::Partnership(_) | Binding::Side(_) => query.filter(same),
    };
    Ok(query.order(api_token::id.asc()).limit(limit).load(conn)?)
}

/// The newest tokens, whatever they reach.
pub fn newest(conn: &mut Conn, limit: i64) -> Result<Vec<ApiToken>, StoreError> {
    let newest = api_token::table.select(ApiToken::as_select()).order(api_token::id.desc());
    Ok(newest.limit(limit).load(conn)?)
}

/// The newest tokens that speak for a side, its own and those of its organisation, and those of its whole partnership.
pub fn concerning(conn: &mut Conn, own: &Side, limit: i64) -> Result<Vec<ApiToken>, StoreError> {
    let of_side = api_token::bound_to.eq("side").and(api_token::bound_id.eq(own.id.to_string()));
    // An empty identifier is nobody's.
    let house = own.organisation_id.map(|id| id.to_string()).unwrap_or_default();
    let of_house = api_token::bound_to.eq("organisation").and(api_token::bound_id.eq(house));
    let of_partnership =
        api_token::bound_to.eq("partnership").and(api_token::bound_id.eq(own.partnership_id.to_string()));
    Ok(api_token::table
        .filter(of_side.or(of_house).or(of_partnership))
        .select(ApiToken::as_select())
        .order(api_token::id.desc())
        .limit(limit)
        .load(conn)?)
}

/// The tokens that a token made, good or not.
pub fn made_by(conn: &mut Conn, actor: &str) -> Result<Vec<TokenId>, StoreError> {
    let made = api_token::table.filter(api_token::created_by.eq(actor));
    Ok(made.select(api_token::id).order(api_token::id.asc()).load(conn)?)
}

/// Revokes a token; `false` when there is none, or it was revoked before.
pub fn revoke(conn: &mut Conn, id: TokenId, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let good = api_token::table.find(id.to_string()).filter(api_token::revoked_at.is_null());
    Ok(diesel::update(good).set(api_token::revoked_at.eq(at(now))).execute(conn)? == 1)
}

/// Notes that a token was used.
pub fn touch(conn: &mut Conn, id: TokenId, now: DateTime<Utc>) -> Result<(), StoreError> {
    diesel::update(api_token::table.find(id.to_string()))
        .set(api_token::last_used_at.eq(at(now)))
        .execute(conn)?;
    Ok(())
}

/// How long an idempotency key is remembered.
const REMEMBERED: TimeDelta = TimeDelta::hours(48);

/// A call that must have its effect only once.
#[derive(Clone, Debug)]
pub struct OnceKey {
    /// Digest of caller and key.
    pub key_hash: String,
    /// Digest of what was asked.
    pub request_digest: String,
}

/// What a call with an idempotency key finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Once {
    /// Nobody used the key before.
    First,
    /// The same call came before and made this.
    Again(String),
    /// The key was used for another call.
    Other,
}

/// Looks whether a call came before.
pub fn once(conn: &mut Conn, key: &OnceKey) -> Result<Once, StoreError> {
    let found: Option<(String, String)> = idempotency::table
        .find(&key.key_hash)
        .select((idempotency::request_digest, idempotency::made))
        .get_result(conn)
        .optional()?;
    Ok(match found {
        None => Once::First,
        Some((digest, made)) if digest == key.request_digest => Once::Again(made),
        Some(_) => Once::Other,
    })
}

/// Forgets calls that were remembered long enough at an instant.
pub fn forget_calls(conn: &mut Conn, now: DateTime<Utc>) -> Result<usize, StoreError> {
    let old = idempotency::table.filter(idempotency::created_at.lt(at(now - REMEMBERED)));
    Ok(diesel::delete(old).execute(conn)?)
}

/// Remembers what a call made, in the transaction of its effect; `false` when another call with this key was faster, and
/// then the effect must be rolled back.
pub fn remember(conn: &mut Conn, key: &OnceKey, made: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
    forget_calls(conn, now)?;
    insert_once!(
        conn,
        idempotency::table,
        (
            idempotency::key_hash.eq(&key.key_hash),
            idempotency::request_digest.eq(&key.request_digest),
            idempotency::made.eq(made),
            idempotency::created_at.eq(at(now)),
        )
    )
}
