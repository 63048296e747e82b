//! The sentences, word for word.

use super::*;
use crate::domain::{
    mode::Mode,
    publication::{Basis, Scorecard},
    samples::{card, card_after, flat, person, sides, source_example},
};

fn two(a: &[u8], b: &[u8], mode: Mode) -> Scorecard {
    card(&sides(&[("Northmoor", flat(a)), ("Brightwater", flat(b))]), mode)
}

#[test]
fn the_headline_counts_what_needs_talking_about() {
    assert_eq!(headline(&source_example(), None), "Two reds, two ambers, overall 3.0.");
    assert_eq!(headline(&two(&[4], &[4], Mode::Representative), None), "All five are green, overall 4.0.");
}

#[test]
fn the_headline_names_the_widest_clear_gap() {
    let a = vec![person([4, 4, 5, 4, 4]); 5];
    let b = vec![person([4, 4, 3, 4, 4]); 5];
    let two_sides = card(&sides(&[("Northmoor", a.clone()), ("Brightwater", b.clone())]), Mode::Confidential);
    assert_eq!(headline(&two_sides, None), "All five are green, and the sides stand 2.0 apart on resources.");
    let three = card(&sides(&[("Ana", a), ("Ben", b.clone()), ("Carol", b)]), Mode::Named);
    assert_eq!(headline(&three, None), "One amber, and Ana and Ben stand 2.0 apart on resources.");
}

#[test]
fn the_headline_compares_with_the_check_before() {
    let before = two(&[3], &[4], Mode::Representative);
    let same = headline(&two(&[4], &[3], Mode::Representative), Some(&before));
    assert_eq!(same, "Five ambers, overall 3.5 as at the check before.");
    let lower = headline(&two(&[3], &[3], Mode::Representative), Some(&before));
    assert_eq!(lower, "Five ambers, overall 3.0, 0.5 below the check before.");
    let higher = headline(&two(&[5], &[4], Mode::Representative), Some(&before));
    assert_eq!(higher, "All five are green, overall 4.5, 1.0 above the check before.");
    let other_mode = headline(&two(&[3], &[3], Mode::Named), Some(&before));
    assert_eq!(other_mode, "Five ambers, overall 3.0.");
    let mut anew = two(&[3], &[3], Mode::Representative);
    anew.instrument.version += 1;
    assert_eq!(headline(&anew, Some(&before)), "Five ambers, overall 3.0.", "another wording");
    anew.instrument.version -= 1;
    anew.rebaseline = true;
    assert_eq!(headline(&anew, Some(&before)), "Five ambers, overall 3.0.", "a new start");
}

#[test]
fn the_headline_says_when_there_is_nothing_to_show() {
    let silent = two(&[4, 4, 4], &[], Mode::Confidential);
    assert_eq!(headline(&silent, None), "Brightwater was silent, so there is no score.");
    assert_eq!(headline(&two(&[], &[], Mode::Named), None), "Nobody answered.");
    let few = two(&[4], &[4], Mode::Confidential);
    assert_eq!(headline(&few, None), "Not shown: 2 people answered, too few to show figures.");
    assert_eq!(cell_words(&few.overall, &few.marks), "not shown (too few answers)");
    let nobody = two(&[], &[], Mode::Named);
    assert_eq!(cell_words(&nobody.overall, &nobody.marks), "no data");
}

#[test]
fn a_rating_that_is_not_its_scores_colour_says_why() {
    let amber = two(&[3], &[4], Mode::Representative);
    let after = card_after(
        &Basis::default().after(&amber),
        &sides(&[("A", flat(&[4])), ("B", flat(&[4]))]),
        Mode::Named,
    );
    assert_eq!(
        reason_sentence(&after.overall, &after.marks).unwrap(),
        "4.0, still amber: it must pass 4.2 to turn green"
    );
    let capped = two(&[5], &[2], Mode::Representative);
    assert_eq!(
        reason_sentence(&capped.overall, &capped.marks).unwrap(),
        "3.5, but red: one side’s mean is below 2.5"
    );
    let three = card(
        &sides(&[("A", flat(&[5; 5])), ("B", flat(&[5; 5])), ("C", flat(&[3, 3, 3, 3, 2]))]),
        Mode::Named,
    );
    assert_eq!(
        reason_sentence(&three.overall, &three.marks).unwrap(),
        "4.3, but amber: one side’s mean is below 3.0"
    );
    assert_eq!(reason_sentence(&amber.overall, &amber.marks), None);
}

#[test]
fn a_score_that_rounds_to_the_mark_it_misses_says_so() {
    let mut cell = source_example().overall;
    (cell.score, cell.rating, cell.rating_reason) =
        (Some(4.18), Rating::Amber, Some(RatingReason::Hysteresis));
    assert_eq!(
        reason_sentence(&cell, &Marks::default()).unwrap(),
        "just under 4.2, still amber: it must pass 4.2 to turn green"
    );
}

#[test]
fn the_response_is_told_side_by_side() {
    let mut input = sides(&[("Northmoor", flat(&[4; 8])), ("Brightwater", flat(&[4; 5]))]);
    (input[0].invited, input[1].invited) = (9, 7);
    let card = card(&input, Mode::Confidential);
    assert_eq!(response_sentence(&card), "based on 8 of 9 at Northmoor and 5 of 7 at Brightwater");
    assert_eq!(status_sentence(&card), None);
}

#[test]
fn a_gap_is_told_from_the_higher_side() {
    let card = two(&[3; 5], &[5; 5], Mode::Named);
    let gap = card.overall.gap.as_ref().unwrap();
    assert_eq!(gap_sentence(gap, &card), "Brightwater stands 2.0 above Northmoor (large)");
    let even = two(&[4; 5], &[4; 5], Mode::Named);
    let gap = even.overall.gap.as_ref().unwrap();
    assert_eq!(gap_sentence(gap, &even), "Northmoor and Brightwater stand together");
}

#[test]
fn exactness_is_told_with_its_interval_where_that_is_shown() {
    let firm = two(&[4; 10], &[4; 10], Mode::Named);
    assert_eq!(precision_words(&firm.overall, &firm.marks).unwrap(), "firm: 90 % interval 3.9 to 4.1");
    let small = two(&[4; 3], &[4; 3], Mode::Confidential);
    assert_eq!(precision_words(&small.indicators[0].cell, &small.marks).unwrap(), "indicative");
}

#[test]
fn a_missing_side_is_named() {
    let partial = card(&sides(&[("Ana", flat(&[4])), ("Ben", flat(&[4])), ("Carol", vec![])]), Mode::Named);
    assert_eq!(status_sentence(&partial).unwrap(), "Scored without Carol.");
    let alone = card(&sides(&[("Ana", flat(&[4])), ("Ben", vec![]), ("Carol", vec![])]), Mode::Named);
    assert_eq!(status_sentence(&alone).unwrap(), "Ben and Carol were silent, so there is no score.");
}

#[test]
fn two_points_are_never_called_a_trend() {
    assert_eq!(history_sentence(1), Some("One check so far. The second gives a change; drift needs three."));
    assert!(history_sentence(2).unwrap().contains("not a trend"));
    assert_eq!(history_sentence(3), None);
}
