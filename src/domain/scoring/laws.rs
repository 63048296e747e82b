//! Laws that hold for every set of answers.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::domain::instrument::tests::quarterly;

fn respondent() -> impl Strategy<Value = Answers> {
    proptest::collection::vec(prop_oneof![4 => (1u8..=5).prop_map(Some), 1 => Just(None)], 5).prop_map(named)
}

fn complete() -> impl Strategy<Value = Answers> {
    proptest::collection::vec((1u8..=5).prop_map(Some), 5).prop_map(named)
}

fn named(points: Vec<Option<u8>>) -> Answers {
    let ids = quarterly().indicators.into_iter().map(|indicator| indicator.id);
    ids.zip(points).collect()
}

fn side(name: &str, respondents: Vec<Answers>) -> SideInput {
    let invited = u32::try_from(respondents.len()).unwrap();
    SideInput { side: SideId::mint_random(), name: name.to_owned(), invited, respondents }
}

fn sides(of: impl Strategy<Value = Answers> + Clone, least: usize) -> impl Strategy<Value = Vec<SideInput>> {
    let people = move || proptest::collection::vec(of.clone(), least..6);
    proptest::collection::vec(people(), 2..=4)
        .prop_map(|all| all.into_iter().enumerate().map(|(i, p)| side(&format!("S{i}"), p)).collect())
}

fn score(sides: &[SideInput]) -> CycleFigures {
    score_cycle(&quarterly(), sides, &BTreeMap::new())
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

proptest! {
    #[test]
    fn the_order_of_respondents_does_not_matter(mut input in sides(respondent().boxed(), 0)) {
        let before = score(&input);
        for side in &mut input {
            side.respondents.reverse();
        }
        prop_assert_eq!(before, score(&input));
    }

    #[test]
    fn for_complete_answers_the_overall_score_is_the_mean_of_the_indicators(input in sides(complete().boxed(), 1)) {
        let figures = score(&input);
        let sum: f64 = figures.indicators.iter().map(|(_, cell)| cell.score.as_ref().unwrap().value).sum();
        prop_assert!(near(figures.overall.score.unwrap().value, sum / 5.0));
    }

    #[test]
    fn swapping_two_sides_flips_the_gap_and_nothing_else(
        a in proptest::collection::vec(respondent(), 1..6),
        b in proptest::collection::vec(respondent(), 1..6),
    ) {
        let (a, b) = (side("A", a), side("B", b));
        let straight = score(&[a.clone(), b.clone()]);
        let swapped = score(&[b, a]);
        for (one, other) in straight.cells().zip(swapped.cells()) {
            prop_assert_eq!(one.rating, other.rating);
            prop_assert_eq!(one.status, other.status);
            if let (Some(g), Some(h)) = (&one.gap, &other.gap) {
                prop_assert!(near(g.value, -h.value) && near(g.interval[0], -h.interval[1]));
                prop_assert_eq!(g.label, h.label);
            }
        }
    }

    #[test]
    fn a_respondent_of_nothing_but_dont_know_changes_nothing(input in sides(respondent().boxed(), 1)) {
        let mut with = input.clone();
        with[0].respondents.push(named(vec![None; 5]));
        prop_assert_eq!(score(&input), score(&with));
    }

    #[test]
    fn every_figure_stays_on_its_scale(input in sides(respondent().boxed(), 0)) {
        for cell in score(&input).cells() {
            if let Some(score) = &cell.score {
                prop_assert!((1.0..=5.0).contains(&score.value));
                prop_assert!(score.interval[0] <= score.value && score.value <= score.interval[1]);
            }
            if let Some(gap) = &cell.gap {
                prop_assert!((-4.0..=4.0).contains(&gap.value));
            }
            prop_assert_eq!(cell.rating == Rating::Grey, cell.score.is_none());
        }
    }

    #[test]
    fn display_never_crosses_a_threshold(value in 1.0f64..5.0) {
        let t = Thresholds::default();
        let shown = display(value, &t);
        prop_assert!((shown - value).abs() <= 0.1 + 1e-9);
        for mark in [2.5, 3.0, 4.0] {
            prop_assert_eq!(value >= mark - 1e-9, shown >= mark - 1e-9, "{} shows {}", value, shown);
        }
        prop_assert!(near(display(shown, &t), shown), "rounding twice is rounding once");
    }

    #[test]
    fn display_of_a_gap_never_crosses_a_threshold(value in -4.0f64..4.0) {
        let t = Thresholds::default();
        let shown = display_gap(value, &t);
        for mark in [0.5, 1.0] {
            prop_assert_eq!(value.abs() >= mark - 1e-9, shown.abs() >= mark - 1e-9);
        }
        prop_assert!(near(display_gap(-value, &t), -shown));
    }

    #[test]
    fn a_worse_previous_rating_never_makes_the_rating_better(input in sides(respondent().boxed(), 1)) {
        let fresh = score(&input);
        for before in [Rating::Green, Rating::Amber, Rating::Red] {
            let previous = BTreeMap::from([(Subject::Overall, before)]);
            let after = score_cycle(&quarterly(), &input, &previous);
            prop_assert!(after.overall.rating >= fresh.overall.rating);
        }
    }
}

#[test]
fn a_respondent_with_fewer_than_half_of_the_answers_is_missing_from_the_overall_score_only() {
    let two = side("A", vec![named(vec![Some(1), Some(1), None, None, None])]);
    let all = side("B", vec![named(vec![Some(4); 5])]);
    let figures = score(&[two, all]);
    assert_eq!(figures.overall.status, Status::OneSided);
    assert_eq!(figures.indicator("shared_vision").unwrap().status, Status::Provisional);
    assert_eq!(figures.indicator("joint_kpi").unwrap().status, Status::OneSided);
    assert_eq!(figures.sides[0].answered, 1);
}

#[test]
fn response_is_counted_per_side_with_its_word() {
    let mut input = side("A", vec![named(vec![Some(3); 5]); 4]);
    for (invited, band) in [
        (5, ResponseBand::Good),
        (6, ResponseBand::Moderate),
        (8, ResponseBand::Moderate),
        (9, ResponseBand::Low),
    ] {
        input.invited = invited;
        assert_eq!(score(&[input.clone(), side("B", vec![])]).sides[0].band, band, "4 of {invited}");
    }
}

#[test]
fn subjects_survive_text_even_if_an_indicator_is_called_overall() {
    for subject in [Subject::Overall, Subject::Indicator("overall".into()), Subject::Indicator("a:b".into())]
    {
        assert_eq!(subject.to_string().parse::<Subject>().unwrap(), subject);
    }
    assert!("communication".parse::<Subject>().is_err());
}
