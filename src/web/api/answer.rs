//! What calls are answered with: bodies with their ETag, pages of lists, things just made.

use actix_web::HttpRequest;
use actix_web::HttpResponse;
use actix_web::http::{Method, header};
use actix_web::web;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::problem::ApiError;
use crate::domain::ids::ProposalId;
use crate::web::rendered::Kept;

/// What a handler gives.
pub type Answer = Result<HttpResponse, ApiError>;

/// Entries of a page unless another number is asked for.
pub const DEFAULT_LIMIT: i64 = 50;
/// Most entries of a page.
pub const MAX_LIMIT: i64 = 200;

/// Where a page of a list begins and how long it is.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct Seek {
    /// Begin after the entry with this identifier.
    #[param(value_type = Option<uuid::Uuid>)]
    pub after: Option<String>,
    /// Entries of the page, 1 to 200; 50 when left out.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 200)]
    pub limit: Option<String>,
}

impl Seek {
    /// The identifier to begin after.
    pub fn after<T: std::str::FromStr>(&self) -> Result<Option<T>, ApiError> {
        let parse = |text: &String| {
            text.parse().map_err(|_| ApiError::field("after", "It must be the identifier of an entry."))
        };
        self.after.as_ref().map(parse).transpose()
    }

    /// Entries of the page.
    pub fn limit(&self) -> Result<i64, ApiError> {
        let Some(text) = &self.limit else { return Ok(DEFAULT_LIMIT) };
        let number = text.parse::<i64>().ok().filter(|n| (1..=MAX_LIMIT).contains(n));
        number.ok_or_else(|| ApiError::field("limit", "It must be a whole number from 1 to 200."))
    }
}

/// A page of a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The entries.
    pub items: Vec<T>,
    /// The address of the next page; null on the last one.
    pub next: Option<String>,
}

/// Cuts a page out of what was read with a limit one larger than asked for, and says where the next one is.
pub fn page<T: Serialize>(
    request: &HttpRequest,
    items: Vec<T>,
    limit: i64,
    id_of: impl Fn(&T) -> String,
) -> HttpResponse {
    fresh(request, &cut(request, items, limit, id_of))
}

/// The same, not yet as an answer.
pub(super) fn cut<T: Serialize>(
    request: &HttpRequest,
    mut items: Vec<T>,
    limit: i64,
    id_of: impl Fn(&T) -> String,
) -> Page<T> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|last| next_address(request, &id_of(last)));
    Page { items, next }
}

/// The address of the page that begins after an entry, with the rest of the query as it was.
pub(super) fn next_address(request: &HttpRequest, after: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in url::form_urlencoded::parse(request.query_string().as_bytes()) {
        if name != "after" {
            query.append_pair(&name, &value);
        }
    }
    query.append_pair("after", after);
    format!("{}?{}", request.path(), query.finish())
}

/// A body with the ETag of its own text; 304 to a reader who has it already.
pub fn fresh(request: &HttpRequest, body: &impl Serialize) -> HttpResponse {
    tagged(request, body, None)
}

/// A body with the version of what was read as its ETag, for `If-Match`; 304 to a reader who has it already.
pub fn versioned(request: &HttpRequest, body: &impl Serialize, version: &str) -> HttpResponse {
    tagged(request, body, Some(version))
}

fn tagged(request: &HttpRequest, body: &impl Serialize, version: Option<&str>) -> HttpResponse {
    match json(body, version) {
        Ok(kept) => told(request, &kept),
        Err(error) => actix_web::ResponseError::error_response(&error),
    }
}

/// A body as JSON with its ETag: a version of what was read, or else a digest of its own text.
pub(super) fn json(body: &impl Serialize, version: Option<&str>) -> Result<Kept, ApiError> {
    let text = serde_json::to_string(body).map_err(|_| ApiError::Broken)?;
    let tag = version.map_or_else(|| tag_of(&text), str::to_owned);
    Ok(Kept::new(tag, "application/json", text))
}

fn tag_of(text: &str) -> String {
    crate::secrets::digest(text)[..20].to_owned()
}

/// A text of another kind with the ETag of its own; 304 to a reader who has it already.
pub(super) fn fresh_text(request: &HttpRequest, text: String, kind: &'static str) -> HttpResponse {
    told(request, &Kept::new(tag_of(&text), kind, text))
}

/// The same, packed and ready to be kept. Packing takes long enough to hold up other requests.
pub(super) async fn packed(body: Kept) -> Result<Kept, ApiError> {
    web::block(move || body.pack()).await.map_err(|_| ApiError::Busy)
}

/// A body, or 304 to a reader who has it already; packed, where it is kept so and the reader takes it.
pub(super) fn told(request: &HttpRequest, kept: &Kept) -> HttpResponse {
    let (plain, packed) = (format!("\"{}\"", kept.tag), format!("\"{}-gz\"", kept.tag));
    let text = |name| request.headers().get(name).and_then(|v: &header::HeaderValue| v.to_str().ok());
    // Whoever changed something is told what came of it, whatever they had before.
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let known = text(header::IF_NONE_MATCH).filter(|known| has(known, &plain) || has(known, &packed));
    let packs = kept.packed && text(header::ACCEPT_ENCODING).is_some_and(takes_gzip);
    let mut response =
        if reads && known.is_some() { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header((header::ETAG, if packs { packed } else { plain }))
        .insert_header((header::CACHE_CONTROL, "private, no-cache"));
    if kept.packed {
        response.insert_header((header::VARY, "Accept-Encoding"));
    }
    if reads && known.is_some() {
        return response.finish();
    }
    response.content_type(kept.kind);
    if packs {
        return response.insert_header((header::CONTENT_ENCODING, "gzip")).body(kept.body.clone());
    }
    match kept.plain() {
        Some(body) => response.body(body),
        None => actix_web::ResponseError::error_response(&ApiError::Broken),
    }
}

/// Whether an `Accept-Encoding` names gzip and does not forbid it.
fn takes_gzip(accepted: &str) -> bool {
    accepted.split(',').any(|one| {
        let mut parts = one.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        named && !parts.any(|part| part.starts_with("q=0") && !part.contains(|c| ('1'..='9').contains(&c)))
    })
}

fn has(known: &str, tag: &str) -> bool {
    known.trim() == "*" || known.split(',').any(|own| own.trim().trim_start_matches("W/") == tag)
}

/// What was just made, and where it is.
pub fn made(location: &str, body: &impl Serialize) -> HttpResponse {
    HttpResponse::Created().insert_header((header::LOCATION, location)).json(body)
}

/// The address of an act that waits for the other sides.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Waiting {
    /// Where the proposal is read, approved, declined and withdrawn.
    #[schema(example = "/api/v1/proposals/01a2309e-2400-7564-a37d-3c8ce0dabe77")]
    pub proposal: String,
}

/// What was asked needs the other sides: here is its proposal.
pub fn waiting(id: ProposalId) -> HttpResponse {
    let proposal = format!("{}/proposals/{id}", super::BASE);
    let location = (header::LOCATION, proposal.clone());
    HttpResponse::Accepted().insert_header(location).json(Waiting { proposal })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_gets_packed_what_it_asks_for_packed() {
        for (accepted, takes) in [
            ("gzip, deflate, br", true),
            ("br;q=1.0, GZIP;q=0.8", true),
            ("gzip;q=0.05", true),
            ("gzip;q=0", false),
            ("gzip;q=0.000", false),
            ("identity", false),
            ("x-gzip-not", false),
        ] {
            assert_eq!(takes_gzip(accepted), takes, "{accepted}");
        }
    }
}
