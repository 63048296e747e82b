//! Adding somebody by e-mail address: who is here is found, who is not is added in the same transaction.

use chrono::{DateTime, Utc};

use super::super::members::{NEEDS_ADDRESS, RESPONDENT};
use super::super::succession::{Managed, settle_and_tell};
use super::super::{handout, seats};
use super::partnership::check_member;
use super::{Context, PersonInput, Refusal, parse_person};
use crate::domain::ids::{OrganisationId, PartnershipId, PersonId, SideId};
use crate::domain::label::{clean_label, label_key};
use crate::domain::partnership::{EmailAddress, MemberRoles};
use crate::store::people::PersonDraft;
use crate::store::{Conn, meta, partnerships, people};

/// A member as typed, by address.
#[derive(Clone, Debug, Default)]
pub struct NewMember {
    /// The address of the person; empty for a respondent who is known by a label, which is then the name.
    pub email: String,
    /// The name; needed only when nobody here has the address.
    pub name: String,
    /// The side; none for a facilitator.
    pub side: Option<SideId>,
    /// What the member does.
    pub roles: MemberRoles,
}

impl NewMember {
    fn is_label(&self) -> bool {
        self.email.trim().is_empty() && !self.name.trim().is_empty()
    }

    fn find_or_add_label(
        &self,
        conn: &mut Conn,
        actor: &str,
        side: SideId,
        zone: &str,
        now: DateTime<Utc>,
    ) -> Result<PersonId, Refusal> {
        let label = clean_label(&self.name).map_err(|e| Refusal::field("name", e))?;
        if self.roles != RESPONDENT {
            return Err(Refusal::field("email", NEEDS_ADDRESS));
        }
        let key = label_key(side, &label);
        if let Some(person) = people::find_by_email(conn, &key)? {
            return Ok(person.id);
        }
        let draft = PersonDraft { email: key, name: label, zone: zone.to_owned(), administrator: false };
        let id = people::insert(conn, &draft, now)?;
        meta::audit(conn, actor, "person added", &id.to_string(), now)?;
        Ok(id)
    }
}

/// Adds a member by address, and the person when nobody here has it. A membership that had ended is taken up again.
///
/// # Errors
/// Fields `email`, `name` or `roles`; nothing is there when the partnership is not.
pub async fn add_member_by_address(
    ctx: &Context,
    actor: &str,
    partnership: PartnershipId,
    input: NewMember,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let actor = actor.to_owned();
    ctx.store
        .decide(move |conn| {
            let found = partnerships::find(conn, partnership)?.ok_or(Refusal::NotFound)?;
            check_member(conn, partnership, input.side, input.roles)?;
            let person = match input.side.filter(|_| input.is_label()) {
                Some(side) => input.find_or_add_label(conn, &actor, side, &found.zone, now)?,
                None => find_or_add(conn, &actor, &input.email, &input.name, &found.zone, now)?,
            };
            let before = Managed::read(conn, partnership)?;
            let by_hand = handout::sides_by_hand(conn, partnership)?;
            let id = match partnerships::member_of(conn, partnership, person)? {
                Some(member) if member.active => {
                    let sentence = "This person is a member already; change the roles there.";
                    return Err(Refusal::field("email", sentence));
                }
                Some(member) => {
                    partnerships::update_member(conn, partnership, member.id, input.side, input.roles, true)?;
                    member.id
                }
                None => partnerships::insert_member(
                    conn,
                    partnership,
                    person,
                    input.side,
                    input.roles,
                    None,
                    now,
                )?,
            };
            meta::audit(conn, &actor, "member added", &id.to_string(), now)?;
            settle_and_tell(conn, &actor, partnership, &before, now)?;
            handout::tell_of_hands(conn, &actor, partnership, &by_hand, now)?;
            Ok(())
        })
        .await
}

/// Gives the leadership of an organisation to the person with an address, who is added when nobody here has it.
///
/// # Errors
/// Fields `email` or `name`; nothing is there when the organisation is not.
pub async fn give_leadership_by_address(
    ctx: &Context,
    actor: &str,
    organisation: OrganisationId,
    (email, name): (String, String),
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let (actor, zone) = (actor.to_owned(), ctx.settings.instance.zone.clone());
    ctx.store
        .decide(move |conn| {
            people::find_organisation(conn, organisation)?.ok_or(Refusal::NotFound)?;
            let person = find_or_add(conn, &actor, &email, &name, &zone, now)?;
            let led = people::led_by(conn, person)?.contains(&organisation);
            people::set_leadership(conn, organisation, person, true)?;
            meta::audit(conn, &actor, "leadership given", &format!("{organisation} {person}"), now)?;
            if !led {
                seats::tell_of_leader(conn, &actor, organisation, person, now)?;
            }
            Ok(())
        })
        .await
}

fn find_or_add(
    conn: &mut Conn,
    actor: &str,
    email: &str,
    name: &str,
    zone: &str,
    now: DateTime<Utc>,
) -> Result<PersonId, Refusal> {
    let address = EmailAddress::parse(email).map_err(|e| Refusal::field("email", e))?;
    if let Some(person) = people::find_by_email(conn, &address.key())? {
        return Ok(person.id);
    }
    if name.trim().is_empty() {
        return Err(Refusal::field("name", "Nobody here has this address yet; write the name too."));
    }
    let input = PersonInput {
        email: email.to_owned(),
        name: name.to_owned(),
        zone: zone.to_owned(),
        administrator: false,
    };
    let id = people::insert(conn, &parse_person(&input)?, now)?;
    meta::audit(conn, actor, "person added", &id.to_string(), now)?;
    Ok(id)
}
