//! Cells as tiles, gaps as keels and words.

use evenkeel_charts::Keel;

use super::{Check, drawn};
use crate::domain::ids::SideId;
use crate::domain::publication::{Cell, GapCell, IndicatorCell, Scorecard};
use crate::domain::scoring::{Agreement, Rating, Status, Subject, shown};
use crate::domain::words;
use crate::web::pages::view::{Arrow, Marker, Svg, Tile, Tone};

/// The colour of a rating.
pub fn tone(rating: Rating) -> Tone {
    match rating {
        Rating::Green => Tone::Green,
        Rating::Amber => Tone::Amber,
        Rating::Red => Tone::Red,
        Rating::Grey => Tone::NotRated,
    }
}

/// The tile of one cell, with the change since the check before.
pub fn tile(check: &Check, before: Option<&Check>, subject: &Subject) -> Tile {
    let Some(cell) = check.cell(subject) else { return Tile::unrated("Not asked") };
    let Some(score) = cell.score.filter(|_| cell.rating != Rating::Grey) else {
        return Tile::unrated(check.why_unrated(cell));
    };
    let figure = words::score_words(score, &check.card.marks);
    let mut tile = Tile::rated(tone(cell.rating), figure, cell.rating.word());
    // The dashed frame speaks of a side's few answers, so only where sides are shown.
    tile.provisional = cell.status == Status::Provisional && !cell.sides.is_empty();
    match check.change(before, subject) {
        Some(change) => {
            let (arrow, by) = arrow(change);
            tile.with_change(arrow, by)
        }
        None => tile,
    }
}

/// The direction of a change and its size as shown; below 0.1 it is level.
pub fn arrow(change: f64) -> (Arrow, String) {
    let by = shown(change.abs());
    match by.as_str() {
        "0.0" => (Arrow::Level, by),
        _ if change > 0.0 => (Arrow::Up, by),
        _ => (Arrow::Down, by),
    }
}

/// A difference of two shown figures, without the dust of floating point.
pub fn tenths(change: f64) -> f64 {
    (change * 10.0).round() / 10.0
}

/// Why a tile is grey, in a sentence.
pub fn why_not_shown(cell: &Cell, check: &Check) -> String {
    match cell.status {
        Status::NoData => "no data".to_owned(),
        _ if check.withheld && cell.status != Status::OneSided => {
            "not shown: nobody of your side answered".to_owned()
        }
        Status::OneSided if check.card.sides.len() == 1 => {
            "our view only: no score without the others".to_owned()
        }
        Status::OneSided if cell.sides.is_empty() => "only one side answered".to_owned(),
        Status::OneSided => match silent_in(cell, &check.card).as_slice() {
            [] => "only one side answered".to_owned(),
            names => format!("{} did not answer", words::join(names)),
        },
        _ => words::NOT_SHOWN.to_owned(),
    }
}

/// The names of the sides that gave no answer to a cell whose sides are shown.
fn silent_in(cell: &Cell, card: &Scorecard) -> Vec<String> {
    let silent = |id: SideId| cell.side(id).is_none_or(|own| own.n == 0);
    card.sides.iter().filter(|side| silent(side.id)).map(|side| side.name.clone()).collect()
}

/// The marker of a side.
pub fn marker(card: &Scorecard, side: SideId) -> Marker {
    Marker::at(card.sides.iter().position(|own| own.id == side).unwrap_or_default())
}

/// The word for a gap, for narrow columns.
pub fn gap_word(gap: &GapCell) -> &'static str {
    gap.label.as_str()
}

/// The indicator whose sides stand furthest apart.
pub fn widest_gap(card: &Scorecard) -> Option<(&IndicatorCell, &GapCell)> {
    let gaps = card.indicators.iter().filter_map(|own| Some((own, own.cell.gap.as_ref()?)));
    gaps.reduce(|best, other| if other.1.value.abs() > best.1.value.abs() { other } else { best })
}

/// The tilted line of one indicator; only two sides can tilt.
pub fn keel(card: &Scorecard, own: &IndicatorCell) -> Option<Svg> {
    let [first, second] = card.sides.as_slice() else { return None };
    let mean = |id: SideId| own.cell.side(id).and_then(|side| side.mean);
    let (left, right) = (mean(first.id)?, mean(second.id)?);
    let figure = |value: f64| words::score_words(value, &card.marks);
    let title = format!("{}: {} {}, {} {}", own.name, first.name, figure(left), second.name, figure(right));
    drawn(Keel { title, left: Some(left), right: Some(right) }.svg(false))
}

/// The agreement within one side as one word; `None` where nothing is said of it.
pub fn agreement(word: Agreement) -> Option<String> {
    words::agreement_words(word).map(|_| word.as_str().to_owned())
}
