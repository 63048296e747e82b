//! Answers and comments as they come from people.
//!
//! Law: an answer is 1, 2, 3, 4, 5 or "don't know"; a "don't know" is kept as said and never filled in;
//! anything else is refused with a sentence. Called by the form and the API before anything is stored.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use super::{
    ids::{MemberId, PseudonymId},
    instrument::Instrument,
    text::is_deceptive,
};

/// One answer: a point from 1 to 5, or `None` for "don't know / does not apply".
pub type Answer = Option<u8>;

/// One respondent's answers by indicator id. An indicator that is absent was not reached yet.
pub type Answers = BTreeMap<String, Answer>;

/// Who gave a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Respondent {
    /// A member of the partnership, in force or not.
    Member(MemberId),
    /// Somebody of an imported review who is no member.
    Pseudonym(PseudonymId),
    /// Nobody it could be linked to: anonymous mode.
    Nobody,
}

/// The word the form sends for "don't know".
pub const DONT_KNOW: &str = "dont_know";

/// Why an answer or a set of answers was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// Neither 1 to 5 nor "don't know".
    #[error("\"{0}\" is not an answer; choose 1, 2, 3, 4, 5 or \"don't know\".")]
    NotAnAnswer(String),
    /// A number outside 1 to 5 for an indicator.
    #[error("The answer to \"{indicator}\" is {value}; answers run from 1 to 5.")]
    OutOfRange {
        /// The indicator's id.
        indicator: String,
        /// The number that was sent.
        value: u8,
    },
    /// An indicator that the instrument does not ask.
    #[error("This questionnaire does not ask \"{indicator}\"; it asks {known}.")]
    UnknownIndicator {
        /// The id that was sent.
        indicator: String,
        /// The ids that would be understood.
        known: String,
    },
}

/// Reads one answer as a form sends it: exactly `1` to `5`, or [`DONT_KNOW`].
///
/// ```
/// use evenkeel::domain::answers::parse_answer;
/// assert_eq!(parse_answer("4"), Ok(Some(4)));
/// assert_eq!(parse_answer("dont_know"), Ok(None));
/// assert!(parse_answer("3.5").is_err());
/// ```
pub fn parse_answer(text: &str) -> Result<Answer, AnswerError> {
    match text.as_bytes() {
        [digit @ b'1'..=b'5'] => Ok(Some(digit - b'0')),
        _ if text == DONT_KNOW => Ok(None),
        _ => Err(AnswerError::NotAnAnswer(text.chars().filter(|c| !c.is_control()).take(40).collect())),
    }
}

/// Checks a set of answers against the instrument that asked.
pub fn check(answers: &Answers, instrument: &Instrument) -> Result<(), AnswerError> {
    for (indicator, answer) in answers {
        if instrument.indicator(indicator).is_none() {
            let known: Vec<&str> = instrument.indicators.iter().map(|i| i.id.as_str()).collect();
            return Err(AnswerError::UnknownIndicator {
                indicator: indicator.chars().filter(|c| !c.is_control()).take(100).collect(),
                known: known.join(", "),
            });
        }
        if let Some(value) = *answer
            && !(1..=5).contains(&value)
        {
            return Err(AnswerError::OutOfRange { indicator: indicator.clone(), value });
        }
    }
    Ok(())
}

/// Whether these answers count as a response: at least one point was given.
pub fn counts(answers: &Answers) -> bool {
    answers.values().any(Option::is_some)
}

/// The longest comment in characters.
pub const COMMENT_MAX: usize = 4_000;

/// A comment, at most [`COMMENT_MAX`] characters, without control characters other than line breaks and tabs
/// and without marks that change the reading direction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Comment(String);

/// Why a comment was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("A comment has at most 4,000 characters; this one has {0}. Shorten it and save again.")]
pub struct CommentTooLong(pub usize);

impl Comment {
    /// Reads a comment; `None` when nothing is left after trimming.
    pub fn parse(text: &str) -> Result<Option<Self>, CommentTooLong> {
        let joined = text.replace("\r\n", "\n");
        let cleaned: String = joined
            .chars()
            .map(|c| if c == '\r' { '\n' } else { c })
            .filter(|&c| c == '\n' || c == '\t' || !(c.is_control() || is_deceptive(c)))
            .collect();
        let comment = cleaned.trim();
        let length = comment.chars().count();
        if length > COMMENT_MAX {
            return Err(CommentTooLong(length));
        }
        Ok((length > 0).then(|| Self(comment.to_owned())))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Comment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Comment {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(D::Error::custom)?.ok_or_else(|| D::Error::custom("A comment is empty."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::instrument::tests::quarterly;

    #[test]
    fn only_whole_points_from_one_to_five_are_answers() {
        for bad in ["", "0", "6", "3.5", " 3", "03", "+3", "NaN", "three", "null", "３", "-1", "9999999999"]
        {
            assert!(parse_answer(bad).is_err(), "{bad:?}");
        }
        for point in 1..=5u8 {
            assert_eq!(parse_answer(&point.to_string()), Ok(Some(point)));
        }
    }

    #[test]
    fn answers_the_questionnaire_did_not_ask_for_are_refused() {
        let unknown = Answers::from([("weather".to_owned(), Some(3))]);
        assert_eq!(
            check(&unknown, &quarterly()).unwrap_err().to_string(),
            "This questionnaire does not ask \"weather\"; it asks shared_vision, communication, \
             resource_commitment, conflict_resolution, joint_kpi."
        );
        let six = Answers::from([("communication".to_owned(), Some(6))]);
        assert_eq!(
            check(&six, &quarterly()).unwrap_err().to_string(),
            "The answer to \"communication\" is 6; answers run from 1 to 5."
        );
        let fine = Answers::from([("communication".to_owned(), None), ("joint_kpi".to_owned(), Some(5))]);
        assert_eq!(check(&fine, &quarterly()), Ok(()));
    }

    #[test]
    fn a_response_of_nothing_but_dont_know_does_not_count() {
        assert!(!counts(&Answers::from([("trust".to_owned(), None)])));
        assert!(counts(&Answers::from([("trust".to_owned(), Some(1))])));
    }

    #[test]
    fn a_comment_of_four_thousand_and_one_characters_is_refused() {
        assert_eq!(Comment::parse(&"é".repeat(4_001)), Err(CommentTooLong(4_001)));
        assert!(Comment::parse(&"é".repeat(4_000)).unwrap().is_some());
    }

    #[test]
    fn control_and_direction_marks_leave_a_comment() {
        let comment = Comment::parse(" a\0b\u{202E}c\r\nd\te ").unwrap().unwrap();
        assert_eq!(comment.as_str(), "abc\nd\te");
        assert_eq!(Comment::parse(" \0 \r\n "), Ok(None));
    }
}
