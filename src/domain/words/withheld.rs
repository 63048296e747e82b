//! A change whose size is withheld, in sentences.
//!
//! Law: it says that and since when people moved, what the published means did meanwhile, and that the size is not shown; never a
//! figure that rests on single people. Used by [`super::drift`].

use super::{
    super::drift::{DriftFinding, DriftState, LEAST_CYCLES},
    drift::change_size_words,
};

/// Why a size is missing.
const WHY: &str = "by how much is not shown for sides this small";

/// The sentence about the level of a finding without figures; `people` is their number in words.
pub(super) fn level(finding: &DriftFinding, people: &str) -> String {
    let way = match finding.state {
        DriftState::Watch | DriftState::Alarm => "lower",
        DriftState::Improved => "higher",
        state => return untold(state, finding, "No drift"),
    };
    let claim = format!("people answer {way} than they themselves did before ({people}; {WHY})");
    let score = finding.moved.map(|moved| match change_size_words(moved).as_str() {
        "0.0" => "The score stands as before".to_owned(),
        size => format!("The score stands about {size} {}", if moved < 0.0 { "lower" } else { "higher" }),
    });
    told(finding, &claim, score)
}

/// The sentence about the gap of a finding without figures; `names` are the two sides, where they are known.
pub(super) fn gap(finding: &DriftFinding, names: Option<[&str; 2]>, people: &str) -> String {
    let between = names.map_or_else(String::new, |[a, b]| format!(" between {a} and {b}"));
    let sides = names.map_or_else(|| "two sides".to_owned(), |[a, b]| format!("{a} and {b}"));
    let linked = "each person compared with their own earlier answers";
    let claim = match (finding.state, finding.crossed) {
        (DriftState::Watch | DriftState::Alarm | DriftState::Improved, true) => {
            format!("{sides} have changed places ({people}; {WHY}), {linked}")
        }
        (DriftState::Watch | DriftState::Alarm, false) => {
            format!("the gap{between} is wider ({people}; {WHY}), {linked}")
        }
        (DriftState::Improved, false) => format!("the gap{between} is narrower ({people}; {WHY}), {linked}"),
        (state, _) => return untold(state, finding, &format!("No drift of the gap{between}")),
    };
    let means = finding.moved.map(|moved| match change_size_words(moved).as_str() {
        "0.0" => "The means stand as far apart as before".to_owned(),
        size => {
            format!("The means stand about {size} {}", if moved < 0.0 { "closer" } else { "further apart" })
        }
    });
    told(finding, &claim, means)
}

fn told(finding: &DriftFinding, claim: &str, means: Option<String>) -> String {
    let onset = finding.onset.as_deref().unwrap_or("an earlier check");
    let means = means.map_or_else(String::new, |own| format!(" {own}."));
    match finding.state {
        DriftState::Watch => {
            format!(
                "Perhaps since {onset} {claim}.{means} Luck could still explain it; the next check will tell."
            )
        }
        _ => format!("Since {onset} {claim}.{means}"),
    }
}

/// Where nothing is found, or nothing was looked for.
fn untold(state: DriftState, finding: &DriftFinding, none: &str) -> String {
    match (state, finding.cycles) {
        (DriftState::Learning, Some(cycles)) => {
            format!("Too early for drift: so far {cycles} of the {LEAST_CYCLES} checks that it needs.")
        }
        (DriftState::Learning, None) => format!("Too early for drift: it needs {LEAST_CYCLES} checks."),
        (DriftState::NoTest, _) => "Not tested for drift, because not every side answered.".to_owned(),
        (_, Some(cycles)) => format!("{none} over {cycles} checks."),
        (_, None) => format!("{none}."),
    }
}
