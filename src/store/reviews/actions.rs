//! Actions: what a side has promised to do about flags, by when, and whether it kept it.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::super::conn::Conn;
use super::super::either::insert_rows;
use super::super::error::StoreError;
use super::super::schema::{action, action_flag, partnership, side};
use super::super::types::at;
use super::super::unnamed::Unnamed;
use crate::domain::access_token::Binding;
use crate::domain::ids::{ActionId, CycleId, FlagId, PartnershipId, PersonId, SideId};
use crate::domain::partnership::PartnershipState;
use crate::domain::review::{ActionState, Promise};

/// An action.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = action)]
pub struct Action {
    /// Identifier.
    pub id: ActionId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The check whose review agreed it.
    pub cycle_id: CycleId,
    /// The side that does it.
    pub side_id: SideId,
    /// Who does it; named by the side.
    pub owner_id: Option<PersonId>,
    /// What is to be done.
    pub text: String,
    /// The last day for it, in the partnership's zone.
    pub due_on: NaiveDate,
    /// Where it stands.
    pub state: ActionState,
    /// What became of it; may be empty.
    pub note: String,
    /// Who wrote it down, as the audit log names it.
    pub created_by: String,
    /// When, UTC.
    pub created_at: NaiveDateTime,
    /// When it was done or dropped, UTC.
    pub settled_at: Option<NaiveDateTime>,
}

impl Action {
    /// Whether it is still to be done.
    pub fn is_open(&self) -> bool {
        self.state == ActionState::Open
    }

    /// The part that answers flags.
    pub fn promise(&self) -> Promise {
        Promise {
            text: self.text.clone(),
            due_on: self.due_on,
            state: self.state,
            settled_at: self.settled_at.map(|at| at.and_utc()),
        }
    }
}

/// An action to be written.
#[derive(Clone, Debug)]
pub struct NewAction<'a> {
    /// The partnership.
    pub partnership: PartnershipId,
    /// The check under review.
    pub cycle: CycleId,
    /// The side that does it.
    pub side: SideId,
    /// Who does it.
    pub owner: Option<PersonId>,
    /// What is to be done.
    pub text: &'a str,
    /// The last day for it.
    pub due_on: NaiveDate,
    /// Who writes it down.
    pub created_by: &'a str,
    /// The flags that it is about.
    pub flags: &'a [FlagId],
}

/// Writes an action down.
pub fn insert(conn: &mut Conn, new: &NewAction<'_>, now: DateTime<Utc>) -> Result<ActionId, StoreError> {
    let id = ActionId::mint(now);
    diesel::insert_into(action::table)
        .values((
            action::id.eq(id.to_string()),
            action::partnership_id.eq(new.partnership.to_string()),
            action::cycle_id.eq(new.cycle.to_string()),
            action::side_id.eq(new.side.to_string()),
            action::owner_id.eq(new.owner.map(|own| own.to_string())),
            action::text.eq(new.text),
            action::due_on.eq(new.due_on),
            action::state.eq(ActionState::Open.as_str()),
            action::note.eq(""),
            action::created_by.eq(new.created_by),
            action::created_at.eq(at(now)),
        ))
        .execute(conn)?;
    let link = |flag: &FlagId| {
        (action_flag::action_id.eq(id.to_string()), action_flag::flag_id.eq(flag.to_string()))
    };
    let links: Vec<_> = new.flags.iter().map(link).collect();
    insert_rows!(conn, action_flag::table, links)?;
    Ok(id)
}

/// An action as it shall be.
#[derive(Clone, Debug)]
pub struct ActionChange {
    /// Where it stands.
    pub state: ActionState,
    /// When it was done or dropped.
    pub settled_at: Option<DateTime<Utc>>,
    /// The last day for it.
    pub due_on: NaiveDate,
    /// Who does it.
    pub owner: Option<PersonId>,
    /// What became of it.
    pub note: String,
}

/// Changes an action.
pub fn update(conn: &mut Conn, id: ActionId, to: &ActionChange) -> Result<(), StoreError> {
    diesel::update(action::table.find(id.to_string()))
        .set((
            action::state.eq(to.state.as_str()),
            action::settled_at.eq(to.settled_at.map(at)),
            action::due_on.eq(to.due_on),
            action::owner_id.eq(to.owner.map(|own| own.to_string())),
            action::note.eq(&to.note),
        ))
        .execute(conn)?;
    Ok(())
}

/// The action with this identifier, whoever asks.
pub fn find(conn: &mut Conn, id: ActionId) -> Result<Option<Action>, StoreError> {
    Ok(action::table.find(id.to_string()).select(Action::as_select()).get_result(conn).optional()?)
}

/// The actions about any of these flags, oldest first.
pub fn about(conn: &mut Conn, flags: &[FlagId]) -> Result<Vec<Action>, StoreError> {
    let ids: Vec<String> = flags.iter().map(ToString::to_string).collect();
    let of = action_flag::table.filter(action_flag::flag_id.eq_any(ids)).select(action_flag::action_id);
    Ok(action::table
        .filter(action::id.eq_any(of))
        .select(Action::as_select())
        .order(action::id.asc())
        .load(conn)?)
}

/// The actions of a partnership that are open, or were settled at an instant or later, the earliest due first.
pub fn in_partnership(
    conn: &mut Conn,
    id: PartnershipId,
    settled_since: DateTime<Utc>,
) -> Result<Vec<Action>, StoreError> {
    let open = action::state.eq(ActionState::Open.as_str());
    let recent = action::settled_at.assume_not_null().ge(at(settled_since));
    Ok(action::table
        .filter(action::partnership_id.eq(id.to_string()))
        .filter(open.or(action::settled_at.is_not_null().and(recent)))
        .select(Action::as_select())
        .order((action::due_on.asc(), action::id.asc()))
        .load(conn)?)
}

/// The open actions of partnerships that have not ended and that are due until a day, the earliest due first.
pub fn due_until(conn: &mut Conn, day: NaiveDate) -> Result<Vec<Action>, StoreError> {
    Ok(action::table
        .inner_join(partnership::table.on(partnership::id.eq(action::partnership_id)))
        .filter(action::state.eq(ActionState::Open.as_str()))
        .filter(action::due_on.le(day))
        .filter(partnership::state.ne(PartnershipState::Ended.as_str()))
        .select(Action::as_select())
        .order((action::due_on.asc(), action::id.asc()))
        .load(conn)?)
}

/// The flags of these actions.
pub fn flags_of(conn: &mut Conn, ids: &[ActionId]) -> Result<BTreeMap<ActionId, Vec<FlagId>>, StoreError> {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let rows: Vec<(ActionId, FlagId)> = action_flag::table
        .filter(action_flag::action_id.eq_any(ids))
        .select((action_flag::action_id, action_flag::flag_id))
        .order((action_flag::action_id.asc(), action_flag::flag_id.asc()))
        .load(conn)?;
    let mut found: BTreeMap<ActionId, Vec<FlagId>> = BTreeMap::new();
    for (id, flag) in rows {
        found.entry(id).or_default().push(flag);
    }
    Ok(found)
}

/// Which actions.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Of this partnership.
    pub partnership: Option<PartnershipId>,
    /// In this state.
    pub state: Option<ActionState>,
    /// Of this person.
    pub owner: Option<PersonId>,
}

/// A page of the actions that a token reaches, in the order of their identifiers.
pub fn reached(
    conn: &mut Conn,
    binding: Binding,
    filter: Filter,
    after: Option<ActionId>,
    limit: i64,
) -> Result<Vec<Action>, StoreError> {
    let mut query = action::table.select(Action::as_select()).into_boxed();
    if let Some(id) = filter.partnership {
        query = query.filter(action::partnership_id.eq(id.to_string()));
    }
    if let Some(state) = filter.state {
        query = query.filter(action::state.eq(state.as_str()));
    }
    if let Some(owner) = filter.owner {
        query = query.filter(action::owner_id.eq(owner.to_string()));
    }
    if let Some(after) = after {
        query = query.filter(action::id.gt(after.to_string()));
    }
    query = match binding {
        Binding::Instance => query,
        Binding::Partnership(id) => query.filter(action::partnership_id.eq(id.to_string())),
        Binding::Organisation(id) => query.filter(action::partnership_id.eq_any(
            side::table.filter(side::organisation_id.eq(id.to_string())).select(side::partnership_id),
        )),
        Binding::Side(id) => query.filter(
            action::partnership_id.eq_any(
                side::table
                    .filter(side::id.eq(id.to_string()).or(side::view_of.eq(id.to_string())))
                    .select(side::partnership_id),
            ),
        ),
    };
    Ok(query.order(action::id.asc()).limit(limit).load(conn)?)
}

/// Nobody does what an erased person was to do, until their side names somebody else.
pub fn give_up_owner(conn: &mut Conn, id: PersonId) -> Result<(), StoreError> {
    diesel::update(action::table.filter(action::owner_id.eq(id.to_string())))
        .set(action::owner_id.eq(None::<String>))
        .execute(conn)?;
    Ok(())
}

/// Takes a name out of the actions of these partnerships.
pub fn clear_texts(conn: &mut Conn, own: &[String], unnamed: &Unnamed<'_>) -> Result<(), StoreError> {
    let texts: Vec<(String, String, String)> = action::table
        .filter(action::partnership_id.eq_any(own))
        .select((action::id, action::text, action::note))
        .load(conn)?;
    for (id, text, note) in texts {
        let cleared = (unnamed.clear(&text), unnamed.clear(&note));
        if cleared != (text, note) {
            diesel::update(action::table.find(id))
                .set((action::text.eq(cleared.0), action::note.eq(cleared.1)))
                .execute(conn)?;
        }
    }
    Ok(())
}
