//! The portfolio as rows of a table, one for each partnership: what its page shows, for spreadsheets.
//!
//! Law: a row says what [`PortfolioRow`] says and no more. Used by the file of the page.

use std::collections::BTreeSet;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use super::flat::text;
use super::portfolio::{PortfolioCell, PortfolioRow};
use crate::web::present::row::Line;

const FIRST: [&str; 15] = [
    "partnership_id",
    "partnership",
    "state",
    "need",
    "conflict_debt",
    "flags_to_act_on",
    "flags_to_discuss",
    "flags_unanswered",
    "oldest_flag_at",
    "actions_overdue",
    "period",
    "closed_at",
    "overall_score",
    "overall_rating",
    "overall_change",
];
const LAST: [&str; 9] = [
    "widest_gap_indicator",
    "widest_gap",
    "widest_gap_label",
    "widest_gap_between",
    "invited",
    "answered",
    "sentence",
    "next_opens_at",
    "closes_at",
];

/// The heads and the rows. Every indicator that one of them has gets its columns.
pub fn rows(lines: &[Line], now: DateTime<Utc>) -> Vec<Vec<String>> {
    let row = |line| PortfolioRow::new(line, now);
    let all: Vec<(PortfolioRow, usize)> =
        lines.iter().map(|line| (row(line), line.overdue_actions(now))).collect();
    let newest = || all.iter().filter_map(|(row, _)| row.newest.as_ref());
    let indicators: BTreeSet<&String> = newest().flat_map(|own| own.indicators.keys()).collect();
    let of_each = |id: &&String| ["score", "rating", "change"].map(|what| text(&format!("{id}_{what}")));
    let head = FIRST.map(str::to_owned).into_iter().chain(indicators.iter().flat_map(of_each));
    let head = head.chain(LAST.map(str::to_owned)).collect();
    std::iter::once(head).chain(all.iter().map(|(row, overdue)| cells(row, *overdue, &indicators))).collect()
}

fn cells(row: &PortfolioRow, overdue: usize, indicators: &BTreeSet<&String>) -> Vec<String> {
    let newest = row.newest.as_ref();
    let mut cells = vec![
        row.partnership_id.to_string(),
        text(&row.name),
        row.state.to_string(),
        word(&row.need),
        row.conflict_debt.to_string(),
        row.flags_to_act_on.to_string(),
        row.flags_to_discuss.to_string(),
        row.flags_unanswered.to_string(),
        instant(row.oldest_flag_at),
        overdue.to_string(),
        text(newest.map_or("", |own| &own.period)),
        instant(newest.map(|own| own.closed_at)),
    ];
    cells.extend(cell(newest.map(|own| &own.overall)));
    for id in indicators {
        cells.extend(cell(newest.and_then(|own| own.indicators.get(*id))));
    }
    let gap = newest.and_then(|own| own.widest_gap.as_ref());
    let sum = |of: fn(&super::card::Response) -> u32| {
        newest.map(|own| own.response.values().map(of).sum::<u32>().to_string()).unwrap_or_default()
    };
    cells.extend([
        text(gap.map_or("", |own| &own.indicator)),
        gap.map(|own| own.gap.value.to_string()).unwrap_or_default(),
        gap.map(|own| word(&own.gap.label)).unwrap_or_default(),
        text(&gap.map(|own| own.gap.between.join(" − ")).unwrap_or_default()),
        sum(|own| own.invited),
        sum(|own| own.answered),
        text(&row.sentence),
        instant(row.next_cycle.opens_at),
        instant(row.next_cycle.closes_at),
    ]);
    cells
}

fn cell(own: Option<&PortfolioCell>) -> [String; 3] {
    let figure = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    own.map_or_else(Default::default, |own| [figure(own.score), own.rating.to_string(), figure(own.change)])
}

fn instant(at: Option<DateTime<Utc>>) -> String {
    at.map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true)).unwrap_or_default()
}

/// The word of the interface.
fn word(need: &impl Serialize) -> String {
    serde_json::to_value(need).ok().and_then(|own| own.as_str().map(str::to_owned)).unwrap_or_default()
}
