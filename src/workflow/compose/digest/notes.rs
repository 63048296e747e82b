//! The short news of a digest: what has recovered, what is late, what comes next.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::super::super::digest::{the_one_after, the_one_before};
use super::super::super::times::in_zone;
use super::{Context, Standing, page_of};
use crate::domain::words::{self, plural};
use crate::mail::{DigestLine, DigestNotes, Line};

/// Lines under one heading; the rest is counted.
const LISTED: usize = 6;

pub(super) fn of(ctx: &Context, lines: &[Standing], tz: Tz, now: DateTime<Utc>) -> Vec<DigestNotes> {
    let before = the_one_before(tz, now);
    let recovered = lines
        .iter()
        .filter_map(|line| Some((line, format!("no flag any more since {}", line.recovered_since(before)?))));
    let late = lines.iter().filter_map(|line| {
        let (days, overdue) = line.late(now)?;
        let last = plural(days.unsigned_abs(), "day");
        Some((line, format!("last check {last} ago, {} overdue", overdue.max(0))))
    });
    let recovered = listed(ctx, recovered.collect());
    let late = listed(ctx, late.collect());
    let next = coming(ctx, lines, tz, now);
    let titled = [("Recovered", recovered), ("Late checks", late), ("Next checks", next)].into_iter();
    titled
        .filter(|(_, lines)| !lines.is_empty())
        .map(|(title, lines)| DigestNotes { title: Line::new(title), lines })
        .collect()
}

fn listed(ctx: &Context, all: Vec<(&Standing, String)>) -> Vec<DigestLine> {
    let rest = all.len().saturating_sub(LISTED);
    let mut lines: Vec<DigestLine> =
        all.into_iter().take(LISTED).map(|(line, text)| about(ctx, line, &text)).collect();
    if rest > 0 {
        lines.push(DigestLine {
            partnership: Line::new(""),
            link: Line::new(&ctx.settings.link("/")),
            text: Line::new(&format!("And {} more", words::number_words(rest))),
        });
    }
    lines
}

fn about(ctx: &Context, line: &Standing, text: &str) -> DigestLine {
    DigestLine { partnership: Line::new(line.name()), link: page_of(ctx, line), text: Line::new(text) }
}

/// The check that closes next, and the one that opens next until the digest after this one; the others are counted.
fn coming(ctx: &Context, lines: &[Standing], tz: Tz, now: DateTime<Utc>) -> Vec<DigestLine> {
    let until = the_one_after(tz, now);
    let (mut closing, mut opening) = (Vec::new(), Vec::new());
    for line in lines {
        let (opens, closes) = line.next(now);
        closing.extend(closes.map(|at| (at, line)));
        opening.extend(opens.filter(|at| *at < until).map(|at| (at, line)));
    }
    let of = |mut all: Vec<(DateTime<Utc>, &Standing)>, one: &str, what: &str| {
        all.sort_by_key(|(at, line)| (*at, line.name().to_owned()));
        let (at, line) = *all.first()?;
        let when = format!("{one} {}", in_zone(at, tz, now));
        let text = match all.len() {
            1 => when,
            n => format!("{when}, the first of {} {what}", words::number_words(n)),
        };
        Some(about(ctx, line, &text))
    };
    let day = until.with_timezone(&tz).format("%-d %B");
    let closing = of(closing, "open until", "that are open");
    let opening = of(opening, "opens", &format!("that open before {day}"));
    closing.into_iter().chain(opening).collect()
}
