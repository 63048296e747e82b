//! What is told of what others did alone, of who manages a side, and of programs that speak for it: a note of the letter about acts.

use chrono::{DateTime, Utc};

use super::super::Context;
use super::super::own_act::{OwnAct, Told};
use super::super::proposals::who;
use super::super::times::{in_zone, zone};
use super::seats;
use crate::domain::access_token::Scope;
use crate::domain::ids::{ActionId, CycleId, PersonId, SideId, TokenId};
use crate::domain::words;
use crate::mail::{ActKind, ActNote, Line};
use crate::store::outbox::notices::Notice;
use crate::store::people::Person;
use crate::store::{Conn, StoreError, cycles, partnerships, reach, reviews, tokens};

/// The note; none when what it is about is gone.
pub(super) fn note(
    conn: &mut Conn,
    ctx: &Context,
    person: &Person,
    notice: &Notice,
    now: DateTime<Utc>,
) -> Result<Option<ActNote>, StoreError> {
    let told: Told =
        serde_json::from_str(&notice.reference).map_err(|e| StoreError::unreadable("a notice", e))?;
    if let OwnAct::Deleted { name } = &told.act {
        return Ok(Some(deleted(ctx, name)));
    }
    let cycle = notice.cycle_id.map(|id| cycles::find(conn, id)).transpose()?.flatten();
    let about = cycle.as_ref().map(|own| own.partnership_id).or(told.partnership);
    let Some(found) = about.map(|id| partnerships::find(conn, id)).transpose()?.flatten() else {
        return Ok(None);
    };
    let page = match &cycle {
        Some(cycle) => format!("/cycles/{}", cycle.id),
        None => format!("/partnerships/{}", found.id),
    };
    let note = ActNote {
        kind: ActKind::Told,
        partnership: Line::new(&found.name),
        sentence: Line::new(""),
        who: Line::new(""),
        reason: Line::new(""),
        until: Line::new(""),
        link: Line::new(&ctx.settings.link(&page)),
        sheet: Vec::new(),
    };
    if let Some((sentence, page)) = of_roles(conn, &told.act)? {
        let link = page.map_or_else(|| note.link.clone(), |page| Line::new(&ctx.settings.link(page)));
        return Ok(Some(ActNote { kind: ActKind::Role, sentence: Line::new(&sentence), link, ..note }));
    }
    if let OwnAct::GivenBack(action) = &told.act {
        return of_action(conn, ctx, *action, note);
    }
    if let OwnAct::ActionsWritten(cycle) = told.act {
        return of_actions(conn, ctx, cycle, &told.actor, note);
    }
    if let OwnAct::TokenMade { side, token } = &told.act {
        let page = ctx.settings.link(&format!("{page}/tokens"));
        let note = ActNote { kind: ActKind::Token, link: Line::new(&page), ..note };
        return of_token(conn, &told.actor, (*side, *token), note, (person, now));
    }
    if let OwnAct::PartnershipTokenMade(token) = &told.act {
        let page = ctx.settings.link(&format!("{page}/tokens"));
        let note = ActNote { kind: ActKind::PartnershipToken, link: Line::new(&page), ..note };
        return of_partnership_token(conn, &told.actor, *token, note, (person, now));
    }
    if let Some(sentence) = seats::sentence(conn, &told.act, person)? {
        let who = words::capital(&format!("{} did this; it needs no answer.", maker(conn, &told.actor)?));
        let (sentence, who) = (Line::new(&sentence), Line::new(&who));
        return Ok(Some(ActNote { kind: ActKind::Seat, sentence, who, ..note }));
    }
    let period = cycle.as_ref().map_or("", |own| own.period.as_str());
    let Some(sentence) = alone(conn, &told.act, period, person, now)? else { return Ok(None) };
    let side = told.side.map(|id| reach::side_name(conn, id)).transpose()?.flatten();
    let who = who(conn, &told.actor, side.as_deref())?;
    Ok(Some(ActNote {
        sentence: Line::new(&sentence),
        who: Line::new(&words::capital(&format!("{who} did this; it needs no answer."))),
        ..note
    }))
}

/// What another side did alone.
fn alone(
    conn: &mut Conn,
    act: &OwnAct,
    period: &str,
    person: &Person,
    now: DateTime<Utc>,
) -> Result<Option<String>, StoreError> {
    Ok(Some(match act {
        OwnAct::Extended(until) => {
            format!("{period} closes later: {}.", in_zone(*until, zone(&person.zone), now))
        }
        OwnAct::Reminded => format!("Everybody who has not sent their answers to {period} is reminded."),
        OwnAct::FreshLink => format!(
            "A fresh link to {period} was asked for in the place of one that the side had handed out. Answers that were sent \
             before stay; others are dropped."
        ),
        OwnAct::HandsOut(side) => format!(
            "{} hands out links itself from now on, to people whose addresses it does not give. It could answer in their place; \
             the report says how many of its links were handed out so.",
            name(conn, *side)?
        ),
        OwnAct::AddressCorrected => {
            format!("An address was corrected, and its invitation to {period} is sent again.")
        }
        OwnAct::InvitationWithdrawn => format!(
            "Taking back an invitation to {period} was asked for. It stays if it was answered, or if too few would be left on its \
             side."
        ),
        OwnAct::CycleOpened => format!("A check out of turn was opened: {period}."),
        OwnAct::Paused => "The partnership is paused: no check opens until it is resumed.".to_owned(),
        OwnAct::Resumed => "The partnership is resumed: checks open by the cadence again.".to_owned(),
        OwnAct::Ended => {
            "The partnership has ended. Its scorecards stay readable and exportable for 24 months.".to_owned()
        }
        OwnAct::Tightened { mode, floor_k, comments, keep_months } => {
            let floor = if mode.has_floor() { format!(" from {floor_k} answers") } else { String::new() };
            let words = if *comments { "" } else { ", without comments" };
            let kept = keep_months.as_ref().map_or_else(String::new, |months| {
                format!(" What is written is kept for at most {}.", words::months(*months))
            });
            format!("From the next check on it is stricter who sees what: {mode} mode{floor}{words}.{kept}")
        }
        OwnAct::ManagersChanged(of) => format!("{} has other managers from now on.", name(conn, *of)?),
        OwnAct::Deleted { .. }
        | OwnAct::GivenBack(_)
        | OwnAct::ActionsWritten(_)
        | OwnAct::Inherited(_)
        | OwnAct::LeftVacant(_)
        | OwnAct::Vacant(_)
        | OwnAct::Appointed(_)
        | OwnAct::TokenMade { .. }
        | OwnAct::PartnershipTokenMade(_)
        | OwnAct::SeatGiven { .. }
        | OwnAct::AddressChanged(_)
        | OwnAct::YouManage(_) => return Ok(None),
    }))
}

/// Who manages a side, where a manager left or came; and where the reader does something about it, when not on the page of the
/// partnership.
fn of_roles(conn: &mut Conn, act: &OwnAct) -> Result<Option<(String, Option<&'static str>)>, StoreError> {
    Ok(Some(match act {
        OwnAct::Inherited(side) => {
            let side = name(conn, *side)?;
            (format!("{side} had no manager any more, so that its sponsor manages it from now on."), None)
        }
        OwnAct::LeftVacant(side) => {
            let side = name(conn, *side)?;
            let sentence = format!(
                "{side} has no manager and no sponsor any more. Whoever administers this server is asked to appoint a manager; \
                 until then {side} can agree to nothing."
            );
            (sentence, None)
        }
        OwnAct::Vacant(side) => {
            let side = name(conn, *side)?;
            let sentence = format!(
                "{side} has no manager and no sponsor any more. Please appoint one of its members, or add one in the set-up; the \
                 other sides are told."
            );
            (sentence, Some("/admin"))
        }
        OwnAct::Appointed(side) => {
            let side = name(conn, *side)?;
            (format!("{side}, which had no manager, has one again."), None)
        }
        OwnAct::YouManage(side) => {
            let side = name(conn, *side)?;
            let sentence = format!(
                "You manage {side} in this partnership from now on: you get the results by mail and agree or decline for your \
                 side. On the page of the partnership you can hand this over to somebody else of your side."
            );
            (sentence, None)
        }
        _ => return Ok(None),
    }))
}

/// Which program speaks for the reader's side from now on, by somebody else's doing; none when the token is gone already.
fn of_token(
    conn: &mut Conn,
    actor: &str,
    (side, token): (SideId, TokenId),
    note: ActNote,
    (person, now): (&Person, DateTime<Utc>),
) -> Result<Option<ActNote>, StoreError> {
    let Some(made) = tokens::find(conn, token)? else { return Ok(None) };
    let scopes: Vec<&str> = made.scopes().into_iter().map(Scope::as_str).collect();
    let until = in_zone(made.expires_at.and_utc(), zone(&person.zone), now);
    let sentence = format!(
        "A program can act for {} with a new token, “{}”, until {until}. It may use: {}.",
        name(conn, side)?,
        made.name,
        scopes.join(", ")
    );
    let way_out = "If you do not know what it is for, ask, or revoke it on the page.";
    let who = Line::new(&words::capital(&format!("{} made it. {way_out}", maker(conn, actor)?)));
    Ok(Some(ActNote { sentence: Line::new(&sentence), who, ..note }))
}

/// The same of a program that reaches the whole partnership and speaks for no side.
fn of_partnership_token(
    conn: &mut Conn,
    actor: &str,
    token: TokenId,
    note: ActNote,
    (person, now): (&Person, DateTime<Utc>),
) -> Result<Option<ActNote>, StoreError> {
    let Some(made) = tokens::find(conn, token)? else { return Ok(None) };
    let scopes: Vec<&str> = made.scopes().into_iter().map(Scope::as_str).collect();
    let until = in_zone(made.expires_at.and_utc(), zone(&person.zone), now);
    let sentence = format!(
        "A program reaches the whole partnership, for no side, with a new token, “{}”, until {until}. It may use: {}.",
        made.name,
        scopes.join(", ")
    );
    let way_out =
        "If you do not know what it is for, ask whoever administers this server, who can revoke it.";
    let who = Line::new(&words::capital(&format!("{} made it. {way_out}", maker(conn, actor)?)));
    Ok(Some(ActNote { sentence: Line::new(&sentence), who, ..note }))
}

/// Who did something for no side.
fn maker(conn: &mut Conn, actor: &str) -> Result<String, StoreError> {
    match actor.parse::<PersonId>() {
        Ok(_) => who(conn, actor, None),
        Err(_) if actor == "command line" => Ok("whoever runs this server".to_owned()),
        Err(_) => Ok("a program".to_owned()),
    }
}

/// An action that nobody does any more; none when somebody was named meanwhile.
fn of_action(
    conn: &mut Conn,
    ctx: &Context,
    action: ActionId,
    note: ActNote,
) -> Result<Option<ActNote>, StoreError> {
    let Some(own) = reviews::find_action(conn, action)?.filter(|own| own.owner_id.is_none()) else {
        return Ok(None);
    };
    let sentence = format!("An action was given back, and nobody does it now: {}", own.text);
    let link = ctx.settings.link(&format!("/cycles/{}/review", own.cycle_id));
    let who = Line::new("Name somebody else on the page of the review.");
    Ok(Some(ActNote {
        kind: ActKind::GivenBack,
        sentence: Line::new(&sentence),
        who,
        link: Line::new(&link),
        ..note
    }))
}

/// Actions that somebody else wrote for the reader's side, in the review of a check.
fn of_actions(
    conn: &mut Conn,
    ctx: &Context,
    cycle: CycleId,
    actor: &str,
    note: ActNote,
) -> Result<Option<ActNote>, StoreError> {
    let Some(cycle) = cycles::find(conn, cycle)? else { return Ok(None) };
    let sentence = format!(
        "Actions of your side were agreed, moved or settled in the review of {}: see there what is promised, and by when.",
        cycle.period
    );
    let who = format!("{} wrote them down. Your side names who does them.", maker(conn, actor)?);
    Ok(Some(ActNote {
        kind: ActKind::Promised,
        sentence: Line::new(&sentence),
        who: Line::new(&words::capital(&who)),
        link: Line::new(&ctx.settings.link(&format!("/cycles/{}/review", cycle.id))),
        ..note
    }))
}

pub(super) fn name(conn: &mut Conn, side: SideId) -> Result<String, StoreError> {
    Ok(reach::side_name(conn, side)?.unwrap_or_else(|| "A side".to_owned()))
}

/// The last that is heard of a partnership.
fn deleted(ctx: &Context, name: &str) -> ActNote {
    ActNote {
        kind: ActKind::Approved,
        partnership: Line::new(name),
        sentence: Line::new(&format!(
            "Every side agreed, and it is done: everything of {name} is deleted here, its answers, scorecards, flags and \
             letters. Backups made before still hold it."
        )),
        who: Line::new(""),
        reason: Line::new(""),
        until: Line::new(""),
        link: Line::new(&ctx.settings.link("/")),
        sheet: Vec::new(),
    }
}
