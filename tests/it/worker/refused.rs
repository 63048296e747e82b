//! What the relay refuses, and whose fault that is: its own, the letter's, or the address's.

use evenkeel::workflow::set_up::{self, PersonInput};

use super::courier::{deliver, states, twelve_letters};
use crate::support::Database;
use crate::support::smtp::{Act, Step};

on_both!(
    a_refused_sender_is_the_relays_trouble_and_costs_no_letter,
    a_letter_refused_for_what_stands_in_it_marks_no_address_and_is_told,
    a_relay_that_does_not_relay_marks_no_address,
    whoever_gets_a_corrected_address_is_asked_there,
    a_letter_that_arrives_takes_the_mark_away,
);

fn marked(database: &Database) -> usize {
    database.texts("SELECT id AS line FROM member WHERE bounced_at IS NOT NULL").len()
}

async fn a_refused_sender_is_the_relays_trouble_and_costs_no_letter(database: &Database) {
    // The third refusal in a row stops the lines; three others may be under way.
    let refused = [(Step::Mail, Act::Say("550 5.7.1 sender rejected")); 6];
    let (server, app) = twelve_letters(database, &refused).await;
    deliver(&app).await;
    assert_eq!((states(&app).await, marked(database)), (vec![("pending".to_owned(), 12)], 0));
    let trouble = app.worker.relay_trouble().expect("it is said");
    assert!(trouble.contains("naming the sender") && !trouble.contains('@'), "{trouble}");
    for later in ["08:02", "08:04", "08:06", "08:08", "08:10"] {
        app.at(&format!("2026-12-01T{later}:00Z")).await;
    }
    assert_eq!((states(&app).await, server.letters().len()), (vec![("sent".to_owned(), 12)], 12));
}

async fn a_letter_refused_for_what_stands_in_it_marks_no_address_and_is_told(database: &Database) {
    let (_server, mut app) =
        twelve_letters(database, &[(Step::Dot, Act::Say("554 5.7.1 looks like spam"))]).await;
    deliver(&app).await;
    assert_eq!(states(&app).await, [("failed".to_owned(), 1), ("sent".to_owned(), 11)]);
    assert_eq!(marked(database), 0);
    let told = app.browser().await.get("/readyz");
    assert_eq!(told.status, 200, "the pages work");
    for part in ["\"letters_failed\":1", "\"letters_held\":0", "\"degraded\":true", "\"stuck\":0"] {
        assert!(told.body.contains(part), "{part} in {}", told.body);
    }
    assert!(!told.body.contains('@'), "{}", told.body);
}

async fn a_relay_that_does_not_relay_marks_no_address(database: &Database) {
    let rule = (Step::Rcpt, Act::Say("554 5.7.1 Relay access denied"));
    let (_server, app) = twelve_letters(database, &[rule]).await;
    deliver(&app).await;
    assert_eq!(states(&app).await, [("failed".to_owned(), 1), ("sent".to_owned(), 11)]);
    assert_eq!(marked(database), 0, "that says nothing about the address");
}

async fn whoever_gets_a_corrected_address_is_asked_there(database: &Database) {
    let (server, app) = twelve_letters(database, &[(Step::Rcpt, Act::Say("550 5.1.1 unknown"))]).await;
    deliver(&app).await;
    assert_eq!(marked(database), 1);
    let wrong = database.texts("SELECT to_address AS line FROM letter WHERE state = 'failed'").remove(0);
    let mut name = wrong.split('@').next().unwrap().to_owned();
    name[..1].make_ascii_uppercase();
    let id = app.person(&name).await;
    let input = PersonInput {
        email: "right@example.net".to_owned(),
        name,
        zone: "Europe/Berlin".to_owned(),
        administrator: false,
    };
    set_up::change_person(&app.ctx, "test", id, &input, None, app.now()).await.unwrap();
    assert_eq!(marked(database), 0);
    app.at("2026-12-01T09:00:00Z").await;
    assert_eq!(server.letters().last().unwrap().to, ["right@example.net"]);
    assert_eq!(states(&app).await, [("cancelled".to_owned(), 1), ("sent".to_owned(), 12)]);
}

async fn a_letter_that_arrives_takes_the_mark_away(database: &Database) {
    let (_server, app) = twelve_letters(database, &[]).await;
    database.execute("UPDATE member SET bounced_at = created_at WHERE respondent");
    assert_eq!(marked(database), 12);
    deliver(&app).await;
    assert_eq!(marked(database), 0);
}
