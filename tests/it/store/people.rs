//! People, who may see what, and sign-in.

use evenkeel::domain::ids::{LoginId, PartnershipId, PersonId};
use evenkeel::domain::partnership::{MemberRoles, PartnershipState};
use evenkeel::store::access::{self, Seat};
use evenkeel::store::logins::{self, NewLogin};
use evenkeel::store::{Store, StoreError, meta, partnerships, people};

use super::hour;
use super::rows::{Rows, person, rows};
use crate::support::Database;

on_both!(
    an_address_belongs_to_one_person,
    a_search_takes_its_words_literally,
    seats_go_to_managers_sponsors_facilitators_and_leadership_only,
    leadership_can_be_given_twice_and_taken,
    a_sign_in_is_used_once_and_in_time,
    a_named_value_is_set_once,
);

async fn an_address_belongs_to_one_person(database: &Database) {
    let store = database.store();
    store.write_tx(|conn| people::insert(conn, &person("Ada"), hour(0))).await.unwrap();
    let again = store.write_tx(|conn| people::insert(conn, &person("Ada"), hour(0))).await;
    assert!(matches!(again, Err(StoreError::Conflict(_))), "{again:?}");
    let ben = store.write_tx(|conn| people::insert(conn, &person("Ben"), hour(0))).await.unwrap();
    let taken = store.write_tx(move |conn| people::update(conn, ben, &person("Ada"))).await;
    assert!(matches!(taken, Err(StoreError::Conflict(_))), "{taken:?}");
    let gone = PersonId::mint_random();
    assert!(!store.write_tx(move |conn| people::update(conn, gone, &person("Cem"))).await.unwrap());
}

async fn a_search_takes_its_words_literally(database: &Database) {
    let store = database.store();
    for name in ["100%", "1000", "a_b", "axb"] {
        let draft = people::PersonDraft {
            email: format!("p{}@example.org", name.len() + name.bytes().map(usize::from).sum::<usize>()),
            ..person(name)
        };
        store.write_tx(move |conn| people::insert(conn, &draft, hour(0))).await.unwrap();
    }
    for (search, found) in [("100%", "100%"), ("a_b", "a_b")] {
        let rows = store.read(move |conn| people::list(conn, search, 9)).await.unwrap();
        assert_eq!(rows.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), [found]);
    }
}

async fn seat(store: &Store, who: PersonId, partnership: PartnershipId) -> Option<Seat> {
    let look = move |conn: &mut _| {
        let viewer = access::viewer(conn, who)?.expect("the person is there");
        access::seat(conn, &viewer, partnership)
    };
    store.read::<_, StoreError, _>(look).await.unwrap()
}

async fn seats_go_to_managers_sponsors_facilitators_and_leadership_only(database: &Database) {
    let store = database.store();
    let Rows { partnership, sides, people, .. } = rows(&store).await;
    for (name, side, roles, sees) in [
        ("Cem", Some(sides[0]), MemberRoles { respondent: true, ..MemberRoles::default() }, false),
        ("Dan", Some(sides[0]), MemberRoles { sponsor: true, ..MemberRoles::default() }, true),
        ("Eve", None, MemberRoles { facilitator: true, ..MemberRoles::default() }, true),
    ] {
        let add = move |conn: &mut _| {
            let id = people::insert(conn, &person(name), hour(0))?;
            partnerships::insert_member(conn, partnership, id, side, roles, None, hour(0))?;
            Ok::<_, StoreError>(id)
        };
        let id = store.write_tx(add).await.unwrap();
        assert_eq!(seat(&store, id, partnership).await.is_some(), sees, "{name}");
    }
    let manager = seat(&store, people[0], partnership).await.expect("a manager's seat");
    assert!(manager.is_manager() && manager.own_side() == Some(sides[0]));
    let stranger = store.write_tx(|conn| people::insert(conn, &person("Fay"), hour(0))).await.unwrap();
    assert!(seat(&store, stranger, partnership).await.is_none());
    assert!(seat(&store, people[0], PartnershipId::mint_random()).await.is_none());

    // Leadership sees the partnerships in which its organisation has a side, and no others.
    let give = move |conn: &mut _| {
        let organisation = people::insert_organisation(conn, "Northmoor", hour(0))?;
        let sides = [("N".to_owned(), Some(organisation)), ("C".to_owned(), None)];
        let (led, _) = partnerships::insert(conn, "led", "UTC", PartnershipState::Active, &sides, hour(0))?;
        people::set_leadership(conn, organisation, stranger, true)?;
        Ok::<_, StoreError>(led)
    };
    let led = store.write_tx(give).await.unwrap();
    assert!(seat(&store, stranger, led).await.is_some_and(|s| s.sees_results() && !s.is_manager()));
    assert!(seat(&store, stranger, partnership).await.is_none());
}

async fn leadership_can_be_given_twice_and_taken(database: &Database) {
    let store = database.store();
    let steps = |conn: &mut _| {
        let ada = people::insert(conn, &person("Ada"), hour(0))?;
        let organisation = people::insert_organisation(conn, "Northmoor", hour(0))?;
        for _ in 0..2 {
            people::set_leadership(conn, organisation, ada, true)?;
        }
        let led = people::led_by(conn, ada)?.len();
        people::set_leadership(conn, organisation, ada, false)?;
        Ok::<_, StoreError>((led, people::led_by(conn, ada)?.len()))
    };
    assert_eq!(store.write_tx(steps).await.unwrap(), (1, 0));
    let again = store.write_tx(|conn| people::insert_organisation(conn, "Northmoor", hour(0))).await;
    assert!(matches!(again, Err(StoreError::Conflict(_))));
}

async fn a_sign_in_is_used_once_and_in_time(database: &Database) {
    let store = database.store();
    let Rows { people, .. } = rows(&store).await;
    let new = NewLogin {
        id: LoginId::mint_random(),
        person_id: people[0],
        salt: "salt".to_owned(),
        token_hash: "hash".to_owned(),
        code_hash: "code".to_owned(),
        nonce_hash: "nonce".to_owned(),
        expires_at: hour(1),
    };
    let id = new.id;
    store.write_tx(move |conn| logins::insert(conn, &new, hour(0))).await.unwrap();
    assert!(store.read(|conn| logins::by_token(conn, "hash", hour(1))).await.unwrap().is_none(), "over");
    assert!(store.read(|conn| logins::by_token(conn, "hash", hour(0))).await.unwrap().is_some());
    let twice = move |conn: &mut _| {
        Ok::<_, StoreError>((logins::consume(conn, id, hour(0))?, logins::consume(conn, id, hour(0))?))
    };
    assert_eq!(store.write_tx(twice).await.unwrap(), (true, false));
    assert!(store.read(|conn| logins::by_token(conn, "hash", hour(0))).await.unwrap().is_none(), "used");
    assert_eq!(store.read(move |conn| logins::salt(conn, id)).await.unwrap(), None, "its salt is gone");
}

async fn a_named_value_is_set_once(database: &Database) {
    let store = database.store();
    let set = |value: &'static str| store.write_tx(move |conn| meta::get_or_set(conn, "epoch", value));
    let (one, two) = tokio::join!(set("one"), set("two"));
    assert_eq!(one.unwrap(), two.unwrap(), "whoever was first");
    assert!(store.read(meta::is_empty).await.unwrap());
}
