//! What is said of drift in few words: the states of a table, the label of an onset, and panels in which nothing moved.
//!
//! Law: nothing here says more than the sentences of the neighbour module; a state without figures is told once for both
//! channels where both say the same. Used by the pages and the charts.

use super::super::drift::{Drift, DriftFinding, DriftState, LEAST_CYCLES};

/// A finding in a table cell: its state, and since when. "alarm since 2025-Q3", "stable".
pub fn drift_state_words(finding: &DriftFinding) -> String {
    let state = match finding.state {
        DriftState::NoTest => "not tested",
        other => other.as_str(),
    };
    match (&finding.onset, finding.state) {
        (Some(onset), DriftState::Alarm | DriftState::Watch | DriftState::Improved) => {
            format!("{state} since {onset}")
        }
        _ => state.to_owned(),
    }
}

/// The label of an onset on a chart: "lower since 2025-Q3", or of the gap "gap wider since 2025-Q3", "gap reversed since
/// 2025-Q3" where the sides have changed places; none where the test found no change.
pub fn onset_words(finding: &DriftFinding, of_gap: bool) -> Option<String> {
    let way = match (finding.state, of_gap) {
        (DriftState::Alarm, false) => "lower",
        (DriftState::Improved, false) => "higher",
        (DriftState::Alarm, true) if finding.crossed => "gap reversed",
        (DriftState::Alarm, true) => "gap wider",
        (DriftState::Improved, true) => "gap narrower",
        _ => return None,
    };
    Some(format!("{way} since {}", finding.onset.as_deref()?))
}

/// What a panel says of channels in which nothing was found, or which could not be tested; nothing of those that alarm,
/// are on watch or improved. `restarted` holds the onset of an earlier finding of level and gap, from which the test
/// began anew.
///
/// "No drift of the level or of the gap over 8 checks."
pub fn quiet_drift_sentences(drift: &Drift, restarted: [Option<&str>; 2]) -> Vec<String> {
    let level = drift.level.as_ref().and_then(Quiet::of);
    let gap = drift.gap.as_ref().and_then(Quiet::of);
    match (level, gap) {
        (Some(Quiet::NotTested), _) | (_, Some(Quiet::NotTested)) => {
            vec!["Not tested for drift, because not every side answered.".to_owned()]
        }
        (Some(level), Some(gap)) if level == gap && restarted[0] == restarted[1] => {
            vec![level.sentence("of the level or of the gap", restarted[0])]
        }
        (level, gap) => {
            let level = level.map(|own| own.sentence("of the level", restarted[0]));
            let gap = gap.map(|own| own.sentence("of the gap", restarted[1]));
            level.into_iter().chain(gap).collect()
        }
    }
}

/// A state in which nothing moved, with the number of checks where it is known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quiet {
    NotTested,
    Early(Option<u32>),
    Stable(Option<u32>),
}

impl Quiet {
    fn of(finding: &DriftFinding) -> Option<Self> {
        match finding.state {
            DriftState::NoTest => Some(Self::NotTested),
            DriftState::Learning => Some(Self::Early(finding.cycles)),
            DriftState::Stable => Some(Self::Stable(finding.cycles)),
            DriftState::Watch | DriftState::Alarm | DriftState::Improved => None,
        }
    }

    fn sentence(self, what: &str, restarted: Option<&str>) -> String {
        match (self, restarted) {
            (Self::Early(cycles), Some(onset)) => {
                format!("Drift {what} is measured anew from {onset} on: {}.", so_far(cycles))
            }
            (Self::Early(cycles), None) => format!("Too early for drift {what}: {}.", so_far(cycles)),
            (Self::Stable(Some(cycles)), Some(onset)) => {
                format!("No further drift {what} from {onset} on, {cycles} checks.")
            }
            (Self::Stable(None), Some(onset)) => format!("No further drift {what} from {onset} on."),
            (Self::Stable(cycles), None) => format!("No drift {what}{}.", over(cycles)),
            (Self::NotTested, _) => String::new(),
        }
    }
}

fn over(cycles: Option<u32>) -> String {
    cycles.map_or_else(String::new, |cycles| format!(" over {cycles} checks"))
}

fn so_far(cycles: Option<u32>) -> String {
    match cycles {
        Some(cycles) => format!("so far {cycles} of the {LEAST_CYCLES} checks that it needs"),
        None => format!("it needs {LEAST_CYCLES} checks"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(state: DriftState, cycles: u32) -> DriftFinding {
        let onset =
            (state != DriftState::Learning && state != DriftState::NoTest).then(|| "2025-Q3".to_owned());
        DriftFinding { state, onset, cycles: Some(cycles), ..bare() }
    }

    fn bare() -> DriftFinding {
        DriftFinding {
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
        }
    }

    fn quiet(level: DriftFinding, gap: DriftFinding, restarted: [Option<&str>; 2]) -> Vec<String> {
        quiet_drift_sentences(&Drift { level: Some(level), gap: Some(gap), composition: None }, restarted)
    }

    #[test]
    fn a_table_says_the_state_and_since_when_only_of_a_change() {
        assert_eq!(drift_state_words(&finding(DriftState::Alarm, 8)), "alarm since 2025-Q3");
        assert_eq!(drift_state_words(&finding(DriftState::Watch, 8)), "watch since 2025-Q3");
        assert_eq!(drift_state_words(&finding(DriftState::Improved, 8)), "improved since 2025-Q3");
        assert_eq!(drift_state_words(&finding(DriftState::Stable, 8)), "stable");
        assert_eq!(drift_state_words(&finding(DriftState::Learning, 2)), "learning");
        assert_eq!(drift_state_words(&bare()), "not tested");
    }

    #[test]
    fn only_a_change_gets_a_label_on_the_chart_and_it_says_which_way() {
        let label = |state, of_gap| onset_words(&finding(state, 8), of_gap);
        assert_eq!(label(DriftState::Alarm, false).unwrap(), "lower since 2025-Q3");
        assert_eq!(label(DriftState::Improved, false).unwrap(), "higher since 2025-Q3");
        assert_eq!(label(DriftState::Alarm, true).unwrap(), "gap wider since 2025-Q3");
        assert_eq!(label(DriftState::Improved, true).unwrap(), "gap narrower since 2025-Q3");
        let crossed = DriftFinding { crossed: true, ..finding(DriftState::Alarm, 8) };
        assert_eq!(onset_words(&crossed, true).unwrap(), "gap reversed since 2025-Q3");
        for state in [DriftState::Watch, DriftState::Stable, DriftState::Learning, DriftState::NoTest] {
            assert_eq!(label(state, false), None, "{state}");
        }
    }

    #[test]
    fn what_level_and_gap_have_in_common_is_said_once() {
        let stable = || finding(DriftState::Stable, 8);
        assert_eq!(
            quiet(stable(), stable(), [None; 2]),
            ["No drift of the level or of the gap over 8 checks."]
        );
        assert_eq!(
            quiet(stable(), finding(DriftState::Stable, 5), [None; 2]),
            ["No drift of the level over 8 checks.", "No drift of the gap over 5 checks."]
        );
        let early = || finding(DriftState::Learning, 2);
        assert_eq!(
            quiet(early(), early(), [None; 2]),
            ["Too early for drift of the level or of the gap: so far 2 of the 3 checks that it needs."]
        );
        assert_eq!(
            quiet(bare(), bare(), [Some("2025-Q1"), None]),
            ["Not tested for drift, because not every side answered."]
        );
    }

    #[test]
    fn after_a_change_the_test_says_from_where_it_began_anew() {
        let since = [Some("2025-Q1"), None];
        assert_eq!(
            quiet(finding(DriftState::Learning, 2), finding(DriftState::Stable, 6), since),
            [
                "Drift of the level is measured anew from 2025-Q1 on: so far 2 of the 3 checks that it needs.",
                "No drift of the gap over 6 checks."
            ]
        );
        assert_eq!(
            quiet(finding(DriftState::Stable, 4), finding(DriftState::Stable, 4), since),
            [
                "No further drift of the level from 2025-Q1 on, 4 checks.",
                "No drift of the gap over 4 checks."
            ]
        );
    }

    #[test]
    fn a_channel_that_moved_is_left_to_its_own_sentence() {
        let said = quiet(finding(DriftState::Alarm, 6), finding(DriftState::Stable, 6), [None; 2]);
        assert_eq!(said, ["No drift of the gap over 6 checks."]);
        assert!(quiet(finding(DriftState::Watch, 6), finding(DriftState::Improved, 6), [None; 2]).is_empty());
    }
}
