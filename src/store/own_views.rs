//! The own view of a side: a partnership of that side alone, beside the one that the others have not accepted yet.
//!
//! Law: what stands in it is reached by the side's own members and programs only, as in any partnership, because nobody else
//! is a member of it. So no reader needs to know of it, and its rounds are no rounds of the partnership they are about.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::conn::Conn;
use super::error::StoreError;
use super::members::{self, MemberDraft};
use super::partnerships::{self, Partnership, Side};
use super::schema::{partnership, side};
use crate::domain::ids::{PartnershipId, PersonId, SideId};
use crate::domain::mode::Mode;
use crate::domain::partnership::PartnershipState;

impl Partnership {
    /// Who sees what of a round in this partnership, in the words of its mode; in a side's own view, that nobody else does.
    pub fn who_sees_what(&self, mode: Mode, operator: &str, k: u32) -> String {
        if self.view_of.is_none() {
            return mode.sentence(operator, k);
        }
        let after = match mode {
            Mode::Named => {
                "your own side sees its figures, and may be shown your answers with your name".to_owned()
            }
            Mode::Representative => "your own side sees its figures and nobody’s name".to_owned(),
            Mode::Confidential | Mode::Anonymous => format!(
                "your own side sees its figures when there are at least {k} answers, and nobody is shown a single person’s \
                 answers"
            ),
        };
        let limit = if mode == Mode::Confidential {
            ", and whoever holds its database and key could link answers to people"
        } else {
            ""
        };
        format!(
            "Our view only: the other sides are not asked and never see this. After the close {after}; {operator} runs this \
             server{limit}."
        )
    }
}

/// What marks the name of a view, wherever a name is shown.
pub const MARK: &str = "our view only";

/// The name of the view of a partnership.
pub fn name_of(partnership: &str) -> String {
    let suffix = format!(" ({MARK})");
    let most = crate::domain::partnership::NAME_MAX - suffix.chars().count();
    let name: String = partnership.chars().take(most).collect();
    format!("{name}{suffix}")
}

/// The own view of a side and its only side, made when there is none yet.
pub fn find_or_make(
    conn: &mut Conn,
    of: &Partnership,
    whose: &Side,
    now: DateTime<Utc>,
) -> Result<(PartnershipId, SideId), StoreError> {
    if let Some((id, side, _)) = all_of(conn, of.id)?.into_iter().find(|(_, _, own)| *own == whose.id) {
        return Ok((id, side));
    }
    let (id, side_id) = (PartnershipId::mint(now), SideId::mint(now));
    partnerships::insert_row(conn, id, &name_of(&of.name), &of.zone, PartnershipState::Active, now)?;
    partnerships::insert_side(conn, (id, 0), side_id, &whose.name, whose.organisation_id)?;
    diesel::update(partnership::table.find(id.to_string()))
        .set(partnership::view_of.eq(of.id.to_string()))
        .execute(conn)?;
    diesel::update(side::table.find(side_id.to_string()))
        .set(side::view_of.eq(whose.id.to_string()))
        .execute(conn)?;
    follow(conn, of.id, now)?;
    Ok((id, side_id))
}

/// The views of a partnership: each with its only side, and the side whose view it is.
pub fn all_of(
    conn: &mut Conn,
    of: PartnershipId,
) -> Result<Vec<(PartnershipId, SideId, SideId)>, StoreError> {
    let rows: Vec<(PartnershipId, SideId, Option<SideId>)> = partnership::table
        .inner_join(side::table.on(side::partnership_id.eq(partnership::id)))
        .filter(partnership::view_of.eq(of.to_string()))
        .select((partnership::id, side::id, side::view_of))
        .order(side::id.asc())
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|(id, side, own)| Some((id, side, own?))).collect())
}

/// Makes the members of all views of a partnership those of the side, as they are now, and their names and zones the same.
pub fn follow(conn: &mut Conn, of: PartnershipId, now: DateTime<Utc>) -> Result<(), StoreError> {
    let views = all_of(conn, of)?;
    if views.is_empty() {
        return Ok(());
    }
    let Some(found) = partnerships::find(conn, of)? else { return Ok(()) };
    let wanted = members::all(conn, of)?;
    for (view, view_side, whose) in views {
        partnerships::update(conn, view, &name_of(&found.name), &found.zone)?;
        let mut known: HashMap<PersonId, _> =
            members::all(conn, view)?.into_iter().map(|(own, _)| (own.person_id, own)).collect();
        for (own, _) in wanted.iter().filter(|(own, _)| own.side_id == Some(whose)) {
            let draft = MemberDraft {
                side: Some(view_side),
                roles: own.roles(),
                active: own.active,
                external_ref: own.external_ref.clone(),
                known_as: own.known_as.clone(),
            };
            match known.remove(&own.person_id) {
                Some(here) => drop(members::update(conn, here.id, &draft)?),
                None if own.active => {
                    drop(members::insert_all(conn, view, &[(own.person_id, draft)], now)?);
                }
                None => {}
            }
        }
        for left in known.into_values().filter(|own| own.active) {
            partnerships::update_member(conn, view, left.id, Some(view_side), left.roles(), false)?;
        }
    }
    Ok(())
}

/// Gives the views of a partnership a state: paused when the others have accepted, ended with it.
pub fn set_state(conn: &mut Conn, of: PartnershipId, to: PartnershipState) -> Result<(), StoreError> {
    diesel::update(partnership::table.filter(partnership::view_of.eq(of.to_string())))
        .set(partnership::state.eq(to.as_str()))
        .execute(conn)?;
    Ok(())
}
