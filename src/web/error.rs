//! The only map from refusals to HTTP: what went wrong becomes a status and a page that says the way out.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpMessage as _, HttpResponse, ResponseError};
use askama::Template;

use super::State;
use super::guard::RequestId;
use super::pages::view::error::ErrorPage;
use super::pages::view::{Chrome, Link};
use crate::store::StoreError;
use crate::workflow::Refusal;

/// Why a page was not shown.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// No such thing, or not for the one who asks: the two look the same.
    #[error("There is nothing at this address, or it is not for you.")]
    NotFound,
    /// Nobody is signed in.
    #[error("Please sign in.")]
    SignIn,
    /// The form did not come from our page.
    #[error("This form was not sent from a page of this server, or its page has grown old.")]
    ForeignForm,
    /// The input cannot be accepted.
    #[error("{0}")]
    Input(String),
    /// The state does not allow it.
    #[error("{0}")]
    State(String),
    /// The body did not arrive in time.
    #[error("The form did not arrive in time.")]
    Slow,
    /// The body is larger than a form can be.
    #[error("That is more than this form takes (64 KB).")]
    TooLarge,
    /// Too many links that lead nowhere; the seconds to wait.
    #[error(
        "Too many links that lead nowhere were opened from this network. Wait {0} seconds, then open the whole link from your \
         newest mail; a link that is right opens at any time."
    )]
    TooMany(u64),
    /// Try again.
    #[error("The server is busy.")]
    Busy,
    /// No room on the disk.
    #[error("The server’s disk is full. What you sent was not saved; please try again later.")]
    Full,
    /// A fault of ours.
    #[error("The server failed.")]
    Broken,
}

impl From<StoreError> for PageError {
    fn from(error: StoreError) -> Self {
        // Logged here, once: what follows only tells the visitor.
        tracing::error!(%error, "a page failed");
        match error {
            StoreError::Busy(_) => Self::Busy,
            StoreError::Full(_) => Self::Full,
            StoreError::Conflict(_) | StoreError::Unusable(..) | StoreError::Broken(_) => Self::Broken,
        }
    }
}

impl From<Refusal> for PageError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotFound => Self::NotFound,
            Refusal::Fields(_) => Self::Input(refusal.to_string()),
            Refusal::State(sentence) => Self::State(sentence),
            Refusal::Changed | Refusal::KeyReused => Self::State(refusal.to_string()),
            Refusal::Store(error) => error.into(),
        }
    }
}

impl ResponseError for PageError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::SignIn => StatusCode::UNAUTHORIZED,
            Self::ForeignForm => StatusCode::FORBIDDEN,
            Self::Input(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::State(_) => StatusCode::CONFLICT,
            Self::Slow => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Full => StatusCode::INSUFFICIENT_STORAGE,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut response = HttpResponse::new(self.status_code());
        if let Self::TooMany(seconds) = self {
            response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from(*seconds));
        }
        response
    }
}

/// Renders a view; a template that cannot be rendered is a fault of ours.
pub fn html(view: &impl Template) -> Result<HttpResponse, PageError> {
    html_with(StatusCode::OK, view)
}

/// The same with another status: a form with errors is 422.
pub fn html_with(status: StatusCode, view: &impl Template) -> Result<HttpResponse, PageError> {
    Ok(HttpResponse::build(status).content_type(HTML).body(text(view)?))
}

/// The media type of a page.
pub const HTML: &str = "text/html; charset=utf-8";

/// The text of a page.
pub fn text(view: &impl Template) -> Result<String, PageError> {
    view.render().map_err(|error| {
        tracing::error!(%error, "a template failed");
        PageError::Broken
    })
}

/// Gives bodiless errors their page. A visitor without a session is sent to the sign-in page when reading.
pub fn page_for<B: MessageBody + 'static>(
    state: &State,
    response: ServiceResponse<B>,
) -> ServiceResponse<BoxBody> {
    let status = response.status();
    let bare = response.response().headers().get(header::CONTENT_TYPE).is_none();
    let plain = !status.is_client_error() && !status.is_server_error();
    if plain || (!bare && response.response().error().is_none()) {
        return response.map_into_boxed_body();
    }
    let told = response.response().error().and_then(|e| e.as_error::<PageError>()).map(ToString::to_string);
    let is_read = response.request().method() == actix_web::http::Method::GET;
    let (request, old) = response.into_parts();
    if status == StatusCode::UNAUTHORIZED && is_read {
        let to_login = HttpResponse::SeeOther().insert_header((header::LOCATION, "/login")).finish();
        return ServiceResponse::new(request, to_login.map_into_boxed_body());
    }
    let (headline, detail) = words(status);
    let page = ErrorPage {
        chrome: Chrome {
            title: headline.to_owned(),
            assets: super::assets::tag().to_owned(),
            operator: state.ctx.settings.instance.operator.clone(),
            ..Chrome::default()
        },
        status: status.as_u16(),
        headline: headline.to_owned(),
        detail: told.unwrap_or_else(|| detail.to_owned()),
        ways_out: vec![Link::new("To the start page", "/"), Link::new("Sign in", "/login")],
        request_id: request.extensions().get::<RequestId>().map(|id| id.0.clone()),
    };
    let mut body = html_with(status, &page).unwrap_or_else(|_| HttpResponse::new(status));
    for kept in [header::ALLOW, header::RETRY_AFTER] {
        if let Some(value) = old.headers().get(&kept) {
            body.headers_mut().insert(kept, value.clone());
        }
    }
    ServiceResponse::new(request, body.map_into_boxed_body())
}

fn words(status: StatusCode) -> (&'static str, &'static str) {
    match status {
        StatusCode::NOT_FOUND => {
            ("Nothing is here", "The address may be mistyped, or what was here is not for you.")
        }
        StatusCode::UNAUTHORIZED => ("Please sign in", "Your session has ended. Nothing was changed."),
        StatusCode::FORBIDDEN => {
            ("The form was not accepted", "Open the page again and send it from there. Nothing was changed.")
        }
        StatusCode::METHOD_NOT_ALLOWED => {
            ("Not possible here", "This address does not take that kind of request.")
        }
        StatusCode::CONFLICT => ("Not possible now", "The state of things does not allow it."),
        StatusCode::UNPROCESSABLE_ENTITY | StatusCode::BAD_REQUEST => {
            ("The input was not understood", "Go back, mend it and send it again. Nothing was changed.")
        }
        StatusCode::PAYLOAD_TOO_LARGE => {
            ("That is too much", "Shorten it and send it again. Nothing was changed.")
        }
        StatusCode::TOO_MANY_REQUESTS => ("One moment", "Wait a little, then try again."),
        StatusCode::SERVICE_UNAVAILABLE => {
            ("Busy for a moment", "Try again in a moment. Nothing was changed.")
        }
        StatusCode::INSUFFICIENT_STORAGE => {
            ("Nothing was saved", "The server’s disk is full. Nothing was changed; please try again later.")
        }
        other if other.is_client_error() => ("The request was not accepted", "Nothing was changed."),
        _ => ("Something failed on this server", "Nothing was changed. Try again, or tell whoever runs it."),
    }
}
