//! From read models to views and charts: what a viewer may see, put into words, tiles and drawings.
//!
//! Law: everything shown of a scorecard comes out of a [`History`], whose only constructor applies the viewer's right of
//! view; no other code of the pages touches a stored scorecard. A side from which nobody answered sees counts only, and
//! no flag of that check. The pages and the chart files call this module, so a chart never shows more than its page.

pub mod acceptance;
pub mod acts;
pub mod admin;
pub mod agenda;
pub mod answers;
pub mod charts;
pub mod cycle;
pub mod drift;
pub mod ending;
pub mod flags;
mod handout;
pub mod history;
pub mod partnership;
pub mod portfolio;
pub mod review;
pub mod roles;
pub mod row;
pub mod scorecard;
pub mod standing;
mod terms;
pub mod tiles;
pub mod tokens;
pub mod trends;
pub mod voices;

#[cfg(test)]
mod drift_tests;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Datelike, Utc};
use chrono_tz::Tz;
use evenkeel_charts::ChartError;

pub use history::{Check, History};

use super::pages::view::Svg;
use crate::store::cadences::Cadence;
use crate::store::people::Person;
use crate::workflow::in_zone;

/// A stored zone name; one that no longer exists reads as UTC, which is then what people see named.
pub fn zone(name: &str) -> Tz {
    name.parse().unwrap_or(Tz::UTC)
}

/// Whose zone times are told in, and when.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    /// The reader's zone.
    pub zone: Tz,
    /// The present instant.
    pub now: DateTime<Utc>,
}

impl Reader {
    /// The reader of a page.
    pub fn new(person: &Person, now: DateTime<Utc>) -> Self {
        Self { zone: zone(&person.zone), now }
    }

    /// "Thu 17 Sep, 17:00 Berlin", with the year when it is another one.
    pub fn moment(&self, at: DateTime<Utc>) -> String {
        in_zone(at, self.zone, self.now)
    }

    /// "7 Dec", with the year when it is another one; the zone is named elsewhere on the page.
    pub fn day(&self, at: DateTime<Utc>) -> String {
        let local = at.with_timezone(&self.zone);
        let this_year = self.now.with_timezone(&self.zone).year() == local.year();
        local.format(if this_year { "%-d %b" } else { "%-d %b %Y" }).to_string()
    }

    /// The city of the zone.
    pub fn zone_name(&self) -> String {
        self.zone.name().rsplit('/').next().unwrap_or("UTC").replace('_', " ")
    }
}

/// How long something has stood: "9 months", "2 weeks", "today".
pub fn age(since: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let months = crate::domain::conflict_debt::months_between(since, now);
    let days = (now - since).num_days().max(0);
    match (months, days) {
        (0, 0) => "today".to_owned(),
        (0, 1..14) => plural(days.unsigned_abs(), "day"),
        (0, _) => plural((days / 7).unsigned_abs(), "week"),
        (months, _) => plural(u64::from(months), "month"),
    }
}

/// What is said of a check that a cadence had planned and that was not made, until a later one is: "last check 128 days ago,
/// 37 overdue". Overdue since it should have closed.
pub fn late(
    cadences: &[Cadence],
    zone: Tz,
    newest: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Option<String> {
    let missed = cadences.iter().filter_map(|own| {
        let window = own.rule.latest(zone, now)?;
        let made = newest.is_some_and(|closed| closed > window.opens);
        (window.opens >= own.created_at && window.closes < now && !made).then_some(window.closes)
    });
    let overdue = (now - missed.min()?).num_days();
    Some(match newest {
        Some(closed) => format!("last check {} days ago, {overdue} overdue", (now - closed).num_days()),
        None => format!("no check yet, {} overdue", plural(overdue.unsigned_abs(), "day")),
    })
}

/// "1 flag", "4 flags".
pub fn plural(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// A drawing for a page. One that cannot be drawn is left out and told to the log: the figures stand in the tables.
fn drawn(svg: Result<String, ChartError>) -> Option<Svg> {
    svg.map(Svg::drawn).inspect_err(|error| tracing::error!(%error, "a chart was not drawn")).ok()
}
