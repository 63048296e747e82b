//! The scorecard under review as a small table: what the meeting is about, on paper, too.

use super::super::{Check, History, scorecard, tiles};
use crate::domain::ids::{CycleId, SideId};
use crate::domain::publication::Cell;
use crate::domain::scoring::Subject;
use crate::domain::words;
use crate::web::pages::view::parts::SideNote;
use crate::web::pages::view::review::{CardRow, CardTable};

/// The table of one check; `None` where it shows the reader neither a rating nor a side's mean. Where a side was silent
/// nothing is rated, and what the other side answered stands here alone.
pub fn table(history: &History, cycle: CycleId) -> Option<CardTable> {
    let place = history.checks().iter().position(|check| check.card.cycle_id == cycle)?;
    let check = &history.checks()[place];
    let before = place.checked_sub(1).map(|earlier| &history.checks()[earlier]);
    let told = |cell: &Cell| cell.sides.iter().any(|side| side.mean.is_some());
    if !check.is_rated() && !check.card.cells().any(told) {
        return None;
    }
    let indicators = check.card.indicators.iter().map(|own| Subject::Indicator(own.id.clone()));
    let subjects = std::iter::once(Subject::Overall).chain(indicators);
    Some(CardTable {
        sides: if check.card.sides_shown { scorecard::response(check) } else { Vec::new() },
        rows: subjects.filter_map(|subject| row(check, before, &subject)).collect(),
    })
}

fn row(check: &Check, before: Option<&Check>, subject: &Subject) -> Option<CardRow> {
    let cell = check.cell(subject)?;
    let (gap, label, _) = scorecard::gap(cell, check);
    let means = check.card.sides.iter().map(|side| mean(cell, check, side.id));
    Some(CardRow {
        indicator: check.name(subject).to_owned(),
        tile: tiles::tile(check, before, subject),
        means: if check.card.sides_shown { means.collect() } else { Vec::new() },
        gap: [gap.unwrap_or_default(), label].join(" ").trim().to_owned(),
        action: cell.action_required.clone().unwrap_or_default(),
    })
}

/// A side's mean, and from how many answers.
fn mean(cell: &Cell, check: &Check, side: SideId) -> SideNote {
    let own = cell.side(side);
    let figure = own.and_then(|own| Some((own.mean?, own.n)));
    SideNote {
        marker: tiles::marker(&check.card, side),
        name: check.card.side_name(side).unwrap_or_default().to_owned(),
        text: figure.map_or_else(
            || "–".to_owned(),
            |(mean, n)| format!("{} (n {n})", words::score_words(mean, &check.card.marks)),
        ),
        warning: None,
    }
}
