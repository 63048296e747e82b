//! The same test once more, straight from the model: a covariance matrix of every answer of a side, and the normal
//! equations solved by elimination, anew for each cycle and onset. Nothing is shared with the program but the
//! thresholds, so that a mistake would have to be made twice.

use proptest::prelude::*;

use super::{DriftState, Found, laws, samples::*};
use crate::domain::{
    instrument::DriftThresholds,
    samples::side_id,
    scoring::{Subject, composite},
};

/// Answers of one subject: by cycle and side, each with a person.
type Cells = Vec<Vec<Vec<(usize, f64)>>>;

#[derive(Debug, Clone, PartialEq)]
struct Result {
    state: DriftState,
    onset: Option<usize>,
    change: f64,
    interval: [f64; 2],
    z: f64,
    between: Option<[usize; 2]>,
}

fn bare(state: DriftState) -> Result {
    Result { state, onset: None, change: 0.0, interval: [0.0; 2], z: 0.0, between: None }
}

/// Solves `matrix · x = right` by Gaussian elimination with pivoting.
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let n = right.len();
    for column in 0..n {
        let pivot =
            (column..n).max_by(|a, b| matrix[*a][column].abs().total_cmp(&matrix[*b][column].abs())).unwrap();
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        for row in column + 1..n {
            let factor = matrix[row][column] / matrix[column][column];
            let above = matrix[column].clone();
            for (own, above) in matrix[row].iter_mut().zip(&above) {
                *own -= factor * above;
            }
            right[row] -= factor * right[column];
        }
    }
    for row in (0..n).rev() {
        let rest: f64 = (row + 1..n).map(|k| matrix[row][k] * right[k]).sum();
        right[row] = (right[row] - rest) / matrix[row][row];
    }
    right
}

/// Generalised least squares of a constant and a step: the step and its variance.
fn step(answers: &[(usize, usize, f64)], onset: usize, se2: f64, sb2: f64) -> (f64, f64) {
    let covariance: Vec<Vec<f64>> = answers
        .iter()
        .enumerate()
        .map(|(i, (_, a, _))| {
            let entry = |(j, (_, b, _)): (usize, &(usize, usize, f64))| {
                (if i == j { se2 } else { 0.0 }) + if a == b { sb2 } else { 0.0 }
            };
            answers.iter().enumerate().map(entry).collect()
        })
        .collect();
    let design: [Vec<f64>; 2] = [
        vec![1.0; answers.len()],
        answers.iter().map(|(at, ..)| if *at >= onset { 1.0 } else { 0.0 }).collect(),
    ];
    let y: Vec<f64> = answers.iter().map(|(_, _, x)| *x).collect();
    let weighted: Vec<Vec<f64>> = design.iter().map(|x| solve(covariance.clone(), x.clone())).collect();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let normal: Vec<Vec<f64>> =
        (0..2).map(|i| (0..2).map(|j| dot(&design[i], &weighted[j])).collect()).collect();
    let beta = solve(normal.clone(), (0..2).map(|i| dot(&weighted[i], &y)).collect());
    let inverse = solve(normal, vec![0.0, 1.0]);
    (beta[1], inverse[1])
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn squares(values: &[f64]) -> f64 {
    values.iter().map(|x| (x - mean(values)).powi(2)).sum()
}

/// Variances after the cycles up to and with `t`, from all answers anew.
fn variances(cells: &Cells, t: usize, overall: bool) -> (f64, f64) {
    let (total_prior, person_prior) = if overall { (0.4, 0.15) } else { (0.8, 0.4) };
    let (mut ssw, mut dfw, mut ssd, mut dfd) = (0.0, 0.0, 0.0, 0.0);
    let cell = |u: usize, side: usize| &cells[u][side];
    let sides = cells[t].len();
    for now in 0..=t {
        for side in 0..sides {
            let values: Vec<f64> = cell(now, side).iter().map(|(_, x)| *x).collect();
            if values.len() > 1 {
                ssw += squares(&values);
                dfw += values.len() as f64 - 1.0;
            }
            let earlier = |person: usize| {
                (0..now)
                    .rev()
                    .find_map(|u| cell(u, side).iter().find(|(own, _)| *own == person).map(|(_, x)| *x))
            };
            let changes: Vec<f64> = cell(now, side)
                .iter()
                .filter_map(|(person, x)| earlier(*person).map(|last| x - last))
                .collect();
            if changes.len() > 1 {
                ssd += squares(&changes) / 2.0;
                dfd += changes.len() as f64 - 1.0;
            }
        }
    }
    let st2 = (10.0 * total_prior + ssw) / (10.0 + dfw);
    (st2, f64::min((10.0 * person_prior + ssd) / (10.0 + dfd), st2))
}

/// One candidate: z by which it competes, onset (a cycle), change, variance, pair.
type Candidate = (f64, usize, f64, f64, Option<[usize; 2]>);

fn pick(candidates: &[Candidate]) -> Candidate {
    let mut best = candidates[0];
    for own in candidates {
        if own.0 > best.0 + 1e-12 {
            best = *own;
        }
    }
    best
}

fn test(
    cells: &Cells,
    t: usize,
    start: usize,
    overall: bool,
    gap: bool,
    k: &DriftThresholds,
) -> (Result, f64) {
    let sides = cells[t].len();
    let usable = |u: usize| cells[u].iter().all(|side| !side.is_empty());
    if !usable(t) {
        return (bare(DriftState::NoTest), f64::NAN);
    }
    let segment: Vec<usize> = (start..=t).filter(|u| usable(*u)).collect();
    if segment.len() < 3 {
        return (bare(DriftState::Learning), f64::NAN);
    }
    let (st2, se2) = variances(cells, t, overall);
    let (mut down, mut up, mut pairs) = (vec![], vec![], vec![]);
    for (p, onset) in segment.iter().enumerate().skip(1) {
        let q = segment.len() - p;
        let noise = 1.0 / p as f64 + 1.0 / q as f64;
        let steps: Vec<(f64, f64)> = (0..sides)
            .map(|side| {
                let answers: Vec<(usize, usize, f64)> =
                    segment.iter().flat_map(|u| cells[*u][side].iter().map(|(i, x)| (*u, *i, *x))).collect();
                step(&answers, *onset, se2, st2 - se2)
            })
            .collect();
        let s = sides as f64;
        let change = mean(&steps.iter().map(|own| own.0).collect::<Vec<_>>());
        let variance = steps.iter().map(|own| own.1).sum::<f64>() / (s * s) + 0.01 * noise / s;
        down.push((-change / variance.sqrt(), *onset, change, variance, None));
        up.push((change / variance.sqrt(), *onset, change, variance, None));
        for a in 0..sides {
            for b in a + 1..sides {
                let (change, variance) = (steps[a].0 - steps[b].0, steps[a].1 + steps[b].1 + 0.02 * noise);
                pairs.push((change.abs() / variance.sqrt(), *onset, change, variance, Some([a, b])));
            }
        }
    }
    let result = |state: DriftState, z: f64, own: Candidate| Result {
        state,
        onset: Some(own.1),
        change: own.2,
        interval: [own.2 - 1.645 * own.3.sqrt(), own.2 + 1.645 * own.3.sqrt()],
        z,
        between: own.4,
    };
    let grade = |own: &Candidate, watch: f64, alarm: f64| match own.0 {
        z if z >= alarm - 1e-9 && own.2.abs() >= 0.2 - 1e-9 => DriftState::Alarm,
        z if z >= watch - 1e-9 && own.2.abs() >= 0.2 - 1e-9 => DriftState::Watch,
        _ => DriftState::Stable,
    };
    if !gap {
        let (low, high) = (pick(&down), pick(&up));
        let state = grade(&low, k.level_watch, k.level_alarm);
        if state == DriftState::Stable && high.0 >= k.improved - 1e-9 && high.2 >= 0.2 - 1e-9 {
            return (result(DriftState::Improved, low.0, high), high.0);
        }
        return (result(state, low.0, low), high.0);
    }
    // The thresholds for 1, 3 and 6 pairs, from the complementary error function by bisection.
    let (watch, alarm) = match sides {
        2 => (k.gap_watch, k.gap_alarm),
        3 => (2.956_902_989_516_493, 3.320_075_203_521_651),
        _ => (3.164_456_409_787_639, 3.508_898_842_277_131),
    };
    let found = pick(&pairs);
    let [a, b] = found.4.unwrap();
    let side_mean = |u: usize, side: usize| mean(&cells[u][side].iter().map(|(_, x)| *x).collect::<Vec<_>>());
    let distance = |from: &dyn Fn(usize) -> bool| {
        let cycles = segment.iter().filter(|u| from(**u));
        mean(&cycles.map(|u| side_mean(*u, a) - side_mean(*u, b)).collect::<Vec<_>>()).abs()
    };
    let narrowed = distance(&|u| u >= found.1) < distance(&|u| u < found.1) - 1e-9;
    let state = match grade(&found, watch, alarm) {
        DriftState::Alarm if narrowed => DriftState::Improved,
        DriftState::Watch if narrowed => DriftState::Stable,
        state => state,
    };
    (result(state, found.0, found), f64::NAN)
}

/// The answers of one subject, everybody with a number; who cannot be linked gets a new one each time.
fn cells(history: &History, subject: &Subject) -> Cells {
    let mut fresh = 1_000_000..;
    let value = |given: &Given| match subject {
        Subject::Overall => composite(&given.answers, &history.instrument),
        Subject::Indicator(id) => given.answers.get(id).copied().flatten().map(f64::from),
    };
    history
        .quarters
        .iter()
        .map(|quarter| {
            let mut sides = vec![vec![]; history.sides];
            for given in &quarter.given {
                let person = given.person.map_or_else(|| fresh.next().unwrap(), |own| own as usize);
                sides[given.side].extend(value(given).map(|x| (person, x)));
            }
            sides
        })
        .collect()
}

fn same(history: &History, wanted: &Result, found: &Found) -> std::result::Result<(), TestCaseError> {
    let own = &found.finding;
    prop_assert_eq!(wanted.state, own.state, "{:?} {:?}", wanted, own);
    let onset = wanted.onset.map(|t| history.quarters[t].period.clone());
    prop_assert_eq!(&onset, &own.onset, "{:?} {:?}", wanted, own);
    if onset.is_some() {
        let near = |a: f64, b: Option<f64>| (a - b.unwrap_or(f64::NAN)).abs() < 1e-9;
        prop_assert!(near(wanted.change, own.change) && near(wanted.z, own.z), "{:?} {:?}", wanted, own);
        for end in 0..2 {
            prop_assert!(near(wanted.interval[end], own.interval.map(|ends| ends[end])));
        }
        prop_assert_eq!(wanted.between.map(|pair| pair.map(side_id)), own.between);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn every_figure_agrees_with_the_model_solved_by_elimination(history in laws::history(2..=4, 3, 3..=7)) {
        let findings = history.replay();
        for (position, (subject, _)) in findings[0].iter().enumerate() {
            let cells = cells(&history, subject);
            let mut start = [0, 0];
            for (t, quarter) in history.quarters.iter().enumerate() {
                let tested = &findings[t][position].1;
                let overall = *subject == Subject::Overall;
                let (st2, se2) = variances(&cells, t, overall);
                prop_assert!((st2 - tested.variances.within).abs() < 1e-9);
                prop_assert!((se2 - tested.variances.person).abs() < 1e-9);
                if quarter.rebaseline {
                    start = [t, t];
                }
                for (channel, found) in [&tested.level, &tested.gap].into_iter().enumerate() {
                    let thresholds = &history.instrument.thresholds.drift;
                    let (wanted, z_up) = test(&cells, t, start[channel], overall, channel == 1, thresholds);
                    same(&history, &wanted, found)?;
                    if let Some(up) = found.finding.z_up {
                        prop_assert!((up - z_up).abs() < 1e-9);
                    }
                    if matches!(wanted.state, DriftState::Alarm | DriftState::Improved) {
                        start[channel] = wanted.onset.unwrap();
                    }
                }
            }
        }
    }
}
