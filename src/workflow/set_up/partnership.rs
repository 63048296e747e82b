//! Partnerships and their members.

use chrono::{DateTime, Utc};

use super::super::members::{NEEDS_ADDRESS, RESPONDENT};
use super::super::own_act::OwnAct;
use super::super::own_side;
use super::super::own_view::{self, refuse_in_a_view};
use super::super::proposals::{Deed, Proposed, Speaker, propose_in};
use super::super::succession::{Managed, settle, settle_and_tell};
use super::super::{Context, Refusal, expect_version};
use super::cadence::is_agreed;
use super::{Fields, parse_zone, taken};
use crate::domain::ids::{MemberId, OrganisationId, PartnershipId, PersonId, SideId};
use crate::domain::partnership::{MemberRoles, PartnershipState, check_sides, clean_name};
use crate::store::{Conn, cadences, cycles, endings, meta, own_views, partnerships, people};

/// A side as typed.
#[derive(Clone, Debug, Default)]
pub struct SideInput {
    /// Name; the organisation's when empty.
    pub name: String,
    /// The organisation whose part it is.
    pub organisation: Option<OrganisationId>,
}

/// A partnership as typed.
#[derive(Clone, Debug, Default)]
pub struct PartnershipInput {
    /// Name; the sides' names when empty.
    pub name: String,
    /// IANA zone of its civil times.
    pub zone: String,
    /// Two to four sides.
    pub sides: Vec<SideInput>,
}

/// A member as typed.
#[derive(Clone, Copy, Debug)]
pub struct MemberInput {
    /// The person.
    pub person: PersonId,
    /// The side; none for a facilitator.
    pub side: Option<SideId>,
    /// What the member does.
    pub roles: MemberRoles,
}

/// Sets up a partnership, active at once.
pub async fn create_partnership(
    ctx: &Context,
    actor: &str,
    input: PartnershipInput,
    now: DateTime<Utc>,
) -> Result<(PartnershipId, Vec<SideId>), Refusal> {
    create_partnership_as(ctx, actor, input, PartnershipState::Active, now).await
}

/// Sets up a partnership that begins active or proposed.
pub async fn create_partnership_as(
    ctx: &Context,
    actor: &str,
    input: PartnershipInput,
    state: PartnershipState,
    now: DateTime<Utc>,
) -> Result<(PartnershipId, Vec<SideId>), Refusal> {
    let actor = actor.to_owned();
    ctx.store.decide(move |conn| insert_partnership(conn, &actor, &input, state, now)).await
}

/// The part of [`create_partnership_as`] inside a transaction.
pub(in crate::workflow) fn insert_partnership(
    conn: &mut Conn,
    actor: &str,
    input: &PartnershipInput,
    state: PartnershipState,
    now: DateTime<Utc>,
) -> Result<(PartnershipId, Vec<SideId>), Refusal> {
    if !matches!(state, PartnershipState::Active | PartnershipState::Proposed) {
        return Err(Refusal::field("state", "A new partnership is active or proposed."));
    }
    let sides = named_sides(conn, &input.sides)?;
    let mut fields = Fields::default();
    let joined = || sides.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(" × ");
    let typed = if input.name.trim().is_empty() { joined() } else { input.name.clone() };
    let name = fields.take("name", clean_name(&typed));
    let zone = fields.take("zone", parse_zone(&input.zone));
    let names: Vec<&str> = sides.iter().map(|(name, _)| name.as_str()).collect();
    fields.take("sides", check_sides(&names));
    let (Some(name), Some(zone)) = (name, zone) else {
        return Err(fields.refused());
    };
    fields.finish()?;
    let (id, side_ids) = partnerships::insert(conn, &name, &zone, state, &sides, now)?;
    meta::audit(conn, actor, "partnership added", &id.to_string(), now)?;
    Ok((id, side_ids))
}

/// What changes about a partnership; what is left out stays.
#[derive(Clone, Debug, Default)]
pub struct PartnershipChange {
    /// Name.
    pub name: Option<String>,
    /// IANA zone of its civil times. Open cycles keep their instants.
    pub zone: Option<String>,
}

/// Renames a partnership or moves it to another zone. By the zone its cycles open: once the sides take part, moving it is
/// a proposal.
pub async fn change_partnership(
    ctx: &Context,
    speaker: Speaker,
    id: PartnershipId,
    change: PartnershipChange,
    expected: Option<&[String]>,
    now: DateTime<Utc>,
) -> Result<Proposed, Refusal> {
    let mut fields = Fields::default();
    let name = change.name.and_then(|name| fields.take("name", clean_name(&name)));
    let zone = change.zone.and_then(|zone| fields.take("zone", parse_zone(&zone)));
    fields.finish()?;
    let expected = expected.map(<[String]>::to_vec);
    ctx.store
        .decide(move |conn| {
            let before = partnerships::find(conn, id)?.ok_or(Refusal::NotFound)?;
            refuse_in_a_view(&before)?;
            let sides = partnerships::sides(conn, id)?;
            expect_version(expected.as_deref(), &(&before, &sides))?;
            let zone = zone.filter(|zone| *zone != before.zone);
            if let Some(name) = name {
                partnerships::update(conn, id, &name, &before.zone)?;
                own_views::follow(conn, id, now)?;
                meta::audit(conn, &speaker.actor, "partnership changed", &id.to_string(), now)?;
            }
            let Some(zone) = zone else { return Ok(Proposed::Done) };
            if is_agreed(conn, &before)? {
                let deed = Deed::ChangeZone(zone);
                return propose_in(conn, &speaker, id, &deed, String::new(), now).map(Proposed::Waits);
            }
            move_to(conn, &speaker.actor, id, &zone, now)?;
            Ok(Proposed::Done)
        })
        .await
}

/// Moves a partnership to another zone. Open cycles keep their instants.
pub(in crate::workflow) fn move_to(
    conn: &mut Conn,
    actor: &str,
    id: PartnershipId,
    zone: &str,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let found = partnerships::find(conn, id)?.ok_or(Refusal::NotFound)?;
    partnerships::update(conn, id, &found.name, zone)?;
    own_views::follow(conn, id, now)?;
    cadences::look_again(conn, id, now)?;
    meta::audit(conn, actor, "partnership changed", &id.to_string(), now)?;
    Ok(())
}

fn named_sides(
    conn: &mut Conn,
    inputs: &[SideInput],
) -> Result<Vec<(String, Option<OrganisationId>)>, Refusal> {
    let mut sides = Vec::with_capacity(inputs.len());
    for (number, input) in (1..).zip(inputs) {
        let field = format!("side_{number}");
        let organisation = match input.organisation {
            Some(id) => Some(
                people::find_organisation(conn, id)?
                    .ok_or_else(|| Refusal::field(&field, "This organisation is not here any more."))?,
            ),
            None => None,
        };
        let typed = match (&organisation, input.name.trim().is_empty()) {
            (Some(organisation), true) => organisation.name.clone(),
            _ => input.name.clone(),
        };
        let name = clean_name(&typed).map_err(|e| Refusal::field(&field, e))?;
        sides.push((name, organisation.map(|o| o.id)));
    }
    Ok(sides)
}

/// Checks that a member's side belongs to the partnership and that the roles fit.
pub(super) fn check_member(
    conn: &mut Conn,
    partnership: PartnershipId,
    side: Option<SideId>,
    roles: MemberRoles,
) -> Result<(), Refusal> {
    refuse_in_a_view(&partnerships::find(conn, partnership)?.ok_or(Refusal::NotFound)?)?;
    if let Some(side) = side {
        let known = partnerships::sides(conn, partnership)?;
        if !known.iter().any(|s| s.id == side) {
            return Err(Refusal::field("side", "Choose one of the partnership’s sides."));
        }
    }
    roles.check(side.is_some()).map_err(|e| Refusal::field("roles", e))
}

/// Adds a member. People who join while a cycle is open are asked from the next one on.
pub async fn add_member(
    ctx: &Context,
    actor: &str,
    partnership: PartnershipId,
    input: MemberInput,
    now: DateTime<Utc>,
) -> Result<MemberId, Refusal> {
    let actor = actor.to_owned();
    ctx.store
        .decide(move |conn| {
            check_member(conn, partnership, input.side, input.roles)?;
            let person = people::known(conn, input.person)?
                .ok_or_else(|| Refusal::field("person", "Choose a person from the list."))?;
            if person.address().is_none() {
                return Err(Refusal::field("person", "A label belongs to one side of one partnership."));
            }
            let before = Managed::read(conn, partnership)?;
            let id = partnerships::insert_member(
                conn,
                partnership,
                input.person,
                input.side,
                input.roles,
                None,
                now,
            )
            .map_err(taken("person", "This person is a member already; change the roles there."))?;
            meta::audit(conn, &actor, "member added", &id.to_string(), now)?;
            settle(conn, &actor, partnership, &before, now)?;
            Ok(id)
        })
        .await
}

/// Changes a member's side and roles, or ends the membership.
pub async fn change_member(
    ctx: &Context,
    actor: &str,
    partnership: PartnershipId,
    member: MemberId,
    input: MemberInput,
    active: bool,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let actor = actor.to_owned();
    ctx.store
        .decide(move |conn| {
            check_member(conn, partnership, input.side, input.roles)?;
            let person = people::find(conn, input.person)?.ok_or(Refusal::NotFound)?;
            let known = partnerships::member_of(conn, partnership, input.person)?;
            if person.address().is_none() {
                if input.roles != RESPONDENT {
                    return Err(Refusal::field("roles", NEEDS_ADDRESS));
                }
                if known.is_some_and(|own| own.side_id != input.side) {
                    return Err(Refusal::field(
                        "side",
                        "A label belongs to one side; add it on the other one.",
                    ));
                }
            }
            let before = Managed::read(conn, partnership)?;
            if !partnerships::update_member(conn, partnership, member, input.side, input.roles, active)? {
                return Err(Refusal::NotFound);
            }
            meta::audit(conn, &actor, "member changed", &member.to_string(), now)?;
            settle_and_tell(conn, &actor, partnership, &before, now)?;
            Ok(())
        })
        .await
}

/// Pauses, resumes or ends a partnership. Open cycles of an ended one are called off.
pub async fn change_state(
    ctx: &Context,
    speaker: Speaker,
    partnership: PartnershipId,
    to: PartnershipState,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    ctx.store
        .decide(move |conn| {
            let before = partnerships::find(conn, partnership)?.ok_or(Refusal::NotFound)?;
            refuse_in_a_view(&before)?;
            let allowed = matches!(
                (before.state, to),
                (PartnershipState::Proposed, PartnershipState::Ended)
                    | (PartnershipState::Active, PartnershipState::Paused | PartnershipState::Ended)
                    | (PartnershipState::Paused, PartnershipState::Active | PartnershipState::Ended)
            );
            if !allowed {
                return Err(Refusal::State(format!(
                    "A partnership that is {} cannot become {}.",
                    before.state, to
                )));
            }
            if to == PartnershipState::Ended {
                for cycle in cycles::open_of(conn, &[partnership])? {
                    cycles::hold(conn, cycle.id)?;
                }
            }
            if to == PartnershipState::Ended {
                endings::end(conn, partnership, now)?;
                own_view::end(conn, partnership, now)?;
                for cycle in cycles::cancel_open(conn, partnership, "the partnership ended")? {
                    super::super::cycle_end::clear_up(conn, cycle, now)?;
                }
                super::super::proposals::end_all_of(conn, partnership, now)?;
            } else {
                partnerships::set_state(conn, partnership, to)?;
            }
            if to == PartnershipState::Active {
                cadences::look_again(conn, partnership, now)?;
            }
            let told = match to {
                PartnershipState::Paused => OwnAct::Paused,
                PartnershipState::Ended => OwnAct::Ended,
                _ => OwnAct::Resumed,
            };
            let mark = format!("{to}:{}", now.timestamp());
            own_side::tell_of(conn, (partnership, None), &speaker, told, &mark, now)?;
            meta::audit(conn, &speaker.actor, &format!("partnership {to}"), &partnership.to_string(), now)?;
            Ok(())
        })
        .await
}
