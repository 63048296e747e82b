//! Who manages a side when its last manager leaves, and how a manager hands over.
//!
//! Law: a side is never silently without a manager. Its sponsor inherits in the same transaction; without one the
//! administrators are asked, and whoever they appoint is announced. The other sides hear of each of these. Called by every
//! workflow that changes memberships, before and after its writing.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::own_act::OwnAct;
use super::own_side;
use super::own_view::refuse_in_the_view;
use super::proposals::{self, Speaker};
use super::seats::{self, Seats};
use super::tell_person::tell_person;
use super::{Context, Refusal, version_of};
use crate::domain::ids::{MemberId, PartnershipId, PersonId, SideId};
use crate::domain::partnership::MemberRoles;
use crate::store::partnerships::{Member, Side};
use crate::store::people::Person;
use crate::store::{Conn, StoreError, meta, own_views, partnerships, people, vacancies};

/// Who lets a sponsor inherit, in the audit log.
const SUCCESSION: &str = "succession";

/// The sides of a partnership with their managers in force, and who else reads its results, as of a moment.
#[derive(Clone, Debug)]
pub(super) struct Managed {
    managers: BTreeSet<(SideId, PersonId)>,
    seats: Seats,
}

impl Managed {
    /// As of now.
    pub fn read(conn: &mut Conn, id: PartnershipId) -> Result<Self, StoreError> {
        let managers = partnerships::managers(conn, id)?;
        let managers = managers.iter().filter_map(|(own, person)| Some((own.side_id?, person.id))).collect();
        Ok(Self { managers, seats: seats::read(conn, id)? })
    }

    fn of(&self, side: SideId) -> BTreeSet<PersonId> {
        self.managers.iter().filter(|(own, _)| *own == side).map(|(_, person)| *person).collect()
    }
}

/// Sees to the sides whose managers are others than before, and tells of new sponsors and facilitators; gives the sides of which the others were told.
pub(super) fn settle(
    conn: &mut Conn,
    actor: &str,
    id: PartnershipId,
    before: &Managed,
    now: DateTime<Utc>,
) -> Result<BTreeSet<SideId>, StoreError> {
    own_views::follow(conn, id, now)?;
    seats::tell_of_new(conn, actor, id, &before.seats, now)?;
    let after = Managed::read(conn, id)?;
    let mut told = BTreeSet::new();
    for side in partnerships::sides(conn, id)? {
        let (was, is) = (before.of(side.id), after.of(side.id));
        if was == is {
            continue;
        }
        if is.is_empty() {
            pass_on(conn, &side, now)?;
            told.insert(side.id);
        } else if vacancies::fill(conn, side.id)? {
            for person in &is {
                welcome(conn, actor, &side, *person, now)?;
            }
            tell_others(conn, actor, &side, OwnAct::Appointed(side.id), now)?;
            told.insert(side.id);
        }
    }
    Ok(told)
}

/// The same where nobody was told otherwise: that the managers of a side are others is news for the other sides.
pub(super) fn settle_and_tell(
    conn: &mut Conn,
    actor: &str,
    id: PartnershipId,
    before: &Managed,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let told = settle(conn, actor, id, before, now)?;
    let after = Managed::read(conn, id)?;
    for side in partnerships::sides(conn, id)? {
        let (was, is) = (before.of(side.id), after.of(side.id));
        if was != is && !was.is_empty() && !told.contains(&side.id) {
            tell_others(conn, actor, &side, OwnAct::ManagersChanged(side.id), now)?;
        }
    }
    Ok(())
}

/// The sponsor inherits; without one the administrators are asked.
fn pass_on(conn: &mut Conn, side: &Side, now: DateTime<Utc>) -> Result<(), StoreError> {
    let members = partnerships::members(conn, side.partnership_id)?;
    let mut sponsors: Vec<&(Member, Person)> =
        members.iter().filter(|(own, _)| own.sponsor && own.side_id == Some(side.id)).collect();
    // Whoever can be reached first, then whoever has been here longest.
    sponsors.sort_by_key(|(own, _)| (own.bounced_at.is_some(), own.id));
    if let Some((member, person)) = sponsors.first() {
        let roles = MemberRoles { manager: true, ..member.roles() };
        partnerships::update_member(conn, side.partnership_id, member.id, member.side_id, roles, true)?;
        own_views::follow(conn, side.partnership_id, now)?;
        meta::audit(conn, SUCCESSION, "manager inherited", &member.id.to_string(), now)?;
        welcome(conn, SUCCESSION, side, person.id, now)?;
        return tell_others(conn, SUCCESSION, side, OwnAct::Inherited(side.id), now);
    }
    vacancies::open(conn, side.id, now)?;
    meta::audit(conn, SUCCESSION, "side without manager", &side.id.to_string(), now)?;
    for administrator in people::all_administrators(conn)? {
        let mark = format!("vacant:{}:{}", side.id, now.timestamp());
        let about = (Some(side.partnership_id), SUCCESSION, mark.as_str());
        tell_person(conn, administrator.id, about, OwnAct::Vacant(side.id), now)?;
    }
    tell_others(conn, SUCCESSION, side, OwnAct::LeftVacant(side.id), now)
}

/// Tells somebody that they manage a side now, and asks them what waits for it.
fn welcome(
    conn: &mut Conn,
    actor: &str,
    side: &Side,
    person: PersonId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    proposals::ask_again(conn, side.partnership_id, now)?;
    if actor == person.to_string() {
        return Ok(());
    }
    let mark = format!("manages:{}:{}", side.id, now.timestamp());
    let about = (Some(side.partnership_id), actor, mark.as_str());
    tell_person(conn, person, about, OwnAct::YouManage(side.id), now)
}

fn tell_others(
    conn: &mut Conn,
    actor: &str,
    side: &Side,
    act: OwnAct,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let speaker = Speaker { actor: actor.to_owned(), side: Some(side.id) };
    // Two changes in one second are two pieces of news.
    let managers = Managed::read(conn, side.partnership_id)?.of(side.id);
    let mark = format!("managers:{}:{}:{}", side.id, now.timestamp(), version_of(&managers));
    own_side::tell_of(conn, (side.partnership_id, None), &speaker, act, &mark, now)
}

/// An administrator names the manager of a side that has none: one of its members.
///
/// # Errors
/// The state when the side has a manager: then its own people decide.
pub async fn appoint(
    ctx: &Context,
    actor: &str,
    side: SideId,
    member: MemberId,
    now: DateTime<Utc>,
) -> Result<PartnershipId, Refusal> {
    let actor = actor.to_owned();
    ctx.store
        .decide(move |conn| {
            let found = vacancies::side(conn, side)?.ok_or(Refusal::NotFound)?;
            let id = found.partnership_id;
            let before = Managed::read(conn, id)?;
            if !before.of(side).is_empty() {
                return Err(Refusal::State(format!(
                    "{} has a manager, and who manages it is its own people’s to decide.",
                    found.name
                )));
            }
            make_manager(conn, id, side, member)?;
            meta::audit(conn, &actor, "manager appointed", &member.to_string(), now)?;
            settle(conn, &actor, id, &before, now)?;
            Ok(id)
        })
        .await
}

/// A manager makes somebody else of the side its manager, and stays one or goes back to being what they are besides.
///
/// # Errors
/// The field `member` when that is nobody of the side, or a manager already.
pub async fn hand_over(
    ctx: &Context,
    speaker: Speaker,
    partnership: PartnershipId,
    (to, stays): (MemberId, bool),
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let side = speaker.side.ok_or(Refusal::NotFound)?;
    ctx.store
        .decide(move |conn| {
            refuse_in_the_view(conn, partnership)?;
            let before = Managed::read(conn, partnership)?;
            let from: PersonId = speaker.actor.parse().map_err(|_| Refusal::NotFound)?;
            let own = partnerships::member_of(conn, partnership, from)?.ok_or(Refusal::NotFound)?;
            let person = make_manager(conn, partnership, side, to)?;
            if !stays {
                let left = MemberRoles { manager: false, ..own.roles() };
                // Whoever was nothing but its manager leaves the partnership by it.
                let (roles, active) = if left.any() { (left, true) } else { (own.roles(), false) };
                partnerships::update_member(conn, partnership, own.id, own.side_id, roles, active)?;
            }
            meta::audit(conn, &speaker.actor, "manager handed over", &to.to_string(), now)?;
            let side = vacancies::side(conn, side)?.ok_or(Refusal::NotFound)?;
            welcome(conn, &speaker.actor, &side, person, now)?;
            settle_and_tell(conn, &speaker.actor, partnership, &before, now)?;
            Ok(())
        })
        .await
}

/// Makes a member of a side its manager; gives the person.
fn make_manager(
    conn: &mut Conn,
    partnership: PartnershipId,
    side: SideId,
    member: MemberId,
) -> Result<PersonId, Refusal> {
    let members = partnerships::members(conn, partnership)?;
    let found = members.iter().find(|(own, _)| own.id == member && own.side_id == Some(side));
    let can = |(own, person): &&(Member, Person)| !own.manager && person.address().is_some();
    let Some((own, person)) = found.filter(can) else {
        return Err(Refusal::field("member", "Choose somebody of this side who does not manage it yet."));
    };
    let roles = MemberRoles { manager: true, ..own.roles() };
    partnerships::update_member(conn, partnership, member, Some(side), roles, true)?;
    Ok(person.id)
}
