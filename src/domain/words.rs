//! Sentences for people, built from a published scorecard and nothing else.
//!
//! Law: a sentence says no more than the cells it was built from; numbers are shown by the one display
//! rounding; nobody is praised or blamed. Used by mails, pages and the digest, so that a fact reads the same
//! everywhere.

mod drift;
mod headline;
mod quiet;
mod withheld;

#[cfg(test)]
mod drift_tests;
#[cfg(test)]
mod tests;

pub use drift::{
    change_size_words, composition_sentence, drift_news, drift_sentences, gap_drift_sentence,
    level_drift_sentence, limits_sentence,
};
pub use headline::{capital, headline, lower_first, months, number_words};
pub use quiet::{drift_state_words, onset_words, quiet_drift_sentences};

use super::{
    ids::SideId,
    instrument::Thresholds,
    publication::{Cell, GapCell, Marks, Scorecard},
    scoring::{Agreement, GapLabel, Precision, Rating, RatingReason, Status, display, display_gap, shown},
};

/// What stands where a figure exists but is not shown.
pub const NOT_SHOWN: &str = "not shown (too few answers)";

/// What stands where nothing was measured.
pub const NO_DATA: &str = "no data";

/// A score or mean as text: one decimal, by the display rule.
pub fn score_words(value: f64, marks: &Marks) -> String {
    shown(display(value, &thresholds(marks)))
}

/// A gap's size as text: one decimal, without a sign.
pub fn gap_size_words(value: f64) -> String {
    shown(display_gap(value.abs(), &Thresholds::default()))
}

/// The score of a cell as text, or why there is none.
pub fn cell_words(cell: &Cell, marks: &Marks) -> String {
    match cell.score {
        Some(score) => score_words(score, marks),
        None if cell.is_hidden() => NOT_SHOWN.to_owned(),
        None => NO_DATA.to_owned(),
    }
}

/// Why a cell's rating is not simply its score's colour; none where it is.
///
/// "4.1, still amber: it must pass 4.2 to turn green", "4.0, but amber: one side’s mean is below 3.0".
pub fn reason_sentence(cell: &Cell, marks: &Marks) -> Option<String> {
    let score = cell.score?;
    let words = score_words(score, marks);
    match (cell.rating_reason?, cell.rating) {
        (RatingReason::Side, Rating::Red) => {
            Some(format!("{words}, but red: one side’s mean is below {}", shown(marks.side_red)))
        }
        (RatingReason::Side, rating) => {
            Some(format!("{words}, but {rating}: one side’s mean is below {}", shown(marks.side_amber)))
        }
        (RatingReason::Hysteresis, rating) => {
            let (from, better) =
                if rating == Rating::Red { (marks.amber, "amber") } else { (marks.green, "green") };
            let needed = shown(from + marks.hysteresis);
            // 4.18 is shown as 4.2: say then that it is not quite there.
            let start = if words == needed { format!("just under {needed}") } else { words };
            Some(format!("{start}, still {rating}: it must pass {needed} to turn {better}"))
        }
        (RatingReason::Score, _) => None,
    }
}

/// How many answered: "based on 8 of 9 at Northmoor and 5 of 7 at Brightwater".
pub fn response_sentence(card: &Scorecard) -> String {
    let parts: Vec<String> = card
        .response
        .iter()
        .map(|own| {
            let name = card.side_name(own.side).unwrap_or("a side");
            format!("{} of {} at {name}", own.answered, own.invited)
        })
        .collect();
    format!("based on {}", join(&parts))
}

/// What a card's status needs said: "Globex was silent", "without Carol"; none where every side answered.
pub fn status_sentence(card: &Scorecard) -> Option<String> {
    let silent: Vec<String> = card
        .response
        .iter()
        .filter(|own| own.answered == 0)
        .filter_map(|own| card.side_name(own.side).map(str::to_owned))
        .collect();
    let answered = card.response.len() - silent.len();
    match (silent.len(), answered) {
        (0, _) => None,
        (_, 0) => Some("Nobody answered.".to_owned()),
        (1, 1) => Some(format!("{} was silent, so there is no score.", silent[0])),
        (_, 1) => Some(format!("{} were silent, so there is no score.", join(&silent))),
        _ => Some(format!("Scored without {}.", join(&silent))),
    }
}

/// How exact a score is, in words; none where nothing may be said.
pub fn precision_words(cell: &Cell, marks: &Marks) -> Option<String> {
    let precision = match cell.precision? {
        Precision::Firm => "firm",
        Precision::Indicative => "indicative",
        Precision::Rough => "rough",
    };
    let Some([low, high]) = cell.interval else { return Some(precision.to_owned()) };
    Some(format!("{precision}: 90 % interval {} to {}", score_words(low, marks), score_words(high, marks)))
}

/// How far the sides stand apart: "Northmoor stands 1.6 above Brightwater (large)".
pub fn gap_sentence(gap: &GapCell, card: &Scorecard) -> String {
    let name = |side: SideId| card.side_name(side).unwrap_or("a side");
    let size = gap_size_words(gap.value);
    let [first, second] = gap.between;
    let (above, below) = if gap.value < 0.0 { (second, first) } else { (first, second) };
    if size == "0.0" {
        return format!("{} and {} stand together", name(first), name(second));
    }
    format!("{} stands {size} above {} ({})", name(above), name(below), gap_label_words(gap.label))
}

/// The word for a gap.
pub const fn gap_label_words(label: GapLabel) -> &'static str {
    match label {
        GapLabel::Small => "small",
        GapLabel::Possible => "possible, but luck could explain it",
        GapLabel::Notable => "notable",
        GapLabel::Large => "large",
    }
}

/// The word for how much the people of one side agree; none where nothing can be said.
pub const fn agreement_words(agreement: Agreement) -> Option<&'static str> {
    match agreement {
        Agreement::None | Agreement::Insufficient => None,
        Agreement::Strong => Some("they agree strongly"),
        Agreement::Acceptable => Some("they agree fairly well"),
        Agreement::Low => Some("they disagree with each other"),
    }
}

/// The word for a status, for a label beside a score; none for the ordinary one.
pub const fn status_words(status: Status) -> Option<&'static str> {
    match status {
        Status::Ok => None,
        Status::Provisional => Some("provisional: few answers"),
        Status::Partial => Some("not every side answered"),
        Status::OneSided => Some("only one side answered"),
        Status::NoData => Some("nobody answered"),
    }
}

/// What a history of this many checks can say; none where it is long enough.
pub fn history_sentence(checks: usize) -> Option<&'static str> {
    match checks {
        0 => Some("No check yet. The first gives a score."),
        1 => Some("One check so far. The second gives a change; drift needs three."),
        2 => Some("Two checks so far. Two points are a change, not a trend; drift needs three."),
        _ => None,
    }
}

/// "1 flag", "4 flags".
pub fn plural(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// "A", "A and B", "A, B and C".
pub fn join(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}

/// The display rule for figures that carry their own marks.
fn thresholds(marks: &Marks) -> Thresholds {
    Thresholds {
        green: marks.green,
        amber: marks.amber,
        side_amber: marks.side_amber,
        side_red: marks.side_red,
        ..Thresholds::default()
    }
}
