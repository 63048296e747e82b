//! The cadences of a partnership as one list: a program reads it, changes it and sends it back whole.

use chrono::{DateTime, Utc};

use super::super::{ActsFor, Context, Refusal, expect_version, version_of};
use super::{CadenceInput, Fields, write_cadence};
use crate::domain::ids::PartnershipId;
use crate::store::cadences::{self, Cadence, CadenceDraft};
use crate::store::{Conn, meta, partnerships};

const NEEDS_ALL: &str = "A side may make the mode stricter or the floor higher alone; every other change of a cadence \
                         needs every side.";

/// What the version of a list is computed from: not the hint of the tick, which changes by itself.
fn lasting(found: &[Cadence]) -> impl std::fmt::Debug {
    let draft = |own: &Cadence| CadenceDraft {
        instrument_id: own.instrument_id.clone(),
        rule: own.rule.clone(),
        mode: own.mode,
        floor_k: own.floor_k,
        active: own.active,
    };
    found.iter().map(|own| (own.id, draft(own))).collect::<Vec<_>>()
}

/// The version of a list of cadences.
pub fn cadences_version(found: &[Cadence]) -> String {
    version_of(&lasting(found))
}

/// Sets the cadences of a partnership, one for each instrument. A cadence that is not named stops running.
///
/// # Errors
/// Fields under `cadences[n]`; the state when one side asks for more than it may alone.
pub async fn set_cadences(
    ctx: &Context,
    actor: &str,
    partnership: PartnershipId,
    (who, inputs): (ActsFor, Vec<CadenceInput>),
    expected: Option<&[String]>,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    check(&inputs)?;
    let (actor, expected) = (actor.to_owned(), expected.map(<[String]>::to_vec));
    ctx.store
        .write_tx(move |conn| {
            partnerships::find(conn, partnership)?.ok_or(Refusal::NotFound)?;
            let before = cadences::of_partnership(conn, partnership)?;
            expect_version(expected.as_deref(), &lasting(&before))?;
            let changes = changes(&before, &inputs);
            if who != ActsFor::Whole && !changes.iter().all(Change::is_for_one_side) {
                return Err(Refusal::State(NEEDS_ALL.to_owned()));
            }
            changes.into_iter().try_for_each(|change| change.apply(conn, &actor, partnership, now))
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
    }
}

impl Change<'_> {
    fn floor(&self) -> u32 {
        self.after.floor_k.unwrap_or_else(|| self.after.mode.default_floor())
    }

    fn is_nothing(&self) -> bool {
        let after = CadenceInput { floor_k: Some(self.floor()), ..self.after.clone() };
        self.before.is_some_and(|own| as_input(own) == after)
    }

    /// Whether one side may ask for it alone.
    fn is_for_one_side(&self) -> bool {
        self.before.is_some_and(|own| {
            let same = own.rule == self.after.rule && own.active == self.after.active;
            same && self.after.mode.is_no_looser(self.floor(), (own.mode, own.floor_k))
        })
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
