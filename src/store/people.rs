//! People, organisations and leadership.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::conn::Conn;
use super::either::{insert_once, insert_rows};
use super::error::StoreError;
use super::schema::{
    letter, login_request, member, notice, organisation, organisation_role, person, session,
};
use super::types::at;
use crate::domain::ids::{OrganisationId, PersonId};
use crate::domain::label::is_address;

/// A person as stored.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = person)]
pub struct Person {
    /// Identifier.
    pub id: PersonId,
    /// The one address, unique; for somebody known by a label, what stands in its place ([`crate::domain::label`]).
    pub email: String,
    /// Name as shown to people who may see it.
    pub name: String,
    /// Language tag; texts exist in `en`.
    pub language: String,
    /// IANA time zone of the reader.
    pub zone: String,
    /// Whether the person administers this instance.
    pub administrator: bool,
    /// When the person was added, UTC.
    pub created_at: NaiveDateTime,
    /// When the person was erased, UTC: then name and address stand for nobody.
    pub erased_at: Option<NaiveDateTime>,
}

impl Person {
    /// Whether this is only the stone in an erased person's place.
    pub const fn is_erased(&self) -> bool {
        self.erased_at.is_some()
    }

    /// The address; none where the side gave a label instead.
    pub fn address(&self) -> Option<&str> {
        is_address(&self.email).then_some(&self.email)
    }
}

/// What a new or changed person consists of.
#[derive(Clone, Debug)]
pub struct PersonDraft {
    /// A parsed address, or the key of a label.
    pub email: String,
    /// A cleaned name.
    pub name: String,
    /// An IANA zone that was checked.
    pub zone: String,
    /// Whether the person administers this instance.
    pub administrator: bool,
}

/// Adds a person. The identifier is random: whoever reads it must not see since when this server knows the person.
///
/// # Errors
/// Conflict when the address is taken.
pub fn insert(conn: &mut Conn, draft: &PersonDraft, now: DateTime<Utc>) -> Result<PersonId, StoreError> {
    let id = PersonId::mint_random();
    diesel::insert_into(person::table)
        .values((
            person::id.eq(id.to_string()),
            person::email.eq(&draft.email),
            person::name.eq(&draft.name),
            person::language.eq("en"),
            person::zone.eq(&draft.zone),
            person::administrator.eq(draft.administrator),
            person::created_at.eq(at(now)),
        ))
        .execute(conn)?;
    Ok(id)
}

/// Changes a person; `false` when there is none with this identifier.
pub fn update(conn: &mut Conn, id: PersonId, draft: &PersonDraft) -> Result<bool, StoreError> {
    let changed = diesel::update(person::table.find(id.to_string()))
        .set((
            person::email.eq(&draft.email),
            person::name.eq(&draft.name),
            person::zone.eq(&draft.zone),
            person::administrator.eq(draft.administrator),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// The person with this identifier.
pub fn find(conn: &mut Conn, id: PersonId) -> Result<Option<Person>, StoreError> {
    Ok(person::table.find(id.to_string()).select(Person::as_select()).get_result(conn).optional()?)
}

/// The same, unless the person was erased.
pub fn known(conn: &mut Conn, id: PersonId) -> Result<Option<Person>, StoreError> {
    Ok(find(conn, id)?.filter(|own| !own.is_erased()))
}

/// The people with these identifiers.
pub fn find_many(conn: &mut Conn, ids: &[PersonId]) -> Result<Vec<Person>, StoreError> {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    Ok(person::table.filter(person::id.eq_any(ids)).select(Person::as_select()).load(conn)?)
}

/// The person with this address.
pub fn find_by_email(conn: &mut Conn, email: &str) -> Result<Option<Person>, StoreError> {
    Ok(person::table
        .filter(person::email.eq(email))
        .filter(person::erased_at.is_null())
        .select(Person::as_select())
        .get_result(conn)
        .optional()?)
}

/// The people with these addresses, each in lower case.
pub fn find_by_emails(conn: &mut Conn, emails: &[String]) -> Result<Vec<Person>, StoreError> {
    let mut found = Vec::new();
    for some in emails.chunks(super::members::AT_ONCE) {
        let some: Vec<String> = some.to_vec();
        found.extend(
            person::table
                .filter(person::email.eq_any(some))
                .filter(person::erased_at.is_null())
                .select(Person::as_select())
                .load::<Person>(conn)?,
        );
    }
    Ok(found)
}

/// Adds many people; their identifiers come in the same order.
///
/// # Errors
/// Conflict when an address is taken.
pub fn insert_all(
    conn: &mut Conn,
    drafts: &[PersonDraft],
    now: DateTime<Utc>,
) -> Result<Vec<PersonId>, StoreError> {
    let ids: Vec<PersonId> = drafts.iter().map(|_| PersonId::mint_random()).collect();
    let rows: Vec<_> = ids.iter().zip(drafts).collect();
    for some in rows.chunks(super::members::AT_ONCE) {
        let rows: Vec<_> = some
            .iter()
            .map(|(id, draft)| {
                (
                    person::id.eq(id.to_string()),
                    person::email.eq(draft.email.clone()),
                    person::name.eq(draft.name.clone()),
                    person::language.eq("en"),
                    person::zone.eq(draft.zone.clone()),
                    person::administrator.eq(draft.administrator),
                    person::created_at.eq(at(now)),
                )
            })
            .collect();
        insert_rows!(conn, person::table, rows)?;
    }
    Ok(ids)
}

/// People by name, a page of them.
pub fn list(conn: &mut Conn, search: &str, limit: i64) -> Result<Vec<Person>, StoreError> {
    let mut query =
        person::table.filter(person::erased_at.is_null()).select(Person::as_select()).into_boxed();
    if !search.is_empty() {
        let pattern = format!("%{}%", escape_like(search));
        query = query.filter(
            person::name.like(pattern.clone()).escape('\\').or(person::email.like(pattern).escape('\\')),
        );
    }
    Ok(query.order((person::name.asc(), person::id.asc())).limit(limit).load(conn)?)
}

pub(super) fn escape_like(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// The administrators, by name.
pub fn all_administrators(conn: &mut Conn) -> Result<Vec<Person>, StoreError> {
    Ok(person::table
        .filter(person::administrator.eq(true))
        .select(Person::as_select())
        .order((person::name.asc(), person::id.asc()))
        .load(conn)?)
}

/// How many administrators there are.
pub fn administrators(conn: &mut Conn) -> Result<i64, StoreError> {
    Ok(person::table.filter(person::administrator.eq(true)).count().get_result(conn)?)
}

/// An organisation as stored.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = organisation)]
pub struct Organisation {
    /// Identifier.
    pub id: OrganisationId,
    /// Unique name.
    pub name: String,
    /// When it was added, UTC.
    pub created_at: NaiveDateTime,
}

/// Adds an organisation.
///
/// # Errors
/// Conflict when the name is taken.
pub fn insert_organisation(
    conn: &mut Conn,
    name: &str,
    now: DateTime<Utc>,
) -> Result<OrganisationId, StoreError> {
    let id = OrganisationId::mint(now);
    diesel::insert_into(organisation::table)
        .values((
            organisation::id.eq(id.to_string()),
            organisation::name.eq(name),
            organisation::created_at.eq(at(now)),
        ))
        .execute(conn)?;
    Ok(id)
}

/// The organisation with this identifier.
pub fn find_organisation(conn: &mut Conn, id: OrganisationId) -> Result<Option<Organisation>, StoreError> {
    Ok(organisation::table
        .find(id.to_string())
        .select(Organisation::as_select())
        .get_result(conn)
        .optional()?)
}

/// All organisations by name.
pub fn list_organisations(conn: &mut Conn) -> Result<Vec<Organisation>, StoreError> {
    Ok(organisation::table.select(Organisation::as_select()).order(organisation::name.asc()).load(conn)?)
}

/// The organisations with these names.
pub fn organisations_named(conn: &mut Conn, names: &[String]) -> Result<Vec<Organisation>, StoreError> {
    let mut found = Vec::new();
    for some in names.chunks(super::members::AT_ONCE) {
        let some: Vec<String> = some.to_vec();
        let query = organisation::table.filter(organisation::name.eq_any(some));
        found.extend(query.select(Organisation::as_select()).load::<Organisation>(conn)?);
    }
    Ok(found)
}

/// Gives or takes the leadership of an organisation.
pub fn set_leadership(
    conn: &mut Conn,
    organisation: OrganisationId,
    person: PersonId,
    leads: bool,
) -> Result<(), StoreError> {
    let row = organisation_role::table.find((organisation.to_string(), person.to_string(), "leadership"));
    if leads {
        insert_once!(
            conn,
            organisation_role::table,
            (
                organisation_role::organisation_id.eq(organisation.to_string()),
                organisation_role::person_id.eq(person.to_string()),
                organisation_role::role.eq("leadership"),
            )
        )?;
    } else {
        diesel::delete(row).execute(conn)?;
    }
    Ok(())
}

/// The people who lead an organisation.
pub fn leaders(conn: &mut Conn, organisation: OrganisationId) -> Result<Vec<Person>, StoreError> {
    Ok(person::table
        .inner_join(organisation_role::table.on(organisation_role::person_id.eq(person::id)))
        .filter(organisation_role::organisation_id.eq(organisation.to_string()))
        .filter(organisation_role::role.eq("leadership"))
        .select(Person::as_select())
        .order(person::name.asc())
        .load(conn)?)
}

/// The organisations that a person leads.
pub fn led_by(conn: &mut Conn, person: PersonId) -> Result<Vec<OrganisationId>, StoreError> {
    Ok(organisation_role::table
        .filter(organisation_role::person_id.eq(person.to_string()))
        .filter(organisation_role::role.eq("leadership"))
        .select(organisation_role::organisation_id)
        .load(conn)?)
}

/// Renames an organisation; `false` when there is none with this identifier.
///
/// # Errors
/// Conflict when the name is taken.
pub fn rename_organisation(conn: &mut Conn, id: OrganisationId, name: &str) -> Result<bool, StoreError> {
    let changed = diesel::update(organisation::table.find(id.to_string()))
        .set(organisation::name.eq(name))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Removes a person whom no partnership knows, with all that hangs on them; `false` when one does.
pub fn remove_unused(conn: &mut Conn, id: PersonId) -> Result<bool, StoreError> {
    let id = id.to_string();
    let memberships: i64 = member::table.filter(member::person_id.eq(&id)).count().get_result(conn)?;
    let letters: i64 = letter::table.filter(letter::person_id.eq(&id)).count().get_result(conn)?;
    if memberships + letters > 0 {
        return Ok(false);
    }
    diesel::delete(notice::table.filter(notice::person_id.eq(&id))).execute(conn)?;
    diesel::delete(session::table.filter(session::person_id.eq(&id))).execute(conn)?;
    diesel::delete(login_request::table.filter(login_request::person_id.eq(&id))).execute(conn)?;
    diesel::delete(organisation_role::table.filter(organisation_role::person_id.eq(&id))).execute(conn)?;
    Ok(diesel::delete(person::table.find(&id)).execute(conn)? == 1)
}
