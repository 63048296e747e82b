//! Attempts to learn few people's answers by setting published figures against each other.
//!
//! The method is linear algebra and knows nothing of the rule: every published mean is a weighted sum of single
//! answers, known to the attacker with its weights (the worst case). A group is solved for when some combination
//! of the sums leaves nothing but answers of that group, that is, when striking the group's answers out of all
//! the sums makes them depend on each other more than they did before. What is absent is attacked as well: a figure that
//! is missing among figures that are shown tells who left something out.

use proptest::prelude::*;

use super::*;
use crate::domain::{
    samples::{card, card_with_floor, flat, person, sides},
    scoring::{Rating, SideInput},
};

/// One published mean: the weight of each answer, side by side, person by person, question by question.
type Sum = Vec<f64>;

const QUESTIONS: usize = 5;
const MOST_GROUPS: usize = 600;

/// Positions in a [`Sum`], with their side and person.
fn places(all: &[Vec<[u8; QUESTIONS]>]) -> Vec<(usize, usize, usize)> {
    let people = all.iter().enumerate().flat_map(|(side, own)| (0..own.len()).map(move |p| (side, p)));
    people.flat_map(|(side, p)| (0..QUESTIONS).map(move |question| (side, p, question))).collect()
}

/// The mean of one side: of one question, or of the people's own means over at least three answers.
fn mean_of(all: &[Vec<[u8; QUESTIONS]>], of: usize, question: Option<usize>) -> Option<Sum> {
    let given = |side: usize, p: usize| all[side][p].iter().filter(|point| **point > 0).count();
    let weight = |(side, p, q): (usize, usize, usize)| {
        let counts = match question {
            Some(asked) => q == asked,
            None => given(side, p) >= 3,
        };
        let share = if question.is_some() { 1.0 } else { 1.0 / given(side, p) as f64 };
        if side == of && all[side][p][q] > 0 && counts { share } else { 0.0 }
    };
    let sum: Sum = places(all).into_iter().map(weight).collect();
    let total: f64 = sum.iter().sum();
    (total > 0.0).then(|| sum.into_iter().map(|w| w / total).collect())
}

/// Everything that a card publishes about answers, as sums.
fn published(all: &[Vec<[u8; QUESTIONS]>], card: &Scorecard) -> Vec<Sum> {
    let questions = std::iter::once(None).chain((0..QUESTIONS).map(Some));
    let mut sums = Vec::new();
    for (cell, question) in card.cells().zip(questions) {
        if question.is_none() && card.overall_is_mean {
            // Made of the figures of the questions, which are all here.
            continue;
        }
        let means: Vec<Option<Sum>> = (0..all.len()).map(|side| mean_of(all, side, question)).collect();
        for (shown, mean) in cell.sides.iter().zip(&means) {
            assert_eq!(shown.mean.is_some(), mean.is_some());
            if question.is_some() {
                let n = mean.iter().flatten().filter(|weight| **weight > 0.0).count();
                assert_eq!(shown.n as usize, n);
            }
            sums.extend(mean.clone());
        }
        if cell.score.is_some() {
            let with: Vec<&Sum> = means.iter().flatten().collect();
            sums.push((0..with[0].len()).map(|at| with.iter().map(|own| own[at]).sum()).collect());
        }
    }
    sums
}

/// How many of the sums are independent of each other, by elimination.
fn rank(mut rows: Vec<Sum>) -> usize {
    let width = rows.first().map_or(0, Vec::len);
    let mut rank = 0;
    for column in 0..width {
        let Some(best) =
            (rank..rows.len()).max_by(|a, b| rows[*a][column].abs().total_cmp(&rows[*b][column].abs()))
        else {
            break;
        };
        if rows[best][column].abs() < 1e-9 {
            continue;
        }
        rows.swap(rank, best);
        let pivot = rows[rank].clone();
        for row in &mut rows[rank + 1..] {
            let factor = row[column] / pivot[column];
            row.iter_mut().zip(&pivot).for_each(|(x, p)| *x -= factor * p);
        }
        rank += 1;
    }
    rank
}

/// The first group of fewer people than the floor whose answers the card lets somebody solve for: one who is in it and knows
/// the own answer would learn what fewer than `floor - 1` others said.
fn solved(all: &[Vec<[u8; QUESTIONS]>], card: &Scorecard) -> Option<Vec<(usize, usize)>> {
    let sums = published(all, card);
    let whole = rank(sums.clone());
    let places = places(all);
    let people = all.iter().enumerate().flat_map(|(side, own)| (0..own.len()).map(move |p| (side, p)));
    let all = groups(&people.collect::<Vec<_>>(), card.floor_k as usize - 1);
    // Of very many groups some are tried, in each of the random cases others.
    let step = 1 + all.len() / MOST_GROUPS;
    all.into_iter().step_by(step).find(|group| {
        let outside = |row: &Sum| -> Sum {
            let kept = row.iter().zip(&places).filter(|(_, (side, p, _))| !group.contains(&(*side, *p)));
            kept.map(|(weight, _)| *weight).collect()
        };
        rank(sums.iter().map(outside).collect()) < whole
    })
}

/// Every group of so many people. A smaller one that can be solved for can be within a larger one, too.
fn groups(people: &[(usize, usize)], size: usize) -> Vec<Vec<(usize, usize)>> {
    if size == 0 {
        return vec![Vec::new()];
    }
    let behind = |first: usize| groups(&people[first + 1..], size - 1);
    let with = |first: usize| behind(first).into_iter().map(move |own| [vec![people[first]], own].concat());
    (0..people.len()).flat_map(with).collect()
}

/// Whether a figure is missing where others are shown: then nobody of some side answered that question, and everybody can
/// tell which. `None` where the card is all of a kind.
fn missing(card: &Scorecard) -> Option<String> {
    let shows = |cell: &Cell| (cell.score.is_some(), cell.status, cell.sides.len());
    let first = shows(&card.indicators.first()?.cell);
    let other = card.indicators.iter().find(|own| shows(&own.cell) != first);
    other.map(|own| own.id.clone())
}

fn of(all: &[Vec<[u8; QUESTIONS]>]) -> Vec<SideInput> {
    let named: Vec<_> = all
        .iter()
        .zip(["A", "B", "C", "D"])
        .map(|(side, name)| (name, side.iter().map(|points| person(*points)).collect()))
        .collect();
    sides(&named)
}

/// Mostly complete answers, and now and then somebody who leaves out what a neighbour leaves out, too.
fn people(least: usize, most: usize) -> impl Strategy<Value = Vec<[u8; QUESTIONS]>> {
    let gaps = prop_oneof![
        5 => Just([true; QUESTIONS]),
        2 => Just([true, true, true, true, false]),
        2 => Just([true, true, false, false, false]),
        1 => Just([false, false, true, true, true]),
        1 => proptest::array::uniform5(any::<bool>()),
    ];
    let one = (proptest::array::uniform5(1u8..=5), gaps).prop_map(|(points, given)| {
        let mut points = points;
        points.iter_mut().zip(given).for_each(|(point, given)| *point *= u8::from(given));
        points
    });
    proptest::collection::vec(one, least..=most)
}

#[test]
fn the_overall_score_does_not_tell_the_answers_of_the_one_who_left_questions_out() {
    let a = vec![person([5; 5]), person([5; 5]), person([5; 5]), person([1, 2, 0, 0, 0])];
    let card = card(&sides(&[("A", a), ("B", flat(&[4, 4, 4]))]), Mode::Confidential);
    // Their own means are 5, 5 and 5; the means of the five questions are 4.0, 4.3, 5.0, 5.0 and 5.0.
    assert!(card.overall_is_mean && card.overall.suppressed);
    assert!((card.overall.sides[0].mean.unwrap() - 4.7).abs() < 1e-9);
    assert!((card.overall.score.unwrap() - 4.3).abs() < 1e-9, "{:?}", card.overall.score);
    assert_eq!((card.overall.rating, card.overall.gap), (Rating::Green, None));
    // The indicators stay: no answer stands in two of them.
    assert!(card.sides_shown && card.total_shown);
    assert_eq!(card.indicators[0].cell.sides[0].n, 4);
}

#[test]
fn people_who_left_out_different_halves_do_not_give_away_the_one_who_answered_everything() {
    let mut a = vec![person([1, 2, 3, 4, 5])];
    a.extend(vec![person([4, 4, 0, 0, 0]); 3]);
    a.extend(vec![person([0, 0, 3, 3, 3]); 3]);
    let card = card(&sides(&[("A", a), ("B", flat(&[4, 4, 4]))]), Mode::Confidential);
    assert!(card.sides_shown && card.overall_is_mean);
}

#[test]
fn enough_people_on_either_side_of_the_difference_keep_the_overall_score() {
    let mut a = flat(&[5, 4, 4]);
    a.extend(vec![person([4, 4, 4, 4, 0]); 3]);
    let input = sides(&[("A", a), ("B", flat(&[4, 4, 4]))]);
    let shown = card(&input, Mode::Confidential);
    assert!(!shown.overall_is_mean && shown.overall.sides.len() == 2);
}

#[test]
fn modes_without_a_floor_show_the_overall_score_whoever_left_something_out() {
    let input = sides(&[("A", vec![person([1, 2, 3, 0, 0])]), ("B", flat(&[4]))]);
    for mode in [Mode::Named, Mode::Representative] {
        assert!(!card(&input, mode).overall_is_mean);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]
    #[test]
    fn no_published_figures_set_against_each_other_solve_for_two_people(
        a in people(3, 9),
        b in people(1, 6),
    ) {
        let all = [a, b];
        let card = card(&of(&all), Mode::Confidential);
        prop_assert_eq!(solved(&all, &card), None);
        if !card.sides_shown {
            prop_assert_eq!(missing(&card), None);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn nor_do_they_with_more_sides_a_higher_floor_or_without_names(
        (floor, mut all) in (3u32..=5).prop_flat_map(|floor| {
            let least = floor as usize;
            (Just(floor), proptest::collection::vec(people(least, least + 1), 1..=3))
        }),
        last in people(1, 5),
        mode in prop_oneof![Just(Mode::Confidential), Just(Mode::Anonymous)],
    ) {
        all.push(last);
        let card = card_with_floor(&of(&all), mode, floor);
        prop_assert_eq!(solved(&all, &card), None);
        if !card.sides_shown {
            prop_assert_eq!(missing(&card), None);
        }
    }
}
