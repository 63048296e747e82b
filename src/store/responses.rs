//! Answers. Those of an open cycle in anonymous mode are in [`super::ballots`] and come here at the close.
//!
//! Law: few pieces of code read these rows and no others may: the respondent's own form ([`own`], [`behind`]); the close, which scores
//! them ([`for_close`]), looks whether one came in meanwhile ([`version`], a digest) and compares them with earlier ones
//! (`of_cycles`); and the reader of named mode ([`with_names`]), after the close. The import of past reviews writes rows, and reads
//! them only as the close does.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use diesel::result::DatabaseErrorKind;

use super::ballots;
use super::conn::Conn;
use super::cycles::Cycle;
use super::either::on_each;
use super::erasure::{LABEL, NAME};
use super::error::StoreError;
use super::invitations::Invitation;
use super::members::AT_ONCE;
use super::people::Person;
use super::prepared;
use super::schema::{cycle, invitation, member, person, pseudonym, response, revision};
use super::types::{at, from_json, to_json};
use crate::domain::answers::Answers;
use crate::domain::close::{Respondent, Response};
use crate::domain::cycle::CycleState;
use crate::domain::ids::{CycleId, MemberId, PseudonymId, SideId};
use crate::domain::label::is_address;
use crate::domain::mode::Mode;

/// A respondent's own answers so far.
#[derive(Clone, Debug, Default)]
pub struct OwnResponse {
    /// Answers by indicator.
    pub answers: Answers,
    /// The answer to the closing question.
    pub comment: Option<String>,
    /// When the last change was saved; not kept in anonymous mode.
    pub saved_at: Option<DateTime<Utc>>,
}

/// What is behind a link.
#[derive(Clone, Debug)]
pub struct Behind {
    /// The invitation.
    pub invitation: Invitation,
    /// Its cycle.
    pub cycle: Cycle,
    /// Who was invited.
    pub person: Person,
    /// The revision of the partnership.
    pub revision: Option<i64>,
    /// What was saved so far; nothing in anonymous mode, which keeps it elsewhere.
    pub response: Option<OwnResponse>,
}

/// What is behind the link with this digest: in one question, because it is asked for each saved answer.
pub fn behind(conn: &mut Conn, hash: &str) -> Result<Option<Behind>, StoreError> {
    type Row = (Invitation, Cycle, Person, Option<i64>, Option<Saved>);
    let saved = response::cycle_id.eq(invitation::cycle_id).and(response::answer_key.eq(invitation::id));
    let row: Option<Row> = on_each!(conn, inner => {
        invitation::table
            .inner_join(cycle::table.on(cycle::id.eq(invitation::cycle_id)))
            .inner_join(person::table.on(person::id.eq(invitation::person_id)))
            .left_join(revision::table.on(revision::partnership_id.eq(cycle::partnership_id)))
            .left_join(response::table.on(saved))
            .filter(invitation::token_hash.eq(hash))
            .select((
                Invitation::as_select(),
                Cycle::as_select(),
                Person::as_select(),
                revision::value.nullable(),
                (response::answers, response::comment, response::saved_at).nullable(),
            ))
            .get_result(inner)
            .optional()?
    });
    row.map(|(invitation, cycle, person, revision, saved)| {
        let response = saved.map(OwnResponse::read).transpose()?;
        Ok(Behind { invitation, cycle, person, revision, response })
    })
    .transpose()
}

/// Answers, comment and when they were saved, as they are stored.
type Saved = (String, Option<String>, Option<NaiveDateTime>);

impl OwnResponse {
    fn read((answers, comment, saved): Saved) -> Result<Self, StoreError> {
        let answers = from_json("a response", &answers)?;
        Ok(Self { answers, comment, saved_at: saved.map(|own| own.and_utc()) })
    }
}

/// The answers behind one link.
pub fn own(conn: &mut Conn, cycle: CycleId, key: &str) -> Result<Option<OwnResponse>, StoreError> {
    let row: Option<Saved> = response::table
        .find((cycle.to_string(), key))
        .select((response::answers, response::comment, response::saved_at))
        .get_result(conn)
        .optional()?;
    row.map(OwnResponse::read).transpose()
}

/// Who answers: fixed for all saves behind one link.
#[derive(Clone, Debug)]
pub struct Link {
    /// The cycle.
    pub cycle_id: CycleId,
    /// With the cycle, the primary key of the response.
    pub answer_key: String,
    /// The side.
    pub side_id: SideId,
    /// The member.
    pub member_id: Option<MemberId>,
}

/// Stores the answers behind one link, over what was there; `response` says when that was saved, if anything was.
pub fn save(
    conn: &mut Conn,
    who: &Link,
    response: &OwnResponse,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let answers = to_json("a response", &response.answers)?;
    let given = response.answers.values().filter(|a| a.is_some()).count();
    let given = i32::try_from(given).map_err(|e| StoreError::unreadable("a response", e))?;
    let values = (
        response::answers.eq(&answers),
        response::answered.eq(given),
        response::comment.eq(&response.comment),
        response::saved_at.eq(at(now)),
    );
    let row = response::cycle_id.eq(who.cycle_id.to_string()).and(response::answer_key.eq(&who.answer_key));
    let new = (
        response::cycle_id.eq(who.cycle_id.to_string()),
        response::answer_key.eq(&who.answer_key),
        response::side_id.eq(who.side_id.to_string()),
        response::member_id.eq(who.member_id.map(|m| m.to_string())),
        values,
    );
    let update = |conn: &mut Conn| -> Result<bool, StoreError> {
        Ok(prepared::update(response::table, &row, values).run(conn)? == 1)
    };
    // What is likelier is tried first.
    if response.saved_at.is_some() && update(conn)? {
        return Ok(());
    }
    match conn {
        // A row that is in the way fails this statement alone there.
        Conn::Sqlite(inner) => match diesel::insert_into(response::table).values(new).execute(inner) {
            Err(diesel::result::Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => {
                update(conn).map(drop)
            }
            made => Ok(made.map(drop)?),
        },
        Conn::Postgres(inner) => {
            let row = diesel::insert_into(response::table).values(new);
            let key = (response::cycle_id, response::answer_key);
            row.on_conflict(key).do_update().set(values).execute(inner)?;
            Ok(())
        }
    }
}

/// Everything that was answered in a cycle, for scoring it.
pub fn for_close(conn: &mut Conn, cycle: CycleId) -> Result<Vec<Response>, StoreError> {
    type Row = (SideId, Option<MemberId>, Option<PseudonymId>, String);
    let rows: Vec<Row> = response::table
        .filter(response::cycle_id.eq(cycle.to_string()))
        .select((response::side_id, response::member_id, response::pseudonym_id, response::answers))
        .order(response::answer_key.asc())
        .load(conn)?;
    let unlinked = ballots::of(conn, cycle)?.into_iter().map(|(side, answers)| (side, None, None, answers));
    rows.into_iter()
        .chain(unlinked)
        .map(|(side_id, member, pseudonym, answers)| {
            Ok(Response { side_id, who: who(member, pseudonym), answers: from_json("a response", &answers)? })
        })
        .collect()
}

/// What somebody answered in named mode.
#[derive(Clone, Debug)]
pub struct NamedResponse {
    /// The side.
    pub side_id: SideId,
    /// The member's address, the name that an imported review gave, or "erased".
    pub respondent: String,
    /// The member's name, where there is a member.
    pub name: Option<String>,
    /// Answers by indicator.
    pub answers: Answers,
}

impl NamedResponse {
    /// The name that people know, and otherwise how the respondent is called here.
    pub fn shown_name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.respondent)
    }
}

/// The answers of a closed cycle with the names of those who gave them; none of a cycle that is open or of another mode.
pub fn with_names(conn: &mut Conn, cycle_id: CycleId) -> Result<Vec<NamedResponse>, StoreError> {
    type Row = (SideId, Option<String>, Option<String>, Option<String>, String);
    let rows: Vec<Row> = response::table
        .inner_join(cycle::table.on(cycle::id.eq(response::cycle_id)))
        .left_join(member::table.on(member::id.nullable().eq(response::member_id)))
        .left_join(person::table.on(person::id.nullable().eq(member::person_id.nullable())))
        .left_join(pseudonym::table.on(pseudonym::id.nullable().eq(response::pseudonym_id)))
        .filter(response::cycle_id.eq(cycle_id.to_string()))
        .filter(cycle::mode.eq(Mode::Named.as_str()))
        .filter(cycle::state.eq(CycleState::Closed.as_str()))
        .select((
            response::side_id,
            person::email.nullable(),
            person::name.nullable(),
            pseudonym::label.nullable(),
            response::answers,
        ))
        .order(response::answer_key.asc())
        .load(conn)?;
    rows.into_iter()
        .map(|(side_id, email, name, label, answers)| {
            let label = label.map(|own| if own.starts_with(LABEL) { NAME.to_owned() } else { own });
            // Whoever has no address is called by the label that is their name.
            let known =
                email.map(|own| if is_address(&own) { own } else { name.clone().unwrap_or_default() });
            let respondent = known.or(label).unwrap_or_default();
            Ok(NamedResponse { side_id, respondent, name, answers: from_json("a response", &answers)? })
        })
        .collect()
}

/// What was answered in several closed cycles, for the drift test of the next close.
pub(super) fn of_cycles(
    conn: &mut Conn,
    cycles: &[CycleId],
) -> Result<BTreeMap<CycleId, Vec<Response>>, StoreError> {
    read_again(conn, cycles, None)
}

/// The same of some people only.
pub(super) fn of_people(
    conn: &mut Conn,
    cycles: &[CycleId],
    people: &[(SideId, Respondent)],
) -> Result<BTreeMap<CycleId, Vec<Response>>, StoreError> {
    let mut found = read_again(conn, cycles, Some(people))?;
    let asked_for = |own: &Response| people.contains(&(own.side_id, own.who));
    for all in found.values_mut() {
        all.retain(asked_for);
    }
    Ok(found)
}

fn read_again(
    conn: &mut Conn,
    cycles: &[CycleId],
    people: Option<&[(SideId, Respondent)]>,
) -> Result<BTreeMap<CycleId, Vec<Response>>, StoreError> {
    type Row = (CycleId, SideId, Option<MemberId>, Option<PseudonymId>, String);
    let mut found: BTreeMap<CycleId, Vec<Response>> = BTreeMap::new();
    for some in cycles.chunks(AT_ONCE) {
        let keys: Vec<String> = some.iter().map(ToString::to_string).collect();
        let mut query = response::table.filter(response::cycle_id.eq_any(keys)).into_boxed();
        if let Some(people) = people.filter(|own| own.len() <= AT_ONCE) {
            let (members, pseudonyms) = keys_of(people);
            query = query
                .filter(response::member_id.eq_any(members).or(response::pseudonym_id.eq_any(pseudonyms)));
        }
        let rows: Vec<Row> = query
            .select((
                response::cycle_id,
                response::side_id,
                response::member_id,
                response::pseudonym_id,
                response::answers,
            ))
            .order((response::cycle_id.asc(), response::answer_key.asc()))
            .load(conn)?;
        for (cycle, side_id, member, pseudonym, answers) in rows {
            let answers = from_json("a response", &answers)?;
            found.entry(cycle).or_default().push(Response { side_id, who: who(member, pseudonym), answers });
        }
    }
    Ok(found)
}

fn keys_of(people: &[(SideId, Respondent)]) -> (Vec<String>, Vec<String>) {
    let (mut members, mut pseudonyms) = (Vec::new(), Vec::new());
    for (_, who) in people {
        match who {
            Respondent::Member(id) => members.push(id.to_string()),
            Respondent::Pseudonym(id) => pseudonyms.push(id.to_string()),
            Respondent::Nobody => {}
        }
    }
    (members, pseudonyms)
}

/// Who answered, as two columns tell it.
fn who(member: Option<MemberId>, pseudonym: Option<PseudonymId>) -> Respondent {
    match (member, pseudonym) {
        (Some(member), _) => Respondent::Member(member),
        (None, Some(pseudonym)) => Respondent::Pseudonym(pseudonym),
        (None, None) => Respondent::Nobody,
    }
}

/// Changes with every answer of the cycle: how the close notices one that came in meanwhile.
///
/// It is told from the answers themselves. Their times would not do: a save that waited for its turn carries an earlier
/// instant than one that overtook it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version(String);

/// The version of a cycle's responses.
pub fn version(conn: &mut Conn, cycle: CycleId) -> Result<Version, StoreError> {
    let mut rows: Vec<(String, String)> = response::table
        .filter(response::cycle_id.eq(cycle.to_string()))
        .select((response::answer_key, response::answers))
        .order(response::answer_key.asc())
        .load(conn)?;
    rows.extend(ballots::marks(conn, cycle)?);
    Ok(Version(crate::secrets::digest(to_json("the answers", &rows)?)))
}
