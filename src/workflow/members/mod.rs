//! The members of a partnership as a list: set whole, or added to from a file.
//!
//! Law: a list is checked before the write lock is taken, and then happens as a whole or not at all. [`apply`] is the one
//! place that writes it, so that a list which every side has agreed to is written as one that an administrator sends.
//! People are found by their address and added when nobody here has it; who is here keeps name and zone.

mod read;
mod steps;

pub use read::{RawMember, from_csv, parse};
pub(in crate::workflow) use read::{entry, filled, role_words};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use self::steps::{Known, Steps};
use super::{ActsFor, Context, Refusal, expect_version, version_of};
use crate::domain::ids::{MemberId, PartnershipId, SideId};
use crate::domain::partnership::MemberRoles;
use crate::store::partnerships::Member;
use crate::store::people::{self, Person};
use crate::store::{Conn, StoreError, cycles, members as store, meta, partnerships};

/// Where an entry was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// In a list, counted from 0.
    Entry(usize),
    /// In a file, counted from 1.
    Line(u64),
}

impl Place {
    /// The path of one of its fields, such as `members[3].email` or `line 7, email`.
    pub fn path(self, field: &str) -> String {
        match self {
            Self::Entry(place) => format!("members[{place}].{field}"),
            Self::Line(line) => format!("{}, {field}", super::sheet::at_line(line)),
        }
    }
}

/// One member as wanted; checked by [`parse`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Where it was written.
    pub place: Place,
    /// The address in lower case.
    pub email: String,
    /// The name; needed only when nobody here has the address.
    pub name: Option<String>,
    /// The zone of a person who is added; the partnership's when left out.
    pub zone: Option<String>,
    /// The side; none for a facilitator.
    pub side: Option<SideId>,
    /// What the member does.
    pub roles: MemberRoles,
    /// Name in another system.
    pub external_ref: Option<String>,
}

/// What becomes of the members of a partnership.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MembersPlan {
    /// The partnership.
    pub partnership: PartnershipId,
    /// For whom: members out of reach stay as they are.
    pub acts_for: ActsFor,
    /// The members wanted.
    pub entries: Vec<Entry>,
    /// Whether this is the whole list: then memberships that it does not name end, and an external reference that it
    /// does not give goes.
    pub whole: bool,
}

/// What happened, or would happen, to one entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// A new member, or one whose membership had ended.
    Added,
    /// Another side, other roles, another external reference.
    Changed,
    /// As it was.
    Unchanged,
}

/// One entry with its change.
#[derive(Clone, Debug)]
pub struct RowChange {
    /// Where it was written.
    pub place: Place,
    /// The address.
    pub email: String,
    /// What happened.
    pub change: Change,
    /// The same in words.
    pub what: String,
}

/// What a plan did, or would do.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// One for each entry, in their order.
    pub rows: Vec<RowChange>,
    /// People who were added.
    pub people_added: usize,
    /// Memberships that ended.
    pub ended: usize,
}

impl Outcome {
    /// The numbers in one sentence.
    pub fn summary(&self) -> String {
        format!(
            "Members: {} added, {} changed, {} unchanged. People added: {}.",
            self.count(Change::Added),
            self.count(Change::Changed),
            self.count(Change::Unchanged),
            self.people_added
        )
    }

    /// How many entries had this change.
    pub fn count(&self, change: Change) -> usize {
        self.rows.iter().filter(|row| row.change == change).count()
    }
}

/// The members in force within reach, by name, and the version of this list.
pub fn list(
    conn: &mut Conn,
    partnership: PartnershipId,
    acts_for: &ActsFor,
) -> Result<(Vec<(Member, Person)>, String), StoreError> {
    let mut found = partnerships::members(conn, partnership)?;
    found.retain(|(member, _)| acts_for.reaches(member.side_id));
    let version = version_of(&found);
    Ok((found, version))
}

/// Shows what a plan would do.
pub async fn preview(ctx: &Context, plan: MembersPlan) -> Result<Outcome, Refusal> {
    ctx.store
        .read(move |conn| {
            let steps = Steps::of(&plan, &Known::read(conn, &plan)?)?;
            may_act(conn, &plan, &steps)?;
            Ok(steps.outcome)
        })
        .await
}

/// Does what a plan says, on the version of the list that was read if one is given.
pub async fn carry_out(
    ctx: &Context,
    actor: &str,
    plan: MembersPlan,
    expected: Option<&[String]>,
    now: DateTime<Utc>,
) -> Result<Outcome, Refusal> {
    let (actor, expected) = (actor.to_owned(), expected.map(<[String]>::to_vec));
    ctx.store
        .write_tx(move |conn| {
            if let Some(expected) = &expected {
                let (found, _) = list(conn, plan.partnership, &plan.acts_for)?;
                expect_version(Some(expected), &found)?;
            }
            apply(conn, &actor, &plan, now)
        })
        .await
}

/// Writes a plan, inside a transaction.
///
/// # Errors
/// Fields at the place of the entry; the state when a side alone may not do it now; nothing is there when the partnership
/// is not.
pub fn apply(
    conn: &mut Conn,
    actor: &str,
    plan: &MembersPlan,
    now: DateTime<Utc>,
) -> Result<Outcome, Refusal> {
    let steps = Steps::of(plan, &Known::read(conn, plan)?)?;
    may_act(conn, plan, &steps)?;
    let added = people::insert_all(conn, &steps.people, now).map_err(taken)?;
    let ids: Vec<String> = added.iter().map(ToString::to_string).collect();
    meta::audit_all(conn, actor, "person added", &ids, now)?;
    let new: Vec<_> = steps.add.iter().map(|(who, draft)| (who.resolve(&added), draft.clone())).collect();
    let new = store::insert_all(conn, plan.partnership, &new, now).map_err(taken)?;
    let mut changed: Vec<MemberId> = Vec::new();
    for (id, draft) in &steps.change {
        store::update(conn, *id, draft)?;
        changed.push(*id);
    }
    let texts = |ids: &[MemberId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    meta::audit_all(conn, actor, "member added", &texts(&new), now)?;
    meta::audit_all(conn, actor, "member changed", &texts(&changed), now)?;
    Ok(steps.outcome)
}

/// While a cycle is open, who answers is a matter of every side.
fn may_act(conn: &mut Conn, plan: &MembersPlan, steps: &Steps) -> Result<(), Refusal> {
    if plan.acts_for == ActsFor::Whole || !steps.changes_respondents {
        return Ok(());
    }
    if cycles::open_of(conn, &[plan.partnership])?.is_empty() {
        return Ok(());
    }
    Err(Refusal::State(
        "A cycle is open: until it closes, adding or removing respondents needs every side. Change them after the close."
            .to_owned(),
    ))
}

/// Somebody else added the same person or member at this moment.
fn taken(error: StoreError) -> Refusal {
    match error {
        StoreError::Conflict(_) => Refusal::Changed,
        other => other.into(),
    }
}
