//! Invented people who answer quarter after quarter, and the closes that their answers go through.
//!
//! How somebody answers: an opinion on a scale without ends, rounded to the nearest of 1 to 5.
//!
//! ```text
//! opinion = level of the indicator on this side
//!         + the person's own bias      sd 0.47, the same to every question, for ever
//!         + the person's view of this  sd 0.37, for ever
//!         + a good or bad day          sd 0.28, the same to every question, this quarter
//!         + this answer's own chance   sd 0.53
//! ```
//!
//! That makes people differ by 0.6 and one person's answers vary by 0.6. With what rounding adds, the variance of answers
//! within a side is 0.8 and that of one person's answers 0.44, those of the composite of five are 0.41 and 0.16: close to
//! the priors of the drift test (0.8, 0.4, 0.4, 0.15). Levels differ by indicator and side, about 3.9 with sd 0.2, and
//! stand still unless a change is planted. A side may wobble as a whole from quarter to quarter.
//!
//! Used by the benches `scoring` and `planted_changes`. The same dice give the same answers.

pub mod closes;

use closes::Review;
use evenkeel::domain::answers::Answers;
use evenkeel::domain::close::{Respondent, Response};
use evenkeel::domain::ids::{MemberId, SideId};
use rand::RngExt as _;
use rand::rngs::StdRng;

const LEVEL: f64 = 3.9;
const LEVEL_SD: f64 = 0.2;
const BIAS_SD: f64 = 0.47;
const VIEW_SD: f64 = 0.37;
const DAY_SD: f64 = 0.28;
const CHANCE_SD: f64 = 0.53;

/// How reliably people take part.
#[derive(Clone, Copy, Debug)]
pub struct Habits {
    /// Chance that somebody misses a quarter.
    pub away: f64,
    /// Chance that an answer is "don't know".
    pub dont_know: f64,
    /// Chance that somebody else has taken a person's place since the last quarter.
    pub leaves: f64,
}

/// Everybody answers everything, and nobody leaves.
pub const ALL_ANSWER: Habits = Habits { away: 0.0, dont_know: 0.0, leaves: 0.0 };
/// One in ten misses a quarter, one answer in thirty is "don't know", one in twenty leaves in a quarter.
pub const AS_IN_LIFE: Habits = Habits { away: 0.1, dont_know: 1.0 / 30.0, leaves: 0.05 };

/// What happens in one partnership of two sides.
#[derive(Clone, Copy)]
pub struct Course<'a> {
    /// People on each side.
    pub people: usize,
    /// Cycles.
    pub quarters: usize,
    /// How reliably they take part.
    pub habits: Habits,
    /// How much a side moves as a whole in each quarter, to each question by itself: a standard deviation.
    pub wobble: f64,
    /// What is planted: how far the opinions stand from where they began, by quarter, side and indicator (from 0).
    pub change: &'a dyn Fn(usize, usize, usize) -> f64,
}

/// Somebody, as long as they are there.
struct Person {
    who: MemberId,
    bias: f64,
    views: Vec<f64>,
}

/// A value of the standard normal distribution.
///
/// # Source
/// Box & Muller 1958.
fn normal(dice: &mut StdRng) -> f64 {
    let radius = (-2.0 * (1.0 - dice.random_range(0.0..1.0_f64)).ln()).sqrt();
    radius * (std::f64::consts::TAU * dice.random_range(0.0..1.0_f64)).cos()
}

/// The nearest of 1 to 5.
fn rounded(opinion: f64) -> u8 {
    match opinion {
        _ if opinion < 1.5 => 1,
        _ if opinion < 2.5 => 2,
        _ if opinion < 3.5 => 3,
        _ if opinion < 4.5 => 4,
        _ => 5,
    }
}

/// The answers of a whole course, by quarter.
pub fn answers(dice: &mut StdRng, review: &Review, course: &Course<'_>) -> Vec<Vec<Response>> {
    let indicators: Vec<&str> = review.instrument.indicators.iter().map(|own| own.id.as_str()).collect();
    let mut met = 0_u64;
    let mut newcomer = |dice: &mut StdRng| {
        met += 1;
        let views = indicators.iter().map(|_| VIEW_SD * normal(dice)).collect();
        Person { who: MemberId::from_bytes(bytes(met)), bias: BIAS_SD * normal(dice), views }
    };
    let mut sides: Vec<(SideId, Vec<f64>, Vec<Person>)> = Vec::new();
    for side in review.sides() {
        let levels = indicators.iter().map(|_| LEVEL + LEVEL_SD * normal(dice)).collect();
        sides.push((side, levels, (0..course.people).map(|_| newcomer(dice)).collect()));
    }
    let mut quarters = Vec::with_capacity(course.quarters);
    for quarter in 0..course.quarters {
        let mut responses = Vec::new();
        for (place, (side, levels, people)) in sides.iter_mut().enumerate() {
            let level = |(item, level): (usize, &f64)| {
                level + (course.change)(quarter, place, item) + course.wobble * normal(dice)
            };
            let now: Vec<f64> = levels.iter().enumerate().map(level).collect();
            for person in people {
                if quarter > 0 && dice.random_bool(course.habits.leaves) {
                    *person = newcomer(dice);
                }
                if dice.random_bool(course.habits.away) {
                    continue;
                }
                let day = DAY_SD * normal(dice);
                let mut answer = |item: usize| {
                    let opinion =
                        now[item] + person.bias + person.views[item] + day + CHANCE_SD * normal(dice);
                    (!dice.random_bool(course.habits.dont_know)).then(|| rounded(opinion))
                };
                let answers: Answers = indicators
                    .iter()
                    .enumerate()
                    .map(|(item, id)| ((*id).to_owned(), answer(item)))
                    .collect();
                responses.push(Response { side_id: *side, who: Respondent::Member(person.who), answers });
            }
        }
        quarters.push(responses);
    }
    quarters
}

/// An identifier's bytes that hold a number.
fn bytes(number: u64) -> [u8; 16] {
    u128::from(number).to_be_bytes()
}
