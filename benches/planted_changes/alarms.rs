//! False alarms: nothing changes but people, days and chance.

use evenkeel::domain::close::Closed;
use evenkeel::domain::drift::{DriftState, LEAST_CYCLES};
use evenkeel::domain::flags::{FlagSubject, Reason};
use evenkeel::domain::publication::{Cell, Scorecard};
use evenkeel::domain::words::drift_news;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::people::closes::Review;
use super::people::{self, ALL_ANSWER, AS_IN_LIFE, Course, Habits};
use super::rate::Rate;
use super::{Channel, MODE, SEED, alarms, finding, indicators};

const QUARTERS: usize = 20;
/// The test needs these many quarters; a year is four of the others.
const TESTED: usize = QUARTERS - (LEAST_CYCLES - 1);

/// What is counted, a mean over histories each.
#[derive(Default)]
struct Row {
    /// Share of tested quarters in which one indicator's level alarms.
    level: Rate,
    /// The same of its gap.
    gap: Rate,
    /// Share of tested quarters in which the overall score's level alarms.
    overall_level: Rate,
    /// The same of its gap.
    overall_gap: Rate,
    /// Flags of single indicators with an alarm among their reasons, a year.
    flags: Rate,
    /// Result mails that speak of drift, a year.
    sentences: Rate,
}

/// Prints the table.
pub fn table(histories: u64) {
    println!("### False alarms on {QUARTERS} stable quarters\n");
    println!(
        "| people a side | they | a side wobbles by | indicator: level, % of quarters | gap, % | overall: level, % | gap, % \
         | flags of indicators, a partnership and year | drift sentences in result mails, a partnership and year |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for (they, habits) in [("all answer", ALL_ANSWER), ("come and go", AS_IN_LIFE)] {
        for wobble in [0.0, 0.1] {
            for people in [3, 5, 8, 15] {
                let Row { level, gap, overall_level, overall_gap, flags, sentences } =
                    row(histories, people, habits, wobble);
                println!(
                    "| {people} | {they} | {wobble} | {} | {} | {} | {} | {:.3} | {:.3} |",
                    level.percent(),
                    gap.percent(),
                    overall_level.percent(),
                    overall_gap.percent(),
                    flags.plain(),
                    sentences.plain(),
                );
            }
        }
    }
    println!();
}

fn row(histories: u64, people: usize, habits: Habits, wobble: f64) -> Row {
    let review = Review::new(people, MODE);
    let mut dice = StdRng::seed_from_u64(SEED);
    let course = Course { people, quarters: QUARTERS, habits, wobble, change: &|_, _, _| 0.0 };
    let mut row = Row::default();
    for _ in 0..histories {
        let cards: Vec<Scorecard> =
            review.replay(&people::answers(&mut dice, &review, &course)).into_iter().map(card).collect();
        row.add(&cards);
    }
    row
}

fn card(closed: Closed) -> Scorecard {
    closed.card
}

impl Row {
    /// Takes in one history.
    fn add(&mut self, cards: &[Scorecard]) {
        let overall = |card: &'_ Scorecard| vec![card.overall.clone()];
        let each = |card: &'_ Scorecard| indicators(card).cloned().collect::<Vec<Cell>>();
        self.level.add(share(cards, each, Channel::Level));
        self.gap.add(share(cards, each, Channel::Gap));
        self.overall_level.add(share(cards, overall, Channel::Level));
        self.overall_gap.add(share(cards, overall, Channel::Gap));
        let years = TESTED as f64 / 4.0;
        self.flags.add(cards.iter().map(flags).sum::<usize>() as f64 / years);
        let told = |at: &usize| !drift_news(&cards[*at], at.checked_sub(1).map(|own| &cards[own])).is_empty();
        self.sentences.add((0..cards.len()).filter(told).count() as f64 / years);
    }
}

/// How many of the tests of these cells end in an alarm.
fn share(cards: &[Scorecard], cells: impl Fn(&Scorecard) -> Vec<Cell>, channel: Channel) -> f64 {
    let all: Vec<Cell> = cards.iter().flat_map(cells).collect();
    let tested = |cell: &&Cell| {
        let state = finding(cell, channel).map(|own| own.state);
        state.is_some_and(|own| own != DriftState::NoTest)
    };
    // While a segment is new there is no test either, but that is the program's own doing and counts.
    let untested = (LEAST_CYCLES - 1) * all.len() / cards.len();
    let tests = all.iter().filter(tested).count() - untested;
    all.iter().filter(|cell| alarms(cell, channel)).count() as f64 / tests as f64
}

/// The indicators that carry a drift flag after this close.
fn flags(card: &Scorecard) -> usize {
    let of_drift = |reason: &Reason| matches!(reason, Reason::DriftLevel | Reason::DriftGap);
    let own = card.flags.iter().filter(|own| matches!(own.subject, FlagSubject::Indicator(_)));
    own.filter(|own| own.reasons.iter().any(of_drift)).count()
}
