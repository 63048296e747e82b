//! A cycle before its close: counts, and only those that do not tell who answered.

use super::Reader;
use crate::domain::cycle::CycleState;
use crate::store::cycles::Cycle;
use crate::store::invitations::SideCount;
use crate::store::partnerships::Side;
use crate::web::pages::view::Marker;
use crate::web::pages::view::cycle::CountRow;

/// Which counts of answers may be told while a cycle is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Of every side.
    PerSide,
    /// Of all sides together.
    Total,
    /// None.
    Nothing,
}

/// What may be told. Sides all or none: with one side hidden, the total less the others would be that side.
pub fn told(cycle: &Cycle, counts: &[SideCount]) -> Told {
    let k = cycle.floor();
    let invited = || counts.iter().map(|count| count.invited).filter(|n| *n > 0);
    if !cycle.mode.has_floor() || invited().all(|n| n >= k) {
        Told::PerSide
    } else if invited().sum::<u32>() >= k {
        Told::Total
    } else {
        Told::Nothing
    }
}

/// The lines of the page, in the order of the sides.
pub fn counts(cycle: &Cycle, sides: &[Side], counts: &[SideCount]) -> Vec<CountRow> {
    let told = told(cycle, counts);
    let of = |side: &Side| counts.iter().find(|count| count.side_id == side.id);
    let mut rows: Vec<CountRow> = sides
        .iter()
        .enumerate()
        .map(|(place, side)| {
            let (invited, answered) = of(side).map_or((0, 0), |count| (count.invited, count.answered));
            let answered = (told == Told::PerSide).then_some(answered);
            let row = line(Some(Marker::at(place)), side.name.clone(), invited, answered);
            CountRow { note: of(side).map(|own| by_hand(own.handed)).unwrap_or_default(), ..row }
        })
        .collect();
    let (invited, answered) = sums(counts);
    if told != Told::PerSide {
        let mut all = line(None, "All sides".to_owned(), invited, (told == Told::Total).then_some(answered));
        all.note = format!("how many answered is told per side from {} invited on each", cycle.floor());
        rows.push(all);
    }
    rows
}

/// How many links a side handed out itself, in words; empty where it did not.
pub fn by_hand(links: u32) -> String {
    match links {
        0 => String::new(),
        1 => "handed out one link itself".to_owned(),
        n => format!("handed out {n} links itself"),
    }
}

fn line(marker: Option<Marker>, name: String, invited: u32, answered: Option<u32>) -> CountRow {
    let share = answered.filter(|_| invited > 0).map_or(0, |n| n.min(invited) * 100 / invited);
    CountRow {
        marker,
        name,
        invited: invited as usize,
        answered: answered.map(|n| n as usize),
        share: u8::try_from(share).unwrap_or(100),
        note: String::new(),
    }
}

/// Invited and answered over all sides.
pub fn sums(counts: &[SideCount]) -> (u32, u32) {
    counts.iter().fold((0, 0), |(invited, answered), own| (invited + own.invited, answered + own.answered))
}

/// "Answered so far: 9 of 16. The check closes Thu 17 Sep, 17:00 Berlin." for an open cycle.
pub fn running_sentence(cycle: &Cycle, counts: &[SideCount], reader: &Reader) -> String {
    let closes = reader.moment(cycle.closes_at.and_utc());
    let (invited, answered) = sums(counts);
    if told(cycle, counts) == Told::Nothing {
        let are = if invited == 1 { "person is" } else { "people are" };
        return format!("{invited} {are} invited; the check closes {closes}.");
    }
    format!("Answered so far: {answered} of {invited}. The check closes {closes}.")
}

/// What a cycle that did not come to its close says.
pub fn ending(cycle: &Cycle) -> Option<String> {
    let reason = cycle.reason.as_deref().map(|text| format!(": {text}")).unwrap_or_default();
    match cycle.state {
        CycleState::Open | CycleState::Closed => None,
        CycleState::Cancelled => Some(format!("cancelled{reason}")),
        CycleState::SkippedLate => Some(format!("skipped{reason}")),
        CycleState::NotOpened => Some(format!("not opened{reason}")),
    }
}
