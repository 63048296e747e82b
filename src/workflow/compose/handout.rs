//! The letter to the managers of a side that hands out links itself: that a check has opened, and what reminds others.
//!
//! Law: it names nobody. How many links were sent is told only where that tells of no single person.

use chrono::{DateTime, Utc};

use super::super::Context;
use super::super::times::{in_zone, zone};
use crate::domain::cycle::InvitationState;
use crate::domain::ids::SideId;
use crate::mail::{ActKind, ActNote, Line};
use crate::store::cycles::Cycle;
use crate::store::handed::ToHandOut;
use crate::store::outbox::notices::Notice;
use crate::store::people::Person;
use crate::store::{Conn, StoreError, cycles, handed, invitations, partnerships};

/// The note; none when the check is over, the reader manages the side no more, or every link was sent.
pub(super) fn note(
    conn: &mut Conn,
    ctx: &Context,
    person: &Person,
    notice: &Notice,
    now: DateTime<Utc>,
) -> Result<Option<ActNote>, StoreError> {
    let Some(cycle) = notice.cycle_id.map(|id| cycles::find(conn, id)).transpose()?.flatten() else {
        return Ok(None);
    };
    let Ok(side) = notice.reference.parse::<SideId>() else { return Ok(None) };
    let Some(found) = partnerships::find(conn, cycle.partnership_id)? else { return Ok(None) };
    let own = partnerships::member_of(conn, cycle.partnership_id, person.id)?;
    let manages = own.is_some_and(|own| own.active && own.manager && own.side_id == Some(side));
    let links = handed::of_side(conn, cycle.id, side)?;
    if !manages || links.is_empty() || cycle.life().may_answer(now).is_err() {
        return Ok(None);
    }
    let closes = in_zone(cycle.closes_at.and_utc(), zone(&person.zone), now);
    let (sentence, what) = if notice.kind == "handout" {
        (opened(&cycle, links.len(), &closes), OPENED)
    } else {
        let Some(sentence) = reminder(conn, &cycle, side, &links, &closes)? else { return Ok(None) };
        (sentence, REMINDED)
    };
    Ok(Some(ActNote {
        kind: ActKind::HandOut,
        partnership: Line::new(&found.name),
        sentence: Line::new(&sentence),
        who: Line::new(what),
        reason: Line::new(""),
        until: Line::new(""),
        link: Line::new(&ctx.settings.link(&format!("/cycles/{}/links", cycle.id))),
        sheet: Vec::new(),
    }))
}

const OPENED: &str = "The page lists them, with a text to forward and a sheet to print. Whoever begins gets a link of their own, \
                      so that the one you handed out shows you no answers.";
const REMINDED: &str = "Please remind everybody to whom you gave one: who has answered is told to nobody.";

fn opened(cycle: &Cycle, links: usize, closes: &str) -> String {
    let (are, people) = if links == 1 { ("link is", "one person") } else { ("links are", "people") };
    format!(
        "{} has opened, and {links} {are} yours to hand out, to {people} of your side who get no letter. It closes {closes}.",
        cycle.period
    )
}

fn reminder(
    conn: &mut Conn,
    cycle: &Cycle,
    side: SideId,
    links: &[ToHandOut],
    closes: &str,
) -> Result<Option<String>, StoreError> {
    let counts = invitations::counts(conn, &[cycle.id])?;
    let invited = counts.iter().find(|own| own.side_id == side).map_or(0, |own| own.invited);
    let handed = u32::try_from(links.len()).unwrap_or(u32::MAX);
    let open = links.iter().filter(|own| own.invitation.state == InvitationState::Open).count();
    let all = links.len();
    if !may_tell(cycle, handed, invited.saturating_sub(handed)) {
        let links = if all == 1 { "one link".to_owned() } else { format!("{all} links") };
        return Ok(Some(format!("{} closes {closes}, and your side hands out {links} to it.", cycle.period)));
    }
    Ok((open > 0).then(|| {
        format!(
            "Of the {all} links to {} that your side hands out, {open} {} not sent yet. It closes {closes}.",
            cycle.period,
            if open == 1 { "is" } else { "are" }
        )
    }))
}

/// Whether a count tells of no single person: neither those with such a link nor the others of the side are fewer than the floor.
fn may_tell(cycle: &Cycle, handed: u32, others: u32) -> bool {
    let k = cycle.floor();
    !cycle.mode.has_floor() || (handed >= k && (others == 0 || others >= k))
}
