//! One row of the portfolio.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::answers::Answers;
use super::standing::{Standing, Standings};
use super::{Check, History, Reader, age, drift, flags, plural, review, scorecard, tiles, zone};
use crate::domain::flags::{FlagState, Severity};
use crate::domain::partnership::PartnershipState;
use crate::domain::publication::IndicatorCell;
use crate::domain::scoring::{Rating, Subject};
use crate::domain::words;
use crate::store::access::Seat;
use crate::store::flags::Flag;
use crate::store::portfolio::Entry;
use crate::web::pages::view::portfolio::{Column, Row};
use crate::web::pages::view::{Svg, Tile};

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

/// A partnership as the viewer may see it, before it becomes a row.
pub struct Line {
    entry: Entry<Arc<Standing>>,
    standing: Arc<Standing>,
    /// What answers them.
    pub answers: Answers,
    /// Its conflict debt.
    pub debt: u32,
    /// Its group.
    pub need: Need,
}

impl Line {
    /// Applies the viewer's right of view.
    pub fn new(mut entry: Entry<Arc<Standing>>, standings: &Standings, now: DateTime<Utc>) -> Self {
        let standing = standings.of(&mut entry);
        let flags = flags_of(&entry, &standing);
        let answers = Answers::new(flags, &entry.given, &entry.seat, now);
        let waits = |severity| flags.iter().any(|f| f.severity == severity && answers.needs(f.id).is_some());
        let need = match () {
            () if entry.seat.partnership.state == PartnershipState::Ended => Need::Ended,
            () if waits(Severity::Act) => Need::Act,
            () if flags.iter().any(|f| f.state != FlagState::Cleared) => Need::Watch,
            () => Need::Even,
        };
        Self { debt: flags::debt(flags, &answers, now), entry, standing, answers, need }
    }

    /// The partnership's name.
    pub fn name(&self) -> &str {
        &self.entry.seat.partnership.name
    }

    /// The partnership, and what the viewer is in it.
    pub fn seat(&self) -> &Seat {
        &self.entry.seat
    }

    /// Its last checks; see [`Standing::history`].
    pub fn history(&self) -> &History {
        &self.standing.history
    }

    /// Its open flags; of a partnership that has ended none.
    pub fn flags(&self) -> &[Flag] {
        flags_of(&self.entry, &self.standing)
    }

    /// The open flags without a valid answer.
    pub fn unanswered(&self) -> impl Iterator<Item = &Flag> {
        self.flags().iter().filter(|flag| self.answers.needs(flag.id).is_some())
    }

    /// When the oldest flag without an answer was raised.
    pub fn oldest_flag(&self) -> Option<DateTime<Utc>> {
        self.unanswered().map(|flag| flag.raised_at).min()
    }

    /// The overall rating of the newest check.
    pub fn rating(&self) -> Rating {
        self.history().latest().map_or(Rating::Grey, |check| check.card.overall.rating)
    }

    /// The overall score of the newest check, where it is shown.
    pub fn score(&self) -> Option<f64> {
        self.history().latest()?.card.overall.score
    }

    /// The size of the widest gap of the newest check, where one is shown.
    pub fn gap_size(&self) -> Option<f64> {
        tiles::widest_gap(&self.history().latest()?.card).map(|(_, gap)| gap.value.abs())
    }

    /// The row; `most` is the largest debt in view.
    pub fn row(&self, columns: &[(String, Column)], most: u32, reader: &Reader) -> Row {
        let (finding, sentence) = self.sentence();
        let (keel, gap, gap_words) = self.gap();
        let share = (self.debt * 100).checked_div(most).unwrap_or(0);
        Row {
            name: self.name().to_owned(),
            href: self.href(),
            note: self.note(reader.now),
            debt: self.debt.to_string(),
            debt_share: u8::try_from(share).unwrap_or(100),
            debt_note: self.debt_note(reader),
            overall: self.tile(&Subject::Overall),
            cells: columns.iter().map(|(id, _)| self.cell(Subject::Indicator(id.clone()))).collect(),
            keel,
            gap,
            gap_words,
            finding,
            sentence,
            spark: self.standing.spark.clone(),
            answered: self.history().latest().map(scorecard::response).unwrap_or_default(),
            next_check: self.next_check(reader),
        }
    }

    fn href(&self) -> String {
        format!("/partnerships/{}", self.entry.seat.partnership.id)
    }

    /// A tile, and where its flag stands with its reason.
    fn cell(&self, subject: Subject) -> (Tile, Option<String>) {
        let open: Vec<&Flag> = self.flags().iter().collect();
        let flag = flags::of_subject(&open, &subject);
        (self.tile(&subject), flag.map(|flag| format!("{}#{}", self.href(), review::anchor(flag.id))))
    }

    fn tile(&self, subject: &Subject) -> Tile {
        match self.history().latest() {
            Some(check) => tiles::tile(check, self.history().previous(), subject),
            None => Tile::unrated("No data"),
        }
    }

    fn note(&self, now: DateTime<Utc>) -> String {
        if let Some(late) = self.late(now) {
            return late;
        }
        match (self.entry.seat.partnership.state, self.history().latest()) {
            (PartnershipState::Active, Some(check)) => check.card.period.clone(),
            (PartnershipState::Active, None) => "no check yet".to_owned(),
            (state, Some(check)) => format!("{state} · {}", check.card.period),
            (state, None) => state.to_string(),
        }
    }

    fn debt_note(&self, reader: &Reader) -> String {
        match self.oldest_flag() {
            None if self.flags().is_empty() => "no flag".to_owned(),
            None => "all answered".to_owned(),
            Some(since) => {
                let waiting = self.unanswered().count() as u64;
                format!("{}, {}", plural(waiting, "flag"), age(since, reader.now))
            }
        }
    }

    fn gap(&self) -> (Option<Svg>, Option<String>, String) {
        let Some(check) = self.history().latest() else { return (None, None, String::new()) };
        let Some((own, gap)) = tiles::widest_gap(&check.card) else {
            let why =
                if check.card.overall.score.is_some() || check.withheld { "not shown" } else { "no gap" };
            return (None, None, why.to_owned());
        };
        let label = format!("{}, {}", tiles::gap_word(gap), own.short_name);
        (tiles::keel(&check.card, own), Some(words::gap_size_words(gap.value)), label)
    }

    /// A check that the cadence had planned and that was never made, if no later one was: "last check 128 days ago, 37
    /// overdue".
    fn late(&self, now: DateTime<Utc>) -> Option<String> {
        let Entry { seat, running, cadences, .. } = &self.entry;
        if !running.is_empty() || !seat.partnership.state.opens_cycles() {
            return None;
        }
        let newest = self.history().latest().map(|check| check.card.closed_at);
        super::late(cadences, zone(&seat.partnership.zone), newest, now)
    }

    /// The exception gets the sentence: who was silent, what turned, what moved most.
    pub fn sentence(&self) -> (String, String) {
        let none = String::new;
        let Some(check) = self.history().latest() else {
            return (none(), words::history_sentence(0).unwrap_or_default().to_owned());
        };
        if check.withheld {
            return (
                "Nobody of your side answered,".to_owned(),
                "so you see who answered and nothing more.".to_owned(),
            );
        }
        let status = words::status_sentence(&check.card);
        if !scorecard::is_rated(check) {
            let why = status.unwrap_or_else(|| "Too few answers to show figures.".to_owned());
            return (why, none());
        }
        let lead = status.unwrap_or_default();
        if let Some((found, moved)) = drift::lately(self.history()) {
            return (joined([lead, found]), moved);
        }
        let rest = match self.history().previous() {
            None => words::history_sentence(1).unwrap_or_default().to_owned(),
            Some(before) => return since(check, before, lead),
        };
        (lead, rest)
    }

    /// When the next check opens and when the running one closes; the first only while none runs.
    pub fn next(&self, now: DateTime<Utc>) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
        let closes = self.entry.running.iter().map(|cycle| cycle.closes_at.and_utc()).min();
        let partnership = &self.entry.seat.partnership;
        if closes.is_some() || !partnership.state.opens_cycles() {
            return (None, closes);
        }
        let tz = zone(&partnership.zone);
        (self.entry.cadences.iter().map(|cadence| cadence.rule.next(tz, now).opens).min(), None)
    }

    fn next_check(&self, reader: &Reader) -> String {
        let partnership = &self.entry.seat.partnership;
        match self.next(reader.now) {
            // The two words of a date stay together where the column is narrow.
            (_, Some(closes)) => format!("open to {}", reader.day(closes).replace(' ', "\u{a0}")),
            (Some(opens), None) => reader.day(opens),
            (None, None) if partnership.state.opens_cycles() => "none planned".to_owned(),
            (None, None) => partnership.state.to_string(),
        }
    }
}

fn flags_of<'a>(entry: &Entry<Arc<Standing>>, standing: &'a Standing) -> &'a [Flag] {
    if entry.seat.partnership.state == PartnershipState::Ended { &[] } else { &standing.flags }
}

/// The sentences that say something, in one line.
fn joined(parts: [String; 2]) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
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
