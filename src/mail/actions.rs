//! The weekly letter about actions: those that are overdue or due within the week.
//!
//! Law: whoever is to do an action gets a link of their own, behind which they say what became of it; where nobody is named,
//! the managers of its side get the page of the review.

use askama::Template;

use super::words::count;
use super::{House, Line, Placeholder, Reader, Rendered};

/// The actions of one person in one week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionsLetter {
    /// Who is to do them, or manages the side that promised them.
    pub reader: Reader,
    /// At least one, the earliest due in front.
    pub items: Vec<ActionItem>,
}

/// One action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionItem {
    /// The partnership's name.
    pub partnership: Line,
    /// The side that promised it.
    pub side: Line,
    /// What is to be done.
    pub text: Line,
    /// Whether its day has passed.
    pub overdue: bool,
    /// Its day ("Fri 15 Jan 2027").
    pub due: Line,
    /// The place of the reader's own link; none where nobody is named.
    pub link: Option<Placeholder>,
    /// The page of the review; an ordinary page behind the sign-in.
    pub review: Line,
}

impl ActionItem {
    fn state(&self) -> &'static str {
        if self.overdue { "Overdue" } else { "Due this week" }
    }

    fn when(&self) -> String {
        if self.overdue {
            format!("It was due on {}", self.due)
        } else {
            format!("It is due on {}", self.due)
        }
    }
}

impl ActionsLetter {
    fn overdue(&self) -> u32 {
        u32::try_from(self.items.iter().filter(|own| own.overdue).count()).unwrap_or(u32::MAX)
    }

    fn all(&self) -> u32 {
        u32::try_from(self.items.len()).unwrap_or(u32::MAX)
    }

    fn subject(&self) -> String {
        let all = count(self.all(), "action");
        match (self.items.as_slice(), self.overdue()) {
            ([only], 1) => format!("{}: an action is overdue", only.partnership.cut(80)),
            ([only], _) => format!("{}: an action is due this week", only.partnership.cut(80)),
            (_, 0) => format!("{all} due this week"),
            (_, overdue) => format!("{all}, {overdue} overdue"),
        }
    }

    fn headline(&self) -> String {
        match (self.all(), self.overdue()) {
            (1, 1) => "An action is overdue.".to_owned(),
            (1, _) => "An action is due this week.".to_owned(),
            (all, 0) => format!("{} are due this week.", count(all, "action")),
            (all, overdue) => format!("{}, {overdue} of them overdue.", count(all, "action")),
        }
    }

    pub(super) fn render(&self, house: &House) -> Rendered {
        let (subject, headline) = (self.subject(), self.headline());
        let Self { reader, items } = self;
        let text = Text { house, reader, headline: &headline, items };
        let html = Html { house, reader, subject: &subject, headline: &headline, items };
        Rendered::from_templates(subject.clone(), &text, &html)
    }
}

#[derive(Template)]
#[template(path = "mail_actions.txt", escape = "none")]
struct Text<'a> {
    house: &'a House,
    reader: &'a Reader,
    headline: &'a str,
    items: &'a [ActionItem],
}

#[derive(Template)]
#[template(path = "mail_actions.html")]
struct Html<'a> {
    house: &'a House,
    reader: &'a Reader,
    subject: &'a str,
    headline: &'a str,
    items: &'a [ActionItem],
}
