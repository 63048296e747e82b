//! Opening one cycle: its row, an invitation with a secret link for every respondent, and the notices that tell of it.
//!
//! Cycles of a cadence and ad-hoc ones are opened by this one piece of code.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::handout;
use super::times::zone;
use crate::domain::cadence::{self, Window};
use crate::domain::cycle::CycleState;
use crate::domain::ids::{CycleId, InvitationId, MemberId, PersonId, SideId};
use crate::domain::instrument::Instrument;
use crate::secrets::{self, Key};
use crate::store::cycles::{self, NewCycle};
use crate::store::invitations::{self, Invitation, NewInvitation};
use crate::store::outbox::notices::{self, NewNotice};
use crate::store::partnerships::{self, Member, Partnership, Side};
use crate::store::people::Person;
use crate::store::{Conn, StoreError, handed, instruments};

/// Who takes part in a round, and what is asked.
pub(super) struct Round {
    pub partnership: Partnership,
    pub instrument: Instrument,
    pub sides: Vec<Side>,
    pub respondents: Vec<(Member, Person)>,
}

impl Round {
    /// Reads it; `None` when there is no such instrument.
    pub fn load(
        conn: &mut Conn,
        partnership: Partnership,
        instrument: &str,
    ) -> Result<Option<Self>, StoreError> {
        let Some(instrument) = instruments::latest(conn, instrument)? else { return Ok(None) };
        let sides = partnerships::sides(conn, partnership.id)?;
        let members = partnerships::members(conn, partnership.id)?;
        let respondents = members.into_iter().filter(|(m, _)| m.respondent).collect();
        Ok(Some(Self { partnership, instrument, sides, respondents }))
    }

    /// How many of each side would be invited.
    pub fn counts(&self) -> Vec<(&str, u32)> {
        let invited = |side: SideId| self.respondents.iter().filter(|(m, _)| m.side_id == Some(side)).count();
        let count = |side: &Side| u32::try_from(invited(side.id)).unwrap_or(u32::MAX);
        self.sides.iter().map(|side| (side.name.as_str(), count(side))).collect()
    }

    /// Makes the cycle and, when it opens, invites; `None` when its period exists or it does not open.
    pub fn open(
        &self,
        conn: &mut Conn,
        key: &Key,
        new: &NewCycle,
        now: DateTime<Utc>,
    ) -> Result<Option<CycleId>, StoreError> {
        let Some(cycle) = cycles::insert(conn, new, now)? else { return Ok(None) };
        if new.state != CycleState::Open {
            return Ok(None);
        }
        let telling = Telling { cycle, window: new.window, zone: zone(&self.partnership.zone) };
        for (member, person) in &self.respondents {
            if let Some(side) = member.side_id {
                telling.invite(conn, key, (member.id, person, side), now)?;
            }
        }
        if self.respondents.iter().any(|(_, person)| person.address().is_none()) {
            handout::announce(conn, self.partnership.id, &telling, now)?;
        }
        Ok(Some(cycle))
    }
}

/// Survey letters help nobody in the last hour.
pub(super) fn letters_until(closes: DateTime<Utc>) -> DateTime<Utc> {
    closes - TimeDelta::hours(1)
}

/// What the respondents of one cycle are told, and when.
pub(super) struct Telling {
    pub cycle: CycleId,
    pub window: (DateTime<Utc>, DateTime<Utc>),
    /// The partnership's.
    pub zone: Tz,
}

impl Telling {
    /// The times of the reminders, in order.
    pub fn reminders(&self) -> Vec<DateTime<Utc>> {
        let window = Window { period_key: String::new(), opens: self.window.0, closes: self.window.1 };
        cadence::reminders(&window, self.zone)
    }

    /// A notice about an invitation of this cycle.
    pub fn notice(
        &self,
        natural_key: String,
        kind: &'static str,
        person_id: PersonId,
        invitation: InvitationId,
        due_at: DateTime<Utc>,
    ) -> NewNotice {
        NewNotice {
            natural_key,
            kind,
            person_id,
            cycle_id: Some(self.cycle),
            reference: invitation.to_string(),
            due_at,
            not_after: letters_until(self.window.1),
        }
    }

    /// Invites somebody again whose invitation was taken back: with another link, as if for the first time.
    pub fn invite_again(
        &self,
        conn: &mut Conn,
        key: &Key,
        (invitation, side): (&Invitation, SideId),
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let salt = secrets::random_token();
        let hash = secrets::digest(key.survey_token(&salt));
        if !invitations::reopen(conn, invitation.id, side, &salt, &hash)? {
            return Ok(());
        }
        let (person, member, mark) = (invitation.person_id, invitation.member_id, &hash[..12]);
        let handed = handout::link_for(conn, key, person)?;
        let by_hand = handed.is_some();
        handed::hand_again(conn, invitation.id, handed)?;
        if by_hand {
            return Ok(());
        }
        let invite = format!("invite:{}:{member}:{mark}", self.cycle);
        notices::insert(conn, &self.notice(invite, "invite", person, invitation.id, now), now)?;
        for (number, at) in (1..).zip(self.reminders()).filter(|(_, at)| *at > now) {
            let remind = format!("remind:{}:{member}:{number}:{mark}", self.cycle);
            notices::insert(conn, &self.notice(remind, "remind", person, invitation.id, at), now)?;
        }
        Ok(())
    }

    /// Invites one member: a link of their own, the invitation, and the reminders that are still to come. Whoever has no address
    /// gets no letter: their side hands out the link.
    pub fn invite(
        &self,
        conn: &mut Conn,
        key: &Key,
        (member, person, side): (MemberId, &Person, SideId),
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let salt = secrets::random_token();
        let (person, handed) = (person.id, person.address().is_none().then(|| handout::fresh_salt(key)));
        let by_hand = handed.is_some();
        let invitation = NewInvitation {
            id: InvitationId::mint_random(),
            member_id: member,
            person_id: person,
            side_id: side,
            token_hash: secrets::digest(key.survey_token(&salt)),
            salt,
            handed,
        };
        invitations::insert(conn, self.cycle, &invitation, now)?;
        if by_hand {
            return Ok(());
        }
        let invite = format!("invite:{}:{member}", self.cycle);
        notices::insert(conn, &self.notice(invite, "invite", person, invitation.id, self.window.0), now)?;
        for (number, at) in (1..).zip(self.reminders()) {
            let remind = format!("remind:{}:{member}:{number}", self.cycle);
            notices::insert(conn, &self.notice(remind, "remind", person, invitation.id, at), now)?;
        }
        Ok(())
    }
}
