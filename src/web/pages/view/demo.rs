//! The two screens that exist only in the demo: the mailbox `/dev/mail` and the time machine `/dev/clock`.

use askama::Template;

use super::parts::Fact;
use super::{Chrome, Link};

/// `/dev/mail`: every mail that would have left, newest first.
#[derive(Debug, Template)]
#[template(path = "mailbox.html")]
pub struct MailboxPage {
    /// The frame.
    pub chrome: Chrome,
    /// One sentence with the number.
    pub headline: String,
    /// The mails of this page.
    pub rows: Vec<MailRow>,
    /// Earlier mails.
    pub earlier: Option<Link>,
}

/// One line of the mailbox.
#[derive(Debug, Clone)]
pub struct MailRow {
    /// When it was sent.
    pub sent: String,
    /// To whom.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// What kind of letter: invitation, reminder, result, sign-in.
    pub kind: String,
    /// Its page.
    pub href: String,
}

/// `/dev/mail/{id}`: one mail, as text and as its reader sees it.
#[derive(Debug, Template)]
#[template(path = "mail.html")]
pub struct MailPage {
    /// The frame.
    pub chrome: Chrome,
    /// The subject.
    pub subject: String,
    /// From, To, Reply-To, Date and the other headers worth reading.
    pub headers: Vec<Fact>,
    /// The addresses in the mail, as links that can be followed from here.
    pub links: Vec<Link>,
    /// The text part.
    pub text: String,
    /// Where the HTML part is served on its own; shown in a sandboxed frame.
    pub html_href: Option<String>,
}

/// `/dev/clock`: what time it is here, what comes next, and two ways to go there. The first form posts
/// `to=next`, the second `to=<date and time>`; neither needs a form token.
#[derive(Debug, Template)]
#[template(path = "clock.html")]
pub struct ClockPage {
    /// When the next check closes, where one is open.
    pub close: Option<String>,
    /// The frame.
    pub chrome: Chrome,
    /// The simulated time with its zone, as the headline says it.
    pub now: String,
    /// The value for the date-time field, `YYYY-MM-DDTHH:MM`.
    pub now_field: String,
    /// The zone the field is read in.
    pub zone: String,
    /// What is wrong with the time asked for.
    pub error: Option<String>,
    /// What comes next, soonest first.
    pub events: Vec<EventRow>,
}

/// Something that will happen.
#[derive(Debug, Clone)]
pub struct EventRow {
    /// When, with the zone.
    pub at: String,
    /// How far off, such as `in 3 days`.
    pub wait: String,
    /// What.
    pub what: String,
    /// The value that jumps there, RFC 3339.
    pub to: String,
}
