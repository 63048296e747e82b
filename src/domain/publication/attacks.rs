//! Attempts to learn from a published scorecard what it does not show.
//!
//! The method: two sets of answers that differ only in what must stay hidden have to publish the same card,
//! flags and next card. What is the same for both cannot tell them apart.

use proptest::prelude::*;

use super::*;
use crate::domain::{
    flags,
    ids::FlagId,
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

/// The scorecards of one partnership, each with the basis that the one before left.
fn history(inputs: &[Vec<SideInput>]) -> Vec<Scorecard> {
    let mut basis = Basis::default();
    let next = |input: &Vec<SideInput>| {
        let card = card_after(&basis, input, Mode::Representative);
        basis = basis.after(&card);
        card
    };
    inputs.iter().map(next).collect()
}

fn three(a: u8, b: u8, c: &[u8]) -> Vec<SideInput> {
    sides(&[("A", flat(&[a])), ("B", flat(&[b])), ("C", flat(c))])
}

#[test]
fn hysteresis_does_not_tell_a_silent_side_what_it_did_not_see() {
    let four = || three(4, 4, &[4, 4, 5]);
    let after = |a: u8| history(&[three(a, a, &[]), four(), four()]);
    let (after_amber, after_green) = (after(3), after(5));
    assert_eq!(after_amber[2].overall.rating_reason, Some(RatingReason::Hysteresis));
    let silent = Some(side_id(2));
    for (held, free) in views_for(&after_amber, silent).iter().zip(views_for(&after_green, silent)) {
        assert!(held.cells().eq(free.cells()));
    }
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
fn a_scorecard_looks_the_same_to_a_silent_side_however_many_are_read_with_it() {
    // Red while B is silent; then 3.1, which hysteresis holds at red for as long as it stays there.
    let cards = history(&[vec![three(2, 2, &[])], vec![three(3, 3, &[3, 3, 4]); 14]].concat());
    assert_eq!(cards[14].overall.rating_reason, Some(RatingReason::Hysteresis));
    let silent = Some(side_id(2));
    let whole = views_for(&cards, silent);
    assert!(whole[1..].iter().all(|view| view.overall.rating == Rating::Amber));
    for from in 0..cards.len() {
        for to in from + 1..=cards.len() {
            assert_eq!(views_for(&cards[from..to], silent), whole[from..to]);
        }
    }
}

#[test]
fn hysteresis_comes_back_once_a_silent_side_has_seen_a_rating_as_published() {
    let cards = history(&[three(3, 3, &[]), three(3, 4, &[4]), three(4, 4, &[4])]);
    let views = views_for(&cards, Some(side_id(2)));
    assert_eq!(views[2].overall.rating_reason, Some(RatingReason::Hysteresis));
}

#[test]
fn a_side_that_caps_a_rating_does_not_bring_the_word_hysteresis_to_a_silent_one() {
    // 4.1 after a hidden amber, with one side at 2.7: amber both by the cap and by hysteresis.
    let low = || sides(&[("A", flat(&[5])), ("B", flat(&[4, 5])), ("C", flat(&[2, 3, 3]))]);
    let cards = history(&[three(3, 4, &[]), low()]);
    assert_eq!(cards[1].overall.rating_reason, Some(RatingReason::Hysteresis));
    let view = view_for(&cards[1], Some(side_id(2)));
    assert_eq!((view.overall.rating, view.overall.rating_reason), (Rating::Amber, Some(RatingReason::Side)));
}

#[test]
fn an_old_scorecard_that_does_not_say_who_saw_what_shows_no_side_a_rating_that_hysteresis_holds() {
    let mut old = history(&[three(3, 3, &[3]), three(4, 4, &[4])]).remove(1);
    assert_eq!(view_for(&old, Some(side_id(2))).overall.rating, Rating::Amber);
    old.unseen = None;
    assert_eq!(view_for(&old, Some(side_id(2))).overall.rating, Rating::Green);
    let carried = Basis { unseen: None, ..Basis::default().after(&old) };
    assert_eq!(carried.unseen_on(&old).len(), 3);
}

#[test]
fn a_reason_that_is_held_unmeasured_is_not_told_to_a_side_that_did_not_see_it_found() {
    // A wide gap between A and B while C is silent, then twice a total only: the gap is held, unmeasured.
    let wide = || sides(&[("A", flat(&[5; 5])), ("B", flat(&[2; 5])), ("C", vec![])]);
    let total = || sides(&[("A", flat(&[3; 5])), ("B", flat(&[4, 4])), ("C", flat(&[4, 4]))]);
    let (mut basis, mut open) = (Basis::default(), Vec::new());
    let mut cards = Vec::new();
    for input in
        [wide(), total(), total(), sides(&[("A", flat(&[5; 5])), ("B", flat(&[2; 5])), ("C", flat(&[4; 5]))])]
    {
        let mut card = card_after(&basis, &input, Mode::Confidential);
        card.flags = flags::settle(&open, flags::update(&open, &card), FlagId::mint_random);
        card.unseen = Some(basis.unseen_on(&card));
        (basis, open) = (basis.after(&card), flags::standing(&card.flags));
        cards.push(card);
    }
    let told = |place: usize, side: usize| {
        let view = view_for(&cards[place], Some(side_id(side)));
        let flag = view.flags.into_iter().find(|own| own.subject != FlagSubject::Partnership);
        flag.map(|own| (own.reasons, own.severity.unwrap()))
    };
    let (gap, both) = (vec![Reason::GapLarge], vec![Reason::GapLarge, Reason::Amber]);
    for (place, a, c) in [
        (0, vec![Reason::Red, Reason::GapLarge], None),
        (1, both.clone(), Some(vec![Reason::Amber])),
        (2, both.clone(), Some(vec![Reason::Amber])),
    ] {
        assert_eq!(told(place, 0), Some((a, Severity::Act)), "{place}");
        assert_eq!(told(place, 2), c.map(|reasons| (reasons, Severity::Discuss)), "{place}");
    }
    // Once it is found where C can see it, it is told.
    assert!(told(3, 2).unwrap().0.contains(&gap[0]));
}

#[test]
fn a_total_does_not_tell_that_the_only_one_of_a_side_left_a_question_out() {
    let with = |b: [u8; 5]| sides(&[("A", flat(&[4; 4])), ("B", vec![person(b)])]);
    for hole in 0..5 {
        let mut b = [2; 5];
        b[hole] = 0;
        let card = card(&with(b), Mode::Confidential);
        assert!(!card.total_shown && card.cells().all(Cell::is_hidden), "{hole}");
    }
    assert!(card(&with([2; 5]), Mode::Confidential).total_shown);
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
                // What is missing among figures that are shown would be somebody's "don't know".
                prop_assert_eq!(own.cell.score.is_some(), card.total_shown);
                prop_assert_eq!(own.cell.status, card.overall.status);
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
