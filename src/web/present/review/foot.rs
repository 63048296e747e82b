//! The end of the page: what stands in the way of closing, who has confirmed, and when it closes by itself.

use super::super::agenda::Agenda;
use super::super::{Reader, flags};
use super::{Hand, anchor, forms};
use crate::domain::ids::SideId;
use crate::domain::partnership::PartnershipState;
use crate::domain::review::ReviewState;
use crate::domain::words;
use crate::store::flags::Flag;
use crate::web::pages::view::Link;
use crate::web::pages::view::review::Foot;

/// What those who were asked will read.
const MAILED: &str = "Once it has closed, whoever was asked gets a letter with the actions of the sides that have confirmed, in the words \
                      written here.";

pub(super) fn foot(agenda: &Agenda, hand: Hand, sorted: &[&Flag], reader: &Reader) -> Foot {
    let life = agenda.life();
    let open = agenda.review.state == ReviewState::Open;
    let lacking = |flag: &&Flag| {
        let needs = agenda.answers.needs(flag.id)?;
        let title = flags::title(flag, &agenda.seen.history);
        Some((Link::new(title, format!("#{}", anchor(flag.id))), needs.to_owned()))
    };
    let missing: Vec<(Link, String)> =
        if open { sorted.iter().filter_map(lacking).collect() } else { Vec::new() };
    let mine = hand.side.is_some_and(|side| life.waits_for().contains(&side));
    let may = open && mine && hand.writes && missing.is_empty();
    Foot {
        title: if open { "Close the review" } else { "Close of the review" }.to_owned(),
        close: may.then(|| forms::at(agenda, "close#close")),
        unsigned: if open {
            life.waits_for().iter().map(|side| agenda.side_name(*side).to_owned()).collect()
        } else {
            Vec::new()
        },
        sentences: sentences(agenda, missing.is_empty(), reader),
        missing,
    }
}

fn sentences(agenda: &Agenda, answered: bool, reader: &Reader) -> Vec<String> {
    let life = agenda.life();
    let name = |side: &SideId| agenda.side_name(*side).to_owned();
    let waits: Vec<String> = life.waits_for().iter().map(name).collect();
    let confirmed = agenda.confirmations.iter().map(|own| {
        format!("{} confirmed on {}.", name(&own.side_id), reader.moment(own.confirmed_at.and_utc()))
    });
    let ended = agenda.seat.partnership.state == PartnershipState::Ended;
    let last = match (agenda.review.state, agenda.review.closed_at) {
        (ReviewState::Overtaken, _) => Some("It was not closed before the later check.".to_owned()),
        (_, Some(at)) if waits.is_empty() => Some(format!("Closed on {}.", reader.moment(at.and_utc()))),
        (_, Some(at)) => Some(format!(
            "Closed on {}, not confirmed by {}.",
            reader.moment(at.and_utc()),
            words::join(&waits)
        )),
        (_, None) if ended => None,
        (_, None) if life.sides.len() == 1 => Some("Your side closes it.".to_owned()),
        (_, None) => Some(match life.closes_at() {
            None if answered => "Each side confirms it; the last one closes it. Seven days after the first it closes without the \
                                 others."
                .to_owned(),
            None => "Once every flag has its answer, each side confirms here.".to_owned(),
            Some(at) if answered => format!(
                "Waits for {}; without {} it closes on {}.",
                words::join(&waits),
                if waits.len() == 1 { "it" } else { "them" },
                reader.moment(at)
            ),
            Some(_) => {
                format!("Waits for {}, and for the answers that flags lack.", words::join(&waits))
            }
        }),
    };
    let open = agenda.review.state == ReviewState::Open && !ended;
    confirmed.chain(last).chain(open.then(|| MAILED.to_owned())).collect()
}
