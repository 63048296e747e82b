//! One call: who makes it, and what it brings. Every handler asks [`Call`] for its scope before it reads anything else, so
//! that a stranger learns nothing from the order of errors.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::str::FromStr;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, web};
use futures_core::stream::Stream as _;
use serde::de::DeserializeOwned;

use super::limit::Limits;
use super::problem::ApiError;
use super::sentences::plain;
use super::strict::Strict;
use crate::clock::real_now;
use crate::domain::access_token::{Binding, Scope};
use crate::domain::ids::{PartnershipId, SideId, TokenId};
use crate::secrets;
use crate::store::tokens::OnceKey;
use crate::store::{Conn, StoreError, revisions};
use crate::web::State;
use crate::workflow::tokens;

/// Longest JSON body in bytes.
pub const JSON_LIMIT: usize = 64 * 1024;
/// Longest file of people or partnerships in bytes.
pub const FILE_LIMIT: usize = 2 * 1024 * 1024;
/// A body that takes longer than this is given up.
const BODY_TIME: Duration = Duration::from_secs(20);

/// A request before it is known who sends it; calls behind a survey link stop here.
pub struct Intake {
    /// What handlers work with.
    pub state: web::Data<State>,
    /// The request.
    pub request: HttpRequest,
    payload: Payload,
}

impl Intake {
    /// An identifier in the address; a text that is none is an address at which there is nothing.
    pub fn id<T: FromStr>(&self, name: &str) -> Result<T, ApiError> {
        self.request.match_info().get(name).and_then(|text| text.parse().ok()).ok_or(ApiError::NotFound)
    }

    /// A text in the address.
    pub fn text(&self, name: &str) -> Result<String, ApiError> {
        self.request.match_info().get(name).map(str::to_owned).ok_or(ApiError::NotFound)
    }

    /// The query parameters; unknown and repeated ones are refused by name.
    pub fn query<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        let pairs: Vec<(String, String)> =
            url::form_urlencoded::parse(self.request.query_string().as_bytes()).into_owned().collect();
        let mut known = serde_json::Map::new();
        for (name, value) in pairs {
            if known.insert(name.clone(), value.into()).is_some() {
                return Err(ApiError::field(&name, "This parameter may be given once."));
            }
        }
        let deserialized = serde_path_to_error::deserialize(serde_json::Value::Object(known));
        deserialized.map_err(|error| {
            let path = error.path().to_string();
            ApiError::field(if path == "." { "query" } else { &path }, plain(&error.into_inner()))
        })
    }

    /// The body as JSON of a known shape.
    pub async fn json<T: DeserializeOwned>(&mut self) -> Result<T, ApiError> {
        let body = self.bytes(&["application/json"], "application/json", JSON_LIMIT).await?;
        read_json(&body)
    }

    /// The same where everything in the body may be left out: no body at all is an empty one.
    pub async fn json_or_nothing<T: DeserializeOwned + Default>(&mut self) -> Result<T, ApiError> {
        let reading = collect(&mut self.payload, JSON_LIMIT);
        let body = tokio::time::timeout(BODY_TIME, reading).await.map_err(|_| ApiError::Slow)??;
        match self.media_type().as_str() {
            _ if body.is_empty() => Ok(T::default()),
            "application/json" => read_json(&body),
            _ => Err(ApiError::UnsupportedType("application/json")),
        }
    }

    /// The body of one of these media types.
    pub async fn bytes(
        &mut self,
        types: &[&str],
        named: &'static str,
        limit: usize,
    ) -> Result<Vec<u8>, ApiError> {
        if !types.contains(&self.media_type().as_str()) {
            return Err(ApiError::UnsupportedType(named));
        }
        let reading = collect(&mut self.payload, limit);
        tokio::time::timeout(BODY_TIME, reading).await.map_err(|_| ApiError::Slow)?
    }

    /// The media type of the body in lower case, without its parameters.
    pub fn media_type(&self) -> String {
        let given = self.request.headers().get(header::CONTENT_TYPE);
        let whole = given.and_then(|value| value.to_str().ok()).unwrap_or_default();
        whole.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// A header on which the effect depends: given once and readable, or not at all.
    fn decisive(&self, name: &str) -> Result<Option<&str>, ApiError> {
        let mut given = self.request.headers().get_all(name);
        let Some(value) = given.next() else { return Ok(None) };
        if given.next().is_some() {
            return Err(ApiError::field(name, "This header may be given once."));
        }
        let unreadable = |_| ApiError::field(name, "This header must be visible ASCII characters.");
        value.to_str().map(Some).map_err(unreadable)
    }

    /// The versions that `If-Match` allows; `None` when every version is meant.
    pub fn expected(&self) -> Result<Option<Vec<String>>, ApiError> {
        let Some(text) = self.decisive("If-Match")?.map(str::trim) else { return Ok(None) };
        let tags = || text.split(',').map(|tag| tag.trim().trim_matches('"').to_owned()).collect();
        Ok((text != "*").then(tags))
    }
}

async fn collect(payload: &mut Payload, limit: usize) -> Result<Vec<u8>, ApiError> {
    let mut body = Vec::new();
    loop {
        match std::future::poll_fn(|cx| Pin::new(&mut *payload).poll_next(cx)).await {
            None => return Ok(body),
            Some(Ok(chunk)) if body.len() + chunk.len() <= limit => body.extend_from_slice(&chunk),
            Some(Ok(_)) => return Err(ApiError::TooLarge(limit)),
            Some(Err(_)) => return Err(ApiError::Malformed("The body broke off half-way.".to_owned())),
        }
    }
}

/// Reads JSON: what is no JSON is malformed; what is JSON of another shape is told by its path.
pub fn read_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(Strict(&mut reader)).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        if inner.is_data() {
            return ApiError::field(if path == "." { "body" } else { &path }, plain(&inner));
        }
        ApiError::Malformed(format!("The body is not JSON: {inner}."))
    })?;
    reader.end().map_err(|error| ApiError::Malformed(format!("The body is not JSON: {error}.")))?;
    Ok(value)
}

/// The program behind a token.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The token.
    pub token: TokenId,
    /// What it may do.
    pub scopes: BTreeSet<Scope>,
    /// What it is bound to.
    pub binding: Binding,
}

impl Caller {
    /// The caller as the audit log names it.
    pub fn actor(&self) -> String {
        tokens::actor_of(self.token)
    }
}

/// A call with a good token.
pub struct Call {
    /// Who calls.
    pub caller: Caller,
    /// What it brings.
    pub intake: Intake,
}

impl std::ops::Deref for Call {
    type Target = Intake;

    fn deref(&self) -> &Intake {
        &self.intake
    }
}

impl std::ops::DerefMut for Call {
    fn deref_mut(&mut self) -> &mut Intake {
        &mut self.intake
    }
}

impl Call {
    /// Refuses a token without this scope.
    pub fn may(&self, scope: Scope) -> Result<(), ApiError> {
        if self.caller.scopes.contains(&scope) { Ok(()) } else { Err(ApiError::ScopeMissing(scope)) }
    }

    /// Refuses a token that is bound to less than the instance.
    pub fn needs_instance(&self) -> Result<(), ApiError> {
        match self.caller.binding {
            Binding::Instance => Ok(()),
            _ => Err(ApiError::BindingTooNarrow(
                "Organisations and people are set up for the whole instance; this token is bound to less.",
            )),
        }
    }

    /// Whose view the token has of a partnership's results, and the revision of the partnership for which that holds.
    ///
    /// # Errors
    /// Not found where the token has no seat in it.
    pub async fn seat(&self, id: PartnershipId) -> Result<(Option<SideId>, i64), ApiError> {
        let (ctx, binding) = (&self.state.ctx, self.caller.binding);
        let look = move |conn: &mut Conn| revisions::of_one(conn, id);
        let revision = ctx.store.look::<_, StoreError, _>(look).await?.ok_or(ApiError::NotFound)?;
        if let Some(seat) = ctx.standings.known_seat(binding, id, revision) {
            return Ok((seat.own_side(), revision));
        }
        let standings = ctx.standings.clone();
        let read = ctx.store.read::<_, StoreError, _>(move |conn| standings.seat(conn, binding, id));
        let (seat, revision) = read.await?.ok_or(ApiError::NotFound)?;
        Ok((seat.own_side(), revision))
    }

    /// The idempotency key of a creating call, tied to caller, address and content.
    pub fn once_key(&self, content: &str) -> Result<Option<OnceKey>, ApiError> {
        let Some(key) = self.decisive("Idempotency-Key")? else { return Ok(None) };
        let fits = (1..=128).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
        if !fits {
            let sentence = "A key has 1 to 128 visible ASCII characters; a fresh UUID is a good one.";
            return Err(ApiError::field("Idempotency-Key", sentence));
        }
        Ok(Some(OnceKey {
            key_hash: secrets::digest(format!("{} {key}", self.caller.token)),
            request_digest: secrets::digest(format!("{} {content}", self.request.path())),
        }))
    }
}

fn intake(request: &HttpRequest, payload: &mut Payload) -> Result<Intake, ApiError> {
    let state = request.app_data::<web::Data<State>>().cloned().ok_or(ApiError::Broken)?;
    Ok(Intake { state, request: request.clone(), payload: payload.take() })
}

fn bearer(request: &HttpRequest) -> Option<&str> {
    let text = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

type Extracted<T> = Pin<Box<dyn Future<Output = Result<T, ApiError>>>>;

impl FromRequest for Intake {
    type Error = ApiError;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let intake = intake(request, payload);
        let request = request.clone();
        Box::pin(async move {
            Limits::of(&request)?.stranger(&request)?;
            intake
        })
    }
}

impl FromRequest for Call {
    type Error = ApiError;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let intake = intake(request, payload);
        let request = request.clone();
        Box::pin(async move {
            let limits = Limits::of(&request)?;
            let intake = intake?;
            let Some(text) = bearer(&request) else {
                limits.stranger(&request)?;
                return Err(ApiError::Unauthorized("This call brought none."));
            };
            let found = tokens::recognise(&intake.state.ctx, text, real_now()).await?;
            let Some((token, binding)) = found.and_then(|t| t.binding().map(|b| (t, b))) else {
                limits.stranger(&request)?;
                return Err(ApiError::Unauthorized("This one is unknown, has ended or was revoked."));
            };
            limits.caller(token.id)?;
            Ok(Self { caller: Caller { token: token.id, scopes: token.scopes(), binding }, intake })
        })
    }
}
