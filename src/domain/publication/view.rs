//! No answers, no view: what of a scorecard one viewer sees.
//!
//! Law: a side from which nobody answered sees counts only; when only one side answered, that side sees its own
//! mean and nobody else does. Nor does a later scorecard tell them what they did not see: a rating that hysteresis
//! holds back would, so it is shown as its own figures make it. Called wherever scorecards are read for a person
//! or a token.

use std::collections::BTreeSet;

use super::{
    super::{
        flags::{FlagSubject, Reason},
        ids::SideId,
        instrument::Thresholds,
        scoring::{Rating, Status, Subject, rate},
    },
    CardFlag, Cell, Marks, Scorecard,
};

/// The scorecards of one partnership and instrument, oldest first, as a viewer of this side sees them.
///
/// "Still amber" says that the rating before was amber or red. After a scorecard that was withheld from the viewer
/// each rating therefore stands without hysteresis, until what the viewer sees is what was published: from then
/// on hysteresis compares with something that they have seen. All of it follows from figures on the same card.
#[must_use]
pub fn views_for(cards: &[Scorecard], viewer_side: Option<SideId>) -> Vec<Scorecard> {
    let mut all_unseen = false;
    let mut seen_since: BTreeSet<Subject> = BTreeSet::new();
    let mut views = Vec::with_capacity(cards.len());
    for card in cards {
        let mut view = view_for(card, viewer_side);
        if view != *card {
            all_unseen = true;
            seen_since.clear();
        } else if all_unseen {
            let marks = view.marks;
            let mut stand = |subject: Subject, cell: &mut Cell| {
                if !seen_since.contains(&subject) && cell.rating != Rating::Grey && !release(cell, &marks) {
                    seen_since.insert(subject);
                }
            };
            stand(Subject::Overall, &mut view.overall);
            for own in &mut view.indicators {
                stand(Subject::Indicator(own.id.clone()), &mut own.cell);
                own.cell.action_required = own.actions.for_rating(own.cell.rating).map(str::to_owned);
            }
        }
        views.push(view);
    }
    views
}

/// Rates a cell by the figures it shows; whether that is another rating than the published one.
fn release(cell: &mut Cell, marks: &Marks) -> bool {
    let Some(score) = cell.score else { return false };
    let means: Vec<f64> = cell.sides.iter().filter_map(|side| side.mean).collect();
    let (rating, reason) = rate(score, &means, None, &Thresholds::from(marks));
    cell.rating_reason = Some(reason);
    let other = rating != cell.rating;
    cell.rating = rating;
    other
}

/// One scorecard as a viewer of this side sees it by itself; `None` is somebody who stands on no side.
#[must_use]
pub(super) fn view_for(card: &Scorecard, viewer_side: Option<SideId>) -> Scorecard {
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
