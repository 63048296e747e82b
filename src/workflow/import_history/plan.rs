//! What an import would do to one partnership: everything is decided and scored here, before any lock is taken.
//!
//! Law: what is frozen stays. The same period with the same content is left alone, other content is a conflict, and new
//! periods come after every frozen one and before the partnership's first own cycle.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::digest::digest;
use super::people::People;
use super::replay::{self, Cast};
use crate::domain::close::{Respondent, SideAsked};
use crate::domain::cycle::CycleState;
use crate::domain::history::{Bounds, PastCycle, PastReviews, Told, Window, times};
use crate::domain::ids::{PartnershipId, SideId};
use crate::domain::instrument::{Instrument, REVIEW, own_id};
use crate::domain::partnership::PartnershipState;
use crate::store::StoreError;
use crate::store::history::{HISTORIC, KnownCycle, NewHistory, NewPartnership, Standing};
use crate::store::partnerships::Side;
use crate::workflow::FieldError;

/// Something that keeps a partnership from being imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// Where, and what to do.
    pub error: FieldError,
    /// Whether it is what stands here that is in the way; else the document is wrong by itself.
    pub conflict: bool,
}

/// Why there is no plan.
pub(super) enum NoPlan {
    Refused(Vec<Complaint>),
    Store(StoreError),
}

impl From<StoreError> for NoPlan {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl NoPlan {
    pub(super) fn conflict(field: String, sentence: impl Into<String>) -> Self {
        Self::Refused(vec![Complaint {
            error: FieldError { field, sentence: sentence.into() },
            conflict: true,
        }])
    }

    fn wrong(field: String, sentence: impl Into<String>) -> Self {
        Self::Refused(vec![Complaint {
            error: FieldError { field, sentence: sentence.into() },
            conflict: false,
        }])
    }
}

/// What happened to one partnership of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// Its name.
    pub partnership: String,
    /// Whether it is new here.
    pub added: bool,
    /// Cycles that were added.
    pub cycles_added: usize,
    /// Cycles that are here already with the same content.
    pub cycles_unchanged: usize,
    /// Responses that were added.
    pub responses: usize,
    /// Answers in them, "don't know" included.
    pub answers: usize,
}

/// What is to be written, and what to say of it. Nothing is to be written where no cycle is new.
pub(super) struct Plan {
    pub history: Option<NewHistory>,
    pub outcome: Imported,
}

/// What holds for the whole import.
pub(super) struct Frame<'a> {
    /// The published review.
    pub review: &'a Instrument,
    /// The zone of new partnerships.
    pub zone: &'a str,
    pub now: DateTime<Utc>,
}

/// The instrument that a document's cycles belong to, where the partnership has this identifier.
pub(super) fn instrument_id(reviews: &PastReviews, review: &Instrument, id: PartnershipId) -> String {
    if review.asks_all(&reviews.indicators) { REVIEW.to_owned() } else { own_id(id) }
}

/// Decides and scores.
pub(super) fn plan(
    reviews: &PastReviews,
    standing: Option<&Standing>,
    frame: &Frame<'_>,
) -> Result<Plan, NoPlan> {
    let partnership_id = standing.map_or_else(|| PartnershipId::mint(frame.now), |own| own.partnership.id);
    let sides = sides(reviews, standing, frame.now)?;
    let digests: Vec<String> = reviews.cycles.iter().map(|cycle| digest(reviews, cycle)).collect();
    let known = standing.map_or(&[][..], |own| own.cycles.as_slice());
    let first_new = already_here(reviews, &digests, known)?;
    let mut outcome = Imported {
        partnership_id,
        partnership: reviews.partnership.clone(),
        added: standing.is_none(),
        cycles_added: reviews.cycles.len() - first_new,
        cycles_unchanged: first_new,
        responses: 0,
        answers: 0,
    };
    let new = &reviews.cycles[first_new..];
    if new.is_empty() {
        return Ok(Plan { history: None, outcome });
    }
    if standing.is_some_and(|own| own.partnership.state == PartnershipState::Ended) {
        return Err(NoPlan::conflict(reviews.spot.at("partnership"), "This partnership has ended."));
    }
    let windows = windows(new, known, frame.now)?;
    let (instrument, publish) = instrument(reviews, standing, partnership_id, frame.review);
    let mut people = People::new(reviews, standing, frame.now);
    let who = new
        .iter()
        .map(|cycle| who_answered(reviews, cycle, &mut people))
        .collect::<Result<Vec<Vec<Respondent>>, NoPlan>>()?;
    let cast = Cast { partnership_id, reviews, instrument: &instrument, sides: &sides };
    let replayed = replay::replay(&cast, new, (&windows, &who, &digests[first_new..]), standing)?;
    outcome.responses = new.iter().map(|cycle| cycle.responses.len()).sum();
    outcome.answers = new.iter().flat_map(|cycle| &cycle.responses).map(|own| own.answers.len()).sum();
    let history = NewHistory {
        partnership_id,
        partnership: standing.is_none().then(|| NewPartnership {
            name: reviews.partnership.clone(),
            zone: frame.zone.to_owned(),
            sides: sides.asked.iter().map(|own| (own.side, own.name.clone())).collect(),
        }),
        instrument_id: instrument.id.clone(),
        instrument: publish.then_some(instrument),
        pseudonyms: people.into_new(),
        cycles: replayed.cycles,
        episodes: replayed.episodes,
    };
    Ok(Plan { history: Some(history), outcome })
}

/// The sides of the partnership, and where the document's sides are among them.
pub(super) struct Sides {
    /// In the partnership's order.
    pub asked: Vec<SideAsked>,
    /// By the document's positions.
    pub place_of: Vec<usize>,
}

fn sides(reviews: &PastReviews, standing: Option<&Standing>, now: DateTime<Utc>) -> Result<Sides, NoPlan> {
    let Some(standing) = standing else {
        let new = |name: &String| SideAsked { side: SideId::mint(now), name: name.clone(), invited: 0 };
        let asked: Vec<SideAsked> = reviews.sides.iter().map(new).collect();
        return Ok(Sides { place_of: (0..asked.len()).collect(), asked });
    };
    let here =
        |name: &String| standing.sides.iter().position(|own| own.name.to_lowercase() == name.to_lowercase());
    let place_of: Option<Vec<usize>> = reviews.sides.iter().map(here).collect();
    let Some(place_of) = place_of.filter(|places| places.len() == standing.sides.len()) else {
        let names: Vec<&str> = standing.sides.iter().map(|own| own.name.as_str()).collect();
        let sentence = format!(
            "The partnership of this name has the sides {}. Name the same ones, or give the partnership another name.",
            names.join(", ")
        );
        return Err(NoPlan::wrong(reviews.spot.at("sides"), sentence));
    };
    let asked = |own: &Side| SideAsked { side: own.id, name: own.name.clone(), invited: 0 };
    Ok(Sides { asked: standing.sides.iter().map(asked).collect(), place_of })
}

/// How many cycles of the document, from its beginning, are frozen here with the same content.
fn already_here(reviews: &PastReviews, digests: &[String], known: &[KnownCycle]) -> Result<usize, NoPlan> {
    let by_period: HashMap<&str, &KnownCycle> = known.iter().map(|own| (own.period.as_str(), own)).collect();
    let mut first_new = None;
    let mut complaints = Vec::new();
    let mut refuse = |cycle: &PastCycle, sentence: &str| {
        let error = FieldError { field: cycle.spot.at("period"), sentence: sentence.to_owned() };
        complaints.push(Complaint { error, conflict: true });
    };
    for (at, (cycle, digest)) in reviews.cycles.iter().zip(digests).enumerate() {
        match (by_period.get(cycle.period.as_str()), first_new) {
            (None, _) => first_new = first_new.or(Some(at)),
            (Some(own), _) if own.digest.as_ref() != Some(digest) => refuse(
                cycle,
                if own.origin == HISTORIC {
                    "A review of this period is here already with other content, and what is frozen never changes."
                } else {
                    "The partnership has a cycle of its own of this period."
                },
            ),
            (Some(_), None) => {}
            (Some(_), Some(_)) => refuse(
                cycle,
                "This review is here already, and the document puts new ones before it; nothing is put in before a \
                 frozen one.",
            ),
        }
    }
    if complaints.is_empty() {
        Ok(first_new.unwrap_or(reviews.cycles.len()))
    } else {
        Err(NoPlan::Refused(complaints))
    }
}

/// When the new cycles opened and closed.
fn windows(new: &[PastCycle], known: &[KnownCycle], now: DateTime<Utc>) -> Result<Vec<Window>, NoPlan> {
    let live = || known.iter().filter(|own| own.origin != HISTORIC);
    if let Some(closed) = live().find(|own| own.state == CycleState::Closed) {
        let sentence = format!(
            "The partnership's own cycle {} has closed, and its ratings rest on what was here then; nothing is put in \
             before it.",
            closed.period
        );
        return Err(NoPlan::conflict(new[0].spot.at("period"), sentence));
    }
    let bounds = Bounds {
        after: known.iter().filter_map(|own| own.closed_at).max().map(|own| own.and_utc()),
        before: live().filter(|own| own.state == CycleState::Open).map(|own| own.opens_at.and_utc()).min(),
        now,
    };
    let told: Vec<Told<'_>> = new
        .iter()
        .map(|own| Told { period: &own.period, opened_at: own.opened_at, closed_at: own.closed_at })
        .collect();
    times(&told, bounds).map_err(|(at, field, error)| {
        let (field, sentence) = (new[at].spot.at(field), error.to_string());
        if error.is_conflict() { NoPlan::conflict(field, sentence) } else { NoPlan::wrong(field, sentence) }
    })
}

/// The instrument that the cycles are scored with, and whether it has to be published first.
fn instrument(
    reviews: &PastReviews,
    standing: Option<&Standing>,
    id: PartnershipId,
    review: &Instrument,
) -> (Instrument, bool) {
    if review.asks_all(&reviews.indicators) {
        return (review.narrowed(&reviews.indicators), false);
    }
    let known = standing.and_then(|own| own.instrument.as_ref());
    let same = |own: &&Instrument| {
        own.indicators.len() == reviews.indicators.len() && own.asks_all(&reviews.indicators)
    };
    if let Some(own) = known.filter(same) {
        return (own.clone(), false);
    }
    let version = known.map_or(1, |own| own.version + 1);
    (Instrument::own(id, version, &reviews.partnership, &reviews.indicators), true)
}

/// Who gave each response of a cycle.
fn who_answered(
    reviews: &PastReviews,
    cycle: &PastCycle,
    people: &mut People<'_>,
) -> Result<Vec<Respondent>, NoPlan> {
    let mut seen = HashSet::new();
    let mut all = Vec::with_capacity(cycle.responses.len());
    for response in &cycle.responses {
        let who = response.person.map_or(Respondent::Nobody, |person| people.of(person));
        if who != Respondent::Nobody && !seen.insert((response.side, who)) {
            let label = response.person.map_or("", |person| &reviews.people[person]);
            let sentence = format!(
                "\"{label}\" is a member who has answered for this side in this cycle already, under another name."
            );
            return Err(NoPlan::wrong(cycle.spot.at("respondent"), sentence));
        }
        all.push(who);
    }
    Ok(all)
}
