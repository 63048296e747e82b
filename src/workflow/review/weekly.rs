//! The weekly letter about actions: on Monday morning, to whoever has one that is due within the week or overdue.
//!
//! Law: one letter a person and week, however many actions. An action whose side has named nobody is told to the managers
//! of that side. Called by the clockwork; what a letter lists is looked up when it is composed.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

use super::super::times::{MORNING, zone};
use super::super::{Context, Look, Refusal, once};
use crate::domain::cadence::local_instant;
use crate::domain::ids::PersonId;
use crate::store::outbox::notices::NewNotice;
use crate::store::people::Person;
use crate::store::reviews::Action;
use crate::store::{Conn, StoreError, partnerships, people, reviews};

/// An action is told of so many days before it is due.
const AHEAD: Days = Days::new(7);
/// The letter is worth sending this long: until Thursday.
const WORTH: TimeDelta = TimeDelta::days(3);

/// Writes the notices of this week that are not written yet.
pub async fn remind_weekly(ctx: &Context, now: DateTime<Utc>) -> Result<Look, Refusal> {
    let due = ctx.store.read(move |conn| missing(conn, now)).await?;
    once::write(ctx, due, now).await
}

/// When the next weekly letter is due to anybody; none while there is no action that it would tell of.
pub fn next_weekly(conn: &mut Conn, after: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError> {
    let next = |person: &Person| {
        let tz = zone(&person.zone);
        let this = monday(tz, after);
        let at = local_instant(tz, this, MORNING);
        if at > after { at } else { local_instant(tz, this.checked_add_days(AHEAD).unwrap_or(this), MORNING) }
    };
    let mut earliest: Option<DateTime<Utc>> = None;
    // Whatever is due within a week of the next Monday is due within two weeks from now.
    for (person, actions) in concerned(conn, after + TimeDelta::days(8))? {
        let at = next(&person);
        let told = at.with_timezone(&zone(&person.zone)).date_naive().checked_add_days(AHEAD);
        if actions.iter().any(|own| Some(own.due_on) <= told) {
            earliest = Some(earliest.map_or(at, |known| known.min(at)));
        }
    }
    Ok(earliest)
}

/// The actions that a person's letter of an instant tells of: theirs, and those of their sides that nobody does yet.
pub fn weekly_of(conn: &mut Conn, person: PersonId, now: DateTime<Utc>) -> Result<Vec<Action>, StoreError> {
    Ok(concerned(conn, now)?.into_iter().find(|(own, _)| own.id == person).map_or_else(Vec::new, |own| own.1))
}

/// Everybody with actions due within a week of an instant.
fn concerned(conn: &mut Conn, at: DateTime<Utc>) -> Result<Vec<(Person, Vec<Action>)>, StoreError> {
    // A day more than any zone needs; each person's own day decides below.
    let until = at.date_naive().checked_add_days(AHEAD).and_then(|day| day.succ_opt());
    let soon = reviews::actions_due(conn, until.unwrap_or_else(|| at.date_naive()))?;
    let mut of: BTreeMap<PersonId, Vec<Action>> = BTreeMap::new();
    let mut managers = BTreeMap::new();
    for action in soon {
        let readers: BTreeSet<PersonId> = if let Some(owner) = action.owner_id {
            BTreeSet::from([owner])
        } else {
            let known = match managers.entry(action.partnership_id) {
                Entry::Occupied(own) => own.into_mut(),
                Entry::Vacant(own) => own.insert(partnerships::managers(conn, action.partnership_id)?),
            };
            let own = known.iter().filter(|(member, _)| member.side_id == Some(action.side_id));
            own.map(|(_, person)| person.id).collect()
        };
        for reader in readers {
            of.entry(reader).or_default().push(action.clone());
        }
    }
    let ids: Vec<PersonId> = of.keys().copied().collect();
    let mut found = Vec::new();
    for person in people::find_many(conn, &ids)? {
        let today = at.with_timezone(&zone(&person.zone)).date_naive();
        let until = today.checked_add_days(AHEAD).unwrap_or(today);
        let mut own = of.remove(&person.id).unwrap_or_default();
        own.retain(|action| action.due_on <= until);
        if !own.is_empty() {
            found.push((person, own));
        }
    }
    Ok(found)
}

fn missing(conn: &mut Conn, now: DateTime<Utc>) -> Result<Vec<NewNotice>, StoreError> {
    let mut due = Vec::new();
    for (person, _) in concerned(conn, now)? {
        let tz = zone(&person.zone);
        let monday = monday(tz, now);
        let due_at = local_instant(tz, monday, MORNING);
        if !(due_at..due_at + WORTH).contains(&now) {
            continue;
        }
        due.push(NewNotice {
            natural_key: format!("actions:{}:{monday}", person.id),
            kind: "actions",
            person_id: person.id,
            cycle_id: None,
            reference: String::new(),
            due_at,
            not_after: due_at + WORTH,
        });
    }
    once::unknown(conn, due)
}

/// The Monday of the week, by the clock of a zone.
fn monday(tz: Tz, at: DateTime<Utc>) -> NaiveDate {
    let today = at.with_timezone(&tz).date_naive();
    today.checked_sub_days(Days::new(today.weekday().num_days_from_monday().into())).unwrap_or(today)
}
