//! The parts of an import that speak to the database: what stands here, and the write of one plan.

use chrono::{DateTime, Utc};

use super::Reach;
use super::plan::{Complaint, Plan, instrument_id};
use crate::domain::flags::FlagState;
use crate::domain::history::PastReviews;
use crate::domain::ids::PartnershipId;
use crate::domain::instrument::Instrument;
use crate::store::history::{self, Standing};
use crate::store::{Conn, StoreError, meta, partnerships};
use crate::workflow::{FieldError, review};

/// What there is under a document's name.
pub(super) enum Found {
    Nothing,
    Here(Box<Standing>),
    OutOfReach,
    /// More than one of this name.
    Several(Complaint),
}

/// Looks for the partnership that a document names.
pub(super) fn standing(
    conn: &mut Conn,
    reviews: &PastReviews,
    reach: Reach,
    review: &Instrument,
) -> Result<Found, StoreError> {
    look(conn, reviews, reach, review, |_, _| Ok(()))
}

/// The same, and holds it until the end of the transaction.
pub(super) fn held(
    conn: &mut Conn,
    reviews: &PastReviews,
    reach: Reach,
    review: &Instrument,
) -> Result<Found, StoreError> {
    look(conn, reviews, reach, review, partnerships::hold)
}

fn look(
    conn: &mut Conn,
    reviews: &PastReviews,
    reach: Reach,
    review: &Instrument,
    first: fn(&mut Conn, PartnershipId) -> Result<(), StoreError>,
) -> Result<Found, StoreError> {
    let mut found = match reach {
        Reach::Any => partnerships::called(conn, &reviews.partnership)?,
        Reach::Only(id) => {
            let own = partnerships::find(conn, id)?.filter(|own| own.name == reviews.partnership);
            let Some(own) = own else { return Ok(Found::OutOfReach) };
            vec![own]
        }
    };
    if found.len() > 1 {
        let sentence = "Several partnerships have this name; give the one that is meant another name first.";
        let error = FieldError { field: reviews.spot.at("partnership"), sentence: sentence.to_owned() };
        return Ok(Found::Several(Complaint { error, conflict: true }));
    }
    let Some(partnership) = found.pop() else { return Ok(Found::Nothing) };
    first(conn, partnership.id)?;
    let instrument = instrument_id(reviews, review, partnership.id);
    let mut standing = history::standing(conn, partnership, &instrument)?;
    let is_here = |period: &String| standing.cycles.iter().any(|own| own.period == *period);
    if !reviews.cycles.iter().all(|cycle| is_here(&cycle.period)) {
        history::load_past(conn, &mut standing, &instrument)?;
    }
    Ok(Found::Here(Box::new(standing)))
}

/// Writes what a plan adds.
pub(super) fn write(conn: &mut Conn, actor: &str, plan: &Plan, now: DateTime<Utc>) -> Result<(), StoreError> {
    let Some(new) = &plan.history else { return Ok(()) };
    history::write(conn, new, now)?;
    let waits = new.episodes.iter().any(|own| own.state != FlagState::Cleared);
    if let Some(newest) = new.cycles.last().filter(|_| waits) {
        review::open_imported(conn, (new.partnership_id, &new.instrument_id), newest.id(), now)?;
    }
    let object = new.partnership_id.to_string();
    if new.partnership.is_some() {
        meta::audit(conn, actor, "partnership added", &object, now)?;
    }
    meta::audit(conn, actor, "past reviews imported", &object, now)
}
