//! Flags raised, held and cleared.

use super::*;
use crate::domain::{
    mode::Mode,
    samples::{card, flat, person, sides, source_example},
};

fn open(subject: FlagSubject, reasons: &[Reason]) -> OpenFlag {
    let severity = severity_of(reasons).unwrap();
    OpenFlag { id: FlagId::mint_random(), subject, reasons: reasons.to_vec(), severity }
}

fn on(indicator: &str, reasons: &[Reason]) -> OpenFlag {
    open(FlagSubject::Indicator(indicator.to_owned()), reasons)
}

fn representative(a: &[u8], b: &[u8]) -> Scorecard {
    card(&sides(&[("A", flat(a)), ("B", flat(b))]), Mode::Representative)
}

#[test]
fn the_sources_example_raises_four_flags() {
    let raised: Vec<_> = update(&[], &source_example())
        .into_iter()
        .map(|change| match change {
            FlagChange::Raise { subject, reasons, severity } => (subject.to_string(), reasons, severity),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        raised,
        [
            ("indicator:communication".to_owned(), vec![Reason::Amber], Severity::Discuss),
            ("indicator:resource_commitment".to_owned(), vec![Reason::Red], Severity::Act),
            ("indicator:conflict_resolution".to_owned(), vec![Reason::Amber], Severity::Discuss),
            ("indicator:joint_kpi".to_owned(), vec![Reason::Red], Severity::Act),
        ]
    );
}

#[test]
fn the_overall_score_raises_no_flag_of_its_own() {
    let changes = update(&[], &representative(&[2], &[2]));
    assert_eq!(changes.len(), 5);
    let of_partnership =
        |c: &FlagChange| matches!(c, FlagChange::Raise { subject: FlagSubject::Partnership, .. });
    assert!(!changes.iter().any(of_partnership));
}

#[test]
fn a_standing_flag_is_held_with_its_new_reasons_and_cleared_when_they_are_gone() {
    let flag = on("communication", &[Reason::Red]);
    let amber = update(std::slice::from_ref(&flag), &representative(&[3], &[3]));
    let expected = FlagChange::Hold {
        id: flag.id,
        reasons: vec![Reason::Amber],
        severity: Severity::Discuss,
        unmeasured: false,
    };
    assert!(amber.contains(&expected));
    let green = update(std::slice::from_ref(&flag), &representative(&[5], &[5]));
    assert_eq!(green, [FlagChange::Clear { id: flag.id }]);
}

#[test]
fn grey_never_clears_a_flag() {
    let of_indicators = [
        Reason::Red,
        Reason::Amber,
        Reason::GapLarge,
        Reason::GapNotable,
        Reason::LowAgreement,
        Reason::DriftLevel,
        Reason::DriftGap,
    ];
    for reason in of_indicators {
        let flag = on("trust_of_old", &[reason]);
        let asked = on("communication", &[reason]);
        let mut silent = card(&sides(&[("A", flat(&[5, 5, 5])), ("B", vec![])]), Mode::Named);
        untested(&mut silent);
        let hidden = card(&sides(&[("A", flat(&[5])), ("B", flat(&[5]))]), Mode::Confidential);
        for grey in [silent, hidden] {
            let changes = update(&[flag.clone(), asked.clone()], &grey);
            for own in [&flag, &asked] {
                let held = FlagChange::Hold {
                    id: own.id,
                    reasons: vec![reason],
                    severity: reason.severity(),
                    unmeasured: true,
                };
                assert!(changes.contains(&held), "{reason}: {changes:?}");
            }
        }
    }
}

/// Where every digit may be shown, so may be that a silent side left drift untested.
fn untested(card: &mut Scorecard) {
    let finding = DriftFinding {
        state: DriftState::NoTest,
        onset: None,
        change: None,
        moved: None,
        interval: None,
        z: None,
        z_up: None,
        between: None,
        every_side: false,
        crossed: false,
        cycles: None,
    };
    let drift = || Drift { level: Some(finding.clone()), gap: Some(finding.clone()), composition: None };
    card.overall.drift = Some(drift());
    card.indicators.iter_mut().for_each(|own| own.cell.drift = Some(drift()));
}

#[test]
fn a_cycle_without_a_score_clears_no_overall_drift_either() {
    let flag = open(FlagSubject::Partnership, &[Reason::DriftOverall]);
    let mut silent = card(&sides(&[("A", flat(&[5, 5, 5])), ("B", vec![])]), Mode::Named);
    untested(&mut silent);
    assert_eq!(
        update(std::slice::from_ref(&flag), &silent),
        [FlagChange::Hold {
            id: flag.id,
            reasons: vec![Reason::SilentSide, Reason::DriftOverall],
            severity: Severity::Act,
            unmeasured: false,
        }]
    );
}

#[test]
fn a_gap_that_is_no_longer_shown_does_not_count_as_closed() {
    let flag = on("communication", &[Reason::GapLarge]);
    let total_only = card(&sides(&[("A", flat(&[5; 6])), ("B", flat(&[4, 4]))]), Mode::Confidential);
    assert_eq!(
        update(std::slice::from_ref(&flag), &total_only),
        [FlagChange::Hold {
            id: flag.id,
            reasons: vec![Reason::GapLarge],
            severity: Severity::Act,
            unmeasured: true
        }]
    );
}

#[test]
fn a_silent_side_and_a_low_response_flag_the_partnership() {
    let mut input = sides(&[("A", flat(&[5, 5])), ("B", vec![])]);
    input[1].invited = 4;
    let changes = update(&[], &card(&input, Mode::Representative));
    assert_eq!(
        changes,
        [FlagChange::Raise {
            subject: FlagSubject::Partnership,
            reasons: vec![Reason::SilentSide, Reason::LowResponse],
            severity: Severity::Act,
        }]
    );
    input[1].respondents = flat(&[5]);
    let low = update(&[], &card(&input, Mode::Representative));
    assert_eq!(
        low,
        [FlagChange::Raise {
            subject: FlagSubject::Partnership,
            reasons: vec![Reason::LowResponse],
            severity: Severity::Discuss,
        }]
    );
    let flag = open(FlagSubject::Partnership, &[Reason::SilentSide]);
    input[1].respondents = flat(&[5, 5]);
    let back = update(std::slice::from_ref(&flag), &card(&input, Mode::Representative));
    assert_eq!(back, [FlagChange::Clear { id: flag.id }]);
}

#[test]
fn what_one_side_alone_answered_raises_no_flag_for_the_others_to_see() {
    let divided = vec![person([1; 5]), person([5; 5]), person([5; 5]), person([1; 5])];
    let changes = update(&[], &card(&sides(&[("A", divided), ("B", vec![])]), Mode::Named));
    let subjects: Vec<_> = changes.iter().map(|change| matches!(change, FlagChange::Raise { .. })).collect();
    assert_eq!(subjects, [true], "that B was silent, and nothing else: {changes:?}");
}

#[test]
fn a_side_is_silent_also_where_nobody_says_how_many_were_invited() {
    let mut input = sides(&[("A", flat(&[5, 5])), ("B", vec![])]);
    input[0].invited = 0;
    assert_eq!(input[1].invited, 0);
    assert_eq!(
        update(&[], &card(&input, Mode::Representative)),
        [FlagChange::Raise {
            subject: FlagSubject::Partnership,
            reasons: vec![Reason::SilentSide],
            severity: Severity::Act,
        }]
    );
}

#[test]
fn gaps_and_disagreement_are_reasons_beside_the_rating() {
    let gap = update(&[], &card(&sides(&[("A", flat(&[5; 5])), ("B", flat(&[3; 5]))]), Mode::Named));
    let expected = FlagChange::Raise {
        subject: FlagSubject::Indicator("communication".to_owned()),
        reasons: vec![Reason::GapLarge],
        severity: Severity::Act,
    };
    assert!(gap.contains(&expected), "{gap:?}");
    let divided = card(&sides(&[("A", flat(&[5, 5, 5, 2, 3])), ("B", flat(&[5, 4, 4, 4, 4]))]), Mode::Named);
    let reasons = indicator_reasons(&divided.indicators[0].cell);
    assert_eq!(reasons, [Reason::LowAgreement]);
}
