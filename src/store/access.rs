//! Who may see what. Every read for a person goes through a [`Viewer`]; what a viewer may not see does not exist for it.

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

fn every_seat(
    conn: &mut Conn,
    viewer: &Viewer,
    only: Option<PartnershipId>,
) -> Result<Vec<Seat>, StoreError> {
    let mut own = member::table
        .filter(member::person_id.eq(viewer.person.id.to_string()))
        .filter(member::active.eq(true))
        .select(Member::as_select())
        .into_boxed();
    let led: Vec<String> = viewer.leads.iter().map(ToString::to_string).collect();
    let mut led_sides =
        side::table.filter(side::organisation_id.eq_any(led)).select(Side::as_select()).into_boxed();
    if let Some(id) = only {
        own = own.filter(member::partnership_id.eq(id.to_string()));
        led_sides = led_sides.filter(side::partnership_id.eq(id.to_string()));
    }
    let own: Vec<Member> = own.load(conn)?;
    let led_sides: Vec<Side> = led_sides.load(conn)?;
    let mut ids: Vec<PartnershipId> =
        own.iter().map(|m| m.partnership_id).chain(led_sides.iter().map(|s| s.partnership_id)).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut all_sides = grouped(partnerships::sides_of(conn, &ids)?, |side| side.partnership_id);
    let mut led_sides = grouped(led_sides, |side| side.partnership_id);
    let mut own = grouped(own, |member| member.partnership_id);
    let found = partnerships::find_many(conn, &ids)?;
    Ok(found
        .into_iter()
        .map(|partnership| {
            let id = partnership.id;
            let led = led_sides.remove(&id).unwrap_or_default();
            Seat {
                member: own.remove(&id).and_then(|own| own.into_iter().next()),
                led: led.iter().map(|side| side.id).collect(),
                sides: all_sides.remove(&id).unwrap_or_default(),
                partnership,
                whole: false,
            }
        })
        .collect())
}
