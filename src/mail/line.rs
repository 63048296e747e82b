//! [`Line`]: a text from outside that is safe to put into a mail, and the wrapping of plain text.
//!
//! Law: whatever a person typed as a name or a sentence stays on one line, cannot turn the reading direction
//! of what follows, and cannot be taken for a placeholder of a secret link. HTML escaping is not done here:
//! the templates do it. Used by every letter of `mail/`.

use std::fmt;

/// The width at which plain text is wrapped, in characters.
pub const COLUMNS: usize = 78;

/// One line of text without control characters, direction overrides or doubled opening braces.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Line(String);

impl Line {
    /// Cleans `text`: line breaks and other control characters become a space, direction overrides go,
    /// `{{` becomes `{ {`, spaces around and doubled spaces go.
    ///
    /// ```
    /// # use evenkeel::mail::Line;
    /// assert_eq!(Line::new("North\r\nBcc: x").as_str(), "North Bcc: x");
    /// assert_eq!(Line::new("{{survey:x}}").as_str(), "{ {survey:x}}");
    /// ```
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut clean = String::with_capacity(text.len());
        for c in text.chars().filter(|c| !turns_direction(*c)) {
            let c = if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c };
            match (clean.chars().last(), c) {
                (None | Some(' '), ' ') => {}
                (Some('{'), '{') => clean.push_str(" {"),
                _ => clean.push(c),
            }
        }
        clean.truncate(clean.trim_end_matches(' ').len());
        Self(clean)
    }

    /// The cleaned text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nothing is left to show.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// At most `limit` characters, the last one `…` if something was cut. For subjects.
    #[must_use]
    pub fn cut(&self, limit: usize) -> Self {
        if self.0.chars().count() <= limit {
            return self.clone();
        }
        let mut short: String = self.0.chars().take(limit.saturating_sub(1)).collect();
        short.truncate(short.trim_end().len());
        short.push('…');
        Self(short)
    }

    /// The same text as the end of a sentence: a full stop is added unless the text already ends a sentence.
    #[must_use]
    pub fn stopped(&self) -> Self {
        let ended = self.0.is_empty() || self.0.ends_with(['.', '?', '!', '…', ':']);
        Self(if ended { self.0.clone() } else { format!("{}.", self.0) })
    }
}

/// Characters that reorder what follows them on the screen (Unicode bidirectional embeddings, overrides and
/// isolates); a name has no use for them and a forged address has.
fn turns_direction(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

impl From<&str> for Line {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Line {
    fn from(text: String) -> Self {
        Self::new(&text)
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Tidies rendered plain text: no trailing spaces, never two empty lines together, none at the start, one
/// line break at the end, and lines wrapped at [`COLUMNS`].
#[must_use]
pub fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = false;
    for line in text.lines().map(str::trim_end) {
        if line.is_empty() {
            gap = !out.is_empty();
            continue;
        }
        if std::mem::take(&mut gap) {
            out.push('\n');
        }
        wrap_into(&mut out, line);
    }
    out
}

/// Appends `line` to `out`, broken at spaces; what follows keeps the indentation. A word that is too long
/// (an address) stays whole: broken, it could not be followed.
fn wrap_into(out: &mut String, line: &str) {
    let indent = &line[..line.len() - line.trim_start().len()];
    let mut width = 0;
    for word in line.split_whitespace() {
        let length = word.chars().count();
        if width > 0 && width + 1 + length > COLUMNS {
            out.push('\n');
            width = 0;
        }
        if width == 0 {
            out.push_str(indent);
            width = indent.len();
        } else {
            out.push(' ');
            width += 1;
        }
        out.push_str(word);
        width += length;
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_holds_no_break_override_or_placeholder() {
        for (given, kept) in [
            ("a\r\nBcc: x@y", "a Bcc: x@y"),
            ("\0\u{85}a\tb  c\u{2028}d ", "a b c d"),
            ("\u{202E}gpj.exe\u{2066}", "gpj.exe"),
            ("{{survey:x}}", "{ {survey:x}}"),
            ("{\u{202E}{login:x}}", "{ {login:x}}"),
            ("{{{a", "{ { {a"),
            ("{\n{a", "{ {a"),
            ("Łódź × 東京 👨‍👩‍👧", "Łódź × 東京 👨‍👩‍👧"),
        ] {
            assert_eq!(Line::new(given).as_str(), kept);
        }
    }

    #[test]
    fn a_cut_line_says_that_it_was_cut() {
        assert_eq!(Line::new("Northmoor").cut(9).as_str(), "Northmoor");
        assert_eq!(Line::new("Northmoor Systems").cut(11).as_str(), "Northmoor…");
    }

    #[test]
    fn wrapped_lines_keep_their_indentation_and_long_words_stay_whole() {
        let link = format!("  https://example.org/{}", "x".repeat(90));
        let text = tidy(&format!("\n\n  {}\n\n\n\n{link}  \n", "word ".repeat(40)));
        assert!(text.starts_with("  word word"));
        assert!(text.contains(&format!("\n\n{link}\n")), "{text}");
        let long: Vec<_> = text.lines().filter(|l| l.chars().count() > COLUMNS).collect();
        assert_eq!(long, [link.as_str()]);
        assert!(text.lines().all(|l| l.is_empty() || l.starts_with("  ")));
    }
}
