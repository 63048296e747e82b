//! A test of the set-up: the survey letter to oneself, and the form behind its link, as a respondent would get them.
//!
//! Law: nothing of it is stored but the letter. The link names the cadence, the person and its end, and only this server's key
//! makes it; the form is put together from the settings as they are when it is opened, and what is chosen in it stays in the
//! address. So no test can ever be counted.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::save_response::{Asked, Form};
use super::times::zone;
use super::{Context, Refusal};
use crate::domain::comments::comments_from;
use crate::domain::cycle::{CycleState, InvitationState};
use crate::domain::ids::{CadenceId, CycleId, InvitationId, MemberId, PartnershipId, PersonId, SideId};
use crate::domain::mode::Mode;
use crate::secrets::{Key, same};
use crate::store::cadences::{self, Cadence};
use crate::store::cycles::Cycle;
use crate::store::invitations::Invitation;
use crate::store::outbox::notices::{self, NewNotice};
use crate::store::partnerships::{self, Member, Side};
use crate::store::people::{self, Person};
use crate::store::responses::OwnResponse;
use crate::store::{Conn, StoreError, instruments};

/// How long the link of a test works.
const VALID_HOURS: i64 = 24;
/// A person gets at most one test letter in so many seconds.
const EVERY_SECONDS: i64 = 300;

/// The secret in a test's link.
pub(crate) fn token(key: &Key, cadence: CadenceId, person: PersonId, until: DateTime<Utc>) -> String {
    let claim = format!("t-{}-{}-{}", cadence.uuid().simple(), person.uuid().simple(), until.timestamp());
    let proof = key.derive("trial", &claim);
    format!("{claim}-{proof}")
}

/// What a token claims, if this key made it and it has not ended.
fn read(key: &Key, token: &str, now: DateTime<Utc>) -> Option<(CadenceId, PersonId)> {
    let (claim, proof) = token.rsplit_once('-')?;
    if !same(&key.derive("trial", claim), proof) {
        return None;
    }
    let mut parts = claim.strip_prefix("t-")?.split('-');
    let mut id = || Some(Uuid::try_parse(parts.next()?).ok()?.to_string());
    let (cadence, person) = (id()?.parse().ok()?, id()?.parse().ok()?);
    let until: i64 = parts.next()?.parse().ok()?;
    (until > now.timestamp()).then_some((cadence, person))
}

/// The form behind a test's link; none for every other link.
pub async fn open(ctx: &Context, token: &str, now: DateTime<Utc>) -> Result<Option<Form>, Refusal> {
    let Some((cadence, person)) = read(&ctx.key, token, now) else { return Ok(None) };
    let read = move |conn: &mut Conn| {
        let Some(person) = people::find(conn, person)? else { return Ok(None) };
        form(conn, cadence, person, now)
    };
    Ok(ctx.store.read::<_, StoreError, _>(read).await?)
}

/// The form as it would be if the next check opened now; none where the cadence or its partnership is gone.
pub(super) fn form(
    conn: &mut Conn,
    cadence: CadenceId,
    person: Person,
    now: DateTime<Utc>,
) -> Result<Option<Form>, StoreError> {
    let Some(cadence) = cadences::find(conn, cadence)? else { return Ok(None) };
    let Some(partnership) = partnerships::find(conn, cadence.partnership_id)? else { return Ok(None) };
    let Some(instrument) = instruments::latest(conn, &cadence.instrument_id)? else { return Ok(None) };
    let sides = partnerships::sides(conn, partnership.id)?;
    let members = partnerships::members(conn, partnership.id)?;
    let Some(side_id) = side_of(&sides, &members, person.id) else { return Ok(None) };
    let invited = members.iter().filter(|(own, _)| own.side_id == Some(side_id) && own.respondent).count();
    let least = usize::try_from(comments_from(cadence.mode, cadence.floor_k)).unwrap_or(usize::MAX);
    let asks_comment = cadence.comments
        && instrument.closing_question.is_some()
        && (cadence.mode == Mode::Named || invited >= least);
    let cycle = next_cycle(&cadence, &partnership.zone, instrument.version, now);
    let invitation = Invitation {
        id: InvitationId::mint_random(),
        cycle_id: cycle.id,
        member_id: MemberId::mint_random(),
        person_id: person.id,
        side_id,
        salt: None,
        state: InvitationState::Open,
        handed_hash: None,
    };
    let response = OwnResponse::default();
    let asked = Arc::new(Asked { partnership, sides, instrument: Arc::new(instrument), asks_comment });
    Ok(Some(Form { asked, cycle, invitation, person, response }))
}

/// The person's own side, or the first one for somebody who stands on none.
fn side_of(sides: &[Side], members: &[(Member, Person)], person: PersonId) -> Option<SideId> {
    let own = members.iter().find(|(_, known)| known.id == person).and_then(|(member, _)| member.side_id);
    own.or_else(|| sides.first().map(|side| side.id))
}

/// The next cycle of a cadence, as if it were open already.
fn next_cycle(cadence: &Cadence, zone_name: &str, version: u32, now: DateTime<Utc>) -> Cycle {
    let window = cadence.rule.next(zone(zone_name), now);
    Cycle {
        id: CycleId::mint_random(),
        partnership_id: cadence.partnership_id,
        instrument_id: cadence.instrument_id.clone(),
        instrument_version: i32::try_from(version).unwrap_or_default(),
        period: window.period_key,
        origin: "scheduled".to_owned(),
        mode: cadence.mode,
        floor_k: i32::try_from(cadence.floor_k).unwrap_or_default(),
        opens_at: now.naive_utc(),
        closes_at: window.closes.naive_utc(),
        state: CycleState::Open,
        reason: None,
        closed_at: None,
        rebaseline: false,
        comments: cadence.comments,
        keep_months: None,
    }
}

/// Sends the survey letter of a cadence to the one who asks for it, marked as a test.
///
/// # Errors
/// No such cadence in this partnership; too soon after the last one.
pub async fn send(
    ctx: &Context,
    partnership: PartnershipId,
    cadence: CadenceId,
    person: PersonId,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let turn = now.timestamp().div_euclid(EVERY_SECONDS);
    let notice = NewNotice {
        natural_key: format!("trial:{person}:{turn}"),
        kind: "trial",
        person_id: person,
        cycle_id: None,
        reference: cadence.to_string(),
        due_at: now,
        not_after: now + TimeDelta::hours(VALID_HOURS),
    };
    ctx.store
        .write_tx(move |conn| {
            let own = cadences::find(conn, cadence)?.filter(|own| own.partnership_id == partnership);
            own.ok_or(Refusal::NotFound)?;
            if notices::insert(conn, &notice, now)? {
                return Ok(());
            }
            Err(Refusal::State(
                "A test mail left for you a moment ago. At most one leaves in five minutes; wait, then ask again."
                    .to_owned(),
            ))
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_names_its_cadence_and_person_until_it_ends_and_nobody_else_makes_one() {
        let (key, other) = (Key::generate(), Key::generate());
        let now: DateTime<Utc> = "2026-08-03T08:00:00Z".parse().unwrap();
        let (cadence, person) = (CadenceId::mint_random(), PersonId::mint_random());
        let own = token(&key, cadence, person, now + TimeDelta::hours(1));
        assert_eq!(read(&key, &own, now), Some((cadence, person)));
        assert_eq!(read(&key, &own, now + TimeDelta::hours(1)), None, "it has ended");
        assert_eq!(read(&other, &own, now), None, "another key");
        for bad in ["", "t", "t-", "t-a-b-c-d", &own[1..], &format!("{own}x"), &own.to_uppercase()] {
            assert_eq!(read(&key, bad, now), None, "{bad}");
        }
    }
}
