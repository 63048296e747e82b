//! Laws that hold for every history.

use std::ops::RangeInclusive;

use proptest::{collection::vec, prelude::*};

use super::{CycleAnswers, DriftState, Found, SideSums, Tracker, reduce, samples::*};
use crate::domain::{mode::Mode, samples::side_id};

/// Somebody of a side: where they stand, and whether they can be linked.
fn somebody(linked: BoxedStrategy<bool>) -> impl Strategy<Value = (i8, bool)> {
    (2i8..=5, linked)
}

/// A history with people who come and go, skip questions and waver, a step at some time on some sides, at times a
/// rebaseline, an unpublished quarter, or a silent side.
pub(super) fn history(
    sides: RangeInclusive<usize>,
    indicators: usize,
    quarters: RangeInclusive<usize>,
) -> BoxedStrategy<History> {
    history_of(sides, indicators, quarters, proptest::bool::weighted(0.85).boxed())
}

fn history_of(
    sides: RangeInclusive<usize>,
    indicators: usize,
    quarters: RangeInclusive<usize>,
    linked: BoxedStrategy<bool>,
) -> BoxedStrategy<History> {
    let shape = (sides, quarters).prop_flat_map(move |(sides, quarters)| {
        let people = vec(vec(somebody(linked.clone()), 1..=5), sides);
        let steps = vec((0..quarters, -3i8..=2), sides);
        let noise =
            vec(vec(vec((0u8..12, -1i8..=1, vec((0u8..14, -1i8..=1), indicators)), 5), sides), quarters);
        let marks = vec((0u8..12, 0u8..10), quarters);
        (people, steps, noise, marks)
    });
    let made = shape.prop_map(move |(people, steps, noise, marks)| {
        let quarter = |(t, (noise, (again, hidden))): (usize, (&Vec<_>, &(u8, u8)))| Quarter {
            period: period(t),
            rebaseline: *again == 0,
            sides_shown: *hidden > 0,
            overall_is_mean: false,
            given: given(&people, &steps, noise, t),
        };
        let quarters = noise.iter().zip(&marks).enumerate().map(quarter).collect();
        History { sides: people.len(), instrument: asking(indicators), quarters }
    });
    made.boxed()
}

type Noise = (u8, i8, Vec<(u8, i8)>);

fn given(people: &[Vec<(i8, bool)>], steps: &[(usize, i8)], noise: &[Vec<Noise>], t: usize) -> Vec<Given> {
    let mut given = Vec::new();
    for (side, own) in people.iter().enumerate() {
        let (from, step) = steps[side];
        for (n, (base, linked)) in own.iter().enumerate() {
            let (absent, mood, answers_noise) = &noise[side][n];
            if *absent < 2 {
                continue;
            }
            let point = |(skipped, wobble): &(u8, i8)| {
                let moved = if t >= from { step } else { 0 };
                let wobble = if *skipped % 2 == 0 { *wobble } else { 0 };
                (*skipped > 1).then(|| u8::try_from((base + moved + mood + wobble).clamp(1, 5)).unwrap())
            };
            given.push(Given {
                side,
                person: linked.then(|| u32::try_from(side * 100 + n).unwrap()),
                answers: answers(&answers_noise.iter().map(point).collect::<Vec<_>>()),
            });
        }
    }
    given
}

fn near(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() < 1e-9,
        (None, None) => true,
        _ => false,
    }
}

proptest! {
    #[test]
    fn the_order_of_responses_does_not_matter(mut history in history(2..=3, 2, 3..=8)) {
        let before = history.replay();
        for quarter in &mut history.quarters {
            quarter.given.reverse();
        }
        prop_assert_eq!(before, history.replay());
    }

    #[test]
    fn a_close_with_stored_state_finds_what_a_replay_finds(history in history(2..=4, 3, 3..=10)) {
        prop_assert_eq!(history.replay(), history.resumed());
    }

    #[test]
    fn a_constant_history_never_alarms(
        people in vec(vec(vec(1u8..=5, 3), 1..=6), 2..=4),
        quarters in 3usize..=9,
    ) {
        let given = |side: usize, n: usize, points: &Vec<u8>| Given {
            side,
            person: Some(u32::try_from(side * 100 + n).unwrap()),
            answers: answers(&points.iter().copied().map(Some).collect::<Vec<_>>()),
        };
        let all = || people.iter().enumerate().flat_map(|(side, own)| {
            own.iter().enumerate().map(move |(n, points)| given(side, n, points))
        });
        let quarter = |t| Quarter {
            period: period(t), rebaseline: false, sides_shown: true, overall_is_mean: false, given: all().collect(),
        };
        let history = History {
            sides: people.len(), instrument: asking(3), quarters: (0..quarters).map(quarter).collect(),
        };
        for (t, found) in history.replay().into_iter().enumerate() {
            for (_, tested) in found {
                for own in [&tested.level.finding, &tested.gap.finding] {
                    let expected = if t < 2 { DriftState::Learning } else { DriftState::Stable };
                    prop_assert_eq!(own.state, expected);
                    prop_assert!(own.change.unwrap_or(0.0).abs() < 1e-9);
                }
                prop_assert_eq!(tested.composition, None);
            }
        }
    }

    #[test]
    fn swapping_the_sides_flips_the_gap_and_keeps_the_level(history in history(2..=2, 2, 3..=8)) {
        let mut swapped = history.clone();
        for given in swapped.quarters.iter_mut().flat_map(|own| &mut own.given) {
            given.side = 1 - given.side;
        }
        for (one, other) in history.replay().iter().flatten().zip(swapped.replay().iter().flatten()) {
            let (level, other_level) = (&one.1.level.finding, &other.1.level.finding);
            prop_assert_eq!((level.state, &level.onset), (other_level.state, &other_level.onset));
            prop_assert!(near(level.change, other_level.change) && near(level.z, other_level.z));
            let (gap, flipped) = (&one.1.gap.finding, &other.1.gap.finding);
            prop_assert_eq!((gap.state, &gap.onset), (flipped.state, &flipped.onset));
            prop_assert!(near(gap.z, flipped.z) && near(gap.change, flipped.change.map(|own| -own)));
            let ends = gap.interval.map(|[low, high]| [-high, -low]);
            for end in 0..2 {
                prop_assert!(near(ends.map(|own| own[end]), flipped.interval.map(|own| own[end])));
            }
            prop_assert_eq!(gap.between, flipped.between, "always the first side minus the second");
        }
    }

    #[test]
    fn a_respondent_of_nothing_but_dont_know_changes_nothing(
        history in history(2..=3, 2, 3..=7),
        linked in any::<bool>(),
    ) {
        let mut with = history.clone();
        for quarter in &mut with.quarters {
            let person = linked.then_some(99);
            quarter.given.insert(0, Given { side: 1, person, answers: answers(&[None, None]) });
        }
        prop_assert_eq!(history.replay(), with.replay());
    }

    #[test]
    fn a_rebaseline_restarts_every_channel(mut history in history(2..=3, 2, 4..=9), at in 1usize..4) {
        history.quarters[at].rebaseline = true;
        for quarter in &mut history.quarters[at + 1..] {
            quarter.rebaseline = false;
        }
        let findings = history.replay();
        for (t, found) in findings.iter().enumerate().skip(at) {
            for (_, tested) in found {
                for own in [&tested.level.finding, &tested.gap.finding] {
                    let after = u32::try_from(t - at + 1).unwrap();
                    prop_assert!(own.cycles.is_none_or(|cycles| cycles <= after), "{:?} at {}", own, t);
                    if let Some(onset) = &own.onset {
                        prop_assert!(*onset > period(at), "{} is before the rebaseline", onset);
                    }
                }
            }
        }
    }

    #[test]
    fn answers_without_a_link_are_people_who_answer_once(
        mut history in history_of(2..=3, 2, 3..=7, Just(false).boxed()),
    ) {
        let unlinked = history.replay();
        for (n, given) in (0..).zip(history.quarters.iter_mut().flat_map(|own| &mut own.given)) {
            given.person = Some(n);
        }
        for (one, other) in unlinked.iter().flatten().zip(history.replay().iter().flatten()) {
            for (own, fresh) in [(&one.1.level, &other.1.level), (&one.1.gap, &other.1.gap)] {
                let (own, fresh) = (&own.finding, &fresh.finding);
                prop_assert_eq!((own.state, &own.onset), (fresh.state, &fresh.onset));
                prop_assert!(near(own.change, fresh.change) && near(own.z, fresh.z) && near(own.z_up, fresh.z_up));
            }
        }
    }

    #[test]
    fn reduced_answers_give_what_the_answers_gave(
        mut history in history_of(2..=3, 2, 3..=8, Just(false).boxed()),
        reduced in 0_usize..8,
    ) {
        history.quarters.iter_mut().flat_map(|own| &mut own.given).for_each(|own| own.person = None);
        let sums: Vec<Vec<SideSums>> =
            history.quarters.iter().map(|own| reduce(&own.borrow(&history.instrument))).collect();
        let cycles = || history.quarters.iter().map(|own| own.borrow(&history.instrument));
        let less: Vec<CycleAnswers<'_>> = cycles()
            .zip(&sums)
            .enumerate()
            .map(|(n, (own, sums))| {
                if n < reduced { CycleAnswers { responses: Vec::new(), sums, ..own } } else { own }
            })
            .collect();
        let ids: Vec<_> = (0..history.sides).map(side_id).collect();
        let (mut whole, mut parts) = (Tracker::new(&ids), Tracker::new(&ids));
        for (own, less) in cycles().zip(&less) {
            prop_assert_eq!(whole.close(&own), parts.close(less));
        }
        prop_assert_eq!(whole.carried(), parts.carried());
    }

    #[test]
    fn an_alarm_restarts_the_segment_at_its_onset(history in history(2..=2, 1, 5..=10)) {
        let findings = history.replay();
        for (now, next) in findings.iter().zip(&findings[1..]) {
            for ((_, now), (_, next)) in now.iter().zip(next) {
                for (now, next) in [(&now.level.finding, &next.level.finding), (&now.gap.finding, &next.gap.finding)] {
                    if now.state.restarts() && let Some(onset) = &next.onset {
                        prop_assert!(onset > now.onset.as_ref().unwrap());
                    }
                }
            }
        }
    }

    #[test]
    fn outside_named_mode_nothing_is_shown_of_a_segment_with_an_unpublished_cycle(
        history in history(2..=3, 2, 3..=8),
    ) {
        let shown_at = |period: &str| history.quarters.iter().any(|own| own.period == period && own.sides_shown);
        let thresholds = &history.instrument.thresholds;
        for (quarter, found) in history.quarters.iter().zip(history.replay()) {
            for (_, tested) in found {
                prop_assert_eq!(tested.publish(Mode::Named, history.sides, thresholds), Some(tested.exact()));
                let published = tested.publish(Mode::Confidential, history.sides, thresholds);
                if !quarter.sides_shown {
                    prop_assert_eq!(published, None);
                    continue;
                }
                let Some(drift) = published else { continue };
                for (own, exact) in [(&drift.level, &tested.level), (&drift.gap, &tested.gap)] {
                    let Some(own) = own else { continue };
                    prop_assert!(exact.sides_shown);
                    prop_assert!(own.onset.as_deref().is_none_or(shown_at));
                    prop_assert!(own.interval.is_none() || exact.fewest >= 5);
                    prop_assert!(is_rounded(own.change) && is_rounded(own.z) && is_rounded(own.z_up));
                    prop_assert_eq!(own.state, exact.finding.state);
                }
            }
        }
    }
}

fn is_rounded(value: Option<f64>) -> bool {
    value.is_none_or(|own| (own * 10.0 - (own * 10.0).round()).abs() < 1e-9)
}

#[test]
fn histories_of_the_laws_hold_every_state() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..400 {
        let history = history(2..=4, 2, 3..=10).new_tree(&mut runner).unwrap().current();
        for (_, tested) in history.replay().into_iter().flatten() {
            let both: [(&str, &Found); 2] = [("level", &tested.level), ("gap", &tested.gap)];
            seen.extend(both.map(|(channel, own)| (channel, own.finding.state)));
            seen.extend(tested.composition.map(|_| ("composition", DriftState::Stable)));
        }
    }
    for channel in ["level", "gap"] {
        for state in DriftState::ALL {
            assert!(seen.contains(&(channel, *state)), "no {state} of the {channel} in 400 histories");
        }
    }
    assert!(seen.contains(&("composition", DriftState::Stable)));
}
