//! Attempts to learn from a published scorecard what it does not show.
//!
//! The method: two sets of answers that differ only in what must stay hidden have to publish the same card,
//! flags and next card. What is the same for both cannot tell them apart.

use proptest::prelude::*;

use super::*;
use crate::domain::{
    flags,
    samples::{card, card_after, flat, person, side_id, sides},
    scoring::SideInput,
};

/// Compares cards to the last figure, flags included.
fn indistinguishable(one: &[SideInput], other: &[SideInput], mode: Mode) -> (Scorecard, Scorecard) {
    let (a, b) = (card(one, mode), card(other, mode));
    assert_eq!(serde_json::to_string(&a).unwrap(), serde_json::to_string(&b).unwrap());
    assert_eq!(flags::update(&[], &a), flags::update(&[], &b));
    (a, b)
}

#[test]
fn a_total_does_not_tell_which_side_was_low() {
    let apart = sides(&[("A", flat(&[5; 10])), ("B", flat(&[2, 2]))]);
    let together = sides(&[("A", flat(&[4, 4, 4, 4, 4, 3, 3, 3, 3, 3])), ("B", flat(&[4, 3]))]);
    let turned = sides(&[("A", flat(&[2; 10])), ("B", flat(&[5, 5]))]);
    indistinguishable(&apart, &together, Mode::Confidential);
    indistinguishable(&apart, &turned, Mode::Confidential);
}

#[test]
fn the_next_scorecard_does_not_tell_that_a_hidden_side_was_low() {
    // The same published total, once with a side below 2.5: its true rating is red, the published one amber.
    let low = sides(&[("A", flat(&[5, 5, 5, 5])), ("B", flat(&[2, 2]))]);
    let even = sides(&[("A", flat(&[4, 4, 3, 3])), ("B", flat(&[3, 4]))]);
    let (after_low, after_even) = indistinguishable(&low, &even, Mode::Confidential);
    let next = sides(&[("A", flat(&[3, 3, 4])), ("B", flat(&[3, 3, 3]))]);
    let seen = |before: &Scorecard| card_after(&Basis::default().after(before), &next, Mode::Confidential);
    assert_eq!(seen(&after_low), seen(&after_even));
    assert_eq!(seen(&after_low).overall.rating, Rating::Amber);
}

#[test]
fn equal_means_of_three_look_the_same_whether_people_agree_or_not() {
    // Of these means a clear gap would only be possible if everybody had answered alike.
    let agreed = sides(&[("A", flat(&[4, 4, 4])), ("B", flat(&[3, 3, 3]))]);
    let divided = sides(&[("A", flat(&[5, 5, 2])), ("B", flat(&[1, 3, 5]))]);
    indistinguishable(&agreed, &divided, Mode::Confidential);
}

#[test]
fn an_overall_score_of_fewer_people_than_the_floor_is_not_shown() {
    // Every indicator has three answers on each side, but only two people of B answered enough to count.
    let b = vec![
        person([4, 4, 4, 4, 4]),
        person([3, 3, 3, 3, 3]),
        person([5, 5, 0, 0, 0]),
        person([0, 0, 5, 5, 0]),
        person([0, 0, 0, 0, 5]),
    ];
    let card = card(&sides(&[("A", flat(&[4, 4, 4])), ("B", b)]), Mode::Confidential);
    assert!(!card.sides_shown);
    assert!(card.overall.sides.is_empty());
}

#[test]
fn hysteresis_does_not_tell_a_silent_side_what_it_did_not_see() {
    let before = |a: u8| sides(&[("A", flat(&[a])), ("B", flat(&[a])), ("C", vec![])]);
    let four = sides(&[("A", flat(&[4])), ("B", flat(&[4])), ("C", flat(&[4, 4, 5]))]);
    let history = |a: u8| {
        let mut cards = vec![card(&before(a), Mode::Representative)];
        let mut basis = Basis::default();
        for _ in 0..2 {
            basis = basis.after(cards.last().unwrap());
            cards.push(card_after(&basis, &four, Mode::Representative));
        }
        cards
    };
    let (after_amber, after_green) = (history(3), history(5));
    assert_eq!(after_amber[2].overall.rating_reason, Some(RatingReason::Hysteresis));
    let silent = Some(side_id(2));
    assert_eq!(views_for(&after_amber, silent), views_for(&after_green, silent));
    for view in &views_for(&after_amber, silent)[1..] {
        assert_eq!(
            (view.overall.rating, view.overall.rating_reason),
            (Rating::Green, Some(RatingReason::Score))
        );
    }
    // The sides that saw the first scorecard see every one as it was published.
    assert_eq!(views_for(&after_amber, Some(side_id(0))), after_amber);
}

#[test]
fn hysteresis_comes_back_once_a_silent_side_has_seen_a_rating_as_published() {
    let silent = sides(&[("A", flat(&[3])), ("B", flat(&[3])), ("C", vec![])]);
    let amber = sides(&[("A", flat(&[3])), ("B", flat(&[4])), ("C", flat(&[4]))]);
    let four = sides(&[("A", flat(&[4])), ("B", flat(&[4])), ("C", flat(&[4]))]);
    let mut cards = vec![card(&silent, Mode::Representative)];
    let mut basis = Basis::default();
    for input in [&amber, &four] {
        basis = basis.after(cards.last().unwrap());
        cards.push(card_after(&basis, input, Mode::Representative));
    }
    let views = views_for(&cards, Some(side_id(2)));
    assert_eq!(views[2].overall.rating_reason, Some(RatingReason::Hysteresis));
}

fn people(least: usize, most: usize) -> impl Strategy<Value = Vec<[u8; 5]>> {
    proptest::collection::vec(proptest::array::uniform5(0u8..=5), least..=most)
}

fn of(all: &[Vec<[u8; 5]>]) -> Vec<SideInput> {
    let named: Vec<_> = all
        .iter()
        .zip(["A", "B", "C", "D"])
        .map(|(side, name)| (name, side.iter().map(|points| person(*points)).collect()))
        .collect();
    sides(&named)
}

/// Moves a point from one person to another wherever both can, which keeps every sum of the side.
fn divided(side: &[[u8; 5]]) -> Vec<[u8; 5]> {
    let mut side = side.to_vec();
    if let [first, second, ..] = side.as_mut_slice() {
        for (a, b) in first.iter_mut().zip(second) {
            if (1..5).contains(a) && *b > 1 {
                (*a, *b) = (*a + 1, *b - 1);
            }
        }
    }
    side
}

proptest! {
    #[test]
    fn no_figure_rests_on_fewer_answers_than_the_floor(
        all in proptest::collection::vec(people(0, 6), 2..=4),
    ) {
        let input = of(&all);
        let card = card(&input, Mode::Confidential);
        let answered: Vec<_> = card.response.iter().filter(|r| r.answered > 0).map(|r| r.side).collect();
        for own in &card.indicators {
            let points = |side: &SideInput| side.respondents.iter().filter(|a| a[&own.id].is_some()).count();
            let total: usize = input.iter().map(points).sum();
            if own.cell.score.is_some() {
                prop_assert!(total >= 3);
            }
            for side in own.cell.sides.iter().filter(|side| answered.contains(&side.side)) {
                prop_assert!(side.n >= 3, "{:?}", side);
            }
            if !card.sides_shown {
                prop_assert!(own.cell.sides.is_empty() && own.cell.gap.is_none());
                prop_assert!(own.cell.precision.is_none() && own.cell.interval.is_none());
                prop_assert!(matches!(own.cell.rating_reason, None | Some(RatingReason::Score)));
            }
        }
    }

    #[test]
    fn a_silent_side_learns_no_figure(all in proptest::collection::vec(people(1, 6), 1..=3)) {
        let mut all = all;
        all.push(Vec::new());
        let last = side_id(all.len() - 1);
        for mode in Mode::ALL {
            let view = view_for(&card(&of(&all), *mode), Some(last));
            for cell in view.cells() {
                prop_assert!(cell.score.is_none() && cell.sides.is_empty() && cell.gap.is_none());
                prop_assert_eq!(cell.rating, Rating::Grey);
            }
        }
    }

    #[test]
    fn below_five_answers_the_spread_within_a_side_leaves_no_trace(a in people(3, 4), b in people(3, 7)) {
        // Complete answers only: a composite is a sum over a person, which must stay as it was.
        let full = |side: Vec<[u8; 5]>| -> Vec<[u8; 5]> {
            side.into_iter().map(|points| points.map(|point| point.max(1))).collect()
        };
        let (a, b) = (full(a), full(b));
        let one = card(&of(&[a.clone(), b.clone()]), Mode::Confidential);
        let other = card(&of(&[divided(&a), divided(&b)]), Mode::Confidential);
        prop_assert_eq!(&one, &other);
        prop_assert_eq!(flags::update(&[], &one), flags::update(&[], &other));
    }
}
