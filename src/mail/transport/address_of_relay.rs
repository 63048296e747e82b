//! Reads `mail.url`.
//!
//! `smtp://user:password@host:port?tls=none|starttls|implicit&ca_file=/path.pem` (user, password, port and the
//! options may be left out; `%40` and the like in user and password are decoded), `file:///directory`,
//! `memory:`. Law: no sentence made here repeats the address as a whole, for the password is in it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;
use url::{Host, Url};

use super::relay::{Relay, Timeouts};
use super::{Memory, TlsMode, Transport, tls};

/// What the settings say beside the address.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The name given in EHLO: the host of `http.public_url`. Empty, or not a host name: `[127.0.0.1]`.
    pub hello: String,
    /// Factor for all time limits (`mail.timeout_scale`), 0.001 to 100; 1 is the rule.
    pub timeout_scale: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { hello: String::new(), timeout_scale: 1.0 }
    }
}

/// Why `mail.url` cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TransportUrlError {
    /// Not one of the three kinds.
    #[error(
        "mail.url must start with smtp://, file:/// or memory: (for example \
         smtp://user:password@mail.example.org:587?tls=starttls), but it starts with {0:?}"
    )]
    Kind(String),
    /// A part that cannot be read.
    #[error("mail.url: {part} cannot be read: {reason}")]
    Part {
        /// Which part.
        part: &'static str,
        /// What is wrong and what to write instead.
        reason: String,
    },
    /// The file of own root certificates.
    #[error(
        "mail.url: the certificates in ca_file {path:?} cannot be used: {reason}; give a readable PEM file"
    )]
    CaFile {
        /// The path given.
        path: PathBuf,
        /// What happened.
        reason: String,
    },
    /// The scale of the time limits.
    #[error("mail.timeout_scale is {0}, but must be between 0.001 and 100; 1 keeps the usual limits")]
    Scale(String),
}

fn part(part: &'static str, reason: impl Into<String>) -> TransportUrlError {
    TransportUrlError::Part { part, reason: reason.into() }
}

pub(super) fn parse(text: &str, options: &Options) -> Result<Transport, TransportUrlError> {
    let (scheme, rest) = text.split_once(':').unwrap_or((text, ""));
    match scheme {
        "memory" if rest.is_empty() => Ok(Transport::Memory(Memory::default())),
        "memory" => Err(part("what follows memory:", "write only memory:")),
        "file" => file(text).map(|path| Transport::File(Arc::new(path))),
        "smtp" => relay(text, options).map(|relay| Transport::Smtp(Arc::new(relay))),
        // Without a scheme the text before the first colon may be a user name and the rest a password.
        other => Err(TransportUrlError::Kind(other.chars().take(16).collect())),
    }
}

fn file(text: &str) -> Result<PathBuf, TransportUrlError> {
    let way_out = "write file:///directory with the full path of a directory";
    // `Url` would read `file:name` as `/name`.
    let full = text.strip_prefix("file://").is_some_and(|path| path.starts_with('/'));
    let url = Url::parse(text).ok().filter(|_| full).ok_or_else(|| part("the directory", way_out))?;
    let path = url.to_file_path().map_err(|()| part("the directory", way_out))?;
    if url.query().is_some() || url.fragment().is_some() || path == Path::new("/") {
        return Err(part("the directory", format!("{way_out}; a ? or # in it is written %3F or %23")));
    }
    Ok(path)
}

fn relay(text: &str, options: &Options) -> Result<Relay, TransportUrlError> {
    let url = Url::parse(text).map_err(|error| {
        let hint = "write @, :, / and the like in user and password as percent escapes, for example %40";
        part("the address", format!("{error}; {hint}"))
    })?;
    let host = host(&url)?;
    if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
        return Err(part("what follows the host", "write only ?tls=… and ?ca_file=… after host and port"));
    }
    let (mode, ca_file) = query(&url)?;
    let mode = mode.unwrap_or(if url.port() == Some(465) { TlsMode::Implicit } else { TlsMode::StartTls });
    let port = url.port().unwrap_or(match mode {
        TlsMode::None => 25,
        TlsMode::StartTls => 587,
        TlsMode::Implicit => 465,
    });
    if port == 0 {
        return Err(part("the port", "0 is not a port; write 25, 465 or 587, or leave it out"));
    }
    if !(0.001..=100.0).contains(&options.timeout_scale) {
        return Err(TransportUrlError::Scale(options.timeout_scale.to_string()));
    }
    let connector = tls::client(ca_file.as_deref())
        .map_err(|reason| TransportUrlError::CaFile { path: ca_file.unwrap_or_default(), reason })?;
    let server_name = tls::server_name(&host)
        .ok_or_else(|| part("the host", "it is neither a host name nor an IP address"))?;
    let credentials = credentials(&url)?;
    let timeouts = Timeouts::scaled(options.timeout_scale);
    Ok(Relay::new((host, port), mode, connector, server_name, credentials, &options.hello, timeouts))
}

fn host(url: &Url) -> Result<String, TransportUrlError> {
    let given = url.host_str().unwrap_or_default();
    // `smtp` is not one of the web's schemes, so the host arrives unread.
    let given = given.trim_start_matches('[').trim_end_matches(']');
    let bracketed = if given.contains(':') { format!("[{given}]") } else { given.to_owned() };
    match Host::parse(&bracketed) {
        Ok(Host::Domain(name)) if !name.is_empty() => Ok(name),
        Ok(Host::Ipv4(address)) => Ok(address.to_string()),
        Ok(Host::Ipv6(address)) => Ok(address.to_string()),
        Ok(Host::Domain(_)) | Err(_) => {
            Err(part("the host", "write smtp://mail.example.org:587 with your relay's name"))
        }
    }
}

fn query(url: &Url) -> Result<(Option<TlsMode>, Option<PathBuf>), TransportUrlError> {
    let (mut mode, mut ca_file) = (None, None);
    for (key, value) in url.query_pairs() {
        match (key.as_ref(), value.as_ref()) {
            ("tls", _) if mode.is_some() => return Err(part("tls", "it is given twice")),
            ("tls", "none") => mode = Some(TlsMode::None),
            ("tls", "starttls") => mode = Some(TlsMode::StartTls),
            ("tls", "implicit") => mode = Some(TlsMode::Implicit),
            ("tls", other) => {
                return Err(part("tls", format!("{other:?} is none of none, starttls, implicit")));
            }
            ("ca_file", _) if ca_file.is_some() => return Err(part("ca_file", "it is given twice")),
            ("ca_file", path) => ca_file = Some(PathBuf::from(path)),
            (other, _) => {
                return Err(part("an option", format!("{other:?} is not known; there are tls and ca_file")));
            }
        }
    }
    if mode == Some(TlsMode::None) && ca_file.is_some() {
        return Err(part("ca_file", "it has no meaning with tls=none; leave one of the two out"));
    }
    Ok((mode, ca_file))
}

fn credentials(url: &Url) -> Result<Option<(String, String)>, TransportUrlError> {
    let user = percent_decoded(url.username()).ok_or_else(|| part("the user", ESCAPES))?;
    let password =
        percent_decoded(url.password().unwrap_or_default()).ok_or_else(|| part("the password", ESCAPES))?;
    match (user.is_empty(), password.is_empty()) {
        (true, true) => Ok(None),
        (false, false) => Ok(Some((user, password))),
        (true, false) => Err(part("the user", "there is a password but no user; write user:password@")),
        (false, true) => Err(part("the password", "there is a user but no password; write user:password@")),
    }
}

const ESCAPES: &str = "after % come two hexadecimal digits, and the whole is UTF-8 without control characters; \
                       write % itself as %25";

/// Undoes percent escapes. `None` for broken ones, for bytes that are not UTF-8, and for control characters,
/// which no sign-in to a relay can carry.
fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let decoded = if byte == b'%' {
            let digit = |b: Option<u8>| char::from(b?).to_digit(16);
            u8::try_from(digit(rest.next())? * 16 + digit(rest.next())?).ok()?
        } else {
            byte
        };
        bytes.push(decoded);
    }
    let decoded = String::from_utf8(bytes).ok()?;
    (!decoded.chars().any(char::is_control)).then_some(decoded)
}

#[cfg(test)]
#[path = "address_tests.rs"]
mod tests;
