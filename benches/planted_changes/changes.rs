//! Planted changes: how many are seen at one of the four closes from the change on.

use evenkeel::domain::close::{Closed, Response};
use evenkeel::domain::drift::{DriftFinding, limits_for};
use evenkeel::domain::ids::SideId;
use evenkeel::domain::words::drift_news;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::people::closes::{Review, period};
use super::people::{self, ALL_ANSWER, AS_IN_LIFE, Course, Habits};
use super::rate::Rate;
use super::{Channel, MODE, SEED, alarms, finding};

/// Quarters within which a change is to be seen.
const WITHIN: usize = 4;

/// What is planted, and where it is to be seen.
#[derive(Clone, Copy)]
enum Planted {
    /// Both sides fall in one indicator; its level is to alarm.
    Level(f64),
    /// The first side falls in one indicator; its gap is to alarm.
    Gap(f64),
    /// Both sides move apart in one indicator, each by half; its gap is to alarm.
    Apart(f64),
    /// Both sides fall in all indicators; the overall level is to alarm.
    All(f64),
}

/// What the partnership is like until then.
#[derive(Clone, Copy)]
struct Setting {
    they: &'static str,
    habits: Habits,
    wobble: f64,
    /// Stable quarters before the change.
    before: usize,
}

const SETTINGS: [Setting; 4] = [
    Setting { they: "all answer", habits: ALL_ANSWER, wobble: 0.0, before: 8 },
    Setting { they: "all answer", habits: ALL_ANSWER, wobble: 0.0, before: 16 },
    Setting { they: "all answer, a side wobbles by 0.1", habits: ALL_ANSWER, wobble: 0.1, before: 8 },
    Setting { they: "come and go, a side wobbles by 0.1", habits: AS_IN_LIFE, wobble: 0.1, before: 8 },
];

/// What is counted, a mean over histories each.
#[derive(Default)]
struct Row {
    seen: Rate,
    /// Of those seen: whether the first alarm names the quarter of the change or one beside it.
    onset: Rate,
    /// Whether a result mail says it.
    told: Rate,
    /// How far the answers of the indicator moved.
    moved: Rate,
}

/// Prints the table: a row for each change, a column for each setting. The last two columns and how far the answers moved
/// are of the last setting, the hardest.
pub fn table(histories: u64) {
    println!("### Planted changes: seen within {WITHIN} quarters, %\n");
    let headings: Vec<String> =
        SETTINGS.iter().map(|own| format!("{}, {} stable quarters before", own.they, own.before)).collect();
    println!(
        "| people a side | planted | {} | answers moved by | onset right within a quarter, % of seen | \
         drift in a result mail, % |",
        headings.join(" | ")
    );
    println!("|{}", "---|".repeat(5 + SETTINGS.len()));
    let sizes = || [3, 5, 8, 15].into_iter().filter_map(|people| Some((people, limits_for(people)?)));
    let levels = sizes().map(|(people, limits)| (people, Planted::Level(limits.level)));
    let gaps = sizes().map(|(people, limits)| (people, Planted::Gap(limits.gap)));
    let apart = sizes().map(|(people, limits)| (people, Planted::Apart(limits.gap)));
    for (people, planted) in levels.chain([(3, Planted::All(0.5))]).chain(gaps).chain(apart) {
        let rows = SETTINGS.map(|setting| row(histories, people, planted, &setting));
        let [.., hardest] = &rows;
        let seen: Vec<String> = rows.iter().map(|own| format!("{:.1}", own.seen.percent())).collect();
        println!(
            "| {people} | {} | {} | {:.2} | {:.0} | {:.0} |",
            planted.words(),
            seen.join(" | "),
            hardest.moved.mean(),
            hardest.onset.percent(),
            hardest.told.percent(),
        );
    }
    println!();
}

impl Planted {
    fn words(self) -> String {
        match self {
            Self::Level(by) => format!("one indicator falls by {by}"),
            Self::Gap(by) => format!("gap of one indicator changes by {by}: one side falls"),
            Self::Apart(by) => format!("gap of one indicator changes by {by}: each side moves half"),
            Self::All(by) => format!("all five indicators fall by {by}; overall"),
        }
    }

    /// How far the opinions of a side on an indicator move.
    fn moves(self, side: usize, indicator: usize) -> f64 {
        match (self, side, indicator) {
            (Self::Level(by), _, 0) | (Self::All(by), ..) | (Self::Gap(by), 0, 0) => -by,
            (Self::Apart(by), 0, 0) => -by / 2.0,
            (Self::Apart(by), _, 0) => by / 2.0,
            _ => 0.0,
        }
    }

    fn channel(self) -> Channel {
        match self {
            Self::Level(_) | Self::All(_) => Channel::Level,
            Self::Gap(_) | Self::Apart(_) => Channel::Gap,
        }
    }

    /// Finding and alarm where the change is to be seen.
    fn alarm(self, closed: &Closed) -> Option<&DriftFinding> {
        let cell = match self {
            Self::All(_) => &closed.card.overall,
            _ => &closed.card.indicators.first()?.cell,
        };
        finding(cell, self.channel()).filter(|_| alarms(cell, self.channel()))
    }
}

fn row(histories: u64, people: usize, planted: Planted, setting: &Setting) -> Row {
    let review = Review::new(people, MODE);
    let Setting { habits, wobble, before, .. } = *setting;
    let change = |quarter, side, item| if quarter < before { 0.0 } else { planted.moves(side, item) };
    let course = Course { people, quarters: before + WITHIN, habits, wobble, change: &change };
    let near: Vec<String> = (before - 1..=before + 1).map(period).collect();
    let mut dice = StdRng::seed_from_u64(SEED);
    let mut row = Row::default();
    for _ in 0..histories {
        let answers = people::answers(&mut dice, &review, &course);
        let closes = review.replay(&answers);
        let alarm = closes[before..].iter().find_map(|closed| planted.alarm(closed));
        row.seen.add(one_if(alarm.is_some()));
        if let Some(alarm) = alarm {
            row.onset.add(one_if(alarm.onset.as_ref().is_some_and(|own| near.contains(own))));
        }
        let told = closes.windows(2).skip(before - 1);
        let told = told.map(|two| drift_news(&two[1].card, Some(&two[0].card)));
        row.told.add(one_if(told.into_iter().any(|lines| !lines.is_empty())));
        let id = &review.instrument.indicators[0].id;
        row.moved.add(moved(&answers, before, id, (&review.sides(), planted.channel())));
    }
    row
}

fn one_if(yes: bool) -> f64 {
    if yes { 1.0 } else { 0.0 }
}

/// How far the answers to an indicator moved on average: the mean over the sides, or the distance between them.
fn moved(
    quarters: &[Vec<Response>],
    before: usize,
    indicator: &str,
    (sides, channel): (&[SideId], Channel),
) -> f64 {
    let mean = |quarters: &[Vec<Response>], side: SideId| {
        let own = quarters.iter().flatten().filter(|own| own.side_id == side);
        let points: Vec<f64> =
            own.filter_map(|own| own.answers.get(indicator).copied().flatten()).map(f64::from).collect();
        points.iter().sum::<f64>() / points.len() as f64
    };
    let (old, new) = quarters.split_at(before);
    let [first, second] = [0, 1].map(|side| mean(new, sides[side]) - mean(old, sides[side]));
    match channel {
        Channel::Level => f64::midpoint(first, second),
        Channel::Gap => first - second,
    }
}
