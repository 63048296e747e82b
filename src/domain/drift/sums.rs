//! Running variance sums: how much answers scatter within a side, and how much one person's answers do over time.
//!
//! Law: a close adds the new cycle and nothing else, whether the cycle is usable or not and wherever the segments
//! begin; what was added is never taken out again, not even by an erasure. Stored in [`super::Carried`].

use serde::{Deserialize, Serialize};

use super::Unlinked;
use crate::domain::{
    instrument::{DriftThresholds, Thresholds},
    scoring::Subject,
};

/// Sums of squares over all cycles so far, of one indicator or of the overall composite.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Sums {
    /// Squared deviations of answers from their side's mean in the cycle (SSW).
    pub within: f64,
    /// Their degrees of freedom (dfW).
    pub within_df: u64,
    /// Half the squared deviations of people's changes from their side's mean change (SSD).
    pub changes: f64,
    /// Their degrees of freedom (dfD).
    pub changes_df: u64,
}

impl Sums {
    /// Adds the answers of one side in one cycle: those of people, and the sums of those that cannot be linked.
    pub fn add_answers(&mut self, answers: &[f64], unlinked: Unlinked) {
        let count = answers.len() as u64 + u64::from(unlinked.count);
        if count < 2 {
            return;
        }
        let mean = (answers.iter().sum::<f64>() + unlinked.sum) / count as f64;
        let linked: f64 = answers.iter().map(|value| (value - mean).powi(2)).sum();
        self.within += linked + unlinked.deviations(mean);
        self.within_df += count - 1;
    }

    /// Adds the changes of one side in one cycle: each person's answer minus their last earlier one. The change that
    /// everybody shares does not count, and the difference of two answers scatters twice as much as one.
    pub fn add_changes(&mut self, changes: &[f64]) {
        let (squares, df) = scatter(changes);
        self.changes += squares / 2.0;
        self.changes_df += df;
    }

    /// The variances as they are estimated now.
    ///
    /// # Source
    /// Section 2 of the scoring chapter: each is the weighted mean of a prior and the pooled sample variance.
    pub fn variances(&self, subject: &Subject, thresholds: &Thresholds) -> Variances {
        let DriftThresholds { prior_weight: weight, .. } = thresholds.drift;
        let (within_prior, person_prior) = match subject {
            Subject::Overall => {
                (thresholds.drift.within_variance_overall, thresholds.drift.person_variance_overall)
            }
            Subject::Indicator(_) => (thresholds.drift.within_variance, thresholds.drift.person_variance),
        };
        let within = (weight * within_prior + self.within) / (weight + self.within_df as f64);
        let person = (weight * person_prior + self.changes) / (weight + self.changes_df as f64);
        let person = person.min(within);
        Variances { within, person, between: within - person }
    }
}

/// Squared deviations from the mean, and their degrees of freedom.
fn scatter(values: &[f64]) -> (f64, u64) {
    if values.len() < 2 {
        return (0.0, 0);
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    (values.iter().map(|value| (value - mean).powi(2)).sum(), values.len() as u64 - 1)
}

/// How much answers scatter, in squared points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Variances {
    /// Within a side in one cycle (`st2`): people differ, and each wavers.
    pub within: f64,
    /// One person's answers over time (`se2`); at most `within`.
    pub person: f64,
    /// Between people (`sb2`): the rest.
    pub between: f64,
}
