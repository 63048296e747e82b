//! The letter to managers about acts of a partnership: what waits for their decision, what was decided, and what another
//! side did alone.
//!
//! Law: it says in one sentence what is to be done, who proposes it, why and until when; deciding happens on the page. It
//! tells nothing of anybody's answers.

use askama::Template;

use super::{House, Line, Reader, Rendered};

/// All that is due for one manager at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActLetter {
    /// The manager.
    pub reader: Reader,
    /// At least one.
    pub notes: Vec<ActNote>,
}

/// What a note is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActKind {
    /// The reader's side is asked to decide.
    Decide,
    /// Every side agreed.
    Approved,
    /// A side said no.
    Declined,
    /// It was not completed in time.
    Expired,
    /// Another side did this alone.
    Told,
    /// Who manages a side, and the reader has to do with it.
    Role,
    /// Somebody else gave a program the means to act for the reader's side.
    Token,
    /// Somebody else gave a program the means to reach the whole partnership.
    PartnershipToken,
    /// Somebody reads the results from now on, or gets letters to sign in elsewhere.
    Seat,
    /// A side that is asked to decide asks back.
    Question,
    /// Mail to somebody of the reader's side was refused.
    Bounced,
    /// Somebody of the reader's side wants no letters, or says that somebody else should be asked.
    Respondent,
    /// The reader's side hands out links itself.
    HandOut,
    /// A review waits.
    Review,
    /// An action of the reader's side has nobody who does it.
    GivenBack,
    /// Somebody else wrote of actions of the reader's side.
    Promised,
}

/// One act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActNote {
    /// What the note is.
    pub kind: ActKind,
    /// The partnership's name.
    pub partnership: Line,
    /// The act, in one sentence.
    pub sentence: Line,
    /// Who proposed, decided or did it, as a sentence; may be empty.
    pub who: Line,
    /// Why, in their words; may be empty.
    pub reason: Line,
    /// Until when it can be answered, in the reader's zone; empty when nothing is to be answered.
    pub until: Line,
    /// The page where it is decided or seen; an ordinary page behind the sign-in.
    pub link: Line,
    /// What the reader is asked to trust: headings with their sentences; empty for most acts.
    pub sheet: Vec<(Line, Vec<Line>)>,
}

impl ActNote {
    /// The state above the partnership's name.
    fn state(&self) -> &'static str {
        match self.kind {
            ActKind::Decide => "Waits for your side",
            ActKind::Approved => "Agreed",
            ActKind::Declined => "Declined",
            ActKind::Expired => "Expired",
            ActKind::Question => "A question for you",
            ActKind::Told | ActKind::Role | ActKind::Token | ActKind::PartnershipToken | ActKind::Seat => {
                "For your information"
            }
            ActKind::Bounced => "No mail arrives",
            ActKind::Respondent => "A respondent of your side",
            ActKind::HandOut => "Your side hands out its links",
            ActKind::Review => "A review waits",
            ActKind::GivenBack => "An action of your side",
            ActKind::Promised => "Actions of your side",
        }
    }

    /// The words of the button.
    fn button(&self) -> &'static str {
        match self.kind {
            ActKind::Decide => "Look at it and decide",
            ActKind::Bounced => "Correct the address",
            ActKind::HandOut => "Open the links",
            ActKind::Review | ActKind::GivenBack | ActKind::Promised => "Open the review",
            _ => "Open the page",
        }
    }
}

impl ActLetter {
    fn subject(&self) -> String {
        let asked = self.notes.iter().filter(|note| note.kind == ActKind::Decide).count();
        match self.notes.as_slice() {
            [only] => {
                let what = match only.kind {
                    ActKind::Decide => "your decision is asked",
                    ActKind::Approved => "every side agreed",
                    ActKind::Declined => "a proposal was declined",
                    ActKind::Expired => "a proposal has expired",
                    ActKind::Told => "another side has changed something",
                    ActKind::Role => "who manages a side",
                    ActKind::Token => "a program can act for your side",
                    ActKind::PartnershipToken => "a program reaches your partnership",
                    ActKind::Seat => "who reads the results",
                    ActKind::Question => "a question about your proposal",
                    ActKind::Bounced => "an address of your side takes no mail",
                    ActKind::Respondent => "a respondent of your side wants no letters",
                    ActKind::HandOut => "links that your side hands out",
                    ActKind::Review => "a review waits",
                    ActKind::GivenBack => "an action was given back",
                    ActKind::Promised => "actions of your side",
                };
                format!("{}: {what}", only.partnership.cut(80))
            }
            many if asked > 0 => format!("{} matters of your partnerships, {asked} to decide", many.len()),
            many => format!("{} matters of your partnerships", many.len()),
        }
    }

    fn headline(&self) -> String {
        match self.notes.as_slice() {
            [only] if only.kind == ActKind::Decide => "Your side is asked to decide.".to_owned(),
            [only] if only.kind == ActKind::Told => "Another side has done something alone.".to_owned(),
            [only] if only.kind == ActKind::Question => "A side asks before it decides.".to_owned(),
            [only] if only.kind == ActKind::Role => "Who manages a side.".to_owned(),
            [only] if only.kind == ActKind::Token => "A program can act for your side.".to_owned(),
            [only] if only.kind == ActKind::PartnershipToken => {
                "A program reaches your partnership.".to_owned()
            }
            [only] if only.kind == ActKind::Seat => "Who reads the results.".to_owned(),
            [only] if only.kind == ActKind::Bounced => "An address of your side takes no mail.".to_owned(),
            [only] if only.kind == ActKind::Respondent => {
                "Somebody of your side gets no more survey letters.".to_owned()
            }
            [only] if only.kind == ActKind::HandOut => "Links that your side hands out.".to_owned(),
            [only] if only.kind == ActKind::Review => "A review waits.".to_owned(),
            [only] if only.kind == ActKind::GivenBack => "An action was given back.".to_owned(),
            [only] if only.kind == ActKind::Promised => "Actions of your side were written down.".to_owned(),
            [_] => "A proposal was decided.".to_owned(),
            many => format!("{} matters of your partnerships.", many.len()),
        }
    }

    pub(super) fn render(&self, house: &House) -> Rendered {
        let (subject, headline) = (self.subject(), self.headline());
        let mut partnerships: Vec<&Line> = self.notes.iter().map(|note| &note.partnership).collect();
        partnerships.sort();
        partnerships.dedup();
        let partnerships = partnerships.as_slice();
        let text =
            Text { house, reader: &self.reader, headline: &headline, notes: &self.notes, partnerships };
        let html = Html {
            house,
            reader: &self.reader,
            subject: &subject,
            headline: &headline,
            notes: &self.notes,
            partnerships,
        };
        Rendered::from_templates(subject.clone(), &text, &html)
    }
}

#[derive(Template)]
#[template(path = "mail_act.txt", escape = "none")]
struct Text<'a> {
    house: &'a House,
    reader: &'a Reader,
    headline: &'a str,
    notes: &'a [ActNote],
    /// Each once, for the footer.
    partnerships: &'a [&'a Line],
}

#[derive(Template)]
#[template(path = "mail_act.html")]
struct Html<'a> {
    house: &'a House,
    reader: &'a Reader,
    subject: &'a str,
    headline: &'a str,
    notes: &'a [ActNote],
    /// Each once, for the footer.
    partnerships: &'a [&'a Line],
}
