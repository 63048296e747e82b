//! Where one is in the set-up of a partnership: its steps, what each still lacks, and how it begins.
//!
//! The steps only tell; any of them can be done in any order, and nothing waits for the test mail.

use super::super::view::setup_partnership::{Begin, Stage};
use super::counted;
use super::partnership::House;
use crate::domain::partnership::PartnershipState;
use crate::domain::proposal::ProposalState;
use crate::store::cadences::Cadence;
use crate::web::State;
use crate::web::auth::Visitor;
use crate::web::present::{Reader, acceptance};

/// The place of the cadence among the steps.
pub(super) const CADENCE: usize = 2;

/// The steps; `here` is the place of the page that is on screen, where it is only about one of them.
pub(super) fn stages(house: &House, here: Option<usize>) -> Vec<Stage> {
    let (people, cadence) = (lacking_people(house), lacking_cadence(house));
    let begun = house.partnership.state != PartnershipState::Proposed;
    let told = |missing: &[String], done: &str| match missing.len() {
        0 => done.to_owned(),
        n => counted(n, "thing is missing", "things are missing"),
    };
    let asked = house.asked.is_some();
    let steps = [
        ("Sides", "people", counted(house.sides.len(), "side", "sides"), true),
        ("People", "people", told(&people, "complete"), people.is_empty()),
        ("Questions and dates", "cadence", told(&cadence, "set"), cadence.is_empty()),
        ("Try it", "try", "a mail to yourself".to_owned(), true),
        (
            "Begin",
            "begin",
            match (begun, asked) {
                (true, _) => house.partnership.state.to_string(),
                (false, true) => "proposed".to_owned(),
                (false, false) => "not proposed yet".to_owned(),
            },
            begun,
        ),
    ];
    let next = here.or_else(|| steps.iter().position(|step| !step.3));
    let stage = |(place, (name, anchor, state, _)): (usize, (&str, &str, String, bool))| Stage {
        name: name.to_owned(),
        href: format!("{}#{anchor}", house.base()),
        state,
        current: next == Some(place),
    };
    steps.into_iter().enumerate().map(stage).collect()
}

/// One sentence: where it stands, or what is to be done next.
pub(super) fn headline(house: &House, hints: &[String]) -> String {
    let name = &house.partnership.name;
    match (house.partnership.state, hints.len()) {
        (PartnershipState::Active, 0) => format!("{name} is set up."),
        (PartnershipState::Active, 1) => format!("{name}: one thing to know before the next check opens"),
        (PartnershipState::Active, n) => format!("{name}: {n} things to know before the next check opens"),
        (PartnershipState::Proposed, 0) if house.asked.is_none() => format!("{name} can be proposed."),
        (PartnershipState::Proposed, 0) => format!("{name} waits for the answer of its sides."),
        (PartnershipState::Proposed, n) => {
            format!(
                "{name} is drafted; {} missing.",
                if n == 1 { "one thing is".to_owned() } else { format!("{n} things are") }
            )
        }
        (state, _) => format!("{name} is {state}."),
    }
}

/// What is missing, or would keep a cycle from opening.
pub(super) fn hints(house: &House) -> Vec<String> {
    lacking_people(house).into_iter().chain(lacking_cadence(house)).collect()
}

fn lacking_people(house: &House) -> Vec<String> {
    let mut lacking = Vec::new();
    for side in &house.sides {
        if !house.on(Some(side.id)).any(|(member, _)| member.respondent) {
            lacking.push(format!("{} has no respondent: nobody there would be asked.", side.name));
        }
        if !house.on(Some(side.id)).any(|(member, _)| member.manager) {
            lacking.push(format!("{} has no manager: nobody there would get the result.", side.name));
        }
    }
    lacking
}

fn lacking_cadence(house: &House) -> Vec<String> {
    let running: Vec<&Cadence> = house.cadences.iter().filter(|own| own.active).collect();
    if running.is_empty() {
        return vec!["No cadence runs: no check opens by itself.".to_owned()];
    }
    let refused = running.iter().filter_map(|own| own.mode.check_open(own.floor_k, &house.invited()).err());
    refused.map(|error| error.to_string()).collect()
}

/// Whether a proposal to begin waits for an answer.
pub(super) fn waits(house: &House) -> bool {
    house.asked.as_ref().is_some_and(|(proposal, _)| proposal.state == ProposalState::Open)
}

/// The last step.
pub(super) fn begin(state: &State, house: &House, visitor: &Visitor) -> Begin {
    let reader = Reader::new(&visitor.viewer.person, state.now());
    let (sentence, waits) = match (&house.asked, house.partnership.state) {
        (Some((proposal, answers)), PartnershipState::Proposed) => {
            acceptance::stands(&house.sides, proposal, answers, &reader)
        }
        (None, PartnershipState::Proposed) => {
            ("Not proposed yet: the sides have not been asked.".to_owned(), false)
        }
        _ => (String::new(), false),
    };
    let speaker = house.speaker(visitor);
    let ours = house.asked.as_ref().is_some_and(|(proposal, _)| {
        proposal.proposed_by == speaker.actor
            || (speaker.side.is_some() && proposal.proposed_side == speaker.side)
    });
    let sheet = house.sheet.as_ref();
    Begin {
        sentence,
        nudge: (waits && ours).then(|| format!("{}/nudge", house.base())),
        text: sheet.map(|own| own.announcement.clone()).unwrap_or_default(),
        sheet: sheet
            .map(|own| own.sections.iter().map(|s| (s.title.to_owned(), s.lines.clone())).collect())
            .unwrap_or_default(),
    }
}
