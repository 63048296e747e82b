//! What the two readers of past reviews share: where they put what they read, how they collect what is wrong.

use std::collections::{BTreeSet, HashMap};

use crate::domain::answers::counts;
use crate::domain::history::{PastResponse, PastReviews};
use crate::domain::mode::Mode;
use crate::workflow::FieldError;
use crate::workflow::sheet::MOST_ERRORS;

/// The most indicators of one partnership.
pub(super) const MOST_INDICATORS: usize = 200;

/// One partnership of a document, or what is wrong with it.
pub(super) type Parsed = Result<PastReviews, Vec<FieldError>>;

/// Takes each partnership as it is read; `false` ends the reading.
pub(super) type Sink<'a> = &'a mut dyn FnMut(Parsed) -> bool;

/// What holds where the document says nothing.
#[derive(Clone, Copy, Debug)]
pub struct Defaults {
    /// Who sees what.
    pub mode: Mode,
}

impl Default for Defaults {
    fn default() -> Self {
        Self { mode: Mode::Confidential }
    }
}

/// Why a document could not be read to its end.
#[derive(Debug)]
pub enum Broken {
    /// It is not of its kind at all, as a sentence with the place.
    Malformed(String),
    /// Something in it is wrong that belongs to no single partnership.
    Fields(Vec<FieldError>),
    /// The file could not be read.
    Unreadable(String),
    /// Whoever takes the partnerships takes no more.
    Stopped,
}

/// The partnerships of a document so far: each may be there once, and again where it went on with other indicators.
#[derive(Debug, Default)]
pub(super) struct Seen(HashMap<String, (String, BTreeSet<String>)>);

impl Seen {
    /// Lets a partnership pass that was not there before, or not with these indicators the last time.
    pub(super) fn take(&mut self, reviews: PastReviews) -> Parsed {
        let field = reviews.spot.at("partnership");
        let indicators: BTreeSet<String> = reviews.indicators.iter().cloned().collect();
        if let Some((before, same)) = self.0.get(&reviews.partnership)
            && *same == indicators
        {
            let sentence =
                format!("The document has this partnership with these indicators already, at {before}.");
            return Err(vec![FieldError { field, sentence }]);
        }
        self.0.insert(reviews.partnership.clone(), (field, indicators));
        Ok(reviews)
    }
}

/// What is wrong with one partnership, up to [`MOST_ERRORS`].
#[derive(Debug, Default)]
pub(super) struct Wrongs(Vec<FieldError>);

impl Wrongs {
    /// Notes that something is wrong.
    pub(super) fn refuse(&mut self, field: String, sentence: impl Into<String>) {
        if self.0.len() < MOST_ERRORS {
            self.0.push(FieldError { field, sentence: sentence.into() });
        }
    }

    /// The value, or a note of what is wrong with it.
    pub(super) fn take<T, E: std::fmt::Display>(
        &mut self,
        field: impl FnOnce() -> String,
        read: Result<T, E>,
    ) -> Option<T> {
        read.map_err(|error| self.refuse(field(), error.to_string())).ok()
    }

    /// Whether nothing is.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The notes.
    pub(super) fn into_fields(self) -> Vec<FieldError> {
        self.0
    }
}

/// Names with their positions, in the order in which they appear; closed ones take no more.
#[derive(Default)]
pub(super) struct Names {
    all: Vec<String>,
    at: HashMap<String, usize>,
    closed: bool,
}

impl Names {
    /// The position of a name; `None` where the names are closed and this is none of them.
    pub(super) fn position(&mut self, name: &str) -> Option<usize> {
        if let Some(at) = self.at.get(name) {
            return Some(*at);
        }
        (!self.closed).then(|| {
            self.all.push(name.to_owned());
            self.at.insert(name.to_owned(), self.all.len() - 1);
            self.all.len() - 1
        })
    }

    /// Takes no more names.
    pub(super) fn close(&mut self) {
        self.closed = true;
    }

    /// Whether it takes no more.
    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    /// The names so far.
    pub(super) fn all(&self) -> &[String] {
        &self.all
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// The names.
    pub(super) fn into_all(self) -> Vec<String> {
        self.all
    }
}

/// How many respondents of each side gave at least one point.
pub(super) fn answered(responses: &[PastResponse], sides: usize) -> Vec<u32> {
    let mut all = vec![0; sides];
    for response in responses.iter().filter(|own| counts(&own.answers)) {
        all[response.side] += 1;
    }
    all
}
