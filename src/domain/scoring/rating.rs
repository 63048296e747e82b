//! Red, amber, green: thresholds, the caps of single sides, and one-sided hysteresis.
//!
//! Law: ten fives against two twos never look green; getting worse shows at once, getting better only with a
//! margin. The rating uses the point score, never the interval. Used by [`super::cell`]; the plain colour also
//! by publication, where sides are hidden.

use crate::domain::{instrument::Thresholds, text::text_enum};

text_enum! {
    /// The rating of a score, best first.
    Rating as "rating" {
        /// 4.0 and more.
        Green = "green",
        /// From 3.0 on.
        Amber = "amber",
        /// Below 3.0.
        Red = "red",
        /// No score, or not shown.
        Grey = "grey",
    }
}

impl Rating {
    /// The level's word: High, Medium, Low; "Not rated" for grey.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Green => "High",
            Self::Amber => "Medium",
            Self::Red => "Low",
            Self::Grey => "Not rated",
        }
    }

    /// The colour's name in a sentence.
    pub const fn colour(self) -> &'static str {
        self.as_str()
    }
}

text_enum! {
    /// Why a rating is what it is.
    RatingReason as "rating reason" {
        /// The score alone.
        Score = "score",
        /// One side's mean capped it.
        Side = "side",
        /// The score is above the threshold, but not far enough to improve on the previous rating.
        Hysteresis = "hysteresis",
    }
}

/// The colour of a score by its thresholds alone.
///
/// # Source
/// Section 1.6 of the scoring chapter, first sentence.
pub(in crate::domain) fn plain(score: f64, thresholds: &Thresholds) -> Rating {
    if score >= thresholds.green - Thresholds::EPS {
        Rating::Green
    } else if score >= thresholds.amber - Thresholds::EPS {
        Rating::Amber
    } else {
        Rating::Red
    }
}

/// Rates a score: thresholds, then hysteresis against the previous rating, then the caps of the sides.
///
/// # Source
/// Section 1.6 of the scoring chapter.
pub(in crate::domain) fn rate(
    score: f64,
    side_means: &[f64],
    previous: Option<Rating>,
    thresholds: &Thresholds,
) -> (Rating, RatingReason) {
    let base = plain(score, thresholds);
    let steady = with_hysteresis(score, base, previous, thresholds);
    // The variants are ordered best first, so the worse of two ratings is the larger.
    let rating = steady.max(cap(side_means, thresholds));
    let reason = if rating != steady {
        RatingReason::Side
    } else if steady != base {
        RatingReason::Hysteresis
    } else {
        RatingReason::Score
    };
    (rating, reason)
}

/// Holds a rating back unless the score exceeds the threshold it would cross upwards by the margin.
fn with_hysteresis(score: f64, base: Rating, previous: Option<Rating>, thresholds: &Thresholds) -> Rating {
    let clears = |threshold: f64| score >= threshold + thresholds.hysteresis - Thresholds::EPS;
    match previous {
        Some(Rating::Amber | Rating::Red) if base == Rating::Green && !clears(thresholds.green) => {
            // From red, a score in the green margin has long cleared the amber one.
            Rating::Amber
        }
        Some(Rating::Red) if base == Rating::Amber && !clears(thresholds.amber) => Rating::Red,
        _ => base,
    }
}

/// The best rating that the lowest side allows.
fn cap(side_means: &[f64], thresholds: &Thresholds) -> Rating {
    let lowest = side_means.iter().copied().fold(f64::INFINITY, f64::min);
    if lowest < thresholds.side_red - Thresholds::EPS {
        Rating::Red
    } else if lowest < thresholds.side_amber - Thresholds::EPS {
        Rating::Amber
    } else {
        Rating::Green
    }
}

#[cfg(test)]
mod tests {
    use super::{
        Rating::{Amber, Green, Red},
        RatingReason::{Hysteresis, Score, Side},
        *,
    };

    #[test]
    fn ratings_follow_the_table() {
        let cases = [
            // score, side means, previous, rating, reason
            (4.0, [4.0, 4.0], None, Green, Score),
            (4.0, [4.0, 4.0], Some(Green), Green, Score),
            (3.999, [4.0, 3.998], None, Amber, Score),
            (4.1, [4.1, 4.1], Some(Amber), Amber, Hysteresis),
            (4.2, [4.2, 4.2], Some(Amber), Green, Score),
            (4.1, [4.1, 4.1], Some(Red), Amber, Hysteresis),
            (3.1, [3.1, 3.1], Some(Red), Red, Hysteresis),
            (3.2, [3.2, 3.2], Some(Red), Amber, Score),
            (3.1, [3.1, 3.1], Some(Amber), Amber, Score),
            (2.9, [2.9, 2.9], Some(Green), Red, Score),
            (4.0, [5.0, 2.9], None, Amber, Side),
            (3.5, [5.0, 2.4], None, Red, Side),
            (3.75, [5.0, 2.5], None, Amber, Score),
            (4.1, [5.0, 2.9], Some(Amber), Amber, Hysteresis),
            (2.0, [2.0, 2.0], Some(Red), Red, Score),
        ];
        for (score, means, previous, rating, reason) in cases {
            let got = rate(score, &means, previous, &Thresholds::default());
            assert_eq!(got, (rating, reason), "{score} {means:?} after {previous:?}");
        }
    }

    #[test]
    fn a_threshold_reached_by_sums_of_tenths_counts_as_reached() {
        let score = 0.1 + 0.2 + 3.7;
        assert_eq!(plain(score, &Thresholds::default()), Green);
        assert_eq!(plain(4.0 - 1e-12, &Thresholds::default()), Green);
    }

    #[test]
    fn levels_have_the_words_of_the_rating() {
        let words: Vec<_> = Rating::ALL.iter().map(|r| r.word()).collect();
        assert_eq!(words, ["High", "Medium", "Low", "Not rated"]);
    }
}
