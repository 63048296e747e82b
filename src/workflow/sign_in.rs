//! Sign-in by mail link, and sessions.
//!
//! A link is consumed only by a POST in the browser that asked, which a cookie proves; elsewhere it shows a code to type
//! there. The answer to a request is the same whether the address is known or not, and it does not wait for the work that
//! only a known address makes (the page asks after it has answered). All of it runs on the real clock.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Context, Refusal};
use crate::domain::ids::{LoginId, PersonId, SessionId};
use crate::domain::partnership::EmailAddress;
use crate::secrets;
use crate::store::logins::{self, LoginRequest, NewLogin, Session};
use crate::store::outbox::notices::{self, NewNotice};
use crate::store::{Conn, StoreError, meta, people};

/// How long a link is good for, in minutes.
pub const VALID_MINUTES: i64 = 15;
const IDLE: TimeDelta = TimeDelta::hours(8);
const ABSOLUTE: TimeDelta = TimeDelta::days(7);
/// Requests of one browser for one person in a quarter hour that lead to a mail; more send nothing.
const REQUESTS_OF_A_BROWSER: i64 = 5;
/// Requests of all browsers for one person in a quarter hour that lead to a mail. Generous, so that a stranger who asks
/// for somebody does not lock them out; whoever calls limits what one client may ask for.
const REQUESTS_FOR_A_PERSON: i64 = 40;
const CODE_TRIES: i32 = 5;

/// The value for a browser's nonce cookie: its own, if it has asked before, or a fresh one.
///
/// A browser that keeps its nonce may finish with any of the links it asked for.
pub fn nonce(own: Option<String>) -> String {
    let fresh = secrets::random_token();
    let of_ours = |own: &String| own.len() == fresh.len() && own.bytes().all(|b| b.is_ascii_alphanumeric());
    own.filter(of_ours).unwrap_or(fresh)
}

/// Asks for a link for the browser with this nonce.
///
/// Takes longer for a known address than for an unknown one, because only the known one is written down: whoever asked
/// must have been answered before, or must not be told when this is done.
pub async fn request(
    ctx: &Context,
    email: &EmailAddress,
    nonce: &str,
    real_now: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let key = email.key();
    let nonce_hash = secrets::digest(nonce);
    let salt = secrets::random_token();
    let (token_hash, code_hash) =
        (secrets::digest(ctx.key.login_token(&salt)), secrets::digest(ctx.key.login_code(&salt)));
    ctx.store
        .write_tx(move |conn| -> Result<(), StoreError> {
            let Some(person) = people::find_by_email(conn, &key)? else { return Ok(()) };
            let since = real_now - TimeDelta::minutes(VALID_MINUTES);
            let (of_all, of_browser) = logins::recent(conn, person.id, &nonce_hash, since)?;
            if of_browser >= REQUESTS_OF_A_BROWSER || of_all >= REQUESTS_FOR_A_PERSON {
                return Ok(());
            }
            let expires_at = real_now + TimeDelta::minutes(VALID_MINUTES);
            let id = LoginId::mint_random();
            let person_id = person.id;
            let new = NewLogin { id, person_id, salt, token_hash, code_hash, nonce_hash, expires_at };
            logins::insert(conn, &new, real_now)?;
            let notice = NewNotice {
                natural_key: format!("login:{id}"),
                kind: "login",
                person_id,
                cycle_id: None,
                reference: id.to_string(),
                due_at: now,
                not_after: now + TimeDelta::minutes(VALID_MINUTES),
            };
            notices::insert(conn, &notice, now)?;
            Ok(())
        })
        .await?;
    Ok(())
}

/// What following a link leads to. Looking changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Followed {
    /// This browser asked, or the link was made on the command line: a button finishes.
    Here {
        /// When the link ends.
        until: DateTime<Utc>,
    },
    /// Another browser asked: this code is to be typed there.
    Elsewhere {
        /// The code.
        code: String,
        /// When it ends.
        until: DateTime<Utc>,
    },
    /// Unknown, used or expired.
    Nowhere,
}

/// Whether this browser may finish: it asked, or nobody did, because the link was made on the command line.
fn may_finish(request: &LoginRequest, nonce: Option<&str>) -> bool {
    request.nonce_hash.is_empty()
        || nonce.is_some_and(|n| secrets::same(&secrets::digest(n), &request.nonce_hash))
}

/// Looks at a link.
pub async fn follow(
    ctx: &Context,
    token: &str,
    nonce: Option<&str>,
    real_now: DateTime<Utc>,
) -> Result<Followed, Refusal> {
    let hash = secrets::digest(token);
    let found = ctx.store.read(move |conn| logins::by_token(conn, &hash, real_now)).await?;
    let Some(request) = found else { return Ok(Followed::Nowhere) };
    let until = request.expires_at.and_utc();
    if may_finish(&request, nonce) {
        return Ok(Followed::Here { until });
    }
    let code = request.salt.map(|salt| ctx.key.login_code(&salt));
    Ok(code.map_or(Followed::Nowhere, |code| Followed::Elsewhere { code, until }))
}

/// A fresh session: the cookie's value and whose it is.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The cookie's value, told once.
    pub token: String,
    /// Who signed in.
    pub person_id: PersonId,
}

/// Finishes a sign-in in the browser that asked.
pub async fn finish(
    ctx: &Context,
    token: &str,
    nonce: Option<&str>,
    device: &str,
    real_now: DateTime<Utc>,
) -> Result<Opened, Refusal> {
    let (hash, device) = (secrets::digest(token), device.to_owned());
    let nonce = nonce.map(str::to_owned);
    ctx.store
        .write_tx(move |conn| {
            let request = logins::by_token(conn, &hash, real_now)?.ok_or(Refusal::NotFound)?;
            if !may_finish(&request, nonce.as_deref()) || !logins::consume(conn, request.id, real_now)? {
                return Err(Refusal::NotFound);
            }
            open_session(conn, &request, &device, real_now)
        })
        .await
}

/// Opens a session for whoever follows a link, as often as they like: the demo only, where nothing is at stake.
pub async fn open_in_demo(
    ctx: &Context,
    token: &str,
    device: &str,
    real_now: DateTime<Utc>,
) -> Result<Opened, Refusal> {
    let (hash, device) = (secrets::digest(token), device.to_owned());
    ctx.store
        .write_tx(move |conn| {
            let request = logins::by_token(conn, &hash, real_now)?.ok_or(Refusal::NotFound)?;
            open_session(conn, &request, &device, real_now)
        })
        .await
}

/// Finishes a sign-in with the code that the link showed in another browser.
pub async fn finish_with_code(
    ctx: &Context,
    code: &str,
    nonce: &str,
    device: &str,
    real_now: DateTime<Utc>,
) -> Result<Opened, Refusal> {
    let digits: String = code.chars().filter(char::is_ascii_digit).collect();
    let (nonce_hash, device) = (secrets::digest(nonce), device.to_owned());
    let outcome = ctx
        .store
        .write_tx(move |conn| -> Result<Option<Opened>, Refusal> {
            let request = logins::by_nonce(conn, &nonce_hash, real_now)?.ok_or(Refusal::NotFound)?;
            if request.code_tries >= CODE_TRIES {
                return Err(Refusal::State(
                    "That was one wrong code too many. Ask for a new link.".to_owned(),
                ));
            }
            if !secrets::same(&secrets::digest(&digits), &request.code_hash) {
                // Committed, so that guessing ends.
                logins::count_try(conn, request.id)?;
                return Ok(None);
            }
            if !logins::consume(conn, request.id, real_now)? {
                return Err(Refusal::NotFound);
            }
            open_session(conn, &request, &device, real_now).map(Some)
        })
        .await?;
    outcome.ok_or_else(|| {
        Refusal::field("code", "That code does not fit. Look at the page with the code again.")
    })
}

/// A one-time request for the command line: gives the link's secret.
pub async fn one_time_token(
    ctx: &Context,
    person_id: PersonId,
    valid: TimeDelta,
    real_now: DateTime<Utc>,
) -> Result<String, Refusal> {
    let salt = secrets::random_token();
    let token = ctx.key.login_token(&salt);
    let new = NewLogin {
        id: LoginId::mint_random(),
        person_id,
        token_hash: secrets::digest(&token),
        code_hash: secrets::digest(ctx.key.login_code(&salt)),
        // No browser asked: whoever holds the token finishes.
        nonce_hash: String::new(),
        salt,
        expires_at: real_now + valid,
    };
    ctx.store.write_tx(move |conn| logins::insert(conn, &new, real_now)).await?;
    Ok(token)
}

fn open_session(
    conn: &mut Conn,
    request: &LoginRequest,
    device: &str,
    now: DateTime<Utc>,
) -> Result<Opened, Refusal> {
    let token = secrets::random_token();
    let device: String = device.chars().filter(|c| !c.is_control()).take(120).collect();
    let session = logins::open_session(
        conn,
        request.person_id,
        &secrets::digest(&token),
        &device,
        now + ABSOLUTE,
        now,
    )?;
    meta::audit(conn, &request.person_id.to_string(), "session opened", &session.to_string(), now)?;
    Ok(Opened { token, person_id: request.person_id })
}

/// The session behind a cookie, if it is alive.
pub async fn session(
    ctx: &Context,
    token: &str,
    real_now: DateTime<Utc>,
) -> Result<Option<Session>, Refusal> {
    let hash = secrets::digest(token);
    let found = ctx.store.look(move |conn| logins::session(conn, &hash, real_now, real_now - IDLE)).await?;
    let Some(session) = found else { return Ok(None) };
    // Written at most once a minute: reading a page must not be a write.
    if real_now - session.seen_at.and_utc() > TimeDelta::minutes(1) {
        let id = session.id;
        super::if_there_is_room(ctx.store.write_tx(move |conn| logins::touch(conn, id, real_now)).await)?;
    }
    Ok(Some(session))
}

/// Ends one of a person's sessions.
pub async fn end_session(
    ctx: &Context,
    person: PersonId,
    id: SessionId,
    real_now: DateTime<Utc>,
) -> Result<(), Refusal> {
    ctx.store
        .write_tx(move |conn| {
            if !logins::end_session(conn, person, id)? {
                return Err(Refusal::NotFound);
            }
            meta::audit(conn, &person.to_string(), "session ended", &id.to_string(), real_now)?;
            Ok(())
        })
        .await
}

/// A person's sessions that are alive, the latest used first.
pub async fn sessions(
    ctx: &Context,
    person: PersonId,
    real_now: DateTime<Utc>,
) -> Result<Vec<Session>, Refusal> {
    let mut found = ctx.store.read(move |conn| logins::sessions_of(conn, person, real_now)).await?;
    found.retain(|session| session.seen_at.and_utc() > real_now - IDLE);
    Ok(found)
}

/// Ends all of a person's sessions but one.
pub async fn end_other_sessions(
    ctx: &Context,
    person: PersonId,
    kept: SessionId,
    real_now: DateTime<Utc>,
) -> Result<(), Refusal> {
    ctx.store
        .write_tx(move |conn| -> Result<(), StoreError> {
            for session in logins::sessions_of(conn, person, real_now)? {
                if session.id != kept && logins::end_session(conn, person, session.id)? {
                    meta::audit(
                        conn,
                        &person.to_string(),
                        "session ended",
                        &session.id.to_string(),
                        real_now,
                    )?;
                }
            }
            Ok(())
        })
        .await
        .map_err(Refusal::from)
}
