//! Modes: who sees what after the close, and from how many answers on.
//!
//! Law: the mode and its floor are frozen when a cycle opens, and the same sentence stands on the mail, the
//! form and the report. Called when a cadence is set up, when a cycle opens, and by [`super::publication`].

use std::ops::RangeInclusive;

use super::text::text_enum;

text_enum! {
    /// Who sees what after the close. The order is the order of strictness.
    Mode as "mode" {
        /// Answers and comments with names, to the partnership's members on all sides.
        Named = "named",
        /// Side figures always, names never: one answers for one's side.
        Representative = "representative",
        /// Side figures only from the floor on.
        Confidential = "confidential",
        /// As confidential, and after the close nothing links an answer to a person.
        Anonymous = "anonymous",
    }
}

/// From how many invited on every side confidential is the mode that set-up proposes.
const CONFIDENTIAL_FROM: u32 = 5;

/// Why a cycle cannot open in a mode.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModeError {
    /// A side has fewer invited than the floor.
    #[error("{mode} mode needs at least {k} invited on each side; {side} has {invited}. {cure}")]
    TooFewInvited {
        /// The mode as a title, such as "Confidential".
        mode: &'static str,
        /// The floor.
        k: u32,
        /// The first side below the floor.
        side: String,
        /// How many are invited there.
        invited: u32,
        /// The way out, as a sentence.
        cure: &'static str,
    },
    /// The floor is outside what the mode allows.
    #[error("{mode} mode takes a floor from {least} to {most}; {k} is outside it.")]
    FloorOutOfRange {
        /// The mode as a title.
        mode: &'static str,
        /// The floor that was asked for.
        k: u32,
        /// The lowest allowed floor.
        least: u32,
        /// The highest allowed floor.
        most: u32,
    },
}

impl Mode {
    /// The floor `k` a cadence starts with: named 0 (no floor), representative 1, confidential 3, anonymous 5.
    pub const fn default_floor(self) -> u32 {
        match self {
            Self::Named => 0,
            Self::Representative => 1,
            Self::Confidential => 3,
            Self::Anonymous => 5,
        }
    }

    /// The floors that may be chosen in this mode.
    pub const fn floor_range(self) -> RangeInclusive<u32> {
        match self {
            Self::Named => 0..=0,
            Self::Representative => 1..=1,
            Self::Confidential | Self::Anonymous => 3..=10,
        }
    }

    /// The mode's name with a capital, for the start of a sentence or a label.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Named => "Named",
            Self::Representative => "Representative",
            Self::Confidential => "Confidential",
            Self::Anonymous => "Anonymous",
        }
    }

    /// Whether this mode with floor `k` lets people see no more than another one: a stricter mode, or the same with a
    /// floor at least as high. One side may ask for that alone.
    pub fn is_no_looser(self, k: u32, before: (Self, u32)) -> bool {
        self >= before.0 && k >= before.1
    }

    /// Whether the mode hides answers behind a floor (confidential, anonymous).
    pub const fn has_floor(self) -> bool {
        matches!(self, Self::Confidential | Self::Anonymous)
    }

    /// One plain sentence that says who sees what, for mail, form and report.
    ///
    /// `operator` is who runs the server, `k` the floor of the cycle.
    ///
    /// ```
    /// use evenkeel::domain::mode::Mode;
    /// assert_eq!(
    ///     Mode::Representative.sentence("Northmoor IT", 1),
    ///     "After the close all sides see the figures of each side and nobody’s name: you answer for your \
    ///      side; Northmoor IT runs this server."
    /// );
    /// ```
    pub fn sentence(self, operator: &str, k: u32) -> String {
        match self {
            Self::Named => format!(
                "After the close all sides see the figures of each side, and the members on all sides see your \
                 answers and comments with your name; {operator} runs this server."
            ),
            Self::Representative => format!(
                "After the close all sides see the figures of each side and nobody’s name: you answer for your \
                 side; {operator} runs this server."
            ),
            Self::Confidential => format!(
                "After the close a side’s figures are shown only when every side has at least {k} answers, and \
                 nobody is shown a single person’s answers; {operator} runs this server, and whoever holds its \
                 database and key could link answers to people."
            ),
            Self::Anonymous => format!(
                "After the close a side’s figures are shown only when every side has at least {k} answers, and \
                 nothing in the database, its backups or logs links an answer to a person any more; {operator} \
                 runs this server."
            ),
        }
    }

    /// The mode set-up proposes: confidential from five invited on every side, else representative.
    pub fn suggest(invited_per_side: &[u32]) -> Self {
        let enough = !invited_per_side.is_empty() && invited_per_side.iter().all(|&n| n >= CONFIDENTIAL_FROM);
        if enough { Self::Confidential } else { Self::Representative }
    }

    /// Whether a cycle may open in this mode with floor `k` and these invited per side.
    pub fn check_open<S: AsRef<str>>(self, k: u32, sides: &[(S, u32)]) -> Result<(), ModeError> {
        let range = self.floor_range();
        if !range.contains(&k) {
            return Err(ModeError::FloorOutOfRange {
                mode: self.title(),
                k,
                least: *range.start(),
                most: *range.end(),
            });
        }
        if !self.has_floor() {
            return Ok(());
        }
        let Some((side, invited)) = sides.iter().find(|(_, invited)| *invited < k) else { return Ok(()) };
        let cure = if self == Self::Anonymous && *invited >= Self::Confidential.default_floor() {
            "Invite more people or choose confidential mode."
        } else {
            "Invite more people or choose representative mode."
        };
        Err(ModeError::TooFewInvited {
            mode: self.title(),
            k,
            side: side.as_ref().to_owned(),
            invited: *invited,
            cure,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confidential_says_why_it_does_not_open() {
        let error = Mode::Confidential.check_open(3, &[("Acme", 6), ("Globex", 2)]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Confidential mode needs at least 3 invited on each side; Globex has 2. Invite more people or \
             choose representative mode."
        );
    }

    #[test]
    fn anonymous_with_four_people_says_why() {
        let error = Mode::Anonymous.check_open(5, &[("Acme", 4), ("Globex", 9)]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Anonymous mode needs at least 5 invited on each side; Acme has 4. Invite more people or choose \
             confidential mode."
        );
    }

    #[test]
    fn a_floor_of_one_is_refused_in_confidential_mode() {
        let error = Mode::Confidential.check_open(1, &[("A", 9), ("B", 9)]).unwrap_err();
        assert_eq!(error.to_string(), "Confidential mode takes a floor from 3 to 10; 1 is outside it.");
    }

    #[test]
    fn every_mode_opens_with_its_default_floor_and_enough_people() {
        for mode in Mode::ALL {
            assert_eq!(mode.check_open(mode.default_floor(), &[("A", 5), ("B", 5)]), Ok(()));
            assert!(mode.floor_range().contains(&mode.default_floor()));
        }
    }

    #[test]
    fn set_up_proposes_confidential_from_five_a_side() {
        assert_eq!(Mode::suggest(&[5, 5]), Mode::Confidential);
        assert_eq!(Mode::suggest(&[9, 4]), Mode::Representative);
        assert_eq!(Mode::suggest(&[]), Mode::Representative);
    }

    #[test]
    fn named_mode_says_that_names_are_shown() {
        let sentence = Mode::Named.sentence("Northmoor IT", 0);
        assert!(sentence.starts_with("After the close all sides see the figures of each side"), "{sentence}");
        assert!(sentence.contains("see your answers and comments with your name"), "{sentence}");
    }

    #[test]
    fn modes_are_read_and_written_by_their_words() {
        for mode in Mode::ALL {
            assert_eq!(mode.as_str().parse::<Mode>().unwrap(), *mode);
            assert_eq!(serde_json::to_string(mode).unwrap(), format!("\"{mode}\""));
        }
        let error = "secret".parse::<Mode>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "\"secret\" is not a mode; expected one of named, representative, confidential, anonymous."
        );
    }
}
