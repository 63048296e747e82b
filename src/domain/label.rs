//! Respondents whose side gives no address of theirs: they are known by a label, and their side hands out their links itself.
//!
//! Law: a label is unique on its side, whatever its case. It stands where the address of others does, under a key that no
//! address can be, so that nothing can be sent to it and nobody signs in by it. Called by the lists of members and by the store.

use std::fmt::Display;

use super::text::is_deceptive;

/// The longest label in characters.
pub const LABEL_MAX: usize = 80;

const PREFIX: &str = "label:";

/// Why a label was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    /// Nothing but blanks.
    #[error("A label is needed, such as initials, a role or a staff number.")]
    Empty,
    /// More than [`LABEL_MAX`] characters.
    #[error("A label has at most 80 characters; this one has {0}.")]
    TooLong(usize),
    /// A control character, a line break or a mark that turns the reading direction.
    #[error(
        "A label may not contain line breaks, control characters or marks that change the reading direction."
    )]
    Control,
    /// It looks like an address.
    #[error("A label holds no @: give an address as the e-mail address, or a label without one.")]
    Address,
}

/// The label without surrounding blanks: 1 to 80 characters that can be shown anywhere, none of them an @.
///
/// ```
/// use evenkeel::domain::label::clean_label;
/// assert_eq!(clean_label(" Plant manager ").unwrap(), "Plant manager");
/// assert!(clean_label("ada@example.org").is_err());
/// ```
pub fn clean_label(text: &str) -> Result<String, LabelError> {
    let label = text.trim();
    if label.is_empty() {
        return Err(LabelError::Empty);
    }
    if label.chars().any(|c| c.is_control() || is_deceptive(c)) {
        return Err(LabelError::Control);
    }
    if label.contains('@') {
        return Err(LabelError::Address);
    }
    match label.chars().count() {
        length if length > LABEL_MAX => Err(LabelError::TooLong(length)),
        _ => Ok(label.to_owned()),
    }
}

/// What stands in the place of an address for a label on a side.
pub fn label_key(side: impl Display, label: &str) -> String {
    format!("{PREFIX}{side}:{}", label.to_lowercase())
}

/// Whether what stands in the place of an address is one.
pub fn is_address(key: &str) -> bool {
    key.contains('@')
}

/// The label in lower case, if a key stands for one.
pub fn label_of(key: &str) -> Option<&str> {
    key.strip_prefix(PREFIX)?.split_once(':').map(|(_, label)| label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::partnership::EmailAddress;

    #[test]
    fn a_label_is_free_text_of_one_line_without_an_at() {
        for good in ["A", "Nº 17", "Leiter Einkauf", &"é".repeat(80)] {
            assert_eq!(clean_label(good).unwrap(), good);
        }
        for bad in ["", "  ", "a@b", "a\nb", "a\0b", "a\u{202E}b", &"x".repeat(81)] {
            assert!(clean_label(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_key_of_a_label_is_no_address_whatever_the_label() {
        for label in ["A", "x: y", "0", "label:1:x"] {
            let key = label_key("0197", label);
            assert!(!is_address(&key) && EmailAddress::parse(&key).is_err());
            assert_eq!(label_of(&key), Some(label.to_lowercase().as_str()));
        }
        assert_eq!(label_key(1, "Ada"), label_key(1, "ADA"));
        assert_ne!(label_key(1, "Ada"), label_key(2, "Ada"));
        assert_eq!(label_of("ada@example.org"), None);
    }
}
