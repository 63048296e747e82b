//! A partnership before every side has accepted it: where that stands, and what a manager of each side can do about it.

use chrono::{DateTime, Utc};

use super::Reader;
use super::acts::speaks_for;
use crate::domain::ids::SideId;
use crate::domain::partnership::PartnershipState;
use crate::domain::proposal::{ProposalState, REASON_MAX, SideAnswer};
use crate::domain::words;
use crate::store::access::Seat;
use crate::store::partnerships::{Partnership, Side};
use crate::store::proposals::{Answer, Proposal};
use crate::store::{Conn, StoreError, instruments, own_views};
use crate::web::pages::view::Link;
use crate::web::pages::view::acceptance::AcceptanceBox;
use crate::web::pages::view::acts::{Folded, Press};
use crate::web::pages::view::forms::{Choice, Control, Form};
use crate::workflow::proposals::proposer;
use crate::workflow::{Context, acceptance, trust};

/// What is read for it.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// The last time it was proposed, its answers, and who proposed.
    asked: Option<(Proposal, Vec<Answer>, String)>,
    /// A text to forward.
    announcement: String,
    /// The reader's side's own view, where it has one.
    own_view: Option<Partnership>,
    /// The instruments with which a side can ask its own people.
    instruments: Vec<(String, String)>,
}

/// Reads it for one reader: of own views only that of their side.
pub fn read(conn: &mut Conn, ctx: &Context, seat: &Seat, now: DateTime<Utc>) -> Result<Standing, StoreError> {
    let id = seat.partnership.id;
    let own = seat.own_side();
    let view = own_views::all_of(conn, id)?.into_iter().find(|(_, _, whose)| Some(*whose) == own);
    let own_view = match view {
        Some((view, ..)) => crate::store::partnerships::find(conn, view)?,
        None => None,
    };
    if seat.partnership.state != PartnershipState::Proposed {
        return Ok(Standing { own_view, ..Standing::default() });
    }
    let asked = match acceptance::last(conn, id)? {
        Some((proposal, answers)) => {
            let by = proposer(conn, &proposal)?;
            Some((proposal, answers, by))
        }
        None => None,
    };
    let announcement = trust::sheet(conn, ctx, id, now)?.map(|own| own.announcement).unwrap_or_default();
    let offered = instruments::list(conn)?.into_iter().filter(|own| own.primary);
    let instruments = offered.map(|own| (own.id, own.title)).collect();
    Ok(Standing { asked, announcement, own_view, instruments })
}

/// The box on the page; none where the partnership has begun and there is no own view either.
pub fn acceptance(standing: &Standing, seat: &Seat, actor: &str, reader: &Reader) -> Option<AcceptanceBox> {
    let id = seat.partnership.id;
    let own_view = standing.own_view.as_ref().map(|own| {
        let text = format!("Our view only: what {} said before every side had accepted", own_side_name(seat));
        Link::new(text, format!("/partnerships/{}", own.id))
    });
    if seat.partnership.state != PartnershipState::Proposed {
        return own_view.map(|link| AcceptanceBox { own_view: Some(link), ..AcceptanceBox::default() });
    }
    let mut shown = AcceptanceBox {
        trust: Some(Link::new(
            "Who hosts it, who sees what, how to leave: the trust sheet",
            format!("/partnerships/{id}/trust"),
        )),
        own_view,
        ..AcceptanceBox::default()
    };
    let manages = speaks_for(seat);
    if let Some((proposal, answers, by)) = &standing.asked {
        let open = proposal.life(seat.sides.iter().map(|own| own.id).collect(), answers);
        match open.state_at(reader.now) {
            ProposalState::Open => {
                waiting(&mut shown, seat, (proposal, by), &open.waiting_for(), (manages, actor), reader);
            }
            state => {
                shown.sentence = over(&seat.sides, proposal, answers, state, reader);
                shown.forms.extend(manages.map(|_| propose(seat, "Propose it again")));
            }
        }
    } else {
        "Not proposed yet: the other sides have not been asked.".clone_into(&mut shown.sentence);
        shown.forms.extend(manages.map(|_| propose(seat, "Propose it to the other sides")));
    }
    if manages.is_some() {
        shown.text.clone_from(&standing.announcement);
        shown.forms.extend(own_round(standing, seat, reader));
    }
    Some(shown)
}

/// While it waits: for those who asked a nudge, for those who are asked their answer.
fn waiting(
    shown: &mut AcceptanceBox,
    seat: &Seat,
    (proposal, by): (&Proposal, &str),
    waits: &[SideId],
    (manages, actor): (Option<SideId>, &str),
    reader: &Reader,
) {
    let asked_on = reader.day(proposal.created_at.and_utc());
    let asked = manages.is_some_and(|own| waits.contains(&own));
    shown.sentence = if asked {
        words::capital(&format!("{by} proposes this partnership to your side (sent {asked_on})."))
    } else {
        not_accepted(&seat.sides, waits, &asked_on)
    };
    shown.detail = format!("It can be answered until {}.", reader.moment(proposal.expires_at.and_utc()));
    shown.reason.clone_from(&proposal.reason);
    let at = |verb: &str| format!("/proposals/{}/{verb}", proposal.id);
    if asked {
        shown.accept = Some(at("approve"));
        shown.forms.push(Folded {
            summary: "Decline, with a reason".to_owned(),
            form: with_line(at("decline"), "Decline", ("reason", "Reason", true), "decline"),
        });
        shown.forms.push(Folded {
            summary: "Ask a question first".to_owned(),
            form: with_line(at("ask"), "Send the question", ("question", "Question", false), "ask"),
        });
        return;
    }
    let its_side = manages.is_some() && proposal.proposed_side == manages;
    if its_side || proposal.proposed_by == actor {
        shown.nudge = Some(Press {
            text: "Nudge".to_owned(),
            action: at("nudge"),
            effect: "They get the proposal by mail once more, at most once a day. Or copy the text below."
                .to_owned(),
        });
        shown.withdraw = Some(at("withdraw"));
    }
}

/// "Globex has not accepted (sent 3 March)."
fn not_accepted(sides: &[Side], waits: &[SideId], asked_on: &str) -> String {
    let have = if waits.len() == 1 { "has" } else { "have" };
    format!("{} {have} not accepted (sent {asked_on}).", names(sides, waits))
}

/// Where a proposal stands, in one sentence for somebody on no side, and whether it still waits.
pub fn stands(sides: &[Side], proposal: &Proposal, answers: &[Answer], reader: &Reader) -> (String, bool) {
    let life = proposal.life(sides.iter().map(|own| own.id).collect(), answers);
    match life.state_at(reader.now) {
        ProposalState::Open => {
            let asked_on = reader.day(proposal.created_at.and_utc());
            let until = reader.moment(proposal.expires_at.and_utc());
            let sentence = not_accepted(sides, &life.waiting_for(), &asked_on);
            (format!("{sentence} It can be answered until {until}."), true)
        }
        state => (over(sides, proposal, answers, state, reader), false),
    }
}

/// What became of the last proposal.
fn over(
    sides: &[Side],
    proposal: &Proposal,
    answers: &[Answer],
    state: ProposalState,
    reader: &Reader,
) -> String {
    let day = |at: DateTime<Utc>| reader.day(at);
    let no = answers.iter().find(|own| own.answer == SideAnswer::Declined);
    match (state, no) {
        (ProposalState::Declined, Some(no)) => {
            let why = if no.reason.is_empty() {
                "without a reason".to_owned()
            } else {
                format!("“{}”", no.reason)
            };
            format!("{} declined on {}: {why}", names(sides, &[no.side_id]), day(no.answered_at.and_utc()))
        }
        (ProposalState::Expired, _) => {
            format!("Not every side answered by {}.", day(proposal.expires_at.and_utc()))
        }
        _ => format!("The proposal of {} was withdrawn.", day(proposal.created_at.and_utc())),
    }
}

fn names(sides: &[Side], of: &[SideId]) -> String {
    let found = sides.iter().filter(|own| of.contains(&own.id)).map(|own| own.name.clone());
    words::join(&found.collect::<Vec<_>>())
}

fn own_side_name(seat: &Seat) -> String {
    seat.own_side().map(|own| names(&seat.sides, &[own])).unwrap_or_default()
}

fn propose(seat: &Seat, summary: &str) -> Folded {
    Folded {
        summary: summary.to_owned(),
        form: with_line(
            format!("/partnerships/{}/propose", seat.partnership.id),
            "Propose",
            ("reason", "A line to them", true),
            "propose",
        ),
    }
}

/// A form with one line.
fn with_line(
    action: String,
    submit: &str,
    (name, label, optional): (&'static str, &str, bool),
    prefix: &str,
) -> Form {
    let line = Control::line("text", name, label)
        .hint(format!("One line, at most {REASON_MAX} characters."))
        .under(prefix);
    let line = if optional { line.optional() } else { line };
    Form::to(action, submit).group("", vec![line])
}

/// The form that asks the own side before the others have accepted.
fn own_round(standing: &Standing, seat: &Seat, reader: &Reader) -> Option<Folded> {
    let choices: Vec<Choice> = standing
        .instruments
        .iter()
        .enumerate()
        .map(|(place, (id, title))| Choice::new(id.clone(), title.clone(), place == 0))
        .collect();
    if choices.is_empty() {
        return None;
    }
    let closes = (reader.now + chrono::TimeDelta::days(9)).with_timezone(&reader.zone);
    let controls = vec![
        Control::select("instrument", "Instrument", choices).under("own"),
        Control::line("datetime-local", "closes_at", "Closes")
            .value(closes.format("%Y-%m-%dT17:00").to_string())
            .hint(format!(
                "Clocks in {}. Only the people of {} are asked; the other sides are not told and never see it.",
                reader.zone_name(),
                own_side_name(seat)
            ))
            .under("own"),
    ];
    Some(Folded {
        summary: "Ask your own side now (our view only)".to_owned(),
        form: Form::to(format!("/partnerships/{}/own-round", seat.partnership.id), "Ask them")
            .group("", controls),
    })
}
