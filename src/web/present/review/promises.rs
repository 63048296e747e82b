//! Actions on the agenda: who does what by when, and whether the score moved since.
//!
//! Law: whether a score moved is told by published figures alone, as the viewer sees them: that of the check in whose review
//! the action was agreed, and the newest. Figures that do not compare are not compared.

use super::super::{Check, Reader, tiles};
use super::{Hand, Material, forms};
use crate::domain::flags::{FlagSubject, Reason};
use crate::domain::ids::FlagId;
use crate::domain::review::{ActionState, day, named};
use crate::domain::scoring::Subject;
use crate::domain::words;
use crate::store::flags::Flag;
use crate::store::reviews::Action;
use crate::web::pages::view::Arrow;
use crate::web::pages::view::review::ActionItem;
use crate::workflow::review::today;

/// The actions of the agenda: open ones of earlier checks, of this one, then those that were settled since the check before.
/// Of a review that a later check has taken over from, those that were agreed in it.
pub(super) fn list(material: &Material, hand: Hand, past: bool, reader: &Reader) -> Vec<ActionItem> {
    let agenda = &material.agenda;
    let here = |own: &Action| own.cycle_id == agenda.cycle.id;
    let lately = |own: &Action| own.settled_at.is_none_or(|at| at.and_utc() >= agenda.since);
    let wanted = |own: &Action| if past { here(own) } else { lately(own) };
    let mut all: Vec<&(Action, Vec<FlagId>)> = agenda.actions.iter().filter(|(own, _)| wanted(own)).collect();
    all.sort_by_key(|(own, _)| (own.state != ActionState::Open, here(own), own.due_on, own.id));
    all.into_iter().map(|(own, flags)| item(material, own, flags, hand, reader)).collect()
}

fn item(material: &Material, own: &Action, flags: &[FlagId], hand: Hand, reader: &Reader) -> ActionItem {
    let title = named(&own.text);
    let agreed = match material.cycles.iter().find(|cycle| cycle.id == own.cycle_id) {
        Some(cycle) => format!("agreed in {}", cycle.period),
        None => "agreed in an earlier check".to_owned(),
    };
    ActionItem {
        anchor: format!("action-{}", own.id),
        text: if title == own.text { String::new() } else { own.text.clone() },
        title,
        detail: format!("{} · due {} · {agreed}", doer(material, own, hand), day(own.due_on)),
        late: is_late(material, own, reader),
        state: words::capital(&state(material, own, reader)),
        moved: moved(material, own, flags),
        note: own.note.clone(),
        done: (hand.writes && own.state == ActionState::Open)
            .then(|| forms::at(&material.agenda, &format!("actions/{0}#action-{0}", own.id))),
        change: hand.writes.then(|| forms::change(material, own, hand)),
    }
}

fn is_late(material: &Material, own: &Action, reader: &Reader) -> bool {
    own.promise().is_overdue(today(&material.agenda.seat.partnership, reader.now))
}

/// Who does it: the side, and whom it has named.
pub(super) fn doer(material: &Material, own: &Action, hand: Hand) -> String {
    let side = material.agenda.side_name(own.side_id);
    match own.owner_id.and_then(|id| material.names.get(&id)) {
        Some(name) if hand.names => format!("{name}, {side}"),
        Some(_) => side.to_owned(),
        None => format!("{side}, nobody is named yet"),
    }
}

/// Where it stands: "open", "overdue", "done 10 Jun".
pub(super) fn state(material: &Material, own: &Action, reader: &Reader) -> String {
    match own.settled_at {
        _ if is_late(material, own, reader) => "overdue".to_owned(),
        Some(at) => format!("{} {}", own.state, reader.day(at.and_utc())),
        None => own.state.to_string(),
    }
}

/// Whether the scores have moved that it is about; nothing before the next check, and nothing of an action that was dropped.
fn moved(material: &Material, own: &Action, flags: &[FlagId]) -> Vec<String> {
    let history = &material.agenda.seen.history;
    let Some(then) = history.of_cycle(own.cycle_id).filter(|_| own.state != ActionState::Dropped) else {
        return Vec::new();
    };
    let same = |check: &&Check| check.card.instrument.id == then.card.instrument.id;
    let Some(now) =
        history.checks().iter().rfind(same).filter(|now| now.card.closed_at > then.card.closed_at)
    else {
        return Vec::new();
    };
    let about = material.agenda.known.iter().filter(|flag| flags.contains(&flag.id));
    about.filter_map(subject).filter_map(|subject| compared(then, now, &subject)).collect()
}

/// What a flag is about, where that has a score.
fn subject(flag: &Flag) -> Option<Subject> {
    match &flag.subject {
        FlagSubject::Indicator(id) => Some(Subject::Indicator(id.clone())),
        FlagSubject::Partnership if flag.reasons.contains(&Reason::DriftOverall) => Some(Subject::Overall),
        FlagSubject::Partnership => None,
    }
}

/// "Communication: 3.1 in 2026-Q1, 2.9 in 2026-Q3: 0.2 lower."
fn compared(then: &Check, now: &Check, subject: &Subject) -> Option<String> {
    let figure = |check: &Check| {
        let text = words::cell_words(check.cell(subject)?, &check.card.marks);
        Some(format!("{text} in {}", check.card.period))
    };
    let figures = format!("{}: {}, {}", now.name(subject), figure(then)?, figure(now)?);
    let said = match now.change(Some(then), subject).map(tiles::arrow) {
        Some((Arrow::Level, _)) => ", unchanged",
        Some((Arrow::Up, by)) => &format!(", {by} higher"),
        Some((Arrow::Down, by)) => &format!(", {by} lower"),
        None if now.compares_with(then) => "",
        None => "; not compared, because a new start lies between",
    };
    Some(format!("{figures}{said}."))
}
