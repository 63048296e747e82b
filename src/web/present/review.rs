//! The page of a review, assembled from its agenda: open actions first, then wins, flags to act on, flags to discuss.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::agenda::{Agenda, Signed};
use super::{Reader, age, flags, review_forms as forms};
use crate::domain::drift::DriftState;
use crate::domain::flags::{FlagState, Severity};
use crate::domain::ids::{FlagId, PersonId, SideId};
use crate::domain::publication::{Cell, IndicatorCell};
use crate::domain::review::{ActionState, Consent, ReviewState, day, named};
use crate::domain::words;
use crate::store::flags::Flag;
use crate::store::partnerships::Member;
use crate::store::people::Person;
use crate::store::reviews::{Action, Discussion};
use crate::web::pages::view::review::{ActionRow, FlagItem, Foot, ReviewPage};
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
    /// The day on which the next check opens, where one is planned.
    pub next_check: Option<NaiveDate>,
}

/// Who reads the page.
#[derive(Clone, Copy, Debug)]
pub struct Hand {
    /// The side whose manager they are.
    pub side: Option<SideId>,
    /// Whether they write on the agenda: managers of any side and facilitators.
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
            && agenda.seat.partnership.state != crate::domain::partnership::PartnershipState::Ended;
        Self { side, writes: works && open, names: works }
    }
}

/// The page.
pub fn page(material: &Material, chrome: Chrome, reader: &Reader) -> ReviewPage {
    let agenda = &material.agenda;
    let hand = Hand::of(agenda);
    let partnership = &agenda.seat.partnership;
    let group = |severity, title: &str| {
        let of: Vec<&Flag> = agenda.seen.open().filter(|flag| flag.severity == severity).collect();
        let items = of.into_iter().map(|flag| item(material, flag, hand, reader)).collect::<Vec<_>>();
        (!items.is_empty()).then(|| (title.to_owned(), items))
    };
    // Of an earlier check only what it came to is left.
    let groups = [group(Severity::Act, "Flags to act on"), group(Severity::Discuss, "Flags to discuss")];
    ReviewPage {
        chrome,
        dateline: format!("{} · review due {}", agenda.cycle.period, day(agenda.review.due_on)),
        partnership: Link::new(&partnership.name, format!("/partnerships/{}", partnership.id)),
        headline: headline(agenda),
        lede: lede(agenda, hand),
        actions: agenda
            .actions
            .iter()
            .filter(|(own, _)| own.state == ActionState::Open)
            .map(|(own, _)| action_row(material, own, hand, reader))
            .collect(),
        wins: wins(agenda, reader),
        groups: groups.into_iter().flatten().collect(),
        foot: foot(agenda, hand, reader),
    }
}

/// The way to the review, with where it stands: "Review, due 24 Dec 2026".
pub fn link(cycle: crate::domain::ids::CycleId, review: &crate::store::reviews::Review) -> Link {
    let text = match review.state {
        ReviewState::Open => format!("Review, due {}", day(review.due_on)),
        ReviewState::Closed => "Review, closed".to_owned(),
        ReviewState::Overtaken => "Review".to_owned(),
    };
    Link::new(text, format!("/cycles/{cycle}/review"))
}

fn headline(agenda: &Agenda) -> String {
    let period = &agenda.cycle.period;
    let waiting = agenda.seen.open().filter(|flag| agenda.answers.needs(flag.id).is_some()).count();
    match (agenda.review.state, agenda.review.closed_at, waiting) {
        (ReviewState::Overtaken, ..) => format!("The review of {period} was overtaken by a later check."),
        (_, Some(_), _) => format!("The review of {period} is closed."),
        (_, None, 0) if agenda.seen.open().next().is_none() => {
            format!("Nothing to discuss in {period}: no flag is open.")
        }
        (_, None, 0) => format!("Every flag of {period} has its answer."),
        (_, None, 1) => format!("One flag of {period} needs an answer."),
        (_, None, n) => {
            words::capital(&format!("{} flags of {period} need an answer.", words::number_words(n)))
        }
    }
}

fn lede(agenda: &Agenda, hand: Hand) -> String {
    let text = match (agenda.review.state, hand.writes, hand.side) {
        (ReviewState::Overtaken, ..) => "What was left of it stands on the agenda of the later check.",
        (_, true, Some(_)) => {
            "Talk it through in this order. A flag to discuss needs a note; one to act on needs a note and an action, or an \
             acceptance that every side signs."
        }
        (_, true, None) => {
            "You write down what the sides agree. A flag to discuss needs a note; one to act on needs a note and an action, \
             or an acceptance that every side signs."
        }
        (_, false, _) => "The managers of the sides and the facilitator write here; you read.",
    };
    text.to_owned()
}

impl Material {
    /// Who wrote something: by name where the reader is told names, else by side.
    fn writer(&self, actor: &str, side: Option<SideId>, hand: Hand) -> String {
        let side = side.map(|side| self.agenda.side_name(side));
        let known = actor.parse().ok().and_then(|id: PersonId| self.names.get(&id)).filter(|_| hand.names);
        match (known, side) {
            (Some(name), Some(side)) => format!("{name}, {side}"),
            (Some(name), None) => format!("{name}, for no side"),
            (None, Some(side)) => side.to_owned(),
            (None, None) => "For no side".to_owned(),
        }
    }

    fn doer(&self, own: &Action, hand: Hand) -> String {
        let side = self.agenda.side_name(own.side_id);
        match own.owner_id.and_then(|id| self.names.get(&id)) {
            Some(name) if hand.names => format!("{name}, {side}"),
            Some(_) => format!("{side}, somebody is named"),
            None => format!("{side}, nobody is named yet"),
        }
    }
}

fn action_row(material: &Material, own: &Action, hand: Hand, reader: &Reader) -> ActionRow {
    let late = own.promise().is_overdue(today(&material.agenda.seat.partnership, reader.now));
    ActionRow {
        text: own.text.clone(),
        note: own.note.clone(),
        who: material.doer(own, hand),
        due: day(own.due_on),
        state: if late { "overdue".to_owned() } else { own.state.to_string() },
        late,
        change: hand.writes.then(|| forms::change(material, own, hand)),
    }
}

fn item(material: &Material, flag: &Flag, hand: Hand, reader: &Reader) -> FlagItem {
    let agenda = &material.agenda;
    let history = &agenda.seen.history;
    let needs = agenda.answers.needs(flag.id);
    let state = match flag.state {
        FlagState::Raised => "new".to_owned(),
        FlagState::Held if flag.unmeasured => "held, not measured".to_owned(),
        _ => format!("has stood {}", age(flag.raised_at, reader.now)),
    };
    let about = |flags: &[FlagId]| flags.contains(&flag.id);
    let more = flags::also(flag);
    FlagItem {
        title: flags::title(flag, history),
        detail: [flags::figure(flag, history), state].into_iter().chain(more).collect::<Vec<_>>().join(" · "),
        answer: agenda.answers.words(flag.id).to_owned(),
        waiting: needs.is_some(),
        notes: agenda
            .notes
            .iter()
            .filter(|(_, flags)| about(flags))
            .map(|(own, _)| note(material, own, hand, reader))
            .collect(),
        actions: agenda
            .actions
            .iter()
            .filter(|(_, flags)| about(flags))
            .map(|(own, _)| {
                format!(
                    "Action: {} ({}, due {}, {})",
                    named(&own.text),
                    material.doer(own, hand),
                    day(own.due_on),
                    own.state
                )
            })
            .collect(),
        acceptances: agenda
            .acceptances
            .iter()
            .filter(|own| about(&own.flags))
            .map(|own| acceptance(agenda, own, hand, reader))
            .collect(),
        discussed: (hand.writes && flag.severity == Severity::Discuss && needs.is_some())
            .then(|| forms::at(agenda, &format!("flags/{}/note", flag.id))),
        forms: if hand.writes { forms::of_flag(material, flag, hand, reader) } else { Vec::new() },
    }
}

fn note(material: &Material, own: &Discussion, hand: Hand, reader: &Reader) -> (String, String) {
    let who = format!(
        "{}, {}",
        material.writer(&own.author, own.side_id, hand),
        reader.moment(own.created_at.and_utc())
    );
    let said = if own.text.is_empty() { "Discussed, no action.".to_owned() } else { own.text.clone() };
    (who, said)
}

fn acceptance(agenda: &Agenda, own: &Signed, hand: Hand, reader: &Reader) -> (String, Option<String>) {
    let sides: Vec<SideId> = agenda.seat.sides.iter().map(|side| side.id).collect();
    let consent = Consent {
        until_on: own.row.until_on,
        signed: own.signatures.iter().map(|signature| signature.side_id).collect(),
    };
    let over = consent.is_over(today(&agenda.seat.partnership, reader.now));
    let waits = consent.waits_for(&sides);
    let names: Vec<String> = waits.iter().map(|side| agenda.side_name(*side).to_owned()).collect();
    let standing = match (over, names.is_empty()) {
        (true, _) => "its last day has passed".to_owned(),
        (false, true) => "signed by every side".to_owned(),
        (false, false) => format!("waits for {}", words::join(&names)),
    };
    let text = format!("Accepted until {} ({standing}): {}", day(own.row.until_on), own.row.reason);
    let signs = hand.writes && !over && hand.side.is_some_and(|side| waits.contains(&side));
    (text, signs.then(|| forms::at(agenda, &format!("acceptances/{}/sign", own.row.id))))
}

fn wins(agenda: &Agenda, reader: &Reader) -> Vec<String> {
    let history = &agenda.seen.history;
    let cleared = agenda.seen.flags.iter().filter(|flag| flag.state == FlagState::Cleared);
    let cleared = cleared.map(|flag| {
        let until = flag.cleared_at.unwrap_or(reader.now);
        format!("Cleared after {}: {}", age(flag.raised_at, until).replace("today", "a day"), flags::title(flag, history))
    });
    let lately = |own: &Action| own.settled_at.is_some_and(|at| at.and_utc() >= agenda.since);
    let done = agenda.actions.iter().filter(|(own, _)| own.state == ActionState::Done && lately(own));
    let done = done.map(|(own, _)| format!("Done by {}: {}", agenda.side_name(own.side_id), named(&own.text)));
    cleared.chain(calmed(agenda)).chain(done).collect()
}

/// Indicators that had drifted at the check before and have not any more.
fn calmed(agenda: &Agenda) -> Vec<String> {
    let checks = agenda.seen.history.checks();
    let Some(place) = checks.iter().position(|check| check.card.cycle_id == agenda.cycle.id) else {
        return Vec::new();
    };
    let (check, before) = (&checks[place], place.checked_sub(1).map(|place| &checks[place]));
    let Some(before) = before.filter(|before| check.compares_with(before)) else { return Vec::new() };
    let drifts = |cell: &Cell| {
        cell.drift.as_ref().map(|drift| drift.channels().any(|own| own.state == DriftState::Alarm))
    };
    let calm = |own: &&IndicatorCell| {
        let then = before.card.indicator(&own.id).and_then(|old| drifts(&old.cell));
        then == Some(true) && drifts(&own.cell) == Some(false)
    };
    let found = check.card.indicators.iter().filter(calm);
    found.map(|own| format!("{} no longer drifts", own.name)).collect()
}

fn foot(agenda: &Agenda, hand: Hand, reader: &Reader) -> Foot {
    let life = agenda.life();
    let name = |side: &SideId| agenda.side_name(*side).to_owned();
    let waits: Vec<String> = life.waits_for().iter().map(name).collect();
    let mut sentences: Vec<String> = agenda
        .confirmations
        .iter()
        .map(|own| {
            format!("{} confirmed on {}.", name(&own.side_id), reader.moment(own.confirmed_at.and_utc()))
        })
        .collect();
    match (agenda.review.state, agenda.review.closed_at) {
        (ReviewState::Overtaken, _) => {}
        (_, Some(at)) if waits.is_empty() => {
            sentences.push(format!("Closed on {}.", reader.moment(at.and_utc())));
        }
        (_, Some(at)) => sentences.push(format!(
            "Closed on {}, not confirmed by {}.",
            reader.moment(at.and_utc()),
            words::join(&waits)
        )),
        (_, None) => sentences.push(match life.closes_at() {
            None => "Each side confirms it. Seven days after the first one it closes without the others.".to_owned(),
            Some(at) => format!(
                "Waits for {}; without {} it closes on {}, unless a flag lacks its answer.",
                words::join(&waits),
                if waits.len() == 1 { "it" } else { "them" },
                reader.moment(at)
            ),
        }),
    }
    let open = agenda.review.state == ReviewState::Open;
    let lacking = |flag: &Flag| {
        let needs = agenda.answers.needs(flag.id)?;
        Some(format!("{}: {needs}", flags::title(flag, &agenda.seen.history)))
    };
    let missing: Vec<String> =
        if open { agenda.seen.open().filter_map(lacking).collect() } else { Vec::new() };
    let mine = hand.side.is_some_and(|side| life.waits_for().contains(&side));
    let may = open && mine && hand.writes && missing.is_empty();
    Foot { close: may.then(|| forms::at(agenda, "close")), sentences, missing }
}
