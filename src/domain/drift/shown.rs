//! What a scorecard shows of a finding, by mode, size of the sides, and whether the same people answered throughout.

use super::{DriftFinding, DriftState, Tested, publishable, samples::*};
use crate::domain::{instrument::Thresholds, mode::Mode, scoring::Subject};

/// What the last close found of the first indicator.
fn last(history: &History) -> Tested {
    history.replay().pop().unwrap().pop().unwrap().1
}

#[test]
fn a_channel_is_shown_only_where_its_whole_segment_was() {
    let both: &[&[u8]] = &[&[4, 4, 3, 4, 4], &[4, 3, 4, 4, 4]];
    let mut history = History::of(&[both, both, both, both, both, both]);
    history.quarters[1].sides_shown = false;
    let t = Thresholds::default();
    let publish = |history: &History| last(history).publish(Mode::Confidential, 2, &t);
    assert_eq!(publish(&history), None);
    history.quarters[2].rebaseline = true;
    let shown = publish(&history).unwrap();
    let level = shown.level.unwrap();
    assert_eq!((level.state, level.cycles), (DriftState::Stable, Some(4)));
    assert!(level.interval.is_some() && shown.gap.unwrap().interval.is_some());
    history.quarters[3].given.pop();
    let fewer = publish(&history).unwrap();
    assert_eq!(fewer.level.unwrap().interval, None, "four answers of a side in one cycle of the segment");
    assert!(publishable([true, true]) && !publishable([true, false]) && publishable([]));
}

/// Everybody of two sides of so many people drops by two points in the fourth cycle; with `turnover` somebody else answers
/// for the last of A from the second on.
fn dropping(people: u32, turnover: bool) -> History {
    let quarter = |n: usize| {
        let points = |first: u32| -> Vec<(u32, u8)> {
            (first..first + people).map(|own| (own, if n < 3 { 5 } else { 3 })).collect()
        };
        let mut a = points(0);
        if turnover && n >= 1 {
            a.last_mut().unwrap().0 = 50;
        }
        Quarter::of(n, &[&a, &points(100)])
    };
    History { sides: 2, instrument: asking(1), quarters: (0..4).map(quarter).collect() }
}

#[test]
fn a_small_side_that_changed_gets_the_verdict_and_what_the_means_did_alone() {
    let t = Thresholds::default();
    let level = |people, turnover, mode| {
        last(&dropping(people, turnover)).publish(mode, 2, &t).unwrap().level.unwrap()
    };
    let figures = |own: &DriftFinding| {
        [
            own.change.is_some(),
            own.z.is_some(),
            own.z_up.is_some(),
            own.interval.is_some(),
            own.moved.is_some(),
        ]
    };
    for (people, turnover, mode, wanted) in [
        (3, true, Mode::Confidential, [false, false, false, false, true]),
        (9, true, Mode::Confidential, [false, false, false, false, true]),
        (10, true, Mode::Confidential, [true, true, true, true, false]),
        (4, false, Mode::Confidential, [true, false, false, false, false]),
        (5, false, Mode::Confidential, [true, true, true, true, false]),
        (4, true, Mode::Representative, [true, true, true, false, false]),
        (3, true, Mode::Named, [true, true, true, true, false]),
    ] {
        let own = level(people, turnover, mode);
        assert_eq!(figures(&own), wanted, "{people} a side, {turnover}, {mode}");
        assert_eq!((own.state, own.onset.as_deref()), (DriftState::Alarm, Some("2020-Q4")));
    }
    let own = level(3, true, Mode::Confidential);
    assert_eq!((own.moved, own.every_side, own.cycles), (Some(-2.0), false, Some(4)));
}

#[test]
fn where_another_figure_stands_for_the_overall_score_its_drift_tells_the_verdict_alone() {
    let mut history = dropping(5, false);
    history.quarters[1].overall_is_mean = true;
    let found = history.replay().pop().unwrap();
    let level = |n: usize| {
        let drift = found[n].1.publish(Mode::Confidential, 2, &Thresholds::default()).unwrap();
        (found[n].0.clone(), drift.level.unwrap())
    };
    let (overall, own) = level(0);
    assert_eq!((overall, own.state), (Subject::Overall, DriftState::Alarm));
    assert_eq!((own.change, own.z, own.interval, own.moved), (None, None, None, None));
    assert!(level(1).1.change.is_some(), "the indicators show theirs");
}

#[test]
fn a_small_side_that_changed_is_not_told_where_a_stable_channel_came_closest_to_a_change() {
    let mut history = dropping(3, true);
    for quarter in &mut history.quarters {
        quarter.given.iter_mut().for_each(|own| own.answers = answers(&[Some(4)]));
    }
    let published = last(&history).publish(Mode::Confidential, 2, &Thresholds::default()).unwrap();
    for own in [published.level.clone().unwrap(), published.gap.clone().unwrap()] {
        assert_eq!(own, DriftFinding::bare(DriftState::Stable, Some(4)));
    }
    assert!(published.withholds() && published.composition.is_none());
}
