//! What stands over the portfolio's table: the finding, the counts by rating, a few figures. Always of everything in view,
//! whatever part of it the table shows.

use super::super::row::{Line, Need, href};
use super::super::{Reader, age, flags, plural};
use crate::domain::flags::{Reason, Severity};
use crate::domain::scoring::Rating;
use crate::domain::words;
use crate::store::flags::Flag;
use crate::web::pages::view::Link;
use crate::web::pages::view::portfolio::{Highlight, RatingCounts};

/// Partnerships that are named over the table.
const NAMED: usize = 3;
/// Reasons that each of them is named with.
const REASONS: usize = 2;

/// The first that need the reader, each with what it waits for: what is to be read without going through the table.
pub(super) fn needing(lines: &[Line]) -> Vec<(Link, String)> {
    let first = lines.iter().filter(|line| line.need == Need::Act).take(NAMED);
    first.map(|line| (Link::new(line.name(), href(line)), why(line))).collect()
}

/// "Communication Frequency is red; Resource Commitment is red."
fn why(line: &Line) -> String {
    let (finding, _) = line.sentence();
    let mut waiting: Vec<&Flag> = line.unanswered().filter(|own| own.severity == Severity::Act).collect();
    // Who was silent is said by name in the sentence.
    let is_silence = |own: &&Flag| own.reasons.first() == Some(&Reason::SilentSide);
    let silent = waiting.iter().any(is_silence) && finding.contains("silent");
    waiting.sort_by_key(|own| (own.reasons.first() != Some(&Reason::SilentSide), own.raised_at));
    if silent || waiting.is_empty() {
        return finding.to_owned();
    }
    let rest = waiting.len().saturating_sub(REASONS);
    let mut titles: Vec<String> =
        waiting.iter().take(REASONS).map(|own| flags::title(own, line.history())).collect();
    if rest > 0 {
        titles.push(format!("{} more", words::number_words(rest)));
    }
    format!("{}.", titles.join("; "))
}

pub(super) fn lede(lines: &[Line]) -> Option<String> {
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

pub(super) fn ratings(lines: &[Line]) -> RatingCounts {
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

pub(super) fn highlights(lines: &[Line], reader: &Reader) -> Vec<Highlight> {
    let highlight =
        |label: &str, figure: String, note: String| Highlight { label: label.to_owned(), figure, note };
    let debt: u32 = lines.iter().map(|line| line.debt).sum();
    let flags: usize = lines.iter().map(|line| line.unanswered().count()).sum();
    let oldest = lines.iter().filter_map(Line::oldest_flag).min();
    let with_debt = lines.iter().filter(|line| line.debt > 0).count() as u64;
    let (answered, invited) = lines
        .iter()
        .filter(|line| line.need != Need::Ended)
        .filter_map(|line| line.history().latest())
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
