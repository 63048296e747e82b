//! Partnerships under one another: their order, their common columns, and the sentence over them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{Line, Need, Place};
use crate::domain::publication::IndicatorCell;
use crate::domain::words;

/// Longest short name of a column in letters.
const SHORT: usize = 9;

/// An indicator that partnerships are compared in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its stable identifier.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its short name.
    pub brief: String,
    /// A name of at most nine letters.
    pub short: String,
}

/// Partnerships in the order of need: who needs people first.
pub fn in_order(places: Vec<Place>, now: DateTime<Utc>) -> Vec<Line> {
    let mut lines: Vec<Line> = places.into_iter().map(|place| Line::new(place, now)).collect();
    lines.sort_by(|a, b| {
        let names = || (a.name(), a.seat().partnership.id).cmp(&(b.name(), b.seat().partnership.id));
        a.need.cmp(&b.need).then(b.debt.cmp(&a.debt)).then_with(names)
    });
    lines
}

/// The indicators of the newest checks: those of the instrument that most partnerships answer.
pub fn columns(lines: &[Line]) -> Vec<Column> {
    let cards = || lines.iter().filter_map(|line| line.history().latest()).map(|check| &check.card);
    let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
    for card in cards() {
        *uses.entry(&card.instrument.id).or_default() += 1;
    }
    let chosen = cards().max_by_key(|card| (uses[card.instrument.id.as_str()], card.instrument.version));
    let of = |own: &IndicatorCell| Column {
        id: own.id.clone(),
        name: own.name.clone(),
        brief: own.short_name.clone(),
        short: short(&own.short_name),
    };
    chosen.map_or_else(Vec::new, |card| card.indicators.iter().map(of).collect())
}

/// The first word, cut where it is too long for the cell of a phone.
fn short(name: &str) -> String {
    let word = name.split_whitespace().next().unwrap_or_default();
    if word.chars().count() <= SHORT {
        return word.to_owned();
    }
    word.chars().take(SHORT - 3).chain(std::iter::once('.')).collect()
}

/// Who needs the reader, in one sentence with the number in it.
pub fn headline(lines: &[Line]) -> String {
    let live: Vec<&Line> = lines.iter().filter(|line| line.need != Need::Ended).collect();
    let all = live.len();
    let acting: Vec<&&Line> = live.iter().filter(|line| line.need == Need::Act).collect();
    if lines.is_empty() {
        return "No partnership to show yet.".to_owned();
    }
    if live.iter().all(|line| line.history().latest().is_none()) {
        return match all {
            0 => "No partnership is running.".to_owned(),
            1 => "One partnership waits for its first check.".to_owned(),
            n => words::capital(&format!(
                "{} partnerships wait for their first check.",
                words::number_words(n)
            )),
        };
    }
    let longest = acting
        .iter()
        .filter_map(|line| Some((line.oldest_flag()?, std::cmp::Reverse(line.debt), line.name())))
        .min()
        .map(|(since, _, name)| (since, name));
    match (acting.len(), all, longest) {
        (0, 1, _) => "The one partnership asks nothing of you.".to_owned(),
        (0, _, _) => {
            words::capital(&format!("None of {} partnerships needs you now.", words::number_words(all)))
        }
        (1, 1, _) => "The one partnership needs you.".to_owned(),
        (1, _, Some((_, name))) => {
            format!("One of {} partnerships needs you: {name}.", words::number_words(all))
        }
        (n, _, Some((_, name))) => words::capital(&format!(
            "{} of {} partnerships need you; {name} has waited longest.",
            words::number_words(n),
            words::number_words(all)
        )),
        (n, _, None) => words::capital(&format!("{} partnerships need you.", words::number_words(n))),
    }
}
