//! Proposals and the answers of the sides. A state changes only from `open`, and one row count says who changed it.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::conn::Conn;
use super::either::insert_once;
use super::error::StoreError;
use super::schema::{proposal, proposal_answer, side};
use super::types::at;
use crate::domain::access_token::Binding;
use crate::domain::ids::{PartnershipId, ProposalId, SideId};
use crate::domain::proposal::{Act, ProposalLife, ProposalState, SideAnswer};

/// A proposal as stored.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = proposal)]
pub struct Proposal {
    /// Identifier.
    pub id: ProposalId,
    /// The partnership whose sides decide.
    pub partnership_id: PartnershipId,
    /// What is to be done.
    pub act: Act,
    /// The identifier of what it is to be done to: a cycle, a cadence or a partnership.
    pub subject: String,
    /// What the act needs to know, as JSON.
    pub content: String,
    /// Where it stands.
    pub state: ProposalState,
    /// Who proposed, as the audit log names it.
    pub proposed_by: String,
    /// The side for which it was proposed.
    pub proposed_side: Option<SideId>,
    /// Why, for people; may be empty.
    pub reason: String,
    /// When it was made, UTC.
    pub created_at: NaiveDateTime,
    /// From here on it is expired, UTC.
    pub expires_at: NaiveDateTime,
    /// When it was decided, UTC.
    pub decided_at: Option<NaiveDateTime>,
}

impl Proposal {
    /// The part that decides what may happen, with the partnership's sides and their answers.
    pub fn life(&self, sides: Vec<SideId>, answers: &[Answer]) -> ProposalLife {
        ProposalLife {
            state: self.state,
            proposed_side: self.proposed_side,
            sides,
            answers: answers
                .iter()
                .filter(|a| a.proposal_id == self.id)
                .map(|a| (a.side_id, a.answer))
                .collect(),
            expires_at: self.expires_at.and_utc(),
        }
    }
}

/// What a side answered.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = proposal_answer)]
pub struct Answer {
    /// The proposal.
    pub proposal_id: ProposalId,
    /// The side.
    pub side_id: SideId,
    /// Yes or no.
    pub answer: SideAnswer,
    /// Who answered for it, as the audit log names it.
    pub actor: String,
    /// Why, for people; may be empty.
    pub reason: String,
    /// When, UTC.
    pub answered_at: NaiveDateTime,
}

/// A proposal to be made.
#[derive(Clone, Debug)]
pub struct NewProposal {
    /// The partnership whose sides decide.
    pub partnership_id: PartnershipId,
    /// What is to be done.
    pub act: Act,
    /// To what.
    pub subject: String,
    /// What the act needs to know, as JSON.
    pub content: String,
    /// Who proposes.
    pub proposed_by: String,
    /// For which side.
    pub proposed_side: Option<SideId>,
    /// Why.
    pub reason: String,
    /// Until when it can be answered.
    pub expires_at: DateTime<Utc>,
}

/// Makes a proposal; `None` when the same act on the same subject waits already.
pub fn insert(
    conn: &mut Conn,
    new: &NewProposal,
    now: DateTime<Utc>,
) -> Result<Option<ProposalId>, StoreError> {
    let id = ProposalId::mint(now);
    let made = insert_once!(
        conn,
        proposal::table,
        (
            proposal::id.eq(id.to_string()),
            proposal::partnership_id.eq(new.partnership_id.to_string()),
            proposal::act.eq(new.act.as_str()),
            proposal::subject.eq(&new.subject),
            proposal::content.eq(&new.content),
            proposal::state.eq(ProposalState::Open.as_str()),
            proposal::open_key.eq(format!("{}:{}", new.act, new.subject)),
            proposal::proposed_by.eq(&new.proposed_by),
            proposal::proposed_side.eq(new.proposed_side.map(|s| s.to_string())),
            proposal::reason.eq(&new.reason),
            proposal::created_at.eq(at(now)),
            proposal::expires_at.eq(at(new.expires_at)),
        )
    )?;
    Ok(made.then_some(id))
}

/// The proposal with this identifier, whoever asks.
pub fn find(conn: &mut Conn, id: ProposalId) -> Result<Option<Proposal>, StoreError> {
    Ok(proposal::table.find(id.to_string()).select(Proposal::as_select()).get_result(conn).optional()?)
}

/// Whether a proposal is open, holding its row until the end of this transaction: two answers take turns.
pub fn hold(conn: &mut Conn, id: ProposalId) -> Result<bool, StoreError> {
    let open = proposal::table
        .filter(proposal::id.eq(id.to_string()))
        .filter(proposal::state.eq(ProposalState::Open.as_str()));
    Ok(diesel::update(open).set(proposal::state.eq(proposal::state)).execute(conn)? == 1)
}

/// The open proposals of a partnership, oldest first.
pub fn open_of(conn: &mut Conn, partnership: PartnershipId) -> Result<Vec<Proposal>, StoreError> {
    Ok(proposal::table
        .filter(proposal::partnership_id.eq(partnership.to_string()))
        .filter(proposal::state.eq(ProposalState::Open.as_str()))
        .select(Proposal::as_select())
        .order(proposal::id.asc())
        .load(conn)?)
}

/// The open proposals about one thing.
pub fn open_about(conn: &mut Conn, subject: &str) -> Result<Vec<Proposal>, StoreError> {
    Ok(proposal::table
        .filter(proposal::subject.eq(subject))
        .filter(proposal::state.eq(ProposalState::Open.as_str()))
        .select(Proposal::as_select())
        .order(proposal::id.asc())
        .load(conn)?)
}

/// The newest proposal of an act in a partnership, in whatever state.
pub fn last_of(
    conn: &mut Conn,
    partnership: PartnershipId,
    act: Act,
) -> Result<Option<Proposal>, StoreError> {
    Ok(proposal::table
        .filter(proposal::partnership_id.eq(partnership.to_string()))
        .filter(proposal::act.eq(act.as_str()))
        .select(Proposal::as_select())
        .order((proposal::created_at.desc(), proposal::id.desc()))
        .first(conn)
        .optional()?)
}

/// Whether the sides agreed to such an act at an instant or later; ever, where none is given.
pub fn approved_since(
    conn: &mut Conn,
    partnership: PartnershipId,
    act: Act,
    after: Option<DateTime<Utc>>,
) -> Result<bool, StoreError> {
    let own = proposal::table
        .filter(proposal::partnership_id.eq(partnership.to_string()))
        .filter(proposal::act.eq(act.as_str()))
        .filter(proposal::state.eq(ProposalState::Approved.as_str()));
    match after {
        None => Ok(diesel::select(diesel::dsl::exists(own)).get_result(conn)?),
        Some(after) => {
            let later = own.filter(proposal::decided_at.ge(at(after)));
            Ok(diesel::select(diesel::dsl::exists(later)).get_result(conn)?)
        }
    }
}

/// A page of the proposals that a token reaches, in the order in which they were made. `state` is theirs as of an instant:
/// what is overdue has expired, whether or not that was written down yet.
pub fn list(
    conn: &mut Conn,
    binding: Binding,
    state: Option<(ProposalState, DateTime<Utc>)>,
    after: Option<ProposalId>,
    limit: i64,
) -> Result<Vec<Proposal>, StoreError> {
    let mut query = proposal::table.select(Proposal::as_select()).into_boxed();
    if let Some(after) = after {
        query = query.filter(proposal::id.gt(after.to_string()));
    }
    if let Some((state, now)) = state {
        let written = proposal::state.eq(state.as_str());
        let open = proposal::state.eq(ProposalState::Open.as_str());
        query = match state {
            ProposalState::Open => query.filter(written.and(proposal::expires_at.gt(at(now)))),
            ProposalState::Expired => query.filter(written.or(open.and(proposal::expires_at.le(at(now))))),
            _ => query.filter(written),
        };
    }
    query = match binding {
        Binding::Instance => query,
        Binding::Partnership(id) => query.filter(proposal::partnership_id.eq(id.to_string())),
        Binding::Organisation(id) => query.filter(proposal::partnership_id.eq_any(
            side::table.filter(side::organisation_id.eq(id.to_string())).select(side::partnership_id),
        )),
        Binding::Side(id) => query.filter(
            proposal::partnership_id
                .eq_any(side::table.filter(side::id.eq(id.to_string())).select(side::partnership_id)),
        ),
    };
    Ok(query.order(proposal::id.asc()).limit(limit).load(conn)?)
}

/// The answers to several proposals, in the order in which they came.
pub fn answers(conn: &mut Conn, ids: &[ProposalId]) -> Result<Vec<Answer>, StoreError> {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    Ok(proposal_answer::table
        .filter(proposal_answer::proposal_id.eq_any(ids))
        .select(Answer::as_select())
        .order((proposal_answer::answered_at.asc(), proposal_answer::side_id.asc()))
        .load(conn)?)
}

/// Writes down a side's answer; `false` when it answered before.
pub fn insert_answer(conn: &mut Conn, new: &Answer) -> Result<bool, StoreError> {
    insert_once!(
        conn,
        proposal_answer::table,
        (
            proposal_answer::proposal_id.eq(new.proposal_id.to_string()),
            proposal_answer::side_id.eq(new.side_id.to_string()),
            proposal_answer::answer.eq(new.answer.as_str()),
            proposal_answer::actor.eq(&new.actor),
            proposal_answer::reason.eq(&new.reason),
            proposal_answer::answered_at.eq(at(new.answered_at.and_utc())),
        )
    )
}

/// Ends an open proposal; `false` when it was not open any more, and then nothing that follows from it may happen.
pub fn decide(
    conn: &mut Conn,
    id: ProposalId,
    state: ProposalState,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let open = proposal::table
        .filter(proposal::id.eq(id.to_string()))
        .filter(proposal::state.eq(ProposalState::Open.as_str()));
    let changed = diesel::update(open)
        .set((
            proposal::state.eq(state.as_str()),
            proposal::open_key.eq(None::<String>),
            proposal::decided_at.eq(at(now)),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Open proposals whose time is over, the longest overdue first.
pub fn overdue(conn: &mut Conn, now: DateTime<Utc>, limit: i64) -> Result<Vec<ProposalId>, StoreError> {
    Ok(proposal::table
        .filter(proposal::state.eq(ProposalState::Open.as_str()))
        .filter(proposal::expires_at.le(at(now)))
        .select(proposal::id)
        .order((proposal::expires_at.asc(), proposal::id.asc()))
        .limit(limit)
        .load(conn)?)
}

/// When the next open proposal expires.
pub fn next_expiry(conn: &mut Conn, after: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError> {
    let next: Option<NaiveDateTime> = proposal::table
        .filter(proposal::state.eq(ProposalState::Open.as_str()))
        .filter(proposal::expires_at.gt(at(after)))
        .select(diesel::dsl::min(proposal::expires_at))
        .first(conn)?;
    Ok(next.map(|t| t.and_utc()))
}

/// Removes the proposals of a partnership that is removed, with their answers.
pub(super) fn remove_of(conn: &mut Conn, partnership: &str) -> Result<(), StoreError> {
    let own = proposal::table.filter(proposal::partnership_id.eq(partnership));
    let ids: Vec<String> = own.select(proposal::id).load(conn)?;
    diesel::delete(proposal_answer::table.filter(proposal_answer::proposal_id.eq_any(ids))).execute(conn)?;
    diesel::delete(proposal::table.filter(proposal::partnership_id.eq(partnership))).execute(conn)?;
    Ok(())
}
