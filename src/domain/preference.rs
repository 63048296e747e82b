//! What a respondent wants to be written.
//!
//! Law: a preference ends letters, never a link or an answer: whoever wants no letter is still invited and still counted.
//! Chosen on the page behind the link in every survey letter, kept with the membership, obeyed when letters are composed.
//!
//! That link works for at least a year after its letter, because people look for it late, and ends when the letter is about two
//! years old.

use chrono::{DateTime, Datelike, TimeDelta, Utc};

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

/// A letter may lie so long before it goes out; its link works for a year from then, too.
const MAY_LIE: TimeDelta = TimeDelta::days(30);

/// The year for which the link in a letter of this date is made.
pub fn year_of_link(dated_at: DateTime<Utc>) -> i32 {
    (dated_at + MAY_LIE).year()
}

/// The years whose links work at an instant: the last one, this one, and the next one, which December's letters are made for.
/// So a link works for 13 to 25 months after the date of its letter.
pub fn years_of_good_links(now: DateTime<Utc>) -> [i32; 3] {
    [now.year() - 1, now.year(), now.year() + 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_works_for_a_year_after_its_letter_went_out_and_ends_after_about_two() {
        let first: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
        for day in 0..800 {
            let dated_at = first + TimeDelta::days(day);
            let works =
                |after: TimeDelta| years_of_good_links(dated_at + after).contains(&year_of_link(dated_at));
            for days in [0, 30, 365, 365 + 30] {
                assert!(works(TimeDelta::days(days)), "{dated_at} after {days} days");
            }
            assert!(!works(TimeDelta::days(765)), "{dated_at}");
        }
    }

    #[test]
    fn whoever_wants_invitations_only_is_not_reminded() {
        let takes = |own: SurveyLetters| (own.takes_invitations(), own.takes_reminders());
        let all: Vec<_> = SurveyLetters::ALL.iter().map(|own| takes(*own)).collect();
        assert_eq!(all, [(true, true), (true, false), (false, false)]);
    }
}
