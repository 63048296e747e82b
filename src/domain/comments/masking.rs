//! Masking: what of a comment tells who is meant is taken out of it before it is frozen.
//!
//! Law: addresses, telephone numbers and the names of members are replaced by a word in brackets, however they are written:
//! with or without accents, composed or decomposed, in wide letters, in scripts without blanks between words. What cannot be
//! known stays: nicknames, initials, endings that a language adds to a name. Called by the close.

use std::collections::BTreeSet;

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};

/// Shorter parts of a name are words of the language too often: they are masked only as they are written.
const SHORT_NAME: usize = 3;
/// Fewer digits are a figure, not a telephone number.
const PHONE_DIGITS: usize = 6;

/// What takes the place of an address, of a telephone number and of a name, and what stands there until all are found: a
/// character that no comment holds.
const MASKS: [(char, &str); 3] = [(ADDRESS, "[address]"), (NUMBER, "[number]"), (NAME, "[name]")];
const ADDRESS: char = '\u{e000}';
const NUMBER: char = '\u{e001}';
const NAME: char = '\u{e002}';

/// The words by which members are called, in the form in which they are looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// The parts of names, as [`plain`] writes them; short ones as they are written.
    words: BTreeSet<String>,
    /// Names in scripts without blanks between words: they are looked for inside words, the longest first.
    inside: Vec<String>,
}

impl Names {
    /// The words by which people with these names are called.
    pub fn of<'a>(members: impl IntoIterator<Item = &'a str>) -> Self {
        let composed: Vec<String> = members.into_iter().map(compose).collect();
        let parts = composed.iter().flat_map(|name| name.split(|c| !in_word(c)));
        let (unspaced, spaced): (Vec<&str>, Vec<&str>) =
            parts.filter(|part| part.chars().count() > 1).partition(|part| part.chars().any(is_unspaced));
        let word =
            |part: &&str| if part.chars().count() < SHORT_NAME { (*part).to_owned() } else { plain(part) };
        let mut inside: Vec<String> = unspaced.into_iter().flat_map(calls).collect();
        inside.sort_by_key(|name| std::cmp::Reverse(name.len()));
        inside.dedup();
        Self { words: spaced.iter().map(word).collect(), inside }
    }

    fn holds(&self, word: &str) -> bool {
        let own = plain(word);
        self.words.contains(word)
            || self.words.contains(&own)
            || own.strip_suffix('s').is_some_and(|own| self.words.contains(own))
    }
}

/// How somebody is called whose name is written in one run: by all of it, and, from three characters on, by the first two or
/// by the last two (the family's or the own name, or most of it).
fn calls(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut calls = vec![name.to_owned()];
    if letters.len() > 2 {
        calls.push(letters[..2].iter().collect());
        calls.push(letters[letters.len() - 2..].iter().collect());
    }
    calls
}

/// A comment without addresses, telephone numbers and the names of members, in composed letters (NFC).
///
/// ```
/// use evenkeel::domain::comments::{Names, mask};
/// let names = Names::of(["Ada Brandt"]);
/// assert_eq!(mask("Ask Ada (ada@acme.example, +49 170 1234567).", &names), "Ask [name] ([address], [number]).");
/// ```
pub fn mask(text: &str, names: &Names) -> String {
    let masked = mask_names(&mask_numbers(&mask_addresses(&compose(text))), names);
    MASKS.iter().fold(masked, |text, (mark, word)| text.replace(*mark, word))
}

/// One way to write a letter that has several, and nothing that cannot be seen inside words.
fn compose(text: &str) -> String {
    let unseen = |c: &char| matches!(c, '\u{ad}' | '\u{200b}' | '\u{2060}' | ADDRESS..=NAME);
    let seen: String = text.chars().filter(|c| !unseen(c)).collect();
    ComposingNormalizerBorrowed::new_nfc().normalize(&seen).into_owned()
}

/// A word as it is compared: small, without accents, in plain letters.
fn plain(word: &str) -> String {
    let apart = DecomposingNormalizerBorrowed::new_nfkd().normalize(word).to_lowercase();
    apart.chars().filter(|c| !is_mark(*c)).collect()
}

/// Marks that stand over or under the letter before them.
const fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{fe20}'..='\u{fe2f}')
}

fn in_word(c: char) -> bool {
    c.is_alphanumeric() || is_mark(c)
}

/// Letters of scripts that put no blanks between words, or hang endings onto names: Han, kana, Hangul, Thai, Lao, Khmer,
/// Burmese.
const fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1100}'..='\u{11ff}' | '\u{1780}'..='\u{17ff}'
        | '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

const fn is_at(c: char) -> bool {
    matches!(c, '@' | '\u{ff20}' | '\u{fe6b}')
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
    let outer =
        |c: char| !c.is_alphanumeric() && !is_at(c) && !matches!(c, '.' | '\u{ff0e}' | '_' | '-' | '+');
    let inner = |at: &usize| *at > 0 && at + char_len(piece, *at) < piece.len();
    let Some(at) = piece.find(is_at).filter(inner) else {
        masked.push_str(piece);
        return;
    };
    let start = piece[..at].rfind(outer).map_or(0, |end| end + char_len(piece, end));
    let end = piece[at..].find(outer).map_or(piece.len(), |end| at + end);
    let address = piece[start..end].trim_end_matches(['.', '-']);
    masked.push_str(&piece[..start]);
    masked.push(ADDRESS);
    mask_addresses_in(&piece[start + address.len()..], masked);
}

fn char_len(text: &str, at: usize) -> usize {
    text[at..].chars().next().map_or(1, char::len_utf8)
}

/// Every run of digits and what people write between them, from so many digits on that it is no figure.
fn mask_numbers(text: &str) -> String {
    let of_number = |c: char| {
        c.is_numeric() || matches!(c, '+' | '\u{ff0b}' | '(' | ')' | '/' | '-' | '.' | ' ' | '\u{a0}')
    };
    let mut masked = String::new();
    for piece in pieces(text, |c| !of_number(c)) {
        if piece.chars().filter(|c| c.is_numeric()).count() < PHONE_DIGITS {
            masked.push_str(piece);
            continue;
        }
        let start = piece.find(|c: char| c.is_numeric() || matches!(c, '+' | '\u{ff0b}')).unwrap_or(0);
        let end = piece.rfind(char::is_numeric).map_or(piece.len(), |at| at + char_len(piece, at));
        masked.push_str(&piece[..start]);
        masked.push(NUMBER);
        masked.push_str(&piece[end..]);
    }
    masked
}

fn mask_names(text: &str, names: &Names) -> String {
    let mark = NAME.to_string();
    let inside =
        |piece: &str| names.inside.iter().fold(piece.to_owned(), |own, name| own.replace(name, &mark));
    let masked = |piece: &str| if names.holds(piece) { mark.clone() } else { inside(piece) };
    pieces(text, |c| !in_word(c)).map(masked).collect()
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

    fn each(names: &[&str], cases: &[(&str, &str)]) {
        let names = Names::of(names.iter().copied());
        for (text, masked) in cases {
            assert_eq!(mask(text, &names), *masked, "{text}");
        }
    }

    #[test]
    fn addresses_numbers_and_names_are_masked_and_nothing_else() {
        each(
            &["Ada Brandt", "Jo Li", "Zoë O'Neill"],
            &[
                ("Write to ada.brandt+x@acme.example.", "Write to [address]."),
                ("a@b.c,d@e.f", "[address],[address]"),
                ("<ADA@ACME.EXAMPLE>", "<[address]>"),
                ("Call 0170/123 45 67 or (030) 901820.", "Call [number] or ([number]."),
                ("In 2026 we lost 12.5 % of 4,000 orders.", "In 2026 we lost 12.5 % of 4,000 orders."),
                ("ADA and Brandt’s team", "[name] and [name]’s team"),
                ("Adas plan; zoë agrees.", "[name] plan; [name] agrees."),
                ("Jo knows; O'Neill too. Mojo? jo.", "[name] knows; O'[name] too. Mojo? jo."),
                ("Adaptation is slow @ Acme.", "Adaptation is slow @ Acme."),
                ("\u{e000}Ada\u{e002}", "[name]"),
                ("", ""),
            ],
        );
    }

    #[test]
    fn a_name_is_found_however_its_letters_are_put_together() {
        let decomposed = "Zoe\u{308} Bjo\u{308}rk";
        for name in ["Zoë Björk", decomposed] {
            each(
                &[name],
                &[
                    ("Zoë and Björk", "[name] and [name]"),
                    (decomposed, "[name] [name]"),
                    ("Zoe, BJORK", "[name], [name]"),
                    ("Ｚｏｅ", "[name]"),
                    ("Z\u{200b}oë, Bj\u{ad}örk", "[name], [name]"),
                    ("Cafe\u{301} at zoos", "Café at zoos"),
                ],
            );
        }
    }

    #[test]
    fn a_name_is_found_inside_a_text_without_blanks() {
        each(
            &["田中太郎", "김철수", "山田 花子"],
            &[
                ("田中さんは太郎です", "[name]さんは[name]です"),
                ("田中太郎が", "[name]が"),
                ("김철수는 철수가", "[name]는 [name]가"),
                ("花子に山田", "[name]に[name]"),
                ("日本語の会議", "日本語の会議"),
            ],
        );
    }

    #[test]
    fn addresses_and_numbers_in_wide_letters_are_masked() {
        each(
            &[],
            &[
                ("ａｄａ＠ａｃｍｅ．ｅｘａｍｐｌｅ へ", "[address] へ"),
                ("☎ ＋８１ ９０ １２３４ ５６７８", "☎ [number]"),
            ],
        );
    }
}
