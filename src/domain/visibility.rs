//! What a mode lets people see, foretold when it is chosen: in how many of ten rounds each side's figures will be shown.
//!
//! Law: figures of sides are published all or none ([`super::publication`]): only where every side has at least as many answers
//! as the floor. Each of the people who are asked is taken to answer with the same chance and apart from the others, so a side's
//! answers follow a binomial distribution, and the chances of the sides multiply. What people leave out of their answers is not
//! foreseen, so the truth is never more than this. Asked by the set-up, the page of a partnership and the REST interface.

use super::mode::Mode;

/// The share of people taken to answer.
pub const RESPONSE: f64 = 0.7;

/// How sure it is that each side's figures are shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Visibility {
    /// The chance that a round shows the figures of every side, 0 to 1.
    pub chance: f64,
    /// How many answers each side needs.
    pub needed: u32,
}

impl Visibility {
    /// For a mode with its floor, and the numbers of people who are asked on each side. `None` where a side asks nobody, or
    /// where no round would open for so few.
    pub fn expected(mode: Mode, floor: u32, asked: &[u32]) -> Option<Self> {
        let needed = floor.max(1);
        let opens = !mode.has_floor() || asked.iter().all(|n| *n >= floor);
        if asked.is_empty() || asked.contains(&0) || !opens {
            return None;
        }
        let chance = asked.iter().map(|n| at_least(needed, *n, RESPONSE)).product();
        Some(Self { chance, needed })
    }

    /// The chance in rounds of ten: a whole number, and "more than 9" or "fewer than 1" instead of a certainty that is none.
    pub fn of_ten(self) -> String {
        match self.chance * 10.0 {
            p if p >= 9.95 => "10".to_owned(),
            p if p >= 9.5 => "more than 9".to_owned(),
            p if p < 0.5 => "fewer than 1".to_owned(),
            p => format!("about {p:.0}"),
        }
    }

    /// One sentence, for `sides` sides.
    pub fn sentence(self, sides: usize) -> String {
        let each = if sides == 2 { "both sides have" } else { "every side has" };
        let answers =
            if self.needed == 1 { "one answer".to_owned() } else { format!("{} answers", self.needed) };
        format!(
            "At 70 % response each side’s figures will show in {} of 10 checks: whenever {each} at least {answers}.",
            self.of_ten()
        )
    }
}

/// The chance that at least `k` of `n` answer, each with chance `p` strictly between 0 and 1.
fn at_least(k: u32, n: u32, p: f64) -> f64 {
    if k > n {
        return 0.0;
    }
    // P(X = 0) first, each next term from the one before; in logarithms, so that no size underflows.
    let odds = (p / (1.0 - p)).ln();
    let mut term = f64::from(n) * (1.0 - p).ln();
    let mut below = 0.0;
    for i in 0..k {
        below += term.exp();
        term += odds + (f64::from(n - i) / f64::from(i + 1)).ln();
    }
    (1.0 - below).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chance(mode: Mode, floor: u32, asked: &[u32]) -> f64 {
        Visibility::expected(mode, floor, asked).map_or(-1.0, |own| own.chance)
    }

    /// Worked by hand from the binomial distribution with p = 0.7.
    #[test]
    fn the_chance_is_the_product_of_the_sides_binomial_tails() {
        let cases = [
            // One answer of each: 1 − 0.3^n.
            (Mode::Named, 0, vec![1, 1], 0.49),
            (Mode::Representative, 1, vec![1, 2], 0.7 * 0.91),
            (Mode::Representative, 1, vec![2, 2], 0.91 * 0.91),
            // P(X ≥ 3 of 3) = 0.343; of 4: 4·0.7³·0.3 + 0.7⁴ = 0.6517; of 5: 0.83692.
            (Mode::Confidential, 3, vec![3, 3], 0.343 * 0.343),
            (Mode::Confidential, 3, vec![4, 5], 0.6517 * 0.836_92),
            (Mode::Confidential, 3, vec![5, 5, 5], 0.836_92_f64.powi(3)),
            // P(X ≥ 5 of 8) = 0.80589565.
            (Mode::Anonymous, 5, vec![8, 8], 0.805_895_65_f64.powi(2)),
        ];
        for (mode, floor, asked, worked) in cases {
            let found = chance(mode, floor, &asked);
            assert!((found - worked).abs() < 1e-8, "{mode} {floor} {asked:?}: {found} and not {worked}");
        }
    }

    #[test]
    fn nothing_is_foretold_where_no_round_could_show_anything() {
        for (mode, floor, asked) in [
            (Mode::Confidential, 3, vec![2, 9]),
            (Mode::Anonymous, 5, vec![4, 5]),
            (Mode::Named, 0, vec![0, 4]),
            (Mode::Named, 0, vec![]),
        ] {
            assert_eq!(Visibility::expected(mode, floor, &asked), None, "{mode} {asked:?}");
        }
    }

    #[test]
    fn more_people_and_a_lower_floor_make_it_likelier() {
        for n in 3..40 {
            let of = |k, n| chance(Mode::Confidential, k, &[n, n]);
            assert!(of(3, n + 1) > of(3, n) - 1e-12);
            assert!(n < 4 || of(3, n) >= of(4, n));
        }
        assert!(chance(Mode::Confidential, 10, &[5000, 5000]) > 1.0 - 1e-12, "no size underflows");
    }

    #[test]
    fn a_certainty_that_is_none_is_not_said() {
        let said = |chance| Visibility { chance, needed: 3 }.of_ten();
        assert_eq!(
            [0.01, 0.06, 0.449, 0.7, 0.949, 0.96, 0.996].map(said),
            ["fewer than 1", "about 1", "about 4", "about 7", "about 9", "more than 9", "10"]
        );
        let sentence = Visibility::expected(Mode::Confidential, 3, &[5, 5]).map(|own| own.sentence(2));
        assert_eq!(
            sentence.as_deref(),
            Some(
                "At 70 % response each side’s figures will show in about 7 of 10 checks: whenever both sides have at least 3 \
                 answers."
            )
        );
        assert!(
            Visibility { chance: 0.5, needed: 1 }
                .sentence(3)
                .ends_with("whenever every side has at least one answer.")
        );
    }
}
