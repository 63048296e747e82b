//! The page of a review, assembled from its agenda: open actions first, then wins, flags to act on, flags to discuss.
//!
//! Law: every figure comes out of the viewer's [`History`](super::History). Managers and facilitators are told who wrote
//! something and who does it; everybody else reads for which side. The page of the review calls this, and the pages that lead
//! to it take their links here.

mod card;
mod foot;
mod forms;
mod items;
mod promises;
mod reasons;
mod wins;

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::agenda::Agenda;
use super::{Reader, flags};
use crate::domain::flags::Severity;
use crate::domain::ids::{CycleId, FlagId, PersonId, SideId};
use crate::domain::partnership::PartnershipState;
use crate::domain::review::{ReviewState, day};
use crate::domain::words;
use crate::store::cycles::Cycle;
use crate::store::partnerships::Member;
use crate::store::people::Person;
use crate::store::reviews::Review;
use crate::web::pages::view::review::{FlagItem, ReviewPage};
use crate::web::pages::view::{Chrome, Link};
use crate::workflow::review::today;

/// Everything the page shows.
#[derive(Debug)]
pub struct Material {
    /// The agenda.
    pub agenda: Agenda,
    /// Whoever wrote or owns something on it, by name.
    pub names: BTreeMap<PersonId, String>,
    /// Members in force.
    pub members: Vec<(Member, Person)>,
    /// The partnership's newest cycles, whose periods are named.
    pub cycles: Vec<Cycle>,
    /// The day on which the next check opens, where one is planned.
    pub next_check: Option<NaiveDate>,
}

impl Material {
    /// The newest closed check of the same instrument, where it is not the one under review.
    fn later(&self) -> Option<&Cycle> {
        let own = &self.agenda.cycle;
        let closed = self.cycles.iter().filter(|cycle| cycle.instrument_id == own.instrument_id);
        closed.filter(|cycle| cycle.closed_at > own.closed_at).max_by_key(|cycle| cycle.closed_at)
    }

    fn periods(&self) -> BTreeMap<CycleId, String> {
        self.cycles.iter().map(|cycle| (cycle.id, cycle.period.clone())).collect()
    }
}

/// Who reads the page.
#[derive(Clone, Copy, Debug)]
pub struct Hand {
    /// The side whose manager they are.
    pub side: Option<SideId>,
    /// Whether they write on the agenda: managers of any side and facilitators, until a later check takes over.
    pub writes: bool,
    /// Whether they are told names.
    pub names: bool,
}

impl Hand {
    /// What the reader of an agenda may do.
    pub fn of(agenda: &Agenda) -> Self {
        let facilitates = agenda.seat.member.as_ref().is_some_and(|own| own.facilitator && own.active);
        let side = super::acts::speaks_for(&agenda.seat);
        let works = side.is_some() || facilitates;
        let open = agenda.review.state != ReviewState::Overtaken
            && agenda.seat.partnership.state != PartnershipState::Ended;
        Self { side, writes: works && open, names: works }
    }
}

/// The page.
pub fn page(material: &Material, chrome: Chrome, reader: &Reader) -> ReviewPage {
    let agenda = &material.agenda;
    let hand = Hand::of(agenda);
    let partnership = &agenda.seat.partnership;
    let later = material.later();
    let names = material.periods();
    let periods = flags::Periods { of: &names, reviewed: &[] };
    let sorted = flags::in_order(agenda.seen.open().collect(), &agenda.seen.history);
    let group = |severity, title: &str| {
        let of = sorted.iter().filter(|flag| flag.severity == severity);
        let items: Vec<FlagItem> =
            of.map(|flag| items::item(material, flag, hand, &periods, reader)).collect();
        (!items.is_empty()).then(|| (title.to_owned(), items))
    };
    let groups = [group(Severity::Act, "Flags to act on"), group(Severity::Discuss, "Flags to discuss")];
    ReviewPage {
        chrome,
        dateline: dateline(agenda, reader),
        partnership: Link::new(&partnership.name, format!("/partnerships/{}", partnership.id)),
        calendar: (agenda.review.state == ReviewState::Open && later.is_none())
            .then(|| format!("{}.ics", address(agenda.cycle.id))),
        headline: headline(agenda),
        lede: lede(agenda, hand, later.is_some()),
        newest: later.map(|cycle| Link::new(format!("The review of {}", cycle.period), address(cycle.id))),
        card: card::table(&agenda.seen.history, agenda.cycle.id),
        actions_title: if later.is_some() { "Agreed in this review" } else { "Actions" }.to_owned(),
        actions: promises::list(material, hand, later.is_some(), reader),
        wins: later.is_none().then(|| wins::wins(agenda, reader)),
        groups: groups.into_iter().flatten().collect(),
        foot: foot::foot(agenda, hand, &sorted, reader),
    }
}

/// The address of a review.
pub fn address(cycle: CycleId) -> String {
    format!("/cycles/{cycle}/review")
}

/// The place of a flag, on the page of its review and on that of its partnership.
pub fn anchor(flag: FlagId) -> String {
    format!("flag-{flag}")
}

/// The way to the review, with where it stands: "Review, due 24 Dec 2026".
pub fn link(review: &Review) -> Link {
    let text = match review.state {
        ReviewState::Open => format!("Review, due {}", day(review.due_on)),
        ReviewState::Closed => "Review, closed".to_owned(),
        ReviewState::Overtaken => "Review".to_owned(),
    };
    Link::new(text, address(review.cycle_id))
}

fn dateline(agenda: &Agenda, reader: &Reader) -> String {
    let due = agenda.review.due_on;
    match agenda.review.state {
        ReviewState::Open if due < today(&agenda.seat.partnership, reader.now) => {
            format!("Review of {}, overdue since {}", agenda.cycle.period, day(due))
        }
        ReviewState::Open => {
            format!("Review of {}, due {}", agenda.cycle.period, day(due))
        }
        _ => format!("Review of {}", agenda.cycle.period),
    }
}

fn headline(agenda: &Agenda) -> String {
    let period = &agenda.cycle.period;
    let open = agenda.seen.open().count();
    let waiting = agenda.seen.open().filter(|flag| agenda.answers.needs(flag.id).is_some()).count();
    match (agenda.review.state, waiting) {
        (ReviewState::Overtaken, _) => format!("A later check took over from the review of {period}."),
        (ReviewState::Closed, 0) => format!("The review of {period} is closed."),
        (ReviewState::Closed, 1) => {
            format!("The review of {period} is closed; one flag lacks its answer again.")
        }
        (ReviewState::Closed, n) => {
            format!(
                "The review of {period} is closed; {} flags lack their answer again.",
                words::number_words(n)
            )
        }
        (ReviewState::Open, 0) if open == 0 => format!("No flag of {period} is open."),
        (ReviewState::Open, 0) => format!("Every flag of {period} has its answer."),
        (ReviewState::Open, n) if n == open => match n {
            1 => format!("The one flag of {period} needs an answer."),
            2 => format!("Both flags of {period} need an answer."),
            n => format!("All {} flags of {period} need an answer.", words::number_words(n)),
        },
        (ReviewState::Open, 1) => words::capital(&format!(
            "one of {} flags of {period} needs an answer.",
            words::number_words(open)
        )),
        (ReviewState::Open, n) => {
            let (n, open) = (words::number_words(n), words::number_words(open));
            words::capital(&format!("{n} of {open} flags of {period} need an answer."))
        }
    }
}

fn lede(agenda: &Agenda, hand: Hand, past: bool) -> String {
    const RULE: &str = "A flag to discuss needs a note; one to act on needs a note and an action, or an acceptance that every \
                        side signs.";
    if past {
        return "What this review left open stands in the review of the newest check.".to_owned();
    }
    if agenda.review.state == ReviewState::Open && agenda.seen.open().next().is_none() {
        return "Nothing has to be answered; the sides close it at the end of the page.".to_owned();
    }
    match (agenda.seat.partnership.state, hand.writes, hand.side) {
        (PartnershipState::Ended, ..) => "The partnership has ended: nothing is added any more.".to_owned(),
        (_, true, Some(_)) => format!("Talk it through in this order. {RULE}"),
        (_, true, None) => format!("You write down what the sides agree. {RULE}"),
        (_, false, _) => {
            format!("The managers of the sides and a facilitator write here; you read. {RULE}")
        }
    }
}
