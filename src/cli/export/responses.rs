//! Answers with names, as a history document.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::domain::answers::Answers;
use crate::domain::cycle::CycleState;
use crate::domain::mode::Mode;
use crate::domain::publication::Scorecard;
use crate::store::partnerships::Partnership;
use crate::store::{Conn, StoreError, cycles, responses, scorecards};
use crate::web::api::flat;

/// A partnership and cycles of one instrument that followed each other.
#[derive(Debug, Serialize)]
pub(super) struct Document {
    partnership: String,
    sides: Vec<String>,
    indicators: Vec<String>,
    mode: Mode,
    cycles: Vec<Cycle>,
}

#[derive(Debug, Serialize)]
struct Cycle {
    period: String,
    opened_at: DateTime<Utc>,
    closed_at: DateTime<Utc>,
    invited: BTreeMap<String, u32>,
    rebaseline: bool,
    responses: Vec<Response>,
}

#[derive(Debug, Serialize)]
struct Response {
    respondent: String,
    side: String,
    answers: Answers,
}

/// The named cycles of a partnership in the order of time, a document for each run of cycles of one instrument: an import
/// takes them one after the other, and nothing goes in before what is there.
pub(super) fn of(conn: &mut Conn, partnership: &Partnership) -> Result<Vec<Document>, StoreError> {
    let mut all: Vec<(String, Document)> = Vec::new();
    let cards = scorecards::all_of(conn, partnership.id)?;
    for card in cards.iter().filter(|card| card.mode == Mode::Named) {
        let Some(row) = cycles::find(conn, card.cycle_id)?.filter(|own| own.state == CycleState::Closed)
        else {
            continue;
        };
        if all.last().is_none_or(|(instrument, _)| *instrument != card.instrument.id) {
            all.push((card.instrument.id.clone(), Document::new(partnership, card)));
        }
        let Some((_, document)) = all.last_mut() else { continue };
        for own in &card.indicators {
            if !document.indicators.contains(&own.id) {
                document.indicators.push(own.id.clone());
            }
        }
        document.cycles.push(cycle(conn, card, row.rebaseline)?);
    }
    Ok(all.into_iter().map(|(_, document)| document).collect())
}

impl Document {
    /// Without cycles yet.
    fn new(partnership: &Partnership, card: &Scorecard) -> Self {
        Self {
            partnership: partnership.name.clone(),
            sides: card.sides.iter().map(|own| own.name.clone()).collect(),
            indicators: Vec::new(),
            mode: Mode::Named,
            cycles: Vec::new(),
        }
    }
}

fn cycle(conn: &mut Conn, card: &Scorecard, rebaseline: bool) -> Result<Cycle, StoreError> {
    let name = |id| card.side_name(id).unwrap_or_default().to_owned();
    let responses = responses::with_names(conn, card.cycle_id)?.into_iter().map(|own| Response {
        respondent: own.respondent,
        side: name(own.side_id),
        answers: own.answers,
    });
    Ok(Cycle {
        period: card.period.clone(),
        opened_at: card.opened_at,
        closed_at: card.closed_at,
        invited: card.response.iter().map(|own| (name(own.side), own.invited)).collect(),
        rebaseline,
        responses: responses.collect(),
    })
}

/// The columns of the long form.
pub(super) fn header() -> Vec<String> {
    ["partnership", "period", "side", "respondent", "indicator", "answer"].map(str::to_owned).to_vec()
}

/// One row for each answer.
pub(super) fn rows(document: &Document) -> Vec<u8> {
    flat::csv(document.cycles.iter().flat_map(|cycle| {
        cycle.responses.iter().flat_map(move |own| {
            own.answers.iter().map(move |(indicator, answer)| {
                vec![
                    flat::text(&document.partnership),
                    flat::text(&cycle.period),
                    flat::text(&own.side),
                    flat::text(&own.respondent),
                    flat::text(indicator),
                    answer.map_or_else(String::new, |point| point.to_string()),
                ]
            })
        })
    }))
}
