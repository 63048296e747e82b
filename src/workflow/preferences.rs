//! What a respondent wants to be written: behind the link in every survey letter, without an account.
//!
//! Law: looking changes nothing; a choice ends letters, never a link, an invitation or an answer. The managers of the
//! respondent's side are told when somebody wants no letters or says that somebody else should be asked, since else their
//! side would fall silent without a cause that they could see.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Context, Refusal};
use crate::domain::ids::{MemberId, PersonId};
use crate::domain::preference::{SurveyLetters, years_of_good_links};
use crate::secrets::{Key, LinkClaim};
use crate::store::outbox::notices::{self, NewNotice};
use crate::store::partnerships::{self, Member, Partnership, Side};
use crate::store::people::{self, Person};
use crate::store::preferences;
use crate::store::{Conn, StoreError};

/// How long the managers' letter is worth sending.
const TOLD_FOR: TimeDelta = TimeDelta::days(5);

/// What somebody chose for one partnership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Which letters.
    pub letters: SurveyLetters,
    /// Whether somebody else should be asked; then no letters are sent, either.
    pub not_me: bool,
}

/// Everything that the page shows to the one who holds its link.
#[derive(Clone, Debug)]
pub struct Preferences {
    /// Whose they are.
    pub person: Person,
    /// Where the person is asked.
    pub rows: Vec<(Member, Partnership, Side)>,
    /// Whether the person wants the monthly digest; none for somebody who leads no organisation.
    pub digest: Option<bool>,
}

/// What is behind a link; `None` for every link that leads nowhere, whatever the cause: too old, to an address that is not the
/// person's any more, to somebody who was erased, or not made here at all. Each of these takes one look and the same work.
pub async fn open(ctx: &Context, token: &str, now: DateTime<Utc>) -> Result<Option<Preferences>, Refusal> {
    let (key, link) = (ctx.key.clone(), LinkClaim::read(token));
    Ok(ctx.store.read(move |conn| find(conn, &key, &link, now)).await?)
}

fn find(
    conn: &mut Conn,
    key: &Key,
    link: &LinkClaim,
    now: DateTime<Utc>,
) -> Result<Option<Preferences>, StoreError> {
    let person = people::known(conn, PersonId::from_bytes(link.id))?;
    let address = person.as_ref().map_or("nobody", |own| own.email.as_str());
    let made = key.made_mail_token(link, address, &years_of_good_links(now));
    let Some(person) = person.filter(|_| made) else { return Ok(None) };
    let rows = preferences::of_person(conn, person.id)?;
    let leads = !people::led_by(conn, person.id)?.is_empty();
    let digest = if leads { Some(preferences::wants_digest(conn, person.id)?) } else { None };
    Ok(Some(Preferences { person, rows, digest }))
}

/// Keeps what somebody chose; partnerships that are not named stay as they are.
pub async fn choose(
    ctx: &Context,
    person: PersonId,
    choices: BTreeMap<MemberId, Choice>,
    digest: Option<bool>,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    ctx.store
        .decide(move |conn| {
            if let Some(wanted) = digest {
                preferences::set_digest(conn, person, wanted)?;
            }
            for (member, ..) in preferences::of_person(conn, person)? {
                if let Some(choice) = choices.get(&member.id) {
                    keep(conn, &member, *choice, now)?;
                }
            }
            Ok(())
        })
        .await
}

/// Ends the monthly digest of a person: the same, pressed in a digest.
pub async fn stop_digest(ctx: &Context, person: PersonId) -> Result<(), Refusal> {
    Ok(ctx.store.write_tx(move |conn| preferences::set_digest(conn, person, false)).await?)
}

/// Ends all survey letters of a person: what one press in a mail program asks for.
pub async fn stop_all(ctx: &Context, person: PersonId, now: DateTime<Utc>) -> Result<(), Refusal> {
    ctx.store
        .decide(move |conn| {
            for (member, ..) in preferences::of_person(conn, person)? {
                let choice = Choice { letters: SurveyLetters::Nothing, not_me: member.declined_at.is_some() };
                keep(conn, &member, choice, now)?;
            }
            Ok(())
        })
        .await
}

fn keep(conn: &mut Conn, member: &Member, choice: Choice, now: DateTime<Utc>) -> Result<(), StoreError> {
    let letters = if choice.not_me { SurveyLetters::Nothing } else { choice.letters };
    let declined_at = choice.not_me.then(|| member.declined_at.map_or(now, |at| at.and_utc()));
    let newly_declined = choice.not_me && member.declined_at.is_none();
    let newly_silent = letters == SurveyLetters::Nothing && member.letters != letters;
    preferences::set(conn, member.id, letters, declined_at)?;
    if newly_declined || newly_silent {
        tell_managers(conn, member, choice.not_me, now)?;
    }
    Ok(())
}

/// Once a day at most, however often somebody changes their mind.
fn tell_managers(
    conn: &mut Conn,
    member: &Member,
    not_me: bool,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let members = partnerships::members(conn, member.partnership_id)?;
    let managers = members
        .iter()
        .filter(|(own, _)| own.manager && own.side_id == member.side_id && own.person_id != member.person_id);
    let what = if not_me { "not_me" } else { "letters" };
    for (_, manager) in managers {
        let notice = NewNotice {
            natural_key: format!("respondent:{}:{what}:{}:{}", member.id, manager.id, now.date_naive()),
            kind: "respondent",
            person_id: manager.id,
            cycle_id: None,
            reference: member.id.to_string(),
            due_at: now,
            not_after: now + TOLD_FOR,
        };
        notices::insert(conn, &notice, now)?;
    }
    Ok(())
}
