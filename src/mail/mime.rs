//! Builds the message that goes over the wire: RFC 5322 headers, a text and an HTML part, and the picture that the HTML
//! names, if there is one (RFC 2387).
//!
//! Law: the same [`Draft`] gives the same bytes, so a second copy of a letter is recognisably the first; no
//! input can add a header; the result is pure ASCII with CRLF line ends, which every relay takes without an
//! extension. Called by `worker::courier` after the placeholders are filled.

use chrono::{DateTime, Utc};
use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, Message, MultiPart, SinglePart};
use thiserror::Error;
use url::Url;

use super::address::{self, AddressError};
use super::{Line, Picture, Rendered};

/// Everything that decides the bytes of one message.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'a> {
    /// The name beside the fixed sender address: the partnership's or the organisation's.
    pub from_name: &'a str,
    /// The instance's fixed sender address (`mail.from`).
    pub from_address: &'a str,
    /// The recipient's name; may be empty.
    pub to_name: &'a str,
    /// The recipient's address.
    pub to_address: &'a str,
    /// Who gets the replies, as name and address: the own side's manager. Left out when the address cannot be used:
    /// a letter is not held for it.
    pub reply_to: Option<(&'a str, &'a str)>,
    /// Subject, text and HTML, with the placeholders filled.
    pub rendered: &'a Rendered,
    /// The letter's fixed date; a second copy carries the first one's.
    pub date: DateTime<Utc>,
    /// The fixed Message-ID with its angle brackets; see [`message_id`].
    pub message_id: &'a str,
    /// The fixed MIME boundary, 1 to 60 letters, digits and `-`; see [`boundary`].
    pub boundary: &'a str,
    /// The address at which one click ends these letters (those that come again and again).
    pub unsubscribe: Option<&'a str>,
}

/// Why a message could not be built.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MimeError {
    /// One of the addresses.
    #[error("the {field} header cannot be written: {error}")]
    Address {
        /// The header: From or To.
        field: &'static str,
        /// What is wrong with it.
        error: AddressError,
    },
    /// Message-ID, boundary, date or the unsubscribe address.
    #[error("the {field} {value:?} cannot be written into a mail; it must be {rule}")]
    Field {
        /// Which field.
        field: &'static str,
        /// The value given.
        value: String,
        /// What it must be.
        rule: &'static str,
    },
    /// lettre refused a header that passed the checks here.
    #[error("the message could not be put together: {0}")]
    Message(String),
}

/// The Message-ID of a letter: its random id at the sender's domain; no personal data.
#[must_use]
pub fn message_id(letter_id: &str, from_address: &str) -> String {
    // An address that cannot be read is refused by `build`; the id only has to be well formed.
    let domain =
        address::parse(from_address).map_or_else(|_| "localhost".to_owned(), |a| a.domain().to_owned());
    format!("<{letter_id}@{domain}>")
}

/// The MIME boundary of a letter.
#[must_use]
pub fn boundary(letter_id: &str) -> String {
    format!("evenkeel-{letter_id}")
}

/// What the HTML part of a letter names its picture by; from the letter's [`message_id`].
#[must_use]
pub fn content_id(message_id: &str) -> String {
    format!("picture.{}", message_id.trim_matches(['<', '>']))
}

/// Builds the bytes of the message.
///
/// # Errors
/// [`MimeError`] for the first field that cannot be written; names and subjects are cleaned instead.
pub fn build(draft: &Draft<'_>) -> Result<Vec<u8>, MimeError> {
    check_message_id(draft.message_id)?;
    check_boundary(draft.boundary, draft.rendered)?;
    let from = mailbox("From", draft.from_name, draft.from_address)?;
    let to = mailbox("To", draft.to_name, draft.to_address)?;
    let envelope = Envelope::new(Some(from.email.clone()), vec![to.email.clone()])
        .map_err(|error| MimeError::Message(error.to_string()))?;

    let mut message = Message::builder()
        .envelope(envelope)
        .date(date(draft.date)?)
        .from(from)
        .to(to)
        .subject(words(&draft.rendered.subject))
        .message_id(Some(draft.message_id.to_owned()));
    if let Some(Ok(reply_to)) = draft.reply_to.map(|(name, address)| mailbox("Reply-To", name, address)) {
        message = message.reply_to(reply_to);
    }
    message = message.raw_header(header("Auto-Submitted", "auto-generated".to_owned()));
    if let Some(url) = draft.unsubscribe {
        message = message
            .raw_header(header("List-Unsubscribe", format!("<{}>", unsubscribe(url)?)))
            .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
    }
    let parts = MultiPart::alternative()
        .boundary(draft.boundary)
        .singlepart(SinglePart::plain(draft.rendered.text.clone()));
    let html = SinglePart::html(draft.rendered.html.clone());
    let parts = match &draft.rendered.picture {
        None => parts.singlepart(html),
        Some(picture) => parts.multipart(with_picture(html, picture, draft.boundary)?),
    };
    let message = message.multipart(parts).map_err(|error| MimeError::Message(error.to_string()))?;
    Ok(message.formatted())
}

/// The HTML with its picture beside it, which mail programs show in its place without asking anybody.
fn with_picture(html: SinglePart, picture: &Picture, boundary: &str) -> Result<MultiPart, MimeError> {
    check_content_id(&picture.cid)?;
    let kind = ContentType::parse("image/png").map_err(|error| MimeError::Message(error.to_string()))?;
    let named = Attachment::new_inline_with_name(picture.cid.clone(), "portfolio.png".to_owned());
    // No boundary may begin with another one.
    // RFC 2387 asks for the kind of the part that the other one belongs to.
    let related = format!("multipart/related; type=\"text/html\"; boundary=\"related-{boundary}\"");
    let related = ContentType::parse(&related).map_err(|error| MimeError::Message(error.to_string()))?;
    let related = MultiPart::builder().header(related);
    Ok(related.singlepart(html).singlepart(named.body(picture.png.clone(), kind)))
}

fn header(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}

/// A name or subject as header text: one line, at most 200 characters, and nothing that reads as an encoded
/// word of its own. lettre encodes what is not ASCII.
fn words(text: &str) -> String {
    Line::new(text).cut(200).as_str().replace("=?", "= ?")
}

fn mailbox(field: &'static str, name: &str, text: &str) -> Result<Mailbox, MimeError> {
    let address = address::parse(text).map_err(|error| MimeError::Address { field, error })?;
    // Quotes and backslashes are dropped: a display name needs neither, and readers differ in undoing them.
    let name = words(name).replace(['"', '\\'], "");
    let name = name.trim();
    Ok(Mailbox::new((!name.is_empty()).then(|| name.to_owned()), address))
}

fn date(date: DateTime<Utc>) -> Result<std::time::SystemTime, MimeError> {
    // Years 1970 to 9999 are what the header's four-digit year and lettre can hold.
    if (0..253_402_300_800).contains(&date.timestamp()) {
        return Ok(date.into());
    }
    Err(MimeError::Field { field: "date", value: date.to_string(), rule: "between 1970 and 9999" })
}

fn check_message_id(id: &str) -> Result<(), MimeError> {
    let rule = "<letters@domain> in ASCII without spaces, at most 200 characters";
    let inside = id.strip_prefix('<').and_then(|id| id.strip_suffix('>')).unwrap_or_default();
    let plain =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c));
    match inside.split_once('@') {
        Some((left, right)) if plain(left) && plain(right) && id.len() <= 200 => Ok(()),
        _ => Err(MimeError::Field { field: "Message-ID", value: id.to_owned(), rule }),
    }
}

fn check_content_id(id: &str) -> Result<(), MimeError> {
    check_message_id(&format!("<{id}>")).map_err(|_| MimeError::Field {
        field: "Content-ID",
        value: id.to_owned(),
        rule: "letters@domain in ASCII without spaces, at most 198 characters",
    })
}

fn check_boundary(boundary: &str, rendered: &Rendered) -> Result<(), MimeError> {
    let plain = boundary.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let apart = !rendered.text.contains(boundary) && !rendered.html.contains(boundary);
    if plain && apart && (1..=60).contains(&boundary.len()) {
        return Ok(());
    }
    let rule = "1 to 60 letters, digits and - that do not occur in the letter";
    Err(MimeError::Field { field: "boundary", value: boundary.to_owned(), rule })
}

fn unsubscribe(url: &str) -> Result<String, MimeError> {
    let rule = "an address that starts with https:// or http://, at most 800 characters";
    let refused = || MimeError::Field { field: "unsubscribe address", value: url.to_owned(), rule };
    if url.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(refused());
    }
    // `Url` writes everything outside printable ASCII, and `<` and `>`, as percent escapes.
    let url = Url::parse(url).map_err(|_| refused())?;
    let fits = matches!(url.scheme(), "http" | "https") && url.as_str().len() <= 800;
    fits.then(|| url.to_string()).ok_or_else(refused)
}

#[cfg(test)]
#[path = "mime_tests.rs"]
mod tests;
