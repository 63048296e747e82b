//! From answers to figures: the whole of the scoring rules, unrounded.
//!
//! Law: sides weigh the same however many people answered on them; a "don't know" is dropped, never filled in;
//! nothing here knows modes or floors. What of these figures anybody is shown is decided afterwards, once, by
//! [`super::publication`]. Called by the closing of a cycle.
//!
//! # Source
//! The scoring chapter of the project's documentation, sections 1.1 to 1.12; its worked cases are tests here.

mod cell;
mod display;
mod gap;
mod quantile;
mod rating;
mod side;
mod spread;

#[cfg(test)]
mod cases;
#[cfg(test)]
mod histories;
#[cfg(test)]
mod laws;

use std::{collections::BTreeMap, fmt, str::FromStr};

use super::{
    answers::Answers,
    ids::SideId,
    instrument::{Instrument, Thresholds},
    text::text_enum,
};

pub use cell::{CellFigures, Precision, ScoreFigures, Status};
pub use display::{bound, display, display_change, display_gap, display_z, shown};
pub use gap::{GapFigures, GapLabel};
pub use rating::{Rating, RatingReason};
pub use side::{Agreement, SideFigures, SideMeasure};

use cell::score_cell;
pub(in crate::domain) use rating::{plain as plain_rating, rate};
pub(in crate::domain) use spread::without_spread;

/// What a rating, a drift finding or a carried state is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// The overall score.
    Overall,
    /// One indicator, by id.
    Indicator(String),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overall => f.write_str("overall"),
            // The prefix keeps an indicator that is itself called "overall" apart.
            Self::Indicator(id) => write!(f, "indicator:{id}"),
        }
    }
}

/// A stored subject that is neither `overall` nor `indicator:…`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a subject; expected \"overall\" or \"indicator:\" and an id.")]
pub struct UnknownSubject(String);

impl FromStr for Subject {
    type Err = UnknownSubject;

    fn from_str(text: &str) -> Result<Self, UnknownSubject> {
        match text.strip_prefix("indicator:") {
            Some(id) if !id.is_empty() => Ok(Self::Indicator(id.to_owned())),
            None if text == "overall" => Ok(Self::Overall),
            _ => Err(UnknownSubject(text.to_owned())),
        }
    }
}

impl serde::Serialize for Subject {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Subject {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

text_enum! {
    /// How many of a side's invited answered.
    ResponseBand as "response band" {
        /// Four in five or more.
        Good = "good",
        /// At least half.
        Moderate = "moderate",
        /// Less than half.
        Low = "low",
    }
}

/// One side of a cycle, as the close finds it.
#[derive(Debug, Clone, PartialEq)]
pub struct SideInput {
    /// Which side.
    pub side: SideId,
    /// Its name.
    pub name: String,
    /// How many were invited and not withdrawn.
    pub invited: u32,
    /// The saved answers, one entry per respondent, in any order. Entries without a single point count as not
    /// answered.
    pub respondents: Vec<Answers>,
}

/// Response of one side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SideCounts {
    /// Which side.
    pub side: SideId,
    /// Its name.
    pub name: String,
    /// How many were invited.
    pub invited: u32,
    /// How many gave at least one point.
    pub answered: u32,
    /// How many of these gave a point to every indicator.
    pub complete: u32,
    /// The word for the response.
    pub band: ResponseBand,
}

/// Everything one cycle's answers say, unrounded and unsuppressed. Never stored as it is, never shown.
#[derive(Debug, Clone, PartialEq)]
pub struct CycleFigures {
    /// The sides, in the order they were given.
    pub sides: Vec<SideCounts>,
    /// The overall composite.
    pub overall: CellFigures,
    /// Each indicator by id, in the instrument's order.
    pub indicators: Vec<(String, CellFigures)>,
}

impl CycleFigures {
    /// The figures of one indicator.
    pub fn indicator(&self, id: &str) -> Option<&CellFigures> {
        self.indicators.iter().find(|(own, _)| own == id).map(|(_, figures)| figures)
    }

    /// The overall cell and every indicator's.
    pub fn cells(&self) -> impl Iterator<Item = &CellFigures> {
        std::iter::once(&self.overall).chain(self.indicators.iter().map(|(_, figures)| figures))
    }
}

/// Scores one cycle.
///
/// `previous` holds, per subject, the last published rating that was not grey (see
/// [`super::publication::Basis`]); a subject without one has no hysteresis. Answers must have passed
/// [`super::answers::check`]; indicators the instrument does not know are ignored.
///
/// # Source
/// Sections 1.2 to 1.9 of the scoring chapter.
pub fn score_cycle(
    instrument: &Instrument,
    sides: &[SideInput],
    previous: &BTreeMap<Subject, Rating>,
) -> CycleFigures {
    let thresholds = &instrument.thresholds;
    let rated = |subject: &Subject, values: &[Vec<f64>], prior: f64| {
        let before = previous.get(subject).copied().filter(|rating| *rating != Rating::Grey);
        score_cell(values, prior, before, thresholds)
    };
    let indicators = instrument
        .indicators
        .iter()
        .map(|indicator| {
            let values: Vec<Vec<f64>> = sides.iter().map(|side| points(side, &indicator.id)).collect();
            let subject = Subject::Indicator(indicator.id.clone());
            (indicator.id.clone(), rated(&subject, &values, thresholds.prior_variance))
        })
        .collect();
    let composites: Vec<Vec<f64>> = sides.iter().map(|side| composites(side, instrument)).collect();
    CycleFigures {
        sides: sides.iter().map(|side| counts(side, instrument)).collect(),
        overall: rated(&Subject::Overall, &composites, thresholds.prior_variance_overall),
        indicators,
    }
}

/// The points one side gave to one indicator, smallest first so that the order of respondents cannot matter,
/// not even in the last bit of a sum.
fn points(side: &SideInput, indicator: &str) -> Vec<f64> {
    let given = side.respondents.iter().filter_map(|answers| answers.get(indicator).copied().flatten());
    sorted(given.map(f64::from).collect())
}

/// The composites of one side, smallest first.
fn composites(side: &SideInput, instrument: &Instrument) -> Vec<f64> {
    sorted(side.respondents.iter().filter_map(|answers| composite(answers, instrument)).collect())
}

/// A respondent's own mean over the indicators, if they answered at least half of them.
///
/// # Source
/// Section 1.3 of the scoring chapter.
pub(in crate::domain) fn composite(answers: &Answers, instrument: &Instrument) -> Option<f64> {
    let own = own_points(answers, instrument);
    let enough = !own.is_empty() && own.len() >= instrument.least_answered();
    enough.then(|| own.iter().sum::<f64>() / own.len() as f64)
}

fn own_points(answers: &Answers, instrument: &Instrument) -> Vec<f64> {
    let given = instrument.indicators.iter().filter_map(|i| answers.get(&i.id).copied().flatten());
    given.map(f64::from).collect()
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

fn counts(side: &SideInput, instrument: &Instrument) -> SideCounts {
    let with_points = |least: usize| {
        let people = side.respondents.iter().filter(|a| own_points(a, instrument).len() >= least.max(1));
        u32::try_from(people.count()).unwrap_or(u32::MAX)
    };
    let answered = with_points(1);
    SideCounts {
        side: side.side,
        name: side.name.clone(),
        invited: side.invited,
        answered,
        complete: with_points(instrument.indicators.len()),
        band: band(answered, side.invited, instrument),
    }
}

fn band(answered: u32, invited: u32, instrument: &Instrument) -> ResponseBand {
    let thresholds = &instrument.thresholds;
    // Nobody invited is nobody heard: the share of nothing counts as none.
    let share = if invited == 0 { 0.0 } else { f64::from(answered) / f64::from(invited) };
    if share >= thresholds.response_good - Thresholds::EPS {
        ResponseBand::Good
    } else if share >= thresholds.response_moderate - Thresholds::EPS {
        ResponseBand::Moderate
    } else {
        ResponseBand::Low
    }
}
