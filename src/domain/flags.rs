//! Flags: what a scorecard asks to be talked about, one per indicator and episode.
//!
//! Law: flags come from published cells only, so a flag never says more than the scorecard it stands on; grey
//! never clears one. That holds in representative mode, too: disagreement within a side is a reason only where the
//! published card shows agreement, with five answers on every side, although the operator's own export says it of fewer;
//! and where a later check has fewer, such a reason is held, unmeasured, on a green cell. The overall score is rated and charted but raises no rating flag of its own. Called by the
//! closing of a cycle in the same transaction that freezes the scorecard.
//!
//! # Source
//! Section 1.10 of the scoring chapter.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{
    drift::{Drift, DriftFinding, DriftState},
    ids::FlagId,
    publication::{CardFlag, Cell, Scorecard, SideResponse},
    scoring::{Agreement, GapLabel, Rating, ResponseBand},
    text::text_enum,
};

text_enum! {
    /// Why a flag stands. The order is the order in which reasons are named.
    Reason as "flag reason" {
        /// Nobody of a side answered.
        SilentSide = "silent_side",
        /// The rating is red.
        Red = "red",
        /// The sides clearly stand a point or more apart.
        GapLarge = "gap_large",
        /// The level has dropped.
        DriftLevel = "drift_level",
        /// The sides have drifted apart.
        DriftGap = "drift_gap",
        /// The overall level or gap has drifted.
        DriftOverall = "drift_overall",
        /// The rating is amber.
        Amber = "amber",
        /// The sides clearly stand apart, by less than a point.
        GapNotable = "gap_notable",
        /// The people of one side disagree with each other.
        LowAgreement = "low_agreement",
        /// Fewer than half of a side's invited answered.
        LowResponse = "low_response",
    }
}

impl Reason {
    /// What this reason asks for.
    pub const fn severity(self) -> Severity {
        match self {
            Self::SilentSide
            | Self::Red
            | Self::GapLarge
            | Self::DriftLevel
            | Self::DriftGap
            | Self::DriftOverall => Severity::Act,
            Self::Amber | Self::GapNotable | Self::LowAgreement | Self::LowResponse => Severity::Discuss,
        }
    }

    /// Whether the response counts alone say it, which everybody sees.
    pub const fn follows_from_counts(self) -> bool {
        matches!(self, Self::SilentSide | Self::LowResponse)
    }

    /// Whether this scorecard's cell says nothing about the reason, for or against. A grey cell says nothing
    /// about any reason of an indicator.
    pub(super) fn unmeasured_in(self, cell: &Cell) -> bool {
        let grey = cell.rating == Rating::Grey;
        match self {
            Self::Red | Self::Amber => grey,
            Self::GapLarge | Self::GapNotable => grey || cell.gap.is_none(),
            Self::LowAgreement => {
                grey || cell.sides.is_empty() || cell.sides.iter().any(|s| s.agreement.is_none())
            }
            Self::DriftLevel => grey || finding(cell, |drift| &drift.level).is_none(),
            Self::DriftGap => grey || finding(cell, |drift| &drift.gap).is_none(),
            Self::DriftOverall => grey || cell.drift.is_none(),
            Self::SilentSide | Self::LowResponse => false,
        }
    }
}

text_enum! {
    /// What a flag asks for.
    Severity as "severity" {
        /// A note and an action, or an acceptance.
        Act = "act",
        /// A note.
        Discuss = "discuss",
    }
}

text_enum! {
    /// Where an episode stands.
    FlagState as "flag state" {
        /// Raised by the latest scorecard.
        Raised = "raised",
        /// Raised by an earlier one and still standing.
        Held = "held",
        /// Over.
        Cleared = "cleared",
    }
}

/// What a flag is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FlagSubject {
    /// The partnership as a whole.
    Partnership,
    /// One indicator, by id.
    Indicator(String),
}

impl fmt::Display for FlagSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Partnership => f.write_str("partnership"),
            Self::Indicator(id) => write!(f, "indicator:{id}"),
        }
    }
}

/// A stored subject that is neither `partnership` nor `indicator:…`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not the subject of a flag; expected \"partnership\" or \"indicator:\" and an id.")]
pub struct UnknownFlagSubject(String);

impl FromStr for FlagSubject {
    type Err = UnknownFlagSubject;

    fn from_str(text: &str) -> Result<Self, UnknownFlagSubject> {
        match text.strip_prefix("indicator:") {
            Some(id) if !id.is_empty() => Ok(Self::Indicator(id.to_owned())),
            None if text == "partnership" => Ok(Self::Partnership),
            _ => Err(UnknownFlagSubject(text.to_owned())),
        }
    }
}

impl Serialize for FlagSubject {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FlagSubject {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A flag whose episode is not over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenFlag {
    /// The episode.
    pub id: FlagId,
    /// What it is about.
    pub subject: FlagSubject,
    /// Why it stands, by the scorecard before.
    pub reasons: Vec<Reason>,
    /// What it asks for, by the scorecard before.
    pub severity: Severity,
}

/// What a scorecard does to the flags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FlagChange {
    /// A new episode begins.
    Raise {
        /// What it is about.
        subject: FlagSubject,
        /// Why, in the order of [`Reason`].
        reasons: Vec<Reason>,
        /// What it asks for.
        severity: Severity,
    },
    /// An open episode goes on.
    Hold {
        /// The episode.
        id: FlagId,
        /// Why it stands now.
        reasons: Vec<Reason>,
        /// What it asks for now.
        severity: Severity,
        /// Whether nothing was measured that could have cleared it.
        unmeasured: bool,
    },
    /// An open episode is over.
    Clear {
        /// The episode.
        id: FlagId,
    },
}

/// Compares the open flags of a partnership and instrument with a new scorecard of the same instrument.
///
/// Changes come in order: the partnership, then the indicators of the card, then flags on indicators that the
/// card no longer has (held, unmeasured).
pub fn update(open: &[OpenFlag], card: &Scorecard) -> Vec<FlagChange> {
    let partnership = (FlagSubject::Partnership, partnership_reasons(card), &card.overall);
    let indicators = card
        .indicators
        .iter()
        .map(|own| (FlagSubject::Indicator(own.id.clone()), indicator_reasons(&own.cell), &own.cell));
    let mut changes: Vec<FlagChange> = std::iter::once(partnership)
        .chain(indicators)
        .filter_map(|(subject, reasons, cell)| {
            let before = open.iter().find(|flag| flag.subject == subject);
            change(before, subject, reasons, cell)
        })
        .collect();
    let gone = open.iter().filter(|flag| match &flag.subject {
        FlagSubject::Indicator(id) => card.indicator(id).is_none(),
        FlagSubject::Partnership => false,
    });
    changes.extend(gone.map(|flag| hold(flag, flag.reasons.clone(), true)));
    changes
}

/// What these changes leave of the flags, for the scorecard to keep and the store to write; `mint` gives the identifiers of
/// new episodes. A change of a flag that was not open is left out.
pub fn settle(
    open: &[OpenFlag],
    changes: Vec<FlagChange>,
    mut mint: impl FnMut() -> FlagId,
) -> Vec<CardFlag> {
    let subject = |id: FlagId| open.iter().find(|flag| flag.id == id).map(|flag| flag.subject.clone());
    let settled = |change| {
        Some(match change {
            FlagChange::Raise { subject, reasons, severity } => CardFlag {
                id: mint(),
                subject,
                reasons,
                severity: Some(severity),
                state: FlagState::Raised,
                unmeasured: false,
            },
            FlagChange::Hold { id, reasons, severity, unmeasured } => CardFlag {
                id,
                subject: subject(id)?,
                reasons,
                severity: Some(severity),
                state: FlagState::Held,
                unmeasured,
            },
            FlagChange::Clear { id } => CardFlag {
                id,
                subject: subject(id)?,
                reasons: Vec::new(),
                severity: None,
                state: FlagState::Cleared,
                unmeasured: false,
            },
        })
    };
    changes.into_iter().filter_map(settled).collect()
}

/// The flags that are open after a scorecard: every flag that was open before stands on it, held or cleared.
pub fn standing(card: &[CardFlag]) -> Vec<OpenFlag> {
    let open = |own: &CardFlag| {
        let (id, subject, reasons) = (own.id, own.subject.clone(), own.reasons.clone());
        own.severity.map(|severity| OpenFlag { id, subject, reasons, severity })
    };
    card.iter().filter(|own| own.state != FlagState::Cleared).filter_map(open).collect()
}

fn change(
    before: Option<&OpenFlag>,
    subject: FlagSubject,
    mut reasons: Vec<Reason>,
    cell: &Cell,
) -> Option<FlagChange> {
    let Some(flag) = before else {
        let severity = severity_of(&reasons)?;
        return Some(FlagChange::Raise { subject, reasons, severity });
    };
    let measured_anew = !reasons.is_empty();
    // What this card cannot see is neither confirmed nor refuted: it stays.
    reasons.extend(flag.reasons.iter().copied().filter(|reason| reason.unmeasured_in(cell)));
    reasons.sort_unstable();
    reasons.dedup();
    if reasons.is_empty() {
        return Some(FlagChange::Clear { id: flag.id });
    }
    Some(hold(flag, reasons, !measured_anew))
}

fn hold(flag: &OpenFlag, reasons: Vec<Reason>, unmeasured: bool) -> FlagChange {
    let severity = severity_of(&reasons).unwrap_or(flag.severity);
    FlagChange::Hold { id: flag.id, reasons, severity, unmeasured }
}

/// The reasons of an indicator's flag for somebody who sees another rating than the published one
/// ([`super::publication::views_for`]); none left, and for them there is no flag.
pub fn as_rated(reasons: &mut Vec<Reason>, seen: Rating) {
    reasons.retain(|reason| !matches!(reason, Reason::Red | Reason::Amber));
    reasons.extend(collect(&[(seen == Rating::Red, Reason::Red), (seen == Rating::Amber, Reason::Amber)]));
    reasons.sort_unstable();
}

fn severity_of(reasons: &[Reason]) -> Option<Severity> {
    reasons.iter().map(|reason| reason.severity()).min()
}

fn finding(cell: &Cell, channel: impl Fn(&Drift) -> &Option<DriftFinding>) -> Option<&DriftFinding> {
    cell.drift.as_ref().and_then(|drift| channel(drift).as_ref())
}

fn indicator_reasons(cell: &Cell) -> Vec<Reason> {
    // What only one side may see of its own answers must not reach the others as a flag.
    if cell.rating == Rating::Grey {
        return Vec::new();
    }
    let gap = cell.gap.as_ref().map(|gap| gap.label);
    let alarm = |channel: fn(&Drift) -> &Option<DriftFinding>| {
        finding(cell, channel).is_some_and(|own| own.state == DriftState::Alarm)
    };
    collect(&[
        (cell.rating == Rating::Red, Reason::Red),
        (gap == Some(GapLabel::Large), Reason::GapLarge),
        (alarm(|drift| &drift.level), Reason::DriftLevel),
        (alarm(|drift| &drift.gap), Reason::DriftGap),
        (cell.rating == Rating::Amber, Reason::Amber),
        (gap == Some(GapLabel::Notable), Reason::GapNotable),
        (cell.sides.iter().any(|side| side.agreement == Some(Agreement::Low)), Reason::LowAgreement),
    ])
}

fn partnership_reasons(card: &Scorecard) -> Vec<Reason> {
    // A side that is asked alone is nobody's silent partner.
    if card.sides.len() < 2 {
        return Vec::new();
    }
    let drift = card.overall.drift.as_ref();
    let drifted = drift.is_some_and(|own| own.channels().any(|own| own.state == DriftState::Alarm));
    // Of a side with nobody invited there is no share that answered; silent it is all the same. Past reviews often do not
    // say how many were invited.
    let low = |side: &SideResponse| side.invited > 0 && side.band == ResponseBand::Low;
    collect(&[
        (card.response.iter().any(|side| side.answered == 0), Reason::SilentSide),
        (drifted, Reason::DriftOverall),
        (card.response.iter().any(low), Reason::LowResponse),
    ])
}

fn collect(reasons: &[(bool, Reason)]) -> Vec<Reason> {
    reasons.iter().filter(|(holds, _)| *holds).map(|(_, reason)| *reason).collect()
}

#[cfg(test)]
mod tests;
