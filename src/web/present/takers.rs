//! Who takes part in a partnership, and what the sides have promised each other: for its page.

use super::{Reader, roles};
use crate::domain::review::{day, named};
use crate::domain::words;
use crate::store::access::Seat;
use crate::store::partnerships::{Member, Side};
use crate::store::people::Person;
use crate::store::reviews::Action;
use crate::web::pages::view::Marker;
use crate::web::pages::view::partnership::ActionRow;
use crate::web::pages::view::parts::SideNote;
use crate::workflow::review::today;

/// The open actions, the earliest due first; each leads to its place in the review that agreed it.
pub(super) fn actions(seat: &Seat, open: &[Action], reader: &Reader) -> Vec<ActionRow> {
    let today = today(&seat.partnership, reader.now);
    let row = |own: &Action| {
        let side = seat.sides.iter().find(|side| side.id == own.side_id);
        let late = own.promise().is_overdue(today);
        ActionRow {
            title: named(&own.text),
            href: format!("/cycles/{0}/review#action-{1}", own.cycle_id, own.id),
            side: side.map(|side| side.name.clone()).unwrap_or_default(),
            due: day(own.due_on),
            state: if late { "overdue" } else { "open" }.to_owned(),
            late,
        }
    };
    open.iter().map(row).collect()
}

/// A side by its name alone.
pub(super) fn bare(place: usize, name: &str) -> SideNote {
    SideNote { marker: Marker::at(place), name: name.to_owned(), text: String::new(), warning: None }
}

/// Each side: how many are asked, who manages it, how many sponsor it. Counts for everybody; who manages a side is told to
/// the other members.
pub(super) fn takers(seat: &Seat, members: &[(Member, Person)], reader: &Reader) -> Vec<SideNote> {
    let names_allowed = seat.is_manager() || seat.member.as_ref().is_some_and(|own| own.facilitator);
    let of_side = |place: usize, side: &Side| {
        let here = || members.iter().filter(|(member, _)| member.side_id == Some(side.id));
        let asked = here().filter(|(member, _)| member.respondent).count();
        let managers: Vec<String> =
            here().filter(|(member, _)| member.manager).map(|(_, person)| person.name.clone()).collect();
        let led = match managers.as_slice() {
            [] => "nobody manages it".to_owned(),
            names if names_allowed => format!("managed by {}", words::join(names)),
            [_] => "1 manager".to_owned(),
            many => format!("{} managers", many.len()),
        };
        let people =
            if asked == 1 { "1 person is asked".to_owned() } else { format!("{asked} people are asked") };
        let warning = roles::unreachable(side.id, members, reader);
        let by_hand = here().filter(|(own, person)| own.respondent && person.address().is_none()).count();
        let handed = match by_hand {
            0 => String::new(),
            n if n == asked => ", hands out its links itself".to_owned(),
            n => format!(", hands out {n} of its links itself"),
        };
        let sponsors = match here().filter(|(member, _)| member.sponsor).count() {
            0 => String::new(),
            1 => ", 1 sponsor".to_owned(),
            n => format!(", {n} sponsors"),
        };
        SideNote { text: format!("{people}{handed}, {led}{sponsors}"), warning, ..bare(place, &side.name) }
    };
    seat.sides.iter().enumerate().map(|(place, side)| of_side(place, side)).collect()
}
