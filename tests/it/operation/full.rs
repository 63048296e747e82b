//! A full disk: nothing is half written, nobody is told that something was saved, no letter leaves of which that could not
//! be noted, reading goes on, and all of it resumes when there is room.

use std::sync::Arc;

use diesel::RunQueryDsl;
use evenkeel::domain::mode::Mode;
use evenkeel::store::{StoreError, meta};
use serde_json::json;

use crate::support::{Database, Side, TestApp, utc, wait_until};
use crate::worker::courier::{deliver, states, twelve_letters};

on_both!(
    a_letter_whose_sending_cannot_be_noted_is_not_handed_over,
    a_letter_that_left_while_the_disk_was_full_is_not_sent_again,
    a_respondent_is_told_that_nothing_was_saved_and_reading_goes_on,
);

/// From now on the database has no room for such a change, in its own words.
fn fill(database: &Database, event: &str, when: &str) {
    if database.url().starts_with("sqlite") {
        database.execute(&format!(
            "CREATE TRIGGER no_room BEFORE {event} WHEN {when} BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
        ));
    } else {
        database.execute(&format!(
            "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION \
             'could not extend file \"base/1\": No space left on device' USING ERRCODE = '53100'; END $$; \
             CREATE TRIGGER no_room BEFORE {event} FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION no_room()"
        ));
    }
}

fn make_room(database: &Database, table: &str) {
    let of = if database.url().starts_with("sqlite") { String::new() } else { format!(" ON {table}") };
    database.execute(&format!("DROP TRIGGER no_room{of}"));
}

async fn a_letter_whose_sending_cannot_be_noted_is_not_handed_over(database: &Database) {
    let (server, app) = twelve_letters(database, &[]).await;
    fill(database, "UPDATE ON letter", "NEW.state = 'sending'");
    deliver(&app).await;
    app.at("2026-12-01T08:02:00Z").await;
    assert_eq!(server.letters().len(), 0, "not one body");
    assert_eq!(states(&app).await, [("pending".to_owned(), 12)]);
    make_room(database, "letter");
    app.at("2026-12-01T08:04:00Z").await;
    assert_eq!((server.letters().len(), states(&app).await), (12, vec![("sent".to_owned(), 12)]));
}

async fn a_letter_that_left_while_the_disk_was_full_is_not_sent_again(database: &Database) {
    let (server, app) = twelve_letters(database, &[]).await;
    fill(database, "UPDATE ON letter", "NEW.state = 'sent'");
    let worker = Arc::clone(&app.worker);
    let mut sending = tokio::task::JoinSet::from_iter([async move { worker.deliver().await.unwrap() }]);
    wait_until("four letters have left, one on each line", || server.letters().len() == 4);
    make_room(database, "letter");
    assert_eq!(sending.join_next().await.unwrap().unwrap(), 12);
    for at in ["2026-12-01T08:31:00Z", "2026-12-01T09:30:00Z"] {
        app.clock.jump_to(utc(at));
        deliver(&app).await;
    }
    assert_eq!((server.letters().len(), states(&app).await), (12, vec![("sent".to_owned(), 12)]));
}

async fn a_respondent_is_told_that_nothing_was_saved_and_reading_goes_on(database: &Database) {
    let mut app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    app.quarterly(&pair, Mode::Representative).await;
    app.at("2026-12-01T08:00:00Z").await;
    let token = app.mails()[0].survey_token();
    let (client, program) = (app.browser().await, app.stranger().await);
    fill(database, "INSERT ON response", "1 = 1");

    let item = format!("/s/{token}/1");
    let form_token = client.get(&item).hidden("form_token");
    let fields = [("form_token", form_token.as_str()), ("choice", "4"), ("then", "next")];
    let told = client.post(&item, &fields);
    assert_eq!(told.status, 507);
    assert!(told.body.contains("Not saved: the server’s disk is full") && told.body.contains("later"));
    assert!(told.body.contains("value=\"4\" checked"), "what was chosen is kept: {}", told.body);
    let answers = json!({"answers": {"communication": 4}});
    let refused = program.json("PUT", &format!("/responses/{token}"), &answers);
    assert_eq!((refused.status, refused.code()), (507, "storage_full"), "{}", refused.text);
    assert_eq!((client.get(&item).status, program.get(&format!("/responses/{token}")).status), (200, 200));

    make_room(database, "response");
    assert_eq!(client.post(&item, &fields).status, 303);
    assert_eq!(program.json("PUT", &format!("/responses/{token}"), &answers).status, 200);
}

/// The writes of one moment share a commit, and a full disk ends that for all of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_writes_that_a_full_disk_ends_together_none_stands_and_each_is_told() {
    let database = Database::sqlite();
    let store = database.store();
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let (go_on, goes_on) = std::sync::mpsc::channel();
    let first = store.write_tx(move |conn: &mut evenkeel::store::Conn| -> Result<(), StoreError> {
        diesel::sql_query("PRAGMA max_page_count = 1").execute(conn)?;
        begun.send(()).unwrap();
        goes_on.recv().unwrap();
        Ok(())
    });
    let rest = async {
        has_begun.await.unwrap();
        let write = |n: usize| {
            let length = if n == 7 { 200_000 } else { 10 };
            store.write_tx(move |conn| meta::set(conn, &format!("weight {n:02}"), &"x".repeat(length)))
        };
        let (few, more) = (async { tokio::join!(write(1), write(2), write(3)) }, async {
            tokio::join!(write(7), write(8), write(9))
        });
        let released = async { go_on.send(()).unwrap() };
        let (few, more, ()) = tokio::join!(few, more, released);
        [few.0, few.1, few.2, more.0, more.1, more.2]
    };
    let (first, answers) = tokio::join!(first, rest);
    first.unwrap();
    for answer in &answers {
        assert!(matches!(answer, Err(StoreError::Full(_))), "{answer:?}");
    }
    let stands = || database.texts("SELECT name AS line FROM meta WHERE name LIKE 'weight %'");
    assert_eq!(stands(), Vec::<String>::new());
    // With room again (a fresh connection has no limit) everything goes on.
    store.write_tx(|conn| meta::set(conn, "weight 99", &"x".repeat(200_000))).await.unwrap();
    assert_eq!(stands(), ["weight 99"]);
    let sound = database.texts("SELECT integrity_check AS line FROM pragma_integrity_check");
    assert_eq!(sound, ["ok"]);
}
