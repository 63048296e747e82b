//! Scorecards as rows of a table: one for the overall score and one for each indicator.
//!
//! Law: a row says what the scorecard says and no more; a text that a spreadsheet would take for a formula begins with an
//! apostrophe. Used by the export of the interface and that of the command line.

use std::fmt::Display;

use super::card::{Cell, Scorecard};

/// The sides that a row has room for.
const SIDES: usize = 4;

const COLUMNS: [&str; 41] = [
    "partnership_id",
    "partnership",
    "cycle_id",
    "period",
    "closed_at",
    "instrument",
    "version",
    "mode",
    "subject",
    "indicator",
    "status",
    "score",
    "rating",
    "rating_reason",
    "precision",
    "interval_low",
    "interval_high",
    "gap_first",
    "gap_second",
    "gap",
    "gap_low",
    "gap_high",
    "gap_clear",
    "gap_label",
    "level_drift",
    "level_drift_onset",
    "level_drift_change",
    "level_drift_low",
    "level_drift_high",
    "level_drift_z",
    "level_drift_z_up",
    "gap_drift",
    "gap_drift_onset",
    "gap_drift_change",
    "gap_drift_low",
    "gap_drift_high",
    "gap_drift_z",
    "gap_drift_first",
    "gap_drift_second",
    "action_required",
    "suppressed",
];
const OF_SIDE: [&str; 8] =
    ["name", "invited", "answered", "n", "mean", "interval_low", "interval_high", "agreement"];

/// The names of the columns; those of the sides, in the order of their names, come last.
pub fn header() -> Vec<String> {
    let sides = (1..=SIDES).flat_map(|side| OF_SIDE.map(|name| format!("side_{side}_{name}")));
    COLUMNS.iter().map(|name| (*name).to_owned()).chain(sides).collect()
}

/// The rows of a scorecard.
pub fn rows(partnership: &str, card: &Scorecard) -> Vec<Vec<String>> {
    let overall = (None, &card.overall);
    let indicators = card.indicators.iter().map(|(id, cell)| (Some(id.as_str()), cell));
    std::iter::once(overall).chain(indicators).map(|(id, cell)| row(partnership, card, id, cell)).collect()
}

fn row(partnership: &str, card: &Scorecard, indicator: Option<&str>, cell: &Cell) -> Vec<String> {
    let mut row = vec![
        card.partnership_id.to_string(),
        text(partnership),
        card.cycle_id.to_string(),
        text(&card.period),
        card.closed_at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true),
        card.instrument.id.clone(),
        card.instrument.version.to_string(),
        card.mode.to_string(),
        if indicator.is_some() { "indicator" } else { "overall" }.to_owned(),
        text(indicator.unwrap_or_default()),
        cell.status.to_string(),
        told(cell.score),
        cell.rating.to_string(),
        told(cell.rating_reason),
        told(cell.precision),
    ];
    row.extend(ends(cell.interval));
    let gap = cell.gap.as_ref();
    row.extend(pair(gap.map(|own| &own.between)));
    row.push(told(gap.map(|own| own.value)));
    row.extend(ends(gap.and_then(|own| own.interval)));
    row.extend([told(gap.map(|own| own.clear)), told(gap.map(|own| own.label))]);
    let (level, distance) = (&cell.drift.level, &cell.drift.gap);
    row.extend([told(level.state), text(level.onset.as_deref().unwrap_or_default()), told(level.change)]);
    row.extend(ends(level.interval));
    row.extend([told(level.z), told(level.z_up)]);
    row.extend([
        told(distance.state),
        text(distance.onset.as_deref().unwrap_or_default()),
        told(distance.change),
    ]);
    row.extend(ends(distance.interval));
    row.push(told(distance.z));
    row.extend(pair(distance.between.as_ref()));
    row.extend([text(cell.action_required.as_deref().unwrap_or_default()), cell.suppressed.to_string()]);
    let mut sides = card.response.iter();
    for _ in 0..SIDES {
        let Some((name, response)) = sides.next() else {
            row.extend(OF_SIDE.map(|_| String::new()));
            continue;
        };
        let figures = cell.sides.get(name);
        row.extend([text(name), response.invited.to_string(), response.answered.to_string()]);
        row.extend([told(figures.map(|own| own.n)), told(figures.and_then(|own| own.mean))]);
        row.extend(ends(figures.and_then(|own| own.interval)));
        row.push(told(figures.and_then(|own| own.agreement)));
    }
    row
}

/// A figure or word of ours; nothing where there is none.
fn told(value: Option<impl Display>) -> String {
    value.map(|own| own.to_string()).unwrap_or_default()
}

fn ends(interval: Option<[f64; 2]>) -> [String; 2] {
    interval.map_or_else(|| [String::new(), String::new()], |ends| ends.map(|end| end.to_string()))
}

fn pair(between: Option<&[String; 2]>) -> [String; 2] {
    between.map_or_else(|| [String::new(), String::new()], |[a, b]| [text(a), text(b)])
}

/// A text from people, safe to open in a spreadsheet.
pub fn text(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}

/// Rows as CSV.
///
/// # Panics
/// When memory does not take what is written to it, which is never.
pub fn csv(rows: impl IntoIterator<Item = Vec<String>>) -> Vec<u8> {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
    for row in rows {
        writer.write_record(row).expect("a row can always be written to memory");
    }
    writer.into_inner().expect("memory takes what is written to it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_begins_like_a_formula_is_defused() {
        for cell in ["=cmd|' /C calc'!A0", "+1", "-1", "@x", "\tx"] {
            assert_eq!(text(cell), format!("'{cell}"));
        }
        assert_eq!(text("Northmoor = Brightwater"), "Northmoor = Brightwater");
        assert_eq!(header().len(), COLUMNS.len() + SIDES * OF_SIDE.len());
    }
}
