//! Anonymous mode as those live through it who answer, and who count.

use evenkeel::domain::mode::Mode;
use evenkeel::store::{ballots, invitations};
use evenkeel::workflow::proposals::Speaker;
use evenkeel::workflow::save_response::{Change, Whole, open_form, save_response, save_whole};
use evenkeel::workflow::{Refusal, close_cycles, own_side};

use crate::support::{Database, Mail, Pair, Side, TestApp, utc};

on_both!(
    a_link_finds_its_answers_again_until_the_close_also_after_sending,
    the_link_cannot_be_derived_any_more_once_the_answers_are_sent,
    only_those_are_reminded_who_have_not_sent,
    counts_are_right_before_and_after_the_close,
    saves_that_race_with_the_close_are_counted_or_refused,
    answers_behind_one_link_at_the_same_moment_are_all_kept,
    traces_are_written_over_after_the_service_ended_in_between,
    an_answered_invitation_is_not_withdrawn_and_an_unanswered_one_is,
    a_cancelled_round_keeps_no_answer,
);

const NORTH: [&str; 6] = ["Ada", "Ali", "Ana", "Ari", "Asa", "Axel"];
const BRIGHT: [&str; 6] = ["Ben", "Bea", "Bela", "Bo", "Britt", "Bram"];
const CLOSE: &str = "2026-12-10T16:00:00Z";

async fn open_round(database: &Database) -> (TestApp, Pair, Vec<Mail>) {
    let app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &NORTH), Side("Brightwater", "Noor", &BRIGHT)]).await;
    app.quarterly(&pair, Mode::Anonymous).await;
    app.at("2026-12-01T08:00:00Z").await;
    let mails = app.mails();
    assert_eq!(mails.len(), 12);
    (app, pair, mails)
}

async fn a_link_finds_its_answers_again_until_the_close_also_after_sending(database: &Database) {
    let (app, pair, mails) = open_round(database).await;
    for mail in &mails {
        app.answer(&mail.survey_token(), [3; 5]).await;
    }
    let token = mails[0].survey_token();
    let given = |form: evenkeel::workflow::save_response::Form| form.response.answers["communication"];
    assert_eq!(given(open_form(&app.ctx, &token).await.unwrap().unwrap()), Some(3));
    app.send(&token).await;
    app.save(&token, "communication", Some(5)).await.unwrap();
    let form = open_form(&app.ctx, &token).await.unwrap().unwrap();
    assert_eq!((form.response.saved_at, given(form)), (None, Some(5)));
    app.send(&token).await;
    app.at(CLOSE).await;
    let card = app.scorecard(app.cycle(&pair).await.id).await.unwrap();
    let side = card.indicator("communication").unwrap().cell.side(pair.sides[0]).unwrap().mean;
    assert_eq!(side, Some(3.3), "five threes and a five");
    assert!(app.save(&token, "communication", Some(1)).await.is_err());
    assert_eq!(app.recipients(), ["mara", "noor"]);
}

async fn the_link_cannot_be_derived_any_more_once_the_answers_are_sent(database: &Database) {
    let (app, pair, mails) = open_round(database).await;
    let salts = || database.texts("SELECT salt AS line FROM invitation WHERE salt IS NOT NULL").len();
    let token = mails[0].survey_token();
    assert_eq!(salts(), 12);
    app.answer(&token, [4; 5]).await;
    assert_eq!(salts(), 12, "reminders still need it");
    app.send(&token).await;
    assert_eq!(salts(), 11);
    let whole = Whole { send: true, ..Whole::default() };
    assert!(
        save_whole(&app.ctx, &mails[1].survey_token(), whole, app.now()).await.is_err(),
        "nothing to send"
    );
    let given = [("joint_kpi".to_owned(), Some(2))].into();
    let whole = Whole { answers: given, send: true, ..Whole::default() };
    let form = save_whole(&app.ctx, &mails[1].survey_token(), whole, app.now()).await.unwrap();
    assert!(form.invitation.salt.is_none() && form.response.answers.len() == 1);
    assert_eq!(salts(), 10);
    let cycle = app.cycle(&pair).await.id;
    assert!(
        !database.dump("response").contains(&cycle.to_string()),
        "answers lie elsewhere while it is open"
    );
}

async fn only_those_are_reminded_who_have_not_sent(database: &Database) {
    let (app, _, mails) = open_round(database).await;
    for mail in &mails[1..] {
        app.answer(&mail.survey_token(), [4; 5]).await;
    }
    for mail in &mails[2..] {
        app.send(&mail.survey_token()).await;
    }
    app.at("2026-12-04T08:00:00Z").await;
    let reminders = app.mails();
    let to: Vec<&str> = reminders.iter().map(|mail| mail.to.as_str()).collect();
    assert_eq!(to, [mails[0].to.as_str(), mails[1].to.as_str()]);
    assert_eq!(
        reminders[1].survey_token(),
        mails[1].survey_token(),
        "the same link, and the answers behind it"
    );
}

async fn counts_are_right_before_and_after_the_close(database: &Database) {
    let (app, pair, mails) = open_round(database).await;
    let cycle = app.cycle(&pair).await.id;
    for mail in mails.iter().filter(|mail| !mail.to.starts_with("axel") && !mail.to.starts_with("br")) {
        app.answer(&mail.survey_token(), [4; 5]).await;
    }
    let counts = async || {
        let mut all = app.ctx.store.read(move |conn| invitations::counts(conn, &[cycle])).await.unwrap();
        all.sort_by_key(|own| own.side_id != pair.sides[0]);
        all.iter().map(|own| (own.invited, own.answered)).collect::<Vec<_>>()
    };
    assert_eq!(counts().await, [(6, 5), (6, 4)]);
    app.at(CLOSE).await;
    assert_eq!(counts().await, [(6, 5), (6, 4)]);
    let reminded = app.recipients();
    assert!(reminded.contains(&"mara".to_owned()) && reminded.contains(&"noor".to_owned()));
}

/// Twelve people change an answer in the moment in which the round closes. Every save that was told as kept is counted.
async fn saves_that_race_with_the_close_are_counted_or_refused(database: &Database) {
    let (app, pair, mails) = open_round(database).await;
    for mail in &mails {
        app.answer(&mail.survey_token(), [1; 5]).await;
    }
    let before = utc("2026-12-10T15:59:59.999999Z");
    let mut saves = tokio::task::JoinSet::new();
    for mail in &mails {
        let (ctx, token) = (app.ctx.clone(), mail.survey_token());
        saves.spawn(async move {
            let change = Change::Answer { indicator: "joint_kpi".to_owned(), answer: Some(5) };
            save_response(&ctx, &token, change, before).await.is_ok()
        });
    }
    let look = close_cycles::close_cycles(&app.ctx, utc(CLOSE)).await.unwrap();
    let kept = saves.join_all().await.into_iter().filter(|kept| *kept).count();
    assert_eq!(look.done, 1);
    let fives = database.texts("SELECT answers AS line FROM response WHERE answers LIKE '%\"joint_kpi\":5%'");
    assert_eq!(fives.len(), kept, "what was told as kept is kept, and nothing else");
    assert_eq!(database.dump("ballot"), "");
    let card = app.scorecard(app.cycle(&pair).await.id).await.unwrap();
    let mean =
        |n: usize| card.indicator("joint_kpi").unwrap().cell.side(pair.sides[n]).unwrap().mean.unwrap();
    let expected = (12.0 + 4.0 * kept as f64) / 6.0;
    assert!((mean(0) + mean(1) - expected).abs() < 0.15, "{} and {} for {kept}", mean(0), mean(1));
}

async fn answers_behind_one_link_at_the_same_moment_are_all_kept(database: &Database) {
    let (app, _, mails) = open_round(database).await;
    let token = mails[0].survey_token();
    let mut saves = tokio::task::JoinSet::new();
    for indicator in
        ["shared_vision", "communication", "resource_commitment", "conflict_resolution", "joint_kpi"]
    {
        let (ctx, token, now) = (app.ctx.clone(), token.clone(), app.now());
        saves.spawn(async move {
            let change = Change::Answer { indicator: indicator.to_owned(), answer: Some(4) };
            save_response(&ctx, &token, change, now).await.unwrap();
        });
    }
    saves.join_all().await;
    let form = open_form(&app.ctx, &token).await.unwrap().unwrap();
    assert_eq!(form.response.answers.len(), 5);
    assert_eq!(database.texts("SELECT answers AS line FROM ballot").len(), 1);
}

async fn traces_are_written_over_after_the_service_ended_in_between(database: &Database) {
    let (app, _, mails) = open_round(database).await;
    for mail in &mails {
        app.answer(&mail.survey_token(), [4; 5]).await;
    }
    close_cycles::close_cycles(&app.ctx, utc(CLOSE)).await.unwrap();
    let due = app.ctx.store.read(ballots::due).await.unwrap();
    assert_eq!(due.len(), 1, "noted in the transaction of the close");
    let app = app.killed_and_started_again().await;
    app.at(CLOSE).await;
    assert_eq!(app.ctx.store.read(ballots::due).await.unwrap(), Vec::new());
    let after = super::evidence::Evidence::of(database, &app);
    for mail in &mails {
        let key = evenkeel::secrets::ballot_key(&mail.survey_token(), &due[0].to_string());
        assert_eq!(after.places(&key), []);
    }
    assert_eq!(app.recipients(), ["mara", "noor"]);
}

async fn an_answered_invitation_is_not_withdrawn_and_an_unanswered_one_is(database: &Database) {
    let (app, pair, mails) = open_round(database).await;
    let cycle = app.cycle(&pair).await.id;
    let all = app.ctx.store.read(move |conn| invitations::of_cycle(conn, cycle)).await.unwrap();
    let member = |name: &'static str| {
        let all = &all;
        let app = &app;
        async move {
            let person = app.person(name).await;
            all.iter().find(|own| own.person_id == person).unwrap().member_id
        }
    };
    let token = |name: &str| mails.iter().find(|mail| mail.to.starts_with(name)).unwrap().survey_token();
    app.answer(&token("ada"), [4; 5]).await;
    app.send(&token("ada")).await;
    app.answer(&token("ali"), [4; 5]).await;
    let withdraw = async |name: &'static str| {
        let speaker = Speaker { side: Some(pair.sides[0]), ..TestApp::program_speaker() };
        own_side::withdraw_invitation(&app.ctx, speaker, cycle, member(name).await, app.now()).await
    };
    assert!(matches!(withdraw("Ada").await, Err(Refusal::State(_))), "sent");
    app.tick().await;
    assert_eq!(app.recipients(), ["noor"], "who asks is seen, whatever came of it");
    assert!(matches!(withdraw("Ali").await, Err(Refusal::State(_))), "saved");
    withdraw("Ana").await.unwrap();
    assert!(open_form(&app.ctx, &token("ana")).await.unwrap().is_none());
    assert!(app.save(&token("ana"), "joint_kpi", Some(3)).await.is_err());
}

async fn a_cancelled_round_keeps_no_answer(database: &Database) {
    let (app, pair, mails) = open_round(database).await;
    for mail in &mails {
        app.answer(&mail.survey_token(), [4; 5]).await;
    }
    let ended = evenkeel::domain::partnership::PartnershipState::Ended;
    evenkeel::workflow::set_up::change_state(&app.ctx, TestApp::program_speaker(), pair.id, ended, app.now())
        .await
        .unwrap();
    app.tick().await;
    assert_eq!((database.dump("ballot"), database.dump("response")), (String::new(), String::new()));
    assert_eq!(app.ctx.store.read(ballots::due).await.unwrap(), Vec::new());
    app.mails();
}
