//! What stands around every request: the headers of every answer, the access log, and the check that a form comes from
//! our own page.

use std::time::Duration;

use actix_multipart::Multipart;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, HttpRequest, web};
use futures_core::stream::Stream;
use tracing::Instrument as _;

use super::State;
use super::error::{PageError, page_for};

/// Longest body of a form.
pub const FORM_LIMIT: usize = 64 * 1024;
/// Longest body of a form that carries the text of a file, which grows by the encoding of forms.
pub const FILE_FORM_LIMIT: usize = 6 * 1024 * 1024;
/// A body that takes longer than this is given up.
const BODY_TIME: Duration = Duration::from_secs(20);

/// The policy of every page: nothing from elsewhere, nothing inline.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
                      connect-src 'self'; form-action 'self'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The page that shows the REST interface sets styles of its own; still nothing comes from elsewhere.
const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                           img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-ancestors 'none'; \
                           base-uri 'none'";

/// Runs a request, gives errors their page, sets the headers that every answer carries, and logs one line with the
/// pattern of the route: the path of a secret link is never logged.
pub async fn surround<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let begun = crate::clock::monotonic();
    let state = request.app_data::<web::Data<State>>().cloned();
    let method = request.method().clone();
    super::methods::read_as_get(&mut request);
    let for_programs = request.path().starts_with("/api/");
    let id = RequestId::mint();
    request.extensions_mut().insert(id.clone());
    let span = tracing::info_span!("request", id = %id.0);
    let answering = crate::store::request::answering(id.0.clone(), next.call(request));
    let response = answering.instrument(span.clone()).await?;
    let entered = span.entered();
    // Asked now, when the router knows; before, every pattern would be tried once more.
    let route = response.request().match_pattern().unwrap_or_else(|| "-".to_owned());
    let secret =
        ["/s/", "/m/", "/a/", "/login", "/api/v1/responses/"].iter().any(|own| route.starts_with(own));
    let docs = route.starts_with("/docs");
    let mut response = match &state {
        Some(state) if !for_programs => page_for(state, response),
        _ => response.map_into_boxed_body(),
    };
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), value);
    }
    let took = crate::clock::monotonic().saturating_sub(begun);
    if let Some(state) = &state {
        state.metrics.answered(method.as_str(), &route, response.status().as_u16(), took);
    }
    let https = state.is_some_and(|s| s.ctx.settings.is_https());
    if docs {
        let policy = HeaderValue::from_static(DOCS_POLICY);
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    set_headers(response.headers_mut(), secret, https);
    tracing::info!(%method, route, status = response.status().as_u16(), millis = took.as_millis(), "answered");
    drop(entered);
    Ok(response)
}

/// The name of one request: in its answer (`X-Request-Id`), in every log line about it, on its error page, beside
/// what it did in the audit log.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

impl RequestId {
    fn mint() -> Self {
        Self(crate::secrets::random_token()[..20].to_owned())
    }
}

fn set_headers(headers: &mut HeaderMap, secret: bool, https: bool) {
    let mut set = |name: HeaderName, value: &'static str| {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    set(header::CONTENT_SECURITY_POLICY, POLICY);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    // A secret link must not travel on; elsewhere our own pages need the origin for their forms.
    set(header::REFERRER_POLICY, if secret { "no-referrer" } else { "same-origin" });
    set(header::CACHE_CONTROL, "no-store");
    set(HeaderName::from_static("x-robots-tag"), "noindex, nofollow");
    set(
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=()",
    );
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    if https {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains");
    }
}

/// The fields of a posted form, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads a form's body within its limits of size and time.
    pub async fn read(request: &HttpRequest, payload: &mut Payload) -> Result<Self, PageError> {
        Self::read_up_to(FORM_LIMIT, request, payload).await
    }

    /// The same with a limit of its own.
    pub async fn read_up_to(
        limit: usize,
        request: &HttpRequest,
        payload: &mut Payload,
    ) -> Result<Self, PageError> {
        let kind =
            request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        if kind.starts_with("multipart/form-data") {
            let parts = parts(request, payload, limit);
            let pairs = tokio::time::timeout(BODY_TIME, parts).await.map_err(|_| PageError::Slow)??;
            return Ok(Self(pairs));
        }
        if !kind.starts_with("application/x-www-form-urlencoded") {
            return Err(PageError::Input(
                "A form is expected here (application/x-www-form-urlencoded or multipart/form-data)."
                    .to_owned(),
            ));
        }
        let body =
            tokio::time::timeout(BODY_TIME, collect(payload, limit)).await.map_err(|_| PageError::Slow)??;
        let pairs = url::form_urlencoded::parse(&body).into_owned().collect();
        Ok(Self(pairs))
    }

    /// The first value of a field; empty when it is not there.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value.as_str())
    }

    /// Every value of a field.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// Whether a field is there and not empty (a ticked box).
    pub fn has(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }
}

/// The fields of a form in parts: so mail programs post when their reader presses "unsubscribe".
async fn parts(
    request: &HttpRequest,
    payload: &mut Payload,
    limit: usize,
) -> Result<Vec<(String, String)>, PageError> {
    let broken = || PageError::Input("The form broke off half-way.".to_owned());
    let mut parts = Multipart::new(request.headers(), payload.take());
    let (mut pairs, mut size) = (Vec::new(), 0);
    while let Some(part) = next(&mut parts).await {
        let mut part = part.map_err(|_| broken())?;
        let name = part.name().unwrap_or_default().to_owned();
        let mut value = Vec::new();
        size += name.len() + 1;
        while let Some(chunk) = next(&mut part).await {
            let chunk = chunk.map_err(|_| broken())?;
            size += chunk.len();
            if size > limit {
                return Err(PageError::TooLarge);
            }
            value.extend_from_slice(&chunk);
        }
        let value = String::from_utf8(value).map_err(|_| {
            PageError::Input("A field of the form is no text in UTF-8; send it as UTF-8.".to_owned())
        })?;
        pairs.push((name, value));
        if size > limit {
            return Err(PageError::TooLarge);
        }
    }
    Ok(pairs)
}

async fn next<S: Stream + Unpin>(stream: &mut S) -> Option<S::Item> {
    std::future::poll_fn(|cx| std::pin::Pin::new(&mut *stream).poll_next(cx)).await
}

async fn collect(payload: &mut Payload, limit: usize) -> Result<Vec<u8>, PageError> {
    let mut body = Vec::new();
    loop {
        match next(payload).await {
            None => return Ok(body),
            Some(Ok(chunk)) if body.len() + chunk.len() <= limit => body.extend_from_slice(&chunk),
            Some(Ok(_)) => return Err(PageError::TooLarge),
            Some(Err(_)) => return Err(PageError::Input("The form broke off half-way.".to_owned())),
        }
    }
}

/// Refuses a form that another site sent: its token must fit what it is bound to, and its origin must be ours.
///
/// Browsers say `Origin: null` on pages with a strict referrer policy; then the fetch metadata must say `same-origin`, or
/// be absent in browsers that do not know it.
pub fn check_form(
    state: &State,
    request: &HttpRequest,
    token: &str,
    bound_to: &str,
) -> Result<(), PageError> {
    if !crate::secrets::same(token, &state.ctx.key.form_token(bound_to)) {
        return Err(PageError::ForeignForm);
    }
    check_origin(state, request)
}

/// The part of [`check_form`] that looks at where a request comes from.
pub fn check_origin(state: &State, request: &HttpRequest) -> Result<(), PageError> {
    let text = |name: &str| request.headers().get(name).and_then(|v| v.to_str().ok());
    let ours = state.ctx.settings.http.public_url.as_str();
    let from_us = match text("origin") {
        Some("null") | None => matches!(text("sec-fetch-site"), None | Some("same-origin" | "none")),
        Some(origin) => origin == ours,
    };
    if from_us { Ok(()) } else { Err(PageError::ForeignForm) }
}
