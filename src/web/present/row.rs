//! One row of the portfolio page.

use super::{Reader, age, charts, drawn, flags, plural, review, scorecard, tiles};
use crate::domain::partnership::PartnershipState;
use crate::domain::scoring::{Status, Subject};
use crate::domain::words;
use crate::store::flags::Flag;
use crate::web::pages::view::portfolio::Row;
use crate::web::pages::view::{Svg, Tile};
use crate::workflow::standing::Column;
pub use crate::workflow::standing::{Line, Need};

/// The row; `most` is the largest debt in view.
pub fn row(line: &Line, columns: &[Column], most: u32, reader: &Reader) -> Row {
    let (finding, sentence) = line.sentence();
    let (keel, gap, gap_words) = gap(line);
    let share = (line.debt * 100).checked_div(most).unwrap_or(0);
    Row {
        name: line.name().to_owned(),
        href: href(line),
        note: note(line, reader),
        debt: line.debt.to_string(),
        debt_share: u8::try_from(share).unwrap_or(100),
        debt_note: debt_note(line, reader),
        overall: tile(line, &Subject::Overall),
        cells: columns.iter().map(|own| cell(line, &Subject::Indicator(own.id.clone()))).collect(),
        keel,
        gap,
        gap_words,
        finding: finding.to_owned(),
        sentence: sentence.to_owned(),
        spark: charts::spark(line.history()).and_then(|spark| drawn(spark.svg(false))),
        answered: line.history().latest().map(scorecard::response).unwrap_or_default(),
        next_check: next_check(line, reader),
    }
}

/// The partnership's page.
pub(super) fn href(line: &Line) -> String {
    format!("/partnerships/{}", line.seat().partnership.id)
}

/// A tile, and where its flag stands with its reason.
fn cell(line: &Line, subject: &Subject) -> (Tile, Option<String>) {
    let open: Vec<&Flag> = line.flags().iter().collect();
    let flag = flags::of_subject(&open, subject);
    (tile(line, subject), flag.map(|flag| format!("{}#{}", href(line), review::anchor(flag.id))))
}

fn tile(line: &Line, subject: &Subject) -> Tile {
    match line.history().latest() {
        Some(check) => tiles::tile(check, line.history().previous(), subject),
        None => Tile::unrated("No data"),
    }
}

fn note(line: &Line, reader: &Reader) -> String {
    if let Some(late) = line.late(reader.now) {
        return super::late_words(late);
    }
    match (line.seat().partnership.state, line.history().latest()) {
        (PartnershipState::Active, Some(check)) => check.card.period.clone(),
        (PartnershipState::Active, None) => "no check yet".to_owned(),
        (state, Some(check)) => format!("{state} · {}", check.card.period),
        (state, None) => state.to_string(),
    }
}

fn debt_note(line: &Line, reader: &Reader) -> String {
    match line.oldest_flag() {
        None if line.flags().is_empty() => "no flag".to_owned(),
        None => "all answered".to_owned(),
        Some(since) => {
            let waiting = line.unanswered().count() as u64;
            format!("{}, {}", plural(waiting, "flag"), age(since, reader.now))
        }
    }
}

fn gap(line: &Line) -> (Option<Svg>, Option<String>, String) {
    let Some(check) = line.history().latest() else { return (None, None, String::new()) };
    let Some((own, gap)) = tiles::widest_gap(&check.card) else {
        let nothing =
            matches!(check.card.overall.status, Status::OneSided | Status::NoData) && !check.withheld;
        let why = if nothing { "no gap" } else { "not shown" };
        return (None, None, why.to_owned());
    };
    let label = format!("{}, {}", tiles::gap_word(gap), own.short_name);
    (tiles::keel(&check.card, own), Some(words::gap_size_words(gap.value)), label)
}

fn next_check(line: &Line, reader: &Reader) -> String {
    let partnership = &line.seat().partnership;
    match line.next(reader.now) {
        // The two words of a date stay together where the column is narrow.
        (_, Some(closes)) => format!("open to {}", reader.day(closes).replace(' ', "\u{a0}")),
        (Some(opens), None) => reader.day(opens),
        (None, None) if partnership.state.opens_cycles() => "none planned".to_owned(),
        (None, None) => partnership.state.to_string(),
    }
}
