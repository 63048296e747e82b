//! Proposals and the verbs of a running cycle, for the manager who reads the page.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Reader, ending, handout, roles, terms};
use crate::domain::ids::SideId;
use crate::domain::partnership::PartnershipState;
use crate::domain::proposal::{Act, ProposalLife, ProposalState, REASON_MAX};
use crate::domain::words;
use crate::store::access::Seat;
use crate::store::cadences::Cadence;
use crate::store::cycles::Cycle;
use crate::store::partnerships::Member;
use crate::store::people::Person;
use crate::store::proposals::{self, Proposal};
use crate::store::{Conn, StoreError};
use crate::web::pages::view::acts::{Desk, Folded, Invited, OpenProposal, Press, Standing};
use crate::web::pages::view::forms::{Control, Form};
use crate::workflow::proposals::{proposer, sentence};

/// A proposal with the words that need the database.
#[derive(Clone, Debug)]
pub struct Waiting {
    proposal: Proposal,
    life: ProposalLife,
    sentence: String,
    proposer: String,
}

impl Waiting {
    /// Whether it is a proposal to do this.
    pub fn is(&self, act: Act) -> bool {
        self.proposal.act == act
    }
}

/// The side that a manager speaks for; nobody else acts.
pub fn speaks_for(seat: &Seat) -> Option<SideId> {
    seat.member.as_ref().filter(|own| own.manager && own.active).and_then(|own| own.side_id)
}

/// The open proposals of a partnership, those about `subject` alone where one is given.
pub fn waiting(
    conn: &mut Conn,
    seat: &Seat,
    subject: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Vec<Waiting>, StoreError> {
    let mut found = Vec::new();
    for proposal in proposals::open_of(conn, seat.partnership.id)? {
        if subject.is_some_and(|wanted| wanted != proposal.subject) {
            continue;
        }
        let answers = proposals::answers(conn, &[proposal.id])?;
        let life = proposal.life(seat.sides.iter().map(|s| s.id).collect(), &answers);
        if life.state_at(now) != ProposalState::Open {
            continue;
        }
        let (sentence, proposer) = (sentence(conn, &proposal)?, proposer(conn, &proposal)?);
        found.push(Waiting { proposal, life, sentence, proposer });
    }
    Ok(found)
}

/// The proposals as the page shows them.
pub fn proposals(found: &[Waiting], seat: &Seat, actor: &str, reader: &Reader) -> Vec<OpenProposal> {
    found.iter().map(|own| open_proposal(own, seat, actor, reader)).collect()
}

/// The same without those of one act, which stand elsewhere on the page.
pub fn proposals_but(
    but: Act,
    found: &[Waiting],
    seat: &Seat,
    actor: &str,
    reader: &Reader,
) -> Vec<OpenProposal> {
    let others = found.iter().filter(|own| !own.is(but));
    others.map(|own| open_proposal(own, seat, actor, reader)).collect()
}

fn open_proposal(own: &Waiting, seat: &Seat, actor: &str, reader: &Reader) -> OpenProposal {
    let Waiting { proposal, life, sentence, proposer } = own;
    let names: Vec<String> = life
        .waiting_for()
        .into_iter()
        .filter_map(|id| seat.sides.iter().find(|s| s.id == id))
        .map(|s| s.name.clone())
        .collect();
    let side = speaks_for(seat);
    let answers = side.is_some_and(|own| life.waiting_for().contains(&own));
    let made = side.is_some() && (proposal.proposed_side == side || proposal.proposed_by == actor);
    let at = |verb: &str| format!("/proposals/{}/{verb}", proposal.id);
    OpenProposal {
        sentence: sentence.clone(),
        detail: format!(
            "Proposed by {proposer}; waits for {} until {}.",
            words::join(&names),
            reader.moment(proposal.expires_at.and_utc())
        ),
        reason: proposal.reason.clone(),
        approve: answers.then(|| at("approve")),
        decline: answers.then(|| with_reason(at("decline"), "Decline", &format!("p{}", proposal.id))),
        withdraw: made.then(|| at("withdraw")),
    }
}

/// A form with nothing but a reason.
fn with_reason(action: String, submit: &str, prefix: &str) -> Form {
    let reason = Control::line("text", "reason", "Reason")
        .hint(format!("One line for the managers of the other sides, at most {REASON_MAX} characters."))
        .optional()
        .under(prefix);
    Form::to(action, submit).group("", vec![reason])
}

/// What a manager can do to the partnership: alone to its state, with every other side to what drift compares. Nobody else is
/// shown anything.
pub fn standing(
    seat: &Seat,
    has_past: bool,
    waits: &[Waiting],
    cadences: &[Cadence],
    members: &[(Member, Person)],
) -> Standing {
    // A side's own view follows the partnership that it is about; what is done is done there.
    if speaks_for(seat).is_none() || seat.partnership.view_of.is_some() {
        return Standing::default();
    }
    let at = |to: PartnershipState| format!("/partnerships/{}/state/{to}", seat.partnership.id);
    let press = |text: &str, to, effect: &str| {
        Some(Press { text: text.to_owned(), action: at(to), effect: effect.to_owned() })
    };
    let press = match seat.partnership.state {
        PartnershipState::Active => press(
            "Pause",
            PartnershipState::Paused,
            "No check opens until it is resumed, by any side; an open one goes on.",
        ),
        PartnershipState::Paused => {
            press("Resume", PartnershipState::Active, "Checks open by the cadence again.")
        }
        PartnershipState::Proposed | PartnershipState::Ended => None,
    };
    let goes_on = seat.partnership.state != PartnershipState::Ended;
    let proposed = waits.iter().any(|own| own.proposal.act == Act::Rebaseline);
    let mut forms = Vec::new();
    if goes_on {
        forms.extend(cadences.iter().map(|own| terms::form(seat, own, cadences.len() > 1)));
    }
    forms.extend((goes_on && has_past && !proposed).then(|| afresh(seat)));
    if goes_on {
        forms.extend(handout::labels_form(seat, members));
        forms.extend(roles::hand_over(seat, members));
    }
    forms.extend(ending::delete(seat, waits));
    let page = |word: &str| Some(format!("/partnerships/{}/{word}", seat.partnership.id));
    Standing { press, forms, end: ending::end(seat), log: page("audit"), tokens: page("tokens") }
}

/// The form that asks the other sides for a fresh start of drift.
fn afresh(seat: &Seat) -> Folded {
    let action = format!("/partnerships/{}/rebaseline", seat.partnership.id);
    let reason = Control::line("text", "reason", "Reason")
        .hint(format!(
            "After a merger or with another team, earlier answers may say nothing about the new ones. From the next check on, \
             drift compares only with what follows; everything published stays, and the charts show the new start. Say why in \
             one line for the other sides, at most {REASON_MAX} characters."
        ))
        .optional()
        .under("afresh");
    let form = Form::to(action, "Propose a fresh start").group("", vec![reason]);
    Folded { summary: "Propose a fresh start of drift (needs every side)".to_owned(), form }
}

/// What a manager can do in an open cycle.
pub fn desk(
    cycle: &Cycle,
    invited: &[(Member, Person)],
    waits: &[Waiting],
    alone: bool,
    reader: &Reader,
) -> Desk {
    let at = |verb: &str| format!("/cycles/{}/{verb}", cycle.id);
    let closes = cycle.closes_at.and_utc();
    let proposed = |act| waits.iter().any(|own| own.proposal.act == act);
    let local = closes.with_timezone(&reader.zone).format("%Y-%m-%dT%H:%M").to_string();
    let later = Control::line("datetime-local", "closes_at", "Closes")
        .value(local)
        .hint(format!("Clocks in {}; later than now set, at most 60 days from today.", reader.zone_name()));
    let mut forms = vec![Folded {
        summary: "Extend the check".to_owned(),
        form: Form::to(at("extend"), "Extend").group("", vec![later]),
    }];
    let two_keys = [
        (Act::CloseEarly, "close", "close it early", "Propose early close", "Close it now"),
        (Act::CancelCycle, "cancel", "cancel it", "Propose to cancel", "Cancel it"),
    ];
    for (act, verb, what, propose, at_once) in two_keys {
        if alone {
            let form = Form::to(at(verb), at_once);
            forms.push(Folded { summary: words::capital(what), form });
        } else if !proposed(act) {
            let summary = format!("Propose to {what} (needs every side)");
            forms.push(Folded { summary, form: with_reason(at(verb), propose, verb) });
        }
    }
    Desk {
        remind: (reader.now + TimeDelta::hours(1) < closes).then(|| at("remind")),
        forms,
        invited: invited
            .iter()
            .map(|(member, person)| Invited {
                name: person.name.clone(),
                email: person.address().unwrap_or_default().to_owned(),
                withdraw: at(&format!("members/{}/withdraw", member.id)),
            })
            .collect(),
    }
}

/// The form that corrects an address which bounced.
pub fn address_form(cycle: &Cycle, member: &Member, person: &Person) -> Form {
    let email = Control::line("email", "email", "E-mail address")
        .value(person.address().unwrap_or_default())
        .hint("The invitation is sent again with a new link; the old one stops working.")
        .under(&format!("m{}", member.id));
    Form::to(format!("/cycles/{}/members/{}/address", cycle.id, member.id), "Correct and invite again")
        .group("", vec![email])
}
