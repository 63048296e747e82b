//! Problem details (RFC 9457): every refusal of the REST interface, with a stable `code` and a sentence with the way out.

use std::collections::BTreeMap;

use actix_web::body::BoxBody;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};

use crate::domain::access_token::Scope;
use crate::domain::ids::FlagId;
use crate::store::StoreError;
use crate::workflow::{FieldError, Refusal};

/// The media type of every refusal.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// One place in a request that must be mended.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FieldProblem {
    /// The path of the field, such as `sides[1].name`, or the name of a query parameter.
    pub path: String,
    /// What is wrong and what would be right.
    pub detail: String,
}

/// A refusal.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Problem {
    /// A name for this kind of problem; it never changes.
    #[serde(rename = "type")]
    pub kind: String,
    /// The status in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// The stable word for programs.
    #[schema(example = "not_found")]
    pub code: String,
    /// What happened and the way out, for a person.
    pub detail: String,
    /// The fields that must be mended, when it is about fields.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
    /// The flags that lack their answer, when a review cannot be closed for them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<MissingAnswer>,
}

/// A flag without a valid answer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MissingAnswer {
    /// The flag.
    pub flag: FlagId,
    /// What it needs, to complete "needs …".
    #[schema(example = "a note and an action")]
    pub needs: String,
}

/// Why a call had no effect.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// No token, or one that opens nothing.
    #[error("A token is needed: send it as \"Authorization: Bearer ek_…\". {0}")]
    Unauthorized(&'static str),
    /// The token lacks a scope.
    #[error("This token lacks the scope {0}.")]
    ScopeMissing(Scope),
    /// The token is bound to less than the call is about.
    #[error("{0}")]
    BindingTooNarrow(&'static str),
    /// No such thing, or not for this token.
    #[error("There is nothing at this address, or it is not for this token.")]
    NotFound,
    /// The address has other methods.
    #[error("This address does not take that method; it takes {0}.")]
    MethodNotAllowed(String),
    /// The body is not what its media type says.
    #[error("{0}")]
    Malformed(String),
    /// Fields that must be mended.
    #[error("{}", .0.first().map_or("Something in the request cannot be accepted.", |f| f.sentence.as_str()))]
    Fields(Vec<FieldError>),
    /// The state does not allow it.
    #[error("{0}")]
    State(String),
    /// What is here already stands in the way, place by place.
    #[error("{}", .0.first().map_or("What is here already stands in the way.", |f| f.sentence.as_str()))]
    Conflicts(Vec<FieldError>),
    /// A review cannot be closed while these flags lack their answer.
    #[error("{} of this review without an answer; `missing` says what each needs.", flags_are(.0.len()))]
    FlagsLackAnswers(Vec<MissingAnswer>),
    /// Somebody else changed it meanwhile.
    #[error("It was changed meanwhile: read it again, and send the change with its new ETag in If-Match.")]
    Changed,
    /// An idempotency key was used for another call.
    #[error("This Idempotency-Key came with another request before: use a fresh key for each new request.")]
    KeyReused,
    /// The body is larger than it may be.
    #[error("The body is larger than the {0} bytes that are taken here.")]
    TooLarge(usize),
    /// The body is of another kind.
    #[error("The body must be {0}; say so in Content-Type.")]
    UnsupportedType(&'static str),
    /// Too many calls.
    #[error("Too many calls: try again in {0} seconds.")]
    TooMany(u64),
    /// Too many links that lead nowhere.
    #[error(
        "Too many links that lead nowhere came from this network: try again in {0} seconds. A link that is right opens at any time."
    )]
    TooManyLinks(u64),
    /// The body did not arrive in time.
    #[error("The body did not arrive in time.")]
    Slow,
    /// Try again.
    #[error("The server is busy: try again in a moment.")]
    Busy,
    /// No room on the disk.
    #[error(
        "Nothing was saved: the server's disk is full. Reading goes on; try again when whoever runs it has made room."
    )]
    Full,
    /// A fault of ours.
    #[error("The server failed. What was asked has had no effect.")]
    Broken,
}

impl ApiError {
    /// One field that must be mended.
    pub fn field(path: &str, sentence: impl std::fmt::Display) -> Self {
        Self::Fields(vec![FieldError { field: path.to_owned(), sentence: sentence.to_string() }])
    }

    /// The stable word of this problem.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unauthorized(_) => "unauthorized",
            Self::ScopeMissing(_) => "scope_missing",
            Self::BindingTooNarrow(_) => "binding_too_narrow",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed(_) => "method_not_allowed",
            Self::Malformed(_) => "malformed_body",
            Self::Fields(_) => "invalid_fields",
            Self::State(_) | Self::Conflicts(_) => "state_conflict",
            Self::FlagsLackAnswers(_) => "flags_lack_answers",
            Self::Changed => "changed_meanwhile",
            Self::KeyReused => "idempotency_key_reused",
            Self::TooLarge(_) => "body_too_large",
            Self::UnsupportedType(_) => "unsupported_media_type",
            Self::TooMany(_) => "too_many_calls",
            Self::TooManyLinks(_) => "too_many_unknown_links",
            Self::Slow => "body_too_slow",
            Self::Busy => "busy",
            Self::Full => "storage_full",
            Self::Broken => "server_failed",
        }
    }

    /// The problem as it is written out.
    pub fn problem(&self) -> Problem {
        let status = self.status_code();
        let errors = match self {
            Self::Fields(fields) | Self::Conflicts(fields) => fields
                .iter()
                .map(|own| FieldProblem { path: own.field.clone(), detail: own.sentence.clone() })
                .collect(),
            _ => Vec::new(),
        };
        let missing = match self {
            Self::FlagsLackAnswers(flags) => flags.clone(),
            _ => Vec::new(),
        };
        Problem {
            kind: format!("urn:evenkeel:problem:{}", self.code()),
            title: status.canonical_reason().unwrap_or("Refused").to_owned(),
            status: status.as_u16(),
            code: self.code().to_owned(),
            detail: self.to_string(),
            errors,
            missing,
        }
    }
}

/// "One flag is", "3 flags are".
fn flags_are(count: usize) -> String {
    if count == 1 { "One flag is".to_owned() } else { format!("{count} flags are") }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::ScopeMissing(_) | Self::BindingTooNarrow(_) => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::Fields(_) | Self::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::State(_) | Self::Conflicts(_) | Self::FlagsLackAnswers(_) => StatusCode::CONFLICT,
            Self::Changed => StatusCode::PRECONDITION_FAILED,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooMany(_) | Self::TooManyLinks(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Slow => StatusCode::REQUEST_TIMEOUT,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Full => StatusCode::INSUFFICIENT_STORAGE,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut response = HttpResponse::build(self.status_code());
        response.content_type(PROBLEM_JSON);
        match self {
            Self::Unauthorized(_) => {
                response.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"Evenkeel\""));
            }
            Self::MethodNotAllowed(allow) => {
                response.insert_header((header::ALLOW, allow.as_str()));
            }
            Self::TooMany(seconds) | Self::TooManyLinks(seconds) => {
                response.insert_header((header::RETRY_AFTER, seconds.to_string()));
            }
            Self::Busy => {
                response.insert_header((header::RETRY_AFTER, "5"));
            }
            _ => {}
        }
        response.json(self.problem())
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        // Logged here, once: what follows only tells the caller.
        tracing::error!(%error, "a call failed");
        match error {
            StoreError::Busy(_) => Self::Busy,
            StoreError::Full(_) => Self::Full,
            StoreError::Conflict(_) | StoreError::Unusable(..) | StoreError::Broken(_) => Self::Broken,
        }
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotFound => Self::NotFound,
            Refusal::Fields(fields) => Self::Fields(fields),
            Refusal::State(sentence) => Self::State(sentence),
            Refusal::Changed => Self::Changed,
            Refusal::KeyReused => Self::KeyReused,
            Refusal::Store(error) => error.into(),
        }
    }
}

type Responses = BTreeMap<String, RefOr<Response>>;

fn problems(statuses: &[(&str, &str)]) -> Responses {
    let answer = |what: &str| {
        let problem = Ref::from_schema_name("Problem");
        let content = ContentBuilder::new().schema(Some(problem)).build();
        RefOr::T(ResponseBuilder::new().description(what).content(PROBLEM_JSON, content).build())
    };
    statuses.iter().map(|(status, what)| ((*status).to_owned(), answer(what))).collect()
}

const EVERYWHERE: [(&str, &str); 4] = [
    ("400", "The request cannot be understood."),
    ("429", "Too many calls; Retry-After says when to come back."),
    ("500", "The server failed; nothing was changed."),
    ("503", "The server is busy; Retry-After says when to come back."),
];

const WITH_TOKEN: [(&str, &str); 3] = [
    ("401", "No token, or one that opens nothing."),
    ("403", "The token lacks a scope, or is bound to less than this call is about."),
    ("404", "There is no such thing, or not for this token."),
];

const FIELDS: (&str, &str) = ("422", "A field or parameter cannot be accepted; `errors` says which.");

const BODY: [(&str, &str); 6] = [
    ("408", "The body did not arrive in time."),
    ("409", "The state does not allow it."),
    ("412", "It was changed meanwhile (If-Match)."),
    ("413", "The body is too large."),
    ("415", "The body is of another media type."),
    ("507", "The server's disk is full; nothing was saved."),
];

/// What any reading call with a token may be answered with instead.
#[derive(Debug)]
pub struct ReadProblems;

impl IntoResponses for ReadProblems {
    fn responses() -> Responses {
        problems(&[&EVERYWHERE[..], &WITH_TOKEN, &[FIELDS]].concat())
    }
}

/// What any writing call with a token may be answered with instead.
#[derive(Debug)]
pub struct WriteProblems;

impl IntoResponses for WriteProblems {
    fn responses() -> Responses {
        problems(&[&EVERYWHERE[..], &WITH_TOKEN, &[FIELDS], &BODY].concat())
    }
}

/// What a call behind a survey link may be answered with instead.
#[derive(Debug)]
pub struct LinkProblems;

impl IntoResponses for LinkProblems {
    fn responses() -> Responses {
        problems(&[&EVERYWHERE[..], &[WITH_TOKEN[2], FIELDS], &BODY].concat())
    }
}
