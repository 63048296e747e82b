//! Notes about flags. A note is written once and never changed.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::super::conn::Conn;
use super::super::either::insert_rows;
use super::super::error::StoreError;
use super::super::schema::{discussion, discussion_flag};
use super::super::types::at;
use super::super::unnamed::Unnamed;
use crate::domain::ids::{CycleId, DiscussionId, FlagId, PartnershipId, SideId};

/// A note.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = discussion)]
pub struct Discussion {
    /// Identifier.
    pub id: DiscussionId,
    /// The check that was talked about.
    pub cycle_id: CycleId,
    /// Who wrote it, as the audit log names it.
    pub author: String,
    /// For which side; none for a facilitator or a program of the whole partnership.
    pub side_id: Option<SideId>,
    /// What was said; empty for "discussed, no action".
    pub text: String,
    /// When, UTC.
    pub created_at: NaiveDateTime,
}

/// A note to be written.
#[derive(Clone, Debug)]
pub struct NewDiscussion<'a> {
    /// The partnership.
    pub partnership: PartnershipId,
    /// The check that is talked about.
    pub cycle: CycleId,
    /// Who writes.
    pub author: &'a str,
    /// For which side.
    pub side: Option<SideId>,
    /// What was said.
    pub text: &'a str,
    /// The flags that it is about.
    pub flags: &'a [FlagId],
}

/// Writes a note.
pub fn insert(
    conn: &mut Conn,
    new: &NewDiscussion<'_>,
    now: DateTime<Utc>,
) -> Result<DiscussionId, StoreError> {
    let id = DiscussionId::mint(now);
    diesel::insert_into(discussion::table)
        .values((
            discussion::id.eq(id.to_string()),
            discussion::partnership_id.eq(new.partnership.to_string()),
            discussion::cycle_id.eq(new.cycle.to_string()),
            discussion::author.eq(new.author),
            discussion::side_id.eq(new.side.map(|side| side.to_string())),
            discussion::text.eq(new.text),
            discussion::created_at.eq(at(now)),
        ))
        .execute(conn)?;
    let link = |flag: &FlagId| {
        (discussion_flag::discussion_id.eq(id.to_string()), discussion_flag::flag_id.eq(flag.to_string()))
    };
    let links: Vec<_> = new.flags.iter().map(link).collect();
    insert_rows!(conn, discussion_flag::table, links)?;
    Ok(id)
}

/// The notes about any of these flags, oldest first, each with those of the flags that it is about.
pub fn about(conn: &mut Conn, flags: &[FlagId]) -> Result<Vec<(Discussion, Vec<FlagId>)>, StoreError> {
    let ids: Vec<String> = flags.iter().map(ToString::to_string).collect();
    let rows: Vec<(Discussion, FlagId)> = discussion::table
        .inner_join(discussion_flag::table.on(discussion_flag::discussion_id.eq(discussion::id)))
        .filter(discussion_flag::flag_id.eq_any(ids))
        .select((Discussion::as_select(), discussion_flag::flag_id))
        .order((discussion::id.asc(), discussion_flag::flag_id.asc()))
        .load(conn)?;
    let mut found: BTreeMap<DiscussionId, (Discussion, Vec<FlagId>)> = BTreeMap::new();
    for (own, flag) in rows {
        found.entry(own.id).or_insert_with(|| (own, Vec::new())).1.push(flag);
    }
    Ok(found.into_values().collect())
}

/// Takes a name out of the notes of these partnerships.
pub fn clear_texts(conn: &mut Conn, own: &[String], unnamed: &Unnamed<'_>) -> Result<(), StoreError> {
    let texts: Vec<(String, String)> = discussion::table
        .filter(discussion::partnership_id.eq_any(own))
        .select((discussion::id, discussion::text))
        .load(conn)?;
    for (id, text) in texts {
        let cleared = unnamed.clear(&text);
        if cleared != text {
            diesel::update(discussion::table.find(id)).set(discussion::text.eq(cleared)).execute(conn)?;
        }
    }
    Ok(())
}
