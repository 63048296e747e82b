//! The survey letter: every open round of one person, invitations and reminders together, one per local day.
//!
//! Law: it says who sees what (the mode's sentence), how long it takes and until when, in the reader's zone;
//! the links are placeholders. Nothing in it tells what anybody answered.

use askama::Template;

use super::words::count;
use super::{House, Line, Placeholder, Reader, Rendered};

/// All open rounds of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// Who is asked.
    pub reader: Reader,
    /// At least one round, the one that closes first in front.
    pub rounds: Vec<SurveyRound>,
    /// The place of the link to which letters the reader wants; a test has none.
    pub letters: Option<Placeholder>,
}

/// One round that waits for this person's answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SurveyRound {
    /// The partnership's name ("Northmoor × Brightwater").
    pub partnership: Line,
    /// The period as people say it ("2026-Q3").
    pub period: Line,
    /// The instrument's title.
    pub title: Line,
    /// When it closes, in the reader's zone with the zone named ("Thu 17 Sep 17:00 Berlin").
    pub closes: Line,
    /// How many questions the instrument asks.
    pub questions: u32,
    /// About how many minutes it takes.
    pub minutes: u32,
    /// Who sees what, in one sentence, from the mode.
    pub mode_sentence: Line,
    /// How far the person has come, if anything is saved.
    pub saved: Option<Saved>,
    /// Whether this person was invited to this round by an earlier letter.
    pub reminder: bool,
    /// Whether the round closes within 24 hours.
    pub last_day: bool,
    /// Whether it is a test that whoever sets up sends to themselves.
    pub trial: bool,
    /// The place of the person's own link.
    pub link: Placeholder,
    /// A sentence from the managers, for instance what came of the last round; may be empty.
    pub announcement: Line,
}

/// Answers that are saved but not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Saved {
    /// Answered questions, 1 to `total`.
    pub saved: u32,
    /// All questions.
    pub total: u32,
}

impl SurveyRound {
    /// "5 questions, about 3 minutes".
    fn length(&self) -> String {
        format!("{}, about {}", count(self.questions, "question"), count(self.minutes, "minute"))
    }

    /// The words of the button.
    fn button(&self) -> String {
        match self.saved {
            Some(s) if s.saved >= s.total => "Look over and send".to_owned(),
            Some(_) => "Go on answering".to_owned(),
            None => format!("Answer {}", count(self.questions, "question")),
        }
    }

    /// What is saved and what that means, if anything is.
    fn saved_sentence(&self) -> Option<String> {
        self.saved.map(|s| {
            if s.saved >= s.total {
                format!(
                    "All {} answers are saved and count at the close. Sending them ends the reminders.",
                    s.total
                )
            } else {
                format!("{} of {} answers are saved; saved answers count at the close.", s.saved, s.total)
            }
        })
    }

    /// The state of the round above its name: new, a reminder, or the last day.
    fn state(&self) -> &'static str {
        match (self.last_day, self.reminder) {
            _ if self.trial => "Test",
            (true, _) => "Last day",
            (false, true) => "Reminder",
            (false, false) => "New check",
        }
    }
}

impl Survey {
    /// Partnership, length and closing time; for several rounds their number, the sum and the first close.
    fn subject(&self) -> String {
        let [round] = self.rounds.as_slice() else {
            let checks = u32::try_from(self.rounds.len()).unwrap_or(u32::MAX);
            let first = self.rounds.first().map(|r| r.closes.to_string()).unwrap_or_default();
            return format!(
                "{}, {}, first closes {first}",
                count(checks, "partnership check"),
                self.minutes()
            );
        };
        let prefix = match (round.last_day, round.reminder) {
            _ if round.trial => "Test: ",
            (true, _) => "Last day: ",
            (false, true) => "Reminder: ",
            (false, false) => "",
        };
        let partnership = round.partnership.cut(80);
        let (questions, minutes) = (count(round.questions, "question"), self.minutes());
        format!("{prefix}{partnership}: {questions}, {minutes}, until {}", round.closes)
    }

    fn minutes(&self) -> String {
        count(self.rounds.iter().map(|r| r.minutes).fold(0, u32::saturating_add), "minute")
    }

    /// The finding at the top of the letter.
    fn headline(&self) -> String {
        if let [round] = self.rounds.as_slice() {
            return format!(
                "{} about {}, until {}.",
                count(round.questions, "question"),
                round.partnership,
                round.closes
            );
        }
        let checks = u32::try_from(self.rounds.len()).unwrap_or(u32::MAX);
        format!(
            "{} wait for your answers, about {} in all.",
            count(checks, "partnership check"),
            self.minutes()
        )
    }

    pub(super) fn render(&self, house: &House) -> Rendered {
        let (subject, headline) = (self.subject(), self.headline());
        let text = Text {
            house,
            reader: &self.reader,
            headline: &headline,
            rounds: &self.rounds,
            letters: self.letters.as_ref(),
        };
        let html = Html {
            house,
            reader: &self.reader,
            subject: &subject,
            headline: &headline,
            rounds: &self.rounds,
            letters: self.letters.as_ref(),
        };
        Rendered::from_templates(subject.clone(), &text, &html)
    }
}

#[derive(Template)]
#[template(path = "mail_survey.txt", escape = "none")]
struct Text<'a> {
    house: &'a House,
    reader: &'a Reader,
    headline: &'a str,
    rounds: &'a [SurveyRound],
    letters: Option<&'a Placeholder>,
}

#[derive(Template)]
#[template(path = "mail_survey.html")]
struct Html<'a> {
    house: &'a House,
    reader: &'a Reader,
    subject: &'a str,
    headline: &'a str,
    rounds: &'a [SurveyRound],
    letters: Option<&'a Placeholder>,
}
