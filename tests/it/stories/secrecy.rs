//! Ten of Northmoor say 5, two of Brightwater say 2: what may be known of it, and what may not.

use evenkeel::domain::flags::Reason;
use evenkeel::domain::mode::Mode;
use evenkeel::domain::publication::{Scorecard, views_for};
use evenkeel::domain::scoring::Rating;

use crate::support::{Database, Mail, Pair, Side, TestApp};

on_both!(
    in_confidential_mode_ten_fives_and_two_twos_betray_nothing,
    in_named_mode_ten_fives_and_two_twos_are_red,
    nothing_is_known_before_the_close_and_no_secret_is_ever_stored,
    a_silent_side_sees_counts_only,
);

const NORTH: [&str; 10] = ["Ada", "Ali", "Ana", "Ari", "Asa", "Axel", "Amir", "Anja", "Alma", "Arne"];
const BRIGHT: [&str; 3] = ["Ben", "Bo", "Bea"];

/// Ten answer 5, two of three answer 2; gives the scorecard and the managers' mails.
async fn ten_fives_and_two_twos(app: &TestApp, mode: Mode) -> (Pair, Scorecard, Vec<Mail>) {
    let pair =
        app.partnership([Side("Northmoor", "Mara", &NORTH), Side("Brightwater", "Noor", &BRIGHT)]).await;
    app.quarterly(&pair, mode).await;
    app.at("2026-12-01T08:00:00Z").await;
    for mail in app.mails() {
        let answers = match mail.to.as_str() {
            "bea@example.org" => continue,
            to if to.starts_with('b') => [2; 5],
            _ => [5; 5],
        };
        app.answer(&mail.survey_token(), answers).await;
        app.send(&mail.survey_token()).await;
    }
    app.at("2026-12-04T08:00:00Z").await;
    assert_eq!(app.recipients(), ["bea"]);
    app.at("2026-12-10T16:00:00Z").await;
    let mails = app.mails();
    let card = app.scorecard(app.cycle(&pair).await.id).await.expect("closed");
    (pair, card, mails.into_iter().filter(|m| !m.to.starts_with("bea")).collect())
}

async fn in_confidential_mode_ten_fives_and_two_twos_betray_nothing(database: &Database) {
    let app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let (pair, card, mails) = ten_fives_and_two_twos(&app, Mode::Confidential).await;

    // What every page and every mail is made of: the frozen scorecard as each side sees it.
    for side in &pair.sides {
        let view = views_for(std::slice::from_ref(&card), Some(*side)).remove(0);
        assert!(view.total_shown && !view.sides_shown);
        for cell in view.cells() {
            assert!(cell.sides.is_empty() && cell.gap.is_none() && cell.interval.is_none(), "{cell:?}");
            assert!(cell.drift.is_none() && cell.precision.is_none(), "{cell:?}");
            // (5 + 2) / 2: the sides weigh the same; its plain colour, without the cap that a side of 2 would set.
            assert_eq!((cell.score, cell.rating), (Some(3.5), Rating::Amber));
        }
    }

    // What the database publishes, word for word: no key under which a side's figure could stand.
    let stored = database.texts("SELECT published AS line FROM scorecard").remove(0);
    for key in ["\"mean\":", "\"value\":", "\"agreement\":"] {
        assert!(!stored.contains(key), "{key} in {stored}");
    }
    let basis = database.texts("SELECT basis AS line FROM scorecard").remove(0);
    assert!(!basis.contains("\"red\"") && !basis.contains("5.0") && !basis.contains("2.0"), "{basis}");

    // The flags say amber, which everybody sees, and nothing about a gap or one side's disagreement.
    let flags = app.flags(&pair).await;
    assert!(!flags.is_empty());
    for reason in flags.iter().flat_map(|flag| &flag.reasons) {
        assert!(matches!(reason, Reason::Amber | Reason::LowResponse), "{reason:?}");
    }

    // Both managers read the same, and neither "red" nor a side's figure stands in it.
    assert_eq!(mails.len(), 2);
    for mail in &mails {
        for body in [&mail.subject, &mail.text, &mail.html] {
            for word in ["2.0", "5.0", "gap 3", "Red", "Low", "one side"] {
                assert!(!body.contains(word), "{word} in a mail:\n{body}");
            }
        }
        assert!(mail.flat().contains("The sides are not shown (too few answers)"), "{}", mail.text);
    }
}

async fn in_named_mode_ten_fives_and_two_twos_are_red(database: &Database) {
    let app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let (pair, card, mails) = ten_fives_and_two_twos(&app, Mode::Named).await;
    for own in &card.indicators {
        assert_eq!(own.cell.rating, Rating::Red, "{}", own.id);
        assert_eq!(own.cell.side(pair.sides[0]).and_then(|s| s.mean), Some(5.0));
        assert_eq!(own.cell.side(pair.sides[1]).and_then(|s| s.mean), Some(2.0));
        assert_eq!(own.cell.gap.as_ref().map(|g| g.value.abs()), Some(3.0));
    }
    assert_eq!(app.flags(&pair).await.iter().filter(|f| f.reasons.contains(&Reason::Red)).count(), 5);
    assert!(mails.iter().all(|m| m.flat().contains("one side’s mean is below 2.5")), "{}", mails[0].text);
}

async fn nothing_is_known_before_the_close_and_no_secret_is_ever_stored(database: &Database) {
    let app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    app.quarterly(&pair, Mode::Representative).await;
    app.at("2026-12-01T08:00:00Z").await;
    let mails = app.mails();
    let tokens: Vec<String> = mails.iter().map(Mail::survey_token).collect();
    for token in &tokens {
        app.answer(token, [5, 4, 3, 2, 1]).await;
    }
    let stored = |database: &Database| {
        let tables = database.columns();
        tables.iter().map(|(table, _)| database.dump(table)).collect::<Vec<_>>().join("\n")
    };
    let open = stored(database);
    assert!(tokens.iter().all(|token| !open.contains(token.as_str())), "a link's secret is in the database");
    assert_eq!(database.dump("scorecard"), "");
    assert_eq!(database.dump("flag"), "");
    app.at("2026-12-10T16:00:00Z").await;
    assert!(tokens.iter().all(|token| !stored(database).contains(token.as_str())));
    assert_eq!(database.texts("SELECT salt AS line FROM invitation WHERE salt IS NOT NULL").len(), 0);
    assert_eq!(app.recipients().iter().filter(|n| ["mara", "noor"].contains(&n.as_str())).count(), 2);
}

async fn a_silent_side_sees_counts_only(database: &Database) {
    let app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    app.quarterly(&pair, Mode::Representative).await;
    app.at("2026-12-01T08:00:00Z").await;
    let ada = app.mails()[0].survey_token();
    app.answer(&ada, [1; 5]).await;
    app.send(&ada).await;
    for reminder in ["2026-12-04T08:00:00Z", "2026-12-08T08:00:00Z", "2026-12-09T16:00:00Z"] {
        app.at(reminder).await;
        assert_eq!(app.recipients(), ["ben"]);
    }
    app.at("2026-12-10T16:00:00Z").await;
    let mails = app.mails();
    let (mara, noor) = (&mails[0], &mails[1]);
    assert!(mara.flat().contains("Nobody from Brightwater answered"), "{}", mara.text);
    assert!(noor.flat().contains("Nobody from your side answered"), "{}", noor.text);
    assert!(!noor.text.contains("1.0") && !noor.html.contains("1.0"), "{}", noor.text);
    let card = app.scorecard(app.cycle(&pair).await.id).await.unwrap();
    let theirs = views_for(std::slice::from_ref(&card), Some(pair.sides[1])).remove(0);
    assert!(theirs.cells().all(|cell| cell.score.is_none() && cell.sides.is_empty()));
    let flags = app.flags(&pair).await;
    assert_eq!(flags.len(), 1, "only the silence, nothing of Northmoor's own figures: {flags:?}");
    assert!(flags[0].reasons.contains(&Reason::SilentSide));
}
