//! The answer form, `/s/{token}`: a start page, one item per screen, an optional closing question, review
//! and send, thanks; and one plain page for every link that does not open a form.
//!
//! A GET changes nothing. Every form posts the hidden field `form_token` (bound to this invitation; there is
//! no session here). The script posts the same forms: an item as soon as a choice is made, and again until it is saved. A new
//! screen has the focus on its heading, or on what went wrong; its title says which question it is.

use askama::Template;

use super::parts::Fact;

/// What every page of the form shows around its content.
#[derive(Debug, Clone, Default)]
pub struct AnswerFrame {
    /// The document title.
    pub title: String,
    /// A tag of the embedded files' content, appended to their addresses.
    pub assets: String,
    /// The partnership's name as the respondent knows it.
    pub partnership: String,
    /// At the right of the head: `2 of 5`, or the period.
    pub place: String,
    /// One step per item.
    pub steps: Vec<Step>,
    /// Until when it is open, with the zone.
    pub open_until: String,
    /// Who sees what, in one sentence.
    pub privacy: String,
    /// Who runs this server.
    pub operator: String,
    /// The form token.
    pub form_token: String,
    /// The address of this invitation, `/s/{token}`, without a slash at its end.
    pub base: String,
    /// What every address of this form carries at its end; empty but in a test, which keeps its answers there.
    pub tail: String,
    /// Whether this is a test of the set-up, which saves nothing.
    pub trial: bool,
}

impl AnswerFrame {
    /// The address of a page of this form.
    pub fn to(&self, page: &str) -> String {
        format!("{}{page}{}", self.base, self.tail)
    }

    /// The address of an item, by its number from 1.
    pub fn at(&self, number: &usize) -> String {
        self.to(&format!("/{number}"))
    }
}

/// One step of the progress line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Saved.
    Done,
    /// On screen.
    Here,
    /// Still to come.
    Ahead,
}

impl Step {
    /// The class of the step.
    pub fn class(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Here => "here",
            Self::Ahead => "ahead",
        }
    }
}

/// `GET /s/{token}`: what this is, who asks, who sees what, and how far one has come.
#[derive(Debug, Template)]
#[template(path = "answer_start.html")]
pub struct StartPage {
    /// The frame.
    pub frame: AnswerFrame,
    /// The respondent's name, or empty.
    pub name: String,
    /// Such as `Five questions about this partnership, about 3 minutes`.
    pub headline: String,
    /// For a returning respondent: `3 of 5 saved`.
    pub saved: Option<String>,
    /// The whole address, where the side handed out the link that led here.
    pub own_link: Option<String>,
    /// Who runs it, who sees what, until when.
    pub facts: Vec<Fact>,
    /// The text of the button: `Start`, `Go on with question 4`, `Review and send`.
    pub go: String,
    /// Where the button leads.
    pub go_href: String,
}

/// `GET /s/{token}` behind a link that a side handed out: what this is, before anybody has begun and after. Posts `form_token`
/// to `/s/{token}/begin`.
#[derive(Debug, Template)]
#[template(path = "answer_begin.html")]
pub struct BeginPage {
    /// The frame.
    pub frame: AnswerFrame,
    /// The label by which the side knows the respondent.
    pub name: String,
    /// Such as `Five questions about this partnership, about 3 minutes`.
    pub headline: String,
    /// Who runs it, who sees what, until when.
    pub facts: Vec<Fact>,
}

/// `GET`/`POST /s/{token}/{n}`: one item. Posts `form_token`, `choice` (`5` … `1`, or `none` for don't
/// know) and `then` (`next` or `back`); the script posts `then=stay` and `order` (its tab and a number, so that an older choice
/// overtakes no newer one) and is answered with `{"saved": "14:02"}`, or with `{"error": "…"}` and a 4xx status.
#[derive(Debug, Template)]
#[template(path = "answer_item.html")]
pub struct ItemPage {
    /// The frame.
    pub frame: AnswerFrame,
    /// The item's number, from 1.
    pub number: usize,
    /// The indicator's name.
    pub indicator: String,
    /// The question.
    pub question: String,
    /// The choices as drawn: 5 first, 1 last.
    pub choices: Vec<ScalePoint>,
    /// The words of the sixth choice.
    pub dont_know: String,
    /// Whether don't know is chosen.
    pub dont_know_chosen: bool,
    /// When it was saved, such as `Saved 14:02`; empty before.
    pub saved: String,
    /// What went wrong: no choice, an invalid one, or not saved. The choice is kept on screen.
    pub error: Option<String>,
    /// The text of the main button: `Save and go on`, `Save and review`.
    pub go: String,
    /// Whether there is a page before this one.
    pub back: bool,
    /// Where the main button leads once it is saved.
    pub next: String,
    /// Where "back" leads.
    pub before: String,
}

/// One labelled point of the scale.
#[derive(Debug, Clone)]
pub struct ScalePoint {
    /// The answer, 1 to 5.
    pub value: u8,
    /// The behaviour that stands for it.
    pub label: String,
    /// A second line; may be empty.
    pub detail: String,
    /// Whether it is the respondent's answer.
    pub chosen: bool,
}

/// The closing question, `/s/{token}/closing`; only where comments are allowed. Posts `form_token`,
/// `comment`, `then`.
#[derive(Debug, Template)]
#[template(path = "answer_closing.html")]
pub struct ClosingPage {
    /// The frame.
    pub frame: AnswerFrame,
    /// The question.
    pub question: String,
    /// Who will read it, in one sentence.
    pub readers: String,
    /// What was typed.
    pub comment: String,
    /// The longest text taken, in characters.
    pub longest: usize,
    /// When it was saved; empty before.
    pub saved: String,
    /// What is wrong with the text.
    pub error: Option<String>,
    /// Where the main button leads once it is saved.
    pub next: String,
    /// Where "back" leads.
    pub before: String,
}

/// `GET /s/{token}/review`: all answers before sending. Posts `form_token` to `/s/{token}/send`.
#[derive(Debug, Template)]
#[template(path = "answer_review.html")]
pub struct ReviewPage {
    /// The frame.
    pub frame: AnswerFrame,
    /// Such as `All five answers are saved.` or `Four of five are saved.`
    pub headline: String,
    /// The answers, in the order of the items.
    pub answers: Vec<AnswerLine>,
    /// The closing text, where it is asked for.
    pub comment: Option<AnswerLine>,
    /// Whether it was sent before; then only changes are looked over.
    pub sent: bool,
    /// What went wrong while sending.
    pub error: Option<String>,
}

/// One answer in a list.
#[derive(Debug, Clone)]
pub struct AnswerLine {
    /// The indicator's name.
    pub indicator: String,
    /// The figure, `don’t know`, or `not answered`.
    pub answer: String,
    /// The behaviour that was chosen; may be empty.
    pub label: String,
    /// Whether it still waits for an answer.
    pub missing: bool,
    /// Where to change it.
    pub href: String,
}

/// After sending: thanks, what can still be changed, and what happens next.
#[derive(Debug, Template)]
#[template(path = "answer_thanks.html")]
pub struct ThanksPage {
    /// The frame.
    pub frame: AnswerFrame,
    /// When something was saved last, such as `last saved 14:02`.
    pub sent: String,
    /// Such as `Thank you, Marta. All five answers are in.`
    pub headline: String,
    /// The answers.
    pub answers: Vec<AnswerLine>,
    /// Dates and what happens on them.
    pub next: Vec<Fact>,
}

/// Any link that opens no form: unknown (one page for all bad links), not yet open, closed, cancelled.
#[derive(Debug, Template)]
#[template(path = "answer_notice.html")]
pub struct AnswerNotice {
    /// A tag of the embedded files' content.
    pub assets: String,
    /// Who runs this server.
    pub operator: String,
    /// One sentence.
    pub headline: String,
    /// What it means and the way out.
    pub paragraphs: Vec<String>,
    /// Dates worth knowing; empty for an unknown link.
    pub facts: Vec<Fact>,
}

impl AnswerNotice {
    /// So many links that lead nowhere came from the reader's network that all of them are told to wait.
    pub fn too_many(
        assets: impl Into<String>,
        operator: impl Into<String>,
        seconds: impl std::fmt::Display,
    ) -> Self {
        Self {
            headline: "One moment: too many links were tried.".into(),
            paragraphs: vec![
                format!("Wait {seconds} seconds, then open the link from the newest mail again."),
                "Nothing that was saved is lost; a link that is right opens at any time.".into(),
            ],
            ..Self::unknown(assets, operator)
        }
    }

    /// The one page for every link that is unknown, malformed or revoked; it says nothing about which.
    pub fn unknown(assets: impl Into<String>, operator: impl Into<String>) -> Self {
        Self {
            assets: assets.into(),
            operator: operator.into(),
            headline: "This link does not open a form.".into(),
            paragraphs: vec![
                "It may be incomplete, from an earlier cycle, or withdrawn. Copy the whole link from the newest \
                 mail, or open it there again."
                    .into(),
                "If that does not help, reply to the mail; the answer comes from the manager of your side.".into(),
            ],
            facts: Vec::new(),
        }
    }
}
