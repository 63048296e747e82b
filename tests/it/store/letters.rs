//! Letters: a claim is won once, and whoever lost it writes nothing.

use evenkeel::domain::ids::LetterId;
use evenkeel::store::instances::{self, Beat};
use evenkeel::store::outbox::claims::{self, Dead};
use evenkeel::store::outbox::letters::{self, Letter, NewLetter, Settlement};
use evenkeel::store::{Conn, Store, StoreError};

use super::hour;
use crate::support::Database;

on_both!(
    a_bundle_has_one_letter,
    a_claim_is_won_once,
    a_lost_claim_writes_nothing,
    a_letter_goes_through_its_states_and_ends,
    a_letter_is_due_when_its_next_try_has_come,
    an_orphan_is_a_claim_whose_lease_has_ended,
    an_orphan_is_a_claim_of_a_process_that_has_said_nothing_for_a_while,
);

fn draft(group: &str) -> NewLetter {
    let id = LetterId::mint_random();
    NewLetter {
        id,
        group_key: group.to_owned(),
        kind: "survey",
        person_id: None,
        to: ("Ada".to_owned(), "ada@example.org".to_owned()),
        from_name: "Evenkeel".to_owned(),
        reply_to: None,
        picture: None,
        content: ("subject".to_owned(), "text".to_owned(), "<p>html</p>".to_owned()),
        message: (format!("<{id}@example.org>"), format!("b-{id}")),
        not_after: hour(100),
    }
}

async fn letter(store: &Store, group: &str) -> LetterId {
    let new = draft(group);
    let id = new.id;
    assert!(store.write_tx(move |conn| letters::insert(conn, &new, hour(0))).await.unwrap());
    id
}

async fn due(store: &Store, at: i64) -> Vec<Letter> {
    store.read(move |conn| letters::due(conn, hour(at), 99)).await.unwrap()
}

async fn states(store: &Store) -> Vec<(String, i64)> {
    store.read(letters::counts).await.unwrap()
}

async fn a_bundle_has_one_letter(database: &Database) {
    let store = database.store();
    letter(&store, "survey:ada:2026-12-01").await;
    let again = draft("survey:ada:2026-12-01");
    assert!(!store.write_tx(move |conn| letters::insert(conn, &again, hour(1))).await.unwrap());
    assert!(store.read(|conn| letters::exists(conn, "survey:ada:2026-12-01")).await.unwrap());
    assert_eq!(due(&store, 1).await.len(), 1);
}

async fn a_claim_is_won_once(database: &Database) {
    let store = database.store();
    let id = letter(&store, "a").await;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..16 {
        let store = store.clone();
        tasks.spawn(async move {
            store
                .write_tx(move |conn| letters::claim(conn, id, 0, &format!("courier {n}"), hour(1)))
                .await
                .unwrap()
        });
    }
    let won: Vec<i32> = tasks.join_all().await.into_iter().flatten().collect();
    assert_eq!(won, [1], "one of sixteen, with the next fence");
    assert!(due(&store, 50).await.is_empty(), "a claimed letter is not due");
}

async fn a_lost_claim_writes_nothing(database: &Database) {
    let store = database.store();
    let id = letter(&store, "a").await;
    let lost_and_won = move |conn: &mut Conn| -> Result<(i32, i32), StoreError> {
        let first = letters::claim(conn, id, 0, "one", hour(1))?.expect("free");
        let later =
            Settlement::Retry { at: hour(2), burnt: false, ambiguous: false, error: "lease".to_owned() };
        assert!(letters::settle(conn, id, first, &later, hour(2))?);
        let second = letters::claim(conn, id, first, "two", hour(3))?.expect("free again");
        Ok((first, second))
    };
    let (first, second) = store.write_tx(lost_and_won).await.unwrap();
    assert!(!store.write_tx(move |conn| letters::mark_sending(conn, id, first, hour(12))).await.unwrap());
    assert!(
        !store
            .write_tx(move |conn| letters::settle(conn, id, first, &Settlement::Sent, hour(3)))
            .await
            .unwrap()
    );
    assert_eq!(states(&store).await, [("claimed".to_owned(), 1)]);
    assert!(store.write_tx(move |conn| letters::mark_sending(conn, id, second, hour(12))).await.unwrap());
    assert!(
        store
            .write_tx(move |conn| letters::settle(conn, id, second, &Settlement::Sent, hour(3)))
            .await
            .unwrap()
    );
    assert_eq!(states(&store).await, [("sent".to_owned(), 1)]);
}

async fn a_letter_goes_through_its_states_and_ends(database: &Database) {
    let store = database.store();
    let endings = [
        (Settlement::Sent, "sent"),
        (Settlement::Failed("550".to_owned()), "failed"),
        (Settlement::Held { ambiguous: true, error: "twice in doubt".to_owned() }, "held"),
        (Settlement::Expired, "expired"),
        (Settlement::Cancelled, "cancelled"),
    ];
    for (how, state) in endings {
        let id = letter(&store, state).await;
        let end = move |conn: &mut Conn| -> Result<[bool; 3], StoreError> {
            let fence = letters::claim(conn, id, 0, "one", hour(1))?.expect("free");
            assert!(letters::mark_sending(conn, id, fence, hour(12))?);
            let twice = [
                letters::mark_sending(conn, id, fence, hour(12))?,
                letters::settle(conn, id, fence, &how, hour(1))?,
            ];
            Ok([twice[0], twice[1], letters::settle(conn, id, fence, &how, hour(1))?])
        };
        assert_eq!(store.write_tx(end).await.unwrap(), [false, true, false], "{state}");
        assert!(
            store.write_tx(move |conn| letters::claim(conn, id, 1, "two", hour(9))).await.unwrap().is_none()
        );
    }
    let counts = states(&store).await;
    let names: Vec<&str> = counts.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["cancelled", "expired", "failed", "held", "sent"]);
}

async fn a_letter_is_due_when_its_next_try_has_come(database: &Database) {
    let store = database.store();
    let id = letter(&store, "a").await;
    assert_eq!(store.read(|conn| letters::next_due(conn, hour(-1))).await.unwrap(), Some(hour(0)));
    let later = Settlement::Retry { at: hour(5), burnt: true, ambiguous: true, error: "451".to_owned() };
    let try_once = move |conn: &mut Conn| -> Result<bool, StoreError> {
        let fence = letters::claim(conn, id, 0, "one", hour(1))?.expect("free");
        letters::settle(conn, id, fence, &later, hour(1))
    };
    assert!(store.write_tx(try_once).await.unwrap());
    assert!(due(&store, 4).await.is_empty());
    let back = due(&store, 5).await.remove(0);
    assert_eq!((back.attempts, back.ambiguous, back.last_error.as_deref()), (1, 1, Some("451")));
    assert_eq!(store.read(|conn| letters::oldest_due(conn, hour(4))).await.unwrap(), None);
    assert_eq!(store.read(|conn| letters::oldest_due(conn, hour(6))).await.unwrap(), Some(hour(5)));
}

async fn an_orphan_is_a_claim_whose_lease_has_ended(database: &Database) {
    let store = database.store();
    let id = letter(&store, "a").await;
    letter(&store, "b").await;
    store.write_tx(move |conn| letters::claim(conn, id, 0, "one", hour(1))).await.unwrap();
    let micro = chrono::TimeDelta::microseconds(1);
    let silent = |now| Dead::Silent { seen_before: hour(-1), now };
    let found = move |conn: &mut Conn| claims::orphans(conn, silent(hour(1) - micro));
    assert!(store.read(found).await.unwrap().is_empty());
    let orphans = store.read(move |conn| claims::orphans(conn, silent(hour(1)))).await.unwrap();
    assert_eq!(
        orphans.iter().map(|l| (l.id, l.state.as_str(), l.fence)).collect::<Vec<_>>(),
        [(id, "claimed", 1)]
    );
}

async fn an_orphan_is_a_claim_of_a_process_that_has_said_nothing_for_a_while(database: &Database) {
    let store = database.store();
    let id = letter(&store, "a").await;
    store.write_tx(move |conn| letters::claim(conn, id, 0, "one", hour(9))).await.unwrap();
    let beat = |id: &str| Beat {
        id: id.to_owned(),
        place: "127.0.0.1:8080, process 7".to_owned(),
        started_at: hour(0),
        tick_at: hour(0),
        pass_at: hour(0),
        stuck: 0,
        relay: None,
    };
    for (name, seen) in [("one", hour(1)), ("two", hour(2))] {
        let own = beat(name);
        store.write_tx(move |conn| instances::beat(conn, &own, seen)).await.unwrap();
    }
    let orphans = async |seen_before| {
        let dead = Dead::Silent { seen_before, now: hour(1) };
        store.read(move |conn| claims::orphans(conn, dead)).await.unwrap().len()
    };
    assert_eq!((orphans(hour(1)).await, orphans(hour(2)).await), (0, 1));
    let of_others = async |own: &'static str| {
        store.read(move |conn| claims::orphans(conn, Dead::EarlierStarts(own))).await.unwrap().len()
    };
    assert_eq!((of_others("one").await, of_others("two").await), (0, 1));
    let of_its_own = async |own: &'static str| {
        store.read(move |conn| claims::orphans(conn, Dead::Own(own))).await.unwrap().len()
    };
    assert_eq!((of_its_own("one").await, of_its_own("two").await), (1, 0));
    // Whoever waited in a queue gets its whole time again, and nobody by a claim that is not the letter's.
    let ended = async |now| {
        let dead = Dead::Silent { seen_before: hour(0), now };
        store.read(move |conn| claims::orphans(conn, dead)).await.unwrap().len()
    };
    assert_eq!((ended(hour(9)).await, ended(hour(8)).await), (1, 0));
    let begins = async |fence| {
        store.write_tx(move |conn| letters::mark_sending(conn, id, fence, hour(12))).await.unwrap()
    };
    assert!(!begins(7).await);
    assert_eq!(ended(hour(9)).await, 1);
    assert!(begins(1).await);
    assert_eq!((ended(hour(11)).await, ended(hour(12)).await), (0, 1));
    let own = beat("one");
    store.write_tx(move |conn| instances::beat(conn, &own, hour(3))).await.unwrap();
    assert_eq!(orphans(hour(2)).await, 0, "it lives after all");
    store.write_tx(|conn| instances::forget(conn, hour(3))).await.unwrap();
    let left = store.read(instances::list).await.unwrap();
    assert_eq!(left.iter().map(|own| own.id.as_str()).collect::<Vec<_>>(), ["one"]);
}
