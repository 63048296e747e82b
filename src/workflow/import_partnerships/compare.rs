//! Whether a partnership that stands here is the one that a file describes.

use std::collections::HashSet;

use super::read::House;
use crate::domain::label::label_key;
use crate::domain::partnership::MemberRoles;
use crate::store::partnerships::{self, Partnership};
use crate::store::{Conn, StoreError, cadences, people};

/// Whether sides, members, and where the file names them zone, organisations and cadence, are the same. `instrument` is
/// the one that the file means.
pub(super) fn same(
    conn: &mut Conn,
    stored: &Partnership,
    house: &House,
    instrument: Option<&str>,
) -> Result<bool, StoreError> {
    if house.zone.as_ref().is_some_and(|zone| *zone != stored.zone) {
        return Ok(false);
    }
    let sides = partnerships::sides(conn, stored.id)?;
    if sides.len() != house.sides.len() {
        return Ok(false);
    }
    for ((name, organisation), side) in house.sides.iter().zip(&sides) {
        if *name != side.name {
            return Ok(false);
        }
        if let Some(wanted) = organisation {
            let Some(id) = side.organisation_id else { return Ok(false) };
            if people::find_organisation(conn, id)?.is_none_or(|own| own.name != *wanted) {
                return Ok(false);
            }
        }
    }
    let members = partnerships::members(conn, stored.id)?;
    let here: HashSet<(String, Option<usize>, MemberRoles)> = members
        .iter()
        .map(|(member, person)| {
            let side = sides.iter().position(|s| Some(s.id) == member.side_id);
            // In the file the key of a label names the place of its side.
            let place = side.map(|own| own.to_string()).unwrap_or_default();
            let key = person.address().map_or_else(|| label_key(place, &person.name), str::to_owned);
            (key, side, member.roles())
        })
        .collect();
    let wanted = house.members.iter().map(|(entry, side)| (entry.email.clone(), *side, entry.roles));
    if here != wanted.collect() {
        return Ok(false);
    }
    let Some(cadence) = &house.cadence else { return Ok(true) };
    let found = cadences::of_partnership(conn, stored.id)?;
    Ok(found.iter().any(|own| {
        let same_rule = own.rule.frequency == cadence.frequency && own.mode == cadence.mode;
        own.active && same_rule && Some(own.instrument_id.as_str()) == instrument
    }))
}
