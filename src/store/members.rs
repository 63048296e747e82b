//! Members in bulk: what a whole list or a file of them reads and writes. One member at a time is in
//! [`super::partnerships`].

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::conn::Conn;
use super::either::insert_rows;
use super::error::StoreError;
use super::partnerships::Member;
use super::people::Person;
use super::schema::{member, person};
use super::types::at;
use crate::domain::ids::{MemberId, PartnershipId, PersonId, SideId};
use crate::domain::partnership::MemberRoles;
use crate::domain::preference::SurveyLetters;

/// Rows in one statement: well below the number of values that either database binds.
pub const AT_ONCE: usize = 500;

/// What a membership consists of.
#[derive(Clone, Debug)]
pub struct MemberDraft {
    /// The side; none for a facilitator.
    pub side: Option<SideId>,
    /// What the member does.
    pub roles: MemberRoles,
    /// Whether the membership is in force.
    pub active: bool,
    /// Name in another system.
    pub external_ref: Option<String>,
    /// The name by which a program of the side added the person.
    pub known_as: Option<String>,
}

impl Member {
    /// The roles held.
    pub const fn roles(&self) -> MemberRoles {
        MemberRoles {
            respondent: self.respondent,
            manager: self.manager,
            sponsor: self.sponsor,
            facilitator: self.facilitator,
        }
    }
}

/// Every member with their person, in force or ended, by name.
pub fn all(conn: &mut Conn, id: PartnershipId) -> Result<Vec<(Member, Person)>, StoreError> {
    Ok(member::table
        .inner_join(person::table.on(person::id.eq(member::person_id)))
        .filter(member::partnership_id.eq(id.to_string()))
        .select((Member::as_select(), Person::as_select()))
        .order((person::name.asc(), member::id.asc()))
        .load(conn)?)
}

/// Adds many members; their identifiers come in the same order.
///
/// # Errors
/// Conflict when one of them is a member already.
pub fn insert_all(
    conn: &mut Conn,
    partnership: PartnershipId,
    drafts: &[(PersonId, MemberDraft)],
    now: DateTime<Utc>,
) -> Result<Vec<MemberId>, StoreError> {
    let ids: Vec<MemberId> = drafts.iter().map(|_| MemberId::mint(now)).collect();
    let rows: Vec<_> = ids.iter().zip(drafts).collect();
    for some in rows.chunks(AT_ONCE) {
        let rows: Vec<_> = some
            .iter()
            .map(|(id, (person, draft))| {
                (
                    member::id.eq(id.to_string()),
                    member::partnership_id.eq(partnership.to_string()),
                    member::person_id.eq(person.to_string()),
                    member::side_id.eq(draft.side.map(|s| s.to_string())),
                    member::respondent.eq(draft.roles.respondent),
                    member::manager.eq(draft.roles.manager),
                    member::sponsor.eq(draft.roles.sponsor),
                    member::facilitator.eq(draft.roles.facilitator),
                    member::active.eq(draft.active),
                    member::external_ref.eq(draft.external_ref.clone()),
                    member::known_as.eq(draft.known_as.clone()),
                    member::created_at.eq(at(now)),
                )
            })
            .collect();
        insert_rows!(conn, member::table, rows)?;
    }
    Ok(ids)
}

/// Changes a membership; `false` when there is none.
pub fn update(conn: &mut Conn, id: MemberId, draft: &MemberDraft) -> Result<bool, StoreError> {
    leave_behind(conn, id, draft.side)?;
    let changed = diesel::update(member::table.find(id.to_string()))
        .set((
            member::side_id.eq(draft.side.map(|s| s.to_string())),
            member::respondent.eq(draft.roles.respondent),
            member::manager.eq(draft.roles.manager),
            member::sponsor.eq(draft.roles.sponsor),
            member::facilitator.eq(draft.roles.facilitator),
            member::active.eq(draft.active),
            member::external_ref.eq(&draft.external_ref),
            member::known_as.eq(&draft.known_as),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Clears what one side knows of a member who goes over to another: what stays would be told to the new one.
pub(super) fn leave_behind(conn: &mut Conn, id: MemberId, goes_to: Option<SideId>) -> Result<(), StoreError> {
    let mut row = diesel::update(member::table)
        .filter(member::id.eq(id.to_string()))
        .set((
            member::external_ref.eq(None::<String>),
            member::bounced_at.eq(None::<NaiveDateTime>),
            member::known_as.eq(None::<String>),
            member::letters.eq(SurveyLetters::All.as_str()),
            member::declined_at.eq(None::<NaiveDateTime>),
        ))
        .into_boxed();
    row = match goes_to {
        Some(side) => row.filter(member::side_id.ne(side.to_string()).or(member::side_id.is_null())),
        None => row.filter(member::side_id.is_not_null()),
    };
    row.execute(conn)?;
    Ok(())
}
