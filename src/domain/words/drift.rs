//! What the drift test found, in sentences.
//!
//! Law: each state has its sentence with onset, size, interval and number of people, as far as the cell shows them;
//! where answers cannot be linked to people, nothing is said about what "they themselves" did; no two points are
//! ever called more than a change. Used by pages, charts and the result mail.

use super::{
    super::{
        drift::{DriftFinding, DriftState, alarmed, is_news, limits_for},
        ids::SideId,
        instrument::Thresholds,
        mode::Mode,
        publication::{Cell, Scorecard},
        scoring::{bound, display_change, shown},
    },
    number_words, withheld,
};

/// Everything that a cell shows of drift: level, gap, composition. Empty where drift is not shown.
pub fn drift_sentences(cell: &Cell, card: &Scorecard) -> Vec<String> {
    let all = [level_drift_sentence(cell, card), gap_drift_sentence(cell, card), composition_sentence(cell)];
    let mut sentences: Vec<String> = all.into_iter().flatten().collect();
    // While both channels learn, or are not tested, they say the same.
    sentences.dedup();
    sentences
}

/// What was found of the level; none where it is not shown.
///
/// "Since 2025-Q3 people on both sides answer about 0.6 lower than they themselves did before (0.3 to 0.9; 11
/// people)."
pub fn level_drift_sentence(cell: &Cell, card: &Scorecard) -> Option<String> {
    let finding = cell.drift.as_ref()?.level.as_ref()?;
    let people = Respondents::of(card, cell, |_| true);
    let Some(step) = Step::of(finding, finding.change) else {
        return Some(withheld::level(finding, &people.words()));
    };
    let sides = match card.sides.len() {
        2 => "both sides".to_owned(),
        n => format!("all {} sides", number_words(n)),
    };
    let (by, brackets) = (step.words(), people.brackets(step.interval_words()));
    // Where one side moved and another did not, the level is the mean of both and nobody's own change.
    let claim = match (people.linked, finding.every_side) {
        (true, true) => format!("people on {sides} answer {by} than they themselves did before {brackets}"),
        (true, false) => {
            format!("people answer {by} than they themselves did before, on average over {sides} {brackets}")
        }
        (false, true) => format!("the answers on {sides} are {by} than before {brackets}"),
        (false, false) => format!("the answers are {by} than before, on average over {sides} {brackets}"),
    };
    Some(match finding.state {
        DriftState::Stable => steady(finding, "no drift", (&step, &step.words()), &brackets),
        state => people.caution(since(state, &step, &claim)),
    })
}

/// What was found of the gap; none where it is not shown.
///
/// "Since 2025-Q1 the gap between Harbour and Quay is about 1.7 wider (1.0 to 2.5; 12 people), each person compared with
/// their own earlier answers."
pub fn gap_drift_sentence(cell: &Cell, card: &Scorecard) -> Option<String> {
    let finding = cell.drift.as_ref()?.gap.as_ref()?;
    let name = |side: SideId| card.side_name(side).unwrap_or("a side");
    let of_pair = |side: SideId| finding.between.is_none_or(|pair| pair.contains(&side));
    let people = Respondents::of(card, cell, of_pair);
    let (Some(pair), Some(change)) = (finding.between, finding.change) else {
        let names = finding.between.map(|pair| pair.map(name));
        return Some(withheld::gap(finding, names, &people.words()));
    };
    let step = Step::of(finding, Some(change.abs()))?;
    let (size, brackets) = (step.size(), people.brackets(step.width_words()));
    let [first, second] = pair.map(name);
    let linked = if people.linked { ", each person compared with their own earlier answers" } else { "" };
    // Which of the two moved is not told by the gap; and where they changed places, their step is no change of its width.
    let apart = format!("measured against each other they have moved by about {size} {brackets}{linked}");
    let claim = match (finding.state, finding.crossed) {
        (DriftState::Improved, false) => {
            format!("the gap between {first} and {second} is about {size} narrower {brackets}{linked}")
        }
        (DriftState::Improved, true) => {
            format!("the gap between {first} and {second} is narrower, and they have changed places: {apart}")
        }
        (_, true) => format!("{first} and {second} have changed places: {apart}"),
        (_, false) => {
            format!("the gap between {first} and {second} is about {size} wider {brackets}{linked}")
        }
    };
    Some(match finding.state {
        DriftState::Stable => {
            let none = format!("no drift of the gap between {first} and {second}");
            steady(finding, &none, (&step, &format!("about {size}")), &brackets)
        }
        state => people.caution(since(state, &step, &claim)),
    })
}

/// That the score moved because other people answer; none where it did not, or where it is not shown.
///
/// "Since 2024-Q1 the score is about 0.7 lower mainly because other people answer; people themselves answer about 0.1
/// lower (composition, not drift)."
pub fn composition_sentence(cell: &Cell) -> Option<String> {
    let found = cell.drift.as_ref()?.composition.as_ref()?;
    let themselves = found.change.map_or_else(String::new, |change| match size(change).as_str() {
        "0.0" => "; people themselves answer as before".to_owned(),
        own => format!("; people themselves answer about {own} {}", direction(change)),
    });
    Some(format!(
        "Since {} the score is about {} {} mainly because other people answer{themselves} (composition, not drift).",
        found.onset,
        size(found.moved),
        direction(found.moved)
    ))
}

/// What a partnership of this size can and cannot see, for its page.
pub fn limits_sentence(people_a_side: usize) -> String {
    match (limits_for(people_a_side), people_a_side) {
        (Some(limits), people) => format!(
            "With {} people a side, a drop of {} in one indicator, or a change of the gap of {}, is seen within four \
             checks in about four of five cases. Anything smaller is below what this size can show.",
            number_words(people),
            limits.level,
            limits.gap
        ),
        (None, 0) => "Nobody answered on one of the sides, so nothing can be seen there.".to_owned(),
        (None, people) => format!(
            "With {} a side no size of change is sure to be seen: a single check says little, and nothing finer is claimed.",
            if people == 1 { "one person" } else { "two people" }
        ),
    }
}

/// What a result mail says about drift, a line for each alarm with what it is about; empty where drift is no news
/// ([`is_news`]). `previous` is the scorecard before of the same instrument.
pub fn drift_news(card: &Scorecard, previous: Option<&Scorecard>) -> Vec<String> {
    if !is_news(card, previous) {
        return Vec::new();
    }
    let mut lines = alarm_lines("Overall", &card.overall, card, "");
    let now = alarmed(card);
    let own = card.indicators.iter().filter(|own| now.contains(own.id.as_str()));
    lines.extend(own.flat_map(|own| alarm_lines(&own.short_name, &own.cell, card, "")));
    // An alarm of the check before is told again only where it is what makes this one news.
    if lines.len() == 1
        && now.len() == 1
        && let Some(old) = previous
    {
        let before = old.indicators.iter().filter(|own| !now.contains(own.id.as_str()));
        lines.extend(
            before.flat_map(|own| alarm_lines(&own.short_name, &own.cell, old, " (at the check before)")),
        );
    }
    lines
}

fn alarm_lines(about: &str, cell: &Cell, card: &Scorecard, when: &str) -> Vec<String> {
    let Some(drift) = &cell.drift else { return Vec::new() };
    let alarm = |own: &Option<DriftFinding>| own.as_ref().is_some_and(|own| own.state == DriftState::Alarm);
    let level = alarm(&drift.level).then(|| level_drift_sentence(cell, card)).flatten();
    let gap = alarm(&drift.gap).then(|| gap_drift_sentence(cell, card)).flatten();
    [level, gap].into_iter().flatten().map(|sentence| format!("{about}{when}: {sentence}")).collect()
}

/// The sentence of a change.
fn since(state: DriftState, step: &Step<'_>, claim: &str) -> String {
    match state {
        DriftState::Watch => {
            format!(
                "Perhaps since {} {claim}. Luck could still explain it; the next check will tell.",
                step.onset
            )
        }
        _ => format!("Since {} {claim}.", step.onset),
    }
}

/// The sentence of no change.
fn steady(finding: &DriftFinding, none: &str, (step, by): (&Step<'_>, &str), brackets: &str) -> String {
    let over = finding.cycles.map_or_else(String::new, |cycles| format!(" over {cycles} checks"));
    let rest = if step.size() == "0.0" {
        format!("the answers are as before {brackets}")
    } else {
        format!("the likeliest step, {by} since {} {brackets}, is no more than luck shows", step.onset)
    };
    super::capital(&format!("{none}{over}: {rest}."))
}

/// A change as a sentence speaks of it.
struct Step<'a> {
    onset: &'a str,
    change: f64,
    interval: Option<[f64; 2]>,
}

impl<'a> Step<'a> {
    /// The finding's change, or the same told from the other side, if `change` has the other sign.
    fn of(finding: &'a DriftFinding, change: Option<f64>) -> Option<Self> {
        let change = change?;
        let turned = finding.change.is_some_and(|own| own * change < 0.0);
        let interval = finding.interval.map(|[low, high]| if turned { [-high, -low] } else { [low, high] });
        Some(Self { onset: finding.onset.as_deref()?, change, interval })
    }

    fn size(&self) -> String {
        size(self.change)
    }

    /// "about 0.6 lower".
    fn words(&self) -> String {
        format!("about {} {}", self.size(), direction(self.change))
    }

    /// "0.3 to 0.9", or "0.4 lower to 0.2 higher" where the interval holds both.
    fn interval_words(&self) -> Option<String> {
        let [low, high] = self.interval?.map(bound);
        let text = |end: f64| shown(end.abs());
        Some(if low >= 0.0 && self.change >= 0.0 {
            format!("{} to {}", text(low), text(high))
        } else if high <= 0.0 && self.change <= 0.0 {
            format!("{} to {}", text(high), text(low))
        } else {
            format!("{} lower to {} higher", text(low), text(high))
        })
    }
}

impl Step<'_> {
    /// "0.3 to 0.9" of how far the gap has moved, or "up to 0.9" where it may not have moved at all.
    fn width_words(&self) -> Option<String> {
        let [low, high] = self.interval?.map(bound);
        let text = |end: f64| shown(end.abs());
        Some(if low >= 0.0 {
            format!("{} to {}", text(low), text(high))
        } else {
            format!("up to {}", text(low.abs().max(high.abs())))
        })
    }
}

/// Whose answers a finding rests on.
struct Respondents {
    linked: bool,
    count: u32,
}

impl Respondents {
    fn of(card: &Scorecard, cell: &Cell, of_side: impl Fn(SideId) -> bool) -> Self {
        let count = cell.sides.iter().filter(|own| of_side(own.side)).map(|own| own.n).sum();
        Self { linked: card.mode != Mode::Anonymous, count }
    }

    /// "11 people".
    fn words(&self) -> String {
        match (self.linked, self.count) {
            (true, 1) => "1 person".to_owned(),
            (true, n) => format!("{n} people"),
            (false, 1) => "1 answer".to_owned(),
            (false, n) => format!("{n} answers"),
        }
    }

    /// "(0.3 to 0.9; 11 people)".
    fn brackets(&self, interval: Option<String>) -> String {
        let who = self.words();
        match interval {
            Some(interval) => format!("({interval}; {who})"),
            None => format!("({who})"),
        }
    }

    /// Adds what must be said where nobody can be followed.
    fn caution(&self, sentence: String) -> String {
        if self.linked {
            return sentence;
        }
        format!("{sentence} Answers are not linked to people here, so it may be that other people answered.")
    }
}

/// A change's size as text: one decimal, by the display rule, without a sign.
pub fn change_size_words(change: f64) -> String {
    size(change)
}

fn size(change: f64) -> String {
    shown(display_change(change.abs(), &Thresholds::default()))
}

fn direction(change: f64) -> &'static str {
    if change < 0.0 { "lower" } else { "higher" }
}
