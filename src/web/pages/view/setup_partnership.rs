//! The set-up of one partnership, `/setup/partnerships/{id}`, and of its cadence.

use askama::Template;

use super::forms::Form;
use super::setup::{RoleRow, Tab};
use super::{Chrome, Link, Marker, NavLink};

/// Sides with their members, neutral members, cadences, state.
#[derive(Debug, Template)]
#[template(path = "setup_partnership.html")]
pub struct PartnershipSetupPage {
    /// The frame.
    pub chrome: Chrome,
    /// The partnership's name.
    pub name: String,
    /// State, zone, number of sides.
    pub dateline: String,
    /// The zone of its dates.
    pub zone: String,
    /// One sentence: what is still missing, or that it is complete.
    pub headline: String,
    /// Where one is in the set-up.
    pub stages: Vec<Stage>,
    /// What has to be known or mended before a cycle can open; one sentence each.
    pub hints: Vec<String>,
    /// The sides, in order.
    pub sides: Vec<SideMembers>,
    /// The page that imports members.
    pub import: Link,
    /// The cadences.
    pub cadences: Vec<CadenceRow>,
    /// The form for a new cadence; `None` when every instrument has one.
    pub new_cadence: Option<Link>,
    /// How it begins: what the other sides have said, what they are told.
    pub begin: Begin,
    /// Acts on the state: activate, pause, resume, end. Each posts `csrf` to its address.
    pub acts: Vec<Act>,
    /// The partnership's page, for an administrator who may read it.
    pub partnership: Option<Link>,
}

/// One side's members and the form that adds one.
#[derive(Debug, Clone)]
pub struct SideMembers {
    /// The side's marker; `None` for the neutral members.
    pub marker: Option<Marker>,
    /// The side's name, or `Neutral`.
    pub name: String,
    /// A few words: the organisation, the number of respondents and managers.
    pub note: String,
    /// The members.
    pub rows: Vec<RoleRow>,
    /// Adds a member.
    pub add: Form,
    /// Whether the form stands open, as it does after an error.
    pub open: bool,
}

/// One cadence in words.
#[derive(Debug, Clone)]
pub struct CadenceRow {
    /// The instrument, and the page that changes the cadence.
    pub link: Link,
    /// The rule in words.
    pub rule: String,
    /// The mode and its floor.
    pub mode: String,
    /// The next opening, with the zone.
    pub next: String,
    /// In how many rounds figures will show; empty where that cannot be foretold.
    pub expected: String,
    /// The next six cycles; empty for one that is switched off.
    pub dates: Vec<CycleDates>,
    /// Where to post (with `csrf`) for the survey letter to oneself.
    pub test: String,
    /// The questions.
    pub preview: Link,
}

/// One step of the set-up.
#[derive(Debug, Clone)]
pub struct Stage {
    /// Its name.
    pub name: String,
    /// Where it is done.
    pub href: String,
    /// `done`, or what is missing, in a few words.
    pub state: String,
    /// Whether it is the one to do next.
    pub current: bool,
}

/// The last step: what the sides are told, and what they have answered.
#[derive(Debug, Clone, Default)]
pub struct Begin {
    /// Where the acceptance stands; empty where there is nothing to accept any more.
    pub sentence: String,
    /// Where to post (with `csrf`) to ask them once more.
    pub nudge: Option<String>,
    /// A text to forward.
    pub text: String,
    /// The trust sheet: headings with their sentences.
    pub sheet: Vec<(String, Vec<String>)>,
}

/// A button that posts.
#[derive(Debug, Clone)]
pub struct Act {
    /// The text on it.
    pub text: String,
    /// Where it posts to.
    pub action: String,
    /// What it does, in a sentence.
    pub effect: String,
}

/// A cadence being made or changed, with its next dates.
#[derive(Debug, Template)]
#[template(path = "setup_cadence.html")]
pub struct CadencePage {
    /// The frame.
    pub chrome: Chrome,
    /// What is being done.
    pub headline: String,
    /// Where one is in the set-up.
    pub stages: Vec<Stage>,
    /// The questions of the instruments to choose from, as respondents see them.
    pub previews: Vec<Preview>,
    /// The partnership and its zone.
    pub dateline: String,
    /// The form; a second button posts `preview=1` and shows the dates without saving.
    pub form: Form,
    /// The rule in words; empty while it is not complete.
    pub rule: String,
    /// The next six cycles.
    pub next: Vec<CycleDates>,
    /// The zone of the dates.
    pub zone: String,
    /// What follows from the choices, such as a mode that cannot open; one sentence each.
    pub notes: Vec<String>,
    /// The way back.
    pub back: Link,
}

/// An instrument before it is chosen.
#[derive(Debug, Clone)]
pub struct Preview {
    /// Its title.
    pub title: String,
    /// Version, number of questions, minutes.
    pub facts: String,
    /// Each question, and its behaviours from 5 down to 1.
    pub items: Vec<(String, Vec<(u8, String)>)>,
    /// All of it, with what each rating asks for.
    pub link: Link,
}

/// When one cycle opens and closes.
#[derive(Debug, Clone)]
pub struct CycleDates {
    /// The period.
    pub period: String,
    /// When it opens.
    pub opens: String,
    /// When it closes.
    pub closes: String,
}

impl PartnershipSetupPage {
    /// The second navigation.
    pub fn tabs(&self) -> Vec<NavLink> {
        Tab::Partnerships.links()
    }
}

impl CadencePage {
    /// The second navigation.
    pub fn tabs(&self) -> Vec<NavLink> {
        Tab::Partnerships.links()
    }
}
