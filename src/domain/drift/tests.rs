//! Single properties of the drift test, by hand.

use super::{samples::*, verdict::gap_thresholds, *};
use crate::domain::{
    instrument::{DriftThresholds, Thresholds},
    mode::Mode,
    samples::{card, flat, side_id, sides},
    scoring::Subject,
};

/// What the last quarter found of the only indicator.
fn last(history: &History) -> Tested {
    history.replay().pop().unwrap().pop().unwrap().1
}

#[test]
fn variances_are_the_priors_until_people_answer() {
    let (overall, one) = (Subject::Overall, Subject::Indicator("x".into()));
    let t = Thresholds::default();
    assert_eq!(Sums::default().variances(&one, &t), Variances { within: 0.8, person: 0.4, between: 0.4 });
    assert_eq!(
        Sums::default().variances(&overall, &t),
        Variances { within: 0.4, person: 0.15, between: 0.25 }
    );
    let mut sums = Sums::default();
    sums.add_answers(&[5.0], Unlinked::default());
    sums.add_changes(&[2.0]);
    assert_eq!(sums, Sums::default(), "one answer scatters around nothing");
    sums.add_answers(&[3.0, 5.0], Unlinked::default());
    sums.add_changes(&[-1.0, 1.0]);
    assert_eq!(sums, Sums { within: 2.0, within_df: 1, changes: 1.0, changes_df: 1 });
    assert!((sums.variances(&one, &t).within - 10.0 / 11.0).abs() < 1e-12);
    assert!((sums.variances(&one, &t).person - 5.0 / 11.0).abs() < 1e-12);
}

#[test]
fn a_person_never_wavers_more_than_a_side_scatters() {
    let mut sums = Sums::default();
    sums.add_changes(&[-4.0, 4.0]);
    let variances = sums.variances(&Subject::Indicator("x".into()), &Thresholds::default());
    assert!((variances.person - variances.within).abs() < f64::EPSILON && variances.between == 0.0);
}

#[test]
fn thresholds_of_the_gap_rise_with_the_number_of_pairs() {
    let t = DriftThresholds::default();
    for (sides, wanted) in [
        (2, [2.6, 3.0]),
        (3, [2.956_902_989_516_493, 3.320_075_203_521_651]),
        (4, [3.164_456_409_787_639, 3.508_898_842_277_131]),
    ] {
        for (got, wanted) in gap_thresholds(sides, &t).into_iter().zip(wanted) {
            assert!((got - wanted).abs() < 1e-9, "{sides} sides: {got}");
        }
    }
}

#[test]
fn a_drop_of_everybody_is_an_alarm_with_its_onset_and_the_segment_begins_anew() {
    let (high, low): (&[&[u8]], &[&[u8]]) = (&[&[4, 5, 4], &[4, 4, 5]], &[&[3, 4, 3], &[3, 3, 4]]);
    let mut history = History::of(&[high, high, high, low]);
    let found = last(&history).level.finding;
    assert_eq!((found.state, found.onset.as_deref()), (DriftState::Alarm, Some("2020-Q4")));
    assert!((found.change.unwrap() + 1.0).abs() < 1e-9);
    assert_eq!(found.cycles, Some(4));
    history.quarters.extend(History::of(&[high, high, high, high, low]).quarters.split_off(4));
    let next = last(&history);
    assert_eq!((next.level.finding.state, next.level.finding.cycles), (DriftState::Learning, Some(2)));
    assert_eq!(next.gap.finding.cycles, Some(5), "the gap has its own segment");
}

#[test]
fn a_drop_of_one_side_alone_is_not_said_of_every_side() {
    let before: &[&[u8]] = &[&[5, 5, 5, 5], &[4, 4, 4, 4]];
    let one = last(&History::of(&[before, before, before, &[&[3, 3, 3, 3], &[4, 4, 4, 4]]])).level.finding;
    assert_eq!((one.state, one.every_side), (DriftState::Alarm, false));
    let both = last(&History::of(&[before, before, before, &[&[4, 4, 4, 4], &[3, 3, 3, 3]]])).level.finding;
    assert_eq!((both.state, both.every_side), (DriftState::Alarm, true));
}

#[test]
fn a_gap_that_narrows_is_improved_and_one_that_opens_alarms() {
    let (apart, close): (&[&[u8]], &[&[u8]]) =
        (&[&[5, 5, 5, 5], &[3, 3, 3, 3]], &[&[4, 4, 4, 4], &[4, 4, 4, 4]]);
    let narrowed = last(&History::of(&[apart, apart, apart, close])).gap.finding;
    assert_eq!(narrowed.state, DriftState::Improved);
    assert_eq!(narrowed.between, Some([side_id(0), side_id(1)]));
    assert!(narrowed.change.unwrap() < -1.9);
    let opened = last(&History::of(&[close, close, close, apart])).gap.finding;
    assert_eq!(opened.state, DriftState::Alarm);
    assert!(opened.change.unwrap() > 1.9);
}

#[test]
fn a_gap_that_turns_round_and_stays_as_wide_is_no_improvement() {
    let (one, other): (&[&[u8]], &[&[u8]]) =
        (&[&[5, 5, 5, 5], &[4, 4, 4, 4]], &[&[4, 4, 4, 4], &[5, 5, 5, 5]]);
    let turned = last(&History::of(&[one, one, one, other])).gap.finding;
    assert_eq!((turned.state, turned.crossed), (DriftState::Alarm, true));
    // From a distance that says nothing the sides do not change places, they move apart.
    let level: &[&[u8]] = &[&[4, 4, 4, 4], &[4, 4, 4, 4]];
    let opened = last(&History::of(&[level, level, level, other])).gap.finding;
    assert!(!opened.crossed);
}

#[test]
fn a_rise_of_everybody_is_improved_and_reports_the_rise() {
    let (low, high): (&[&[u8]], &[&[u8]]) = (&[&[3, 3, 2], &[3, 2, 3]], &[&[4, 4, 4], &[4, 4, 4]]);
    let found = last(&History::of(&[low, low, low, high])).level.finding;
    assert_eq!((found.state, found.onset.as_deref()), (DriftState::Improved, Some("2020-Q4")));
    assert!(found.change.unwrap() > 1.0 && found.z_up.unwrap() > 2.7);
    assert!(found.z.unwrap() < 0.0, "z stays the downward one");
}

#[test]
fn a_silent_side_makes_a_cycle_untested_but_its_answers_count_for_the_variances() {
    let both: &[&[u8]] = &[&[4, 4, 3], &[4, 3, 4]];
    let history = History::of(&[both, both, &[&[1, 5, 1], &[]], both]);
    let findings = history.replay();
    let quarter = |t: usize| &findings[t][1].1;
    assert_eq!(quarter(2).level.finding, DriftFinding::bare(DriftState::NoTest, None));
    assert_eq!(quarter(2).gap.finding.state, DriftState::NoTest);
    assert!(quarter(2).variances.within > quarter(1).variances.within);
    assert_eq!(quarter(3).level.finding.cycles, Some(3));
}

#[test]
fn one_person_a_side_is_tested_too() {
    let (high, low): (&[&[u8]], &[&[u8]]) = (&[&[5], &[5]], &[&[1], &[1]]);
    let found = last(&History::of(&[high, high, high, low])).level.finding;
    assert_eq!((found.state, found.onset.as_deref()), (DriftState::Alarm, Some("2020-Q4")));
}

#[test]
fn somebody_who_answers_for_another_side_begins_anew_there() {
    let quarters = [
        Quarter::of(0, &[&[(1, 5), (2, 4), (3, 4)], &[(4, 3), (5, 3)]]),
        Quarter::of(1, &[&[(2, 4), (3, 4)], &[(1, 5), (4, 3), (5, 3)]]),
        Quarter::of(2, &[&[(2, 4), (3, 4)], &[(1, 5), (4, 3), (5, 3)]]),
    ];
    let moved = History { sides: 2, instrument: asking(1), quarters: quarters.to_vec() };
    let mut renamed = moved.clone();
    for quarter in &mut renamed.quarters[1..] {
        quarter.given.iter_mut().filter(|own| own.person == Some(1)).for_each(|own| own.person = Some(77));
    }
    assert_eq!(last(&moved).variances, last(&renamed).variances);
    assert_eq!(last(&moved).level.finding, last(&renamed).level.finding);
}

#[test]
fn of_two_responses_of_one_person_the_later_stands() {
    let once = History::of(&[&[&[4, 4], &[3, 3]], &[&[4, 5], &[3, 3]]]);
    let mut twice = once.clone();
    let stale = Given { answers: answers(&[Some(1)]), ..twice.quarters[1].given[0].clone() };
    twice.quarters[1].given.insert(0, stale);
    assert_eq!(once.replay(), twice.replay());
}

#[test]
fn people_who_never_answered_before_and_answers_long_ago_are_asked_for_and_no_others() {
    let both: &[&[u8]] = &[&[4, 4, 4], &[4, 4, 4]];
    let history = History::of(&[both, both, both]);
    let mut tracker = Tracker::new(&history.side_ids());
    for quarter in &history.quarters {
        tracker.close(&quarter.borrow(&history.instrument));
    }
    let next = Quarter::of(3, &[&[(0, 4), (1, 4), (9, 4)], &[(100, 4)]]);
    let next = next.borrow(&history.instrument);
    assert_eq!(tracker.unknown(&next), [(side_id(0), member(9))]);
    let loaded = [history.quarters[2].borrow(&history.instrument)];
    let carried = Carried {
        closed: 3,
        asked: tracker.carried().asked.clone(),
        subjects: tracker
            .carried()
            .subjects
            .iter()
            .map(|(subject, own)| (subject.clone(), CarriedSubject { level: 2, gap: 2, ..*own }))
            .collect(),
    };
    let mut resumed =
        Tracker::resume(&history.side_ids(), carried.clone(), &history.instrument, &loaded).unwrap();
    let older = [Quarter::of(0, &[&[(9, 2)]]), Quarter::of(1, &[&[(9, 3)]])];
    resumed.remember(&older.each_ref().map(|own| own.borrow(&history.instrument)));
    assert_eq!(resumed.unknown(&next), []);
    // 4 − 4, 4 − 4 and 4 − 3, the newest of the older answers.
    let before = carried.subjects[&Subject::Overall].sums;
    resumed.close(&next);
    let after = resumed.carried().subjects[&Subject::Overall].sums;
    assert!((after.changes - before.changes - 1.0 / 3.0).abs() < 1e-12);
    assert_eq!(after.changes_df - before.changes_df, 2);
}

#[test]
fn a_close_after_an_alarm_reads_the_new_segment_only() {
    let (high, low): (&[&[u8]], &[&[u8]]) = (&[&[5, 5, 4], &[3, 3, 3]], &[&[4, 4, 3], &[2, 2, 2]]);
    let mut quarters = vec![high; 30];
    quarters.extend([low; 2]);
    let history = History::of(&quarters);
    let mut tracker = Tracker::new(&history.side_ids());
    for quarter in &history.quarters[..31] {
        tracker.close(&quarter.borrow(&history.instrument));
    }
    assert_eq!(tracker.carried().reach(&history.instrument), 31, "the gap still looks at all of them");
    let mut again = history.quarters[31].clone();
    again.rebaseline = true;
    tracker.close(&again.borrow(&history.instrument));
    let carried = tracker.carried().clone();
    assert_eq!(carried.reach(&history.instrument), 1);
    let resume = |loaded: &[CycleAnswers<'_>]| {
        Tracker::resume(&history.side_ids(), carried.clone(), &history.instrument, loaded).map(drop)
    };
    assert_eq!(resume(&[]), Err(NotLoaded { needed: 1, loaded: 0 }));
    assert_eq!(resume(&[again.borrow(&history.instrument)]), Ok(()));
}

#[test]
fn an_indicator_of_a_later_version_begins_with_it() {
    let quarter = |n: usize| {
        let mut quarter = Quarter::of(n, &[&[(1, 4), (2, 4)], &[(3, 4), (4, 4)]]);
        for given in &mut quarter.given {
            given.answers = answers(&[Some(4), Some(3)]);
        }
        quarter
    };
    let (older, newer) = (asking(1), asking(2));
    let mut tracker = Tracker::new(&[side_id(0), side_id(1)]);
    for n in 0..3 {
        assert_eq!(tracker.close(&quarter(n).borrow(&older)).len(), 2);
    }
    let found = tracker.close(&quarter(3).borrow(&newer));
    let cycles: Vec<_> = found.iter().map(|(_, own)| own.level.finding.cycles.unwrap()).collect();
    assert_eq!(cycles, [1, 4, 1], "overall, the old indicator, the new one");
    assert_eq!(tracker.carried().reach(&older), 4);
    let found = tracker.close(&quarter(4).borrow(&newer));
    let cycles: Vec<_> = found.iter().map(|(_, own)| own.level.finding.cycles.unwrap()).collect();
    assert_eq!(cycles, [2, 5, 2], "the composite of other questions is another composite");
    let text = serde_json::to_string(tracker.carried()).unwrap();
    assert_eq!(&serde_json::from_str::<Carried>(&text).unwrap(), tracker.carried());
}

#[test]
fn turnover_that_moves_the_score_is_composition_and_no_drift() {
    let stay = [(1, 4), (2, 3)];
    let with = |n: usize, other: (u32, u8)| {
        let mut b = stay.map(|(person, point)| (person + 10, point)).to_vec();
        b.push((other.0 + 10, other.1));
        let mut a = stay.to_vec();
        a.push(other);
        Quarter::of(n, &[&a, &b])
    };
    let mut quarters: Vec<_> = (0..5).map(|n| with(n, (3, 5))).collect();
    quarters.extend((5..8).map(|n| with(n, (4, 2))));
    let history = History { sides: 2, instrument: asking(1), quarters };
    let tested = last(&history);
    assert_eq!(tested.level.finding.state, DriftState::Stable);
    let found = tested.composition.unwrap();
    assert_eq!(found.onset, "2021-Q2");
    assert!((found.moved + 1.0).abs() < 1e-9 && found.change.unwrap().abs() < 0.3, "{found:?}");
    let mut unlinked = history;
    unlinked.quarters.iter_mut().flat_map(|own| &mut own.given).for_each(|own| own.person = None);
    assert_eq!(last(&unlinked).composition, None, "nobody can tell who left");
}

fn with_alarms(indicators: &[usize], overall: bool) -> crate::domain::publication::Scorecard {
    let mut card = card(&sides(&[("A", flat(&[4])), ("B", flat(&[4]))]), Mode::Named);
    let alarm =
        Drift { level: None, gap: Some(DriftFinding::bare(DriftState::Alarm, Some(4))), composition: None };
    for n in indicators {
        card.indicators[*n].cell.drift = Some(alarm.clone());
    }
    card.overall.drift = overall.then_some(alarm);
    card
}

#[test]
fn drift_is_news_for_an_overall_alarm_or_alarms_of_two_indicators_within_two_checks() {
    let none = with_alarms(&[], false);
    for (now, before, news) in [
        (with_alarms(&[], true), None, true),
        (with_alarms(&[0], false), None, false),
        (with_alarms(&[0, 3], false), None, true),
        (with_alarms(&[0], false), Some(with_alarms(&[3], false)), true),
        (with_alarms(&[0], false), Some(with_alarms(&[0], false)), false),
        (with_alarms(&[0], false), Some(none.clone()), false),
        (none.clone(), Some(with_alarms(&[0, 3], true)), false),
        (none, None, false),
    ] {
        assert_eq!(is_news(&now, before.as_ref()), news, "{:?} after {before:?}", alarmed(&now));
    }
    let mut watched = with_alarms(&[0, 3], false);
    for own in &mut watched.indicators {
        if let Some(gap) = own.cell.drift.as_mut().and_then(|drift| drift.gap.as_mut()) {
            gap.state = DriftState::Watch;
        }
    }
    assert!(!is_news(&watched, None), "a watch is never a message");
}

#[test]
fn limits_are_those_of_the_next_smaller_size_and_none_below_three() {
    let level = |people| limits_for(people).map(|own| own.level);
    assert_eq!([0, 1, 2].map(level), [None; 3]);
    assert_eq!(
        [3, 4, 5, 7, 8, 14, 15, 200].map(level),
        [0.7, 0.7, 0.55, 0.55, 0.45, 0.45, 0.35, 0.35].map(Some)
    );
    assert_eq!(limits_for(9).map(|own| own.gap), Some(1.05));
}

#[test]
fn an_old_carried_state_and_an_old_finding_are_readable() {
    assert_eq!(serde_json::from_str::<Carried>("{}").unwrap(), Carried::default());
    let old = r#"{"level": {"state": "learning"}, "gap": null}"#;
    let drift: Drift = serde_json::from_str(old).unwrap();
    assert_eq!(drift.level, Some(DriftFinding::bare(DriftState::Learning, None)));
    assert_eq!((drift.gap, drift.composition), (None, None));
}
