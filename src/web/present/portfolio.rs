//! The portfolio: rows in groups, sorted by who needs people first, and the sentence over them.

use super::row::{Line, Need, row};
use super::{Reader, age, plural};
use crate::domain::scoring::Rating;
use crate::domain::words;
use crate::store::portfolio::Entry;
use crate::web::pages::view::portfolio::{Column, Group, Highlight, PortfolioPage, RatingCounts};
use crate::web::pages::view::{Chrome, Link};
use crate::workflow::standing::{columns, headline, in_order};

/// The page for these partnerships.
pub fn page(entries: Vec<Entry>, chrome: Chrome, reader: &Reader, may_set_up: bool) -> PortfolioPage {
    let lines = in_order(entries, reader.now);
    let columns = columns(&lines);
    let most = lines.iter().map(|line| line.debt).max().unwrap_or(0);
    let group = |need: Need| {
        let rows: Vec<_> = lines.iter().filter(|line| line.need == need).collect();
        let title = title(need);
        (!rows.is_empty()).then(|| Group {
            title: title.0.to_owned(),
            note: format!("{} · {}", rows.len(), title.1),
            rows: rows.into_iter().map(|line| row(line, &columns, most, reader)).collect(),
        })
    };
    let groups = [Need::Act, Need::Watch, Need::Even, Need::Ended].into_iter().filter_map(group).collect();
    PortfolioPage {
        dateline: format!(
            "{} · as of {}",
            plural(lines.len() as u64, "partnership"),
            reader.moment(reader.now)
        ),
        headline: headline(&lines),
        lede: lede(&lines),
        ratings: ratings(&lines),
        highlights: highlights(&lines, reader),
        groups,
        notes: notes(reader),
        downloads: Vec::new(),
        set_up: may_set_up.then(|| Link::new("Set up a partnership", "/setup/partnerships")),
        indicators: columns.into_iter().map(|own| Column { name: own.name, short: own.short }).collect(),
        chrome,
    }
}

fn title(need: Need) -> (&'static str, &'static str) {
    match need {
        Need::Act => ("Need you", "a flag to act on, or a silent side"),
        Need::Watch => ("Watch", "a flag to discuss, or answered"),
        Need::Even => ("On an even keel", "no flag"),
        Need::Ended => ("Ended", "kept to read"),
    }
}

fn lede(lines: &[Line]) -> Option<String> {
    let count = |need| lines.iter().filter(|line| line.need == need).count();
    let watch = match count(Need::Watch) {
        0 => None,
        1 => Some("One has something to discuss.".to_owned()),
        n => Some(format!("{} have something to discuss.", words::capital(&words::number_words(n)))),
    };
    let even = match count(Need::Even) {
        0 => None,
        1 => Some("One has no flag.".to_owned()),
        n => Some(format!("{} have no flag.", words::capital(&words::number_words(n)))),
    };
    let parts: Vec<String> = watch.into_iter().chain(even).collect();
    (!parts.is_empty() && count(Need::Act) + count(Need::Watch) > 0).then(|| parts.join(" "))
}

fn ratings(lines: &[Line]) -> RatingCounts {
    let mut counts = RatingCounts::default();
    for line in lines.iter().filter(|line| line.need != Need::Ended) {
        match line.rating() {
            Rating::Red => counts.red += 1,
            Rating::Amber => counts.amber += 1,
            Rating::Green => counts.green += 1,
            Rating::Grey => counts.not_rated += 1,
        }
    }
    counts
}

fn highlights(lines: &[Line], reader: &Reader) -> Vec<Highlight> {
    let highlight =
        |label: &str, figure: String, note: String| Highlight { label: label.to_owned(), figure, note };
    let debt: u32 = lines.iter().map(|line| line.debt).sum();
    let flags: usize = lines.iter().map(|line| line.unanswered().count()).sum();
    let oldest = lines.iter().filter_map(Line::oldest_flag).min();
    let with_debt = lines.iter().filter(|line| line.debt > 0).count() as u64;
    let (answered, invited) = lines
        .iter()
        .filter(|line| line.need != Need::Ended)
        .filter_map(|line| line.history.latest())
        .flat_map(|check| &check.card.response)
        .fold((0_u32, 0_u32), |(a, i), own| (a + own.answered, i + own.invited));
    let mut all = vec![
        highlight("Conflict debt", debt.to_string(), format!("in {}", plural(with_debt, "partnership"))),
        highlight(
            "Unanswered flags",
            flags.to_string(),
            oldest.map(|since| format!("oldest {}", age(since, reader.now))).unwrap_or_default(),
        ),
    ];
    if invited > 0 {
        let share = (f64::from(answered) * 100.0 / f64::from(invited)).round();
        let note = format!("{answered} of {invited} people in the newest checks");
        all.push(highlight("Answered", format!("{share:.0} %"), note));
    }
    all
}

fn notes(reader: &Reader) -> Vec<String> {
    vec![
        "Conflict debt: a flag to act on weighs 2, one to discuss 1, times one plus the months it has stood; one that is answered weighs nothing."
            .to_owned(),
        "The arrow is the change since the check before; two points are no trend.".to_owned(),
        "Figures are rounded to 0.1, never across a threshold.".to_owned(),
        format!("Dates as in {}.", reader.zone_name()),
    ]
}
