//! What should exist now and does not: the due cycle, and the times of its reminders.
//!
//! Law: a tick is a hint. These functions say the same whoever asks and however late; the store's unique keys
//! make sure that it happens once.

use chrono::{DateTime, Days, TimeDelta, Utc};
use chrono_tz::Tz;

use super::{CadenceRule, Period, Window, local_instant};

/// What a cadence wants done at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    /// Nothing.
    None,
    /// Open this cycle.
    Open(Window),
    /// The service was down too long: record this cycle as skipped.
    SkippedLate(Window),
}

/// What is due for a cadence that was created at `created_at` and whose newest cycle has the key `last_key`.
///
/// Only the newest period counts; it is opened if at least half of its window remains. Nothing that would have
/// opened before the cadence existed is due.
pub fn due(
    rule: &CadenceRule,
    zone: Tz,
    now: DateTime<Utc>,
    created_at: DateTime<Utc>,
    last_key: Option<&str>,
) -> Due {
    let Some(window) = rule.latest(zone, now) else { return Due::None };
    if window.opens < created_at || last_key.is_some_and(|last| is_done(rule, &window.period_key, last)) {
        return Due::None;
    }
    if (window.closes - now) * 2 >= window.length() { Due::Open(window) } else { Due::SkippedLate(window) }
}

/// Whether a cycle with the key `last` makes this period's superfluous: the same period, or a later one (the
/// wall clock was set back).
fn is_done(rule: &CadenceRule, key: &str, last: &str) -> bool {
    let read = |text| Period::parse(text, rule.frequency, rule.fiscal_year_start);
    match (read(key), read(last)) {
        (Ok(this), Ok(last)) => !last.is_before(&this),
        // A key of another frequency, from before the cadence was changed, says nothing about this period.
        _ => key == last,
    }
}

/// How long before the close the last reminder goes out.
const BEFORE_CLOSE: TimeDelta = TimeDelta::hours(24);

/// Two reminders nearer to each other than this become one.
const APART: TimeDelta = TimeDelta::hours(24);

/// When reminders are due: at the opening's local time on day 3 and day 7, and 24 h before the close.
///
/// Of those less than 24 h apart the later stays, because the last call before the close is the one that people
/// act on. None is at or before the opening, none at or after the close.
pub fn reminders(window: &Window, zone: Tz) -> Vec<DateTime<Utc>> {
    let opening = window.opens.with_timezone(&zone).naive_local();
    let on_day =
        |n| Some(local_instant(zone, opening.date().checked_add_days(Days::new(n))?, opening.time()));
    let last_call = window.closes - BEFORE_CLOSE;
    let mut times: Vec<DateTime<Utc>> = [on_day(3), on_day(7), Some(last_call)]
        .into_iter()
        .flatten()
        .filter(|at| *at > window.opens && *at < window.closes)
        .collect();
    times.sort_unstable();
    let mut kept: Vec<DateTime<Utc>> = Vec::with_capacity(times.len());
    for at in times.into_iter().rev() {
        let near = kept.last().is_some_and(|later| *later - at < APART);
        // A day's reminder in the last 24 hours gives way to the last call, which comes before it.
        let after_last_call = at > last_call && last_call > window.opens;
        if !near && !after_last_call {
            kept.push(at);
        }
    }
    kept.reverse();
    kept
}
