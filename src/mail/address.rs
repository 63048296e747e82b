//! E-mail addresses, checked once and in one way for headers and for the envelope.
//!
//! Law: an address that reaches a header or a relay holds no line break, no control character and no
//! character outside ASCII, so that no header and no SMTP command can be smuggled in. What an address is, is
//! decided by [`EmailAddress`] alone, so that set-up accepts none which no letter can reach; here international
//! domain names are turned into their ASCII form first.

use lettre::Address;
use thiserror::Error;

use crate::domain::partnership::EmailAddress;

/// Why an address was refused. The sentences repeat the address only in quoted, escaped form.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AddressError {
    /// Line breaks, spaces or other characters that no address holds.
    #[error(
        "the address {0:?} holds a space, a line break or a control character; write it as name@example.org"
    )]
    Unclean(String),
    /// No `@`, an empty part, or a part that the mail standards do not allow.
    #[error("the address {0:?} is not an e-mail address; write it as name@example.org")]
    Malformed(String),
    /// A name part outside ASCII, which many relays cannot carry.
    #[error(
        "the part of the address {0:?} before the @ holds letters outside a-z; use an address without them"
    )]
    NotAscii(String),
}

/// Reads an address.
///
/// # Errors
/// [`AddressError`] with a sentence that names the address and the way out.
pub fn parse(text: &str) -> Result<Address, AddressError> {
    let quoted = || text.to_owned();
    if text.chars().any(|c| c.is_control() || c.is_whitespace() || matches!(c, '<' | '>' | '"' | '\\')) {
        return Err(AddressError::Unclean(quoted()));
    }
    let (user, domain) = text.rsplit_once('@').ok_or_else(|| AddressError::Malformed(quoted()))?;
    if !user.is_ascii() {
        return Err(AddressError::NotAscii(quoted()));
    }
    let malformed = || AddressError::Malformed(quoted());
    let domain = if domain.is_ascii() {
        domain.to_owned()
    } else {
        // Address literals (`name@[192.0.2.1]`) are mail-standard, but no person's address.
        let Ok(url::Host::Domain(domain)) = url::Host::parse(domain) else { return Err(malformed()) };
        domain
    };
    let address = EmailAddress::parse(&format!("{user}@{domain}")).map_err(|_| malformed())?;
    address.as_str().parse().map_err(|_| malformed())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_letter_can_be_addressed_to_whatever_set_up_accepts(
            user in "[a-zA-Z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}",
            domain in "([a-zA-Z0-9-]{1,8}|xn--[a-z0-9]{1,8}|0x[0-9a-f]{1,3}|[0-9]{1,3})(\\.([a-zA-Z0-9-]{1,63}|[0-9]{1,3})){0,3}",
        ) {
            if let Ok(address) = EmailAddress::parse(&format!("{user}@{domain}")) {
                let read = parse(address.as_str());
                prop_assert_eq!(read.map(|own| own.to_string()), Ok(address.as_str().to_owned()));
            }
        }
    }

    #[test]
    fn ordinary_and_international_domains_are_read() {
        for (given, read) in [
            ("ines.mortensen+q3@north-moor.example", "ines.mortensen+q3@north-moor.example"),
            ("a@bücher.example", "a@xn--bcher-kva.example"),
            ("o'neil@example.org", "o'neil@example.org"),
        ] {
            assert_eq!(parse(given).unwrap().to_string(), read);
        }
    }

    #[test]
    fn nothing_that_could_end_a_line_is_an_address() {
        for given in [
            "a@b\r\nBcc: x@y",
            "a@b.example\n",
            "a b@c.example",
            "a@b.example\0",
            "<a@b.example>",
            "\"a b\"@c.example",
        ] {
            assert!(matches!(parse(given), Err(AddressError::Unclean(_))), "{given:?}");
            assert!(!parse(given).unwrap_err().to_string().contains(['\r', '\n', '\0']));
        }
        for given in
            ["", "a", "@b.example", "a@", "a@@b.example", "a@b..example", "a@[127.0.0.1]", "a..b@c.example"]
        {
            assert!(matches!(parse(given), Err(AddressError::Malformed(_))), "{given:?}");
        }
        assert!(matches!(parse("ä@b.example"), Err(AddressError::NotAscii(_))));
    }
}
