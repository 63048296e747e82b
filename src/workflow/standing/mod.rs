//! Where partnerships stand for one reader: what they may see of the checks, what waits for an answer and what it weighs.
//!
//! Law: everything told of a scorecard comes out of a [`History`], whose only constructor applies the reader's right of view;
//! nothing else of the pages or of the monthly digest touches a stored scorecard. A side from which nobody answered sees
//! counts only, and no flag of that check. Called by `web::present` and by the digest, so that a letter never shows more
//! than the page.

pub mod answers;
pub mod drift;
pub mod flags;
mod history;
mod kept;
mod portfolio;

pub use answers::Answers;
pub use history::{Check, History};
pub use kept::{Place, Standing, Standings};
pub use portfolio::{Column, columns, headline, in_order};

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::review::today;
use super::times::zone;
use crate::domain::conflict_debt::months_between;
use crate::domain::flags::{FlagState, Severity};
use crate::domain::partnership::PartnershipState;
use crate::domain::publication::IndicatorCell;
use crate::domain::scoring::{Rating, Subject};
use crate::domain::words::{self, plural};
use crate::store::access::Seat;
use crate::store::cadences::Cadence;
use crate::store::flags::Flag;

/// Who needs the reader, most first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// Something to act on, or a silent side, without its answer.
    Act,
    /// Something to discuss, or flags that are answered and stand still.
    Watch,
    /// Nothing.
    Even,
    /// Over; kept to read.
    Ended,
}

/// A partnership as the viewer may see it.
#[derive(Debug)]
pub struct Line {
    place: Place,
    /// What answers them.
    pub answers: Answers,
    /// Its conflict debt.
    pub debt: u32,
    /// Its group.
    pub need: Need,
}

impl Line {
    /// What stands there today.
    pub fn new(place: Place, now: DateTime<Utc>) -> Self {
        let flags = flags_of(&place);
        let answers = Answers::new(flags, &place.base.given, &place.seat, now);
        let waits = |severity| flags.iter().any(|f| f.severity == severity && answers.needs(f.id).is_some());
        let need = match () {
            () if place.seat.partnership.state == PartnershipState::Ended => Need::Ended,
            () if waits(Severity::Act) => Need::Act,
            () if flags.iter().any(|f| f.state != FlagState::Cleared) => Need::Watch,
            () => Need::Even,
        };
        Self { debt: flags::debt(flags, &answers, now), place, answers, need }
    }

    /// The partnership's name.
    pub fn name(&self) -> &str {
        &self.place.seat.partnership.name
    }

    /// The partnership, and what the viewer is in it.
    pub fn seat(&self) -> &Seat {
        &self.place.seat
    }

    /// Its last checks; see [`Standing::history`].
    pub fn history(&self) -> &History {
        &self.place.standing.history
    }

    /// Its open flags; of a partnership that has ended none.
    pub fn flags(&self) -> &[Flag] {
        flags_of(&self.place)
    }

    /// The open flags without a valid answer.
    pub fn unanswered(&self) -> impl Iterator<Item = &Flag> {
        self.flags().iter().filter(|flag| self.answers.needs(flag.id).is_some())
    }

    /// When the oldest flag without an answer was raised.
    pub fn oldest_flag(&self) -> Option<DateTime<Utc>> {
        self.unanswered().map(|flag| flag.raised_at).min()
    }

    /// Actions that its flags rest on and whose day has passed.
    pub fn overdue_actions(&self, now: DateTime<Utc>) -> usize {
        let today = today(&self.place.seat.partnership, now);
        let given = self.flags().iter().filter_map(|flag| self.place.base.given.get(&flag.id));
        let late = given.flat_map(|own| &own.promises).filter(|own| own.is_overdue(today));
        // One action may answer several flags.
        late.map(|own| (own.text.as_str(), own.due_on)).collect::<BTreeSet<_>>().len()
    }

    /// The period of the newest check since an instant that cleared a flag, where no flag is left; as the viewer may know it.
    pub fn recovered_since(&self, since: DateTime<Utc>) -> Option<&str> {
        let checks = self.history().checks();
        let cleared = |place: usize| {
            let before = place.checked_sub(1).map(|earlier| &checks[earlier]);
            flags::of_card(&checks[place], before).iter().any(|flag| flag.state == FlagState::Cleared)
        };
        let newest = (0..checks.len()).rev().take_while(|place| checks[*place].card.closed_at >= since);
        let found = newest.filter(|place| !checks[*place].withheld).find(|place| cleared(*place))?;
        (self.need == Need::Even).then_some(checks[found].card.period.as_str())
    }

    /// How many days ago the last check closed, and for how many the next one should have: where one that the cadence asks
    /// for did not take place.
    pub fn late(&self, now: DateTime<Utc>) -> Option<(i64, i64)> {
        let partnership = &self.place.seat.partnership;
        if !partnership.state.opens_cycles() || !self.place.base.running.is_empty() {
            return None;
        }
        late(&self.place.base.cadences, zone(&partnership.zone), self.history(), now)
    }

    /// The overall score of the newest check, where it is shown.
    pub fn score(&self) -> Option<f64> {
        self.history().latest()?.card.overall.score
    }

    /// The overall rating of the newest check.
    pub fn rating(&self) -> Rating {
        self.history().latest().map_or(Rating::Grey, |check| check.card.overall.rating)
    }

    /// The exception gets the sentence: who was silent, what turned, what moved most.
    pub fn sentence(&self) -> (&str, &str) {
        let (finding, rest) = &self.place.standing.sentence;
        (finding, rest)
    }

    /// When the next check opens and when the running one closes; the first only while none runs.
    pub fn next(&self, now: DateTime<Utc>) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
        let closes = self.place.base.running.iter().map(|cycle| cycle.closes_at.and_utc()).min();
        let partnership = &self.place.seat.partnership;
        if closes.is_some() || !partnership.state.opens_cycles() {
            return (None, closes);
        }
        let tz = zone(&partnership.zone);
        (self.place.base.cadences.iter().map(|cadence| cadence.rule.next(tz, now).opens).min(), None)
    }
}

fn flags_of(place: &Place) -> &[Flag] {
    if place.seat.partnership.state == PartnershipState::Ended { &[] } else { &place.standing.flags }
}

/// How many days ago the last check closed, and for how many the next one should have: where one that the cadence asks for,
/// since it was made, did not take place.
pub fn late(cadences: &[Cadence], tz: Tz, history: &History, now: DateTime<Utc>) -> Option<(i64, i64)> {
    let last = history.latest()?.card.closed_at;
    let missed = cadences.iter().filter_map(|own| {
        let window = own.rule.latest(tz, now)?;
        (window.opens > last && window.opens >= own.created_at && window.closes <= now)
            .then_some(window.closes)
    });
    Some(((now - last).num_days(), (now - missed.min()?).num_days()))
}

/// How long something has stood: "9 months", "2 weeks", "today".
pub fn age(since: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let months = months_between(since, now);
    let days = (now - since).num_days().max(0);
    match (months, days) {
        (0, 0) => "today".to_owned(),
        (0, 1..14) => plural(days.unsigned_abs(), "day"),
        (0, _) => plural((days / 7).unsigned_abs(), "week"),
        (months, _) => plural(u64::from(months), "month"),
    }
}

/// The sentences that say something, in one line.
fn joined(parts: [String; 2]) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The exception gets the sentence, in two parts: what was found, and the rest.
fn sentence(history: &History) -> (String, String) {
    let none = String::new;
    let Some(check) = history.latest() else {
        return (none(), words::history_sentence(0).unwrap_or_default().to_owned());
    };
    if check.withheld {
        return (
            "Nobody of your side answered,".to_owned(),
            "so you see who answered and nothing more.".to_owned(),
        );
    }
    let status = words::status_sentence(&check.card);
    if !check.is_rated() {
        let why = status.unwrap_or_else(|| "Too few answers to show figures.".to_owned());
        return (why, none());
    }
    let lead = status.unwrap_or_default();
    if let Some((found, moved)) = drift::lately(history) {
        return (joined([lead, found]), moved);
    }
    match history.previous() {
        None => (lead, words::history_sentence(1).unwrap_or_default().to_owned()),
        Some(before) => since(check, before, lead),
    }
}

/// What has changed since the check before: ratings first, then the largest move.
fn since(check: &Check, before: &Check, lead: String) -> (String, String) {
    if !check.compares_with(before) {
        let fresh = words::capital(check.fresh_words());
        return (lead, format!("{fresh} in {}: not compared with before.", check.card.period));
    }
    let turned = turned(check, before);
    let moved = moved(check, before);
    let finding = joined([lead, turned]);
    let quiet = || format!("No rating has changed since {}.", before.card.period);
    let rest = match (finding.is_empty(), moved) {
        (true, None) => quiet(),
        (_, Some(moved)) => moved,
        (false, None) => String::new(),
    };
    (finding, rest)
}

/// "Communication now Low." for ratings that got worse, else for those that got better; more than two are counted.
fn turned(check: &Check, before: &Check) -> String {
    let (mut worse, mut better) = (Vec::new(), Vec::new());
    for own in &check.card.indicators {
        let Some(old) = before.card.indicator(&own.id).map(|old| old.cell.rating) else { continue };
        let new = own.cell.rating;
        if new == Rating::Grey || old == Rating::Grey || new == old {
            continue;
        }
        // Best first, so that the worse rating is the larger.
        if new > old { worse.push(own) } else { better.push(own) }
    }
    let (list, way) = if worse.is_empty() { (better, "better") } else { (worse, "worse") };
    let named = |own: &IndicatorCell| format!("{} now {}", own.short_name, own.cell.rating.word());
    match list.as_slice() {
        [] => String::new(),
        [one] => format!("{}.", named(one)),
        [one, two] => format!("{} and {}.", named(one), named(two)),
        many => words::capital(&format!(
            "{} of {} rated {way}.",
            words::number_words(many.len()),
            check.card.indicators.len()
        )),
    }
}

/// The largest move since the check before, from 0.3 on.
fn moved(check: &Check, before: &Check) -> Option<String> {
    let moves = check.card.indicators.iter().filter_map(|own| {
        let by = check.change(Some(before), &Subject::Indicator(own.id.clone()))?;
        Some((own, by))
    });
    let (own, by) = moves.reduce(|best, other| if other.1.abs() > best.1.abs() { other } else { best })?;
    let size = crate::domain::scoring::shown(by.abs());
    let way = if by < 0.0 { "lower" } else { "higher" };
    (by.abs() > 0.25).then(|| format!("{} {size} {way} than in {}.", own.short_name, before.card.period))
}
