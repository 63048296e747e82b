//! The survey letter: at most one per person and local day, with every round that waits for an answer.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, TimeDelta, Utc};

use super::super::Context;
use super::super::times::{in_zone, zone};
use super::{Bundle, Composition, reader};
use crate::domain::cadence::local_instant;
use crate::domain::cycle::InvitationState;
use crate::domain::ids::{InvitationId, MemberId};
use crate::domain::preference::SurveyLetters;
use crate::mail::{Line, Mail, Placeholder, Survey, SurveyRound};
use crate::store::cycles::Cycle;
use crate::store::invitations::{self, Invitation};
use crate::store::outbox::letters;
use crate::store::outbox::notices::Notice;
use crate::store::people::Person;
use crate::store::{Conn, StoreError, instruments, partnerships};

pub(super) fn compose(
    conn: &mut Conn,
    ctx: &Context,
    person: &Person,
    due: &[Notice],
    now: DateTime<Utc>,
) -> Result<Composition, StoreError> {
    let open = invitations::open_of(conn, person.id, now)?;
    let chosen: BTreeMap<MemberId, SurveyLetters> =
        partnerships::memberships(conn, person.id)?.into_iter().map(|own| (own.id, own.letters)).collect();
    let choice = |own: &Invitation| chosen.get(&own.member_id).copied().unwrap_or(SurveyLetters::All);
    let takes = |own: &Invitation, reminder: bool| {
        if reminder { choice(own).takes_reminders() } else { choice(own).takes_invitations() }
    };
    let waits = |notice: &Notice| {
        open.iter().any(|(own, _)| {
            own.id.to_string() == notice.reference
                && own.state == InvitationState::Open
                && takes(own, notice.kind == "remind")
        })
    };
    let (live, moot): (Vec<&Notice>, Vec<&Notice>) = due.iter().partition(|n| waits(n));
    let moot = moot.into_iter().map(|n| n.id).collect();
    let Some(soonest) = live.iter().map(|n| n.not_after.and_utc()).min() else {
        return Ok(Composition { moot, ..Composition::default() });
    };
    let ids = live.iter().map(|n| n.id).collect();
    let mut group_key = key_of_today(person, now);
    if had_survey_letter(conn, person, now)? {
        let tomorrow = tomorrow(person, now);
        if tomorrow < soonest {
            return Ok(Composition { bundle: None, moot, postpone: Some((ids, tomorrow)) });
        }
        // Tomorrow would be too late for a round: the rule of one letter a day gives way.
        group_key = format!("{group_key}:{}", live[0].id);
    }
    let reminded: BTreeSet<String> =
        live.iter().filter(|n| n.kind == "remind").map(|n| n.reference.clone()).collect();
    let invited: BTreeSet<String> =
        live.iter().filter(|n| n.kind == "invite").map(|n| n.reference.clone()).collect();
    let is_reminder = |id: InvitationId| {
        // A round that no notice of today is about was announced by an earlier letter.
        reminded.contains(&id.to_string()) || !invited.contains(&id.to_string())
    };
    let mut rounds = Vec::new();
    let mut names = BTreeSet::new();
    for (invitation, cycle) in open.iter().filter(|(own, _)| own.state == InvitationState::Open) {
        if !takes(invitation, is_reminder(invitation.id)) {
            continue;
        }
        let (round, partnership) =
            round(conn, ctx, person, invitation, cycle, is_reminder(invitation.id), now)?;
        names.insert(partnership);
        rounds.push(round);
    }
    let bundle = Bundle {
        group_key,
        kind: "survey",
        from_name: match names.iter().next() {
            Some(only) if names.len() == 1 => only.clone(),
            _ => ctx.settings.instance.operator.clone(),
        },
        reply_to: reply_to(conn, person, &open)?,
        mail: Mail::Survey(Survey {
            reader: reader(person),
            rounds,
            letters: Some(Placeholder::letters(&person.id.to_string())),
        }),
        notices: ids,
        not_after: soonest,
    };
    Ok(Composition { bundle: Some(bundle), moot, postpone: None })
}

fn key_of_today(person: &Person, now: DateTime<Utc>) -> String {
    let day = now.with_timezone(&zone(&person.zone)).date_naive();
    format!("survey:{}:{day}", person.id)
}

/// Whether a person had their survey letter of this local day.
pub(in crate::workflow) fn had_survey_letter(
    conn: &mut Conn,
    person: &Person,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    letters::exists(conn, &key_of_today(person, now))
}

/// The same local time on the next day.
pub(in crate::workflow) fn tomorrow(person: &Person, now: DateTime<Utc>) -> DateTime<Utc> {
    let tz = zone(&person.zone);
    let local = now.with_timezone(&tz).naive_local();
    let date = local.date().checked_add_days(Days::new(1)).unwrap_or(local.date());
    local_instant(tz, date, local.time())
}

fn round(
    conn: &mut Conn,
    ctx: &Context,
    person: &Person,
    invitation: &Invitation,
    cycle: &Cycle,
    reminder: bool,
    now: DateTime<Utc>,
) -> Result<(SurveyRound, String), StoreError> {
    let gone = |what: &str| StoreError::unreadable("a cycle", format!("its {what} is gone"));
    let partnership = partnerships::find(conn, cycle.partnership_id)?.ok_or_else(|| gone("partnership"))?;
    let instrument =
        instruments::find(conn, &cycle.instrument_id, cycle.version())?.ok_or_else(|| gone("instrument"))?;
    let closes = cycle.closes_at.and_utc();
    let round = SurveyRound {
        partnership: Line::new(&partnership.name),
        period: Line::new(&cycle.period),
        title: Line::new(&instrument.title),
        closes: Line::new(&in_zone(closes, zone(&person.zone), now)),
        questions: u32::try_from(instrument.indicators.len()).unwrap_or(u32::MAX),
        minutes: instrument.minutes,
        mode_sentence: Line::new(&partnership.who_sees_what(
            cycle.mode,
            &ctx.settings.instance.operator,
            cycle.floor(),
        )),
        // Nothing in a letter tells what was answered: what is saved stands on the form only.
        saved: None,
        reminder,
        trial: false,
        last_day: closes - now <= TimeDelta::hours(24),
        link: Placeholder::survey(&invitation.id.to_string()),
        announcement: Line::new(""),
    };
    Ok((round, partnership.name))
}

/// The manager of the reader's own side, if all rounds of the letter have the same one and it is somebody else.
fn reply_to(
    conn: &mut Conn,
    person: &Person,
    open: &[(Invitation, Cycle)],
) -> Result<Option<String>, StoreError> {
    let mut addresses = BTreeSet::new();
    for (invitation, cycle) in open {
        let managers = partnerships::managers(conn, cycle.partnership_id)?;
        let own = managers.into_iter().find(|(m, _)| m.side_id == Some(invitation.side_id));
        addresses.insert(own.map(|(_, p)| p.email));
    }
    match addresses.pop_first() {
        Some(Some(only)) if addresses.is_empty() && only != person.email => Ok(Some(only)),
        _ => Ok(None),
    }
}
