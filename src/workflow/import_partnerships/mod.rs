//! Many partnerships from one file: sides, people and cadence, one row for each member.
//!
//! Law: the whole file happens or nothing of it. What needs no database is checked first; what does is checked again in
//! the transaction that writes. The same file again changes nothing. Called by the command line, the interface and the
//! set-up page.

mod compare;
mod read;

pub use read::{House, parse};

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};

use self::compare::same;
use super::members::{self, MembersPlan};
use super::set_up::{CadenceInput, Fields, PartnershipInput, SideInput, insert_partnership, write_cadence};
use super::{ActsFor, Context, Refusal, sheet};
use crate::domain::ids::OrganisationId;
use crate::domain::label::is_address;
use crate::domain::partnership::PartnershipState;
use crate::store::people::{self, PersonDraft};
use crate::store::{Conn, StoreError, instruments, meta, partnerships};

/// What happened, or would happen, to one partnership of the file.
#[derive(Clone, Debug)]
pub struct HouseChange {
    /// The line that names it first.
    pub line: u64,
    /// Its name.
    pub name: String,
    /// Whether it is new; else the same stands here already.
    pub added: bool,
    /// The same in words.
    pub what: String,
}

/// What a file did, or would do.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    /// One for each partnership, in their order.
    pub rows: Vec<HouseChange>,
    /// People who were added.
    pub people_added: usize,
    /// Organisations that were added.
    pub organisations_added: usize,
}

impl Imported {
    /// The numbers in one sentence.
    pub fn summary(&self) -> String {
        let added = self.rows.iter().filter(|row| row.added).count();
        format!(
            "Partnerships: {added} added, {} unchanged. People added: {}. Organisations added: {}.",
            self.rows.len() - added,
            self.people_added,
            self.organisations_added
        )
    }
}

/// What becomes of one partnership of the file.
enum Fate {
    /// It is here already.
    Stays,
    /// It is added, with this cadence.
    Added(Option<CadenceInput>),
}

/// What a file needs that is not here yet.
struct Plan {
    zone: String,
    fates: Vec<Fate>,
    people: Vec<PersonDraft>,
    organisations: Vec<String>,
    outcome: Imported,
}

/// Shows what a file would do.
pub async fn preview(ctx: &Context, houses: Vec<House>) -> Result<Imported, Refusal> {
    let zone = ctx.settings.instance.zone.clone();
    ctx.store.read(move |conn| Ok(plan(conn, &houses, zone)?.outcome)).await
}

/// Does what a file says. `progress` is told how many of how many partnerships are written.
pub async fn carry_out(
    ctx: &Context,
    actor: &str,
    houses: Vec<House>,
    now: DateTime<Utc>,
    progress: impl Fn(usize, usize) + Send + 'static,
) -> Result<Imported, Refusal> {
    let (actor, zone) = (actor.to_owned(), ctx.settings.instance.zone.clone());
    ctx.store
        .decide(move |conn| {
            let plan = plan(conn, &houses, zone)?;
            write(conn, &actor, &houses, &plan, now, &progress)?;
            Ok(plan.outcome)
        })
        .await
}

fn plan(conn: &mut Conn, houses: &[House], zone: String) -> Result<Plan, Refusal> {
    let mut plan = Plan {
        zone,
        fates: Vec::new(),
        people: Vec::new(),
        organisations: Vec::new(),
        outcome: Imported::default(),
    };
    let mut fields = Fields::default();
    let known = instruments::list(conn)?;
    let titles: HashMap<&str, &str> = known.iter().map(|i| (i.id.as_str(), i.title.as_str())).collect();
    let usual = known.iter().find(|i| i.primary).map(|i| i.id.as_str());
    let names: Vec<String> = houses.iter().map(|house| house.name.clone()).collect();
    let stored = partnerships::named(conn, &names)?;
    for house in houses {
        let instrument = house.instrument(usual);
        let mut twins = stored.iter().filter(|own| own.name == house.name).peekable();
        if twins.peek().is_some() {
            let is_same = twins.try_fold(false, |any, own| {
                Ok::<_, StoreError>(any || same(conn, own, house, instrument)?)
            })?;
            if !is_same {
                let sentence = "There is a partnership of this name, and it is not the same. Change it where it is, \
                                or give this one another name.";
                fields.refuse(&house.path("partnership"), sentence);
            }
            plan.keep(house);
            continue;
        }
        let cadence = house.cadence(instrument, &titles, &mut fields)?;
        plan.add(house, cadence, &titles);
    }
    plan.find_people(conn, houses, &mut fields)?;
    plan.find_organisations(conn, houses)?;
    sheet::finish(fields)?;
    Ok(plan)
}

impl House {
    fn path(&self, column: &str) -> String {
        members::Place::Line(self.line).path(column)
    }

    /// The instrument of the cadence that the file asks for; the usual one where it names none.
    fn instrument<'a>(&'a self, usual: Option<&'a str>) -> Option<&'a str> {
        self.cadence.as_ref().and_then(|own| own.instrument.as_deref().or(usual))
    }

    fn cadence(
        &self,
        instrument: Option<&str>,
        titles: &HashMap<&str, &str>,
        fields: &mut Fields,
    ) -> Result<Option<CadenceInput>, Refusal> {
        let Some(wanted) = &self.cadence else { return Ok(None) };
        let path = members::Place::Line(wanted.line);
        let Some(instrument) = instrument.filter(|id| titles.contains_key(id)) else {
            let mut ids: Vec<&str> = titles.keys().copied().collect();
            ids.sort_unstable();
            let sentence = format!("There is no such instrument; the instruments are {}.", ids.join(", "));
            fields.refuse(&path.path("instrument"), sentence);
            return Ok(None);
        };
        let input = CadenceInput {
            instrument_id: instrument.to_owned(),
            rule: wanted.rule(),
            mode: wanted.mode,
            floor_k: None,
            active: true,
            keep_months: None,
            comments: None,
        };
        match input.check() {
            Ok(_) => Ok(Some(input)),
            Err(Refusal::Fields(found)) => {
                for own in found {
                    fields.refuse(&path.path(&own.field), own.sentence);
                }
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }
}

impl Plan {
    fn keep(&mut self, house: &House) {
        let what = "The same partnership is here already.".to_owned();
        self.outcome.rows.push(HouseChange {
            line: house.line,
            name: house.name.clone(),
            added: false,
            what,
        });
        self.fates.push(Fate::Stays);
    }

    fn add(&mut self, house: &House, cadence: Option<CadenceInput>, titles: &HashMap<&str, &str>) {
        let sides: Vec<&str> = house.sides.iter().map(|(name, _)| name.as_str()).collect();
        let checked = match &cadence {
            Some(own) => {
                let title = titles.get(own.instrument_id.as_str()).copied().unwrap_or_default();
                format!("{title}, {}, {} mode", own.rule.frequency, own.mode)
            }
            None => "no cadence".to_owned(),
        };
        let members = members_in_words(house.members.len());
        let what = format!("sides {}; {members}; {checked}", sides.join(", "));
        self.outcome.rows.push(HouseChange { line: house.line, name: house.name.clone(), added: true, what });
        self.fates.push(Fate::Added(cadence));
    }

    /// Finds who is not here yet; the name may stand in any row of the person.
    fn find_people(&mut self, conn: &mut Conn, houses: &[House], fields: &mut Fields) -> Result<(), Refusal> {
        // Whoever is known by a label is known to one partnership only, and is added with its members.
        let all = || houses.iter().flat_map(|house| house.members.iter().map(move |(own, _)| (house, own)));
        let entries = || all().filter(|(_, own)| is_address(&own.email));
        let mut names: HashMap<&str, &str> = HashMap::new();
        for (_, own) in entries() {
            if let Some(name) = &own.name {
                names.entry(&own.email).or_insert(name);
            }
        }
        let mut emails: Vec<String> = entries().map(|(_, own)| own.email.clone()).collect();
        emails.sort_unstable();
        emails.dedup();
        let mut known: HashSet<String> =
            people::find_by_emails(conn, &emails)?.into_iter().map(|own| own.email).collect();
        for (house, own) in entries() {
            if !known.insert(own.email.clone()) {
                continue;
            }
            let Some(name) = names.get(own.email.as_str()) else {
                let sentence = "Nobody here has this address yet; give the name too.";
                fields.refuse(&own.place.path("name"), sentence);
                continue;
            };
            self.people.push(PersonDraft {
                email: own.email.clone(),
                name: (*name).to_owned(),
                zone: house.zone.clone().unwrap_or_else(|| self.zone.clone()),
                administrator: false,
            });
        }
        let new = houses.iter().zip(&self.fates).filter(|(_, fate)| matches!(fate, Fate::Added(_)));
        let labels = new.flat_map(|(house, _)| &house.members).filter(|(own, _)| !is_address(&own.email));
        self.outcome.people_added = self.people.len() + labels.count();
        Ok(())
    }

    fn find_organisations(&mut self, conn: &mut Conn, houses: &[House]) -> Result<(), Refusal> {
        let named = houses.iter().flat_map(|house| house.sides.iter().filter_map(|(_, own)| own.clone()));
        let mut wanted: Vec<String> = named.collect();
        wanted.sort_unstable();
        wanted.dedup();
        let known = people::organisations_named(conn, &wanted)?;
        wanted.retain(|name| known.iter().all(|own| own.name != *name));
        self.outcome.organisations_added = wanted.len();
        self.organisations = wanted;
        Ok(())
    }
}

fn members_in_words(n: usize) -> String {
    format!("{n} {}", if n == 1 { "member" } else { "members" })
}

fn write(
    conn: &mut Conn,
    actor: &str,
    houses: &[House],
    plan: &Plan,
    now: DateTime<Utc>,
    progress: &impl Fn(usize, usize),
) -> Result<(), Refusal> {
    for name in &plan.organisations {
        let id = people::insert_organisation(conn, name, now).map_err(changed_meanwhile)?;
        meta::audit(conn, actor, "organisation added", &id.to_string(), now)?;
    }
    let added = people::insert_all(conn, &plan.people, now).map_err(changed_meanwhile)?;
    let added: Vec<String> = added.iter().map(ToString::to_string).collect();
    meta::audit_all(conn, actor, "person added", &added, now)?;
    let named = houses.iter().flat_map(|house| house.sides.iter().filter_map(|(_, own)| own.clone()));
    let organisations = people::organisations_named(conn, &named.collect::<Vec<_>>())?;
    let ids: HashMap<&str, OrganisationId> =
        organisations.iter().map(|own| (own.name.as_str(), own.id)).collect();
    for (done, (house, fate)) in houses.iter().zip(&plan.fates).enumerate() {
        if let Fate::Added(cadence) = fate {
            write_house(conn, actor, house, (cadence.as_ref(), &plan.zone, &ids), now)?;
        }
        progress(done + 1, houses.len());
    }
    Ok(())
}

fn write_house(
    conn: &mut Conn,
    actor: &str,
    house: &House,
    (cadence, zone, organisations): (Option<&CadenceInput>, &str, &HashMap<&str, OrganisationId>),
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let side = |(name, organisation): &(String, Option<String>)| SideInput {
        name: name.clone(),
        organisation: organisation.as_deref().and_then(|name| organisations.get(name).copied()),
    };
    let input = PartnershipInput {
        name: house.name.clone(),
        zone: house.zone.clone().unwrap_or_else(|| zone.to_owned()),
        sides: house.sides.iter().map(side).collect(),
    };
    let (id, sides) = insert_partnership(conn, actor, &input, PartnershipState::Active, now)?;
    let entries = house.members.iter().map(|(entry, side)| {
        let side = side.and_then(|place| sides.get(place).copied());
        let mut entry = members::Entry { side, ..entry.clone() };
        entry.stand_on(&side.map(|own| own.to_string()).unwrap_or_default());
        entry
    });
    let plan = MembersPlan::adding(id, ActsFor::Whole, entries.collect());
    members::apply(conn, actor, &plan, now)?;
    if let Some(cadence) = cadence {
        write_cadence(conn, actor, id, cadence, now)?;
    }
    Ok(())
}

/// Somebody else added the same person or organisation at this moment.
fn changed_meanwhile(error: StoreError) -> Refusal {
    match error {
        StoreError::Conflict(_) => Refusal::Changed,
        other => other.into(),
    }
}
