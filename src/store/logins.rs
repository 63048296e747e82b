//! Sign-in requests and sessions. They live on the real clock; only digests of secrets are kept.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::conn::Conn;
use super::error::StoreError;
use super::schema::{login_request, session};
use super::types::at;
use crate::domain::ids::{LoginId, PersonId, SessionId};

/// A request to sign in.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = login_request)]
pub struct LoginRequest {
    /// Identifier.
    pub id: LoginId,
    /// Who asked.
    pub person_id: PersonId,
    /// What link and code are derived from; erased when used.
    pub salt: Option<String>,
    /// Digest of the code for another browser.
    pub code_hash: String,
    /// Digest of the cookie of the browser that asked.
    pub nonce_hash: String,
    /// Wrong codes so far.
    pub code_tries: i32,
    /// When the request ends, UTC.
    pub expires_at: NaiveDateTime,
    /// When it was used, UTC.
    pub used_at: Option<NaiveDateTime>,
}

/// A request to be stored.
#[derive(Clone, Debug)]
pub struct NewLogin {
    /// Identifier.
    pub id: LoginId,
    /// Who asked.
    pub person_id: PersonId,
    /// Random salt.
    pub salt: String,
    /// Digest of the link's secret.
    pub token_hash: String,
    /// Digest of the code.
    pub code_hash: String,
    /// Digest of the browser's cookie.
    pub nonce_hash: String,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// Stores a request.
pub fn insert(conn: &mut Conn, new: &NewLogin, now: DateTime<Utc>) -> Result<(), StoreError> {
    diesel::insert_into(login_request::table)
        .values((
            login_request::id.eq(new.id.to_string()),
            login_request::person_id.eq(new.person_id.to_string()),
            login_request::salt.eq(&new.salt),
            login_request::token_hash.eq(&new.token_hash),
            login_request::code_hash.eq(&new.code_hash),
            login_request::nonce_hash.eq(&new.nonce_hash),
            login_request::expires_at.eq(at(new.expires_at)),
            login_request::created_at.eq(at(now)),
        ))
        .execute(conn)?;
    Ok(())
}

/// How many requests were made for a person since an instant: in all, and by the browser with this nonce.
pub fn recent(
    conn: &mut Conn,
    person: PersonId,
    nonce_hash: &str,
    since: DateTime<Utc>,
) -> Result<(i64, i64), StoreError> {
    let nonces: Vec<String> = login_request::table
        .filter(login_request::person_id.eq(person.to_string()))
        .filter(login_request::created_at.gt(at(since)))
        .select(login_request::nonce_hash)
        .load(conn)?;
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    Ok((count(nonces.len()), count(nonces.iter().filter(|own| *own == nonce_hash).count())))
}

/// The browser that made a request, by the digest of its nonce.
pub fn browser(conn: &mut Conn, id: LoginId) -> Result<Option<String>, StoreError> {
    Ok(login_request::table
        .find(id.to_string())
        .select(login_request::nonce_hash)
        .get_result(conn)
        .optional()?)
}

/// The unused, unexpired request whose link has this digest.
pub fn by_token(
    conn: &mut Conn,
    token_hash: &str,
    now: DateTime<Utc>,
) -> Result<Option<LoginRequest>, StoreError> {
    Ok(login_request::table
        .filter(login_request::token_hash.eq(token_hash))
        .filter(login_request::used_at.is_null())
        .filter(login_request::expires_at.gt(at(now)))
        .select(LoginRequest::as_select())
        .get_result(conn)
        .optional()?)
}

/// The unused, unexpired request that this browser made last.
pub fn by_nonce(
    conn: &mut Conn,
    nonce_hash: &str,
    now: DateTime<Utc>,
) -> Result<Option<LoginRequest>, StoreError> {
    Ok(login_request::table
        .filter(login_request::nonce_hash.eq(nonce_hash))
        .filter(login_request::used_at.is_null())
        .filter(login_request::expires_at.gt(at(now)))
        .select(LoginRequest::as_select())
        .order(login_request::created_at.desc())
        .first(conn)
        .optional()?)
}

/// The salt of a request whose link a letter needs.
pub fn salt(conn: &mut Conn, id: LoginId) -> Result<Option<String>, StoreError> {
    let salt: Option<Option<String>> =
        login_request::table.find(id.to_string()).select(login_request::salt).get_result(conn).optional()?;
    Ok(salt.flatten())
}

/// Uses a request up: `false` when somebody was first.
pub fn consume(conn: &mut Conn, id: LoginId, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let unused = login_request::table
        .filter(login_request::id.eq(id.to_string()))
        .filter(login_request::used_at.is_null());
    let changed = diesel::update(unused)
        .set((login_request::used_at.eq(at(now)), login_request::salt.eq(None::<String>)))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Counts a wrong code.
pub fn count_try(conn: &mut Conn, id: LoginId) -> Result<(), StoreError> {
    diesel::update(login_request::table.find(id.to_string()))
        .set(login_request::code_tries.eq(login_request::code_tries + 1))
        .execute(conn)?;
    Ok(())
}

/// A session as stored.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = session)]
pub struct Session {
    /// Identifier, safe to show.
    pub id: SessionId,
    /// Whose it is.
    pub person_id: PersonId,
    /// What the browser called itself, shortened.
    pub device: String,
    /// Start, UTC.
    pub created_at: NaiveDateTime,
    /// Last use, UTC, to the minute or so.
    pub seen_at: NaiveDateTime,
    /// Absolute end, UTC.
    pub expires_at: NaiveDateTime,
}

/// Opens a session.
pub fn open_session(
    conn: &mut Conn,
    person: PersonId,
    token_hash: &str,
    device: &str,
    expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<SessionId, StoreError> {
    let id = SessionId::mint_random();
    diesel::insert_into(session::table)
        .values((
            session::id.eq(id.to_string()),
            session::person_id.eq(person.to_string()),
            session::token_hash.eq(token_hash),
            session::device.eq(device),
            session::created_at.eq(at(now)),
            session::seen_at.eq(at(now)),
            session::expires_at.eq(at(expires_at)),
        ))
        .execute(conn)?;
    Ok(id)
}

/// The session behind a cookie if it is neither expired nor idle since `idle_since`.
pub fn session(
    conn: &mut Conn,
    token_hash: &str,
    now: DateTime<Utc>,
    idle_since: DateTime<Utc>,
) -> Result<Option<Session>, StoreError> {
    Ok(session::table
        .filter(session::token_hash.eq(token_hash))
        .filter(session::expires_at.gt(at(now)))
        .filter(session::seen_at.gt(at(idle_since)))
        .select(Session::as_select())
        .get_result(conn)
        .optional()?)
}

/// Notes that a session is in use.
pub fn touch(conn: &mut Conn, id: SessionId, now: DateTime<Utc>) -> Result<(), StoreError> {
    diesel::update(session::table.find(id.to_string())).set(session::seen_at.eq(at(now))).execute(conn)?;
    Ok(())
}

/// A person's sessions, the latest used first.
pub fn sessions_of(
    conn: &mut Conn,
    person: PersonId,
    now: DateTime<Utc>,
) -> Result<Vec<Session>, StoreError> {
    Ok(session::table
        .filter(session::person_id.eq(person.to_string()))
        .filter(session::expires_at.gt(at(now)))
        .select(Session::as_select())
        .order(session::seen_at.desc())
        .load(conn)?)
}

/// Ends one of a person's sessions; `false` when it is not theirs.
pub fn end_session(conn: &mut Conn, person: PersonId, id: SessionId) -> Result<bool, StoreError> {
    let own = session::table
        .filter(session::id.eq(id.to_string()))
        .filter(session::person_id.eq(person.to_string()));
    Ok(diesel::delete(own).execute(conn)? == 1)
}

/// Ends all sessions of a person, and the sign-in requests that are still open.
pub fn end_all(conn: &mut Conn, person: PersonId, now: DateTime<Utc>) -> Result<(), StoreError> {
    let key = person.to_string();
    diesel::delete(session::table.filter(session::person_id.eq(&key))).execute(conn)?;
    let open = login_request::table
        .filter(login_request::person_id.eq(&key))
        .filter(login_request::used_at.is_null());
    diesel::update(open)
        .set((login_request::used_at.eq(at(now)), login_request::salt.eq(None::<String>)))
        .execute(conn)?;
    Ok(())
}

/// Forgets requests and sessions that ended before an instant.
pub fn forget(conn: &mut Conn, before: DateTime<Utc>) -> Result<usize, StoreError> {
    let requests = diesel::delete(login_request::table.filter(login_request::expires_at.lt(at(before))))
        .execute(conn)?;
    let sessions = diesel::delete(session::table.filter(session::expires_at.lt(at(before)))).execute(conn)?;
    Ok(requests + sessions)
}
