//! What becomes of an action, told by whoever is to do it: behind the link in the weekly letter, without an account.
//!
//! Law: looking changes nothing. The link works for one action, one owner and their address; it ends when somebody else is
//! named, and with the person. "Not mine" gives the action back to the managers of its side, who are told at once.

use chrono::{DateTime, NaiveDate, Utc};

use super::super::own_act::OwnAct;
use super::super::tell_person::tell_person;
use super::super::{Context, Refusal};
use super::{note_answers, require_life, today};
use crate::domain::ids::{ActionId, FlagId};
use crate::domain::review::{ActionState, check_day, clean_note};
use crate::secrets::{Key, LinkClaim};
use crate::store::partnerships::{self, Partnership, Side};
use crate::store::people::{self, Person};
use crate::store::reviews::{self, Action, ActionChange};
use crate::store::{Conn, StoreError, meta};

/// What whoever holds the link sees.
#[derive(Clone, Debug)]
pub struct OwnAction {
    /// The action.
    pub action: Action,
    /// Its partnership.
    pub partnership: Partnership,
    /// The side that promised it.
    pub side: Side,
    /// Whoever is to do it.
    pub owner: Person,
    /// The day that it is in the partnership's zone.
    pub today: NaiveDate,
}

/// What the owner says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// It is done.
    Done,
    /// It will be done until another day.
    Later(NaiveDate),
    /// Somebody else has to do it.
    NotMine,
}

/// What is behind a link; `None` for every link that leads nowhere, whatever the cause.
pub async fn open_own(ctx: &Context, token: &str, now: DateTime<Utc>) -> Result<Option<OwnAction>, Refusal> {
    let (key, link) = (ctx.key.clone(), LinkClaim::read(token));
    Ok(ctx.store.read(move |conn| find(conn, &key, &link, now)).await?)
}

fn find(
    conn: &mut Conn,
    key: &Key,
    link: &LinkClaim,
    now: DateTime<Utc>,
) -> Result<Option<OwnAction>, StoreError> {
    let action = reviews::find_action(conn, ActionId::from_bytes(link.id))?;
    let owner = match action.as_ref().and_then(|own| own.owner_id) {
        Some(owner) => people::known(conn, owner)?,
        None => None,
    };
    // The same work for a link that leads nowhere.
    let id = owner.as_ref().map_or([0; 16], |own| *own.id.uuid().as_bytes());
    let made = key.made_action_token(link, &id, owner.as_ref().map_or("nobody", |own| own.email.as_str()));
    let (Some(action), Some(owner), true) = (action, owner, made) else { return Ok(None) };
    let Some(partnership) = partnerships::find(conn, action.partnership_id)? else { return Ok(None) };
    let sides = partnerships::sides(conn, partnership.id)?;
    let Some(side) = sides.into_iter().find(|side| side.id == action.side_id) else { return Ok(None) };
    let today = today(&partnership, now);
    Ok(Some(OwnAction { action, partnership, side, owner, today }))
}

/// Keeps what the owner says.
///
/// # Errors
/// Not found for a link that leads nowhere; a day or note that cannot be taken; the state, where the action is settled
/// already or the partnership has ended.
pub async fn say(
    ctx: &Context,
    token: &str,
    said: Said,
    note: &str,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let note = clean_note(note).map_err(|e| Refusal::field("note", e))?;
    let (key, link) = (ctx.key.clone(), LinkClaim::read(token));
    ctx.store
        .decide(move |conn| {
            let own = find(conn, &key, &link, now)?.ok_or(Refusal::NotFound)?;
            require_life(&own.partnership)?;
            if own.action.state != ActionState::Open {
                return Err(Refusal::State("This action is settled already.".to_owned()));
            }
            let note = if note.is_empty() { own.action.note.clone() } else { note };
            let kept = ActionChange {
                state: ActionState::Open,
                settled_at: None,
                due_on: own.action.due_on,
                owner: own.action.owner_id,
                note,
            };
            let (change, act) = match said {
                Said::Done => {
                    (ActionChange { state: ActionState::Done, settled_at: Some(now), ..kept }, "action done")
                }
                Said::Later(day) => {
                    let due_on = check_day(day, own.today).map_err(|e| Refusal::field("day", e))?;
                    (ActionChange { due_on, ..kept }, "action put off")
                }
                Said::NotMine => (ActionChange { owner: None, ..kept }, "action given back"),
            };
            reviews::update_action(conn, own.action.id, &change)?;
            let about = reviews::flags_of_actions(conn, &[own.action.id])?;
            let about: Vec<FlagId> = about.into_values().flatten().collect();
            note_answers(conn, &own.partnership, &about, now)?;
            meta::audit(conn, &own.owner.id.to_string(), act, &own.action.id.to_string(), now)?;
            if said == Said::NotMine {
                given_back(conn, &own, now)?;
            }
            Ok(())
        })
        .await
}

fn given_back(conn: &mut Conn, own: &OwnAction, now: DateTime<Utc>) -> Result<(), StoreError> {
    let actor = own.owner.id.to_string();
    let mark = format!("action:{}:{}", own.action.id, now.timestamp());
    for (member, manager) in partnerships::managers(conn, own.partnership.id)? {
        if member.side_id == Some(own.side.id) && manager.id != own.owner.id {
            let act = OwnAct::GivenBack(own.action.id);
            tell_person(conn, manager.id, (Some(own.partnership.id), &actor, &mark), act, now)?;
        }
    }
    Ok(())
}
