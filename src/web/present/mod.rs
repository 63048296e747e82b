//! From read models to views and charts: what a viewer may see, put into words, tiles and drawings.
//!
//! Law: what a viewer may see is decided by [`crate::workflow::standing`]; no code here touches a stored scorecard. The
//! pages and the chart files call this module, so a chart never shows more than its page.

pub mod acceptance;
pub mod acts;
pub mod admin;
pub mod agenda;
pub mod charts;
pub mod cycle;
pub mod ending;
pub mod flags;
mod handout;
pub mod partnership;
pub mod portfolio;
pub mod review;
pub mod roles;
pub mod row;
pub mod scorecard;
mod takers;
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

pub use crate::domain::words::plural;
pub use crate::workflow::standing::{Check, History, age, answers, drift};

use super::pages::view::Svg;
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

/// What is said of a check that was not made, until a later one is: "last check 128 days ago, 37 overdue".
pub fn late_words((since, overdue): (i64, i64)) -> String {
    format!("last check {} ago, {overdue} overdue", plural(since.unsigned_abs(), "day"))
}

/// A drawing for a page. One that cannot be drawn is left out and told to the log: the figures stand in the tables.
fn drawn(svg: Result<String, ChartError>) -> Option<Svg> {
    svg.map(Svg::drawn).inspect_err(|error| tracing::error!(%error, "a chart was not drawn")).ok()
}
