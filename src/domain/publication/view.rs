//! No answers, no view: what of a scorecard one viewer sees.
//!
//! Law: a side from which nobody answered sees counts only; when only one side answered, that side sees its own
//! mean and nobody else does. Called wherever a scorecard is read for a person or a token.

use super::{
    super::{
        flags::{FlagSubject, Reason},
        ids::SideId,
        instrument::Thresholds,
        scoring::Status,
    },
    CardFlag, Cell, Scorecard,
};

/// The scorecard as a viewer of this side sees it; `None` is somebody who stands on no side.
#[must_use]
pub fn view_for(card: &Scorecard, viewer_side: Option<SideId>) -> Scorecard {
    let answered: Vec<SideId> = card.response.iter().filter(|r| r.answered > 0).map(|r| r.side).collect();
    let sees = match (answered.as_slice(), viewer_side) {
        ([only], viewer) => viewer == Some(*only),
        ([], _) | (_, None) => true,
        (several, Some(side)) => several.contains(&side),
    };
    if sees { card.clone() } else { counts_only(card, answered.len()) }
}

fn counts_only(card: &Scorecard, answered: usize) -> Scorecard {
    let few = |n: u32| n < Thresholds::default().enough_answers;
    let status = match answered {
        0 => Status::NoData,
        1 => Status::OneSided,
        n if n < card.sides.len() => Status::Partial,
        _ if card.response.iter().any(|r| few(r.answered)) => Status::Provisional,
        _ => Status::Ok,
    };
    let mut view = card.clone();
    view.overall = Cell::hidden(status);
    for own in &mut view.indicators {
        own.cell = Cell::hidden(status);
    }
    view.sides_shown = false;
    view.total_shown = false;
    view.flags = card.flags.iter().filter_map(flag_by_counts).collect();
    view
}

/// What is left of a flag: the reasons that follow from the counts, which everybody sees.
fn flag_by_counts(flag: &CardFlag) -> Option<CardFlag> {
    if flag.subject != FlagSubject::Partnership {
        return None;
    }
    let reasons: Vec<Reason> =
        flag.reasons.iter().copied().filter(|reason| reason.follows_from_counts()).collect();
    // That something else than the counts was cleared would tell of what is not shown.
    (!reasons.is_empty()).then(|| CardFlag {
        severity: reasons.iter().map(|reason| reason.severity()).min(),
        reasons,
        ..flag.clone()
    })
}
