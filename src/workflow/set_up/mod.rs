//! Setting up: organisations, people, partnerships with sides and members, cadences.
//!
//! Every input is checked by the domain's rules before the write; a refusal names the field and the way out, and nothing is
//! half-written.

mod by_address;
mod cadence;
mod cadences;
mod partnership;

pub use by_address::{NewMember, add_member_by_address, give_leadership_by_address};
pub(in crate::workflow) use cadence::check_mode;

pub use cadence::{CadenceInput, change_cadence, put_cadence, write_cadence};
pub use cadences::{CadencesPlan, cadences_version, set_cadences};
pub use partnership::{
    MemberInput, PartnershipChange, PartnershipInput, SideInput, add_member, change_member,
    change_partnership, change_state, create_partnership, create_partnership_as,
};
pub(in crate::workflow) use partnership::{insert_partnership, move_to};

use chrono::{DateTime, Utc};

use super::{Context, FieldError, Refusal, expect_version, seats};
use crate::domain::cadence::{self as cadence_rules, UnknownZone};
use crate::domain::ids::{OrganisationId, PersonId};
use crate::domain::partnership::{EmailAddress, clean_name};
use crate::store::people::{self, PersonDraft};
use crate::store::{StoreError, bounces, meta, outbox};

/// A person as typed.
#[derive(Clone, Debug, Default)]
pub struct PersonInput {
    /// E-mail address.
    pub email: String,
    /// Name.
    pub name: String,
    /// IANA zone.
    pub zone: String,
    /// Administers this instance.
    pub administrator: bool,
}

/// Collects the errors of several fields, so that a form shows all of them at once.
#[derive(Default)]
pub(in crate::workflow) struct Fields(Vec<FieldError>);

impl Fields {
    pub(in crate::workflow) fn take<T, E: std::fmt::Display>(
        &mut self,
        field: &str,
        parsed: Result<T, E>,
    ) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(error) => {
                self.refuse(field, error);
                None
            }
        }
    }

    pub(in crate::workflow) fn refuse(&mut self, field: &str, sentence: impl std::fmt::Display) {
        self.0.push(FieldError { field: field.to_owned(), sentence: sentence.to_string() });
    }

    /// Adds what another check refused, each field under this path.
    pub(in crate::workflow) fn take_over(&mut self, path: &str, refusal: Refusal) -> Result<(), Refusal> {
        let Refusal::Fields(found) = refusal else { return Err(refusal) };
        self.0.extend(
            found.into_iter().map(|own| FieldError { field: format!("{path}.{}", own.field), ..own }),
        );
        Ok(())
    }

    /// How many were collected.
    pub(in crate::workflow) fn count(&self) -> usize {
        self.0.len()
    }

    /// The refusal that tells what was collected.
    pub(in crate::workflow) fn refused(self) -> Refusal {
        Refusal::Fields(self.0)
    }

    pub(in crate::workflow) fn finish(self) -> Result<(), Refusal> {
        if self.0.is_empty() { Ok(()) } else { Err(Refusal::Fields(self.0)) }
    }
}

/// A zone as typed, by its proper name.
fn parse_zone(text: &str) -> Result<String, UnknownZone> {
    cadence_rules::parse_zone(text).map(|tz| tz.name().to_owned())
}

fn parse_person(input: &PersonInput) -> Result<PersonDraft, Refusal> {
    let mut fields = Fields::default();
    let email = fields.take("email", EmailAddress::parse(&input.email));
    let name = fields.take("name", clean_name(&input.name));
    let zone = fields.take("zone", parse_zone(&input.zone));
    match (email, name, zone) {
        (Some(email), Some(name), Some(zone)) => {
            Ok(PersonDraft { email: email.key(), name, zone, administrator: input.administrator })
        }
        _ => Err(fields.refused()),
    }
}

/// A conflict on a unique value, told at the field it belongs to.
fn taken(field: &'static str, sentence: &'static str) -> impl Fn(StoreError) -> Refusal {
    move |error| match error {
        StoreError::Conflict(_) => Refusal::field(field, sentence),
        other => Refusal::Store(other),
    }
}

/// Adds a person.
pub async fn create_person(
    ctx: &Context,
    actor: &str,
    input: &PersonInput,
    now: DateTime<Utc>,
) -> Result<PersonId, Refusal> {
    let (draft, actor) = (parse_person(input)?, actor.to_owned());
    ctx.store
        .decide(move |conn| {
            let id = people::insert(conn, &draft, now)
                .map_err(taken("email", "Somebody with this address is here already."))?;
            meta::audit(conn, &actor, "person added", &id.to_string(), now)?;
            Ok(id)
        })
        .await
}

/// Changes a person. The last administrator stays one; whoever gets another address is asked again there, and where somebody else
/// changed it, signed out everywhere.
pub async fn change_person(
    ctx: &Context,
    actor: &str,
    id: PersonId,
    input: &PersonInput,
    expected: Option<&[String]>,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let (draft, actor) = (parse_person(input)?, actor.to_owned());
    let expected = expected.map(<[String]>::to_vec);
    let inner = ctx.clone();
    ctx.store
        .decide(move |conn| {
            let before = people::known(conn, id)?.ok_or(Refusal::NotFound)?;
            expect_version(expected.as_deref(), &before)?;
            if before.administrator && !draft.administrator && people::administrators(conn)? == 1 {
                return Err(Refusal::field(
                    "administrator",
                    "This is the only administrator. Name another one first.",
                ));
            }
            people::update(conn, id, &draft)
                .map_err(taken("email", "Somebody with this address is here already."))?;
            if before.email != draft.email {
                // What the wrong address refused is told again at the right one.
                bounces::clear(conn, id)?;
                outbox::tell_anew(conn, id, now)?;
                seats::tell_of_address(conn, &inner, &actor, &before, now)?;
            }
            meta::audit(conn, &actor, "person changed", &id.to_string(), now)?;
            Ok(())
        })
        .await
}

/// Adds an organisation.
pub async fn create_organisation(
    ctx: &Context,
    actor: &str,
    name: &str,
    now: DateTime<Utc>,
) -> Result<OrganisationId, Refusal> {
    let name = clean_name(name).map_err(|e| Refusal::field("name", e))?;
    let actor = actor.to_owned();
    ctx.store
        .decide(move |conn| {
            let id = people::insert_organisation(conn, &name, now)
                .map_err(taken("name", "An organisation with this name is here already."))?;
            meta::audit(conn, &actor, "organisation added", &id.to_string(), now)?;
            Ok(id)
        })
        .await
}

/// Renames an organisation. Sides keep the names they were given.
pub async fn rename_organisation(
    ctx: &Context,
    actor: &str,
    id: OrganisationId,
    name: &str,
    expected: Option<&[String]>,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let name = clean_name(name).map_err(|e| Refusal::field("name", e))?;
    let actor = actor.to_owned();
    let expected = expected.map(<[String]>::to_vec);
    ctx.store
        .decide(move |conn| {
            let before = people::find_organisation(conn, id)?.ok_or(Refusal::NotFound)?;
            expect_version(expected.as_deref(), &before)?;
            let renamed = people::rename_organisation(conn, id, &name)
                .map_err(taken("name", "An organisation with this name is here already."))?;
            if !renamed {
                return Err(Refusal::NotFound);
            }
            meta::audit(conn, &actor, "organisation renamed", &id.to_string(), now)?;
            Ok(())
        })
        .await
}

/// Sets who leads an organisation: these people and nobody else.
pub async fn set_leaders(
    ctx: &Context,
    actor: &str,
    organisation: OrganisationId,
    leaders: Vec<PersonId>,
    expected: Option<&[String]>,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let (actor, expected) = (actor.to_owned(), expected.map(<[String]>::to_vec));
    ctx.store
        .decide(move |conn| {
            people::find_organisation(conn, organisation)?.ok_or(Refusal::NotFound)?;
            let before = people::leaders(conn, organisation)?;
            expect_version(expected.as_deref(), &before)?;
            for (place, person) in leaders.iter().enumerate() {
                if people::known(conn, *person)?.is_none_or(|own| own.address().is_none()) {
                    let sentence = "There is no person with this identifier.";
                    return Err(Refusal::field(&format!("leadership[{place}]"), sentence));
                }
            }
            for person in before.iter().map(|own| own.id).filter(|id| !leaders.contains(id)) {
                people::set_leadership(conn, organisation, person, false)?;
                meta::audit(conn, &actor, "leadership taken", &format!("{organisation} {person}"), now)?;
            }
            for person in leaders.iter().filter(|id| before.iter().all(|own| own.id != **id)) {
                people::set_leadership(conn, organisation, *person, true)?;
                meta::audit(conn, &actor, "leadership given", &format!("{organisation} {person}"), now)?;
                seats::tell_of_leader(conn, &actor, organisation, *person, now)?;
            }
            Ok(())
        })
        .await
}

/// Gives or takes the leadership of an organisation.
pub async fn set_leadership(
    ctx: &Context,
    actor: &str,
    organisation: OrganisationId,
    person: PersonId,
    leads: bool,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let actor = actor.to_owned();
    ctx.store
        .decide(move |conn| {
            people::find_organisation(conn, organisation)?.ok_or(Refusal::NotFound)?;
            let known = people::known(conn, person)?.ok_or(Refusal::NotFound)?;
            if leads && known.address().is_none() {
                return Err(Refusal::NotFound);
            }
            let led = people::led_by(conn, person)?.contains(&organisation);
            people::set_leadership(conn, organisation, person, leads)?;
            let act = if leads { "leadership given" } else { "leadership taken" };
            meta::audit(conn, &actor, act, &format!("{organisation} {person}"), now)?;
            if leads && !led {
                seats::tell_of_leader(conn, &actor, organisation, person, now)?;
            }
            Ok(())
        })
        .await
}
