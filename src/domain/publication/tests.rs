//! What scorecards publish, case by case.

use super::*;
use crate::domain::{
    samples::{card, flat, person, side_id, sides, source_example},
    scoring::Rating::{Amber, Green, Grey, Red},
};

#[test]
fn the_sources_example_reads_high_medium_low_medium_low() {
    let card = source_example();
    let words: Vec<_> = card.indicators.iter().map(|own| own.cell.rating.word()).collect();
    assert_eq!(words, ["High", "Medium", "Low", "Medium", "Low"]);
    assert_eq!(card.tally(), Tally { green: 1, amber: 2, red: 2, grey: 0 });
    let actions: Vec<_> =
        card.indicators.iter().filter_map(|own| own.cell.action_required.as_deref()).collect();
    assert_eq!(
        actions,
        [
            "Maintain alignment workshops",
            "Increase weekly syncs by 25%",
            "Review SOW and allocate dedicated leads",
            "Implement formal mediation process",
            "Re-evaluate KPIs and establish accountability",
        ]
    );
    assert_eq!(card.overall.rating, Amber);
    assert!(card.overall.action_required.is_none());
    assert!(card.sides_shown && card.total_shown);
}

fn ten_against_two(mode: Mode) -> Scorecard {
    card(&sides(&[("Northmoor", flat(&[5; 10])), ("Brightwater", flat(&[2, 2]))]), mode)
}

#[test]
fn ten_fives_against_two_twos_are_red_in_named_mode() {
    let card = ten_against_two(Mode::Named);
    for cell in card.cells() {
        assert_eq!((cell.rating, cell.rating_reason), (Red, Some(RatingReason::Side)));
        assert_eq!(cell.gap.as_ref().map(|gap| gap.label), Some(GapLabel::Large));
        assert!(!cell.suppressed && cell.interval.is_some());
    }
}

#[test]
fn ten_fives_against_two_twos_publish_only_the_total_in_confidential_mode() {
    let card = ten_against_two(Mode::Confidential);
    assert!(!card.sides_shown && card.total_shown);
    for cell in card.cells() {
        assert!((cell.score.unwrap() - 3.5).abs() < 1e-9);
        assert_eq!((cell.rating, cell.rating_reason), (Amber, Some(RatingReason::Score)));
        assert!(cell.sides.is_empty() && cell.gap.is_none() && cell.drift.is_none());
        assert!(cell.interval.is_none() && cell.precision.is_none() && cell.suppressed);
    }
    let counts: Vec<_> = card.response.iter().map(|own| (own.answered, own.invited)).collect();
    assert_eq!(counts, [(10, 10), (2, 2)]);
}

#[test]
fn too_few_answers_altogether_publish_counts_only() {
    let card = card(&sides(&[("A", flat(&[5])), ("B", flat(&[1]))]), Mode::Confidential);
    assert!(!card.sides_shown && !card.total_shown);
    for cell in card.cells() {
        assert_eq!((cell.score, cell.rating, cell.suppressed), (None, Grey, true));
        assert!(cell.is_hidden() && cell.sides.is_empty() && cell.action_required.is_none());
    }
}

#[test]
fn one_dont_know_below_the_floor_hides_the_sides_of_every_indicator() {
    let mut b = flat(&[4, 4]);
    b.push(person([4, 4, 4, 4, 0]));
    let card = card(&sides(&[("A", flat(&[4, 4, 4])), ("B", b)]), Mode::Confidential);
    assert!(!card.sides_shown && card.total_shown);
    assert!(card.cells().all(|cell| cell.sides.is_empty() && cell.gap.is_none()));
    // Not "provisional" for the one indicator: that would tell that somebody of a side did not know.
    assert!(card.cells().all(|cell| cell.status == Status::Ok));
}

#[test]
fn confidential_sides_are_rounded_and_without_spread_below_five_answers() {
    let card = card(&sides(&[("A", flat(&[4, 4, 5])), ("B", flat(&[3, 2, 3, 3, 4]))]), Mode::Confidential);
    let cell = &card.indicators[0].cell;
    assert!((cell.score.unwrap() - 3.7).abs() < 1e-9);
    assert!((cell.sides[0].mean.unwrap() - 4.3).abs() < 1e-9);
    assert!(cell.interval.is_none() && cell.sides[0].interval.is_none() && cell.sides[0].agreement.is_none());
    let gap = cell.gap.as_ref().unwrap();
    assert!((gap.value - 1.3).abs() < 1e-9 && gap.interval.is_none() && gap.suppressed);
    assert!(cell.suppressed && cell.sides.iter().all(|side| side.suppressed));
}

#[test]
fn confidential_sides_of_five_answers_show_spread() {
    let card =
        card(&sides(&[("A", flat(&[4, 4, 5, 4, 4])), ("B", flat(&[3, 2, 3, 3, 4]))]), Mode::Confidential);
    let cell = &card.indicators[0].cell;
    assert!(cell.interval.is_some() && !cell.suppressed);
    assert_eq!(cell.sides[0].agreement, Some(Agreement::Strong));
    let gap = cell.gap.as_ref().unwrap();
    assert!((gap.value - 1.2).abs() < 1e-9 && gap.interval.is_some());
}

#[test]
fn named_figures_are_not_rounded_and_representative_ones_are() {
    let input = sides(&[("A", flat(&[4, 4, 5])), ("B", flat(&[3]))]);
    let exact = card(&input, Mode::Named).indicators[0].cell.score.unwrap();
    assert!((exact - 11.0 / 3.0).abs() < 1e-12);
    let rounded = card(&input, Mode::Representative).indicators[0].cell.score.unwrap();
    assert!((rounded - 3.7).abs() < 1e-12);
}

#[test]
fn representative_mode_shows_side_figures_even_where_a_side_does_not_know() {
    let input = sides(&[("A", vec![person([4, 4, 4, 4, 0])]), ("B", flat(&[3]))]);
    let card = card(&input, Mode::Representative);
    assert!(card.sides_shown);
    let last = &card.indicators[4].cell;
    assert_eq!((last.status, last.rating, last.score), (Status::OneSided, Grey, None));
    assert_eq!(last.side(side_id(0)).unwrap().n, 0);
    assert!(last.side(side_id(1)).unwrap().mean.is_some());
    assert!(!last.is_hidden());
}

#[test]
fn when_one_side_is_silent_the_other_sees_its_own_mean_and_nobody_else_does() {
    let card = card(&sides(&[("A", flat(&[4, 4, 5])), ("B", vec![])]), Mode::Confidential);
    assert_eq!(card.overall.status, Status::OneSided);
    let own = view_for(&card, Some(side_id(0)));
    assert!((own.overall.side(side_id(0)).unwrap().mean.unwrap() - 4.3).abs() < 1e-9);
    for viewer in [Some(side_id(1)), None] {
        let view = view_for(&card, viewer);
        assert!(view.cells().all(|cell| cell.sides.is_empty() && cell.score.is_none() && cell.suppressed));
        assert_eq!(view.response, card.response);
        assert!(!view.sides_shown && !view.total_shown);
    }
}

#[test]
fn a_lone_side_below_the_floor_is_not_even_shown_to_itself() {
    let card = card(&sides(&[("A", flat(&[4, 5])), ("B", vec![])]), Mode::Confidential);
    assert!(view_for(&card, Some(side_id(0))).cells().all(Cell::is_hidden));
}

#[test]
fn a_silent_side_sees_counts_only_where_the_others_see_the_score() {
    let input = sides(&[("A", flat(&[4])), ("B", flat(&[3])), ("C", vec![])]);
    let card = card(&input, Mode::Representative);
    assert_eq!(card.overall.status, Status::Partial);
    assert!(card.overall.score.is_some());
    assert_eq!(view_for(&card, Some(side_id(1))), card);
    assert_eq!(view_for(&card, None), card);
    let silent = view_for(&card, Some(side_id(2)));
    assert!(silent.cells().all(Cell::is_hidden));
    assert!(silent.cells().all(|cell| cell.status == Status::Partial));
}

#[test]
fn nobody_answering_is_no_data_and_nothing_is_held_back() {
    for mode in Mode::ALL {
        let card = card(&sides(&[("A", vec![]), ("B", vec![])]), *mode);
        assert!(
            card.cells().all(|cell| cell.status == Status::NoData && !cell.suppressed && cell.rating == Grey)
        );
        assert_eq!(view_for(&card, Some(side_id(0))), card);
    }
}

#[test]
fn hysteresis_compares_with_the_last_published_rating_that_was_not_grey() {
    let amber = card(&sides(&[("A", flat(&[3])), ("B", flat(&[4]))]), Mode::Representative);
    let silent = card(&sides(&[("A", flat(&[3])), ("B", vec![])]), Mode::Representative);
    let basis = Basis::default().after(&amber).after(&silent);
    let next = sides(&[("A", flat(&[4])), ("B", flat(&[4]))]);
    let card = crate::domain::samples::card_after(&basis, &next, Mode::Representative);
    assert_eq!((card.overall.rating, card.overall.rating_reason), (Amber, Some(RatingReason::Hysteresis)));
    assert!(Basis::default().after(&silent).ratings.is_empty());
}

#[test]
fn a_scorecard_survives_json_and_an_old_one_without_later_fields_is_readable() {
    let card = ten_against_two(Mode::Confidential);
    let mut json = serde_json::to_value(&card).unwrap();
    assert_eq!(serde_json::from_value::<Scorecard>(json.clone()).unwrap(), card);
    json.as_object_mut().unwrap().remove("marks");
    for field in ["drift", "suppressed", "gap", "precision", "interval", "sides"] {
        json["overall"].as_object_mut().unwrap().remove(field);
    }
    let old: Scorecard = serde_json::from_value(json).unwrap();
    assert!(!old.overall.suppressed && old.marks == card.marks);
    assert_eq!(old.overall.rating, Amber);
}

#[test]
fn a_basis_survives_json() {
    let basis = Basis::default().after(&source_example());
    let json = serde_json::to_string(&basis).unwrap();
    assert!(json.contains("\"indicator:communication\":\"amber\""), "{json}");
    assert_eq!(serde_json::from_str::<Basis>(&json).unwrap(), basis);
    assert_eq!(serde_json::from_str::<Basis>("{}").unwrap(), Basis::default());
    assert_eq!(basis.ratings.values().filter(|rating| **rating == Green).count(), 1);
}
