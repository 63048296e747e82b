//! What cannot be done keeps nothing else from being done, and is told.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, Utc};
use evenkeel::clock::real_now;
use evenkeel::domain::mode::Mode;
use evenkeel::domain::partnership::EmailAddress;
use evenkeel::store::cadences;
use evenkeel::worker::Bystander;
use evenkeel::workflow::{Context, Refusal, sign_in};

use crate::support::{Database, Pair, Side, TestApp, utc};

on_both!(
    one_unreadable_cadence_keeps_no_other_from_opening,
    one_unreadable_round_keeps_no_other_from_being_told_or_closed,
    a_stored_value_stands_in_no_error,
    what_is_overdue_hides_nothing_later,
    two_journeys_through_time_follow_each_other,
);

/// Two partnerships of two sides each.
async fn two(database: &Database) -> (TestApp, [Pair; 2]) {
    let app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let one =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    let other =
        app.partnership([Side("Eastfold", "Mika", &["Cem"]), Side("Clearlake", "Nils", &["Dan"])]).await;
    for pair in [&one, &other] {
        app.quarterly(pair, Mode::Representative).await;
    }
    (app, [one, other])
}

fn spoil_cadence(database: &Database, pair: &Pair) -> String {
    let rule = format!("SELECT rule AS line FROM cadence WHERE partnership_id = '{}'", pair.id);
    let rule = database.texts(&rule).remove(0);
    set_rule(database, pair, r#"{"frequency": 4711}"#);
    rule
}

fn set_rule(database: &Database, pair: &Pair, rule: &str) {
    database.execute(&format!("UPDATE cadence SET rule = '{rule}' WHERE partnership_id = '{}'", pair.id));
}

async fn one_unreadable_cadence_keeps_no_other_from_opening(database: &Database) {
    let (mut app, [broken, sound]) = two(database).await;
    let rule = spoil_cadence(database, &broken);
    app.at("2026-12-01T08:00:00Z").await;
    assert_eq!((app.cycles(&broken).await.len(), app.cycles(&sound).await.len()), (0, 1));
    assert_eq!((app.recipients(), app.worker.stuck()), (vec!["cem".to_owned(), "dan".to_owned()], 1));
    // Whoever wants to sign in and see what is wrong gets the link.
    sign_in::request(
        &app.ctx,
        &EmailAddress::parse("mara@example.org").unwrap(),
        "a browser",
        real_now(),
        app.now(),
    )
    .await
    .unwrap();
    app.tick().await;
    assert_eq!(app.recipients(), ["mara"]);
    let told = app.browser().await.get("/readyz");
    assert!(told.status == 200 && told.body.contains("\"stuck\":1"), "{}", told.body);
    assert!(told.body.contains("\"degraded\":true"), "{}", told.body);
    set_rule(database, &broken, &rule);
    app.tick().await;
    assert_eq!((app.recipients(), app.worker.stuck()), (vec!["ada".to_owned(), "ben".to_owned()], 0));
}

async fn one_unreadable_round_keeps_no_other_from_being_told_or_closed(database: &Database) {
    let (app, [broken, sound]) = two(database).await;
    app.at("2026-12-01T08:00:00Z").await;
    assert_eq!(app.recipients(), ["ada", "ben", "cem", "dan"]);
    let id = app.cycle(&broken).await.id;
    database.execute(&format!("UPDATE cycle SET mode = 'nonsense' WHERE id = '{id}'"));
    app.at("2026-12-04T08:00:00Z").await;
    assert_eq!(app.recipients(), ["cem", "dan"], "the others are reminded");
    assert_eq!(app.worker.stuck(), 2, "the letters of two people");
    app.at("2026-12-10T16:00:00Z").await;
    assert_eq!(app.recipients(), ["mika", "nils"], "the other result is told");
    assert_eq!(app.cycle(&sound).await.state.as_str(), "closed");
    let state = format!("SELECT state AS line FROM cycle WHERE id = '{id}'");
    assert_eq!(database.texts(&state), ["open"]);
    assert!(app.worker.stuck() > 0);
}

async fn a_stored_value_stands_in_no_error(database: &Database) {
    let (app, [broken, _]) = two(database).await;
    let stored = app.ctx.store.read(cadences::all_active).await.unwrap();
    let id = stored.iter().find(|c| c.partnership_id == broken.id).unwrap().id;
    for rule in [r#"{"frequency": 4711}"#, r#"{"frequency": "secret-4711"}"#] {
        set_rule(database, &broken, rule);
        let error = app.ctx.store.read(move |conn| cadences::find(conn, id)).await.unwrap_err().to_string();
        assert!(error.contains("line 1") && !error.contains("4711"), "{error}");
    }
    database.execute("UPDATE cadence SET mode = 'secret-4711'");
    let error = app.ctx.store.read(cadences::all_active).await.unwrap_err().to_string();
    assert!(!error.contains("4711"), "{error}");
}

async fn what_is_overdue_hides_nothing_later(database: &Database) {
    let (app, [broken, _]) = two(database).await;
    spoil_cadence(database, &broken);
    app.worker.travel(utc("2026-12-28T08:00:00Z"), &Nobody::default()).await.unwrap();
    let mails = app.recipients();
    // Asked, reminded, and told the result, each on its day.
    for (name, times) in [("cem", 4), ("mika", 1), ("ada", 0)] {
        assert_eq!(mails.iter().filter(|to| *to == name).count(), times, "{name}: {mails:?}");
    }
    let dates = database.texts("SELECT CAST(sent_at AS TEXT) AS line FROM letter WHERE kind = 'result'");
    assert!(dates.iter().all(|at| at.starts_with("2026-12-10 16:00:00")), "{dates:?}");
    let next = app.worker.next_event(app.now()).await.unwrap();
    assert!(next.is_some_and(|next| next > utc("2027-01-01T00:00:00Z")), "{next:?}");
}

/// People who do nothing, and notice how many journeys they are part of at once.
#[derive(Default)]
struct Nobody {
    inside: AtomicUsize,
    most: AtomicUsize,
}

impl Bystander for Nobody {
    fn act<'a>(
        &'a self,
        _: &'a Context,
        _: DateTime<Utc>,
    ) -> Pin<Box<dyn Future<Output = Result<(), Refusal>> + Send + 'a>> {
        Box::pin(async {
            let inside = self.inside.fetch_add(1, Ordering::Relaxed) + 1;
            self.most.fetch_max(inside, Ordering::Relaxed);
            for _ in 0..50 {
                tokio::task::yield_now().await;
            }
            self.inside.fetch_sub(1, Ordering::Relaxed);
            Ok(())
        })
    }
}

async fn two_journeys_through_time_follow_each_other(database: &Database) {
    let app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let people = Nobody::default();
    let (far, near) = (utc("2027-03-01T10:00:00Z"), utc("2026-11-02T10:00:00Z"));
    let (one, other) = tokio::join!(app.worker.travel(far, &people), app.worker.travel(near, &people));
    one.unwrap();
    other.unwrap();
    assert_eq!((people.most.into_inner(), app.now()), (1, far));
}
