//! The review: what answers a flag, what a flag still needs, and when the review of a check is over.
//!
//! | flag | is answered by | as long as |
//! |---|---|---|
//! | to discuss | a note; it may be empty of words | no later check holds the flag |
//! | to act on | a note of this episode and an action | the action is open and its due day has not passed; or it is done, and no later check holds the flag |
//! | either | an acceptance that every side has signed | its last day has not passed |
//!
//! A cleared flag needs nothing. One note, action or acceptance may answer several flags. Days are those of the
//! partnership's zone, and a due day or last day counts as a whole. A review is over when every side has confirmed it, or
//! when seven days have passed since the first side did, and never while a flag lacks its answer.
//! Called by the workflow of the review and by everything that weighs or shows open flags.

use chrono::{DateTime, Months, NaiveDate, TimeDelta, Utc};

use super::answers::{Comment, CommentTooLong};
use super::flags::Severity;
use super::ids::SideId;
use super::text::text_enum;
use super::words;

/// A review is due this long after the close of its check.
pub const DUE_AFTER: TimeDelta = TimeDelta::days(14);
/// So long after the first side a review closes without the others.
pub const SILENCE: TimeDelta = TimeDelta::days(7);
/// Most characters of a note, an action or a reason.
pub const TEXT_MAX: usize = 2_000;
/// Neither an action nor an acceptance reaches further than so many months.
const MONTHS: u32 = 12;
/// Letters of an action's text where it is named in a sentence.
const NAMED: usize = 80;

text_enum! {
    /// Where an action stands.
    ActionState as "action state" {
        /// Promised.
        Open = "open",
        /// Kept.
        Done = "done",
        /// Given up.
        Dropped = "dropped",
    }
}

text_enum! {
    /// Where a review stands.
    ReviewState as "review state" {
        /// To be held, or confirmed by some sides.
        Open = "open",
        /// Over.
        Closed = "closed",
        /// A later check closed first; its review takes over what was left.
        Overtaken = "overtaken",
    }
}

/// An action as far as it answers flags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promise {
    /// What is to be done.
    pub text: String,
    /// The last day for it.
    pub due_on: NaiveDate,
    /// Where it stands.
    pub state: ActionState,
    /// When it was done or dropped.
    pub settled_at: Option<DateTime<Utc>>,
}

impl Promise {
    /// Whether its day has passed and it is neither done nor dropped.
    pub fn is_overdue(&self, today: NaiveDate) -> bool {
        self.state == ActionState::Open && self.due_on < today
    }

    fn answers(&self, checked_at: DateTime<Utc>, today: NaiveDate) -> bool {
        match self.state {
            ActionState::Open => !self.is_overdue(today),
            ActionState::Done => self.settled_at.is_some_and(|at| at >= checked_at),
            ActionState::Dropped => false,
        }
    }
}

/// An acceptance as far as it answers flags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// Its last day.
    pub until_on: NaiveDate,
    /// The sides that have signed.
    pub signed: Vec<SideId>,
}

impl Consent {
    /// The sides that have not signed, in their order.
    pub fn waits_for(&self, sides: &[SideId]) -> Vec<SideId> {
        sides.iter().copied().filter(|side| !self.signed.contains(side)).collect()
    }

    /// Whether its last day has passed.
    pub fn is_over(&self, today: NaiveDate) -> bool {
        self.until_on < today
    }

    /// Whether every side has signed and its last day has not passed.
    pub fn is_in_force(&self, sides: &[SideId], today: NaiveDate) -> bool {
        !self.is_over(today) && self.waits_for(sides).is_empty()
    }
}

/// Everything that was given to one open flag in this episode, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Given {
    /// When the check closed that last raised or held the flag.
    pub checked_at: DateTime<Utc>,
    /// When notes about it were written.
    pub notes: Vec<DateTime<Utc>>,
    /// Actions.
    pub promises: Vec<Promise>,
    /// Acceptances.
    pub consents: Vec<Consent>,
}

/// What a flag still needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// A note, an action, or both.
    Answer {
        /// A note.
        note: bool,
        /// An action.
        action: Option<ActionNeed>,
    },
    /// The signatures of these sides under an acceptance.
    Signatures(Vec<SideId>),
}

/// Why an action is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActionNeed {
    /// There is none.
    First,
    /// This one's day has passed.
    Overdue(String, NaiveDate),
    /// This one was done, and a later check holds the flag all the same.
    InVain(String),
}

/// What an open flag still needs for its answer; `None` when it has a valid one.
///
/// ```
/// use chrono::{DateTime, NaiveDate};
/// use evenkeel::domain::{flags::Severity, review::{Given, missing}};
/// let checked_at = DateTime::parse_from_rfc3339("2026-12-10T16:00:00Z").unwrap().to_utc();
/// let today = NaiveDate::from_ymd_opt(2026, 12, 15).unwrap();
/// let given = Given { checked_at, notes: vec![checked_at], ..Given::default() };
/// assert_eq!(missing(Severity::Discuss, &given, &[], today), None);
/// let lacks = missing(Severity::Act, &given, &[], today).unwrap();
/// assert_eq!(lacks.words(|_| String::new()), "an action");
/// ```
pub fn missing(severity: Severity, given: &Given, sides: &[SideId], today: NaiveDate) -> Option<Missing> {
    if given.consents.iter().any(|own| own.is_in_force(sides, today)) {
        return None;
    }
    let (note, action) = match severity {
        Severity::Discuss => (!given.notes.iter().any(|at| *at >= given.checked_at), None),
        Severity::Act => (given.notes.is_empty(), action_need(given, today)),
    };
    if !note && action.is_none() {
        return None;
    }
    let asked = given.consents.iter().rfind(|own| !own.is_over(today));
    Some(asked.map_or(Missing::Answer { note, action }, |own| Missing::Signatures(own.waits_for(sides))))
}

fn action_need(given: &Given, today: NaiveDate) -> Option<ActionNeed> {
    let promises = &given.promises;
    if promises.iter().any(|own| own.answers(given.checked_at, today)) {
        return None;
    }
    let overdue = promises.iter().rfind(|own| own.is_overdue(today));
    let done = promises.iter().rfind(|own| own.state == ActionState::Done);
    Some(match (overdue, done) {
        (Some(own), _) => ActionNeed::Overdue(own.text.clone(), own.due_on),
        (None, Some(own)) => ActionNeed::InVain(own.text.clone()),
        (None, None) => ActionNeed::First,
    })
}

impl Missing {
    /// In words that complete "needs …": "a note and an action", "the signature of Brightwater".
    pub fn words(&self, name: impl Fn(SideId) -> String) -> String {
        match self {
            Self::Signatures(sides) => {
                let names: Vec<String> = sides.iter().map(|side| name(*side)).collect();
                let what = if names.len() == 1 { "signature" } else { "signatures" };
                format!("the {what} of {}", words::join(&names))
            }
            Self::Answer { note, action } => {
                let note = note.then(|| "a note".to_owned());
                let parts: Vec<String> = note.into_iter().chain(action.as_ref().map(needed)).collect();
                parts.join(" and ")
            }
        }
    }
}

fn needed(action: &ActionNeed) -> String {
    match action {
        ActionNeed::First => "an action".to_owned(),
        ActionNeed::Overdue(text, since) => {
            format!("another action: “{}” was due on {}", named(text), day(*since))
        }
        ActionNeed::InVain(text) => {
            format!("another action: “{}” is done, and the flag stands", named(text))
        }
    }
}

/// A text where it is only named: its first line, cut where it is long.
pub fn named(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default().trim();
    if line.chars().count() <= NAMED {
        return line.to_owned();
    }
    let cut: String = line.chars().take(NAMED - 1).collect();
    format!("{}…", cut.trim_end())
}

/// A day in a sentence: "20 Dec 2026".
pub fn day(day: NaiveDate) -> String {
    day.format("%-d %b %Y").to_string()
}

/// Who has confirmed a review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewLife {
    /// The sides of the partnership, in their order.
    pub sides: Vec<SideId>,
    /// The sides that have confirmed, and when.
    pub confirmed: Vec<(SideId, DateTime<Utc>)>,
}

impl ReviewLife {
    /// The sides that have not confirmed, in their order.
    pub fn waits_for(&self) -> Vec<SideId> {
        let silent = |side: &SideId| !self.confirmed.iter().any(|(own, _)| own == side);
        self.sides.iter().copied().filter(silent).collect()
    }

    /// From here on it closes without those who have not confirmed; `None` before the first confirmation.
    pub fn closes_at(&self) -> Option<DateTime<Utc>> {
        self.confirmed.iter().map(|(_, at)| *at + SILENCE).min()
    }

    /// Whether it may close: every side has confirmed, or was silent for seven days since the first did.
    pub fn is_over(&self, now: DateTime<Utc>) -> bool {
        let first = self.closes_at();
        first.is_some_and(|at| at <= now || self.waits_for().is_empty())
    }
}

/// Why a text or a day cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReviewInputError {
    /// Nothing is left after trimming.
    #[error("Write a few words: 1 to 2,000 characters.")]
    Empty,
    /// Longer than [`TEXT_MAX`].
    #[error("At most 2,000 characters are taken; these are {0}.")]
    TooLong(usize),
    /// In the past, or too far ahead.
    #[error("Give a day from today, {0}, to {1}: twelve months are the most.")]
    Day(NaiveDate, NaiveDate),
}

/// A note as it is kept: without invisible characters, at most [`TEXT_MAX`] characters; it may be empty.
pub fn clean_note(text: &str) -> Result<String, ReviewInputError> {
    let note = match Comment::parse(text) {
        Ok(cleaned) => cleaned.map_or_else(String::new, |own| own.to_string()),
        Err(CommentTooLong(length)) => return Err(ReviewInputError::TooLong(length)),
    };
    match note.chars().count() {
        0..=TEXT_MAX => Ok(note),
        length => Err(ReviewInputError::TooLong(length)),
    }
}

/// The same for what must say something: an action, a reason.
pub fn clean_text(text: &str) -> Result<String, ReviewInputError> {
    clean_note(text).and_then(|text| if text.is_empty() { Err(ReviewInputError::Empty) } else { Ok(text) })
}

/// The last day that may be given today.
pub fn latest_day(today: NaiveDate) -> NaiveDate {
    today.checked_add_months(Months::new(MONTHS)).unwrap_or(NaiveDate::MAX)
}

/// Refuses a due day or last day in the past or more than twelve months ahead.
pub fn check_day(day: NaiveDate, today: NaiveDate) -> Result<NaiveDate, ReviewInputError> {
    let latest = latest_day(today);
    if (today..=latest).contains(&day) { Ok(day) } else { Err(ReviewInputError::Day(today, latest)) }
}

#[cfg(test)]
mod tests;
