//! When past cycles opened and closed.
//!
//! Law: what the document says stands, or is refused where it contradicts the order of the document; what it leaves out is
//! told from the period's name (its last day) where that keeps the order, and else spread backwards from what is known.

use chrono::{DateTime, NaiveTime, SubsecRound, TimeDelta, Utc};

use crate::domain::cadence::{Frequency, Period};
use crate::domain::text::instant;

/// How long a cycle was open when nobody says.
const OPEN_FOR: TimeDelta = TimeDelta::days(14);
/// How far apart cycles are when nobody says.
const APART: TimeDelta = TimeDelta::days(91);

/// What a document says about the time of one cycle.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// Its period.
    pub period: &'a str,
    /// When answers were first taken.
    pub opened_at: Option<DateTime<Utc>>,
    /// When it closed.
    pub closed_at: Option<DateTime<Utc>>,
}

/// Between which instants the cycles lie.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// The close of the newest cycle that is frozen already.
    pub after: Option<DateTime<Utc>>,
    /// The opening of the first cycle that was opened here.
    pub before: Option<DateTime<Utc>>,
    /// The present.
    pub now: DateTime<Utc>,
}

/// Why times do not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// A close after the present.
    #[error("This lies in the future; a past review has closed.")]
    Future,
    /// A close that is not after its opening.
    #[error("A review closes after it opens.")]
    ClosedBeforeOpened,
    /// Out of the document's order.
    #[error(
        "The reviews of a partnership stand in the order of time; this is not later than the one before."
    )]
    OutOfOrder,
    /// Before what is frozen.
    #[error(
        "A review that closed {} is here already; nothing is put in before a frozen one. Give a later closed_at if this one came after it.",
        instant(.0)
    )]
    BeforeFrozen(DateTime<Utc>),
    /// After the first cycle of one's own.
    #[error("The partnership's first own cycle opened {}; past reviews come before it.", instant(.0))]
    AfterLive(DateTime<Utc>),
    /// Too many between two instants.
    #[error("There is no time left for this review between its neighbours; give closed_at.")]
    NoRoom,
}

impl TimeError {
    /// Whether it is what is stored here that stands in the way, and not the document alone.
    pub const fn is_conflict(&self) -> bool {
        matches!(self, Self::BeforeFrozen(_) | Self::AfterLive(_))
    }
}

/// When a cycle opened and closed.
pub type Window = (DateTime<Utc>, DateTime<Utc>);
/// What is wrong with which cycle, and in which of its fields.
pub type Misfit = (usize, &'static str, TimeError);

/// Opening and closing of each cycle, oldest first: closings strictly later from one to the next.
///
/// # Errors
/// The first cycle whose times do not fit, with the field.
pub fn times(cycles: &[Told<'_>], bounds: Bounds) -> Result<Vec<Window>, Misfit> {
    let mut closed = given(cycles, bounds)?;
    by_name(cycles, bounds, &mut closed)?;
    let closed = spread(bounds, &closed)?;
    let mut all = Vec::with_capacity(cycles.len());
    let mut before = bounds.after;
    for (at, (cycle, closes)) in cycles.iter().zip(closed).enumerate() {
        let usual = before.map_or(closes - OPEN_FOR, |before| before.max(closes - OPEN_FOR));
        let opens = cycle.opened_at.map_or(usual, |own| own.trunc_subsecs(6));
        if opens >= closes {
            return Err((at, "opened_at", TimeError::ClosedBeforeOpened));
        }
        all.push((opens, closes));
        before = Some(closes);
    }
    Ok(all)
}

/// The closings that the document gives, each checked against all that are given before it.
fn given(cycles: &[Told<'_>], bounds: Bounds) -> Result<Vec<Option<DateTime<Utc>>>, Misfit> {
    let (mut closed_before, mut opened_before) = (None, None);
    let mut all = Vec::with_capacity(cycles.len());
    for (at, cycle) in cycles.iter().enumerate() {
        let wrong = |field, error| Err((at, field, error));
        if let Some(opens) = cycle.opened_at {
            match () {
                () if opens > bounds.now => return wrong("opened_at", TimeError::Future),
                () if opened_before.is_some_and(|before| opens < before) => {
                    return wrong("opened_at", TimeError::OutOfOrder);
                }
                () => opened_before = Some(opens),
            }
        }
        let closes = cycle.closed_at.map(|own| own.trunc_subsecs(6));
        if let Some(closes) = closes {
            match bounds {
                _ if closes > bounds.now => return wrong("closed_at", TimeError::Future),
                _ if cycle.opened_at.is_some_and(|opens| opens >= closes) => {
                    return wrong("closed_at", TimeError::ClosedBeforeOpened);
                }
                _ if closed_before.is_some_and(|before| closes <= before) => {
                    return wrong("closed_at", TimeError::OutOfOrder);
                }
                Bounds { after: Some(after), .. } if closes <= after => {
                    return wrong("closed_at", TimeError::BeforeFrozen(after));
                }
                Bounds { before: Some(before), .. } if closes >= before => {
                    return wrong("closed_at", TimeError::AfterLive(before));
                }
                _ => closed_before = Some(closes),
            }
        }
        all.push(closes);
    }
    Ok(all)
}

/// Adds the closings that follow from the periods' names and keep the order.
fn by_name(cycles: &[Told<'_>], bounds: Bounds, closed: &mut [Option<DateTime<Utc>>]) -> Result<(), Misfit> {
    let mut known = bounds.after;
    for at in 0..cycles.len() {
        if closed[at].is_none()
            && let Some(last) = last_day(cycles[at].period)
        {
            if let Some(after) = bounds.after.filter(|after| last <= *after) {
                return Err((at, "period", TimeError::BeforeFrozen(after)));
            }
            if let Some(before) = bounds.before.filter(|before| last >= *before) {
                return Err((at, "period", TimeError::AfterLive(before)));
            }
            let next = closed[at..].iter().flatten().next();
            let fits = last <= bounds.now
                && known.is_none_or(|before| last > before)
                && next.is_none_or(|next| last < *next)
                && cycles[at].opened_at.is_none_or(|opens| opens < last);
            closed[at] = fits.then_some(last);
        }
        known = closed[at].or(known);
    }
    Ok(())
}

/// Noon of the last day of a quarter, month or year of the calendar; none for any other name.
fn last_day(period: &str) -> Option<DateTime<Utc>> {
    let mut all = [Frequency::Quarterly, Frequency::Monthly, Frequency::Yearly].into_iter();
    let parsed = all.find_map(|frequency| Period::parse(period, frequency, 1).ok())?;
    let noon = NaiveTime::from_hms_opt(12, 0, 0)?;
    Some(parsed.last_day()?.and_time(noon).and_utc())
}

/// Fills what is still unknown, backwards from what follows it.
fn spread(bounds: Bounds, closed: &[Option<DateTime<Utc>>]) -> Result<Vec<DateTime<Utc>>, Misfit> {
    let mut all: Vec<DateTime<Utc>> = Vec::with_capacity(closed.len());
    while all.len() < closed.len() {
        let at = all.len();
        if let Some(known) = closed[at] {
            all.push(known);
            continue;
        }
        let unknown = closed[at..].iter().take_while(|own| own.is_none()).count();
        let count = i32::try_from(unknown).unwrap_or(i32::MAX);
        let end = bounds.before.map_or(bounds.now, |before| before.min(bounds.now));
        let next = closed.get(at + unknown).copied().flatten().unwrap_or(end);
        let before = all.last().copied().or(bounds.after);
        let apart = before.map_or(APART, |before| APART.min((next - before) / count.saturating_add(1)));
        if apart < TimeDelta::milliseconds(1) {
            return Err((at, "period", TimeError::NoRoom));
        }
        all.extend((1..=count).rev().map(|back| (next - apart * back).trunc_subsecs(6)));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    fn named(period: &str) -> Told<'_> {
        Told { period, opened_at: None, closed_at: None }
    }

    fn closed<'a>(period: &'a str, closes: &str) -> Told<'a> {
        Told { closed_at: Some(at(closes)), ..named(period) }
    }

    const FREE: fn() -> Bounds = || Bounds { after: None, before: None, now: at("2026-11-01T10:00:00Z") };

    fn days(cycles: &[Told<'_>], bounds: Bounds) -> Vec<String> {
        let all = times(cycles, bounds).unwrap();
        assert!(all.iter().all(|(opens, closes)| opens < closes), "{all:?}");
        assert!(all.windows(2).all(|pair| pair[0].1 < pair[1].1), "{all:?}");
        all.iter().map(|(_, closes)| closes.date_naive().to_string()).collect()
    }

    fn wrong(cycles: &[Told<'_>], bounds: Bounds) -> Misfit {
        times(cycles, bounds).unwrap_err()
    }

    #[test]
    fn quarters_months_and_years_close_on_their_last_day() {
        let all = [named("2023"), named("2024-02"), named("2024-Q1"), named("2024-Q2")];
        assert_eq!(days(&all, FREE()), ["2023-12-31", "2024-02-29", "2024-03-31", "2024-06-30"]);
    }

    #[test]
    fn other_names_are_spread_backwards_a_quarter_apart() {
        let all = [named("first"), named("second"), named("third")];
        assert_eq!(days(&all, FREE()), ["2026-02-01", "2026-05-03", "2026-08-02"]);
        let between = [named("2026-Q1"), named("spring"), named("2026-Q2")];
        assert_eq!(days(&between, FREE()), ["2026-03-31", "2026-05-16", "2026-06-30"]);
        let earlier = [named("once"), named("2024-Q1")];
        assert_eq!(days(&earlier, FREE()), ["2023-12-31", "2024-03-31"]);
    }

    #[test]
    fn a_name_that_breaks_the_order_says_nothing_about_the_time() {
        let all = [named("2026-Q2"), named("2025-Q4"), named("2026-Q4")];
        assert_eq!(days(&all, FREE()), ["2026-06-30", "2026-08-10", "2026-09-21"]);
        let told = [named("2024-Q4"), closed("2024-Q3", "2024-11-05T10:00:00Z")];
        assert_eq!(days(&told, FREE()), ["2024-08-06", "2024-11-05"]);
    }

    #[test]
    fn dates_that_contradict_each_other_are_refused_with_their_place() {
        let order = [closed("a", "2024-05-01T00:00:00Z"), closed("b", "2024-05-01T00:00:00Z")];
        assert_eq!(wrong(&order, FREE()), (1, "closed_at", TimeError::OutOfOrder));
        assert_eq!(
            wrong(&[closed("a", "2027-05-01T00:00:00Z")], FREE()),
            (0, "closed_at", TimeError::Future)
        );
        let upside_down =
            Told { opened_at: Some(at("2024-06-01T00:00:00Z")), ..closed("a", "2024-05-01T00:00:00Z") };
        assert_eq!(wrong(&[upside_down], FREE()), (0, "closed_at", TimeError::ClosedBeforeOpened));
        let opened = |text: &str| Told { opened_at: Some(at(text)), ..named("x") };
        let both = [opened("2024-06-01T00:00:00Z"), opened("2024-05-01T00:00:00Z")];
        assert_eq!(wrong(&both, FREE()), (1, "opened_at", TimeError::OutOfOrder));
    }

    #[test]
    fn past_reviews_lie_after_what_is_frozen_and_before_the_first_own_check() {
        let (after, before) = (at("2025-03-31T12:00:00Z"), at("2026-09-01T07:00:00Z"));
        let bounds = Bounds { after: Some(after), before: Some(before), ..FREE() };
        assert_eq!(days(&[named("2025-Q2"), named("last")], bounds), ["2025-06-30", "2026-06-02"]);
        assert_eq!(wrong(&[named("2024-Q4")], bounds), (0, "period", TimeError::BeforeFrozen(after)));
        let late = [named("2025-Q2"), named("2026-Q3")];
        assert_eq!(wrong(&late, bounds), (1, "period", TimeError::AfterLive(before)));
        assert!(TimeError::AfterLive(before).is_conflict() && !TimeError::Future.is_conflict());
        let narrow = Bounds { before: Some(after + TimeDelta::microseconds(50)), ..bounds };
        assert_eq!(wrong(&[named("x")], narrow), (0, "period", TimeError::NoRoom));
    }
}
