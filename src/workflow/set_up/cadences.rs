//! The cadences of a partnership as one list: a program reads it, changes it and sends it back whole.

use chrono::{DateTime, Utc};

use super::super::own_view::refuse_in_a_view;
use super::super::proposals::{CadenceChange, Deed, Proposed, Speaker, propose_in};
use super::super::{ActsFor, Context, Refusal, expect_version, version_of};
use super::cadence::is_agreed;
use super::{CadenceInput, Fields, write_cadence};
use crate::domain::ids::PartnershipId;
use crate::domain::proposal::clean_reason;
use crate::store::cadences::{self, Cadence, CadenceDraft};
use crate::store::{Conn, meta, partnerships};

const ONE_AT_A_TIME: &str = "More than one cadence would change in a way that needs every side. Send one such change at a \
                             time, so that the sides can agree on each.";

/// What the version of a list is computed from: not the hint of the tick, which changes by itself.
fn lasting(found: &[Cadence]) -> impl std::fmt::Debug {
    let draft = |own: &Cadence| CadenceDraft {
        instrument_id: own.instrument_id.clone(),
        rule: own.rule.clone(),
        mode: own.mode,
        floor_k: own.floor_k,
        active: own.active,
        comments: own.comments,
        keep_months: own.keep_months,
    };
    found.iter().map(|own| (own.id, draft(own))).collect::<Vec<_>>()
}

/// The version of a list of cadences.
pub fn cadences_version(found: &[Cadence]) -> String {
    version_of(&lasting(found))
}

/// The cadences of a partnership as wanted, and who wants them.
#[derive(Clone, Debug)]
pub struct CadencesPlan {
    /// Who asks.
    pub speaker: Speaker,
    /// For whom.
    pub acts_for: ActsFor,
    /// One for each instrument. A cadence that is not named stops running.
    pub cadences: Vec<CadenceInput>,
    /// Why, for the sides that must agree; may be empty.
    pub reason: String,
}

/// Sets the cadences of a partnership. What every side must agree to becomes a proposal; the rest is done at once.
///
/// # Errors
/// Fields under `cadences[n]`.
pub async fn set_cadences(
    ctx: &Context,
    partnership: PartnershipId,
    plan: CadencesPlan,
    expected: Option<&[String]>,
    now: DateTime<Utc>,
) -> Result<Proposed, Refusal> {
    check(&plan.cadences)?;
    let reason = clean_reason(&plan.reason).map_err(|e| Refusal::field("reason", e))?;
    let expected = expected.map(<[String]>::to_vec);
    ctx.store
        .decide(move |conn| {
            let found = partnerships::find(conn, partnership)?.ok_or(Refusal::NotFound)?;
            refuse_in_a_view(&found)?;
            let before = cadences::of_partnership(conn, partnership)?;
            expect_version(expected.as_deref(), &lasting(&before))?;
            let changes = changes(&before, &plan.cadences);
            let agreed = plan.acts_for != ActsFor::Whole || is_agreed(conn, &found)?;
            let (mut waiting, at_once): (Vec<_>, Vec<_>) =
                changes.into_iter().partition(|change| agreed && change.needs_every_side());
            if waiting.len() > 1 {
                return Err(Refusal::field("cadences", ONE_AT_A_TIME));
            }
            for change in at_once {
                if let Some(before) = change.before.filter(|_| agreed && change.place.is_some()) {
                    change.wanted().tell(conn, &plan.speaker, partnership, before, now)?;
                }
                change.apply(conn, &plan.speaker.actor, partnership, now)?;
            }
            let Some(deed) = waiting.pop().map(Change::into_deed) else { return Ok(Proposed::Done) };
            propose_in(conn, &plan.speaker, partnership, &deed, reason, now).map(Proposed::Waits)
        })
        .await
}

/// Checks each input by itself and that no instrument is named twice.
fn check(inputs: &[CadenceInput]) -> Result<(), Refusal> {
    let mut fields = Fields::default();
    for (place, input) in inputs.iter().enumerate() {
        let path = format!("cadences[{place}]");
        if let Err(error) = input.rule.validate() {
            fields.refuse(&format!("{path}.rule.{}", error.field()), error);
        } else if let Err(refusal) = input.check() {
            fields.take_over(&path, refusal)?;
        }
        if inputs[..place].iter().any(|own| own.instrument_id == input.instrument_id) {
            fields.refuse(
                &format!("{path}.instrument"),
                "An instrument has one cadence; this one has two here.",
            );
        }
    }
    fields.finish()
}

/// One cadence that becomes another than it is.
struct Change<'a> {
    /// Where it stands in the input; `None` for one that was not named.
    place: Option<usize>,
    before: Option<&'a Cadence>,
    after: CadenceInput,
}

fn changes<'a>(before: &'a [Cadence], inputs: &[CadenceInput]) -> Vec<Change<'a>> {
    let named = inputs.iter().enumerate().map(|(place, input)| Change {
        place: Some(place),
        before: before.iter().find(|own| own.instrument_id == input.instrument_id),
        after: input.clone(),
    });
    let left_out = before.iter().filter(|own| !inputs.iter().any(|i| i.instrument_id == own.instrument_id));
    let ended = left_out.map(|own| Change {
        place: None,
        before: Some(own),
        after: CadenceInput { active: false, ..as_input(own) },
    });
    named.chain(ended).filter(|change| !change.is_nothing()).collect()
}

fn as_input(cadence: &Cadence) -> CadenceInput {
    CadenceInput {
        instrument_id: cadence.instrument_id.clone(),
        rule: cadence.rule.clone(),
        mode: cadence.mode,
        floor_k: Some(cadence.floor_k),
        active: cadence.active,
        comments: Some(cadence.comments),
        keep_months: cadence.keep_months,
    }
}

impl Change<'_> {
    fn floor(&self) -> u32 {
        self.after.floor_k.unwrap_or_else(|| self.after.mode.default_floor())
    }

    fn is_nothing(&self) -> bool {
        let comments = Some(self.after.asks_for_comments(self.before));
        let keep_months = self.after.keeps(self.before);
        let after = CadenceInput { floor_k: Some(self.floor()), comments, keep_months, ..self.after.clone() };
        self.before.is_some_and(|own| as_input(own) == after)
    }

    fn wanted(&self) -> CadenceChange {
        CadenceChange {
            instrument_id: self.after.instrument_id.clone(),
            rule: self.after.rule.clone(),
            mode: self.after.mode,
            floor_k: self.floor(),
            active: self.after.active,
            comments: self.after.asks_for_comments(self.before),
            keep_months: self.after.keeps(self.before),
        }
    }

    /// Whether it is more than one side may ask for alone.
    fn needs_every_side(&self) -> bool {
        self.before.is_none_or(|own| !self.wanted().only_tightens(own))
    }

    fn into_deed(self) -> Deed {
        let wanted = self.wanted();
        self.before.map_or_else(
            || Deed::AddCadence(wanted.clone()),
            |own| Deed::ChangeCadence(own.id, wanted.clone()),
        )
    }

    fn apply(
        &self,
        conn: &mut Conn,
        actor: &str,
        partnership: PartnershipId,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        let Some(place) = self.place else {
            // Only switched off: what it was stays as it was, even if its instrument or mode is offered no more.
            if let Some(before) = self.before {
                cadences::stop(conn, before.id)?;
                meta::audit(conn, actor, "cadence stopped", &before.id.to_string(), now)?;
            }
            return Ok(());
        };
        write_cadence(conn, actor, partnership, &self.after, now).map_err(|refusal| {
            let mut fields = Fields::default();
            match fields.take_over(&format!("cadences[{place}]"), refusal) {
                Ok(()) => fields.refused(),
                Err(other) => other,
            }
        })
    }
}
