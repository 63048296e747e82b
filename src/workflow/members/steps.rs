//! From a list of members as wanted and as stored to the rows that change. It reads in batches and writes nothing.
//!
//! Law: a side learns nothing of people by adding them. To its programs somebody new, somebody whom this server knows from
//! elsewhere and somebody who was a member before look the same: each needs a name and is shown by it, and none brings
//! along what another side knew. Only an address of somebody who takes part elsewhere in this very partnership cannot be
//! used, and no answer says why.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::super::set_up::Fields;
use super::super::{ActsFor, Refusal, sheet};
use super::{Change, Entry, MembersPlan, Moved, Outcome, RowChange};
use crate::domain::ids::{MemberId, PersonId, SideId};
use crate::domain::partnership::MemberRoles;
use crate::domain::words;
use crate::store::Conn;
use crate::store::members::{self as store, MemberDraft};
use crate::store::partnerships::{self, Member, Side};
use crate::store::people::{self, Person, PersonDraft};

/// What stands in the database about a plan.
pub(super) struct Known {
    zone: String,
    sides: Vec<Side>,
    members: HashMap<PersonId, Member>,
    people: HashMap<String, Person>,
}

impl Known {
    pub fn read(conn: &mut Conn, plan: &MembersPlan) -> Result<Self, Refusal> {
        let found = partnerships::find(conn, plan.partnership)?.ok_or(Refusal::NotFound)?;
        let sides = partnerships::sides(conn, plan.partnership)?;
        let mut people = HashMap::new();
        let mut members = HashMap::new();
        for (member, person) in store::all(conn, plan.partnership)? {
            members.insert(person.id, member);
            people.insert(person.email.clone(), person);
        }
        let missing: Vec<String> =
            plan.entries.iter().map(|e| e.email.clone()).filter(|e| !people.contains_key(e)).collect();
        people.extend(people::find_by_emails(conn, &missing)?.into_iter().map(|p| (p.email.clone(), p)));
        Ok(Self { zone: found.zone, sides, members, people })
    }

    fn side_name(&self, id: Option<SideId>) -> &str {
        let side = id.and_then(|id| self.sides.iter().find(|s| s.id == id));
        side.map_or("neutral", |s| s.name.as_str())
    }

    /// "Northmoor: respondent, manager".
    fn standing(&self, side: Option<SideId>, roles: MemberRoles) -> String {
        let words: Vec<&str> =
            roles.held().into_iter().map(crate::domain::partnership::Role::as_str).collect();
        format!("{}: {}", self.side_name(side), words.join(", "))
    }
}

/// A person who is here, or one of those that are added with the plan.
pub(super) enum Who {
    Here(PersonId),
    Added(usize),
}

impl Who {
    /// The identifier, given those of the people who were added.
    pub fn resolve(&self, added: &[PersonId]) -> PersonId {
        match self {
            Self::Here(id) => *id,
            Self::Added(place) => added[*place],
        }
    }
}

/// The rows that a plan changes.
#[derive(Default)]
pub(super) struct Steps {
    pub people: Vec<PersonDraft>,
    pub add: Vec<(Who, MemberDraft)>,
    pub change: Vec<MemberChange>,
    pub outcome: Outcome,
}

/// A membership that becomes another, or ends.
pub(super) struct MemberChange {
    pub member: MemberId,
    person: PersonId,
    pub draft: MemberDraft,
    /// Whether the person begins or ceases to answer, or answers for another side.
    moves: bool,
    /// Whether the membership had ended.
    pub returns: bool,
    /// The sides whose managers become others by it.
    managed: [Option<SideId>; 2],
}

impl MemberChange {
    fn new(before: &Member, draft: MemberDraft) -> Self {
        let was = before.side_id.filter(|_| before.active && before.respondent);
        let will = draft.side.filter(|_| draft.active && draft.roles.respondent);
        let returns = !before.active && draft.active;
        let key_was = before.side_id.filter(|_| before.active && before.manager);
        let key_is = draft.side.filter(|_| draft.active && draft.roles.manager);
        let managed = if key_was == key_is { [None, None] } else { [key_was, key_is] };
        Self { member: before.id, person: before.person_id, draft, moves: was != will, returns, managed }
    }

    /// Who begins or ceases to answer by it, if anybody.
    pub fn moved(&self) -> Option<Moved> {
        let answers_for = self.draft.side.filter(|_| self.draft.active && self.draft.roles.respondent);
        self.moves.then_some(Moved { member: self.member, person: self.person, answers_for })
    }
}

impl Steps {
    /// What a plan changes.
    ///
    /// # Errors
    /// Fields at their places, up to a hundred.
    pub fn of(plan: &MembersPlan, known: &Known) -> Result<Self, Refusal> {
        let (mut steps, mut fields) = (Self::default(), Fields::default());
        for entry in &plan.entries {
            steps.take(plan, known, entry, &mut fields);
        }
        sheet::finish(fields)?;
        steps.end_others(plan, known);
        Ok(steps)
    }

    /// Whether anybody begins or ceases to answer, or answers for another side.
    pub fn changes_respondents(&self) -> bool {
        self.add.iter().any(|(_, draft)| draft.roles.respondent) || self.change.iter().any(|own| own.moves)
    }

    /// The sides that get other managers than they had.
    pub fn other_managers(&self) -> BTreeSet<SideId> {
        let changed = self.change.iter().flat_map(|own| own.managed).flatten();
        let added =
            self.add.iter().filter(|(_, draft)| draft.roles.manager).filter_map(|(_, draft)| draft.side);
        changed.chain(added).collect()
    }

    /// What changes in numbers: "2 added or changed at Northmoor and 1 removed at Brightwater".
    pub fn about(&self, known: &Known) -> String {
        let added = self.add.iter().map(|(_, draft)| draft);
        let drafts = added.chain(self.change.iter().map(|own| &own.draft));
        let mut sides: Vec<(&str, usize, usize)> = Vec::new();
        for draft in drafts {
            let name = known.side_name(draft.side);
            let at = sides.iter().position(|(own, ..)| *own == name).unwrap_or_else(|| {
                sides.push((name, 0, 0));
                sides.len() - 1
            });
            let (_, in_force, ended) = &mut sides[at];
            *(if draft.active { in_force } else { ended }) += 1;
        }
        let part = |(name, in_force, ended): (&str, usize, usize)| match (in_force, ended) {
            (n, 0) => format!("{n} added or changed at {name}"),
            (0, n) => format!("{n} removed at {name}"),
            (n, m) => format!("{n} added or changed and {m} removed at {name}"),
        };
        words::join(&sides.into_iter().map(part).collect::<Vec<_>>())
    }

    fn take(&mut self, plan: &MembersPlan, known: &Known, entry: &Entry, fields: &mut Fields) {
        let person = known.people.get(&entry.email);
        let member = person.and_then(|p| known.members.get(&p.id));
        let out_of_reach = member.is_some_and(|m| m.active && !plan.acts_for.reaches(m.side_id));
        if out_of_reach || !plan.acts_for.reaches(entry.side) {
            let sentence = "This address cannot be used here; leave it out, or ask an administrator.";
            return fields.refuse(&entry.place.path("email"), sentence);
        }
        let joins = member.is_none_or(|m| !m.active);
        let by_a_side = plan.acts_for != ActsFor::Whole;
        if joins && by_a_side && entry.name.is_none() {
            return fields.refuse(&entry.place.path("name"), "Give the name of whoever joins.");
        }
        // What it is known by on another side is not this side's to know.
        let same_side = member.filter(|m| m.side_id == entry.side);
        let kept = same_side.and_then(|m| m.external_ref.clone()).filter(|_| !plan.whole);
        let known_as = same_side.and_then(|m| m.known_as.clone());
        let draft = MemberDraft {
            side: entry.side,
            roles: entry.roles,
            active: true,
            external_ref: entry.external_ref.clone().or(kept),
            known_as: if joins && by_a_side { entry.name.clone() } else { known_as },
        };
        let (change, what) = match (person, member) {
            (_, Some(member)) if joins && by_a_side => {
                let what = known.standing(draft.side, draft.roles);
                self.change.push(MemberChange::new(member, draft));
                (Change::Added, what)
            }
            (_, Some(member)) => self.take_member(known, member, draft),
            (Some(person), None) => self.add(known, Who::Here(person.id), draft, ""),
            (None, None) => {
                let Some(name) = entry.name.clone() else {
                    let sentence = "Nobody here has this address yet; give the name too.";
                    return fields.refuse(&entry.place.path("name"), sentence);
                };
                let zone = entry.zone.clone().unwrap_or_else(|| known.zone.clone());
                self.people.push(PersonDraft {
                    email: entry.email.clone(),
                    name,
                    zone,
                    administrator: false,
                });
                self.outcome.people_added += 1;
                let told = if by_a_side { "" } else { "new person; " };
                self.add(known, Who::Added(self.people.len() - 1), draft, told)
            }
        };
        self.outcome.rows.push(RowChange {
            place: entry.place,
            email: entry.shown().to_owned(),
            change,
            what,
        });
    }

    fn add(&mut self, known: &Known, who: Who, draft: MemberDraft, before: &str) -> (Change, String) {
        let what = format!("{before}{}", known.standing(draft.side, draft.roles));
        self.add.push((who, draft));
        (Change::Added, what)
    }

    fn take_member(&mut self, known: &Known, member: &Member, draft: MemberDraft) -> (Change, String) {
        let before = known.standing(member.side_id, member.roles());
        let after = known.standing(draft.side, draft.roles);
        let moved = member.side_id != draft.side || member.roles() != draft.roles;
        if member.active && !moved && member.external_ref == draft.external_ref {
            return (Change::Unchanged, after);
        }
        let told = match (member.active, moved, member.external_ref == draft.external_ref) {
            (false, ..) => (Change::Added, format!("a member again; {after}")),
            (true, true, true) => (Change::Changed, format!("{before} becomes {after}")),
            (true, true, false) => (Change::Changed, format!("{before} becomes {after}; external reference")),
            (true, false, _) => (Change::Changed, "external reference".to_owned()),
        };
        self.change.push(MemberChange::new(member, draft));
        told
    }

    /// Ends the memberships within reach that a whole list does not name, and those that shall end.
    fn end_others(&mut self, plan: &MembersPlan, known: &Known) {
        let named: HashSet<PersonId> =
            plan.entries.iter().filter_map(|e| known.people.get(&e.email)).map(|p| p.id).collect();
        let in_force = known.members.values().filter(|m| m.active && plan.acts_for.reaches(m.side_id));
        let ends =
            |m: &&Member| plan.leave.contains(&m.person_id) || plan.whole && !named.contains(&m.person_id);
        for member in in_force.filter(ends) {
            let draft = MemberDraft {
                side: member.side_id,
                roles: member.roles(),
                active: false,
                external_ref: member.external_ref.clone(),
                known_as: member.known_as.clone(),
            };
            self.change.push(MemberChange::new(member, draft));
            self.outcome.ended += 1;
        }
    }
}
