//! Somebody asks to be erased.

use evenkeel::domain::ids::CycleId;
use evenkeel::domain::mode::Mode;
use evenkeel::store::people;
use evenkeel::workflow::Refusal;
use evenkeel::workflow::erase_person::{Erased, erase_person};
use evenkeel::workflow::save_response::open_form;
use evenkeel::workflow::sign_in;

use super::evidence::Evidence;
use crate::support::{Database, Pair, Side, TestApp};

on_both!(
    an_erased_person_stands_nowhere_any_more,
    drift_and_scorecards_come_out_the_same_after_an_erasure,
    an_open_round_loses_the_invitation_and_what_was_saved,
    an_anonymous_answer_that_was_not_sent_goes_with_its_person,
    a_short_name_takes_no_other_words_and_no_other_letters_along,
    the_last_manager_leaves_a_side_that_is_named,
    the_only_administrator_is_not_erased,
    erasing_by_program_says_what_follows,
    erasing_by_command_asks_for_a_yes_and_leaves_nothing_in_the_files,
);

const NORTH: [&str; 5] = ["Adalbertina", "Ali", "Ana", "Ari", "Asa"];
const BRIGHT: [&str; 5] = ["Ben", "Bea", "Bela", "Bo", "Britt"];
const ROUNDS: [(&str, &str); 4] = [
    ("2026-12-01T08:00:00Z", "2026-12-10T16:00:00Z"),
    ("2027-03-02T08:00:00Z", "2027-03-11T16:00:00Z"),
    ("2027-06-01T07:00:00Z", "2027-06-10T15:00:00Z"),
    ("2027-09-07T07:00:00Z", "2027-09-16T15:00:00Z"),
];

async fn house(database: &Database, mode: Mode) -> (TestApp, Pair) {
    let app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let sides = [Side("Northmoor", "Adalbertina", &NORTH), Side("Brightwater", "Noor", &BRIGHT)];
    let pair = app.partnership(sides).await;
    app.quarterly(&pair, mode).await;
    (app, pair)
}

async fn answer_round(app: &TestApp, pair: &Pair, round: usize) -> CycleId {
    app.at(ROUNDS[round].0).await;
    for (n, mail) in app.mails().into_iter().filter(|mail| mail.text.contains("/s/")).enumerate() {
        let n = u8::try_from(n % 5).unwrap();
        let level = if round >= 2 && !mail.to.starts_with('b') { 2 } else { 4 };
        app.answer(&mail.survey_token(), [level, level - n % 2, level + n % 2, level, 5 - n % 3]).await;
    }
    app.at(ROUNDS[round].1).await;
    app.mails();
    app.cycles(pair).await[round].id
}

async fn erase(app: &TestApp, name: &str) -> Erased {
    let id = app.person(name).await;
    let erased = erase_person(&app.ctx, "test", id, None, app.now()).await.unwrap();
    app.tick().await;
    erased
}

async fn an_erased_person_stands_nowhere_any_more(database: &Database) {
    let (app, pair) = house(database, Mode::Named).await;
    answer_round(&app, &pair, 0).await;
    let person = app.person("Adalbertina").await;
    sign_in::one_time_token(&app.ctx, person, chrono::TimeDelta::hours(1), app.now()).await.unwrap();
    for text in ["adalbertina@example.org", "Adalbertina"] {
        assert!(!Evidence::of(database, &app).places(text).is_empty(), "{text} is found before");
    }
    assert!(matches!(erase(&app, "Adalbertina").await, Erased::Unknown(_)));
    assert_eq!(app.recipients(), ["noor"], "the other side hears that nobody manages hers");
    let after = Evidence::of(database, &app);
    for text in ["adalbertina@example.org", "Adalbertina", "adalbertina"] {
        assert_eq!(after.places(text), [], "{text}");
    }
    let key = person.to_string();
    for table in ["session", "login_request", "organisation_role"] {
        assert!(!database.dump(table).contains(&key), "{table}");
    }
    let active = format!("SELECT id AS line FROM member WHERE person_id = '{key}' AND active");
    assert_eq!(database.texts(&active), Vec::<String>::new());
    let listed = app.ctx.store.read(|conn| people::list(conn, "", 99)).await.unwrap();
    assert!(listed.iter().all(|own| own.id != person && own.name != "erased"));
    // The answers stay as those of one respondent whom nobody knows, and the reader of named mode says so.
    let cycle = app.cycle(&pair).await.id;
    let named =
        app.ctx.store.read(move |conn| evenkeel::store::responses::with_names(conn, cycle)).await.unwrap();
    assert_eq!(named.iter().filter(|own| own.respondent == "erased").count(), 1);
    assert_eq!(named.len(), 10);
    let again = erase_person(&app.ctx, "test", person, None, app.now()).await;
    assert!(matches!(again, Err(Refusal::NotFound)), "once");
}

async fn drift_and_scorecards_come_out_the_same_after_an_erasure(database: &Database) {
    let mut told = Vec::new();
    for erased in [false, true] {
        let fresh = database.another();
        // A mode that shows the figures of drift also where somebody left.
        let (app, pair) = house(&fresh, Mode::Representative).await;
        for round in 0..3 {
            answer_round(&app, &pair, round).await;
        }
        let frozen = || fresh.texts("SELECT published || basis AS line FROM scorecard ORDER BY closed_at");
        let before = frozen();
        // Ali takes no part any more either way; in one of two worlds he is erased too.
        fresh.execute(&format!(
            "UPDATE member SET active = FALSE WHERE person_id = '{}'",
            app.person("Ali").await
        ));
        if erased {
            erase(&app, "Ali").await;
            assert_eq!(frozen(), before, "what is frozen is not touched");
            assert!(!fresh.dump("response").is_empty());
        }
        let last = answer_round(&app, &pair, 3).await;
        let card = app.scorecard(last).await.unwrap();
        let cells: Vec<String> =
            card.cells().map(|cell| format!("{:?} {:?}", cell.score, cell.drift)).collect();
        assert!(cells.iter().any(|own| own.contains("onset: Some")), "{cells:?}");
        let ids = fresh.texts("SELECT id AS line FROM side ORDER BY place");
        let clean =
            |text: String| ids.iter().enumerate().fold(text, |all, (n, id)| all.replace(id, &n.to_string()));
        told.push(cells.into_iter().map(clean).collect::<Vec<_>>());
        app.mails();
    }
    assert_eq!(told[0], told[1]);
}

async fn an_open_round_loses_the_invitation_and_what_was_saved(database: &Database) {
    let (app, pair) = house(database, Mode::Confidential).await;
    app.at(ROUNDS[0].0).await;
    let mails = app.mails();
    for mail in &mails {
        app.answer(&mail.survey_token(), [4; 5]).await;
    }
    let ana = mails.iter().find(|mail| mail.to.starts_with("ana")).unwrap().survey_token();
    app.send(&ana).await;
    erase(&app, "Ana").await;
    assert!(open_form(&app.ctx, &ana).await.unwrap().is_none());
    app.at(ROUNDS[0].1).await;
    let card = app.scorecard(app.cycle(&pair).await.id).await.unwrap();
    let counts: Vec<(u32, u32)> = card.response.iter().map(|own| (own.invited, own.answered)).collect();
    assert_eq!(counts, [(4, 4), (5, 5)]);
    app.mails();
}

async fn an_anonymous_answer_that_was_not_sent_goes_with_its_person(database: &Database) {
    let (app, pair) = house(database, Mode::Anonymous).await;
    app.at(ROUNDS[0].0).await;
    let mails = app.mails();
    for mail in &mails {
        app.answer(&mail.survey_token(), [4; 5]).await;
    }
    let token = |name: &str| mails.iter().find(|mail| mail.to.starts_with(name)).unwrap().survey_token();
    app.send(&token("ari")).await;
    erase(&app, "Ana").await;
    erase(&app, "Ari").await;
    assert!(open_form(&app.ctx, &token("ana")).await.unwrap().is_none());
    assert!(open_form(&app.ctx, &token("ari")).await.unwrap().is_none(), "old mails open nothing");
    app.at(ROUNDS[0].1).await;
    let card = app.scorecard(app.cycle(&pair).await.id).await.unwrap();
    let counts: Vec<(u32, u32)> = card.response.iter().map(|own| (own.invited, own.answered)).collect();
    assert_eq!(counts, [(4, 4), (5, 5)], "what was sent cannot be found by anybody and stays");
    app.mails();
}

async fn a_short_name_takes_no_other_words_and_no_other_letters_along(database: &Database) {
    let (app, pair) = house(database, Mode::Representative).await;
    answer_round(&app, &pair, 0).await;
    app.person("al").await;
    let bodies = || {
        database.texts("SELECT body_text AS line FROM letter_body WHERE body_text <> '' ORDER BY letter_id")
    };
    let before = bodies();
    assert!(before.len() > 5 && before.iter().any(|own| own.contains("al")));
    database.execute(&format!(
        "UPDATE member SET person_id = '{}' WHERE person_id = '{}'",
        app.person("al").await,
        app.person("Ali").await
    ));
    erase(&app, "al").await;
    assert_eq!(bodies(), before, "nobody else's letter holds that name");
}

async fn the_last_manager_leaves_a_side_that_is_named(database: &Database) {
    let (app, pair) = house(database, Mode::Representative).await;
    let Erased::Unknown(left) = erase(&app, "Noor").await else { panic!("Noor is a member") };
    let side = database.texts(&format!("SELECT side_id AS line FROM member WHERE id = '{}'", left[0]));
    assert_eq!((left.len(), side), (1, vec![pair.sides[1].to_string()]));
    assert!(database.dump("audit").contains("side left without manager"));
    assert_eq!(app.recipients(), ["adalbertina"], "the other side hears of it");
    assert_eq!(erase(&app, "Bea").await, Erased::Unknown(Vec::new()));
    let never = app.person("Nemo").await;
    let removed = erase_person(&app.ctx, "test", never, None, app.now()).await.unwrap();
    assert_eq!(removed, Erased::Removed);
}

async fn the_only_administrator_is_not_erased(database: &Database) {
    let (app, _) = house(database, Mode::Representative).await;
    let id = app.person("Ali").await;
    database.execute(&format!("UPDATE person SET administrator = TRUE WHERE id = '{id}'"));
    let refused = erase_person(&app.ctx, "test", id, None, app.now()).await;
    assert!(matches!(refused, Err(Refusal::State(_))), "{refused:?}");
    assert!(database.dump("person").contains("ali@example.org"));
}

async fn erasing_by_program_says_what_follows(database: &Database) {
    let (mut app, _) = house(database, Mode::Representative).await;
    let (noor, never) = (app.person("Noor").await, app.person("Nemo").await);
    let full = app.full_program().await;
    let gone = full.send("DELETE", &format!("/people/{never}"), &[], None);
    assert_eq!(gone.status, 204);
    let erased = full.send("DELETE", &format!("/people/{noor}"), &[], None);
    assert_eq!(erased.status, 200, "{}", erased.text);
    assert_eq!(erased.json["left_without_manager"].as_array().unwrap().len(), 1);
    assert_eq!(full.get(&format!("/people/{noor}")).status, 404);
    assert_eq!(full.send("DELETE", &format!("/people/{noor}"), &[], None).status, 404);
}

async fn erasing_by_command_asks_for_a_yes_and_leaves_nothing_in_the_files(database: &Database) {
    let (app, pair) = house(database, Mode::Confidential).await;
    answer_round(&app, &pair, 0).await;
    let command = |arguments: &[&str]| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_evenkeel"))
            .args(["admin", "erase-person"])
            .args(arguments)
            .current_dir(&app.ctx.settings.data_dir)
            .env("EVENKEEL__DATA_DIR", &app.ctx.settings.data_dir)
            .env("EVENKEEL__DATABASE__URL", database.url())
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        (output.status.code(), said.concat())
    };
    let (code, said) = command(&["nobody@example.org", "--yes"]);
    assert_eq!(
        (code, said.contains("There is no person \"nobody@example.org\"")),
        (Some(65), true),
        "{said}"
    );
    let (code, said) = command(&["Adalbertina@example.org"]);
    assert!(code == Some(0) && said.contains("would be erased") && said.contains("--yes"), "{said}");
    assert!(!Evidence::of(database, &app).places("adalbertina@example.org").is_empty());
    let (code, said) = command(&["Adalbertina@example.org", "--yes"]);
    assert!(code == Some(0) && said.contains("1 of their sides had no other active manager"), "{said}");
    assert_eq!(Evidence::of(database, &app).places("adalbertina@example.org"), []);
    let noor = app.person("Noor").await;
    let told = format!("SELECT kind AS line FROM notice WHERE kind = 'told' AND person_id = '{noor}'");
    assert_eq!(database.texts(&told).len(), 1, "the other side hears that nobody manages hers");
}
