//! The partnerships of a digest as a picture, drawn while the letter is composed and outside of every transaction that writes.

use evenkeel_charts::{Portfolio, PortfolioRow, PortfolioTile, Theme, TileRating};

use super::super::super::standing::{Column, Line as Standing};
use crate::domain::scoring::{Rating, Status, Subject};
use crate::domain::words;

/// The bytes of a PNG file; none where there is nothing to draw, or it cannot be drawn: the words say the same.
pub(super) fn of(lines: &[&Standing], columns: &[Column]) -> Option<Vec<u8>> {
    let measured = |line: &&&Standing| line.history().latest().is_some();
    let rows: Vec<PortfolioRow> = lines.iter().filter(measured).map(|line| row(line, columns)).collect();
    if rows.is_empty() {
        return None;
    }
    let heads = std::iter::once("Overall").chain(columns.iter().map(|own| own.short.as_str()));
    let picture = Portfolio {
        title: "Portfolio".to_owned(),
        description: "Overall score and indicators by rating, and conflict debt.".to_owned(),
        columns: heads.map(str::to_owned).collect(),
        rows,
    };
    let drawn = picture.png(Theme::Light);
    drawn.inspect_err(|error| tracing::error!(%error, "a digest goes without its picture")).ok()
}

fn row(line: &Standing, columns: &[Column]) -> PortfolioRow {
    let indicators = columns.iter().map(|own| Subject::Indicator(own.id.clone()));
    PortfolioRow {
        name: line.name().to_owned(),
        tiles: std::iter::once(Subject::Overall).chain(indicators).map(|own| tile(line, &own)).collect(),
        debt: line.debt,
    }
}

fn tile(line: &Standing, subject: &Subject) -> PortfolioTile {
    let none = PortfolioTile { rating: TileRating::NotRated, figure: None, provisional: false };
    let found = line.history().latest().and_then(|check| Some((check, check.cell(subject)?)));
    let Some((check, cell)) = found else { return none };
    let rating = match cell.rating {
        Rating::Green => TileRating::Green,
        Rating::Amber => TileRating::Amber,
        Rating::Red => TileRating::Red,
        Rating::Grey => return none,
    };
    let Some(score) = cell.score else { return none };
    PortfolioTile {
        rating,
        figure: Some(words::score_words(score, &check.card.marks)),
        provisional: cell.status == Status::Provisional && !cell.sides.is_empty(),
    }
}
