//! Reading the audit log. It is written by [`super::meta::audit`] in the transaction of the act.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::conn::Conn;
use super::error::StoreError;
use super::schema::{
    acceptance, action, audit, cadence, cycle, discussion, flag, invitation, member, proposal, side,
};
use crate::domain::access_token::Binding;

/// One act.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = audit)]
pub struct Entry {
    /// Identifier; later acts have larger ones.
    pub id: String,
    /// When, UTC.
    pub at: NaiveDateTime,
    /// Who.
    pub actor: String,
    /// What.
    pub act: String,
    /// To what: an identifier.
    pub object: String,
    /// The request that asked for it; none when it was the clock or the command line.
    pub request_id: Option<String>,
}

/// From where a page of the log is read, and in which direction.
#[derive(Clone, Debug)]
pub enum From {
    /// Oldest first, behind an entry or from the beginning.
    After(Option<String>),
    /// Newest first, before an entry or from the end.
    Before(Option<String>),
}

/// A page of the log: of all of it, or of what concerns the partnerships that somebody reaches.
pub fn page(conn: &mut Conn, binding: Binding, from: From, limit: i64) -> Result<Vec<Entry>, StoreError> {
    let mut query = audit::table.select(Entry::as_select()).into_boxed();
    query = match from {
        From::After(None) => query.order(audit::id.asc()),
        From::After(Some(id)) => query.filter(audit::id.gt(id)).order(audit::id.asc()),
        From::Before(None) => query.order(audit::id.desc()),
        From::Before(Some(id)) => query.filter(audit::id.lt(id)).order(audit::id.desc()),
    };
    if let Some(reached) = Reached::by(binding) {
        let own = diesel::alias!(side as own_side);
        let partnerships = || {
            own.filter(own.field(side::partnership_id).eq(reached.partnership.clone()))
                .or_filter(own.field(side::id).eq(reached.side.clone()))
                .or_filter(own.field(side::organisation_id).eq(reached.organisation.clone()))
                .select(own.field(side::partnership_id))
        };
        let sides = side::table.filter(side::partnership_id.eq_any(partnerships())).select(side::id);
        let members = member::table.filter(member::partnership_id.eq_any(partnerships())).select(member::id);
        let cadences =
            cadence::table.filter(cadence::partnership_id.eq_any(partnerships())).select(cadence::id);
        let cycles = cycle::table.filter(cycle::partnership_id.eq_any(partnerships())).select(cycle::id);
        let of_cycles = cycle::table.filter(cycle::partnership_id.eq_any(partnerships())).select(cycle::id);
        let invitations =
            invitation::table.filter(invitation::cycle_id.eq_any(of_cycles)).select(invitation::id);
        let proposals =
            proposal::table.filter(proposal::partnership_id.eq_any(partnerships())).select(proposal::id);
        let flags = flag::table.filter(flag::partnership_id.eq_any(partnerships())).select(flag::id);
        let notes = discussion::table
            .filter(discussion::partnership_id.eq_any(partnerships()))
            .select(discussion::id);
        let actions = action::table.filter(action::partnership_id.eq_any(partnerships())).select(action::id);
        let acceptances = acceptance::table
            .filter(acceptance::partnership_id.eq_any(partnerships()))
            .select(acceptance::id);
        query = query.filter(
            audit::object
                .eq_any(partnerships())
                .or(audit::object.eq_any(sides))
                .or(audit::object.eq_any(members))
                .or(audit::object.eq_any(cadences))
                .or(audit::object.eq_any(cycles))
                .or(audit::object.eq_any(flags))
                .or(audit::object.eq_any(invitations))
                .or(audit::object.eq_any(notes))
                .or(audit::object.eq_any(actions))
                .or(audit::object.eq_any(acceptances))
                .or(audit::object.eq_any(proposals)),
        );
    }
    Ok(query.limit(limit).load(conn)?)
}

/// The identifier that a token is bound to, in its column; the others are empty, which no identifier is.
#[derive(Default)]
struct Reached {
    partnership: String,
    side: String,
    organisation: String,
}

impl Reached {
    /// `None` for the whole instance.
    fn by(binding: Binding) -> Option<Self> {
        match binding {
            Binding::Instance => None,
            Binding::Partnership(id) => Some(Self { partnership: id.to_string(), ..Self::default() }),
            Binding::Side(id) => Some(Self { side: id.to_string(), ..Self::default() }),
            Binding::Organisation(id) => Some(Self { organisation: id.to_string(), ..Self::default() }),
        }
    }
}
