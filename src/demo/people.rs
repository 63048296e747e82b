//! The demo's people: they answer by themselves while time passes, as their story says, the same in every run.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Datelike, TimeDelta, Utc};

use super::stories::Story;
use crate::domain::answers::Answers;
use crate::domain::cycle::CycleState;
use crate::domain::ids::{CycleId, PartnershipId, PersonId, SideId};
use crate::domain::mode::Mode;
use crate::secrets::{self, Key};
use crate::store::cycles::{self, Cycle};
use crate::store::invitations::{self, Invitation};
use crate::store::outbox::notices;
use crate::store::responses::{self, Link, OwnResponse};
use crate::store::{Conn, StoreError, ballots};
use crate::worker::Bystander;
use crate::workflow::{Context, Refusal};

/// The indicators of the quarterly review, in the order of the stories' figures.
const INDICATORS: [&str; 5] =
    ["shared_vision", "communication", "resource_commitment", "conflict_resolution", "joint_kpi"];
/// The year and quarter in which every story begins.
const BEGIN: (i32, i32) = (2024, 3);

/// The people of one partnership.
pub(super) struct Cast {
    pub(super) story: &'static Story,
    pub(super) sides: Vec<SideId>,
}

/// Everybody in the demo.
pub struct DemoPeople {
    seed: u64,
    casts: Mutex<BTreeMap<PartnershipId, Cast>>,
    /// Left to whoever watches: these people never answer by themselves once the demo runs.
    left_out: Mutex<Vec<PersonId>>,
}

impl DemoPeople {
    /// Nobody yet.
    pub fn new(seed: u64) -> Self {
        Self { seed, casts: Mutex::default(), left_out: Mutex::default() }
    }

    pub(super) fn join(&self, partnership: PartnershipId, cast: Cast) {
        self.casts.lock().unwrap_or_else(PoisonError::into_inner).insert(partnership, cast);
    }

    /// The partnerships that agreed on another mode for this quarter.
    pub(super) fn other_modes(&self, quarter: usize) -> Vec<(PartnershipId, Mode)> {
        let casts = self.casts.lock().unwrap_or_else(PoisonError::into_inner);
        let other = |(id, cast): (&PartnershipId, &Cast)| match cast.story.later_mode {
            Some((from, mode)) if from == quarter => Some((*id, mode)),
            _ => None,
        };
        casts.iter().filter_map(other).collect()
    }

    pub(super) fn leave_out(&self, person: PersonId) {
        self.left_out.lock().unwrap_or_else(PoisonError::into_inner).push(person);
    }

    /// Lets everybody answer whose day in an open cycle has come by `now`.
    pub(super) async fn answer(&self, ctx: &Context, now: DateTime<Utc>) -> Result<(), Refusal> {
        let open = ctx
            .store
            .read(|conn| -> Result<_, StoreError> {
                let mut all = Vec::new();
                for (cycle, _) in cycles::open_with_names(conn)? {
                    let invitations = invitations::of_cycle(conn, cycle.id)?;
                    all.push((cycle, invitations));
                }
                Ok(all)
            })
            .await?;
        let mut saves = Vec::new();
        for (cycle, invitations) in open {
            saves.extend(self.due_answers(&ctx.key, &cycle, &invitations, now));
        }
        let sends = saves.clone();
        ctx.store.write_tx(move |conn| saves.iter().try_for_each(|save| save.write(conn))).await?;
        Ok(ctx.store.write_tx(move |conn| sends.iter().try_for_each(|save| save.send(conn))).await?)
    }

    fn due_answers(&self, key: &Key, cycle: &Cycle, invited: &[Invitation], now: DateTime<Utc>) -> Vec<Save> {
        let casts = self.casts.lock().unwrap_or_else(PoisonError::into_inner);
        let left_out = self.left_out.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(cast) = casts.get(&cycle.partnership_id) else { return Vec::new() };
        if cycle.state != CycleState::Open || now >= cycle.closes_at.and_utc() {
            return Vec::new();
        }
        let opens = cycle.opens_at.and_utc();
        let quarter = quarter_number(opens);
        let mut seats: BTreeMap<SideId, u64> = BTreeMap::new();
        let mut sorted: Vec<&Invitation> = invited.iter().collect();
        sorted.sort_by_key(|i| i.member_id);
        let mut saves = Vec::new();
        for invitation in sorted {
            let Some(side) = cast.sides.iter().position(|s| *s == invitation.side_id) else { continue };
            let seat = seats.entry(invitation.side_id).or_default();
            *seat += 1;
            let dice = Dice::of(&[
                self.seed,
                u64::from(opens.year().unsigned_abs()),
                cast_number(cast),
                side as u64,
                *seat,
            ]);
            let moment = opens + TimeDelta::minutes(dice.range(3, 60, 60 * 24 * 6));
            let tends = (cast.story.seat)(*seat, quarter);
            let skips = left_out.contains(&invitation.person_id)
                || invitation.state != crate::domain::cycle::InvitationState::Open
                || moment > now
                || Dice::of(&[
                    self.seed,
                    quarter.unsigned_abs().into(),
                    cast_number(cast),
                    side as u64,
                    *seat,
                    7,
                ])
                .unit(1)
                    >= (cast.story.response)(side, quarter);
            if let Some(tends) = tends.filter(|_| !skips) {
                let answers = answers(self.seed, cast, side, (*seat, tends), quarter);
                saves.extend(Save::new(key, cycle, invitation, answers, moment));
            }
        }
        saves
    }
}

impl Bystander for DemoPeople {
    fn act<'a>(
        &'a self,
        ctx: &'a Context,
        now: DateTime<Utc>,
    ) -> Pin<Box<dyn Future<Output = Result<(), Refusal>> + Send + 'a>> {
        Box::pin(self.answer(ctx, now))
    }
}

/// One response to be stored and sent.
#[derive(Clone)]
struct Save {
    answer_key: String,
    cycle: CycleId,
    mode: Mode,
    invitation: Invitation,
    response: OwnResponse,
    at: DateTime<Utc>,
}

impl Save {
    /// `None` where the link cannot be derived any more: then it was sent before.
    fn new(
        key: &Key,
        cycle: &Cycle,
        invitation: &Invitation,
        answers: Answers,
        at: DateTime<Utc>,
    ) -> Option<Self> {
        let response = OwnResponse { answers, comment: None, saved_at: Some(at) };
        let answer_key = match cycle.mode {
            Mode::Anonymous => {
                let token = key.survey_token(invitation.salt.as_deref()?);
                secrets::ballot_key(&token, &cycle.id.to_string())
            }
            _ => invitation.id.to_string(),
        };
        let (cycle, mode) = (cycle.id, cycle.mode);
        Some(Self { answer_key, cycle, mode, invitation: invitation.clone(), response, at })
    }

    fn write(&self, conn: &mut Conn) -> Result<(), StoreError> {
        let (cycle_id, answer_key) = (self.cycle, self.answer_key.clone());
        let side_id = self.invitation.side_id;
        if self.mode == Mode::Anonymous {
            return ballots::save(conn, &ballots::Link { cycle_id, answer_key, side_id }, &self.response);
        }
        let member_id = Some(self.invitation.member_id);
        responses::save(conn, &Link { cycle_id, answer_key, side_id, member_id }, &self.response, self.at)
    }

    fn send(&self, conn: &mut Conn) -> Result<(), StoreError> {
        match self.mode {
            Mode::Anonymous => invitations::mark_sent_and_forget(conn, self.invitation.id)?,
            _ => invitations::mark_sent(conn, self.invitation.id)?,
        };
        notices::drop_surveys(conn, self.cycle, Some(self.invitation.person_id))
    }
}

fn cast_number(cast: &Cast) -> u64 {
    cast.story.partner.bytes().map(u64::from).sum()
}

fn quarter_number(opens: DateTime<Utc>) -> i32 {
    let quarter = i32::try_from(opens.month0() / 3).unwrap_or_default() + 1;
    (opens.year() - BEGIN.0) * 4 + quarter - BEGIN.1
}

/// What one person answers: the story's level, how this person tends to answer, and a little luck.
fn answers(seed: u64, cast: &Cast, side: usize, (seat, tends): (u64, f64), quarter: i32) -> Answers {
    let person = Dice::of(&[seed, cast_number(cast), side as u64, seat]).spread(2) * 0.35 + tends;
    (0..)
        .zip(INDICATORS)
        .map(|(indicator, id)| {
            let dice = Dice::of(&[
                seed,
                cast_number(cast),
                side as u64,
                seat,
                quarter.unsigned_abs().into(),
                indicator as u64,
            ]);
            let level = cast.story.base[indicator] + (cast.story.change)(side, indicator, quarter);
            let value = (level + person + dice.spread(3) * 0.45).round().clamp(1.0, 5.0);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "clamped to 1..=5 above"
            )]
            let value = value as u8;
            (id.to_owned(), (dice.unit(4) > 0.03).then_some(value))
        })
        .collect()
}

/// Luck that is the same in every run: a hash of what it is about.
struct Dice([u8; 32]);

impl Dice {
    fn of(about: &[u64]) -> Self {
        use sha2::{Digest, Sha256};
        let bytes: Vec<u8> = about.iter().flat_map(|n| n.to_le_bytes()).collect();
        Self(Sha256::digest(bytes).into())
    }

    /// 0 to 1, another one for each `face` (0 to 7).
    fn unit(&self, face: usize) -> f64 {
        let four = [self.0[face * 4], self.0[face * 4 + 1], self.0[face * 4 + 2], self.0[face * 4 + 3]];
        f64::from(u32::from_le_bytes(four)) / f64::from(u32::MAX)
    }

    /// About −1.7 to 1.7, mostly near 0.
    fn spread(&self, face: usize) -> f64 {
        (self.unit(face % 4) + self.unit(face % 4 + 1) + self.unit(face % 4 + 4) - 1.5) * 1.2
    }

    fn range(&self, face: usize, from: i64, to: i64) -> i64 {
        #[expect(clippy::cast_possible_truncation, reason = "a share of a small range")]
        let offset = (self.unit(face) * (to - from) as f64) as i64;
        from + offset
    }
}
