//! The letter to managers about acts: what they are asked to decide, what was decided, and what another side did alone.

use chrono::{DateTime, Timelike, Utc};

use super::super::proposals::{about, proposer, sentence, who};
use super::super::times::{in_zone, zone};
use super::super::{Context, trust};
use super::{Bundle, Composition, handout, reader, respondent, review, told};
use crate::domain::proposal::{Act, ProposalState};
use crate::mail::{ActKind, ActLetter, ActNote, Line, Mail};
use crate::store::outbox::letters;
use crate::store::outbox::notices::Notice;
use crate::store::partnerships::{Member, Partnership};
use crate::store::people::Person;
use crate::store::proposals::{self, Proposal};
use crate::store::{Conn, StoreError, cycles, partnerships, reach};

pub(super) fn compose(
    conn: &mut Conn,
    ctx: &Context,
    person: &Person,
    due: &[Notice],
    now: DateTime<Utc>,
) -> Result<Composition, StoreError> {
    let (mut notes, mut ids, mut moot) = (Vec::new(), Vec::new(), Vec::new());
    let mut not_after = None;
    for notice in due {
        match note(conn, ctx, person, notice, now)? {
            Some(note) => {
                notes.push(note);
                ids.push(notice.id);
                let until = notice.not_after.and_utc();
                not_after = Some(not_after.map_or(until, |known: DateTime<Utc>| known.min(until)));
            }
            None => moot.push(notice.id),
        }
    }
    let Some(not_after) = not_after else { return Ok(Composition { moot, ..Composition::default() }) };
    let mut group_key = format!("act:{}:{}", person.id, now.timestamp());
    if letters::exists(conn, &group_key)? {
        group_key = format!("{group_key}:{}:{}", now.nanosecond(), ids[0]);
    }
    let from_name = match notes.as_slice() {
        [only] => only.partnership.as_str().to_owned(),
        _ => ctx.settings.instance.operator.clone(),
    };
    let bundle = Bundle {
        group_key,
        kind: "act",
        from_name,
        reply_to: None,
        mail: Mail::Act(ActLetter { reader: reader(person), notes }),
        notices: ids,
        not_after,
    };
    Ok(Composition { bundle: Some(bundle), moot, postpone: None })
}

fn note(
    conn: &mut Conn,
    ctx: &Context,
    person: &Person,
    notice: &Notice,
    now: DateTime<Utc>,
) -> Result<Option<ActNote>, StoreError> {
    match notice.kind.as_str() {
        "told" => return told::note(conn, ctx, person, notice, now),
        "bounced" => return bounced(conn, ctx, notice),
        "handout" | "handout_remind" => return handout::note(conn, ctx, person, notice, now),
        "respondent" => return respondent::note(conn, ctx, notice),
        "review" | "review_sponsor" => return review::note(conn, ctx, person, notice, now),
        _ => {}
    }
    let Ok(id) = notice.reference.parse() else { return Ok(None) };
    let Some(proposal) = proposals::find(conn, id)? else { return Ok(None) };
    let Some(found) = partnerships::find(conn, proposal.partnership_id)? else { return Ok(None) };
    let asked = ActNote {
        kind: ActKind::Decide,
        partnership: Line::new(&found.name),
        sentence: Line::new(&sentence(conn, &proposal)?),
        who: Line::new(&format!("Proposed by {}.", proposer(conn, &proposal)?)),
        reason: Line::new(&proposal.reason),
        until: Line::new(&in_zone(proposal.expires_at.and_utc(), zone(&person.zone), now)),
        link: Line::new(&ctx.settings.link(&page_of(&proposal))),
        sheet: Vec::new(),
    };
    if notice.kind == "outcome" {
        return outcome(conn, &proposal, asked).map(Some);
    }
    // Asked again only while the answer of the reader's side is still needed.
    let own = partnerships::member_of(conn, proposal.partnership_id, person.id)?;
    let side = own.filter(|m| m.active && m.manager).and_then(|m| m.side_id);
    let answers = proposals::answers(conn, &[proposal.id])?;
    let sides = partnerships::sides(conn, proposal.partnership_id)?.into_iter().map(|s| s.id).collect();
    let life = proposal.life(sides, &answers);
    let waits = life.state_at(now) == ProposalState::Open;
    let asked = match proposal.act {
        Act::StartPartnership => with_sheet(conn, ctx, asked, &found, now)?,
        _ => asked,
    };
    Ok(Some(asked).filter(|_| waits && side.is_some_and(|own| life.waiting_for().contains(&own))))
}

/// With what the sides are asked to trust, so that it can be read and forwarded without signing in.
fn with_sheet(
    conn: &mut Conn,
    ctx: &Context,
    asked: ActNote,
    found: &Partnership,
    now: DateTime<Utc>,
) -> Result<ActNote, StoreError> {
    let sheet = trust::sheet(conn, ctx, found.id, now)?.map(|own| own.sections).unwrap_or_default();
    let lines = |own: Vec<String>| own.iter().map(|line| Line::new(line)).collect();
    let sheet = sheet.into_iter().map(|own| (Line::new(own.title), lines(own.lines)));
    Ok(ActNote { sheet: sheet.collect(), ..asked })
}

fn outcome(conn: &mut Conn, proposal: &Proposal, asked: ActNote) -> Result<ActNote, StoreError> {
    let about = about(conn, proposal)?;
    let (kind, mut who_decided, mut reason) = match proposal.state {
        ProposalState::Approved => (ActKind::Approved, String::new(), String::new()),
        ProposalState::Declined => (ActKind::Declined, String::new(), String::new()),
        _ => (ActKind::Expired, String::new(), String::new()),
    };
    if let Some(last) = proposals::answers(conn, &[proposal.id])?.pop().filter(|_| kind != ActKind::Expired) {
        let side = reach::side_name(conn, last.side_id)?;
        let verb = if kind == ActKind::Declined { "Declined" } else { "Last approved" };
        who_decided = format!("{verb} by {}.", who(conn, &last.actor, side.as_deref())?);
        reason = last.reason;
    }
    let sentence = match (proposal.act, kind) {
        (Act::CancelCycle, ActKind::Approved) => format!("{about} is cancelled."),
        (Act::StartPartnership, ActKind::Approved) => format!("The partnership {about} has begun."),
        (_, ActKind::Approved) => format!("Every side agreed, and it is done: {}", asked.sentence),
        (_, ActKind::Declined) => format!("It was declined: {}", asked.sentence),
        _ if proposal.decided_at.is_some_and(|at| at < proposal.expires_at) => {
            format!("What it is about was changed meanwhile, so it has ended: {}", asked.sentence)
        }
        _ if proposal.act == Act::StartPartnership => {
            format!("Not every side answered in sixty days: {}", asked.sentence)
        }
        _ => format!("Not every side answered in seven days: {}", asked.sentence),
    };
    Ok(ActNote {
        kind,
        sentence: Line::new(&sentence),
        who: Line::new(&who_decided),
        reason: Line::new(&reason),
        until: Line::new(""),
        sheet: Vec::new(),
        ..asked
    })
}

/// An address of the reader's side that takes no mail; moot when it was corrected meanwhile.
fn bounced(conn: &mut Conn, ctx: &Context, notice: &Notice) -> Result<Option<ActNote>, StoreError> {
    let Some(cycle) = notice.cycle_id.map(|id| cycles::find(conn, id)).transpose()?.flatten() else {
        return Ok(None);
    };
    let Some(found) = partnerships::find(conn, cycle.partnership_id)? else { return Ok(None) };
    let members = partnerships::members(conn, cycle.partnership_id)?;
    let refused = |(member, _): &&(_, _)| is_refused(member, &notice.reference);
    let Some((_, whose)) = members.iter().find(refused) else { return Ok(None) };
    Ok(Some(ActNote {
        kind: ActKind::Bounced,
        partnership: Line::new(&found.name),
        sentence: Line::new(&format!(
            "{} of your side is asked in {} and gets no mail: {} takes none.",
            whose.name, cycle.period, whose.email
        )),
        who: Line::new(
            "Correct the address on the page of the check; the invitation is then sent again, with a new link.",
        ),
        reason: Line::new(""),
        until: Line::new(""),
        link: Line::new(&ctx.settings.link(&format!("/cycles/{}", cycle.id))),
        sheet: Vec::new(),
    }))
}

fn is_refused(member: &Member, id: &str) -> bool {
    member.id.to_string() == id && member.bounced_at.is_some()
}

/// Where a proposal is answered.
fn page_of(proposal: &Proposal) -> String {
    match proposal.act {
        Act::CloseEarly | Act::CancelCycle => format!("/cycles/{}", proposal.subject),
        _ => format!("/partnerships/{}", proposal.partnership_id),
    }
}
