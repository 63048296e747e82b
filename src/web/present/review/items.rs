//! A flag on the agenda: why it stands, what was said and agreed about it, and the forms that answer it.

use super::super::agenda::{Agenda, Signed};
use super::super::{Reader, flags, plural};
use super::{Hand, Material, anchor, forms, promises, reasons, wins};
use crate::domain::flags::{FlagSubject, Severity};
use crate::domain::ids::{FlagId, PersonId, SideId};
use crate::domain::review::{ActionState, Consent, day, named};
use crate::domain::words;
use crate::store::flags::Flag;
use crate::store::reviews::{Action, Discussion};
use crate::web::pages::view::review::FlagItem;
use crate::workflow::review::today;

pub(super) fn item(
    material: &Material,
    flag: &Flag,
    hand: Hand,
    periods: &flags::Periods<'_>,
    reader: &Reader,
) -> FlagItem {
    let agenda = &material.agenda;
    let history = &agenda.seen.history;
    let row = flags::row(flag, &agenda.answers, history, periods, reader);
    let figure = matches!(flag.subject, FlagSubject::Indicator(_)).then(|| row.figure.clone());
    let detail = figure.into_iter().chain([row.state.clone()]).chain(wins::standing(flag, reader));
    let about = |flags: &[FlagId]| flags.contains(&flag.id);
    let said = said(material, flag, hand, reader);
    FlagItem {
        anchor: anchor(flag.id),
        to_act: flag.severity == Severity::Act,
        detail: detail.collect::<Vec<_>>().join(" · "),
        reasons: reasons::sentences(flag, history),
        notes: said.notes,
        actions: said.actions,
        earlier: said.earlier,
        acceptances: agenda
            .acceptances
            .iter()
            .filter(|own| about(&own.flags))
            .map(|own| acceptance(agenda, flag, own, hand, reader))
            .collect(),
        discussed: (hand.writes && flag.severity == Severity::Discuss && row.waiting)
            .then(|| forms::at_flag(agenda, flag.id, "note")),
        forms: if hand.writes { forms::of_flag(material, flag, hand, reader) } else { Vec::new() },
        row,
    }
}

/// What was said and promised about a flag: of this review, and of earlier ones.
struct Said {
    notes: Vec<(String, String)>,
    actions: Vec<String>,
    earlier: Option<(String, Vec<(String, String)>)>,
}

/// A flag that stands for two years has a long story. What the meeting needs are the notes of this check, or the last one
/// before, and the actions that are open or were agreed here.
fn said(material: &Material, flag: &Flag, hand: Hand, reader: &Reader) -> Said {
    let agenda = &material.agenda;
    let here = agenda.cycle.id;
    let mut notes: Vec<&Discussion> =
        agenda.notes.iter().filter(|(_, flags)| flags.contains(&flag.id)).map(|(own, _)| own).collect();
    notes.sort_by_key(|own| (own.created_at, own.id));
    let (mut now, mut before): (Vec<_>, Vec<_>) = notes.into_iter().partition(|own| own.cycle_id == here);
    if now.is_empty() {
        now.extend(before.pop());
    }
    let mut actions: Vec<&Action> =
        agenda.actions.iter().filter(|(_, flags)| flags.contains(&flag.id)).map(|(own, _)| own).collect();
    actions.sort_by_key(|own| (own.due_on, own.id));
    let (current, settled): (Vec<_>, Vec<_>) =
        actions.into_iter().partition(|own| own.state == ActionState::Open || own.cycle_id == here);
    let many = [(before.len(), "note"), (settled.len(), "action")];
    let counts: Vec<String> =
        many.iter().filter(|(n, _)| *n > 0).map(|(n, what)| plural(*n as u64, what)).collect();
    let told = before.into_iter().map(|own| note(material, own, hand, reader));
    let kept = settled.into_iter().map(|own| (String::new(), action(material, own, hand, reader)));
    let earlier: Vec<(String, String)> = told.chain(kept).collect();
    Said {
        notes: now.into_iter().map(|own| note(material, own, hand, reader)).collect(),
        actions: current.into_iter().map(|own| action(material, own, hand, reader)).collect(),
        earlier: (!earlier.is_empty()).then(|| (format!("Earlier: {}", words::join(&counts)), earlier)),
    }
}

fn action(material: &Material, own: &Action, hand: Hand, reader: &Reader) -> String {
    let (who, state) = (promises::doer(material, own, hand), promises::state(material, own, reader));
    format!("Action: {} ({who}, due {}, {state})", named(&own.text), day(own.due_on))
}

fn note(material: &Material, own: &Discussion, hand: Hand, reader: &Reader) -> (String, String) {
    let who = writer(material, &own.author, own.side_id, hand);
    let said = if own.text.is_empty() { "Discussed, no action.".to_owned() } else { own.text.clone() };
    (format!("{who}, {}", reader.moment(own.created_at.and_utc())), said)
}

/// Who wrote something: by name where the reader is told names, else by side.
fn writer(material: &Material, actor: &str, side: Option<SideId>, hand: Hand) -> String {
    let side = side.map(|side| material.agenda.side_name(side));
    let known = actor.parse().ok().and_then(|id: PersonId| material.names.get(&id)).filter(|_| hand.names);
    match (known, side) {
        (Some(name), Some(side)) => format!("{name}, {side}"),
        (Some(name), None) => format!("{name}, for no side"),
        (None, Some(side)) => side.to_owned(),
        (None, None) => "For no side".to_owned(),
    }
}

fn acceptance(
    agenda: &Agenda,
    flag: &Flag,
    own: &Signed,
    hand: Hand,
    reader: &Reader,
) -> (String, Option<String>) {
    let sides: Vec<SideId> = agenda.seat.sides.iter().map(|side| side.id).collect();
    let consent = Consent {
        until_on: own.row.until_on,
        signed: own.signatures.iter().map(|signature| signature.side_id).collect(),
    };
    let over = consent.is_over(today(&agenda.seat.partnership, reader.now));
    let waits = consent.waits_for(&sides);
    let names: Vec<String> = waits.iter().map(|side| agenda.side_name(*side).to_owned()).collect();
    let standing = match (over, names.is_empty(), sides.len()) {
        (true, ..) => "its last day has passed".to_owned(),
        (false, true, 1) => "signed".to_owned(),
        (false, true, 2) => "signed by both sides".to_owned(),
        (false, true, _) => "signed by every side".to_owned(),
        (false, false, _) => format!("not yet signed by {}", words::join(&names)),
    };
    let text = format!("Accepted until {} ({standing}): {}", day(own.row.until_on), own.row.reason);
    let signs = hand.writes && !over && hand.side.is_some_and(|side| waits.contains(&side));
    let place = anchor(flag.id);
    let sign = signs.then(|| forms::at(agenda, &format!("acceptances/{}/sign#{place}", own.row.id)));
    (text, sign)
}
