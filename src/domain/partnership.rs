//! Partnerships and their members: states, roles, names, addresses, and the rule of two to four sides.
//!
//! Law: a text that reaches a page, a mail header or a file has been through [`clean_name`] or
//! [`EmailAddress::parse`] first, so none of them can smuggle a line break or turn the reading direction.
//! Called by the set-up workflows and by the store when it reads rows back.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::text::{is_deceptive, text_enum};

text_enum! {
    /// Where a partnership stands.
    PartnershipState as "partnership state" {
        /// One side has drafted it; the others have not accepted yet.
        Proposed = "proposed",
        /// Cycles open by their cadence.
        Active = "active",
        /// Nothing opens until it is resumed.
        Paused = "paused",
        /// Over; its scorecards stay readable.
        Ended = "ended",
    }
}

impl PartnershipState {
    /// Whether cycles open by themselves in this state.
    pub const fn opens_cycles(self) -> bool {
        matches!(self, Self::Active)
    }
}

text_enum! {
    /// One of the things that a member does, as a word.
    Role as "role" {
        /// Answers the instrument in each cycle.
        Respondent = "respondent",
        /// Runs the partnership for a side.
        Manager = "manager",
        /// Backs the partnership for a side.
        Sponsor = "sponsor",
        /// Neutral, on no side.
        Facilitator = "facilitator",
    }
}

/// What a member does in one partnership. A facilitator stands on no side; the other roles belong to one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "four independent roles, each held or not")]
pub struct MemberRoles {
    /// Answers the instrument in each cycle.
    pub respondent: bool,
    /// Runs the partnership for a side: sees its scorecards, gets the result mail.
    pub manager: bool,
    /// Backs the partnership for a side.
    pub sponsor: bool,
    /// Neutral: prepares and leads the review, has no vote.
    pub facilitator: bool,
}

impl MemberRoles {
    /// The roles that these words name.
    pub fn of(roles: &[Role]) -> Self {
        let has = |role| roles.contains(&role);
        Self {
            respondent: has(Role::Respondent),
            manager: has(Role::Manager),
            sponsor: has(Role::Sponsor),
            facilitator: has(Role::Facilitator),
        }
    }

    /// The roles held, in the order of their declaration.
    pub fn held(self) -> Vec<Role> {
        let held = [self.respondent, self.manager, self.sponsor, self.facilitator];
        Role::ALL.iter().copied().zip(held).filter_map(|(role, has)| has.then_some(role)).collect()
    }

    /// Whether any role is held.
    pub const fn any(self) -> bool {
        self.respondent || self.manager || self.sponsor || self.facilitator
    }

    /// Refuses a member without a role, a facilitator who also has a side's role, a facilitator on a side and
    /// a side's role without a side.
    pub const fn check(self, on_a_side: bool) -> Result<(), RolesError> {
        if !self.any() {
            return Err(RolesError::None);
        }
        let side_role = self.respondent || self.manager || self.sponsor;
        if self.facilitator && (side_role || on_a_side) {
            return Err(RolesError::FacilitatorOnASide);
        }
        if side_role && !on_a_side {
            return Err(RolesError::NoSide);
        }
        Ok(())
    }
}

/// Why a set of roles cannot be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RolesError {
    /// No role was chosen.
    #[error("Choose at least one role for this person.")]
    None,
    /// A facilitator is neutral.
    #[error("A facilitator is neutral: they stand on no side and have no other role in this partnership.")]
    FacilitatorOnASide,
    /// Respondents, managers and sponsors belong to a side.
    #[error("Respondents, managers and sponsors belong to a side; choose which.")]
    NoSide,
}

/// The longest name in characters.
pub const NAME_MAX: usize = 120;

/// Why a name was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing but blanks.
    #[error("A name is needed.")]
    Empty,
    /// More than [`NAME_MAX`] characters.
    #[error("A name has at most 120 characters; this one has {0}.")]
    TooLong(usize),
    /// A control character, a line break or a mark that turns the reading direction.
    #[error(
        "A name may not contain line breaks, control characters or marks that change the reading direction."
    )]
    Control,
}

/// The name without surrounding blanks, if it is one that can be shown anywhere: 1 to 120 characters, no
/// control characters, no bidirectional overrides.
///
/// ```
/// use evenkeel::domain::partnership::clean_name;
/// assert_eq!(clean_name("  Northmoor & Søn ").unwrap(), "Northmoor & Søn");
/// assert!(clean_name("North\r\nBcc: x@y").is_err());
/// ```
pub fn clean_name(text: &str) -> Result<String, NameError> {
    let name = text.trim();
    if name.is_empty() {
        return Err(NameError::Empty);
    }
    if name.chars().any(|c| c.is_control() || is_deceptive(c)) {
        return Err(NameError::Control);
    }
    let length = name.chars().count();
    if length > NAME_MAX {
        return Err(NameError::TooLong(length));
    }
    Ok(name.to_owned())
}

/// An e-mail address as we accept it: plain ASCII, domain in lower case, at most 254 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct EmailAddress(String);

/// Why an address was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// Nothing but blanks.
    #[error("An e-mail address is needed.")]
    Empty,
    /// A line break, blank or control character inside.
    #[error("An e-mail address may not contain blanks, line breaks or control characters.")]
    Control,
    /// More than 254 characters, or more than 64 before the @.
    #[error("This e-mail address is too long: at most 254 characters, 64 of them before the @.")]
    TooLong,
    /// Not of the form name@host.
    #[error("\"{0}\" is not an e-mail address; it should look like name@example.com.")]
    Form(String),
}

impl EmailAddress {
    /// Reads an address. Surrounding blanks go; the domain becomes lower case; the part before the @ keeps its
    /// case, because only its host knows whether case matters there.
    ///
    /// ```
    /// use evenkeel::domain::partnership::EmailAddress;
    /// assert_eq!(EmailAddress::parse(" Ada@Example.COM ").unwrap().as_str(), "Ada@example.com");
    /// assert!(EmailAddress::parse("a@b\r\nBcc: x@y").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let address = text.trim_matches([' ', '\t']);
        if address.is_empty() {
            return Err(EmailError::Empty);
        }
        if address.chars().any(|c| c.is_control() || c.is_whitespace() || is_deceptive(c)) {
            return Err(EmailError::Control);
        }
        let form = || EmailError::Form(address.chars().take(80).collect());
        let (local, domain) = address.split_once('@').ok_or_else(form)?;
        if address.len() > 254 || local.len() > 64 {
            return Err(EmailError::TooLong);
        }
        if !is_local_part(local) || !is_domain(domain) {
            return Err(form());
        }
        Ok(Self(format!("{local}@{}", domain.to_ascii_lowercase())))
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address for comparing people: wholly in lower case, so that `Ada@x.org` and `ada@x.org` are one.
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

fn is_local_part(local: &str) -> bool {
    local.split('.').all(|atom| {
        !atom.is_empty()
            && atom.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
    })
}

/// A host name. What ends in a number is an IP address or nothing at all: no top-level domain is one.
fn is_domain(domain: &str) -> bool {
    let last = domain.rsplit('.').next().unwrap_or_default();
    domain.split('.').all(|label| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    }) && !last.bytes().all(|b| b.is_ascii_digit())
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for EmailAddress {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, EmailError> {
        Self::parse(text)
    }
}

impl<'de> Deserialize<'de> for EmailAddress {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// Why a set of sides was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SidesError {
    /// Fewer than two sides.
    #[error("A partnership has at least two sides; add another.")]
    TooFew,
    /// More than four sides.
    #[error("A partnership has at most four sides; this one has {0}.")]
    TooMany(usize),
    /// Two sides with the same name.
    #[error("Two sides are called \"{0}\"; give each side its own name.")]
    SameName(String),
}

/// Checks that there are two to four sides and that no two names are alike (whatever their case).
pub fn check_sides<S: AsRef<str>>(names: &[S]) -> Result<(), SidesError> {
    match names.len() {
        0 | 1 => return Err(SidesError::TooFew),
        2..=4 => {}
        n => return Err(SidesError::TooMany(n)),
    }
    for (i, name) in names.iter().enumerate() {
        let same = |other: &S| other.as_ref().to_lowercase() == name.as_ref().to_lowercase();
        if names[..i].iter().any(same) {
            return Err(SidesError::SameName(name.as_ref().to_owned()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_could_deceive_are_refused() {
        for bad in ["", "   ", "a\0b", "a\nb", "a\u{202E}b", "\u{2066}x", &"x".repeat(121)] {
            assert!(clean_name(bad).is_err(), "{bad:?}");
        }
        for good in ["A", "=cmd|' /C calc'!A0", "<script>alert(1)</script>", "👨‍👩‍👧 family", &"é".repeat(120)]
        {
            assert_eq!(clean_name(good).unwrap(), good);
        }
    }

    #[test]
    fn addresses_that_are_not_addresses_are_refused() {
        for bad in [
            "",
            "a",
            "a@",
            "@b",
            "a@b@c",
            "a b@c.de",
            "a@b\r\nBcc: x@y",
            "a@b\n",
            "a@-b.de",
            "a@b..de",
            ".a@b.de",
            "a.@b.de",
            "\"a\"@b.de",
            "a@b,c@d",
            "<a@b.de>",
            "é@b.de",
            "a@x.123",
            "a@1.2.3.4",
            "a@7",
        ] {
            assert!(EmailAddress::parse(bad).is_err(), "{bad:?}");
        }
        assert_eq!(EmailAddress::parse(&format!("{}@b.de", "a".repeat(65))), Err(EmailError::TooLong));
        for good in ["a@b", "x.y+z@sub.example.com", "o'neil@example.ie"] {
            assert_eq!(EmailAddress::parse(good).unwrap().as_str(), good);
        }
    }

    #[test]
    fn a_partnership_has_two_to_four_sides_with_different_names() {
        assert_eq!(check_sides(&["A"]), Err(SidesError::TooFew));
        assert_eq!(check_sides(&["A", "B"]), Ok(()));
        assert_eq!(check_sides(&["A", "B", "C", "D", "E"]), Err(SidesError::TooMany(5)));
        assert_eq!(check_sides(&["Acme", "acme"]), Err(SidesError::SameName("acme".into())));
    }

    #[test]
    fn a_facilitator_stands_on_no_side() {
        let facilitator = MemberRoles { facilitator: true, ..MemberRoles::default() };
        assert_eq!(facilitator.check(false), Ok(()));
        assert_eq!(facilitator.check(true), Err(RolesError::FacilitatorOnASide));
        let both = MemberRoles { manager: true, ..facilitator };
        assert_eq!(both.check(false), Err(RolesError::FacilitatorOnASide));
        let manager = MemberRoles { manager: true, ..MemberRoles::default() };
        assert_eq!(manager.check(false), Err(RolesError::NoSide));
        assert_eq!(MemberRoles::default().check(true), Err(RolesError::None));
    }
}
