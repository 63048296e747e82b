//! When an answer counts, and when it is refused.

use evenkeel::domain::mode::Mode;
use evenkeel::workflow::Refusal;
use evenkeel::workflow::save_response::open_form;

use crate::support::{Database, Mail, Pair, Side, TestApp};

on_both!(
    an_answer_at_the_closing_instant_is_refused_and_one_just_before_it_counts,
    an_answer_is_refused_after_the_close_even_before_the_tick_that_closes,
    an_answer_can_be_changed_until_the_close_and_the_last_one_counts,
    a_link_of_one_round_opens_no_other,
    what_is_no_answer_is_refused_and_nothing_is_stored,
    dont_know_is_kept_and_never_filled_in,
    answers_saved_at_the_same_moment_are_all_kept,
);

async fn open_round(database: &Database) -> (TestApp, Pair, String, String) {
    let app = TestApp::on(database, "2026-11-01T10:00:00Z").await;
    let pair =
        app.partnership([Side("Northmoor", "Mara", &["Ada"]), Side("Brightwater", "Noor", &["Ben"])]).await;
    app.quarterly(&pair, Mode::Representative).await;
    app.at("2026-12-01T08:00:00Z").await;
    let mails: Vec<Mail> = app.mails();
    let (ada, ben) = (mails[0].survey_token(), mails[1].survey_token());
    (app, pair, ada, ben)
}

async fn mean_of_vision(app: &TestApp, pair: &Pair) -> Option<f64> {
    let card = app.scorecard(app.cycle(pair).await.id).await.expect("closed");
    card.indicator("shared_vision").unwrap().cell.score
}

async fn an_answer_at_the_closing_instant_is_refused_and_one_just_before_it_counts(database: &Database) {
    let (app, pair, ada, ben) = open_round(database).await;
    app.answer(&ada, [4; 5]).await;
    app.answer(&ben, [4; 5]).await;
    app.clock.jump_to(crate::support::utc("2026-12-10T15:59:59.999999Z"));
    app.save(&ada, "shared_vision", Some(2)).await.unwrap();
    app.clock.jump_to(crate::support::utc("2026-12-10T16:00:00Z"));
    let refused = app.save(&ada, "shared_vision", Some(5)).await;
    assert!(matches!(refused, Err(Refusal::State(_))), "{refused:?}");
    app.tick().await;
    assert_eq!(mean_of_vision(&app, &pair).await, Some(3.0), "2 and 4");
    assert_eq!(app.recipients(), ["mara", "noor"]);
}

async fn an_answer_is_refused_after_the_close_even_before_the_tick_that_closes(database: &Database) {
    let (app, pair, ada, ben) = open_round(database).await;
    app.answer(&ada, [5; 5]).await;
    app.answer(&ben, [5; 5]).await;
    app.clock.jump_to(crate::support::utc("2026-12-10T18:00:00Z"));
    let sentence = app.save(&ada, "shared_vision", Some(1)).await.unwrap_err().to_string();
    assert_eq!(sentence, "This check has closed. What was saved before the close has been counted.");
    app.tick().await;
    assert_eq!(mean_of_vision(&app, &pair).await, Some(5.0));
    assert!(app.save(&ada, "shared_vision", Some(1)).await.is_err(), "nor after it");
    assert_eq!(app.recipients(), ["mara", "noor"]);
}

async fn an_answer_can_be_changed_until_the_close_and_the_last_one_counts(database: &Database) {
    let (app, pair, ada, ben) = open_round(database).await;
    app.answer(&ada, [1; 5]).await;
    app.send(&ada).await;
    app.answer(&ben, [5; 5]).await;
    app.send(&ben).await;
    app.save(&ada, "shared_vision", Some(5)).await.unwrap();
    app.at("2026-12-10T16:00:00Z").await;
    assert_eq!(mean_of_vision(&app, &pair).await, Some(5.0));
    assert_eq!(app.recipients(), ["mara", "noor"]);
}

async fn a_link_of_one_round_opens_no_other(database: &Database) {
    let (app, pair, ada, ben) = open_round(database).await;
    app.answer(&ada, [4; 5]).await;
    app.answer(&ben, [4; 5]).await;
    app.at("2026-12-10T16:00:00Z").await;
    app.mails();
    app.at("2027-03-02T08:00:00Z").await;
    let next = app.mails().iter().find(|m| m.to.starts_with("ada")).unwrap().survey_token();
    assert_ne!(next, ada);
    assert!(app.save(&ada, "shared_vision", Some(1)).await.is_err());
    let form = open_form(&app.ctx, &next).await.unwrap().expect("a form");
    assert_eq!(form.cycle.period, "2027-Q1");
    assert!(form.response.answers.is_empty(), "a new round starts empty");
    assert!(open_form(&app.ctx, "nobodyslink").await.unwrap().is_none());
    assert_eq!(app.cycles(&pair).await.len(), 2);
}

async fn what_is_no_answer_is_refused_and_nothing_is_stored(database: &Database) {
    let (app, _, ada, _) = open_round(database).await;
    for (indicator, answer) in [("shared_vision", Some(0)), ("shared_vision", Some(6)), ("weather", Some(3))]
    {
        let refused = app.save(&ada, indicator, answer).await;
        assert!(matches!(refused, Err(Refusal::Fields(_))), "{indicator} {answer:?}: {refused:?}");
    }
    assert_eq!(database.dump("response"), "");
}

async fn dont_know_is_kept_and_never_filled_in(database: &Database) {
    let (app, pair, ada, ben) = open_round(database).await;
    app.answer(&ada, [4; 5]).await;
    app.answer(&ben, [2; 5]).await;
    app.save(&ben, "shared_vision", None).await.unwrap();
    let form = open_form(&app.ctx, &ben).await.unwrap().unwrap();
    assert_eq!(form.response.answers.get("shared_vision"), Some(&None));
    app.at("2026-12-10T16:00:00Z").await;
    let card = app.scorecard(app.cycle(&pair).await.id).await.unwrap();
    let cell = &card.indicator("shared_vision").unwrap().cell;
    assert_eq!(cell.side(pair.sides[0]).and_then(|s| s.mean), Some(4.0));
    assert_eq!(cell.side(pair.sides[1]).and_then(|s| s.mean), None);
    assert_eq!(app.recipients(), ["mara", "noor"]);
}

async fn answers_saved_at_the_same_moment_are_all_kept(database: &Database) {
    let (app, _, ada, _) = open_round(database).await;
    tokio::join!(
        async { app.save(&ada, "shared_vision", Some(1)).await.unwrap() },
        async { app.save(&ada, "communication", Some(2)).await.unwrap() },
        async { app.save(&ada, "resource_commitment", Some(3)).await.unwrap() },
        async { app.save(&ada, "conflict_resolution", Some(4)).await.unwrap() },
        async { app.save(&ada, "joint_kpi", Some(5)).await.unwrap() },
    );
    let form = open_form(&app.ctx, &ada).await.unwrap().unwrap();
    assert_eq!(form.response.answers.len(), 5, "{:?}", form.response.answers);
}
