//! The numbers an instrument version is judged by.
//!
//! Law: no number of the scoring rules stands anywhere but here, so that a change of one is a new version of
//! an instrument and never a silent change of old results. Comparisons use unrounded values with the slack
//! [`Thresholds::EPS`].
//!
//! # Source
//! The defaults were chosen by simulation; see the scoring chapter of the project's documentation.

use serde::{Deserialize, Serialize};

/// Thresholds of ratings, intervals, gaps and response. Scores are on the scale 1 to 5.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Thresholds {
    /// Green from this score on.
    pub green: f64,
    /// Amber from this score on, red below.
    pub amber: f64,
    /// A side's mean below this caps the rating at amber.
    pub side_amber: f64,
    /// A side's mean below this makes the rating red.
    pub side_red: f64,
    /// How far above a threshold a score must be to improve on the previous rating.
    pub hysteresis: f64,
    /// Prior variance of answers within a side, per indicator.
    pub prior_variance: f64,
    /// Prior variance of the overall composite.
    pub prior_variance_overall: f64,
    /// How many answers the prior variance weighs; `n + prior_weight − 1` are the degrees of freedom.
    pub prior_weight: f64,
    /// Coverage of every interval, two-sided.
    pub confidence: f64,
    /// A score whose interval's half width is at most this is firm.
    pub precision_firm: f64,
    /// At most this: indicative; above: rough.
    pub precision_indicative: f64,
    /// From this many answers on a side on, a cell is no longer provisional and agreement has a word.
    pub enough_answers: u32,
    /// Mean absolute deviation up to which agreement is strong.
    pub agreement_strong: f64,
    /// Up to this it is acceptable; above: low.
    pub agreement_acceptable: f64,
    /// A gap below this is small.
    pub gap_small: f64,
    /// A clear gap from this on is large.
    pub gap_large: f64,
    /// Response is good from this share on.
    pub response_good: f64,
    /// Response is moderate from this share on, low below.
    pub response_moderate: f64,
    /// Where every side has at least this many answers, intervals and agreement may be published outside
    /// named mode.
    pub spread_floor: u32,
    /// The numbers of the drift test.
    pub drift: DriftThresholds,
}

impl Thresholds {
    /// Slack of every comparison, so that 0.1 + 0.2 counts as 0.3.
    pub const EPS: f64 = 1e-9;

    /// The rule that these numbers break, if any.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        let rules = [
            (self.finite(), "every threshold must be a finite number that is not negative"),
            (
                1.0 < self.amber && self.amber < self.green && self.green <= 5.0,
                "1 < amber < green ≤ 5 must hold",
            ),
            (
                self.side_red <= self.side_amber && self.side_amber <= 5.0,
                "side_red ≤ side_amber ≤ 5 must hold",
            ),
            (self.hysteresis < self.green - self.amber, "hysteresis must be less than the width of amber"),
            (
                self.prior_variance > 0.0 && self.prior_variance_overall > 0.0 && self.prior_weight > 0.0,
                "the prior variances and prior_weight must be positive",
            ),
            (0.5 < self.confidence && self.confidence < 1.0, "confidence must lie between 0.5 and 1"),
            (
                self.precision_firm <= self.precision_indicative,
                "precision_firm ≤ precision_indicative must hold",
            ),
            (
                self.agreement_strong <= self.agreement_acceptable,
                "agreement_strong ≤ agreement_acceptable must hold",
            ),
            (self.gap_small <= self.gap_large, "gap_small ≤ gap_large must hold"),
            (
                self.response_moderate <= self.response_good && self.response_good <= 1.0,
                "response_moderate ≤ response_good ≤ 1 must hold",
            ),
            (
                self.drift.prior_weight > 0.0
                    && self.drift.person_variance > 0.0
                    && self.drift.person_variance_overall > 0.0
                    && self.drift.within_variance > 0.0
                    && self.drift.within_variance_overall > 0.0,
                "the prior variances and prior_weight of the drift test must be positive",
            ),
            (
                self.drift.level_watch <= self.drift.level_alarm
                    && self.drift.gap_watch <= self.drift.gap_alarm,
                "a drift watch must not need more than the alarm",
            ),
            (
                self.enough_answers >= 1 && self.spread_floor >= 1,
                "enough_answers and spread_floor count from 1",
            ),
        ];
        rules.iter().find(|(holds, _)| !holds).map_or(Ok(()), |(_, rule)| Err(rule))
    }

    fn finite(&self) -> bool {
        let d = &self.drift;
        [
            self.green,
            self.amber,
            self.side_amber,
            self.side_red,
            self.hysteresis,
            self.prior_variance,
            self.prior_variance_overall,
            self.prior_weight,
            self.confidence,
            self.precision_firm,
            self.precision_indicative,
            self.agreement_strong,
            self.agreement_acceptable,
            self.gap_small,
            self.gap_large,
            self.response_good,
            self.response_moderate,
            d.level_watch,
            d.level_alarm,
            d.gap_watch,
            d.gap_alarm,
            d.improved,
            d.least_change,
            d.composition,
            d.within_variance,
            d.person_variance,
            d.within_variance_overall,
            d.person_variance_overall,
            d.prior_weight,
            d.wobble,
            d.interval_quantile,
        ]
        .iter()
        .all(|number| number.is_finite() && *number >= 0.0)
    }
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            green: 4.0,
            amber: 3.0,
            side_amber: 3.0,
            side_red: 2.5,
            hysteresis: 0.2,
            prior_variance: 0.8,
            prior_variance_overall: 0.4,
            prior_weight: 4.0,
            confidence: 0.90,
            precision_firm: 0.35,
            precision_indicative: 0.70,
            enough_answers: 3,
            agreement_strong: 0.5,
            agreement_acceptable: 5.0 / 6.0,
            gap_small: 0.5,
            gap_large: 1.0,
            response_good: 0.8,
            response_moderate: 0.5,
            spread_floor: 5,
            drift: DriftThresholds::default(),
        }
    }
}

/// Thresholds of the drift test (the person-linked change point).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DriftThresholds {
    /// z from which the level is watched.
    pub level_watch: f64,
    /// z from which the level raises an alarm.
    pub level_alarm: f64,
    /// z from which the gap is watched (two sides).
    pub gap_watch: f64,
    /// z from which the gap raises an alarm (two sides).
    pub gap_alarm: f64,
    /// Upward z from which the level counts as improved.
    pub improved: f64,
    /// The least change that is reported, in points.
    pub least_change: f64,
    /// How far the plain score must move, in points, to be called a change of composition.
    pub composition: f64,
    /// Prior variance of answers within a side.
    pub within_variance: f64,
    /// Prior variance of one person's answers over time.
    pub person_variance: f64,
    /// The same for the overall composite: within a side.
    pub within_variance_overall: f64,
    /// The same for the overall composite: one person's over time.
    pub person_variance_overall: f64,
    /// How many answers the priors weigh.
    pub prior_weight: f64,
    /// Variance of the wobble of a side's mean that is tolerated (0.1 points, squared).
    pub wobble: f64,
    /// Normal quantile of the reported interval.
    pub interval_quantile: f64,
}

impl Default for DriftThresholds {
    fn default() -> Self {
        Self {
            level_watch: 2.30,
            level_alarm: 2.70,
            gap_watch: 2.60,
            gap_alarm: 3.00,
            improved: 2.70,
            least_change: 0.20,
            composition: 0.5,
            within_variance: 0.8,
            person_variance: 0.4,
            within_variance_overall: 0.4,
            person_variance_overall: 0.15,
            prior_weight: 10.0,
            wobble: 0.01,
            interval_quantile: 1.645,
        }
    }
}
