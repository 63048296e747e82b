//! Seats from which results are read, given by somebody who does not manage the side they belong to; and the addresses of those who
//! hold them.
//!
//! Law: nobody gets to read a partnership's results, by leadership, as a sponsor or as a facilitator, without the managers of all its
//! sides hearing of it; nor do the sign-in letters of such a person go elsewhere without that, and without a letter to where they
//! went before. No letter names an address, and the people of a side are named to its own managers only. Called by
//! [`super::succession`] for every change of memberships, and by [`super::set_up`] for leadership and addresses.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::compose::house;
use super::own_act::{GivenSeat, OwnAct};
use super::proposals::managers_of_others;
use super::tell_person::tell_person;
use super::times::{zone, zone_name};
use super::{Context, tokens};
use crate::domain::ids::{LetterId, OrganisationId, PartnershipId, PersonId, SideId};
use crate::mail::{Line, Mail, Moved, Reader, mime};
use crate::store::outbox::letters::{self, NewLetter};
use crate::store::people::{self, Person};
use crate::store::{Conn, StoreError, logins, meta, partnerships};

/// A letter to a former address is worth sending for so long.
const WORTH: TimeDelta = TimeDelta::days(7);

/// Who reads the results of a partnership as its member, and for which side.
pub(super) type Seats = BTreeSet<(PersonId, Option<SideId>)>;

/// As of now.
pub(super) fn read(conn: &mut Conn, id: PartnershipId) -> Result<Seats, StoreError> {
    let reads = partnerships::members(conn, id)?.into_iter();
    let reads = reads.filter(|(own, _)| own.manager || own.sponsor || own.facilitator);
    Ok(reads.map(|(own, person)| (person.id, own.side_id)).collect())
}

/// Logs and tells which sponsors and facilitators there are that had no seat before, unless somebody gave it who manages their side.
pub(super) fn tell_of_new(
    conn: &mut Conn,
    actor: &str,
    id: PartnershipId,
    before: &Seats,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    for (member, person) in partnerships::members(conn, id)? {
        if before.contains(&(person.id, member.side_id)) {
            continue;
        }
        let seat = match member.side_id {
            Some(side) if member.sponsor => GivenSeat::Sponsor(side),
            _ if member.facilitator => GivenSeat::Facilitator,
            _ => continue,
        };
        if let GivenSeat::Sponsor(side) = seat
            && acts_for(conn, actor, id, side)?
        {
            continue;
        }
        let act = if seat == GivenSeat::Facilitator { "facilitator named" } else { "sponsor named" };
        meta::audit(conn, actor, act, &member.id.to_string(), now)?;
        tell_of(conn, actor, id, (person.id, seat), now)?;
    }
    Ok(())
}

/// The same of somebody who leads an organisation from now on, in every partnership in which it has a side.
pub(super) fn tell_of_leader(
    conn: &mut Conn,
    actor: &str,
    organisation: OrganisationId,
    leader: PersonId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    for side in partnerships::sides_of_organisation(conn, organisation)? {
        if side.view_of.is_none() {
            let id = side.partnership_id;
            meta::audit(conn, actor, "leadership given in it", &id.to_string(), now)?;
            tell_of(conn, actor, id, (leader, GivenSeat::Leadership(side.id)), now)?;
        }
    }
    Ok(())
}

/// Sees to it that an address which somebody else changed opens nothing by what went to the former one, and tells of it where its
/// person reads results.
pub(super) fn tell_of_address(
    conn: &mut Conn,
    ctx: &Context,
    actor: &str,
    before: &Person,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    if actor == before.id.to_string() {
        return Ok(());
    }
    logins::end_all(conn, before.id, now)?;
    let seats = held(conn, before.id)?;
    if (before.administrator || !seats.is_empty()) && before.address().is_some() {
        letters::insert(conn, &to_former(ctx, before, now), now)?;
    }
    for (id, side) in seats {
        meta::audit(conn, actor, "address changed in it", &id.to_string(), now)?;
        let mark = format!("address:{id}:{}:{}", before.id, now.timestamp());
        let others = managers_of_others(conn, id, None)?;
        for reader in others.into_iter().filter(|own| *own != before.id && own.to_string() != actor) {
            let about = (Some(id), actor, mark.as_str());
            tell_person(conn, reader, about, OwnAct::AddressChanged(side), now)?;
        }
    }
    Ok(())
}

/// The partnerships whose results somebody reads, and for which side.
fn held(conn: &mut Conn, person: PersonId) -> Result<BTreeMap<PartnershipId, Option<SideId>>, StoreError> {
    let mut found = BTreeMap::new();
    for organisation in people::led_by(conn, person)? {
        for side in partnerships::sides_of_organisation(conn, organisation)? {
            found.insert(side.partnership_id, Some(side.id));
        }
    }
    for own in partnerships::memberships(conn, person)? {
        if own.manager || own.sponsor || own.facilitator {
            found.insert(own.partnership_id, own.side_id);
        }
    }
    // A side's own view has no other side that could be told.
    let ids: Vec<PartnershipId> = found.keys().copied().collect();
    let views = partnerships::find_many(conn, &ids)?.into_iter().filter(|own| own.view_of.is_some());
    for view in views {
        found.remove(&view.id);
    }
    Ok(found)
}

/// Whether an actor manages a side, or is a program that speaks for it.
fn acts_for(conn: &mut Conn, actor: &str, id: PartnershipId, side: SideId) -> Result<bool, StoreError> {
    let managers = partnerships::managers(conn, id)?;
    let by_hand = managers.iter().any(|(own, who)| own.side_id == Some(side) && who.id.to_string() == actor);
    Ok(by_hand || tokens::is_program_of(conn, actor, side)?)
}

fn tell_of(
    conn: &mut Conn,
    actor: &str,
    id: PartnershipId,
    (person, seat): (PersonId, GivenSeat),
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let mark = format!("seat:{id}:{person}:{}", now.timestamp());
    for reader in managers_of_others(conn, id, None)? {
        if reader.to_string() != actor {
            let about = (Some(id), actor, mark.as_str());
            tell_person(conn, reader, about, OwnAct::SeatGiven { person, seat }, now)?;
        }
    }
    Ok(())
}

fn to_former(ctx: &Context, before: &Person, now: DateTime<Utc>) -> NewLetter {
    let id = LetterId::mint_random();
    let zone_name = zone_name(zone(&before.zone));
    let reader = Reader { name: Line::new(&before.name), zone_name: Line::new(&zone_name) };
    let rendered = Mail::Moved(Moved { reader }).render(&house(ctx));
    NewLetter {
        id,
        group_key: format!("moved:{}:{id}", before.id),
        kind: "moved",
        person_id: Some(before.id),
        to: (before.name.clone(), before.email.clone()),
        from_name: "Evenkeel".to_owned(),
        reply_to: None,
        picture: None,
        content: (rendered.subject, rendered.text, rendered.html),
        message: (
            mime::message_id(&id.to_string(), &ctx.settings.mail.from),
            mime::boundary(&id.to_string()),
        ),
        not_after: now + WORTH,
    }
}
