//! Notices: a fact is told once.

use evenkeel::domain::ids::LetterId;
use evenkeel::store::outbox::letters::{self, NewLetter};
use evenkeel::store::outbox::notices::{self, NewNotice};
use evenkeel::store::{Conn, Page, StoreError};

use super::hour;
use super::rows::{Rows, rows};
use crate::support::Database;

on_both!(
    a_fact_is_written_once,
    a_notice_goes_into_one_letter,
    a_notice_in_a_letter_is_neither_dropped_nor_put_off,
    waiting_reminders_can_be_dropped_for_one_or_all
);

const ALL: Page = Page { skip: 0, limit: 99 };

fn notice(rows: &Rows, n: usize, kind: &'static str, due: i64) -> NewNotice {
    NewNotice {
        natural_key: format!("{kind}:{n}:{due}"),
        kind,
        person_id: rows.people[n],
        cycle_id: Some(rows.cycle),
        reference: String::new(),
        due_at: hour(due),
        not_after: hour(199),
    }
}

async fn a_fact_is_written_once(database: &Database) {
    let store = database.store();
    let rows = rows(&store).await;
    let write = move |conn: &mut Conn| notices::insert(conn, &notice(&rows, 0, "invite", 9), hour(9));
    assert!(store.write_tx(write).await.unwrap());
    assert!(!store.write_tx(write).await.unwrap());
    assert_eq!(store.read(|conn| notices::next_due(conn, hour(0))).await.unwrap(), Some(hour(9)));
    let due =
        |at: i64| store.read(move |conn| notices::people_due(conn, &["invite", "remind"], hour(at), ALL));
    assert!(due(8).await.unwrap().is_empty());
    assert_eq!(due(9).await.unwrap(), [rows.people[0]]);
}

async fn a_notice_goes_into_one_letter(database: &Database) {
    let store = database.store();
    let rows = rows(&store).await;
    let steps = move |conn: &mut Conn| -> Result<(usize, usize), StoreError> {
        notices::insert(conn, &notice(&rows, 0, "invite", 9), hour(9))?;
        notices::insert(conn, &notice(&rows, 0, "remind", 10), hour(9))?;
        let ids: Vec<_> = notices::due_for(conn, rows.people[0], &["invite", "remind"], hour(20))?
            .iter()
            .map(|n| n.id)
            .collect();
        let mut moved = Vec::new();
        for group in ["one", "two"] {
            let id = LetterId::mint_random();
            let letter = NewLetter {
                id,
                group_key: group.to_owned(),
                kind: "survey",
                person_id: Some(rows.people[0]),
                to: (String::new(), "ada@example.org".to_owned()),
                from_name: String::new(),
                reply_to: None,
                picture: None,
                content: (String::new(), String::new(), String::new()),
                message: (String::new(), String::new()),
                not_after: hour(99),
            };
            assert!(letters::insert(conn, &letter, hour(20))?);
            moved.push(notices::put_into(conn, &ids, id)?);
            assert_eq!(notices::cycles_in(conn, id)?.len(), moved[moved.len() - 1]);
        }
        Ok((moved[0], moved[1]))
    };
    assert_eq!(store.write_tx(steps).await.unwrap(), (2, 0));
    assert_eq!(store.read(|conn| notices::next_due(conn, hour(0))).await.unwrap(), None);
}

async fn a_notice_in_a_letter_is_neither_dropped_nor_put_off(database: &Database) {
    let store = database.store();
    let rows = rows(&store).await;
    // One composer has found it moot while another has put it into a letter already.
    let late = move |conn: &mut Conn| -> Result<(), StoreError> {
        notices::insert(conn, &notice(&rows, 0, "invite", 9), hour(9))?;
        let ids: Vec<_> =
            notices::due_for(conn, rows.people[0], &["invite"], hour(20))?.iter().map(|n| n.id).collect();
        let id = LetterId::mint_random();
        let letter = NewLetter {
            id,
            group_key: "one".to_owned(),
            kind: "survey",
            person_id: Some(rows.people[0]),
            to: (String::new(), "ada@example.org".to_owned()),
            from_name: String::new(),
            reply_to: None,
            picture: None,
            content: (String::new(), String::new(), String::new()),
            message: (String::new(), String::new()),
            not_after: hour(99),
        };
        assert!(letters::insert(conn, &letter, hour(20))?);
        assert_eq!(notices::put_into(conn, &ids, id)?, 1);
        notices::drop_moot(conn, &ids)?;
        notices::postpone(conn, &ids, hour(50))
    };
    store.write_tx(late).await.unwrap();
    let kept = database.texts("SELECT state AS line FROM notice WHERE due_at < '2026-12-02'");
    assert_eq!(kept, ["in_letter"]);
}

async fn waiting_reminders_can_be_dropped_for_one_or_all(database: &Database) {
    let store = database.store();
    let rows = rows(&store).await;
    let write = move |conn: &mut Conn| -> Result<(), StoreError> {
        for n in 0..2 {
            notices::insert(conn, &notice(&rows, n, "remind", 20), hour(9))?;
            notices::insert(conn, &notice(&rows, n, "result", 20), hour(9))?;
        }
        notices::drop_surveys(conn, rows.cycle, Some(rows.people[0]))
    };
    store.write_tx(write).await.unwrap();
    let due = |kind: &'static str| store.read(move |conn| notices::people_due(conn, &[kind], hour(30), ALL));
    assert_eq!(due("remind").await.unwrap(), [rows.people[1]]);
    store.write_tx(move |conn| notices::drop_surveys(conn, rows.cycle, None)).await.unwrap();
    assert!(due("remind").await.unwrap().is_empty());
    assert_eq!(due("result").await.unwrap().len(), 2, "results are never dropped with them");
}
