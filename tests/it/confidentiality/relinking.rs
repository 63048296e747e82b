//! Somebody gets hold of everything after the close of an anonymous round (the database's files, a backup, the key, the log,
//! every mail with its link) and tries to find out who answered what. First they try while it is open, when they must succeed:
//! an attacker who sees nothing proves nothing.

use std::collections::BTreeMap;

use evenkeel::domain::mode::Mode;
use evenkeel::secrets::{Key, ballot_key};
use evenkeel::store::Location;
use serde_json::json;

use super::evidence::Evidence;
use crate::support::api::Program;
use crate::support::log::Log;
use crate::support::{Database, Mail, Pair, Side, TestApp};

on_both!(nothing_that_is_left_after_the_close_of_an_anonymous_round_links_an_answer_to_a_person);

const NORTH: [&str; 7] = ["Ada", "Ali", "Ana", "Ari", "Asa", "Axel", "Amir"];
const BRIGHT: [&str; 7] = ["Ben", "Bea", "Bela", "Bo", "Britt", "Bram", "Bjarne"];
const QUESTIONS: [&str; 5] =
    ["shared_vision", "communication", "resource_commitment", "conflict_resolution", "joint_kpi"];

/// One who answers, as the attacker would like to know them.
struct Victim {
    token: String,
    key: String,
    /// What they answered, as it is stored.
    answers: String,
}

/// Answers that nobody else gives: the test recognises them, the attacker has to link them.
fn answers(place: usize) -> BTreeMap<&'static str, usize> {
    let mut rest = place * 41 + 7;
    QUESTIONS
        .iter()
        .map(|question| {
            let point = rest % 5 + 1;
            rest /= 5;
            (*question, point)
        })
        .collect()
}

/// Everybody answers by program, in an order of their own: some in two steps, some send, one comes back after sending.
fn answer_all(program: &Program, mails: &[Mail], cycle: &str) -> Vec<Victim> {
    let mut order: Vec<usize> = (0..mails.len()).collect();
    order.sort_by_key(|n| n * 5 % mails.len());
    order
        .into_iter()
        .enumerate()
        .map(|(turn, n)| {
            let token = mails[n].survey_token();
            let address = format!("/responses/{token}");
            let given = answers(turn);
            let send = turn % 3 != 0;
            if turn % 2 == 0 {
                let first = json!({"answers": {"shared_vision": 1}});
                assert_eq!(program.json("PUT", &address, &first).status, 200);
            }
            let saved = program.json("PUT", &address, &json!({"answers": given, "send": send}));
            assert_eq!((saved.status, &saved.json["sent"]), (200, &json!(send)), "{}", saved.text);
            if turn == 4 {
                let later = program.json("PUT", &address, &json!({"answers": given}));
                assert_eq!((later.status, &later.json["sent"]), (200, &json!(true)));
            }
            let answers = serde_json::to_string(&given).unwrap();
            Victim { key: ballot_key(&token, cycle), token, answers }
        })
        .collect()
}

async fn round(database: &Database) -> (TestApp, Pair, Vec<Mail>) {
    let app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &NORTH), Side("Brightwater", "Noor", &BRIGHT)]).await;
    app.quarterly(&pair, Mode::Anonymous).await;
    app.at("2026-12-01T08:00:00Z").await;
    let mails = app.mails();
    assert_eq!(mails.len(), 14);
    (app, pair, mails)
}

async fn nothing_that_is_left_after_the_close_of_an_anonymous_round_links_an_answer_to_a_person(
    database: &Database,
) {
    let log = Log::keep();
    let (mut app, pair, mails) = round(database).await;
    let cycle = app.cycle(&pair).await.id.to_string();
    let program = app.stranger().await;
    let victims = answer_all(&program, &mails, &cycle);

    let open = Evidence::of(database, &app);
    assert!(
        victims.iter().all(|own| !open.places(&own.key).is_empty()),
        "while it is open, the link leads there"
    );
    assert!(victims.iter().all(|own| !open.places(&own.answers).is_empty()), "answers are recognised");

    app.at("2026-12-10T16:00:00Z").await;
    assert_eq!(app.recipients(), ["mara", "noor"]);
    let card = app.scorecard(cycle.parse().unwrap()).await.unwrap();
    assert!(card.sides_shown && card.response.iter().all(|side| side.answered == 7));

    let after = Evidence::of(database, &app);
    assert!(after.count() >= 2, "there are files to look into");
    by_key(&after, &victims, database, &app);
    by_neighbourhood(&after, &victims, database);
    by_order(&victims, database);
    by_marks(database);
    by_log(&log, &victims, database);
}

/// Link, key file and every text of the database, tried as links and as salts of links.
fn by_key(after: &Evidence, victims: &[Victim], database: &Database, app: &TestApp) {
    for own in victims {
        assert_eq!(after.places(&own.key), [], "the key of an answer is left");
        assert_eq!(after.places(&own.token), [], "a link is left");
    }
    assert_eq!(database.dump("ballot"), "");
    assert_eq!(database.dump("ballot_trace"), "", "nothing is left to be done");
    assert_eq!(
        database.texts("SELECT salt AS line FROM invitation WHERE salt IS NOT NULL"),
        Vec::<String>::new()
    );
    let stored = |table: &str| database.dump(table);
    let responses = stored("response");
    let cycle = database.texts("SELECT id AS line FROM cycle").remove(0);
    let key = Key::load(&app.ctx.settings.key_file(), false).unwrap();
    let letters = stored("notice") + &stored("letter") + &stored("letter_body");
    let invitations = stored("invitation");
    for text in invitations.split(['|', '\n']).chain(letters.split(['|', '\n', ':'])) {
        for token in [text.to_owned(), key.survey_token(text)] {
            assert!(!responses.contains(&ballot_key(&token, &cycle)), "{text} leads to an answer");
        }
        assert!(
            text.len() < 16 || text == cycle || is_of_side(database, text) || !responses.contains(text),
            "{text}"
        );
    }
}

/// A side stands in both tables: an answer belongs to a side.
fn is_of_side(database: &Database, text: &str) -> bool {
    database.texts("SELECT id AS line FROM side").iter().any(|side| side == text)
}

/// Each answer stands in one place of the database and one of the backup, and nothing of a person is near.
fn by_neighbourhood(after: &Evidence, victims: &[Victim], database: &Database) {
    let copies = if matches!(database.location(), Location::Sqlite(_)) { 2 } else { 1 };
    let tells: Vec<String> = ["invitation", "member", "person"]
        .iter()
        .flat_map(|table| database.texts(&format!("SELECT id AS line FROM {table}")))
        .chain(database.texts("SELECT token_hash AS line FROM invitation"))
        .chain(database.texts("SELECT email AS line FROM person"))
        .collect();
    for own in victims {
        let places = after.places(&own.answers);
        assert_eq!(places.len(), copies, "{}: {places:?}", own.answers);
        for place in &places {
            let near = after.around(place, 250);
            assert!(!tells.iter().any(|text| near.contains(text.as_str())), "{near}");
        }
    }
}

/// Where the rows lie, against the order in which people answered.
fn by_order(victims: &[Victim], database: &Database) {
    // SQLite keeps them by their key and knows no other place of a row.
    let places = if matches!(database.location(), Location::Sqlite(_)) { &[][..] } else { &["ctid"] };
    for order in places.iter().chain(&["answer_key"]) {
        let rows = database.texts(&format!("SELECT answers AS line FROM response ORDER BY {order}"));
        let turns: Vec<usize> = rows
            .iter()
            .map(|row| {
                victims.iter().position(|own| own.answers == *row).expect("everybody's answers are here")
            })
            .collect();
        let swapped = (0..turns.len())
            .flat_map(|a| (a + 1..turns.len()).map(move |b| (a, b)))
            .filter(|(a, b)| turns[*a] > turns[*b])
            .count();
        // Of 91 pairs; by chance it lies outside about once in a million rounds.
        assert!((10..=81).contains(&swapped), "by {order} the rows lie as people answered: {turns:?}");
    }
}

/// Times, versions of identifiers, and what a database server notes on each row.
fn by_marks(database: &Database) {
    let rows = database.texts(
        "SELECT COALESCE(member_id, '') || COALESCE(pseudonym_id, '') || COALESCE(comment, '') || \
         COALESCE(CAST(saved_at AS TEXT), '') AS line FROM response",
    );
    assert!(rows.len() == 14 && rows.iter().all(String::is_empty), "{rows:?}");
    let keys = database.texts("SELECT answer_key AS line FROM response");
    assert!(keys.iter().all(|key| key.as_bytes()[14] == b'4'), "random identifiers: {keys:?}");
    let states = database.texts("SELECT DISTINCT state AS line FROM invitation");
    assert_eq!(states, ["open"], "nobody can tell any more who sent");
    if matches!(database.location(), Location::Postgres(_)) {
        let marks = database.texts("SELECT DISTINCT xmin::text AS line FROM response");
        assert_eq!(marks.len(), 1, "all rows were written by one transaction");
    }
}

fn by_log(log: &Log, victims: &[Victim], database: &Database) {
    let text = log.text();
    assert!(text.contains("/api/v1/responses/{token}") && text.contains("cycle closed"), "the log is kept");
    let tells = ["invitation", "member", "person"]
        .iter()
        .flat_map(|table| database.texts(&format!("SELECT id AS line FROM {table}")));
    for tell in tells.chain(victims.iter().flat_map(|own| [own.key.clone(), own.token.clone()])) {
        assert!(!text.contains(&tell), "{tell} is in the log");
    }
    assert!(!victims.iter().any(|own| text.contains(&own.answers)));
}
