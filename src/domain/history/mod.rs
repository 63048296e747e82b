//! Past reviews of one partnership, as a document describes them, and when they were.
//!
//! Law: document order is time order, and nothing is guessed that the document says. Read from JSON and from long CSV alike
//! by [`crate::workflow::import_history`], which replays them through [`super::close`].

mod times;

pub use times::{Bounds, Misfit, TimeError, Told, Window, times};

use chrono::{DateTime, Utc};

use super::{answers::Answers, mode::Mode, text::is_deceptive};

/// The longest period, indicator or respondent in characters.
pub const LABEL_MAX: usize = 100;

/// Why a period, an indicator or a respondent was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    /// Nothing but blanks.
    #[error("It must not be empty.")]
    Empty,
    /// More than [`LABEL_MAX`] characters.
    #[error("It has at most 100 characters; this one has {0}.")]
    TooLong(usize),
    /// A control character, a line break or a mark that turns the reading direction.
    #[error("It may not contain line breaks, control characters or marks that change the reading direction.")]
    Control,
    /// An indicator that is called like the score of all of them.
    #[error("\"overall\" is the score of all indicators together; give this indicator another name.")]
    Overall,
}

/// A period, an indicator or a respondent without surrounding blanks: 1 to 100 characters that can be shown anywhere.
///
/// ```
/// use evenkeel::domain::history::clean_label;
/// assert_eq!(clean_label(" 2024-Q3 "), Ok("2024-Q3"));
/// assert!(clean_label("2024\u{202E}").is_err());
/// ```
pub fn clean_label(text: &str) -> Result<&str, LabelError> {
    let label = text.trim();
    if label.is_empty() {
        return Err(LabelError::Empty);
    }
    if label.chars().any(|c| c.is_control() || is_deceptive(c)) {
        return Err(LabelError::Control);
    }
    match label.chars().count() {
        length if length > LABEL_MAX => Err(LabelError::TooLong(length)),
        _ => Ok(label),
    }
}

/// An indicator: a label, and not the word by which the score of all of them is asked for.
pub fn clean_indicator(text: &str) -> Result<&str, LabelError> {
    clean_label(text).and_then(|label| if label == "overall" { Err(LabelError::Overall) } else { Ok(label) })
}

/// A place in the document, for errors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spot {
    /// A path in JSON, such as `partnerships[3].cycles[2]`; empty for a bare object.
    Path(String),
    /// A line of a CSV file, from 1.
    Line(u64),
}

impl Spot {
    /// The place of a part of it.
    pub fn at(&self, part: &str) -> String {
        match self {
            Self::Path(path) if path.is_empty() => part.to_owned(),
            Self::Path(path) if part.starts_with('[') => format!("{path}{part}"),
            Self::Path(path) => format!("{path}.{part}"),
            Self::Line(line) => format!("line {line}, {part}"),
        }
    }
}

/// Everything a document says about one partnership, each part checked by itself.
#[derive(Debug, Clone)]
pub struct PastReviews {
    /// Where it stands.
    pub spot: Spot,
    /// The partnership's name.
    pub partnership: String,
    /// Two to four sides, in the document's order.
    pub sides: Vec<String>,
    /// The indicators, in the document's order; at least one.
    pub indicators: Vec<String>,
    /// Who sees what.
    pub mode: Mode,
    /// Who answered, each once. Empty in anonymous mode.
    pub people: Vec<String>,
    /// The cycles, oldest first; at least one.
    pub cycles: Vec<PastCycle>,
}

/// One past cycle.
#[derive(Debug, Clone)]
pub struct PastCycle {
    /// Where it stands.
    pub spot: Spot,
    /// Its name, unique among the partnership's.
    pub period: String,
    /// When answers were first taken, if the document says so.
    pub opened_at: Option<DateTime<Utc>>,
    /// When it closed, if the document says so.
    pub closed_at: Option<DateTime<Utc>>,
    /// How many were invited, by the sides' positions; at least as many as answered.
    pub invited: Vec<u32>,
    /// Whether drift starts afresh with it.
    pub rebaseline: bool,
    /// The responses, one for each respondent and side.
    pub responses: Vec<PastResponse>,
}

/// What one respondent answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastResponse {
    /// The side's position.
    pub side: usize,
    /// The respondent's position among [`PastReviews::people`]; none in anonymous mode.
    pub person: Option<usize>,
    /// Answers by indicator.
    pub answers: Answers,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_anything_of_1_to_100_characters_that_can_be_shown() {
        for good in ["2024-Q3", "Frühjahr", "=cmd", "👨‍👩‍👧", &"é".repeat(100)] {
            assert_eq!(clean_label(good), Ok(good));
        }
        for bad in ["", "  ", "a\0b", "a\nb", "\u{2066}x", &"x".repeat(101)] {
            assert!(clean_label(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn no_indicator_is_called_like_the_score_of_all_of_them() {
        assert_eq!(clean_indicator(" overall "), Err(LabelError::Overall));
        assert_eq!(clean_indicator("overall trust"), Ok("overall trust"));
    }

    #[test]
    fn a_place_is_a_path_or_a_line() {
        assert_eq!(Spot::Path("partnerships[3]".to_owned()).at("cycles[2]"), "partnerships[3].cycles[2]");
        assert_eq!(Spot::Path(String::new()).at("cycles[2]"), "cycles[2]");
        assert_eq!(Spot::Path("partnerships".to_owned()).at("[3]"), "partnerships[3]");
        assert_eq!(Spot::Line(7).at("answer"), "line 7, answer");
    }
}
