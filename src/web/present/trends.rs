//! The trend panels of the partnership page: a sentence, the drawing, the files and the figures.

use evenkeel_charts::{Channel, Occur, Trend};

use super::drift::{self, Told};
use super::{Check, History, charts, drawn, tiles};
use crate::domain::ids::PartnershipId;
use crate::domain::publication::Scorecard;
use crate::domain::scoring::Subject;
use crate::domain::words;
use crate::web::pages::view::scorecard::TrendPanel;
use crate::web::pages::view::{Arrow, Figures};

/// One panel for each subject, overall first; what all of them say of drift, said once; and the signs that occur in them.
pub fn panels(history: &History, partnership: PartnershipId) -> (Vec<TrendPanel>, Vec<String>, Occur) {
    let subjects = history.subjects();
    let told: Vec<Told> = subjects.iter().map(|subject| drift::told(history, subject)).collect();
    let common = common(&told);
    let trends: Vec<Option<Trend>> = subjects.iter().map(|subject| charts::trend(history, subject)).collect();
    let panels = subjects
        .iter()
        .zip(&trends)
        .zip(told)
        .filter_map(|((subject, trend), told)| {
            Some(panel(history, partnership, (subject, trend.as_ref()?), told, &common))
        })
        .collect();
    let drawn: Vec<Trend> = trends.into_iter().flatten().collect();
    (panels, common, Occur::of(&drawn))
}

/// What every panel says: that it is too early, that nothing was tested, that nothing is shown.
fn common(told: &[Told]) -> Vec<String> {
    let [first, rest @ ..] = told else { return Vec::new() };
    let everywhere = |sentence: &&String| rest.iter().all(|own| own.quiet.contains(sentence));
    // That nothing moved is the finding of each panel, and stays there.
    let unmoved = told.iter().all(|own| own.exact.is_empty());
    first.quiet.iter().filter(|_| unmoved).filter(everywhere).cloned().collect()
}

/// The finding and what stands under the drawing.
fn panel(
    history: &History,
    partnership: PartnershipId,
    (subject, trend): (&Subject, &Trend),
    told: Told,
    common: &[String],
) -> TrendPanel {
    let query = match subject {
        Subject::Overall => String::new(),
        Subject::Indicator(id) => {
            let pairs =
                url::form_urlencoded::Serializer::new(String::new()).append_pair("indicator", id).finish();
            format!("?{pairs}")
        }
    };
    let href = |kind: &str| format!("/partnerships/{partnership}/charts/trend.{kind}{query}");
    let (finding, sentence) = sentence(history, subject);
    let quiet: Vec<String> = told.quiet.into_iter().filter(|sentence| !common.contains(sentence)).collect();
    let quiet = (!quiet.is_empty()).then(|| (String::new(), quiet.join(" ")));
    TrendPanel {
        title: trend.title.clone(),
        finding,
        sentence,
        chart: drawn(trend.svg(false)),
        svg_href: href("svg"),
        png_href: href("png"),
        figures: Figures { notes: told.exact, ..figures(history, subject) },
        drift: told.changes.into_iter().chain(quiet).collect(),
    }
}

/// What the panel says: where it stands, how it differs from the check before, between what it has moved.
fn sentence(history: &History, subject: &Subject) -> (String, String) {
    let Some(check) = history.latest() else { return (String::new(), String::new()) };
    let Some(cell) = check.cell(subject) else { return (String::new(), String::new()) };
    let card = &check.card;
    let mut parts = vec![changed(history, check, subject)];
    parts.extend(span(history, subject));
    parts.push(hidden_periods(history, subject));
    let rest = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    let finding = match cell.score {
        Some(_) => format!("{},", words::cell_words(cell, &card.marks)),
        None => words::capital(&format!("{}.", tiles::why_not_shown(cell, check))),
    };
    let finding = if rest.is_empty() { finding.replace(',', ".") } else { finding };
    (finding, rest)
}

/// "0.1 lower than at the check before.", or why nothing is compared; empty where no score is shown.
fn changed(history: &History, check: &Check, subject: &Subject) -> String {
    if let Some(change) = check.change(history.previous(), subject) {
        let (arrow, by) = tiles::arrow(change);
        return match arrow {
            Arrow::Level => "as at the check before.".to_owned(),
            Arrow::Up => format!("{by} higher than at the check before."),
            Arrow::Down => format!("{by} lower than at the check before."),
        };
    }
    if check.cell(subject).is_none_or(|cell| cell.score.is_none()) {
        return String::new();
    }
    match history.previous() {
        None => "one check so far; the second gives a change.".to_owned(),
        Some(last) if !check.compares_with(last) => {
            format!("{} in {}: not compared with before.", check.fresh_words(), check.card.period)
        }
        Some(_) => "not compared: the check before showed none.".to_owned(),
    }
}

/// "Between 2.9 and 4.1 over eight checks." Only from three checks of one wording on: two are a change, not a trend.
fn span(history: &History, subject: &Subject) -> Option<String> {
    let latest = history.latest()?;
    let same = history.checks().iter().filter(|check| check.compares_with(latest));
    let scores: Vec<f64> = same.filter_map(|check| check.cell(subject)?.score).collect();
    if scores.len() < 3 {
        return None;
    }
    let low = words::score_words(scores.iter().copied().fold(f64::MAX, f64::min), &latest.card.marks);
    let high = words::score_words(scores.iter().copied().fold(f64::MIN, f64::max), &latest.card.marks);
    let over = words::number_words(scores.len());
    Some(if low == high {
        format!("{} in all {over} checks.", words::capital(&low))
    } else {
        format!("Between {low} and {high} over {over} checks.")
    })
}

/// "In 2026-Q2 the sides are not shown (too few answers)."
fn hidden_periods(history: &History, subject: &Subject) -> String {
    let earlier = history.checks().split_last().map_or(&[][..], |(_, earlier)| earlier);
    let periods: Vec<String> = earlier
        .iter()
        .filter(|check| check.cell(subject).is_some_and(|cell| cell.suppressed && cell.sides.is_empty()))
        .map(|check| check.card.period.clone())
        .collect();
    match periods.as_slice() {
        [] => String::new(),
        [.., last] if periods.len() > 3 => {
            format!("In {} checks, the last in {last}, the sides are not shown.", periods.len())
        }
        some => format!("In {} the sides are not shown.", words::join(some)),
    }
}

/// The figures behind the drawing, oldest first.
fn figures(history: &History, subject: &Subject) -> Figures {
    let Some(latest) = history.latest() else { return Figures::default() };
    let sides = &latest.card.sides;
    let mut heads = vec!["Check".to_owned(), "Score".to_owned(), "Rating".to_owned()];
    heads.extend(sides.iter().map(|side| format!("{} (people)", side.name)));
    heads.push("Gap".to_owned());
    let mut cells = history.checks().iter().filter_map(|check| check.cell(subject));
    let drift_shown = cells.any(|cell| cell.drift.is_some());
    if drift_shown {
        heads.extend(["Drift", "Drift of the gap"].map(str::to_owned));
    }
    let rows = history
        .checks()
        .iter()
        .filter_map(|check| {
            let cell = check.cell(subject)?;
            let card: &Scorecard = &check.card;
            let score = match cell.score {
                Some(score) => words::score_words(score, &card.marks),
                None => tiles::why_not_shown(cell, check),
            };
            let mut row = vec![period(card), score, cell.rating.word().to_owned()];
            row.extend(sides.iter().map(|side| match cell.side(side.id) {
                Some(own) => match own.mean {
                    Some(mean) => format!("{} ({})", words::score_words(mean, &card.marks), own.n),
                    None => words::NO_DATA.to_owned(),
                },
                None => "–".to_owned(),
            }));
            row.push(
                cell.gap.as_ref().map_or_else(|| "–".to_owned(), |gap| words::gap_size_words(gap.value)),
            );
            if drift_shown {
                let words = |channel| drift::finding(cell, channel).map(words::drift_state_words);
                let none = || "–".to_owned();
                row.extend([Channel::Level, Channel::Gap].map(|own| words(own).unwrap_or_else(none)));
            }
            Some(row)
        })
        .collect();
    Figures { heads, rows, notes: Vec::new() }
}

/// "2026-Q2", or "2026-Q2, new start".
fn period(card: &Scorecard) -> String {
    if card.rebaseline { format!("{}, new start", card.period) } else { card.period.clone() }
}
