//! Closing a review: each side confirms it, and the last one, or seven days of silence, closes it.
//!
//! Law: it never closes while a flag of the check lacks its answer. A side is told only of flags that it sees, so a side from
//! which nobody answered confirms what it sees; the clockwork looks at all of them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::super::proposals::Speaker;
use super::super::{Context, Look, Refusal};
use super::{needs, require_life, today, told};
use crate::domain::flags::Severity;
use crate::domain::ids::{CycleId, FlagId, SideId};
use crate::domain::review::{Given, ReviewLife, ReviewState};
use crate::store::cycles::{self, Cycle};
use crate::store::partnerships::{self, Partnership, Side};
use crate::store::{Conn, StoreError, flags, meta, reviews};

/// How many reviews one look takes on.
const BATCH: i64 = 200;
/// Who closes what a side left unconfirmed, in the audit log.
const CLOCK: &str = "clock";

/// A flag without its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lacking {
    /// The flag.
    pub flag: FlagId,
    /// What it needs, in words.
    pub needs: String,
}

/// What came of confirming.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Closing {
    /// Nothing: these flags lack their answer.
    Refused(Vec<Lacking>),
    /// The side has confirmed; the review is closed when no other has to.
    Confirmed,
}

/// Confirms a review for the speaker's side, and closes it with the last one. `seen` are the open flags that the side sees,
/// with what they ask of it.
///
/// # Errors
/// Not found where the cycle has no review; the state where it is over, or where the speaker stands on no side.
pub async fn confirm(
    ctx: &Context,
    speaker: Speaker,
    id: CycleId,
    seen: BTreeMap<FlagId, Severity>,
    now: DateTime<Utc>,
) -> Result<Closing, Refusal> {
    let Some(side) = speaker.side else {
        return Err(Refusal::State("A review is confirmed for a side.".to_owned()));
    };
    ctx.store
        .decide(move |conn| {
            let review = reviews::find(conn, id)?.ok_or(Refusal::NotFound)?;
            require_open(review.state)?;
            let place = Place::of(conn, id)?;
            require_life(&place.partnership)?;
            let lacking = place.lacking(conn, now, |flag, _| seen.get(&flag).copied())?;
            if !lacking.is_empty() {
                return Ok(Closing::Refused(lacking));
            }
            if reviews::confirm(conn, id, side, &speaker.actor, now)? {
                meta::audit(conn, &speaker.actor, "review confirmed", &id.to_string(), now)?;
            }
            if place.life(conn)?.waits_for().is_empty() {
                close(conn, &speaker.actor, id, now)?;
            }
            Ok(Closing::Confirmed)
        })
        .await
}

fn require_open(state: ReviewState) -> Result<(), Refusal> {
    match state {
        ReviewState::Open => Ok(()),
        ReviewState::Closed => Err(Refusal::State("This review is closed.".to_owned())),
        ReviewState::Overtaken => Err(Refusal::State(
            "A later check has closed: its review takes over what was left of this one.".to_owned(),
        )),
    }
}

/// Closes the reviews that one side confirmed seven days ago and another did not.
pub async fn close_silent(ctx: &Context, now: DateTime<Utc>) -> Result<Look, Refusal> {
    let mut look = Look::default();
    loop {
        let page = look.page(BATCH);
        let due = ctx.store.read(move |conn| reviews::silent_since(conn, now, page)).await?;
        if due.is_empty() {
            return Ok(look);
        }
        for id in due {
            let done = ctx.store.decide(move |conn| {
                let place = Place::of(conn, id)?;
                let settled = place.life(conn)?.is_over(now)
                    && place.lacking(conn, now, |_, severity| Some(severity))?.is_empty();
                Ok(settled && close(conn, CLOCK, id, now)?)
            });
            look.note("closing a review", id, done.await);
        }
        if look.done > 0 {
            return Ok(look);
        }
    }
}

fn close(conn: &mut Conn, actor: &str, id: CycleId, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let closed = reviews::close(conn, id, now)?;
    if closed {
        meta::audit(conn, actor, "review closed", &id.to_string(), now)?;
        told::agreed(conn, id, now)?;
    }
    Ok(closed)
}

/// A check under review.
struct Place {
    cycle: Cycle,
    partnership: Partnership,
    sides: Vec<Side>,
}

impl Place {
    fn of(conn: &mut Conn, id: CycleId) -> Result<Self, Refusal> {
        let cycle = cycles::find(conn, id)?.ok_or(Refusal::NotFound)?;
        let partnership = partnerships::find(conn, cycle.partnership_id)?.ok_or(Refusal::NotFound)?;
        let sides = partnerships::sides(conn, partnership.id)?;
        Ok(Self { cycle, partnership, sides })
    }

    fn life(&self, conn: &mut Conn) -> Result<ReviewLife, StoreError> {
        let confirmed = reviews::confirmations(conn, self.cycle.id)?;
        Ok(ReviewLife {
            sides: self.sides.iter().map(|side| side.id).collect::<Vec<SideId>>(),
            confirmed: confirmed.iter().map(|own| (own.side_id, own.confirmed_at.and_utc())).collect(),
        })
    }

    /// The open flags of the check's instrument that lack their answer; `asks` gives what a flag asks, and none for one that
    /// is left out.
    fn lacking(
        &self,
        conn: &mut Conn,
        now: DateTime<Utc>,
        asks: impl Fn(FlagId, Severity) -> Option<Severity>,
    ) -> Result<Vec<Lacking>, StoreError> {
        let given = reviews::given(conn, &[self.partnership.id])?;
        let none = Given::default();
        let today = today(&self.partnership, now);
        let open = flags::open(conn, self.partnership.id, &self.cycle.instrument_id)?;
        Ok(open
            .into_iter()
            .filter_map(|flag| {
                let severity = asks(flag.id, flag.severity)?;
                let needs = needs(severity, given.get(&flag.id).unwrap_or(&none), &self.sides, today)?;
                Some(Lacking { flag: flag.id, needs })
            })
            .collect())
    }
}
