//! The forms of a review: what answers a flag, and what becomes of an action. They work without a script.

use super::Reader;
use super::agenda::Agenda;
use super::flags;
use super::review::{Hand, Material};
use crate::domain::flags::Severity;
use crate::domain::review::{ActionState, TEXT_MAX, latest_day};
use crate::domain::words;
use crate::store::flags::Flag;
use crate::store::reviews::Action;
use crate::web::pages::view::acts::Folded;
use crate::web::pages::view::forms::{Choice, Control, Form, Kind};
use crate::workflow::review::today;

/// An address under the review.
pub fn at(agenda: &Agenda, verb: &str) -> String {
    format!("/cycles/{}/review/{verb}", agenda.cycle.id)
}

/// A note, an action and an acceptance of one flag.
pub fn of_flag(material: &Material, flag: &Flag, hand: Hand, reader: &Reader) -> Vec<Folded> {
    let mut all = vec![note(material, flag)];
    if flag.severity == Severity::Act {
        all.push(action(material, flag, hand, reader));
    }
    all.push(acceptance(material, flag, reader));
    all
}

fn lines(name: &str, label: &str) -> Control {
    let hint = format!("At most {TEXT_MAX} characters; every side reads it.");
    Control::new(Kind::Lines, name, label).hint(hint)
}

/// The other open flags, which the same thing may answer.
fn also(material: &Material, flag: &Flag, prefix: &str) -> Option<Control> {
    let seen = &material.agenda.seen;
    let others = seen.open().filter(|own| own.id != flag.id);
    let choices: Vec<Choice> =
        others.map(|own| Choice::new(own.id.to_string(), flags::title(own, &seen.history), false)).collect();
    (!choices.is_empty()).then(|| Control::checks("also", "Also for", choices).under(prefix))
}

fn folded(summary: &str, action: String, submit: &str, controls: Vec<Control>, also: Option<Control>) -> Folded {
    let mut form = Form::to(action, submit).group("", controls);
    if let Some(also) = also {
        form = form.group("", vec![also]);
    }
    Folded { summary: summary.to_owned(), form }
}

fn note(material: &Material, flag: &Flag) -> Folded {
    let prefix = format!("n{}", flag.id);
    let text = lines("text", "What was said").under(&prefix);
    let action = at(&material.agenda, &format!("flags/{}/note", flag.id));
    folded("Write a note", action, "Save the note", vec![text], also(material, flag, &prefix))
}

fn action(material: &Material, flag: &Flag, hand: Hand, reader: &Reader) -> Folded {
    let prefix = format!("a{}", flag.id);
    let agenda = &material.agenda;
    let today = today(&agenda.seat.partnership, reader.now);
    let preset = material.next_check.unwrap_or(today + chrono::TimeDelta::days(60)).min(latest_day(today));
    let sides = agenda
        .seat
        .sides
        .iter()
        .map(|side| Choice::new(side.id.to_string(), side.name.clone(), hand.side == Some(side.id)))
        .collect();
    let controls = vec![
        lines("text", "What is to be done").under(&prefix),
        Control::select("side", "By", sides)
            .hint("The manager of that side names who does it.")
            .under(&prefix),
        Control::line("date", "due_on", "Due")
            .value(preset.to_string())
            .hint("At most twelve months ahead; the day of the next check where one is planned.")
            .under(&prefix),
    ];
    let address = at(agenda, &format!("flags/{}/action", flag.id));
    folded("Agree an action", address, "Save the action", controls, also(material, flag, &prefix))
}

fn acceptance(material: &Material, flag: &Flag, reader: &Reader) -> Folded {
    let prefix = format!("c{}", flag.id);
    let agenda = &material.agenda;
    let latest = latest_day(today(&agenda.seat.partnership, reader.now));
    let preset = material.next_check.map_or(latest, |day| day.min(latest));
    let controls = vec![
        lines("reason", "Why it is left as it is").under(&prefix),
        Control::line("date", "until", "Last day")
            .value(preset.to_string())
            .hint("At most twelve months ahead. Every side signs for itself.")
            .under(&prefix),
    ];
    let address = at(agenda, &format!("flags/{}/acceptance", flag.id));
    folded("Accept it for a time", address, "Save the acceptance", controls, also(material, flag, &prefix))
}

/// What became of an action, another day for it, and who does it.
pub fn change(material: &Material, own: &Action, hand: Hand) -> Folded {
    let prefix = format!("p{}", own.id);
    let states = ActionState::ALL
        .iter()
        .map(|state| Choice::new(state.as_str(), words::capital(state.as_str()), *state == own.state))
        .collect();
    let mut controls = vec![
        Control::select("state", "State", states).under(&prefix),
        Control::line("date", "due_on", "Due").value(own.due_on.to_string()).under(&prefix),
    ];
    if hand.side == Some(own.side_id) {
        let nobody = Choice::new("", "Nobody yet", own.owner_id.is_none());
        let people = material.members.iter().filter(|(member, _)| member.side_id == Some(own.side_id));
        let people = people.map(|(_, person)| {
            Choice::new(person.id.to_string(), person.name.clone(), own.owner_id == Some(person.id))
        });
        let all = std::iter::once(nobody).chain(people).collect();
        controls.push(Control::select("owner", "Who does it", all).optional().under(&prefix));
    }
    let note = Control::line("text", "note", "What became of it").value(own.note.clone()).optional();
    controls.push(note.under(&prefix));
    let address = at(&material.agenda, &format!("actions/{}", own.id));
    folded("Change", address, "Save", controls, None)
}
