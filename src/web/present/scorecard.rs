//! The newest scorecard as the table of the partnership page.

use evenkeel_charts::GapAxis;

use super::{Check, History, charts, drawn, flags, review, tiles};
use crate::domain::publication::{Cell, SideResponse};
use crate::domain::scoring::Subject;
use crate::domain::words;
use crate::store::flags::Flag;
use crate::web::pages::view::parts::SideNote;
use crate::web::pages::view::scorecard::{ScoreRow, Scorecard, SideReading};

/// The newest check; `None` before the first. `flags` are those the viewer may see.
pub fn newest(history: &History, flags: &[&Flag]) -> Option<Scorecard> {
    let check = history.latest()?;
    let marks = &check.card.marks;
    let axis = GapAxis {
        title: "The sides and the gap, from 1 to 5".to_owned(),
        green_from: marks.green,
        amber_from: marks.amber,
    };
    let rows = history.subjects();
    Some(Scorecard {
        period: check.card.period.clone(),
        note: note(check),
        axis: drawn(axis.svg(false)),
        rows: rows.iter().filter_map(|subject| row(history, check, subject, flags)).collect(),
    })
}

/// What the overall score is where some people left questions out.
const OVERALL_IS_MEAN: &str = "The overall score is the mean of the questions: a few people left some out, and their own \
                               means would tell what they answered.";

/// How to read it, and what was not shown.
fn note(check: &Check) -> String {
    let card = &check.card;
    if check.withheld {
        return "Nobody of your side answered, so you see who answered and nothing more.".to_owned();
    }
    if card.sides_shown {
        let whiskers = card.cells().any(|cell| cell.sides.iter().any(|side| side.interval.is_some()));
        let whisker = if whiskers { ", whisker = 90 % interval" } else { "" };
        let red = crate::domain::scoring::shown(card.marks.side_red);
        let reading = format!("Marker = mean of a side{whisker}, bar = gap. A side below {red} makes a red.");
        return if card.overall_is_mean { format!("{reading} {OVERALL_IS_MEAN}") } else { reading };
    }
    let k = card.floor_k;
    if card.total_shown {
        let reading =
            format!("Only the total is shown: on every question each side needs at least {k} answers.");
        return if card.overall_is_mean { format!("{reading} {OVERALL_IS_MEAN}") } else { reading };
    }
    format!("No figures are shown: fewer than {k} answers, or only one side.")
}

fn row(history: &History, check: &Check, subject: &Subject, flags: &[&Flag]) -> Option<ScoreRow> {
    let cell = check.cell(subject)?;
    let overall = *subject == Subject::Overall;
    let (gap, gap_label, gap_note) = gap(cell, check);
    let flag = flags::of_subject(flags, subject);
    let reason = words::reason_sentence(cell, &check.card.marks).map(|text| sentence(&text));
    let exact =
        words::precision_words(cell, &check.card.marks).filter(|_| overall).map(|text| sentence(&text));
    Some(ScoreRow {
        indicator: check.name(subject).to_owned(),
        under: if overall { "all indicators together".to_owned() } else { String::new() },
        overall,
        tile: tiles::tile(check, history.previous(), subject),
        plot: charts::gap_bar(check, subject).and_then(|bar| drawn(bar.svg(false))),
        plot_words: tiles::why_not_shown(cell, check),
        reason: [reason, exact].into_iter().flatten().collect::<Vec<_>>().join(" "),
        gap,
        gap_label,
        gap_note,
        sides: if overall { answered(check) } else { readings(cell, check) },
        flag: flag.map(flags::short).unwrap_or_default(),
        flag_at: flag.map(|own| format!("#{}", review::anchor(own.id))),
        action: cell.action_required.clone().unwrap_or_default(),
    })
}

fn sentence(text: &str) -> String {
    format!("{}.", words::capital(text))
}

/// The gap's size, its word, and a few words more, or why there is none.
pub(super) fn gap(cell: &Cell, check: &Check) -> (Option<String>, String, String) {
    let Some(gap) = &cell.gap else {
        let why = match () {
            () if check.withheld => "not shown".to_owned(),
            () if cell.score.is_some() || cell.is_hidden() => words::NOT_SHOWN.to_owned(),
            () => "no gap".to_owned(),
        };
        return (None, why, String::new());
    };
    let more = if check.card.sides.len() > 2 {
        let name = |side| check.card.side_name(side).unwrap_or("a side").to_owned();
        format!("between {} and {}", name(gap.between[0]), name(gap.between[1]))
    } else if gap.clear {
        "luck would hardly explain it".to_owned()
    } else if gap.label == crate::domain::scoring::GapLabel::Possible {
        "but luck could explain it".to_owned()
    } else {
        String::new()
    };
    (Some(words::gap_size_words(gap.value)), tiles::gap_word(gap).to_owned(), more)
}

/// Who answered at all: "8 of 9".
fn answered(check: &Check) -> Vec<SideReading> {
    let reading = |own: &SideResponse| SideReading {
        marker: tiles::marker(&check.card, own.side),
        name: check.card.side_name(own.side).unwrap_or_default().to_owned(),
        people: format!("{} of {}", own.answered, own.invited),
        agreement: check.card.overall.side(own.side).and_then(|s| s.agreement).and_then(tiles::agreement),
    };
    check.card.response.iter().map(reading).collect()
}

/// What each shown side says of one indicator.
fn readings(cell: &Cell, check: &Check) -> Vec<SideReading> {
    cell.sides
        .iter()
        .map(|own| SideReading {
            marker: tiles::marker(&check.card, own.side),
            name: check.card.side_name(own.side).unwrap_or_default().to_owned(),
            people: own.n.to_string(),
            agreement: own.agreement.and_then(tiles::agreement),
        })
        .collect()
}

/// Each side and how it answered, with a word where few did.
pub fn response(check: &Check) -> Vec<SideNote> {
    let note = |own: &SideResponse| SideNote {
        marker: tiles::marker(&check.card, own.side),
        name: check.card.side_name(own.side).unwrap_or_default().to_owned(),
        text: format!("{} of {}", own.answered, own.invited),
        warning: (own.invited > 0 && own.band == crate::domain::scoring::ResponseBand::Low)
            .then(|| "low".to_owned()),
    };
    check.card.response.iter().map(note).collect()
}
