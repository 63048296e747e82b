//! Secret links as placeholders.
//!
//! A letter is rendered and stored long before it leaves; a secret link in it would lie in the database and
//! its backups. So a rendered letter holds `{{survey:<id>}}`, `{{login:<id>}}`,
//! `{{letters:<id>}}`, `{{digest:<id>}}`, `{{action:<id>}}` or `{{trial:<token>}}`, and the courier puts the
//! address in place while sending. Law: only [`Placeholder`] can make one (a [`super::Line`] never holds
//! `{{`), and what is filled in is not searched again.

use std::fmt;

use thiserror::Error;

/// What a secret link opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LinkKind {
    /// A respondent's form; the id is the invitation's.
    Survey,
    /// A sign-in; the id is the login request's.
    Login,
    /// Which letters a person wants; the id is the person's.
    Letters,
    /// Whether a leader wants the monthly digest; the id is the person's.
    Digest,
    /// A form that saves nothing; the id is the link's own token.
    Trial,
    /// What became of an action, told by whoever is to do it; the id is the action's.
    Action,
}

impl LinkKind {
    /// The word in the placeholder: `survey`, `login`, `letters`, `digest`, `action` or `trial`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Survey => "survey",
            Self::Login => "login",
            Self::Letters => "letters",
            Self::Digest => "digest",
            Self::Action => "action",
            Self::Trial => "trial",
        }
    }
}

/// The place of one secret link in a rendered letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholder {
    kind: LinkKind,
    id: String,
}

impl Placeholder {
    /// The place of the answer link of invitation `id`. Of the id only ASCII letters, digits and `-` are kept.
    #[must_use]
    pub fn survey(id: &str) -> Self {
        Self::new(LinkKind::Survey, id)
    }

    /// The place of the sign-in link of login request `id`, with the same rule.
    #[must_use]
    pub fn login(id: &str) -> Self {
        Self::new(LinkKind::Login, id)
    }

    /// The place of the link to what person `id` wants to be written, with the same rule.
    #[must_use]
    pub fn letters(id: &str) -> Self {
        Self::new(LinkKind::Letters, id)
    }

    /// The place of the link to whether person `id` wants the monthly digest, with the same rule.
    #[must_use]
    pub fn digest(id: &str) -> Self {
        Self::new(LinkKind::Digest, id)
    }

    /// The place of the link to action `id`, with the same rule.
    #[must_use]
    pub fn action(id: &str) -> Self {
        Self::new(LinkKind::Action, id)
    }

    /// The place of the link to a form that saves nothing, by its token, which is no secret worth keeping; with the same rule.
    #[must_use]
    pub fn trial(token: &str) -> Self {
        Self::new(LinkKind::Trial, token)
    }

    fn new(kind: LinkKind, id: &str) -> Self {
        Self { kind, id: id.chars().filter(|c| is_id_char(*c)).collect() }
    }
}

impl fmt::Display for Placeholder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{{{}:{}}}}}", self.kind.word(), self.id)
    }
}

const fn is_id_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-'
}

/// A link that nobody can fill in any more, for instance because its round was cancelled.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "the letter holds a {} link with the id \"{id}\", which leads nowhere any more; \
     cancel the letter, or send the person a new one",
    kind.word()
)]
pub struct UnknownLink {
    /// What the link should have opened.
    pub kind: LinkKind,
    /// The id in the placeholder; not a secret.
    pub id: String,
}

/// Replaces each placeholder in `text` by what `find` answers for it; everything else stays as it is.
///
/// # Errors
/// [`UnknownLink`] for the first placeholder that `find` does not know.
///
/// ```
/// # use evenkeel::mail::fill_placeholders;
/// let sent = fill_placeholders("Open {{survey:7}} today", |_, id| Some(format!("https://host/s/t{id}")));
/// assert_eq!(sent.as_deref(), Ok("Open https://host/s/t7 today"));
/// ```
pub fn fill_placeholders(
    text: &str,
    find: impl Fn(LinkKind, &str) -> Option<String>,
) -> Result<String, UnknownLink> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        let (before, from) = rest.split_at(start);
        out.push_str(before);
        if let Some((kind, id, after)) = read_placeholder(from) {
            let url = find(kind, id).ok_or_else(|| UnknownLink { kind, id: id.to_owned() })?;
            out.push_str(&url);
            rest = after;
        } else {
            // Step over one brace only: `{{{survey:7}}` still holds a placeholder.
            out.push('{');
            rest = &from[1..];
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// Reads a placeholder at the very start of `text`: its kind, its id and what follows.
fn read_placeholder(text: &str) -> Option<(LinkKind, &str, &str)> {
    let (inside, after) = text.strip_prefix("{{")?.split_once("}}")?;
    let (word, id) = inside.split_once(':')?;
    let kinds = [
        LinkKind::Survey,
        LinkKind::Login,
        LinkKind::Letters,
        LinkKind::Digest,
        LinkKind::Action,
        LinkKind::Trial,
    ];
    let kind = kinds.into_iter().find(|kind| kind.word() == word)?;
    (!id.is_empty() && id.chars().all(is_id_char)).then_some((kind, id, after))
}

/// Escapes an address for an HTML attribute or text.
pub(super) fn escape_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(text: &str) -> Result<String, UnknownLink> {
        fill_placeholders(text, |kind, id| (id != "gone").then(|| format!("<{}={id}>", kind.word())))
    }

    #[test]
    fn placeholders_are_filled_and_all_else_stays() {
        for (given, filled) in [
            ("{{survey:a-1}}{{login:2}}", "<survey=a-1><login=2>"),
            ("{{{survey:1}}}", "{<survey=1>}"),
            (
                "{{other:1}} {{survey:}} {{survey:a b}} {{survey:1",
                "{{other:1}} {{survey:}} {{survey:a b}} {{survey:1",
            ),
            ("× {{ {", "× {{ {"),
        ] {
            assert_eq!(fill(given).as_deref(), Ok(filled));
        }
    }

    #[test]
    fn what_is_filled_in_is_not_searched_again() {
        let filled = fill_placeholders("{{login:1}}", |_, _| Some("{{login:2}}".to_owned()));
        assert_eq!(filled.as_deref(), Ok("{{login:2}}"));
    }

    #[test]
    fn an_unknown_link_is_named() {
        let error = fill("{{survey:1}} {{login:gone}}").unwrap_err();
        assert_eq!((error.kind, error.id.as_str()), (LinkKind::Login, "gone"));
        assert!(error.to_string().contains("a login link with the id \"gone\""));
    }

    #[test]
    fn an_id_can_not_close_its_placeholder_early() {
        assert_eq!(Placeholder::survey("1}}{{login:2").to_string(), "{{survey:1login2}}");
    }
}
