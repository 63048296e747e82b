//! What a past cycle is made of, in one digest: two documents that say the same give the same.
//!
//! The order of responses, sides and indicators says nothing, nor does an answer that was left out beside a "don't know",
//! nor a number of invited people that is what would have been assumed. Only times that the document gives count: those
//! that are told from elsewhere may come out otherwise another day.

use std::collections::BTreeMap;

use crate::domain::history::{PastCycle, PastReviews};
use crate::secrets;

/// The digest of one cycle.
pub(super) fn digest(reviews: &PastReviews, cycle: &PastCycle) -> String {
    let side = |at: usize| reviews.sides[at].to_lowercase();
    let mut indicators: Vec<&str> = reviews.indicators.iter().map(String::as_str).collect();
    indicators.sort_unstable();
    let invited: BTreeMap<String, u32> =
        cycle.invited.iter().enumerate().map(|(at, number)| (side(at), *number)).collect();
    let mut responses: Vec<_> = cycle
        .responses
        .iter()
        .map(|own| {
            let points =
                own.answers.iter().filter_map(|(id, answer)| answer.map(|point| (id.as_str(), point)));
            (
                side(own.side),
                own.person.map(|at| reviews.people[at].as_str()),
                points.collect::<Vec<(&str, u8)>>(),
            )
        })
        .collect();
    responses.sort_unstable();
    let content = (
        (reviews.mode, &indicators, &cycle.period, cycle.rebaseline),
        (cycle.opened_at, cycle.closed_at),
        invited,
        responses,
    );
    secrets::digest(serde_json::to_string(&content).expect("texts and numbers can always be written as JSON"))
}
