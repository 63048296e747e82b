//! The forms of a review: what answers a flag, and what becomes of an action. They work without a script.
//!
//! Each is sent to an address that ends with the place of its flag or action, so that the answer, be it the form again with its
//! errors, is shown where it was filled in.

use super::super::agenda::Agenda;
use super::super::{Reader, flags};
use super::{Hand, Material, address, anchor};
use crate::domain::ids::FlagId;
use crate::domain::review::{ActionState, TEXT_MAX, day, latest_day};
use crate::domain::words;
use crate::store::flags::Flag;
use crate::store::reviews::Action;
use crate::web::pages::view::acts::Folded;
use crate::web::pages::view::forms::{Choice, Control, Form, Kind};
use crate::workflow::review::today;

/// Days to the due day of an action where no next check is planned.
const PRESET: i64 = 60;

/// An address under the review.
pub(super) fn at(agenda: &Agenda, verb: &str) -> String {
    format!("{}/{verb}", address(agenda.cycle.id))
}

/// The same about a flag.
pub(super) fn at_flag(agenda: &Agenda, flag: FlagId, verb: &str) -> String {
    at(agenda, &format!("flags/{flag}/{verb}#{}", anchor(flag)))
}

/// A note, an action and an acceptance of one flag.
pub(super) fn of_flag(material: &Material, flag: &Flag, hand: Hand, reader: &Reader) -> Vec<Folded> {
    vec![note(material, flag), action(material, flag, hand, reader), acceptance(material, flag, reader)]
}

fn lines(name: &str, label: &str) -> Control {
    let hint = format!("At most {TEXT_MAX} characters; every side reads it.");
    Control::new(Kind::Lines, name, label).hint(hint)
}

/// The other open flags, which the same thing may answer.
fn also(material: &Material, flag: &Flag, prefix: &str) -> Vec<Control> {
    let seen = &material.agenda.seen;
    let others: Vec<&Flag> = seen.open().filter(|own| own.id != flag.id).collect();
    let others = flags::in_order(others, &seen.history).into_iter();
    let choices: Vec<Choice> =
        others.map(|own| Choice::new(own.id.to_string(), flags::title(own, &seen.history), false)).collect();
    if choices.is_empty() {
        return Vec::new();
    }
    vec![Control::checks("also", "It answers as well", choices).under(prefix)]
}

/// A form behind its heading; what belongs together stands in one row.
fn folded<const N: usize>(summary: &str, action: String, submit: &str, rows: [Vec<Control>; N]) -> Folded {
    let rows = rows.into_iter().filter(|own| !own.is_empty());
    let form = rows.fold(Form::to(action, submit), |form, own| form.group("", own));
    Folded { summary: summary.to_owned(), form }
}

fn note(material: &Material, flag: &Flag) -> Folded {
    let prefix = format!("n{}", flag.id);
    let text = lines("text", "What was said").under(&prefix);
    let action = at_flag(&material.agenda, flag.id, "note");
    folded("Write a note", action, "Save the note", [vec![text], also(material, flag, &prefix)])
}

fn action(material: &Material, flag: &Flag, hand: Hand, reader: &Reader) -> Folded {
    let prefix = format!("a{}", flag.id);
    let agenda = &material.agenda;
    let today = today(&agenda.seat.partnership, reader.now);
    let preset =
        material.next_check.unwrap_or(today + chrono::TimeDelta::days(PRESET)).min(latest_day(today));
    let sides = agenda
        .seat
        .sides
        .iter()
        .map(|side| Choice::new(side.id.to_string(), side.name.clone(), hand.side == Some(side.id)))
        .collect();
    let due = match material.next_check {
        Some(opens) => format!("The next check opens on {}.", day(opens)),
        None => "At most a year ahead.".to_owned(),
    };
    let text = lines("text", "What is to be done").under(&prefix);
    let controls = vec![
        Control::select("side", "Side", sides).hint("Its manager names who does it.").under(&prefix),
        Control::line("date", "due_on", "Due").value(preset.to_string()).hint(due).under(&prefix),
    ];
    let address = at_flag(agenda, flag.id, "action");
    let rows = [vec![text], controls, also(material, flag, &prefix)];
    folded("Agree an action", address, "Save the action", rows)
}

fn acceptance(material: &Material, flag: &Flag, reader: &Reader) -> Folded {
    let prefix = format!("c{}", flag.id);
    let agenda = &material.agenda;
    let latest = latest_day(today(&agenda.seat.partnership, reader.now));
    let preset = material.next_check.map_or(latest, |day| day.min(latest));
    let reason = lines("reason", "Why it is left as it is").under(&prefix);
    let until = Control::line("date", "until", "Last day")
        .value(preset.to_string())
        .hint("At most a year ahead. Every side signs for itself.")
        .under(&prefix);
    let address = at_flag(agenda, flag.id, "acceptance");
    let rows = [vec![reason], vec![until], also(material, flag, &prefix)];
    folded("Accept it for a time", address, "Save the acceptance", rows)
}

/// What became of an action, another day for it, and who does it, which its own side alone says.
pub(super) fn change(material: &Material, own: &Action, hand: Hand) -> Folded {
    let prefix = format!("p{}", own.id);
    let states = ActionState::ALL
        .iter()
        .map(|state| Choice::new(state.as_str(), words::capital(state.as_str()), *state == own.state))
        .collect();
    let mut controls = vec![
        Control::select("state", "State", states).under(&prefix),
        Control::line("date", "due_on", "Due").value(own.due_on.to_string()).under(&prefix),
    ];
    let mine = hand.side == Some(own.side_id);
    if mine {
        let nobody = Choice::new("", "Nobody yet", own.owner_id.is_none());
        let people = material.members.iter().filter(|(member, _)| member.side_id == Some(own.side_id));
        let people = people.map(|(_, person)| {
            Choice::new(person.id.to_string(), person.name.clone(), own.owner_id == Some(person.id))
        });
        let all = std::iter::once(nobody).chain(people).collect();
        let owner = Control::select("owner", "Who does it", all).optional();
        controls.push(owner.hint("The managers of every side read the name.").under(&prefix));
    }
    let note = Control::new(Kind::Lines, "note", "What became of it").value(own.note.clone()).optional();
    let verb = format!("actions/{0}#action-{0}", own.id);
    let summary = if mine { "Say who does it, or change it" } else { "Change it" };
    folded(summary, at(&material.agenda, &verb), "Save", [controls, vec![note.under(&prefix)]])
}
