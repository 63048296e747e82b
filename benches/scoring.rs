//! What closes cost: scorecard, drift and flags of one partnership of two sides with ten people each and five indicators, without
//! any database.
//!
//! `cargo bench --bench scoring`

use std::collections::BTreeMap;
use std::hint::black_box;

use criterion::{BatchSize, Criterion};
use evenkeel::domain::close::{Closed, Response, given};
use evenkeel::domain::drift::{Drift, Tracker};
use evenkeel::domain::mode::Mode;
use evenkeel::domain::publication::publish;
use evenkeel::domain::scoring::{SideInput, score_cycle};
use rand::SeedableRng as _;
use rand::rngs::StdRng;

#[expect(dead_code, reason = "the rest is for the planted changes")]
mod people;

use people::closes::{Review, Standing, meta, period};
use people::{ALL_ANSWER, Course};

/// People on each side.
const PEOPLE: usize = 10;
const QUARTERS: usize = 40;

fn main() {
    let review = Review::new(PEOPLE, Mode::Confidential);
    let quarters = steady(&review);
    let mut criterion = Criterion::default().configure_from_args();
    scoring(&mut criterion, &review, &quarters[0]);
    drift(&mut criterion, &review, &quarters);
    histories(&mut criterion, &review, &quarters);
    closes(&mut criterion, &review, &quarters);
    criterion.final_summary();
}

/// A history in which nothing is ever found, so that the test looks back to the first quarter: the dearest one there is.
fn steady(review: &Review) -> Vec<Vec<Response>> {
    let course = Course {
        people: PEOPLE,
        quarters: QUARTERS,
        habits: ALL_ANSWER,
        wobble: 0.0,
        change: &|_, _, _| 0.0,
    };
    (0..1_000)
        .map(|seed| people::answers(&mut StdRng::seed_from_u64(seed), review, &course))
        .find(|quarters| !review.replay(quarters).iter().any(found))
        .expect("one of the histories is as steady as that")
}

/// Whether a close found something anywhere.
fn found(closed: &Closed) -> bool {
    let indicators = closed.card.indicators.iter().map(|own| &own.cell);
    let cells = std::iter::once(&closed.card.overall).chain(indicators);
    cells.filter_map(|cell| cell.drift.as_ref()).flat_map(Drift::channels).any(|own| own.state.restarts())
}

/// From answers to figures, and from figures to a scorecard, without drift and flags.
fn scoring(criterion: &mut Criterion, review: &Review, responses: &[Response]) {
    let side = |side| {
        let own = responses.iter().filter(|own| own.side_id == side);
        let respondents = own.map(|own| own.answers.clone()).collect();
        SideInput { side, name: "A side".to_owned(), invited: 10, respondents }
    };
    let sides: Vec<SideInput> = review.sides().into_iter().map(side).collect();
    criterion.bench_function("scoring/one cycle", |bench| {
        bench.iter(|| score_cycle(&review.instrument, black_box(&sides), &BTreeMap::new()));
    });
    let (figures, meta) = (score_cycle(&review.instrument, &sides, &BTreeMap::new()), meta(0));
    let (mode, floor) = (Mode::Confidential, Mode::Confidential.default_floor());
    criterion.bench_function("publication/one cycle", |bench| {
        bench.iter(|| publish(black_box(&figures), &review.instrument, mode, floor, &meta));
    });
}

/// The drift test alone: taken up again from what is stored, and asked about one more quarter.
fn drift(criterion: &mut Criterion, review: &Review, quarters: &[Vec<Response>]) {
    for count in [4, 12, QUARTERS - 1] {
        let (standing, responses) = (review.after(&quarters[..count]), &quarters[count]);
        criterion.bench_function(&format!("drift/taken up after {count} quarters"), |bench| {
            bench.iter(|| review.tracker(black_box(&standing), responses));
        });
        let (tracker, period) = (review.tracker(&standing, responses), period(count));
        let asked = given(&review.instrument, &period, responses);
        criterion.bench_function(&format!("drift/one more after {count} quarters"), |bench| {
            let test = |mut tracker: Tracker| tracker.close(black_box(&asked));
            bench.iter_batched(|| tracker.clone(), test, BatchSize::SmallInput);
        });
    }
}

/// Everything from the first close on, as an import does it.
fn histories(criterion: &mut Criterion, review: &Review, quarters: &[Vec<Response>]) {
    for count in [20, QUARTERS] {
        criterion.bench_function(&format!("replay/{count} quarters"), |bench| {
            bench.iter(|| review.replay(black_box(&quarters[..count])));
        });
    }
}

/// One close from what the close before left, as a live close does it.
fn closes(criterion: &mut Criterion, review: &Review, quarters: &[Vec<Response>]) {
    for nth in [4, 20, QUARTERS] {
        let standing = review.after(&quarters[..nth - 1]);
        let responses = &quarters[nth - 1];
        assert_eq!(standing.reads(), nth - 1, "nothing was found so far");
        let whole = |standing: &Standing| {
            let mut tracker = review.tracker(standing, responses);
            review.next(standing, responses, &mut tracker)
        };
        criterion.bench_function(&format!("close {nth}/whole"), |bench| {
            bench.iter(|| whole(black_box(&standing)));
        });
        criterion.bench_function(&format!("close {nth}/without taking up"), |bench| {
            let tracker = review.tracker(&standing, responses);
            let close = |mut tracker| review.next(black_box(&standing), responses, &mut tracker);
            bench.iter_batched(|| tracker.clone(), close, BatchSize::SmallInput);
        });
    }
}
