//! Cycles for the domain's own tests: sides with points, scored and published.

use std::collections::BTreeMap;

use chrono::DateTime;

use super::{
    answers::Answers,
    ids::{CycleId, PartnershipId, SideId},
    instrument::tests::quarterly,
    mode::Mode,
    publication::{Basis, PublishMeta, Scorecard, publish},
    scoring::{SideInput, score_cycle},
};

/// One respondent's answers to the five indicators; 0 is "don't know".
pub(super) fn person(points: [u8; 5]) -> Answers {
    let ids = quarterly().indicators.into_iter().map(|indicator| indicator.id);
    ids.zip(points.map(|point| (point > 0).then_some(point))).collect()
}

/// The same point to every indicator, for each entry.
pub(super) fn flat(points: &[u8]) -> Vec<Answers> {
    points.iter().map(|point| person([*point; 5])).collect()
}

/// An id that is the same in every run, so that cards can be compared.
pub(super) fn side_id(n: usize) -> SideId {
    format!("00000000-0000-4000-8000-{n:012}").parse().unwrap()
}

/// Sides with everybody who was invited; named as given.
pub(super) fn sides(all: &[(&str, Vec<Answers>)]) -> Vec<SideInput> {
    let side = |(n, (name, people)): (usize, &(&str, Vec<Answers>))| SideInput {
        side: side_id(n),
        name: (*name).to_owned(),
        invited: u32::try_from(people.len()).unwrap(),
        respondents: people.clone(),
    };
    all.iter().enumerate().map(side).collect()
}

/// Scores and publishes with the mode's default floor.
pub(super) fn card_after(basis: &Basis, input: &[SideInput], mode: Mode) -> Scorecard {
    card_from(basis, input, mode, mode.default_floor())
}

/// Scores and publishes a first cycle with a floor of one's own.
pub(super) fn card_with_floor(input: &[SideInput], mode: Mode, floor_k: u32) -> Scorecard {
    card_from(&Basis::default(), input, mode, floor_k)
}

fn card_from(basis: &Basis, input: &[SideInput], mode: Mode, floor_k: u32) -> Scorecard {
    let instrument = quarterly();
    let figures = score_cycle(&instrument, input, &basis.ratings);
    let id = "00000000-0000-4000-8000-0000000000ff";
    let meta = PublishMeta {
        cycle_id: id.parse::<CycleId>().unwrap(),
        partnership_id: id.parse::<PartnershipId>().unwrap(),
        partnership: "Northmoor & Brightwater".to_owned(),
        period: "2026-Q4".to_owned(),
        opened_at: DateTime::from_timestamp(1_796_112_000, 0).unwrap(),
        closed_at: DateTime::from_timestamp(1_796_918_400, 0).unwrap(),
    };
    let mut card = publish(&figures, &instrument, mode, floor_k, &meta);
    card.unseen = Some(basis.unseen_on(&card));
    card
}

/// The first scorecard of a partnership.
pub(super) fn card(input: &[SideInput], mode: Mode) -> Scorecard {
    card_after(&Basis { ratings: BTreeMap::new(), ..Basis::default() }, input, mode)
}

/// The source's example: one respondent a side, both answering 5, 3, 2, 3, 2.
pub(super) fn source_example() -> Scorecard {
    let one = || vec![person([5, 3, 2, 3, 2])];
    card(&sides(&[("Northmoor", one()), ("Brightwater", one())]), Mode::Representative)
}
