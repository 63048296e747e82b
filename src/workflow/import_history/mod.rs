//! Past reviews from a file or a call: read, scored and frozen as if they had closed here, without any mail.
//!
//! Laws: a partnership comes whole or not at all. Scores, hysteresis and flags are replayed in order through
//! [`crate::domain::close`]. The same document again changes nothing; what is frozen stays. A file may be of any length:
//! one partnership after the other is read (`json`, `table`), decided and scored (`plan`, `replay`) and written
//! ([`crate::store::history`]), the three at the same time, some partnerships a transaction. Called by the command line and
//! the interface.

mod digest;
mod json;
mod partnership;
mod people;
mod plan;
mod raw;
mod reading;
mod replay;
mod stream;
mod table;
mod write;

pub use plan::{Complaint, Imported};
pub use reading::{Broken, Defaults};
pub use stream::{Progress, Report, form_of, import_file};

use std::io::BufRead;

use chrono::{DateTime, Utc};

use self::plan::{Frame, NoPlan};
use self::reading::{Parsed, Seen, Sink};
use super::sheet::MOST_ERRORS;
use super::{Context, FieldError, Refusal};
use crate::domain::history::PastReviews;
use crate::domain::ids::PartnershipId;
use crate::domain::instrument::{Instrument, REVIEW};
use crate::store::tokens::{self, Once, OnceKey};
use crate::store::{Conn, StoreError, instruments};

/// How a document is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The history document.
    Json,
    /// One row for each answer.
    Csv,
}

/// Remarks on what was read and not kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dropped {
    /// Comments. No mode shows comments, so none is kept.
    pub comments: u64,
}

fn read(from: impl BufRead, form: Form, defaults: Defaults, sink: Sink<'_>) -> Result<Dropped, Broken> {
    match form {
        Form::Json => json::read(from, defaults, sink).map(|()| Dropped::default()),
        Form::Csv => table::read(from, defaults, sink).map(|remarks| Dropped { comments: remarks.comments }),
    }
}

/// Whose past it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Anybody's; unknown names are added.
    Any,
    /// This partnership's, under its name.
    Only(PartnershipId),
}

/// What a call brings.
#[derive(Debug)]
pub struct Delivery {
    /// The document.
    pub body: Vec<u8>,
    /// How it is written.
    pub form: Form,
    /// What holds where it says nothing.
    pub defaults: Defaults,
    /// Whose past it may be.
    pub reach: Reach,
    /// The same call with this key happens once.
    pub once: Option<OnceKey>,
}

/// Why a call did nothing.
#[derive(Debug)]
pub enum Undone {
    /// It is no document of its kind, as a sentence.
    Malformed(String),
    /// A partnership in it is out of reach.
    OutOfReach,
    /// Some of it is wrong, or in conflict with what stands here.
    Complaints(Vec<Complaint>),
    /// Anything else.
    Refused(Refusal),
}

impl From<Refusal> for Undone {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<StoreError> for Undone {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.into())
    }
}

/// Imports a whole document, or nothing of it. Gives what it did to each partnership; the same call with the same key again
/// gives what the first one did.
pub async fn import_call(
    ctx: &Context,
    actor: &str,
    delivery: Delivery,
    now: DateTime<Utc>,
) -> Result<(Vec<Imported>, Dropped), Undone> {
    let Delivery { body, form, defaults, reach, once } = delivery;
    let (mut all, mut wrong) = (Vec::new(), Vec::new());
    let mut seen = Seen::default();
    let mut sink = |parsed: Parsed| {
        match parsed.and_then(|own| seen.take(own)) {
            Ok(own) => all.push(own),
            Err(errors) => wrong.extend(errors),
        }
        wrong.len() < MOST_ERRORS
    };
    let dropped = match read(body.as_slice(), form, defaults, &mut sink) {
        Ok(dropped) => dropped,
        Err(Broken::Malformed(sentence) | Broken::Unreadable(sentence)) => {
            return Err(Undone::Malformed(sentence));
        }
        Err(Broken::Fields(errors)) => return Err(wrong_fields(errors)),
        Err(Broken::Stopped) => Dropped::default(),
    };
    if !wrong.is_empty() {
        return Err(wrong_fields(wrong));
    }
    let (actor, zone) = (actor.to_owned(), ctx.settings.instance.zone.clone());
    let done =
        ctx.store.decide(move |conn| whole(conn, &actor, &all, (reach, &zone), once.as_ref(), now)).await?;
    Ok((done, dropped))
}

fn wrong_fields(mut errors: Vec<FieldError>) -> Undone {
    errors.truncate(MOST_ERRORS);
    let complaint = |error| Complaint { error, conflict: false };
    Undone::Complaints(errors.into_iter().map(complaint).collect())
}

fn whole(
    conn: &mut Conn,
    actor: &str,
    all: &[PastReviews],
    (reach, zone): (Reach, &str),
    once: Option<&OnceKey>,
    now: DateTime<Utc>,
) -> Result<Vec<Imported>, Undone> {
    if let Some(once) = once {
        match tokens::once(conn, once)? {
            Once::Again(made) => return serde_json::from_str(&made).map_err(|_| Refusal::KeyReused.into()),
            Once::Other => return Err(Refusal::KeyReused.into()),
            Once::First => {}
        }
    }
    let review = review(conn)?;
    let frame = Frame { review: &review, zone, now };
    let (mut done, mut complaints) = (Vec::new(), Vec::new());
    for reviews in all {
        let standing = match write::held(conn, reviews, reach, &review)? {
            write::Found::Nothing => None,
            write::Found::Here(standing) => Some(*standing),
            write::Found::OutOfReach => return Err(Undone::OutOfReach),
            write::Found::Several(complaint) => {
                complaints.push(complaint);
                continue;
            }
        };
        match plan::plan(reviews, standing.as_ref(), &frame) {
            Ok(own) => {
                write::write(conn, actor, &own, now)?;
                done.push(own.outcome);
            }
            Err(NoPlan::Refused(found)) => complaints.extend(found),
            Err(NoPlan::Store(error)) => return Err(error.into()),
        }
    }
    if !complaints.is_empty() {
        complaints.truncate(MOST_ERRORS);
        return Err(Undone::Complaints(complaints));
    }
    let Some(once) = once else { return Ok(done) };
    let made = serde_json::to_string(&done).map_err(|e| StoreError::Broken(e.to_string()))?;
    if !tokens::remember(conn, once, &made, now)? {
        return Err(StoreError::Busy("the same call is being made elsewhere".to_owned()).into());
    }
    Ok(done)
}

/// The published review, which most past reviews are of.
fn review(conn: &mut Conn) -> Result<Instrument, StoreError> {
    let gone = || StoreError::unreadable("the instruments", "the quarterly review is gone");
    instruments::latest(conn, REVIEW)?.ok_or_else(gone)
}
