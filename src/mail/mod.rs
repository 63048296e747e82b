//! Mails: what a letter says, how it is built, and how it leaves the house.
//!
//! [`Mail`] is plain data; [`Mail::render`] turns it into a [`Rendered`] subject, text and HTML that say the
//! same. [`mime::build`] makes the bytes of an RFC 5322 message, and [`transport::Transport`] hands them to a
//! relay, a directory or a list in memory.
//!
//! Laws kept here: this is the only place that imports lettre; the same input gives the same bytes, so that a
//! second copy of a letter is byte for byte the first; a rendered letter holds no secret, only placeholders
//! ([`links`]) that are filled while sending; every text that came from a person is a [`Line`], which can
//! neither break a line nor make a placeholder. Nothing here reads a clock, a database or the settings.
//!
//! Called by: `workflow::compose_letters` (rendering) and `worker::courier` (filling, building, sending).

mod account;
mod act;
mod actions;
pub mod address;
mod agreed;
mod digest;
pub mod line;
pub mod links;
pub mod mime;
mod rating;
mod result;
mod survey;
pub mod transport;
mod words;

#[cfg(test)]
mod tests;

pub use account::{Moved, SignIn, Test};
pub use act::{ActKind, ActLetter, ActNote};
pub use actions::{ActionItem, ActionsLetter};
pub use agreed::{AgreedCheck, AgreedLetter};
pub use digest::{DigestFigure, DigestGroup, DigestItem, DigestLetter, DigestLine, DigestNotes};
pub use line::Line;
pub use links::{LinkKind, Placeholder, UnknownLink, fill_placeholders};
pub use rating::{Tile, Tone};
pub use result::{ResultItem, ResultLetter, ResultRow, Shown, SideMean};
pub use survey::{Saved, Survey, SurveyRound};

/// Who runs this server and where it is found; named in the footer of every mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct House {
    /// The operator's name (`instance.operator`).
    pub operator: Line,
    /// The public address of the server (`http.public_url`), shown as text.
    pub site: Line,
}

/// The one person a mail is written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    /// The name used in the greeting; may be empty, then there is no greeting.
    pub name: Line,
    /// The zone in which all times of this mail are told, as people say it ("Berlin").
    pub zone_name: Line,
}

/// Everything the service writes to people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mail {
    /// All open rounds of one person: invitations and reminders together.
    Survey(Survey),
    /// The results of one quarter hour for one manager.
    Result(ResultLetter),
    /// What managers are asked to decide, what was decided, what another side did alone.
    Act(ActLetter),
    /// What came of a check, for those who were asked.
    Agreed(AgreedLetter),
    /// The actions of one week.
    Actions(ActionsLetter),
    /// Where the partnerships of an organisation stand, once a month.
    Digest(DigestLetter),
    /// A link to sign in.
    SignIn(SignIn),
    /// To a former address: letters go elsewhere now.
    Moved(Moved),
    /// The test mail of the set-up page, to oneself.
    Test(Test),
}

/// A finished letter as it is stored: placeholders in place of secret links.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The subject, one line, never a placeholder in it.
    pub subject: String,
    /// The plain text, lines of at most 78 characters wherever a line can be broken.
    pub text: String,
    /// The same as a complete HTML document.
    pub html: String,
    /// The picture that the HTML names by its content id, if there is one.
    pub picture: Option<Picture>,
}

/// A picture that travels inside a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// What the HTML names it by, without angle brackets ([`mime::content_id`]).
    pub cid: String,
    /// The bytes of a PNG file.
    pub png: Vec<u8>,
}

impl Mail {
    /// Writes the mail for its reader. Pure: the same input gives the same letter.
    #[must_use]
    pub fn render(&self, house: &House) -> Rendered {
        match self {
            Self::Survey(mail) => mail.render(house),
            Self::Result(mail) => mail.render(house),
            Self::Act(mail) => mail.render(house),
            Self::Agreed(mail) => mail.render(house),
            Self::Actions(mail) => mail.render(house),
            Self::Digest(mail) => mail.render(house),
            Self::SignIn(mail) => mail.render(house),
            Self::Moved(mail) => mail.render(house),
            Self::Test(mail) => mail.render(house),
        }
    }
}

impl Mail {
    /// Gives the picture of this mail, if it has one, the name by which its HTML finds it ([`mime::content_id`]).
    pub fn name_picture(&mut self, cid: String) {
        if let Self::Digest(DigestLetter { picture: Some(picture), .. }) = self {
            picture.cid = cid;
        }
    }
}

impl Rendered {
    /// Puts the secret links in place; done at the moment of sending and never stored.
    ///
    /// `find` gives the whole address for a kind and an id. In the HTML part it is escaped.
    ///
    /// # Errors
    /// [`UnknownLink`] if `find` does not know one of the links.
    pub fn filled(&self, find: impl Fn(LinkKind, &str) -> Option<String>) -> Result<Self, UnknownLink> {
        let text = fill_placeholders(&self.text, &find)?;
        let html =
            fill_placeholders(&self.html, |kind, id| find(kind, id).map(|url| links::escape_html(&url)))?;
        Ok(Self { subject: self.subject.clone(), text, html, picture: self.picture.clone() })
    }

    /// Joins the two halves that each letter's module makes from its templates.
    fn from_templates(subject: String, text: &impl askama::Template, html: &impl askama::Template) -> Self {
        let fault = "templates are checked at compile time and a String takes every write";
        let (text, html) = (line::tidy(&text.render().expect(fault)), html.render().expect(fault));
        Self { subject, text, html, picture: None }
    }
}
