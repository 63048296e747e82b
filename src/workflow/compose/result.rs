//! The result letter: all results of a manager that are due together, from published cells only.

use chrono::{DateTime, Timelike, Utc};

use super::super::Context;
use super::super::standing::{self, Answers, History};
use super::super::times::{in_zone, zone};
use super::{Bundle, Composition, reader};
use crate::domain::flags::{FlagSubject, OpenFlag, as_rated};
use crate::domain::ids::{CycleId, SideId};
use crate::domain::publication::{Cell, IndicatorCell, Scorecard, views_for};
use crate::domain::scoring::{Rating, Status};
use crate::domain::words;
use crate::mail::{Line, Mail, ResultItem, ResultLetter, ResultRow, Shown, SideMean, Tile, Tone};
use crate::store::outbox::letters;
use crate::store::outbox::notices::Notice;
use crate::store::people::Person;
use crate::store::reviews::Review;
use crate::store::{Conn, StoreError, access, flags, partnerships, portfolio, reviews, scorecards};

/// How many scorecards are looked at: enough to know what the reader's side has not seen.
pub(super) const REMEMBERED: i64 = 12;

pub(super) fn compose(
    conn: &mut Conn,
    ctx: &Context,
    person: &Person,
    due: &[Notice],
    now: DateTime<Utc>,
) -> Result<Composition, StoreError> {
    let Some(not_after) = due.iter().map(|n| n.not_after.and_utc()).min() else {
        return Ok(Composition::default());
    };
    let mut results = Vec::new();
    for notice in due {
        if let Some(cycle) = notice.cycle_id {
            results.extend(item(conn, ctx, person, cycle, now)?);
        }
    }
    let ids: Vec<_> = due.iter().map(|n| n.id).collect();
    if results.is_empty() {
        return Ok(Composition { moot: ids, ..Composition::default() });
    }
    results.sort_by_key(|item| std::cmp::Reverse(item.flags));
    let quarter_hour = now.timestamp() / 900;
    let mut group_key = format!("result:{}:{quarter_hour}", person.id);
    if letters::exists(conn, &group_key)? {
        // The first letter of this quarter hour has left already; nobody waits for the next one.
        group_key = format!("{group_key}:{}:{}", now.second(), ids[0]);
    }
    let from_name = match results.as_slice() {
        [only] => only.partnership.as_str().to_owned(),
        _ => ctx.settings.instance.operator.clone(),
    };
    let bundle = Bundle {
        group_key,
        kind: "result",
        from_name,
        reply_to: None,
        mail: Mail::Result(ResultLetter { reader: reader(person), results }),
        notices: ids,
        not_after,
    };
    Ok(Composition { bundle: Some(bundle), ..Composition::default() })
}

fn item(
    conn: &mut Conn,
    ctx: &Context,
    person: &Person,
    cycle: CycleId,
    now: DateTime<Utc>,
) -> Result<Option<ResultItem>, StoreError> {
    let Some(card) = scorecards::find(conn, cycle)? else { return Ok(None) };
    let Some(found) = partnerships::find(conn, card.partnership_id)? else { return Ok(None) };
    let members = partnerships::members(conn, card.partnership_id)?;
    let Some(own_side) = members.iter().find(|(_, p)| p.id == person.id).and_then(|(m, _)| m.side_id) else {
        return Ok(None);
    };
    let history = scorecards::last(conn, card.partnership_id, &card.instrument.id, REMEMBERED)?;
    let mut views = views_for(&history, Some(own_side));
    // A letter that was kept waiting tells of its own cycle, whatever has closed since.
    views.truncate(views.iter().position(|view| view.cycle_id == cycle).map_or(0, |place| place + 1));
    let Some(view) = views.pop() else { return Ok(None) };
    let previous = views.pop();
    let shown = shown(&card, &view, own_side);
    let (open, flags) = flags_of(conn, person, &card, &history, now)?;
    let review = if open == 0 { None } else { reviews::find(conn, cycle)? };
    let operator = &ctx.settings.instance.operator;
    let who_sees_what = found.who_sees_what(card.mode, operator, card.floor_k);
    let tz = zone(&person.zone);
    let headline = words::headline(&view, previous.as_ref());
    let mut lead = Vec::new();
    // Where a silent side is the whole finding, the headline has said so already.
    lead.extend(words::status_sentence(&view).filter(|s| *s != headline).map(|s| Line::new(&s)));
    lead.extend(words::history_sentence(history.len()).map(Line::new));
    lead.extend(words::drift_news(&view, previous.as_ref()).iter().map(|sentence| Line::new(sentence)));
    Ok(Some(ResultItem {
        partnership: Line::new(&card.partnership),
        period: Line::new(&card.period),
        closed: Line::new(&in_zone(card.closed_at, tz, now)),
        headline: Line::new(&headline),
        lead,
        overall: view.total_shown.then(|| tile(&view.overall, &view)),
        rows: rows(&view),
        response: Line::new(&capital(&format!("{}.", words::response_sentence(&view)))),
        open,
        flags,
        review_due: Line::new(&review_due(review.as_ref())),
        review: Line::new(
            &review.map_or_else(String::new, |own| {
                ctx.settings.link(&format!("/cycles/{}/review", own.cycle_id))
            }),
        ),
        link: Line::new(&ctx.settings.link(&format!("/partnerships/{}", card.partnership_id))),
        own_side: Line::new(card.side_name(own_side).unwrap_or_default()),
        mode_sentence: Line::new(&who_sees_what),
        shown,
    }))
}

/// How many flags are open by the pages of the partnership, as this reader sees them, and how many of them wait for an answer.
fn flags_of(
    conn: &mut Conn,
    person: &Person,
    card: &Scorecard,
    history: &[Scorecard],
    now: DateTime<Utc>,
) -> Result<(u32, u32), StoreError> {
    let id = card.partnership_id;
    let Some(viewer) = access::viewer(conn, person.id)? else { return Ok((0, 0)) };
    let Some(seat) = access::seat(conn, &viewer, id)? else { return Ok((0, 0)) };
    let mut stored = flags::open_of(conn, &[id])?;
    stored.retain(|flag| flag.instrument_id == card.instrument.id);
    let named = portfolio::named(conn, history, &stored)?;
    let seen = History::new(history, seat.own_side()).with_named(&named, seat.own_side());
    let open = standing::flags::visible(stored, &seen);
    let answers = Answers::new(&open, &reviews::given(conn, &[id])?, &seat, now);
    let waiting = open.iter().filter(|flag| answers.needs(flag.id).is_some()).count();
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Ok((count(open.len()), count(waiting)))
}

/// Whether a flag is left when the reader sees another rating than the published one, or not all of its reasons.
pub(super) fn stands_for(flag: &OpenFlag, card: &Scorecard, (view, side): (&Scorecard, SideId)) -> bool {
    let mut reasons = flag.reasons.clone();
    if let Some(unseen) = card.unseen_reasons(Some(side), flag.id) {
        reasons.retain(|reason| !unseen.contains(reason));
    }
    let FlagSubject::Indicator(id) = &flag.subject else { return !reasons.is_empty() };
    let rating = |card: &Scorecard| card.indicator(id).map(|own| own.cell.rating);
    if let Some(seen) = rating(view).filter(|seen| rating(card) != Some(*seen)) {
        as_rated(&mut reasons, seen);
    }
    !reasons.is_empty()
}

/// The day by which the review is to be held. It is one of the partnership's zone, whoever reads it.
fn review_due(review: Option<&Review>) -> String {
    review.map_or_else(String::new, |own| own.due_on.format("%a %-d %b %Y").to_string())
}

fn shown(card: &Scorecard, view: &Scorecard, own_side: SideId) -> Shown {
    let silent: Vec<Line> = card
        .response
        .iter()
        .filter(|r| r.answered == 0)
        .map(|r| Line::new(card.side_name(r.side).unwrap_or_default()))
        .collect();
    if silent.len() == card.response.len() {
        return Shown::NoAnswers;
    }
    if card.response_of(own_side).is_some_and(|r| r.answered == 0) {
        return Shown::OwnSideSilent;
    }
    if view.overall.status == Status::OneSided && view.sides_shown {
        return Shown::OwnSideOnly { silent };
    }
    match (view.sides_shown, view.total_shown) {
        (true, _) => Shown::Sides,
        (false, true) => Shown::TotalOnly,
        (false, false) => Shown::CountsOnly,
    }
}

/// The indicators in the order in which they need attention; within a rating the lowest first.
fn rows(view: &Scorecard) -> Vec<ResultRow> {
    let mut cells: Vec<&IndicatorCell> = view.indicators.iter().collect();
    cells.sort_by(|a, b| need(&a.cell).cmp(&need(&b.cell)).then(score(&a.cell).total_cmp(&score(&b.cell))));
    cells.into_iter().map(|own| row(own, view)).collect()
}

fn need(cell: &Cell) -> u8 {
    match cell.rating {
        Rating::Red => 0,
        Rating::Amber => 1,
        Rating::Grey => 2,
        Rating::Green => 3,
    }
}

fn score(cell: &Cell) -> f64 {
    cell.score.unwrap_or(f64::INFINITY)
}

fn row(own: &IndicatorCell, view: &Scorecard) -> ResultRow {
    let cell = &own.cell;
    let sides = cell.sides.iter().filter_map(|side| {
        let mean = side.mean?;
        Some(SideMean {
            name: Line::new(view.side_name(side.side).unwrap_or_default()),
            mean: Line::new(&words::score_words(mean, &view.marks)),
            position: position(mean),
        })
    });
    let reason =
        words::reason_sentence(cell, &view.marks).map(|s| capital(&format!("{s}."))).unwrap_or_default();
    ResultRow {
        indicator: Line::new(&own.name),
        tile: tile(cell, view),
        reason: Line::new(&reason),
        action_required: Line::new(cell.action_required.as_deref().unwrap_or_default()),
        sides: sides.collect(),
        gap: cell.gap.as_ref().map(|g| Line::new(&words::gap_size_words(g.value))),
    }
}

/// 1 to 5 as 0 to 100.
fn position(mean: f64) -> u8 {
    let percent = ((mean - 1.0) * 25.0).round().clamp(0.0, 100.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=100 above")]
    {
        percent as u8
    }
}

fn tile(cell: &Cell, view: &Scorecard) -> Tile {
    let tone = match cell.rating {
        Rating::Green => Tone::Green,
        Rating::Amber => Tone::Amber,
        Rating::Red => Tone::Red,
        Rating::Grey => Tone::Grey,
    };
    let unrated = (cell.rating == Rating::Grey).then(|| {
        Line::new(match cell.status {
            Status::NoData => "No data",
            Status::OneSided if view.sides.len() == 1 => "Our view",
            Status::OneSided => "One side",
            _ => "Too few",
        })
    });
    Tile { tone, score: cell.score.map(|s| Line::new(&words::score_words(s, &view.marks))), unrated }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
