//! Does one pure part of the program so many times, for a tool that counts instructions: `counted PART TIMES`.
//!
//! `tests/instructions` runs it once and eleven times: a tenth of the difference is the part alone, without the start and what
//! is made ready before.

// The invented people name the program's crate; here it is its domain alone.
extern crate evenkeel_counted as evenkeel;

use std::hint::black_box;

use anyhow::{Context as _, Result, bail};
use evenkeel_charts::{PointState, SidePoint, Theme, Trend, TrendPoint};
use evenkeel_counted::domain::close::Response;
use evenkeel_counted::domain::mode::Mode;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

#[path = "../people/mod.rs"]
#[expect(dead_code, reason = "the rest is for the planted changes")]
mod people;

use people::closes::{Review, period};
use people::{ALL_ANSWER, Course, answers};

/// Closed quarters.
const QUARTERS: usize = 12;
/// People of a side.
const PEOPLE: usize = 5;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let part = arguments.next().context("name a part")?;
    let times: u32 = arguments.next().context("say how many times")?.parse()?;
    let review = Review::new(PEOPLE, Mode::Confidential);
    let quarters = invented(&review);
    let (closed, next) = (&quarters[..QUARTERS], &quarters[QUARTERS]);
    let standing = review.after(closed);
    let chart = trend();
    let act: Box<dyn Fn() -> usize> = match part.as_str() {
        // From the answers of one quarter to its scorecard, published, with flags; the drift test stands ready.
        "close" => {
            let ready = review.tracker(&standing, next);
            Box::new(move || {
                let mut tracker = ready.clone();
                review.next(&standing, next, &mut tracker).card.indicators.len()
            })
        }
        // The drift test taken up again from the answers of the quarters that it looks back to.
        "drift" => Box::new(move || {
            black_box(review.tracker(&standing, next));
            standing.reads()
        }),
        // Twelve closes, as an import does them.
        "history" => Box::new(move || review.replay(closed).len()),
        "trend-svg" => Box::new(move || chart.svg(true).map_or(0, |own| own.len())),
        "trend-png" => Box::new(move || chart.png(Theme::Light).map_or(0, |own| own.len())),
        _ => bail!("the parts are close, drift, history, trend-svg and trend-png"),
    };
    for _ in 0..times {
        anyhow::ensure!(black_box(act()) > 0, "{part} gave nothing");
    }
    Ok(())
}

/// The answers of thirteen quarters, always the same.
fn invented(review: &Review) -> Vec<Vec<Response>> {
    let course = Course {
        people: PEOPLE,
        quarters: QUARTERS + 1,
        habits: ALL_ANSWER,
        wobble: 0.0,
        change: &|_, _, _| 0.0,
    };
    answers(&mut StdRng::seed_from_u64(1), review, &course)
}

/// Two sides with intervals over twelve checks.
fn trend() -> Trend {
    let mean = |at: usize, side: usize| 3.4 + ((at * 7 + side * 5) % 9) as f64 / 10.0;
    let side = |at: usize, side: usize| {
        let mean = mean(at, side);
        Some(SidePoint { mean, n: 5, interval: Some((mean - 0.5, mean + 0.5)) })
    };
    let point = |at: usize| TrendPoint {
        period: period(at),
        state: PointState::Shown,
        total: Some(f64::midpoint(mean(at, 0), mean(at, 1))),
        sides: vec![side(at, 0), side(at, 1)],
        break_before: None,
        watch: false,
        event: None,
    };
    Trend {
        title: "Communication".to_owned(),
        description: "The last twelve checks.".to_owned(),
        sides: vec!["Northmoor Systems".to_owned(), "Brightwater Analytics".to_owned()],
        points: (0..QUARTERS).map(point).collect(),
        green_from: 4.0,
        amber_from: 3.0,
        onsets: Vec::new(),
    }
}
