//! What a program may do with an API token: its scopes, and what it is bound to.
//!
//! Law: a token can do nothing that its scopes do not name, and sees nothing outside its binding; what is outside does not
//! exist for it. Only a token bound to a side speaks for that side. Called by the token workflows and the REST interface.

use std::collections::BTreeSet;

use super::ids::{OrganisationId, PartnershipId, SideId};
use super::text::text_enum;

text_enum! {
    /// One thing that a token may do.
    Scope as "scope" {
        /// Read organisations, partnerships, their sides and instruments.
        PartnershipsRead = "partnerships:read",
        /// Set up organisations and partnerships, propose, pause, resume, end.
        PartnershipsWrite = "partnerships:write",
        /// Read people and members.
        MembersRead = "members:read",
        /// Add, change and remove people and members.
        MembersWrite = "members:write",
        /// Read cadences and their next dates.
        CadencesRead = "cadences:read",
        /// Set cadences.
        CadencesWrite = "cadences:write",
        /// Read cycles with response counts, and proposals.
        CyclesRead = "cycles:read",
        /// Open, extend, remind, close early and cancel cycles; decide proposals.
        CyclesWrite = "cycles:write",
        /// Read scorecards, the portfolio and charts.
        ScorecardsRead = "scorecards:read",
        /// Read flags.
        FlagsRead = "flags:read",
        /// Discuss and accept flags.
        FlagsWrite = "flags:write",
        /// Read actions.
        ActionsRead = "actions:read",
        /// Add and change actions.
        ActionsWrite = "actions:write",
        /// Import past reviews.
        HistoryWrite = "history:write",
        /// Read answers, in named mode, after the close.
        AnswersRead = "answers:read",
        /// Read comments.
        CommentsRead = "comments:read",
        /// Read the audit log.
        AuditRead = "audit:read",
        /// Report bounced addresses.
        BouncesWrite = "bounces:write",
        /// List tokens.
        TokensRead = "tokens:read",
        /// Make and revoke tokens; none can give more than it has.
        TokensWrite = "tokens:write",
    }
}

impl Scope {
    /// Whether it reads what people said, answers or comments.
    pub const fn is_of_voices(self) -> bool {
        matches!(self, Self::AnswersRead | Self::CommentsRead)
    }

    /// What is given when everything is asked for: all but what people said, answers and comments. Those are asked for by name.
    pub fn all_but_voices() -> BTreeSet<Self> {
        Self::ALL.iter().copied().filter(|scope| !scope.is_of_voices()).collect()
    }
}

/// What a token is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Binding {
    /// Everything on this instance.
    Instance,
    /// The partnerships in which an organisation has a side; it speaks for those sides.
    Organisation(OrganisationId),
    /// One partnership, for no side.
    Partnership(PartnershipId),
    /// One side; it speaks for it.
    Side(SideId),
}

impl Binding {
    /// The word and the identifier under which it is stored.
    pub fn stored(&self) -> (&'static str, Option<String>) {
        match self {
            Self::Instance => ("instance", None),
            Self::Organisation(id) => ("organisation", Some(id.to_string())),
            Self::Partnership(id) => ("partnership", Some(id.to_string())),
            Self::Side(id) => ("side", Some(id.to_string())),
        }
    }

    /// Reads back what [`Binding::stored`] gave; `None` for anything else.
    pub fn from_stored(word: &str, id: Option<&str>) -> Option<Self> {
        match (word, id) {
            ("instance", None) => Some(Self::Instance),
            ("organisation", Some(id)) => id.parse().ok().map(Self::Organisation),
            ("partnership", Some(id)) => id.parse().ok().map(Self::Partnership),
            ("side", Some(id)) => id.parse().ok().map(Self::Side),
            _ => None,
        }
    }
}

/// Days that a token lives unless another number is asked for.
pub const DEFAULT_DAYS: u16 = 90;
/// The longest life of a token in days.
pub const MAX_DAYS: u16 = 365;

/// Why a token cannot be given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefused {
    /// A token that may do nothing.
    #[error("Name at least one scope, such as scorecards:read.")]
    NoScope,
    /// Outside 1 to 365 days.
    #[error("A token lives 1 to 365 days; {0} is outside.")]
    Days(i64),
    /// More than the giver has.
    #[error("A token cannot give what it does not have: {0}.")]
    MoreThanGiver(String),
}

/// The days of a token's life, if they are within 1 to [`MAX_DAYS`].
pub fn check_days(days: Option<i64>) -> Result<u16, TokenRefused> {
    let days = days.unwrap_or(i64::from(DEFAULT_DAYS));
    u16::try_from(days).ok().filter(|d| (1..=MAX_DAYS).contains(d)).ok_or(TokenRefused::Days(days))
}

/// Refuses no scope at all, and scopes that the giver lacks (`None`: the giver may give everything).
pub fn check_scopes(wanted: &BTreeSet<Scope>, giver: Option<&BTreeSet<Scope>>) -> Result<(), TokenRefused> {
    if wanted.is_empty() {
        return Err(TokenRefused::NoScope);
    }
    let Some(own) = giver else { return Ok(()) };
    match wanted.difference(own).next() {
        Some(lacking) => Err(TokenRefused::MoreThanGiver(lacking.to_string())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_gives_no_more_than_it_has() {
        let own = BTreeSet::from([Scope::CyclesRead, Scope::TokensWrite]);
        assert_eq!(check_scopes(&BTreeSet::from([Scope::CyclesRead]), Some(&own)), Ok(()));
        let more = BTreeSet::from([Scope::CyclesRead, Scope::MembersRead]);
        assert_eq!(
            check_scopes(&more, Some(&own)),
            Err(TokenRefused::MoreThanGiver("members:read".to_owned()))
        );
        assert_eq!(check_scopes(&BTreeSet::new(), None), Err(TokenRefused::NoScope));
    }

    #[test]
    fn a_token_lives_one_to_three_hundred_and_sixty_five_days() {
        assert_eq!(check_days(None), Ok(90));
        assert_eq!(check_days(Some(365)), Ok(365));
        for days in [0, -1, 366, i64::MAX] {
            assert_eq!(check_days(Some(days)), Err(TokenRefused::Days(days)));
        }
    }

    #[test]
    fn a_binding_is_read_back_as_it_was_stored() {
        let side = SideId::mint_random();
        for binding in [Binding::Instance, Binding::Side(side)] {
            let (word, id) = binding.stored();
            assert_eq!(Binding::from_stored(word, id.as_deref()), Some(binding));
        }
        assert_eq!(Binding::from_stored("side", None), None);
        assert_eq!(Binding::from_stored("world", None), None);
    }
}
