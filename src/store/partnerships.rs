//! Partnerships, their sides and their members.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::conn::Conn;
use super::either::hold_row;
use super::error::StoreError;
use super::people::Person;
use super::schema::{cadence, cycle, member, partnership, person, side};
use super::types::at;
use crate::domain::ids::{MemberId, OrganisationId, PartnershipId, PersonId, SideId};
use crate::domain::partnership::{MemberRoles, PartnershipState};
use crate::domain::preference::SurveyLetters;

/// A partnership as stored.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = partnership)]
pub struct Partnership {
    /// Identifier.
    pub id: PartnershipId,
    /// Name as shown.
    pub name: String,
    /// IANA zone in which its civil times are meant.
    pub zone: String,
    /// Proposed, active, paused or ended.
    pub state: PartnershipState,
    /// When it was set up, UTC.
    pub created_at: NaiveDateTime,
    /// When it ended, UTC.
    pub ended_at: Option<NaiveDateTime>,
    /// Since when nobody reads its results any more, UTC.
    pub shelved_at: Option<NaiveDateTime>,
    /// The partnership of which it is one side's own view.
    pub view_of: Option<PartnershipId>,
}

/// A side as stored.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = side)]
pub struct Side {
    /// Identifier.
    pub id: SideId,
    /// The partnership it is part of.
    pub partnership_id: PartnershipId,
    /// 0 to 3: the order on every screen.
    pub place: i32,
    /// Unique within the partnership.
    pub name: String,
    /// The organisation whose part it is; none for a co-founder.
    pub organisation_id: Option<OrganisationId>,
    /// The side whose own view it is the only side of.
    pub view_of: Option<SideId>,
}

/// A member as stored.
#[expect(
    clippy::struct_excessive_bools,
    reason = "four roles that combine freely, and whether it is in force"
)]
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = member)]
pub struct Member {
    /// Identifier.
    pub id: MemberId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The person.
    pub person_id: PersonId,
    /// The side; none for a facilitator.
    pub side_id: Option<SideId>,
    /// Gets invitations.
    pub respondent: bool,
    /// Manages the partnership for the side.
    pub manager: bool,
    /// Executive sponsor of the side.
    pub sponsor: bool,
    /// Neutral facilitator.
    pub facilitator: bool,
    /// Whether the membership is in force.
    pub active: bool,
    /// Name in another system.
    pub external_ref: Option<String>,
    /// When a mail to the member was refused for good.
    pub bounced_at: Option<NaiveDateTime>,
    /// The name by which a program of the side added the person; the side is shown this one and not the person's own.
    pub known_as: Option<String>,
    /// Which survey letters the member wants.
    pub letters: SurveyLetters,
    /// When the member said that somebody else should be asked.
    pub declined_at: Option<NaiveDateTime>,
}

/// Adds a partnership with its sides, in the order given.
pub fn insert(
    conn: &mut Conn,
    name: &str,
    zone: &str,
    state: PartnershipState,
    sides: &[(String, Option<OrganisationId>)],
    now: DateTime<Utc>,
) -> Result<(PartnershipId, Vec<SideId>), StoreError> {
    let id = PartnershipId::mint(now);
    insert_row(conn, id, name, zone, state, now)?;
    let mut ids = Vec::with_capacity(sides.len());
    for (place, (side_name, organisation)) in (0_i32..).zip(sides) {
        let side_id = SideId::mint(now);
        insert_side(conn, (id, place), side_id, side_name, *organisation)?;
        ids.push(side_id);
    }
    Ok((id, ids))
}

/// The row of a partnership whose identifier the caller has minted.
pub(super) fn insert_row(
    conn: &mut Conn,
    id: PartnershipId,
    name: &str,
    zone: &str,
    state: PartnershipState,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    diesel::insert_into(partnership::table)
        .values((
            partnership::id.eq(id.to_string()),
            partnership::name.eq(name),
            partnership::zone.eq(zone),
            partnership::state.eq(state.as_str()),
            partnership::created_at.eq(at(now)),
        ))
        .execute(conn)?;
    Ok(())
}

/// The row of a side at a place of a partnership.
pub(super) fn insert_side(
    conn: &mut Conn,
    (partnership, place): (PartnershipId, i32),
    id: SideId,
    name: &str,
    organisation: Option<OrganisationId>,
) -> Result<(), StoreError> {
    diesel::insert_into(side::table)
        .values((
            side::id.eq(id.to_string()),
            side::partnership_id.eq(partnership.to_string()),
            side::place.eq(place),
            side::name.eq(name),
            side::organisation_id.eq(organisation.map(|o| o.to_string())),
        ))
        .execute(conn)?;
    Ok(())
}

/// The partnership with this identifier, whoever asks. Pages and API ask [`super::access`] instead.
pub fn find(conn: &mut Conn, id: PartnershipId) -> Result<Option<Partnership>, StoreError> {
    Ok(partnership::table
        .find(id.to_string())
        .select(Partnership::as_select())
        .get_result(conn)
        .optional()?)
}

/// All partnerships by name, for administrators.
pub fn list(conn: &mut Conn) -> Result<Vec<Partnership>, StoreError> {
    Ok(partnership::table
        .select(Partnership::as_select())
        .order((partnership::name.asc(), partnership::id.asc()))
        .load(conn)?)
}

/// A page of all partnerships in the order of their identifiers, after one of them.
pub fn after(
    conn: &mut Conn,
    after: Option<PartnershipId>,
    limit: i64,
) -> Result<Vec<Partnership>, StoreError> {
    let mut query = partnership::table.select(Partnership::as_select()).into_boxed();
    if let Some(after) = after {
        query = query.filter(partnership::id.gt(after.to_string()));
    }
    Ok(query.order(partnership::id.asc()).limit(limit).load(conn)?)
}

/// The partnerships with these identifiers.
pub fn find_many(conn: &mut Conn, ids: &[PartnershipId]) -> Result<Vec<Partnership>, StoreError> {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    Ok(partnership::table
        .filter(partnership::id.eq_any(ids))
        .select(Partnership::as_select())
        .order((partnership::name.asc(), partnership::id.asc()))
        .load(conn)?)
}

/// The partnerships of this name; several may share one.
pub fn called(conn: &mut Conn, name: &str) -> Result<Vec<Partnership>, StoreError> {
    Ok(partnership::table.filter(partnership::name.eq(name)).select(Partnership::as_select()).load(conn)?)
}

/// The partnerships with these names; several may share one.
pub fn named(conn: &mut Conn, names: &[String]) -> Result<Vec<Partnership>, StoreError> {
    let mut found = Vec::new();
    for some in names.chunks(super::members::AT_ONCE) {
        let some: Vec<String> = some.to_vec();
        let query = partnership::table.filter(partnership::name.eq_any(some));
        found.extend(query.select(Partnership::as_select()).load::<Partnership>(conn)?);
    }
    Ok(found)
}

/// Changes name and zone; `false` when there is no such partnership.
pub fn update(conn: &mut Conn, id: PartnershipId, name: &str, zone: &str) -> Result<bool, StoreError> {
    let changed = diesel::update(partnership::table.find(id.to_string()))
        .set((partnership::name.eq(name), partnership::zone.eq(zone)))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Removes a partnership that never had a cycle, with its sides, members and cadences; `false` when it had one.
/// Tokens that reached only it reach nothing any more.
pub fn remove_unused(conn: &mut Conn, id: PartnershipId) -> Result<bool, StoreError> {
    let id = id.to_string();
    let cycles: i64 = cycle::table.filter(cycle::partnership_id.eq(&id)).count().get_result(conn)?;
    if cycles > 0 {
        return Ok(false);
    }
    super::proposals::remove_of(conn, &id)?;
    diesel::delete(cadence::table.filter(cadence::partnership_id.eq(&id))).execute(conn)?;
    diesel::delete(member::table.filter(member::partnership_id.eq(&id))).execute(conn)?;
    diesel::delete(side::table.filter(side::partnership_id.eq(&id))).execute(conn)?;
    Ok(diesel::delete(partnership::table.find(&id)).execute(conn)? == 1)
}

/// Changes the state; `false` when there is no such partnership.
pub fn set_state(conn: &mut Conn, id: PartnershipId, state: PartnershipState) -> Result<bool, StoreError> {
    let changed = diesel::update(partnership::table.find(id.to_string()))
        .set(partnership::state.eq(state.as_str()))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Holds a partnership's row until the end of this transaction: whoever changes its state meanwhile waits.
pub fn hold(conn: &mut Conn, id: PartnershipId) -> Result<(), StoreError> {
    hold_row!(conn, partnership, id)
}

/// The sides in their order.
pub fn sides(conn: &mut Conn, id: PartnershipId) -> Result<Vec<Side>, StoreError> {
    Ok(side::table
        .filter(side::partnership_id.eq(id.to_string()))
        .select(Side::as_select())
        .order(side::place.asc())
        .load(conn)?)
}

/// The sides of several partnerships, in their order.
pub fn sides_of(conn: &mut Conn, ids: &[PartnershipId]) -> Result<Vec<Side>, StoreError> {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    Ok(side::table
        .filter(side::partnership_id.eq_any(ids))
        .select(Side::as_select())
        .order((side::partnership_id.asc(), side::place.asc()))
        .load(conn)?)
}

/// Adds a member.
///
/// # Errors
/// Conflict when the person is a member already.
pub fn insert_member(
    conn: &mut Conn,
    partnership_id: PartnershipId,
    person_id: PersonId,
    side_id: Option<SideId>,
    roles: MemberRoles,
    external_ref: Option<&str>,
    now: DateTime<Utc>,
) -> Result<MemberId, StoreError> {
    let id = MemberId::mint(now);
    diesel::insert_into(member::table)
        .values((
            member::id.eq(id.to_string()),
            member::partnership_id.eq(partnership_id.to_string()),
            member::person_id.eq(person_id.to_string()),
            member::side_id.eq(side_id.map(|s| s.to_string())),
            member::respondent.eq(roles.respondent),
            member::manager.eq(roles.manager),
            member::sponsor.eq(roles.sponsor),
            member::facilitator.eq(roles.facilitator),
            member::active.eq(true),
            member::external_ref.eq(external_ref),
            member::created_at.eq(at(now)),
        ))
        .execute(conn)?;
    Ok(id)
}

/// Changes a member's side, roles and whether the membership is in force; `false` when there is none.
pub fn update_member(
    conn: &mut Conn,
    partnership_id: PartnershipId,
    id: MemberId,
    side_id: Option<SideId>,
    roles: MemberRoles,
    active: bool,
) -> Result<bool, StoreError> {
    super::members::leave_behind(conn, id, side_id)?;
    let row = member::table
        .filter(member::id.eq(id.to_string()))
        .filter(member::partnership_id.eq(partnership_id.to_string()));
    let changed = diesel::update(row)
        .set((
            member::side_id.eq(side_id.map(|s| s.to_string())),
            member::respondent.eq(roles.respondent),
            member::manager.eq(roles.manager),
            member::sponsor.eq(roles.sponsor),
            member::facilitator.eq(roles.facilitator),
            member::active.eq(active),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// The members in force with their people, by name: by the one that their side gave them, where it did.
pub fn members(conn: &mut Conn, id: PartnershipId) -> Result<Vec<(Member, Person)>, StoreError> {
    let mut found: Vec<(Member, Person)> = member::table
        .inner_join(person::table.on(person::id.eq(member::person_id)))
        .filter(member::partnership_id.eq(id.to_string()))
        .filter(member::active.eq(true))
        .select((Member::as_select(), Person::as_select()))
        .order((person::name.asc(), member::id.asc()))
        .load(conn)?;
    if found.iter().any(|(member, _)| member.known_as.is_some()) {
        for (member, person) in &mut found {
            if let Some(name) = &member.known_as {
                person.name.clone_from(name);
            }
        }
        found.sort_by(|(a, one), (b, other)| (&one.name, a.id).cmp(&(&other.name, b.id)));
    }
    Ok(found)
}

/// The managers in force of all sides with their people.
pub fn managers(conn: &mut Conn, id: PartnershipId) -> Result<Vec<(Member, Person)>, StoreError> {
    Ok(members(conn, id)?.into_iter().filter(|(m, _)| m.manager).collect())
}

/// The membership of a person, in force or ended.
pub fn member_of(conn: &mut Conn, id: PartnershipId, person: PersonId) -> Result<Option<Member>, StoreError> {
    Ok(member::table
        .filter(member::partnership_id.eq(id.to_string()))
        .filter(member::person_id.eq(person.to_string()))
        .select(Member::as_select())
        .get_result(conn)
        .optional()?)
}

/// The sides of an organisation in all partnerships.
pub fn sides_of_organisation(conn: &mut Conn, organisation: OrganisationId) -> Result<Vec<Side>, StoreError> {
    Ok(side::table
        .filter(side::organisation_id.eq(organisation.to_string()))
        .select(Side::as_select())
        .order(side::partnership_id.asc())
        .load(conn)?)
}

/// The memberships in force of a person, in all partnerships.
pub fn memberships(conn: &mut Conn, person: PersonId) -> Result<Vec<Member>, StoreError> {
    Ok(member::table
        .filter(member::person_id.eq(person.to_string()))
        .filter(member::active.eq(true))
        .select(Member::as_select())
        .order(member::id.asc())
        .load(conn)?)
}
