//! Quantiles of Student's t, and the degrees of freedom of a sum of variances.
//!
//! Law: a quantile is as exact as the cumulative distribution it inverts; the inverse the statistics crate
//! gives is used as a start and polished until it no longer moves. Used by [`super::side`], [`super::cell`]
//! and [`super::gap`].

use std::collections::BTreeMap;
use std::sync::RwLock;

use statrs::distribution::{Continuous, ContinuousCDF, StudentsT};

/// Quantiles that were asked for, by the bits of `p` and `df`. Sides have few people and answers few points, so that the same ones are
/// asked for again and again; working one out takes longer than all the rest of a cell.
static KNOWN: RwLock<BTreeMap<(u64, u64), f64>> = RwLock::new(BTreeMap::new());
/// So many are known at the most: about 200 KB.
const ROOM: usize = 4096;

/// The `p` quantile of Student's t with `df` degrees of freedom; `p` above one half.
///
/// # Source
/// Inverse of the cumulative distribution by Newton's method.
pub(in crate::domain) fn student_t(p: f64, df: f64) -> f64 {
    let key = (p.to_bits(), df.to_bits());
    // Nothing panics while it is held; if something did, each is worked out anew.
    if let Some(known) = KNOWN.read().ok().and_then(|known| known.get(&key).copied()) {
        return known;
    }
    let found = worked_out(p, df);
    if let Ok(mut known) = KNOWN.write()
        && known.len() < ROOM
    {
        known.insert(key, found);
    }
    found
}

fn worked_out(p: f64, df: f64) -> f64 {
    let Ok(law) = StudentsT::new(0.0, 1.0, df) else { return f64::INFINITY };
    let mut t = law.inverse_cdf(p);
    for _ in 0..20 {
        let step = (law.cdf(t) - p) / law.pdf(t);
        if !step.is_finite() {
            break;
        }
        t -= step;
        if step.abs() <= 1e-13 * t.abs().max(1.0) {
            break;
        }
    }
    t
}

/// Welch and Satterthwaite: the degrees of freedom of a sum of squared errors `se²`, each with its own.
pub(in crate::domain) fn welch_df(parts: &[(f64, f64)]) -> f64 {
    let sum: f64 = parts.iter().map(|(se, _)| se * se).sum();
    let denominator: f64 = parts.iter().map(|(se, df)| se.powi(4) / df).sum();
    sum * sum / denominator
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_agree_with_printed_tables() {
        for (p, df, t) in [
            (0.95, 4.0, 2.131_846_786_326_649),
            (0.95, 12.0, 1.782_287_555_649_32),
            (0.975, 10.0, 2.228_138_851_986_274),
            (0.95, 1.0, 6.313_751_514_675_04),
            (0.95, 1e6, 1.644_855_150_0),
        ] {
            assert!((student_t(p, df) - t).abs() < 2e-8 * t, "t({p}, {df}) = {}", student_t(p, df));
            assert_eq!(student_t(p, df).to_bits(), worked_out(p, df).to_bits(), "the same when asked again");
        }
    }

    #[test]
    fn two_equal_errors_add_their_degrees_of_freedom() {
        assert!((welch_df(&[(0.3, 6.0), (0.3, 6.0)]) - 12.0).abs() < 1e-12);
        assert!((welch_df(&[(0.3, 6.0)]) - 6.0).abs() < 1e-12);
    }
}
