//! "You said, we agreed": what came of a check, for those who were asked.
//!
//! Law: it names indicators by the colour that the reader's side sees, without a figure, and what the sides promised with
//! its day; nobody's answer, comment or name. It can be ended like every letter to respondents.

use askama::Template;

use super::words::count;
use super::{House, Line, Placeholder, Reader, Rendered};

/// Everything that came of checks in which one person was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgreedLetter {
    /// Who was asked.
    pub reader: Reader,
    /// At least one.
    pub checks: Vec<AgreedCheck>,
    /// The place of the link to which letters the reader wants.
    pub letters: Placeholder,
}

/// What came of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgreedCheck {
    /// The partnership's name.
    pub partnership: Line,
    /// The period ("2026-Q3").
    pub period: Line,
    /// What the answers came to, a sentence each.
    pub said: Vec<Line>,
    /// What was promised, a line each; empty when nothing was.
    pub agreed: Vec<Line>,
    /// How many further promises there are.
    pub more: u32,
}

impl AgreedCheck {
    /// What stands where nothing was promised, and what follows the promises.
    fn rest(&self) -> Option<String> {
        match (self.agreed.is_empty(), self.more) {
            (true, _) => Some("It was talked over; no action was agreed.".to_owned()),
            (false, 0) => None,
            (false, more) => Some(format!("And {}.", count(more, "further action"))),
        }
    }
}

impl AgreedLetter {
    fn subject(&self) -> String {
        match self.checks.as_slice() {
            [only] => format!("{}, {}: you said, we agreed", only.partnership.cut(80), only.period),
            many => {
                let checks = count(u32::try_from(many.len()).unwrap_or(u32::MAX), "partnership check");
                format!("{checks}: you said, we agreed")
            }
        }
    }

    pub(super) fn render(&self, house: &House) -> Rendered {
        let subject = self.subject();
        let Self { reader, checks, letters } = self;
        let text = Text { house, reader, checks, letters };
        let html = Html { house, reader, subject: &subject, checks, letters };
        Rendered::from_templates(subject.clone(), &text, &html)
    }
}

#[derive(Template)]
#[template(path = "mail_agreed.txt", escape = "none")]
struct Text<'a> {
    house: &'a House,
    reader: &'a Reader,
    checks: &'a [AgreedCheck],
    letters: &'a Placeholder,
}

#[derive(Template)]
#[template(path = "mail_agreed.html")]
struct Html<'a> {
    house: &'a House,
    reader: &'a Reader,
    subject: &'a str,
    checks: &'a [AgreedCheck],
    letters: &'a Placeholder,
}
