//! The one message after a redirect: a short word in the address, such as `?done=member-added`, that stands for a fixed
//! sentence. Nothing of the address is ever shown.

use actix_web::HttpRequest;

use super::view::Flash;

/// The message that the address asks for, if `known` has its word.
pub fn done(request: &HttpRequest, known: &[(&str, &str)]) -> Option<Flash> {
    let word = field(request, "done")?;
    known.iter().find(|(own, _)| *own == word).map(|(_, sentence)| Flash::done(*sentence))
}

/// One field of the address.
pub fn field(request: &HttpRequest, name: &str) -> Option<String> {
    url::form_urlencoded::parse(request.query_string().as_bytes())
        .find(|(own, _)| own == name)
        .map(|(_, value)| value.into_owned())
}
