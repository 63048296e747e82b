//! Actions: a side promises something by a day, names who does it, and says what became of it.
//!
//! Law: an action belongs to a side, and only that side names its owner, one of its own people. Its state and day may be
//! written by whoever leads the review, as in the meeting where it is agreed; the managers of its side are told, once a day.

use chrono::{DateTime, NaiveDate, Utc};

use super::super::own_act::OwnAct;
use super::super::proposals::Speaker;
use super::super::tell_person::tell_person;
use super::super::{Context, Refusal, expect_version};
use super::{Ground, note_answers, require_life, today};
use crate::domain::ids::{ActionId, CycleId, FlagId, PartnershipId, PersonId, SideId};
use crate::domain::review::{ActionState, check_day, clean_note, clean_text};
use crate::store::reviews::{self, ActionChange, NewAction};
use crate::store::{Conn, meta, partnerships};

/// An action as it is asked for.
#[derive(Clone, Debug)]
pub struct ActionInput {
    /// What is to be done.
    pub text: String,
    /// The side that does it.
    pub side: SideId,
    /// The last day for it, in the partnership's zone.
    pub due_on: NaiveDate,
    /// Who does it.
    pub owner: Option<PersonId>,
    /// The flags.
    pub flags: Vec<FlagId>,
}

/// What happens to the owner of an action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OwnerChange {
    /// Nothing.
    #[default]
    Stays,
    /// Somebody is named, or nobody any more.
    Becomes(Option<PersonId>),
}

/// What is changed of an action; what is left out stays.
#[derive(Clone, Debug, Default)]
pub struct ActionPatch {
    /// Where it stands.
    pub state: Option<ActionState>,
    /// The last day for it.
    pub due_on: Option<NaiveDate>,
    /// Who does it.
    pub owner: OwnerChange,
    /// What became of it.
    pub note: Option<String>,
}

/// Writes an action down.
pub async fn promise(
    ctx: &Context,
    speaker: Speaker,
    input: ActionInput,
    now: DateTime<Utc>,
) -> Result<ActionId, Refusal> {
    let text = clean_text(&input.text).map_err(|e| Refusal::field("text", e))?;
    ctx.store
        .decide(move |conn| {
            let ground = Ground::of(conn, &input.flags, "flags", now)?;
            if !ground.sides.iter().any(|side| side.id == input.side) {
                return Err(Refusal::field("side", "This must be a side of the partnership."));
            }
            let due_on = check_day(input.due_on, ground.today).map_err(|e| Refusal::field("due_on", e))?;
            let place = (ground.partnership.id, input.side);
            require_owner(conn, &speaker, place, input.owner)?;
            let new = NewAction {
                partnership: ground.partnership.id,
                cycle: ground.cycle,
                side: input.side,
                owner: input.owner,
                text: &text,
                due_on,
                created_by: &speaker.actor,
                flags: &ground.flags,
            };
            let id = reviews::insert_action(conn, &new, now)?;
            note_answers(conn, &ground.partnership, &ground.flags, now)?;
            tell_side(conn, &speaker, (ground.partnership.id, ground.cycle, input.side), ground.today, now)?;
            meta::audit(conn, &speaker.actor, "action written", &id.to_string(), now)?;
            Ok(id)
        })
        .await
}

/// Changes an action.
///
/// # Errors
/// Changed since it was read; fields that cannot be accepted; the partnership has ended.
pub async fn change(
    ctx: &Context,
    speaker: Speaker,
    id: ActionId,
    patch: ActionPatch,
    expected: Option<&[String]>,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let expected = expected.map(<[String]>::to_vec);
    let note = patch.note.as_deref().map(clean_note).transpose().map_err(|e| Refusal::field("note", e))?;
    ctx.store
        .decide(move |conn| {
            let found = reviews::find_action(conn, id)?.ok_or(Refusal::NotFound)?;
            expect_version(expected.as_deref(), &found)?;
            let partnership = partnerships::find(conn, found.partnership_id)?.ok_or(Refusal::NotFound)?;
            require_life(&partnership)?;
            let due_on = match patch.due_on {
                Some(day) if day != found.due_on => {
                    check_day(day, today(&partnership, now)).map_err(|e| Refusal::field("due_on", e))?
                }
                _ => found.due_on,
            };
            let owner = match patch.owner {
                OwnerChange::Becomes(owner) if owner != found.owner_id => {
                    require_own_side(&speaker, found.side_id)?;
                    require_owner(conn, &speaker, (found.partnership_id, found.side_id), owner)?;
                    owner
                }
                _ => found.owner_id,
            };
            let state = patch.state.unwrap_or(found.state);
            let settled_at = match state {
                ActionState::Open => None,
                same if same == found.state => found.settled_at.map(|at| at.and_utc()),
                ActionState::Done | ActionState::Dropped => Some(now),
            };
            let note = note.unwrap_or_else(|| found.note.clone());
            reviews::update_action(conn, id, &ActionChange { state, settled_at, due_on, owner, note })?;
            let about = reviews::flags_of_actions(conn, &[id])?.remove(&id).unwrap_or_default();
            note_answers(conn, &partnership, &about, now)?;
            if state != found.state || due_on != found.due_on {
                let of = (found.partnership_id, found.cycle_id, found.side_id);
                tell_side(conn, &speaker, of, today(&partnership, now), now)?;
            }
            let act =
                if state == found.state { "action changed".to_owned() } else { format!("action {state}") };
            meta::audit(conn, &speaker.actor, &act, &id.to_string(), now)?;
            Ok(())
        })
        .await
}

/// Tells the managers of a side that somebody else wrote of its actions in the review of a check: once for each day, however
/// many were agreed in the meeting.
fn tell_side(
    conn: &mut Conn,
    speaker: &Speaker,
    (partnership, cycle, side): (PartnershipId, CycleId, SideId),
    today: NaiveDate,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    if speaker.side == Some(side) {
        return Ok(());
    }
    let mark = format!("actions:{cycle}:{today}");
    for (member, manager) in partnerships::managers(conn, partnership)? {
        if member.side_id == Some(side) && manager.id.to_string() != speaker.actor {
            let about = (Some(partnership), speaker.actor.as_str(), mark.as_str());
            tell_person(conn, manager.id, about, OwnAct::ActionsWritten(cycle), now)?;
        }
    }
    Ok(())
}

/// An owner is one of the side's own people, named by the side.
fn require_owner(
    conn: &mut Conn,
    speaker: &Speaker,
    (partnership, side): (PartnershipId, SideId),
    owner: Option<PersonId>,
) -> Result<(), Refusal> {
    let Some(owner) = owner else { return Ok(()) };
    require_own_side(speaker, side)?;
    let member = partnerships::member_of(conn, partnership, owner)?;
    if member.is_some_and(|own| own.active && own.side_id == Some(side)) {
        return Ok(());
    }
    Err(Refusal::field("owner", "This must be one of the people of the action’s side."))
}

fn require_own_side(speaker: &Speaker, side: SideId) -> Result<(), Refusal> {
    if speaker.side == Some(side) {
        return Ok(());
    }
    Err(Refusal::field("owner", "Who does it is named by the action’s own side."))
}
