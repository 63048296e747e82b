//! What is not kept for ever, and that nothing that was published or will be computed depends on it.

use evenkeel::domain::ids::CycleId;
use evenkeel::domain::mode::Mode;
use evenkeel::store::{invitations, retention as rows};
use evenkeel::workflow::retention;

use crate::support::{Database, Pair, Side, TestApp, utc};

on_both!(
    drift_comes_out_the_same_with_and_without_the_answers_of_anonymous_rounds,
    letters_lose_their_addresses_a_month_after_their_end,
    retention_looks_once_a_night_and_goes_on_after_it_was_cut_short,
);

const NORTH: [&str; 5] = ["Ada", "Ali", "Ana", "Ari", "Asa"];
const BRIGHT: [&str; 5] = ["Ben", "Bea", "Bela", "Bo", "Britt"];
/// Opening and close of four rounds, in UTC.
const ROUNDS: [(&str, &str); 4] = [
    ("2026-12-01T08:00:00Z", "2026-12-10T16:00:00Z"),
    ("2027-03-02T08:00:00Z", "2027-03-11T16:00:00Z"),
    ("2027-06-01T07:00:00Z", "2027-06-10T15:00:00Z"),
    ("2027-09-07T07:00:00Z", "2027-09-16T15:00:00Z"),
];

async fn house(database: &Database, mode: Mode) -> (TestApp, Pair) {
    let app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &NORTH), Side("Brightwater", "Noor", &BRIGHT)]).await;
    app.quarterly(&pair, mode).await;
    (app, pair)
}

/// Everybody answers a round; Northmoor falls from the third one on.
async fn answer_round(app: &TestApp, round: usize) {
    app.at(ROUNDS[round].0).await;
    for (n, mail) in app.mails().into_iter().filter(|mail| mail.text.contains("/s/")).enumerate() {
        let n = u8::try_from(n % 5).unwrap();
        let level = if round >= 2 && !mail.to.starts_with('b') { 2 } else { 4 };
        app.answer(&mail.survey_token(), [level, level - n % 2, level + n % 2, level, 5 - n % 3]).await;
        app.send(&mail.survey_token()).await;
    }
}

/// Lets a round close; gives its cycle.
async fn close_round(app: &TestApp, pair: &Pair, round: usize) -> CycleId {
    app.at(ROUNDS[round].1).await;
    app.mails();
    app.cycles(pair).await[round].id
}

async fn drift_comes_out_the_same_with_and_without_the_answers_of_anonymous_rounds(database: &Database) {
    let mut told = Vec::new();
    for reduced in [false, true] {
        let fresh =
            if database.url().starts_with("sqlite") { Database::sqlite() } else { Database::postgres() };
        let (app, pair) = house(&fresh, Mode::Anonymous).await;
        let mut cycles = Vec::new();
        for round in 0..4 {
            answer_round(&app, round).await;
            if reduced && round > 0 {
                let cycle = cycles[round - 1];
                let rows = app.ctx.store.write_tx(move |conn| rows::reduce_cycle(conn, cycle)).await.unwrap();
                assert_eq!(rows, 10);
                let again =
                    app.ctx.store.write_tx(move |conn| rows::reduce_cycle(conn, cycle)).await.unwrap();
                assert_eq!(again, 0);
            }
            cycles.push(close_round(&app, &pair, round).await);
        }
        let first = cycles[0];
        let counts = app.ctx.store.read(move |conn| invitations::counts(conn, &[first])).await.unwrap();
        assert!(counts.iter().all(|own| (own.invited, own.answered) == (5, 5)), "{counts:?}");
        assert_eq!(
            fresh.texts("SELECT answer_key AS line FROM response").len(),
            if reduced { 10 } else { 40 }
        );
        let mut states = Vec::new();
        for cycle in &cycles {
            let card = app.scorecard(*cycle).await.unwrap();
            states.extend(card.cells().map(|cell| format!("{:?} {:?}", cell.score, cell.drift)));
        }
        assert!(states.iter().any(|own| own.contains("Alarm")), "there is a drift to be seen: {states:?}");
        let basis = fresh.texts("SELECT basis AS line FROM scorecard ORDER BY closed_at").pop().unwrap();
        let ids = fresh.texts("SELECT id AS line FROM side ORDER BY place");
        let clean =
            |text: String| ids.iter().enumerate().fold(text, |all, (n, id)| all.replace(id, &n.to_string()));
        told.push((states.into_iter().map(clean).collect::<Vec<_>>(), sums_of(&basis)));
        app.mails();
    }
    assert_eq!(told[0].0, told[1].0);
    assert_eq!(told[0].1.len(), told[1].1.len());
    for (one, other) in told[0].1.iter().zip(&told[1].1) {
        assert!((one - other).abs() < 1e-12, "{one} and {other}");
    }
}

/// Every number of what a close carries to the next one.
fn sums_of(basis: &str) -> Vec<f64> {
    fn walk(value: &serde_json::Value, all: &mut Vec<f64>) {
        match value {
            serde_json::Value::Number(number) => all.extend(number.as_f64()),
            serde_json::Value::Array(own) => own.iter().for_each(|own| walk(own, all)),
            serde_json::Value::Object(own) => own.values().for_each(|own| walk(own, all)),
            _ => {}
        }
    }
    let read: serde_json::Value = serde_json::from_str(basis).unwrap();
    let mut all = Vec::new();
    walk(&read["drift"], &mut all);
    assert!(all.len() > 20, "{basis}");
    all
}

async fn letters_lose_their_addresses_a_month_after_their_end(database: &Database) {
    let (app, _) = house(database, Mode::Representative).await;
    answer_round(&app, 0).await;
    let filled = || {
        let letters = "SELECT id AS line FROM letter JOIN letter_body ON letter_id = id";
        database
            .texts(&format!("{letters} WHERE to_address <> '' AND body_text <> '' AND body_html <> ''"))
            .len()
    };
    assert_eq!(filled(), 10);
    // Sent at 08:00 on 1 December: the night of the 31st is too early by hours.
    app.at("2026-12-31T03:00:00Z").await;
    assert_eq!(filled(), 12, "the result mails are younger");
    app.at("2027-01-01T03:00:00Z").await;
    assert_eq!(filled(), 2);
    let kept = database.texts("SELECT kind || state AS line FROM letter WHERE to_address = ''");
    assert!(kept.len() == 10 && kept.iter().all(|own| own == "surveysent"), "{kept:?}");
    assert!(!(database.dump("letter") + &database.dump("letter_body")).contains("ada@example.org"));
    let empty =
        database.texts("SELECT letter_id AS line FROM letter_body WHERE body_text = '' AND body_html = ''");
    assert_eq!(empty.len(), 10);
    let audit = database.texts("SELECT act AS line FROM audit WHERE actor = 'retention'");
    assert_eq!(audit, ["10 letters lost their addresses"]);
    app.mails();
}

async fn retention_looks_once_a_night_and_goes_on_after_it_was_cut_short(database: &Database) {
    let (app, pair) = house(database, Mode::Anonymous).await;
    answer_round(&app, 0).await;
    let cycle = close_round(&app, &pair, 0).await;
    let left = || database.texts("SELECT answer_key AS line FROM response").len();
    app.at("2027-11-30T03:00:00Z").await;
    assert_eq!(left(), 10);
    // One of two cycles was done when the process ended: the look was not noted, and it is looked again.
    app.clock.jump_to(utc("2027-12-11T03:00:00Z"));
    app.ctx.store.write_tx(move |conn| rows::reduce_cycle(conn, cycle)).await.unwrap();
    let app = app.killed_and_started_again().await;
    app.tick().await;
    assert_eq!(left(), 0);
    assert_eq!(database.texts("SELECT side_id AS line FROM answer_sum").len(), 2);
    assert_eq!(
        database.texts("SELECT value AS line FROM meta WHERE name = 'retention_looked_on'"),
        ["2027-12-11"]
    );
    let removed = retention::remove(&app.ctx, app.now()).await.unwrap();
    assert_eq!((removed.answers, removed.letters), (0, 0), "nothing is left to be done");
    app.mails();
}
