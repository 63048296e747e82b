//! The sentences about drift, word for word.

use super::*;
use crate::domain::{
    drift::{Composition, Drift, DriftFinding, DriftState},
    mode::Mode,
    publication::Scorecard,
    samples::{card, flat, side_id, sides},
};

const ALARM: DriftState = DriftState::Alarm;

fn finding(state: DriftState, change: f64, interval: Option<[f64; 2]>) -> DriftFinding {
    DriftFinding {
        state,
        onset: Some("2025-Q3".to_owned()),
        change: Some(change),
        moved: None,
        interval,
        z: Some(3.1),
        z_up: None,
        between: None,
        every_side: true,
        crossed: false,
        cycles: Some(8),
    }
}

fn bare(state: DriftState, cycles: Option<u32>) -> DriftFinding {
    let own = finding(state, 0.0, None);
    DriftFinding { onset: None, change: None, z: None, every_side: false, cycles, ..own }
}

/// A scorecard of six people at Harbour and five at Quay, whose first indicator has this drift.
fn with(level: Option<DriftFinding>, gap: Option<DriftFinding>, mode: Mode) -> Scorecard {
    let mut card = card(&sides(&[("Harbour", flat(&[4; 6])), ("Quay", flat(&[4; 5]))]), mode);
    let between = Some([side_id(0), side_id(1)]);
    let gap = gap.map(|own| DriftFinding { between: own.change.and(between), ..own });
    card.indicators[0].cell.drift = Some(Drift { level, gap, composition: None });
    card
}

fn level(finding: DriftFinding, mode: Mode) -> String {
    let card = with(Some(finding), None, mode);
    level_drift_sentence(&card.indicators[0].cell, &card).unwrap()
}

fn gap(finding: DriftFinding, mode: Mode) -> String {
    let card = with(None, Some(finding), mode);
    gap_drift_sentence(&card.indicators[0].cell, &card).unwrap()
}

#[test]
fn a_drop_says_since_when_how_much_how_sure_and_of_how_many_people() {
    assert_eq!(
        level(finding(ALARM, -0.612, Some([-0.91, -0.31])), Mode::Named),
        "Since 2025-Q3 people on both sides answer about 0.6 lower than they themselves did before (0.3 to 0.9; \
         11 people)."
    );
    assert_eq!(
        level(finding(ALARM, -0.6, None), Mode::Confidential),
        "Since 2025-Q3 people on both sides answer about 0.6 lower than they themselves did before (11 people)."
    );
    assert_eq!(
        level(finding(DriftState::Watch, -0.4, Some([-0.7, -0.1])), Mode::Representative),
        "Perhaps since 2025-Q3 people on both sides answer about 0.4 lower than they themselves did before (0.1 to \
         0.7; 11 people). Luck could still explain it; the next check will tell."
    );
    assert_eq!(
        level(finding(DriftState::Improved, 0.8, Some([0.4, 1.2])), Mode::Named),
        "Since 2025-Q3 people on both sides answer about 0.8 higher than they themselves did before (0.4 to 1.2; \
         11 people)."
    );
    let of_one_side = DriftFinding { every_side: false, ..finding(ALARM, -0.6, None) };
    assert_eq!(
        level(of_one_side.clone(), Mode::Confidential),
        "Since 2025-Q3 people answer about 0.6 lower than they themselves did before, on average over both sides (11 \
         people)."
    );
    assert!(level(of_one_side, Mode::Anonymous).starts_with(
        "Since 2025-Q3 the answers are about 0.6 lower than before, on average over both sides (11 answers)."
    ));
}

#[test]
fn a_change_without_its_size_says_what_the_means_did() {
    let without = |state, moved| DriftFinding {
        change: None,
        z: None,
        every_side: false,
        moved,
        ..finding(state, 0.0, None)
    };
    assert_eq!(
        level(without(ALARM, Some(-0.6)), Mode::Confidential),
        "Since 2025-Q3 people answer lower than they themselves did before (11 people; by how much is not shown for sides \
         this small). The score stands about 0.6 lower."
    );
    assert!(level(without(ALARM, Some(0.0)), Mode::Confidential).ends_with("The score stands as before."));
    let up = level(without(DriftState::Improved, Some(-0.1)), Mode::Confidential);
    assert!(up.starts_with("Since 2025-Q3 people answer higher than they themselves did before"), "{up}");
    assert!(up.ends_with("The score stands about 0.1 lower."), "others who came answer lower: {up}");
    assert!(
        level(without(DriftState::Watch, None), Mode::Confidential)
            .ends_with("for sides this small). Luck could still explain it; the next check will tell.")
    );
    let of_gap = |state, moved, crossed| {
        let between = Some([side_id(0), side_id(1)]);
        let card = with(None, None, Mode::Confidential);
        let mut cell = card.indicators[0].cell.clone();
        let gap = DriftFinding { between, crossed, ..without(state, moved) };
        cell.drift = Some(Drift { level: None, gap: Some(gap), composition: None });
        gap_drift_sentence(&cell, &card).unwrap()
    };
    assert_eq!(
        of_gap(ALARM, Some(0.8), false),
        "Since 2025-Q3 the gap between Harbour and Quay is wider (11 people; by how much is not shown for sides this small), \
         each person compared with their own earlier answers. The means stand about 0.8 further apart."
    );
    assert!(of_gap(DriftState::Improved, Some(-0.5), false).contains("is narrower (11 people;"));
    assert!(of_gap(DriftState::Improved, Some(-0.5), false).ends_with("The means stand about 0.5 closer."));
    assert!(of_gap(ALARM, Some(0.0), true).contains("Harbour and Quay have changed places (11 people;"));
    let stable = || bare(DriftState::Stable, Some(8));
    assert_eq!(level(stable(), Mode::Confidential), "No drift over 8 checks.");
    assert_eq!(gap(stable(), Mode::Confidential), "No drift of the gap over 8 checks.");
}

#[test]
fn no_change_says_what_luck_could_hide() {
    assert_eq!(
        level(finding(DriftState::Stable, -0.13, Some([-0.44, 0.18])), Mode::Named),
        "No drift over 8 checks: the likeliest step, about 0.1 lower since 2025-Q3 (0.4 lower to 0.2 higher; 11 \
         people), is no more than luck shows."
    );
    assert_eq!(
        level(finding(DriftState::Stable, 1e-16, Some([-0.31, 0.31])), Mode::Named),
        "No drift over 8 checks: the answers are as before (0.3 lower to 0.3 higher; 11 people)."
    );
    assert_eq!(
        gap(finding(DriftState::Stable, -0.3, None), Mode::Confidential),
        "No drift of the gap between Harbour and Quay over 8 checks: the likeliest step, about 0.3 since 2025-Q3 \
         (11 people), is no more than luck shows."
    );
}

#[test]
fn a_gap_says_by_how_much_it_moved_and_not_which_side_did() {
    assert_eq!(
        gap(finding(ALARM, 1.741, Some([1.0001, 2.48])), Mode::Named),
        "Since 2025-Q3 the gap between Harbour and Quay is about 1.7 wider (1.0 to 2.5; 11 people), each person compared \
         with their own earlier answers."
    );
    assert_eq!(
        gap(finding(ALARM, -1.1, Some([-1.7, -0.5])), Mode::Named),
        "Since 2025-Q3 the gap between Harbour and Quay is about 1.1 wider (0.5 to 1.7; 11 people), each person compared \
         with their own earlier answers."
    );
    assert_eq!(
        gap(finding(DriftState::Improved, -1.1, None), Mode::Confidential),
        "Since 2025-Q3 the gap between Harbour and Quay is about 1.1 narrower (11 people), each person compared with \
         their own earlier answers."
    );
    assert_eq!(
        gap(finding(DriftState::Stable, 0.3, Some([-0.1, 0.7])), Mode::Anonymous),
        "No drift of the gap between Harbour and Quay over 8 checks: the likeliest step, about 0.3 since 2025-Q3 (up to \
         0.7; 11 answers), is no more than luck shows."
    );
}

#[test]
fn sides_that_have_changed_places_are_not_said_to_stand_further_apart() {
    let crossed = |state| DriftFinding { crossed: true, ..finding(state, -2.0, Some([-2.6, -1.4])) };
    assert_eq!(
        gap(crossed(ALARM), Mode::Named),
        "Since 2025-Q3 Harbour and Quay have changed places: measured against each other they have moved by about 2.0 \
         (1.4 to 2.6; 11 people), each person compared with their own earlier answers."
    );
    assert!(gap(crossed(DriftState::Improved), Mode::Named).starts_with(
        "Since 2025-Q3 the gap between Harbour and Quay is narrower, and they have changed places: measured"
    ));
}

#[test]
fn where_answers_cannot_be_linked_nobody_is_compared_with_themselves() {
    let mut all = Vec::new();
    for state in DriftState::ALL {
        for change in [-0.6, 0.6] {
            let own = finding(*state, change, Some([change - 0.3, change + 0.3]));
            all.push(level(own.clone(), Mode::Anonymous));
            all.push(gap(own, Mode::Anonymous));
        }
    }
    assert!(all.iter().all(|own| !own.contains("themselves") && !own.contains("11 people")), "{all:#?}");
    assert_eq!(
        level(finding(ALARM, -0.6, Some([-0.9, -0.3])), Mode::Anonymous),
        "Since 2025-Q3 the answers on both sides are about 0.6 lower than before (0.3 to 0.9; 11 answers). Answers are \
         not linked to people here, so it may be that other people answered."
    );
}

#[test]
fn no_sentence_speaks_of_a_trend_praises_or_blames() {
    for mode in Mode::ALL {
        for state in DriftState::ALL {
            for change in [-0.6, 0.0, 0.6] {
                let own = finding(*state, change, Some([change - 0.3, change + 0.3]));
                let card = with(Some(own.clone()), Some(own), *mode);
                let text = drift_sentences(&card.indicators[0].cell, &card).join(" ").to_lowercase();
                for word in ["trend", "!", "good", "bad", "unfortunately", "fault", "nan", "-"] {
                    let found = text.replace("2025-q3", "").contains(word);
                    assert!(!found, "\"{word}\" in {text}");
                }
            }
        }
    }
}

#[test]
fn learning_and_untested_cells_say_what_is_missing_once() {
    let said = |state, cycles| {
        let card = with(Some(bare(state, cycles)), Some(bare(state, cycles)), Mode::Named);
        drift_sentences(&card.indicators[0].cell, &card)
    };
    assert_eq!(
        said(DriftState::Learning, Some(2)),
        ["Too early for drift: so far 2 of the 3 checks that it needs."]
    );
    assert_eq!(said(DriftState::NoTest, None), ["Not tested for drift, because not every side answered."]);
    let hidden = with(None, None, Mode::Confidential);
    assert!(drift_sentences(&hidden.indicators[0].cell, &hidden).is_empty());
    assert!(drift_sentences(&hidden.overall, &hidden).is_empty());
}

#[test]
fn a_move_that_other_people_made_is_called_composition() {
    let mut card = with(None, None, Mode::Named);
    let mut said = |moved, change| {
        let found = Composition { onset: "2024-Q1".to_owned(), moved, change };
        card.indicators[0].cell.drift = Some(Drift { level: None, gap: None, composition: Some(found) });
        drift_sentences(&card.indicators[0].cell, &card)
    };
    assert_eq!(
        said(-0.667, Some(-0.13)),
        [
            "Since 2024-Q1 the score is about 0.7 lower mainly because other people answer; people themselves answer \
          about 0.1 lower (composition, not drift)."
        ]
    );
    assert_eq!(
        said(0.5, Some(0.01)),
        [
            "Since 2024-Q1 the score is about 0.5 higher mainly because other people answer; people themselves answer as \
          before (composition, not drift)."
        ]
    );
    assert_eq!(
        said(0.5, None),
        [
            "Since 2024-Q1 the score is about 0.5 higher mainly because other people answer (composition, not drift)."
        ]
    );
}

#[test]
fn limits_are_said_for_the_size_and_nothing_finer_is_claimed_for_one_or_two() {
    assert_eq!(
        limits_sentence(5),
        "With five people a side, a drop of 0.55 in one indicator, or a change of the gap of 1.3, is seen within four \
         checks in about four of five cases. Anything smaller is below what this size can show."
    );
    for (people, who) in [(1, "one person"), (2, "two people")] {
        assert_eq!(
            limits_sentence(people),
            format!(
                "With {who} a side no size of change is sure to be seen: a single check says little, and nothing finer \
                 is claimed."
            )
        );
    }
    assert!(limits_sentence(0).starts_with("Nobody answered"));
}

#[test]
fn the_result_mail_names_the_alarms_that_make_drift_news() {
    let drop = || finding(ALARM, -0.6, Some([-0.9, -0.3]));
    let sentence = level(drop(), Mode::Named);
    let now = with(Some(drop()), None, Mode::Named);
    assert!(drift_news(&now, None).is_empty(), "one indicator's alarm is no message");
    let mut before = with(None, None, Mode::Named);
    before.indicators[2].cell.drift = Some(Drift { level: Some(drop()), gap: None, composition: None });
    assert_eq!(
        drift_news(&now, Some(&before)),
        [format!("Vision: {sentence}"), format!("Resources (at the check before): {sentence}")]
    );
    let mut both = now.clone();
    both.indicators[2].cell.drift = before.indicators[2].cell.drift.clone();
    assert_eq!(
        drift_news(&both, Some(&before)),
        [format!("Vision: {sentence}"), format!("Resources: {sentence}")]
    );
    let mut overall = with(None, None, Mode::Named);
    overall.overall.drift = Some(Drift { level: Some(drop()), gap: None, composition: None });
    assert_eq!(drift_news(&overall, None), [format!("Overall: {sentence}")]);
}
