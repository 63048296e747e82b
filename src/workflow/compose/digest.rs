//! The monthly digest: where the partnerships of the reader's organisations stand, as their portfolio page shows them.
//!
//! Law: everything comes out of [`crate::workflow::standing`], which the page asks, too; here nothing is decided about what
//! the reader may see. Partnerships in which the reader only has a seat are left to the letters of that seat.

mod chart;
mod notes;

use chrono::{DateTime, Utc};

use super::super::Context;
use super::super::standing::{self, Column, Line as Standing, Need, age, flags};
use super::super::times::zone;
use super::{Bundle, Composition, reader};
use crate::domain::flags::{Reason, Severity};
use crate::domain::partnership::PartnershipState;
use crate::domain::scoring::{Rating, Subject};
use crate::domain::words::{self, plural};
use crate::mail::{
    DigestFigure, DigestGroup, DigestItem, DigestLetter, Line, Mail, Picture, Placeholder, Tile, Tone,
};
use crate::store::flags::Flag;
use crate::store::outbox::notices::Notice;
use crate::store::people::{self, Person};
use crate::store::{Conn, StoreError, access, preferences};

/// Partnerships that are listed; the rest is counted.
const LISTED: usize = 12;
/// Flags that a partnership's sentence names.
const NAMED: usize = 2;
/// Indicators that fit a row.
const INDICATORS: usize = 7;

pub(super) fn compose(
    conn: &mut Conn,
    ctx: &Context,
    person: &Person,
    due: &[Notice],
    now: DateTime<Utc>,
) -> Result<Composition, StoreError> {
    let ids: Vec<_> = due.iter().map(|n| n.id).collect();
    let moot = Composition { moot: ids.clone(), ..Composition::default() };
    let Some(not_after) = due.iter().map(|n| n.not_after.and_utc()).max() else { return Ok(moot) };
    let Some(viewer) = access::viewer(conn, person.id)? else { return Ok(moot) };
    if !preferences::wants_digest(conn, person.id)? {
        return Ok(moot);
    }
    let mut places = ctx.standings.of_viewer(conn, &viewer)?;
    places.retain(|place| !place.seat.led.is_empty());
    if !places.iter().any(|place| place.seat.partnership.state == PartnershipState::Active) {
        return Ok(moot);
    }
    let mut lines = standing::in_order(places, now);
    lines.retain(|line| line.need != Need::Ended);
    let mut leads = Vec::new();
    for id in viewer.leads {
        leads.extend(people::find_organisation(conn, id)?.map(|own| own.name));
    }
    leads.sort_unstable();
    let month = now.with_timezone(&zone(&person.zone)).format("%Y-%m");
    let bundle = Bundle {
        group_key: format!("digest:{}:{month}", person.id),
        kind: "digest",
        from_name: match leads.as_slice() {
            [only] => only.clone(),
            _ => ctx.settings.instance.operator.clone(),
        },
        reply_to: None,
        mail: Mail::Digest(letter(ctx, person, &lines, &leads, now)),
        notices: ids,
        not_after,
    };
    Ok(Composition { bundle: Some(bundle), ..Composition::default() })
}

fn letter(
    ctx: &Context,
    person: &Person,
    lines: &[Standing],
    leads: &[String],
    now: DateTime<Utc>,
) -> DigestLetter {
    let tz = zone(&person.zone);
    let mut columns = standing::columns(lines);
    columns.truncate(INDICATORS);
    // What is even, or answered and in time, gets a count.
    let waits = |line: &&Standing| {
        line.need == Need::Act || line.need == Need::Watch && (line.debt > 0 || line.overdue_actions(now) > 0)
    };
    let listed: Vec<&Standing> = lines.iter().filter(waits).take(LISTED).collect();
    let group = |title: &str, need: Need| {
        let own = listed.iter().filter(|line| line.need == need);
        let items: Vec<DigestItem> = own.map(|line| item(ctx, line, &columns, now)).collect();
        (!items.is_empty()).then(|| DigestGroup { title: Line::new(title), items })
    };
    let groups = [group("Need you", Need::Act), group("Watch", Need::Watch)].into_iter().flatten().collect();
    let pressing = lines.iter().filter(waits).count();
    DigestLetter {
        reader: reader(person),
        month: Line::new(&now.with_timezone(&tz).format("%B %Y").to_string()),
        headline: Line::new(&headline(lines)),
        lead: lead(lines).iter().map(|sentence| Line::new(sentence)).collect(),
        picture: chart::of(&listed, &columns).map(|png| Picture { cid: String::new(), png }),
        groups,
        more: Line::new(&more(pressing - listed.len())),
        notes: notes::of(ctx, lines, tz, now),
        portfolio: Line::new(&ctx.settings.link("/")),
        leads: Line::new(&words::join(leads)),
        letters: Placeholder::digest(&person.id.to_string()),
    }
}

/// Who needs the reader; where one of them is named, it is listed below.
fn headline(lines: &[Standing]) -> String {
    match lines.iter().filter(|line| line.need == Need::Act).count() {
        0 | 1 => standing::headline(lines),
        n => words::capital(&format!(
            "{} of {} partnerships need you.",
            words::number_words(n),
            words::number_words(lines.len())
        )),
    }
}

/// What is even, and what all of it weighs.
fn lead(lines: &[Standing]) -> Vec<String> {
    let count = |need| lines.iter().filter(|line| line.need == need).count();
    let of = |n: usize, one: &str, many: &str| match n {
        0 => None,
        1 => Some(format!("One {one}.")),
        n => Some(format!("{} {many}.", words::capital(&words::number_words(n)))),
    };
    let debt: u32 = lines.iter().map(|line| line.debt).fold(0, u32::saturating_add);
    let with_debt = lines.iter().filter(|line| line.debt > 0).count();
    let weighs = match with_debt {
        0 => "No flag is without its answer.".to_owned(),
        1 => format!("Conflict debt is {debt}, in one partnership."),
        n => format!("Conflict debt is {debt}, in {} partnerships.", words::number_words(n)),
    };
    let watched = of(
        count(Need::Watch),
        "has something to discuss, or an answer in force",
        "have something to discuss, or an answer in force",
    );
    let even = of(count(Need::Even), "has no flag", "have no flag");
    [watched, even, Some(weighs)].into_iter().flatten().collect()
}

fn more(rest: usize) -> String {
    match rest {
        0 => String::new(),
        1 => "One more has a flag; it stands in the portfolio.".to_owned(),
        n => format!(
            "{} more have flags; they stand in the portfolio.",
            words::capital(&words::number_words(n))
        ),
    }
}

fn item(ctx: &Context, line: &Standing, columns: &[Column], now: DateTime<Utc>) -> DigestItem {
    DigestItem {
        partnership: Line::new(line.name()),
        link: page_of(ctx, line),
        sentence: Line::new(&sentence(line)),
        facts: facts(line, now).iter().map(|fact| Line::new(fact)).collect(),
        figures: figures(line, columns),
    }
}

fn page_of(ctx: &Context, line: &Standing) -> Line {
    Line::new(&ctx.settings.link(&format!("/partnerships/{}", line.seat().partnership.id)))
}

/// What waits, those to act on first, and what the row of the portfolio says.
fn sentence(line: &Standing) -> String {
    let mut waiting: Vec<_> = line.unanswered().collect();
    waiting.sort_by_key(|flag| (flag.severity != Severity::Act, flag.raised_at));
    let mut titles: Vec<String> = Vec::new();
    let (finding, moved) = line.sentence();
    // Who was silent is said by name in the sentence.
    let named =
        |flag: &&Flag| flag.reasons.first() == Some(&Reason::SilentSide) && finding.contains("silent");
    for flag in waiting.iter().copied().filter(|flag| !named(flag)) {
        let title = flags::title(flag, line.history());
        if !titles.contains(&title) {
            titles.push(title);
        }
    }
    let rest = titles.len().saturating_sub(NAMED);
    titles.truncate(NAMED);
    let mut what = titles.join("; ");
    if rest > 0 {
        what = format!("{what}; {} more", words::number_words(rest));
    }
    let stopped = if what.is_empty() { String::new() } else { format!("{what}.") };
    [stopped.as_str(), finding, moved].into_iter().filter(|own| !own.is_empty()).collect::<Vec<_>>().join(" ")
}

fn facts(line: &Standing, now: DateTime<Utc>) -> Vec<String> {
    let unanswered = line.unanswered().count() as u64;
    let mut facts = vec![format!("Conflict debt {}", line.debt)];
    facts.push(match line.oldest_flag() {
        None => "every flag answered".to_owned(),
        Some(since) => {
            let flags = plural(unanswered, "flag");
            match age(since, now).as_str() {
                "today" => format!("{flags} without an answer"),
                old if unanswered == 1 => format!("{flags} without an answer for {old}"),
                old => format!("{flags} without an answer, the oldest for {old}"),
            }
        }
    });
    let overdue = line.overdue_actions(now) as u64;
    if overdue > 0 {
        facts.push(format!("{} overdue", plural(overdue, "action")));
    }
    facts
}

/// Overall, then the indicators of the newest check, as the tiles of the portfolio show them.
fn figures(line: &Standing, columns: &[Column]) -> Vec<DigestFigure> {
    if line.history().latest().is_none() {
        return Vec::new();
    }
    let overall = DigestFigure { name: Line::new("Overall"), tile: tile(line, &Subject::Overall) };
    let of = |own: &Column| DigestFigure {
        name: Line::new(&own.brief),
        tile: tile(line, &Subject::Indicator(own.id.clone())),
    };
    std::iter::once(overall).chain(columns.iter().map(of)).collect()
}

fn tile(line: &Standing, subject: &Subject) -> Tile {
    let grey = |why: &str| Tile { tone: Tone::Grey, score: None, unrated: Some(Line::new(why)) };
    let Some(check) = line.history().latest() else { return grey("No data") };
    let Some(cell) = check.cell(subject) else { return grey("Not asked") };
    let tone = match cell.rating {
        Rating::Green => Tone::Green,
        Rating::Amber => Tone::Amber,
        Rating::Red => Tone::Red,
        Rating::Grey => Tone::Grey,
    };
    match cell.score.filter(|_| cell.rating != Rating::Grey) {
        None => grey(check.why_unrated(cell)),
        Some(score) => Tile {
            tone,
            score: Some(Line::new(&words::score_words(score, &check.card.marks))),
            unrated: None,
        },
    }
}
