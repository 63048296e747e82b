//! The rows that the store's laws need before they can be told.

use evenkeel::domain::cycle::CycleState;
use evenkeel::domain::ids::{CycleId, InvitationId, MemberId, PartnershipId, PersonId, SideId};
use evenkeel::domain::mode::Mode;
use evenkeel::domain::partnership::{MemberRoles, PartnershipState};
use evenkeel::store::cycles::NewCycle;
use evenkeel::store::invitations::NewInvitation;
use evenkeel::store::people::PersonDraft;
use evenkeel::store::{Conn, Store, StoreError, cycles, instruments, invitations, partnerships, people};
use evenkeel::workflow::instruments::embedded;

use super::hour;

/// A partnership with a respondent on each side, and an open round.
#[derive(Clone, Copy, Debug)]
pub struct Rows {
    pub partnership: PartnershipId,
    pub sides: [SideId; 2],
    pub people: [PersonId; 2],
    pub members: [MemberId; 2],
    pub cycle: CycleId,
}

/// A person's draft by first name.
pub fn person(name: &str) -> PersonDraft {
    PersonDraft {
        email: format!("{}@example.org", name.to_lowercase()),
        name: name.to_owned(),
        zone: "Europe/Berlin".to_owned(),
        administrator: false,
    }
}

/// A round of the quarterly review, open from hour 9 to hour 200.
pub fn round(partnership: PartnershipId, period: &str) -> NewCycle {
    NewCycle {
        partnership_id: partnership,
        instrument: ("quarterly-health-review".to_owned(), 1),
        period: period.to_owned(),
        origin: "scheduled",
        mode: (Mode::Representative, 1),
        window: (hour(9), hour(200)),
        state: CycleState::Open,
        reason: None,
        comments: true,
        keep_months: None,
    }
}

/// An invitation of a member with a salt and hash of the test's own.
pub fn invitation(member: MemberId, person: PersonId, side: SideId) -> NewInvitation {
    NewInvitation {
        id: InvitationId::mint_random(),
        member_id: member,
        person_id: person,
        side_id: side,
        salt: format!("salt-{member}"),
        token_hash: format!("hash-{member}"),
        handed: None,
    }
}

fn insert(conn: &mut Conn) -> Result<Rows, StoreError> {
    for instrument in embedded()? {
        instruments::publish(conn, &instrument, hour(0))?;
    }
    let sides = [("Northmoor".to_owned(), None), ("Brightwater".to_owned(), None)];
    let (partnership, sides) =
        partnerships::insert(conn, "N × B", "Europe/Berlin", PartnershipState::Active, &sides, hour(0))?;
    let sides = [sides[0], sides[1]];
    let people =
        [people::insert(conn, &person("Ada"), hour(0))?, people::insert(conn, &person("Ben"), hour(0))?];
    let roles = MemberRoles { respondent: true, manager: true, ..MemberRoles::default() };
    let mut member = |n: usize| {
        partnerships::insert_member(conn, partnership, people[n], Some(sides[n]), roles, None, hour(0))
    };
    let members = [member(0)?, member(1)?];
    let cycle = cycles::insert(conn, &round(partnership, "2026-Q4"), hour(9))?.expect("a first round");
    for n in 0..2 {
        invitations::insert(conn, cycle, &invitation(members[n], people[n], sides[n]), hour(9))?;
    }
    Ok(Rows { partnership, sides, people, members, cycle })
}

/// Writes the rows.
pub async fn rows(store: &Store) -> Rows {
    store.write_tx(insert).await.unwrap()
}
