//! The one finding sentence of a scorecard.

use super::{
    super::{
        publication::{Scorecard, Tally},
        scoring::{GapLabel, Rating, shown},
    },
    gap_size_words, join, score_words, status_sentence,
};

/// The finding of a scorecard in one sentence, with the number in it.
///
/// The widest clear gap is named if there is one; else the overall score, and how it differs from the previous
/// scorecard's if both are shown and can be compared: in wording and mode, and without a new start. `previous` is the scorecard before of the same instrument.
///
/// "Two reds, two ambers, and the sides stand 1.6 apart on resources."
pub fn headline(card: &Scorecard, previous: Option<&Scorecard>) -> String {
    let tally = card.tally();
    if tally.green + tally.amber + tally.red == 0 {
        return unrated(card);
    }
    let ratings = tally_words(&tally);
    match widest_gap(card).or_else(|| overall_words(card, previous)) {
        Some(rest) => capital(&format!("{ratings}, {rest}.")),
        None => capital(&format!("{ratings}.")),
    }
}

fn unrated(card: &Scorecard) -> String {
    // One side that asked its own people has no score, and is nobody's silent partner.
    if let [only] = card.sides.as_slice()
        && let Some(mean) = card.overall.side(only.id).and_then(|own| own.mean)
    {
        return format!("Our view only: {} stands at {} overall.", only.name, score_words(mean, &card.marks));
    }
    if let Some(sentence) = status_sentence(card)
        && card.response.iter().filter(|own| own.answered > 0).count() < 2
    {
        return sentence;
    }
    let answered: u32 = card.response.iter().map(|own| own.answered).sum();
    let people = if answered == 1 { "person" } else { "people" };
    format!("Not shown: {answered} {people} answered, too few to show figures.")
}

fn tally_words(tally: &Tally) -> String {
    let rated = tally.green + tally.amber + tally.red;
    if tally.grey == 0 && rated > 1 && tally.green == rated {
        return format!("all {} are green", number_words(rated));
    }
    let bad: Vec<String> = [(tally.red, "red"), (tally.amber, "amber")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, colour)| {
            format!("{} {colour}{}", number_words(count), if count == 1 { "" } else { "s" })
        })
        .collect();
    if bad.is_empty() {
        return format!("{} green{}", number_words(tally.green), if tally.green == 1 { "" } else { "s" });
    }
    bad.join(", ")
}

/// The widest gap that is clear and not small, over the indicators.
fn widest_gap(card: &Scorecard) -> Option<String> {
    let gaps = card.indicators.iter().filter_map(|own| own.cell.gap.as_ref().map(|gap| (own, gap)));
    let clear = gaps.filter(|(_, gap)| matches!(gap.label, GapLabel::Large | GapLabel::Notable));
    let (own, gap) =
        clear.reduce(|best, other| if other.1.value.abs() > best.1.value.abs() { other } else { best })?;
    let who = if card.sides.len() == 2 {
        "the sides".to_owned()
    } else {
        let names: Vec<String> =
            gap.between.iter().filter_map(|side| card.side_name(*side).map(str::to_owned)).collect();
        join(&names)
    };
    Some(format!("and {who} stand {} apart on {}", gap_size_words(gap.value), lower_first(&own.short_name)))
}

fn overall_words(card: &Scorecard, previous: Option<&Scorecard>) -> Option<String> {
    let now = card.overall.score.filter(|_| card.overall.rating != Rating::Grey)?;
    let score = score_words(now, &card.marks);
    let before = previous
        .filter(|old| old.instrument.id == card.instrument.id)
        .filter(|old| old.instrument.version == card.instrument.version && old.mode == card.mode)
        .filter(|_| !card.rebaseline)
        .and_then(|old| old.overall.score.map(|value| score_words(value, &old.marks)));
    let Some(before) = before else { return Some(format!("overall {score}")) };
    // The difference of the two numbers that people see, so that it can be checked in the head.
    let change = score.parse::<f64>().ok()? - before.parse::<f64>().ok()?;
    Some(match shown(change.abs()).as_str() {
        "0.0" => format!("overall {score} as at the check before"),
        size if change > 0.0 => format!("overall {score}, {size} above the check before"),
        size => format!("overall {score}, {size} below the check before"),
    })
}

/// A count as it stands in a sentence: a word up to twelve, then digits.
pub fn number_words(n: usize) -> String {
    const WORDS: [&str; 13] = [
        "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
        "twelve",
    ];
    WORDS.get(n).map_or_else(|| n.to_string(), |word| (*word).to_owned())
}

/// "1 month", "6 months".
pub fn months(n: u32) -> String {
    if n == 1 { "1 month".to_owned() } else { format!("{n} months") }
}

/// The sentence with a capital first letter.
pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// A name inside a sentence, unless it begins with an abbreviation such as "KPIs".
pub fn lower_first(name: &str) -> String {
    let mut chars = name.chars();
    let (first, second) = (chars.next(), chars.next());
    if second.is_some_and(char::is_uppercase) {
        return name.to_owned();
    }
    first.map_or_else(String::new, |c| c.to_lowercase().chain(name.chars().skip(1)).collect())
}
