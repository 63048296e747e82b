//! The letters about a person's own account: the sign-in link, the test mail to oneself, and the word to a former address.

use askama::Template;

use super::words::count;
use super::{House, Line, Placeholder, Reader, Rendered};

/// A link to sign in, sent at once and never twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// Who asked, or whose address was typed.
    pub reader: Reader,
    /// The place of the sign-in link.
    pub link: Placeholder,
    /// A code to type instead of following the link, if the letter carries one.
    pub code: Option<Line>,
    /// For how many minutes link and code are valid.
    pub valid_minutes: u32,
    /// When it was asked for, in the reader's zone with the zone named ("14:02 Berlin").
    pub asked_at: Line,
    /// The browser that asked, in plain words ("Firefox on Linux"); may be empty.
    pub browser: Line,
}

/// The test mail that a manager sends to themselves while setting up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    /// Who asked for it.
    pub reader: Reader,
}

/// Somebody else changed the address; told to the former one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Whose address it was.
    pub reader: Reader,
}

impl SignIn {
    pub(super) fn render(&self, house: &House) -> Rendered {
        let valid = count(self.valid_minutes, "minute");
        let subject = format!("Sign in to Evenkeel: a link for {valid}");
        let text = SignInText { house, mail: self, reader: &self.reader, valid: &valid };
        let html = SignInHtml { house, mail: self, reader: &self.reader, subject: &subject, valid: &valid };
        Rendered::from_templates(subject.clone(), &text, &html)
    }
}

impl Test {
    pub(super) fn render(&self, house: &House) -> Rendered {
        let subject = "Test mail from Evenkeel";
        let text = TestText { house, reader: &self.reader };
        let html = TestHtml { house, reader: &self.reader, subject };
        Rendered::from_templates(subject.to_owned(), &text, &html)
    }
}

impl Moved {
    pub(super) fn render(&self, house: &House) -> Rendered {
        let subject = "Your letters go to another address now";
        let text = MovedText { house, reader: &self.reader };
        let html = MovedHtml { house, reader: &self.reader, subject };
        Rendered::from_templates(subject.to_owned(), &text, &html)
    }
}

#[derive(Template)]
#[template(path = "mail_moved.txt", escape = "none")]
struct MovedText<'a> {
    house: &'a House,
    reader: &'a Reader,
}

#[derive(Template)]
#[template(path = "mail_moved.html")]
struct MovedHtml<'a> {
    house: &'a House,
    reader: &'a Reader,
    subject: &'a str,
}

#[derive(Template)]
#[template(path = "mail_sign_in.txt", escape = "none")]
struct SignInText<'a> {
    house: &'a House,
    mail: &'a SignIn,
    reader: &'a Reader,
    valid: &'a str,
}

#[derive(Template)]
#[template(path = "mail_sign_in.html")]
struct SignInHtml<'a> {
    house: &'a House,
    mail: &'a SignIn,
    reader: &'a Reader,
    subject: &'a str,
    valid: &'a str,
}

#[derive(Template)]
#[template(path = "mail_test.txt", escape = "none")]
struct TestText<'a> {
    house: &'a House,
    reader: &'a Reader,
}

#[derive(Template)]
#[template(path = "mail_test.html")]
struct TestHtml<'a> {
    house: &'a House,
    reader: &'a Reader,
    subject: &'a str,
}
