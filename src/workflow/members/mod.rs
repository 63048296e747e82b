//! The members of a partnership as a list: set whole, or added to from a file.
//!
//! Law: a list is checked before the write lock is taken, and then happens as a whole or not at all. `apply` is the one
//! place that writes it, so that a list which every side has agreed to is written as one that an administrator sends.
//! Whoever answers while a cycle is open is a matter of every side: such a list waits for them, unless open cycles shall
//! keep the people they opened with. People are found by their address and added when nobody here has it; who is here
//! keeps name and zone. A side is shown whom it added by the name that it gave.

mod read;
mod steps;

pub(in crate::workflow) use read::{NEEDS_ADDRESS, RESPONDENT, entry, filled, role_words};
pub use read::{RawMember, from_csv, parse};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use self::steps::{Known, Steps};
use super::own_act::OwnAct;
use super::own_side;
use super::own_view::refuse_in_the_view;
use super::proposals::{Deed, MembersChange, Speaker, propose_in};
use super::succession::{Managed, settle};
use super::{ActsFor, Context, Refusal, expect_version, handout, version_of};
use crate::domain::ids::{MemberId, PartnershipId, PersonId, ProposalId, SideId};
use crate::domain::label::{is_address, label_key};
use crate::domain::partnership::MemberRoles;
use crate::domain::proposal::clean_reason;
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
    /// The address in lower case, or the key of a label; then the label is the name.
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

impl Entry {
    /// Gives a label the key that it has on a side.
    pub(in crate::workflow) fn stand_on(&mut self, side: &str) {
        if let Some(label) = self.name.as_deref().filter(|_| !is_address(&self.email)) {
            self.email = label_key(side, label);
        }
    }

    /// The address, or the label in its place.
    pub fn shown(&self) -> &str {
        if is_address(&self.email) { &self.email } else { self.name.as_deref().unwrap_or_default() }
    }

    /// The field that says who it is.
    fn field(&self) -> &'static str {
        if is_address(&self.email) { "email" } else { "label" }
    }

    /// The same at the head of a sentence.
    fn kind(&self) -> &'static str {
        if is_address(&self.email) { "This address" } else { "This label" }
    }
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
    /// People whose membership ends, beside those.
    #[serde(default)]
    pub leave: Vec<PersonId>,
    /// What it means for open cycles.
    #[serde(default)]
    pub open_cycles: OpenCycles,
}

impl MembersPlan {
    /// Adds and changes; nobody leaves.
    pub fn adding(partnership: PartnershipId, acts_for: ActsFor, entries: Vec<Entry>) -> Self {
        let open_cycles = OpenCycles::default();
        Self { partnership, acts_for, entries, whole: false, leave: Vec::new(), open_cycles }
    }

    /// These members and no others.
    pub fn exactly(partnership: PartnershipId, acts_for: ActsFor, entries: Vec<Entry>) -> Self {
        Self { whole: true, ..Self::adding(partnership, acts_for, entries) }
    }

    /// The membership of one person ends.
    pub fn leaving(partnership: PartnershipId, person: PersonId) -> Self {
        Self { leave: vec![person], ..Self::adding(partnership, ActsFor::Whole, Vec::new()) }
    }

    /// The same with a choice about open cycles.
    #[must_use]
    pub fn with(self, open_cycles: OpenCycles) -> Self {
        Self { open_cycles, ..self }
    }
}

/// What becomes of the cycles that are open when it changes who answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpenCycles {
    /// They change too, once every side has agreed; until then nothing changes at all.
    #[default]
    Change,
    /// They keep the people they opened with, and nobody has to agree.
    Keep,
}

/// Somebody who begins or ceases to answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moved {
    pub member: MemberId,
    pub person: PersonId,
    /// The side; none for somebody who answers no more.
    pub answers_for: Option<SideId>,
}

/// A plan as written.
pub(super) struct Applied {
    pub outcome: Outcome,
    pub moved: Vec<Moved>,
}

/// What came of a plan.
#[derive(Clone, Debug)]
pub enum Carried {
    /// It is done.
    Done(Outcome),
    /// It waits for the other sides.
    Waits(ProposalId),
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
    /// The address, or the label.
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
    /// Whether every side must agree first, because a cycle is open.
    pub needs_every_side: bool,
}

impl Outcome {
    /// The numbers in one sentence.
    pub fn summary(&self) -> String {
        let agree = if self.needs_every_side { " A cycle is open: every side must agree first." } else { "" };
        format!(
            "Members: {} added, {} changed, {} unchanged. People added: {}.{agree}",
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

/// Shows what a plan would do, on the version of the list that was read if one is given.
pub async fn preview(
    ctx: &Context,
    plan: MembersPlan,
    expected: Option<&[String]>,
) -> Result<Outcome, Refusal> {
    let expected = expected.map(<[String]>::to_vec);
    ctx.store
        .read(move |conn| {
            expect_list(conn, &plan, expected.as_deref())?;
            let mut steps = Steps::of(&plan, &Known::read(conn, &plan)?)?;
            steps.outcome.needs_every_side = needs_every_side(conn, &plan, &steps)?;
            Ok(steps.outcome)
        })
        .await
}

/// Refuses a plan that was thought out on another version of the list.
fn expect_list(conn: &mut Conn, plan: &MembersPlan, expected: Option<&[String]>) -> Result<(), Refusal> {
    if expected.is_none() {
        return Ok(());
    }
    let (found, _) = list(conn, plan.partnership, &plan.acts_for)?;
    expect_version(expected, &found)
}

/// Does what a plan says, or proposes it; on the version of the list that was read if one is given.
pub async fn carry_out(
    ctx: &Context,
    speaker: Speaker,
    plan: MembersPlan,
    (expected, reason): (Option<&[String]>, &str),
    now: DateTime<Utc>,
) -> Result<Carried, Refusal> {
    let reason = clean_reason(reason).map_err(|e| Refusal::field("reason", e))?;
    let expected = expected.map(<[String]>::to_vec);
    ctx.store
        .decide(move |conn| {
            refuse_in_the_view(conn, plan.partnership)?;
            expect_list(conn, &plan, expected.as_deref())?;
            let known = Known::read(conn, &plan)?;
            let steps = Steps::of(&plan, &known)?;
            if needs_every_side(conn, &plan, &steps)? {
                let (partnership, about) = (plan.partnership, steps.about(&known));
                let deed = Deed::ChangeMembers(MembersChange { plan, about });
                return propose_in(conn, &speaker, partnership, &deed, reason, now).map(Carried::Waits);
            }
            Ok(Carried::Done(write(conn, &speaker.actor, &plan, steps, now)?.outcome))
        })
        .await
}

/// Writes a plan that needs nobody any more, inside a transaction.
///
/// # Errors
/// Fields at the place of the entry; nothing is there when the partnership is not.
pub(super) fn apply(
    conn: &mut Conn,
    actor: &str,
    plan: &MembersPlan,
    now: DateTime<Utc>,
) -> Result<Applied, Refusal> {
    let steps = Steps::of(plan, &Known::read(conn, plan)?)?;
    write(conn, actor, plan, steps, now)
}

fn write(
    conn: &mut Conn,
    actor: &str,
    plan: &MembersPlan,
    steps: Steps,
    now: DateTime<Utc>,
) -> Result<Applied, Refusal> {
    let before = Managed::read(conn, plan.partnership)?;
    let by_hand = handout::sides_by_hand(conn, plan.partnership)?;
    let others = others_to_tell(conn, plan, &steps)?;
    let added = people::insert_all(conn, &steps.people, now).map_err(taken)?;
    let ids: Vec<String> = added.iter().map(ToString::to_string).collect();
    meta::audit_all(conn, actor, "person added", &ids, now)?;
    let drafts: Vec<_> = steps.add.iter().map(|(who, draft)| (who.resolve(&added), draft.clone())).collect();
    let new = store::insert_all(conn, plan.partnership, &drafts, now).map_err(taken)?;
    let joined = drafts.iter().zip(&new).filter(|((_, draft), _)| draft.roles.respondent);
    let mut moved: Vec<Moved> = joined
        .map(|((person, draft), member)| Moved { member: *member, person: *person, answers_for: draft.side })
        .collect();
    let (mut changed, mut back): (Vec<MemberId>, Vec<MemberId>) = Default::default();
    for change in &steps.change {
        store::update(conn, change.member, &change.draft)?;
        if change.returns { &mut back } else { &mut changed }.push(change.member);
        moved.extend(change.moved());
    }
    let texts = |ids: &[MemberId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    meta::audit_all(conn, actor, "member added", &texts(&[new, back].concat()), now)?;
    meta::audit_all(conn, actor, "member changed", &texts(&changed), now)?;
    let told = settle(conn, actor, plan.partnership, &before, now)?;
    for side in others.into_iter().filter(|side| !told.contains(side)) {
        tell_of_managers(conn, actor, plan.partnership, side, now)?;
    }
    handout::tell_of_hands(conn, actor, plan.partnership, &by_hand, now)?;
    Ok(Applied { outcome: steps.outcome, moved })
}

/// The sides that get other managers by a plan. Where a side had none yet, no key changes hands.
fn others_to_tell(conn: &mut Conn, plan: &MembersPlan, steps: &Steps) -> Result<Vec<SideId>, StoreError> {
    let known: Vec<SideId> = partnerships::managers(conn, plan.partnership)?
        .into_iter()
        .filter_map(|(own, _)| own.side_id)
        .collect();
    Ok(steps.other_managers().into_iter().filter(|side| known.contains(side)).collect())
}

/// Managers hold their side's key, so the other sides hear when they become others.
fn tell_of_managers(
    conn: &mut Conn,
    actor: &str,
    partnership: PartnershipId,
    side: SideId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let speaker = Speaker { actor: actor.to_owned(), side: Some(side) };
    let mark = format!("managers:{side}:{}", now.timestamp());
    own_side::tell_of(conn, (partnership, None), &speaker, OwnAct::ManagersChanged(side), &mark, now)
}

/// While a cycle is open, who answers is a matter of every side; whoever speaks for all of them at once is no exception.
fn needs_every_side(conn: &mut Conn, plan: &MembersPlan, steps: &Steps) -> Result<bool, Refusal> {
    if plan.open_cycles == OpenCycles::Keep || !steps.changes_respondents() {
        return Ok(false);
    }
    Ok(!cycles::open_of(conn, &[plan.partnership])?.is_empty())
}

/// Somebody else added the same person or member at this moment.
fn taken(error: StoreError) -> Refusal {
    match error {
        StoreError::Conflict(_) => Refusal::Changed,
        other => other.into(),
    }
}
