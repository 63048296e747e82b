//! Comments: where the closing question is asked, and what of an answer to it may be shown (R8).
//!
//! Law: it is asked only where the answer may ever be shown; outside named mode nothing is shown of a side with fewer than
//! [`comments_from`] responses, and addresses, telephone numbers and names of members are masked before a comment is frozen.
//! Called by the form and by the close.

use std::collections::BTreeSet;

use super::mode::Mode;

/// Outside named mode, the least number of responses of a side from which its comments are shown, whatever the floor.
const LEAST: u32 = 5;
/// Shorter parts of a name are words of the language too often: they are masked only as they are written.
const SHORT_NAME: usize = 3;
/// Fewer digits are a figure, not a telephone number.
const PHONE_DIGITS: usize = 6;

/// From how many responses of a side on its comments are shown.
///
/// ```
/// use evenkeel::domain::{comments::comments_from, mode::Mode};
/// assert_eq!(comments_from(Mode::Named, 0), 1);
/// assert_eq!(comments_from(Mode::Confidential, 3), 5);
/// assert_eq!(comments_from(Mode::Anonymous, 8), 8);
/// ```
pub fn comments_from(mode: Mode, floor_k: u32) -> u32 {
    match mode {
        Mode::Named => 1,
        Mode::Representative | Mode::Confidential | Mode::Anonymous => floor_k.max(LEAST),
    }
}

/// What takes the place of an address.
const ADDRESS: &str = "[address]";
/// What takes the place of a telephone number.
const NUMBER: &str = "[number]";
/// What takes the place of a name.
const NAME: &str = "[name]";

/// The words by which members are called: the parts of their names, in lower case except short ones.
pub fn names_of<'a>(members: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    let word = |part: &'a str| match part.chars().count() {
        0 | 1 => None,
        short if short < SHORT_NAME => Some(part.to_owned()),
        _ => Some(part.to_lowercase()),
    };
    let parts = |name: &'a str| name.split(|c: char| !c.is_alphanumeric()).filter_map(word);
    members.into_iter().flat_map(parts).collect()
}

/// A comment without addresses, telephone numbers and the names of members ([`names_of`]).
///
/// ```
/// use evenkeel::domain::comments::{mask, names_of};
/// let names = names_of(["Ada Brandt"]);
/// assert_eq!(mask("Ask Ada (ada@acme.example, +49 170 1234567).", &names), "Ask [name] ([address], [number]).");
/// ```
pub fn mask(text: &str, names: &BTreeSet<String>) -> String {
    mask_names(&mask_numbers(&mask_addresses(text)), names)
}

/// Every run of characters without blanks that holds an @ between others.
fn mask_addresses(text: &str) -> String {
    let mut masked = String::new();
    for piece in pieces(text, char::is_whitespace) {
        mask_addresses_in(piece, &mut masked);
    }
    masked
}

/// A piece without blanks; what stands before and behind an address may hold another one.
fn mask_addresses_in(piece: &str, masked: &mut String) {
    let outer = |c: char| !c.is_alphanumeric() && !matches!(c, '@' | '.' | '_' | '-' | '+');
    let Some(at) = piece.find('@').filter(|at| *at > 0 && at + 1 < piece.len()) else {
        masked.push_str(piece);
        return;
    };
    let start = piece[..at].rfind(outer).map_or(0, |end| end + char_len(piece, end));
    let end = piece[at..].find(outer).map_or(piece.len(), |end| at + end);
    let address = piece[start..end].trim_end_matches(['.', '-']);
    masked.push_str(&piece[..start]);
    masked.push_str(ADDRESS);
    mask_addresses_in(&piece[start + address.len()..], masked);
}

fn char_len(text: &str, at: usize) -> usize {
    text[at..].chars().next().map_or(1, char::len_utf8)
}

/// Every run of digits and what people write between them, from so many digits on that it is no figure.
fn mask_numbers(text: &str) -> String {
    let of_number =
        |c: char| c.is_numeric() || matches!(c, '+' | '(' | ')' | '/' | '-' | '.' | ' ' | '\u{a0}');
    let mut masked = String::new();
    for piece in pieces(text, |c| !of_number(c)) {
        if piece.chars().filter(|c| c.is_numeric()).count() < PHONE_DIGITS {
            masked.push_str(piece);
            continue;
        }
        let start = piece.find(|c: char| c.is_numeric() || c == '+').unwrap_or(0);
        let end = piece.rfind(char::is_numeric).map_or(piece.len(), |at| at + char_len(piece, at));
        masked.push_str(&piece[..start]);
        masked.push_str(NUMBER);
        masked.push_str(&piece[end..]);
    }
    masked
}

fn mask_names(text: &str, names: &BTreeSet<String>) -> String {
    let masked = |piece: &str| {
        let own = piece.to_lowercase();
        let is_name = names.contains(piece)
            || names.contains(&own)
            || own.strip_suffix('s').is_some_and(|own| names.contains(own));
        if is_name { NAME.to_owned() } else { piece.to_owned() }
    };
    // What was masked before stays as it is.
    pieces(text, |c| !c.is_alphanumeric()).map(masked).collect::<String>().replace("[[name]]", NAME)
}

/// A text in pieces that change between characters that end a piece and those that do not; together they are the text.
fn pieces<'a>(text: &'a str, ends: impl Fn(char) -> bool + Copy + 'a) -> impl Iterator<Item = &'a str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let end = rest.find(|c| ends(c) != ends(first)).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        rest = after;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_numbers_and_names_are_masked_and_nothing_else() {
        let names = names_of(["Ada Brandt", "Jo Li", "Zoë O'Neill"]);
        for (text, masked) in [
            ("Write to ada.brandt+x@acme.example.", "Write to [address]."),
            ("a@b.c,d@e.f", "[address],[address]"),
            ("<ADA@ACME.EXAMPLE>", "<[address]>"),
            ("Call 0170/123 45 67 or (030) 901820.", "Call [number] or ([number]."),
            ("In 2026 we lost 12.5 % of 4,000 orders.", "In 2026 we lost 12.5 % of 4,000 orders."),
            ("ADA and Brandt’s team", "[name] and [name]’s team"),
            ("Adas plan; zoë agrees.", "[name] plan; [name] agrees."),
            ("Jo knows; O'Neill too. Mojo? jo.", "[name] knows; O'[name] too. Mojo? jo."),
            ("Adaptation is slow @ Acme.", "Adaptation is slow @ Acme."),
            ("", ""),
        ] {
            assert_eq!(mask(text, &names), masked, "{text}");
        }
    }

    #[test]
    fn the_floor_never_lowers_the_number_from_which_comments_are_shown() {
        for mode in [Mode::Representative, Mode::Confidential, Mode::Anonymous] {
            assert_eq!((comments_from(mode, 1), comments_from(mode, 10)), (5, 10));
        }
    }
}
