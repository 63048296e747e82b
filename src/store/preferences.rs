//! What people want to be written: respondents by membership, leaders by person.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::conn::Conn;
use super::error::StoreError;
use super::partnerships::{Member, Partnership, Side};
use super::people::Person;
use super::schema::{member, organisation_role, partnership, person, side};
use super::types::at;
use crate::domain::ids::{MemberId, PersonId};
use crate::domain::partnership::PartnershipState;
use crate::domain::preference::SurveyLetters;

/// Where a person is asked: the memberships in force as a respondent, of partnerships that have not ended, by name.
pub fn of_person(conn: &mut Conn, own: PersonId) -> Result<Vec<(Member, Partnership, Side)>, StoreError> {
    Ok(member::table
        .inner_join(partnership::table.on(partnership::id.eq(member::partnership_id)))
        .inner_join(side::table.on(side::id.nullable().eq(member::side_id)))
        .filter(member::person_id.eq(own.to_string()))
        .filter(member::active.eq(true))
        .filter(member::respondent.eq(true))
        .filter(partnership::state.ne(PartnershipState::Ended.as_str()))
        .select((Member::as_select(), Partnership::as_select(), Side::as_select()))
        .order((partnership::name.asc(), member::id.asc()))
        .load(conn)?)
}

/// A member in force with their person.
pub fn member(conn: &mut Conn, id: MemberId) -> Result<Option<(Member, Person)>, StoreError> {
    Ok(member::table
        .inner_join(person::table.on(person::id.eq(member::person_id)))
        .filter(member::id.eq(id.to_string()))
        .filter(member::active.eq(true))
        .select((Member::as_select(), Person::as_select()))
        .get_result(conn)
        .optional()?)
}

/// Keeps a choice; `declined_at` is when the member said that somebody else should be asked.
pub fn set(
    conn: &mut Conn,
    id: MemberId,
    letters: SurveyLetters,
    declined_at: Option<DateTime<Utc>>,
) -> Result<(), StoreError> {
    diesel::update(member::table.find(id.to_string()))
        .set((
            member::letters.eq(letters.as_str()),
            member::declined_at.eq::<Option<NaiveDateTime>>(declined_at.map(at)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Whether a person wants the monthly digest.
pub fn wants_digest(conn: &mut Conn, id: PersonId) -> Result<bool, StoreError> {
    let wants = person::table.find(id.to_string()).select(person::digest).get_result(conn).optional()?;
    Ok(wants.unwrap_or(false))
}

/// Keeps whether a person wants the monthly digest.
pub fn set_digest(conn: &mut Conn, id: PersonId, wanted: bool) -> Result<(), StoreError> {
    diesel::update(person::table.find(id.to_string())).set(person::digest.eq(wanted)).execute(conn)?;
    Ok(())
}

/// Everybody who leads an organisation and wants the monthly digest.
pub fn digest_readers(conn: &mut Conn) -> Result<Vec<Person>, StoreError> {
    let leaders = organisation_role::table
        .filter(organisation_role::role.eq("leadership"))
        .select(organisation_role::person_id);
    Ok(person::table
        .filter(person::id.eq_any(leaders))
        .filter(person::digest.eq(true))
        .filter(person::erased_at.is_null())
        .select(Person::as_select())
        .order(person::id.asc())
        .load(conn)?)
}
