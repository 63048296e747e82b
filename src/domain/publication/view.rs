//! No answers, no view: what of a scorecard one viewer sees.
//!
//! Law: a side from which nobody answered sees counts only; when only one side answered, that side sees its own
//! mean and nobody else does. Nor does a later scorecard tell them what they did not see: a rating that hysteresis
//! holds back would, so it is shown as its own figures make it. Called wherever scorecards are read for a person
//! or a token.

use super::{
    super::{
        flags::{FlagState, FlagSubject, Reason},
        ids::SideId,
        instrument::Thresholds,
        scoring::{RatingReason, Status, Subject},
    },
    CardFlag, Cell, Marks, Scorecard,
    unseen::by_itself,
};

/// Scorecards as a viewer of this side sees them, each by itself: which others are read beside it makes no difference.
#[must_use]
pub fn views_for(cards: &[Scorecard], viewer_side: Option<SideId>) -> Vec<Scorecard> {
    cards.iter().map(|card| view_for(card, viewer_side)).collect()
}

/// One scorecard as a viewer of this side sees it; `None` is somebody who stands on no side.
#[must_use]
pub fn view_for(card: &Scorecard, viewer_side: Option<SideId>) -> Scorecard {
    if !sees(card, viewer_side) {
        return counts_only(card);
    }
    let mut view = card.clone();
    let Some(side) = viewer_side else { return view };
    let unseen = |subject: Subject| match &card.unseen {
        Some(all) => all.iter().any(|own| own.side == side && own.subjects.contains(&subject)),
        // Of two sides none can be silent while there is a rating.
        None => card.sides.len() > 2,
    };
    let marks = card.marks;
    if unseen(Subject::Overall) {
        release(&mut view.overall, &marks);
    }
    for own in &mut view.indicators {
        if unseen(Subject::Indicator(own.id.clone())) {
            release(&mut own.cell, &marks);
            own.cell.action_required = own.actions.for_rating(own.cell.rating).map(str::to_owned);
        }
    }
    view.flags.retain_mut(|flag| {
        if let Some(unseen) = card.unseen_reasons(viewer_side, flag.id) {
            flag.reasons.retain(|reason| !unseen.contains(reason));
            flag.severity = flag.reasons.iter().map(|reason| reason.severity()).min();
        }
        flag.state == FlagState::Cleared || flag.severity.is_some()
    });
    view
}

/// Rates a cell that hysteresis holds by the figures it shows.
fn release(cell: &mut Cell, marks: &Marks) {
    if cell.rating_reason == Some(RatingReason::Hysteresis)
        && let Some((rating, reason)) = by_itself(cell, marks)
    {
        (cell.rating, cell.rating_reason) = (rating, Some(reason));
    }
}

fn answered(card: &Scorecard) -> Vec<SideId> {
    card.response.iter().filter(|r| r.answered > 0).map(|r| r.side).collect()
}

/// Whether a viewer of this side sees more of a scorecard than the counts.
pub(super) fn sees(card: &Scorecard, viewer_side: Option<SideId>) -> bool {
    match (answered(card).as_slice(), viewer_side) {
        ([only], viewer) => viewer == Some(*only),
        ([], _) | (_, None) => true,
        (several, Some(side)) => several.contains(&side),
    }
}

fn counts_only(card: &Scorecard) -> Scorecard {
    let few = |n: u32| n < Thresholds::default().enough_answers;
    let status = match answered(card).len() {
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
    view.unseen = Some(Vec::new());
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
