//! Who may see what. Every read for a person goes through a [`Viewer`]; what a viewer may not see does not exist for it.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::conn::Conn;
use super::error::StoreError;
use super::partnerships::{self, Member, Partnership, Side};
use super::people::{self, Person};
use super::schema::{member, side};
use super::types::grouped;
use crate::domain::ids::{OrganisationId, PartnershipId, PersonId, SideId};

/// The person on whose behalf something is read.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// The person.
    pub person: Person,
    /// Organisations that the person leads.
    pub leads: Vec<OrganisationId>,
}

/// What one viewer is in one partnership.
#[derive(Clone, Debug)]
pub struct Seat {
    /// The partnership.
    pub partnership: Partnership,
    /// Its sides in order.
    pub sides: Vec<Side>,
    /// The viewer's own membership.
    pub member: Option<Member>,
    /// Sides of organisations that the viewer leads.
    pub led: Vec<SideId>,
    /// A token for the whole partnership, which stands on no side.
    pub whole: bool,
}

impl Seat {
    /// The side whose view applies; a facilitator and leadership of several sides have none of their own.
    pub fn own_side(&self) -> Option<SideId> {
        self.member.as_ref().and_then(|m| m.side_id).or(match self.led.as_slice() {
            [one] => Some(*one),
            _ => None,
        })
    }

    /// Whether the viewer manages a side here.
    pub fn is_manager(&self) -> bool {
        self.member.as_ref().is_some_and(|m| m.manager)
    }

    /// Whether results are for this viewer: managers, sponsors, facilitators and leadership, not mere respondents.
    pub fn sees_results(&self) -> bool {
        self.whole
            || !self.led.is_empty()
            || self.member.as_ref().is_some_and(|m| m.manager || m.sponsor || m.facilitator)
    }
}

/// Loads the viewer for a person; `None` when the person is gone.
pub fn viewer(conn: &mut Conn, id: PersonId) -> Result<Option<Viewer>, StoreError> {
    let Some(person) = people::find(conn, id)? else { return Ok(None) };
    let leads = people::led_by(conn, id)?;
    Ok(Some(Viewer { person, leads }))
}

/// The viewer's seat in a partnership; `None` when there is none, which looks the same as no such partnership.
pub fn seat(conn: &mut Conn, viewer: &Viewer, id: PartnershipId) -> Result<Option<Seat>, StoreError> {
    Ok(seats(conn, viewer, Some(id))?.pop())
}

/// The same, also in a partnership whose results are not readable any more: for what its sides still decide together. Whoever
/// shows results asks [`seat`].
pub fn seat_on_the_shelf(
    conn: &mut Conn,
    viewer: &Viewer,
    id: PartnershipId,
) -> Result<Option<Seat>, StoreError> {
    Ok(every_seat(conn, viewer, Some(id))?.into_iter().find(Seat::sees_results))
}

/// The viewer's seat in a partnership, also that of a mere respondent: for what named mode shows to all members.
pub fn any_seat(conn: &mut Conn, viewer: &Viewer, id: PartnershipId) -> Result<Option<Seat>, StoreError> {
    let found = every_seat(conn, viewer, Some(id))?.pop();
    Ok(found.filter(|seat| seat.partnership.shelved_at.is_none()))
}

/// All partnerships whose results the viewer sees, by name.
pub fn seats(conn: &mut Conn, viewer: &Viewer, only: Option<PartnershipId>) -> Result<Vec<Seat>, StoreError> {
    let mut found = every_seat(conn, viewer, only)?;
    found.retain(|seat| seat.sees_results() && seat.partnership.shelved_at.is_none());
    Ok(found)
}

/// What a viewer is in one partnership, before it is known what the partnership is.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The partnership.
    pub partnership: PartnershipId,
    member: Option<Member>,
    led: Vec<SideId>,
}

impl Claim {
    /// The seat in this partnership, which is the claimed one; `None` where its results are not for the viewer.
    pub fn seat(&self, partnership: &Partnership, sides: &[Side]) -> Option<Seat> {
        let seat = self.clone().taken(partnership.clone(), sides.to_vec());
        (seat.sees_results() && seat.partnership.shelved_at.is_none()).then_some(seat)
    }

    fn taken(self, partnership: Partnership, sides: Vec<Side>) -> Seat {
        Seat { partnership, sides, member: self.member, led: self.led, whole: false }
    }
}

/// What the viewer is in each partnership, or in one, in the order of their identifiers.
pub fn claims(
    conn: &mut Conn,
    viewer: &Viewer,
    only: Option<PartnershipId>,
) -> Result<Vec<Claim>, StoreError> {
    let mut own = member::table
        .filter(member::person_id.eq(viewer.person.id.to_string()))
        .filter(member::active.eq(true))
        .select(Member::as_select())
        .into_boxed();
    let leads: Vec<String> = viewer.leads.iter().map(ToString::to_string).collect();
    let mut led = side::table
        .filter(side::organisation_id.eq_any(leads))
        .select((side::partnership_id, side::id))
        .order((side::partnership_id.asc(), side::place.asc()))
        .into_boxed();
    if let Some(id) = only {
        own = own.filter(member::partnership_id.eq(id.to_string()));
        led = led.filter(side::partnership_id.eq(id.to_string()));
    }
    let mut found: BTreeMap<PartnershipId, Claim> = BTreeMap::new();
    let empty = |partnership| Claim { partnership, member: None, led: Vec::new() };
    for member in own.load::<Member>(conn)? {
        let id = member.partnership_id;
        found.entry(id).or_insert_with(|| empty(id)).member.get_or_insert(member);
    }
    for (id, side) in led.load::<(PartnershipId, SideId)>(conn)? {
        found.entry(id).or_insert_with(|| empty(id)).led.push(side);
    }
    Ok(found.into_values().collect())
}

fn every_seat(
    conn: &mut Conn,
    viewer: &Viewer,
    only: Option<PartnershipId>,
) -> Result<Vec<Seat>, StoreError> {
    let mut claims: BTreeMap<PartnershipId, Claim> =
        claims(conn, viewer, only)?.into_iter().map(|own| (own.partnership, own)).collect();
    let ids: Vec<PartnershipId> = claims.keys().copied().collect();
    let mut all_sides = grouped(partnerships::sides_of(conn, &ids)?, |side| side.partnership_id);
    let found = partnerships::find_many(conn, &ids)?;
    let seat = |partnership: Partnership| {
        let id = partnership.id;
        Some(claims.remove(&id)?.taken(partnership, all_sides.remove(&id).unwrap_or_default()))
    };
    Ok(found.into_iter().filter_map(seat).collect())
}
