//! What a respondent wants to be written.
//!
//! Law: a preference ends letters, never a link or an answer: whoever wants no letter is still invited and still counted.
//! Chosen on the page behind the link in every survey letter, kept with the membership, obeyed when letters are composed.

use super::text::text_enum;

text_enum! {
    /// Which survey letters a respondent wants from one partnership.
    SurveyLetters as "choice of letters" {
        /// Invitations and reminders.
        All = "all",
        /// One letter for each check.
        Invitations = "invitations",
        /// No letter.
        Nothing = "none",
    }
}

impl SurveyLetters {
    /// Whether an invitation is wanted.
    pub fn takes_invitations(self) -> bool {
        self != Self::Nothing
    }

    /// Whether reminders are wanted.
    pub fn takes_reminders(self) -> bool {
        self == Self::All
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_wants_invitations_only_is_not_reminded() {
        let takes = |own: SurveyLetters| (own.takes_invitations(), own.takes_reminders());
        let all: Vec<_> = SurveyLetters::ALL.iter().map(|own| takes(*own)).collect();
        assert_eq!(all, [(true, true), (true, false), (false, false)]);
    }
}
