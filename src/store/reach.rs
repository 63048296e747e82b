//! What a token reaches. A partnership outside its binding does not exist for it.

use std::collections::HashMap;

use diesel::prelude::*;

use super::access::Seat;
use super::conn::Conn;
use super::error::StoreError;
use super::partnerships::{self, Partnership, Side};
use super::people::{self, Organisation, Person};
use super::schema::{member, organisation, partnership, person, revision, side};
use super::types::grouped;
use crate::domain::access_token::Binding;
use crate::domain::ids::{OrganisationId, PartnershipId, PersonId, SideId};

/// Whether what a token would be bound to is there.
pub fn is_there(conn: &mut Conn, binding: Binding) -> Result<bool, StoreError> {
    Ok(match binding {
        Binding::Instance => true,
        Binding::Organisation(id) => people::find_organisation(conn, id)?.is_some(),
        Binding::Partnership(id) => partnerships::find(conn, id)?.is_some(),
        Binding::Side(id) => partnership_of(conn, id)?.is_some(),
    })
}

/// Whether everything that `inner` reaches, and every side that it speaks for, is `outer`'s too.
pub fn is_within(conn: &mut Conn, outer: Option<Binding>, inner: Binding) -> Result<bool, StoreError> {
    Ok(match (outer, inner) {
        (None | Some(Binding::Instance), _) => true,
        (Some(own), other) if own == other => true,
        // A token for no side must not make one that speaks for a side of others.
        (Some(Binding::Organisation(own)), Binding::Side(side)) => {
            let of: Option<Option<String>> = side::table
                .find(side.to_string())
                .select(side::organisation_id)
                .get_result(conn)
                .optional()?;
            of.flatten() == Some(own.to_string())
        }
        _ => false,
    })
}

/// The partnership that a side belongs to.
pub fn partnership_of(conn: &mut Conn, id: SideId) -> Result<Option<PartnershipId>, StoreError> {
    Ok(side::table.find(id.to_string()).select(side::partnership_id).get_result(conn).optional()?)
}

/// The sides for which a token speaks, in the order of their partnerships. A side's own view is not another side.
pub fn sides_spoken_for(conn: &mut Conn, binding: Binding) -> Result<Vec<Side>, StoreError> {
    let mut query = side::table.filter(side::view_of.is_null()).select(Side::as_select()).into_boxed();
    query = match binding {
        Binding::Instance | Binding::Partnership(_) => return Ok(Vec::new()),
        Binding::Organisation(id) => query.filter(side::organisation_id.eq(id.to_string())),
        Binding::Side(id) => query.filter(side::id.eq(id.to_string())),
    };
    Ok(query.order((side::partnership_id.asc(), side::place.asc())).load(conn)?)
}

/// The name of a side.
pub fn side_name(conn: &mut Conn, id: SideId) -> Result<Option<String>, StoreError> {
    Ok(side::table.find(id.to_string()).select(side::name).get_result(conn).optional()?)
}

/// The token's seat in a partnership; `None` when it has none, which looks the same as no such partnership.
pub fn seat(conn: &mut Conn, binding: Binding, id: PartnershipId) -> Result<Option<Seat>, StoreError> {
    Ok(seats(conn, binding, &[id])?.pop())
}

/// The same, also in a partnership whose results are not readable any more: for what stands about it and for what its sides
/// still decide together. Whoever shows results asks [`seat`].
pub fn seat_on_the_shelf(
    conn: &mut Conn,
    binding: Binding,
    id: PartnershipId,
) -> Result<Option<Seat>, StoreError> {
    Ok(every_seat(conn, binding, &[id])?.pop())
}

/// A page of the partnerships that a token reaches, in the order of their identifiers.
pub fn seats_after(
    conn: &mut Conn,
    binding: Binding,
    after: Option<PartnershipId>,
    limit: i64,
) -> Result<Vec<Seat>, StoreError> {
    let ids: Vec<PartnershipId> =
        revisions_after(conn, binding, after, limit)?.into_iter().map(|(id, _)| id).collect();
    let mut found = seats(conn, binding, &ids)?;
    found.sort_by_key(|seat| seat.partnership.id);
    Ok(found)
}

/// The same, only which they are, each with its [revision](super::revisions).
pub fn revisions_after(
    conn: &mut Conn,
    binding: Binding,
    after: Option<PartnershipId>,
    limit: i64,
) -> Result<Vec<(PartnershipId, i64)>, StoreError> {
    let mut query = partnership::table
        .inner_join(revision::table.on(revision::partnership_id.eq(partnership::id)))
        .filter(partnership::shelved_at.is_null())
        .select((partnership::id, revision::value))
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(partnership::id.gt(after.to_string()));
    }
    query = match binding {
        Binding::Instance => query,
        Binding::Partnership(id) => query.filter(partnership::id.eq(id.to_string())),
        Binding::Organisation(id) => query.filter(partnership::id.eq_any(
            side::table.filter(side::organisation_id.eq(id.to_string())).select(side::partnership_id),
        )),
        // And its own view, which nobody else reaches.
        Binding::Side(id) => query.filter(
            partnership::id.eq_any(
                side::table
                    .filter(side::id.eq(id.to_string()).or(side::view_of.eq(id.to_string())))
                    .select(side::partnership_id),
            ),
        ),
    };
    Ok(query.order(partnership::id.asc()).limit(limit).load(conn)?)
}

/// The token's seats in these partnerships; one that it does not reach, or whose results nobody reads any more, is left out.
pub fn seats(conn: &mut Conn, binding: Binding, ids: &[PartnershipId]) -> Result<Vec<Seat>, StoreError> {
    let mut found = every_seat(conn, binding, ids)?;
    found.retain(|seat| seat.partnership.shelved_at.is_none());
    Ok(found)
}

fn every_seat(conn: &mut Conn, binding: Binding, ids: &[PartnershipId]) -> Result<Vec<Seat>, StoreError> {
    let mut all_sides = grouped(partnerships::sides_of(conn, ids)?, |side| side.partnership_id);
    let seat = |partnership: Partnership| {
        let sides = all_sides.remove(&partnership.id).unwrap_or_default();
        taken(binding, partnership, sides)
    };
    Ok(partnerships::find_many(conn, ids)?.into_iter().filter_map(seat).collect())
}

/// The token's seat in a partnership that was read before; see [`seats`].
pub fn seat_in(binding: Binding, partnership: &Partnership, sides: &[Side]) -> Option<Seat> {
    let seat = taken(binding, partnership.clone(), sides.to_vec())?;
    seat.partnership.shelved_at.is_none().then_some(seat)
}

fn taken(binding: Binding, partnership: Partnership, sides: Vec<Side>) -> Option<Seat> {
    let is_led = |own: &Side| match binding {
        Binding::Side(id) => own.id == id || own.view_of == Some(id),
        Binding::Organisation(id) => own.organisation_id == Some(id),
        Binding::Instance | Binding::Partnership(_) => false,
    };
    let led: Vec<SideId> = sides.iter().filter(|own| is_led(own)).map(|own| own.id).collect();
    let whole = match binding {
        Binding::Instance => true,
        Binding::Partnership(own) => own == partnership.id,
        Binding::Organisation(_) | Binding::Side(_) => false,
    };
    (whole || !led.is_empty()).then_some(Seat { partnership, sides, member: None, led, whole })
}

/// A page of the organisations that a token reaches, in the order of their identifiers; `only` looks for one of them.
pub fn organisations(
    conn: &mut Conn,
    binding: Binding,
    only: Option<OrganisationId>,
    after: Option<OrganisationId>,
    limit: i64,
) -> Result<Vec<Organisation>, StoreError> {
    let mut query = organisation::table.select(Organisation::as_select()).into_boxed();
    if let Some(only) = only {
        query = query.filter(organisation::id.eq(only.to_string()));
    }
    if let Some(after) = after {
        query = query.filter(organisation::id.gt(after.to_string()));
    }
    let with_sides = || side::table.filter(side::organisation_id.is_not_null());
    query = match binding {
        Binding::Instance => query,
        Binding::Organisation(id) => query.filter(organisation::id.eq(id.to_string())),
        Binding::Partnership(id) => query.filter(organisation::id.nullable().eq_any(
            with_sides().filter(side::partnership_id.eq(id.to_string())).select(side::organisation_id),
        )),
        Binding::Side(id) => query.filter(
            organisation::id
                .nullable()
                .eq_any(with_sides().filter(side::id.eq(id.to_string())).select(side::organisation_id)),
        ),
    };
    Ok(query.order(organisation::id.asc()).limit(limit).load(conn)?)
}

/// A page of the people whom a token reaches: all, or the members of its partnership or sides; those of a side by the name
/// that the side gave them, where it did.
pub fn people(
    conn: &mut Conn,
    binding: Binding,
    only: Option<PersonId>,
    after: Option<PersonId>,
    limit: i64,
) -> Result<Vec<Person>, StoreError> {
    let mut query =
        person::table.filter(person::erased_at.is_null()).select(Person::as_select()).into_boxed();
    if let Some(only) = only {
        query = query.filter(person::id.eq(only.to_string()));
    }
    if let Some(after) = after {
        query = query.filter(person::id.gt(after.to_string()));
    }
    let members = || member::table.filter(member::active.eq(true));
    query = match binding {
        Binding::Instance => query,
        Binding::Partnership(id) => {
            query.filter(person::id.eq_any(
                members().filter(member::partnership_id.eq(id.to_string())).select(member::person_id),
            ))
        }
        Binding::Side(id) => query.filter(
            person::id.eq_any(members().filter(member::side_id.eq(id.to_string())).select(member::person_id)),
        ),
        Binding::Organisation(id) => query.filter(
            person::id.eq_any(
                members()
                    .inner_join(side::table.on(member::side_id.eq(side::id.nullable())))
                    .filter(side::organisation_id.eq(id.to_string()))
                    .select(member::person_id),
            ),
        ),
    };
    let mut found: Vec<Person> = query.order(person::id.asc()).limit(limit).load(conn)?;
    name_as_known(conn, binding, &mut found)?;
    Ok(found)
}

fn name_as_known(conn: &mut Conn, binding: Binding, people: &mut [Person]) -> Result<(), StoreError> {
    let mut query = member::table
        .inner_join(side::table.on(member::side_id.eq(side::id.nullable())))
        .filter(member::active.eq(true))
        .filter(member::known_as.is_not_null())
        .select((member::person_id, member::known_as.assume_not_null()))
        .order(member::id.desc())
        .into_boxed();
    query = match binding {
        Binding::Instance | Binding::Partnership(_) => return Ok(()),
        Binding::Side(id) => query.filter(side::id.eq(id.to_string())),
        Binding::Organisation(id) => query.filter(side::organisation_id.eq(id.to_string())),
    };
    let ids: Vec<String> = people.iter().map(|own| own.id.to_string()).collect();
    let known: HashMap<PersonId, String> =
        query.filter(member::person_id.eq_any(ids)).load(conn)?.into_iter().collect();
    for person in people {
        if let Some(name) = known.get(&person.id) {
            person.name.clone_from(name);
        }
    }
    Ok(())
}
