//! Instruments: a versioned questionnaire as data, with every threshold its scorecards are judged by.
//!
//! Law: a published version never changes; another wording or another threshold is another version. The files
//! stand in `config/instruments/`; reading them is the caller's work, this module says what they hold and
//! [`Instrument::validate`] whether they can be used.

mod thresholds;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

pub use thresholds::{DriftThresholds, Thresholds};

use super::ids::PartnershipId;
use super::scoring::Rating;

/// One version of a questionnaire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instrument {
    /// Stable id, such as `quarterly-health-review`.
    pub id: String,
    /// Version, from 1.
    pub version: u32,
    /// Title as people read it.
    pub title: String,
    /// About how many minutes an answer takes.
    pub minutes: u32,
    /// Whether it feeds the portfolio.
    #[serde(default)]
    pub primary: bool,
    /// An optional open question at the end.
    #[serde(default)]
    pub closing_question: Option<String>,
    /// The numbers its scorecards are judged by.
    #[serde(default)]
    pub thresholds: Thresholds,
    /// What is asked and scored, in order.
    pub indicators: Vec<Indicator>,
}

/// One indicator: what is scored, and the one item that asks for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    /// Stable id, 1 to 100 characters.
    pub id: String,
    /// Full name, such as "Resource Commitment".
    pub name: String,
    /// Short name for sentences and narrow columns, such as "Resources".
    pub short_name: String,
    /// The question.
    pub question: String,
    /// The five labels, worst first.
    pub points: [String; 5],
    /// What the level asks for.
    #[serde(default)]
    pub actions: Actions,
    /// A remark for administrators, such as where the text comes from; never shown to respondents.
    #[serde(default)]
    pub note: Option<String>,
}

/// The action required by the level of the rating; an empty text says nothing is required.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Actions {
    /// At green.
    pub high: String,
    /// At amber.
    pub medium: String,
    /// At red.
    pub low: String,
}

impl Actions {
    /// The text for a rating; none for grey and where the file has none.
    pub fn for_rating(&self, rating: Rating) -> Option<&str> {
        let text = match rating {
            Rating::Green => &self.high,
            Rating::Amber => &self.medium,
            Rating::Red => &self.low,
            Rating::Grey => return None,
        };
        Some(text.as_str()).filter(|t| !t.is_empty())
    }
}

/// What is wrong with an instrument file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InstrumentError {
    /// The id is empty, too long or has characters other than a–z, 0–9, - and _.
    #[error("Instrument id \"{0}\" must be 1 to 100 of the characters a–z, 0–9, - and _.")]
    Id(String),
    /// Versions count from 1.
    #[error("Instrument \"{0}\": versions count from 1.")]
    Version(String),
    /// A text that people see is empty.
    #[error("Instrument \"{instrument}\": {field} is empty.")]
    EmptyText {
        /// The instrument's id.
        instrument: String,
        /// The path of the empty field.
        field: String,
    },
    /// There is nothing to ask.
    #[error("Instrument \"{0}\" has no indicators.")]
    NoIndicators(String),
    /// An indicator's id is empty or longer than 100 characters.
    #[error(
        "Instrument \"{instrument}\": indicator id \"{id}\" must have 1 to 100 characters, none of them control characters."
    )]
    IndicatorId {
        /// The instrument's id.
        instrument: String,
        /// The indicator's id.
        id: String,
    },
    /// Two indicators share an id.
    #[error("Instrument \"{instrument}\" has indicator \"{id}\" twice.")]
    Duplicate {
        /// The instrument's id.
        instrument: String,
        /// The indicator's id.
        id: String,
    },
    /// Thresholds contradict each other.
    #[error("Instrument \"{instrument}\": {problem}.")]
    Thresholds {
        /// The instrument's id.
        instrument: String,
        /// The rule that is broken.
        problem: &'static str,
    },
}

/// The instrument of which past reviews are, when they ask nothing else.
pub const REVIEW: &str = "quarterly-health-review";

/// What the ids of partnerships' own instruments begin with.
pub const OWN_PREFIX: &str = "history-";

/// The id of the instrument of past reviews that asked what no published one asks; it belongs to one partnership alone.
pub fn own_id(partnership: PartnershipId) -> String {
    format!("{OWN_PREFIX}{partnership}")
}

impl Instrument {
    /// A partnership's own instrument for past reviews: indicators are known by their ids, thresholds are the defaults.
    /// It feeds the portfolio where the partnership has no other.
    pub fn own(partnership: PartnershipId, version: u32, title: &str, indicators: &[String]) -> Self {
        let indicator = |id: &String| Indicator {
            id: id.clone(),
            name: id.clone(),
            short_name: id.clone(),
            question: id.clone(),
            points: ["1 (lowest)", "2", "3", "4", "5 (highest)"].map(str::to_owned),
            actions: Actions::default(),
            note: None,
        };
        Self {
            id: own_id(partnership),
            version,
            title: title.to_owned(),
            minutes: 5,
            primary: true,
            closing_question: None,
            thresholds: Thresholds::default(),
            indicators: indicators.iter().map(indicator).collect(),
        }
    }

    /// This instrument with these of its indicators only, in its own order: what past reviews asked of it.
    #[must_use]
    pub fn narrowed(&self, indicators: &[String]) -> Self {
        let mut narrowed = self.clone();
        narrowed.indicators.retain(|own| indicators.contains(&own.id));
        narrowed
    }

    /// Whether it asks each of these.
    pub fn asks_all(&self, indicators: &[String]) -> bool {
        indicators.iter().all(|id| self.indicator(id).is_some())
    }

    /// The indicator with this id.
    pub fn indicator(&self, id: &str) -> Option<&Indicator> {
        self.indicators.iter().find(|i| i.id == id)
    }

    /// How many indicators a respondent must have answered to count towards the overall score: half of them,
    /// rounded up.
    pub const fn least_answered(&self) -> usize {
        self.indicators.len().div_ceil(2)
    }

    /// Checks everything a reader of the file relies on; the first problem is the error.
    pub fn validate(&self) -> Result<(), InstrumentError> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        if !(1..=100).contains(&self.id.len()) || !self.id.chars().all(plain) {
            return Err(InstrumentError::Id(self.id.clone()));
        }
        if self.version == 0 {
            return Err(InstrumentError::Version(self.id.clone()));
        }
        self.filled("title", &self.title)?;
        if let Some(question) = &self.closing_question {
            self.filled("closing_question", question)?;
        }
        self.validate_indicators()?;
        self.thresholds
            .check()
            .map_err(|problem| InstrumentError::Thresholds { instrument: self.id.clone(), problem })
    }

    fn validate_indicators(&self) -> Result<(), InstrumentError> {
        if self.indicators.is_empty() {
            return Err(InstrumentError::NoIndicators(self.id.clone()));
        }
        let mut seen = BTreeSet::new();
        for indicator in &self.indicators {
            let id = &indicator.id;
            if !(1..=100).contains(&id.chars().count()) || id.chars().any(char::is_control) {
                return Err(InstrumentError::IndicatorId { instrument: self.id.clone(), id: id.clone() });
            }
            if !seen.insert(id) {
                return Err(InstrumentError::Duplicate { instrument: self.id.clone(), id: id.clone() });
            }
            self.filled(&format!("name of {id}"), &indicator.name)?;
            self.filled(&format!("short_name of {id}"), &indicator.short_name)?;
            self.filled(&format!("question of {id}"), &indicator.question)?;
            for (n, point) in indicator.points.iter().enumerate() {
                self.filled(&format!("point {} of {id}", n + 1), point)?;
            }
        }
        Ok(())
    }

    fn filled(&self, field: &str, text: &str) -> Result<(), InstrumentError> {
        if text.trim().is_empty() {
            return Err(InstrumentError::EmptyText { instrument: self.id.clone(), field: field.to_owned() });
        }
        Ok(())
    }
}

#[cfg(test)]
pub(in crate::domain) mod tests {
    use super::*;

    /// The quarterly review as shipped.
    pub(in crate::domain) fn quarterly() -> Instrument {
        // Read once: laws ask for it thousands of times.
        static QUARTERLY: std::sync::LazyLock<Instrument> = std::sync::LazyLock::new(|| {
            toml::from_str(include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/config/instruments/quarterly-health-review.toml"
            )))
            .unwrap()
        });
        QUARTERLY.clone()
    }

    fn light() -> Instrument {
        toml::from_str(include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/config/instruments/light-check.toml"
        )))
        .unwrap()
    }

    #[test]
    fn the_shipped_instruments_are_valid_and_use_the_default_thresholds() {
        for instrument in [quarterly(), light()] {
            assert_eq!(instrument.validate(), Ok(()));
            assert_eq!(instrument.thresholds, Thresholds::default());
        }
        assert!(quarterly().primary);
        assert!(!light().primary);
        let ids: Vec<_> = light().indicators.iter().map(|i| i.id.clone()).collect();
        assert_eq!(ids, ["trust", "communication", "value_delivery", "alignment"]);
    }

    #[test]
    fn half_of_the_indicators_rounded_up_count_towards_the_overall_score() {
        assert_eq!(quarterly().least_answered(), 3);
        assert_eq!(light().least_answered(), 2);
    }

    #[test]
    fn a_broken_instrument_names_its_first_problem() {
        let mut twice = quarterly();
        twice.indicators[1].id = "shared_vision".into();
        assert_eq!(
            twice.validate().unwrap_err().to_string(),
            "Instrument \"quarterly-health-review\" has indicator \"shared_vision\" twice."
        );
        let mut silent = quarterly();
        silent.indicators[2].points[4] = " ".into();
        assert_eq!(
            silent.validate().unwrap_err().to_string(),
            "Instrument \"quarterly-health-review\": point 5 of resource_commitment is empty."
        );
        let mut upside_down = quarterly();
        upside_down.thresholds.amber = 4.5;
        assert!(matches!(upside_down.validate(), Err(InstrumentError::Thresholds { .. })));
        let mut empty = quarterly();
        empty.indicators.clear();
        assert!(matches!(empty.validate(), Err(InstrumentError::NoIndicators(_))));
        let mut versionless = quarterly();
        versionless.version = 0;
        assert!(matches!(versionless.validate(), Err(InstrumentError::Version(_))));
    }

    #[test]
    fn an_unknown_key_in_an_instrument_file_is_an_error() {
        let text = "id = \"x\"\nversion = 1\ntitle = \"X\"\nminutes = 1\ncolour = \"red\"\nindicators = []";
        assert!(toml::from_str::<Instrument>(text).is_err());
    }
}
