//! Published figures as chart data: for the drawings in the pages and for the chart files.

use evenkeel_charts::{Channel, GapBar, Multiples, PointState, SidePoint, Spark, Trend, TrendPoint};

use super::row::Line;
use super::{Check, History, drift};
use crate::domain::ids::SideId;
use crate::domain::publication::{Cell, Marks, SideCell};
use crate::domain::scoring::{Status, Subject};
use crate::domain::words;

/// The event at the check since which the score moved because other people answer.
const OTHER_PEOPLE: &str = "other people";

/// One side's published figure.
fn point(side: &SideCell) -> Option<SidePoint> {
    let mean = side.mean.filter(|_| side.n > 0)?;
    Some(SidePoint { mean, n: side.n, interval: side.interval.map(|[low, high]| (low, high)) })
}

/// What may be drawn of a cell. Without sides it is a total or nothing, whatever its status.
fn state(cell: &Cell) -> PointState {
    match cell.status {
        Status::NoData => PointState::NoData,
        _ if cell.sides.is_empty() => PointState::TooFew,
        Status::OneSided | Status::Partial => PointState::OneSided,
        Status::Provisional => PointState::Provisional,
        Status::Ok => PointState::Shown,
    }
}

/// One subject over the checks; `None` before the first.
pub fn trend(history: &History, subject: &Subject) -> Option<Trend> {
    let latest = history.latest()?;
    latest.cell(subject)?;
    let sides: Vec<SideId> = latest.card.sides.iter().map(|side| side.id).collect();
    let event = drift::composition(history, subject);
    let mut before: Option<&Check> = None;
    let mut points = Vec::with_capacity(history.checks().len());
    for (place, check) in history.checks().iter().enumerate() {
        let event = event.filter(|at| *at == place).map(|_| OTHER_PEOPLE.to_owned());
        points.push(TrendPoint { event, ..trend_point(check, subject, &sides, break_before(check, before)) });
        before = Some(check);
    }
    let Marks { green, amber, .. } = latest.card.marks;
    Some(Trend {
        title: latest.name(subject).to_owned(),
        description: describe(history, subject),
        sides: latest.card.sides.iter().map(|side| side.name.clone()).collect(),
        points,
        green_from: green,
        amber_from: amber,
        onsets: drift::onsets(history, subject),
    })
}

/// Why the line breaks before a check.
fn break_before(check: &Check, before: Option<&Check>) -> Option<String> {
    let before = before.filter(|last| !check.compares_with(last))?;
    Some(match (check.card.rebaseline, check.card.mode == before.card.mode) {
        (false, _) => format!("{} (v{})", check.fresh_words(), check.card.instrument.version),
        (true, true) => check.fresh_words().to_owned(),
        (true, false) => format!("{}: other mode", check.fresh_words()),
    })
}

fn trend_point(
    check: &Check,
    subject: &Subject,
    sides: &[SideId],
    break_before: Option<String>,
) -> TrendPoint {
    let cell = check.cell(subject);
    TrendPoint {
        period: check.card.period.clone(),
        state: cell.map_or(PointState::NoData, state),
        total: cell.and_then(|cell| cell.score),
        sides: sides.iter().map(|id| cell.and_then(|cell| cell.side(*id)).and_then(point)).collect(),
        break_before,
        watch: cell.is_some_and(drift::on_watch),
        event: None,
    }
}

/// "3.5 in 2026-Q3 (Medium). Northmoor 3.8, Brightwater 3.2." for readers who cannot see the chart.
fn describe(history: &History, subject: &Subject) -> String {
    let Some(check) = history.latest() else { return String::new() };
    let Some(cell) = check.cell(subject) else { return String::new() };
    let card = &check.card;
    let score = words::cell_words(cell, &card.marks);
    let text = match cell.score {
        Some(_) => format!("{score} in {} ({}).", card.period, cell.rating.word()),
        None => format!("{}: {score}.", card.period),
    };
    let means: Vec<String> = cell
        .sides
        .iter()
        .filter_map(|side| {
            let mean = words::score_words(side.mean?, &card.marks);
            Some(format!("{} {mean}", card.side_name(side.side)?))
        })
        .collect();
    let mut sentences = vec![text];
    sentences.extend((!means.is_empty()).then(|| format!("{}.", words::join(&means))));
    sentences
        .extend(drift::onsets(history, subject).iter().map(|own| words::capital(&format!("{}.", own.label))));
    sentences.extend(drift::on_watch(cell).then(|| "On watch.".to_owned()));
    sentences.join(" ")
}

/// One subject of the newest check as a dot plot; `None` where there is neither side nor total to draw.
pub fn gap_bar(check: &Check, subject: &Subject) -> Option<GapBar> {
    let cell = check.cell(subject)?;
    let side = |id: SideId| cell.side(id).and_then(point);
    let sides: Vec<(String, Option<SidePoint>)> =
        check.card.sides.iter().map(|own| (own.name.clone(), side(own.id))).collect();
    if cell.score.is_none() && sides.iter().all(|(_, point)| point.is_none()) {
        return None;
    }
    let marks = &check.card.marks;
    let description = match &cell.gap {
        Some(gap) => words::gap_sentence(gap, &check.card),
        None => format!("{}: {}", check.name(subject), words::cell_words(cell, marks)),
    };
    Some(GapBar {
        title: check.name(subject).to_owned(),
        description,
        sides,
        gap: cell.gap.as_ref().map(|gap| gap.value),
        total: cell.score,
        green_from: marks.green,
        amber_from: marks.amber,
    })
}

/// All subjects of a partnership as panels; `None` before the first check.
pub fn indicators(history: &History) -> Option<Multiples> {
    let latest = history.latest()?;
    Some(Multiples {
        title: latest.card.partnership.clone(),
        description: words::headline(&latest.card, history.previous().map(|check| &check.card)),
        panels: history.subjects().iter().filter_map(|subject| trend(history, subject)).collect(),
    })
}

/// The overall score as a word-sized line; `None` where no check has one.
pub fn spark(history: &History) -> Option<Spark> {
    let latest = history.latest()?;
    let points: Vec<Option<f64>> = history.checks().iter().map(|check| check.card.overall.score).collect();
    if points.iter().all(Option::is_none) {
        return None;
    }
    let figures: Vec<String> = history
        .checks()
        .iter()
        .map(|check| words::cell_words(&check.card.overall, &check.card.marks))
        .collect();
    let pairs = history.checks().windows(2).enumerate();
    let breaks = pairs.filter(|(_, pair)| !pair[1].compares_with(&pair[0])).map(|(at, _)| at + 1).collect();
    let Marks { green, amber, .. } = latest.card.marks;
    Some(Spark {
        title: format!("Overall, oldest first: {}", figures.join(", ")),
        points,
        breaks,
        onset: drift::found(history, &Subject::Overall, Channel::Level).map(|own| own.onset),
        green_from: green,
        amber_from: amber,
    })
}

/// Most panels of the portfolio's chart.
const PANELS: usize = evenkeel_charts::MOST_PANELS;

/// The overall scores of a portfolio, a panel for each partnership in the order given; `None` before the first check.
pub fn portfolio(lines: &[Line]) -> Option<Multiples> {
    let with_checks = || lines.iter().filter(|line| line.history().latest().is_some());
    let panels: Vec<Trend> = with_checks().take(PANELS).filter_map(|line| overall(line.history())).collect();
    let (shown, all) = (panels.len(), with_checks().count());
    let which = if shown == all {
        super::plural(all as u64, "partnership")
    } else {
        format!("The {shown} of {all} partnerships that need people most")
    };
    (shown > 0).then(|| Multiples {
        title: "Portfolio".to_owned(),
        description: format!("{which}: the overall score of the last checks, those that need people first."),
        panels,
    })
}

/// The overall score of one partnership as a single line.
fn overall(history: &History) -> Option<Trend> {
    let latest = history.latest()?;
    let point = |(place, check): (usize, &Check)| {
        let before = place.checked_sub(1).and_then(|earlier| history.checks().get(earlier));
        let cell = &check.card.overall;
        let n = check.card.response.iter().map(|own| own.answered).sum::<u32>().max(1);
        TrendPoint {
            period: check.card.period.clone(),
            state: if cell.score.is_some() { PointState::Shown } else { PointState::NoData },
            total: cell.score,
            sides: vec![cell.score.map(|mean| SidePoint { mean, n, interval: None })],
            break_before: break_before(check, before),
            watch: drift::is_watched(cell, Channel::Level),
            event: None,
        }
    };
    let Marks { green, amber, .. } = latest.card.marks;
    let score = words::cell_words(&latest.card.overall, &latest.card.marks);
    Some(Trend {
        title: latest.card.partnership.clone(),
        description: format!("{score} in {} ({}).", latest.card.period, latest.card.overall.rating.word()),
        sides: vec!["overall score, all sides together".to_owned()],
        points: history.checks().iter().enumerate().map(point).collect(),
        green_from: green,
        amber_from: amber,
        onsets: drift::onset(history, &Subject::Overall, Channel::Level).into_iter().collect(),
    })
}
