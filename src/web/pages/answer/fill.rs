//! Fills the screens of the answer form from what is behind a link.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::super::view::answer::{
    AnswerFrame, AnswerLine, AnswerNotice, ClosingPage, ItemPage, ReviewPage, ScalePoint, StartPage, Step,
    ThanksPage,
};
use super::super::view::parts::Fact;
use super::words::{capital, counted, number, saved_headline};
use crate::domain::answers::{Answer, COMMENT_MAX};
use crate::domain::cadence::{label, parse_zone};
use crate::domain::comments::comments_from;
use crate::domain::cycle::{AnswerRefused, InvitationState};
use crate::domain::mode::Mode;
use crate::web::{State, assets};
use crate::workflow::in_zone;
use crate::workflow::save_response::Form;

const DONT_KNOW: &str = "Don’t know, or does not apply";

/// An open link: the form behind it, and what its pages share.
pub(super) struct Link {
    pub form: Form,
    pub token: String,
    /// `/s/{token}`.
    pub base: String,
    pub now: DateTime<Utc>,
    zone: Tz,
    pub(super) operator: String,
    form_token: String,
    /// The whole address of this link.
    address: String,
    /// Whether this is a test of the set-up, which saves nothing.
    pub trial: bool,
    /// What every address carries at its end; empty but in a test, which keeps its answers there.
    pub tail: String,
}

/// What went wrong with an answer; the choice is kept on screen.
pub(super) struct Problem {
    pub sentence: String,
    pub choice: Option<Answer>,
}

impl Link {
    pub fn new(state: &State, token: String, form: Form) -> Self {
        Self {
            now: state.now(),
            zone: parse_zone(&form.person.zone).unwrap_or(Tz::UTC),
            operator: state.ctx.settings.instance.operator.clone(),
            form_token: state.ctx.key.form_token(&token),
            address: state.ctx.settings.link(&format!("/s/{token}")),
            base: format!("/s/{token}"),
            token,
            form,
            trial: false,
            tail: String::new(),
        }
    }

    /// The address of a page of this form.
    pub fn page(&self, page: &str) -> String {
        format!("{}{page}{}", self.base, self.tail)
    }

    pub(super) fn time(&self, at: DateTime<Utc>) -> String {
        in_zone(at, self.zone, self.now)
    }

    fn closes(&self) -> String {
        self.time(self.form.cycle.closes_at.and_utc())
    }

    /// The time of day for the respondent.
    pub fn clock(&self) -> String {
        self.now.with_timezone(&self.zone).format("%H:%M").to_string()
    }

    fn total(&self) -> usize {
        self.form.asked.instrument.indicators.len()
    }

    fn answer(&self, place: usize) -> Option<Answer> {
        let indicator = self.form.asked.instrument.indicators.get(place)?;
        self.form.response.answers.get(&indicator.id).copied()
    }

    fn saved_count(&self) -> usize {
        (0..self.total()).filter(|place| self.answer(*place).is_some()).count()
    }

    /// When something was saved last, or nothing.
    fn last_saved(&self) -> String {
        let Some(at) = self.form.response.saved_at else { return String::new() };
        let day = |at: DateTime<Utc>| at.with_timezone(&self.zone).date_naive();
        if day(at) == day(self.now) {
            return format!("Last saved {}", at.with_timezone(&self.zone).format("%H:%M"));
        }
        format!("Last saved {}", self.time(at))
    }

    fn item_address(&self, place: usize) -> String {
        self.page(&format!("/{}", place + 1))
    }

    /// Where "back" leads from an item.
    pub fn before(&self, place: usize) -> String {
        place.checked_sub(1).map_or_else(|| self.page(""), |before| self.item_address(before))
    }

    /// Where an item leads: the next one, or the review when only this one was left to say or change.
    pub fn after(&self, place: usize) -> String {
        let last = place + 1 == self.total();
        match (last, self.others_done(place)) {
            (true, _) if self.form.asked.asks_comment => self.page("/closing"),
            (false, false) => self.item_address(place + 1),
            _ => self.page("/review"),
        }
    }

    /// In a test nothing is saved.
    fn as_it_is(&self, told: String) -> String {
        if self.trial { told.replace(" saved", " chosen") } else { told }
    }

    fn who_sees_what(&self) -> String {
        let cycle = &self.form.cycle;
        self.form.asked.partnership.who_sees_what(cycle.mode, &self.operator, cycle.floor())
    }

    pub fn last_item(&self) -> String {
        self.item_address(self.total().saturating_sub(1))
    }

    fn others_done(&self, place: usize) -> bool {
        (0..self.total()).filter(|other| *other != place).all(|other| self.answer(other).is_some())
    }

    pub(super) fn frame(&self, title: &str, here: Option<usize>) -> AnswerFrame {
        let step = |place| match (here == Some(place), self.answer(place).is_some()) {
            (true, _) => Step::Here,
            (false, true) => Step::Done,
            (false, false) => Step::Ahead,
        };
        let cycle = &self.form.cycle;
        AnswerFrame {
            title: format!("{title} · {}", self.form.asked.partnership.name),
            assets: assets::tag().to_owned(),
            partnership: self.form.asked.partnership.name.clone(),
            place: here
                .map_or_else(|| label(&cycle.period), |place| format!("{} of {}", place + 1, self.total())),
            steps: (0..self.total()).map(step).collect(),
            open_until: self.closes(),
            privacy: self.who_sees_what(),
            operator: self.operator.clone(),
            form_token: self.form_token.clone(),
            base: self.base.clone(),
            tail: self.tail.clone(),
            trial: self.trial,
        }
    }

    pub fn start(&self) -> StartPage {
        let (saved, total) = (self.saved_count(), self.total());
        let first_open = (0..total).find(|place| self.answer(*place).is_none());
        let (go, go_href) = match first_open {
            Some(0) if saved == 0 => ("Start".to_owned(), self.item_address(0)),
            Some(place) => (format!("Go on with question {}", place + 1), self.item_address(place)),
            None => ("Review and send".to_owned(), self.page("/review")),
        };
        StartPage {
            frame: self.frame("Your check", None),
            name: self.form.person.name.clone(),
            headline: self.what_it_is(),
            saved: (saved > 0).then(|| self.as_it_is(format!("{saved} of {total} saved"))),
            own_link: self.form.invitation.is_handed().then(|| self.address.clone()),
            facts: self.start_facts(),
            go,
            go_href,
        }
    }

    pub(super) fn what_it_is(&self) -> String {
        let minutes = self.form.asked.instrument.minutes;
        format!(
            "{} about this partnership, about {minutes} {}",
            capital(&counted(self.total(), "question")),
            if minutes == 1 { "minute" } else { "minutes" }
        )
    }

    pub(super) fn side(&self) -> &str {
        let side = self.form.asked.sides.iter().find(|own| own.id == self.form.invitation.side_id);
        side.map_or("your side", |own| own.name.as_str())
    }

    pub(super) fn notice(&self, headline: &str, paragraphs: Vec<String>) -> AnswerNotice {
        let check = format!("{}, {}", self.form.asked.partnership.name, label(&self.form.cycle.period));
        AnswerNotice {
            assets: assets::tag().to_owned(),
            operator: self.operator.clone(),
            headline: headline.to_owned(),
            paragraphs,
            facts: vec![Fact::new("Check", check)],
        }
    }

    pub(super) fn start_facts(&self) -> Vec<Fact> {
        let form = &self.form;
        let sides: Vec<&str> = form.asked.sides.iter().map(|s| s.name.as_str()).collect();
        let mut facts = vec![Fact::new(
            "Check",
            format!("{}, {}", form.asked.instrument.title, label(&form.cycle.period)),
        )];
        facts.push(Fact::new("Between", sides.join(" and ")));
        if let Some(side) = form.asked.sides.iter().find(|s| s.id == form.invitation.side_id) {
            facts.push(Fact::new("You answer for", side.name.clone()));
        }
        facts.push(Fact::new("Open until", self.closes()));
        facts.push(Fact::new(
            "Saving",
            "Each answer is saved when you choose it or go on, and counts at the close, sent or not. You can change \
             it until then.",
        ));
        facts.push(Fact::new("Who sees what", self.who_sees_what()));
        facts
    }

    pub fn item(&self, place: usize, problem: Option<Problem>) -> ItemPage {
        let indicator = &self.form.asked.instrument.indicators[place];
        let (error, typed) = problem.map_or((None, None), |p| (Some(p.sentence), p.choice));
        let chosen = typed.or_else(|| self.answer(place));
        let point = |value: u8| ScalePoint {
            value,
            label: indicator.points[usize::from(value) - 1].clone(),
            detail: String::new(),
            chosen: chosen == Some(Some(value)),
        };
        let (next, before) = (self.after(place), self.before(place));
        let to_review = next == self.page("/review");
        let title = format!(
            "{}{}, question {} of {}",
            if error.is_some() { "Error: " } else { "" },
            indicator.name,
            place + 1,
            self.total()
        );
        ItemPage {
            frame: self.frame(&title, Some(place)),
            number: place + 1,
            indicator: indicator.name.clone(),
            question: indicator.question.clone(),
            choices: (1..=5).rev().map(point).collect(),
            dont_know: DONT_KNOW.to_owned(),
            dont_know_chosen: chosen == Some(None),
            saved: self.answer(place).map(|_| self.last_saved()).unwrap_or_default(),
            error,
            go: if to_review { "Save and review" } else { "Save and go on" }.to_owned(),
            back: true,
            next,
            before,
        }
    }

    /// The closing question; after a failed save with what was typed and why.
    pub fn closing(&self, failed: Option<(String, String)>) -> ClosingPage {
        let stored = self.form.response.comment.clone();
        let (typed, error) = failed.map_or((None, None), |(typed, error)| (Some(typed), Some(error)));
        ClosingPage {
            frame: self
                .frame(if error.is_some() { "Error: Closing question" } else { "Closing question" }, None),
            question: self.form.asked.instrument.closing_question.clone().unwrap_or_default(),
            readers: readers(self.form.cycle.mode, self.form.cycle.floor()),
            saved: stored.as_ref().map(|_| self.last_saved()).unwrap_or_default(),
            comment: typed.or(stored).unwrap_or_default(),
            longest: COMMENT_MAX,
            error,
            next: self.page("/review"),
            before: self.last_item(),
        }
    }

    pub fn review(&self, error: Option<String>) -> ReviewPage {
        let comment = self.form.asked.asks_comment.then(|| AnswerLine {
            indicator: "Closing question".to_owned(),
            answer: self.form.response.comment.clone().unwrap_or_else(|| "Nothing written.".to_owned()),
            label: String::new(),
            missing: self.form.response.comment.is_none(),
            href: self.page("/closing"),
        });
        ReviewPage {
            frame: self
                .frame(if error.is_some() { "Error: Review and send" } else { "Review and send" }, None),
            headline: self.as_it_is(saved_headline(self.saved_count(), self.total())),
            answers: self.lines(),
            comment,
            sent: self.form.invitation.state == InvitationState::Sent,
            error,
        }
    }

    pub fn thanks(&self) -> ThanksPage {
        let (saved, total) = (self.saved_count(), self.total());
        let what = match saved {
            _ if saved == total => format!("All {} are in.", counted(total, "answer")),
            1 => format!("One of {} answers is in.", number(total)),
            _ => format!("{} of {} answers are in.", capital(&number(saved)), number(total)),
        };
        let sides = "the managers of all sides get the result at the same moment";
        ThanksPage {
            frame: self.frame("Sent", None),
            sent: self.last_saved().replace("Last", "last"),
            headline: format!("Thank you, {}. {what}", self.form.person.name),
            answers: self.lines(),
            next: vec![Fact::new(
                self.closes(),
                format!("The check closes: saved answers are counted, and {sides}."),
            )],
        }
    }

    fn lines(&self) -> Vec<AnswerLine> {
        let line = |place: usize| {
            let indicator = &self.form.asked.instrument.indicators[place];
            let (answer, label) = match self.answer(place) {
                Some(Some(value)) => {
                    let label = indicator.points.get(usize::from(value).wrapping_sub(1)).cloned();
                    (value.to_string(), label.unwrap_or_default())
                }
                Some(None) => ("don’t know".to_owned(), String::new()),
                None => ("not answered".to_owned(), String::new()),
            };
            AnswerLine {
                indicator: indicator.name.clone(),
                answer,
                label,
                missing: self.answer(place).is_none(),
                href: self.item_address(place),
            }
        };
        (0..self.total()).map(line).collect()
    }

    /// The page in the place of a form that takes no answers now.
    pub fn shut(&self, refused: AnswerRefused) -> AnswerNotice {
        let cycle = &self.form.cycle;
        let name =
            Fact::new("Check", format!("{}, {}", self.form.asked.partnership.name, label(&cycle.period)));
        let (opens, closes) = (self.time(cycle.opens_at.and_utc()), self.closes());
        let (headline, told, dates) = match refused {
            AnswerRefused::BeforeOpen { .. } => (
                "This check has not opened yet.",
                "Your link works from the opening on; keep the mail.",
                vec![Fact::new("Opens", opens), Fact::new("Closes", closes)],
            ),
            AnswerRefused::Closed => (
                "This check has closed.",
                "What was saved before the close has been counted. Nothing can be changed any more.",
                vec![Fact::new("Closed", self.closed_at())],
            ),
            AnswerRefused::Cancelled => {
                ("This check was cancelled.", "Nothing that was saved is used.", Vec::new())
            }
        };
        AnswerNotice {
            assets: assets::tag().to_owned(),
            operator: self.operator.clone(),
            headline: headline.to_owned(),
            paragraphs: vec![told.to_owned()],
            facts: std::iter::once(name).chain(dates).collect(),
        }
    }

    fn closed_at(&self) -> String {
        let cycle = &self.form.cycle;
        // Between its time and the tick that scores it a check is over without having been closed.
        self.time(cycle.closed_at.unwrap_or(cycle.closes_at).and_utc().min(cycle.closes_at.and_utc()))
    }
}

/// Who reads a comment, and how.
fn readers(mode: Mode, floor_k: u32) -> String {
    if mode == Mode::Named {
        return "After the close the members on all sides and their leadership read it with your name, and programs that a \
                manager, or whoever runs this server, allows."
            .to_owned();
    }
    format!(
        "After the close the managers, sponsors, leadership and facilitators of all sides read it, and programs that a manager, or \
         whoever runs this server, allows, if at least {} of your side answered: shuffled \
         among the others, without your name or your answers. Addresses, telephone numbers and members’ names are masked; your \
         way of writing is not.",
        comments_from(mode, floor_k)
    )
}
